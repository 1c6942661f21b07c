//! The audit log's entries: who did what, when, from where, with which outcome. Never a secret.

use serde_json::{Map, Value};

use crate::base::{AccountId, Timestamp};

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: AuditAction,
    /// Whose account, when there is one.
    pub account: Option<AccountId>,
    /// Which client, when there is one.
    pub client_id: Option<String>,
    /// Where from.
    pub ip: Option<String>,
    /// The request it belongs to.
    pub request_id: String,
    /// Further facts, without secrets.
    pub detail: Map<String, Value>,
}

impl AuditEvent {
    /// An entry about nobody in particular; the caller adds what it knows.
    pub fn new(action: AuditAction, now: Timestamp, request_id: &str) -> Self {
        Self {
            at: now,
            action,
            account: None,
            client_id: None,
            ip: None,
            request_id: request_id.to_owned(),
            detail: Map::new(),
        }
    }
}

/// Where a request came from: what its entries have in common.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The network address.
    pub ip: Option<String>,
    /// The id that finds the request's log lines.
    pub request_id: String,
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum AuditAction { $($(#[$doc])* $name,)* }

        impl AuditAction {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name the log keeps.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

actions! {
    /// A sign-in succeeded.
    SignedIn = "session.started",
    /// A sign-in failed.
    SignInFailed = "session.refused",
    /// A session was ended.
    SignedOut = "session.ended",
    /// An account was registered.
    Registered = "account.registered",
    /// An address was proven.
    AddressVerified = "account.address_verified",
    /// A person asked for a new address of their account.
    AddressChangeAsked = "account.address_change_asked",
    /// A new, proven address replaced the old one.
    AddressChanged = "account.address_changed",
    /// The old address was restored from its own mailbox.
    AddressChangeUndone = "account.address_change_undone",
    /// A person had what is kept about them handed out.
    Exported = "account.exported",
    /// A person deleted their account; it waits to be erased.
    AccountDeleted = "account.deleted",
    /// A deleted account was restored by its owner.
    AccountRestored = "account.restored",
    /// A deleted account was erased with all that was kept about the person.
    AccountErased = "account.erased",
    /// A profile was changed.
    ProfileChanged = "account.profile_changed",
    /// An account was changed by an operator.
    AccountChanged = "account.changed",
    /// An account was disabled or enabled.
    AccountLocked = "account.locked",
    /// A password was changed by its owner.
    PasswordChanged = "password.changed",
    /// A password was reset by a mailed code.
    PasswordReset = "password.reset",
    /// A mailed code was asked for.
    CodeSent = "code.sent",
    /// A mailed code was wrong.
    CodeRefused = "code.refused",
    /// A person agreed to share with a client.
    ConsentGiven = "consent.given",
    /// A person withdrew an agreement.
    ConsentWithdrawn = "consent.withdrawn",
    /// An authorization code was issued.
    CodeIssued = "grant.code_issued",
    /// An authorization code was redeemed.
    CodeRedeemed = "grant.code_redeemed",
    /// A used authorization code came again: its grant was revoked.
    CodeReplayed = "grant.code_replayed",
    /// A refresh token was rotated.
    Refreshed = "grant.refreshed",
    /// A used refresh token came again: its family was revoked.
    RefreshReplayed = "grant.refresh_replayed",
    /// A token was revoked by its client.
    Revoked = "grant.revoked",
    /// A client was made or changed.
    ClientChanged = "client.changed",
    /// A client's authentication failed.
    ClientRefused = "client.refused",
    /// A signing key was announced, retired or withdrawn.
    KeyChanged = "key.changed",
    /// The database was put back from a backup.
    DatabaseRestored = "database.restored",
}
