//! What a connection is doing, and how long it may go on doing it. Shared by the socket, the requests and the watch
//! over both; small, because it is touched by every request.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Limits;
use crate::base::bounds::listener::{
    ANSWER_BYTES_WAITING, ANSWER_LOOK_EVERY, ANSWER_TIME, ANSWER_TIME_WHEN_SCARCE, IDLE_WHEN_SCARCE,
};

/// Bytes of answers that wait to be fetched, on all connections together.
pub type BytesWaiting = Arc<AtomicUsize>;

/// Answers that are ready and not fetched, the oldest first, each with the time it was ready.
#[derive(Debug, Default)]
struct Unfetched {
    tickets: u64,
    answers: VecDeque<(Ticket, u64)>,
}

/// Which answer it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket(u64);

/// Times are milliseconds since the connection began; zero stands for "not yet".
#[derive(Debug)]
pub struct Pulse {
    began: Instant,
    /// Requests an endpoint is working on.
    working: AtomicU32,
    /// Requests not fully answered: worked on, or their answer not yet fetched.
    open: AtomicU32,
    /// One that is never fetched is not made younger by others that are.
    unfetched: Mutex<Unfetched>,
    /// Whether answers of all connections together take so much room that they have to go soon.
    pub waiting: BytesWaiting,
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
    pub fn new(waiting: BytesWaiting) -> Self {
        Self {
            began: Instant::now(),
            waiting,
            working: AtomicU32::new(0),
            open: AtomicU32::new(0),
            unfetched: Mutex::default(),
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

    /// Its answer is ready.
    pub fn answer(&self) -> Ticket {
        let now = self.now();
        let mut unfetched = self.unfetched();
        let ticket = Ticket(unfetched.tickets);
        unfetched.tickets += 1;
        unfetched.answers.push_back((ticket, now));
        self.working.fetch_sub(1, Ordering::Relaxed);
        ticket
    }

    /// It was given up before there was an answer.
    pub fn give_up(&self) {
        self.working.fetch_sub(1, Ordering::Relaxed);
        self.rest();
    }

    /// Its answer was fetched, or given up.
    pub fn finish(&self, ticket: Ticket) {
        self.unfetched().answers.retain(|(other, _)| *other != ticket);
        self.rest();
    }

    fn unfetched(&self) -> MutexGuard<'_, Unfetched> {
        self.unfetched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rest(&self) {
        self.rested.store(self.now(), Ordering::Relaxed);
        self.stirred.store(0, Ordering::Relaxed);
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// When to look at the connection again: by its deadline, and sooner while that may come nearer by what others do.
    pub fn next_look(&self, limits: &Limits, scarce: bool) -> Option<Instant> {
        let due = self.deadline(limits, scarce)?;
        let may_come_nearer = !self.unfetched().answers.is_empty();
        Some(if may_come_nearer { due.min(Instant::now() + ANSWER_LOOK_EVERY) } else { due })
    }

    /// When the connection is to be cut if nothing changes. An answer that is not fetched counts whatever else goes on.
    /// While an endpoint works there is no such time: endpoints have bounds of their own, and so has the body they read.
    pub fn deadline(&self, limits: &Limits, scarce: bool) -> Option<Instant> {
        let after = |since: u64, time: Duration| Some(self.began + Duration::from_millis(since) + time);
        let oldest = self.unfetched().answers.front().copied();
        if let Some((_, since)) = oldest {
            let is_tight = scarce || self.waiting.load(Ordering::Relaxed) > ANSWER_BYTES_WAITING;
            return after(since, if is_tight { ANSWER_TIME_WHEN_SCARCE } else { ANSWER_TIME });
        }
        if self.open.load(Ordering::Relaxed) > 0 {
            return None;
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
    use super::{
        ANSWER_BYTES_WAITING, ANSWER_TIME, ANSWER_TIME_WHEN_SCARCE, BytesWaiting, IDLE_WHEN_SCARCE, Limits, Pulse,
    };
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
        let pulse = Pulse::new(BytesWaiting::default());
        assert_eq!(left(&pulse, false, pulse.began), limits().head);
        pulse.stir();
        assert_eq!(left(&pulse, false, pulse.began), limits().head, "the first byte gains nothing");
    }

    #[test]
    fn a_working_endpoint_is_not_hurried() {
        let pulse = Pulse::new(BytesWaiting::default());
        pulse.begin(false);
        assert_eq!(pulse.deadline(&limits(), true), None);
    }

    #[test]
    fn an_answer_must_be_fetched() {
        let pulse = Pulse::new(BytesWaiting::default());
        pulse.begin(false);
        pulse.answer();
        assert_eq!(left(&pulse, false, Instant::now()), ANSWER_TIME);
    }

    #[test]
    fn an_answer_gains_no_time_by_others_that_are_made_or_fetched_after_it() {
        let pulse = Pulse::new(BytesWaiting::default());
        pulse.begin(true);
        pulse.answer();
        let due = pulse.deadline(&limits(), false);
        std::thread::sleep(Duration::from_millis(2));
        pulse.begin(true);
        assert_eq!(pulse.deadline(&limits(), false), due, "nor by an endpoint that works");
        let second = pulse.answer();
        assert_eq!(pulse.deadline(&limits(), false), due);
        pulse.finish(second);
        assert_eq!(pulse.deadline(&limits(), false), due);
    }

    #[test]
    fn an_answer_has_less_time_while_too_many_wait_or_connections_are_scarce() {
        let waiting = BytesWaiting::default();
        let pulse = Pulse::new(waiting.clone());
        pulse.begin(true);
        pulse.answer();
        assert_eq!(left(&pulse, true, Instant::now()), ANSWER_TIME_WHEN_SCARCE);
        waiting.store(ANSWER_BYTES_WAITING, Ordering::Relaxed);
        assert_eq!(left(&pulse, false, Instant::now()), ANSWER_TIME);
        waiting.store(ANSWER_BYTES_WAITING + 1, Ordering::Relaxed);
        assert_eq!(left(&pulse, false, Instant::now()), ANSWER_TIME_WHEN_SCARCE);
    }

    #[test]
    fn a_used_connection_may_idle_but_less_when_connections_are_scarce() {
        let pulse = Pulse::new(BytesWaiting::default());
        pulse.begin(false);
        pulse.finish(pulse.answer());
        assert_eq!(left(&pulse, false, Instant::now()), limits().idle);
        assert_eq!(left(&pulse, true, Instant::now()), IDLE_WHEN_SCARCE);
        pulse.stir();
        assert_eq!(left(&pulse, false, Instant::now()), limits().head, "a byte begins the next head");
    }

    #[test]
    fn bytes_between_streams_are_no_head() {
        let pulse = Pulse::new(BytesWaiting::default());
        pulse.begin(true);
        pulse.finish(pulse.answer());
        assert!(!pulse.awaits_head());
        pulse.stirred.store(1, Ordering::Relaxed);
        assert_eq!(left(&pulse, false, Instant::now()), limits().idle);
    }
}
