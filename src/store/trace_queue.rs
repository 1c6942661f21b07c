//! Entries of traces on their way to the database: kept in memory until a worker writes many at once, so that a trace costs
//! no request a commit. What does not fit is dropped and counted; what is here when the process dies is lost.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::base::bounds::TRACE_QUEUE_MAX;
use crate::model::trace::TraceEntry;

/// The queue.
#[derive(Debug, Default)]
pub struct TraceQueue(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    entries: VecDeque<TraceEntry>,
    lost: u64,
}

impl TraceQueue {
    /// Adds an entry, unless the queue is full.
    pub fn push(&self, entry: TraceEntry) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.entries.len() < TRACE_QUEUE_MAX {
            waiting.entries.push_back(entry);
        } else {
            waiting.lost += 1;
        }
    }

    /// Takes the oldest `limit` entries, and tells how many were lost since the last time.
    pub fn take(&self, limit: usize) -> (Vec<TraceEntry>, u64) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.entries.len().min(limit);
        let entries = waiting.entries.drain(..count).collect();
        (entries, std::mem::take(&mut waiting.lost))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;

    fn entry(name: usize) -> TraceEntry {
        let at = Timestamp::from_seconds(0);
        let (trace, grant_id, client_id) = (None, None, None);
        TraceEntry { request_id: name.to_string(), trace, grant_id, client_id, at, events: Vec::new(), expires_at: at }
    }

    #[test]
    fn what_does_not_fit_is_counted_and_the_oldest_leave_first() {
        let queue = TraceQueue::default();
        (0..TRACE_QUEUE_MAX + 3).for_each(|name| queue.push(entry(name)));
        let (taken, lost) = queue.take(2);
        assert_eq!((taken[0].request_id.as_str(), taken[1].request_id.as_str(), lost), ("0", "1", 3));
        let (rest, lost) = queue.take(usize::MAX);
        assert_eq!((rest.len(), lost), (TRACE_QUEUE_MAX - 2, 0));
    }
}
