//! Whether a presented code or link is honoured.

use super::rules::CodeRules;
use crate::base::bounds::CLOCK_SKEW_SECONDS;
use crate::base::{AccountId, Digest, InteractionId, Timestamp};
use crate::model::{CodePurpose, CodeRecord};

/// A code as presented, with where it comes from. Nothing but the digits is read from the form: account, interaction
/// and browser are those of the flow (OTP-04).
#[derive(Debug, Clone, Copy)]
pub struct CodeAttempt<'a> {
    /// What the page that takes the code is for.
    pub purpose: CodePurpose,
    /// The account of the flow.
    pub account: Option<&'a AccountId>,
    /// The interaction of the flow.
    pub interaction: Option<&'a InteractionId>,
    /// The digest of the browser's binding cookie.
    pub browser: Option<&'a Digest>,
    /// The digest of the digits, made for this record.
    pub digest: &'a Digest,
}

/// A link as presented. It names no account and no flow: the record behind its token does.
#[derive(Debug, Clone, Copy)]
pub struct LinkAttempt<'a> {
    /// What the page behind the link is for.
    pub purpose: CodePurpose,
    /// The digest of the browser's binding cookie.
    pub browser: Option<&'a Digest>,
    /// The digest of the token in the link.
    pub digest: &'a Digest,
}

/// Why a code or link is not honoured. Which of them the page tells apart is the page's business; a stranger to the
/// flow learns nothing from any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeRefused {
    /// It was made for another purpose.
    WrongPurpose,
    /// It was asked for by another flow or another browser (OTP-03).
    WrongFlow,
    /// It belongs to another account (OTP-04).
    WrongAccount,
    /// It was used before (OTP-01).
    Consumed,
    /// Its time is over (OTP-02).
    Expired,
    /// Too many wrong codes were tried; the record is dead (OTP-06).
    TooManyAttempts,
    /// These are not its digits.
    Wrong {
        /// How many tries are left after this one.
        attempts_left: i64,
    },
}

impl CodeRefused {
    /// Whether the attempt was a guess, which the store has to count. At a dead record or at somebody else's there is
    /// nothing to guess.
    pub const fn is_guess(self) -> bool {
        matches!(self, Self::Wrong { .. })
    }
}

/// Whether the presented code is honoured. `record` is as it was before this attempt was counted.
pub fn check_code(
    record: &CodeRecord,
    attempt: &CodeAttempt<'_>,
    rules: &CodeRules,
    now: Timestamp,
) -> Result<(), CodeRefused> {
    check_belonging(record, attempt)?;
    check_alive(record, rules.digits_expire_at(record), now)?;
    let attempts_left = rules.attempts() - record.attempts - 1;
    if attempts_left < 0 {
        return Err(CodeRefused::TooManyAttempts);
    }
    if record.code_digest != *attempt.digest {
        return Err(CodeRefused::Wrong { attempts_left });
    }
    Ok(())
}

/// Whether the presented link is honoured; if so, the record is to be consumed. Its token cannot be guessed, so
/// nothing is counted, and a record that is dead to codes is not dead to its link. A link that signs somebody in works
/// only in the browser that asked for it (OTP-03); the others prove that a mailbox is read, from wherever it is read.
pub fn check_link(record: &CodeRecord, attempt: &LinkAttempt<'_>, now: Timestamp) -> Result<(), CodeRefused> {
    if record.link_digest != *attempt.digest || record.purpose != attempt.purpose {
        return Err(CodeRefused::WrongPurpose);
    }
    if record.purpose == CodePurpose::SignIn && !is_bound(record.browser.as_ref(), attempt.browser) {
        return Err(CodeRefused::WrongFlow);
    }
    check_alive(record, record.expires_at, now)
}

fn check_belonging(record: &CodeRecord, attempt: &CodeAttempt<'_>) -> Result<(), CodeRefused> {
    if record.purpose != attempt.purpose {
        return Err(CodeRefused::WrongPurpose);
    }
    if !is_bound(record.interaction.as_ref(), attempt.interaction)
        || !is_bound(record.browser.as_ref(), attempt.browser)
    {
        return Err(CodeRefused::WrongFlow);
    }
    if !is_bound(record.account.as_ref(), attempt.account) {
        return Err(CodeRefused::WrongAccount);
    }
    Ok(())
}

/// Whether what is presented is what the record is bound to; a record that is bound to nothing takes anything.
fn is_bound<T: PartialEq>(bound: Option<&T>, presented: Option<&T>) -> bool {
    bound.is_none_or(|bound| presented == Some(bound))
}

fn check_alive(record: &CodeRecord, expires_at: Timestamp, now: Timestamp) -> Result<(), CodeRefused> {
    if record.consumed_at.is_some() {
        return Err(CodeRefused::Consumed);
    }
    // A record from the future was written before the clock was set back; its time may long be over (F-33).
    let is_from_future = record.last_sent_at > now.plus_seconds(CLOCK_SKEW_SECONDS);
    if now >= expires_at || is_from_future {
        return Err(CodeRefused::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::samples::{NOW, RULES, record};
    use super::*;
    use proptest::prelude::*;

    /// The right attempt at `record`.
    fn right(record: &CodeRecord) -> CodeAttempt<'_> {
        CodeAttempt {
            purpose: record.purpose,
            account: record.account.as_ref(),
            interaction: record.interaction.as_ref(),
            browser: record.browser.as_ref(),
            digest: &record.code_digest,
        }
    }

    fn link(record: &CodeRecord) -> LinkAttempt<'_> {
        LinkAttempt { purpose: record.purpose, browser: record.browser.as_ref(), digest: &record.link_digest }
    }

    #[test]
    fn otp_02_a_code_lives_ten_minutes_whatever_it_is_for() {
        for purpose in CodePurpose::ALL {
            let record = record(purpose, 1);
            assert_eq!(check_code(&record, &right(&record), &RULES, NOW.plus_seconds(599)), Ok(()));
            let late = check_code(&record, &right(&record), &RULES, NOW.plus_seconds(600));
            assert_eq!(late, Err(CodeRefused::Expired), "{purpose:?}");
        }
    }

    #[test]
    fn rst_04_a_reset_link_outlives_its_code_and_dies_within_the_hour() {
        let reset = record(CodePurpose::ResetPassword, 1);
        assert_eq!(check_link(&reset, &link(&reset), NOW.plus_seconds(1_799)), Ok(()));
        assert_eq!(check_link(&reset, &link(&reset), NOW.plus_seconds(1_800)), Err(CodeRefused::Expired));
        let endless =
            CodeRules { reset_seconds: i64::MAX, code_seconds: i64::MAX, verification_seconds: i64::MAX, ..RULES };
        assert_eq!(endless.expires_at(CodePurpose::ResetPassword, NOW), NOW.plus_seconds(3_600));
        assert_eq!(endless.expires_at(CodePurpose::SignIn, NOW), NOW.plus_seconds(600));
    }

    #[test]
    fn otp_03_a_code_belongs_to_the_flow_and_the_browser_that_asked() {
        let (own, other) = (record(CodePurpose::SignIn, 1), record(CodePurpose::SignIn, 2));
        let browser = Digest::of("another browser");
        for attempt in [
            CodeAttempt { interaction: other.interaction.as_ref(), ..right(&own) },
            CodeAttempt { interaction: None, ..right(&own) },
            CodeAttempt { browser: Some(&browser), ..right(&own) },
            CodeAttempt { browser: None, ..right(&own) },
        ] {
            let refused = check_code(&own, &attempt, &RULES, NOW).unwrap_err();
            assert_eq!(refused, CodeRefused::WrongFlow);
            assert!(!refused.is_guess());
        }
    }

    #[test]
    fn otp_04_a_code_belongs_to_its_account_and_its_purpose() {
        let (own, other) = (record(CodePurpose::SignIn, 1), record(CodePurpose::SignIn, 2));
        let another = CodeAttempt { account: other.account.as_ref(), ..right(&own) };
        assert_eq!(check_code(&own, &another, &RULES, NOW), Err(CodeRefused::WrongAccount));
        let elsewhere = CodeAttempt { purpose: CodePurpose::ResetPassword, ..right(&own) };
        assert_eq!(check_code(&own, &elsewhere, &RULES, NOW), Err(CodeRefused::WrongPurpose));
    }

    #[test]
    fn otp_01_a_used_code_is_used_for_code_and_link() {
        let used = CodeRecord { consumed_at: Some(NOW), ..record(CodePurpose::VerifyAddress, 1) };
        assert_eq!(check_code(&used, &right(&used), &RULES, NOW), Err(CodeRefused::Consumed));
        assert_eq!(check_link(&used, &link(&used), NOW), Err(CodeRefused::Consumed));
    }

    #[test]
    fn otp_06_the_fifth_wrong_guess_is_the_last_and_the_right_code_comes_too_late() {
        let wrong = Digest::of("654321");
        for attempts in 0..5 {
            let record = CodeRecord { attempts, ..record(CodePurpose::SignIn, 1) };
            let refused = check_code(&record, &CodeAttempt { digest: &wrong, ..right(&record) }, &RULES, NOW);
            assert_eq!(refused, Err(CodeRefused::Wrong { attempts_left: 4 - attempts }));
            assert!(refused.unwrap_err().is_guess());
            assert_eq!(check_code(&record, &right(&record), &RULES, NOW), Ok(()));
        }
        let dead = CodeRecord { attempts: 5, ..record(CodePurpose::SignIn, 1) };
        assert_eq!(check_code(&dead, &right(&dead), &RULES, NOW), Err(CodeRefused::TooManyAttempts));
        assert_eq!(check_link(&dead, &link(&dead), NOW), Ok(()), "a link is not guessed");
    }

    #[test]
    fn otp_03_only_a_link_that_signs_in_is_bound_to_the_browser() {
        let browser = Digest::of("the telephone");
        for purpose in CodePurpose::ALL {
            let record = record(purpose, 1);
            let elsewhere = check_link(&record, &LinkAttempt { browser: Some(&browser), ..link(&record) }, NOW);
            let expected = if purpose == CodePurpose::SignIn { Err(CodeRefused::WrongFlow) } else { Ok(()) };
            assert_eq!(elsewhere, expected, "{purpose:?}");
        }
    }

    #[test]
    fn rst_12_a_link_serves_its_own_page_only() {
        let record = record(CodePurpose::VerifyAddress, 1);
        let elsewhere = LinkAttempt { purpose: CodePurpose::ResetPassword, ..link(&record) };
        assert_eq!(check_link(&record, &elsewhere, NOW), Err(CodeRefused::WrongPurpose));
    }

    #[test]
    fn f_33_a_code_does_not_gain_life_when_the_clock_is_set_back() {
        let record = record(CodePurpose::SignIn, 1);
        assert_eq!(
            check_code(&record, &right(&record), &RULES, NOW.plus_seconds(-60)),
            Ok(()),
            "clocks differ a little"
        );
        let back = NOW.plus_seconds(-3_600);
        assert_eq!(check_code(&record, &right(&record), &RULES, back), Err(CodeRefused::Expired));
        assert_eq!(check_link(&record, &link(&record), back), Err(CodeRefused::Expired));
    }

    proptest! {
        #[test]
        fn a_code_is_honoured_exactly_when_everything_holds(
            same in prop::array::uniform5(prop::bool::weighted(0.9)),
            attempts in 0_i64..8,
            age in -200_i64..800,
            is_consumed in prop::bool::weighted(0.1),
        ) {
            let own = CodeRecord {
                attempts,
                consumed_at: is_consumed.then_some(NOW),
                ..record(CodePurpose::SignIn, 1)
            };
            let other = CodeRecord {
                browser: None,
                code_digest: Digest::of("654321"),
                ..record(CodePurpose::ResetPassword, 2)
            };
            let from = |index: usize| if same[index] { &own } else { &other };
            let attempt = CodeAttempt {
                purpose: from(0).purpose,
                account: from(1).account.as_ref(),
                interaction: from(2).interaction.as_ref(),
                browser: from(3).browser.as_ref(),
                digest: &from(4).code_digest,
            };
            let outcome = check_code(&own, &attempt, &RULES, NOW.plus_seconds(age));
            let is_alive = !is_consumed && (-60..600).contains(&age);
            let belongs = same[..4].iter().all(|same| *same);
            prop_assert_eq!(outcome.is_ok(), is_alive && belongs && same[4] && attempts < 5, "{:?}", outcome);
            let is_guess = outcome.is_err_and(CodeRefused::is_guess);
            prop_assert_eq!(is_guess, is_alive && belongs && !same[4] && attempts < 5, "{:?}", outcome);
        }

        /// The store counts one after another, each under its guard; the order is any.
        #[test]
        fn otp_07_parallel_guesses_do_not_beat_the_limit(guesses in prop::collection::vec(0_u8..50, 1..60)) {
            let snapshot = record(CodePurpose::SignIn, 1);
            let mut stored = snapshot.clone();
            let mut told = 0;
            for guess in guesses {
                let digest = if guess == 0 { snapshot.code_digest.clone() } else { Digest::of(&guess.to_string()) };
                // All of them looked before any of them was counted.
                let outcome = check_code(&snapshot, &CodeAttempt { digest: &digest, ..right(&snapshot) }, &RULES, NOW);
                if stored.consumed_at.is_none() && stored.attempts < RULES.attempts {
                    stored.attempts += 1;
                    told += 1;
                    stored.consumed_at = outcome.is_ok().then_some(NOW);
                }
            }
            prop_assert!(told <= 5);
        }
    }
}
