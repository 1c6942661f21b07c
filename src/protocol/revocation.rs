//! Revocation (RFC 7009): a client ends a token of its own.
//!
//! A refresh token takes its whole grant with it, access tokens included; an access token ends alone. What kind a token
//! is can be seen from the token, so `token_type_hint` is not read.

use super::access_token::AccessTokenClaims;
use super::reason::Reason;
use super::token_policy::TokenContext;
use crate::base::{AccountId, Timestamp};
use crate::model::audit::AuditAction;
use crate::model::grant::{Grant, RevokeAccessToken, RevokeGrant};

/// What the `token` parameter turned out to be.
#[derive(Debug, Clone, Copy)]
pub enum Revocable<'a> {
    /// A refresh token that was found, live or not, by the grant it lives on.
    RefreshToken(&'a Grant),
    /// An access token of ours, its signature verified, and the person it speaks for. Its `sub` may be pairwise, so it
    /// does not say who that is.
    AccessToken(&'a AccessTokenClaims, Option<&'a AccountId>),
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
        Revocable::AccessToken(claims, _) if claims.client_id != context.client.client_id => {
            Err(Reason::TokenOfAnotherClient)
        }
        Revocable::RefreshToken(grant) if grant.revoked_at.is_some() => Ok(Revocation::Nothing),
        Revocable::RefreshToken(grant) => Ok(Revocation::Grant(context.revoke(grant, AuditAction::Revoked))),
        Revocable::AccessToken(claims, person) => Ok(revoke_access_token(claims, *person, context)),
    }
}

fn revoke_access_token(
    claims: &AccessTokenClaims,
    person: Option<&AccountId>,
    context: &TokenContext<'_>,
) -> Revocation {
    let expires_at = Timestamp::from_seconds(claims.exp);
    if context.now >= expires_at {
        return Revocation::Nothing;
    }
    let mut audit = context.event(AuditAction::Revoked, person);
    audit.detail.insert("jti".to_owned(), claims.jti.as_str().into());
    Revocation::AccessToken(RevokeAccessToken { jti: claims.jti.clone(), expires_at, audit })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::grant::fixtures::{NOW, World, client};

    #[test]
    fn res_06_a_refresh_token_takes_its_whole_grant_with_it() {
        let world = World::with_scope("openid offline_access");
        let Ok(Revocation::Grant(ended)) = revoke(&Revocable::RefreshToken(&world.grant), &world.context()) else {
            panic!("the grant goes on")
        };
        assert_eq!((ended.grant_id, ended.now), (world.grant.id.clone(), NOW));
        assert_eq!((ended.audit.action, ended.audit.account), (AuditAction::Revoked, Some(world.account.id.clone())));
    }

    #[test]
    fn res_06_an_access_token_ends_alone_and_is_remembered_until_it_would_have_ended() {
        let world = World::with_scope("openid");
        for (token, person) in [(world.access_token(), Some(&world.account.id)), (world.machine_token(), None)] {
            let revocable = Revocable::AccessToken(&token, person);
            let Ok(Revocation::AccessToken(ended)) = revoke(&revocable, &world.context()) else {
                panic!("the token goes on")
            };
            assert_eq!((&ended.jti, ended.expires_at.seconds()), (&token.jti, token.exp));
            assert_eq!(ended.audit.account.as_ref(), person);
        }
    }

    #[test]
    fn res_06_what_is_unknown_or_ended_before_is_no_error() {
        // RFC 7009 §2.2: an unknown token is no error.
        let mut world = World::with_scope("openid");
        let token = world.access_token();
        let late = world.context_at(NOW.plus_seconds(600));
        assert_eq!(revoke(&Revocable::AccessToken(&token, None), &late), Ok(Revocation::Nothing));
        assert_eq!(revoke(&Revocable::Unknown, &world.context()), Ok(Revocation::Nothing));
        world.grant.revoked_at = Some(NOW);
        assert_eq!(revoke(&Revocable::RefreshToken(&world.grant), &world.context()), Ok(Revocation::Nothing));
    }

    #[test]
    fn rfc7009_2_1_the_token_of_another_client_is_refused() {
        let world = World::with_scope("openid");
        let (stranger, token) = (client("stranger"), world.access_token());
        let context = world.context_of(&stranger, NOW);
        for own in [Revocable::RefreshToken(&world.grant), Revocable::AccessToken(&token, None)] {
            let refused = revoke(&own, &context).unwrap_err();
            assert_eq!(refused, Reason::TokenOfAnotherClient);
            assert_eq!((refused.status(), refused.code().as_str()), (400, "invalid_grant"));
        }
    }
}
