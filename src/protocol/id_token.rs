//! ID tokens (OpenID Connect Core §2): that a person has signed in, told to one client.
//!
//! What the scopes bring belongs in userinfo and is here only for clients set so, or when asked for by the `claims`
//! parameter. Signing, and the hash that binds the access token, happen in `jose`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::access_token::{GrantSnapshot, random_jti};
use super::standard_claims::claims_of;
use super::token_policy::TokenContext;
use crate::base::{Draw, Scope};
use crate::model::authorization_request::ResponseType;
use crate::model::client::{Client, Profile};
use crate::model::key::SigningAlgorithm;

/// The claims of an ID token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// The issuer.
    pub iss: String,
    /// The person.
    pub sub: String,
    /// The client it is for, and no other.
    pub aud: String,
    /// The client that asked: the same.
    pub azp: String,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// When the person had signed in, in seconds since 1970. It is always there, so that nobody has to ask.
    pub auth_time: i64,
    /// The nonce of the authorization request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The authentication context reached, when one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// How the person had signed in (RFC 8176).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The other provider by whose word the person signed in, when the client asked for this claim (§5.5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idp: Option<String>,
    /// The hash of the access token beside it (§3.1.3.6): set when that has been signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// The hash of the code beside it (§3.3.2.11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c_hash: Option<String>,
    /// The hash of the `state` beside it (Financial-grade API Part 2 §5.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s_hash: Option<String>,
    /// The session (Front- and Back-Channel Logout).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Its own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// Claims about the person.
    #[serde(flatten)]
    pub person: Map<String, Value>,
}

/// An ID token that lacks its signature; its `typ` is `JWT`.
#[derive(Debug, Clone, PartialEq)]
pub struct UnsignedIdToken {
    /// What it says.
    pub claims: IdTokenClaims,
    /// How it is to be signed.
    pub alg: SigningAlgorithm,
}

impl UnsignedIdToken {
    /// The ID token that answers a code (§3.1.3.6), with the request's nonce.
    pub fn for_code(granted: GrantSnapshot<'_>, scope: &Scope, context: &TokenContext<'_>, draw: &mut Draw) -> Self {
        let mut token = Self::for_refresh(granted, scope, context, draw);
        token.claims.nonce.clone_from(&granted.grant.nonce);
        token
    }

    /// The ID token that comes through the browser (§3.2.2.10, §3.3.2.11). One without a code beside it is all that the
    /// client gets, so it brings what the scopes bring (§5.4).
    pub fn for_browser(
        granted: GrantSnapshot<'_>,
        kind: ResponseType,
        context: &TokenContext<'_>,
        draw: &mut Draw,
    ) -> Self {
        let scope = &granted.grant.scope;
        let mut token = Self::for_code(granted, scope, context, draw);
        if !kind.has_code() {
            let client = context.client;
            token.claims.person =
                claims_of(granted.account, scope, &granted.grant.claims.id_token, &client.metadata.scope);
        }
        token
    }

    /// The ID token that answers a refresh.
    // §12.2: iss, sub, aud, azp and auth_time are those of the first one, iat is new, and there is no nonce.
    pub fn for_refresh(granted: GrantSnapshot<'_>, scope: &Scope, context: &TokenContext<'_>, draw: &mut Draw) -> Self {
        let TokenContext { policy, client, now, .. } = context;
        let GrantSnapshot { grant, account } = granted;
        let brought = if client.metadata.doorward.claims_in_id_token { scope } else { &Scope::empty() };
        let claims = IdTokenClaims {
            iss: policy.issuer.as_str().to_owned(),
            sub: policy.subjects.of(client, &grant.account_id),
            aud: client.client_id.clone(),
            azp: client.client_id.clone(),
            exp: policy.id_token_end(*now).seconds(),
            iat: now.seconds(),
            auth_time: grant.auth_time.seconds(),
            nonce: None,
            acr: grant.acr.clone(),
            amr: grant.amr.clone(),
            idp: grant.idp.as_ref().filter(|_| grant.claims.id_token.contains_key("idp")).map(ToString::to_string),
            at_hash: None,
            c_hash: None,
            s_hash: None,
            sid: tells_session(client).then(|| grant.sid.as_str().to_owned()),
            jti: (!client.keeps(Profile::Fapi2)).then(|| random_jti(draw)),
            person: claims_of(account, brought, &grant.claims.id_token, &client.metadata.scope),
        };
        Self { claims, alg: client.metadata.id_token_signed_response_alg }
    }
}

/// Whether the client is told by what name it will hear of the session.
// FAPI 2.0 Security Profile is examined for ID tokens that say nothing that was not asked for; a client of it asks by
// registering where it is told of a logout.
fn tells_session(client: &Client) -> bool {
    let metadata = &client.metadata;
    !client.keeps(Profile::Fapi2)
        || metadata.backchannel_logout_uri.is_some()
        || metadata.frontchannel_logout_uri.is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::grant::fixtures::{ISSUER, NOW, World, draw};

    fn for_code(world: &World) -> IdTokenClaims {
        UnsignedIdToken::for_code(world.granted(), &world.grant.scope, &world.context(), &mut draw(1)).claims
    }

    #[test]
    fn jwt_01_an_id_token_says_this_and_nothing_else_about_the_person() {
        let mut world = World::with_scope("openid profile email");
        world.grant.acr = Some("1".to_owned());
        let claims = serde_json::to_value(for_code(&world)).unwrap();
        let expected = json!({
            "iss": ISSUER,
            "sub": world.account.id.as_str(),
            "aud": "app",
            "azp": "app",
            "exp": NOW.seconds() + 600,
            "iat": NOW.seconds(),
            "auth_time": NOW.seconds() - 100,
            "nonce": "n-0S6",
            "acr": "1",
            "amr": ["pwd"],
            "sid": world.grant.sid.as_str(),
            "jti": claims["jti"],
        });
        assert_eq!(claims, expected);
        assert_eq!(claims["jti"].as_str().unwrap().len(), 22);
    }

    #[test]
    fn fapi2_an_id_token_of_the_profile_names_itself_and_its_session_only_when_asked() {
        let mut world = World::with_scope("openid");
        world.client.metadata.doorward.profile = Some(Profile::Fapi2);
        assert_eq!((for_code(&world).sid, for_code(&world).jti), (None, None));
        world.client.metadata.backchannel_logout_uri = Some("https://app.example/out".to_owned());
        assert_eq!(for_code(&world).sid.as_deref(), Some(world.grant.sid.as_str()));
    }

    #[test]
    fn jwt_01_an_id_token_lives_an_hour_at_most() {
        let mut world = World::with_scope("openid");
        world.policy.id_token_seconds = 1_000_000;
        assert_eq!(for_code(&world).exp - for_code(&world).iat, 3_600);
    }

    #[test]
    fn aut_09_ref_01_oidc_core_12_2_a_refresh_keeps_who_and_when_and_has_no_nonce() {
        let world = World::with_scope("openid");
        let first = for_code(&world);
        let later = world.context_at(NOW.plus_seconds(77));
        let second = UnsignedIdToken::for_refresh(world.granted(), &world.grant.scope, &later, &mut draw(2)).claims;
        let kept = |claims: &IdTokenClaims| {
            let IdTokenClaims { iss, sub, aud, azp, auth_time, sid, .. } = claims.clone();
            (iss, sub, aud, azp, auth_time, sid)
        };
        assert_eq!(kept(&second), kept(&first));
        assert_eq!(second.iat, first.iat + 77);
        assert_eq!(second.nonce, None);
        assert_ne!(second.jti, first.jti);
    }

    #[test]
    fn jwt_14_claims_about_the_person_come_when_asked_for_or_when_the_client_is_set_so() {
        let mut world = World::with_scope("openid email");
        world.grant.claims = serde_json::from_value(json!({"id_token": {"name": null, "iss": null}})).unwrap();
        assert_eq!(Value::Object(for_code(&world).person), json!({"name": "Ada King"}));
        world.client.metadata.doorward.claims_in_id_token = true;
        let both = json!({"name": "Ada King", "email": "ada@example.com", "email_verified": true});
        assert_eq!(Value::Object(for_code(&world).person), both);
    }

    #[test]
    fn roles_and_groups_come_by_scope_to_clients_set_so() {
        let mut world = World::with_scope("openid roles groups");
        assert_eq!(Value::Object(for_code(&world).person), json!({}));
        world.client.metadata.doorward.claims_in_id_token = true;
        let both = json!({"roles": ["editor", "staff"], "groups": ["london"]});
        assert_eq!(Value::Object(for_code(&world).person), both);
        world.grant.scope = Scope::parse("openid groups").unwrap();
        assert_eq!(Value::Object(for_code(&world).person), json!({"groups": ["london"]}));
        world.account.groups = crate::base::Names::none();
        assert_eq!(Value::Object(for_code(&world).person), json!({}));
    }

    #[test]
    fn an_id_token_is_signed_as_the_client_is_registered_and_reads_back() {
        let mut world = World::with_scope("openid");
        world.client.metadata.id_token_signed_response_alg = SigningAlgorithm::EdDSA;
        let token = UnsignedIdToken::for_code(world.granted(), &world.grant.scope, &world.context(), &mut draw(1));
        assert_eq!(token.alg, SigningAlgorithm::EdDSA);
        let text = serde_json::to_string(&token.claims).unwrap();
        assert_eq!(serde_json::from_str::<IdTokenClaims>(&text).unwrap(), token.claims);
    }
}
