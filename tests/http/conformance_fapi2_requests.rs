//! FAPI 2.0 Security Profile and Message Signing as the OpenID Foundation examines requests and answers. `docs/conformance.md` says which of
//! the suite's modules is which test.

use poem::http::Method;
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::fapi2::{ADA, USERINFO, error, is, signing_world, two_clients, userinfo};
use crate::support::keys::ClientKeyPair;
use crate::support::relying_party::{authorize_path, claims, jwt_header, sign_in_and_consent};
use crate::support::requests::{PAR, reference};
use crate::support::world::{ISSUER, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_final_state_and_nonce_may_be_missing_and_scopes_come_in_any_order() {
    let (world, first, _) = two_clients().await;
    let answer = first.answer(&world, &first.push(&world, &[("state", "")]).await).await;
    assert!(!answer.contains_key("state") && answer.contains_key("code"));
    let issued = first.tokens(&world, &[("nonce", ""), ("scope", "email openid")]).await;
    assert_eq!(claims(issued["id_token"].as_str().unwrap()).get("nonce"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_final_claims_about_the_person_come_by_the_claims_parameter() {
    let (world, first, _) = two_clients().await;
    let named = doorward::model::account::StandardClaims { name: Some("Ada King".to_owned()), ..Default::default() };
    world.person_with(ADA, named).await;
    let wanted = r#"{"id_token":{"name":{"essential":true}},"userinfo":{"name":{"essential":true}}}"#;
    let issued = first.tokens(&world, &[("claims", wanted)]).await;
    assert_eq!(claims(issued["id_token"].as_str().unwrap())["name"], "Ada King");
    let proof = first.dpop.proof_for(issued["access_token"].as_str().unwrap(), "GET", USERINFO, world.now());
    assert_eq!(userinfo(&world, "DPoP", &issued["access_token"], &[&proof]).await.json()["name"], "Ada King");
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_final_what_cannot_be_pushed() {
    let (world, first, _) = two_clients().await;
    for (change, code) in [
        (&[("redirect_uri", "https://acme.example/cb/other")][..], "invalid_request"),
        (&[("redirect_uri", "")], "invalid_request"),
        (&[("code_challenge", ""), ("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("response_type", "code id_token")], "unsupported_response_type"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("request_uri", "urn:ietf:params:oauth:request_uri:x")], "invalid_request"),
    ] {
        assert_eq!(error(&first.push(&world, change).await), is(400, code), "{change:?}");
    }
    for method in [Method::GET, Method::PUT] {
        let request = poem::Request::builder().method(method).uri(PAR.parse().unwrap()).finish();
        assert_eq!(world.send(request).await.status(), 405);
    }
    let own = [("client_id", first.id), ("redirect_uri", first.redirect)];
    let answer = Browser::new(&world).visit(&authorize_path(&own)).await.answer();
    assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("invalid_request", "a state"));
    assert_eq!(answer["iss"], ISSUER);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_final_a_reference_is_the_clients_own_short_lived_and_spent_by_the_answer() {
    let (world, first, second) = two_clients().await;
    let pushed = first.push(&world, &[]).await;
    let path = first.begin(&reference(&pushed));
    assert!(Browser::new(&world).open(&path).await.has("login-submit"));
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, ADA, &path).await.answer();
    assert!(answer.contains_key("code"), "opening the page had not spent it");
    assert!(browser.open(&path).await.has("error-page"));
    let of_another = second.begin(&reference(&first.push(&world, &[]).await));
    assert!(Browser::new(&world).open(&of_another).await.has("error-page"));
    let late = first.begin(&reference(&first.push(&world, &[]).await));
    world.pass(601);
    assert!(Browser::new(&world).open(&late).await.has("error-page"));
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_final_cancelling_is_access_denied_signed_where_that_is_wanted() {
    let (world, first, _) = two_clients().await;
    for mode in ["", "jwt"] {
        let path = first.begin(&reference(&first.push(&world, &[("response_mode", mode)]).await));
        let mut browser = Browser::new(&world);
        let page = browser.open(&path).await;
        let page = browser.sign_in(&page, ADA, PASSWORD).await;
        let answer = browser.submit(&page, "consent-form", &[("decision", "deny")]).await.answer();
        let told = if mode.is_empty() { json!(answer) } else { claims(&answer["response"]) };
        assert_eq!((&told["error"], &told["state"]), (&json!("access_denied"), &json!("a state")), "{mode}");
        assert_eq!(told["iss"], ISSUER);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_message_signing_final_signed_requests_and_answers() {
    let (world, first, second) = signing_world().await;
    let now = world.now().seconds();
    for (party, typ) in [(&first, json!(null)), (&second, json!("oauth-authz-req+jwt"))] {
        for change in [
            &[][..],
            &[("aud", json!([ISSUER, "https://other.example"]))],
            &[("nbf", json!(now + 8))],
            &[("iat", json!(now))],
        ] {
            let change = [change, &[("response_mode", json!("jwt"))]].concat();
            let object = party.key.jwt_with(&json!({"typ": typ}), &party.said(&world, &change));
            let pushed = party.push_object(&world, &object, &[]).await;
            assert_eq!(pushed.status, 201, "{change:?}: {}", pushed.body);
            let answer = party.answer(&world, &pushed).await;
            let told = claims(&answer["response"]);
            assert_eq!(jwt_header(&answer["response"])["alg"], "ES256");
            assert_eq!((&told["iss"], &told["aud"]), (&json!(ISSUER), &json!(party.id)));
            let life = told["exp"].as_i64().unwrap() - now;
            assert!((1..=600).contains(&life), "JARM 2.1: ten minutes at most");
            assert!(!answer.contains_key("code") && !answer.contains_key("iss"), "nothing beside it");
            let code = told["code"].as_str().unwrap();
            assert_eq!(party.token(&world, &party.redemption(code)).await.status, 200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_message_signing_final_what_stands_beside_a_signed_request_does_not_count() {
    let (world, first, _) = signing_world().await;
    let outside = [("state", "outside"), ("nonce", "outside")];
    let object = first.key.jwt(&first.said(&world, &[]));
    let answer = first.answer(&world, &first.push_object(&world, &object, &outside).await).await;
    assert_eq!(answer["state"], "a state");
    let issued = first.token(&world, &first.redemption(&answer["code"])).await.json();
    assert_eq!(claims(issued["id_token"].as_str().unwrap())["nonce"], "a nonce");
    let without = first.key.jwt(&first.said(&world, &[("state", json!(null))]));
    let answer = first.answer(&world, &first.push_object(&world, &without, &outside).await).await;
    assert!(!answer.contains_key("state"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_message_signing_final_requests_that_are_not_signed_as_they_must_be() {
    let (world, first, second) = signing_world().await;
    let now = world.now().seconds();
    let wrong_object = is(400, "invalid_request_object");
    for (change, expected) in [
        (("exp", json!(null)), &wrong_object),
        (("nbf", json!(null)), &wrong_object),
        (("exp", json!(now - 300)), &wrong_object),
        (("exp", json!(now + 3_700)), &wrong_object),
        (("nbf", json!(now - 3_700)), &wrong_object),
        (("aud", json!("https://other.example")), &wrong_object),
        (("request_uri", json!("urn:x")), &wrong_object),
        (("redirect_uri", json!(null)), &is(400, "invalid_request")),
    ] {
        let object = first.key.jwt(&first.said(&world, std::slice::from_ref(&change)));
        assert_eq!(error(&first.push_object(&world, &object, &[]).await), *expected, "{change:?}");
    }
    let said = first.said(&world, &[]);
    let usual = first.key.jwt(&said);
    let none = first.key.jwt_with(&json!({"alg": "none"}), &said);
    let rsa = ClientKeyPair::ps256("rsa").for_rs256();
    for (what, object) in [
        ("none", none[..=none.rfind('.').unwrap()].to_owned()),
        ("RS256", rsa.jwt(&said)),
        ("a cut signature", usual[..usual.len() - 4].to_owned()),
        ("the second client's key", second.key.jwt(&said)),
    ] {
        assert_eq!(error(&first.push_object(&world, &object, &[]).await), wrong_object, "{what}");
    }
    assert_eq!(error(&first.push(&world, &[]).await), is(400, "invalid_request"), "unsigned");
}
