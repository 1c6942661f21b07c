//! A mail that is written and not yet sent.

use std::fmt;

use crate::base::{EmailAddress, OutboxId, Timestamp};

/// A mail to one person.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct OutgoingMail {
    /// Its row in the outbox, from which its `Message-ID` is made.
    pub id: OutboxId,
    /// Whom it goes to.
    pub to: EmailAddress,
    /// Its subject; line breaks and other control characters become blanks.
    pub subject: String,
    /// The plain text, with `\n` or `\r\n` between lines.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// Its language (RFC 5646), for `Content-Language`.
    pub locale: String,
    /// When it was written, for `Date`: however late it arrives and however often it is tried, it says the same.
    pub created_at: Timestamp,
}

impl fmt::Debug for OutgoingMail {
    /// Shows which mail it is and nothing of what it says (LOG-02).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingMail").field("id", &self.id).field("to", &self.to).finish_non_exhaustive()
    }
}

/// A mail for tests, different for each `number`.
#[cfg(test)]
pub(super) fn sample(number: usize) -> OutgoingMail {
    let written_at = Timestamp::from_seconds(1_800_000_000 + i64::try_from(number).unwrap());
    let mut draw = crate::base::Draw::from_seed([number.to_le_bytes()[0]; 32]);
    OutgoingMail {
        id: OutboxId::generate_at(written_at, &mut draw),
        to: format!("ada{number}@example.com").parse().unwrap(),
        subject: format!("Hello {number}"),
        text: "Your code is 123456.\n".to_owned(),
        html: "<p>Your code is <b>123456</b>.</p>\n".to_owned(),
        locale: "en".to_owned(),
        created_at: written_at,
    }
}
