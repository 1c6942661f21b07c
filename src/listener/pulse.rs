//! What a connection is doing, and how long it may go on doing it. Shared by the socket, the requests and the watch
//! over both; all of it a few atomic numbers, because it is touched by every request.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::Limits;
use crate::base::bounds::listener::{ANSWER_TIME, IDLE_WHEN_SCARCE};

/// Times are milliseconds since the connection began; zero stands for "not yet".
#[derive(Debug)]
pub struct Pulse {
    began: Instant,
    /// Requests an endpoint is working on.
    working: AtomicU32,
    /// Requests not fully answered: worked on, or their answer not yet fetched.
    open: AtomicU32,
    /// When the last answer was ready.
    answered: AtomicU64,
    /// When the last answer was fetched.
    rested: AtomicU64,
    /// When the first byte after that arrived.
    stirred: AtomicU64,
    /// Whether a request came at all.
    used: AtomicBool,
    /// Whether the connection carries streams (HTTP/2), where a byte is no sign of a request's head.
    streams: AtomicBool,
}

impl Pulse {
    /// Of a connection that begins now.
    pub fn new() -> Self {
        Self {
            began: Instant::now(),
            working: AtomicU32::new(0),
            open: AtomicU32::new(0),
            answered: AtomicU64::new(0),
            rested: AtomicU64::new(0),
            stirred: AtomicU64::new(0),
            used: AtomicBool::new(false),
            streams: AtomicBool::new(false),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
    }

    /// Whether the next byte begins a request's head.
    pub fn awaits_head(&self) -> bool {
        self.open.load(Ordering::Relaxed) == 0 && !self.streams.load(Ordering::Relaxed)
    }

    /// Bytes arrived while a head is awaited.
    pub fn stir(&self) {
        if self.stirred.load(Ordering::Relaxed) == 0 {
            self.stirred.store(self.now(), Ordering::Relaxed);
        }
    }

    /// A request arrived whole in its head.
    pub fn begin(&self, streams: bool) {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.working.fetch_add(1, Ordering::Relaxed);
        self.used.store(true, Ordering::Relaxed);
        self.streams.store(streams, Ordering::Relaxed);
    }

    /// Its answer is ready, or it was given up.
    pub fn answer(&self) {
        self.answered.store(self.now(), Ordering::Relaxed);
        self.working.fetch_sub(1, Ordering::Relaxed);
    }

    /// Its answer was fetched, or given up.
    pub fn finish(&self) {
        self.rested.store(self.now(), Ordering::Relaxed);
        self.stirred.store(0, Ordering::Relaxed);
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// When the connection is to be cut if nothing changes. While an endpoint works there is no such time: endpoints
    /// have bounds of their own, and so has the body they read.
    pub fn deadline(&self, limits: &Limits, scarce: bool) -> Option<Instant> {
        let after = |since: u64, time: Duration| Some(self.began + Duration::from_millis(since) + time);
        if self.working.load(Ordering::Relaxed) > 0 {
            return None;
        }
        if self.open.load(Ordering::Relaxed) > 0 {
            return after(self.answered.load(Ordering::Relaxed), ANSWER_TIME);
        }
        if !self.used.load(Ordering::Relaxed) {
            return after(0, limits.head);
        }
        let idle = if scarce { limits.idle.min(IDLE_WHEN_SCARCE) } else { limits.idle };
        match self.stirred.load(Ordering::Relaxed) {
            0 => after(self.rested.load(Ordering::Relaxed), idle),
            _ if self.streams.load(Ordering::Relaxed) => after(self.rested.load(Ordering::Relaxed), idle),
            stirred => after(stirred, limits.head),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ANSWER_TIME, IDLE_WHEN_SCARCE, Limits, Pulse};
    use std::sync::atomic::Ordering;
    use std::time::Duration;
    use tokio::time::Instant;

    fn limits() -> Limits {
        Limits {
            body_bytes: 0,
            connections: 0,
            head: Duration::from_secs(5),
            body: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            handshake: Duration::from_secs(10),
            shutdown: Duration::from_secs(10),
        }
    }

    /// Time left from `since` in whole seconds; `since` may lie a moment off the pulse's own clock.
    fn left(pulse: &Pulse, scarce: bool, since: Instant) -> Duration {
        let left = pulse.deadline(&limits(), scarce).expect("there is a deadline") - since;
        Duration::from_secs((left + Duration::from_millis(500)).as_secs())
    }

    #[test]
    fn a_new_connection_has_the_time_of_a_head() {
        let pulse = Pulse::new();
        assert_eq!(left(&pulse, false, pulse.began), limits().head);
        pulse.stir();
        assert_eq!(left(&pulse, false, pulse.began), limits().head, "the first byte gains nothing");
    }

    #[test]
    fn a_working_endpoint_is_not_hurried() {
        let pulse = Pulse::new();
        pulse.begin(false);
        assert_eq!(pulse.deadline(&limits(), true), None);
    }

    #[test]
    fn an_answer_must_be_fetched() {
        let pulse = Pulse::new();
        pulse.begin(false);
        pulse.answer();
        assert_eq!(left(&pulse, false, Instant::now()), ANSWER_TIME);
    }

    #[test]
    fn a_used_connection_may_idle_but_less_when_connections_are_scarce() {
        let pulse = Pulse::new();
        pulse.begin(false);
        pulse.answer();
        pulse.finish();
        assert_eq!(left(&pulse, false, Instant::now()), limits().idle);
        assert_eq!(left(&pulse, true, Instant::now()), IDLE_WHEN_SCARCE);
        pulse.stir();
        assert_eq!(left(&pulse, false, Instant::now()), limits().head, "a byte begins the next head");
    }

    #[test]
    fn bytes_between_streams_are_no_head() {
        let pulse = Pulse::new();
        pulse.begin(true);
        pulse.answer();
        pulse.finish();
        assert!(!pulse.awaits_head());
        pulse.stirred.store(1, Ordering::Relaxed);
        assert_eq!(left(&pulse, false, Instant::now()), limits().idle);
    }
}
