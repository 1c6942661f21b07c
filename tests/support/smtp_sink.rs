//! A mail server for tests, on a free port of this machine: takes every mail, except where it was told otherwise.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// What the sink does instead of saying yes.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Answers so.
    Say(&'static str),
    /// Never answers.
    KeepSilent,
    /// Ends the connection without an answer.
    HangUp,
}

/// How the sink protects its connections.
#[derive(Clone)]
pub enum Security {
    /// Not at all, and it offers nothing.
    None,
    /// By STARTTLS.
    StartTls(TlsAcceptor),
    /// From the first byte.
    Implicit(TlsAcceptor),
}

/// An authority of its own, and what it vouches for.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Its certificate, for those who are to trust it.
    pub fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    /// A server that can prove to be `name`.
    pub fn acceptor(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let config =
            ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key);
        TlsAcceptor::from(Arc::new(config.unwrap()))
    }
}

#[derive(Default)]
struct State {
    script: HashMap<&'static str, VecDeque<Act>>,
    connections: usize,
    open: usize,
    most_open: usize,
    said: Vec<String>,
    mails: Vec<String>,
}

/// The sink.
pub struct Sink {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl Sink {
    pub async fn start(security: Security) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, security) = (Arc::clone(&shared), security.clone());
                tokio::spawn(async move {
                    state.lock().unwrap().enter();
                    // Clients that hang up are part of the tests.
                    let _ = converse(stream, security, &state).await;
                    state.lock().unwrap().open -= 1;
                });
            }
        });
        Self { port, state }
    }

    /// Lets the next turns of `step` go otherwise: `CONNECT`, a command's name, or `.` for the end of a mail.
    pub fn script(&self, step: &'static str, acts: impl IntoIterator<Item = Act>) {
        self.state.lock().unwrap().script.entry(step).or_default().extend(acts);
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// How many connections were open at one time, at most.
    pub fn most_open(&self) -> usize {
        self.state.lock().unwrap().most_open
    }

    /// The mails it took, as they came over the wire.
    pub fn mails(&self) -> Vec<String> {
        self.state.lock().unwrap().mails.clone()
    }

    /// The commands it heard, with their arguments.
    pub fn said(&self) -> Vec<String> {
        self.state.lock().unwrap().said.clone()
    }

    /// The names of the commands it heard.
    pub fn commands(&self) -> Vec<String> {
        self.said().iter().map(|line| verb(line).to_owned()).collect()
    }
}

impl State {
    fn enter(&mut self) {
        self.connections += 1;
        self.open += 1;
        self.most_open = self.most_open.max(self.open);
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

type Line = BufStream<Box<dyn Stream>>;

async fn converse(stream: tokio::net::TcpStream, security: Security, state: &Mutex<State>) -> io::Result<()> {
    let mut line: Line = match &security {
        Security::Implicit(tls) => BufStream::new(Box::new(tls.accept(stream).await?)),
        Security::StartTls(_) | Security::None => BufStream::new(Box::new(stream)),
    };
    let mut upgrade = match security {
        Security::StartTls(tls) => Some(tls),
        Security::Implicit(_) | Security::None => None,
    };
    act(&mut line, state, "CONNECT", "220 sink").await?;
    loop {
        let mut text = String::new();
        if line.read_line(&mut text).await? == 0 {
            return Ok(());
        }
        let text = text.trim_end().to_owned();
        state.lock().unwrap().said.push(text.clone());
        match verb(&text) {
            "EHLO" => {
                let offers = if upgrade.is_some() { "250-STARTTLS\r\n" } else { "" };
                act(&mut line, state, "EHLO", &format!("250-sink\r\n{offers}250 AUTH PLAIN LOGIN")).await?;
            }
            "STARTTLS" => {
                act(&mut line, state, "STARTTLS", "220 go ahead").await?;
                let tls = upgrade.take().ok_or(io::ErrorKind::InvalidInput)?;
                line = BufStream::new(Box::new(tls.accept(line.into_inner()).await?));
            }
            "AUTH" => _ = act(&mut line, state, "AUTH", "235 welcome").await?,
            "MAIL" => _ = act(&mut line, state, "MAIL", "250 sender ok").await?,
            "RCPT" => _ = act(&mut line, state, "RCPT", "250 recipient ok").await?,
            "RSET" => _ = act(&mut line, state, "RSET", "250 forgotten").await?,
            "DATA" => {
                if act(&mut line, state, "DATA", "354 go on").await? {
                    let mail = read_mail(&mut line).await?;
                    state.lock().unwrap().mails.push(mail);
                    act(&mut line, state, ".", "250 taken as 1234").await?;
                }
            }
            "QUIT" => {
                act(&mut line, state, "QUIT", "221 bye").await?;
                return Ok(());
            }
            _ => say(&mut line, "500 what?").await?,
        }
    }
}

/// Does what the script says about `step`, or says `yes`; tells whether it was a yes.
async fn act(line: &mut Line, state: &Mutex<State>, step: &'static str, yes: &str) -> io::Result<bool> {
    let scripted = state.lock().unwrap().script.get_mut(step).and_then(VecDeque::pop_front);
    match scripted {
        None => say(line, yes).await.map(|()| true),
        Some(Act::Say(no)) => say(line, no).await.map(|()| false),
        Some(Act::HangUp) => Err(io::ErrorKind::ConnectionAborted.into()),
        Some(Act::KeepSilent) => {
            // Until the other side has had enough.
            let mut rest = Vec::new();
            line.read_to_end(&mut rest).await?;
            Err(io::ErrorKind::ConnectionAborted.into())
        }
    }
}

async fn say(line: &mut Line, text: &str) -> io::Result<()> {
    line.write_all(format!("{text}\r\n").as_bytes()).await?;
    line.flush().await
}

async fn read_mail(line: &mut Line) -> io::Result<String> {
    let mut mail = String::new();
    loop {
        let start = mail.len();
        if line.read_line(&mut mail).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if &mail[start..] == ".\r\n" {
            mail.truncate(start);
            return Ok(mail);
        }
        // RFC 5321 §4.5.2: a leading dot is doubled on the way.
        if mail[start..].starts_with('.') {
            mail.remove(start);
        }
    }
}

fn verb(line: &str) -> &str {
    line.split([' ', ':']).next().unwrap_or_default()
}
