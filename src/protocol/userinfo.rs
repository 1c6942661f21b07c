//! Userinfo (OpenID Connect Core §5.3): what the person lets this client know.

use serde_json::{Map, Value};

use super::access_token::{AccessTokenClaims, AccessTokenSnapshot, GrantSnapshot, Subject};
use super::reason::Reason;
use super::scope_policy::OPENID;
use super::standard_claims::claims_of;
use crate::base::{Issuer, Scope, Timestamp};
use crate::model::client::Client;
use crate::model::key::SigningAlgorithm;

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Userinfo {
    /// As JSON.
    Json(Map<String, Value>),
    /// As a JWT that lacks its signature; its `typ` is `JWT` and its content type `application/jwt`.
    Jwt {
        /// What it says.
        claims: Map<String, Value>,
        /// How it is to be signed.
        alg: SigningAlgorithm,
    },
}

/// A token that opens resources of ours: for whom it speaks, through whom, and what it allows.
#[derive(Debug, Clone)]
pub struct Opened<'a> {
    /// What was granted, by whom.
    pub granted: GrantSnapshot<'a>,
    /// The client that holds the token.
    pub client: &'a Client,
    /// What the token still allows.
    pub scope: Scope,
    /// The person as the client knows them.
    pub subject: String,
}

impl Opened<'_> {
    /// What the person lets the holder know about them.
    pub fn claims(&self) -> Map<String, Value> {
        let GrantSnapshot { grant, account } = self.granted;
        let mut claims = claims_of(account, &self.scope, &grant.claims.userinfo, &self.client.metadata.scope);
        claims.insert("sub".to_owned(), self.subject.as_str().into());
        claims
    }
}

/// Whether a verified access token opens what we tell about a person.
///
/// The token must be for us: one that was asked for with a `resource` (RFC 8707) is for that resource and opens nothing
/// here.
pub fn open<'a>(
    token: &AccessTokenClaims,
    snapshot: &AccessTokenSnapshot<'a>,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<Opened<'a>, Reason> {
    let opened = open_any(token, snapshot, issuer, now)?;
    if opened.scope.contains(OPENID) { Ok(opened) } else { Err(Reason::ScopeInsufficient) }
}

/// The same for a resource that asks for a scope of its own.
pub fn open_any<'a>(
    token: &AccessTokenClaims,
    snapshot: &AccessTokenSnapshot<'a>,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<Opened<'a>, Reason> {
    let (granted, client) = match token.check(snapshot, issuer, now)? {
        Subject::Person { granted, client } => (granted, client),
        Subject::Client(_) => return Err(Reason::TokenWithoutPerson),
    };
    if !token.aud.includes(issuer.as_str()) {
        return Err(Reason::TokenForAnother);
    }
    // RES-09, and nothing that the grant does not hold any more.
    let scope = token.scope.intersection(&granted.grant.scope);
    Ok(Opened { granted, client, scope, subject: token.sub.clone() })
}

/// What a verified access token lets its holder know.
pub fn userinfo(
    token: &AccessTokenClaims,
    snapshot: &AccessTokenSnapshot<'_>,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<Userinfo, Reason> {
    let opened = open(token, snapshot, issuer, now)?;
    let (mut claims, client) = (opened.claims(), opened.client);
    let metadata = &client.metadata;
    // What is encrypted is signed as well, by the algorithm of ID tokens where no other is registered: encryption to a
    // public key says nothing about who wrote it.
    let encrypted = metadata.userinfo_encrypted_response_alg.map(|_| metadata.id_token_signed_response_alg);
    Ok(match metadata.userinfo_signed_response_alg.or(encrypted) {
        None => Userinfo::Json(claims),
        Some(alg) => {
            // §5.3.2: the signed form says from whom and for whom it is.
            claims.insert("iss".to_owned(), issuer.as_str().into());
            claims.insert("aud".to_owned(), client.client_id.as_str().into());
            Userinfo::Jwt { claims, alg }
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::Scope;
    use crate::protocol::grant::fixtures::{API, ISSUER, NOW, World, scope};

    fn ask(world: &World, token: &AccessTokenClaims) -> Result<Userinfo, Reason> {
        userinfo(token, &world.token_snapshot(), &world.policy.issuer, NOW)
    }

    fn told(world: &World, token: &AccessTokenClaims) -> Value {
        match ask(world, token).unwrap() {
            Userinfo::Json(claims) | Userinfo::Jwt { claims, .. } => Value::Object(claims),
        }
    }

    #[test]
    fn res_03_claims_follow_the_scope_and_sub_is_the_id_tokens() {
        let world = World::with_scope("openid email");
        let expected = json!({"sub": world.account.id.as_str(), "email": "ada@example.com", "email_verified": true});
        assert_eq!(told(&world, &world.access_token()), expected);
        let full = World::with_scope("openid profile email address phone");
        assert_eq!(told(&full, &full.access_token()).as_object().unwrap().len(), 1 + 14 + 2 + 1 + 2);
    }

    #[test]
    fn oidc_core_5_5_an_essential_name_is_honoured() {
        let mut world = World::with_scope("openid");
        world.grant.claims = serde_json::from_value(json!({"userinfo": {"name": {"essential": true}}})).unwrap();
        let expected = json!({"sub": world.account.id.as_str(), "name": "Ada King"});
        assert_eq!(told(&world, &world.access_token()), expected);
    }

    #[test]
    fn ref_06_a_narrowed_token_tells_less_and_a_token_never_more_than_its_grant() {
        let world = World::with_scope("openid email");
        let only_openid = AccessTokenClaims { scope: scope("openid"), ..world.access_token() };
        assert_eq!(told(&world, &only_openid), json!({"sub": world.account.id.as_str()}));
        let more = AccessTokenClaims { scope: scope("openid profile"), ..world.access_token() };
        assert_eq!(told(&world, &more), json!({"sub": world.account.id.as_str()}));
    }

    #[test]
    fn oidc_core_5_3_2_the_signed_form_says_from_whom_and_for_whom() {
        let mut world = World::with_scope("openid");
        world.client.metadata.userinfo_signed_response_alg = Some(SigningAlgorithm::ES256);
        let Userinfo::Jwt { claims, alg } = ask(&world, &world.access_token()).unwrap() else { panic!("not signed") };
        assert_eq!(alg, SigningAlgorithm::ES256);
        assert_eq!(Value::Object(claims), json!({"iss": ISSUER, "aud": "app", "sub": world.account.id.as_str()}));
    }

    #[test]
    fn res_09_userinfo_needs_openid_and_a_person() {
        let world = World::with_scope("openid email");
        assert_eq!(ask(&world, &world.machine_token()), Err(Reason::TokenWithoutPerson));
        for without in [scope("email"), Scope::empty()] {
            let token = AccessTokenClaims { scope: without, ..world.access_token() };
            assert_eq!(ask(&world, &token), Err(Reason::ScopeInsufficient));
        }
    }

    #[test]
    fn api_03_a_token_for_another_resource_opens_nothing_here() {
        let world = World::with_scope("openid");
        assert_eq!(ask(&world, &world.access_token_for(&[API])), Err(Reason::TokenForAnother));
        assert!(ask(&world, &world.access_token_for(&[API, ISSUER])).is_ok());
    }

    #[test]
    fn res_10_a_disabled_persons_token_is_dead() {
        let mut world = World::with_scope("openid");
        let token = world.access_token();
        world.account.disabled_at = Some(NOW);
        assert_eq!(ask(&world, &token), Err(Reason::TokenAccountClosed));
    }

    #[test]
    fn res_07_cod_02_a_token_whose_grant_was_revoked_is_dead() {
        let mut world = World::with_scope("openid");
        let token = world.access_token();
        world.grant.revoked_at = Some(NOW);
        assert_eq!(ask(&world, &token), Err(Reason::TokenRevoked));
    }
}
