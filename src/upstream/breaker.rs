//! Whether a provider is called at all: one that was not reached several times in a row is left alone for a while, so that
//! nobody waits for it in vain; then a single call tries whether it is back (F-28).
//!
//! Time is the caller's. What counts as reaching a provider is said in `line`.

use std::sync::{Mutex, PoisonError};

use crate::base::Timestamp;
use crate::base::bounds::{
    UPSTREAM_FAILURES_MAX, UPSTREAM_PAUSE_SECONDS_MAX, UPSTREAM_PAUSE_SECONDS_MIN, UPSTREAM_TRIAL_SECONDS,
};

/// The breaker of one provider.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<Circuit>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Circuit {
    /// Calls go through; so many in a row reached nobody.
    Whole { failures: u32 },
    /// No call goes through until then, and after that one to try.
    Broken { until: Timestamp, pause_seconds: i64 },
}

impl Default for Circuit {
    fn default() -> Self {
        Self::Whole { failures: 0 }
    }
}

/// The leave to make one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Like any other.
    Usual,
    /// The one that tries whether the provider is back.
    Trial,
}

/// What a call did to the circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// The provider is not called for so long.
    Broken { pause_seconds: i64 },
    /// It is called again.
    Mended,
}

impl Breaker {
    /// The leave to call at `now`; `None` while the provider is left alone. A trial that is never told of makes room for
    /// another one by itself.
    pub(super) fn admit(&self, now: Timestamp) -> Option<Pass> {
        self.with(|circuit| circuit.admit(now))
    }

    /// Tells whether a call reached the provider.
    pub(super) fn settle(&self, pass: Pass, is_reached: bool, now: Timestamp) -> Option<Change> {
        self.with(|circuit| circuit.settle(pass, is_reached, now))
    }

    /// Whether the provider is left alone at `now`.
    pub(super) fn is_shut(&self, now: Timestamp) -> bool {
        self.with(|circuit| circuit.is_shut(now))
    }

    /// Whether the provider was not reached of late, and nothing since says that it is back.
    pub(super) fn is_broken(&self) -> bool {
        self.with(|circuit| matches!(circuit, Circuit::Broken { .. }))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Circuit) -> T) -> T {
        // A circuit is whole after each step, so that one left by a panic is as good as any.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Circuit {
    fn is_shut(self, now: Timestamp) -> bool {
        match self {
            Self::Whole { .. } => false,
            // A clock that went back keeps nobody out for longer than the longest pause (F-33).
            Self::Broken { until, .. } => now < until && until <= now.plus_seconds(UPSTREAM_PAUSE_SECONDS_MAX),
        }
    }

    fn admit(&mut self, now: Timestamp) -> Option<Pass> {
        if self.is_shut(now) {
            return None;
        }
        let Self::Broken { until, .. } = self else { return Some(Pass::Usual) };
        *until = now.plus_seconds(UPSTREAM_TRIAL_SECONDS);
        Some(Pass::Trial)
    }

    fn settle(&mut self, pass: Pass, is_reached: bool, now: Timestamp) -> Option<Change> {
        match (*self, pass) {
            (Self::Whole { .. }, _) if is_reached => {
                *self = Self::default();
                None
            }
            (Self::Broken { .. }, _) if is_reached => {
                *self = Self::default();
                Some(Change::Mended)
            }
            (Self::Whole { failures }, _) if failures + 1 < UPSTREAM_FAILURES_MAX => {
                *self = Self::Whole { failures: failures + 1 };
                None
            }
            (Self::Whole { .. }, _) => Some(self.pause(UPSTREAM_PAUSE_SECONDS_MIN, now)),
            (Self::Broken { pause_seconds, .. }, Pass::Trial) => {
                Some(self.pause((2 * pause_seconds).min(UPSTREAM_PAUSE_SECONDS_MAX), now))
            }
            // It began before the circuit broke, and says nothing new.
            (Self::Broken { .. }, Pass::Usual) => None,
        }
    }

    fn pause(&mut self, pause_seconds: i64, now: Timestamp) -> Change {
        *self = Self::Broken { until: now.plus_seconds(pause_seconds), pause_seconds };
        Change::Broken { pause_seconds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn broken() -> Breaker {
        let breaker = Breaker::default();
        for _ in 0..UPSTREAM_FAILURES_MAX {
            let pass = breaker.admit(NOW).unwrap();
            breaker.settle(pass, false, NOW);
        }
        breaker
    }

    #[test]
    fn f_28_failures_in_a_row_break_the_circuit_and_one_success_between_them_does_not() {
        let breaker = Breaker::default();
        for _ in 1..UPSTREAM_FAILURES_MAX {
            assert_eq!(breaker.settle(Pass::Usual, false, NOW), None);
        }
        assert_eq!(breaker.settle(Pass::Usual, true, NOW), None);
        for _ in 1..UPSTREAM_FAILURES_MAX {
            assert_eq!(breaker.settle(Pass::Usual, false, NOW), None);
        }
        assert!(!breaker.is_shut(NOW) && !breaker.is_broken());
        let change = breaker.settle(Pass::Usual, false, NOW);
        assert_eq!(change, Some(Change::Broken { pause_seconds: UPSTREAM_PAUSE_SECONDS_MIN }));
        assert!(breaker.is_shut(NOW) && breaker.is_broken());
        assert_eq!(breaker.admit(NOW), None);
    }

    #[test]
    fn f_28_after_the_pause_one_call_tries_and_its_success_mends_the_circuit() {
        let breaker = broken();
        let later = NOW.plus_seconds(UPSTREAM_PAUSE_SECONDS_MIN);
        assert!(!breaker.is_shut(later));
        assert_eq!(breaker.admit(later), Some(Pass::Trial));
        assert_eq!(breaker.admit(later), None, "one at a time");
        assert_eq!(breaker.settle(Pass::Trial, true, later), Some(Change::Mended));
        assert_eq!(breaker.admit(later), Some(Pass::Usual));
    }

    #[test]
    fn f_28_pauses_grow_up_to_a_bound() {
        let breaker = broken();
        let (mut now, mut pauses) = (NOW.plus_seconds(UPSTREAM_PAUSE_SECONDS_MIN), Vec::new());
        for _ in 0..8 {
            assert_eq!(breaker.admit(now), Some(Pass::Trial));
            let Some(Change::Broken { pause_seconds }) = breaker.settle(Pass::Trial, false, now) else { panic!() };
            now = now.plus_seconds(pause_seconds);
            pauses.push(pause_seconds);
        }
        assert!(pauses.is_sorted() && pauses[0] == 2 * UPSTREAM_PAUSE_SECONDS_MIN, "{pauses:?}");
        assert_eq!(pauses.last(), Some(&UPSTREAM_PAUSE_SECONDS_MAX));
        breaker.admit(now);
        breaker.settle(Pass::Trial, true, now);
        for _ in 1..UPSTREAM_FAILURES_MAX {
            breaker.settle(Pass::Usual, false, now);
        }
        let again = breaker.settle(Pass::Usual, false, now);
        assert_eq!(again, Some(Change::Broken { pause_seconds: UPSTREAM_PAUSE_SECONDS_MIN }), "from the beginning");
    }

    #[test]
    fn calls_that_began_before_the_circuit_broke_do_not_prolong_the_pause() {
        let breaker = broken();
        assert_eq!(breaker.settle(Pass::Usual, false, NOW.plus_seconds(5)), None);
        assert!(!breaker.is_shut(NOW.plus_seconds(UPSTREAM_PAUSE_SECONDS_MIN)));
        assert_eq!(
            breaker.settle(Pass::Usual, true, NOW.plus_seconds(5)),
            Some(Change::Mended),
            "it answered after all"
        );
    }

    #[test]
    fn a_trial_that_nobody_tells_of_makes_room_for_another() {
        let breaker = broken();
        let later = NOW.plus_seconds(UPSTREAM_PAUSE_SECONDS_MIN);
        assert_eq!(breaker.admit(later), Some(Pass::Trial));
        assert_eq!(breaker.admit(later.plus_seconds(UPSTREAM_TRIAL_SECONDS - 1)), None);
        assert_eq!(breaker.admit(later.plus_seconds(UPSTREAM_TRIAL_SECONDS)), Some(Pass::Trial));
    }

    proptest! {
        /// Whatever happened, also to the clock (F-33): nobody is kept out for longer than the longest pause, and a call
        /// that reaches the provider lets everybody through.
        #[test]
        fn f_28_no_provider_is_left_alone_for_ever(steps in prop::collection::vec((-400_i64..400, 0..4_u8), 0..64)) {
            let (breaker, mut now) = (Breaker::default(), NOW);
            for (seconds, act) in steps {
                now = now.plus_seconds(seconds);
                match (act, breaker.admit(now)) {
                    (0, Some(pass)) => drop(breaker.settle(pass, true, now)),
                    (1 | 2, Some(pass)) => drop(breaker.settle(pass, false, now)),
                    (3, _) => drop(breaker.settle(Pass::Usual, false, now)),
                    _ => {}
                }
                prop_assert!(!breaker.is_shut(now.plus_seconds(UPSTREAM_PAUSE_SECONDS_MAX)));
                prop_assert!(breaker.is_broken() || !breaker.is_shut(now));
            }
            breaker.settle(Pass::Usual, true, now);
            prop_assert_eq!(breaker.admit(now), Some(Pass::Usual));
        }
    }
}
