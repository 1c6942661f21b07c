//! Usernames: asked for with an address, kept for it whoever has it, given to whoever proves it, and to nobody twice.

use doorward::base::Timestamp;
use doorward::base::bounds::{USERNAME_HOLD_MARGIN_SECONDS, USERNAME_HOLD_SECONDS};
use doorward::model::account::Account;
use doorward::model::audit::AuditAction;
use doorward::model::one_time_code::CodePurpose;
use doorward::model::session::{SignIn, SignInOutcome};
use doorward::store::{Register, RegisterOutcome, SendCode};

use crate::registration::register_in;
use crate::world::{NOW, World, count_of, email, race};

async fn asking(world: &World, address: &str, username: &str, now: Timestamp) -> Register {
    let mut register = register_in(world, address, "first", world.interaction().await);
    register.username = Some(username.to_owned());
    register.account.created_at = now;
    register
}

async fn ask(world: &World, address: &str, username: &str, now: Timestamp) -> RegisterOutcome {
    let register = asking(world, address, username, now).await;
    world.store.register(register).await.expect("a write")
}

async fn account_of(world: &World, address: &str) -> Account {
    let found = world.store.find_account_by_email(&email(address)).await;
    found.expect("a read").expect("it is there")
}

async fn prove(world: &World, address: &str, now: Timestamp) -> Option<String> {
    let account = account_of(world, address).await;
    let event = world.event(AuditAction::AddressVerified);
    assert_eq!(world.store.mark_verified(&account.id, now, event).await, Ok(true));
    world.reload(&account.id).await.username
}

on_both_engines! {
    async fn a_username_counts_once_its_address_is_proven(world: World) {
        assert!(matches!(ask(&world, "ada@example.com", "ada", NOW).await, RegisterOutcome::Registered(_)));
        assert_eq!(account_of(&world, "ada@example.com").await.username, None);
        assert_eq!(prove(&world, "ada@example.com", NOW).await.as_deref(), Some("ada"));
        let after = NOW.plus_seconds(2 * USERNAME_HOLD_SECONDS);
        assert_eq!(ask(&world, "eve@example.com", "ada", after).await, RegisterOutcome::UsernameTaken);
    }

    async fn reg_01_a_username_is_kept_alike_for_a_free_address_and_for_somebodys(world: World) {
        world.account("known@example.com").await;
        for (address, username) in [("free@example.com", "one"), ("known@example.com", "other")] {
            let outcome = ask(&world, address, username, NOW).await;
            assert_ne!(outcome, RegisterOutcome::UsernameTaken);
            let before = world.contents().await;
            assert_eq!(ask(&world, "eve@example.com", username, NOW).await, RegisterOutcome::UsernameTaken);
            let mut after = world.contents().await;
            // The interaction of the page that asked is all that is new.
            after.insert("interactions".to_owned(), before["interactions"].clone());
            assert_eq!(after, before);
            assert_ne!(ask(&world, address, username, NOW).await, RegisterOutcome::UsernameTaken);
            let at_last = NOW.plus_seconds(USERNAME_HOLD_SECONDS);
            assert_ne!(ask(&world, "eve@example.com", username, at_last).await, RegisterOutcome::UsernameTaken);
        }
    }

    async fn an_address_keeps_one_name_the_newest(world: World) {
        ask(&world, "ada@example.com", "one", NOW).await;
        ask(&world, "ada@example.com", "two", NOW).await;
        assert!(matches!(ask(&world, "eve@example.com", "one", NOW).await, RegisterOutcome::Registered(_)));
        assert_eq!(prove(&world, "ada@example.com", NOW).await.as_deref(), Some("two"));
        let mut without = register_in(&world, "eve@example.com", "second", world.interaction().await);
        without.account.created_at = NOW;
        assert!(matches!(world.store.register(without).await, Ok(RegisterOutcome::Replaced(_))));
        assert_eq!(prove(&world, "eve@example.com", NOW).await, None);
    }

    async fn a_name_is_not_given_where_the_next_one_may_ask_for_it_already(world: World) {
        ask(&world, "ada@example.com", "ada", NOW).await;
        let end = NOW.plus_seconds(USERNAME_HOLD_SECONDS - USERNAME_HOLD_MARGIN_SECONDS);
        assert_eq!(prove(&world, "ada@example.com", end).await, None);
    }

    async fn reg_04_a_code_to_sign_in_by_forgets_the_name_a_stranger_asked_for(world: World) {
        ask(&world, "ada@example.com", "mallory", NOW).await;
        let account = account_of(&world, "ada@example.com").await;
        let interaction = world.interaction().await;
        let code = world.code_of(Some(&account), CodePurpose::SignIn, &interaction);
        let id = code.id.clone();
        let send = SendCode { code, mail: None, interaction: Some(interaction), audit: world.event(AuditAction::CodeSent) };
        assert_eq!(world.store.send_code(send).await, Ok(true));
        let sign_in = SignIn {
            consumed_code: Some(id),
            forgets_unproven: true,
            verifies_address: true,
            ..world.sign_in_of(&account)
        };
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
        assert_eq!(world.reload(&account.id).await.username, None);
        assert!(matches!(ask(&world, "eve@example.com", "mallory", NOW).await, RegisterOutcome::Registered(_)));
    }

    async fn of_many_who_ask_for_one_name_at_once_one_gets_it(world: World) {
        let mut registers = Vec::new();
        for number in 0..8 {
            registers.push(asking(&world, &format!("person{number}@example.com"), "ada", NOW).await);
        }
        let outcomes = race(8, |number| {
            let (store, register) = (world.store.clone(), registers[number].clone());
            async move { store.register(register).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &RegisterOutcome::UsernameTaken), 7);
        assert_eq!(world.number("SELECT COUNT(*) FROM accounts", vec![]).await, 1);
    }

    async fn names_that_nobody_proved_are_swept(world: World) {
        ask(&world, "ada@example.com", "ada", NOW).await;
        let end = NOW.plus_seconds(USERNAME_HOLD_SECONDS);
        let swept = async |now| {
            let removed = world.store.sweep(now).await.expect("a write");
            removed.into_iter().find(|(table, _)| *table == "username_holds").map(|(_, count)| count)
        };
        assert_eq!(swept(end).await, Some(0));
        assert_eq!(swept(end.plus_seconds(1)).await, Some(1));
    }
}
