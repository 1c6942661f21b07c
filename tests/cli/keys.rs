//! `doorward keys`.

use serde_json::Value;

use crate::program::Place;

fn phases(keys: &Value, algorithm: &str) -> Vec<String> {
    let own = keys["keys"].as_array().unwrap().iter().filter(|key| key["alg"] == algorithm);
    own.map(|key| key["phase"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn ops_02_a_rotation_announces_successors_and_asking_again_changes_nothing() {
    let place = Place::empty();
    let first = place.json(&["keys", "rotate", "--json"]);
    assert_eq!(phases(&first, "RS256"), ["signing"]);
    let second = place.json(&["keys", "rotate", "--alg", "ES256", "--json"]);
    assert_eq!(
        (phases(&second, "ES256").join(" "), phases(&second, "RS256")),
        ("signing announced".to_owned(), vec!["signing".to_owned()])
    );
    assert!(second["keys"][1]["retires_at"].is_string());
    let third = place.run(&["keys", "rotate", "--alg", "ES256"]);
    assert!(third.stderr.contains("nothing changed"), "{third:?}");
    assert_eq!(place.json(&["keys", "list", "--json"]), second);
}

#[test]
fn ops_03_an_emergency_withdraws_at_once() {
    let place = Place::empty();
    let before = place.json(&["keys", "rotate", "--json"]);
    let after = place.json(&["keys", "rotate", "--emergency", "--json"]);
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        assert_eq!(phases(&after, algorithm), ["gone", "signing"]);
    }
    let gone = |keys: &Value| keys["keys"].as_array().unwrap().iter().filter(|key| key["phase"] == "gone").count();
    assert_eq!((gone(&before), gone(&after)), (0, 3));
    let table = place.output(&["keys", "list"]);
    assert_eq!(table.lines().count(), 7, "{table}");
}

#[test]
fn rfc7518_3_5_ps256_has_a_key_where_it_is_on_and_no_successor_where_it_is_off() {
    let place = Place::empty();
    let off = place.json(&["keys", "rotate", "--json"]);
    assert_eq!(phases(&off, "PS256"), Vec::<String>::new());
    let said = place.run(&["keys", "rotate", "--alg", "PS256"]).failure(2);
    assert!(said.contains("not switched on") && said.contains("protocol.ps256_signatures = true"), "{said}");
    let rotate = || {
        let on = [("DOORWARD__PROTOCOL__PS256_SIGNATURES", "true")];
        let said = place.run_with(&["keys", "rotate", "--alg", "PS256", "--json"], &on).success();
        serde_json::from_str::<Value>(&said).unwrap()
    };
    assert_eq!(phases(&rotate(), "PS256"), ["signing"]);
    assert_eq!(phases(&rotate(), "PS256").join(" "), "signing announced");
    let list = place.json(&["keys", "list", "--json"]);
    assert_eq!(phases(&list, "PS256").len(), 2, "looking changes nothing");
    let ended = place.json(&["keys", "rotate", "--emergency", "--alg", "PS256", "--json"]);
    assert_eq!(phases(&ended, "PS256").join(" "), "gone gone");
}

#[test]
fn ops_01_a_rotation_without_the_master_key_is_refused_and_makes_none() {
    let place = Place::empty();
    place.output(&["keys", "rotate"]);
    std::fs::remove_file(place.file("keys/master.key")).unwrap();
    let said = place.run(&["keys", "rotate"]).failure(2);
    assert!(said.contains("the master key is missing") && said.contains("keys/master.key"), "{said}");
    assert!(!place.file("keys/master.key").exists());
}

#[test]
fn a_damaged_key_stops_a_rotation_but_not_an_emergency() {
    let place = Place::empty();
    place.output(&["keys", "rotate"]);
    let database = rusqlite::Connection::open(place.file("data/doorward.sqlite")).unwrap();
    let cut =
        "UPDATE signing_keys SET sealed_private_key = substr(sealed_private_key, 1, 60) WHERE algorithm = 'ES256'";
    assert_eq!(database.execute(cut, []).unwrap(), 1);
    let said = place.run(&["keys", "rotate"]).failure(2);
    assert!(said.contains("doorward keys rotate --emergency"), "{said}");
    let after = place.json(&["keys", "rotate", "--emergency", "--alg", "ES256", "--json"]);
    assert_eq!(
        (phases(&after, "ES256").join(" "), phases(&after, "RS256").join(" ")),
        ("gone signing".to_owned(), "signing".to_owned())
    );
}
