//! Clients that come by themselves: tokens that are counted, documents that are kept and forgotten.

use doorward::base::bounds::{
    CLIENT_DOCUMENT_KEPT_SECONDS, CLIENT_DOCUMENT_SAFE_SECONDS, CLIENT_DOCUMENT_SECONDS_MIN, DOCUMENT_CLIENTS_MAX,
    OPEN_CLIENT_SAFE_SECONDS, OPEN_CLIENTS_MAX,
};
use doorward::base::{Digest, Scope, Timestamp};
use doorward::model::audit::AuditAction;
use doorward::model::client::{ClientMetadata, GrantType, Provenance};
use doorward::model::grant::{Consent, IssueCodeOutcome};
use doorward::store::{DocumentClient, NewSecret, RegisterClient, RegisterClientOutcome, Value};

use crate::world::{NOW, World, count_of, race};

const DOCUMENT: &str = "https://app.example/client.json";

fn register(world: &World, client_id: &str, initial_token: Option<&str>) -> RegisterClient {
    RegisterClient {
        client_id: client_id.to_owned(),
        metadata: ClientMetadata::default(),
        secret: Some(NewSecret { digest: Digest::of("secret"), sealed: None }),
        registration_token: Digest::of(client_id),
        initial_token: initial_token.map(Digest::of),
        now: NOW,
        audit: world.event(AuditAction::ClientChanged),
    }
}

fn document(world: &World, name: &str, now: Timestamp) -> DocumentClient {
    DocumentClient {
        client_id: DOCUMENT.to_owned(),
        metadata: ClientMetadata { client_name: Some(name.to_owned()), ..ClientMetadata::default() },
        fresh_until: now.plus_seconds(CLIENT_DOCUMENT_SECONDS_MIN),
        now,
        audit: world.event(AuditAction::ClientChanged),
    }
}

async fn initial_token(world: &World, name: &str, uses: u32) {
    let event = world.event(AuditAction::ClientChanged);
    let until = NOW.plus_seconds(60);
    world.store.add_initial_access_token(Digest::of(name), uses, until, event).await.expect("a write");
}

/// Registers `count` clients at `at` that nobody uses.
async fn fill(world: &World, count: i64, at: Timestamp) {
    let metadata = serde_json::to_string(&ClientMetadata::default()).expect("JSON");
    let unit = world.store.write((count, at, metadata), |tx, (count, at, metadata)| {
        Box::pin(async move {
            let values = [Value::from(*count), Value::from(*at), Value::from(&**metadata)];
            let clients = "INSERT INTO clients (client_id, metadata, created_at, updated_at, provenance) \
                           WITH RECURSIVE numbers (number) AS \
                           (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < $1) \
                           SELECT 'filler-' || number, CAST($3 AS TEXT), CAST($2 AS BIGINT), CAST($2 AS BIGINT), 'anybody' FROM numbers";
            tx.execute(clients, &values).await
        })
    });
    assert_eq!(unit.await, Ok(count.unsigned_abs()));
}

on_both_engines! {
    async fn a_registered_client_has_its_secret_its_token_and_its_provenance(world: World) {
        let outcome = world.store.register_client(register(&world, "app", None)).await;
        assert_eq!(outcome, Ok(RegisterClientOutcome::Registered));
        let found = world.store.find_client("app").await.expect("a read").expect("it is there");
        assert_eq!((found.provenance, found.secrets.len()), (Provenance::Anybody, 1));
        assert_eq!(world.store.find_registration_token("app").await, Ok(Some(Digest::of("app"))));
        assert_eq!(world.store.find_registration_token("acme").await, Ok(None));
        world.store.delete_client("app", world.event(AuditAction::ClientChanged)).await.expect("a write");
        assert_eq!(world.store.find_registration_token("app").await, Ok(None));
    }

    async fn an_initial_token_registers_as_many_as_it_may_even_at_once(world: World) {
        initial_token(&world, "three", 3).await;
        let wanted: Vec<_> =
            (0..16).map(|number| register(&world, &format!("app-{number}"), Some("three"))).collect();
        let outcomes = race(wanted.len(), |number| {
            let (store, wanted) = (world.store.clone(), wanted[number].clone());
            async move { store.register_client(wanted).await }
        })
        .await;
        let registered = outcomes.iter().filter(|outcome| **outcome == Ok(RegisterClientOutcome::Registered));
        assert_eq!(registered.count(), 3);
        assert_eq!(world.store.is_initial_access_token_live(Digest::of("three"), NOW).await, Ok(false));
        let unknown = world.store.register_client(register(&world, "app", Some("unknown"))).await;
        assert_eq!(unknown, Ok(RegisterClientOutcome::TokenSpent));
        assert_eq!(world.store.find_client("app").await, Ok(None));
    }

    async fn open_registration_keeps_its_bound_even_at_once(world: World) {
        fill(&world, OPEN_CLIENTS_MAX - 3, NOW).await;
        let wanted: Vec<_> = (0..16).map(|number| register(&world, &format!("app-{number}"), None)).collect();
        let outcomes = race(wanted.len(), |number| {
            let (store, wanted) = (world.store.clone(), wanted[number].clone());
            async move { store.register_client(wanted).await }
        })
        .await;
        assert_eq!(count_of(&outcomes, &Ok(RegisterClientOutcome::Registered)), 3, "{outcomes:?}");
        assert_eq!(count_of(&outcomes, &Ok(RegisterClientOutcome::TooMany)), 13, "{outcomes:?}");
    }

    async fn clients_that_nobody_used_make_room_but_not_at_once(world: World) {
        let names = ["disabled", "granted", "agreed", "trusted", "set", "taken", "machine", "unused"];
        for (number, client_id) in (0..).zip(names) {
            let mut wanted = register(&world, client_id, None);
            wanted.now = NOW.plus_seconds(number);
            match client_id {
                "trusted" => wanted.metadata.doorward.first_party = true,
                "set" => wanted.metadata.doorward.access_token_seconds = Some(60),
                "taken" => wanted.metadata.doorward.decided = vec!["scope".to_owned()],
                "machine" => wanted.metadata.grant_types.push(GrantType::ClientCredentials),
                _ => {}
            }
            assert_eq!(world.store.register_client(wanted).await, Ok(RegisterClientOutcome::Registered));
        }
        let disabled = world.event(AuditAction::ClientChanged);
        world.store.set_client_disabled("disabled", true, NOW, disabled).await.expect("a write");
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        for client_id in ["granted", "agreed"] {
            let mut issue = world.issue_of(&session, "openid");
            issue.grant.client_id = client_id.to_owned();
            issue.consent = (client_id == "agreed").then(|| Consent {
                account_id: account.id.clone(),
                client_id: client_id.to_owned(),
                scope: Scope::parse("openid").expect("a scope"),
                granted_at: NOW,
            });
            assert_eq!(world.store.issue_code(issue).await, Ok(IssueCodeOutcome::Issued));
        }
        // What was granted ends and is swept; what was agreed to stays.
        let ended = world.store.write((), |tx, ()| {
            Box::pin(async move { tx.execute("DELETE FROM grants WHERE client_id = 'agreed'", &[]).await })
        });
        assert_eq!(ended.await, Ok(1));
        let later = NOW.plus_seconds(60);
        fill(&world, OPEN_CLIENTS_MAX - 8, later).await;
        let next = |name: &str, now| RegisterClient { now, ..register(&world, name, None) };
        let soon = NOW.plus_seconds(OPEN_CLIENT_SAFE_SECONDS);
        assert_eq!(world.store.register_client(next("early", soon)).await, Ok(RegisterClientOutcome::TooMany));
        // The oldest that may go is `unused`; those before it stay, whatever comes.
        let late = later.plus_seconds(OPEN_CLIENT_SAFE_SECONDS + 1);
        for name in ["one", "two"] {
            assert_eq!(world.store.register_client(next(name, late)).await, Ok(RegisterClientOutcome::Registered));
        }
        assert_eq!(world.store.find_client("unused").await, Ok(None));
        for kept in ["disabled", "granted", "agreed", "trusted", "set", "taken", "machine", "one", "two"] {
            assert!(world.store.find_client(kept).await.expect("a read").is_some(), "{kept}");
        }
        let count = world.number("SELECT COUNT(*) FROM clients WHERE provenance = 'anybody'", Vec::new()).await;
        assert_eq!(count, OPEN_CLIENTS_MAX);
    }

    async fn an_initial_token_has_its_time(world: World) {
        initial_token(&world, "one", 1).await;
        let late = RegisterClient { now: NOW.plus_seconds(60), ..register(&world, "app", Some("one")) };
        assert_eq!(world.store.register_client(late).await, Ok(RegisterClientOutcome::TokenSpent));
    }

    async fn a_document_is_kept_refreshed_and_forgotten(world: World) {
        assert_eq!(world.store.find_document_freshness(DOCUMENT).await, Ok(None));
        assert_eq!(world.store.put_document_client(document(&world, "One", NOW)).await, Ok(true));
        let later = NOW.plus_seconds(600);
        assert_eq!(world.store.put_document_client(document(&world, "Two", later)).await, Ok(true));
        let found = world.store.find_client(DOCUMENT).await.expect("a read").expect("it is there");
        assert_eq!((found.display_name(), found.provenance), ("Two", Provenance::Document));
        let until = later.plus_seconds(CLIENT_DOCUMENT_SECONDS_MIN);
        assert_eq!(world.store.find_document_freshness(DOCUMENT).await, Ok(Some(until)));
        world.store.sweep(later.plus_seconds(CLIENT_DOCUMENT_KEPT_SECONDS)).await.expect("a write");
        assert!(world.store.find_client(DOCUMENT).await.expect("a read").is_some());
        world.store.sweep(later.plus_seconds(CLIENT_DOCUMENT_KEPT_SECONDS + 1)).await.expect("a write");
        assert_eq!(world.store.find_client(DOCUMENT).await, Ok(None));
    }

    async fn a_client_that_somebody_is_about_to_use_or_to_disable_makes_no_room(world: World) {
        // Other units run beside this one on PostgreSQL, and what they write is not seen before they end.
        const USE: &str = "INSERT INTO consents (account_id, client_id, scope, granted_at) VALUES ($1, $2, 'openid', $3)";
        const DISABLE: &str =
            "UPDATE clients SET disabled_at = $3, updated_at = $3 WHERE client_id = $2 AND client_id <> $1";
        const WORK: &str = "WITH RECURSIVE numbers (number) AS \
            (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 400000) SELECT COUNT(*) FROM numbers";
        let account = world.account("ada@example.com").await.id.to_string();
        fill(&world, OPEN_CLIENTS_MAX, NOW.plus_seconds(60)).await;
        let late = NOW.plus_seconds(60 + OPEN_CLIENT_SAFE_SECONDS + 1);
        for (client_id, statement) in [("used", USE), ("disabled", DISABLE)] {
            let put = world.store.write(client_id, |tx, client_id| {
                Box::pin(async move {
                    let sql = "INSERT INTO clients (client_id, metadata, created_at, updated_at, provenance) \
                               SELECT $1, metadata, 0, 0, provenance FROM clients WHERE client_id = 'filler-9999'";
                    tx.execute(sql, &[Value::from(*client_id)]).await
                })
            });
            assert_eq!(put.await, Ok(1));
            let other = world.store.write((client_id, statement, account.clone()), |tx, (client_id, sql, account)| {
                Box::pin(async move {
                    let count = tx.execute(sql, doorward::params![&**account, *client_id, NOW]).await?;
                    tx.one::<(i64,)>(WORK, &[]).await?;
                    Ok(count)
                })
            });
            let wanted = RegisterClient { now: late, ..register(&world, &format!("beside-{client_id}"), None) };
            let (other, registered) = tokio::join!(other, world.store.register_client(wanted));
            assert_eq!(registered, Ok(RegisterClientOutcome::Registered));
            let is_there = world.store.find_client(client_id).await.expect("a read").is_some();
            assert_eq!(is_there, other == Ok(1), "{client_id}: {other:?}");
        }
    }

    async fn a_client_that_was_disabled_is_not_forgotten_with_its_document(world: World) {
        assert_eq!(world.store.put_document_client(document(&world, "One", NOW)).await, Ok(true));
        let disabled = world.event(AuditAction::ClientChanged);
        world.store.set_client_disabled(DOCUMENT, true, NOW, disabled).await.expect("a write");
        world.store.sweep(NOW.plus_seconds(CLIENT_DOCUMENT_KEPT_SECONDS + 1)).await.expect("a write");
        let found = world.store.find_client(DOCUMENT).await.expect("a read").expect("it is there");
        assert!(found.disabled_at.is_some());
    }

    async fn documents_that_nobody_uses_make_room_but_not_at_once(world: World) {
        let unit = world.store.write(NOW, |tx, now| {
            Box::pin(async move {
                let values = [Value::from(DOCUMENT_CLIENTS_MAX), Value::from(*now)];
                let clients = "INSERT INTO clients (client_id, metadata, created_at, updated_at, provenance) \
                               WITH RECURSIVE numbers (number) AS \
                               (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < $1) \
                               SELECT 'filler-' || number, '{}', CAST($2 AS BIGINT), CAST($2 AS BIGINT), 'document' FROM numbers";
                tx.execute(clients, &values).await?;
                let documents = "INSERT INTO client_documents (client_id, fetched_at, fresh_until) \
                                 SELECT client_id, created_at, created_at FROM clients WHERE provenance = 'document'";
                tx.execute(documents, &[]).await
            })
        });
        assert_eq!(unit.await, Ok(DOCUMENT_CLIENTS_MAX.unsigned_abs()));
        let count = async || {
            world.number("SELECT COUNT(*) FROM clients WHERE provenance = 'document'", Vec::new()).await
        };
        let soon = NOW.plus_seconds(CLIENT_DOCUMENT_SAFE_SECONDS);
        assert_eq!(world.store.put_document_client(document(&world, "One", soon)).await, Ok(false));
        let later = soon.plus_seconds(1);
        assert_eq!(world.store.put_document_client(document(&world, "One", later)).await, Ok(true));
        assert!(world.store.find_client(DOCUMENT).await.expect("a read").is_some());
        assert_eq!(count().await, DOCUMENT_CLIENTS_MAX);
    }

    async fn a_document_takes_no_client_of_the_operator_over(world: World) {
        world.client(DOCUMENT).await;
        assert_eq!(world.store.put_document_client(document(&world, "Mine", NOW)).await, Ok(false));
        let found = world.store.find_client(DOCUMENT).await.expect("a read").expect("it is there");
        assert_eq!((found.display_name(), found.provenance), ("Acme", Provenance::Operator));
    }
}
