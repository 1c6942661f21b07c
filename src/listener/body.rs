//! Bodies in both directions: a request's with a bound on size and time, an answer's that tells when it is fetched.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::pulse::{Pulse, Ticket};

/// The body of a request as an endpoint reads it. It fails with `TimedOut` when it does not arrive in time and with
/// `FileTooLarge` when there is more of it than allowed, whatever was announced.
pub struct BoundedBody {
    inner: Incoming,
    left: u64,
    deadline: Instant,
    /// Made only when the body makes us wait.
    timer: Option<Pin<Box<Sleep>>>,
}

impl BoundedBody {
    /// Bounds a body that begins to arrive now.
    pub fn new(inner: Incoming, bytes: u64, time: Duration) -> Self {
        Self { inner, left: bytes, deadline: Instant::now() + time, timer: None }
    }

    fn take(&mut self, frame: Frame<Bytes>) -> io::Result<Frame<Bytes>> {
        let length = frame.data_ref().map_or(0, |data| data.len() as u64);
        match self.left.checked_sub(length) {
            Some(left) => {
                self.left = left;
                Ok(frame)
            }
            None => Err(too_large()),
        }
    }

    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let deadline = self.deadline;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        timer
            .as_mut()
            .poll(context)
            .map(|()| io::Error::new(io::ErrorKind::TimedOut, "the body took too long to arrive"))
    }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "the body is larger than allowed")
}

impl Body for BoundedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        // Announced as too large: not a byte of it is waited for.
        if this.inner.size_hint().lower() > this.left {
            return Poll::Ready(Some(Err(too_large())));
        }
        match Pin::new(&mut this.inner).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(this.take(frame))),
            Poll::Ready(Some(Err(problem))) => Poll::Ready(Some(Err(io::Error::other(problem)))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => this.poll_late(context).map(|late| Some(Err(late))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// One request on the pulse of its connection: worked on until answered, open until dropped.
pub struct Beat {
    pulse: Arc<Pulse>,
    ticket: Option<Ticket>,
    /// What is counted as waiting to be fetched.
    bytes: usize,
}

impl Beat {
    /// A request begins.
    pub fn begin(pulse: Arc<Pulse>, streams: bool) -> Self {
        pulse.begin(streams);
        Self { pulse, ticket: None, bytes: 0 }
    }

    /// Its answer is ready.
    pub fn answer(&mut self) {
        self.ticket = Some(self.pulse.answer());
    }

    fn count(&mut self, bytes: u64) {
        self.bytes = usize::try_from(bytes).unwrap_or_default();
        self.pulse.waiting.fetch_add(self.bytes, Ordering::Relaxed);
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.pulse.waiting.fetch_sub(self.bytes, Ordering::Relaxed);
        match self.ticket {
            Some(ticket) => self.pulse.finish(ticket),
            None => self.pulse.give_up(),
        }
    }
}

/// The body of an answer; when it and its bytes are dropped, the client has it or is gone.
pub struct AnswerBody {
    inner: BoxBody<Bytes, io::Error>,
    beat: Arc<Beat>,
    /// Whether the bytes go on being kept once they are handed over: a client of HTTP/2 says how many it takes, and the
    /// rest of them waits where it is not seen any more. Over HTTP/1.1 the next request is read only when they are gone.
    streams: bool,
}

impl AnswerBody {
    /// Ties a body to its request.
    pub fn new(inner: BoxBody<Bytes, io::Error>, mut beat: Beat, streams: bool) -> Self {
        if streams {
            beat.count(inner.size_hint().lower());
        }
        Self { inner, beat: Arc::new(beat), streams }
    }
}

/// Bytes that are not fetched before they are dropped.
struct Kept {
    bytes: Bytes,
    _beat: Arc<Beat>,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_frame(context);
        if !this.streams {
            return polled;
        }
        let beat = &this.beat;
        let keep = |bytes| Bytes::from_owner(Kept { bytes, _beat: Arc::clone(beat) });
        polled.map(|frame| frame.map(|frame| frame.map(|frame| frame.map_data(keep))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
