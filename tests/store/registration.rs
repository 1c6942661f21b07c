//! Registration: a new account, or what a stranger cannot tell from one.

use doorward::base::{AccountId, Names};
use doorward::model::account::{Account, StandardClaims};
use doorward::model::audit::AuditAction;
use doorward::model::interaction::Interaction;
use doorward::model::one_time_code::{CodePurpose, CodeRecord};
use doorward::store::{Register, RegisterOutcome};

use crate::world::{NOW, World, count_of, email, hash, race};

pub fn register_in(world: &World, address: &str, password: &str, interaction: Interaction) -> Register {
    let account = Account {
        id: AccountId::generate(&mut world.draw()),
        email: email(address),
        username: None,
        email_verified_at: None,
        password_hash: Some(hash(password)),
        password_changed_at: Some(NOW),
        generation: 0,
        claims: StandardClaims { name: Some(password.to_owned()), ..StandardClaims::default() },
        created_at: NOW,
        updated_at: NOW,
        disabled_at: None,
        roles: Names::none(),
        groups: Names::none(),
    };
    Register {
        account,
        code: CodeRecord { email: email(address), ..world.code_of(None, CodePurpose::VerifyAddress, &interaction) },
        code_mail: world.mail(address, "verification"),
        already_registered_mail: world.mail(address, "already_registered"),
        username: None,
        interaction,
        audit: world.event(AuditAction::Registered),
    }
}

async fn register(world: &World, address: &str, password: &str) -> Register {
    let interaction = world.interaction().await;
    register_in(world, address, password, interaction)
}

/// An account that waits for its address to be proven.
pub async fn unverified(world: &World, address: &str) -> Account {
    let register = register(world, address, "first").await;
    match world.store.register(register).await {
        Ok(RegisterOutcome::Registered(id)) => world.reload(&id).await,
        other => panic!("{other:?}"),
    }
}

async fn mails(world: &World, kind: &str) -> i64 {
    world.number("SELECT COUNT(*) FROM outbox WHERE kind = $1", vec![kind.to_owned()]).await
}

on_both_engines! {
    async fn a_registration_makes_an_unproven_account_its_code_and_its_mail(world: World) {
        let mut register = register(&world, "ada@example.com", "first").await;
        register.interaction.progress.failures = 3;
        let (wanted, code) = (register.account.clone(), register.code.clone());
        let outcome = world.store.register(register.clone()).await;
        assert_eq!(outcome, Ok(RegisterOutcome::Registered(wanted.id.clone())));
        assert_eq!(world.reload(&wanted.id).await, wanted);
        let kept = world.store.find_code_by_link(code.link_digest.clone()).await.expect("a read").expect("a code");
        assert_eq!((kept.account.as_ref(), kept.id), (Some(&wanted.id), code.id));
        let told = world.store.find_interaction(&register.interaction.id).await.expect("a read").expect("it is there");
        assert_eq!((told.progress.failures, told.revision), (3, 1));
        assert_eq!((mails(&world, "verification").await, mails(&world, "already_registered").await), (1, 0));
        assert_eq!(world.recorded(AuditAction::Registered).await, 1);
    }

    async fn reg_01_a_proven_account_is_left_as_it_is_and_its_owner_is_told(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let register = register(&world, "ada@example.com", "attacker").await;
        let link = register.code.link_digest.clone();
        assert_eq!(world.store.register(register).await, Ok(RegisterOutcome::AlreadyRegistered));
        assert_eq!(world.reload(&account.id).await, account);
        assert!(world.is_live(&session).await);
        assert_eq!((mails(&world, "verification").await, mails(&world, "already_registered").await), (0, 1));
        let code = world.store.find_code_by_link(link).await.expect("a read").expect("the page waits for one");
        assert_eq!(code.account, None, "and it opens nothing");
    }

    async fn reg_04_a_second_registration_of_an_unproven_address_voids_the_first(world: World) {
        let first = register(&world, "ada@example.com", "first").await;
        assert!(matches!(world.store.register(first.clone()).await, Ok(RegisterOutcome::Registered(_))));
        let second = register(&world, "ada@example.com", "second").await;
        let outcome = world.store.register(second.clone()).await;
        assert_eq!(outcome, Ok(RegisterOutcome::Replaced(first.account.id.clone())));
        let account = world.reload(&first.account.id).await;
        assert_eq!(account.password_hash, Some(hash("second")));
        assert_eq!(account.claims, second.account.claims);
        assert_eq!((account.generation, account.email_verified_at), (1, None));
        for (register, is_pending) in [(first, false), (second, true)] {
            let code = world.store.find_code_by_link(register.code.link_digest).await.expect("a read");
            assert_eq!(code.expect("it is there").consumed_at.is_none(), is_pending);
        }
    }

    async fn reg_04_sessions_of_the_first_registration_end(world: World) {
        let account = unverified(&world, "ada@example.com").await;
        // As if the proof had been there and was lost: the rule does not rest on how the session came to be.
        let proven = world.store.mark_verified(&account.id, NOW, world.event(AuditAction::AddressVerified)).await;
        assert_eq!(proven, Ok(true));
        let session = world.session(&account).await;
        let issue = world.issued(&session, "openid offline_access").await;
        let unprove = world.store.write(account.id.to_string(), |tx, id| {
            Box::pin(async move {
                let sql = "UPDATE accounts SET email_verified_at = NULL WHERE id = $1";
                tx.execute(sql, doorward::params![id]).await
            })
        });
        assert_eq!(unprove.await, Ok(1));
        let again = register(&world, "ada@example.com", "second").await;
        assert_eq!(world.store.register(again).await, Ok(RegisterOutcome::Replaced(account.id)));
        assert!(!world.is_live(&session).await);
        assert!(world.is_revoked(&issue.grant.id).await);
    }

    async fn a_disabled_unproven_account_cannot_be_taken_over(world: World) {
        let account = unverified(&world, "ada@example.com").await;
        let event = world.event(AuditAction::AccountLocked);
        assert_eq!(world.store.set_account_disabled(&account.id, true, NOW, event).await, Ok(true));
        let again = register(&world, "ada@example.com", "second").await;
        assert_eq!(world.store.register(again).await, Ok(RegisterOutcome::AlreadyRegistered));
        assert_eq!(world.reload(&account.id).await.password_hash, account.password_hash);
    }

    async fn a_registration_from_a_page_that_went_on_elsewhere_writes_nothing(world: World) {
        let register = register(&world, "ada@example.com", "first").await;
        assert_eq!(world.store.save_interaction(register.interaction.clone()).await, Ok(true));
        let before = world.contents().await;
        assert_eq!(world.store.register(register).await, Ok(RegisterOutcome::Stale));
        assert_eq!(world.contents().await, before);
    }

    async fn racing_registrations_of_one_address_end_in_one_account_with_one_live_code(world: World) {
        let mut registers = Vec::new();
        for number in 0..12 {
            registers.push(register(&world, "ada@example.com", &format!("password {number}")).await);
        }
        let outcomes = race(12, |number| {
            let (store, register) = (world.store.clone(), registers[number].clone());
            async move { store.register(register).await.expect("a lost race is an answer") }
        }).await;
        let registered = outcomes.iter().filter(|outcome| matches!(outcome, RegisterOutcome::Registered(_))).count();
        assert_eq!(registered, 1);
        let account = world.store.find_account_by_email(&email("ada@example.com")).await.expect("a read");
        let account = account.expect("it is there");
        assert_eq!(count_of(&outcomes, &RegisterOutcome::Replaced(account.id.clone())), 11);
        assert_eq!(account.generation, 11);
        let live = "SELECT COUNT(*) FROM one_time_codes WHERE consumed_at IS NULL";
        assert_eq!(world.number(live, vec![]).await, 1);
    }

    async fn f_15_two_processes_that_register_one_address_end_in_one_account(world: World) {
        let stores = [world.store.clone(), world.replica().await];
        let registers = [
            register(&world, "ada@example.com", "one").await,
            register(&world, "ada@example.com", "other").await,
        ];
        let outcomes = race(2, |number| {
            let (store, register) = (stores[number].clone(), registers[number].clone());
            async move { store.register(register).await.expect("a lost race is an answer") }
        }).await;
        let registered = outcomes.iter().filter(|outcome| matches!(outcome, RegisterOutcome::Registered(_))).count();
        assert_eq!(registered, 1);
        assert_eq!(world.number("SELECT COUNT(*) FROM accounts", vec![]).await, 1);
    }
}
