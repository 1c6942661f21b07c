//! Starting on something that is not as it should be (F-12, F-36, F-39, OPS-01, OPS-04, PWD-12).

use std::os::unix::fs::PermissionsExt;

use crate::server::{Home, Outcome};
use crate::visitor::Visitor;

fn assert_told(outcome: &Outcome, code: i32, words: &[&str]) {
    assert_eq!(outcome.status.code(), Some(code), "{}", outcome.stderr);
    for word in words {
        assert!(outcome.stderr.contains(word), "nothing says {word}: {}", outcome.stderr);
    }
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
}

#[test]
fn f_12_a_database_newer_than_the_program_is_refused_and_left_alone() {
    let home = Home::furnished();
    let database = rusqlite::Connection::open(home.database_file()).unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (99990101, 'of the future', 1, x'00', 1)";
    database.execute(newer, []).unwrap();
    database.pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
    database.close().unwrap();
    let before = std::fs::read(home.database_file()).unwrap();
    assert_told(&home.refused(), 2, &["doorward.sqlite", "error:"]);
    assert_eq!(before, std::fs::read(home.database_file()).unwrap(), "not a byte is touched");
}

#[test]
fn f_36_and_ops_01_every_fault_of_the_key_file_has_a_message_of_its_own() {
    let home = Home::furnished();
    let key = std::fs::read(home.key_file()).unwrap();
    let restore = || {
        let _ = std::fs::remove_dir(home.key_file());
        std::fs::write(home.key_file(), &key).unwrap();
        std::fs::set_permissions(home.key_file(), std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    let mut told = std::collections::BTreeSet::new();
    let mut tell = |what: &str| {
        let outcome = home.refused();
        assert_told(&outcome, 2, &["master.key"]);
        assert!(told.insert(outcome.stderr.clone()), "{what}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains(String::from_utf8_lossy(&key).trim()), "{what} shows the key");
    };
    std::fs::remove_file(home.key_file()).unwrap();
    tell("missing");
    std::fs::write(home.key_file(), b"").unwrap();
    std::fs::set_permissions(home.key_file(), std::fs::Permissions::from_mode(0o600)).unwrap();
    tell("empty");
    std::fs::write(home.key_file(), &key[..key.len() / 2]).unwrap();
    tell("truncated");
    restore();
    std::fs::set_permissions(home.key_file(), std::fs::Permissions::from_mode(0o644)).unwrap();
    tell("readable by others");
    std::fs::remove_file(home.key_file()).unwrap();
    std::fs::create_dir(home.key_file()).unwrap();
    tell("a directory");
    restore();
    home.start().stop();
    let mode = std::fs::metadata(home.key_file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn f_36_the_first_start_makes_the_key_for_its_owner_alone() {
    let home = Home::empty();
    home.start().stop();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&home.key_file()), 0o600);
    assert_eq!(mode(&home.data()) & 0o077, 0, "the folder is the owner's");
}

#[test]
fn f_39_and_ops_04_every_mistake_is_told_at_once_with_file_line_and_remedy() {
    let mut home = Home::empty();
    home.settings = "[codes]\nlifetime_second = 600\n[sessions]\nidle_seconds = \"long\"\n".to_owned();
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["check"]] {
        let outcome = home.run(arguments);
        assert_told(&outcome, 2, &["lifetime_second", "lifetime_seconds", "idle_seconds", "doorward.toml:4", "hint:"]);
        assert!(outcome.stderr.contains("doorward.toml:6"), "{}", outcome.stderr);
    }
    assert!(!home.data().exists(), "nothing was made");
}

#[test]
fn f_39_a_database_that_cannot_be_reached_is_named() {
    let mut home = Home::empty();
    home.database = Some("postgres://doorward:hunter2@127.0.0.1:1/nowhere".to_owned());
    let outcome = home.refused();
    assert!(!outcome.status.success());
    assert!(outcome.stderr.contains("127.0.0.1"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("hunter2"), "the password is not shown: {}", outcome.stderr);
}

#[test]
fn f_39_an_address_that_is_taken_is_named() {
    let home = Home::furnished();
    let server = home.start();
    let other = Home::furnished();
    let outcome = other.run(&["serve", "--listen", &format!("127.0.0.1:{}", server.port)]);
    assert!(!outcome.status.success());
    assert!(outcome.stderr.contains(&server.port.to_string()), "{}", outcome.stderr);
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_12_production_knows_nobody_that_was_not_made() {
    let home = Home::furnished();
    let server = home.start();
    for (username, password) in [
        ("mira@example.com", "seven-green-lanterns"),
        ("admin@example.com", "admin"),
        ("admin@localhost.example", "doorward"),
    ] {
        let answer = Visitor::of(&server).sign_in(username, password).await.unwrap();
        assert_eq!(answer.status, 400, "{username}");
    }
    let unknown = Visitor::of(&server).get("/dev/inbox").await.unwrap();
    assert_eq!(unknown.status, 404);
    server.stop();
}
