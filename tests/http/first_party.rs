//! The authorization challenge endpoint (OAuth 2.0 for First-Party Applications): the operator's own apps sign people in
//! without a browser.

use doorward::model::client::AuthMethod;
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{VERIFIER, challenge, claims, post, userinfo};
use crate::support::world::{PASSWORD, World};

const CHALLENGE: &str = "/oauth2/challenge";
const ADA: &str = "ada@example.com";
const APP: &str = "house-app";

/// A world with Ada, an app of the operator's and one of somebody else's, both without secrets.
async fn world() -> World {
    let world = World::new().await;
    world.person(ADA).await;
    for (name, first_party) in [(APP, true), ("other-house-app", true), ("stranger", false)] {
        world
            .client(name, |metadata| {
                metadata.token_endpoint_auth_method = AuthMethod::None;
                metadata.doorward.first_party = first_party;
            })
            .await;
    }
    world
}

/// What an app asks for in the beginning.
fn wish<'a>(challenge: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("client_id", APP),
        ("scope", "openid email offline_access"),
        ("nonce", "n-1"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ];
    fields.extend(more);
    fields
}

async fn begin(world: &World, more: &[(&str, &str)]) -> Page {
    post(world, CHALLENGE, &wish(&challenge(VERIFIER), more), &[]).await
}

async fn go_on(world: &World, auth_session: &str, more: &[(&str, &str)]) -> Page {
    let mut fields = vec![("client_id", APP), ("auth_session", auth_session)];
    fields.extend(more);
    post(world, CHALLENGE, &fields, &[]).await
}

#[track_caller]
fn session_of(page: &Page) -> String {
    assert_eq!(
        (page.status.as_u16(), &page.json()["error"]),
        (403, &json!("insufficient_authorization")),
        "{}",
        page.body
    );
    page.json()["auth_session"].as_str().unwrap().to_owned()
}

#[track_caller]
fn code_of(page: &Page) -> String {
    assert_eq!(page.status, 200, "{}", page.body);
    page.json()["authorization_code"].as_str().unwrap().to_owned()
}

async fn redeem(world: &World, client_id: &str, code: &str) -> Page {
    let fields =
        [("client_id", client_id), ("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER)];
    post(world, "/oauth2/token", &fields, &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_becomes_a_code_and_the_code_tokens() {
    // First-Party Applications §5, §5.1: the request, and the code it gives.
    let world = world().await;
    let page = begin(&world, &[("username", ADA), ("password", PASSWORD)]).await;
    assert!(page.header("set-cookie").is_none(), "an app keeps no cookies");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let tokens = redeem(&world, APP, &code_of(&page)).await.json();
    let id_token = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((&id_token["nonce"], &id_token["amr"], &id_token["aud"]), (&json!("n-1"), &json!(["pwd"]), &json!(APP)));
    assert_eq!(userinfo(&world, tokens["access_token"].as_str().unwrap()).await.json()["email"], ADA);
    let fields = [
        ("client_id", APP),
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    assert_eq!(post(&world, "/oauth2/token", &fields, &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailed_code_becomes_one_too() {
    let world = world().await;
    let session = session_of(&begin(&world, &[]).await);
    let asked = go_on(&world, &session, &[("username", ADA)]).await;
    assert_eq!((session_of(&asked), &asked.json()["otp_sent"]), (session.clone(), &json!(true)));
    let otp = world.last_code_to(ADA).await;
    let of_another = go_on(&world, &session, &[("otp", &otp), ("username", "eve@example.com")]).await;
    assert_eq!(of_another.json()["problems"], json!(["credentials_wrong"]), "the code was not mailed there");
    let code = code_of(&go_on(&world, &session, &[("otp", &otp), ("username", "Ada@Example.com")]).await);
    let tokens = redeem(&world, APP, &code).await.json();
    assert_eq!(claims(tokens["id_token"].as_str().unwrap())["amr"], json!(["otp"]));
    let over = go_on(&world, &session, &[("otp", &otp)]).await;
    assert_eq!((over.status.as_u16(), &over.json()["error"]), (400, &json!("invalid_session")), "it was answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_and_the_session_goes_on() {
    // First-Party Applications §5.2.2: the error, and the session to go on with.
    let world = world().await;
    let first = begin(&world, &[("username", ADA), ("password", "not the one she has")]).await;
    let session = session_of(&first);
    assert_eq!(first.json()["problems"], json!(["credentials_wrong"]));
    assert_eq!(first.json()["accepts"], json!(["password", "otp"]));
    for (more, problem) in [
        (&[("username", "no address"), ("password", PASSWORD)][..], "email_malformed"),
        (&[("password", PASSWORD)], "email_missing"),
        (&[("otp", "123456")], "code_expired"),
        (&[("username", "nobody")], "email_malformed"),
    ] {
        let page = go_on(&world, &session, more).await;
        assert_eq!(session_of(&page), session);
        assert_eq!(page.json()["problems"], json!([problem]), "{more:?}");
    }
    code_of(&go_on(&world, &session, &[("username", ADA), ("password", PASSWORD)]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_01_an_address_nobody_has_is_answered_like_ones_that_somebody_has() {
    let world = world().await;
    let told = |page: &Page| {
        let mut body = page.json();
        body["auth_session"] = Value::Null;
        (page.status, body)
    };
    for more in [&[][..], &[("password", "not the one she has")]] {
        let of = |email: &'static str| {
            let mut fields = vec![("username", email)];
            fields.extend(more);
            fields
        };
        let known = begin(&world, &of(ADA)).await;
        assert_eq!(told(&begin(&world, &of("nobody@example.com")).await), told(&known), "{more:?}");
    }
    assert_eq!(world.mails().await.len(), 1, "and only she gets a mail");
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_03_guesses_are_counted_here_as_on_the_pages() {
    let world = world().await;
    let mut last = None;
    for _ in 0..40 {
        let page = begin(&world, &[("username", ADA), ("password", "not the one she has")]).await;
        let is_throttled = page.status == 429;
        last = Some(page);
        if is_throttled {
            break;
        }
    }
    let throttled = last.unwrap();
    assert_eq!((throttled.status.as_u16(), &throttled.json()["problems"]), (429, &json!(["too_many_requests"])));
    assert!(throttled.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
    let mut browser = Browser::new(&world);
    let login = browser.open("/login").await;
    let page = browser.submit(&login, "login-form", &[("username", ADA), ("password", PASSWORD)]).await;
    assert_eq!(page.status, 429, "the count is shared");
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_06_five_wrong_codes_end_a_code() {
    let world = world().await;
    let session = session_of(&begin(&world, &[("username", ADA)]).await);
    let otp = world.last_code_to(ADA).await;
    let wrong = if otp == "000000" { "111111" } else { "000000" };
    for _ in 0..5 {
        session_of(&go_on(&world, &session, &[("otp", wrong)]).await);
    }
    assert_eq!(go_on(&world, &session, &[("otp", &otp)]).await.json()["problems"], json!(["code_exhausted"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_operators_own_apps_may() {
    let world = world().await;
    let challenge = challenge(VERIFIER);
    let mut fields = wish(&challenge, &[("username", ADA), ("password", PASSWORD)]);
    fields[0].1 = "stranger";
    let page = post(&world, CHALLENGE, &fields, &[]).await;
    assert_eq!((page.status.as_u16(), &page.json()["error"]), (400, &json!("unauthorized_client")));
    fields[0].1 = "nobody-registered-this";
    let page = post(&world, CHALLENGE, &fields, &[]).await;
    assert_eq!((page.status.as_u16(), &page.json()["error"]), (401, &json!("invalid_client")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_belongs_to_the_client_that_began_it_and_to_nothing_else() {
    let world = world().await;
    let session = session_of(&begin(&world, &[]).await);
    let stolen =
        [("client_id", "other-house-app"), ("auth_session", &session), ("username", ADA), ("password", PASSWORD)];
    let page = post(&world, CHALLENGE, &stolen, &[]).await;
    assert_eq!((page.status.as_u16(), &page.json()["error"]), (400, &json!("invalid_session")));
    for wrong in ["", "x", "dwf_x.y", &session[1..], &format!("{session}x")] {
        let page = go_on(&world, wrong, &[("username", ADA), ("password", PASSWORD)]).await;
        assert_eq!(page.status, 400, "{wrong:?}: {}", page.body);
    }
    // Nor is it a flow of the JSON interface.
    session_of(&go_on(&world, &session, &[("username", ADA)]).await);
    let otp = world.last_code_to(ADA).await;
    let request = poem::Request::builder()
        .method(poem::http::Method::POST)
        .uri("/api/v1/sessions".parse().unwrap())
        .header("content-type", "application/json")
        .body(json!({ "flow": session, "code": otp }).to_string());
    assert_eq!(Page::of(world.send(request).await, "/api/v1/sessions").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_is_the_clients_and_needs_its_verifier() {
    let world = world().await;
    let code = code_of(&begin(&world, &[("username", ADA), ("password", PASSWORD)]).await);
    assert_eq!(redeem(&world, "other-house-app", &code).await.json()["error"], "invalid_grant");
    let fields = [("client_id", APP), ("grant_type", "authorization_code"), ("code", &code)];
    assert_eq!(post(&world, "/oauth2/token", &fields, &[]).await.json()["error"], "invalid_grant");
    let elsewhere = [&fields[..], &[("code_verifier", VERIFIER), ("redirect_uri", "https://acme.example/cb")]].concat();
    assert_eq!(post(&world, "/oauth2/token", &elsewhere, &[]).await.json()["error"], "invalid_grant");
    let bare = [("client_id", APP), ("scope", "openid"), ("username", ADA), ("password", PASSWORD)];
    let page = post(&world, CHALLENGE, &bare, &[]).await;
    assert_eq!((page.status.as_u16(), &page.json()["error"]), (400, &json!("invalid_request")), "PKCE is demanded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browsers_session_proves_nothing_to_an_app() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open("/login").await;
    browser.sign_in(&login, ADA, PASSWORD).await;
    let cookies: Vec<String> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let page =
        post(&world, CHALLENGE, &wish(&challenge(VERIFIER), &[]), &[("cookie", cookies.join("; ").as_str())]).await;
    session_of(&page);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_password_grant() {
    let world = world().await;
    let fields = [("client_id", APP), ("grant_type", "password"), ("username", ADA), ("password", PASSWORD)];
    assert_eq!(post(&world, "/oauth2/token", &fields, &[]).await.json()["error"], "unsupported_grant_type");
    let metadata = Browser::new(&world).visit("/.well-known/openid-configuration").await.json();
    assert!(metadata["authorization_challenge_endpoint"].as_str().unwrap().ends_with(CHALLENGE));
    assert!(!metadata["grant_types_supported"].to_string().contains("password"));
}
