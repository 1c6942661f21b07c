//! Backups taken from a server at work, and what a server that starts on a restored one holds to be true.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::StatusCode;

use crate::server::{ADA, Home, PASSWORD, copy};
use crate::visitor::{Visitor, text};

/// Keeps a server busy with whole flows until told to stop; gives the tokens it got.
async fn keep_busy(mut visitor: Visitor, stop: Arc<AtomicBool>) -> Vec<serde_json::Value> {
    let mut got = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let tokens = visitor.tokens().await;
        let refreshed = visitor.refresh(text(&tokens, "refresh_token")).await.unwrap();
        assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);
        got.push(refreshed.json());
    }
    got
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_46_a_backup_under_load_restores_to_a_server_that_works() {
    let home = Home::furnished();
    let server = home.start();
    let ada = Visitor::ada(&server).await;
    let stop = Arc::new(AtomicBool::new(false));
    let busy: Vec<_> = (0..4).map(|_| tokio::spawn(keep_busy(ada.clone(), stop.clone()))).collect();
    let file = home.path().join("backup.sqlite").display().to_string();
    let made = tokio::task::block_in_place(|| home.run(&["backup", &file]));
    stop.store(true, Ordering::Relaxed);
    assert!(made.status.success(), "{made:?}");
    assert!(made.stderr.contains("master.key") && made.stderr.contains("another place"), "{made:?}");
    let mut tokens = Vec::new();
    for worker in busy {
        tokens.extend(worker.await.unwrap());
    }
    assert!(!tokens.is_empty());

    // On another machine: the backup, and the master key from its own place.
    let other = Home::empty();
    let restored = other.run(&["restore", &file]);
    assert!(restored.status.success(), "{restored:?}");
    assert!(restored.stderr.contains("put it back"), "the key is missed: {restored:?}");
    assert!(other.refused().stderr.contains("the master key is missing"));
    std::fs::create_dir_all(other.data().join("keys")).unwrap();
    copy(&home.key_file(), &other.key_file());
    let second = other.start();
    // F-47: nothing that was open comes back to life, not even what nobody used since.
    let mut stranger = ada.moved_to(&second);
    for tokens in &tokens {
        let refused = stranger.refresh(text(tokens, "refresh_token")).await.unwrap();
        assert_eq!(refused.json()["error"], "invalid_grant", "{}", refused.body);
        let refused = stranger.userinfo(text(tokens, "access_token")).await.unwrap();
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{}", refused.body);
    }
    let silent = stranger.authorize().await.unwrap();
    assert_eq!(silent.answer()["error"], "login_required");
    let mut again = Visitor::ada(&second).await;
    let fresh = again.tokens().await;
    assert_eq!(again.userinfo(text(&fresh, "access_token")).await.unwrap().status, StatusCode::OK);
    second.stop();
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_server_keeps_its_database() {
    let home = Home::furnished();
    let server = home.start();
    let file = home.path().join("backup.sqlite").display().to_string();
    assert!(home.run(&["backup", &file]).status.success());
    let again = home.run(&["backup", &file]);
    assert_eq!(again.status.code(), Some(2), "{again:?}");
    assert!(again.stderr.contains("exists already"), "{again:?}");
    let refused = home.run(&["restore", &file]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(refused.stderr.contains("hint: stop every Doorward on this database first"), "{refused:?}");
    let mut visitor = Visitor::of(&server);
    assert_eq!(visitor.sign_in(ADA, PASSWORD).await.unwrap().status, StatusCode::SEE_OTHER);
    server.stop();
    let restored = home.run(&["restore", &file]);
    assert!(restored.status.success() && restored.stderr.is_empty(), "{restored:?}");
    assert!(restored.stdout.contains("the former database is"), "{restored:?}");
    let former = std::fs::read_dir(home.data()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(former.filter(|name| name.to_string_lossy().contains(".before-")).count(), 1);
    home.start().stop();
}

#[test]
fn a_file_that_is_no_backup_is_refused_and_changes_nothing() {
    let home = Home::furnished();
    let file = home.path().join("letter.txt");
    std::fs::write(&file, "not a database").unwrap();
    let before = std::fs::read(home.database_file()).unwrap();
    let refused = home.run(&["restore", &file.display().to_string()]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert!(refused.stderr.contains("is not an SQLite database"), "{refused:?}");
    assert_eq!(std::fs::read(home.database_file()).unwrap(), before);
}

#[test]
fn for_postgresql_its_own_tools_are_named_and_no_password_told() {
    let mut home = Home::empty();
    home.database = Some("postgres://doorward:tell-nobody@127.0.0.1:1/doorward".to_owned());
    for command in ["backup", "restore"] {
        let refused = home.run(&[command, "file"]);
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        assert!(refused.stderr.contains("pg_dump --format=custom") && refused.stderr.contains("pg_restore"));
        assert!(!refused.stderr.contains("tell-nobody"), "{refused:?}");
    }
}
