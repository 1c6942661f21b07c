//! An account that its owner deleted: nobody enters it any more, and after a while it is erased.

use super::audit::AuditEvent;
use super::outbox::OutboxMail;
use crate::base::{AccountId, Digest, Timestamp};

/// Deletes an account: its sessions, grants and codes end, and it is disabled until it is erased or restored.
#[derive(Debug, Clone)]
pub struct DeleteAccount {
    /// Whose.
    pub account: AccountId,
    /// The generation the decision was made against.
    pub generation: i64,
    /// Digest of the token in the link that restores it.
    pub undo_digest: Digest,
    /// The moment.
    pub now: Timestamp,
    /// When it may be erased.
    pub erased_from: Timestamp,
    /// The notice to the owner.
    pub notice: OutboxMail,
    /// The record of it.
    pub audit: AuditEvent,
}

/// A deletion that can still be undone, as far as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// Whose.
    pub account: AccountId,
    /// Digest of the token in the link that restores it.
    pub undo_digest: Digest,
    /// When it was asked for; the account is disabled since then.
    pub requested_at: Timestamp,
    /// When it may be erased.
    pub expires_at: Timestamp,
}

/// What became of the wish to have a deleted account back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreOutcome {
    /// The account is as it was.
    Restored,
    /// It will not be erased, but an operator locked it as well, and so it stays.
    Locked,
    /// That was done already, or it is too late.
    Overtaken,
}
