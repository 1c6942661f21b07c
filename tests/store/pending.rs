//! Authorizations that wait for a person, assertions that are taken once, access tokens that are looked up.

use doorward::base::{Digest, Scope, Timestamp};
use doorward::model::account::Account;
use doorward::model::audit::AuditAction;
use doorward::model::client::GrantType;
use doorward::model::grant::Grant;
use doorward::model::jti::{JtiPurpose, UsedJti};
use doorward::model::pending::{
    ApprovalRequest, CollectPending, DecideOutcome, DecidePending, PendingKind, RecordPoll,
};
use doorward::model::session::Session;
use doorward::store::{TakeAssertion, TakeAssertionOutcome};

use crate::world::{CLIENT, NOW, World, count_of, race};

async fn asked(world: &World, handle: &str, account: Option<&Account>) -> ApprovalRequest {
    let request = ApprovalRequest {
        digest: world.digest(),
        kind: if account.is_some() { PendingKind::Backchannel } else { PendingKind::Device },
        handle: handle.to_owned(),
        client_id: CLIENT.to_owned(),
        account_id: account.map(|account| account.id.clone()),
        scope: Scope::parse("openid email").expect("a scope"),
        resources: vec!["https://api.example".to_owned()],
        message: account.map(|_| "Bill 4711".to_owned()),
        user_agent: Some("TV".to_owned()),
        ip: None,
        created_at: NOW,
        expires_at: NOW.plus_seconds(600),
    };
    let audit = world.event(AuditAction::ApprovalAsked);
    assert_eq!(world.store.ask_approval(request.clone(), 5, None, audit).await, Ok(true));
    request
}

async fn decision(world: &World, request: &ApprovalRequest, session: Option<&Session>) -> DecidePending {
    let interaction = world.interaction().await;
    let grant = session
        .map(|session| Grant { via: GrantType::DeviceCode, ..world.issue_of(session, "openid offline_access").grant });
    DecidePending {
        digest: request.digest.clone(),
        grant,
        consent: None,
        interaction: interaction.id,
        now: NOW,
        audit: world.event(AuditAction::ApprovalGiven),
    }
}

async fn session(world: &World) -> Session {
    let account = world.account("ada@example.com").await;
    world.session(&account).await
}

on_both_engines! {
    async fn a_request_is_found_by_its_secret_and_by_its_handle_as_it_was_asked(world: World) {
        let account = world.account("ada@example.com").await;
        let device = asked(&world, "WDJBMJHT", None).await;
        let by_mail = asked(&world, "a digest", Some(&account)).await;
        for request in [&device, &by_mail] {
            let by_secret = world.store.find_pending(request.digest.clone()).await.expect("a read").expect("it");
            let by_handle = world.store.find_pending_by_handle(request.handle.clone()).await.expect("a read");
            assert_eq!((&by_secret.request, Some(&by_secret)), (request, by_handle.as_ref()));
            assert_eq!((by_secret.interval_seconds, by_secret.polled_at, by_secret.decided_at), (5, None, None));
        }
        let waiting = world.store.list_pending(&account.id, NOW).await.expect("a read");
        assert_eq!(waiting.iter().map(|one| &one.request).collect::<Vec<_>>(), [&by_mail]);
        assert!(world.store.list_pending(&account.id, by_mail.expires_at).await.expect("a read").is_empty());
        assert!(world.store.find_pending(Digest::of("another")).await.expect("a read").is_none());
    }

    async fn a_user_code_that_a_device_waits_with_is_given_to_no_other(world: World) {
        let first = asked(&world, "WDJBMJHT", None).await;
        let second = ApprovalRequest { digest: world.digest(), ..first.clone() };
        let audit = world.event(AuditAction::ApprovalAsked);
        assert_eq!(world.store.ask_approval(second, 5, None, audit).await, Ok(false));
    }

    async fn of_many_polls_at_once_one_is_recorded(world: World) {
        let request = asked(&world, "WDJBMJHT", None).await;
        let outcomes = race(20, |_| {
            let store = world.store.clone();
            let poll = RecordPoll { digest: request.digest.clone(), before: None, now: NOW, interval_seconds: 10 };
            async move { store.record_poll(poll).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &true), 1);
        let found = world.store.find_pending(request.digest).await.expect("a read").expect("it");
        assert_eq!((found.polled_at, found.interval_seconds), (Some(NOW), 10));
    }

    async fn of_many_decisions_one_counts(world: World) {
        let session = session(&world).await;
        let request = asked(&world, "WDJBMJHT", None).await;
        let mut decisions = Vec::new();
        for number in 0..20 {
            decisions.push(decision(&world, &request, (number % 2 == 0).then_some(&session)).await);
        }
        let outcomes = race(20, |number| {
            let (store, decide) = (world.store.clone(), decisions[number].clone());
            async move { store.decide_pending(decide).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &DecideOutcome::Decided), 1);
        assert_eq!(count_of(&outcomes, &DecideOutcome::Over), 19);
        assert!(world.number("SELECT COUNT(*) FROM grants", vec![]).await <= 1);
    }

    async fn a_decision_comes_too_late_or_in_a_session_that_ended(world: World) {
        let session = session(&world).await;
        let request = asked(&world, "WDJBMJHT", None).await;
        let late = DecidePending { now: request.expires_at, ..decision(&world, &request, Some(&session)).await };
        assert_eq!(world.store.decide_pending(late).await, Ok(DecideOutcome::Over));
        let decide = decision(&world, &request, Some(&session)).await;
        let audit = world.event(AuditAction::SignedOut);
        world.store.end_sessions(&session.account_id, vec![session.id.clone()], NOW, audit).await.expect("a write");
        assert_eq!(world.store.decide_pending(decide).await, Ok(DecideOutcome::SessionEnded));
        let found = world.store.find_pending(request.digest).await.expect("a read").expect("it");
        assert_eq!((found.decided_at, found.grant_id), (None, None), "nothing of it was written");
    }

    async fn tokens_are_collected_once_and_not_from_a_grant_that_ended(world: World) {
        let session = session(&world).await;
        for is_revoked in [false, true] {
            let request = asked(&world, if is_revoked { "BBBBBBBB" } else { "CCCCCCCC" }, None).await;
            let decide = decision(&world, &request, Some(&session)).await;
            let grant = decide.grant.clone().expect("a grant").id;
            assert_eq!(world.store.decide_pending(decide).await, Ok(DecideOutcome::Decided));
            if is_revoked {
                let audit = world.event(AuditAction::GrantWithdrawn);
                assert_eq!(world.store.revoke_grant(&grant, NOW, audit).await, Ok(true));
            }
            let outcomes = race(10, |_| {
                let store = world.store.clone();
                let refresh_token = Some(world.refresh_token_of(&grant));
                let collect = CollectPending {
                    digest: request.digest.clone(),
                    grant_id: grant.clone(),
                    confirmation: None,
                    refresh_token,
                    now: NOW,
                };
                async move { store.collect_pending(collect).await.expect("a lost race is an answer") }
            }).await;
            assert_eq!(count_of(&outcomes, &true), usize::from(!is_revoked));
        }
        assert_eq!(world.number("SELECT COUNT(*) FROM refresh_tokens", vec![]).await, 1);
    }

    async fn an_assertion_is_taken_once_and_for_open_accounts(world: World) {
        let session = session(&world).await;
        let take = |jti: &str| TakeAssertion {
            used: UsedJti::of(JtiPurpose::GrantAssertion, "https://partner.example", jti, NOW.plus_seconds(300)),
            grant: Grant { via: GrantType::JwtBearer, idp: None, ..world.issue_of(&session, "openid").grant },
            audit: world.event(AuditAction::AssertionTaken),
        };
        let outcomes = race(10, |_| {
            let (store, take) = (world.store.clone(), take("1"));
            async move { store.take_assertion(take).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &TakeAssertionOutcome::Taken), 1);
        assert_eq!(count_of(&outcomes, &TakeAssertionOutcome::Replayed), 9);
        let audit = world.event(AuditAction::AccountLocked);
        world.store.set_account_disabled(&session.account_id, true, NOW, audit).await.expect("a write");
        assert_eq!(world.store.take_assertion(take("2")).await, Ok(TakeAssertionOutcome::AccountClosed));
        // What was not taken may come again.
        assert_eq!(world.store.take_assertion(take("2")).await, Ok(TakeAssertionOutcome::AccountClosed));
    }

    async fn grants_are_listed_while_they_stand(world: World) {
        let issue = world.issued_to("ada@example.com").await;
        let account = issue.grant.account_id.clone();
        let of_account = async |now: Timestamp| world.store.list_grants_of_account(&account, now).await.expect("a read");
        assert_eq!(of_account(NOW).await[0].last_used_at, None);
        world.store.redeem_code(world.redeem_of(&issue)).await.expect("a write");
        let listed = of_account(NOW).await;
        assert_eq!((&listed[0].grant, listed[0].last_used_at), (&issue.grant, Some(NOW)));
        let of_client = world.store.list_grants_of_client(CLIENT, NOW).await.expect("a read");
        assert_eq!(of_client.len(), 1);
        assert!(of_account(issue.grant.expires_at).await.is_empty());
        let audit = world.event(AuditAction::GrantWithdrawn);
        world.store.revoke_grant(&issue.grant.id, NOW, audit).await.expect("a write");
        assert!(of_account(NOW).await.is_empty());
        assert!(world.store.list_grants_of_client(CLIENT, NOW).await.expect("a read").is_empty());
    }

    async fn an_opaque_token_is_looked_up_until_it_is_swept(world: World) {
        let digest = world.digest();
        let kept = world.store.put_opaque_token(digest.clone(), "{}".to_owned(), NOW.plus_seconds(60)).await;
        assert_eq!(kept, Ok(()));
        assert_eq!(world.store.find_opaque_token(digest.clone()).await, Ok(Some("{}".to_owned())));
        assert_eq!(world.store.find_opaque_token(Digest::of("another")).await, Ok(None));
        let swept = world.store.sweep(NOW.plus_seconds(61)).await.expect("a write");
        assert!(swept.contains(&("opaque_tokens", 1)));
        assert_eq!(world.store.find_opaque_token(digest).await, Ok(None));
    }
}
