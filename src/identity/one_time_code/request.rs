//! Asking for a code, and asking for it again: the server's own countdown, a few times at most.

use super::rules::CodeRules;
use crate::base::{AccountId, CodeId, Digest, EmailAddress, InteractionId, Timestamp};
use crate::model::{CodePurpose, CodeRecord};

/// What a code is asked for.
#[derive(Debug, Clone)]
pub struct CodeRequest {
    /// The id of the record to be; the code's digest is made for it.
    pub id: CodeId,
    /// What it shall prove.
    pub purpose: CodePurpose,
    /// Whose it is; `None` where there is no account.
    pub account: Option<AccountId>,
    /// Where it goes.
    pub email: EmailAddress,
    /// The interaction that asks.
    pub interaction: Option<InteractionId>,
    /// The browser that asks: the digest of its binding cookie.
    pub browser: Option<Digest>,
    /// The keyed digest of the six digits.
    pub code_digest: Digest,
    /// The digest of the link's token.
    pub link_digest: Digest,
}

/// Why nothing is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResendRefused {
    /// The countdown is still running.
    TooSoon {
        /// Seconds until it ends.
        wait_seconds: i64,
    },
    /// It was sent as often as it may be; another way in is to be offered.
    NoneLeft,
    /// The record was used, or too many wrong codes were tried: a new code would be worthless.
    Over,
}

/// The record of a new code, with its first mail about to be written.
pub fn code_record(request: CodeRequest, rules: &CodeRules, now: Timestamp) -> CodeRecord {
    CodeRecord {
        expires_at: rules.expires_at(request.purpose, now),
        id: request.id,
        purpose: request.purpose,
        account: request.account,
        email: request.email,
        interaction: request.interaction,
        browser: request.browser,
        code_digest: request.code_digest,
        link_digest: request.link_digest,
        attempts: 0,
        sends: 1,
        created_at: now,
        last_sent_at: now,
        consumed_at: None,
    }
}

/// Whether another mail may be sent now, and how many more there may be after it. An expired code may be sent again.
/// Only the newest code and link will work, and wrong guesses stay counted (OTP-05).
pub fn may_send_again(record: &CodeRecord, rules: &CodeRules, now: Timestamp) -> Result<i64, ResendRefused> {
    if record.consumed_at.is_some() || record.attempts >= rules.attempts() {
        return Err(ResendRefused::Over);
    }
    let resends = record.sends.saturating_sub(1).max(0);
    let wait = rules.resend_wait_seconds(resends).ok_or(ResendRefused::NoneLeft)?;
    let wait_seconds = record.last_sent_at.plus_seconds(wait).seconds_from(now);
    // A longer rest than the whole countdown means that the clock was set back since.
    if (1..=wait).contains(&wait_seconds) {
        return Err(ResendRefused::TooSoon { wait_seconds });
    }
    let after_it = (resends + 1..).take_while(|number| rules.resend_wait_seconds(*number).is_some());
    Ok(i64::try_from(after_it.count()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{NOW, RULES, record};
    use super::*;
    use proptest::prelude::*;

    /// The record after another mail, as the store writes it.
    fn sent_again(record: &CodeRecord, now: Timestamp) -> CodeRecord {
        CodeRecord {
            sends: record.sends + 1,
            last_sent_at: now,
            expires_at: RULES.expires_at(record.purpose, now),
            ..record.clone()
        }
    }

    #[test]
    fn otp_08_three_resends_each_after_a_longer_countdown() {
        let mut record = record(CodePurpose::SignIn, 1);
        let mut now = NOW;
        for (wait, left) in [(30, 2), (60, 1), (120, 0)] {
            let early = may_send_again(&record, &RULES, now.plus_seconds(wait - 1));
            assert_eq!(early, Err(ResendRefused::TooSoon { wait_seconds: 1 }));
            now = now.plus_seconds(wait);
            assert_eq!(may_send_again(&record, &RULES, now), Ok(left));
            record = sent_again(&record, now);
        }
        assert_eq!(may_send_again(&record, &RULES, now.plus_seconds(86_400)), Err(ResendRefused::NoneLeft));
    }

    #[test]
    fn otp_05_what_is_used_or_guessed_to_death_is_not_sent_again() {
        let later = NOW.plus_seconds(60);
        let used = CodeRecord { consumed_at: Some(NOW), ..record(CodePurpose::SignIn, 1) };
        assert_eq!(may_send_again(&used, &RULES, later), Err(ResendRefused::Over));
        let dead = CodeRecord { attempts: 5, ..record(CodePurpose::SignIn, 1) };
        assert_eq!(may_send_again(&dead, &RULES, later), Err(ResendRefused::Over));
    }

    #[test]
    fn an_expired_code_can_be_sent_again() {
        assert_eq!(may_send_again(&record(CodePurpose::SignIn, 1), &RULES, NOW.plus_seconds(3_600)), Ok(2));
    }

    #[test]
    fn an_operator_may_allow_no_resend_at_all() {
        let none = CodeRules { resends: 0, ..RULES };
        let later = NOW.plus_seconds(3_600);
        assert_eq!(may_send_again(&record(CodePurpose::SignIn, 1), &none, later), Err(ResendRefused::NoneLeft));
    }

    proptest! {
        #[test]
        fn a_wait_is_never_longer_than_the_countdown_and_ends(
            sends in 1_i64..9,
            now in -1_000_i64..1_000,
            resends in 0_i64..9,
            resend_seconds: i64,
        ) {
            let rules = CodeRules { resends, resend_seconds, ..RULES };
            let record = CodeRecord { sends, ..record(CodePurpose::SignIn, 1) };
            let now = NOW.plus_seconds(now);
            if let Err(ResendRefused::TooSoon { wait_seconds }) = may_send_again(&record, &rules, now) {
                prop_assert!((1..=300 * 16).contains(&wait_seconds));
                prop_assert!(may_send_again(&record, &rules, now.plus_seconds(wait_seconds)).is_ok());
            }
        }

        #[test]
        fn otp_08_no_patience_gets_more_mails_than_allowed(waits in prop::collection::vec(0_i64..400, 1..50)) {
            let mut record = record(CodePurpose::SignIn, 1);
            let mut now = NOW;
            for wait in waits {
                now = now.plus_seconds(wait);
                if may_send_again(&record, &RULES, now).is_ok() {
                    record = sent_again(&record, now);
                }
            }
            prop_assert!(record.sends <= 4);
        }
    }
}
