//! A client that sends bytes as it is told and reads what comes.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::PATIENCE;

pub struct Client {
    socket: TcpStream,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Self {
        Self { socket: timeout(PATIENCE, TcpStream::connect(address)).await.unwrap().unwrap() }
    }

    /// Sends bytes; that the server has hung up is no failure, it shows when reading.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        timeout(PATIENCE, self.socket.write_all(bytes.as_ref())).await.unwrap().is_ok()
    }

    /// Everything until the server hangs up.
    pub async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        // A reset after the answer leaves what was read before it.
        let _ = timeout(PATIENCE, self.socket.read_to_end(&mut bytes)).await.expect("the server hangs up");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// One answer of known length, without waiting for the end of the connection.
    pub async fn answer(&mut self) -> String {
        let mut answer = String::new();
        let mut buffer = [0; 4096];
        while !is_whole(&answer) {
            let read = timeout(PATIENCE, self.socket.read(&mut buffer)).await.expect("the server answers").unwrap();
            assert!(read > 0, "the server hung up after {answer:?}");
            answer.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        answer
    }

    /// Asks for a page and keeps the connection.
    pub async fn get(&mut self, path: &str) -> String {
        assert!(self.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await);
        self.answer().await
    }
}

fn is_whole(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    length.is_none_or(|length| body.len() >= length)
}

/// Sends bytes on a new connection and gives everything that comes back.
pub async fn ask(address: SocketAddr, bytes: impl AsRef<[u8]>) -> String {
    let mut client = Client::connect(address).await;
    client.send(bytes).await;
    client.rest().await
}

/// The status of an answer; zero when there is none.
pub fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// The body of an answer.
pub fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
