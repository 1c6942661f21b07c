//! A mail waiting to be sent. It is written in the same transaction as the thing it tells of.

use crate::base::{EmailAddress, OutboxId, Timestamp};

/// What the content of a mail is sealed for; the record is the mail's id.
pub const SEALED_MAIL: &str = "outbox";

/// A row of the outbox. What the mail says is sealed, because it may hold a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMail {
    /// Stable over retries: the Message-ID is made from it.
    pub id: OutboxId,
    /// To whom.
    pub to: EmailAddress,
    /// Which mail (`verification`, `password_reset`, …), for logs and metrics.
    pub kind: &'static str,
    /// The language of the mail.
    pub locale: String,
    /// What the mail says, sealed with the master key.
    pub sealed_content: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// After this it is pointless and not sent (an expired code).
    pub expires_at: Timestamp,
}

/// A mail that a worker has claimed for one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedMail {
    /// Its id.
    pub id: OutboxId,
    /// To whom.
    pub to: EmailAddress,
    /// Which mail.
    pub kind: String,
    /// The language.
    pub locale: String,
    /// The sealed content.
    pub sealed_content: String,
    /// Attempts so far, this one included.
    pub attempts: i64,
    /// Those among them whose outcome is unknown.
    pub unconfirmed: i64,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it becomes pointless.
    pub expires_at: Timestamp,
}
