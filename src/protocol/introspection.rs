//! Introspection (RFC 7662): whether a token counts at this moment, told to those it concerns.
//!
//! Only confidential clients may ask. One learns of a token that was issued to it, or that is for it: its `client_id` or
//! one of its registered resources stands in `aud`. About any other token it hears what it would hear about a text that
//! is no token at all (RES-05).

use serde::Serialize;

use super::access_token::{AccessTokenClaims, AccessTokenSnapshot, Audience, GrantSnapshot};
use super::reason::Reason;
use super::token_policy::TokenContext;
use crate::base::Scope;
use crate::model::client::Client;
use crate::model::grant::RefreshToken;

/// What the `token` parameter turned out to be.
#[derive(Debug, Clone, Copy)]
pub enum Introspected<'a> {
    /// An access token of ours, its signature verified.
    AccessToken {
        /// What it says.
        claims: &'a AccessTokenClaims,
        /// What the store knows about it.
        snapshot: AccessTokenSnapshot<'a>,
    },
    /// A refresh token that was found.
    RefreshToken {
        /// The token.
        token: &'a RefreshToken,
        /// What it lives on.
        granted: GrantSnapshot<'a>,
    },
    /// Anything else.
    Unknown,
}

/// The answer (RFC 7662 §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Introspection {
    /// Whether the token counts. If not, nothing else is told.
    pub active: bool,
    /// What it allows.
    #[serde(skip_serializing_if = "Scope::is_empty")]
    pub scope: Scope,
    /// The client it was issued to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// `Bearer`, for access tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// When it ends, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// When it was made, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Whom it speaks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<Audience>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// When the person had signed in, in seconds since 1970 (RFC 9470 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// The authentication context reached (RFC 9470 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
}

/// What the client of `context` hears about `token`.
pub fn introspect(token: &Introspected<'_>, context: &TokenContext<'_>) -> Result<Introspection, Reason> {
    if !context.client.is_confidential() {
        return Err(Reason::ConfidentialClientRequired);
    }
    let told = match token {
        Introspected::AccessToken { claims, snapshot } => access_token(claims, snapshot, context),
        Introspected::RefreshToken { token, granted } => refresh_token(token, *granted, context),
        Introspected::Unknown => None,
    };
    Ok(told.unwrap_or_default())
}

fn access_token(
    claims: &AccessTokenClaims,
    snapshot: &AccessTokenSnapshot<'_>,
    context: &TokenContext<'_>,
) -> Option<Introspection> {
    if !concerns(context.client, claims) {
        return None;
    }
    claims.check(snapshot, &context.policy.issuer, context.now).ok()?;
    Some(Introspection {
        active: true,
        scope: claims.scope.clone(),
        client_id: Some(claims.client_id.clone()),
        token_type: Some("Bearer"),
        exp: Some(claims.exp),
        iat: Some(claims.iat),
        sub: Some(claims.sub.clone()),
        aud: Some(claims.aud.clone()),
        iss: Some(claims.iss.clone()),
        jti: Some(claims.jti.clone()),
        auth_time: claims.auth_time,
        acr: claims.acr.clone(),
    })
}

fn concerns(client: &Client, claims: &AccessTokenClaims) -> bool {
    let own = &client.metadata.doorward.resources;
    claims.client_id == client.client_id
        || claims.aud.names().iter().any(|name| *name == client.client_id || own.contains(name))
}

fn refresh_token(
    token: &RefreshToken,
    GrantSnapshot { grant, account }: GrantSnapshot<'_>,
    context: &TokenContext<'_>,
) -> Option<Introspection> {
    let end = token.idle_expires_at.min(grant.expires_at);
    let counts = grant.client_id == context.client.client_id
        && token.rotated_at.is_none()
        && grant.revoked_at.is_none()
        && context.now < end
        && account.may_sign_in();
    counts.then(|| Introspection {
        active: true,
        scope: grant.scope.clone(),
        client_id: Some(grant.client_id.clone()),
        exp: Some(end.seconds()),
        iat: Some(token.created_at.seconds()),
        sub: Some(grant.account_id.as_str().to_owned()),
        iss: Some(context.policy.issuer.as_str().to_owned()),
        auth_time: Some(grant.auth_time.seconds()),
        acr: grant.acr.clone(),
        ..Introspection::default()
    })
}
