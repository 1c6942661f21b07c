//! Asking for a code, and asking for it again: the server's own countdown, three times at most.

use crate::base::bounds::{ONE_TIME_CODE_ATTEMPTS_MAX, ONE_TIME_CODE_RESEND_WAITS_SECONDS, ONE_TIME_CODE_SECONDS};
use crate::base::{AccountId, CodeId, Digest, EmailAddress, InteractionId, Timestamp};
use crate::model::{CodePurpose, CodeRecord};

/// What a code is asked for.
#[derive(Debug, Clone)]
pub struct CodeRequest {
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

/// The record of a new code, with its first mail about to be written. `code_digest` has to be made for `id`.
pub fn code_record(
    id: CodeId,
    request: CodeRequest,
    code_digest: Digest,
    link_digest: Digest,
    now: Timestamp,
) -> CodeRecord {
    CodeRecord {
        id,
        purpose: request.purpose,
        account: request.account,
        email: request.email,
        interaction: request.interaction,
        browser: request.browser,
        code_digest,
        link_digest,
        attempts: 0,
        sends: 1,
        created_at: now,
        last_sent_at: now,
        expires_at: now.plus_seconds(ONE_TIME_CODE_SECONDS),
        consumed_at: None,
    }
}

/// Whether another mail may be sent now; how many more there may be after it. An expired code may be sent again.
pub fn may_send_again(record: &CodeRecord, now: Timestamp) -> Result<i64, ResendRefused> {
    if record.consumed_at.is_some() || record.attempts >= ONE_TIME_CODE_ATTEMPTS_MAX {
        return Err(ResendRefused::Over);
    }
    let resends = usize::try_from(record.sends.saturating_sub(1)).unwrap_or(0);
    let Some(wait) = ONE_TIME_CODE_RESEND_WAITS_SECONDS.get(resends) else { return Err(ResendRefused::NoneLeft) };
    let wait_seconds = record.last_sent_at.plus_seconds(*wait).seconds_from(now);
    // A longer rest than the whole countdown means that the clock was set back since.
    if (1..=*wait).contains(&wait_seconds) {
        return Err(ResendRefused::TooSoon { wait_seconds });
    }
    Ok(i64::try_from(ONE_TIME_CODE_RESEND_WAITS_SECONDS.len() - resends - 1).unwrap_or(0))
}

/// The record after another mail: only the newest code and link work, and wrong guesses stay counted (OTP-05).
pub fn sent_again(
    record: &CodeRecord,
    code_digest: Digest,
    link_digest: Digest,
    now: Timestamp,
) -> Result<CodeRecord, ResendRefused> {
    may_send_again(record, now)?;
    Ok(CodeRecord {
        code_digest,
        link_digest,
        sends: record.sends + 1,
        last_sent_at: now,
        expires_at: now.plus_seconds(ONE_TIME_CODE_SECONDS),
        ..record.clone()
    })
}
