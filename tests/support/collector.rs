//! An HTTP server that takes whatever is posted to it and keeps it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_mins(1);

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Posted {
    pub path: String,
    pub head: String,
    pub body: String,
}

/// The server.
pub struct Collector {
    pub address: SocketAddr,
    posted: Arc<Mutex<Vec<Posted>>>,
}

impl Collector {
    /// One that answers 200.
    pub fn start() -> Self {
        Self::answering(Some("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"))
    }

    /// One that reads and never answers.
    pub fn silent() -> Self {
        Self::answering(None)
    }

    /// One that answers `status`, or, without one, reads and never answers.
    pub fn answering(answer: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let posted = Arc::new(Mutex::new(Vec::new()));
        let kept = posted.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let kept = kept.clone();
                std::thread::spawn(move || serve(stream, &kept, answer));
            }
        });
        Self { address, posted }
    }

    /// Everything so far.
    pub fn posted(&self) -> Vec<Posted> {
        self.posted.lock().unwrap().clone()
    }

    /// Waits until something was posted that `wanted` finds.
    pub fn wait<T>(&self, wanted: impl Fn(&Posted) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = self.posted().iter().find_map(&wanted) {
                return found;
            }
            assert!(begun.elapsed() < PATIENCE, "{:#?}", self.posted());
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}

fn serve(stream: TcpStream, kept: &Mutex<Vec<Posted>>, answer: Option<&'static str>) {
    let mut reader = BufReader::new(stream);
    while let Some(posted) = read(&mut reader) {
        kept.lock().unwrap().push(posted);
        let Some(answer) = answer else {
            // Until whoever waits gives up.
            let _ = reader.read(&mut [0]);
            return;
        };
        if reader.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Posted> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let path = head.split(' ').nth(1)?.to_owned();
    Some(Posted { path, head, body: String::from_utf8(body).ok()? })
}
