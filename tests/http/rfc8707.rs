//! Resource indicators (RFC 8707): which resources a token is for, and how that narrows.

use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{
    REDIRECT, VERIFIER, authorize_path, claims, redeem, sign_in_and_consent, token, userinfo,
};
use crate::support::world::{ISSUER, World};

const NOTES: &str = "https://notes.example";
const FILES: &str = "https://files.example/api";

async fn world() -> World {
    let world = World::new().await;
    world.person("ada@example.com").await;
    world.client("acme", |metadata| metadata.doorward.resources = vec![NOTES.to_owned(), FILES.to_owned()]).await;
    world
}

async fn code_for(world: &World, resources: &[&str]) -> String {
    let mut path = authorize_path(&[]);
    for resource in resources {
        path.push('&');
        path.push_str(&crate::support::browser::encode(&[("resource", resource)]));
    }
    let answer = sign_in_and_consent(&mut Browser::new(world), "ada@example.com", &path).await.answer();
    answer["code"].clone()
}

fn audience(page: &Page) -> Value {
    assert_eq!(page.status, 200, "{}", page.body);
    claims(page.json()["access_token"].as_str().unwrap())["aud"].clone()
}

async fn refresh_for(world: &World, refresh_token: &str, resources: &[&str]) -> Page {
    let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    form.extend(resources.iter().map(|resource| ("resource", *resource)));
    token(world, &form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8707_2_several_resources_are_granted_together_and_narrowed_at_each_token_request() {
    let world = world().await;
    let code = code_for(&world, &[NOTES, FILES]).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("resource", NOTES),
    ];
    let first = token(&world, &fields).await;
    assert_eq!(audience(&first), json!(NOTES));
    let refresh_token = first.json()["refresh_token"].as_str().unwrap().to_owned();
    let second = refresh_for(&world, &refresh_token, &[FILES]).await;
    assert_eq!(audience(&second), json!(FILES), "what one request narrowed is not lost to the next");
    let refresh_token = second.json()["refresh_token"].as_str().unwrap().to_owned();
    let third = refresh_for(&world, &refresh_token, &[]).await;
    assert_eq!(audience(&third), json!([NOTES, FILES]));
    let refresh_token = third.json()["refresh_token"].as_str().unwrap().to_owned();
    let fourth = refresh_for(&world, &refresh_token, &[FILES, NOTES, FILES]).await;
    assert_eq!(audience(&fourth), json!([FILES, NOTES]), "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8707_2_2_a_refresh_never_widens_and_a_refusal_costs_nothing() {
    let world = world().await;
    let issued = redeem(&world, &code_for(&world, &[NOTES]).await).await;
    assert_eq!(audience(&issued), json!(NOTES));
    let refresh_token = issued.json()["refresh_token"].as_str().unwrap().to_owned();
    for wider in [&[FILES][..], &[NOTES, FILES], &["https://elsewhere.example"], &["no uri"]] {
        let page = refresh_for(&world, &refresh_token, wider).await;
        assert_eq!((page.status.as_u16(), &page.json()["error"]), (400, &json!("invalid_target")), "{wider:?}");
    }
    assert_eq!(audience(&refresh_for(&world, &refresh_token, &[NOTES]).await), json!(NOTES));
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8707_2_a_resource_is_absolute_without_fragment_and_registered() {
    let world = world().await;
    for wrong in
        ["no uri", "/relative", "https://notes.example#part", "https://elsewhere.example", "https://notes.example/"]
    {
        let answer = Browser::new(&world).visit(&authorize_path(&[("resource", wrong)])).await.answer();
        assert_eq!(answer["error"], "invalid_target", "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8707_3_a_token_for_a_resource_is_of_no_use_elsewhere() {
    let world = world().await;
    let issued = redeem(&world, &code_for(&world, &[NOTES]).await).await.json();
    assert_eq!(userinfo(&world, issued["access_token"].as_str().unwrap()).await.status, 401);
    // An OpenID Connect client reaches userinfo by naming us.
    let refresh_token = issued["refresh_token"].as_str().unwrap();
    let for_us = refresh_for(&world, refresh_token, &[ISSUER]).await;
    assert_eq!(audience(&for_us), json!(ISSUER));
    assert_eq!(userinfo(&world, for_us.json()["access_token"].as_str().unwrap()).await.status, 200);
}
