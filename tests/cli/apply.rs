//! `doorward apply`: a file of clients and people, applied once and again.

use serde_json::{Value, json};

use crate::program::Place;

const FILE: &str = r#"
[[client]]
client_id = "shop"
client_name = "Corner Shop"
client_secret = "a-secret-of-the-shop-0123456789"
redirect_uris = ["https://shop.example/callback"]
grant_types = ["authorization_code", "refresh_token"]

[client.doorward]
first_party = true

[[client]]
client_id = "diary"
redirect_uris = ["http://localhost:7070/callback"]
token_endpoint_auth_method = "none"

[[person]]
email = "Ada@Example.com"
name = "Ada Lovelace"
password = "eight or more"
birthdate = "1815-12-10"

[person.address]
locality = "London"
"#;

const WRONG: &str = r#"[[client]]
client_id = "a b"
redirect_urls = ["https://a.example/"]
client_secret = "much too short"

[client.doorward]
first_pary = true

[[client]]
client_name = 5
redirect_uris = ["http://shop.example/cb", "https://shop.example/#f"]
grant_types = ["authorisation_code"]

[[client]]
client_id = "half"
redirect_uris = []

[[client]]
client_id = "half"
token_endpoint_auth_method = "none"
client_secret = "a secret that nobody needs"
redirect_uris = ["https://half.example/"]
client_id_issued_at = 5

[[persn]]
email = "ada@example.com"

[[person]]
email = "nobody"
password = "short"
birthdate = "15.12.1815"
nmae = "Ada"

[[person]]
name = "Nobody\u202E"

[client_defaults]
"#;

fn applied(place: &Place, text: &str) -> Value {
    place.write("apply.toml", text);
    place.json(&["apply", "apply.toml", "--json"])
}

fn outcomes(applied: &Value, kind: &str) -> Vec<Value> {
    let outcome = |entry: &Value| json!([entry["outcome"], entry["members"]]);
    applied[kind].as_array().unwrap().iter().map(outcome).collect()
}

#[test]
fn applying_the_same_file_twice_changes_nothing() {
    let place = Place::empty();
    let first = applied(&place, FILE);
    assert_eq!(outcomes(&first, "clients"), [json!(["created", []]), json!(["created", []])]);
    assert_eq!(outcomes(&first, "people"), [json!(["created", []])]);
    assert_eq!(first["people"][0]["email"], "ada@example.com");
    let state = || (place.json(&["client", "list", "--json"]), place.json(&["user", "list", "--json"]));
    let before = state();
    let second = applied(&place, FILE);
    assert_eq!(outcomes(&second, "clients"), [json!(["unchanged", []]), json!(["unchanged", []])]);
    assert_eq!(outcomes(&second, "people"), [json!(["unchanged", []])]);
    // The time of the last change among the rest.
    assert_eq!(state(), before);
}

#[test]
fn rfc7518_3_5_a_client_is_not_provided_for_signatures_that_are_off() {
    let place = Place::empty();
    for member in ["id_token_signed_response_alg = \"PS256\"", "[client.doorward]\naccess_token_alg = \"PS256\""] {
        let redirect = "redirect_uris = [\"https://bank.example/callback\"]";
        place.write("bank.toml", &format!("[[client]]\nclient_id = \"bank\"\n{redirect}\n{member}\n"));
        let said = place.run(&["apply", "bank.toml"]).failure(1);
        assert!(said.contains("_alg: must be an algorithm that is switched on here"), "{said}");
        assert!(said.contains("hint: set protocol.ps256_signatures = true"), "{said}");
        place.run_with(&["apply", "bank.toml"], &[("DOORWARD__PROTOCOL__PS256_SIGNATURES", "true")]).success();
    }
}

#[test]
fn what_changes_is_told_by_its_members() {
    let place = Place::empty();
    applied(&place, FILE);
    let changed = FILE
        .replace("Corner Shop", "The Shop")
        .replace("first_party = true", "resources = [\"https://api.example/\"]")
        .replace("a-secret-of-the-shop", "another-secret")
        .replace("eight or more", "nine or more")
        .replace("birthdate = \"1815-12-10\"", "birthdate = \"\"\nlocked = true")
        .replace("locality = \"London\"", "locality = \"London\"\ncountry = \"UK\"");
    let second = applied(&place, &changed);
    let members = ["client_name", "doorward.first_party", "doorward.resources", "client_secret"];
    assert_eq!(outcomes(&second, "clients")[0], json!(["updated", members]));
    let members = ["address.country", "birthdate", "password", "locked"];
    assert_eq!(outcomes(&second, "people"), [json!(["updated", members])]);
    assert_eq!(outcomes(&applied(&place, &changed), "people"), [json!(["unchanged", []])]);
    let lines = place.output(&["apply", "apply.toml"]);
    assert_eq!(lines, "client shop unchanged\nclient diary unchanged\nperson ada@example.com unchanged\n");
    let ada = &place.json(&["user", "list", "ada", "--json"])["people"][0];
    assert_eq!((&ada["locked"], &ada["birthdate"], &ada["name"]), (&json!(true), &Value::Null, &json!("Ada Lovelace")));
}

#[test]
fn a_client_becomes_what_its_table_says_and_of_a_person_only_what_is_named_changes() {
    let place = Place::empty();
    applied(&place, FILE);
    let less = r#"
        [[client]]
        client_id = "shop"
        redirect_uris = ["https://shop.example/callback"]
        [[person]]
        email = "ada@example.com"
        nickname = "Countess"
    "#;
    let second = applied(&place, less);
    let members = ["client_name", "doorward.first_party", "grant_types"];
    assert_eq!(outcomes(&second, "clients"), [json!(["updated", members])]);
    assert_eq!(outcomes(&second, "people"), [json!(["updated", ["nickname"]])]);
    let ada = &place.json(&["user", "list", "--json"])["people"][0];
    assert_eq!((&ada["name"], &ada["has_password"]), (&json!("Ada Lovelace"), &json!(true)));
}

#[test]
fn cli_14_a_secret_is_made_for_a_confidential_client_without_one_and_shown_once() {
    let place = Place::empty();
    let text = "[[client]]\nclient_id = \"shop\"\nredirect_uris = [\"https://shop.example/\"]\n";
    let secret = applied(&place, text)["clients"][0]["client_secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("dws_") && secret.len() > 40);
    assert_eq!(applied(&place, text)["clients"][0]["client_secret"], Value::Null);
    assert!(!place.output(&["client", "show", "shop", "--json"]).contains(&secret));
}

#[test]
fn every_mistake_is_told_with_its_line_and_nothing_is_written() {
    let place = Place::empty();
    place.write("people.toml", WRONG);
    let said = place.run(&["apply", "people.toml"]).failure(2);
    assert!(!said.contains("much too short"), "a secret is repeated");
    assert!(!place.file("data").exists());
    insta::assert_snapshot!(said);
}

#[test]
fn a_secret_of_ones_own_is_printable_ascii_and_not_repeated() {
    // RFC 6749 §A.2: VSCHAR.
    let place = Place::empty();
    let text = "[[client]]\nclient_id = \"shop\"\nredirect_uris = [\"https://shop.example/\"]\n\
                client_secret = \"ein-geheimnis-mit-ümlauten-0123456789\"\n";
    place.write("clients.toml", text);
    let said = place.run(&["apply", "clients.toml"]).failure(2);
    assert!(said.contains("printable ASCII") && !said.contains("geheimnis"), "{said}");
}

#[test]
fn a_file_that_is_no_toml_or_not_there_is_told() {
    let place = Place::empty();
    place.write("broken.toml", "[[client]]\nclient_id = \n[[client]\n");
    let said = place.run(&["apply", "broken.toml"]).failure(2);
    assert!(said.contains("not valid TOML") && said.contains("broken.toml:2"), "{said}");
    assert!(place.run(&["apply", "nowhere.toml"]).failure(2).contains("nowhere.toml"));
}

#[test]
fn a_file_comes_by_standard_input_too() {
    let place = Place::empty();
    assert!(place.run_reading(&["apply", "-"], FILE).success().contains("person ada@example.com created"));
}

#[test]
fn roles_and_groups_are_part_of_a_person() {
    let place = Place::empty();
    let text = "[[person]]\nemail = \"ada@example.com\"\nroles = [\"editor\"]\ngroups = [\"a\", \"b\"]\n";
    assert_eq!(outcomes(&applied(&place, text), "people"), [json!(["created", []])]);
    assert_eq!(outcomes(&applied(&place, text), "people"), [json!(["unchanged", []])]);
    let changed = text.replace("\"editor\"", "");
    assert_eq!(outcomes(&applied(&place, &changed), "people"), [json!(["updated", ["roles"]])]);
    // What is not named stays.
    let named = "[[person]]\nemail = \"ada@example.com\"\nname = \"Ada\"\n";
    applied(&place, named);
    let ada = &place.json(&["user", "list", "--json"])["people"][0];
    assert_eq!((&ada["roles"], &ada["groups"]), (&json!([]), &json!(["a", "b"])));
}

#[test]
fn a_client_that_could_not_authenticate_here_is_refused_before_anything_is_written() {
    let place = Place::empty();
    let file = "[[client]]\nclient_id = \"first\"\nredirect_uris = [\"https://a.example/\"]\n\
        [[client]]\nclient_id = \"second\"\nredirect_uris = [\"https://a.example/\"]\n\
        token_endpoint_auth_method = \"client_secret_jwt\"\n";
    place.write("clients.toml", file);
    let said = place.run(&["apply", "clients.toml"]).failure(1);
    assert!(said.contains("token_endpoint_auth_method") && said.contains("`second`"), "{said}");
    assert_eq!(place.json(&["client", "list", "--json"])["clients"], serde_json::json!([]));
}
