//! Authorization codes: issued under two guards, redeemed once.

use doorward::base::{Digest, Scope};
use doorward::model::audit::AuditAction;
use doorward::model::grant::{Consent, IssueCodeOutcome, RedeemCodeOutcome};

use crate::world::{CLIENT, NOW, World, code_of, count_of, race};

on_both_engines! {
    async fn a_code_is_found_with_its_grant_and_its_person(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let mut issue = world.issue_of(&session, "openid email");
        issue.grant.claims.id_token.insert("email".to_owned(), None);
        assert_eq!(world.store.issue_code(issue.clone()).await, Ok(IssueCodeOutcome::Issued));
        let found = world.store.find_code(code_of(&issue).digest.clone()).await.expect("a read").expect("it is there");
        assert_eq!((Some(found.code), found.grant, found.account), (issue.code, issue.grant, account));
        assert!(world.store.find_code(Digest::of("another")).await.expect("a read").is_none());
    }

    async fn a_code_without_pkce_and_nonce_comes_back_without(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let mut issue = world.issue_of(&session, "");
        let code = issue.code.as_mut().expect("it has one");
        code.code_challenge = None;
        code.redirect_uri_was_sent = false;
        (issue.grant.nonce, issue.grant.acr) = (None, None);
        (issue.grant.resources, issue.grant.amr) = (Vec::new(), Vec::new());
        assert_eq!(world.store.issue_code(issue.clone()).await, Ok(IssueCodeOutcome::Issued));
        let found = world.store.find_code(code_of(&issue).digest.clone()).await.expect("a read").expect("it is there");
        assert_eq!((Some(found.code), found.grant), (issue.code, issue.grant));
    }

    async fn cod_03_of_50_parallel_redemptions_exactly_one_wins_and_the_others_revoke_the_grant(world: World) {
        let issue = world.issued_to("ada@example.com").await;
        let outcomes = race(50, |_| {
            let (store, redeem) = (world.store.clone(), world.redeem_of(&issue));
            async move { store.redeem_code(redeem).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &RedeemCodeOutcome::Redeemed), 1);
        assert_eq!(count_of(&outcomes, &RedeemCodeOutcome::CodeReplayed), 1);
        assert!(world.is_revoked(&issue.grant.id).await);
        assert_eq!(world.number("SELECT COUNT(*) FROM refresh_tokens", vec![]).await, 1);
    }

    async fn cod_03_of_50_redemptions_through_two_processes_exactly_one_wins(world: World) {
        let issue = world.issued_to("ada@example.com").await;
        let stores = [world.store.clone(), world.replica().await];
        let outcomes = race(50, |number| {
            let (store, redeem) = (stores[number % 2].clone(), world.redeem_of(&issue));
            async move { store.redeem_code(redeem).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &RedeemCodeOutcome::Redeemed), 1);
        assert!(world.is_revoked(&issue.grant.id).await);
        assert_eq!(world.number("SELECT COUNT(*) FROM refresh_tokens", vec![]).await, 1);
    }

    async fn cod_01_cod_02_a_second_redemption_revokes_what_the_first_one_gave(world: World) {
        let issue = world.issued_to("ada@example.com").await;
        let (first, second) = (world.redeem_of(&issue), world.redeem_of(&issue));
        let refresh_token = first.refresh_token.clone().expect("it has one").digest;
        assert_eq!(world.store.redeem_code(first).await, Ok(RedeemCodeOutcome::Redeemed));
        assert!(!world.is_revoked(&issue.grant.id).await);
        assert_eq!(world.store.redeem_code(second.clone()).await, Ok(RedeemCodeOutcome::CodeReplayed));
        let living_on = world.store.find_refresh_token(refresh_token).await.expect("a read").expect("it is there");
        assert_eq!(living_on.grant.revoked_at, Some(NOW));
        let other = second.refresh_token.clone().expect("it has one").digest;
        assert!(world.store.find_refresh_token(other).await.expect("a read").is_none());
        assert_eq!(world.store.redeem_code(second).await, Ok(RedeemCodeOutcome::GrantRevoked));
    }

    async fn a_code_whose_grant_was_revoked_is_not_redeemed(world: World) {
        let issue = world.issued_to("ada@example.com").await;
        let event = world.event(AuditAction::Revoked);
        assert_eq!(world.store.revoke_grant(&issue.grant.id, NOW, event).await, Ok(true));
        let before = world.contents().await;
        let redeem = world.redeem_of(&issue);
        assert_eq!(world.store.redeem_code(redeem).await, Ok(RedeemCodeOutcome::GrantRevoked));
        assert_eq!(world.contents().await, before);
    }

    async fn cod_14_at_the_limit_of_wrong_attempts_a_code_is_spent(world: World) {
        let issue = world.issued_to("ada@example.com").await;
        let digest = code_of(&issue).digest.clone();
        for attempt in 1..=3 {
            world.store.count_code_failure(digest.clone(), 3, NOW).await.expect("a write");
            let found = world.store.find_code(digest.clone()).await.expect("a read").expect("it is there");
            assert_eq!((found.code.failures, found.code.consumed_at.is_some()), (attempt, attempt == 3));
        }
        world.store.count_code_failure(digest.clone(), 3, NOW).await.expect("a write");
        let found = world.store.find_code(digest).await.expect("a read").expect("it is there");
        assert_eq!(found.code.failures, 3, "a spent code is not counted on");
        let redeem = world.redeem_of(&issue);
        assert_eq!(world.store.redeem_code(redeem).await, Ok(RedeemCodeOutcome::CodeReplayed));
    }

    async fn ses_11_one_interaction_is_answered_by_one_code(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let interaction = world.interaction().await;
        let outcomes = race(8, |_| {
            let mut issue = world.issue_of(&session, "openid");
            issue.interaction = Some(interaction.id.clone());
            let store = world.store.clone();
            async move { store.issue_code(issue).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &IssueCodeOutcome::Issued), 1);
        assert_eq!(count_of(&outcomes, &IssueCodeOutcome::AlreadyAnswered), 7);
        assert_eq!(world.number("SELECT COUNT(*) FROM grants", vec![]).await, 1);
        assert_eq!(world.number("SELECT COUNT(*) FROM authorization_codes", vec![]).await, 1);
        assert_eq!(world.recorded(AuditAction::CodeIssued).await, 1);
    }

    async fn an_answered_interaction_gets_no_second_code_and_nothing_is_written(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let interaction = world.interaction().await;
        assert_eq!(world.store.finish_interaction(&interaction.id, NOW).await, Ok(true));
        let before = world.contents().await;
        let mut issue = world.issue_of(&session, "openid");
        issue.interaction = Some(interaction.id);
        issue.consent = Some(consent(&issue.grant));
        assert_eq!(world.store.issue_code(issue).await, Ok(IssueCodeOutcome::AlreadyAnswered));
        assert_eq!(world.contents().await, before);
    }

    async fn aut_24_of_8_answers_to_one_pushed_request_exactly_one_wins(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let pushed = world.pushed().await;
        let outcomes = race(8, |_| {
            let mut issue = world.issue_of(&session, "openid");
            issue.pushed = Some(pushed.digest.clone());
            let store = world.store.clone();
            async move { store.issue_code(issue).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &IssueCodeOutcome::Issued), 1);
        assert_eq!(count_of(&outcomes, &IssueCodeOutcome::AlreadyAnswered), 7);
        assert_eq!(world.number("SELECT COUNT(*) FROM grants", vec![]).await, 1);
    }

    async fn a_spent_pushed_request_gets_no_code_and_nothing_is_written(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let (pushed, interaction) = (world.pushed().await, world.interaction().await);
        assert_eq!(world.store.spend_pushed_request(pushed.digest.clone(), NOW).await, Ok(true));
        let before = world.contents().await;
        let mut issue = world.issue_of(&session, "openid");
        (issue.interaction, issue.pushed) = (Some(interaction.id), Some(pushed.digest));
        assert_eq!(world.store.issue_code(issue).await, Ok(IssueCodeOutcome::AlreadyAnswered));
        assert_eq!(world.contents().await, before);
    }

    async fn an_id_token_alone_leaves_a_grant_without_a_code(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let mut issue = world.issue_of(&session, "openid");
        issue.code = None;
        assert_eq!(world.store.issue_code(issue.clone()).await, Ok(IssueCodeOutcome::Issued));
        assert_eq!(world.grant(&issue.grant.id).await, issue.grant);
        assert_eq!(world.number("SELECT COUNT(*) FROM authorization_codes", vec![]).await, 0);
    }

    async fn a_client_that_made_room_a_moment_ago_gets_no_code(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let issue = world.issue_of(&session, "openid");
        let event = world.event(AuditAction::ClientChanged);
        assert_eq!(world.store.delete_client(&issue.grant.client_id, event).await, Ok(true));
        assert_eq!(world.store.issue_code(issue).await, Ok(IssueCodeOutcome::SessionEnded));
    }

    async fn an_ended_session_gets_no_code_and_its_interaction_stays_open(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let interaction = world.interaction().await;
        let event = world.event(AuditAction::SignedOut);
        assert_eq!(world.store.end_sessions(&account.id, vec![session.id.clone()], NOW, event).await, Ok(1));
        let before = world.contents().await;
        let mut issue = world.issue_of(&session, "openid");
        issue.interaction = Some(interaction.id.clone());
        issue.consent = Some(consent(&issue.grant));
        assert_eq!(world.store.issue_code(issue).await, Ok(IssueCodeOutcome::SessionEnded));
        assert_eq!(world.contents().await, before);
    }

    async fn a_session_of_somebody_else_gets_no_code(world: World) {
        let (ada, eve) = (world.account("ada@example.com").await, world.account("eve@example.com").await);
        let session = world.session(&ada).await;
        let mut issue = world.issue_of(&session, "openid");
        issue.grant.account_id = eve.id;
        assert_eq!(world.store.issue_code(issue).await, Ok(IssueCodeOutcome::SessionEnded));
    }

    async fn rst_06_no_grant_slips_through_between_a_code_and_the_end_of_its_session(world: World) {
        let account = world.account("ada@example.com").await;
        for _ in 0..20 {
            let session = world.session(&account).await;
            let issues: Vec<_> = (0..6).map(|_| world.issue_of(&session, "openid")).collect();
            race(7, |number| {
                let (store, session, account) = (world.store.clone(), session.clone(), account.id.clone());
                let (issue, event) = (issues.get(number).cloned(), world.event(AuditAction::SignedOut));
                async move {
                    match issue {
                        Some(issue) => drop(store.issue_code(issue).await.expect("an answer")),
                        None => drop(store.end_sessions(&account, vec![session.id], NOW, event).await),
                    }
                }
            }).await;
            let live = "SELECT COUNT(*) FROM grants WHERE session_id = $1 AND revoked_at IS NULL";
            assert_eq!(world.number(live, vec![session.id.to_string()]).await, 0);
        }
    }

    async fn an_agreement_is_remembered_with_the_code_it_was_given_for(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let mut issue = world.issue_of(&session, "openid email");
        issue.consent = Some(consent(&issue.grant));
        assert_eq!(world.store.issue_code(issue.clone()).await, Ok(IssueCodeOutcome::Issued));
        let remembered = world.store.find_consent(&account.id, CLIENT).await.expect("a read");
        assert_eq!(remembered, issue.consent);
        let mut wider = world.issue_of(&session, "openid email phone");
        wider.consent = Some(consent(&wider.grant));
        assert_eq!(world.store.issue_code(wider.clone()).await, Ok(IssueCodeOutcome::Issued));
        assert_eq!(world.store.find_consent(&account.id, CLIENT).await.expect("a read"), wider.consent);
    }

    async fn a_grant_is_revoked_once_and_recorded_once(world: World) {
        let issue = world.issued_to("ada@example.com").await;
        let outcomes = race(8, |_| {
            let (store, id, event) = (world.store.clone(), issue.grant.id.clone(), world.event(AuditAction::Revoked));
            async move { store.revoke_grant(&id, NOW, event).await.expect("a write") }
        }).await;
        assert_eq!(count_of(&outcomes, &true), 1);
        assert_eq!(world.recorded(AuditAction::Revoked).await, 1);
    }

    async fn res_06_an_access_token_is_revoked_alone_and_twice_is_once(world: World) {
        let issue = world.issued_to("ada@example.com").await;
        for _ in 0..2 {
            let event = world.event(AuditAction::Revoked);
            world.store.revoke_token("one".to_owned(), NOW.plus_seconds(60), event).await.expect("a write");
        }
        assert_eq!(world.recorded(AuditAction::Revoked).await, 1);
        assert_eq!(world.store.is_token_revoked("one".to_owned()).await, Ok(true));
        assert_eq!(world.store.is_token_revoked("two".to_owned()).await, Ok(false));
        for (jti, is_revoked) in [("one", true), ("two", false)] {
            let found = world.store.find_grant_for_token(issue.grant.id.clone(), jti.to_owned()).await;
            let found = found.expect("a read").expect("it is there");
            assert_eq!((found.token_revoked, found.grant.revoked_at), (is_revoked, None));
        }
    }

    async fn res_07_f_49_what_one_process_revokes_is_revoked_for_the_other_at_once(world: World) {
        let issue = world.issued_to("ada@example.com").await;
        let other = world.replica().await;
        let event = world.event(AuditAction::Revoked);
        world.store.revoke_grant(&issue.grant.id, NOW, event).await.expect("a write");
        let event = world.event(AuditAction::Revoked);
        world.store.revoke_token("one".to_owned(), NOW.plus_seconds(60), event).await.expect("a write");
        let found = other.find_grant_for_token(issue.grant.id, "one".to_owned()).await.expect("a read");
        let found = found.expect("it is there");
        assert_eq!((found.token_revoked, found.grant.revoked_at), (true, Some(NOW)));
    }
}

fn consent(grant: &doorward::model::grant::Grant) -> Consent {
    Consent {
        account_id: grant.account_id.clone(),
        client_id: grant.client_id.clone(),
        scope: Scope::parse(&grant.scope.to_string()).expect("a scope"),
        granted_at: NOW,
    }
}
