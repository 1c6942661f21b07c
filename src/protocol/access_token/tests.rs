//! What access tokens say, and when they cease to count.

use serde_json::json;

use super::*;
use crate::protocol::grant::fixtures::{API, ISSUER, NOW, World, client, draw, scope};

fn check(world: &World, claims: &AccessTokenClaims, now: Timestamp) -> Result<bool, Reason> {
    let subject = claims.check(&world.token_snapshot(), &world.policy.issuer, now)?;
    Ok(matches!(subject, Subject::Person { .. }))
}

#[test]
fn jwt_03_rfc9068_2_2_an_access_token_says_this_and_nothing_about_the_person() {
    // RFC 9068 §2.2.1: auth_time, acr and amr.
    let mut world = World::with_scope("openid email reports:read");
    world.grant.acr = Some("1".to_owned());
    let claims = serde_json::to_value(world.access_token()).unwrap();
    let jti = claims["jti"].as_str().unwrap();
    assert_eq!(jti.len(), 36 + 1 + 22);
    let expected = json!({
        "iss": ISSUER,
        "exp": NOW.seconds() + 600,
        "aud": ISSUER,
        "sub": world.account.id.as_str(),
        "client_id": "app",
        "iat": NOW.seconds(),
        "jti": format!("{}.{}", world.grant.id, &jti[37..]),
        "scope": "openid email reports:read",
        "auth_time": NOW.seconds() - 100,
        "acr": "1",
        "amr": ["pwd"],
    });
    assert_eq!(claims, expected);
}

#[test]
fn jwt_03_a_token_for_resources_is_for_them_and_never_for_the_client() {
    // RFC 7519 §4.1.3: one audience, or several.
    let world = World::with_scope("openid");
    assert_eq!(world.access_token_for(&[API]).aud, Audience::One(API.to_owned()));
    let several = world.access_token_for(&[API, "https://b.example"]);
    assert_eq!(serde_json::to_value(&several).unwrap()["aud"], json!([API, "https://b.example"]));
    assert!(several.aud.includes(API) && !several.aud.includes("app"));
}

#[test]
fn tok_08_a_life_is_at_most_an_hour_and_never_longer_than_the_grants() {
    let mut world = World::with_scope("openid");
    let life = |world: &World| world.access_token().exp - world.access_token().iat;
    world.client.metadata.doorward.access_token_seconds = Some(30);
    assert_eq!(life(&world), 30);
    world.client.metadata.doorward.access_token_seconds = Some(86_400);
    assert_eq!(life(&world), 3_600);
    world.client.metadata.doorward.access_token_seconds = Some(-5);
    assert_eq!(life(&world), 1);
    world.client.metadata.doorward.access_token_seconds = None;
    world.grant.expires_at = NOW.plus_seconds(7);
    assert_eq!(life(&world), 7);
}

#[test]
fn a_client_may_have_an_algorithm_of_its_own() {
    let mut world = World::with_scope("openid");
    let alg = |world: &World| {
        UnsignedAccessToken::for_client(scope(""), vec![API.to_owned()], &world.context(), &mut draw(1)).alg
    };
    assert_eq!(alg(&world), SigningAlgorithm::ES256);
    world.client.metadata.doorward.access_token_alg = Some(SigningAlgorithm::EdDSA);
    assert_eq!(alg(&world), SigningAlgorithm::EdDSA);
}

#[test]
fn cli_13_the_sub_of_a_client_cannot_be_taken_for_a_person() {
    // RFC 9700 §4.15: the subject of a client is no person's.
    let world = World::with_scope("openid");
    assert_eq!(client_subject(&client("billing-job")), "billing-job");
    let impostor = client(world.account.id.as_str());
    assert_eq!(client_subject(&impostor), format!("client:{}", world.account.id));
    assert!(client_subject(&impostor).parse::<AccountId>().is_err());
}

#[test]
fn what_a_token_rests_on_is_read_from_its_name() {
    let world = World::with_scope("openid");
    assert_eq!(world.access_token().rests_on(), Ok(RestsOn::Grant(world.grant.id.clone())));
    assert_eq!(world.machine_token().rests_on(), Ok(RestsOn::Client));
    for odd in ["", "cc", "CC.x", "x.y", ".", &world.grant.id.to_string()] {
        let claims = AccessTokenClaims { jti: odd.to_owned(), ..world.machine_token() };
        assert_eq!(claims.rests_on(), Err(Reason::TokenMalformed), "{odd}");
    }
}

#[test]
fn jwt_04_an_id_token_is_not_read_as_an_access_token() {
    let world = World::with_scope("openid");
    let (context, granted) = (world.context(), world.granted());
    let id_token =
        crate::protocol::id_token::UnsignedIdToken::for_code(granted, &world.grant.scope, &context, &mut draw(1));
    let text = serde_json::to_string(&id_token.claims).unwrap();
    assert!(serde_json::from_str::<AccessTokenClaims>(&text).is_err());
}

#[test]
fn an_access_token_reads_back_as_it_was_written() {
    let world = World::with_scope("openid email");
    for claims in [world.access_token(), world.machine_token(), world.access_token_for(&["a:b", "c:d"])] {
        let text = serde_json::to_string(&claims).unwrap();
        assert_eq!(serde_json::from_str::<AccessTokenClaims>(&text).unwrap(), claims);
    }
}

#[test]
fn res_07_a_token_counts_as_long_as_everything_it_rests_on_does() {
    let world = World::with_scope("openid");
    let token = world.access_token();
    assert_eq!(check(&world, &token, NOW), Ok(true));
    assert_eq!(check(&world, &world.machine_token(), NOW), Ok(false));
    assert_eq!(check(&world, &token, NOW.plus_seconds(599)), Ok(true));
    assert_eq!(check(&world, &token, NOW.plus_seconds(600)), Err(Reason::TokenExpired));

    let foreign = AccessTokenClaims { iss: "https://other.example".to_owned(), ..token.clone() };
    assert_eq!(check(&world, &foreign, NOW), Err(Reason::TokenMalformed));
    let revoked = AccessTokenSnapshot { is_revoked: true, ..world.token_snapshot() };
    assert_eq!(token.check(&revoked, &world.policy.issuer, NOW).unwrap_err(), Reason::TokenRevoked);
    let nothing = AccessTokenSnapshot { grant: None, ..world.token_snapshot() };
    assert_eq!(token.check(&nothing, &world.policy.issuer, NOW).unwrap_err(), Reason::TokenRevoked);
}

#[test]
fn res_07_ref_02_a_token_dies_with_its_grant() {
    let mut world = World::with_scope("openid");
    let token = world.access_token();
    world.grant.expires_at = NOW;
    assert_eq!(check(&world, &token, NOW), Err(Reason::TokenExpired));
    world.grant.revoked_at = Some(NOW);
    assert_eq!(check(&world, &token, NOW), Err(Reason::TokenRevoked));
}

#[test]
fn res_10_a_token_dies_with_its_person() {
    let mut world = World::with_scope("openid");
    let token = world.access_token();
    world.account.disabled_at = Some(NOW);
    assert_eq!(check(&world, &token, NOW), Err(Reason::TokenAccountClosed));
    assert_eq!(check(&world, &world.machine_token(), NOW), Ok(false));
}

#[test]
fn aut_14_a_token_dies_with_its_client() {
    let mut world = World::with_scope("openid");
    let (token, machine) = (world.access_token(), world.machine_token());
    world.client.disabled_at = Some(NOW);
    assert_eq!(check(&world, &token, NOW), Err(Reason::TokenRevoked));
    assert_eq!(check(&world, &machine, NOW), Err(Reason::TokenRevoked));
    let gone = AccessTokenSnapshot { client: None, ..world.token_snapshot() };
    assert_eq!(token.check(&gone, &world.policy.issuer, NOW).unwrap_err(), Reason::TokenRevoked);
}

#[test]
fn a_token_that_disagrees_with_its_grant_is_none() {
    let world = World::with_scope("openid");
    let other_jti = format!("{}.x", world.grant.id.as_str().replace(|c: char| c.is_ascii_digit(), "1"));
    let other_grant = AccessTokenClaims { jti: other_jti, ..world.access_token() };
    assert_eq!(check(&world, &other_grant, NOW), Err(Reason::TokenMalformed));
}

#[test]
fn rfc9068_2_2_3_1_roles_and_groups_stand_in_a_token_whose_scope_says_so() {
    let told = |scope: &str| {
        let claims = serde_json::to_value(World::with_scope(scope).access_token()).unwrap();
        (claims["roles"].clone(), claims["groups"].clone())
    };
    assert_eq!(told("openid"), (serde_json::Value::Null, serde_json::Value::Null));
    assert_eq!(told("openid roles groups"), (["editor", "staff"].into(), ["london"].into()));
    assert_eq!(told("openid groups"), (serde_json::Value::Null, ["london"].into()));
}
