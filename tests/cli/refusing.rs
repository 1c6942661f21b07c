//! What keeps the server from starting, and `doorward check`, which says it beforehand.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::program::Place;

const SETTINGS: &str = "issuer = \"https://login.example.com\"\nlisten = \"127.0.0.1:0\"\n";

const WRONG: &str = "\
issuer = \"http://login.example.com/\"
lisen = \"127.0.0.1:0\"

[tokens]
access_token_seconds = 5

[mail]
transport = \"smpt\"
";

#[test]
fn f_39_every_wrong_setting_is_named_at_once() {
    let place = Place::empty();
    place.write("doorward.toml", WRONG);
    place.write("people.toml", "[[people]]\n");
    let variables = [("DOORWARD__LISTN", "x"), ("DOORWARD__KEYS__MASTER_KEY", "not-a-key-at-all")];
    let said = place.run_with(&["serve", "--apply", "people.toml"], &variables).failure(2);
    assert!(!said.contains("not-a-key-at-all"));
    insta::assert_snapshot!(said);
    let checked = place.run_with(&["check"], &variables).failure(2);
    assert!(said.starts_with(checked.trim_end()), "{checked}");
    assert!(!place.file("data").exists() && !place.file("keys").exists());
}

#[test]
fn f_39_a_program_that_checks_is_told_of_wrong_settings_in_json() {
    let place = Place::empty();
    place.write("doorward.toml", "issuer = \"login.example.com\"\n[mail]\ntransport = \"smpt\"\n");
    let ended = place.run(&["check", "--json"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let found: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(found["ready"], false);
    assert_eq!(found["checks"].as_array().unwrap().len(), 2, "{found}");
}

#[test]
fn f_39_an_unreachable_database_is_told_without_its_password() {
    let place = Place::empty();
    place.write("doorward.toml", SETTINGS);
    let variables = [("DOORWARD__DATABASE__URL", "postgres://doorward:tell-nobody@127.0.0.1:1/doorward")];
    for command in ["serve", "check"] {
        let ended = place.run_with(&[command], &variables);
        // Not 2: whoever starts it again later may find the database back.
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("the database cannot be reached"), "{ended:?}");
        assert!(ended.stderr.contains("hint: see that the server runs"), "{ended:?}");
        assert!(!format!("{ended:?}").contains("tell-nobody"), "{ended:?}");
    }
}

#[test]
fn f_36_a_master_key_that_others_may_read_is_refused() {
    let place = Place::empty();
    place.output(&["keys", "rotate"]);
    place.write("doorward.toml", SETTINGS);
    fs::set_permissions(place.file("keys/master.key"), fs::Permissions::from_mode(0o644)).unwrap();
    for command in ["serve", "check"] {
        let ended = place.run(&[command]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains("open to other users") && ended.stderr.contains("chmod 600"), "{ended:?}");
    }
}

#[test]
fn ops_01_an_existing_database_without_its_master_key_is_refused() {
    let place = Place::empty();
    place.output(&["keys", "rotate"]);
    place.write("doorward.toml", SETTINGS);
    fs::remove_file(place.file("keys/master.key")).unwrap();
    let said = place.run(&["serve"]).failure(2);
    assert!(said.contains("the master key is missing"), "{said}");
    assert!(!place.file("keys/master.key").exists());
    fs::write(place.file("keys/master.key"), "00".repeat(16) + &"11".repeat(16)).unwrap();
    fs::set_permissions(place.file("keys/master.key"), fs::Permissions::from_mode(0o600)).unwrap();
    let said = place.run(&["serve"]).failure(2);
    assert!(said.contains("sealed with another master key"), "{said}");
}

#[test]
fn f_08_a_directory_that_is_not_there_is_told() {
    let place = Place::empty();
    place.write("doorward.toml", SETTINGS);
    let data = place.file("not/mounted").display().to_string();
    let said = place.run(&["serve", "--data", &data]).failure(2);
    assert!(said.contains("not/mounted") && said.contains("hint:"), "{said}");
    assert!(!place.file("not").exists());
}

#[test]
fn dev_mode_listens_on_loopback_only() {
    let place = Place::empty();
    let said = place.run(&["dev", "--listen", "0.0.0.0:0"]).failure(2);
    assert!(said.contains("loopback") && said.contains("doorward serve"), "{said}");
    let said = place.run(&["dev", "--issuer", "https://login.example.com"]).failure(2);
    assert!(said.contains("this machine"), "{said}");
    assert!(!place.file("data").exists());
}

#[test]
fn check_says_what_is_right_and_changes_nothing() {
    let place = Place::empty();
    place.write("doorward.toml", SETTINGS);
    let found = place.json(&["check", "--json"]);
    assert_eq!(found["ready"], true, "{found}");
    assert!(!place.file("data").exists() && !place.file("keys").exists());
    place.output(&["keys", "rotate"]);
    let lines = place.output(&["check"]);
    assert!(lines.contains("schema up to date") && lines.contains("mail.transport is none"), "{lines}");
    let found = place.json(&["check", "--json"]);
    let names: Vec<&str> =
        found["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["issuer", "mail", "passwords", "pages", "database", "keys", "people"]);
    assert!(found["doubts"].as_array().is_some_and(|doubts| doubts.iter().all(Value::is_string)));
}

const PROVIDERS: &str = "\
[provider.google]
client_id = \"id-at-google\"
client_secret = \"tell-nobody\"

[provider.github]
client_id = \"id-at-github\"
client_secret_file = \"github-secret\"
";

#[test]
fn check_shows_providers_with_the_address_to_register_and_without_their_secrets() {
    let place = Place::empty();
    place.write("doorward.toml", &format!("{SETTINGS}{PROVIDERS}"));
    place.write("github-secret", "tell-nobody-either\n");
    fs::set_permissions(place.file("github-secret"), fs::Permissions::from_mode(0o600)).unwrap();
    let lines = place.output(&["check"]);
    assert!(
        lines.contains("Google as id-at-google, callback https://login.example.com/federation/google/callback"),
        "{lines}"
    );
    assert!(lines.contains("https://login.example.com/federation/github/callback"), "{lines}");
    assert!(!lines.contains("tell-nobody"), "{lines}");
}

#[test]
fn a_client_secret_that_everybody_may_read_or_that_is_missing_is_refused() {
    let place = Place::empty();
    place.write("doorward.toml", &format!("{SETTINGS}{PROVIDERS}"));
    for command in ["serve", "check"] {
        let ended = place.run(&[command]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains("is not there"), "{ended:?}");
        assert!(ended.stderr.contains("`provider.github.client_secret_file`"), "{ended:?}");
    }
    assert!(!place.file("data").exists());
    place.write("github-secret", "tell-nobody-either\n");
    fs::set_permissions(place.file("github-secret"), fs::Permissions::from_mode(0o644)).unwrap();
    for command in ["serve", "check"] {
        let ended = place.run(&[command]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains("open to other users") && ended.stderr.contains("chmod 600"), "{ended:?}");
        assert!(!format!("{ended:?}").contains("tell-nobody"), "{ended:?}");
    }
}

#[test]
fn check_asks_providers_when_it_is_told_to_and_says_what_is_wrong_with_each() {
    let (place, other) = (Place::empty(), Place::empty());
    let server = other.start(&["dev", "--listen", "127.0.0.1:0"]).ready();
    let port = server.address.port();
    let provider = |name: &str, issuer: &str| {
        format!(
            "[provider.{name}]\nkind = \"openid_connect\"\nname = \"{name}\"\nissuer = \"{issuer}\"\n\
             client_id = \"x\"\nclient_secret = \"tell-nobody\"\nallow_private_addresses = true\n"
        )
    };
    let good = provider("good", &format!("http://localhost:{port}"));
    place.write("doorward.toml", &format!("{SETTINGS}{good}"));
    assert!(!place.output(&["check"]).contains("provider met"), "nobody is asked unasked");
    let lines = place.output(&["check", "--providers"]);
    assert!(lines.contains("good: document in order, "), "{lines}");
    // The document is found, but it is another issuer's; and nobody listens there.
    let another = provider("another", &format!("http://127.0.0.1:{port}"));
    let absent = provider("absent", "http://127.0.0.1:1");
    place.write("doorward.toml", &format!("{SETTINGS}{good}{another}{absent}"));
    let ended = place.run(&["check", "--providers"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("[provider.another]") && ended.stderr.contains("another issuer's"), "{ended:?}");
    assert!(ended.stderr.contains("[provider.absent]") && ended.stderr.contains("cannot be reached"), "{ended:?}");
    assert!(!format!("{ended:?}").contains("tell-nobody"));
    // Not 2: the provider may be back later.
    place.write("doorward.toml", &format!("{SETTINGS}{absent}"));
    assert_eq!(place.run(&["check", "--providers"]).code, Some(1));
    assert_eq!(server.stop(), Some(0));
}
