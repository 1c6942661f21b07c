//! A signed-in session of one person in one browser.

use super::account::{Account, StandardClaims};
use super::audit::AuditEvent;
use super::interaction::Interaction;
use super::outbox::OutboxMail;
use super::password_hash::PasswordHash;
use super::upstream::{LinkedIdentity, ProviderId};
use crate::base::bounds::RECENT_LOGIN_SECONDS;
use crate::base::{AccountId, CodeId, Digest, SessionId, Timestamp};

/// A session. The cookie holds its secret; the store only the digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Also the `sid` of ID tokens.
    pub id: SessionId,
    /// Digest of the cookie's secret.
    pub secret: Digest,
    /// Whose session it is.
    pub account_id: AccountId,
    /// When the person last proved who they are: `auth_time`.
    pub auth_time: Timestamp,
    /// How (RFC 8176): `pwd`, `otp`, …
    pub amr: Vec<String>,
    /// The other provider by whose word, if it was one.
    pub idp: Option<ProviderId>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used (kept to the minute).
    pub last_seen_at: Timestamp,
    /// When it ends unless used before.
    pub idle_expires_at: Timestamp,
    /// When it ends however much it is used.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// What the browser called itself, shortened.
    pub user_agent: Option<String>,
    /// Where from.
    pub ip: Option<String>,
}

/// How a sign-in by another provider's word stands among the methods; RFC 8176 has no value of its own for it.
pub const FEDERATED: &str = "federated";

/// When somebody last proved who they are, and whether any of it was proven to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastProof {
    at: Timestamp,
    is_ours: bool,
}

impl LastProof {
    /// By the methods `amr`, at `auth_time`.
    pub fn of(auth_time: Timestamp, amr: &[String]) -> Self {
        Self { at: auth_time, is_ours: amr.iter().any(|method| method != FEDERATED) }
    }

    /// Whether more counted than the word of another provider, which may have let somebody through who signed in there
    /// long ago, and does not say when (federation 1.8, 2.8).
    pub const fn is_ours(&self) -> bool {
        self.is_ours
    }

    /// Whether it is fresh enough for changing how the account is entered (RST-14).
    pub const fn is_recent(&self, now: Timestamp) -> bool {
        self.is_ours && now.seconds_since(self.at) <= RECENT_LOGIN_SECONDS
    }
}

impl Session {
    /// When the person last proved who they are, and to whom.
    pub fn last_proof(&self) -> LastProof {
        LastProof::of(self.auth_time, &self.amr)
    }

    /// How long it may lie unused, in seconds.
    pub fn idle_seconds(&self) -> i64 {
        self.idle_expires_at.seconds_since(self.last_seen_at)
    }

    /// Whether the session counts at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.idle_expires_at && now < self.expires_at
    }
}

/// A browser in which somebody signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Digest of its mark for the account.
    pub digest: Digest,
    /// When somebody first signed in there.
    pub first_seen_at: Timestamp,
    /// When somebody last did.
    pub last_seen_at: Timestamp,
    /// When it counts as unknown again.
    pub expires_at: Timestamp,
}

/// The device of a sign-in.
#[derive(Debug, Clone)]
pub struct SeenDevice {
    /// Digest of its mark for the account.
    pub digest: Digest,
    /// When it counts as unknown again, unless seen before.
    pub expires_at: Timestamp,
    /// The mail to be written if it is new, and the account was used on others before.
    pub mail: Option<OutboxMail>,
}

/// A live session together with its person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The person.
    pub account: Account,
}

/// Makes a session, or renews one under a new secret (SES-01). Refused when the account changed its generation or was
/// disabled meanwhile.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The session to be written.
    pub session: Session,
    /// A session of the same person in the same browser that this one replaces.
    pub replaces: Option<SessionId>,
    /// The account's generation the decision was made against.
    pub generation: i64,
    /// The interaction that the session is chosen for, with its progress made.
    pub interaction: Option<Interaction>,
    /// A better hash of the same password, when parameters rose.
    pub rehashed_password: Option<PasswordHash>,
    /// A mailed code to be consumed by this sign-in; the guard is that it is still unused.
    pub consumed_code: Option<CodeId>,
    /// Whether a password and claims that stand on an unproven address are forgotten first: whoever signs in did not set
    /// them here.
    pub forgets_unproven: bool,
    /// The account itself, when it is made by this sign-in: somebody whom another provider vouches for.
    pub creates: Option<Box<Account>>,
    /// The tie to the provider's person by which the sign-in happens; made, or noted as used. The guard is that it is
    /// nobody else's.
    pub identity: Option<Box<LinkedIdentity>>,
    /// The person's claims as the provider renewed them, unless somebody changed them meanwhile.
    pub renewed_claims: Option<Box<RenewedClaims>>,
    /// Whether the mailed code also proves the address.
    pub verifies_address: bool,
    /// The mail to somebody whose address is proven for the first time by it.
    pub welcome: Option<OutboxMail>,
    /// The device, unless it cannot be recognised again.
    pub device: Option<SeenDevice>,
    /// Whether the person's other sessions end, with all that was granted in them.
    pub ends_others: bool,
    /// The record of it.
    pub audit: AuditEvent,
}

/// Claims that a provider renewed. The guard is that nobody changed the account since it was read: who did keeps what they
/// wrote, and the provider's word is taken at the next sign-in (F-52).
#[derive(Debug, Clone)]
pub struct RenewedClaims {
    /// All claims of the account, as they are to be.
    pub claims: StandardClaims,
    /// The account's `updated_at` as it was read.
    pub read_at: Timestamp,
}

/// What became of a [`SignIn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInOutcome {
    /// The session stands.
    SignedIn,
    /// The account changed, or the mailed code was used, while the person was signing in: nothing was written.
    Overtaken,
    /// The interaction went on in another tab, or the form was sent twice.
    Stale,
}
