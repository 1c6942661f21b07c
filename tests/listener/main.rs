//! The listener on loopback: what it refuses, what it bounds, and how it ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod certificates;
mod client;
mod ending;
mod load;
mod local;
mod slow;
mod sound;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward::base::PeerCertificates;
use doorward::listener::{Certificate, Ended, Limits, Listener, OpenConnections, Stop, Switch};
use poem::http::StatusCode;
use poem::{Body, Endpoint, EndpointExt, Route, get, handler, post};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// Long enough for anything a bounded server does in these tests, short enough to fail visibly.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bounds in which nothing of a well-behaved client is cut.
fn limits() -> Limits {
    Limits {
        body_bytes: 64 * 1024,
        connections: 4_096,
        head: PATIENCE,
        body: PATIENCE,
        idle: PATIENCE,
        handshake: PATIENCE,
        shutdown: PATIENCE,
    }
}

/// A short time for what a test waits to be cut.
const SHORT: Duration = Duration::from_millis(300);

struct Server {
    address: SocketAddr,
    switch: Switch,
    stop: Stop,
    open: OpenConnections,
    ended: JoinHandle<Ended>,
    gate: Arc<Gate>,
}

/// Where a request to `/wait` stands.
#[derive(Default)]
struct Gate {
    arrived: Notify,
    opened: Notify,
    dropped: Notify,
}

fn start(limits: Limits) -> Server {
    start_with(limits, None)
}

fn start_with(limits: Limits, certificate: Option<Arc<Certificate>>) -> Server {
    let gate = Arc::new(Gate::default());
    let mut listener = Listener::bind("127.0.0.1:0".parse().unwrap(), limits).unwrap();
    if let Some(certificate) = certificate {
        listener = listener.with_certificate(certificate);
    }
    let (switch, stop) = Switch::new();
    let (address, open) = (listener.address(), listener.open_connections());
    let ended = tokio::spawn(listener.serve(routes(gate.clone()), stop.clone()));
    Server { address, switch, stop, open, ended, gate }
}

impl Server {
    /// Waits until no connection is left.
    async fn emptied(&self) {
        while self.open.count() > 0 {
            tokio::task::yield_now().await;
        }
    }
}

fn routes(gate: Arc<Gate>) -> impl Endpoint {
    let others = Route::new().at("/", get(hello)).at("/echo", post(echo)).at("/wait", get(wait));
    others.at("/panic", get(panic)).at("/certificate", get(shown_certificate)).data(gate)
}

#[handler]
fn hello() -> &'static str {
    "hello"
}

/// Answers with the client's own certificate, in base64.
#[handler]
fn shown_certificate(request: &poem::Request) -> String {
    let shown = request.extensions().get::<PeerCertificates>();
    shown.map_or_else(|| "none".to_owned(), |shown| STANDARD.encode(shown.own()))
}

/// Answers with the body; says by status what was wrong with it.
#[handler]
async fn echo(body: Body) -> Result<Vec<u8>, StatusCode> {
    match body.into_bytes_limit(1024 * 1024).await {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(poem::error::ReadBodyError::Io(problem)) => Err(match problem.kind() {
            std::io::ErrorKind::FileTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            std::io::ErrorKind::TimedOut => StatusCode::REQUEST_TIMEOUT,
            _ => StatusCode::BAD_REQUEST,
        }),
        Err(_) => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

#[handler]
async fn wait(gate: poem::web::Data<&Arc<Gate>>) -> &'static str {
    struct Tell(Arc<Gate>);
    impl Drop for Tell {
        fn drop(&mut self) {
            self.0.dropped.notify_one();
        }
    }
    let tell = Tell(gate.0.clone());
    tell.0.arrived.notify_one();
    tell.0.opened.notified().await;
    "waited"
}

#[handler]
fn panic() -> &'static str {
    panic!("an endpoint that fails")
}
