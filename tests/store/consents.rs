//! What people agreed to share, listed and withdrawn.

use doorward::base::{Scope, Timestamp};
use doorward::model::account::Account;
use doorward::model::audit::AuditAction;
use doorward::model::grant::{Consent, IssueCode};

use crate::world::{CLIENT, NOW, World};

/// A grant of `account` to a client, with the agreement remembered at `at`.
async fn agreed(world: &World, account: &Account, client_id: &str, at: Timestamp) -> IssueCode {
    let session = world.session(account).await;
    let mut issue = world.issue_of(&session, "openid offline_access");
    issue.grant.client_id = client_id.to_owned();
    issue.consent = Some(Consent {
        account_id: account.id.clone(),
        client_id: client_id.to_owned(),
        scope: Scope::parse("openid").expect("a scope"),
        granted_at: at,
    });
    world.store.issue_code(issue.clone()).await.expect("a write");
    issue
}

on_both_engines! {
    async fn agreements_are_listed_the_latest_first_and_only_ones_own(world: World) {
        let (ada, eve) = (world.account("ada@example.com").await, world.account("eve@example.com").await);
        world.client("other").await;
        agreed(&world, &ada, CLIENT, NOW).await;
        agreed(&world, &ada, "other", NOW.plus_seconds(1)).await;
        agreed(&world, &eve, CLIENT, NOW.plus_seconds(2)).await;
        let listed = world.store.list_consents(&ada.id).await.expect("a read");
        let clients: Vec<_> = listed.iter().map(|consent| consent.client_id.as_str()).collect();
        assert_eq!(clients, ["other", CLIENT]);
        assert!(listed.iter().all(|consent| consent.account_id == ada.id));
    }

    async fn aut_25_withdrawing_an_agreement_revokes_what_was_issued_on_it_and_nothing_else(world: World) {
        let (ada, eve) = (world.account("ada@example.com").await, world.account("eve@example.com").await);
        world.client("other").await;
        let withdrawn = agreed(&world, &ada, CLIENT, NOW).await;
        let kept = [agreed(&world, &ada, "other", NOW).await, agreed(&world, &eve, CLIENT, NOW).await];
        for is_first in [true, false] {
            let event = world.event(AuditAction::ConsentWithdrawn);
            assert_eq!(world.store.withdraw_consent(&ada.id, CLIENT, NOW, event).await, Ok(is_first));
        }
        assert!(world.is_revoked(&withdrawn.grant.id).await);
        assert_eq!(world.store.find_consent(&ada.id, CLIENT).await, Ok(None));
        for issue in kept {
            assert!(!world.is_revoked(&issue.grant.id).await);
            assert_eq!(world.store.find_consent(&issue.grant.account_id, &issue.grant.client_id).await, Ok(issue.consent));
        }
        assert_eq!(world.recorded(AuditAction::ConsentWithdrawn).await, 1);
    }

    async fn what_a_trusted_client_was_given_unasked_can_be_withdrawn_too(world: World) {
        let issue = world.issued_to("ada@example.com").await;
        let event = world.event(AuditAction::ConsentWithdrawn);
        let account = issue.grant.account_id.clone();
        assert_eq!(world.store.withdraw_consent(&account, CLIENT, NOW, event).await, Ok(true));
        assert!(world.is_revoked(&issue.grant.id).await);
    }
}
