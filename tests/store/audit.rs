//! The audit log: appended to, once for each event, read from its newest end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use doorward::model::audit::{AuditAction, AuditEvent};
use doorward::store::AuditEntry;

use crate::world::{CLIENT, NOW, World};

async fn all(world: &World) -> Vec<AuditEntry> {
    world.store.list_audit("", 100).await.expect("a read")
}

fn event(world: &World, seconds: i64) -> AuditEvent {
    AuditEvent { at: NOW.plus_seconds(seconds), ..world.event(AuditAction::SignInFailed) }
}

on_both_engines! {
    async fn log_01_an_entry_comes_back_whole(world: World) {
        let account = world.account("ada@example.com").await;
        let mut event = event(&world, 60);
        event.account = Some(account.id.clone());
        event.client_id = Some(CLIENT.to_owned());
        event.ip = Some("192.0.2.7".to_owned());
        event.detail.insert("why".to_owned(), "wrong \"password\"".into());
        world.store.append_audit(event.clone()).await.expect("a write");
        let entry = all(&world).await.remove(0);
        assert_eq!((entry.at, entry.action.as_str()), (event.at, "session.refused"));
        assert_eq!((entry.account, entry.client_id, entry.ip), (event.account, event.client_id, event.ip));
        assert_eq!((entry.request_id, entry.detail), (event.request_id, event.detail));
    }

    async fn an_event_that_is_written_twice_is_one_entry(world: World) {
        let event = event(&world, 60);
        let before = all(&world).await.len();
        for _ in 0..2 {
            world.store.append_audit(event.clone()).await.expect("a write");
        }
        assert_eq!(all(&world).await.len(), before + 1);
    }

    async fn events_of_one_request_at_one_moment_are_entries_of_their_own(world: World) {
        let event = event(&world, 60);
        let before = all(&world).await.len();
        let another = AuditEvent { action: AuditAction::CodeRefused, ..event.clone() };
        let mut detailed = event.clone();
        detailed.detail.insert("why".to_owned(), "expired".into());
        for event in [event, another, detailed] {
            world.store.append_audit(event).await.expect("a write");
        }
        assert_eq!(all(&world).await.len(), before + 3);
    }

    async fn the_log_is_read_in_pages_newest_first(world: World) {
        for seconds in [3, 1, 5, 2, 4] {
            world.store.append_audit(event(&world, seconds)).await.expect("a write");
        }
        let (mut before, mut seen) = (String::new(), Vec::new());
        loop {
            let page = world.store.list_audit(&before, 2).await.expect("a read");
            let Some(last) = page.last() else { break };
            before.clone_from(&last.id);
            seen.extend(page.into_iter().filter(|entry| entry.action == "session.refused").map(|entry| entry.at));
        }
        assert_eq!(seen, [5, 4, 3, 2, 1].map(|seconds| NOW.plus_seconds(seconds)));
    }
}

/// PostgreSQL has a unit run again when it lost against another; what it recorded the first time is undone with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f_22_a_unit_that_is_run_again_is_recorded_once() {
    let Some(world) = World::on_postgresql().await else { return };
    let (before, runs) = (all(&world).await.len(), Arc::new(AtomicU32::new(0)));
    let units = (0..4).map(|number| {
        world.store.write((number, Arc::clone(&runs)), |tx, (number, runs): &(i64, Arc<AtomicU32>)| {
            Box::pin(async move {
                runs.fetch_add(1, Ordering::Relaxed);
                tx.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", &[]).await?;
                tx.one::<(i64,)>("SELECT revision FROM key_ring", &[]).await?;
                tx.execute("UPDATE key_ring SET revision = revision + 1", &[]).await?;
                let sql = "INSERT INTO audit_log (id, at, action, request_id, detail) \
                    VALUES ($1, $2, 'key.changed', '', '{}')";
                tx.execute(sql, doorward::params![&number.to_string(), *number]).await
            })
        })
    });
    for outcome in futures_util::future::join_all(units).await {
        assert_eq!(outcome, Ok(1));
    }
    assert!(runs.load(Ordering::Relaxed) >= 4);
    assert_eq!(all(&world).await.len(), before + 4);
}
