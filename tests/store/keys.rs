//! The key ring: changed against its revision, as a whole.

use doorward::base::Timestamp;
use doorward::model::audit::AuditAction;
use doorward::model::key::{KeyChange, SigningAlgorithm, SigningKeyRecord};
use doorward::store::StoreFault;

use crate::world::{NOW, World, count_of, race};

fn record(kid: &str, signs_from: Timestamp) -> SigningKeyRecord {
    SigningKeyRecord {
        kid: kid.to_owned(),
        algorithm: SigningAlgorithm::ES256,
        announced_at: NOW,
        signs_from,
        retires_at: None,
        gone_at: None,
        revoked_at: None,
        public_jwk: "{}".to_owned(),
        sealed_private_key: "sealed".to_owned(),
    }
}

async fn change(world: &World, revision: i64, changes: Vec<KeyChange>) -> bool {
    let event = world.event(AuditAction::KeyChanged);
    world.store.change_keys(revision, changes, event).await.expect("a lost race is an answer")
}

on_both_engines! {
    async fn an_empty_ring_has_a_revision_and_each_change_raises_it(world: World) {
        let empty = world.store.signing_keys().await.expect("a read");
        assert!(empty.records.is_empty());
        assert!(change(&world, empty.revision, vec![KeyChange::Add(record("a", NOW))]).await);
        assert_eq!(world.store.key_ring_revision().await, Ok(empty.revision + 1));
        let keys = world.store.signing_keys().await.expect("a read");
        assert_eq!((keys.revision, keys.records), (empty.revision + 1, vec![record("a", NOW)]));
    }

    async fn keys_come_in_the_order_in_which_they_sign(world: World) {
        let later = NOW.plus_seconds(1);
        let changes = [record("b", later), record("c", NOW), record("a", later)].map(KeyChange::Add);
        assert!(change(&world, 0, changes.to_vec()).await);
        let keys = world.store.signing_keys().await.expect("a read").records;
        let order: Vec<_> = keys.iter().map(|key| key.kid.as_str()).collect();
        assert_eq!(order, ["c", "a", "b"]);
    }

    async fn f_37_of_two_that_rotate_at_once_one_writes(world: World) {
        let stores = [world.store.clone(), world.replica().await];
        let outcomes = race(2, |number| {
            let (store, event) = (stores[number].clone(), world.event(AuditAction::KeyChanged));
            let changes = vec![KeyChange::Add(record(&format!("key {number}"), NOW))];
            async move { store.change_keys(0, changes, event).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &true), 1);
        assert_eq!(world.store.signing_keys().await.expect("a read").records.len(), 1);
        assert_eq!(world.recorded(AuditAction::KeyChanged).await, 1);
    }

    async fn a_change_against_an_older_revision_writes_nothing(world: World) {
        assert!(change(&world, 0, vec![KeyChange::Add(record("a", NOW))]).await);
        let before = world.contents().await;
        assert!(!change(&world, 0, vec![KeyChange::Forget { kid: "a".to_owned() }]).await);
        assert_eq!(world.contents().await, before);
    }

    async fn f_37_a_plan_is_written_as_a_whole_or_not_at_all(world: World) {
        assert!(change(&world, 0, vec![KeyChange::Add(record("a", NOW))]).await);
        let before = world.contents().await;
        let plan = vec![
            KeyChange::Schedule { kid: "a".to_owned(), signs_from: NOW, retires_at: Some(NOW), gone_at: None },
            KeyChange::Add(record("a", NOW)),
        ];
        let event = world.event(AuditAction::KeyChanged);
        let twice = world.store.change_keys(1, plan, event).await;
        assert_eq!(twice, Err(StoreFault::Conflict { constraint: "signing_keys_pkey".to_owned() }));
        assert_eq!(world.contents().await, before);
    }

    async fn a_key_is_scheduled_withdrawn_and_forgotten(world: World) {
        let only = async || world.store.signing_keys().await.expect("a read").records.pop();
        let (retires_at, gone_at) = (Some(NOW.plus_seconds(1)), Some(NOW.plus_seconds(2)));
        let kid = || "a".to_owned();
        assert!(change(&world, 0, vec![KeyChange::Add(record("a", NOW))]).await);
        let schedule = KeyChange::Schedule { kid: kid(), signs_from: NOW, retires_at, gone_at };
        assert!(change(&world, 1, vec![schedule]).await);
        let scheduled = SigningKeyRecord { retires_at, gone_at, ..record("a", NOW) };
        assert_eq!(only().await.as_ref(), Some(&scheduled));
        assert!(change(&world, 2, vec![KeyChange::Revoke { kid: kid(), revoked_at: NOW }]).await);
        let again = KeyChange::Revoke { kid: kid(), revoked_at: NOW.plus_seconds(9) };
        let back = KeyChange::Schedule { kid: kid(), signs_from: NOW, retires_at: None, gone_at: None };
        assert!(change(&world, 3, vec![again, back]).await);
        let withdrawn = SigningKeyRecord { revoked_at: Some(NOW), ..scheduled };
        assert_eq!(only().await, Some(withdrawn), "a withdrawn key stays withdrawn");
        assert!(change(&world, 4, vec![KeyChange::Forget { kid: kid() }]).await);
        assert_eq!(only().await, None);
    }
}
