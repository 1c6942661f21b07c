//! An authorization that a device or an app asked for, and on which a person decides in a browser somewhere else
//! (RFC 8628, CIBA). The asker polls until then.

use serde::{Deserialize, Serialize};

use super::audit::AuditEvent;
use super::client::GrantType;
use super::grant::{Confirmation, Consent, Grant, RefreshToken};
use crate::base::{AccountId, Digest, GrantId, InteractionId, Scope, Timestamp};

/// How the person is led to the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingKind {
    /// By a code that the device shows (RFC 8628).
    Device,
    /// By a mail that the app asked for (CIBA).
    Backchannel,
}

impl PendingKind {
    /// The name the store keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Backchannel => "backchannel",
        }
    }

    /// The kind of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Device, Self::Backchannel].into_iter().find(|kind| kind.as_str() == text)
    }

    /// By which grant the asker collects the tokens.
    pub const fn grant_type(self) -> GrantType {
        match self {
            Self::Device => GrantType::DeviceCode,
            Self::Backchannel => GrantType::Ciba,
        }
    }
}

/// What was asked for; it never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRequest {
    /// Digest of the secret that the asker polls with.
    pub digest: Digest,
    /// How the person is led here.
    pub kind: PendingKind,
    /// What leads the person here: the user code without its dash, or the digest of the mailed link's token.
    pub handle: String,
    /// By whom.
    pub client_id: String,
    /// The one person who may decide; anybody who has the user code when absent.
    pub account_id: Option<AccountId>,
    /// What is to be granted.
    pub scope: Scope,
    /// The resources access tokens may be for.
    pub resources: Vec<String>,
    /// What the app shows beside it, so that the person can compare (CIBA's `binding_message`).
    pub message: Option<String>,
    /// What the asking device calls itself.
    pub user_agent: Option<String>,
    /// From where it asked.
    pub ip: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// When it is too late.
    pub expires_at: Timestamp,
}

/// The request and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingAuthorization {
    /// What was asked for.
    pub request: ApprovalRequest,
    /// The pause between two polls, which grows when it is not kept.
    pub interval_seconds: i64,
    /// The last poll.
    pub polled_at: Option<Timestamp>,
    /// When a person decided.
    pub decided_at: Option<Timestamp>,
    /// What they granted; nothing, once decided, when they refused.
    pub grant_id: Option<GrantId>,
    /// When the tokens were collected.
    pub consumed_at: Option<Timestamp>,
}

/// Counts a poll that found nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPoll {
    /// Which.
    pub digest: Digest,
    /// The poll before, as it was read: the guard.
    pub before: Option<Timestamp>,
    /// This one.
    pub now: Timestamp,
    /// The pause from now on.
    pub interval_seconds: i64,
}

/// A person's decision.
#[derive(Debug, Clone)]
pub struct DecidePending {
    /// On which.
    pub digest: Digest,
    /// What is granted; nothing when it is refused.
    pub grant: Option<Grant>,
    /// The agreement to remember.
    pub consent: Option<Consent>,
    /// The interaction this answers; the guard is that it is still unanswered.
    pub interaction: InteractionId,
    /// The moment.
    pub now: Timestamp,
    /// The record of it.
    pub audit: AuditEvent,
}

/// What became of a [`DecidePending`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecideOutcome {
    /// The asker learns of it at its next poll.
    Decided,
    /// Somebody decided before, or it is too late, or the page was answered already.
    Over,
    /// The session ended in the meantime.
    SessionEnded,
}

/// Hands the tokens out, once.
#[derive(Debug, Clone)]
pub struct CollectPending {
    /// Of which.
    pub digest: Digest,
    /// The grant the tokens rest on.
    pub grant_id: GrantId,
    /// What the refresh token is bound to.
    pub confirmation: Option<Confirmation>,
    /// The refresh token to be issued with it.
    pub refresh_token: Option<RefreshToken>,
    /// The moment.
    pub now: Timestamp,
}
