//! The server under load as the system sees it: started as a child process, its processor time and memory read from
//! `/proc`, stopped at the end.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use crate::http::{Connection, Request};

/// How long a start may take before it counts as failed.
const START_LIMIT: Duration = Duration::from_secs(20);

/// Clock ticks in a second, as `/proc` counts them on Linux.
const TICKS: u64 = 100;

/// A running process that answers HTTP.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// From the start of the process to its first answer.
    pub started_in: Duration,
    child: Child,
}

impl Server {
    /// Starts `command`, which is to listen on `address`, and waits for its first answer to a GET of `path`. What it
    /// writes goes to `log`.
    pub async fn start(mut command: Command, address: SocketAddr, path: &str, log: &Path) -> io::Result<Self> {
        let output = File::options().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let request = Request::get(path).end();
        let began = Instant::now();
        let mut server = Self { address, started_in: Duration::ZERO, child: command.spawn()? };
        let answered = timeout(START_LIMIT, server.first_answer(&request)).await;
        server.started_in = began.elapsed();
        match answered {
            Ok(Ok(())) => Ok(server),
            failed => Err(io::Error::other(format!("no answer ({failed:?}); see {}", log.display()))),
        }
    }

    async fn first_answer(&mut self, request: &[u8]) -> io::Result<()> {
        loop {
            if let Ok(mut connection) = Connection::open(self.address).await {
                let answer = connection.ask(request).await;
                return match answer {
                    Ok(answer) if answer.status == 200 => Ok(()),
                    Ok(answer) => Err(io::Error::other(format!("status {}", answer.status))),
                    Err(wrong) => Err(io::Error::other(wrong)),
                };
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(io::Error::other(format!("it ended with {status}")));
            }
            sleep(Duration::from_micros(500)).await;
        }
    }

    /// Its process, for readings.
    pub fn process(&self) -> Process {
        Process(PathBuf::from(format!("/proc/{}", self.child.id())))
    }

    /// Tells it to finish and waits for it.
    pub fn stop(mut self) -> io::Result<()> {
        Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        self.child.wait().map(drop)
    }

    fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A process in `/proc`.
#[derive(Clone)]
pub struct Process(PathBuf);

impl Process {
    /// The benchmark itself.
    pub fn own() -> Self {
        Self(PathBuf::from("/proc/self"))
    }

    /// Processor time used so far by all its threads, in user and kernel mode, those that ended included.
    pub fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(self.0.join("stat")).unwrap_or_default();
        // The name in parentheses may hold blanks; behind it, times are the 12th and 13th field.
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
        let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 1000 / TICKS)
    }

    /// Memory it has resident, in MB.
    pub fn resident_mb(&self) -> f64 {
        let status = fs::read_to_string(self.0.join("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: Option<f64> = line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok());
        kib.unwrap_or(f64::NAN) * 1024.0 / 1e6
    }
}

/// Processor time that the calling thread has used so far.
pub fn own_thread_time() -> Duration {
    let schedstat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    match schedstat.split_whitespace().next().and_then(|first| first.parse().ok()) {
        Some(nanoseconds) => Duration::from_nanos(nanoseconds),
        None => Process(PathBuf::from("/proc/thread-self")).processor_time(),
    }
}

/// An address on loopback that nobody listens on at the moment.
pub fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
