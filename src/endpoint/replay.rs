//! Assertions and proofs work once: their names are written to the store, all of a request in one unit.
//!
//! Each name is kept until what bore it is too old, so the number of names is bounded by how many are taken in a minute.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use super::exchange::Exchange;
use super::failure::Failure;
use crate::base::bounds::JTIS_PER_MINUTE_MAX;
use crate::base::{Fault, Timestamp};
use crate::model::jti::{JtiPurpose, UsedJti};
use crate::protocol::Reason;

/// Counts the names that this process took in the present minute.
#[derive(Debug, Default)]
pub struct ReplayBudget {
    minute: AtomicI64,
    taken: AtomicU64,
}

impl ReplayBudget {
    /// Takes `count` of the minute's budget. At the turn of a minute racers may take a few more than there are.
    fn take(&self, count: u64, now: Timestamp) -> bool {
        const SECONDS: i64 = 60;
        let minute = now.seconds().div_euclid(SECONDS);
        if self.minute.swap(minute, Ordering::Relaxed) != minute {
            self.taken.store(0, Ordering::Relaxed);
        }
        self.taken.fetch_add(count, Ordering::Relaxed) + count <= JTIS_PER_MINUTE_MAX
    }
}

/// Writes that `used` were used, and refuses the request when one of them had been.
pub async fn spend(exchange: &Exchange, used: Vec<UsedJti>) -> Result<(), Failure> {
    if used.is_empty() {
        return Ok(());
    }
    let count = u64::try_from(used.len()).unwrap_or(u64::MAX);
    if !exchange.context.replay_budget.take(count, exchange.now) {
        return Err(Fault::Busy("replay memory").into());
    }
    match exchange.context.store.use_jtis(used).await? {
        None => Ok(()),
        Some(JtiPurpose::ClientAssertion) => Err(Reason::ClientAssertionReplayed.into()),
        Some(JtiPurpose::DpopProof) => Err(Reason::DpopProofReplayed.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_room_for_so_many_and_the_next_one_again() {
        let (budget, now) = (ReplayBudget::default(), Timestamp::from_seconds(6_000));
        assert!(budget.take(JTIS_PER_MINUTE_MAX - 1, now) && budget.take(1, now.plus_seconds(59)));
        assert!(!budget.take(1, now.plus_seconds(59)));
        assert!(budget.take(2, now.plus_seconds(60)));
    }
}
