//! Changes of address: asked for, confirmed once, undone from the old mailbox.

use doorward::model::account::{Account, VerifyAddress};
use doorward::model::address_change::{
    AddressChange, AskAddressChange, ConfirmAddressChange, ConfirmOutcome, UndoAddressChange,
};
use doorward::model::audit::AuditAction;
use doorward::model::one_time_code::{CodePurpose, CodeRecord};
use doorward::model::session::Session;
use doorward::store::SendCode;

use crate::registration::unverified;
use crate::world::{NOW, World, count_of, email, race};

const WEEK: i64 = 7 * 86_400;

fn ask_of(world: &World, account: &Account, session: &Session, new: &str) -> AskAddressChange {
    let code = CodeRecord {
        email: email(new),
        interaction: None,
        browser: None,
        ..world.code_of(Some(account), CodePurpose::ChangeAddress, &world.interaction_of_nobody())
    };
    let change = AddressChange {
        id: code.id.clone(),
        account: account.id.clone(),
        session: session.id.clone(),
        old_email: account.email.clone(),
        new_email: email(new),
        undo_digest: world.digest(),
        requested_at: NOW,
        expires_at: NOW.plus_seconds(WEEK),
        changed_at: None,
        undone_at: None,
    };
    AskAddressChange {
        change,
        generation: account.generation,
        code,
        code_mail: world.mail(new, "code"),
        taken_mail: world.mail(new, "taken"),
        notice: world.mail(account.email.as_str(), "notice"),
        audit: world.event(AuditAction::AddressChangeAsked),
    }
}

fn confirm_of(world: &World, change: &AddressChange) -> ConfirmAddressChange {
    ConfirmAddressChange {
        change: change.clone(),
        now: NOW.plus_seconds(1),
        undo_until: NOW.plus_seconds(1 + WEEK),
        returns_since: None,
        notices: [world.mail(change.old_email.as_str(), "changed"), world.mail(change.new_email.as_str(), "changed")],
        audit: world.event(AuditAction::AddressChanged),
    }
}

fn undo_of(world: &World, change: &AddressChange) -> UndoAddressChange {
    UndoAddressChange {
        change: change.clone(),
        now: NOW.plus_seconds(2),
        notice: world.mail(change.old_email.as_str(), "kept"),
        audit: world.event(AuditAction::AddressChangeUndone),
    }
}

async fn asked(world: &World, account: &Account, session: &Session, new: &str) -> AddressChange {
    let ask = ask_of(world, account, session, new);
    let change = ask.change.clone();
    assert_eq!(world.store.ask_address_change(ask).await, Ok(true));
    change
}

async fn mails(world: &World, kind: &str) -> i64 {
    world.number("SELECT COUNT(*) FROM outbox WHERE kind = $1", vec![kind.to_owned()]).await
}

on_both_engines! {
    async fn a_change_waits_in_the_session_that_asked_and_the_old_address_is_told(world: World) {
        let account = world.account("ada@example.com").await;
        let (session, other) = (world.session(&account).await, world.session(&account).await);
        let change = asked(&world, &account, &session, "new@example.com").await;
        let found = world.store.find_address_change_asked_in(&account.id, &session.id).await;
        assert_eq!(found, Ok(Some(change.clone())));
        assert_eq!(world.store.find_address_change_asked_in(&account.id, &other.id).await, Ok(None));
        assert_eq!(world.store.find_address_change(&change.id).await, Ok(Some(change.clone())));
        let by_undo = world.store.find_address_change_by_undo(change.undo_digest.clone()).await;
        assert_eq!(by_undo, Ok(Some(change.clone())));
        let code = world.store.find_mailed_code(&change.id).await.expect("a read").expect("it is there");
        assert_eq!((code.purpose, code.email), (CodePurpose::ChangeAddress, email("new@example.com")));
        assert_eq!((mails(&world, "code").await, mails(&world, "taken").await, mails(&world, "notice").await), (1, 0, 1));
        assert_eq!(world.reload(&account.id).await, account);
    }

    async fn rst_14_the_owner_of_a_taken_address_gets_another_mail_and_all_else_is_alike(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        world.account("eve@example.com").await;
        asked(&world, &account, &session, "eve@example.com").await;
        assert_eq!((mails(&world, "code").await, mails(&world, "taken").await, mails(&world, "notice").await), (0, 1, 1));
    }

    async fn nothing_is_asked_for_against_an_account_that_changed(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let before = world.contents().await;
        let stale = AskAddressChange { generation: account.generation + 1, ..ask_of(&world, &account, &session, "n@example.com") };
        assert_eq!(world.store.ask_address_change(stale).await, Ok(false));
        assert_eq!(world.contents().await, before);
    }

    async fn of_8_confirmations_one_wins_and_pending_codes_are_void(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let change = asked(&world, &account, &session, "new@example.com").await;
        let interaction = world.interaction().await;
        let reset = world.code_of(Some(&account), CodePurpose::ResetPassword, &interaction);
        let send = SendCode { code: reset.clone(), mail: None, interaction: Some(interaction), audit: world.event(AuditAction::CodeSent) };
        assert_eq!(world.store.send_code(send).await, Ok(true));
        let outcomes = race(8, |_| {
            let (store, confirm) = (world.store.clone(), confirm_of(&world, &change));
            async move { store.confirm_address_change(confirm).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &ConfirmOutcome::Changed), 1);
        assert_eq!(count_of(&outcomes, &ConfirmOutcome::Overtaken), 7);
        let changed = world.reload(&account.id).await;
        assert_eq!((changed.email, changed.generation), (email("new@example.com"), account.generation + 1));
        assert_eq!(changed.email_verified_at, Some(NOW.plus_seconds(1)));
        assert_eq!(mails(&world, "changed").await, 2);
        let reset = world.store.find_code_by_link(reset.link_digest).await.expect("a read").expect("it is there");
        assert!(reset.consumed_at.is_some());
        assert!(world.is_live(&session).await);
    }

    async fn only_the_newest_change_that_was_asked_for_can_be_confirmed(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let first = asked(&world, &account, &session, "first@example.com").await;
        let second = asked(&world, &account, &session, "second@example.com").await;
        let outcome = world.store.confirm_address_change(confirm_of(&world, &first)).await;
        assert_eq!(outcome, Ok(ConfirmOutcome::Overtaken));
        let outcome = world.store.confirm_address_change(confirm_of(&world, &second)).await;
        assert_eq!(outcome, Ok(ConfirmOutcome::Changed));
    }

    async fn an_address_that_was_taken_meanwhile_stays_its_owners(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let change = asked(&world, &account, &session, "new@example.com").await;
        world.account("new@example.com").await;
        let before = world.contents().await;
        let outcome = world.store.confirm_address_change(confirm_of(&world, &change)).await;
        assert_eq!(outcome, Ok(ConfirmOutcome::Taken));
        assert_eq!(world.contents().await, before);
    }

    async fn of_two_accounts_that_want_one_address_one_gets_it(world: World) {
        let mut confirms = Vec::new();
        for address in ["ada@example.com", "eve@example.com"] {
            let account = world.account(address).await;
            let session = world.session(&account).await;
            confirms.push(confirm_of(&world, &asked(&world, &account, &session, "new@example.com").await));
        }
        let outcomes = race(2, |number| {
            let (store, confirm) = (world.store.clone(), confirms[number].clone());
            async move { store.confirm_address_change(confirm).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &ConfirmOutcome::Changed), 1, "{outcomes:?}");
        assert_eq!(count_of(&outcomes, &ConfirmOutcome::Taken), 1, "{outcomes:?}");
    }

    async fn an_undo_restores_the_address_and_ends_what_rests_on_the_account(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let issue = world.issued(&session, "openid offline_access").await;
        let change = asked(&world, &account, &session, "new@example.com").await;
        let outcome = world.store.confirm_address_change(confirm_of(&world, &change)).await;
        assert_eq!(outcome, Ok(ConfirmOutcome::Changed));
        let changed = world.reload(&account.id).await;
        let waiting = asked(&world, &changed, &session, "third@example.com").await;
        let outcomes = race(4, |_| {
            let (store, undo) = (world.store.clone(), undo_of(&world, &change));
            async move { store.undo_address_change(undo).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &true), 1);
        let restored = world.reload(&account.id).await;
        assert_eq!((restored.email, restored.generation), (account.email.clone(), changed.generation + 1));
        assert!(!world.is_live(&session).await && world.is_revoked(&issue.grant.id).await);
        let outcome = world.store.confirm_address_change(confirm_of(&world, &waiting)).await;
        assert_eq!(outcome, Ok(ConfirmOutcome::Overtaken), "what was asked for later is undone, too");
        assert_eq!(world.store.undo_address_change(undo_of(&world, &waiting)).await, Ok(false));
        let late = UndoAddressChange { now: NOW.plus_seconds(2 + WEEK), ..undo_of(&world, &change) };
        assert_eq!(world.store.undo_address_change(late).await, Ok(false));
    }

    async fn an_undo_and_a_confirmation_that_meet_leave_the_old_address(world: World) {
        for number in 0..6 {
            let address = format!("ada{number}@example.com");
            let account = world.account(&address).await;
            let session = world.session(&account).await;
            let change = asked(&world, &account, &session, &format!("new{number}@example.com")).await;
            let (confirm, undo) = (confirm_of(&world, &change), undo_of(&world, &change));
            let (one, other) = (world.store.clone(), world.store.clone());
            let (confirmed, undone) = tokio::join!(
                tokio::spawn(async move { one.confirm_address_change(confirm).await }),
                tokio::spawn(async move { other.undo_address_change(undo).await }),
            );
            assert_eq!(undone.expect("no panic"), Ok(true));
            let confirmed = confirmed.expect("no panic").expect("a lost race is an answer");
            assert!(matches!(confirmed, ConfirmOutcome::Changed | ConfirmOutcome::Overtaken));
            assert_eq!(world.reload(&account.id).await.email, account.email);
            assert!(!world.is_live(&session).await);
        }
    }

    async fn an_unproven_account_gives_way_to_an_undo_and_a_proven_one_does_not(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let change = asked(&world, &account, &session, "new@example.com").await;
        let outcome = world.store.confirm_address_change(confirm_of(&world, &change)).await;
        assert_eq!(outcome, Ok(ConfirmOutcome::Changed));
        let squatter = unverified(&world, "ada@example.com").await;
        let event = world.event(AuditAction::AddressVerified);
        assert_eq!(world.store.mark_verified(&squatter.id, NOW, event).await, Ok(true));
        let before = world.contents().await;
        assert_eq!(world.store.undo_address_change(undo_of(&world, &change)).await, Ok(false));
        assert_eq!(world.contents().await, before);
        let gone = world.event(AuditAction::AccountChanged);
        assert_eq!(world.store.delete_account(&squatter.id, gone).await, Ok(true));
        let squatter = unverified(&world, "ada@example.com").await;
        assert_eq!(world.store.undo_address_change(undo_of(&world, &change)).await, Ok(true));
        assert_eq!(world.store.find_account(&squatter.id).await, Ok(None));
        assert_eq!(world.reload(&account.id).await.email, account.email);
    }

    async fn somebody_is_welcomed_when_their_address_is_proven_for_the_first_time_and_never_again(world: World) {
        let account = unverified(&world, "ada@example.com").await;
        for wanted in [1, 1] {
            let interaction = world.interaction().await;
            let code = world.code_of(Some(&account), CodePurpose::VerifyAddress, &interaction);
            let audit = world.event(AuditAction::CodeSent);
            let send = SendCode { code: code.clone(), mail: None, interaction: Some(interaction), audit };
            assert_eq!(world.store.send_code(send).await, Ok(true));
            let welcome = Some(world.mail("ada@example.com", "welcome"));
            let verify = VerifyAddress { welcome, ..world.verify_of(&account.id, &code.id) };
            assert_eq!(world.store.verify_address(verify.clone()).await, Ok(true));
            assert_eq!(world.store.verify_address(verify).await, Ok(false));
            assert_eq!(mails(&world, "welcome").await, wanted);
        }
    }
}
