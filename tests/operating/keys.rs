//! Keys changed on the command line while a server runs (OPS-02, OPS-03).

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::Value;

use crate::server::{Home, PATIENCE, Server};
use crate::support::relying_party::jwt_header;
use crate::visitor::{Visitor, text};

async fn published(visitor: &mut Visitor) -> Vec<String> {
    let set = visitor.get("/.well-known/jwks.json").await.unwrap().json();
    set["keys"].as_array().unwrap().iter().map(|key| text(key, "kid").to_owned()).collect()
}

fn kid(tokens: &Value, name: &str) -> String {
    text(&jwt_header(text(tokens, name)), "kid").to_owned()
}

/// Waits until the running server publishes what `is_there` looks for.
async fn taken_over(server: &Server, visitor: &mut Visitor, is_there: impl Fn(&[String]) -> bool) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let keys = published(visitor).await;
        if is_there(&keys) {
            return keys;
        }
        assert!(begun.elapsed() < PATIENCE, "{keys:?} {}", server.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ops_02_after_a_rotation_old_tokens_verify_and_the_next_key_is_announced() {
    let home = Home::furnished();
    let server = home.start();
    let mut ada = Visitor::ada(&server).await;
    let tokens = ada.tokens().await;
    let before = published(&mut ada).await;
    assert!(home.run(&["keys", "rotate"]).status.success());
    let after = taken_over(&server, &mut ada, |keys| keys.len() == 6).await;
    assert!(before.iter().all(|kid| after.contains(kid)), "{before:?} {after:?}");
    assert_eq!(ada.userinfo(text(&tokens, "access_token")).await.unwrap().status, StatusCode::OK);
    let next = ada.tokens().await;
    assert_eq!(
        kid(&next, "id_token"),
        kid(&tokens, "id_token"),
        "whoever has not fetched the new key is not surprised"
    );
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ops_03_an_emergency_voids_everything_the_old_keys_signed() {
    let home = Home::furnished();
    let server = home.start();
    let mut ada = Visitor::ada(&server).await;
    let tokens = ada.tokens().await;
    let old = [kid(&tokens, "id_token"), kid(&tokens, "access_token")];
    assert!(home.run(&["keys", "rotate", "--emergency"]).status.success());
    taken_over(&server, &mut ada, |keys| !keys.is_empty() && old.iter().all(|kid| !keys.contains(kid))).await;
    assert_eq!(ada.userinfo(text(&tokens, "access_token")).await.unwrap().status, StatusCode::UNAUTHORIZED);
    let fresh = ada.tokens().await;
    assert!(!old.contains(&kid(&fresh, "id_token")) && !old.contains(&kid(&fresh, "access_token")));
    assert_eq!(ada.userinfo(text(&fresh, "access_token")).await.unwrap().status, StatusCode::OK);
    server.stop();
}
