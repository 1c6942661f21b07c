//! What administrators do to accounts, and that one of them is always left (API-10).

use doorward::base::Names;
use doorward::identity::throttle::ThrottleRules;
use doorward::model::account::{ADMIN, Account, Administration, AdministrationOutcome, ChangeMembership};
use doorward::model::audit::AuditAction;
use doorward::model::{ThrottleKey, ThrottlePurpose};
use doorward::store::Reservation;

use crate::world::{NOW, World, count_of, race};

fn names(list: &[&str]) -> Names {
    Names::of(list).expect("names")
}

fn change(world: &World, account: &Account, roles: &[&str]) -> ChangeMembership {
    let mut audit = world.event(AuditAction::MembershipChanged);
    audit.account = Some(account.id.clone());
    ChangeMembership {
        account: account.id.clone(),
        read_at: account.updated_at,
        roles: names(roles),
        groups: account.groups.clone(),
        keeps_an_administrator: true,
        audit,
    }
}

pub async fn administrator(world: &World, address: &str) -> Account {
    let account = world.account(address).await;
    let change = change(world, &account, &[ADMIN]);
    assert_eq!(world.store.change_membership(change).await, Ok(AdministrationOutcome::Done));
    world.reload(&account.id).await
}

async fn administer(world: &World, account: &Account, act: Administration) -> AdministrationOutcome {
    let audit = world.event(AuditAction::AccountLocked);
    world.store.administer(&account.id, act, audit).await.expect("a write")
}

on_both_engines! {
    async fn roles_and_groups_come_back_as_they_were_given(world: World) {
        let account = world.account("ada@example.com").await;
        assert!(account.roles.is_empty() && account.groups.is_empty());
        let given = ChangeMembership { groups: names(&["london", "team:eu"]), ..change(&world, &account, &["editor"]) };
        assert_eq!(world.store.change_membership(given).await, Ok(AdministrationOutcome::Done));
        let account = world.reload(&account.id).await;
        assert_eq!((account.roles, account.groups), (names(&["editor"]), names(&["london", "team:eu"])));
        assert_eq!(world.recorded(AuditAction::MembershipChanged).await, 1);
    }

    async fn f_52_of_two_who_change_roles_at_once_one_is_told(world: World) {
        let account = world.account("ada@example.com").await;
        let outcomes = race(8, |number| {
            let mut change = change(&world, &account, &["a", "b"][..=number % 2]);
            change.audit.at = NOW.plus_seconds(1);
            let store = world.store.clone();
            async move { store.change_membership(change).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &AdministrationOutcome::Done), 1);
        assert_eq!(count_of(&outcomes, &AdministrationOutcome::Overtaken), 7);
    }

    async fn api_10_the_last_administrator_stays(world: World) {
        let boss = administrator(&world, "boss@example.com").await;
        let outcome = world.store.change_membership(change(&world, &boss, &[])).await;
        assert_eq!(outcome, Ok(AdministrationOutcome::LastAdministrator));
        for act in [Administration::Lock, Administration::Delete] {
            assert_eq!(administer(&world, &boss, act).await, AdministrationOutcome::LastAdministrator);
        }
        // One who cannot sign in is no replacement.
        let other = administrator(&world, "other@example.com").await;
        assert_eq!(administer(&world, &other, Administration::Lock).await, AdministrationOutcome::Done);
        assert_eq!(administer(&world, &boss, Administration::Lock).await, AdministrationOutcome::LastAdministrator);
        assert_eq!(administer(&world, &other, Administration::Unlock).await, AdministrationOutcome::Done);
        assert_eq!(administer(&world, &boss, Administration::Delete).await, AdministrationOutcome::Done);
        assert!(world.reload(&other.id).await.is_administrator());
        // Whoever has a shell may.
        let free = ChangeMembership { keeps_an_administrator: false, ..change(&world, &world.reload(&other.id).await, &[]) };
        assert_eq!(world.store.change_membership(free).await, Ok(AdministrationOutcome::Done));
    }

    async fn api_10_administrators_who_remove_each_other_at_once_leave_one(world: World) {
        let mut bosses = Vec::new();
        for number in 0..6 {
            bosses.push(administrator(&world, &format!("boss-{number}@example.com")).await);
        }
        let outcomes = race(6, |number| {
            let (store, change) = (world.store.clone(), change(&world, &bosses[number], &["editor"]));
            let (id, audit) = (bosses[number].id.clone(), world.event(AuditAction::AccountLocked));
            async move {
                match number % 3 {
                    0 => store.change_membership(change).await,
                    1 => store.administer(&id, Administration::Lock, audit).await,
                    _ => store.administer(&id, Administration::Delete, audit).await,
                }.expect("a lost race is an answer")
            }
        }).await;
        assert_eq!(count_of(&outcomes, &AdministrationOutcome::Done), 5);
        assert_eq!(count_of(&outcomes, &AdministrationOutcome::LastAdministrator), 1);
    }

    async fn ending_sessions_ends_all_that_rests_on_them_and_a_sign_in_under_way(world: World) {
        let issue = world.issued_to("ada@example.com").await;
        let account = world.reload(&issue.grant.account_id).await;
        let session = world.session(&account).await;
        let under_way = world.sign_in_of(&account);
        assert_eq!(administer(&world, &account, Administration::EndSessions).await, AdministrationOutcome::Done);
        assert!(!world.is_live(&session).await && world.is_revoked(&issue.grant.id).await);
        assert!(world.store.sign_in(under_way).await != Ok(doorward::model::session::SignInOutcome::SignedIn));
        assert!(world.reload(&account.id).await.may_sign_in());
    }

    async fn unlocking_forgets_failures_and_leaves_the_sessions_of_one_who_was_not_locked(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let key = ThrottleKey::account(ThrottlePurpose::SignInAccount, &account.id);
        let rule = ThrottleRules::default().rule(ThrottlePurpose::SignInAccount);
        let reserve = async || world.store.reserve_attempts(vec![(key.clone(), rule)], NOW).await.expect("a write");
        while matches!(reserve().await, Reservation::Allowed(_)) {}
        let unlock = Administration::Unlock;
        assert_eq!(administer(&world, &account, unlock.clone()).await, AdministrationOutcome::Done);
        assert!(matches!(reserve().await, Reservation::Allowed(_)));
        assert!(world.is_live(&session).await);
        assert_eq!(administer(&world, &account, Administration::Lock).await, AdministrationOutcome::Done);
        assert!(!world.is_live(&session).await);
        assert_eq!(administer(&world, &account, unlock).await, AdministrationOutcome::Done);
        assert!(world.reload(&account.id).await.may_sign_in());
    }

    async fn what_is_not_there_cannot_be_administered(world: World) {
        let account = world.account("ada@example.com").await;
        assert_eq!(administer(&world, &account, Administration::Delete).await, AdministrationOutcome::Done);
        let before = world.contents().await;
        for act in [
            Administration::Lock,
            Administration::Unlock,
            Administration::EndSessions,
            Administration::Delete,
        ] {
            assert_eq!(administer(&world, &account, act).await, AdministrationOutcome::Absent);
        }
        let outcome = world.store.change_membership(change(&world, &account, &["editor"])).await;
        assert_eq!(outcome, Ok(AdministrationOutcome::Overtaken));
        assert_eq!(world.contents().await, before);
    }

    async fn accounts_are_looked_for_by_address_and_names_whatever_the_case(world: World) {
        for (address, name, username) in
            [("zoe@example.com", "Ärmel Kanal", "kanal"), ("ada@example.com", "Ada King", "countess")]
        {
            let account = world.account(address).await;
            let claims = doorward::model::account::StandardClaims {
                name: Some(name.to_owned()),
                preferred_username: Some(username.to_owned()),
                ..Default::default()
            };
            let event = world.event(AuditAction::ProfileChanged);
            let done = world.store.set_claims(&account.id, account.updated_at, claims, NOW, event).await;
            assert_eq!(done, Ok(true));
        }
        let found = async |text: &str| {
            let page = world.store.look_for_accounts(text, "", 10).await.expect("a read");
            page.accounts.iter().map(|account| account.email.as_str().to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found("ADA@").await, "ada@example.com");
        assert_eq!(found("äRMEL").await, "zoe@example.com");
        assert_eq!(found("ountes").await, "ada@example.com");
        assert_eq!(found("example.com").await, "ada@example.com zoe@example.com");
        assert_eq!(found("%").await, "");
        let first = world.store.look_for_accounts("", "", 1).await.expect("a read");
        assert_eq!(first.next.as_deref(), Some("ada@example.com"));
        let second = world.store.look_for_accounts("", "ada@example.com", 1).await.expect("a read");
        assert_eq!(second.accounts[0].email.as_str(), "zoe@example.com");
    }
}
