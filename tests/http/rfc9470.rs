//! Step-up challenges (RFC 9470): the JSON interface asks for a more recent sign-in, and the authorization request gets it.

use serde_json::json;

use crate::support::browser::{Browser, Page};
use crate::support::example::Example;
use crate::support::relying_party::{authorize_path, claims, redeem, sign_in_and_consent, usual_world};
use crate::support::world::{PASSWORD, World};

const ADA: &str = "ada@example.com";
const IDENTITY: &str = "/api/v1/identities/google/nobody";

async fn world() -> World {
    let world = usual_world().await;
    world.client("acme", |metadata| metadata.doorward.first_party = true).await;
    world
}

async fn token(world: &World, browser: &mut Browser<'_>, change: &[(&str, &str)]) -> String {
    let page = browser.open(&authorize_path(change)).await;
    let page = if page.has("login-submit") { browser.sign_in(&page, ADA, PASSWORD).await } else { page };
    let tokens = redeem(world, &page.answer()["code"]).await.json();
    tokens["access_token"].as_str().unwrap().to_owned()
}

async fn unlink(world: &World, token: &str) -> Page {
    let request = poem::Request::builder()
        .method(poem::http::Method::DELETE)
        .uri(IDENTITY.parse().unwrap())
        .header("authorization", format!("Bearer {token}"))
        .finish();
    Page::of(world.send(request).await, IDENTITY).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9470_3_and_4_a_stale_sign_in_is_challenged_and_a_fresh_one_does() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let stale = token(&world, &mut browser, &[]).await;
    assert_eq!(unlink(&world, &stale).await.status, 404, "the sign-in is fresh, and there is no such tie");
    world.pass(301);
    let mut example = Example::new();
    example.say("The person signed in more than five minutes ago:");
    example.ask(&format!("DELETE {IDENTITY}"), &[("authorization", &format!("Bearer {stale}"))], &[]);
    let refused = unlink(&world, &stale).await;
    example.answer(&refused, &["content-type", "www-authenticate"]);
    assert_eq!(refused.status, 401);
    let challenge = refused.header("www-authenticate").unwrap();
    assert!(challenge.contains("error=\"insufficient_user_authentication\"") && challenge.contains("max_age=\"300\""));
    assert_eq!((&refused.json()["code"], &refused.json()["status"]), (&json!("sign_in_too_old"), &json!(401)));
    example.say(
        "The client asks for authorization again with that `max_age`, the person signs in, and the new token does.",
    );
    example.keep("rfc9470");
    let fresh = token(&world, &mut browser, &[("max_age", "300")]).await;
    assert!(claims(&fresh)["auth_time"].as_i64() > claims(&stale)["auth_time"].as_i64());
    assert_eq!(unlink(&world, &fresh).await.status, 404);
    assert_eq!(unlink(&world, &stale).await.status, 401, "the old one stays what it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9470_5_an_essential_context_that_cannot_be_reached_is_an_error_and_a_wish_is_not() {
    let world = usual_world().await;
    let essential = json!({"id_token": {"acr": {"essential": true, "values": ["gold"]}}}).to_string();
    let refused = Browser::new(&world).visit(&authorize_path(&[("claims", &essential)])).await.answer();
    assert_eq!(refused["error"], "unmet_authentication_requirements");
    for wish in [
        [("claims", json!({"id_token": {"acr": {"values": ["gold"]}}}).to_string())],
        [("claims", json!({"id_token": {"acr": {"essential": true, "values": ["gold", "1"]}}}).to_string())],
        [("acr_values", "gold".to_owned())],
    ] {
        let wish: Vec<(&str, &str)> = wish.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &authorize_path(&wish)).await.answer();
        let tokens = redeem(&world, &answer["code"]).await.json();
        assert_eq!(claims(tokens["id_token"].as_str().unwrap())["acr"], "1", "{wish:?}");
        assert_eq!(claims(tokens["access_token"].as_str().unwrap())["acr"], "1", "§6.1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9470_a_challenge_goes_to_tokens_and_not_to_cookies() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    token(&world, &mut browser, &[]).await;
    world.pass(301);
    let cookies: Vec<String> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = poem::Request::builder()
        .method(poem::http::Method::DELETE)
        .uri(IDENTITY.parse().unwrap())
        .header("cookie", cookies.join("; "))
        .header("origin", crate::support::world::ISSUER)
        .header("sec-fetch-site", "same-origin")
        .header("host", "localhost:8080")
        .finish();
    let refused = Page::of(world.send(request).await, IDENTITY).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(refused.header("www-authenticate").is_none());
}
