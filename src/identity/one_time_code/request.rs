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
