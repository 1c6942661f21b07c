//! When a mail is tried again, and when it is given up. Plain arithmetic; the outbox keeps the numbers.

use super::failure::DeliveryFailure;
use crate::base::Timestamp;
use crate::base::bounds::{MAIL_RETRY_SECONDS, MAIL_RETRY_WAITS_SECONDS, MAIL_UNCONFIRMED_MAX};

/// What the outbox remembers of a mail's attempts, the one that just failed included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// Attempts so far.
    pub attempts: i64,
    /// Those among them whose outcome is unknown ([`DeliveryFailure::Unconfirmed`]).
    pub unconfirmed: i64,
    /// When what the mail says is worthless, if ever: the end of its code.
    pub expires_at: Option<Timestamp>,
}

/// What becomes of a mail after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// It is tried again then.
    RetryAt(Timestamp),
    /// It is not tried again.
    GiveUp(GivenUp),
}

/// Why a mail is not tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenUp {
    /// The server refused it for good (F-25).
    Refused,
    /// It has been tried for [`MAIL_RETRY_SECONDS`].
    Exhausted,
    /// Its code is dead (F-23).
    Expired,
    /// It may have arrived twice already; a third copy helps nobody (F-26).
    ProbablyDelivered,
}

/// Whether a mail is still worth sending: a dead code is not (F-23).
pub fn is_worth_sending(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_none_or(|end| now < end)
}

/// What becomes of a mail whose attempt failed at `now`.
pub fn after_failure(failure: &DeliveryFailure, history: &History, now: Timestamp) -> AfterFailure {
    match failure {
        DeliveryFailure::Permanent(_) => return AfterFailure::GiveUp(GivenUp::Refused),
        DeliveryFailure::Unconfirmed(_) if history.unconfirmed >= MAIL_UNCONFIRMED_MAX => {
            return AfterFailure::GiveUp(GivenUp::ProbablyDelivered);
        }
        DeliveryFailure::Unconfirmed(_) | DeliveryFailure::Temporary(_) => {}
    }
    match next_attempt(history.attempts, now) {
        None => AfterFailure::GiveUp(GivenUp::Exhausted),
        Some(next) if is_worth_sending(history.expires_at, next) => AfterFailure::RetryAt(next),
        Some(_) => AfterFailure::GiveUp(GivenUp::Expired),
    }
}

/// When a mail is tried again after `attempts` failed ones, the last of them at `now`: soon at first, then every hour,
/// for three days.
pub fn next_attempt(attempts: i64, now: Timestamp) -> Option<Timestamp> {
    let mut waits = MAIL_RETRY_WAITS_SECONDS.into_iter();
    let mut wait = 0;
    let mut elapsed = 0;
    for _ in 0..attempts.max(1) {
        wait = waits.next().unwrap_or(wait);
        elapsed += wait;
        if elapsed > MAIL_RETRY_SECONDS {
            return None;
        }
    }
    Some(now.plus_seconds(wait))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::failure::ServerReply;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp::from_seconds(1_000_000);

    fn history(attempts: i64) -> History {
        History { attempts, unconfirmed: 0, expires_at: None }
    }

    fn temporary() -> DeliveryFailure {
        DeliveryFailure::Temporary(ServerReply::new("450 later"))
    }

    fn unconfirmed() -> DeliveryFailure {
        DeliveryFailure::Unconfirmed(ServerReply::new("gone"))
    }

    #[test]
    fn f_23_waits_grow_from_seconds_to_an_hour_and_end_after_three_days() {
        let mut now = START;
        let mut waits = Vec::new();
        while let AfterFailure::RetryAt(next) = after_failure(&temporary(), &history(waits.len() as i64 + 1), now) {
            waits.push(next.seconds_since(now));
            now = next;
        }
        assert_eq!(waits[..7], [5, 30, 120, 600, 1800, 3600, 3600]);
        assert!(waits.is_sorted());
        let days_3 = 3 * 24 * 3600;
        assert!((days_3 - 3600..=days_3).contains(&now.seconds_since(START)));
        let last = after_failure(&temporary(), &history(waits.len() as i64 + 1), now);
        assert_eq!(last, AfterFailure::GiveUp(GivenUp::Exhausted));
    }

    #[test]
    fn f_23_a_mail_whose_code_is_dead_by_then_is_not_tried_again() {
        let history = History { expires_at: Some(START.plus_seconds(30)), ..history(1) };
        assert_eq!(after_failure(&temporary(), &history, START), AfterFailure::RetryAt(START.plus_seconds(5)));
        let history = History { attempts: 2, ..history };
        assert_eq!(after_failure(&temporary(), &history, START), AfterFailure::GiveUp(GivenUp::Expired));
        assert!(!is_worth_sending(history.expires_at, START.plus_seconds(30)));
        assert!(is_worth_sending(history.expires_at, START.plus_seconds(29)));
    }

    #[test]
    fn f_25_a_mail_refused_for_good_is_given_up() {
        let refused = DeliveryFailure::Permanent(ServerReply::new("550 no such user"));
        assert_eq!(after_failure(&refused, &history(1), START), AfterFailure::GiveUp(GivenUp::Refused));
    }

    #[test]
    fn f_26_a_lost_answer_costs_one_duplicate_at_most() {
        let once = History { unconfirmed: 1, ..history(1) };
        assert_eq!(after_failure(&unconfirmed(), &once, START), AfterFailure::RetryAt(START.plus_seconds(5)));
        let twice = History { attempts: 2, unconfirmed: 2, expires_at: None };
        let outcome = after_failure(&unconfirmed(), &twice, START);
        assert_eq!(outcome, AfterFailure::GiveUp(GivenUp::ProbablyDelivered));
    }

    proptest! {
        #[test]
        fn the_next_attempt_is_later_and_never_overflows(attempts: i64, now: i64) {
            let now = Timestamp::from_micros(now.min(i64::MAX / 2));
            if let Some(next) = next_attempt(attempts, now) {
                prop_assert!(next > now);
            }
        }
    }
}
