//! `doorward trace`.

use serde_json::json;

use crate::program::Place;

#[test]
fn without_a_request_there_is_nothing_to_list() {
    let place = Place::empty();
    place.output(&["user", "add", "ada@example.com"]);
    assert_eq!(place.json(&["trace", "--json"]), json!({ "traces": [] }));
    assert!(place.output(&["trace", "--client", "shop"]).starts_with("TRACE"));
}

#[test]
fn a_trace_that_is_not_there_is_told() {
    let place = Place::empty();
    place.output(&["user", "add", "ada@example.com"]);
    let said = place.run(&["trace", "5e1b7a90-3f"]).failure(1);
    assert!(said.contains("There is no trace") && said.contains("hint:"), "{said}");
}

#[test]
fn a_time_line_names_the_character_by_which_a_redirect_uri_differs() {
    let place = Place::empty();
    let server = place.start(&["dev", "--listen", "127.0.0.1:0"]).ready();
    let data = ["--data", "data/dev"];
    let redirect = ["client", "show", "demo-web", "--json", data[0], data[1]];
    let client = place.json(&redirect);
    let registered = client["redirect_uris"][0].as_str().unwrap().to_owned();
    let wrong = format!("{registered}x").replace(':', "%3A").replace('/', "%2F");
    server.get(&format!("/oauth2/authorize?response_type=code&client_id=demo-web&state=secret&redirect_uri={wrong}"));
    assert_eq!(server.stop(), Some(0));
    let listed = place.json(&["trace", "--client", "demo-web", "--json", data[0], data[1]]);
    let id = listed["traces"][0]["id"].as_str().expect("it was written at the end").to_owned();
    let said = place.output(&["trace", &id, data[0], data[1]]);
    assert!(said.starts_with(&format!("{id}  20")) && said.lines().next().unwrap().ends_with("  demo-web"), "{said}");
    let lines: Vec<&str> = said.lines().skip(1).collect();
    let kinds: Vec<&str> = lines.iter().map(|line| line.split("  ").nth(2).unwrap()).map(str::trim).collect();
    assert_eq!(kinds, ["request", "client", "redirect uri", "refused"], "{said}");
    assert!(lines.iter().all(|line| line.starts_with("+0.000  ") && line.contains(&id)), "{said}");
    assert!(lines[2].contains(&format!("differs_at={}", registered.len())), "{said}");
    assert!(lines[2].contains("received_character=\"x\""), "{said}");
    assert!(!said.contains("secret"), "{said}");
}
