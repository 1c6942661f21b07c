//! The program, started as an operator starts it, on a free port and with a folder of its own.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Long enough for anything that is going to happen, short enough to fail visibly.
pub const PATIENCE: Duration = Duration::from_mins(1);
/// The issuer of every server here; it is reached under another address.
pub const ISSUER: &str = "https://login.example.com";
/// Whom every server knows.
pub const ADA: &str = "ada@example.com";
/// Her password.
pub const PASSWORD: &str = "a long walk on the beach";
/// The secret of the client `acme`.
pub const SECRET: &str = "acme-secret-6c1f0d3b9a8e47522d90";

const APPLIED: &str = r#"
[[client]]
client_id = "acme"
client_secret = "acme-secret-6c1f0d3b9a8e47522d90"
client_name = "Acme Notes"
redirect_uris = ["https://acme.example/cb"]
grant_types = ["authorization_code", "refresh_token", "client_credentials"]
response_types = ["code"]
scope = "openid email offline_access notes"

[client.doorward]
first_party = true

[[person]]
email = "ada@example.com"
email_verified = true
password = "a long walk on the beach"
name = "Ada"
"#;

/// Where a server keeps everything, and how it is set up.
pub struct Home {
    folder: TempDir,
    data: PathBuf,
    /// Lines of `doorward.toml` beside those that every server has.
    pub settings: String,
    /// A database beside the one in the folder.
    pub database: Option<String>,
    /// Words before the program's own, such as `prlimit --nofile=256`.
    pub wrapper: Vec<String>,
}

impl Home {
    /// An empty one.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("apply.toml"), APPLIED).unwrap();
        let data = folder.path().join("data");
        Self { folder, data, settings: String::new(), database: None, wrapper: Vec::new() }
    }

    /// One of a further process on the data of another.
    pub fn sharing(data: &Path) -> Self {
        Self { data: data.to_owned(), ..Self::empty() }
    }

    /// One whose database, keys, client and person exist: made once for all tests and copied.
    pub fn furnished() -> Self {
        static MADE: OnceLock<Home> = OnceLock::new();
        let made = MADE.get_or_init(|| {
            let home = Self::empty();
            home.start().stop();
            home
        });
        let home = Self::empty();
        copy(&made.data(), &home.data());
        home
    }

    /// The folder of the database and the keys.
    pub fn data(&self) -> PathBuf {
        self.data.clone()
    }

    /// The SQLite file.
    pub fn database_file(&self) -> PathBuf {
        self.data().join("doorward.sqlite")
    }

    /// The master key.
    pub fn key_file(&self) -> PathBuf {
        self.data().join("keys/master.key")
    }

    /// The folder of it all.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A command of the program on this home.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.write_settings();
        let program = env!("CARGO_BIN_EXE_doorward");
        let mut command = match self.wrapper.split_first() {
            None => Command::new(program),
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command.args(arguments).current_dir(self.path()).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn write_settings(&self) {
        let database = self.database.as_ref().map_or_else(String::new, |url| format!("[database]\nurl = \"{url}\"\n"));
        let text = format!("issuer = \"{ISSUER}\"\ndata = \"{}\"\n{database}{}", self.data().display(), self.settings);
        std::fs::write(self.path().join("doorward.toml"), text).unwrap();
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        let output = self.command(arguments).output().unwrap();
        Outcome {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Starts a server that must not come up, and waits for its end.
    pub fn refused(&self) -> Outcome {
        self.run(&["serve", "--listen", "127.0.0.1:0"])
    }

    /// Starts a server on a free port.
    pub fn start(&self) -> Server {
        self.start_on(0)
    }

    /// Starts a server on this port.
    pub fn start_on(&self, port: u16) -> Server {
        self.spawn(port).ready()
    }

    /// Starts a server and does not wait.
    pub fn spawn(&self, port: u16) -> Starting {
        let started = Instant::now();
        let listen = format!("127.0.0.1:{port}");
        let mut child = self.command(&["serve", "--listen", &listen, "--apply", "apply.toml"]).spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let log = Arc::new(Mutex::new(String::new()));
        let lines = read_lines(child.stderr.take().unwrap(), log.clone());
        Starting { child, lines, log, started }
    }
}

/// What a command came to.
#[derive(Debug)]
pub struct Outcome {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

/// A server that may not be ready yet.
pub struct Starting {
    pub child: Child,
    lines: Receiver<String>,
    log: Arc<Mutex<String>>,
    started: Instant,
}

impl Starting {
    /// Waits until it says that it is ready.
    pub fn ready(self) -> Server {
        let port = loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    if let Some(port) = port_in(&line) {
                        break port;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("not ready in time: {}", self.log.lock().unwrap()),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended: {}", self.log.lock().unwrap()),
            }
        };
        Server { child: self.child, port, log: self.log, ready_after: self.started.elapsed() }
    }
}

/// A server that answers.
pub struct Server {
    child: Child,
    /// Where.
    pub port: u16,
    /// How long it took to be ready.
    pub ready_after: Duration,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// What it said on standard error so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until the log holds `text`.
    pub fn logged(&self, text: &str) -> String {
        let begun = Instant::now();
        loop {
            let log = self.log();
            if log.contains(text) {
                return log;
            }
            assert!(begun.elapsed() < PATIENCE, "nothing says {text}: {log}");
            std::thread::yield_now();
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end: {}", self.log());
            std::thread::park_timeout(Duration::from_millis(2));
        }
    }

    /// Ends it as an operator does.
    pub fn stop(mut self) {
        self.signal("TERM");
        let status = self.ended();
        assert!(status.success(), "{status}: {}", self.log());
    }

    /// Ends it as a power cut does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        assert_eq!(self.child.wait().unwrap().signal(), Some(9));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(stream: impl Read + Send + 'static, log: Arc<Mutex<String>>) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut log = log.lock().unwrap();
            log.push_str(&line);
            log.push('\n');
            // Nobody waits for lines any more once it is ready.
            let _ = sender.send(line);
        }
    });
    receiver
}

/// The port in the line that says "ready".
fn port_in(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("ready")?.1.split_once("127.0.0.1:").or_else(|| line.split_once("127.0.0.1:"))?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Copies a folder with the rights of its files.
pub fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").args(["-a", "--"]).arg(from).arg(to).status().unwrap();
    assert!(status.success());
}
