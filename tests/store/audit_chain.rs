//! The chain of the audit log: sealed once whoever races, proved from end to end, whole after erasures and removals.

use doorward::base::bounds::AUDIT_SEAL_ROWS;
use doorward::base::{AccountId, Draw};
use doorward::model::audit::{Actor, AuditAction, AuditEntry, AuditEvent};
use doorward::model::audit_chain::{Broken, Walk, Why};
use doorward::store::{AuditFilter, SealOutcome, Store, StoreFault};

use crate::world::{CLIENT, NOW, World, race};

async fn append(world: &World, count: i64) {
    for number in 0..count {
        let event = AuditEvent { at: NOW.plus_seconds(number + 1), ..world.event(AuditAction::SignInFailed) };
        world.store.append_audit(event).await.expect("a write");
    }
}

async fn seal_all(store: &Store, mut draw: Draw) {
    while store.seal_audit(&mut draw).await.expect("a write") != SealOutcome::Sealed(0) {}
}

/// Walks along what is kept, as `doorward audit verify` does.
async fn proved(store: &Store) -> Result<i64, Broken> {
    let head = store.audit_head().await.expect("a read");
    let mut walk = Walk::behind(head.anchor);
    loop {
        let entries = store.read_audit_chain(walk.end().position).await.expect("a read");
        if entries.is_empty() {
            walk.arrived_at(&head.end)?;
            return Ok(head.end.position);
        }
        entries.iter().try_for_each(|entry| walk.admit(entry))?;
    }
}

async fn change(world: &World, sql: &'static str) -> Result<u64, StoreFault> {
    world.store.write((), move |tx, ()| Box::pin(tx.execute(sql, &[]))).await
}

async fn entries(world: &World) -> Vec<AuditEntry> {
    world.store.list_audit("", 200).await.expect("a read")
}

/// What stands in every column of the log, for looking for what must not be there.
async fn log_as_text(world: &World) -> String {
    let columns =
        "id || ' ' || COALESCE(actor_id, '') || COALESCE(account_id, '') || ' ' || COALESCE(ip, '') || detail";
    let sql: &'static str = format!("SELECT {columns} FROM audit_log ORDER BY id").leak();
    let rows = world.store.read((), move |db, ()| Box::pin(db.all::<(String,)>(sql, &[]))).await.expect("a read");
    rows.into_iter().map(|(row,)| row).collect::<Vec<_>>().join("\n")
}

/// A sign-in, a failure of a stranger, and an act of an administrator on the account.
async fn deeds(world: &World, person: &AccountId, administrator: &AccountId) {
    let detailed = |mut event: AuditEvent, ip: &str| {
        event.account = Some(person.clone());
        event.ip = Some(ip.to_owned());
        event.detail.insert("note".to_owned(), "something personal".into());
        event
    };
    let by = Actor::Administrator(administrator.clone());
    for event in [
        detailed(world.event(AuditAction::SignedIn), "192.0.2.1"),
        detailed(world.event(AuditAction::SignInFailed), "192.0.2.2"),
        detailed(AuditEvent { actor: by, ..world.event(AuditAction::AccountLocked) }, "192.0.2.3"),
    ] {
        world.store.append_audit(event).await.expect("a write");
    }
}

on_both_engines! {
    async fn log_01_an_entry_says_who_did_it_and_how_it_ended(world: World) {
        let account = world.account("ada@example.com").await;
        let boss = world.account("boss@example.com").await;
        deeds(&world, &account.id, &boss.id).await;
        let told: Vec<_> = entries(&world).await.into_iter().filter(|entry| entry.ip.is_some()).collect();
        let of = |action: &str| told.iter().find(|entry| entry.action == action).expect("it is there");
        let signed_in = of("session.started");
        assert_eq!((signed_in.actor.as_str(), signed_in.outcome.as_str()), ("person", "success"));
        assert_eq!(signed_in.actor_id, Some(account.id.clone()));
        let failed = of("session.refused");
        assert_eq!((failed.actor.as_str(), failed.outcome.as_str(), &failed.actor_id), ("stranger", "failure", &None));
        let locked = of("account.locked");
        assert_eq!((locked.actor.as_str(), &locked.actor_id), ("administrator", &Some(boss.id)));
        assert_eq!(locked.account, Some(account.id));
    }

    async fn log_01_entries_are_sealed_in_order_and_the_chain_is_proved(world: World) {
        append(&world, 5).await;
        seal_all(&world.store, world.draw()).await;
        let all = entries(&world).await;
        let positions: Vec<i64> = all.iter().map(|entry| entry.seal.as_ref().expect("sealed").position).collect();
        let count = i64::try_from(all.len()).expect("few");
        assert_eq!(positions, (1..=count).rev().collect::<Vec<_>>());
        assert_eq!(proved(&world.store).await, Ok(count));
        assert_eq!(world.store.count_unsealed_audit().await, Ok(0));
        append(&world, 1).await;
        assert_eq!(world.store.count_unsealed_audit().await, Ok(1));
    }

    async fn a_batch_is_bounded(world: World) {
        append(&world, AUDIT_SEAL_ROWS + 3).await;
        let mut draw = world.draw();
        assert_eq!(world.store.seal_audit(&mut draw).await, Ok(SealOutcome::Sealed(AUDIT_SEAL_ROWS)));
        seal_all(&world.store, draw).await;
        assert_eq!(world.store.count_unsealed_audit().await, Ok(0));
        assert!(proved(&world.store).await.is_ok());
    }

    async fn racing_sealers_do_not_fork_the_chain(world: World) {
        let stores = [world.store.clone(), world.replica().await, world.replica().await];
        let outcomes = race(24, |number| {
            let (store, mut draw) = (stores[number % 3].clone(), world.draw());
            let event = AuditEvent { at: NOW.plus_seconds(-60), ..world.event(AuditAction::CodeRefused) };
            async move {
                // Some append, with times before what is sealed already, while others seal.
                store.append_audit(event).await.expect("a write");
                store.seal_audit(&mut draw).await.expect("a lost race is an answer")
            }
        }).await;
        assert!(outcomes.iter().any(|outcome| matches!(outcome, SealOutcome::Sealed(count) if *count > 0)));
        seal_all(&world.store, world.draw()).await;
        let count = world.number("SELECT COUNT(*) FROM audit_log", Vec::new()).await;
        assert_eq!(proved(&world.store).await, Ok(count));
    }

    async fn what_was_changed_behind_our_back_is_found_at_its_position(world: World) {
        append(&world, 4).await;
        seal_all(&world.store, world.draw()).await;
        let changed = "UPDATE audit_log SET ip = '198.51.100.9' WHERE position = 3";
        assert_eq!(change(&world, changed).await, Ok(1));
        assert_eq!(proved(&world.store).await, Err(Broken { position: 3, why: Why::ActorChanged }));
        assert_eq!(change(&world, "DELETE FROM audit_log WHERE position = 2").await, Ok(1));
        assert_eq!(proved(&world.store).await, Err(Broken { position: 2, why: Why::Missing }));
    }

    async fn a_tail_that_was_cut_off_is_missed(world: World) {
        append(&world, 4).await;
        seal_all(&world.store, world.draw()).await;
        change(&world, "DELETE FROM audit_log WHERE position > 3").await.expect("a write");
        assert_eq!(proved(&world.store).await, Err(Broken { position: 4, why: Why::Missing }));
    }

    async fn erasing_a_person_leaves_no_trace_of_them_and_the_chain_whole(world: World) {
        let (ada, boss) = (world.account("ada@example.com").await, world.account("boss@example.com").await);
        deeds(&world, &ada.id, &boss.id).await;
        seal_all(&world.store, world.draw()).await;
        // One more that is not sealed yet.
        let mut late = AuditEvent { at: NOW.plus_seconds(9), ..world.event(AuditAction::ProfileChanged) };
        late.account = Some(ada.id.clone());
        world.store.append_audit(late).await.expect("a write");
        world.store.erase_audit_of(&ada.id, NOW).await.expect("a write");
        seal_all(&world.store, world.draw()).await;
        assert!(proved(&world.store).await.is_ok());
        let text = log_as_text(&world).await;
        for trace in [ada.id.as_str(), "192.0.2.1", "192.0.2.2", "something personal"] {
            assert!(!text.contains(trace), "{trace} in {text}");
        }
        // Who acted on the account stays: that is the administrator's own trace.
        assert!(text.contains(boss.id.as_str()) && text.contains("192.0.2.3"));
        world.store.erase_audit_of(&boss.id, NOW).await.expect("a write");
        let text = log_as_text(&world).await;
        assert!(!text.contains(boss.id.as_str()) && !text.contains("192.0.2.3"));
        assert!(proved(&world.store).await.is_ok());
    }

    async fn an_id_made_from_personal_fields_does_not_outlive_the_sealing(world: World) {
        append(&world, 1).await;
        let first = entries(&world).await.remove(0).id;
        seal_all(&world.store, world.draw()).await;
        let then = entries(&world).await.remove(0).id;
        assert_ne!(first, then);
        assert_eq!(first[..17], then[..17], "the time stays, and with it the order");
    }

    async fn deleting_an_account_erases_it_and_says_so_without_an_address(world: World) {
        let account = world.account("ada@example.com").await;
        deeds(&world, &account.id, &account.id).await;
        let mut audit = world.event(AuditAction::AccountDeleted);
        (audit.account, audit.ip) = (Some(account.id.clone()), Some("192.0.2.4".to_owned()));
        assert_eq!(world.store.delete_account(&account.id, audit).await, Ok(true));
        let of_ada = AuditFilter { account: Some(account.id.clone()), ..AuditFilter::default() };
        let left = world.store.search_audit(&of_ada, "", 10).await.expect("a read").entries;
        assert_eq!(left.iter().map(|entry| entry.action.as_str()).collect::<Vec<_>>(), ["account.deleted"]);
        let text = log_as_text(&world).await;
        assert!(!text.contains("192.0.2.") && !text.contains("something personal"), "{text}");
    }

    async fn racing_erasure_and_sealing_leave_a_chain_that_holds(world: World) {
        let account = world.account("ada@example.com").await;
        for number in 0..40 {
            let mut event = AuditEvent { at: NOW.plus_seconds(number), ..world.event(AuditAction::SignedIn) };
            event.account = Some(account.id.clone());
            world.store.append_audit(event).await.expect("a write");
        }
        race(8, |number| {
            let (store, mut draw, id) = (world.store.clone(), world.draw(), account.id.clone());
            async move {
                if number % 4 == 3 {
                    store.erase_audit_of(&id, NOW).await.expect("a write");
                } else {
                    store.seal_audit(&mut draw).await.expect("a lost race is an answer");
                }
            }
        }).await;
        seal_all(&world.store, world.draw()).await;
        assert!(proved(&world.store).await.is_ok());
        assert!(!log_as_text(&world).await.contains(account.id.as_str()));
    }

    async fn what_is_too_old_goes_from_the_beginning_and_the_rest_is_proved(world: World) {
        for number in 0..6 {
            let event = AuditEvent { at: NOW.plus_seconds(number), ..world.event(AuditAction::SignInFailed) };
            world.store.append_audit(event).await.expect("a write");
        }
        // What is not sealed is not removed.
        assert_eq!(world.store.prune_audit(NOW.plus_seconds(99), NOW).await, Ok(0));
        seal_all(&world.store, world.draw()).await;
        let later = NOW.plus_seconds(1_000);
        let gone = world.store.prune_audit(NOW.plus_seconds(3), later).await.expect("a write");
        assert_eq!(gone, 4, "the client that every world knows, and three");
        assert_eq!(world.store.prune_audit(NOW.plus_seconds(3), later).await, Ok(0));
        seal_all(&world.store, world.draw()).await;
        assert_eq!(proved(&world.store).await, Ok(8), "the removal itself is an entry");
        assert_eq!(world.store.audit_head().await.expect("a read").anchor.position, 4);
        assert_eq!(world.recorded(AuditAction::LogPruned).await, 1);
    }

    async fn the_log_is_searched_by_what_entries_say(world: World) {
        let (ada, boss) = (world.account("ada@example.com").await, world.account("boss@example.com").await);
        deeds(&world, &ada.id, &boss.id).await;
        append(&world, 3).await;
        let found = async |filter: AuditFilter| {
            let page = world.store.search_audit(&filter, "", 100).await.expect("a read");
            assert_eq!(page.next, None);
            page.entries.len()
        };
        let all = AuditFilter::default();
        assert_eq!(found(AuditFilter { account: Some(ada.id.clone()), ..all.clone() }).await, 4);
        assert_eq!(found(AuditFilter { actor: Some(boss.id.clone()), ..all.clone() }).await, 1);
        let both = AuditFilter { account: Some(ada.id.clone()), actor: Some(boss.id.clone()), ..all.clone() };
        assert_eq!(found(both).await, 1);
        assert_eq!(found(AuditFilter { action: Some("session.refused".to_owned()), ..all.clone() }).await, 4);
        assert_eq!(found(AuditFilter { action: Some("session.".to_owned()), ..all.clone() }).await, 5);
        assert_eq!(found(AuditFilter { action: Some("session".to_owned()), ..all.clone() }).await, 0);
        assert_eq!(found(AuditFilter { outcome: Some("failure".to_owned()), ..all.clone() }).await, 4);
        assert_eq!(found(AuditFilter { client_id: Some(CLIENT.to_owned()), ..all.clone() }).await, 0);
        assert_eq!(found(AuditFilter { request_id: Some("nothing".to_owned()), ..all.clone() }).await, 0);
        let since = Some(NOW.plus_seconds(2));
        assert_eq!(found(AuditFilter { since, ..all.clone() }).await, 2);
        assert_eq!(found(AuditFilter { since, until: Some(NOW.plus_seconds(3)), ..all.clone() }).await, 1);
    }

    async fn a_search_goes_on_where_its_page_ended(world: World) {
        append(&world, 7).await;
        let filter = AuditFilter { action: Some("session.refused".to_owned()), ..AuditFilter::default() };
        let (mut before, mut sizes) = (String::new(), Vec::new());
        loop {
            let page = world.store.search_audit(&filter, &before, 3).await.expect("a read");
            sizes.push(page.entries.len());
            let Some(next) = page.next else { break };
            before = next;
        }
        assert_eq!(sizes, [3, 3, 1]);
    }
}
