//! `doorward client`.

use serde_json::{Value, json};

use crate::program::Place;

const SHOP: &str = r#"{"client_id": "shop", "client_name": "Shop", "redirect_uris": ["https://shop.example/cb"],
    "grant_types": ["authorization_code", "refresh_token"], "doorward": {"first_party": true}}"#;

fn with_shop() -> Place {
    let place = Place::empty();
    place.run_reading(&["client", "add", "--json", "-"], SHOP).success();
    place
}

#[test]
fn rfc7591_3_2_1_a_client_added_as_json_is_answered_with_everything_that_was_registered() {
    let place = Place::empty();
    let answer = place.run_reading(&["client", "add", "--json", "-"], SHOP).success();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["client_id"], "shop");
    assert!(answer["client_secret"].as_str().unwrap().starts_with("dws_"));
    assert_eq!(answer["client_secret_expires_at"], 0);
    assert!(answer["client_id_issued_at"].is_i64());
    assert_eq!(answer["redirect_uris"], json!(["https://shop.example/cb"]));
    assert_eq!(answer["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(answer["doorward"]["first_party"], true);
    let shown = place.json(&["client", "show", "shop", "--json"]);
    assert_eq!((&shown["client_secret"], &shown["disabled"]), (&Value::Null, &json!(false)));
    assert_eq!(shown["client_name"], "Shop");
}

#[test]
fn a_chosen_secret_is_repeated_and_a_missing_id_is_made() {
    let place = Place::empty();
    let described = r#"{"client_secret": "chosen-by-the-operator", "redirect_uris": ["https://a.example/"]}"#;
    let answer = place.run_reading(&["client", "add", "--json", "-"], described).success();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["client_secret"], "chosen-by-the-operator");
    assert_eq!(answer["client_id"].as_str().unwrap().len(), 32);
    let public = r#"{"token_endpoint_auth_method": "none", "redirect_uris": ["https://a.example/"]}"#;
    let answer = place.run_reading(&["client", "add", "--json", "-"], public).success();
    assert_eq!(serde_json::from_str::<Value>(&answer).unwrap().get("client_secret"), None);
}

#[test]
fn mistakes_in_json_are_told_at_once_and_nothing_is_made() {
    let place = Place::empty();
    let wrong = r#"{"redirect_uri": ["x"], "scope": 5, "client_secret": "short", "token_endpoint_auth_method": "basic",
        "doorward": {"first_party": "yes"}}"#;
    insta::assert_snapshot!(place.run_reading(&["client", "add", "--json", "-"], wrong).failure(2));
    let twice = r#"{"client_id": "a", "client_id": "b"}"#;
    assert!(place.run_reading(&["client", "add", "--json", "-"], twice).failure(2).contains("stands twice"));
    assert!(place.run_reading(&["client", "add", "--json", "-"], "{").failure(2).contains("standard input:1"));
    assert!(!place.file("data").exists());
}

#[test]
fn options_do_for_the_usual_client() {
    let place = Place::empty();
    let options = ["client", "add", "--id", "diary", "--name", "Diary", "--public", "--native", "--redirect-uri"];
    let answer = place.output(&[&options[..], &["http://127.0.0.1/callback"]].concat());
    assert_eq!(answer, "client_id  diary\n");
    let shown = place.json(&["client", "show", "diary", "--json"]);
    assert_eq!(shown["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!((&shown["application_type"], &shown["token_endpoint_auth_method"]), (&json!("native"), &json!("none")));
    assert!(place.run(&["client", "add", "--redirect-uri", "nowhere"]).failure(2).contains("redirect_uris[0]"));
}

#[test]
fn a_client_that_is_there_is_not_added_again_and_one_that_is_not_cannot_be_changed() {
    let place = with_shop();
    let said = place.run_reading(&["client", "add", "--json", "-"], SHOP).failure(1);
    assert!(said.contains("already") && said.contains("hint:"), "{said}");
    for command in ["show", "secret", "disable", "enable", "delete"] {
        assert!(place.run(&["client", command, "nobody"]).failure(1).contains("There is no client `nobody`"));
    }
    assert!(place.run(&["client", "add-redirect", "nobody", "https://a.example/"]).failure(1).contains("nobody"));
}

#[test]
fn cli_14_secrets_are_rotated_with_an_overlap() {
    let place = with_shop();
    let answer = place.json(&["client", "secret", "shop", "--json"]);
    assert!(answer["client_secret"].as_str().unwrap().starts_with("dws_"));
    let shown = place.output(&["client", "show", "shop"]);
    let secrets: Vec<&str> = shown.lines().filter(|line| line.starts_with("secret ")).collect();
    assert_eq!(secrets.len(), 2, "{shown}");
    assert!(!secrets[0].contains("counts until") && secrets[1].contains("counts until"), "{shown}");
    assert!(!shown.contains(answer["client_secret"].as_str().unwrap()));
}

#[test]
fn a_redirect_uri_is_added_and_checked() {
    let place = with_shop();
    let add = |uri: &str| place.run(&["client", "add-redirect", "shop", uri]);
    assert_eq!(add("https://shop.example/Callback").success(), "client shop updated\n");
    assert_eq!(add("https://shop.example/Callback").success(), "client shop unchanged\n");
    assert!(add("https://shop.example/#x").failure(2).contains("fragment"));
    assert!(add("com.example.shop:/cb").failure(2).contains("native"));
    let after_logout = place.run(&["client", "add-redirect", "shop", "https://shop.example/bye", "--post-logout"]);
    after_logout.success();
    let shown = place.json(&["client", "show", "shop", "--json"]);
    assert_eq!(shown["redirect_uris"], json!(["https://shop.example/cb", "https://shop.example/Callback"]));
    assert_eq!(shown["post_logout_redirect_uris"], json!(["https://shop.example/bye"]));
}

#[test]
fn clients_are_disabled_enabled_and_deleted() {
    let place = with_shop();
    let state = || place.json(&["client", "list", "--json"])["clients"].as_array().unwrap().clone();
    assert_eq!(place.output(&["client", "disable", "shop"]), "client shop disabled\n");
    assert_eq!(state()[0]["disabled"], true);
    assert!(place.output(&["client", "disable", "shop"]).contains("unchanged"));
    place.output(&["client", "enable", "shop"]);
    assert_eq!(state()[0]["disabled"], false);
    place.output(&["client", "delete", "shop"]);
    assert!(state().is_empty());
}

#[test]
fn looking_makes_no_database() {
    let place = Place::empty();
    let said = place.run(&["client", "list"]).failure(2);
    assert!(said.contains("there is no database") && said.contains("data/doorward.sqlite"), "{said}");
    assert!(!place.file("data").exists());
}

#[test]
fn rfc7591_3_an_initial_access_token_is_made_and_shown_once() {
    let place = Place::empty();
    let made = place.json(&["client", "token", "new", "--uses", "3", "--days", "2", "--json"]);
    assert!(made["initial_access_token"].as_str().unwrap().starts_with("dwn_"));
    assert_eq!(made["uses"], 3);
    assert!(made["expires_at"].is_i64());
    assert!(place.run(&["client", "token", "new"]).success().contains("dwn_"));
    for wrong in [["--uses", "0"], ["--days", "400"]] {
        place.run(&[&["client", "token", "new"][..], &wrong].concat()).failure(2);
    }
}
