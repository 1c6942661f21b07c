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
