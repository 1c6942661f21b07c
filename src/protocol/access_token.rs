//! Access tokens: what they say (RFC 9068) and whether one still counts when it comes back.
//!
//! The `jti` begins with the grant the token was issued under, so that a token dies with its grant. No name and no
//! address is in it. Signatures are made and checked in `jose`; a token reaches this file verified.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::reason::Reason;
use super::scope_policy::{GROUPS, ROLES};
use super::token_policy::TokenContext;
use crate::base::{AccountId, Draw, GrantId, Issuer, Names, Scope, Timestamp};
use crate::model::account::Account;
use crate::model::authorization_details::AuthorizationDetails;
use crate::model::client::{AccessTokenFormat, Client, GrantType};
use crate::model::grant::{Confirmation, Grant};
use crate::model::key::SigningAlgorithm;

/// Random bytes in a `jti`: 22 characters.
const JTI_BYTES: usize = 16;
/// What the `jti` of a token begins with that was issued to a client for itself.
const NO_GRANT: &str = "cc";
/// What the `jti` of a token begins with that another client got in exchange.
const EXCHANGED: &str = "x";

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// The issuer.
    pub iss: String,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// The resources it is for; our issuer when it is for our own.
    pub aud: Audience,
    /// The person, or the client when it acts for itself.
    pub sub: String,
    /// The client it was issued to.
    pub client_id: String,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// Its own name; see [`AccessTokenClaims::rests_on`].
    pub jti: String,
    /// What it allows.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// What exactly it allows (RFC 9396 §9.1).
    #[serde(default, skip_serializing_if = "AuthorizationDetails::is_empty")]
    pub authorization_details: AuthorizationDetails,
    /// When the person had signed in, in seconds since 1970 (RFC 9068 §2.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// The authentication context reached (RFC 9068 §2.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// How the person had signed in (RFC 9068 §2.2.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// What the person may do, where the scope says so (RFC 9068 §2.2.3.1); as it was when the token was made.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub roles: Names,
    /// What whoever brings it must prove (RFC 7800 §3.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// What the person belongs to, where the scope says so (RFC 9068 §2.2.3.1); as it was when the token was made.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub groups: Names,
    /// Who acts for the person, and inside it who acted before (RFC 8693 §4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Value>,
}

/// An `aud`: one text, or a list of several (RFC 7519 §4.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl Audience {
    /// The audience of `names`, a single one as plain text.
    pub fn of(mut names: Vec<String>) -> Self {
        match names.pop() {
            Some(only) if names.is_empty() => Self::One(only),
            Some(last) => {
                names.push(last);
                Self::Several(names)
            }
            None => Self::Several(names),
        }
    }

    /// Whether `name` is among it.
    pub fn includes(&self, name: &str) -> bool {
        self.names().iter().any(|own| own == name)
    }

    /// All of it.
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// What an access token rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestsOn {
    /// A person's grant.
    Grant(GrantId),
    /// The grant of the token that it was exchanged for, which may have been given to another client (RFC 8693).
    Exchanged(GrantId),
    /// The client's own registration (client credentials).
    Client,
}

/// An access token that lacks its signature; its `typ` is `at+jwt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsignedAccessToken {
    /// What it says.
    pub claims: AccessTokenClaims,
    /// How it is to be signed.
    pub alg: SigningAlgorithm,
    /// Whether it is handed out as it is, or as a secret that stands for it.
    pub format: AccessTokenFormat,
}

impl UnsignedAccessToken {
    /// A token under a grant for `audience` (never empty) with `scope`. It does not outlive the grant.
    pub fn for_person(
        GrantSnapshot { grant, account }: GrantSnapshot<'_>,
        scope: Scope,
        audience: Vec<String>,
        context: &TokenContext<'_>,
        draw: &mut Draw,
    ) -> Self {
        let end = context.policy.access_token_end(context.client, context.now).min(grant.expires_at);
        let told = |token: &str, names: &Names| if scope.contains(token) { names.clone() } else { Names::none() };
        let claims = AccessTokenClaims {
            roles: told(ROLES, &account.roles),
            groups: told(GROUPS, &account.groups),
            exp: end.seconds(),
            sub: context.policy.subjects.of(context.client, &grant.account_id),
            // Behind an assertion there was no sign-in here.
            auth_time: (grant.via != GrantType::JwtBearer).then(|| grant.auth_time.seconds()),
            acr: grant.acr.clone(),
            amr: grant.amr.clone(),
            ..Self::claims(grant.id.as_str(), scope, audience, context, draw)
        };
        Self::of(claims, context)
    }

    /// A token for the client itself, for `audience` (never empty) with `scope`.
    pub fn for_client(scope: Scope, audience: Vec<String>, context: &TokenContext<'_>, draw: &mut Draw) -> Self {
        let claims = Self::claims(NO_GRANT, scope, audience, context, draw);
        Self::of(claims, context)
    }

    /// A token on a grant that another client may hold, for the client of `context`.
    pub fn exchanged(
        granted: GrantSnapshot<'_>,
        scope: Scope,
        audience: Vec<String>,
        context: &TokenContext<'_>,
        draw: &mut Draw,
    ) -> Self {
        let mut token = Self::for_person(granted, scope, audience, context, draw);
        token.claims.jti = format!("{EXCHANGED}.{}", token.claims.jti);
        token
    }

    fn of(claims: AccessTokenClaims, context: &TokenContext<'_>) -> Self {
        let alg = context.policy.access_token_alg(context.client);
        Self { claims, alg, format: context.client.metadata.doorward.access_token_format }
    }

    /// Seconds from now to its end: the response's `expires_in`.
    pub const fn expires_in(&self) -> i64 {
        self.claims.exp - self.claims.iat
    }

    fn claims(
        rests_on: &str,
        scope: Scope,
        audience: Vec<String>,
        context: &TokenContext<'_>,
        draw: &mut Draw,
    ) -> AccessTokenClaims {
        let TokenContext { policy, client, now, .. } = context;
        AccessTokenClaims {
            iss: policy.issuer.as_str().to_owned(),
            exp: policy.access_token_end(client, *now).seconds(),
            aud: Audience::of(audience),
            sub: client_subject(client),
            client_id: client.client_id.clone(),
            iat: now.seconds(),
            jti: format!("{rests_on}.{}", URL_SAFE_NO_PAD.encode(draw.bytes::<JTI_BYTES>())),
            scope,
            authorization_details: AuthorizationDetails::default(),
            auth_time: None,
            acr: None,
            amr: Vec::new(),
            cnf: context.confirmation.cloned(),
            roles: Names::none(),
            groups: Names::none(),
            act: None,
        }
    }
}

/// The `sub` of a client that acts for itself.
// RFC 9700 §4.15: it must not be one that a person could have. People's are UUIDs, so a `client_id` that looks like one
// gets a prefix.
fn client_subject(client: &Client) -> String {
    match client.client_id.parse::<AccountId>() {
        Ok(_) => format!("client:{}", client.client_id),
        Err(_) => client.client_id.clone(),
    }
}

/// A new `jti` of its own, for tokens that rest on nothing.
pub(super) fn random_jti(draw: &mut Draw) -> String {
    URL_SAFE_NO_PAD.encode(draw.bytes::<JTI_BYTES>())
}

/// What the store knows about a token that came back.
#[derive(Debug, Clone, Copy, Default)]
pub struct AccessTokenSnapshot<'a> {
    /// The client named in `client_id`.
    pub client: Option<&'a Client>,
    /// The grant it rests on, and that grant's person.
    pub grant: Option<GrantSnapshot<'a>>,
    /// Whether its `jti` was revoked.
    pub is_revoked: bool,
}

/// A grant and the person who gave it.
#[derive(Debug, Clone, Copy)]
pub struct GrantSnapshot<'a> {
    /// The grant.
    pub grant: &'a Grant,
    /// The person.
    pub account: &'a Account,
}

/// For whom a token that counts speaks.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// For a person, through a client.
    Person {
        /// What was granted, by whom.
        granted: GrantSnapshot<'a>,
        /// The client.
        client: &'a Client,
    },
    /// For a client itself.
    Client(&'a Client),
}

impl AccessTokenClaims {
    /// What the token rests on, read from its `jti`.
    pub fn rests_on(&self) -> Result<RestsOn, Reason> {
        match self.jti.split_once('.') {
            Some((NO_GRANT, _)) => Ok(RestsOn::Client),
            Some((EXCHANGED, rest)) => {
                let grant = rest.split_once('.').and_then(|(grant, _)| grant.parse().ok());
                grant.map(RestsOn::Exchanged).ok_or(Reason::TokenMalformed)
            }
            Some((grant, _)) => grant.parse().map(RestsOn::Grant).map_err(|_| Reason::TokenMalformed),
            None => Err(Reason::TokenMalformed),
        }
    }

    /// Whether the verified token still counts, and for whom it speaks: time, client, grant and person are looked at
    /// (RES-07, RES-10, AUT-14).
    pub fn check<'a>(
        &self,
        snapshot: &AccessTokenSnapshot<'a>,
        issuer: &Issuer,
        now: Timestamp,
    ) -> Result<Subject<'a>, Reason> {
        let rests_on = self.rests_on()?;
        if self.iss != issuer.as_str() {
            return Err(Reason::TokenMalformed);
        }
        if now.seconds() >= self.exp {
            return Err(Reason::TokenExpired);
        }
        let client = snapshot.client.filter(|client| client.client_id == self.client_id);
        let client = client.filter(|client| client.disabled_at.is_none()).ok_or(Reason::TokenRevoked)?;
        if snapshot.is_revoked {
            return Err(Reason::TokenRevoked);
        }
        let granted = match rests_on {
            RestsOn::Client => return Ok(Subject::Client(client)),
            RestsOn::Grant(id) => self.check_grant(&id, snapshot, now)?,
            RestsOn::Exchanged(id) => Self::check_standing(&id, snapshot, now)?,
        };
        Ok(Subject::Person { granted, client })
    }

    fn check_grant<'a>(
        &self,
        id: &GrantId,
        snapshot: &AccessTokenSnapshot<'a>,
        now: Timestamp,
    ) -> Result<GrantSnapshot<'a>, Reason> {
        let granted = Self::check_standing(id, snapshot, now)?;
        if granted.grant.client_id == self.client_id { Ok(granted) } else { Err(Reason::TokenMalformed) }
    }

    /// Whether the grant still stands, whichever client it was given to.
    fn check_standing<'a>(
        id: &GrantId,
        snapshot: &AccessTokenSnapshot<'a>,
        now: Timestamp,
    ) -> Result<GrantSnapshot<'a>, Reason> {
        let granted = snapshot.grant.ok_or(Reason::TokenRevoked)?;
        let GrantSnapshot { grant, account } = granted;
        // Its `sub` is not looked at: it may be pairwise, and the grant says whose the token is.
        if grant.id != *id || grant.account_id != account.id {
            return Err(Reason::TokenMalformed);
        }
        if grant.revoked_at.is_some() {
            return Err(Reason::TokenRevoked);
        }
        if now >= grant.expires_at {
            return Err(Reason::TokenExpired);
        }
        if !account.may_sign_in() {
            return Err(Reason::TokenAccountClosed);
        }
        Ok(granted)
    }
}

#[cfg(test)]
mod tests;
