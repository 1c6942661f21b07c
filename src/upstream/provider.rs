//! A provider as the operator describes it.

use crate::base::{Issuer, Sensitive};
use crate::model::upstream::ProviderId;

/// Which protocol is spoken, with which quirks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// OpenID Connect at Google.
    Google,
    /// OAuth 2.0 and the REST interface of GitHub or a GitHub Enterprise Server.
    GitHub,
    /// OpenID Connect at Microsoft Entra.
    Microsoft,
    /// OpenID Connect anywhere.
    OpenIdConnect,
}

/// A provider. Addresses that are `None` are the well-known ones of its kind, or read from its discovery document.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Provider {
    /// Its name in addresses.
    pub id: ProviderId,
    /// What people call it.
    pub name: String,
    /// What is spoken.
    pub kind: Kind,
    /// Our name there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: Sensitive<String>,
    /// The issuer, whose discovery document is read; for GitHub the origin of the site.
    pub issuer: Option<String>,
    /// The authorization endpoint, in place of the discovered one.
    pub authorization_endpoint: Option<String>,
    /// The token endpoint, in place of the discovered one.
    pub token_endpoint: Option<String>,
    /// The userinfo endpoint, in place of the discovered one; for GitHub the origin of the REST interface.
    pub userinfo_endpoint: Option<String>,
    /// The address of the keys, in place of the discovered one.
    pub jwks_uri: Option<String>,
    /// Further scopes to ask for.
    pub scopes: Vec<String>,
    /// Whether `email_verified` of a generic provider counts as a proof of the mailbox.
    pub speaks_for_mailboxes: bool,
    /// Whether it may stand at a private or loopback address.
    pub allows_private_addresses: bool,
    /// Whether its tokens are kept, sealed.
    pub keeps_tokens: bool,
    /// Whether somebody it knows and we do not may sign up.
    pub allows_sign_up: bool,
    /// When names and picture are taken over.
    pub claims_taken: ClaimsTaken,
    /// Who may come from it.
    pub restrictions: Restrictions,
}

impl Provider {
    /// A provider of which nothing is said but what must be: nothing is given, allowed, kept or restricted beyond that.
    pub fn new(id: ProviderId, name: &str, kind: Kind, client_id: &str, client_secret: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            kind,
            client_id: client_id.to_owned(),
            client_secret: Sensitive::new(client_secret.to_owned()),
            issuer: None,
            authorization_endpoint: None,
            token_endpoint: None,
            userinfo_endpoint: None,
            jwks_uri: None,
            scopes: Vec::new(),
            speaks_for_mailboxes: false,
            allows_private_addresses: false,
            keeps_tokens: false,
            allows_sign_up: true,
            claims_taken: ClaimsTaken::AtFirst,
            restrictions: Restrictions::default(),
        }
    }
}

/// When names and picture are taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimsTaken {
    /// When the account is made or tied.
    AtFirst,
    /// At each sign-in, as far as the person has not changed them here.
    EachTime,
    /// Never.
    Never,
}

/// Who may come from a provider. An empty list lets everybody in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restrictions {
    /// Domains of the address, in small letters.
    pub domains: Vec<String>,
    /// Domains that are kept out.
    pub denied_domains: Vec<String>,
    /// Values of `hd` that Google signs.
    pub hosted_domains: Vec<String>,
    /// GitHub organisations, one of which the person must belong to.
    pub organizations: Vec<String>,
}

/// Where people come back to from the provider of this name: an address for each, which keeps the answers of two apart
/// (federation 1.9, 3.16).
pub fn callback(issuer: &Issuer, provider: &str) -> String {
    issuer.at(&format!("/federation/{provider}/callback"))
}
