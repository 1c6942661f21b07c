//! The token request (RFC 6749 §3.2): one file per grant, and what the grants have in common.
//!
//! A decision says what is to be written and what is to be signed; the client has authenticated before. A write that
//! lost its race is the caller's to answer, as the decision's documentation says.

pub mod authorization_code;
pub mod client_credentials;
pub mod refresh_token;

#[cfg(test)]
pub(super) mod fixtures;

use super::access_token::GrantSnapshot;
use super::params::Parameters;
use super::reason::Reason;
use super::token_policy::TokenContext;
use crate::base::{Scope, Timestamp};
use crate::model::client::{Client, GrantType};
use crate::model::grant::Grant;

/// The scope without which there is no ID token and no userinfo (OpenID Connect Core §3.1.2.1).
pub const OPENID: &str = "openid";
/// The scope without which there is no refresh token (OpenID Connect Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// The grant that a token request asks by (TOK-06).
pub fn grant_type(form: &Parameters) -> Result<GrantType, Reason> {
    GrantType::parse(form.require("grant_type")?).ok_or(Reason::GrantTypeUnsupported)
}

/// TOK-10: only the grants a client is registered for.
fn check_registered(client: &Client, grant: GrantType) -> Result<(), Reason> {
    if client.may_use(grant) { Ok(()) } else { Err(Reason::GrantTypeNotRegistered) }
}

/// Whether anything may still be issued on `granted`: grant and person are looked at each time (REF-12, COD-12).
fn check_standing(granted: GrantSnapshot<'_>, now: Timestamp) -> Result<(), Reason> {
    let GrantSnapshot { grant, account } = granted;
    if grant.revoked_at.is_some() {
        Err(Reason::GrantRevoked)
    } else if now >= grant.expires_at {
        Err(Reason::GrantExpired)
    } else if account.id != grant.account_id || !account.may_sign_in() {
        Err(Reason::AccountClosed)
    } else {
        Ok(())
    }
}

/// What is left of the granted scope: what the client may still have (REF-12).
fn standing_scope(grant: &Grant, client: &Client) -> Scope {
    grant.scope.intersection(&client.metadata.scope)
}

/// Whether a refresh token comes with the answer (REF-10).
fn allows_refresh(scope: &Scope, client: &Client) -> bool {
    scope.contains(OFFLINE_ACCESS) && client.may_use(GrantType::RefreshToken)
}

/// The `resource` parameters, without repetition.
fn requested_resources(form: &Parameters) -> Vec<String> {
    let mut resources: Vec<String> = Vec::new();
    for resource in form.all("resource") {
        if !resources.iter().any(|known| known == resource) {
            resources.push(resource.to_owned());
        }
    }
    resources
}

/// The audience of an access token on `grant` that was asked for with `requested` (RFC 8707 §2.2): a part of what was
/// granted, all of it when nothing was asked for. A grant without resources is for us, and so is a token that an
/// OpenID Connect client asks for by our issuer, which is how it reaches userinfo beside its resources.
fn audience_of(grant: &Grant, requested: &[String], context: &TokenContext<'_>) -> Result<Vec<String>, Reason> {
    let issuer = context.policy.issuer.as_str();
    let registered = &context.client.metadata.doorward.resources;
    let may_have = |resource: &String| grant.resources.contains(resource) && registered.contains(resource);
    let is_for_us =
        |resource: &String| resource == issuer && (grant.resources.is_empty() || grant.scope.contains(OPENID));
    if !requested.iter().all(|resource| may_have(resource) || is_for_us(resource)) {
        return Err(Reason::ResourceNotGranted);
    }
    if !requested.is_empty() {
        return Ok(requested.to_vec());
    }
    if grant.resources.is_empty() {
        return Ok(vec![issuer.to_owned()]);
    }
    let standing: Vec<String> = grant.resources.iter().filter(|resource| may_have(resource)).cloned().collect();
    if standing.is_empty() { Err(Reason::ResourceNotGranted) } else { Ok(standing) }
}
