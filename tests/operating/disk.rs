//! The disk full (F-05) and the database locked by somebody else (F-09).

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::StatusCode;

use crate::server::{Home, PATIENCE, Server};
use crate::visitor::{Visitor, text};

/// A home on a small disk of its own, which only the server sees. None where nobody may mount one.
fn on_a_small_disk() -> Option<Home> {
    let can = Command::new("unshare").args(["--mount", "true"]).output().is_ok_and(|tried| tried.status.success());
    if !can {
        eprintln!("skipped: this user may not mount a small disk");
        return None;
    }
    let mut home = Home::furnished();
    let script = r#"
        set -e
        data=$1; shift
        mount -t tmpfs -o size=6m,mode=700 tmpfs /mnt
        cp -a "$data/." /mnt/
        mount --bind /mnt "$data"
        exec "$@"
    "#;
    let data = home.data().display().to_string();
    home.wrapper = ["unshare", "--mount", "sh", "-c", script, "sh", &data].map(str::to_owned).to_vec();
    Some(home)
}

/// The data folder as the server sees it.
fn seen_by(server: &Server, home: &Home) -> PathBuf {
    let inside = home.data();
    PathBuf::from(format!("/proc/{}/root{}", server.id(), inside.display()))
}

fn fill(folder: &std::path::Path) -> PathBuf {
    let filler = folder.join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    for size in [64 * 1024, 512, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    filler
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_05_a_full_disk_refuses_writes_serves_the_rest_and_recovers_without_a_restart() {
    let Some(home) = on_a_small_disk() else { return };
    let server = home.start();
    let mut ada = Visitor::ada(&server).await;
    let tokens = ada.tokens().await;
    let mut newest = text(&tokens, "refresh_token").to_owned();
    let filler = fill(&seen_by(&server, &home));
    let refused = loop {
        let answer = ada.refresh(&newest).await.unwrap();
        if answer.status != StatusCode::OK {
            break answer;
        }
        // What still fitted is as good as ever.
        newest = text(&answer.json(), "refresh_token").to_owned();
    };
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.body);
    assert!(refused.header("retry-after").is_some());
    let page = ada.get("/login").await.unwrap();
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "a page that must write");
    assert!(page.has("error-page"), "{}", page.body);
    for path in ["/.well-known/openid-configuration", "/.well-known/jwks.json", "/health"] {
        assert_eq!(ada.get(path).await.unwrap().status, StatusCode::OK, "{path}");
    }
    let told = ada.userinfo(text(&tokens, "access_token")).await.unwrap();
    assert_eq!(told.status, StatusCode::OK, "validation goes on: {}", told.body);
    std::fs::remove_file(filler).unwrap();
    let begun = Instant::now();
    let recovered = loop {
        let answer = ada.refresh(&newest).await.unwrap();
        if answer.status == StatusCode::OK {
            break answer.json();
        }
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", server.log());
    };
    assert_eq!(ada.refresh(text(&recovered, "refresh_token")).await.unwrap().status, StatusCode::OK);
    ada.tokens().await;
    let database = rusqlite::Connection::open_with_flags(
        seen_by(&server, &home).join("doorward.sqlite"),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
    );
    let checked = database.unwrap().query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
    assert_eq!(checked.as_deref(), Ok("ok"));
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_09_a_lock_of_another_process_is_waited_for_and_then_refused_and_loses_no_write() {
    let mut home = Home::furnished();
    home.settings = "[database]\nlock_seconds = 3\n".to_owned();
    let server = home.start();
    let mut ada = Visitor::ada(&server).await;
    let tokens = ada.tokens().await;
    let stranger = rusqlite::Connection::open(home.database_file()).unwrap();
    // Let go within the time: the request waits and succeeds.
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut caller = ada.clone();
    let old = text(&tokens, "refresh_token").to_owned();
    let waiting = tokio::spawn(async move { caller.refresh(&old).await.unwrap() });
    let mut reader = ada.clone();
    for _ in 0..5 {
        let told = reader.userinfo(text(&tokens, "access_token")).await.unwrap();
        assert_eq!(told.status, StatusCode::OK, "reading goes on meanwhile");
    }
    assert!(!waiting.is_finished());
    stranger.execute_batch("ROLLBACK").unwrap();
    let refreshed = waiting.await.unwrap();
    assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);
    let newest = text(&refreshed.json(), "refresh_token").to_owned();
    // Held on to: refused in time, and nothing of it happened.
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    let refused = ada.refresh(&newest).await.unwrap();
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.body);
    assert!(refused.header("retry-after").is_some());
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
    stranger.execute_batch("ROLLBACK").unwrap();
    assert_eq!(ada.refresh(&newest).await.unwrap().status, StatusCode::OK, "the token was not spent");
    assert!(begun.elapsed() < PATIENCE);
    server.stop();
}
