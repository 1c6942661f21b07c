//! FAPI 2.0 Security Profile and Message Signing, as far as requests and codes are concerned.

use doorward::model::client::Profile;
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::example::Example;
use crate::support::fapi2::{Party, TOKEN, USERINFO, two_clients, userinfo};
use crate::support::keys::{ClientKeyPair, JWT_BEARER, assertion_claims};
use crate::support::relying_party::{
    REDIRECT, VERIFIER, authorize_path, basic, claims, post, sign_in_and_consent, usual_world,
};
use crate::support::requests::{PAR, RequestKey, begin, push, push_only, reference, request_claims};
use crate::support::world::{BEGIN, ISSUER, SECRET, World};

const ADA: &str = "ada@example.com";

/// A world whose client keeps the profile.
async fn world() -> (World, RequestKey) {
    let (world, key) = (usual_world().await, RequestKey::generate());
    world
        .client("acme", |metadata| {
            metadata.jwks = Some(key.set());
            metadata.doorward.profile = Some(Profile::Fapi2);
        })
        .await;
    (world, key)
}

/// Redeems a code for tokens that are bound to a key, as the profile wants them.
async fn redeem_bound(world: &World, code: &str) -> Page {
    let fields =
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT), ("code_verifier", VERIFIER)];
    let proof = ClientKeyPair::es256("1").proof("POST", &format!("{ISSUER}/oauth2/token"), world.now());
    let headers = [("authorization", basic("acme", SECRET)), ("dpop", proof)];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    post(world, "/oauth2/token", &fields, &headers).await
}

/// Shows a request of `party` with its assertion and perhaps a proof, and what comes of it.
async fn shown(world: &World, party: &Party, example: &mut Example, path: &str, form: &[(&str, &str)]) -> Page {
    let (assertion, proof) = (party.key.assertion(party.id, ISSUER, world.now()), party.proof(world));
    let own = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str())];
    let form = [form, &own].concat();
    let proof: Vec<(&str, &str)> = (path != PAR).then_some(("dpop", proof.as_str())).into_iter().collect();
    example.ask(&format!("POST {path}"), &proof, &form);
    let page = post(world, path, &form, &proof).await;
    example.answer(&page, &["content-type", "cache-control"]);
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_5_3_2_a_client_of_the_profile_gets_tokens_that_only_its_key_can_use() {
    let (world, party, _) = two_clients().await;
    let mut example = Example::new();
    example.say("The client signs who it is, anew for each request, with the issuer alone as the audience:");
    let mut said = assertion_claims(party.id, ISSUER, world.now());
    said["jti"] = "a-name-used-once".into();
    example.show(&said);
    example.say("With such an assertion it hands its request in:");
    let form = party.request(&[]);
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let pushed = shown(&world, &party, &mut example, PAR, &form).await;
    let request_uri = reference(&pushed);
    example.say("The browser carries the reference and nothing else:");
    example.ask("GET /oauth2/authorize", &[], &[("client_id", party.id), ("request_uri", &request_uri)]);
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &party.begin(&request_uri)).await;
    example.answer(&answer, &["location"]);
    example.say("For the code it shows a proof of the key that its tokens are to be bound to:");
    let form = party.redemption(&answer.answer()["code"]);
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let issued = shown(&world, &party, &mut example, TOKEN.strip_prefix(ISSUER).unwrap(), &form).await.json();
    assert_eq!(issued["token_type"], "DPoP");
    let token = issued["access_token"].as_str().unwrap();
    example.say("Where the token is used there is a proof again, which holds the token's digest:");
    let proof = party.dpop.proof_for(token, "GET", USERINFO, world.now());
    let fields = [("authorization", format!("DPoP {token}")), ("dpop", proof.clone())];
    example.ask("GET /oauth2/userinfo", &fields.each_ref().map(|(name, value)| (*name, value.as_str())), &[]);
    let told = userinfo(&world, "DPoP", &issued["access_token"], &[&proof]).await;
    example.answer(&told, &["content-type"]);
    assert_eq!(told.json()["sub"], claims(issued["id_token"].as_str().unwrap())["sub"]);
    example.say("Whoever holds the token alone has nothing:");
    example.ask("GET /oauth2/userinfo", &[("authorization", &format!("Bearer {token}"))], &[]);
    let refused = userinfo(&world, "Bearer", &issued["access_token"], &[]).await;
    example.answer(&refused, &["www-authenticate"]);
    assert_eq!(refused.status, 401);
    example.keep("fapi2");
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_5_3_2_2_only_pushed_requests_for_a_code_with_a_challenge_and_a_redirect_uri() {
    let (world, _) = world().await;
    let refused = Browser::new(&world).visit(&authorize_path(&[])).await.answer();
    assert_eq!((refused["error"].as_str(), refused["iss"].as_str()), ("invalid_request", ISSUER));
    for (change, expected) in [
        (&[("redirect_uri", "")][..], "invalid_request"),
        (&[("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("response_type", "code id_token")], "unsupported_response_type"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("request_uri", "urn:ietf:params:oauth:request_uri:x")], "invalid_request"),
    ] {
        let page = push(&world, change).await;
        assert_eq!((page.status.as_u16(), &page.json()["error"]), (400, &json!(expected)), "{change:?}");
    }
    let answer =
        sign_in_and_consent(&mut Browser::new(&world), ADA, &begin(&reference(&push(&world, &[]).await))).await;
    let answer = answer.answer();
    assert_eq!(answer["iss"], ISSUER);
    assert_eq!(redeem_bound(&world, &answer["code"]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_5_3_2_1_a_code_is_good_for_60_seconds_at_most() {
    let (world, _) = world().await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, ADA, &begin(&reference(&push(&world, &[]).await))).await.answer();
    world.pass(61);
    let late = redeem_bound(&world, &answer["code"]).await;
    assert_eq!((late.status.as_u16(), &late.json()["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_nonces_and_states_of_64_and_384_characters_come_back() {
    let (world, _) = world().await;
    for length in [64, 384] {
        let (nonce, state) = ("n".repeat(length), "s".repeat(length));
        let pushed = push(&world, &[("nonce", &nonce), ("state", &state)]).await;
        let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &begin(&reference(&pushed))).await.answer();
        assert_eq!(answer["state"], state);
        let tokens = redeem_bound(&world, &answer["code"]).await.json();
        assert_eq!(claims(tokens["id_token"].as_str().unwrap())["nonce"], nonce);
    }
}

async fn pushed_object(world: &World, token: &str) -> (u16, Value) {
    let page = push_only(world, &[("client_id", "acme"), ("request", token)]).await;
    (page.status.as_u16(), page.json()["error"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_message_signing_5_3_1_request_objects_are_short_lived_and_for_us() {
    let (world, key) = world().await;
    assert_eq!(pushed_object(&world, &key.sign(&request_claims(&[]))).await, (201, Value::Null));
    for (name, value) in [
        ("exp", Value::Null),
        ("nbf", Value::Null),
        ("aud", Value::Null),
        ("iss", Value::Null),
        ("exp", json!(BEGIN + 3_601)),
        ("nbf", json!(BEGIN - 3_700)),
        ("nbf", json!(BEGIN + 120)),
        ("exp", json!(BEGIN - 120)),
        ("aud", json!("https://other.example")),
    ] {
        let mut claims = request_claims(&[]);
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
        let refused = (400, json!("invalid_request_object"));
        assert_eq!(pushed_object(&world, &key.sign(&claims)).await, refused, "{name} {value}");
    }
    let weak = key.sign_with(&json!({"alg": "RS256", "kid": "one"}), &request_claims(&[]));
    assert_eq!(pushed_object(&world, &weak).await.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_message_signing_5_4_signed_answers_use_an_algorithm_of_the_profile() {
    // FAPI 2.0 Security Profile §5.4.1: RS256, the usual algorithm, is not taken.
    let (world, _) = world().await;
    let path = begin(&reference(&push(&world, &[("response_mode", "jwt")]).await));
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &path).await.answer();
    assert_eq!(crate::support::relying_party::jwt_header(&answer["response"])["alg"], "ES256");
    assert_eq!(claims(&answer["response"])["iss"], ISSUER);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_an_interaction_id_comes_back_when_it_is_one() {
    let world = usual_world().await;
    let ask = async |id: &str| {
        let page = post(&world, "/oauth2/token", &[("grant_type", "x")], &[("x-fapi-interaction-id", id)]).await;
        page.header("x-fapi-interaction-id").map(str::to_owned)
    };
    let id = "c770aef3-6784-41f7-8e0e-ff5f97bddb3a";
    assert_eq!(ask(id).await.as_deref(), Some(id));
    assert_eq!(ask("<script>").await, None);
}
