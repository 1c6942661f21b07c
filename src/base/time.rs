//! Time as the program knows it: whole microseconds since 1970 (UTC), read once per request and passed on.
//!
//! No calendar arithmetic and no formatting for people; those live where the text is made.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

const MICROS_PER_SECOND: i64 = 1_000_000;

/// A moment, in microseconds since 1970-01-01T00:00:00Z. Arithmetic saturates, so no clock can overflow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `micros` microseconds after 1970.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The moment `seconds` seconds after 1970.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Microseconds since 1970: the form the store keeps.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down: the form of `iat`, `exp` and `auth_time` (RFC 7519 §2, NumericDate).
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// This moment `seconds` later (earlier when negative).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(MICROS_PER_SECOND)))
    }

    /// Whole seconds from `earlier` to this moment; negative when `earlier` is later.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(MICROS_PER_SECOND)
    }

    /// Seconds a person has to wait until this moment, rounded up and never negative.
    pub const fn seconds_from(self, now: Self) -> i64 {
        let micros = self.0.saturating_sub(now.0);
        if micros <= 0 { 0 } else { micros.saturating_add(MICROS_PER_SECOND - 1) / MICROS_PER_SECOND }
    }
}

/// Where the present moment comes from.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
        };
        Timestamp(micros)
    }
}

/// A clock that stands still until it is told otherwise; for tests.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `start`.
    pub const fn new(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.micros()))
    }

    /// Moves the clock by `seconds`, backwards when negative.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds.saturating_mul(MICROS_PER_SECOND), Ordering::SeqCst);
    }

    /// Puts the clock to `moment`.
    pub fn set(&self, moment: Timestamp) {
        self.0.store(moment.micros(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_floored_before_and_after_1970() {
        assert_eq!(Timestamp::from_micros(1_999_999).seconds(), 1);
        assert_eq!(Timestamp::from_micros(-1).seconds(), -1);
    }

    #[test]
    fn f_34_no_clock_overflows() {
        for extreme in [i64::MIN, i64::MAX] {
            let moment = Timestamp::from_micros(extreme);
            let _ = moment.plus_seconds(i64::MAX).plus_seconds(i64::MIN).seconds();
            let _ = moment.seconds_since(Timestamp::from_micros(-extreme.saturating_add(1)));
            let _ = moment.seconds_from(Timestamp::from_micros(i64::MIN));
        }
    }

    #[test]
    fn a_wait_is_rounded_up_and_never_negative() {
        let now = Timestamp::from_seconds(10);
        assert_eq!(Timestamp::from_micros(10_000_001).seconds_from(now), 1);
        assert_eq!(Timestamp::from_seconds(9).seconds_from(now), 0);
    }
}
