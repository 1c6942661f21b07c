//! `doorward migrate`.

use serde_json::Value;

use crate::program::Place;

fn applied(place: &Place) -> Vec<bool> {
    let status = place.json(&["migrate", "status", "--json"]);
    status["migrations"].as_array().unwrap().iter().map(|state| state["applied"].as_bool().unwrap()).collect()
}

#[test]
fn the_schema_goes_up_down_and_up_again() {
    let place = Place::empty();
    assert!(place.output(&["migrate", "up"]).contains("0001 foundation applied"));
    assert!(applied(&place).iter().all(|applied| *applied));
    assert_eq!(place.output(&["migrate", "up"]), "nothing to do\n");
    let count = applied(&place).len().to_string();
    let unconfirmed = place.run(&["migrate", "down", "--steps", &count]).failure(1);
    assert!(unconfirmed.contains("0001 foundation") && unconfirmed.contains("--yes"), "{unconfirmed}");
    assert!(applied(&place).iter().all(|applied| *applied), "a slip of the fingers costs nothing");
    let down = place.output(&["migrate", "down", "--steps", &count, "--yes"]);
    assert!(down.contains("0001 foundation taken back"), "{down}");
    assert!(applied(&place).iter().all(|applied| !*applied));
    let said = place.run(&["client", "list"]).failure(2);
    assert!(said.contains("doorward migrate up"), "{said}");
    place.output(&["migrate", "up"]);
    assert_eq!(place.json(&["client", "list", "--json"])["clients"], Value::Array(Vec::new()));
}

#[test]
fn f_12_a_newer_schema_is_refused_and_left_alone() {
    let place = Place::empty();
    place.output(&["migrate", "up"]);
    let database = rusqlite::Connection::open(place.file("data/doorward.sqlite")).unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'of the future', 1, x'00', 0)";
    database.execute(newer, []).unwrap();
    for command in
        [&["dev", "--data", "data", "--listen", "127.0.0.1:0"][..], &["migrate", "down", "--yes"], &["client", "list"]]
    {
        let said = place.run(command).failure(2);
        assert!(said.contains("schema version 9999") && said.contains("hint:"), "{said}");
    }
    let count: i64 = database.query_row("SELECT count(*) FROM clients", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 0);
    assert!(!place.file("data/keys").exists());
}
