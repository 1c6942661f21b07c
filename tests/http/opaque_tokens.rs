//! Access tokens that say nothing to whoever holds them (`access_token_format = "opaque"`).

use doorward::model::client::AccessTokenFormat;
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{
    authorize_path, basic, claims, post, redeem, refresh, sign_in_and_consent, token, tokens, userinfo,
};
use crate::support::world::{SECRET, World};

async fn opaque_world() -> World {
    let world = World::new().await;
    world.person("ada@example.com").await;
    world.client("acme", |metadata| metadata.doorward.access_token_format = AccessTokenFormat::Opaque).await;
    world
}

fn text<'a>(document: &'a Value, member: &str) -> &'a str {
    document[member].as_str().unwrap_or_else(|| panic!("{member} in {document}"))
}

async fn as_acme(world: &World, path: &str, access_token: &str) -> Page {
    post(world, path, &[("token", access_token)], &[("authorization", &basic("acme", SECRET))]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opaque_token_works_wherever_a_readable_one_does() {
    let world = opaque_world().await;
    let issued = tokens(&world).await;
    let access_token = text(&issued, "access_token");
    assert!(access_token.starts_with("dwa_") && !access_token.contains('.'), "{access_token}");
    let id_token = claims(text(&issued, "id_token"));
    assert!(id_token["at_hash"].is_string());
    let told = userinfo(&world, access_token).await.json();
    assert_eq!((&told["sub"], &told["email"]), (&id_token["sub"], &json!("ada@example.com")));
    let introspected = as_acme(&world, "/oauth2/introspect", access_token).await.json();
    assert_eq!((&introspected["active"], &introspected["sub"]), (&json!(true), &id_token["sub"]));
    assert_eq!(introspected["client_id"], "acme");
    let refreshed = refresh(&world, text(&issued, "refresh_token")).await.json();
    assert!(text(&refreshed, "access_token").starts_with("dwa_"));
    assert_ne!(text(&refreshed, "access_token"), access_token);
    let machine = token(&world, &[("grant_type", "client_credentials")]).await.json();
    assert!(text(&machine, "access_token").starts_with("dwa_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn res_06_res_07_an_opaque_token_ends_by_revocation_and_with_its_grant_at_once() {
    let world = opaque_world().await;
    let issued = tokens(&world).await;
    let access_token = text(&issued, "access_token");
    assert_eq!(as_acme(&world, "/oauth2/revoke", access_token).await.status, 200);
    assert_eq!(userinfo(&world, access_token).await.status, 401);
    let inactive = as_acme(&world, "/oauth2/introspect", access_token).await.json();
    assert_eq!(inactive, json!({"active": false}));
    let other = refresh(&world, text(&issued, "refresh_token")).await.json();
    assert_eq!(userinfo(&world, text(&other, "access_token")).await.status, 200);
    assert_eq!(as_acme(&world, "/oauth2/revoke", text(&other, "refresh_token")).await.status, 200);
    assert_eq!(userinfo(&world, text(&other, "access_token")).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn tok_08_an_opaque_token_ends_by_time_and_is_forgotten() {
    let world = opaque_world().await;
    let access_token = text(&tokens(&world).await, "access_token").to_owned();
    world.pass(599);
    assert_eq!(userinfo(&world, &access_token).await.status, 200);
    world.pass(1);
    let late = userinfo(&world, &access_token).await;
    assert_eq!(late.status, 401);
    assert!(late.header("www-authenticate").unwrap().contains("invalid_token"));
    world.pass(1);
    let swept = world.context.store.sweep(world.now()).await.unwrap();
    assert!(swept.contains(&("opaque_tokens", 1)), "{swept:?}");
    assert_eq!(userinfo(&world, &access_token).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn res_01_res_05_what_only_looks_like_one_is_none_and_strangers_learn_nothing() {
    let world = opaque_world().await;
    world.client("umbra", |_| ()).await;
    let access_token = text(&tokens(&world).await, "access_token").to_owned();
    let mut other = access_token.clone().into_bytes();
    other[10] = if other[10] == b'A' { b'B' } else { b'A' };
    for nonsense in [String::from_utf8(other).unwrap(), "dwa_".to_owned(), access_token.to_uppercase()] {
        assert_eq!(userinfo(&world, &nonsense).await.status, 401, "{nonsense}");
    }
    let header = basic("umbra", SECRET);
    let fields = [("token", access_token.as_str())];
    let told = post(&world, "/oauth2/introspect", &fields, &[("authorization", &header)]).await.json();
    assert_eq!(told, json!({"active": false}));
    let revoked = post(&world, "/oauth2/revoke", &fields, &[("authorization", &header)]).await;
    assert_eq!(revoked.status, 400);
    assert_eq!(userinfo(&world, &access_token).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn cod_02_a_code_used_twice_ends_the_opaque_token_it_gave() {
    let world = opaque_world().await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&[])).await.answer();
    let issued = redeem(&world, &answer["code"]).await.json();
    assert_eq!(redeem(&world, &answer["code"]).await.status, 400);
    assert_eq!(userinfo(&world, text(&issued, "access_token")).await.status, 401);
}
