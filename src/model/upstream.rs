//! People as other providers know them: what a provider said, the tie to an account, and a visit there that is under way.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::account::StandardClaims;
use super::audit::AuditEvent;
use super::interaction::Interaction;
use super::outbox::OutboxMail;
use crate::base::bounds::PROVIDER_ID_CHARS_MAX;
use crate::base::{AccountId, Digest, EmailAddress, InteractionId, Sensitive, SessionId, Timestamp};

/// The operator's name of a provider: part of addresses, of tokens (`idp`) and of the key under which people are kept. A
/// provider that is configured under another name is another one, with people of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProviderId(String);

/// The text is not a provider's name: one to 32 small letters, digits and hyphens, a letter first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a provider's name")]
pub struct NotAProvider;

impl ProviderId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProviderId {
    type Err = NotAProvider;

    fn from_str(text: &str) -> Result<Self, NotAProvider> {
        let is_fine = (1..=PROVIDER_ID_CHARS_MAX).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if is_fine { Ok(Self(text.to_owned())) } else { Err(NotAProvider) }
    }
}

impl TryFrom<String> for ProviderId {
    type Error = NotAProvider;

    fn try_from(text: String) -> Result<Self, NotAProvider> {
        text.parse()
    }
}

impl From<ProviderId> for String {
    fn from(id: ProviderId) -> Self {
        id.0
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who somebody is by a provider's word, after everything that can be verified was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub provider: ProviderId,
    /// The provider's stable, never reused name of the person. With the provider it is the key; an address never is.
    pub subject: String,
    /// What it says about the person's mailbox.
    pub mailbox: Mailbox,
    /// Names, picture, language; what it did not tell is `None`. Never address or phone number.
    pub claims: StandardClaims,
    /// The organisation's domain that the provider signed for (Google's `hd`), in small letters.
    pub hosted_domain: Option<String>,
    /// Organisations that the person belongs to, in small letters, when the provider was asked for them.
    pub organizations: Vec<String>,
}

/// A provider's word about a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mailbox {
    /// The provider speaks for the mailbox: as good as our own code.
    Proven(EmailAddress),
    /// The provider names it, but the mailbox may be or have become somebody else's.
    Claimed(EmailAddress),
    /// An address where nobody reads, such as GitHub's `noreply` ones.
    Unread,
    /// None that could be used.
    None,
}

impl Mailbox {
    /// The address, if there is one.
    pub const fn address(&self) -> Option<&EmailAddress> {
        match self {
            Self::Proven(address) | Self::Claimed(address) => Some(address),
            Self::Unread | Self::None => None,
        }
    }

    /// Whether the provider speaks for it.
    pub const fn is_proven(&self) -> bool {
        matches!(self, Self::Proven(_))
    }
}

/// The tie between a provider's person and an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedIdentity {
    /// The provider.
    pub provider: ProviderId,
    /// The provider's name of the person.
    pub subject: String,
    /// Whose account.
    pub account: AccountId,
    /// What the provider calls the person, for the account page: an address or a name.
    pub shown_as: Option<String>,
    /// The claims as they were taken over last; what differs from them in the account the person changed.
    pub taken: StandardClaims,
    /// When it was tied.
    pub linked_at: Timestamp,
    /// When somebody last signed in by it.
    pub last_used_at: Timestamp,
    /// Since when it lets nobody in until the person has proven themselves in another way: the provider told of a
    /// takeover.
    pub blocked_at: Option<Timestamp>,
    /// The provider's tokens, sealed, if they are kept.
    pub sealed_tokens: Option<String>,
}

impl LinkedIdentity {
    /// The mailbox that the provider named last, if it named one.
    pub fn mailbox(&self) -> Option<EmailAddress> {
        self.shown_as.as_deref()?.parse().ok()
    }
}

/// Ties a provider's person to the account that is signed in. Refused when the person is tied to another account.
#[derive(Debug, Clone)]
pub struct LinkIdentity {
    /// The tie.
    pub identity: LinkedIdentity,
    /// The account's generation the decision was made against.
    pub generation: i64,
    /// The interaction in which it was agreed to, with its progress made.
    pub interaction: Option<Interaction>,
    /// The notice to the account's mailbox.
    pub notice: OutboxMail,
    /// The record of it.
    pub audit: AuditEvent,
}

/// What became of a [`LinkIdentity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkOutcome {
    /// It is tied.
    Linked,
    /// The provider's person belongs to another account.
    Taken,
    /// The account has as many ties as it may.
    TooMany,
    /// The account changed meanwhile, or the interaction went on elsewhere.
    Overtaken,
}

/// Unties a provider's person from an account.
#[derive(Debug, Clone)]
pub struct UnlinkIdentity {
    /// The provider.
    pub provider: ProviderId,
    /// The provider's name of the person.
    pub subject: String,
    /// Whose tie it is.
    pub account: AccountId,
    /// The account's generation the decision was made against.
    pub generation: i64,
    /// Whether another way in is known to be there; without one the last tie stays.
    pub has_other_way: bool,
    /// The notice to the account's mailbox, where one can be written.
    pub notice: Option<OutboxMail>,
    /// The record of it.
    pub audit: AuditEvent,
}

/// What became of an [`UnlinkIdentity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlinkOutcome {
    /// It is untied.
    Unlinked,
    /// There is no such tie.
    Absent,
    /// The account changed meanwhile.
    Overtaken,
    /// Nobody could enter the account any more.
    LastWayIn,
}

/// Lets a blocked tie open its account again, by an administrator's word.
#[derive(Debug, Clone)]
pub struct UnblockIdentity {
    /// The provider.
    pub provider: ProviderId,
    /// The provider's name of the person.
    pub subject: String,
    /// Whose tie it is.
    pub account: AccountId,
    /// The notice to the account's mailbox, where one can be written.
    pub notice: Option<OutboxMail>,
    /// The record of it.
    pub audit: AuditEvent,
}

/// Does to the accounts that are tied to a provider's people what the provider's events ask for.
#[derive(Debug, Clone)]
pub struct ActOnIdentity {
    /// The provider.
    pub provider: ProviderId,
    /// The name of the token that holds the events; one of the same name acts once.
    pub jti: String,
    /// What is to be done, with the provider's names of the people.
    pub acts: Vec<(String, IdentityAct)>,
    /// The record of it; the account is filled in.
    pub audit: AuditEvent,
}

/// Something that is done to a tie or its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityAct {
    /// Sessions, grants and pending codes end.
    EndSessions,
    /// The tie lets nobody in until the person has proven themselves in another way.
    Block,
    /// The provider's tokens are forgotten.
    ForgetTokens,
}

/// What became of an [`ActOnIdentity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityActOutcome {
    /// It was done.
    Done,
    /// It was done before.
    Repeated,
    /// Nobody they are about is tied to an account.
    Unknown,
}

/// Who came back from a provider and has to show or say something first: what is kept of them in the interaction until
/// they have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The provider.
    pub provider: ProviderId,
    /// The provider's name of the person.
    pub subject: String,
    /// What the provider calls the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown_as: Option<String>,
    /// The address the provider named, if it may be suggested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<EmailAddress>,
    /// What it told about the person, as far as it may be taken over.
    pub claims: StandardClaims,
    /// The provider's tokens, sealed, if they are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed_tokens: Option<String>,
    /// What is wanted of the person.
    pub wanted: Wanted,
}

/// What somebody who came back has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// There is an account with this address: prove it is theirs by the ways it has.
    Proof,
    /// The tie is blocked: prove by another way who they are.
    ProofOfBlocked,
    /// Say an address and prove it.
    Address,
}

/// Somebody on the way to a provider and back. `state` names it, once (RFC 6749 §10.12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Digest of `state`.
    pub state: Digest,
    /// Where the person was sent.
    pub provider: ProviderId,
    /// Digest of the browser cookie's value; only this browser may come back.
    pub browser: Digest,
    /// The interaction that goes on afterwards.
    pub interaction: InteractionId,
    /// What it is for.
    pub purpose: VisitPurpose,
    /// What the connector needs to finish (nonce, verifier), sealed.
    pub sealed_pending: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When nobody may come back any more.
    pub expires_at: Timestamp,
}

/// What became of the wish to take a [`Visit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VisitTaken {
    /// It is the caller's, with its secrets.
    First(Visit),
    /// It was taken before, and expires when the same answer no longer goes on; or it has expired.
    Over(Visit),
    /// There is none, or no more.
    Unknown,
}

/// What somebody went to a provider for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitPurpose {
    /// To sign in or sign up.
    SignIn,
    /// To tie the provider to the account that is signed in.
    Link {
        /// The account.
        account: AccountId,
        /// The session that asked.
        session: SessionId,
    },
}

/// What a provider gave besides the identity.
#[derive(Debug)]
pub struct UpstreamTokens {
    /// For the provider's own interfaces.
    pub access_token: Sensitive<String>,
    /// Gets another one.
    pub refresh_token: Option<Sensitive<String>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_providers_name_fits_into_an_address() {
        for name in ["google", "github", "our-idp-2", "a"] {
            assert_eq!(name.parse::<ProviderId>().unwrap().as_str(), name);
        }
        for name in ["", "Google", "2nd", "-a", "a b", "a/b", "ä", "a.b", &"a".repeat(PROVIDER_ID_CHARS_MAX + 1)] {
            assert_eq!(name.parse::<ProviderId>(), Err(NotAProvider), "{name:?}");
        }
    }
}
