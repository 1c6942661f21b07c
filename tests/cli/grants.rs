//! `doorward user grants` and `doorward client grants`.

use doorward::params;
use serde_json::{Value, json};

use crate::audit::on_the_database;
use crate::program::Place;

const ONE: &str = "0198c1de-0000-7000-8000-000000000001";
const TWO: &str = "0198c1de-0000-7000-8000-000000000002";

/// Ada has granted something to `shop` and to `diary`.
fn granted() -> Place {
    const GRANT: &str = "INSERT INTO grants (id, client_id, account_id, session_id, sid, scope, claims, resources, \
        auth_time, amr, created_at, expires_at) SELECT $1, $2, id, $1, $1, 'openid email', '{}', '[]', $3, '[]', $3, $4 \
        FROM accounts";
    let place = Place::empty();
    place.output(&["user", "add", "ada@example.com"]);
    for id in ["shop", "diary"] {
        place.output(&["client", "add", "--id", id, "--redirect-uri", "https://shop.example/cb"]);
    }
    on_the_database(&place, async |store| {
        let unit = store.write((), |tx, ()| {
            Box::pin(async move {
                let (begin, end) = (1_600_000_000_000_000_i64, 4_000_000_000_000_000_i64);
                tx.execute(GRANT, params![ONE, "shop", begin, end]).await?;
                tx.execute(GRANT, params![TWO, "diary", begin, end]).await
            })
        });
        assert_eq!(unit.await, Ok(1));
    });
    place
}

fn ids(place: &Place, of: &[&str]) -> Vec<Value> {
    let told = place.json(&[of, &["--json"]].concat());
    told["grants"].as_array().unwrap().iter().map(|grant| grant["id"].clone()).collect()
}

#[test]
fn what_stands_granted_is_shown_by_person_and_by_client_and_one_of_it_ended() {
    let place = granted();
    let (person, client) = (["user", "grants", "ada@example.com"], ["client", "grants", "shop"]);
    assert_eq!(ids(&place, &person).len(), 2);
    assert_eq!(ids(&place, &client), [json!(ONE)]);
    assert!(place.output(&client).contains("openid email"));
    // A grant to somebody else is not this client's to lose.
    assert!(place.run(&["client", "grants", "shop", "--revoke", TWO]).failure(1).contains("No grant"));
    let revoked = place.output(&["user", "grants", "ada@example.com", "--revoke", ONE]);
    assert_eq!(revoked, format!("grant {ONE} revoked\n"));
    assert_eq!(ids(&place, &person), [json!(TWO)]);
    assert!(ids(&place, &client).is_empty());
    assert!(place.run(&["user", "grants", "ada@example.com", "--revoke", ONE]).failure(1).contains("hint:"));
    let entry = place.json(&["audit", "list", "--client", "shop", "--limit", "1", "--json"])["entries"][0].clone();
    assert_eq!((&entry["detail"]["grant"], &entry["actor"]), (&json!(ONE), &json!("operator")));
}

#[test]
fn all_of_it_is_ended() {
    let place = granted();
    assert_eq!(place.output(&["user", "grants", "ada@example.com", "--revoke-all"]), "2 grants revoked\n");
    assert_eq!(place.output(&["client", "grants", "diary", "--revoke-all"]), "0 grants revoked\n");
    assert!(place.run(&["client", "grants", "nobody"]).failure(1).contains("There is no client"));
}
