//! The way in: sockets, TLS, the accept loop, and the bounds on what a client may do to a connection.
//!
//! Between the socket and poem stands our own loop on hyper, because the stock one waits for ever on half a request
//! head and spins when the system is out of file descriptors. It refuses what is no sound request (RFC 9112, RFC 9110)
//! before any endpoint sees it. It knows nothing of routes, pages or OAuth, reads no settings, and sends no answer but
//! its own short refusals.

mod accept;
mod any_client;
mod body;
mod connection;
mod descriptors;
mod exchange;
mod framing;
mod local;
mod pulse;
mod soundness;
mod stop;
mod tls;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use poem::Endpoint;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;

pub use local::{LocalAuthority, LocalAuthorityProblem};
pub use stop::{Signals, Stage, Stop, Switch};
pub use tls::{Certificate, CertificateProblem, ClientCertificates};

use crate::base::bounds::listener as bounds;

/// What a client may take of the server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a request body.
    pub body_bytes: u64,
    /// Connections served at one time; what the system allows may be less.
    pub connections: usize,
    /// Time in which the whole head of a request must arrive.
    pub head: Duration,
    /// Time in which the whole body of a request must arrive.
    pub body: Duration,
    /// Time a connection may lie idle between two requests.
    pub idle: Duration,
    /// Time a TLS handshake may take.
    pub handshake: Duration,
    /// Time running requests get to finish at the end.
    pub shutdown: Duration,
}

/// A bound socket, not yet accepting.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    limits: Limits,
    certificate: Option<Arc<Certificate>>,
    permits: Arc<Semaphore>,
}

/// How the serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Connections that were cut because their requests did not finish in time.
    pub cut: usize,
}

/// Why an address could not be bound.
#[derive(Debug)]
pub struct BindFailed {
    address: SocketAddr,
    problem: std::io::Error,
}

impl BindFailed {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self.problem.kind() {
            std::io::ErrorKind::AddrInUse => "stop what listens there, or choose another port with --listen",
            std::io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege; choose a higher one",
            std::io::ErrorKind::AddrNotAvailable => "this machine has no such address; 0.0.0.0 is all of them",
            _ => "check the address given with --listen",
        }
    }
}

impl fmt::Display for BindFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot listen on {}: {}", self.address, self.problem)
    }
}

impl std::error::Error for BindFailed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.problem)
    }
}

/// How many connections are open, for the metrics.
#[derive(Debug, Clone)]
pub struct OpenConnections {
    permits: Arc<Semaphore>,
    most: usize,
}

impl OpenConnections {
    /// Connections open now.
    pub fn count(&self) -> usize {
        self.most.saturating_sub(self.permits.available_permits())
    }

    /// The most that will be open at one time.
    pub fn most(&self) -> usize {
        self.most
    }
}

impl Listener {
    /// Binds an address; port 0 takes any free port. Must run inside the tokio runtime.
    pub fn bind(address: SocketAddr, limits: Limits) -> Result<Self, BindFailed> {
        let bound = bind(address).and_then(|socket| socket.local_addr().map(|found| (socket, found)));
        let (socket, found) = bound.map_err(|problem| BindFailed { address, problem })?;
        let connections = descriptors::affordable(limits.connections);
        let permits = Arc::new(Semaphore::new(connections));
        Ok(Self { socket, address: found, limits: Limits { connections, ..limits }, certificate: None, permits })
    }

    /// Speaks TLS with this certificate instead of plain HTTP.
    #[must_use]
    pub fn with_certificate(self, certificate: Arc<Certificate>) -> Self {
        Self { certificate: Some(certificate), ..self }
    }

    /// The address really bound.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A look at the number of open connections.
    pub fn open_connections(&self) -> OpenConnections {
        OpenConnections { permits: self.permits.clone(), most: self.limits.connections }
    }

    /// Serves until told to stop: then no new connections, running requests finish in the time the limits give, and
    /// what is left is cut.
    pub async fn serve<E: Endpoint + 'static>(self, endpoint: E, stop: Stop) -> Ended {
        accept::serve(self, Arc::new(endpoint), stop).await
    }
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart must not wait for the old connections' ports to cool down.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(bounds::BACKLOG)
}
