//! The accept loop: takes connections while there is room for them, backs off when the system has none to give, and
//! waits for the last ones at the end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use poem::Endpoint;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::connection::{self, Accepted, Common, Weather};
use super::pulse::BytesWaiting;
use super::stop::{Stage, Stop};
use super::{Ended, Listener};
use crate::base::bounds::listener as bounds;

/// Where connections come from; the tests have another source than the system.
pub trait Source: Send + Sync {
    /// What a connection is.
    type Socket: AsyncRead + AsyncWrite + Unpin + Send + 'static;
    /// Waits for the next one.
    fn next(&self) -> impl Future<Output = io::Result<(Self::Socket, SocketAddr)>> + Send;
}

impl Source for TcpListener {
    type Socket = TcpStream;

    async fn next(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (socket, remote) = self.accept().await?;
        // Answers are written whole; waiting to fill a packet only delays them.
        socket.set_nodelay(true)?;
        Ok((socket, remote))
    }
}

/// See [`Listener::serve`].
pub async fn serve<E: Endpoint + 'static>(listener: Listener, endpoint: Arc<E>, stop: Stop) -> Ended {
    let Listener { socket, address, limits, certificate, permits } = listener;
    let shutdown = limits.shutdown;
    let (limits, protocol) = (Arc::new(limits), connection::protocol());
    let common = Arc::new(Common { endpoint, limits, certificate, protocol, waiting: BytesWaiting::default() });
    let gate = Gate { most: common.limits.connections, permits, weather: watch::Sender::new(CLEAR) };
    accept_until_stopped(&socket, address, &common, &gate, stop.clone()).await;
    // New connections are refused by the system from here on, not kept waiting.
    drop(socket);
    gate.end(stop, shutdown).await
}

const CLEAR: Weather = Weather { stage: Stage::Running, scarce: false };

/// Who may come in, and how those who are in are told.
struct Gate {
    permits: Arc<Semaphore>,
    most: usize,
    weather: watch::Sender<Weather>,
}

impl Gate {
    /// Waits for room for one more. Tells the others when room gets scarce.
    async fn room(&self) {
        let left = self.permits.available_permits();
        self.weather.send_if_modified(|weather| {
            // Between a quarter and a half nothing changes, so that the order does not flicker.
            let scarce = left < self.most / 4 || (weather.scarce && left < self.most / 2);
            std::mem::replace(&mut weather.scarce, scarce) != scarce
        });
        drop(self.permits.acquire().await);
    }

    /// Takes the place that `room` found; the accept loop is the only one who takes any.
    fn enter(&self) -> OwnedSemaphorePermit {
        self.permits.clone().try_acquire_owned().expect("there was room, and nobody else takes it")
    }

    /// Lets running requests finish, for as long as `time`; cuts the rest.
    async fn end(&self, mut stop: Stop, time: Duration) -> Ended {
        self.weather.send_modify(|weather| weather.stage = Stage::Finishing);
        let most = u32::try_from(self.most).unwrap_or(u32::MAX);
        let cut = tokio::select! {
            _ = self.permits.acquire_many(most) => 0,
            () = tokio::time::sleep(time) => self.most - self.permits.available_permits(),
            () = stop.reached(Stage::AtOnce) => self.most - self.permits.available_permits(),
        };
        self.weather.send_modify(|weather| weather.stage = Stage::AtOnce);
        Ended { cut }
    }
}

async fn accept_until_stopped<S: Source, E: Endpoint + 'static>(
    source: &S,
    local: SocketAddr,
    common: &Arc<Common<E>>,
    gate: &Gate,
    mut stop: Stop,
) {
    let mut backoff = Backoff::new();
    let accept_forever = async {
        loop {
            gate.room().await;
            match source.next().await {
                Ok((socket, remote)) => {
                    let permit = gate.enter();
                    backoff.reset();
                    // An IPv4 client of an IPv6 socket is the IPv4 client it is, in limits and logs.
                    let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
                    let conversation =
                        connection::serve(common.clone(), Accepted { socket, local, remote }, gate.weather.subscribe());
                    tokio::spawn(async move {
                        conversation.await;
                        drop(permit);
                    });
                }
                Err(problem) if is_about_one_connection(&problem) => {}
                Err(problem) => backoff.wait(&problem).await,
            }
        }
    };
    tokio::select! {
        biased;
        () = stop.reached(Stage::Finishing) => {}
        () = accept_forever => {}
    }
}

/// The client gave up before it was accepted; the next one is none the worse for it.
fn is_about_one_connection(problem: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted, InvalidInput, NotConnected,
    };
    matches!(
        problem.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted | InvalidInput | NotConnected
    )
}

/// Waits longer and longer while the system cannot give a connection, and says so once.
struct Backoff {
    next: Duration,
}

impl Backoff {
    fn new() -> Self {
        Self { next: bounds::ACCEPT_FIRST_WAIT }
    }

    fn reset(&mut self) {
        if self.next > bounds::ACCEPT_FIRST_WAIT {
            tracing::info!("connections are accepted again");
            *self = Self::new();
        }
    }

    async fn wait(&mut self, problem: &io::Error) {
        if self.next == bounds::ACCEPT_FIRST_WAIT {
            tracing::error!(%problem, "the system refuses to give connections; retrying");
        }
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 2).min(bounds::ACCEPT_LAST_WAIT);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io::{self, ErrorKind};
    use std::net::SocketAddr;
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, Instant};

    use poem::EndpointExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
    use tokio::sync::{Semaphore, mpsc, watch};

    use super::super::stop::Switch;
    use super::super::{Limits, connection};
    use super::{BytesWaiting, CLEAR, Common, Gate, Source, accept_until_stopped};

    /// Gives what it is told to give, then nothing more; tells when it is asked.
    struct Script {
        steps: Mutex<VecDeque<io::Result<DuplexStream>>>,
        asked: mpsc::UnboundedSender<Instant>,
    }

    impl Source for Script {
        type Socket = DuplexStream;

        async fn next(&self) -> io::Result<(DuplexStream, SocketAddr)> {
            self.asked.send(Instant::now()).expect("the test listens");
            let step = self.steps.lock().expect("no test panics inside").pop_front();
            match step {
                Some(step) => step.map(|socket| (socket, SocketAddr::from(([192, 0, 2, 1], 1)))),
                None => std::future::pending().await,
            }
        }
    }

    fn out_of_descriptors() -> io::Error {
        const EMFILE: i32 = 24;
        io::Error::from_raw_os_error(EMFILE)
    }

    /// Runs the loop over a script until it is asked for one step more than there are; gives the times it was asked.
    async fn times_asked(steps: Vec<io::Result<DuplexStream>>) -> Vec<Instant> {
        let count = steps.len() + 1;
        let (asked, mut asks) = mpsc::unbounded_channel();
        let script = Script { steps: Mutex::new(steps.into()), asked };
        let long = Duration::from_mins(1);
        let limits = Limits {
            body_bytes: 0,
            connections: 8,
            head: long,
            body: long,
            idle: long,
            handshake: long,
            shutdown: long,
        };
        let endpoint = Arc::new(poem::endpoint::make_sync(|_| "hello").map_to_response());
        let (limits, protocol) = (Arc::new(limits), connection::protocol());
        let common = Common { endpoint, limits, certificate: None, protocol, waiting: BytesWaiting::default() };
        let gate = Gate { permits: Arc::new(Semaphore::new(8)), most: 8, weather: watch::Sender::new(CLEAR) };
        let (switch, stop) = Switch::new();
        let (common, local) = (Arc::new(common), SocketAddr::from(([127, 0, 0, 1], 80)));
        let all_asked = async {
            let mut times = Vec::new();
            while times.len() < count {
                times.extend(asks.recv().await);
            }
            switch.finish();
            times
        };
        tokio::join!(all_asked, accept_until_stopped(&script, local, &common, &gate, stop)).0
    }

    #[tokio::test]
    async fn f_40_the_loop_waits_longer_and_longer_while_descriptors_are_out() {
        let times = times_asked((0..4).map(|_| Err(out_of_descriptors())).collect()).await;
        let waits: Vec<Duration> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        for (wait, least) in waits.iter().zip([50, 100, 200, 400]) {
            assert!(*wait >= Duration::from_millis(least), "{waits:?}");
        }
    }

    #[tokio::test]
    async fn f_40_the_loop_recovers() {
        let (mut client, server) = tokio::io::duplex(4_096);
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.expect("the pipe is open");
        times_asked(vec![Err(out_of_descriptors()), Ok(server)]).await;
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.expect("the answer is text");
        assert!(answer.ends_with("hello"), "{answer}");
    }

    #[tokio::test]
    async fn a_client_that_gave_up_delays_nobody() {
        let began = Instant::now();
        times_asked((0..1_000).map(|_| Err(ErrorKind::ConnectionAborted.into())).collect()).await;
        assert!(began.elapsed() < Duration::from_secs(10), "a thousand waits would take longer");
    }
}
