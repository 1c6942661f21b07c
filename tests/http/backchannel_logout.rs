//! OpenID Connect Back-Channel Logout 1.0: clients are told of the end of a session, whatever ended it.

use doorward::jose::{Audience, Expect, Lifetime, Typ};
use doorward::model::key::SigningAlgorithm;
use poem::http::Method;
use serde_json::{Value, json};

use crate::administration::Boss;
use crate::support::browser::{Browser, Page};
use crate::support::collector::{Collector, Posted};
use crate::support::example::Example;
use crate::support::relying_party::{authorize_path, claims, jwt_header, redeem, refresh, userinfo};
use crate::support::world::{ISSUER, PASSWORD, World};

const ADA: &str = "ada@example.com";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A world whose usual client wants to be told at `collector`.
async fn world_telling(collector: &Collector) -> World {
    told_at(World::new().await, collector).await
}

async fn told_at(world: World, collector: &Collector) -> World {
    let uri = format!("http://{}/backchannel", collector.address);
    world.client("acme", |client| client.backchannel_logout_uri = Some(uri)).await;
    world.client("silent", |_| ()).await;
    world.person(ADA).await;
    world
}

/// The token response of the usual client, after a sign-in in `browser` if it needs one.
async fn tokens_in(browser: &mut Browser<'_>, world: &World, change: &[(&str, &str)]) -> Value {
    let page = authorized(browser, &authorize_path(change)).await;
    redeem(world, &page.answer()["code"]).await.json()
}

/// The answer to the client, whatever pages come before it.
async fn authorized(browser: &mut Browser<'_>, path: &str) -> Page {
    let mut page = browser.open(path).await;
    if page.has("login-form") {
        page = browser.sign_in(&page, ADA, PASSWORD).await;
    }
    if page.has("consent-allow") {
        page = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
    }
    page
}

fn id_claims(tokens: &Value) -> Value {
    claims(tokens["id_token"].as_str().unwrap())
}

fn logout_token(posted: &Posted) -> String {
    let (name, token) = posted.body.split_once('=').unwrap();
    assert_eq!(name, "logout_token");
    assert!(!token.contains('&'), "the only parameter: {token}");
    token.to_owned()
}

/// The `sid`s that clients were told of so far.
async fn told(world: &World, collector: &Collector) -> Vec<Value> {
    world.tell_logouts().await;
    collector.posted().iter().map(|posted| claims(&logout_token(posted))["sid"].clone()).collect()
}

async fn log_out(browser: &mut Browser<'_>, tokens: &Value) -> Page {
    let hint = tokens["id_token"].as_str().unwrap();
    browser.visit(&format!("/oauth2/logout?id_token_hint={hint}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn out_07_backchannel_logout_2_4_a_logout_token_holds_what_it_must_and_no_nonce() {
    let collector = Collector::start();
    let world = world_telling(&collector).await;
    let mut browser = Browser::new(&world);
    let tokens = tokens_in(&mut browser, &world, &[]).await;
    let id_token = id_claims(&tokens);
    world.pass(10);
    assert_eq!(log_out(&mut browser, &tokens).await.status, 200);
    assert_eq!(world.tell_logouts().await, 1);
    let [posted] = &*collector.posted() else { panic!("one call: {:?}", collector.posted()) };
    assert_eq!(posted.path, "/backchannel");
    assert!(posted.head.starts_with("POST "));
    assert!(posted.head.to_ascii_lowercase().contains("content-type: application/x-www-form-urlencoded"));
    let token = logout_token(posted);
    assert_eq!(jwt_header(&token)["typ"], "logout+jwt");
    assert_eq!(jwt_header(&token)["alg"], "RS256");
    let expect = Expect {
        typ: Typ::LogoutToken,
        issuer: ISSUER,
        audience: Audience::Only("acme"),
        algorithms: &[SigningAlgorithm::RS256],
        now: world.now(),
        lifetime: Lifetime::Alive,
    };
    let said: Value = world.context.keys.load().verify(&token, &expect).expect("it verifies by the published keys");
    let now = world.now().seconds();
    let expected = json!({
        "iss": ISSUER,
        "aud": "acme",
        "sub": id_token["sub"],
        "sid": id_token["sid"],
        "iat": now,
        "exp": now + 120,
        "jti": said["jti"],
        "events": {EVENT: {}},
    });
    assert_eq!(said, expected);
    let mut example = Example::new();
    example.say("The call, as the client gets it:");
    example.ask(
        "POST /backchannel",
        &[("Content-Type", "application/x-www-form-urlencoded")],
        &[("logout_token", &token)],
    );
    let mut shown = said.clone();
    for (name, value) in [("sub", "f3Vx…"), ("sid", "01KE…"), ("jti", "u1Zw…")] {
        shown[name] = value.into();
    }
    example.say("The claims of the logout token:");
    example.show(&shown);
    example.keep("backchannel_logout");
}

#[tokio::test(flavor = "multi_thread")]
async fn backchannel_logout_2_6_it_is_signed_as_the_clients_id_tokens_are() {
    let collector = Collector::start();
    let world = World::new().await;
    world.person(ADA).await;
    let uri = format!("http://{}/", collector.address);
    let change = |client: &mut doorward::model::client::ClientMetadata| {
        client.backchannel_logout_uri = Some(uri);
        client.id_token_signed_response_alg = SigningAlgorithm::EdDSA;
    };
    world.client("acme", change).await;
    let mut browser = Browser::new(&world);
    let tokens = tokens_in(&mut browser, &world, &[]).await;
    log_out(&mut browser, &tokens).await;
    world.tell_logouts().await;
    assert_eq!(jwt_header(&logout_token(&collector.posted()[0]))["alg"], "EdDSA");
}

#[tokio::test(flavor = "multi_thread")]
async fn backchannel_logout_2_5_every_client_of_the_session_is_told_and_no_other() {
    let collector = Collector::start();
    let world = world_telling(&collector).await;
    let uri = format!("http://{}/other", collector.address);
    for id in ["other", "never-used"] {
        let uri = uri.clone();
        world.client(id, |client| client.backchannel_logout_uri = Some(uri)).await;
    }
    let mut browser = Browser::new(&world);
    let tokens = tokens_in(&mut browser, &world, &[]).await;
    for id in ["other", "silent"] {
        let page = authorized(&mut browser, &authorize_path(&[("client_id", id)])).await;
        assert!(page.answer().contains_key("code"));
    }
    let mut elsewhere = Browser::new(&world);
    tokens_in(&mut elsewhere, &world, &[]).await;
    log_out(&mut browser, &tokens).await;
    world.tell_logouts().await;
    let mut audiences: Vec<String> = collector
        .posted()
        .iter()
        .map(|posted| claims(&logout_token(posted))["aud"].as_str().unwrap().to_owned())
        .collect();
    audiences.sort();
    assert_eq!(audiences, ["acme", "other"], "once each, and not for the session that lives on");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_person_ends_a_session_by_its_clients_are_told() {
    let collector = Collector::start();
    let world = world_telling(&collector).await;
    let mut expected = Vec::new();
    let (mut mine, mut other) = (Browser::new(&world), Browser::new(&world));
    tokens_in(&mut mine, &world, &[]).await;

    let tokens = tokens_in(&mut other, &world, &[]).await;
    let page = other.open("/oauth2/logout").await;
    other.submit(&page, "logout-confirm", &[("decision", "yes")]).await;
    expected.push(id_claims(&tokens)["sid"].clone());
    assert_eq!(told(&world, &collector).await, expected, "our own form");

    let tokens = tokens_in(&mut other, &world, &[]).await;
    let sid = id_claims(&tokens)["sid"].clone();
    let page = mine.visit("/account/sessions").await;
    let csrf = page.body.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    mine.post("/account/sessions", &[("csrf", &csrf), ("session", sid.as_str().unwrap())]).await;
    expected.push(sid);
    assert_eq!(told(&world, &collector).await, expected, "one on the account page");

    let tokens = tokens_in(&mut other, &world, &[]).await;
    mine.post("/account/sessions", &[("csrf", &csrf), ("decision", "end-others")]).await;
    expected.push(id_claims(&tokens)["sid"].clone());
    assert_eq!(told(&world, &collector).await, expected, "all others");

    let tokens = tokens_in(&mut other, &world, &[]).await;
    let page = mine.visit("/account/password").await;
    let fresh = "a longer walk on another beach";
    let fill = [("current_password", PASSWORD), ("password", fresh), ("end_sessions", "yes")];
    let page = mine.submit(&page, "password-form", &fill).await;
    assert_eq!(page.status, 200, "{}", page.text());
    expected.push(id_claims(&tokens)["sid"].clone());
    assert_eq!(told(&world, &collector).await, expected, "a new password");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_an_administrator_ends_a_session_by_its_clients_are_told() {
    let collector = Collector::start();
    let world = world_telling(&collector).await;
    let boss = Boss::of(&world).await;
    let account = world.context.store.find_account_by_email(&ADA.parse().unwrap()).await.unwrap().unwrap();
    let mut expected = Vec::new();
    for (method, path) in [
        (Method::DELETE, format!("/accounts/{}/sessions/SID", account.id)),
        (Method::DELETE, format!("/accounts/{}/sessions", account.id)),
        (Method::POST, format!("/accounts/{}/lock", account.id)),
        (Method::DELETE, format!("/accounts/{}", account.id)),
    ] {
        let mut browser = Browser::new(&world);
        let tokens = tokens_in(&mut browser, &world, &[]).await;
        let sid = id_claims(&tokens)["sid"].clone();
        let path = path.replace("SID", sid.as_str().unwrap());
        boss.done(method, &path).await;
        expected.push(sid);
        assert_eq!(told(&world, &collector).await, expected, "{path}");
        if path.ends_with("lock") {
            boss.done(Method::POST, &path.replace("lock", "unlock")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_session_elsewhere_tells_the_clients_of_the_one_before() {
    let collector = Collector::start();
    let world = told_at(World::with(|settings| settings.sessions.single = true).await, &collector).await;
    let mut first = Browser::new(&world);
    let tokens = tokens_in(&mut first, &world, &[]).await;
    world.pass(1);
    let mut second = Browser::new(&world);
    tokens_in(&mut second, &world, &[]).await;
    assert_eq!(told(&world, &collector).await, [id_claims(&tokens)["sid"].clone()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_session_keeps_the_name_by_which_clients_know_it() {
    let collector = Collector::start();
    let world = world_telling(&collector).await;
    let mut browser = Browser::new(&world);
    let first = tokens_in(&mut browser, &world, &[]).await;
    world.pass(60);
    let login = browser.open(&authorize_path(&[("prompt", "login"), ("client_id", "silent")])).await;
    let page = browser.sign_in(&login, ADA, PASSWORD).await;
    browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
    assert_eq!(told(&world, &collector).await, [] as [Value; 0], "signing in again ends nothing");
    let refreshed = refresh(&world, first["refresh_token"].as_str().unwrap()).await.json();
    assert_eq!(id_claims(&refreshed)["sid"], id_claims(&first)["sid"]);
    world.pass(60);
    log_out(&mut browser, &first).await;
    assert_eq!(told(&world, &collector).await, [id_claims(&first)["sid"].clone()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn backchannel_logout_2_8_a_client_in_trouble_is_tried_again_with_a_token_of_its_own() {
    let collector = Collector::answering(Some("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"));
    let world = world_telling(&collector).await;
    let mut browser = Browser::new(&world);
    let tokens = tokens_in(&mut browser, &world, &[]).await;
    log_out(&mut browser, &tokens).await;
    for wait in [0, 5, 30] {
        world.pass(wait);
        assert_eq!(world.tell_logouts().await, 1, "after {wait} s");
        assert_eq!(world.tell_logouts().await, 0, "not at once again");
    }
    let said: Vec<Value> = collector.posted().iter().map(|posted| claims(&logout_token(posted))).collect();
    assert_eq!(said.len(), 3);
    assert!(said[0]["jti"] != said[1]["jti"] && said[1]["jti"] != said[2]["jti"]);
    assert_eq!(said[2]["iat"], world.now().seconds());
    assert_eq!(said[0]["sid"], said[2]["sid"]);
    world.pass(6 * 3_600);
    world.tell_logouts().await;
    world.pass(6 * 3_600);
    assert_eq!(world.tell_logouts().await, 0, "some time it is given up");
    let boss = Boss::of(&world).await;
    let listed = boss.get("/logouts").await["logouts"][0].clone();
    assert_eq!((&listed["state"], &listed["last_status"]), (&json!("failed"), &json!("503")));
    assert_eq!(listed["attempts"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn backchannel_logout_2_8_a_client_that_refuses_is_not_asked_again() {
    let collector = Collector::answering(Some("HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n"));
    let world = world_telling(&collector).await;
    let mut browser = Browser::new(&world);
    let tokens = tokens_in(&mut browser, &world, &[]).await;
    log_out(&mut browser, &tokens).await;
    assert_eq!(world.tell_logouts().await, 1);
    world.pass(3_600);
    assert_eq!(world.tell_logouts().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sees_who_was_told() {
    let collector = Collector::answering(Some("HTTP/1.1 204 Done\r\n\r\n"));
    let world = world_telling(&collector).await;
    let boss = Boss::of(&world).await;
    let mut browser = Browser::new(&world);
    let tokens = tokens_in(&mut browser, &world, &[]).await;
    log_out(&mut browser, &tokens).await;
    let listed = boss.get("/logouts?client_id=acme").await["logouts"].clone();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["state"]), (1, &json!("waiting")));
    world.tell_logouts().await;
    let sid = id_claims(&tokens)["sid"].as_str().unwrap().to_owned();
    let listed = boss.get(&format!("/logouts?sid={sid}")).await["logouts"][0].clone();
    assert_eq!((&listed["state"], &listed["last_status"]), (&json!("delivered"), &json!("204")));
    assert_eq!(listed["sub"], id_claims(&tokens)["sub"]);
    assert_eq!(boss.get("/logouts?client_id=other").await["logouts"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn out_07_an_address_inside_is_not_called_and_the_person_learns_nothing_of_it() {
    let collector = Collector::start();
    let world = World::new().await;
    world.person(ADA).await;
    world.client("acme", |client| client.backchannel_logout_uri = Some("https://10.0.0.1/out".to_owned())).await;
    let mut browser = Browser::new(&world);
    let tokens = tokens_in(&mut browser, &world, &[]).await;
    let page = log_out(&mut browser, &tokens).await;
    assert!(page.status == 200 && page.has("logged-out"));
    assert_eq!(world.tell_logouts().await, 1);
    assert!(collector.posted().is_empty());
    let listed = Boss::of(&world).await.get("/logouts").await["logouts"][0].clone();
    assert!(listed["last_status"].as_str().unwrap().starts_with("misconfigured"), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn out_08_a_logout_ends_tokens_without_offline_access_and_leaves_the_others() {
    let collector = Collector::start();
    let world = world_telling(&collector).await;
    let mut browser = Browser::new(&world);
    let offline = tokens_in(&mut browser, &world, &[]).await;
    let online = tokens_in(&mut browser, &world, &[("scope", "openid")]).await;
    log_out(&mut browser, &offline).await;
    assert_eq!(userinfo(&world, online["access_token"].as_str().unwrap()).await.status, 401);
    assert_eq!(userinfo(&world, offline["access_token"].as_str().unwrap()).await.status, 200);
    assert_eq!(refresh(&world, offline["refresh_token"].as_str().unwrap()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_advertised_exactly_while_it_is_on() {
    // Back-Channel Logout §2.1: what the metadata says.
    for is_on in [true, false] {
        let world = World::with(|settings| settings.protocol.backchannel_logout = is_on).await;
        let document = Browser::new(&world).visit("/.well-known/openid-configuration").await.json();
        let expected = if is_on { json!(true) } else { Value::Null };
        assert_eq!(document["backchannel_logout_supported"], expected);
        assert_eq!(document["backchannel_logout_session_supported"], expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn backchannel_logout_2_while_it_is_off_nothing_is_written_down_for_later() {
    let collector = Collector::start();
    let world = World::with(|settings| settings.protocol.backchannel_logout = false).await;
    let world = told_at(world, &collector).await;
    let mut browser = Browser::new(&world);
    let tokens = tokens_in(&mut browser, &world, &[]).await;
    assert_eq!(log_out(&mut browser, &tokens).await.status, 200);
    assert_eq!(userinfo(&world, tokens["access_token"].as_str().unwrap()).await.status, 200);
    assert!(world.context.store.list_logouts(None, None, 10).await.unwrap().is_empty());
}
