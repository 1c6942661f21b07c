//! FAPI 2.0 Security Profile as the OpenID Foundation examines codes, tokens, assertions and proofs. `docs/conformance.md` says which of
//! the suite's modules is which test.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::fapi2::{ADA, TOKEN, USERINFO, error, is, owned, refreshing, two_clients, userinfo};
use crate::support::keys::{ClientKeyPair, assertion_claims, proof_claims};
use crate::support::relying_party::{claims, jwt_header, post, sign_in_and_consent};
use crate::support::requests::{PAR, reference};
use crate::support::world::ISSUER;

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_final_happy_flow_of_both_clients() {
    let (world, first, second) = two_clients().await;
    for party in [&first, &second] {
        let pushed = party.push(&world, &[]).await;
        assert_eq!((pushed.status.as_u16(), pushed.header("cache-control")), (201, Some("no-store")));
        assert!(pushed.json()["expires_in"].as_i64().unwrap() > 0);
        let page = sign_in_and_consent(&mut Browser::new(&world), ADA, &party.begin(&reference(&pushed))).await;
        assert!(page.location().unwrap().starts_with(party.redirect));
        let answer = page.answer();
        assert_eq!((answer["iss"].as_str(), answer["state"].as_str()), (ISSUER, "a state"));
        let issued = party.token(&world, &party.redemption(&answer["code"])).await;
        assert_eq!((issued.status.as_u16(), issued.header("cache-control")), (200, Some("no-store")));
        let issued = issued.json();
        assert_eq!((&issued["token_type"], issued["expires_in"].is_i64()), (&json!("DPoP"), true));
        let id_token = issued["id_token"].as_str().unwrap();
        assert_eq!(jwt_header(id_token)["alg"], "ES256");
        assert!(jwt_header(id_token)["kid"].is_string());
        let said: BTreeSet<String> = claims(id_token).as_object().unwrap().keys().cloned().collect();
        let expected = "iss sub aud azp exp iat auth_time nonce amr at_hash";
        assert_eq!(said, expected.split(' ').map(str::to_owned).collect(), "nothing that was not asked for");
        assert_eq!((&claims(id_token)["nonce"], &claims(id_token)["aud"]), (&json!("a nonce"), &json!(party.id)));
        let access_token = issued["access_token"].as_str().unwrap();
        let proof = || party.dpop.proof_for(access_token, "GET", USERINFO, world.now());
        for scheme in ["DPoP", "dpop", "DPOP", "dPoP"] {
            let told = userinfo(&world, scheme, &issued["access_token"], &[&proof()]).await;
            assert_eq!((told.status.as_u16(), &told.json()["sub"]), (200, &claims(id_token)["sub"]), "{scheme}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_final_a_code_is_bound_to_the_key_that_the_request_named_or_proved() {
    let (world, first, second) = two_clients().await;
    let pushing = |key: &ClientKeyPair| key.proof("POST", &format!("{ISSUER}{PAR}"), world.now());
    let (own, other) = (first.dpop.thumbprint(), second.dpop.thumbprint());
    let torn = first.request(&[("dpop_jkt", &other)]);
    let torn = first.post(&world, PAR, &torn, Some(&pushing(&first.dpop))).await;
    assert_eq!(error(&torn), is(400, "invalid_dpop_proof"));
    for by_proof in [true, false] {
        let form = if by_proof { first.request(&[]) } else { first.request(&[("dpop_jkt", &own)]) };
        let proof = by_proof.then(|| pushing(&first.dpop));
        let pushed = first.post(&world, PAR, &form, proof.as_deref()).await;
        let code = first.answer(&world, &pushed).await["code"].clone();
        let stolen = second.dpop.proof("POST", TOKEN, world.now());
        let stolen = first.post(&world, "/oauth2/token", &first.redemption(&code), Some(&stolen)).await;
        assert_eq!(error(&stolen), is(400, "invalid_grant"));
        assert_eq!(first.token(&world, &first.redemption(&code)).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_final_a_code_is_redeemed_once_in_time_by_its_client_with_everything_that_belongs_to_it() {
    let (world, first, second) = two_clients().await;
    let code = first.code(&world, &[]).await;
    let form = first.redemption(&code);
    let unproven = first.post(&world, "/oauth2/token", &form, None).await;
    assert_eq!(error(&unproven), is(400, "invalid_request"), "no holder of a key");
    let as_first = [&form[..], &owned(&[("client_id", first.id)])].concat();
    let form_of_it: Vec<(&str, &str)> = as_first.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let nobody = post(&world, "/oauth2/token", &form_of_it, &[("dpop", &first.proof(&world))]).await;
    assert_eq!(error(&nobody), is(401, "invalid_client"), "no assertion");
    let as_second = [&form[..], &owned(&[("client_id", second.id)])].concat();
    let forged = first.key.assertion(second.id, ISSUER, world.now());
    let proof = first.proof(&world);
    let forged = first.post_with(&world, "/oauth2/token", (&as_second, &forged), Some(&proof)).await;
    assert_eq!(error(&forged), is(401, "invalid_client"), "the second client with the key of the first");
    assert_eq!(error(&second.token(&world, &form).await), is(400, "invalid_grant"), "the code of another client");
    for verifier in ["", "another-code-verifier-of-forty-three-characters"] {
        let mut wrong = form.clone();
        wrong.retain(|(name, _)| name != "code_verifier");
        wrong.extend(owned(&[("code_verifier", verifier)]).into_iter().filter(|(_, value)| !value.is_empty()));
        assert_eq!(error(&first.token(&world, &wrong).await), is(400, "invalid_grant"), "{verifier}");
    }
    let issued = first.token(&world, &form).await;
    assert_eq!(issued.status, 200, "{}", issued.body);
    world.pass(1);
    assert_eq!(error(&first.token(&world, &form).await), is(400, "invalid_grant"), "used before");
    let late = first.redemption(&first.code(&world, &[]).await);
    world.pass(61);
    assert_eq!(error(&first.token(&world, &late).await), is(400, "invalid_grant"), "too late");
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_final_assertions_are_for_the_issuer_as_a_text_and_of_this_moment() {
    let (world, first, _) = two_clients().await;
    let now = world.now().seconds();
    let push = async |change: &[(&str, Value)]| {
        let mut said = assertion_claims(first.id, ISSUER, world.now());
        for (name, value) in change {
            said[*name] = value.clone();
        }
        said.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        first.post_with(&world, PAR, (&first.request(&[]), &first.key.jwt(&said)), None).await
    };
    for ahead in [0, 8] {
        assert_eq!(push(&[("iat", json!(now + ahead)), ("nbf", json!(now + ahead))]).await.status, 201, "{ahead}");
    }
    let par = format!("{ISSUER}{PAR}");
    for change in [
        &[("iat", json!(now + 61)), ("nbf", json!(now + 61))][..],
        &[("exp", json!(now - 300))],
        &[("aud", json!("https://other.example"))],
        &[("aud", json!([ISSUER]))],
        &[("aud", json!([par]))],
        &[("aud", json!(par))],
        &[("aud", json!(TOKEN))],
        &[("aud", Value::Null)],
        &[("sub", Value::Null)],
        &[("iss", Value::Null)],
        &[("iss", json!("second"))],
    ] {
        assert_eq!(error(&push(change).await), is(401, "invalid_client"), "{change:?}");
    }
    let (status, code) = error(&push(&[("sub", json!("second"))]).await);
    assert!(matches!((status, code.as_str()), (400, "invalid_request") | (401, "invalid_client")), "{code}");
    let said = assertion_claims(first.id, ISSUER, world.now());
    let (right, none) = (first.key.jwt(&said), first.key.jwt_with(&json!({"alg": "none"}), &said));
    for wrong in [&right[..right.len() - 4], &none[..=none.rfind('.').unwrap()]] {
        let page = first.post_with(&world, PAR, (&first.request(&[]), wrong), None).await;
        assert_eq!(error(&page), is(401, "invalid_client"));
    }
    let request = first.request(&[]);
    let request: Vec<(&str, &str)> = request.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let assertion = || ("client_assertion", first.key.assertion(first.id, ISSUER, world.now()));
    for more in [
        vec![],
        vec![assertion()],
        vec![assertion(), ("client_assertion_type", "urn:ietf:params:oauth:wrong".to_owned())],
    ] {
        let more = more.iter().map(|(name, value)| (*name, value.as_str()));
        let page = post(&world, PAR, &request.iter().copied().chain(more).collect::<Vec<_>>(), &[]).await;
        let (status, code) = error(&page);
        assert!(matches!(status, 400 | 401) && matches!(code.as_str(), "invalid_client" | "invalid_request"), "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_final_rs256_signs_neither_assertions_nor_proofs_nor_requests() {
    let (world, mut first, _) = two_clients().await;
    first.key = ClientKeyPair::ps256("rsa");
    first.register(&world, |own| own.jwks.as_mut().unwrap()["keys"][0]["alg"] = Value::Null).await;
    assert_eq!(first.push(&world, &[]).await.status, 201, "PS256 does");
    let header = json!({"alg": "RS256"});
    first.key = first.key.for_rs256();
    let said = assertion_claims(first.id, ISSUER, world.now());
    let weak = first.key.jwt_with(&header, &said);
    let refused = first.post_with(&world, PAR, (&first.request(&[]), &weak), None).await;
    assert_eq!(error(&refused), is(401, "invalid_client"));
    let (world, mut first, _) = two_clients().await;
    first.dpop = ClientKeyPair::ps256("proofs");
    let issued = first.tokens(&world, &[]).await;
    let access_token = issued["access_token"].as_str().unwrap();
    let proof = first.dpop.proof_for(access_token, "GET", USERINFO, world.now());
    assert_eq!(userinfo(&world, "DPoP", &issued["access_token"], &[&proof]).await.status, 200);
    first.dpop = first.dpop.for_rs256();
    let proof = first.dpop.proof_for(access_token, "GET", USERINFO, world.now());
    let page = userinfo(&world, "DPoP", &issued["access_token"], &[&proof]).await;
    assert_eq!(error(&page), is(401, "invalid_dpop_proof"));
    let form = refreshing(&issued["refresh_token"]);
    assert_eq!(error(&first.token(&world, &form).await), is(400, "invalid_dpop_proof"));
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_final_a_proof_may_say_more_than_it_must_and_nothing_wrong() {
    let (world, first, second) = two_clients().await;
    let issued = first.tokens(&world, &[]).await;
    let access_token = issued["access_token"].as_str().unwrap();
    let now = world.now().seconds();
    let proof = |change: &[(&str, Value)]| {
        let mut said = proof_claims("GET", USERINFO, world.now());
        said["ath"] = crate::support::keys::ath(access_token).into();
        for (name, value) in change {
            said[*name] = value.clone();
        }
        said
    };
    let ask = async |proof: &str| userinfo(&world, "DPoP", &issued["access_token"], &[proof]).await;
    for change in [
        &[("nbf", json!(now)), ("exp", json!(now + 300))][..],
        &[("iat", json!(now - 10))],
        &[("iat", json!(now + 10))],
        &[("htu", json!(format!("{USERINFO}?query=1#fragment")))],
        &[("htu", json!("HTTP://LOCALHOST:8080/oauth2/userinfo"))],
        &[("more", json!({"of": "it"}))],
    ] {
        let page = ask(&first.dpop.proof_with(&proof(change))).await;
        assert_eq!(page.status, 200, "{change:?}: {}", page.body);
    }
    let mut private = first.dpop.bare_jwk();
    private["d"] = "AAAA".into();
    let with_header = |header: Value| first.dpop.jwt_with(&header, &proof(&[]));
    let usual = first.dpop.proof_with(&proof(&[]));
    for (what, refused) in [
        ("an hour ago", first.dpop.proof_with(&proof(&[("iat", json!(now - 3_600))]))),
        ("in an hour", first.dpop.proof_with(&proof(&[("iat", json!(now + 3_600))]))),
        ("PUT", first.dpop.proof_with(&proof(&[("htm", json!("PUT"))]))),
        ("elsewhere", first.dpop.proof_with(&proof(&[("htu", json!("https://other.example/"))]))),
        ("another token", first.dpop.proof_with(&proof(&[("ath", json!("x"))]))),
        ("a private key", with_header(json!({"typ": "dpop+jwt", "jwk": private}))),
        ("no key", with_header(json!({"typ": "dpop+jwt"}))),
        ("no type", with_header(json!({"jwk": first.dpop.bare_jwk()}))),
        ("another type", with_header(json!({"typ": "JWT", "jwk": first.dpop.bare_jwk()}))),
        ("a cut signature", usual[..usual.len() - 4].to_owned()),
        ("another key", second.dpop.proof_with(&proof(&[]))),
    ] {
        assert_eq!(ask(&refused).await.status, 401, "{what}");
    }
    for proofs in [&[][..], &[usual.as_str(), usual.as_str()]] {
        assert_eq!(userinfo(&world, "DPoP", &issued["access_token"], proofs).await.status, 401);
    }
    assert_eq!(userinfo(&world, "Bearer", &issued["access_token"], &[]).await.status, 401);
    assert_eq!(ask(&usual).await.status, 200, "a right one still works");
    assert_eq!(ask(&usual).await.status, 401, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_final_refresh_tokens_stay_need_a_proof_and_are_the_clients_own() {
    let (world, mut first, second) = two_clients().await;
    let issued = first.tokens(&world, &[("prompt", "consent")]).await;
    world.pass(2);
    first.dpop = ClientKeyPair::es256("a new key");
    let form = refreshing(&issued["refresh_token"]);
    let again = first.token(&world, &form).await.json();
    let same = [&again["refresh_token"], &issued["refresh_token"]];
    assert!(same[0].is_null() || same[0] == same[1], "not rotated");
    let (before, after) = (&issued["id_token"], &again["id_token"]);
    if let (Some(before), Some(after)) = (before.as_str(), after.as_str()) {
        for name in ["iss", "sub", "aud", "azp", "auth_time"] {
            assert_eq!(claims(before)[name], claims(after)[name], "{name}");
        }
        assert!(claims(after)["iat"].as_i64() > claims(before)["iat"].as_i64());
    }
    assert_ne!(again["access_token"], issued["access_token"]);
    let unproven = first.post(&world, "/oauth2/token", &form, None).await;
    assert_eq!(error(&unproven), is(400, "invalid_request"));
    assert_eq!(error(&second.token(&world, &form).await), is(400, "invalid_grant"));
    assert_eq!(first.token(&world, &form).await.status, 200, "a lost answer loses nothing");
}
