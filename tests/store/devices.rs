//! Devices: one that is new is told, the first one is not; and what a single session ends.

use doorward::base::bounds::{DEVICES_PER_ACCOUNT_MAX, NEW_DEVICE_MAILS_MAX, NEW_DEVICE_MAILS_SECONDS};
use doorward::base::{Digest, Timestamp};
use doorward::model::account::Account;
use doorward::model::session::{SeenDevice, SignIn, SignInOutcome};

use crate::world::{NOW, World, count_of, race};

fn seen(world: &World, digest: Digest, now: Timestamp) -> SeenDevice {
    SeenDevice {
        digest,
        expires_at: now.plus_seconds(1_000_000),
        mail: Some(world.mail("ada@example.com", "new_device")),
    }
}

async fn sign_in_on(world: &World, account: &Account, name: &str, now: Timestamp) {
    let mut sign_in = world.sign_in_of(account);
    sign_in.session.created_at = now;
    sign_in.device = Some(seen(world, Digest::of(name), now));
    assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
}

async fn told(world: &World) -> i64 {
    world.store.waiting_mail().await.expect("a read")
}

on_both_engines! {
    async fn the_first_device_is_kept_and_not_told_the_second_is_told_once(world: World) {
        let account = world.account("ada@example.com").await;
        sign_in_on(&world, &account, "laptop", NOW).await;
        assert_eq!(told(&world).await, 0, "nobody is told of the first one");
        let later = NOW.plus_seconds(60);
        for _ in 0..2 {
            sign_in_on(&world, &account, "phone", later).await;
        }
        assert_eq!(told(&world).await, 1);
        let devices = world.store.list_devices(&account.id, later).await.expect("a read");
        let known: Vec<_> = devices.iter().map(|device| (device.digest.clone(), device.first_seen_at)).collect();
        assert_eq!(known, [(Digest::of("phone"), later), (Digest::of("laptop"), NOW)]);
    }

    async fn a_device_of_one_person_is_unknown_to_another(world: World) {
        let (ada, eve) = (world.account("ada@example.com").await, world.account("eve@example.com").await);
        sign_in_on(&world, &ada, "laptop", NOW).await;
        sign_in_on(&world, &eve, "tablet", NOW).await;
        assert_eq!(told(&world).await, 0);
        sign_in_on(&world, &eve, "laptop", NOW).await;
        assert_eq!(told(&world).await, 1);
    }

    async fn a_sign_in_that_fails_leaves_neither_device_nor_mail(world: World) {
        let account = world.account("ada@example.com").await;
        sign_in_on(&world, &account, "laptop", NOW).await;
        let before = world.contents().await;
        let overtaken = SignIn {
            device: Some(seen(&world, Digest::of("phone"), NOW)),
            generation: account.generation + 1,
            ..world.sign_in_of(&account)
        };
        assert_eq!(world.store.sign_in(overtaken).await, Ok(SignInOutcome::Overtaken));
        assert_eq!(world.contents().await, before);
    }

    async fn a_device_that_was_not_seen_for_long_is_new_again(world: World) {
        let account = world.account("ada@example.com").await;
        sign_in_on(&world, &account, "laptop", NOW).await;
        let later = NOW.plus_seconds(900_000);
        sign_in_on(&world, &account, "phone", later).await;
        let over = NOW.plus_seconds(1_000_001);
        sign_in_on(&world, &account, "laptop", over).await;
        assert_eq!(told(&world).await, 2);
    }

    async fn an_account_keeps_so_many_devices_and_is_told_so_often(world: World) {
        let account = world.account("ada@example.com").await;
        for number in 0..DEVICES_PER_ACCOUNT_MAX + 5 {
            sign_in_on(&world, &account, &format!("browser {number}"), NOW.plus_seconds(number)).await;
        }
        let devices = world.store.list_devices(&account.id, NOW).await.expect("a read");
        assert_eq!(i64::try_from(devices.len()), Ok(DEVICES_PER_ACCOUNT_MAX));
        assert!(devices.iter().all(|device| device.digest != Digest::of("browser 0")), "the oldest go");
        assert_eq!(told(&world).await, NEW_DEVICE_MAILS_MAX - 1, "of the first nobody is told, of the last neither");
        let later = NOW.plus_seconds(2 * NEW_DEVICE_MAILS_SECONDS);
        sign_in_on(&world, &account, "one more", later).await;
        assert_eq!(told(&world).await, NEW_DEVICE_MAILS_MAX);
    }

    async fn devices_go_with_their_account(world: World) {
        let account = world.account("ada@example.com").await;
        sign_in_on(&world, &account, "laptop", NOW).await;
        let event = world.event(doorward::model::audit::AuditAction::AccountChanged);
        assert_eq!(world.store.delete_account(&account.id, event).await, Ok(true));
        assert_eq!(world.number("SELECT COUNT(*) FROM devices", vec![]).await, 0);
    }

    async fn a_single_session_ends_the_others_with_all_that_was_granted_in_them(world: World) {
        let (ada, eve) = (world.account("ada@example.com").await, world.account("eve@example.com").await);
        let (first, hers) = (world.session(&ada).await, world.session(&eve).await);
        let plain = world.issued(&first, "openid").await;
        let offline = world.issued(&first, "openid offline_access").await;
        let of_eve = world.issued(&hers, "openid offline_access").await;
        let only = SignIn { ends_others: true, ..world.sign_in_of(&ada) };
        assert_eq!(world.store.sign_in(only.clone()).await, Ok(SignInOutcome::SignedIn));
        assert!(!world.is_live(&first).await && world.is_live(&only.session).await && world.is_live(&hers).await);
        assert!(world.is_revoked(&plain.grant.id).await);
        assert!(world.is_revoked(&offline.grant.id).await, "offline_access or not");
        assert!(!world.is_revoked(&of_eve.grant.id).await);
    }

    async fn a_single_session_that_renews_another_keeps_what_was_granted_in_it(world: World) {
        let account = world.account("ada@example.com").await;
        let old = world.session(&account).await;
        let issue = world.issued(&old, "openid offline_access").await;
        let renewed = SignIn { ends_others: true, replaces: Some(old.id.clone()), ..world.sign_in_of(&account) };
        assert_eq!(world.store.sign_in(renewed).await, Ok(SignInOutcome::SignedIn));
        assert!(!world.is_live(&old).await);
        assert!(!world.is_revoked(&issue.grant.id).await);
    }

    async fn of_single_sessions_that_begin_at_once_one_is_left(world: World) {
        let account = world.account("ada@example.com").await;
        let outcomes = race(12, |_| {
            let (store, sign_in) = (world.store.clone(), SignIn { ends_others: true, ..world.sign_in_of(&account) });
            async move { store.sign_in(sign_in).await.expect("a write") }
        }).await;
        assert_eq!(count_of(&outcomes, &SignInOutcome::SignedIn), 12);
        assert_eq!(world.store.list_sessions(&account.id, NOW).await.expect("a read").len(), 1);
    }
}
