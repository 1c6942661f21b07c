//! An HTTP server that answers as it is told, well or badly.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub query: HashMap<String, String>,
    pub head: String,
    pub body: String,
}

impl Seen {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(own, value)| own.eq_ignore_ascii_case(name).then_some(value))
    }

    /// A parameter of the form.
    pub fn form(&self, name: &str) -> Option<String> {
        let mut parameters = url::form_urlencoded::parse(self.body.as_bytes());
        parameters.find_map(|(own, value)| (own == name).then(|| value.into_owned()))
    }
}

/// How a path is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    /// With status, headers and body.
    Answer(u16, Vec<(String, String)>, Vec<u8>),
    /// With these bytes and the end of the connection.
    Raw(Vec<u8>),
    /// Never.
    Silence,
    /// With a body that never ends.
    Endless,
    /// With a byte now and then.
    Drip,
}

impl Reply {
    pub fn json(body: &Value) -> Self {
        Self::status(200, body)
    }

    pub fn status(status: u16, body: &Value) -> Self {
        Self::Answer(status, vec![], body.to_string().into_bytes()).with("Content-Type", "application/json")
    }

    pub fn typed(status: u16, content_type: &str, body: &str) -> Self {
        Self::Answer(status, vec![], body.as_bytes().to_vec()).with("Content-Type", content_type)
    }

    /// The answer with one more header.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer(_, headers, _) = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

type Handler = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

/// The server. It stands until the test is over.
#[derive(Clone)]
pub struct Server {
    pub address: SocketAddr,
    handlers: Arc<Mutex<HashMap<String, Handler>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { address: listener.local_addr().unwrap(), handlers: Arc::default(), seen: Arc::default() };
        let serving = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let serving = serving.clone();
                std::thread::spawn(move || serving.serve(stream));
            }
        });
        server
    }

    /// An address on it.
    pub fn at(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.address.port())
    }

    /// Answers `path` so from now on.
    pub fn answer(&self, path: &str, reply: Reply) {
        self.handle(path, move |_| reply.clone());
    }

    /// Answers `path` by a function from now on.
    pub fn handle(&self, path: &str, handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) {
        self.handlers.lock().unwrap().insert(path.to_owned(), Arc::new(handler));
    }

    /// The requests for `path` so far.
    pub fn seen(&self, path: &str) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.path == path).cloned().collect()
    }

    /// The one request for `path`.
    pub fn only(&self, path: &str) -> Seen {
        let [seen] = self.seen(path).try_into().unwrap();
        seen
    }

    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(seen) = read(&mut reader) {
            let handler = self.handlers.lock().unwrap().get(&seen.path).cloned();
            self.seen.lock().unwrap().push(seen.clone());
            let reply =
                handler.map_or_else(|| Reply::typed(404, "text/plain", "nothing here"), |handler| handler(&seen));
            if !write(reader.get_mut(), reply) {
                return;
            }
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let mut line = head.lines().next()?.split(' ');
    let (method, target) = (line.next()?.to_owned(), line.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let path = path.to_owned();
    Some(Seen { method, path, query, head, body: String::from_utf8(body).ok()? })
}

/// Whether another request may follow.
fn write(stream: &mut TcpStream, reply: Reply) -> bool {
    const ENDLESS: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    match reply {
        Reply::Answer(status, headers, body) => {
            let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let length = format!("Content-Length: {}", body.len());
            let head = [&[format!("HTTP/1.1 {status} Any"), length][..], &headers].concat().join("\r\n");
            stream.write_all(format!("{head}\r\n\r\n").as_bytes()).and_then(|()| stream.write_all(&body)).is_ok()
        }
        Reply::Raw(bytes) => {
            let _ = stream.write_all(&bytes);
            false
        }
        Reply::Silence => {
            // Until whoever waits gives up.
            let _ = stream.read(&mut [0]);
            false
        }
        Reply::Endless => {
            let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
            let mut written = stream.write_all(ENDLESS);
            while written.is_ok() {
                written = stream.write_all(chunk.as_bytes());
            }
            false
        }
        Reply::Drip => {
            let mut written = stream.write_all(ENDLESS);
            while written.is_ok() {
                std::thread::park_timeout(Duration::from_millis(20));
                written = stream.write_all(b"1\r\n \r\n");
            }
            false
        }
    }
}
