//! Exchanging a token for one that another service takes (RFC 8693).
//!
//! What comes of it rests on the grant of the token that was brought, speaks for the same person, allows no more, ends no
//! later, and dies with that grant. Whether a client may exchange at all, for which audiences, and whether it must show
//! who acts, is the operator's policy on the client.

use serde_json::{Value, json};

use super::check_registered;
use crate::base::bounds::{ACTORS_MAX, URI_BYTES_MAX};
use crate::base::{Draw, Scope, Sensitive, Timestamp};
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::client::{Client, GrantType};
use crate::model::grant::Confirmation;
use crate::protocol::access_token::{
    AccessTokenClaims, AccessTokenSnapshot, GrantSnapshot, Subject, UnsignedAccessToken,
};
use crate::protocol::confirmation::check_token;
use crate::protocol::introspection::concerns;
use crate::protocol::params::Parameters;
use crate::protocol::reason::Reason;
use crate::protocol::scope_policy::{OFFLINE_ACCESS, permitted};
use crate::protocol::token_policy::TokenContext;
use crate::protocol::token_response::TokenIssue;

/// RFC 8693 §3: the one kind of token that is taken and given.
pub const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A token request by token exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRequest {
    subject_token: Sensitive<String>,
    actor_token: Option<Sensitive<String>>,
    scope: Option<Scope>,
    targets: Vec<String>,
}

impl ExchangeRequest {
    /// Reads the form.
    pub fn parse(form: &Parameters) -> Result<Self, Reason> {
        let subject_token = form.require("subject_token")?.to_owned().into();
        check_type(Some(form.require("subject_token_type")?))?;
        check_type(form.get("requested_token_type"))?;
        // RFC 8693 §2.1: the type comes with the token and not without it.
        let actor_token = match (form.get("actor_token"), form.get("actor_token_type")) {
            (None, None) => None,
            (Some(_), None) => return Err(Reason::MissingParameter("actor_token_type")),
            (None, Some(_)) => return Err(Reason::MissingParameter("actor_token")),
            (Some(token), kind) => check_type(kind).map(|()| Some(token.to_owned().into()))?,
        };
        let scope = form.get("scope").map(Scope::parse).transpose().map_err(|_| Reason::ScopeMalformed)?;
        let scope = scope.filter(|scope| !scope.is_empty());
        Ok(Self { subject_token, actor_token, scope, targets: targets(form)? })
    }

    /// The token whose person is to be spoken for.
    pub fn subject_token(&self) -> &str {
        self.subject_token.expose()
    }

    /// The token of whoever acts.
    pub fn actor_token(&self) -> Option<&str> {
        self.actor_token.as_ref().map(|token| token.expose().as_str())
    }
}

fn check_type(kind: Option<&str>) -> Result<(), Reason> {
    if kind.is_none_or(|kind| kind == ACCESS_TOKEN_TYPE) { Ok(()) } else { Err(Reason::ExchangeTypeUnsupported) }
}

/// The `resource` parameters and the `audience`, without repetition.
fn targets(form: &Parameters) -> Result<Vec<String>, Reason> {
    let mut targets: Vec<String> = Vec::new();
    for resource in form.all("resource") {
        // RFC 8693 §2.1: an absolute URI without a fragment.
        if resource.len() > URI_BYTES_MAX || resource.contains('#') || url::Url::parse(resource).is_err() {
            return Err(Reason::ResourceMalformed);
        }
        targets.push(resource.to_owned());
    }
    targets.extend(form.get("audience").map(str::to_owned));
    let mut seen = std::collections::HashSet::new();
    targets.retain(|target| seen.insert(target.clone()));
    Ok(targets)
}

/// An access token of ours, verified, with what the store knows about it.
#[derive(Debug, Clone, Copy)]
pub struct FoundToken<'a> {
    /// What it says.
    pub claims: &'a AccessTokenClaims,
    /// What it rests on.
    pub snapshot: AccessTokenSnapshot<'a>,
    /// What the request proves of the kind that the token is bound to.
    pub proven: Option<&'a Confirmation>,
}

impl FoundToken<'_> {
    /// Whether whoever brings it may use it. A bound token that was read on its way is of no use to the reader, so it must
    /// not be turned into one that is bound to somebody else's key, or to none.
    fn is_proven(&self) -> bool {
        check_token(self.claims, self.proven).is_ok()
    }
}

/// What may go ahead: a token, and the record of it.
#[derive(Debug, Clone)]
pub struct Exchanged {
    /// What is issued.
    pub issue: TokenIssue,
    /// The record of it.
    pub audit: AuditEvent,
}

/// Decides on an exchange by the client of `context`. `actor` was found for the request's actor token; a token that did
/// not verify is `None`.
pub fn exchange(
    request: &ExchangeRequest,
    subject: Option<FoundToken<'_>>,
    actor: Option<FoundToken<'_>>,
    context: &TokenContext<'_>,
    draw: &mut Draw,
) -> Result<Exchanged, Reason> {
    check_registered(context.client, GrantType::TokenExchange)?;
    // RFC 8693 §5: a stolen token must not be turned into others by whoever knows a public name.
    if !context.client.is_confidential() {
        return Err(Reason::GrantTypeNotRegistered);
    }
    let audience = audience_of(request, context.client)?;
    let (subject, granted) = check_subject(subject, context)?;
    let act = actors(request, subject, actor, context)?;
    let scope = scope_of(request, subject, context.client)?;
    let mut access_token = UnsignedAccessToken::exchanged(granted, scope, audience, context, draw);
    let claims = &mut access_token.claims;
    claims.act = act;
    claims.exp = claims.exp.min(subject.exp);
    let audit = record(subject, claims, context, granted);
    Ok(Exchanged { issue: TokenIssue { access_token, id_token: None, refresh_token: None }, audit })
}

fn audience_of(request: &ExchangeRequest, client: &Client) -> Result<Vec<String>, Reason> {
    let allowed = &client.metadata.doorward.token_exchange_audiences;
    if allowed.is_empty() {
        return Err(Reason::ExchangeNotAllowed);
    }
    if !request.targets.iter().all(|target| allowed.contains(target)) {
        return Err(Reason::ResourceNotAllowed);
    }
    Ok(if request.targets.is_empty() { allowed.clone() } else { request.targets.clone() })
}

// The token must have come to this client: issued to it, or meant for it.
fn check_subject<'a>(
    subject: Option<FoundToken<'a>>,
    context: &TokenContext<'_>,
) -> Result<(&'a AccessTokenClaims, GrantSnapshot<'a>), Reason> {
    let subject = subject.ok_or(Reason::SubjectTokenRefused)?;
    let FoundToken { claims, snapshot, .. } = subject;
    let is_ours = concerns(context.client, claims) && subject.is_proven();
    match claims.check(&snapshot, &context.policy.issuer, context.now) {
        Ok(Subject::Person { granted, .. }) if is_ours => Ok((claims, granted)),
        _ => Err(Reason::SubjectTokenRefused),
    }
}

/// The `act` claim (RFC 8693 §4.1): who acts now, and inside it who acted before.
fn actors(
    request: &ExchangeRequest,
    subject: &AccessTokenClaims,
    actor: Option<FoundToken<'_>>,
    context: &TokenContext<'_>,
) -> Result<Option<Value>, Reason> {
    let own = &context.client.metadata.doorward;
    if request.actor_token.is_none() {
        return if own.token_exchange_impersonation {
            Ok(subject.act.clone())
        } else {
            Err(Reason::ExchangeNotAllowed)
        };
    }
    if !own.token_exchange_delegation {
        return Err(Reason::ExchangeNotAllowed);
    }
    let actor = actor.ok_or(Reason::ActorTokenRefused)?;
    let FoundToken { claims, snapshot, .. } = actor;
    let is_own = claims.client_id == context.client.client_id && actor.is_proven();
    if !is_own || claims.check(&snapshot, &context.policy.issuer, context.now).is_err() {
        return Err(Reason::ActorTokenRefused);
    }
    let mut act = json!({ "sub": claims.sub, "client_id": claims.client_id });
    if let Some(before) = &subject.act {
        act["act"] = before.clone();
    }
    if depth(&act) > ACTORS_MAX { Err(Reason::ActorTokenRefused) } else { Ok(Some(act)) }
}

fn depth(act: &Value) -> usize {
    std::iter::successors(Some(act), |act| act.get("act")).count()
}

// A part of what the brought token allows, as far as this client is registered for it.
fn scope_of(request: &ExchangeRequest, subject: &AccessTokenClaims, client: &Client) -> Result<Scope, Reason> {
    let standing = permitted(&subject.scope, client).without(OFFLINE_ACCESS);
    match &request.scope {
        Some(asked) if standing.covers(asked) => Ok(asked.clone()),
        Some(_) => Err(Reason::ScopeWidened),
        None => Ok(standing),
    }
}

fn record(
    subject: &AccessTokenClaims,
    issued: &AccessTokenClaims,
    context: &TokenContext<'_>,
    granted: GrantSnapshot<'_>,
) -> AuditEvent {
    let mut audit = context.event(AuditAction::TokenExchanged, Some(&granted.account.id));
    audit.detail.insert("grant".to_owned(), granted.grant.id.as_str().into());
    audit.detail.insert("of_client".to_owned(), subject.client_id.as_str().into());
    audit.detail.insert("jti".to_owned(), issued.jti.as_str().into());
    audit.detail.insert("audience".to_owned(), issued.aud.names().join(" ").into());
    audit.detail.insert("ends".to_owned(), Timestamp::from_seconds(issued.exp).seconds().into());
    if let Some(act) = &issued.act {
        audit.detail.insert("act".to_owned(), act.clone());
    }
    audit
}
