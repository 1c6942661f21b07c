//! When a mail is tried again, and when it is given up. Plain arithmetic; the outbox keeps the numbers.

use super::failure::DeliveryFailure;
use crate::base::Timestamp;
use crate::base::bounds::{MAIL_RETRY_WAITS_SECONDS, MAIL_UNCONFIRMED_MAX};

/// What the outbox remembers of a mail, the attempt that just failed included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// Attempts so far.
    pub attempts: i64,
    /// Those among them whose outcome is unknown ([`DeliveryFailure::Unconfirmed`]).
    pub unconfirmed: i64,
    /// When the mail is pointless, if ever: the end of its code, or of the operator's patience.
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
    /// It would be pointless by then (F-23).
    Expired,
    /// It may have arrived twice already; a third copy helps nobody (F-26).
    ProbablyDelivered,
}

/// Whether a mail is still worth sending: one with a dead code is not (F-23).
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
    next_attempt(history.attempts, history.expires_at, now)
        .map_or(AfterFailure::GiveUp(GivenUp::Expired), AfterFailure::RetryAt)
}

/// When a mail is tried again after `attempts` failed ones, the last of them at `now`: soon at first, then every quarter of
/// an hour, for as long as it is worth it.
pub fn next_attempt(attempts: i64, expires_at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let last = MAIL_RETRY_WAITS_SECONDS.len() - 1;
    let step = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(last);
    let next = now.plus_seconds(MAIL_RETRY_WAITS_SECONDS[step]);
    is_worth_sending(expires_at, next).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::failure::ServerReply;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp::from_seconds(1_000_000);
    const DAY: i64 = 24 * 3600;

    fn history(attempts: i64) -> History {
        History { attempts, unconfirmed: 0, expires_at: Some(START.plus_seconds(3 * DAY)) }
    }

    fn temporary() -> DeliveryFailure {
        DeliveryFailure::Temporary(ServerReply::new("450 later"))
    }

    fn unconfirmed() -> DeliveryFailure {
        DeliveryFailure::Unconfirmed(ServerReply::new("gone"))
    }

    #[test]
    fn f_23_waits_grow_from_seconds_to_a_quarter_of_an_hour_until_the_mail_is_pointless() {
        let mut now = START;
        let mut waits = Vec::new();
        for attempts in 1.. {
            let AfterFailure::RetryAt(next) = after_failure(&temporary(), &history(attempts), now) else { break };
            waits.push(next.seconds_since(now));
            now = next;
        }
        assert_eq!(waits[..7], [5, 30, 120, 600, 900, 900, 900]);
        assert!(waits.is_sorted());
        assert!((3 * DAY - 900..3 * DAY).contains(&now.seconds_since(START)));
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
        let twice = History { unconfirmed: 2, ..history(2) };
        let outcome = after_failure(&unconfirmed(), &twice, START);
        assert_eq!(outcome, AfterFailure::GiveUp(GivenUp::ProbablyDelivered));
    }

    proptest! {
        #[test]
        fn the_next_attempt_is_later_and_in_time_and_never_overflows(attempts: i64, expires_at: i64, now: i64) {
            let (now, expires_at) = (Timestamp::from_micros(now), Timestamp::from_micros(expires_at));
            if let Some(next) = next_attempt(attempts, Some(expires_at), now) {
                prop_assert!(now < next && next < expires_at);
            }
        }
    }
}
