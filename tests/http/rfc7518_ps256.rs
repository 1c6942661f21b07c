//! Our own signatures by PS256 (RFC 7518 §3.5), which the operator switches on: everything a client can have signed,
//! verified by a library that nobody here wrote, and what is left when the switch is off again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::config::{RegistrationBy, Settings, SignatureAlgorithm};
use doorward::model::client::{ClientMetadata, GrantType};
use doorward::model::key::SigningAlgorithm;
use poem::http::Method;
use serde_json::{Value, json};

use crate::administration::Boss;
use crate::support::browser::{Browser, Page};
use crate::support::example::Example;
use crate::support::fapi2::{ADA, Party, USERINFO, error, is, owned, refreshing, userinfo};
use crate::support::registrar::register;
use crate::support::relying_party::{
    REDIRECT, authorize_path, basic, claims, jwt_header, post, refresh, sign_in_and_consent, tokens,
};
use crate::support::world::{ISSUER, SECRET, World};

const PS256: SigningAlgorithm = SigningAlgorithm::PS256;
/// The members of the metadata that tell how we sign.
const TOLD: [&str; 4] = [
    "id_token_signing_alg_values_supported",
    "userinfo_signing_alg_values_supported",
    "authorization_signing_alg_values_supported",
    "introspection_signing_alg_values_supported",
];
/// Longer than any token lives.
const DAY: i64 = 86_400;

fn on(settings: &mut Settings) {
    settings.protocol.ps256_signatures = true;
}

fn off(settings: &mut Settings) {
    settings.protocol.ps256_signatures = false;
}

/// Asks for PS256 wherever a client can.
fn everything(own: &mut ClientMetadata) {
    own.id_token_signed_response_alg = PS256;
    own.userinfo_signed_response_alg = Some(PS256);
    own.authorization_signed_response_alg = Some(PS256);
    own.introspection_signed_response_alg = Some(PS256);
    own.doorward.access_token_alg = Some(PS256);
}

async fn visit(world: &World, path: &str) -> Value {
    Browser::new(world).visit(path).await.json()
}

/// The algorithms of the published keys, in order.
async fn key_algorithms(world: &World) -> Vec<String> {
    let keys = visit(world, "/.well-known/jwks.json").await;
    keys["keys"].as_array().unwrap().iter().map(|key| key["alg"].as_str().unwrap().to_owned()).collect()
}

/// What a JWT says, once another library has verified it by PS256 and the published key that it names.
async fn verified(world: &World, jwt: &str, typ: &str) -> Value {
    let header = jwt_header(jwt);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("PS256"), &json!(typ)));
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_value(visit(world, "/.well-known/jwks.json").await).unwrap();
    let key = keys.find(header["kid"].as_str().unwrap()).expect("a published key");
    assert_eq!(key.common.key_algorithm, Some(jsonwebtoken::jwk::KeyAlgorithm::PS256));
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::PS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let key = jsonwebtoken::DecodingKey::from_jwk(key).unwrap();
    jsonwebtoken::decode::<Value>(jwt, &key, &validation).expect("another library takes it").claims
}

fn left_half_of_sha256(value: &str) -> String {
    URL_SAFE_NO_PAD.encode(&<sha2::Sha256 as sha2::Digest>::digest(value.as_bytes())[..16])
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}"))
}

async fn introspect(world: &World, token: &str) -> Page {
    post(world, "/oauth2/introspect", &[("token", token)], &[("authorization", &basic("acme", SECRET))]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7518_3_5_a_client_of_the_profile_fapi2_has_everything_signed_by_ps256() {
    let (world, party) = (World::with(on).await, Party::first());
    party.register(&world, everything).await;
    world.person(ADA).await;
    let mut example = Example::new();
    let metadata = visit(&world, "/.well-known/openid-configuration").await;
    example.say("`id_token_signing_alg_values_supported` in the metadata of a server where it is on:");
    example.show(&metadata[TOLD[0]]);
    // JARM §3: the answer of the authorization endpoint.
    let pushed = party.push(&world, &[("response_mode", "jwt")]).await;
    let answer = party.answer(&world, &pushed).await;
    let response = verified(&world, &answer["response"], "JWT").await;
    assert_eq!((text(&response, "iss"), text(&response, "aud")), (ISSUER, party.id));
    let issued = party.token(&world, &party.redemption(text(&response, "code"))).await;
    assert_eq!(issued.status, 200, "{}", issued.body);
    let issued = issued.json();
    let (id_token, access_token) = (text(&issued, "id_token"), text(&issued, "access_token"));
    // OpenID Connect Core §3.1.3.6: the hash that belongs to the algorithm.
    assert_eq!(verified(&world, id_token, "JWT").await["at_hash"], left_half_of_sha256(access_token));
    verified(&world, access_token, "at+jwt").await;
    example.say("A client that registered `id_token_signed_response_alg` so gets an ID token with this header:");
    let mut header = jwt_header(id_token);
    header["kid"] = "the thumbprint of the key for PS256".into();
    example.show(&header);
    example.keep("ps256");
    let proof = party.dpop.proof_for(access_token, "GET", USERINFO, world.now());
    let told = userinfo(&world, "DPoP", &issued["access_token"], &[&proof]).await;
    assert_eq!((told.status.as_u16(), told.header("content-type")), (200, Some("application/jwt")), "our own is taken");
    assert_eq!(verified(&world, &told.body, "JWT").await["sub"], claims(id_token)["sub"]);
    let told = party.post(&world, "/oauth2/introspect", &owned(&[("token", access_token)]), None).await;
    let told = verified(&world, &told.body, "token-introspection+jwt").await;
    assert_eq!(told["token_introspection"]["active"], true);
    let refreshed = party.token(&world, &refreshing(&issued["refresh_token"])).await.json();
    verified(&world, text(&refreshed, "id_token"), "JWT").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7518_3_5_a_code_and_a_state_beside_an_id_token_are_hashed_by_sha_256() {
    // OpenID Connect Core §3.3.2.11: `c_hash`.
    let world = World::with(|settings| {
        on(settings);
        settings.protocol.front_channel_id_tokens = true;
    })
    .await;
    world.person(ADA).await;
    let hybrid = |own: &mut ClientMetadata| {
        everything(own);
        own.response_types = vec!["code id_token".to_owned()];
    };
    world.client("acme", hybrid).await;
    let path = authorize_path(&[("response_type", "code id_token")]);
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &path).await.answer();
    let said = verified(&world, &answer["id_token"], "JWT").await;
    assert_eq!(text(&said, "c_hash"), left_half_of_sha256(&answer["code"]));
    assert_eq!(text(&said, "s_hash"), left_half_of_sha256(&answer["state"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7518_3_5_it_is_told_and_has_a_key_exactly_where_it_is_on() {
    let usual = ["RS256", "ES256", "EdDSA"];
    let without = World::new().await;
    let with = World::with(on).await;
    assert_eq!(key_algorithms(&without).await, usual);
    assert_eq!(key_algorithms(&with).await, ["RS256", "PS256", "ES256", "EdDSA"]);
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        let (mut plain, mut enlarged) = (visit(&without, path).await, visit(&with, path).await);
        for member in TOLD {
            assert_eq!(plain[member], json!(usual), "{member}");
            assert_eq!(enlarged[member], json!(["RS256", "PS256", "ES256", "EdDSA"]), "{member}");
            for document in [&mut plain, &mut enlarged] {
                document.as_object_mut().unwrap().remove(member);
            }
        }
        assert_eq!(plain, enlarged, "nothing else differs");
    }
    let keys = visit(&with, "/.well-known/jwks.json").await;
    assert_ne!(keys["keys"][0]["n"], keys["keys"][1]["n"], "a key of its own");
    assert_eq!((&keys["keys"][1]["kty"], &keys["keys"][1]["use"]), (&json!("RSA"), &json!("sig")));
    // Clients sign with PS256 all the same.
    let document = visit(&without, "/.well-known/openid-configuration").await;
    assert!(document["request_object_signing_alg_values_supported"].to_string().contains("PS256"));
    let all = World::with(|settings| {
        on(settings);
        settings.tokens.access_token_alg = SignatureAlgorithm::Ps256;
    })
    .await;
    all.client("acme", |_| ()).await;
    all.person(ADA).await;
    let issued = tokens(&all).await;
    verified(&all, text(&issued, "access_token"), "at+jwt").await;
    assert_eq!(jwt_header(text(&issued, "id_token"))["alg"], "RS256", "as the client is registered");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7518_3_5_no_client_comes_by_it_where_it_is_off() {
    for is_on in [false, true] {
        let world = World::with(|settings| {
            settings.protocol.ps256_signatures = is_on;
            settings.protocol.registration = RegistrationBy::Open;
        })
        .await;
        let boss = Boss::of(&world).await;
        for member in [
            "id_token_signed_response_alg",
            "userinfo_signed_response_alg",
            "authorization_signed_response_alg",
            "introspection_signed_response_alg",
        ] {
            let document = json!({ "redirect_uris": [REDIRECT], member: "PS256" });
            let by_itself = register(&world, &document).await;
            let by_hand = boss.send(Method::POST, "/clients", document).await;
            if is_on {
                assert_eq!((by_itself.status.as_u16(), by_hand.status.as_u16()), (201, 201), "{}", by_itself.body);
                continue;
            }
            assert_eq!(error(&by_itself), is(400, "invalid_client_metadata"));
            let sentence = format!("{member}: must be an algorithm that is switched on here");
            assert!(by_itself.body.contains(&sentence), "{}", by_itself.body);
            assert_eq!(by_hand.status, 400);
            assert!(by_hand.body.contains(&sentence), "{}", by_hand.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jwt_12_a_token_of_one_rsa_algorithm_is_not_taken_as_one_of_the_other() {
    let world = World::with(on).await;
    world.person(ADA).await;
    let mut made = Vec::new();
    for algorithm in [SigningAlgorithm::RS256, PS256] {
        let set = |own: &mut ClientMetadata| {
            own.id_token_signed_response_alg = algorithm;
            own.doorward.access_token_alg = Some(algorithm);
        };
        world.client("acme", set).await;
        made.push(tokens(&world).await);
    }
    let keys = visit(&world, "/.well-known/jwks.json").await;
    let kid = |alg: &str| keys["keys"].as_array().unwrap().iter().find(|key| key["alg"] == alg).unwrap()["kid"].clone();
    for (own, other, issued) in [("RS256", "PS256", &made[0]), ("PS256", "RS256", &made[1])] {
        for (alg, kid) in [(other, kid(own)), (own, kid(other)), (other, kid(other))] {
            let rewritten = |jwt: &str| {
                let mut header = jwt_header(jwt);
                assert_eq!(header["alg"], own);
                (header["alg"], header["kid"]) = (alg.into(), kid.clone());
                format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), jwt.split_once('.').unwrap().1)
            };
            let access_token = rewritten(text(issued, "access_token"));
            let refused = crate::support::relying_party::userinfo(&world, &access_token).await;
            assert_eq!(refused.status, 401, "{own} as {alg}");
            assert_eq!(introspect(&world, &access_token).await.json(), json!({ "active": false }), "{own} as {alg}");
            let hint = rewritten(text(issued, "id_token"));
            let path = authorize_path(&[("id_token_hint", &hint), ("prompt", "none")]);
            assert_eq!(Browser::new(&world).visit(&path).await.answer()["error"], "invalid_request", "{own} as {alg}");
        }
        let right = crate::support::relying_party::userinfo(&world, text(issued, "access_token")).await;
        assert_eq!(right.status, 200, "{own} as itself");
        assert_eq!(introspect(&world, text(issued, "access_token")).await.json()["active"], true);
        let path = authorize_path(&[("id_token_hint", text(issued, "id_token")), ("prompt", "none")]);
        assert_eq!(Browser::new(&world).visit(&path).await.answer()["error"], "login_required", "{own} as itself");
    }
}

/// Where a refusal is explained.
fn explained(page: &Page) -> (u16, String, bool) {
    let (status, code) = error(page);
    (status, code, page.body.contains("/errors/signing_algorithm_off"))
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7518_3_5_switched_off_again_it_signs_nothing_and_what_it_signed_counts_until_its_end() {
    let world = World::with(on).await;
    world.client("acme", everything).await;
    world.client("plain", |own| own.grant_types = GrantType::ALL.to_vec()).await;
    world.person(ADA).await;
    let issued = tokens(&world).await;
    let world = world.restarted(off).await;
    // The key stays published for what it signed.
    verified(&world, text(&issued, "id_token"), "JWT").await;
    assert_eq!(key_algorithms(&world).await, ["RS256", "PS256", "ES256", "EdDSA"]);
    for member in TOLD {
        assert_eq!(
            visit(&world, "/.well-known/openid-configuration").await[member],
            json!(["RS256", "ES256", "EdDSA"])
        );
    }
    assert_eq!(Browser::new(&world).visit("/ready").await.status, 200);
    let off_again = (400, "unauthorized_client".to_owned(), true);
    // The client is told at once, without a signature, before the person is asked for anything.
    for mode in ["query", "jwt", "query.jwt", "form_post.jwt"] {
        let page = Browser::new(&world).visit(&authorize_path(&[("response_mode", mode)])).await;
        assert_eq!(page.answer()["error"], "unauthorized_client", "{mode}");
        assert_eq!(page.answer()["state"], "a state");
    }
    let authorization = [("authorization", basic("acme", SECRET))];
    let authorization: Vec<(&str, &str)> = authorization.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let fields = [("client_id", "acme"), ("redirect_uri", REDIRECT), ("response_type", "code"), ("scope", "openid")];
    assert_eq!(explained(&post(&world, "/oauth2/par", &fields, &authorization).await), off_again);
    assert_eq!(explained(&refresh(&world, text(&issued, "refresh_token")).await), off_again);
    let machine = [("grant_type", "client_credentials")];
    assert_eq!(explained(&post(&world, "/oauth2/token", &machine, &authorization).await), off_again);
    let access_token = text(&issued, "access_token");
    let told = crate::support::relying_party::userinfo(&world, access_token).await;
    assert_eq!(error(&told), is(400, "unauthorized_client"));
    assert_eq!(explained(&introspect(&world, access_token).await), off_again);
    // Its tokens are its own to end, and others are not touched.
    let plain = post(&world, "/oauth2/token", &machine, &[("authorization", &basic("plain", SECRET))]).await;
    assert_eq!(plain.status, 200, "{}", plain.body);
    // Registered anew, the client goes on with what it has: the token that was signed before is believed.
    let reading = |own: &mut ClientMetadata| own.id_token_signed_response_alg = SigningAlgorithm::ES256;
    world.client("acme", reading).await;
    assert_eq!(crate::support::relying_party::userinfo(&world, access_token).await.status, 200);
    assert_eq!(introspect(&world, access_token).await.json()["active"], true);
    let path = authorize_path(&[("id_token_hint", text(&issued, "id_token")), ("prompt", "none")]);
    assert_eq!(Browser::new(&world).visit(&path).await.answer()["error"], "login_required", "the hint is believed");
    let refreshed = refresh(&world, text(&issued, "refresh_token")).await;
    assert_eq!(refreshed.status, 200, "the refusal cost nothing: {}", refreshed.body);
    // On again, the same key goes on.
    let before = visit(&world, "/.well-known/jwks.json").await;
    let world = world.restarted(on).await;
    assert_eq!(visit(&world, "/.well-known/jwks.json").await, before);
    world.client("acme", everything).await;
    verified(&world, text(&tokens(&world).await, "id_token"), "JWT").await;
    // Off for longer than any token lives, it is gone.
    let world = world.restarted(off).await;
    world.pass(DAY);
    let world = world.restarted(off).await;
    assert_eq!(key_algorithms(&world).await, ["RS256", "ES256", "EdDSA"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7518_3_5_a_request_under_way_when_it_is_switched_off_ends_in_a_refusal() {
    let (world, party) = (World::with(on).await, Party::first());
    party.register(&world, everything).await;
    world.person(ADA).await;
    let pushed = party.push(&world, &[("response_mode", "jwt")]).await;
    let code =
        text(&verified(&world, &party.answer(&world, &pushed).await["response"], "JWT").await, "code").to_owned();
    let pushed = party.push(&world, &[("response_mode", "jwt")]).await;
    let world = world.restarted(off).await;
    let redeemed = party.token(&world, &party.redemption(&code)).await;
    assert_eq!(explained(&redeemed), (400, "unauthorized_client".to_owned(), true));
    let path = party.begin(&crate::support::requests::reference(&pushed));
    let page = Browser::new(&world).visit(&path).await;
    assert_eq!(page.status, 400, "shown here, because the answer could not be signed: {}", page.body);
}
