//! Several processes on one database: starting at once (F-15), and a database server that restarts (F-17).

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::Value;

use crate::server::{Home, Server, Starting};
use crate::support::postgres;
use crate::visitor::{Visitor, text};

/// Starts five at once on one empty database; all serve, with the same keys, and know each other's codes.
async fn five_at_once(homes: &[Home]) {
    let starting: Vec<Starting> = homes.iter().map(|home| home.spawn(0)).collect();
    let servers: Vec<Server> = starting.into_iter().map(Starting::ready).collect();
    let mut keys = Vec::new();
    for server in &servers {
        let mut visitor = Visitor::of(server);
        assert_eq!(visitor.get("/ready").await.unwrap().status, StatusCode::OK, "{}", server.log());
        keys.push(key_ids(&visitor.get("/.well-known/jwks.json").await.unwrap().json()));
        assert!(!server.log().contains("ERROR"), "{}", server.log());
    }
    assert!(keys.iter().all(|own| *own == keys[0] && own.len() == 3), "{keys:?}");
    // Whom all of them were told to make is there once, and what one issues another redeems.
    let mut ada = Visitor::ada(&servers[0]).await;
    let code = ada.authorize().await.unwrap().answer()["code"].clone();
    let mut elsewhere = ada.moved_to(&servers[4]);
    let tokens = elsewhere.redeem(&code).await.unwrap();
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    assert_eq!(ada.redeem(&code).await.unwrap().json()["error"], "invalid_grant", "and then it is spent everywhere");
    for server in servers {
        server.stop();
    }
}

fn key_ids(set: &Value) -> Vec<String> {
    let mut ids: Vec<_> = set["keys"].as_array().unwrap().iter().map(|key| text(key, "kid").to_owned()).collect();
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_15_five_at_once_on_an_empty_sqlite_folder_all_serve() {
    let first = Home::empty();
    let path = first.data();
    let mut homes = vec![first];
    for _ in 1..5 {
        homes.push(Home::sharing(&path));
    }
    five_at_once(&homes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_15_five_at_once_on_an_empty_postgresql_database_all_serve() {
    let Some(url) = postgres::fresh_database().await else { return };
    let homes: Vec<Home> = (0..5).map(|_| on_postgres(&url)).collect();
    five_at_once(&homes).await;
}

/// Replicas share the database and the master key, and nothing else.
fn on_postgres(url: &str) -> Home {
    let mut home = Home::empty();
    home.database = Some(url.to_owned());
    home.settings.push_str("[keys]\nmaster_key = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"\n");
    home
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_17_a_database_that_restarts_costs_some_answers_and_nothing_acknowledged() {
    let Some(mut database) = postgres::Server::of_its_own() else { return };
    let home = on_postgres(&database.fresh_database().await);
    let server = home.start();
    let ada = Visitor::ada(&server).await;
    let ended = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let workers = (0..4).map(|_| tokio::spawn(chain(ada.clone(), ended.clone())));
    let workers: Vec<_> = workers.collect();
    for _ in 0..2 {
        database.restart();
        let begun = Instant::now();
        let mut visitor = Visitor::of(&server);
        while visitor.get("/ready").await.unwrap().status != StatusCode::OK {
            assert!(begun.elapsed() < Duration::from_secs(10), "{}", server.log());
        }
    }
    ended.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut visitor = ada.moved_to(&server);
    let mut links = 0;
    for worker in workers {
        let Some((newest, count)) = worker.await.unwrap() else { continue };
        links += count;
        let answer = visitor.refresh(&newest).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "an acknowledged token: {}", answer.body);
    }
    assert!(links > 0);
    server.stop();
}

/// Refreshes without end; gives the newest acknowledged token and how many there were.
async fn chain(mut visitor: Visitor, ended: std::sync::Arc<std::sync::atomic::AtomicBool>) -> Option<(String, usize)> {
    let mut newest: Option<(String, usize)> = None;
    while !ended.load(std::sync::atomic::Ordering::Relaxed) {
        let answer = match &newest {
            None => {
                let answer = visitor.authorize().await.unwrap();
                if answer.status != StatusCode::SEE_OTHER {
                    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
                    continue;
                }
                visitor.redeem(&answer.answer()["code"]).await.unwrap()
            }
            Some((token, _)) => visitor.refresh(token).await.unwrap(),
        };
        match answer.status {
            StatusCode::OK => {
                let count = newest.as_ref().map_or(0, |(_, count)| *count) + 1;
                newest = Some((text(&answer.json(), "refresh_token").to_owned(), count));
            }
            StatusCode::SERVICE_UNAVAILABLE => assert!(answer.header("retry-after").is_some()),
            // A code whose redemption was cut off may have been spent.
            StatusCode::BAD_REQUEST if newest.is_none() => {}
            other => panic!("{other}: {}", answer.body),
        }
    }
    newest
}
