//! The login trace: what happened to an authorization request can be read afterwards, and no secret stands in it.

use poem::http::Method;
use serde_json::{Value, json};

use crate::administration::Boss;
use crate::support::browser::{Browser, Page};
use crate::support::collector::Collector;
use crate::support::example::Example;
use crate::support::relying_party::{
    REDIRECT, VERIFIER, authorize_path, redeem, refresh, sign_in_and_consent, token, usual_world,
};
use crate::support::world::{PASSWORD, World};

const ADA: &str = "ada@example.com";

/// The newest trace of a client.
async fn newest(world: &World, client: &str) -> Value {
    let boss = Boss::of(world).await;
    world.write_traces().await;
    let listed = boss.get(&format!("/traces?client_id={client}")).await;
    let id = listed["traces"][0]["id"].as_str().unwrap_or_else(|| panic!("there is one: {listed}")).to_owned();
    boss.get(&format!("/traces/{id}")).await
}

fn kinds(trace: &Value) -> Vec<&str> {
    trace["events"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

fn detail<'t>(trace: &'t Value, kind: &str) -> &'t Value {
    let found = trace["events"].as_array().unwrap().iter().find(|event| event["kind"] == kind);
    &found.unwrap_or_else(|| panic!("{kind} is in {trace:#}"))["detail"]
}

fn request_id(page: &Page) -> String {
    let body = scraper::Html::parse_document(&page.body);
    let selector = scraper::Selector::parse("#error-request").unwrap();
    body.select(&selector).next().expect("the page names its request").text().collect::<String>().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_can_be_followed_from_the_request_to_the_tokens() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await.answer();
    world.pass(2);
    let tokens = redeem(&world, &answer["code"]).await.json();
    refresh(&world, tokens["refresh_token"].as_str().unwrap()).await;
    let trace = newest(&world, "acme").await;
    let expected = [
        "request",
        "client",
        "redirect_uri",
        "session",
        "step",
        "signed_in",
        "step",
        "consent",
        "code_issued",
        "redeemed",
        "refreshed",
    ];
    assert_eq!(kinds(&trace), expected, "{trace:#}");
    assert_eq!(detail(&trace, "request")["redirect_uri"], REDIRECT);
    assert_eq!(detail(&trace, "redirect_uri"), &json!({"matches": true}));
    assert_eq!(detail(&trace, "session")["why"], "the browser sent no cookie");
    assert_eq!(detail(&trace, "step"), &json!({"page": "/login"}));
    assert_eq!(detail(&trace, "signed_in")["amr"], json!(["pwd"]));
    assert_eq!(detail(&trace, "consent")["decision"], "allow");
    assert_eq!(detail(&trace, "redeemed")["audience"], "http://localhost:8080");
    let last = trace["events"].as_array().unwrap().last().unwrap();
    assert_eq!((&trace["client_id"], &last["after_seconds"]), (&json!("acme"), &json!(2.0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn log_02_no_secret_is_in_a_trace() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let (state, nonce) = ("a-state-of-somebody", "a-nonce-of-somebody");
    let path = authorize_path(&[("state", state), ("nonce", nonce), ("login_hint", ADA)]);
    let answer = sign_in_and_consent(&mut browser, ADA, &path).await.answer();
    let tokens = redeem(&world, &answer["code"]).await.json();
    let trace = newest(&world, "acme").await.to_string();
    let mut secrets = vec![state, nonce, ADA, PASSWORD, VERIFIER, answer["code"].as_str()];
    secrets.extend(["access_token", "id_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap()));
    let cookies: Vec<String> = browser.cookies().values().cloned().collect();
    secrets.extend(cookies.iter().map(String::as_str));
    for secret in secrets {
        assert!(!trace.contains(secret), "{secret}: {trace}");
    }
    assert!(trace.contains("length 19, digest "), "length and digest tell two of them apart: {trace}");
}

#[tokio::test(flavor = "multi_thread")]
async fn red_01_the_character_by_which_a_redirect_uri_differs_is_named() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let page = browser.open(&authorize_path(&[("redirect_uri", "https://acme.example/cd")])).await;
    assert_eq!(page.status, 400);
    let boss = Boss::of(&world).await;
    world.write_traces().await;
    let trace = boss.get(&format!("/traces/{}", request_id(&page))).await;
    let expected = json!({
        "matches": false,
        "received": "https://acme.example/cd",
        "nearest_registered": REDIRECT,
        "differs_at": 22,
        "received_character": "d",
        "registered_character": "b",
        "only_loopback_port_differs": false,
    });
    assert_eq!(detail(&trace, "redirect_uri"), &expected);
    assert_eq!(detail(&trace, "refused"), &json!({"reason": "redirect_uri_mismatch", "told": "the person"}));
    let mut example = Example::new();
    example.say("A redirect URI has one wrong letter. Two events of the trace, as an administrator reads them:");
    let told = ["redirect_uri", "refused"].map(|kind| json!({ "kind": kind, "detail": detail(&trace, kind) }));
    example.show(&json!(told));
    example.keep("login_trace");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_nobody_redeems_is_told_and_so_is_one_that_is_refused() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await.answer();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", answer["code"].as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", "another-verifier-that-is-long-enough-for-it-to-be-read"),
    ];
    assert_eq!(token(&world, &fields).await.status, 400);
    assert!(!kinds(&newest(&world, "acme").await).contains(&"never_redeemed"), "it may still come");
    world.pass(601);
    let trace = newest_again(&world).await;
    assert_eq!(kinds(&trace)[8..], ["code_issued", "refused", "never_redeemed"], "{trace:#}");
    assert_eq!(detail(&trace, "refused")["told"], "the client");
}

async fn newest_again(world: &World) -> Value {
    let mut browser = Browser::new(world);
    let page = browser.open("/login").await;
    browser.sign_in(&page, "boss@example.com", PASSWORD).await;
    let listed = browser.visit("/api/v1/admin/traces?client_id=acme").await.json();
    let id = listed["traces"][0]["id"].as_str().unwrap().to_owned();
    browser.visit(&format!("/api/v1/admin/traces/{id}")).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn why_nobody_was_found_signed_in_is_told() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await;
    let silent = authorize_path(&[("prompt", "none")]);
    browser.visit(&silent).await;
    world.pass(400 * 86_400);
    browser.visit(&silent).await;
    let trace = newest(&world, "acme").await;
    let why = "the session of the cookie has ended, has run out, or its account is locked";
    assert_eq!(detail(&trace, "session"), &json!({"found": 0, "why": why}));
    assert_eq!(detail(&trace, "refused"), &json!({"reason": "login_required", "told": "the client"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_ends_with_the_logout() {
    let collector = Collector::start();
    let world = World::new().await;
    let uri = format!("http://{}/out", collector.address);
    world.client("acme", |client| client.backchannel_logout_uri = Some(uri)).await;
    world.person(ADA).await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await.answer();
    let tokens = redeem(&world, &answer["code"]).await.json();
    browser.visit(&format!("/oauth2/logout?id_token_hint={}", tokens["id_token"].as_str().unwrap())).await;
    world.tell_logouts().await;
    let trace = newest(&world, "acme").await;
    let expected = json!({"state": "delivered", "attempts": 1, "last_status": "200"});
    assert_eq!(detail(&trace, "backchannel_logout"), &expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn traces_are_for_administrators_and_only_while_they_are_on() {
    let world = World::with(|settings| settings.telemetry.login_trace = false).await;
    world.client("acme", |_| ()).await;
    world.person(ADA).await;
    let mut browser = Browser::new(&world);
    sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await;
    world.write_traces().await;
    assert_eq!(browser.visit("/api/v1/admin/traces").await.status, 403);
    let boss = Boss::of(&world).await;
    assert_eq!(boss.get("/traces").await["traces"], json!([]));
    assert_eq!(boss.call(Method::GET, "/traces/nothing").await.status, 404);
}
