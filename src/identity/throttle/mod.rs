//! How often something may be tried: counts that the store keeps and the waits that follow from them.
//!
//! An attempt is counted before it is checked and given back if it succeeds, so parallel guesses do not beat the limit
//! (PWD-05). Nothing is locked for good: beyond the free attempts each further one costs a wait, and every wait ends.
//! A refused attempt is not counted and writes nothing.
//!
//! The arithmetic is here only; the store compares and swaps. It reads the row, asks [`reserve`], and writes what it
//! gets if the row is still the one that was read — a new row, or none, where none was:
//!
//! ```sql
//! INSERT INTO throttles (key, count, window_started_at, blocked_until, expires_at) VALUES ($1, $2, $3, $4, $5)
//! ON CONFLICT (key) DO UPDATE SET count = excluded.count, window_started_at = excluded.window_started_at,
//!   blocked_until = excluded.blocked_until, expires_at = excluded.expires_at
//! WHERE throttles.count = $6 AND throttles.window_started_at = $7 AND COALESCE(throttles.blocked_until, 0) = $8
//! RETURNING count
//! ```
//!
//! `$6`, `$7` and `$8` are the values that were read, or −1, 0, 0 if there was no row, which fit no row that appeared
//! meanwhile. No row back means that somebody else counted in between: read and decide again, a few times at most, then
//! refuse for a second. Where one writer does reading and writing in one unit, that never happens. The same statement
//! writes what [`refund`] gives; where it gives nothing, the row goes, under the same guard.

mod limits;
mod rule;
#[cfg(test)]
mod tests;

pub use limits::ThrottleLimits;
pub use rule::{Fading, OnSuccess, ThrottleRule, ThrottleRules};

use crate::base::Timestamp;
use crate::model::{ThrottleKey, ThrottleRecord};

/// Whether an attempt may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Yes, once this record is written.
    Allowed(ThrottleRecord),
    /// Not now.
    Refused {
        /// For how long: the value of `Retry-After`, at least 1.
        retry_after_seconds: i64,
    },
}

/// Takes one attempt out of what `rule` allows. `record` is the row of `key`, if there is one.
pub fn reserve(key: &ThrottleKey, record: Option<&ThrottleRecord>, rule: &ThrottleRule, now: Timestamp) -> Verdict {
    let record = record.filter(|record| record.expires_at > now);
    if let Some(retry_after_seconds) = record.and_then(|record| wait_left(record, rule, now)) {
        return Verdict::Refused { retry_after_seconds };
    }
    let (count, window_started_at) = record.map_or((0, now), |record| faded(record, rule, now));
    let count = count.saturating_add(1);
    let blocked_until = rule.wait_seconds(count).map(|wait| now.plus_seconds(wait));
    Verdict::Allowed(rule.record(key.clone(), count, (window_started_at, blocked_until), now))
}

/// What is left of `record` after the attempt that was reserved turned out to be a success; `None` if nothing is, and
/// the row is to be removed.
pub fn refund(record: &ThrottleRecord, rule: &ThrottleRule, now: Timestamp) -> Option<ThrottleRecord> {
    let count = match rule.on_success {
        OnSuccess::Forget => 0,
        OnSuccess::GiveBack => record.count.saturating_sub(1),
    };
    if count <= 0 {
        return None;
    }
    let blocked_until = record.blocked_until.filter(|_| rule.wait_seconds(count).is_some());
    Some(rule.record(record.key.clone(), count, (record.window_started_at, blocked_until), now))
}

/// Seconds until the next attempt is allowed, if it is not allowed now.
fn wait_left(record: &ThrottleRecord, rule: &ThrottleRule, now: Timestamp) -> Option<i64> {
    let left = record.blocked_until?.seconds_from(now);
    // More than the whole wait means that the clock was set back since (F-33), or that the rule has become milder.
    let whole = rule.wait_seconds(record.count)?;
    (1..=whole).contains(&left).then_some(left)
}

/// The count that is left at `now`, and since when that is fading.
fn faded(record: &ThrottleRecord, rule: &ThrottleRule, now: Timestamp) -> (i64, Timestamp) {
    let started_at = record.window_started_at.min(now);
    let Fading::OneEvery { seconds } = rule.fading else { return (record.count, started_at) };
    let steps = now.seconds_since(started_at) / seconds.max(1);
    if steps >= record.count {
        return (0, now);
    }
    (record.count - steps, started_at.plus_seconds(steps * seconds.max(1)))
}
