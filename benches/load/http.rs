//! The smallest HTTP/1.1 client that keeps a connection alive and reads each answer to its end, so that the driver
//! takes as little as possible of the processors it shares with the server.
//!
//! It knows answers with a `Content-Length` only, which is what Doorward sends; anything else is wrong.

use std::fmt::{self, Write as _};
use std::io;
use std::net::SocketAddr;

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What may be wrong with an answer.
#[derive(Debug)]
pub enum Wrong {
    /// The connection failed or was closed.
    Connection(io::Error),
    /// Something else came than should have.
    Answer {
        /// What was expected.
        wanted: &'static str,
        /// What came.
        found: String,
    },
}

impl Wrong {
    /// Something else came than `wanted`.
    pub fn answer(wanted: &'static str, found: impl Into<String>) -> Self {
        Self::Answer { wanted, found: found.into() }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(problem) => write!(f, "the connection failed: {problem}"),
            Self::Answer { wanted, found } => write!(f, "expected {wanted}, found {found}"),
        }
    }
}

impl std::error::Error for Wrong {}

impl From<io::Error> for Wrong {
    fn from(problem: io::Error) -> Self {
        Self::Connection(problem)
    }
}

/// A request, written out.
pub struct Request(String);

impl Request {
    /// A GET of `target`.
    pub fn get(target: &str) -> Self {
        Self(format!("GET {target} HTTP/1.1\r\nhost: 127.0.0.1\r\n"))
    }

    /// A POST to `target`, to be ended by [`Request::form`].
    pub fn post(target: &str) -> Self {
        Self(format!("POST {target} HTTP/1.1\r\nhost: 127.0.0.1\r\n"))
    }

    /// One more header field.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{name}: {value}\r\n");
        self
    }

    /// A client's credentials (RFC 6749 §2.3.1); ours need no escapes.
    pub fn basic(self, id: &str, secret: &str) -> Self {
        let credentials = STANDARD.encode(format!("{id}:{secret}"));
        self.header("authorization", &format!("Basic {credentials}"))
    }

    /// An access token (RFC 6750 §2.1).
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// The end of the head, and no body.
    pub fn end(mut self) -> Vec<u8> {
        self.0.push_str("\r\n");
        self.0.into_bytes()
    }

    /// The end of the head, and a form.
    pub fn form(self, fields: &[(&str, &str)]) -> Vec<u8> {
        let body = encode(fields);
        let head = self
            .header("content-type", "application/x-www-form-urlencoded")
            .header("content-length", &body.len().to_string());
        let mut request = head.end();
        request.extend_from_slice(body.as_bytes());
        request
    }
}

/// Fields as in a query or form.
pub fn encode(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// A text that nobody guesses, 256 bits of it.
pub fn random() -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).expect("the system gives randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An answer; it lives in the connection's buffer.
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
    head: &'a str,
}

impl<'a> Answer<'a> {
    /// The first header field of this name, given in small letters.
    pub fn header(&self, name: &'static str) -> Option<&'a str> {
        self.headers(name).next()
    }

    /// Every header field of this name, given in small letters.
    pub fn headers(&self, name: &'static str) -> impl Iterator<Item = &'a str> + use<'a> {
        let fields = self.head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
        fields.filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The body as text.
    pub fn text(&self) -> &'a str {
        std::str::from_utf8(self.body).unwrap_or("(not UTF-8)")
    }

    /// This answer, if it has the status.
    pub fn with_status(self, status: u16, wanted: &'static str) -> Result<Self, Wrong> {
        if self.status == status {
            return Ok(self);
        }
        let body: String = self.text().chars().take(300).collect();
        Err(Wrong::answer(wanted, format!("status {} with {body}", self.status)))
    }
}

/// A connection that stays open from request to request.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request and reads the whole answer.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>, Wrong> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head_end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at;
            }
            self.read_more().await?;
        };
        let length = content_length(&self.buffer[..head_end])?;
        let body_start = head_end + 4;
        while self.buffer.len() < body_start + length {
            self.read_more().await?;
        }
        if self.buffer.len() > body_start + length {
            return Err(Wrong::answer("one answer", "more bytes than it announced"));
        }
        let (head, body) = (&self.buffer[..head_end], &self.buffer[body_start..]);
        let head = std::str::from_utf8(head).map_err(|_| Wrong::answer("a head", "bytes that are no text"))?;
        let status = head.get(9..12).and_then(|digits| digits.parse().ok());
        let status = status.ok_or_else(|| Wrong::answer("a status line", head))?;
        Ok(Answer { status, body, head })
    }

    async fn read_more(&mut self) -> Result<(), Wrong> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(Wrong::Connection(io::ErrorKind::UnexpectedEof.into())),
            _ => Ok(()),
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn content_length(head: &[u8]) -> Result<usize, Wrong> {
    let lines = head.split(|byte| *byte == b'\n');
    let mut fields = lines.filter_map(|line| line.split_at_checked(15));
    let field = fields.find(|(name, _)| name.eq_ignore_ascii_case(b"content-length:"));
    let length = field.and_then(|(_, value)| std::str::from_utf8(value).ok()?.trim().parse().ok());
    length.ok_or_else(|| Wrong::answer("a Content-Length", String::from_utf8_lossy(head)))
}
