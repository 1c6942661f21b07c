//! How long codes live and how often they may be tried and sent, as the operator decided.

use crate::base::Timestamp;
use crate::base::bounds::settings::{
    CODE_ATTEMPTS, CODE_RESEND_SECONDS, CODE_RESENDS, CODE_SECONDS, RESET_SECONDS, VERIFICATION_SECONDS,
};
use crate::model::{CodePurpose, CodeRecord};

/// The operator's choices. What is beyond the bounds of the settings counts as the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeRules {
    /// Seconds the six digits of a mail are good for (OTP-02), but for those that prove a new address.
    pub code_seconds: i64,
    /// Seconds the code and the link that prove a new address are good for.
    pub verification_seconds: i64,
    /// Seconds the link to set a new password is good for (RST-04).
    pub reset_seconds: i64,
    /// Wrong guesses one record survives, over all its resends (OTP-06).
    pub attempts: i64,
    /// Times a code may be sent again (OTP-08).
    pub resends: i64,
    /// Seconds to wait before the first of them; the wait doubles with each further one.
    pub resend_seconds: i64,
}

impl Default for CodeRules {
    fn default() -> Self {
        Self {
            code_seconds: 600,
            verification_seconds: 600,
            reset_seconds: 1_800,
            attempts: 5,
            resends: 3,
            resend_seconds: 30,
        }
    }
}

impl CodeRules {
    /// When a record of `purpose` dies whose newest mail was written at `sent_at`. Its digits may die before.
    pub fn expires_at(&self, purpose: CodePurpose, sent_at: Timestamp) -> Timestamp {
        sent_at.plus_seconds(match purpose {
            CodePurpose::VerifyAddress | CodePurpose::SignIn | CodePurpose::ChangeAddress => {
                self.digits_seconds(purpose)
            }
            CodePurpose::ResetPassword => {
                self.reset_seconds.clamp(limit(*RESET_SECONDS.start()), limit(*RESET_SECONDS.end()))
            }
        })
    }

    /// When the digits of `record` die: with it, or when they are as old as digits may be.
    pub fn digits_expire_at(&self, record: &CodeRecord) -> Timestamp {
        record.expires_at.min(record.last_sent_at.plus_seconds(self.digits_seconds(record.purpose)))
    }

    /// Wrong guesses one record survives.
    pub fn attempts(&self) -> i64 {
        self.attempts.clamp(i64::from(*CODE_ATTEMPTS.start()), i64::from(*CODE_ATTEMPTS.end()))
    }

    /// The wait before resend number `number` (counted from 0), if there is one.
    pub(super) fn resend_wait_seconds(&self, number: i64) -> Option<i64> {
        if number >= self.resends.clamp(0, i64::from(*CODE_RESENDS.end())) {
            return None;
        }
        let first = self.resend_seconds.clamp(limit(*CODE_RESEND_SECONDS.start()), limit(*CODE_RESEND_SECONDS.end()));
        Some(first << number.max(0))
    }

    /// How long the digits of a code for `purpose` are good.
    pub fn digits_seconds(&self, purpose: CodePurpose) -> i64 {
        let (seconds, bounds) = match purpose {
            CodePurpose::VerifyAddress | CodePurpose::ChangeAddress => {
                (self.verification_seconds, VERIFICATION_SECONDS)
            }
            CodePurpose::SignIn | CodePurpose::ResetPassword => (self.code_seconds, CODE_SECONDS),
        };
        seconds.clamp(limit(*bounds.start()), limit(*bounds.end()))
    }
}

fn limit(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}
