//! Accounts deleted by their owners: restored once, or erased when their time is over.

use doorward::base::Timestamp;
use doorward::model::account::{Account, AdministrationOutcome};
use doorward::model::audit::AuditAction;
use doorward::model::deletion::{DeleteAccount, Deletion, RestoreOutcome};

use crate::administration::administrator;
use crate::world::{NOW, World, count_of, race};

const WEEK: i64 = 7 * 86_400;

fn delete_of(world: &World, account: &Account) -> DeleteAccount {
    DeleteAccount {
        account: account.id.clone(),
        generation: account.generation,
        undo_digest: world.digest(),
        now: NOW,
        erased_from: NOW.plus_seconds(WEEK),
        notice: world.mail(account.email.as_str(), "deleted"),
        audit: world.event(AuditAction::AccountDeleted),
    }
}

async fn deleted(world: &World, account: &Account) -> Deletion {
    let delete = delete_of(world, account);
    let undo = delete.undo_digest.clone();
    assert_eq!(world.store.delete_own_account(delete).await, Ok(AdministrationOutcome::Done));
    world.store.find_deletion(undo).await.expect("a read").expect("it is there")
}

async fn erased(world: &World, now: Timestamp) -> u64 {
    let removed = world.store.sweep(now).await.expect("a write");
    removed.into_iter().find(|(table, _)| *table == "accounts").expect("it is among them").1
}

on_both_engines! {
    async fn a_deleted_account_is_disabled_and_what_rests_on_it_ends(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let issue = world.issued(&session, "openid offline_access").await;
        let deletion = deleted(&world, &account).await;
        assert_eq!((&deletion.account, deletion.requested_at), (&account.id, NOW));
        let after = world.reload(&account.id).await;
        assert_eq!((after.disabled_at, after.generation), (Some(NOW), account.generation + 1));
        assert!(!world.is_live(&session).await && world.is_revoked(&issue.grant.id).await);
        assert_eq!(world.store.delete_own_account(delete_of(&world, &after)).await, Ok(AdministrationOutcome::Overtaken), "once");
        assert_eq!(world.store.waiting_mail().await, Ok(1));
    }

    async fn an_account_that_changed_meanwhile_is_not_deleted(world: World) {
        let account = world.account("ada@example.com").await;
        let before = world.contents().await;
        let stale = DeleteAccount { generation: account.generation + 1, ..delete_of(&world, &account) };
        assert_eq!(world.store.delete_own_account(stale).await, Ok(AdministrationOutcome::Overtaken));
        assert_eq!(world.contents().await, before);
    }

    async fn api_10_the_last_administrator_does_not_leave(world: World) {
        let boss = administrator(&world, "boss@example.com").await;
        let outcome = world.store.delete_own_account(delete_of(&world, &boss)).await;
        assert_eq!(outcome, Ok(AdministrationOutcome::LastAdministrator));
        administrator(&world, "other@example.com").await;
        deleted(&world, &boss).await;
    }

    async fn of_8_restorations_one_wins(world: World) {
        let account = world.account("ada@example.com").await;
        let deletion = deleted(&world, &account).await;
        let outcomes = race(8, |_| {
            let (store, deletion) = (world.store.clone(), deletion.clone());
            let event = world.event(AuditAction::AccountRestored);
            async move { store.restore_account(deletion, NOW.plus_seconds(1), event).await.expect("an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &RestoreOutcome::Restored), 1);
        assert_eq!(world.reload(&account.id).await.disabled_at, None);
        assert_eq!(erased(&world, NOW.plus_seconds(WEEK)).await, 0);
    }

    async fn a_deletion_is_restored_before_its_time_and_erased_after_it(world: World) {
        let account = world.account("ada@example.com").await;
        let deletion = deleted(&world, &account).await;
        let event = world.event(AuditAction::AccountRestored);
        let late = world.store.restore_account(deletion.clone(), deletion.expires_at, event).await;
        assert_eq!(late, Ok(RestoreOutcome::Overtaken));
        assert_eq!(erased(&world, NOW.plus_seconds(WEEK - 1)).await, 0);
        assert_eq!(erased(&world, NOW.plus_seconds(WEEK)).await, 1);
        assert_eq!(world.store.find_account(&account.id).await, Ok(None));
        assert_eq!(world.store.find_deletion(deletion.undo_digest).await, Ok(None));
        assert_eq!(world.recorded(AuditAction::AccountErased).await, 1);
    }

    async fn f_48_two_that_sweep_at_once_erase_each_account_once(world: World) {
        for number in 0..12 {
            let account = world.account(&format!("person{number}@example.com")).await;
            deleted(&world, &account).await;
        }
        let stores = [world.store.clone(), world.replica().await];
        let removed = race(2, |number| {
            let store = stores[number].clone();
            async move { store.sweep(NOW.plus_seconds(WEEK)).await.expect("a write") }
        }).await;
        let counts = removed.concat().into_iter().filter(|(table, _)| *table == "accounts").map(|(_, count)| count);
        assert_eq!(counts.sum::<u64>(), 12);
        assert_eq!(world.recorded(AuditAction::AccountErased).await, 12);
    }

    async fn an_account_that_an_operator_enabled_is_not_erased(world: World) {
        let account = world.account("ada@example.com").await;
        let deletion = deleted(&world, &account).await;
        let event = world.event(AuditAction::AccountLocked);
        assert_eq!(world.store.set_account_disabled(&account.id, false, NOW, event).await, Ok(true));
        assert_eq!(world.store.find_deletion(deletion.undo_digest).await, Ok(None));
        assert_eq!(erased(&world, NOW.plus_seconds(WEEK)).await, 0);
        assert!(world.store.find_account(&account.id).await.expect("a read").is_some());
    }
}
