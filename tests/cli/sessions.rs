//! `doorward session`.

use serde_json::json;

use crate::program::Place;

fn with_ada() -> Place {
    let place = Place::empty();
    place.output(&["user", "add", "ada@example.com"]);
    place
}

#[test]
fn sessions_are_listed_and_all_of_them_ended() {
    let place = with_ada();
    assert_eq!(place.json(&["session", "list", "ada@example.com", "--json"]), json!({ "sessions": [] }));
    assert!(place.output(&["session", "list", "ada@example.com"]).starts_with("SESSION"));
    assert_eq!(place.output(&["session", "end", "ada@example.com"]), "all sessions of ada@example.com ended\n");
    let entries = place.json(&["audit", "list", "--action", "session.ended", "--json"]);
    assert_eq!(entries["entries"][0]["actor"], "operator");
}

#[test]
fn a_session_that_is_not_there_is_told() {
    let place = with_ada();
    for id in ["nothing", "0198c1de-0000-7000-8000-000000000000"] {
        let said = place.run(&["session", "end", "ada@example.com", id]).failure(1);
        assert!(said.contains("no live session") && said.contains("hint:"), "{said}");
    }
    assert!(place.run(&["session", "list", "bo@example.com"]).failure(1).contains("There is no person"));
}
