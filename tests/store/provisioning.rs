//! Accounts that an operator makes and changes.

use doorward::base::AccountId;
use doorward::model::account::StandardClaims;
use doorward::model::audit::AuditAction;
use doorward::store::{PutAccount, PutOutcome};

use crate::world::{NOW, World, count_of, email, hash, race};

fn put(world: &World, address: &str) -> PutAccount {
    PutAccount {
        id: AccountId::generate(&mut world.draw()),
        email: email(address),
        email_verified: true,
        password_hash: None,
        claims: StandardClaims { name: Some("Ada".to_owned()), ..StandardClaims::default() },
        now: NOW,
        audit: world.event(AuditAction::AccountChanged),
    }
}

on_both_engines! {
    async fn putting_an_account_twice_changes_nothing_the_second_time(world: World) {
        let once = put(&world, "ada@example.com");
        assert_eq!(world.store.put_account(once.clone()).await, Ok((once.id.clone(), PutOutcome::Created)));
        let before = world.contents().await;
        let twice = PutAccount { now: NOW.plus_seconds(9), ..put(&world, "ada@example.com") };
        assert_eq!(world.store.put_account(twice).await, Ok((once.id, PutOutcome::Unchanged)));
        assert_eq!(world.contents().await, before);
    }

    async fn new_claims_are_an_update_and_end_nothing(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let later = PutAccount { now: NOW.plus_seconds(9), ..put(&world, "ada@example.com") };
        let claims = later.claims.clone();
        assert_eq!(world.store.put_account(later).await, Ok((account.id.clone(), PutOutcome::Updated)));
        let changed = world.reload(&account.id).await;
        assert_eq!((changed.claims, changed.updated_at), (claims, NOW.plus_seconds(9)));
        assert_eq!((changed.password_hash, changed.generation), (account.password_hash, account.generation));
        assert_eq!(changed.email_verified_at, account.email_verified_at);
        assert!(world.is_live(&session).await);
    }

    async fn ref_09_an_operators_new_password_ends_what_rested_on_the_old_one(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let issue = world.issued(&session, "openid offline_access").await;
        let reset = PutAccount { password_hash: Some(hash("second")), ..put(&world, "ada@example.com") };
        assert_eq!(world.store.put_account(reset).await, Ok((account.id.clone(), PutOutcome::Updated)));
        let changed = world.reload(&account.id).await;
        assert_eq!((changed.password_hash, changed.generation), (Some(hash("second")), account.generation + 1));
        assert!(!world.is_live(&session).await);
        assert!(world.is_revoked(&issue.grant.id).await);
    }

    async fn a_proof_is_given_by_an_operator_but_not_taken_back(world: World) {
        let unproven = PutAccount { email_verified: false, ..put(&world, "ada@example.com") };
        let (id, _) = world.store.put_account(unproven).await.expect("a write");
        assert_eq!(world.reload(&id).await.email_verified_at, None);
        let proven = PutAccount { now: NOW.plus_seconds(1), ..put(&world, "ada@example.com") };
        assert_eq!(world.store.put_account(proven).await, Ok((id.clone(), PutOutcome::Updated)));
        let again = PutAccount { email_verified: false, ..put(&world, "ada@example.com") };
        assert_eq!(world.store.put_account(again).await, Ok((id.clone(), PutOutcome::Unchanged)));
        assert_eq!(world.reload(&id).await.email_verified_at, Some(NOW.plus_seconds(1)));
    }

    async fn putting_a_disabled_account_leaves_it_disabled(world: World) {
        let account = world.account("ada@example.com").await;
        let event = world.event(AuditAction::AccountLocked);
        assert_eq!(world.store.set_account_disabled(&account.id, true, NOW, event).await, Ok(true));
        let put = PutAccount { password_hash: Some(hash("second")), ..put(&world, "ada@example.com") };
        world.store.put_account(put).await.expect("a write");
        assert_eq!(world.reload(&account.id).await.disabled_at, Some(NOW));
    }

    async fn racing_puts_of_one_address_end_in_one_account(world: World) {
        let outcomes = race(12, |_| {
            let (store, put) = (world.store.clone(), put(&world, "ada@example.com"));
            async move { store.put_account(put).await.expect("a lost race is an answer") }
        }).await;
        let (ids, outcomes): (Vec<_>, Vec<_>) = outcomes.into_iter().unzip();
        assert!(ids.iter().all(|id| *id == ids[0]));
        assert_eq!(count_of(&outcomes, &PutOutcome::Created), 1);
        assert_eq!(count_of(&outcomes, &PutOutcome::Unchanged), 11);
        assert_eq!(world.recorded(AuditAction::AccountChanged).await, 1);
    }
}
