//! One connection: hyper drives it, and a watch over it cuts it when it takes too long or the end has come.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use hyper::body::Incoming;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::{Builder, Connection, HttpServerConnExec};
use poem::Endpoint;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::exchange::Exchange;
use super::pulse::{BytesWaiting, Pulse};
use super::stop::Stage;
use super::{Limits, framing, tls};
use crate::base::PeerCertificates;
use crate::base::bounds::listener as bounds;

/// What every connection is told while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weather {
    /// How far the end has come.
    pub stage: Stage,
    /// Whether connections are scarce, so that idle ones are to go.
    pub scarce: bool,
}

/// What the socket and the requests of a connection both touch.
pub struct Shared {
    pub pulse: Arc<Pulse>,
    raw_head: Mutex<Vec<u8>>,
}

impl Shared {
    fn new(waiting: BytesWaiting) -> Self {
        Self { pulse: Arc::new(Pulse::new(waiting)), raw_head: Mutex::new(Vec::new()) }
    }

    /// Whether the head that just arrived had a `Content-Length`.
    pub fn head_names_length(&self) -> bool {
        framing::names_content_length(&self.raw_head())
    }

    /// Whether nothing arrived since the head before: this one came along with it.
    pub fn head_came_along(&self) -> bool {
        self.raw_head().is_empty()
    }

    /// Makes room for the next head. What is kept for it is small, because idle connections keep it too.
    pub fn forget_head(&self) {
        let mut head = self.raw_head();
        head.clear();
        head.shrink_to(bounds::HEAD_BYTES_KEPT);
    }

    fn raw_head(&self) -> MutexGuard<'_, Vec<u8>> {
        self.raw_head.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn arrived(&self, bytes: &[u8]) {
        if !self.pulse.awaits_head() {
            return;
        }
        self.pulse.stir();
        let mut head = self.raw_head();
        let room = bounds::HEAD_BYTES.saturating_sub(head.len());
        head.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// A socket whose incoming bytes are noticed.
struct Watched<S> {
    socket: S,
    shared: Arc<Shared>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.socket).poll_read(context, buffer);
        if polled.is_ready() && buffer.filled().len() > before {
            self.shared.arrived(&buffer.filled()[before..]);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }
}

/// The protocol's bounds, the same for all connections.
pub fn protocol() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // The time of a head is watched here: hyper would count idle time to it, and nothing before the first byte.
    builder.http1().header_read_timeout(None).max_buf_size(bounds::HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(bounds::H2_PING_AFTER)
        .keep_alive_timeout(bounds::H2_PING_TIME)
        .max_concurrent_streams(bounds::H2_STREAMS)
        .max_pending_accept_reset_streams(bounds::H2_RESETS)
        .max_header_list_size(u32::try_from(bounds::HEAD_BYTES).unwrap_or(u32::MAX))
        .initial_stream_window_size(bounds::H2_STREAM_WINDOW)
        .initial_connection_window_size(bounds::H2_CONNECTION_WINDOW)
        .max_send_buf_size(bounds::H2_SEND_BUFFER);
    builder
}

/// What is known of a connection before its first byte.
pub struct Accepted<S> {
    pub socket: S,
    pub local: SocketAddr,
    pub remote: SocketAddr,
}

/// What all connections of a listener have in common.
pub struct Common<E> {
    pub endpoint: Arc<E>,
    pub limits: Arc<Limits>,
    pub certificate: Option<Arc<tls::Certificate>>,
    pub protocol: Builder<TokioExecutor>,
    pub waiting: BytesWaiting,
}

/// Serves one connection to its end, by whomever it comes.
pub async fn serve<S, E>(common: Arc<Common<E>>, accepted: Accepted<S>, weather: watch::Receiver<Weather>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    E: Endpoint + 'static,
{
    let Accepted { socket, local, remote } = accepted;
    let Some(certificate) = &common.certificate else {
        let accepted = Accepted { socket, local, remote };
        return converse(&common, accepted, (Scheme::HTTP, None), weather).await;
    };
    let mut end = weather.clone();
    let end = async move { drop(end.wait_for(|weather| weather.stage != Stage::Running).await) };
    tokio::select! {
        handshake = tokio::time::timeout(common.limits.handshake, certificate.accept(socket)) => match handshake {
            Ok(Ok(socket)) => {
                let certificates = tls::shown_by(&socket);
                let accepted = Accepted { socket, local, remote };
                converse(&common, accepted, (Scheme::HTTPS, certificates), weather).await;
            }
            Ok(Err(problem)) => tracing::debug!(%remote, %problem, "TLS handshake failed"),
            Err(_) => tracing::debug!(%remote, "TLS handshake took too long"),
        },
        () = end => {}
    }
}

async fn converse<S, E>(
    common: &Common<E>,
    accepted: Accepted<S>,
    (scheme, certificates): (Scheme, Option<PeerCertificates>),
    weather: watch::Receiver<Weather>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    E: Endpoint + 'static,
{
    let shared = Arc::new(Shared::new(common.waiting.clone()));
    let exchange = Arc::new(Exchange {
        endpoint: common.endpoint.clone(),
        limits: common.limits.clone(),
        shared: shared.clone(),
        local: LocalAddr(accepted.local.into()),
        remote: RemoteAddr(accepted.remote.into()),
        scheme,
        certificates,
    });
    let socket = TokioIo::new(Watched { socket: accepted.socket, shared: shared.clone() });
    let service = service_fn(move |request| {
        let exchange = exchange.clone();
        async move { Ok::<_, Infallible>(exchange.answer(request).await) }
    });
    let conversation = pin!(common.protocol.serve_connection(socket, service));
    watch_over(conversation, &shared.pulse, &common.limits, weather).await;
}

/// Drives a conversation until it ends, takes too long, or is told to end.
async fn watch_over<C: Conversation>(
    mut conversation: Pin<&mut C>,
    pulse: &Pulse,
    limits: &Limits,
    mut weather: watch::Receiver<Weather>,
) {
    let mut now = *weather.borrow_and_update();
    let mut timer = pin!(sleep_until(Instant::now() + limits.head));
    loop {
        let armed = timer.deadline();
        let drive = poll_fn(|context| match conversation.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(Drive::Ended),
            // A byte can begin a head, and so bring the deadline nearer than the timer knows.
            Poll::Pending if pulse.next_look(limits, now.scarce).is_some_and(|look| look < armed) => {
                Poll::Ready(Drive::Due)
            }
            Poll::Pending => Poll::Pending,
        });
        tokio::select! {
            biased;
            drive = drive => if matches!(drive, Drive::Ended) { return },
            () = timer.as_mut() => {}
            changed = weather.changed() => {
                now = *weather.borrow_and_update();
                match now.stage {
                    Stage::Finishing => conversation.as_mut().graceful_shutdown(),
                    Stage::AtOnce => return,
                    // The listener outlives its connections; were it gone, so should this be.
                    Stage::Running if changed.is_err() => return,
                    Stage::Running => {}
                }
            }
        }
        let due = pulse.deadline(limits, now.scarce);
        if due.is_some_and(|due| due <= Instant::now()) {
            return;
        }
        // While an endpoint works nothing is due; look again when it may be done.
        let look = pulse.next_look(limits, now.scarce);
        timer.as_mut().reset(look.unwrap_or_else(|| Instant::now() + limits.head));
    }
}

enum Drive {
    Ended,
    Due,
}

/// A connection that can be driven and told to end, whatever its socket and service are.
trait Conversation: Future {
    fn graceful_shutdown(self: Pin<&mut Self>);
}

impl<I, S, B> Conversation for Connection<'_, I, S, TokioExecutor>
where
    Self: Future,
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: HttpService<Incoming, ResBody = B>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: hyper::body::Body + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    TokioExecutor: HttpServerConnExec<S::Future, B>,
{
    fn graceful_shutdown(self: Pin<&mut Self>) {
        Connection::graceful_shutdown(self);
    }
}
