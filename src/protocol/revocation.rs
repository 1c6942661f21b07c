//! Revocation (RFC 7009): a client ends a token of its own.
//!
//! A refresh token takes its whole grant with it, access tokens included; an access token ends alone. What kind a token
//! is can be seen from the token, so `token_type_hint` is not read.

use super::access_token::AccessTokenClaims;
use super::reason::Reason;
use super::token_policy::TokenContext;
use crate::base::Timestamp;
use crate::model::audit::AuditAction;
use crate::model::grant::{Grant, RevokeAccessToken, RevokeGrant};

/// What the `token` parameter turned out to be.
#[derive(Debug, Clone, Copy)]
pub enum Revocable<'a> {
    /// A refresh token that was found, live or not, by the grant it lives on.
    RefreshToken(&'a Grant),
    /// An access token of ours, its signature verified.
    AccessToken(&'a AccessTokenClaims),
    /// Anything else.
    Unknown,
}

/// What follows. In each case the answer is 200 without a body.
#[derive(Debug, Clone, PartialEq)]
pub enum Revocation {
    /// There is nothing to end (RFC 7009 §2.2: an unknown token is no error).
    Nothing,
    /// The grant ends.
    Grant(RevokeGrant),
    /// The access token ends.
    AccessToken(RevokeAccessToken),
}

/// Ends `token` for the client of `context`.
pub fn revoke(token: &Revocable<'_>, context: &TokenContext<'_>) -> Result<Revocation, Reason> {
    // RFC 7009 §2.1: the token of another client is refused, and the client is told so.
    match token {
        Revocable::Unknown => Ok(Revocation::Nothing),
        Revocable::RefreshToken(grant) if grant.client_id != context.client.client_id => {
            Err(Reason::TokenOfAnotherClient)
        }
        Revocable::AccessToken(claims) if claims.client_id != context.client.client_id => {
            Err(Reason::TokenOfAnotherClient)
        }
        Revocable::RefreshToken(grant) if grant.revoked_at.is_some() => Ok(Revocation::Nothing),
        Revocable::RefreshToken(grant) => Ok(Revocation::Grant(context.revoke(grant, AuditAction::Revoked))),
        Revocable::AccessToken(claims) => Ok(revoke_access_token(claims, context)),
    }
}

fn revoke_access_token(claims: &AccessTokenClaims, context: &TokenContext<'_>) -> Revocation {
    let expires_at = Timestamp::from_seconds(claims.exp);
    if context.now >= expires_at {
        return Revocation::Nothing;
    }
    let mut audit = context.event(AuditAction::Revoked, claims.sub.parse().ok().as_ref());
    audit.detail.insert("jti".to_owned(), claims.jti.as_str().into());
    Revocation::AccessToken(RevokeAccessToken { jti: claims.jti.clone(), expires_at, audit })
}
