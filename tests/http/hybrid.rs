//! ID tokens through the browser (OpenID Connect Core §3.2, §3.3, Form Post Response Mode), for clients registered so.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::support::browser::{Browser, Page};
use crate::support::example::Example;
use crate::support::registrar::{open, register};
use crate::support::relying_party::{REDIRECT, authorize_path, claims, redeem, sign_in_and_consent};
use crate::support::world::{ISSUER, World};

const ADA: &str = "ada@example.com";

/// A world where it is on, with a client that is registered for all of it.
async fn world() -> World {
    let world = World::with(|settings| settings.protocol.front_channel_id_tokens = true).await;
    let kinds = ["code", "code id_token", "id_token"];
    world.client("acme", |metadata| metadata.response_types = kinds.map(str::to_owned).to_vec()).await;
    world.person(ADA).await;
    world
}

async fn answered(world: &World, change: &[(&str, &str)]) -> Page {
    sign_in_and_consent(&mut Browser::new(world), ADA, &authorize_path(change)).await
}

fn left_half(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text.as_bytes())[..16])
}

#[tokio::test(flavor = "multi_thread")]
async fn core_3_3_2_11_the_id_token_vouches_for_code_and_state() {
    let world = world().await;
    let mut example = Example::new();
    let page = answered(&world, &[("response_type", "code id_token")]).await;
    example.say("The answer to a request with `response_type=code id_token`:");
    example.answer(&page, &["location"]);
    assert!(page.location().unwrap().starts_with(&format!("{REDIRECT}#code=")), "never in a query");
    let answer = page.answer();
    let said = claims(&answer["id_token"]);
    example.say("The ID token says, beside what it always does:");
    example.show(&json!({"nonce": said["nonce"], "c_hash": said["c_hash"], "s_hash": said["s_hash"]}));
    example.keep("hybrid");
    assert_eq!((&said["aud"], &said["nonce"], &said["iss"]), (&json!("acme"), &json!("a nonce"), &json!(ISSUER)));
    assert_eq!(said["c_hash"], left_half(&answer["code"]));
    assert_eq!(said["s_hash"], left_half("a state"));
    assert!(said.get("at_hash").is_none() && said.get("email").is_none());
    assert_eq!(answer["state"], "a state");
    let redeemed = redeem(&world, &answer["code"]).await.json();
    let second = claims(redeemed["id_token"].as_str().unwrap());
    // §3.3.3.6
    assert_eq!((&second["iss"], &second["sub"]), (&said["iss"], &said["sub"]));
    assert!(second.get("c_hash").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn core_3_3_words_of_response_type_have_no_order_and_form_post_carries_both() {
    // Multiple Response Types §3: a code and an ID token.
    let world = world().await;
    let page = answered(&world, &[("response_type", "id_token code"), ("response_mode", "form_post")]).await;
    let form = page.form("form-post");
    let names: Vec<&str> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((form.action.as_str(), names), (REDIRECT, vec!["code", "id_token", "state", "iss"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn core_5_4_an_id_token_alone_comes_by_form_post_with_what_the_scopes_bring() {
    // OpenID Connect Core §3.2: an ID token from the authorization endpoint.
    let world = world().await;
    let alone = [
        ("response_type", "id_token"),
        ("response_mode", "form_post"),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    let page = answered(&world, &alone).await;
    let fields = page.form("form-post").fields;
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["id_token", "state", "iss"]);
    let said = claims(&fields[0].1);
    assert_eq!((&said["email"], &said["nonce"]), (&json!(ADA), &json!("a nonce")));
    assert!(said.get("c_hash").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn core_3_3_2_1_no_nonce_no_openid_or_a_query_give_nothing() {
    // OpenID Connect Core §3.2.2.1: `nonce` is required. Multiple Response Types §3.0: nothing of it stands in a
    // query.
    let world = world().await;
    let mut browser = Browser::new(&world);
    sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await;
    for (change, expected) in [
        (&[("nonce", "")][..], "invalid_request"),
        (&[("scope", "email")], "invalid_scope"),
        (&[("response_mode", "query")], "invalid_request"),
        (&[("response_mode", "query.jwt")], "invalid_request"),
        (&[("code_challenge", "")], "invalid_request"),
    ] {
        let change = [&[("response_type", "code id_token")], change].concat();
        let page = browser.visit(&authorize_path(&change)).await;
        let (location, answer) = (page.location().unwrap(), page.answer());
        assert!(!location.contains("id_token") && !location.contains("code="), "{location}");
        if let Some(response) = answer.get("response") {
            assert_eq!(claims(response)["error"], expected, "{change:?}");
        } else {
            assert_eq!(answer["error"], expected, "{change:?}");
        }
    }
    for mode in ["", "fragment", "query"] {
        let page = browser.visit(&authorize_path(&[("response_type", "id_token"), ("response_mode", mode)])).await;
        assert_eq!(page.answer()["error"], "invalid_request", "{mode}");
    }
    let lost = browser
        .visit(&authorize_path(&[("response_type", "code id_token"), ("prompt", "none"), ("max_age", "0")]))
        .await;
    assert!(lost.location().unwrap().starts_with(&format!("{REDIRECT}#error=login_required")), "errors as well");
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_02_only_clients_registered_so_get_one_and_only_where_it_is_on() {
    let world = world().await;
    world.client("plain", |_| ()).await;
    for kind in ["code id_token", "id_token"] {
        let path = authorize_path(&[("client_id", "plain"), ("response_type", kind), ("response_mode", "form_post")]);
        let page = Browser::new(&world).visit(&path).await;
        let fields = page.form("form-post").fields;
        assert_eq!(fields[0], ("error".to_owned(), "unauthorized_client".to_owned()), "{kind}");
    }
    for never in ["none", "token", "code token", "id_token token", "code id_token token"] {
        let page = Browser::new(&world).visit(&authorize_path(&[("response_type", never)])).await;
        assert_eq!(page.answer()["error"], "unsupported_response_type", "{never}");
    }
    let metadata = Browser::new(&world).visit("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["response_types_supported"], json!(["code", "code id_token", "id_token"]));
    let off = World::new().await;
    let metadata = Browser::new(&off).visit("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["response_types_supported"], json!(["code"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn jarm_2_3_both_travel_signed_too() {
    let world = world().await;
    let page = answered(&world, &[("response_type", "code id_token"), ("response_mode", "jwt")]).await;
    assert!(page.location().unwrap().starts_with(&format!("{REDIRECT}#response=")));
    let said = claims(&page.answer()["response"]);
    let inside = claims(said["id_token"].as_str().unwrap());
    assert_eq!(inside["c_hash"], left_half(said["code"].as_str().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn registration_2_the_grant_of_these_response_types_is_told_while_they_are_on() {
    // RFC 7591 §2.1: response types and grants go together.
    let world = World::with(|settings| {
        settings.protocol.front_channel_id_tokens = true;
        open(settings);
    })
    .await;
    let path = "/.well-known/openid-configuration";
    let told = Browser::new(&world).visit(path).await.json();
    assert!(told["grant_types_supported"].as_array().unwrap().contains(&json!("implicit")));
    let asked = json!({
        "redirect_uris": [REDIRECT],
        "grant_types": ["authorization_code", "implicit"],
        "response_types": ["code id_token"],
    });
    let registered = register(&world, &asked).await;
    assert_eq!((registered.status.as_u16(), &registered.json()["response_types"]), (201, &json!(["code id_token"])));
    let off = Browser::new(&World::new().await).visit(path).await.json();
    assert!(!off["grant_types_supported"].to_string().contains("implicit"));
}
