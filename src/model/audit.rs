//! The audit log's entries: who did what, when, from where, with which outcome. Never a secret.

use serde_json::{Map, Value};

use crate::base::{AccountId, Digest, Timestamp};

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: AuditAction,
    /// Who did it.
    pub actor: Actor,
    /// How it ended.
    pub outcome: AuditOutcome,
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
    /// An entry about nobody in particular, by whoever usually does this; the caller adds what it knows.
    pub fn new(action: AuditAction, now: Timestamp, request_id: &str) -> Self {
        Self {
            at: now,
            action,
            actor: action.usual_actor(),
            outcome: action.usual_outcome(),
            account: None,
            client_id: None,
            ip: None,
            request_id: request_id.to_owned(),
            detail: Map::new(),
        }
    }
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The person whose account it is.
    Person,
    /// Somebody who has not shown who they are.
    Stranger,
    /// The client.
    Client,
    /// An administrator, by this account.
    Administrator(AccountId),
    /// Whoever has a shell on the machine.
    Operator,
    /// The program by itself.
    Server,
}

impl Actor {
    /// The name the log keeps.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Stranger => "stranger",
            Self::Client => "client",
            Self::Administrator(_) => ADMINISTRATOR,
            Self::Operator => "operator",
            Self::Server => "server",
        }
    }
}

/// The name of the one kind of actor that acts on the accounts of others and has an account.
pub const ADMINISTRATOR: &str = "administrator";

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditOutcome {
    /// It was done.
    Success,
    /// It was refused.
    Failure,
}

impl AuditOutcome {
    /// The name the log keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

/// An entry as it was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Sorts by time. Its second half changes once, when the entry is sealed.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: String,
    /// Who, as a kind: see [`Actor::as_str`].
    pub actor: String,
    /// The actor's account, if they have one and it was not erased.
    pub actor_id: Option<AccountId>,
    /// How it ended.
    pub outcome: String,
    /// Whose account, if it was not erased.
    pub account: Option<AccountId>,
    /// Which client.
    pub client_id: Option<String>,
    /// Where from, if it was not erased.
    pub ip: Option<String>,
    /// The request it belongs to.
    pub request_id: String,
    /// Further facts, if they were not erased.
    pub detail: Map<String, Value>,
    /// When account and detail were erased.
    pub subject_erased_at: Option<Timestamp>,
    /// When the actor's account and address were erased.
    pub actor_erased_at: Option<Timestamp>,
    /// Its place in the chain; `None` until the sealer has come by.
    pub seal: Option<Seal>,
}

/// An entry's place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Counted from one, without gaps.
    pub position: i64,
    /// The digest of the entry before.
    pub previous: Digest,
    /// The digest of this one.
    pub digest: Digest,
    /// What stands in the digest for account and detail.
    pub subject: Commitment,
    /// What stands in the digest for the actor's account and address.
    pub actor: Commitment,
}

/// A salted digest of personal fields. Without its salt it tells nothing about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// The digest.
    pub digest: Digest,
    /// The salt, gone once the fields were erased.
    pub salt: Option<String>,
}

/// The newest end of the chain, or the end of what was removed from its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainEnd {
    /// The position of the last entry; 0 when there was none.
    pub position: i64,
    /// Its digest; empty when there was none.
    pub digest: Digest,
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
    /// A person deleted their account, which waits to be erased, or an administrator removed it.
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
    /// Somebody who is signed in gave a wrong password where theirs is asked for once more.
    PasswordRefused = "password.refused",
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
    /// A device or an app asked for an authorization that a person decides on elsewhere.
    ApprovalAsked = "grant.approval_asked",
    /// A person granted what a device or an app had asked for.
    ApprovalGiven = "grant.approval_given",
    /// A person refused it.
    ApprovalRefused = "grant.approval_refused",
    /// A token was exchanged for another one.
    TokenExchanged = "grant.token_exchanged",
    /// An assertion of another issuer was taken.
    AssertionTaken = "grant.assertion_taken",
    /// A grant was ended by its person or an administrator.
    GrantWithdrawn = "grant.withdrawn",
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
    /// Another provider's person was tied to an account.
    IdentityLinked = "identity.linked",
    /// Another provider's person was untied from an account.
    IdentityUnlinked = "identity.unlinked",
    /// A tie that was blocked opens the account again.
    IdentityUnblocked = "identity.unblocked",
    /// Another provider told of an event, and it was acted upon.
    SecurityEvent = "identity.security_event",
    /// Roles or groups of an account were changed.
    MembershipChanged = "account.membership_changed",
    /// A reset was started by an administrator.
    ResetStarted = "password.reset_started",
    /// The oldest entries of this log were removed, because their time was over.
    LogPruned = "audit.pruned",
}

impl AuditAction {
    /// Who does this, unless it is said otherwise.
    pub const fn usual_actor(self) -> Actor {
        match self {
            Self::SignInFailed | Self::Registered | Self::CodeSent | Self::CodeRefused => Actor::Stranger,
            Self::CodeRedeemed
            | Self::CodeReplayed
            | Self::Refreshed
            | Self::RefreshReplayed
            | Self::Revoked
            | Self::ApprovalAsked
            | Self::TokenExchanged
            | Self::AssertionTaken
            | Self::ClientRefused => Actor::Client,
            Self::ClientChanged
            | Self::AccountChanged
            | Self::AccountLocked
            | Self::MembershipChanged
            | Self::DatabaseRestored => Actor::Operator,
            Self::SecurityEvent | Self::KeyChanged | Self::LogPruned | Self::AccountErased => Actor::Server,
            _ => Actor::Person,
        }
    }

    /// How this ends, unless it is said otherwise.
    pub const fn usual_outcome(self) -> AuditOutcome {
        match self {
            Self::SignInFailed
            | Self::PasswordRefused
            | Self::CodeRefused
            | Self::CodeReplayed
            | Self::RefreshReplayed
            | Self::ClientRefused => AuditOutcome::Failure,
            _ => AuditOutcome::Success,
        }
    }
}
