//! Refreshing (RFC 6749 §6, OpenID Connect Core §12): each refresh token works once and is replaced (RFC 9700 §4.14).
//!
//! The successor of a token follows from the token and a key, so a client that lost the answer and asks again within
//! the grace gets the very same successor without a write, and of parallel requests all get the same: the chain cannot
//! fork. Any other use of a token that was replaced ends the grant.
//!
//! Tokens of clients that keep FAPI 2.0 are bound to the client's keys and are not replaced: they live on.

use super::{audience_of, check_registered, check_standing, requested_resources};
use crate::base::{Digest, Draw, OpaqueToken, Scope, TokenKind};
use crate::model::audit::AuditAction;
use crate::model::client::{GrantType, Profile};
use crate::model::grant::{KeepRefreshToken, RefreshToken, RevokeGrant, RotateRefreshToken};
use crate::protocol::access_token::{GrantSnapshot, UnsignedAccessToken};
use crate::protocol::authorization_details::Wanted;
use crate::protocol::confirmation;
use crate::protocol::id_token::UnsignedIdToken;
use crate::protocol::params::Parameters;
use crate::protocol::reason::Reason;
use crate::protocol::scope_policy::{OFFLINE_ACCESS, OPENID, permitted};
use crate::protocol::token_policy::TokenContext;
use crate::protocol::token_response::TokenIssue;

/// A token request by refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshRequest {
    token: OpaqueToken,
    successor: OpaqueToken,
    scope: Option<Scope>,
    resources: Vec<String>,
    details: Wanted,
}

impl RefreshRequest {
    /// Reads the form. `successor_key` is the server's own secret, the same on every replica and over restarts.
    pub fn parse(form: &Parameters, successor_key: &[u8]) -> Result<Self, Reason> {
        let token = form.require("refresh_token")?;
        let token = OpaqueToken::parse(TokenKind::RefreshToken, token).ok_or(Reason::RefreshUnknown)?;
        let scope = form.get("scope").map(Scope::parse).transpose().map_err(|_| Reason::ScopeMalformed)?;
        Ok(Self {
            successor: OpaqueToken::derive(TokenKind::RefreshToken, successor_key, &token),
            token,
            scope: scope.filter(|scope| !scope.is_empty()),
            resources: requested_resources(form),
            details: Wanted::parse(form)?,
        })
    }

    /// Under which digest the token is to be looked up.
    pub fn token(&self) -> Digest {
        self.token.digest()
    }
}

/// The token that was found and what it lives on.
#[derive(Debug, Clone, Copy)]
pub struct RefreshSnapshot<'a> {
    /// The token.
    pub token: &'a RefreshToken,
    /// Its grant and person.
    pub granted: GrantSnapshot<'a>,
}

/// What follows from a refresh. (A plain refusal, which writes nothing, is an `Err` beside it.)
#[derive(Debug, Clone)]
pub enum RefreshDecision {
    /// The token is the live one. If the write finds that another request rotated it first, the token is to be loaded
    /// and decided on again: within the grace that gives [`RefreshDecision::Repeat`].
    Rotate(Box<Rotation>),
    /// The token is the live one and stays it. If the write finds otherwise, the token is to be loaded and decided on
    /// again.
    Keep(Box<Kept>),
    /// The token was replaced a moment ago and the successor is unused: the answer is given again, nothing is written.
    Repeat(Box<TokenIssue>),
    /// The token was replaced before: the grant ends, and the answer is [`Reason::RefreshReplayed`].
    Replayed(RevokeGrant),
}

/// A rotation that may go ahead.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// The write.
    pub write: RotateRefreshToken,
    /// What is issued.
    pub issue: TokenIssue,
}

/// A refresh token that may live on.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The write.
    pub write: KeepRefreshToken,
    /// What is issued.
    pub issue: TokenIssue,
}

/// Decides on a refresh by the client of `context`.
pub fn refresh(
    request: &RefreshRequest,
    snapshot: Option<RefreshSnapshot<'_>>,
    context: &TokenContext<'_>,
    draw: &mut Draw,
) -> Result<RefreshDecision, Reason> {
    check_registered(context.client, GrantType::RefreshToken)?;
    let RefreshSnapshot { token, granted } = snapshot.ok_or(Reason::RefreshUnknown)?;
    if granted.grant.client_id != context.client.client_id {
        return Err(Reason::RefreshOfAnotherClient);
    }
    if granted.grant.revoked_at.is_some() {
        return Err(Reason::GrantRevoked);
    }
    confirmation::check_refresh(granted.grant, context.confirmation)?;
    if token.rotated_at.is_some() && !is_repetition(request, token, context) {
        return Ok(RefreshDecision::Replayed(context.revoke(granted.grant, AuditAction::RefreshReplayed)));
    }
    if token.rotated_at.is_none() && context.now >= token.idle_expires_at {
        return Err(Reason::RefreshExpired);
    }
    check_standing(granted, context.now)?;
    let issue = issue(request, granted, context, draw)?;
    Ok(if token.rotated_at.is_some() {
        RefreshDecision::Repeat(Box::new(issue))
    } else if context.client.keeps(Profile::Fapi2) {
        // FAPI 2.0 Security Profile §5.3.2.1: no rotation, so that a lost answer loses nothing.
        let issue = TokenIssue { refresh_token: Some(request.token.clone()), ..issue };
        let idle_expires_at = context.policy.refresh_token_end(granted.grant, context.now);
        let write = KeepRefreshToken { presented: request.token.digest(), idle_expires_at };
        RefreshDecision::Keep(Box::new(Kept { write, issue }))
    } else {
        RefreshDecision::Rotate(Box::new(Rotation { write: rotation(request, granted, context), issue }))
    })
}

/// REF-04: whether a token that was replaced is being presented by a client that may have lost the answer.
fn is_repetition(request: &RefreshRequest, token: &RefreshToken, context: &TokenContext<'_>) -> bool {
    token.rotated_at.is_some_and(|moment| context.policy.is_within_grace(moment, context.now))
        && token.successor_rotated_at.is_none()
        && token.successor.as_ref() == Some(&request.successor.digest())
}

fn rotation(request: &RefreshRequest, granted: GrantSnapshot<'_>, context: &TokenContext<'_>) -> RotateRefreshToken {
    let TokenContext { policy, now, .. } = context;
    RotateRefreshToken {
        presented: request.token.digest(),
        successor: RefreshToken {
            digest: request.successor.digest(),
            grant_id: granted.grant.id.clone(),
            created_at: *now,
            idle_expires_at: policy.refresh_token_end(granted.grant, *now),
            rotated_at: None,
            successor: None,
            successor_rotated_at: None,
        },
        now: *now,
    }
}

// RFC 6749 §6: a narrower scope holds for this access token; the refresh token keeps what was granted.
fn issue(
    request: &RefreshRequest,
    granted: GrantSnapshot<'_>,
    context: &TokenContext<'_>,
    draw: &mut Draw,
) -> Result<TokenIssue, Reason> {
    // REF-12: what the client may still have of it.
    let standing = permitted(&granted.grant.scope, context.client);
    if !standing.contains(OFFLINE_ACCESS) {
        return Err(Reason::GrantRevoked);
    }
    let scope = match &request.scope {
        Some(asked) if standing.covers(asked) => asked.clone(),
        Some(_) => return Err(Reason::ScopeWidened),
        None => standing,
    };
    let audience = audience_of(granted.grant, &request.resources, context)?;
    let details = request.details.of(&granted.grant.authorization_details, context.client)?;
    let id_token = scope.contains(OPENID).then(|| UnsignedIdToken::for_refresh(granted, &scope, context, draw));
    let mut access_token = UnsignedAccessToken::for_person(granted, scope, audience, context, draw);
    access_token.claims.authorization_details = details;
    Ok(TokenIssue { access_token, id_token, refresh_token: Some(request.successor.clone()) })
}

#[cfg(test)]
mod tests;
