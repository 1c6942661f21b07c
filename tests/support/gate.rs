//! A gate before a provider: while it is shut, what is asked of it arrives and waits until it opens.

use std::time::Duration;

use doorward::config::Provider;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::upstream::Upstream;

/// The gate. It stands as long as the runtime of the test.
#[derive(Clone)]
pub struct Gate {
    port: u16,
    is_open: watch::Sender<bool>,
    held: watch::Sender<usize>,
}

impl Gate {
    /// An open one before `upstream`.
    pub async fn before(upstream: &Upstream) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let gate = Self { port, is_open: watch::Sender::new(true), held: watch::Sender::new(0) };
        let behind = port_of(&upstream.origin);
        let own = gate.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(own.clone().pass(stream, behind));
            }
        });
        gate
    }

    /// Has codes of `provider` exchanged through the gate.
    pub fn guard(&self, provider: &mut Provider, path: &str) {
        provider.token_endpoint = Some(format!("http://localhost:{}{path}", self.port));
    }

    /// Holds everything from now on.
    pub fn shut(&self) {
        self.is_open.send_replace(false);
    }

    /// Lets everything through that waits, and what comes later.
    pub fn open(&self) {
        self.is_open.send_replace(true);
    }

    /// Waits until so many requests were held, or nothing more is to be expected: how many were.
    pub async fn held(&self, wanted: usize) -> usize {
        const PATIENCE: Duration = Duration::from_secs(4);
        let mut held = self.held.subscribe();
        let _ = tokio::time::timeout(PATIENCE, held.wait_for(|held| *held >= wanted)).await;
        *self.held.borrow()
    }

    async fn pass(self, stream: TcpStream, behind: u16) {
        let Ok(other) = TcpStream::connect(("127.0.0.1", behind)).await else { return };
        let ((mut asking, mut told), (mut answering, mut asked)) = (stream.into_split(), other.into_split());
        let answers = tokio::spawn(async move { tokio::io::copy(&mut answering, &mut told).await });
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = asking.read(&mut bytes).await {
            if !*self.is_open.borrow() {
                self.held.send_modify(|held| *held += 1);
                let _ = self.is_open.subscribe().wait_for(|is_open| *is_open).await;
            }
            if asked.write_all(&bytes[..read]).await.is_err() {
                break;
            }
        }
        answers.abort();
    }
}

fn port_of(origin: &str) -> u16 {
    origin.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap()
}
