//! A new address on its way to replacing the old one, and the way back.

use super::audit::AuditEvent;
use super::one_time_code::CodeRecord;
use super::outbox::OutboxMail;
use crate::base::{AccountId, CodeId, Digest, EmailAddress, SessionId, Timestamp};

/// A change of address. Whether it still waits for its code is the code's to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressChange {
    /// Its id; also that of the code that proves the new address.
    pub id: CodeId,
    /// Whose.
    pub account: AccountId,
    /// The session that asked; the code is taken there and nowhere else.
    pub session: SessionId,
    /// The address before.
    pub old_email: EmailAddress,
    /// The address afterwards.
    pub new_email: EmailAddress,
    /// Digest of the token in the link that is mailed to the old address.
    pub undo_digest: Digest,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Until when it can be undone.
    pub expires_at: Timestamp,
    /// When the new address replaced the old one.
    pub changed_at: Option<Timestamp>,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
}

/// Asks for a new address. An earlier change that waits for its code waits no longer.
#[derive(Debug, Clone)]
pub struct AskAddressChange {
    /// The change.
    pub change: AddressChange,
    /// The account's generation the decision was made against.
    pub generation: i64,
    /// The code that proves the new address.
    pub code: CodeRecord,
    /// The mail that carries it, for an address that nobody has.
    pub code_mail: OutboxMail,
    /// The mail to whoever has the address already; nobody else sees a difference (RST-14).
    pub taken_mail: OutboxMail,
    /// The notice to the old address.
    pub notice: OutboxMail,
    /// The record of it.
    pub audit: AuditEvent,
}

/// Replaces the old address by the proven new one. Every code that was mailed to the old one is void (RST-04).
#[derive(Debug, Clone)]
pub struct ConfirmAddressChange {
    /// The change as it was read.
    pub change: AddressChange,
    /// The moment.
    pub now: Timestamp,
    /// Until when it can be undone; a change back to an address that could undo what came since needs no way back.
    pub undo_until: Timestamp,
    /// When the first of the changes was asked for that this one makes undone by leading back to its old address.
    pub returns_since: Option<Timestamp>,
    /// The notices to the old address and to the new one.
    pub notices: [OutboxMail; 2],
    /// The record of it.
    pub audit: AuditEvent,
}

/// What became of a [`ConfirmAddressChange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmOutcome {
    /// The account has the new address.
    Changed,
    /// The code was used, replaced or voided meanwhile: nothing was written.
    Overtaken,
    /// The address became another account's meanwhile: nothing was written.
    Taken,
}

/// Restores the address as it was before a change, whatever came after that, and ends all that rests on the account. The
/// password goes too: whoever asked for the change knew it.
#[derive(Debug, Clone)]
pub struct UndoAddressChange {
    /// The change as it was read.
    pub change: AddressChange,
    /// The moment.
    pub now: Timestamp,
    /// The notice to the old address.
    pub notice: OutboxMail,
    /// The record of it.
    pub audit: AuditEvent,
}
