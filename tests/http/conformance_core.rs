//! The code flow, form post and hybrid flow as the OpenID Foundation examines them, as far as no other file does.
//! `docs/conformance.md` says which of the suite's modules is which test.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::browser::{Browser, Page, encode};
use crate::support::people::everything;
use crate::support::relying_party::{
    REDIRECT, authorize_path, basic, claims, post, redeem, refresh, sign_in_and_consent, tokens, userinfo, usual_world,
};
use crate::support::world::{ISSUER, PASSWORD, SECRET, World};

const ADA: &str = "ada@example.com";

fn text<'a>(document: &'a Value, member: &str) -> &'a str {
    document[member].as_str().unwrap_or_else(|| panic!("{member} in {document}"))
}

/// As the suite reckons it: the entropy of the letters of `text` together, in bits.
fn entropy_bits(text: &str) -> f64 {
    let mut counts = BTreeMap::new();
    for letter in text.chars() {
        *counts.entry(letter).or_insert(0_u32) += 1;
    }
    let length = f64::from(u32::try_from(text.chars().count()).unwrap());
    let share = |count: &u32| f64::from(*count) / length;
    counts.values().map(|count| -share(count) * share(count).log2()).sum::<f64>() * length
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_codes_and_tokens_are_long_and_hard_to_guess() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await.answer();
    let issued = redeem(&world, &answer["code"]).await;
    assert_eq!(issued.header("cache-control"), Some("no-store"));
    assert!(issued.header("content-type").unwrap().starts_with("application/json"));
    let issued = issued.json();
    assert!(issued["expires_in"].is_i64() && issued["token_type"] == "Bearer");
    for secret in [answer["code"].as_str(), text(&issued, "access_token"), text(&issued, "refresh_token")] {
        assert!(secret.len() * 8 >= 128 && entropy_bits(secret) >= 128.0, "{} bits", entropy_bits(secret));
        assert!(secret.bytes().all(|byte| byte.is_ascii_graphic()), "RFC 6749 A.12, A.17");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_the_id_token_of_the_code_flow_holds_only_what_was_asked_for() {
    let world = usual_world().await;
    let path = authorize_path(&[("scope", "openid profile email address phone"), ("acr_values", "1 2")]);
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &path).await.answer();
    let issued = redeem(&world, &answer["code"]).await.json();
    let said = claims(text(&issued, "id_token"));
    let expected = "iss sub aud azp exp iat auth_time nonce acr amr at_hash jti sid";
    let there: BTreeSet<&str> = said.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(there, expected.split(' ').collect());
    assert_eq!(said["acr"], "1", "one of those that were asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_errors_by_redirect_hold_their_five_parameters_and_the_state_untouched() {
    let world = usual_world().await;
    let state = format!("{}~._-", "0123456789abcdefghijklmnopqrstuvwxyzABCD".repeat(4));
    for (change, expected) in [
        (&[("prompt", "none")][..], "login_required"),
        (&[("response_type", "")], "invalid_request"),
        (&[("response_type", "code token")], "unsupported_response_type"),
        (&[("max_age", "soon")], "invalid_request"),
        (&[("claims", "{")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
    ] {
        let path = authorize_path(&[change, &[("state", state.as_str())]].concat());
        let answer = Browser::new(&world).visit(&path).await.answer();
        assert_eq!((answer["error"].as_str(), answer["state"].as_str()), (expected, state.as_str()), "{change:?}");
        assert_eq!(answer["iss"], ISSUER);
        let known = ["error", "error_description", "error_uri", "state", "iss"];
        assert!(answer.keys().all(|name| known.contains(&name.as_str())), "{answer:?}");
        let is_plain = |byte: u8| matches!(byte, 0x20..=0x7e) && byte != b'"' && byte != b'\\';
        assert!(answer["error_description"].bytes().all(is_plain), "RFC 6749 4.1.2.1");
        assert!(url::Url::parse(&answer["error_uri"]).is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_a_redirect_uri_with_a_query_is_matched_with_exactly_that_query() {
    let world = usual_world().await;
    let registered = "https://acme.example/cb?foo=bar";
    let set = vec![registered.to_owned().try_into().unwrap()];
    world.client("acme", |own| own.redirect_uris = set).await;
    let path = authorize_path(&[("redirect_uri", registered)]);
    let page = sign_in_and_consent(&mut Browser::new(&world), ADA, &path).await;
    assert!(page.location().unwrap().starts_with("https://acme.example/cb?foo=bar&code="));
    assert_eq!(page.answer()["foo"], "bar");
    for other in ["https://acme.example/cb?foo=baz", "https://acme.example/cb?foo=bar&more=1", REDIRECT] {
        let page = Browser::new(&world).open(&authorize_path(&[("redirect_uri", other)])).await;
        assert!(page.has("error-page") && page.location().is_none(), "{other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_scopes_and_parameters_come_in_any_order_and_the_nonce_may_be_missing() {
    let world = usual_world().await;
    let path = authorize_path(&[("scope", "offline_access email openid"), ("nonce", "")]);
    let (address, query) = path.split_once('?').unwrap();
    let turned: Vec<&str> = query.split('&').rev().collect();
    let path = format!("{address}?{}", turned.join("&"));
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &path).await.answer();
    let issued = redeem(&world, &answer["code"]).await.json();
    assert!(userinfo(&world, text(&issued, "access_token")).await.json()["email"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_a_code_used_again_after_30_seconds_takes_its_access_token_along() {
    let world = usual_world().await;
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &authorize_path(&[])).await.answer();
    let issued = redeem(&world, &answer["code"]).await.json();
    assert_eq!(userinfo(&world, text(&issued, "access_token")).await.status, 200);
    world.pass(30);
    let again = redeem(&world, &answer["code"]).await;
    assert_eq!((again.status.as_u16(), &again.json()["error"]), (400, &json!("invalid_grant")));
    let page = userinfo(&world, text(&issued, "access_token")).await;
    assert_eq!(page.status, 401);
    let challenge = page.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer ") && challenge.contains("error=\"invalid_token\""), "{challenge}");
    let refreshed = refresh(&world, text(&issued, "refresh_token")).await;
    assert_eq!((refreshed.status.as_u16(), &refreshed.json()["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_a_refresh_keeps_who_and_when_and_is_refused_to_others() {
    let world = usual_world().await;
    world.client("other", |_| ()).await;
    let issued = tokens(&world).await;
    world.pass(1);
    let again = refresh(&world, text(&issued, "refresh_token")).await;
    assert_eq!((again.status.as_u16(), again.header("cache-control")), (200, Some("no-store")));
    let again = again.json();
    assert_ne!(again["access_token"], issued["access_token"]);
    let (before, after) = (claims(text(&issued, "id_token")), claims(text(&again, "id_token")));
    for name in ["iss", "sub", "aud", "azp", "auth_time"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert!(after["iat"].as_i64() > before["iat"].as_i64());
    assert_eq!(userinfo(&world, text(&again, "access_token")).await.status, 200);
    let form = [("grant_type", "refresh_token"), ("refresh_token", text(&again, "refresh_token"))];
    let stolen = post(&world, "/oauth2/token", &form, &[("authorization", &basic("other", SECRET))]).await;
    assert_eq!((stolen.status.as_u16(), &stolen.json()["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_each_scope_brings_its_claims_and_no_others() {
    let world = usual_world().await;
    world.person_with(ADA, everything()).await;
    let profile = "birthdate family_name gender given_name locale middle_name name nickname picture \
                   preferred_username profile updated_at website zoneinfo";
    let mut browser = Browser::new(&world);
    for (scope, expected) in [
        ("profile", profile),
        ("email", "email email_verified"),
        ("address", "address"),
        ("phone", "phone_number phone_number_verified"),
    ] {
        let path = authorize_path(&[("scope", &format!("openid {scope}"))]);
        let page = browser.open(&path).await;
        let page = if page.has("login-submit") { browser.sign_in(&page, ADA, PASSWORD).await } else { page };
        let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await.answer();
        let issued = redeem(&world, &answer["code"]).await.json();
        let told = userinfo(&world, text(&issued, "access_token")).await.json();
        let there: BTreeSet<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(there, expected.split_whitespace().chain(["sub"]).collect(), "{scope}");
        assert_eq!(told["sub"], claims(text(&issued, "id_token"))["sub"]);
        for (name, value) in told.as_object().unwrap() {
            let is_right = match name.as_str() {
                "updated_at" => value.is_i64(),
                "email_verified" | "phone_number_verified" => value.is_boolean(),
                "address" => value.as_object().unwrap().values().all(Value::is_string),
                _ => value.is_string(),
            };
            assert!(is_right, "{name}: {value}");
        }
    }
}

/// The answer that a form posts: nothing of it stands in an address.
fn posted(page: &Page) -> BTreeMap<String, String> {
    assert_eq!((page.status.as_u16(), page.location()), (200, None));
    assert!(page.has("form-post-submit"), "a button for people without script");
    let policy = page.header("content-security-policy").unwrap();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(page.body.contains(&format!("<script nonce=\"{nonce}\">")), "the script that submits it");
    let form = page.form("form-post");
    assert_eq!(form.action, REDIRECT);
    form.fields.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_form_post_carries_codes_tokens_and_errors_and_puts_nothing_into_an_address() {
    let world = World::with(|settings| settings.protocol.front_channel_id_tokens = true).await;
    let kinds = ["code", "code id_token"];
    world.client("acme", |own| own.response_types = kinds.map(str::to_owned).to_vec()).await;
    world.person(ADA).await;
    for kind in kinds {
        let wanted = [("response_type", kind), ("response_mode", "form_post")];
        let page = sign_in_and_consent(&mut Browser::new(&world), ADA, &authorize_path(&wanted)).await;
        let answer = posted(&page);
        assert_eq!((answer["state"].as_str(), answer["iss"].as_str()), ("a state", ISSUER));
        assert_eq!(answer.contains_key("id_token"), kind != "code");
        assert_eq!(redeem(&world, &answer["code"]).await.status, 200);
        let silent = authorize_path(&[&wanted[..], &[("prompt", "none")]].concat());
        let refused = posted(&Browser::new(&world).visit(&silent).await);
        assert_eq!((refused["error"].as_str(), refused["state"].as_str()), ("login_required", "a state"), "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_the_hybrid_flow_answers_in_the_fragment_errors_too() {
    let world = World::with(|settings| settings.protocol.front_channel_id_tokens = true).await;
    world.client("acme", |own| own.response_types = vec!["code id_token".to_owned()]).await;
    world.person(ADA).await;
    for change in [&[("prompt", "none")][..], &[("nonce", "")]] {
        let path = authorize_path(&[change, &[("response_type", "code id_token")]].concat());
        let location = Browser::new(&world).visit(&path).await.location().unwrap();
        assert!(location.starts_with(&format!("{REDIRECT}#error=")) && !location.contains('?'), "{location}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_a_posted_authorization_request_works_like_one_by_address() {
    let world = usual_world().await;
    let path = authorize_path(&[]);
    let (address, query) = path.split_once('?').unwrap();
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut browser = Browser::new(&world);
    browser.extra.push(("sec-fetch-site".to_owned(), "cross-site".to_owned()));
    let page = browser.post(address, &fields).await;
    browser.extra.clear();
    let page = browser.follow(page).await;
    let page = browser.sign_in(&page, ADA, PASSWORD).await;
    let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await.answer();
    assert_eq!(redeem(&world, &answer["code"]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_a_hint_of_who_is_signed_in_is_silent_and_about_the_same_person() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await.answer();
    let first = redeem(&world, &answer["code"]).await.json();
    world.pass(2);
    let silent = [("prompt", "none"), ("id_token_hint", text(&first, "id_token"))];
    for change in [&silent[..], &silent[..1], &[("max_age", "10000")]] {
        let answer = browser.visit(&authorize_path(change)).await.answer();
        let again = redeem(&world, &answer["code"]).await.json();
        let (before, after) = (claims(text(&first, "id_token")), claims(text(&again, "id_token")));
        assert_eq!((&before["sub"], &before["auth_time"]), (&after["sub"], &after["auth_time"]), "{change:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_many_sign_ins_from_one_address_are_no_attack() {
    let world = usual_world().await;
    for _ in 0..20 {
        let mut browser = Browser::new(&world);
        let answer = sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await.answer();
        assert!(answer.contains_key("code"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_what_ends_a_session_by_address_needs_everything_to_be_right() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await.answer();
    let hint = text(&redeem(&world, &answer["code"]).await.json(), "id_token").to_owned();
    let (bye, other) = ("https://acme.example/bye", "https://acme.example/bye?foo=bar");
    let broken = format!("{}AAAA", &hint[..hint.len() - 4]);
    for (what, fields) in [
        ("a query added", vec![("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", other)]),
        ("a changed hint", vec![("id_token_hint", broken.as_str()), ("post_logout_redirect_uri", bye)]),
        ("no hint", vec![("post_logout_redirect_uri", bye)]),
        ("nothing", vec![]),
        ("a state alone", vec![("state", "x")]),
    ] {
        let page = browser.visit(&format!("/oauth2/logout?{}", encode(&fields))).await;
        let page = browser.follow(page).await;
        assert!(page.has("logout-confirm") || page.has("error-page"), "{what}: {}", page.text());
        let silent = browser.visit(&authorize_path(&[("prompt", "none")])).await.answer();
        assert!(silent.contains_key("code"), "{what} ends nothing");
    }
    let page = browser.visit(&format!("/oauth2/logout?{}", encode(&[("id_token_hint", &hint)]))).await;
    let page = browser.follow(page).await;
    assert!(page.has("logged-out"), "a hint and no address: {}", page.text());
}
