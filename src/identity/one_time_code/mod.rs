//! Mailed one-time codes and the links beside them: how they are made, who may try them, when they are sent again.
//!
//! All of it decides over a snapshot; the store makes the decision true. A code is tried like this: [`check_code`] looks
//! at the record as it was read. If the outcome is acceptance or [`CodeRefused::Wrong`], the store counts the attempt
//! (guarded by the limit), and only if it could is the outcome told or acted upon; otherwise the answer is
//! [`CodeRefused::TooManyAttempts`]. So however many guesses run side by side, no more of them than the limit learn
//! anything (OTP-07). Acting on it consumes the record, guarded too, so of parallel uses one wins (OTP-01). The other
//! refusals touch nothing.

mod check;
mod digits;
mod request;
mod rules;
#[cfg(test)]
mod samples;

pub use check::{CodeAttempt, CodeRefused, LinkAttempt, check_code, check_link};
pub use digits::{MalformedCode, OneTimeCode};
pub use request::{CodeRequest, ResendRefused, code_record, may_send_again};
pub use rules::CodeRules;
