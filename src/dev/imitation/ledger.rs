//! What an imitation gave out: codes and tokens, found again by what they are. In memory, and only so many.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::base::bounds::IMITATION_SECRETS_MAX;
use crate::base::{Digest, Timestamp};

/// Things behind secrets; of too many, the oldest are forgotten.
pub(super) struct Ledger<T> {
    lifetime_seconds: i64,
    entries: Mutex<VecDeque<Entry<T>>>,
}

struct Entry<T> {
    secret: Digest,
    thing: T,
    given_at: Timestamp,
}

impl<T: Clone> Ledger<T> {
    /// What is behind a secret is good for `lifetime_seconds`.
    pub(super) const fn new(lifetime_seconds: i64) -> Self {
        Self { lifetime_seconds, entries: Mutex::new(VecDeque::new()) }
    }

    /// Keeps a thing.
    pub(super) fn put(&self, secret: &str, thing: T, now: Timestamp) {
        let mut entries = self.entries();
        while entries.len() >= IMITATION_SECRETS_MAX {
            entries.pop_front();
        }
        entries.push_back(Entry { secret: Digest::of(secret), thing, given_at: now });
    }

    /// What is behind a secret.
    pub(super) fn find(&self, secret: &str, now: Timestamp) -> Option<T> {
        let entries = self.entries();
        let found = entries.iter().find(|entry| entry.secret == Digest::of(secret))?;
        self.is_good(found, now).then(|| found.thing.clone())
    }

    /// The same, once.
    pub(super) fn take(&self, secret: &str, now: Timestamp) -> Option<T> {
        let secret = Digest::of(secret);
        let mut entries = self.entries();
        let place = entries.iter().position(|entry| entry.secret == secret)?;
        entries.remove(place).filter(|entry| self.is_good(entry, now)).map(|entry| entry.thing)
    }

    /// Forgets things of a kind.
    pub(super) fn forget(&self, is_meant: impl Fn(&T) -> bool) {
        self.entries().retain(|entry| !is_meant(&entry.thing));
    }

    const fn is_good(&self, entry: &Entry<T>, now: Timestamp) -> bool {
        now.seconds_since(entry.given_at) <= self.lifetime_seconds
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<Entry<T>>> {
        // Nothing that can panic runs under the lock.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn what_was_taken_is_gone_and_what_was_found_is_not() {
        let ledger = Ledger::new(600);
        ledger.put("one", 1, START);
        assert_eq!(ledger.find("one", START), Some(1));
        assert_eq!(ledger.take("one", START), Some(1));
        assert_eq!((ledger.take("one", START), ledger.find("one", START)), (None, None));
    }

    #[test]
    fn nothing_outlives_its_time() {
        let ledger = Ledger::new(600);
        ledger.put("one", 1, START);
        assert_eq!(ledger.find("one", START.plus_seconds(600)), Some(1));
        assert_eq!(ledger.find("one", START.plus_seconds(601)), None);
        assert_eq!(ledger.take("one", START.plus_seconds(601)), None);
    }

    #[test]
    fn the_oldest_make_room_and_some_can_be_forgotten() {
        let ledger = Ledger::new(600);
        for number in 0..=IMITATION_SECRETS_MAX {
            ledger.put(&number.to_string(), number, START);
        }
        assert_eq!(ledger.entries().len(), IMITATION_SECRETS_MAX);
        assert_eq!((ledger.find("0", START), ledger.find("1", START)), (None, Some(1)));
        ledger.forget(|number| *number == 1);
        assert_eq!((ledger.find("1", START), ledger.find("2", START)), (None, Some(2)));
    }
}
