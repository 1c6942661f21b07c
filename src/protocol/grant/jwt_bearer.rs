//! An assertion of a trusted issuer as a grant (RFC 7521 §4.1, RFC 7523 §2.1): an access token for the person whom it
//! names, without a browser.
//!
//! Which issuers are trusted, for which clients, and how their subjects are people here, is the operator's decision.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{audience_of, check_registered};
use crate::base::bounds::{
    ACCESS_TOKEN_SECONDS_MAX, ASSERTION_LEEWAY_SECONDS, ASSERTION_SECONDS_MAX, ASSERTION_TEXT_BYTES_MAX,
};
use crate::base::{AccountId, Draw, EmailAddress, GrantId, Scope, Sensitive, SessionId, Timestamp};
use crate::model::account::Account;
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::authorization_details::AuthorizationDetails;
use crate::model::claims_request::ClaimsRequest;
use crate::model::client::GrantType;
use crate::model::grant::Grant;
use crate::model::upstream::ProviderId;
use crate::protocol::access_token::{GrantSnapshot, UnsignedAccessToken};
use crate::protocol::authorization_request::parse_resources;
use crate::protocol::params::Parameters;
use crate::protocol::reason::Reason;
use crate::protocol::scope_policy::{OFFLINE_ACCESS, permitted};
use crate::protocol::token_policy::TokenContext;
use crate::protocol::token_response::TokenIssue;

/// An issuer whose assertions are taken, as the operator writes it down.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    /// Its `iss`, letter by letter.
    pub issuer: String,
    /// Its public keys (RFC 7517 §5), by value.
    #[serde(default)]
    pub jwks: Option<Value>,
    /// Where its public keys are, when they are not given by value.
    #[serde(default)]
    pub jwks_uri: Option<String>,
    /// Whom its `sub` names.
    pub subject: SubjectIs,
    /// The clients that may bring its assertions.
    pub clients: Vec<String>,
}

/// Whom an issuer's `sub` names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SubjectIs {
    /// Somebody here, by the id of their account.
    Account,
    /// Whoever has proven here that the claim `email` is theirs; `email_verified` must be true.
    Email,
    /// Whoever is tied here to the subject of this provider.
    Provider(ProviderId),
}

/// A token request by assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertionRequest {
    assertion: Sensitive<String>,
    scope: Option<Scope>,
    resources: Vec<String>,
}

impl AssertionRequest {
    /// Reads the form of a client that has authenticated.
    pub fn parse(form: &Parameters, context: &TokenContext<'_>) -> Result<Self, Reason> {
        check_registered(context.client, GrantType::JwtBearer)?;
        let assertion = form.require("assertion")?.to_owned().into();
        let scope = form.get("scope").map(Scope::parse).transpose().map_err(|_| Reason::ScopeMalformed)?;
        Ok(Self { assertion, scope, resources: parse_resources(form, context.client)? })
    }

    /// The assertion, to be verified.
    pub fn assertion(&self) -> &str {
        self.assertion.expose()
    }
}

/// The issuer among `trusted` whose assertions this client may bring.
pub fn issuer_of<'a>(trusted: &'a [TrustedIssuer], named: &str, client_id: &str) -> Option<&'a TrustedIssuer> {
    trusted.iter().find(|issuer| issuer.issuer == named && issuer.clients.iter().any(|own| own == client_id))
}

/// What a verified assertion says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Whom it is about.
    pub subject: NamedSubject,
    /// Its own name, taken once.
    pub jti: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Whom to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedSubject {
    /// The account of this id.
    Account(AccountId),
    /// The account whose proven address this is.
    Email(EmailAddress),
    /// The account that is tied to this subject of a provider.
    Provider(ProviderId, String),
}

/// Judges the claims of an assertion that `issuer` signed (RFC 7523 §3).
pub fn judge(
    claims: &Map<String, Value>,
    issuer: &TrustedIssuer,
    context: &TokenContext<'_>,
) -> Result<Assertion, Reason> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| is_sane(text));
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or(Reason::GrantAssertionInvalid),
    };
    let now = context.now.seconds();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "moments of this age of the world"
    )]
    let (is_alive, expires_at, is_begun) = {
        let (now, leeway) = (now as f64, ASSERTION_LEEWAY_SECONDS as f64);
        let exp = time("exp")?.ok_or(Reason::GrantAssertionInvalid)?;
        let is_alive = now < exp && exp - now <= ASSERTION_SECONDS_MAX as f64;
        let begins = [time("nbf")?, time("iat")?];
        (is_alive, exp as i64, begins.into_iter().flatten().all(|begin| begin <= now + leeway))
    };
    let is_right = text("iss") == Some(&issuer.issuer) && is_for_us(claims.get("aud"), context);
    if !is_right || !is_alive || !is_begun {
        return Err(Reason::GrantAssertionInvalid);
    }
    let jti = text("jti").ok_or(Reason::GrantAssertionInvalid)?.to_owned();
    let sub = text("sub").ok_or(Reason::GrantAssertionInvalid)?;
    Ok(Assertion { subject: subject(sub, claims, issuer)?, jti, expires_at: Timestamp::from_seconds(expires_at) })
}

fn is_sane(text: &str) -> bool {
    !text.is_empty() && text.len() <= ASSERTION_TEXT_BYTES_MAX
}

// RFC 7523 §3: the issuer or the token endpoint of this server.
fn is_for_us(aud: Option<&Value>, context: &TokenContext<'_>) -> bool {
    let issuer = &context.policy.issuer;
    let is_ours =
        |value: &Value| value.as_str().is_some_and(|aud| aud == issuer.as_str() || aud == issuer.at("/oauth2/token"));
    match aud {
        Some(Value::Array(several)) => several.iter().any(is_ours),
        Some(one) => is_ours(one),
        None => false,
    }
}

fn subject(sub: &str, claims: &Map<String, Value>, issuer: &TrustedIssuer) -> Result<NamedSubject, Reason> {
    let nobody = Reason::GrantAssertionOfNobody;
    match &issuer.subject {
        SubjectIs::Account => sub.parse().map(NamedSubject::Account).map_err(|_| nobody),
        SubjectIs::Provider(provider) => Ok(NamedSubject::Provider(provider.clone(), sub.to_owned())),
        SubjectIs::Email => {
            let is_verified = claims.get("email_verified") == Some(&Value::Bool(true));
            let email = claims.get("email").and_then(Value::as_str).filter(|_| is_verified).ok_or(nobody)?;
            email.parse().map(NamedSubject::Email).map_err(|_| nobody)
        }
    }
}

/// What may go ahead: the grant and its one token. The write is guarded by the assertion being new and the account open.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The grant. No session is behind it.
    pub grant: Grant,
    /// What is issued.
    pub issue: TokenIssue,
    /// The record of it.
    pub audit: AuditEvent,
}

/// Decides on a request whose assertion was judged, for the account that was found.
pub fn grant(
    request: &AssertionRequest,
    issuer: &TrustedIssuer,
    account: Option<&Account>,
    context: &TokenContext<'_>,
    draw: &mut Draw,
) -> Result<Granted, Reason> {
    // TOK-11: the same people as at the sign-in page.
    let account = account.filter(|account| account.may_sign_in()).ok_or(Reason::GrantAssertionOfNobody)?;
    let asked = request.scope.clone().unwrap_or_default();
    let scope = permitted(&asked, context.client).without(OFFLINE_ACCESS);
    if scope.is_empty() && !asked.is_empty() {
        return Err(Reason::ScopeNotAllowed);
    }
    // It names no session, and nobody will look for one.
    let session_id = SessionId::generate_at(context.now, draw);
    let grant = Grant {
        id: GrantId::generate_at(context.now, draw),
        client_id: context.client.client_id.clone(),
        account_id: account.id.clone(),
        sid: session_id.clone(),
        confirmation: None,
        session_id,
        via: GrantType::JwtBearer,
        scope: scope.clone(),
        claims: ClaimsRequest::default(),
        nonce: None,
        resources: request.resources.clone(),
        authorization_details: AuthorizationDetails::default(),
        auth_time: context.now,
        amr: Vec::new(),
        idp: None,
        acr: None,
        created_at: context.now,
        expires_at: context.now.plus_seconds(ACCESS_TOKEN_SECONDS_MAX),
        revoked_at: None,
    };
    let audience = audience_of(&grant, &request.resources, context)?;
    let granted = GrantSnapshot { grant: &grant, account };
    let access_token = UnsignedAccessToken::for_person(granted, scope, audience, context, draw);
    let mut audit = context.event(AuditAction::AssertionTaken, Some(&account.id));
    audit.detail.insert("grant".to_owned(), grant.id.as_str().into());
    audit.detail.insert("issuer".to_owned(), issuer.issuer.as_str().into());
    Ok(Granted { grant, issue: TokenIssue { access_token, id_token: None, refresh_token: None }, audit })
}
