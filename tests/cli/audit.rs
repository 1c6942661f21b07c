//! `doorward audit`: what was done is found, and what was done to the record of it as well.

use doorward::base::Draw;
use doorward::store::{Location, SealOutcome, Store, StoreOptions};
use serde_json::{Value, json};

use crate::program::Place;

/// Acts on the database of a place in which no program runs.
pub fn on_the_database<T>(place: &Place, act: impl AsyncFnOnce(&Store) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let location = Location::Sqlite { path: place.file("data/doorward.sqlite") };
        let store = Store::open(&location, &StoreOptions::default()).await.unwrap();
        let done = act(&store).await;
        store.shutdown().await;
        done
    })
}

/// What a running server does within seconds.
fn seal(place: &Place) {
    on_the_database(place, async |store| {
        let mut draw = Draw::from_seed([5; 32]);
        while store.seal_audit(&mut draw).await.unwrap() != SealOutcome::Sealed(0) {}
    });
}

fn change(place: &Place, sql: &'static str) {
    on_the_database(place, async |store| {
        assert_eq!(store.write((), move |tx, ()| Box::pin(tx.execute(sql, &[]))).await, Ok(1));
    });
}

/// Three entries: two people made, one of them locked.
fn busy() -> Place {
    let place = Place::empty();
    place.output(&["user", "add", "ada@example.com"]);
    place.output(&["user", "add", "bo@example.com"]);
    place.output(&["user", "lock", "ada@example.com"]);
    place
}

fn verify(place: &Place) -> Value {
    place.json(&["audit", "verify", "--json"])
}

#[test]
fn what_was_done_is_listed_with_who_did_it() {
    let place = busy();
    let entries = |filters: &[&str]| {
        let arguments = [&["audit", "list", "--json"][..], filters].concat();
        place.json(&arguments)["entries"].as_array().unwrap().clone()
    };
    let all = entries(&[]);
    assert_eq!(all.len(), 3);
    assert_eq!((&all[0]["action"], &all[0]["actor"]), (&json!("account.locked"), &json!("operator")));
    assert_eq!((&all[0]["outcome"], &all[0]["detail"]["locked"]), (&json!("success"), &json!(true)));
    assert_eq!(entries(&["--account", "ada@example.com"]).len(), 2);
    let id = all[0]["account"].as_str().unwrap();
    assert_eq!(entries(&["--account", id, "--action", "account.changed"]).len(), 1);
    assert_eq!(entries(&["--until", "2020-01-01"]).len(), 0);
    assert_eq!(entries(&["--since", "2020-01-01T00:00:00Z", "--limit", "2"]).len(), 2);
    assert_eq!(place.output(&["audit", "list"]).lines().count(), 4);
    assert!(place.run(&["audit", "list", "--account", "nobody@example.com"]).failure(1).contains("no person"));
    assert!(place.run(&["audit", "list", "--since", "yesterday"]).failure(2).contains("2027-01-31"));
}

#[test]
fn log_01_the_chain_is_proved() {
    let place = busy();
    assert_eq!((&verify(&place)["holds"], &verify(&place)["unsealed"]), (&json!(true), &json!(3)));
    seal(&place);
    let proved = verify(&place);
    assert_eq!((&proved["last_position"], &proved["unsealed"]), (&json!(3), &json!(0)));
    let said = place.output(&["audit", "verify"]);
    assert!(said.contains("3 entries, positions 1 to 3"), "{said}");
    let end = said.lines().find_map(|line| line.strip_prefix("end ")).unwrap();
    place.output(&["user", "unlock", "ada@example.com"]);
    seal(&place);
    place.output(&["audit", "verify", "--expect", end]);
    let other = format!("3:{}", "A".repeat(43));
    let said = place.run(&["audit", "verify", "--expect", &other]).failure(1);
    assert!(said.contains("not part of it"), "{said}");
}

#[test]
fn log_01_a_changed_entry_is_told_with_its_position() {
    let place = busy();
    seal(&place);
    change(&place, "UPDATE audit_log SET actor = 'administrator' WHERE position = 2");
    let said = place.run(&["audit", "verify"]).failure(1);
    assert!(said.contains("the entry at position 2 was changed"), "{said}");
    let ended = place.run(&["audit", "verify", "--json"]);
    assert_eq!(ended.code, Some(1));
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&told["holds"], &told["position"]), (&json!(false), &json!(2)));
}

#[test]
fn a_deleted_persons_data_is_gone_from_the_log_and_the_chain_holds() {
    let place = busy();
    let sub = place.json(&["user", "show", "ada@example.com", "--json"])["sub"].as_str().unwrap().to_owned();
    seal(&place);
    place.output(&["user", "delete", "ada@example.com"]);
    seal(&place);
    assert_eq!(verify(&place)["last_position"], 4);
    let about = place.json(&["audit", "list", "--account", &sub, "--json"]);
    assert_eq!(about["entries"].as_array().unwrap().len(), 1, "only that the account was deleted: {about}");
}

#[test]
fn the_log_is_written_out_as_lines_of_json() {
    let place = busy();
    let ended = place.run(&["audit", "export"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
    assert!(ended.stderr.contains("3 entries are not sealed yet"), "{}", ended.stderr);
    seal(&place);
    let lines: Vec<Value> =
        place.output(&["audit", "export"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|line| line["position"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(lines[1]["previous"], lines[0]["digest"]);
    assert!(lines.iter().all(|line| line["at_micros"].is_i64() && line["subject_salt"].is_string()));
    place.output(&["audit", "export", "--after", "2", "--output", "rest.jsonl"]);
    let rest = std::fs::read_to_string(place.file("rest.jsonl")).unwrap();
    assert_eq!(rest.lines().count(), 1);
}
