//! Introspection (RFC 7662): whether a token counts at this moment, told to those it concerns.
//!
//! Only confidential clients may ask. One learns of a token that was issued to it, or that is for it: its `client_id`
//! or one of its registered resources stands in `aud`. About any other token it hears what it would hear about a text
//! that is no token at all (RES-05).

use serde::Serialize;

use super::access_token::{AccessTokenClaims, AccessTokenSnapshot, Audience, GrantSnapshot};
use super::confirmation::token_type;
use super::reason::Reason;
use super::token_policy::TokenContext;
use crate::base::Scope;
use crate::model::authorization_details::AuthorizationDetails;
use crate::model::client::Client;
use crate::model::grant::{Confirmation, RefreshToken};
use crate::model::key::SigningAlgorithm;

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
    /// What exactly it allows (RFC 9396 §9.2).
    #[serde(skip_serializing_if = "AuthorizationDetails::is_empty")]
    pub authorization_details: AuthorizationDetails,
    /// The client it was issued to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// `Bearer` or `DPoP`, for access tokens.
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
    /// Who acts for the person (RFC 8693 §4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<serde_json::Value>,
    /// What whoever brings it must prove (RFC 9449 §6.2, RFC 8705 §3.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
}

/// The media type of an answer as a JWT (RFC 9701 §5).
pub const INTROSPECTION_JWT: &str = "application/token-introspection+jwt";

/// An answer as a JWT that lacks its signature (RFC 9701 §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedIntrospection<'a> {
    /// Who answers.
    pub iss: &'a str,
    /// Who asked, and nobody else.
    pub aud: &'a str,
    /// When, in seconds since 1970.
    pub iat: i64,
    /// What was told.
    pub token_introspection: &'a Introspection,
}

/// `told` as a JWT, and how it is to be signed, for a client that is registered for JWTs or asks for one by `accepted`,
/// the `Accept` field of its request (RFC 9701 §4).
pub fn signed_introspection<'a>(
    told: &'a Introspection,
    context: &TokenContext<'a>,
    accepted: &str,
) -> Option<(SignedIntrospection<'a>, SigningAlgorithm)> {
    let metadata = &context.client.metadata;
    let asks =
        accepted.split(',').any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == INTROSPECTION_JWT));
    // RFC 9701 §6: RS256 where nothing else is registered.
    let usual = (asks || metadata.introspection_encrypted_response_alg.is_some()).then_some(SigningAlgorithm::RS256);
    let alg = metadata.introspection_signed_response_alg.or(usual)?;
    let claims = SignedIntrospection {
        iss: context.policy.issuer.as_str(),
        aud: &context.client.client_id,
        iat: context.now.seconds(),
        token_introspection: told,
    };
    Some((claims, alg))
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
        authorization_details: claims.authorization_details.clone(),
        client_id: Some(claims.client_id.clone()),
        token_type: Some(token_type(claims.cnf.as_ref())),
        cnf: claims.cnf.clone(),
        exp: Some(claims.exp),
        iat: Some(claims.iat),
        sub: Some(claims.sub.clone()),
        aud: Some(claims.aud.clone()),
        iss: Some(claims.iss.clone()),
        jti: Some(claims.jti.clone()),
        auth_time: claims.auth_time,
        acr: claims.acr.clone(),
        act: claims.act.clone(),
    })
}

/// Whether the token was issued to the client, or is for it.
pub(super) fn concerns(client: &Client, claims: &AccessTokenClaims) -> bool {
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
        authorization_details: grant.authorization_details.clone(),
        client_id: Some(grant.client_id.clone()),
        exp: Some(end.seconds()),
        iat: Some(token.created_at.seconds()),
        sub: Some(context.policy.subjects.of(context.client, &grant.account_id)),
        iss: Some(context.policy.issuer.as_str().to_owned()),
        auth_time: Some(grant.auth_time.seconds()),
        acr: grant.acr.clone(),
        ..Introspection::default()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::base::Digest;
    use crate::model::client::AuthMethod;
    use crate::protocol::grant::fixtures::{API, ISSUER, NOW, World, client, scope};

    fn answer(world: &World, asking: &Client, token: &Introspected<'_>) -> Value {
        serde_json::to_value(introspect(token, &world.context_of(asking, NOW)).unwrap()).unwrap()
    }

    fn about_access(world: &World, asking: &Client, claims: &AccessTokenClaims) -> Value {
        answer(world, asking, &Introspected::AccessToken { claims, snapshot: world.token_snapshot() })
    }

    fn about_refresh(world: &World, asking: &Client, token: &RefreshToken) -> Value {
        answer(world, asking, &Introspected::RefreshToken { token, granted: world.granted() })
    }

    fn refresh_token(world: &World) -> RefreshToken {
        RefreshToken {
            digest: Digest::of("x"),
            grant_id: world.grant.id.clone(),
            created_at: NOW.plus_seconds(-5),
            idle_expires_at: NOW.plus_seconds(20_000),
            rotated_at: None,
            successor: None,
            successor_rotated_at: None,
        }
    }

    fn stranger() -> Client {
        let mut stranger = client("stranger");
        stranger.metadata.doorward.resources = vec!["https://elsewhere.example".to_owned()];
        stranger
    }

    #[test]
    fn rfc7662_2_2_a_client_hears_all_about_a_live_access_token_of_its_own() {
        // RFC 9470 §6.2: when and how the person signed in.
        let world = World::with_scope("openid email");
        let token = world.access_token();
        let expected = json!({
            "active": true,
            "scope": "openid email",
            "client_id": "app",
            "token_type": "Bearer",
            "exp": token.exp,
            "iat": token.iat,
            "sub": world.account.id.as_str(),
            "aud": ISSUER,
            "iss": ISSUER,
            "jti": token.jti,
            "auth_time": NOW.seconds() - 100,
        });
        assert_eq!(about_access(&world, &world.client, &token), expected);
        assert_eq!(about_access(&world, &world.client, &world.machine_token())["sub"], json!("app"));
    }

    #[test]
    fn rfc7662_2_2_a_client_hears_about_a_live_refresh_token_of_its_own() {
        let world = World::with_scope("openid offline_access");
        let expected = json!({
            "active": true,
            "scope": "openid offline_access",
            "client_id": "app",
            "exp": NOW.seconds() + 10_000,
            "iat": NOW.seconds() - 5,
            "sub": world.account.id.as_str(),
            "iss": ISSUER,
            "auth_time": NOW.seconds() - 100,
        });
        assert_eq!(about_refresh(&world, &world.client, &refresh_token(&world)), expected);
    }

    #[test]
    fn res_04_only_a_confidential_client_may_ask_and_the_unknown_is_exactly_inactive() {
        let world = World::with_scope("openid");
        let mut public = client("app");
        public.metadata.token_endpoint_auth_method = AuthMethod::None;
        let refused = introspect(&Introspected::Unknown, &world.context_of(&public, NOW)).unwrap_err();
        assert_eq!((refused, refused.status()), (Reason::ConfidentialClientRequired, 401));
        assert_eq!(answer(&world, &world.client, &Introspected::Unknown), json!({"active": false}));
    }

    #[test]
    fn res_05_a_client_learns_only_of_tokens_issued_to_it_or_meant_for_it() {
        let world = World::with_scope("openid");
        let inactive = json!({"active": false});
        assert_eq!(about_access(&world, &stranger(), &world.access_token()), inactive);
        assert_eq!(about_refresh(&world, &stranger(), &refresh_token(&world)), inactive);

        let for_api = world.access_token_for(&[API, "https://b.example"]);
        assert_eq!(about_access(&world, &stranger(), &for_api), inactive);
        assert_eq!(about_access(&world, &client("the api"), &for_api)["active"], json!(true));
        let by_name = world.access_token_for(&["stranger"]);
        assert_eq!(about_access(&world, &stranger(), &by_name)["client_id"], json!("app"));
    }

    #[test]
    fn res_07_what_is_dead_is_exactly_inactive() {
        let inactive = json!({"active": false});
        let deaths: [fn(&mut World); 4] = [
            |world| world.grant.revoked_at = Some(NOW),
            |world| world.grant.expires_at = NOW,
            |world| world.account.disabled_at = Some(NOW),
            |world| world.account.email_verified_at = None,
        ];
        for death in deaths {
            let mut world = World::with_scope("openid");
            let token = world.access_token();
            death(&mut world);
            assert_eq!(about_access(&world, &world.client, &token), inactive);
            assert_eq!(about_refresh(&world, &world.client, &refresh_token(&world)), inactive);
        }
        let world = World::with_scope("openid");
        let expired = AccessTokenClaims { exp: NOW.seconds(), scope: scope("openid"), ..world.access_token() };
        assert_eq!(about_access(&world, &world.client, &expired), inactive);
        let used = RefreshToken { rotated_at: Some(NOW), ..refresh_token(&world) };
        let idle = RefreshToken { idle_expires_at: NOW, ..refresh_token(&world) };
        assert_eq!(about_refresh(&world, &world.client, &used), inactive);
        assert_eq!(about_refresh(&world, &world.client, &idle), inactive);
    }
}
