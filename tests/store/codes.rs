//! Mailed codes: the newest one counts, attempts are counted before they are checked, resending is guarded.

use doorward::model::account::Account;
use doorward::model::audit::AuditAction;
use doorward::model::one_time_code::{CodePurpose, CodeRecord};
use doorward::store::{ResendCode, SendCode};

use crate::world::{NOW, World, count_of, race};

async fn send(world: &World, account: Option<&Account>, purpose: CodePurpose) -> SendCode {
    let interaction = world.interaction().await;
    let code = world.code_of(account, purpose, &interaction);
    let mail = account.map(|account| world.mail(account.email.as_str(), "code"));
    SendCode { code, mail, interaction: Some(interaction), audit: world.event(AuditAction::CodeSent) }
}

async fn sent(world: &World, account: &Account, purpose: CodePurpose) -> CodeRecord {
    let send = send(world, Some(account), purpose).await;
    let code = send.code.clone();
    assert_eq!(world.store.send_code(send).await, Ok(true));
    code
}

async fn find(world: &World, code: &CodeRecord) -> CodeRecord {
    world.store.find_code_by_link(code.link_digest.clone()).await.expect("a read").expect("it is there")
}

fn resend(world: &World, code: &CodeRecord) -> ResendCode {
    ResendCode {
        code: code.clone(),
        code_digest: world.digest(),
        link_digest: world.digest(),
        now: NOW.plus_seconds(60),
        expires_at: NOW.plus_seconds(660),
        mail: Some(world.mail("ada@example.com", "code")),
        audit: world.event(AuditAction::CodeSent),
    }
}

on_both_engines! {
    async fn a_code_is_found_in_its_interaction_and_by_its_link(world: World) {
        let account = world.account("ada@example.com").await;
        let code = sent(&world, &account, CodePurpose::SignIn).await;
        assert_eq!(find(&world, &code).await, code);
        let interaction = code.interaction.clone().expect("it has one");
        let in_interaction = |purpose| world.store.find_code_in_interaction(&interaction, purpose);
        assert_eq!(in_interaction(CodePurpose::SignIn).await, Ok(Some(code)));
        assert_eq!(in_interaction(CodePurpose::ResetPassword).await, Ok(None));
        assert_eq!(world.store.find_code_by_link(world.digest()).await, Ok(None));
        assert_eq!(world.store.waiting_mail().await, Ok(1));
    }

    async fn otp_17_a_code_for_nobody_is_kept_like_any_other_and_mailed_to_nobody(world: World) {
        let send = send(&world, None, CodePurpose::SignIn).await;
        let code = send.code.clone();
        assert_eq!(world.store.send_code(send).await, Ok(true));
        assert_eq!(find(&world, &code).await, code);
        assert_eq!(world.store.waiting_mail().await, Ok(0));
    }

    async fn otp_05_a_newer_code_voids_the_older_of_its_purpose_in_whatever_flow(world: World) {
        let account = world.account("ada@example.com").await;
        let eve = world.account("eve@example.com").await;
        let older = sent(&world, &account, CodePurpose::SignIn).await;
        let others = [
            sent(&world, &account, CodePurpose::ResetPassword).await,
            sent(&world, &eve, CodePurpose::SignIn).await,
        ];
        let newer = sent(&world, &account, CodePurpose::SignIn).await;
        assert_eq!(find(&world, &older).await.consumed_at, Some(newer.created_at));
        for code in [&newer, &others[0], &others[1]] {
            assert_eq!(find(&world, code).await.consumed_at, None);
        }
    }

    async fn otp_17_a_newer_code_for_nobody_voids_the_older_one_as_well(world: World) {
        let older = send(&world, None, CodePurpose::SignIn).await;
        let newer = send(&world, None, CodePurpose::SignIn).await;
        for send in [&older, &newer] {
            assert_eq!(world.store.send_code(send.clone()).await, Ok(true));
        }
        assert!(find(&world, &older.code).await.consumed_at.is_some());
        assert_eq!(find(&world, &newer.code).await.consumed_at, None);
    }

    async fn otp_05_of_codes_asked_for_at_once_one_stays(world: World) {
        let account = world.account("ada@example.com").await;
        for _ in 0..10 {
            let mut sends = Vec::new();
            for _ in 0..6 {
                sends.push(send(&world, Some(&account), CodePurpose::SignIn).await);
            }
            race(6, |number| {
                let (store, send) = (world.store.clone(), sends[number].clone());
                async move { assert_eq!(store.send_code(send).await, Ok(true)) }
            }).await;
            let live = "SELECT COUNT(*) FROM one_time_codes WHERE consumed_at IS NULL";
            assert_eq!(world.number(live, vec![]).await, 1);
        }
    }

    async fn a_code_asked_for_on_a_page_that_went_on_elsewhere_is_not_sent(world: World) {
        let account = world.account("ada@example.com").await;
        let send = send(&world, Some(&account), CodePurpose::SignIn).await;
        assert_eq!(world.store.save_interaction(send.interaction.clone().expect("a window waits")).await, Ok(true));
        let before = world.contents().await;
        assert_eq!(world.store.send_code(send).await, Ok(false));
        assert_eq!(world.contents().await, before);
    }

    async fn a_code_for_a_person_removed_in_between_is_nobodys(world: World) {
        let account = world.account("ada@example.com").await;
        let send = send(&world, Some(&account), CodePurpose::SignIn).await;
        let code = send.code.clone();
        let event = world.event(AuditAction::AccountChanged);
        assert_eq!(world.store.delete_account(&account.id, event).await, Ok(true));
        assert_eq!(world.store.send_code(send).await, Ok(true));
        assert_eq!(find(&world, &code).await.account, None);
    }

    async fn resending_gives_new_digits_and_a_new_link_but_no_fresh_guesses(world: World) {
        let account = world.account("ada@example.com").await;
        let code = sent(&world, &account, CodePurpose::SignIn).await;
        assert_eq!(world.store.reserve_code_attempt(&code.id, 5, NOW).await, Ok(true));
        let resend = resend(&world, &code);
        assert_eq!(world.store.resend_code(resend.clone()).await, Ok(true));
        assert_eq!(world.store.find_code_by_link(code.link_digest.clone()).await, Ok(None));
        let renewed = find(&world, &CodeRecord { link_digest: resend.link_digest.clone(), ..code.clone() }).await;
        let expected = CodeRecord {
            code_digest: resend.code_digest,
            link_digest: resend.link_digest,
            attempts: 1,
            sends: 2,
            last_sent_at: resend.now,
            expires_at: resend.expires_at,
            ..code
        };
        assert_eq!(renewed, expected);
    }

    async fn otp_08_of_resends_at_once_one_is_sent(world: World) {
        let account = world.account("ada@example.com").await;
        let code = sent(&world, &account, CodePurpose::SignIn).await;
        let outcomes = race(8, |_| {
            let (store, resend) = (world.store.clone(), resend(&world, &code));
            async move { store.resend_code(resend).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &true), 1);
        assert_eq!(world.store.waiting_mail().await, Ok(2));
        assert_eq!(world.recorded(AuditAction::CodeSent).await, 2);
    }

    async fn otp_01_a_used_code_is_neither_tried_nor_sent_again(world: World) {
        let account = world.account("ada@example.com").await;
        let code = sent(&world, &account, CodePurpose::VerifyAddress).await;
        assert_eq!(world.store.verify_address(world.verify_of(&account.id, &code.id)).await, Ok(true));
        let before = world.contents().await;
        assert_eq!(world.store.reserve_code_attempt(&code.id, 5, NOW).await, Ok(false));
        assert_eq!(world.store.resend_code(resend(&world, &code)).await, Ok(false));
        assert_eq!(world.contents().await, before);
    }

    async fn otp_07_64_parallel_guesses_do_not_beat_the_limit(world: World) {
        let account = world.account("ada@example.com").await;
        let code = sent(&world, &account, CodePurpose::SignIn).await;
        let outcomes = race(64, |_| {
            let (store, id) = (world.store.clone(), code.id.clone());
            async move { store.reserve_code_attempt(&id, 5, NOW).await.expect("a write") }
        }).await;
        assert_eq!(count_of(&outcomes, &true), 5);
        assert_eq!(find(&world, &code).await.attempts, 5);
    }

    async fn otp_02_an_expired_code_cannot_be_tried(world: World) {
        let account = world.account("ada@example.com").await;
        let code = sent(&world, &account, CodePurpose::SignIn).await;
        assert_eq!(world.store.reserve_code_attempt(&code.id, 5, code.expires_at).await, Ok(false));
        assert_eq!(find(&world, &code).await.attempts, 0);
    }

    async fn a_code_moves_to_the_browser_that_opened_its_link(world: World) {
        let account = world.account("ada@example.com").await;
        let code = sent(&world, &account, CodePurpose::ResetPassword).await;
        let mut other = world.interaction().await;
        other.progress.proven_code = Some(code.id.clone());
        assert_eq!(world.store.move_code(&code.id, other.clone(), NOW).await, Ok(true));
        let moved = find(&world, &code).await;
        assert_eq!((moved.interaction, moved.browser), (Some(other.id.clone()), Some(other.browser.clone())));
        let told = world.store.find_interaction(&other.id).await.expect("a read").expect("it is there");
        assert_eq!((told.progress.proven_code, told.revision), (Some(code.id.clone()), 1));
        let left = code.interaction.clone().expect("it had one");
        assert_eq!(world.store.find_code_in_interaction(&left, CodePurpose::ResetPassword).await, Ok(None));
    }

    async fn a_code_that_is_over_or_an_interaction_that_went_on_moves_nothing(world: World) {
        let account = world.account("ada@example.com").await;
        let code = sent(&world, &account, CodePurpose::ResetPassword).await;
        let stale = world.interaction().await;
        assert_eq!(world.store.save_interaction(stale.clone()).await, Ok(true));
        let fresh = world.interaction().await;
        let before = world.contents().await;
        assert_eq!(world.store.move_code(&code.id, stale, NOW).await, Ok(false));
        assert_eq!(world.store.move_code(&code.id, fresh.clone(), code.expires_at).await, Ok(false));
        assert_eq!(world.contents().await, before);
        assert_eq!(world.store.verify_address(world.verify_of(&account.id, &code.id)).await, Ok(true));
        assert_eq!(world.store.move_code(&code.id, fresh, NOW).await, Ok(false));
    }
}
