//! The binary, run as a process of its own in a directory of its own.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Longer than anything takes on a machine that does ten other things.
const DEADLINE: Duration = Duration::from_mins(2);

/// A working directory with nothing in it, and the binary.
pub struct Place(tempfile::TempDir);

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    pub fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).unwrap();
    }

    /// The binary with these arguments, and no setting but those of `settings`.
    fn command(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DOORWARD") {
                command.env_remove(name);
            }
        }
        command.args(arguments).envs(settings.iter().copied()).current_dir(self.path()).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[])
    }

    /// The same with settings from the environment.
    pub fn run_with(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Ended {
        self.command(arguments, settings).output().unwrap().into()
    }

    /// The same with something on standard input.
    pub fn run_reading(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.command(arguments, &[]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap().into()
    }

    /// A command that must succeed; gives what it wrote.
    pub fn output(&self, arguments: &[&str]) -> String {
        self.run(arguments).success()
    }

    /// A command that must succeed; gives the JSON it wrote.
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.output(arguments)).unwrap()
    }

    /// Begins to start a server on any free port; its log is JSON.
    pub fn start(&self, arguments: &[&str]) -> Starting {
        let mut command = self.command(arguments, &[("DOORWARD__LOG__FORMAT", "json")]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = lines_of(child.stderr.take().unwrap());
        let said = lines_of(child.stdout.take().unwrap());
        Starting { child: Guarded(child), log, said }
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Ended {
    /// What it wrote, if it succeeded.
    pub fn success(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// What it complained of, if it failed with this code and answered nothing.
    pub fn failure(self, code: i32) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(code), ""), "{self:?}");
        self.stderr
    }
}

/// Lines as they come, so that waiting for one has an end.
fn lines_of(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Ends the process if the test does not.
struct Guarded(Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server on its way.
pub struct Starting {
    child: Guarded,
    log: Receiver<String>,
    said: Receiver<String>,
}

impl Starting {
    /// Waits until it says that it is ready.
    pub fn ready(self) -> Server {
        let mut before = Vec::new();
        loop {
            let line = self.log.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("never ready: {before:#?}"));
            let parsed: Value = serde_json::from_str(&line).unwrap_or_default();
            if parsed["message"] == "ready" {
                let address = parsed["listen"].as_str().unwrap().parse().unwrap();
                return Server { child: self.child, log: self.log, said: self.said, address, ready: parsed };
            }
            before.push(line);
        }
    }
}

/// A server that answers.
pub struct Server {
    child: Guarded,
    log: Receiver<String>,
    said: Receiver<String>,
    pub address: SocketAddr,
    /// The log line that said so.
    pub ready: Value,
}

impl Server {
    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Waits for its end.
    pub fn wait(mut self) -> ExitStatus {
        self.child.0.wait().unwrap()
    }

    /// Asks it to end, and gives how it did.
    pub fn stop(self) -> Option<i32> {
        self.signal("TERM");
        self.wait().code()
    }

    /// Waits for a log line that says this.
    pub fn logged(&self, message: &str) {
        let mut before = Vec::new();
        loop {
            let line = self.log.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("no {message:?} in {before:#?}"));
            if line.contains(message) {
                return;
            }
            before.push(line);
        }
    }

    /// Waits for a line on standard output that has this in it.
    pub fn says(&self, what: &str) -> String {
        let mut before = Vec::new();
        loop {
            let line = self.said.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("no {what:?} in {before:#?}"));
            if line.contains(what) {
                return line;
            }
            before.push(line);
        }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream
    }

    /// The whole answer to a GET.
    pub fn get(&self, path: &str) -> String {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The body of the answer to a GET that must succeed.
    pub fn body(&self, path: &str) -> String {
        let answer = self.get(path);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}
