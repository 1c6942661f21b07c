//! Bodies in both directions: a request's with a bound on size and time, an answer's that tells when it is fetched.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::pulse::Pulse;

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
    answered: bool,
}

impl Beat {
    /// A request begins.
    pub fn begin(pulse: Arc<Pulse>, streams: bool) -> Self {
        pulse.begin(streams);
        Self { pulse, answered: false }
    }

    /// Its answer is ready.
    pub fn answer(&mut self) {
        self.answered = true;
        self.pulse.answer();
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        if !self.answered {
            self.pulse.answer();
        }
        self.pulse.finish();
    }
}

/// The body of an answer; when it is dropped, the client has it or is gone.
pub struct AnswerBody {
    inner: BoxBody<Bytes, io::Error>,
    _beat: Beat,
}

impl AnswerBody {
    /// Ties a body to its request.
    pub fn new(inner: BoxBody<Bytes, io::Error>, beat: Beat) -> Self {
        Self { inner, _beat: beat }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Pin::new(&mut self.get_mut().inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
