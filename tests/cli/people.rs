//! `doorward user`.

use doorward::params;
use serde_json::{Value, json};

use crate::audit::on_the_database;
use crate::program::Place;

const ADA: &str = r#"{"email": "ada@example.com", "name": "Ada Lovelace", "password": "eight or more",
    "phone_number": "+44 20 7946 0958", "address": {"locality": "London"}}"#;

fn add(place: &Place, described: &str) -> Value {
    let answer = place.run_reading(&["user", "add", "--json", "-"], described).success();
    serde_json::from_str(&answer).unwrap()
}

fn with_ada() -> Place {
    let place = Place::empty();
    add(&place, ADA);
    place
}

fn ada(place: &Place) -> Value {
    place.json(&["user", "list", "ada@", "--json"])["people"][0].clone()
}

#[test]
fn a_person_added_as_json_is_answered_under_the_claim_names() {
    let place = Place::empty();
    let answer = add(&place, ADA);
    assert_eq!((&answer["email"], &answer["email_verified"]), (&json!("ada@example.com"), &json!(true)));
    assert_eq!(answer["sub"].as_str().unwrap().len(), 36);
    assert_eq!(answer["password"], "eight or more");
    assert_eq!(answer["address"], json!({ "locality": "London" }));
    let shown = ada(&place);
    assert_eq!(shown["sub"], answer["sub"]);
    assert_eq!((shown.get("password"), &shown["has_password"]), (None, &json!(true)));
    let unproven = add(&place, r#"{"email": "bo@example.com", "email_verified": false}"#);
    assert_eq!((&unproven["email_verified"], &unproven["has_password"]), (&json!(false), &json!(false)));
}

#[test]
fn mistakes_about_a_person_are_told_at_once() {
    let place = Place::empty();
    let wrong = r#"{"emial": "a@example.com", "password": "short", "picture": "javascript:alert(1)", "sub": "1",
        "address": {"city": "London"}, "email_verified": "yes"}"#;
    insta::assert_snapshot!(place.run_reading(&["user", "add", "--json", "-"], wrong).failure(2));
    assert!(!place.file("data").exists());
}

#[test]
fn options_do_for_a_person_and_a_password_is_made() {
    let place = Place::empty();
    let answer = place.output(&["user", "add", "ada@example.com", "--name", "Ada", "--generate-password"]);
    let password = answer.lines().find_map(|line| line.strip_prefix("password")).unwrap().trim();
    assert_eq!(password.len(), 24, "{answer}");
    assert_eq!(ada(&place)["name"], "Ada");
    let said = place.run(&["user", "add", "ada@example.com"]).failure(1);
    assert!(said.contains("already") && said.contains("hint:"), "{said}");
}

#[test]
fn people_are_verified_locked_unlocked_and_deleted() {
    let place = Place::empty();
    add(&place, r#"{"email": "ada@example.com", "email_verified": false}"#);
    place.output(&["user", "verify", "ada@example.com"]);
    assert_eq!(ada(&place)["email_verified"], true);
    assert!(place.output(&["user", "verify", "ada@example.com"]).contains("unchanged"));
    assert_eq!(place.output(&["user", "lock", "ADA@example.com"]), "person ada@example.com locked\n");
    assert_eq!(ada(&place)["locked"], true);
    place.output(&["user", "unlock", "ada@example.com"]);
    assert_eq!(ada(&place)["locked"], false);
    place.output(&["user", "delete", "ada@example.com"]);
    assert_eq!(ada(&place), Value::Null);
    assert!(place.run(&["user", "delete", "ada@example.com"]).failure(1).contains("There is no person"));
}

#[test]
fn a_password_is_set_from_standard_input_or_made() {
    let place = with_ada();
    let set = |text: &str| place.run_reading(&["user", "password", "ada@example.com"], text);
    assert_eq!(set("another password\n").success(), "person ada@example.com updated: password\n");
    let said = set("seven77\n").failure(2);
    assert!(said.contains("fewer than 8") && !said.contains("seven77"), "{said}");
    let made = place.output(&["user", "password", "ada@example.com", "--generate"]);
    assert!(made.contains("password"), "{made}");
    assert_eq!(ada(&place)["address"]["locality"], "London");
}

const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm";

#[test]
fn a_person_is_imported_with_the_hash_that_another_program_made() {
    let place = Place::empty();
    let answer = add(&place, &json!({ "email": "bo@example.com", "password_hash": BCRYPT }).to_string());
    assert_eq!((answer.get("password_hash"), &answer["has_password"]), (None, &json!(true)));
    place.write("people.toml", &format!("[[person]]\nemail = \"bo@example.com\"\npassword_hash = '{BCRYPT}'\n"));
    assert!(place.output(&["apply", "people.toml"]).contains("unchanged"));
}

#[test]
fn a_hash_that_cannot_be_read_or_costs_too_much_is_told_and_not_repeated() {
    let place = Place::empty();
    for (hash, told) in [
        (BCRYPT.replace("$04$", "$31$"), "more work"),
        ("5f4dcc3b5aa765d61d8327deb882cf99".to_owned(), "no format"),
        ("$argon2id$v=19$m=4194304,t=1000,p=1$c2FsdHNhbHQ$YWFhYWFhYWFhYWFhYWE".to_owned(), "more work"),
    ] {
        let described = json!({ "email": "bo@example.com", "password_hash": hash }).to_string();
        let said = place.run_reading(&["user", "add", "--json", "-"], &described).failure(2);
        assert!(said.contains(told) && said.contains("hint:") && !said.contains(&hash), "{said}");
    }
    let both = json!({ "email": "bo@example.com", "password": "eight or more", "password_hash": BCRYPT }).to_string();
    assert!(place.run_reading(&["user", "add", "--json", "-"], &both).failure(2).contains("beside a `password`"));
}

#[test]
fn a_listing_is_searched_and_holds_no_secret() {
    let place = with_ada();
    add(&place, r#"{"email": "bo@example.com"}"#);
    let all = place.output(&["user", "list"]);
    assert_eq!(all.lines().count(), 3, "{all}");
    assert_eq!(place.output(&["user", "list", "BO@"]).lines().count(), 2);
    assert!(!all.contains("argon2"));
    assert!(!place.output(&["user", "list", "--json"]).contains("argon2"));
}

#[test]
fn the_first_administrator_is_made_from_the_shell() {
    let place = Place::empty();
    place.output(&["user", "add", "boss@example.com", "--admin", "--generate-password"]);
    let boss = place.json(&["user", "show", "boss@example.com", "--json"]);
    assert_eq!((&boss["roles"], &boss["groups"]), (&json!(["admin"]), &json!([])));
    assert!(place.output(&["user", "show", "boss@example.com"]).contains("roles           admin"));
    assert!(place.run(&["user", "show", "nobody@example.com"]).failure(1).contains("There is no person"));
}

#[test]
fn roles_and_groups_are_given_and_taken() {
    let place = with_ada();
    let role =
        |act: &str, names: &[&str]| place.output(&[&["user", "role", act, "ada@example.com"][..], names].concat());
    assert_eq!(role("add", &["editor", "admin"]), "person ada@example.com updated: roles admin, editor\n");
    assert_eq!(role("add", &["editor"]), "person ada@example.com unchanged: roles admin, editor\n");
    assert_eq!(role("remove", &["admin", "nothing"]), "person ada@example.com updated: roles editor\n");
    assert_eq!(role("remove", &["editor"]), "person ada@example.com updated: roles none\n");
    let group = place.output(&["user", "group", "add", "ada@example.com", "team:eu"]);
    assert_eq!(group, "person ada@example.com updated: groups team:eu\n");
    assert_eq!(ada(&place)["groups"], json!(["team:eu"]));
    let said = place.run(&["user", "role", "add", "ada@example.com", "two words"]).failure(2);
    assert!(said.contains("letters, digits"), "{said}");
}

#[test]
fn people_are_searched_by_name_and_username() {
    let place = with_ada();
    add(&place, r#"{"email": "bo@example.com", "name": "Bo", "preferred_username": "viking"}"#);
    let found = |text: &str| place.json(&["user", "search", text, "--json"])["people"].as_array().unwrap().len();
    assert_eq!((found("LOVELACE"), found("VIK"), found("example.com"), found("nobody")), (1, 1, 2, 0));
    assert!(place.output(&["user", "search", "viking"]).contains("bo@example.com"));
}

#[test]
fn api_10_roles_of_a_described_person_are_checked() {
    let place = Place::empty();
    let described = r#"{"email": "ada@example.com", "roles": ["admin", "editor"], "groups": ["london"]}"#;
    let answer = add(&place, described);
    assert_eq!((&answer["roles"], &answer["groups"]), (&json!(["admin", "editor"]), &json!(["london"])));
    let wrong = r#"{"email": "bo@example.com", "roles": ["a b"], "groups": "london"}"#;
    let said = place.run_reading(&["user", "add", "--json", "-"], wrong).failure(2);
    assert!(said.contains("`roles` cannot be used") && said.contains("`groups` is"), "{said}");
}

const TIE: &str = "INSERT INTO identities (provider, subject, account_id, shown_as, taken, linked_at, last_used_at, \
    blocked_at, sealed_tokens) SELECT $1, $2, id, $3, '{}', 1800000000000000, 1800000060000000, $4, 'secret' FROM accounts";

/// Ada, whom two people at GitHub open the account of.
fn with_two_ties() -> Place {
    let place = with_ada();
    on_the_database(&place, async |store| {
        let unit = store.write((), |tx, ()| {
            Box::pin(async move {
                tx.execute(TIE, params!["github", "1815", None::<&str>, None::<i64>]).await?;
                tx.execute(TIE, params!["github", "1816", None::<&str>, None::<i64>]).await
            })
        });
        assert_eq!(unit.await, Ok(1));
    });
    place
}

fn ties_of_ada(place: &Place) -> usize {
    place.json(&["user", "show", "ada@example.com", "--json"])["identities"].as_array().unwrap().len()
}

#[test]
fn a_tie_of_an_account_that_changes_meanwhile_stays_and_the_command_says_so() {
    // Whatever is recorded of the account changes it, so that the second tie is cut too late.
    const CHANGE: &str = "CREATE TRIGGER change AFTER INSERT ON audit_log WHEN NEW.action = 'identity.unlinked' \
        BEGIN UPDATE accounts SET generation = generation + 1; END";
    let place = with_two_ties();
    on_the_database(&place, async |store| {
        store.write((), |tx, ()| Box::pin(tx.execute(CHANGE, &[]))).await.unwrap();
    });
    let said = place.run(&["user", "unlink", "ada@example.com", "github"]).failure(1);
    assert!(said.contains("was changed meanwhile") && !said.contains("Nothing else opens"), "{said}");
    assert_eq!(ties_of_ada(&place), 1);
    on_the_database(&place, async |store| {
        store.write((), |tx, ()| Box::pin(tx.execute("DROP TRIGGER change", &[]))).await.unwrap();
    });
    assert_eq!(
        place.run(&["user", "unlink", "ada@example.com", "github"]).success(),
        "person ada@example.com unlinked\n"
    );
    assert_eq!(ties_of_ada(&place), 0);
}

#[test]
fn the_ties_of_a_locked_account_are_cut_when_the_command_says_they_are() {
    let place = with_two_ties();
    place.output(&["user", "lock", "ada@example.com"]);
    assert_eq!(
        place.run(&["user", "unlink", "ada@example.com", "github"]).success(),
        "person ada@example.com unlinked\n"
    );
    assert_eq!(ties_of_ada(&place), 0);
}

#[test]
fn other_providers_that_open_an_account_are_shown_and_their_tokens_are_not() {
    let place = with_ada();
    assert_eq!(place.json(&["user", "show", "ada@example.com", "--json"])["identities"], json!([]));
    assert!(!place.output(&["user", "show", "ada@example.com"]).contains("identity"));
    on_the_database(&place, async |store| {
        let unit = store.write((), |tx, ()| {
            Box::pin(async move {
                tx.execute(TIE, params!["github", "1815", None::<&str>, Some(1_800_000_090_000_000_i64)]).await?;
                tx.execute(TIE, params!["google", "101", Some("ada\u{1b}[2J@gmail.example"), None::<i64>]).await
            })
        });
        assert_eq!(unit.await, Ok(1));
    });
    let shown = place.output(&["user", "show", "ada@example.com"]);
    let lines: Vec<&str> = shown.lines().filter(|line| line.starts_with("identity ")).collect();
    assert_eq!(lines.len(), 2, "{shown}");
    assert!(lines[0].ends_with(r#"github "1815" since 2027-01-15T08:00:00Z, blocked"#), "{shown}");
    assert!(lines[1].ends_with(r#"google "ada\u{1b}[2J@gmail.example" since 2027-01-15T08:00:00Z"#), "{shown}");
    let answer = place.run(&["user", "show", "ada@example.com", "--json"]).success();
    let identities = serde_json::from_str::<Value>(&answer).unwrap()["identities"].clone();
    assert_eq!((&identities[0]["provider"], &identities[0]["blocked"]), (&json!("github"), &json!(true)));
    assert_eq!((&identities[1]["subject"], &identities[1]["linked_at"]), (&json!("101"), &json!(1_800_000_000)));
    assert!(!answer.contains("secret") && !shown.contains("secret"), "{answer}");
    let unblock = |provider: &str| place.run(&["user", "unblock", "ada@example.com", provider]);
    assert_eq!(unblock("github").success(), "person ada@example.com unblocked\n");
    assert!(!place.output(&["user", "show", "ada@example.com"]).contains("blocked"));
    assert_eq!(unblock("google").success(), "person ada@example.com unchanged: not blocked\n");
    assert!(unblock("elsewhere").failure(1).contains("is not tied to"));
    assert!(place.output(&["audit", "list"]).contains("identity.unblocked"));
    let unlink = |provider: &str| place.run(&["user", "unlink", "ada@example.com", provider]);
    assert_eq!(unlink("github").success(), "person ada@example.com unlinked\n");
    assert!(unlink("github").failure(1).contains("is not tied to"));
    on_the_database(&place, async |store| {
        let unit = store.write((), |tx, ()| Box::pin(tx.execute("UPDATE accounts SET password_hash = NULL", &[])));
        assert_eq!(unit.await, Ok(1));
    });
    assert!(unlink("google").failure(1).contains("Nothing else opens the account"));
    place.output(&["user", "password", "ada@example.com", "--generate"]);
    assert_eq!(unlink("google").success(), "person ada@example.com unlinked\n");
    assert!(place.output(&["audit", "list"]).contains("identity.unlinked"));
}
