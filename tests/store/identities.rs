//! People of other providers: visits that count once, ties that are made, kept, cut and blocked, and events about them.

use doorward::base::bounds::{IDENTITIES_MAX, INTERACTION_SECONDS, REPEATED_FORM_SECONDS, SECURITY_EVENT_SECONDS};
use doorward::base::{AccountId, Names, Timestamp};
use doorward::model::account::{Account, StandardClaims};
use doorward::model::audit::AuditAction;
use doorward::model::deletion::DeleteAccount;
use doorward::model::interaction::Interaction;
use doorward::model::one_time_code::CodePurpose;
use doorward::model::session::{RenewedClaims, Session, SignIn, SignInOutcome};
use doorward::model::upstream::{
    ActOnIdentity, IdentityAct, IdentityActOutcome, LinkIdentity, LinkOutcome, LinkedIdentity, ProviderId,
    UnblockIdentity, UnlinkIdentity, UnlinkOutcome, Visit, VisitPurpose, VisitTaken,
};
use doorward::store::{PutAccount, SendCode};
use futures_util::future::LocalBoxFuture;

use crate::world::{NOW, World, count_of, email, race};

const WEEK: i64 = 7 * 86_400;

pub fn google() -> ProviderId {
    "google".parse().expect("a provider's name")
}

/// Somebody on the way to a provider.
pub fn visit_of(world: &World, interaction: &Interaction) -> Visit {
    Visit {
        state: world.digest(),
        provider: google(),
        browser: interaction.browser.clone(),
        interaction: interaction.id.clone(),
        purpose: VisitPurpose::SignIn,
        sealed_pending: "sealed".to_owned(),
        created_at: NOW,
        expires_at: NOW.plus_seconds(600),
    }
}

fn tie_of(account: &AccountId, subject: &str) -> LinkedIdentity {
    LinkedIdentity {
        provider: google(),
        subject: subject.to_owned(),
        account: account.clone(),
        shown_as: Some("ines@gmail.example".to_owned()),
        taken: named("Ines"),
        linked_at: NOW,
        last_used_at: NOW,
        blocked_at: None,
        sealed_tokens: None,
    }
}

fn renewed(read: &Account, name: &str) -> Box<RenewedClaims> {
    Box::new(RenewedClaims { claims: named(name), read_at: read.updated_at })
}

fn named(name: &str) -> StandardClaims {
    StandardClaims { name: Some(name.to_owned()), ..StandardClaims::default() }
}

/// Somebody whom the provider vouches for and nobody here knows.
fn newcomer(world: &World, address: &str) -> Account {
    Account {
        id: AccountId::generate(&mut world.draw()),
        email: email(address),
        username: None,
        email_verified_at: None,
        password_hash: None,
        password_changed_at: None,
        generation: 0,
        claims: named("Ines"),
        created_at: NOW,
        updated_at: NOW,
        disabled_at: None,
        roles: Names::none(),
        groups: Names::none(),
    }
}

/// The sign-in that makes an account.
fn creating(world: &World, address: &str, subject: &str) -> SignIn {
    let account = newcomer(world, address);
    SignIn {
        identity: Some(Box::new(tie_of(&account.id, subject))),
        verifies_address: true,
        welcome: Some(world.mail(address, "welcome")),
        creates: Some(Box::new(account.clone())),
        ..world.sign_in_of(&account)
    }
}

/// The sign-in by an identity of an account that is there.
fn entering(world: &World, account: &Account, subject: &str) -> SignIn {
    let identity = LinkedIdentity { last_used_at: NOW.plus_seconds(5), ..tie_of(&account.id, subject) };
    SignIn { identity: Some(Box::new(identity)), ..world.sign_in_of(account) }
}

fn link_of(world: &World, account: &Account, subject: &str) -> LinkIdentity {
    LinkIdentity {
        identity: tie_of(&account.id, subject),
        generation: account.generation,
        interaction: None,
        notice: world.mail(account.email.as_str(), "linked"),
        audit: world.event(AuditAction::IdentityLinked),
    }
}

fn unlink_of(world: &World, account: &Account, subject: &str) -> UnlinkIdentity {
    UnlinkIdentity {
        provider: google(),
        subject: subject.to_owned(),
        account: account.id.clone(),
        generation: account.generation,
        has_other_way: false,
        notice: Some(world.mail(account.email.as_str(), "unlinked")),
        audit: world.event(AuditAction::IdentityUnlinked),
    }
}

fn act_of(world: &World, jti: &str, acts: &[(&str, IdentityAct)]) -> ActOnIdentity {
    ActOnIdentity {
        provider: google(),
        jti: jti.to_owned(),
        acts: acts.iter().map(|(subject, act)| ((*subject).to_owned(), *act)).collect(),
        audit: world.event(AuditAction::SecurityEvent),
    }
}

async fn linked(world: &World, account: &Account, subject: &str) {
    assert_eq!(world.store.link_identity(link_of(world, account, subject)).await, Ok(LinkOutcome::Linked));
}

/// An account that can be entered by this identity alone.
async fn created(world: &World, address: &str, subject: &str) -> Account {
    let sign_in = creating(world, address, subject);
    let id = sign_in.session.account_id.clone();
    assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
    world.reload(&id).await
}

async fn tie(world: &World, subject: &str) -> Option<LinkedIdentity> {
    world.store.find_identity(&google(), subject).await.expect("a read")
}

async fn rows(world: &World, table: &str) -> usize {
    world.contents().await[table].len()
}

/// What a refused sign-in or tie left behind: nothing.
fn refused<'a, T: std::fmt::Debug + PartialEq + 'a>(
    world: &'a World,
    attempt: impl Future<Output = T> + 'a,
    wanted: T,
) -> LocalBoxFuture<'a, ()> {
    Box::pin(async move {
        let before = world.contents().await;
        assert_eq!(attempt.await, wanted);
        assert_eq!(world.contents().await, before);
    })
}

on_both_engines! {
    async fn fed_3_12_of_8_who_come_back_with_a_state_one_takes_the_visit(world: World) {
        let interaction = world.interaction().await;
        let mut visit = visit_of(&world, &interaction);
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        visit.purpose = VisitPurpose::Link { account: account.id, session: session.id };
        assert_eq!(world.store.begin_visit(visit.clone()).await, Ok(()));
        let taken = race(8, |_| {
            let (store, state) = (world.store.clone(), visit.state.clone());
            async move { store.take_visit(state, NOW).await.expect("a write") }
        }).await;
        let repeated_until = NOW.plus_seconds(REPEATED_FORM_SECONDS);
        let spent = |expires_at| Visit { sealed_pending: String::new(), expires_at, ..visit.clone() };
        let over = VisitTaken::Over(spent(repeated_until));
        assert_eq!((count_of(&taken, &VisitTaken::First(visit.clone())), count_of(&taken, &over)), (1, 7));
        // Its end is not put off by coming again.
        assert_eq!(world.store.take_visit(visit.state.clone(), NOW.plus_seconds(9)).await, Ok(over));
        assert_eq!(world.store.take_visit(world.digest(), NOW).await, Ok(VisitTaken::Unknown));
        let late = visit_of(&world, &interaction);
        assert_eq!(world.store.begin_visit(late.clone()).await, Ok(()));
        let taken = world.store.take_visit(late.state.clone(), late.expires_at).await;
        assert_eq!(taken, Ok(VisitTaken::Over(late)));
    }

    async fn a_sign_in_makes_account_tie_and_session_in_one_go(world: World) {
        let sign_in = creating(&world, "ines@gmail.example", "101");
        let session = sign_in.session.clone();
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
        let account = world.reload(&session.account_id).await;
        assert_eq!((account.email_verified_at, account.password_hash), (Some(NOW), None));
        assert_eq!(account.claims, named("Ines"));
        assert_eq!(tie(&world, "101").await, Some(tie_of(&account.id, "101")));
        assert_eq!(world.store.list_identities(&account.id).await, Ok(vec![tie_of(&account.id, "101")]));
        assert!(world.is_live(&session).await);
        assert_eq!(world.store.waiting_mail().await, Ok(1));
    }

    async fn nothing_is_made_when_the_identity_or_the_address_is_somebody_elses(world: World) {
        created(&world, "ines@gmail.example", "101").await;
        let same_identity = creating(&world, "other@gmail.example", "101");
        refused(&world, world.store.sign_in(same_identity), Ok(SignInOutcome::Overtaken)).await;
        let same_address = creating(&world, "ines@gmail.example", "202");
        refused(&world, world.store.sign_in(same_address), Ok(SignInOutcome::Overtaken)).await;
        let ada = world.account("ada@example.com").await;
        refused(&world, world.store.sign_in(entering(&world, &ada, "101")), Ok(SignInOutcome::Overtaken)).await;
    }

    async fn of_8_sign_ins_at_once_that_make_the_same_person_one_does(world: World) {
        let sign_ins: Vec<SignIn> = (0..8).map(|_| creating(&world, "ines@gmail.example", "101")).collect();
        let outcomes = race(8, |number| {
            let (store, sign_in) = (world.store.clone(), sign_ins[number].clone());
            async move { store.sign_in(sign_in).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &SignInOutcome::SignedIn), 1, "{outcomes:?}");
        assert_eq!(count_of(&outcomes, &SignInOutcome::Overtaken), 7, "{outcomes:?}");
        assert_eq!((rows(&world, "accounts").await, rows(&world, "identities").await), (1, 1));
        assert_eq!((rows(&world, "sessions").await, world.store.waiting_mail().await), (1, Ok(1)));
    }

    async fn of_8_sign_ins_at_once_that_bring_one_identity_under_eight_addresses_one_makes_an_account(world: World) {
        let sign_ins: Vec<SignIn> =
            (0..8).map(|number| creating(&world, &format!("ines{number}@gmail.example"), "101")).collect();
        let outcomes = race(8, |number| {
            let (store, sign_in) = (world.store.clone(), sign_ins[number].clone());
            async move { store.sign_in(sign_in).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &SignInOutcome::SignedIn), 1, "{outcomes:?}");
        assert_eq!((rows(&world, "accounts").await, rows(&world, "identities").await), (1, 1));
    }

    async fn a_sign_in_notes_the_use_and_keeps_what_it_does_not_bring(world: World) {
        let account = created(&world, "ines@gmail.example", "101").await;
        let with_tokens = LinkedIdentity { sealed_tokens: Some("sealed".to_owned()), ..tie_of(&account.id, "101") };
        let sign_in = SignIn { identity: Some(Box::new(with_tokens)), ..world.sign_in_of(&account) };
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
        let renewed_claims = Some(renewed(&world.reload(&account.id).await, "Ines Rask"));
        let sign_in = SignIn { renewed_claims, ..entering(&world, &account, "101") };
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
        let found = tie(&world, "101").await.expect("it is there");
        assert_eq!((found.linked_at, found.last_used_at), (NOW, NOW.plus_seconds(5)));
        assert_eq!(found.sealed_tokens.as_deref(), Some("sealed"));
        let renewed = world.reload(&account.id).await;
        assert_eq!((renewed.claims, renewed.generation), (named("Ines Rask"), account.generation));
    }

    async fn f_52_claims_that_a_provider_renews_give_way_to_a_change_of_the_same_moment(world: World) {
        let account = created(&world, "ines@gmail.example", "101").await;
        let read = world.reload(&account.id).await;
        let (own, event) = (named("Somebody Else"), world.event(AuditAction::AccountChanged));
        let now = NOW.plus_seconds(1);
        assert_eq!(world.store.set_claims(&account.id, read.updated_at, own.clone(), now, event).await, Ok(true));
        let told = LinkedIdentity { taken: named("Ines Rask"), ..tie_of(&account.id, "101") };
        let renewed_claims = Some(renewed(&read, "Ines Rask"));
        let sign_in = SignIn { renewed_claims, identity: Some(Box::new(told)), ..world.sign_in_of(&account) };
        assert_eq!(world.store.sign_in(sign_in.clone()).await, Ok(SignInOutcome::SignedIn));
        assert_eq!(world.reload(&account.id).await.claims, own, "what the person wrote stays");
        let taken = tie(&world, "101").await.expect("it is there").taken;
        assert_eq!(taken, named("Ines"), "nothing was taken over, so that nothing looks like a change of the person's");
        // Read as it is now, it is renewed.
        let renewed_claims = Some(renewed(&world.reload(&account.id).await, "Ines Rask"));
        let session = world.session_of(&account);
        let sign_in = SignIn { session, renewed_claims, ..sign_in };
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
        assert_eq!(world.reload(&account.id).await.claims, named("Ines Rask"));
        assert_eq!(tie(&world, "101").await.expect("it is there").taken, named("Ines Rask"));
    }

    async fn claims_are_renewed_also_where_the_sign_in_proves_the_address(world: World) {
        let unproven = PutAccount {
            id: AccountId::generate(&mut world.draw()),
            email: email("ines@gmail.example"),
            email_verified: false,
            password_hash: None,
            claims: named("Eve"),
            now: NOW,
            audit: world.event(AuditAction::AccountChanged),
        };
        let (id, _) = world.store.put_account(unproven).await.expect("an account");
        let account = world.reload(&id).await;
        let later = NOW.plus_seconds(60);
        let sign_in = SignIn {
            session: Session { created_at: later, ..world.session_of(&account) },
            forgets_unproven: true,
            verifies_address: true,
            identity: Some(Box::new(tie_of(&id, "101"))),
            renewed_claims: Some(renewed(&account, "Ines")),
            ..world.sign_in_of(&account)
        };
        assert_eq!(world.store.sign_in(sign_in).await, Ok(SignInOutcome::SignedIn));
        let proven = world.reload(&id).await;
        assert_eq!((proven.claims, proven.email_verified_at), (named("Ines"), Some(later)));
    }

    async fn a_blocked_identity_lets_nobody_in_until_the_same_account_ties_it_anew(world: World) {
        let account = world.account("ada@example.com").await;
        linked(&world, &account, "101").await;
        let act = act_of(&world, "one", &[("101", IdentityAct::Block)]);
        assert_eq!(world.store.act_on_identity(act).await, Ok(IdentityActOutcome::Done));
        assert_eq!(tie(&world, "101").await.expect("it is there").blocked_at, Some(NOW));
        refused(&world, world.store.sign_in(entering(&world, &account, "101")), Ok(SignInOutcome::Overtaken)).await;
        let eve = world.account("eve@example.com").await;
        refused(&world, world.store.link_identity(link_of(&world, &eve, "101")), Ok(LinkOutcome::Taken)).await;
        linked(&world, &account, "101").await;
        assert_eq!(tie(&world, "101").await.expect("it is there").blocked_at, None);
        assert_eq!(world.store.sign_in(entering(&world, &account, "101")).await, Ok(SignInOutcome::SignedIn));
    }

    async fn fed_2_13_blocked_ties_are_found_by_the_accounts_address_and_opened_again_once(world: World) {
        let account = world.account("ada@example.com").await;
        linked(&world, &account, "101").await;
        linked(&world, &account, "202").await;
        let blocked = async |address: &str| {
            let ties = world.store.list_blocked_identities(&email(address)).await.expect("a read");
            ties.into_iter().map(|tie| tie.subject).collect::<Vec<_>>()
        };
        assert!(blocked("ada@example.com").await.is_empty());
        let act = act_of(&world, "one", &[("101", IdentityAct::Block)]);
        assert_eq!(world.store.act_on_identity(act).await, Ok(IdentityActOutcome::Done));
        assert_eq!(blocked("ada@example.com").await, ["101"]);
        assert!(blocked("eve@example.com").await.is_empty());
        let unblock = |account: &AccountId, subject: &str| UnblockIdentity {
            provider: google(),
            subject: subject.to_owned(),
            account: account.clone(),
            notice: Some(world.mail("ada@example.com", "linked")),
            audit: world.event(AuditAction::IdentityUnblocked),
        };
        let eve = world.account("eve@example.com").await;
        for (account, subject) in [(&eve.id, "101"), (&account.id, "202"), (&account.id, "303")] {
            refused(&world, world.store.unblock_identity(unblock(account, subject)), Ok(false)).await;
        }
        assert_eq!(world.store.unblock_identity(unblock(&account.id, "101")).await, Ok(true));
        assert!(blocked("ada@example.com").await.is_empty());
        refused(&world, world.store.unblock_identity(unblock(&account.id, "101")), Ok(false)).await;
        assert_eq!(world.recorded(AuditAction::IdentityUnblocked).await, 1);
    }

    async fn an_account_that_nobody_proved_can_be_given_up_and_no_other(world: World) {
        let ada = world.account("ada@example.com").await;
        let audit = || world.event(AuditAction::AccountDeleted);
        refused(&world, world.store.remove_unproven(&ada.id, audit()), Ok(false)).await;
        let planted = PutAccount {
            id: AccountId::generate(&mut world.draw()),
            email: email("planted@example.com"),
            email_verified: false,
            password_hash: None,
            claims: named("Eve"),
            now: NOW,
            audit: world.event(AuditAction::Registered),
        };
        world.store.put_account(planted.clone()).await.expect("a write");
        assert_eq!(world.store.remove_unproven(&planted.id, audit()).await, Ok(true));
        assert_eq!(world.store.find_account(&planted.id).await, Ok(None));
        refused(&world, world.store.remove_unproven(&planted.id, audit()), Ok(false)).await;
    }

    async fn fed_3_9_an_identity_belongs_to_one_account_also_when_several_tie_it_at_once(world: World) {
        let ada = world.account("ada@example.com").await;
        let eve = world.account("eve@example.com").await;
        linked(&world, &ada, "101").await;
        assert_eq!(world.recorded(AuditAction::IdentityLinked).await, 1);
        refused(&world, world.store.link_identity(link_of(&world, &eve, "101")), Ok(LinkOutcome::Taken)).await;
        let links: Vec<LinkIdentity> =
            (0..8).map(|number| link_of(&world, if number % 2 == 0 { &ada } else { &eve }, "202")).collect();
        let outcomes = race(8, |number| {
            let (store, link) = (world.store.clone(), links[number].clone());
            async move { store.link_identity(link).await.expect("a lost race is an answer") }
        }).await;
        let owner = tie(&world, "202").await.expect("it is there").account;
        for (outcome, link) in outcomes.iter().zip(&links) {
            let is_owners = link.identity.account == owner;
            assert_eq!(*outcome == LinkOutcome::Linked, is_owners, "{outcomes:?}");
        }
    }

    async fn an_account_has_so_many_identities_and_no_more(world: World) {
        let account = world.account("ada@example.com").await;
        for number in 1..IDENTITIES_MAX {
            linked(&world, &account, &number.to_string()).await;
        }
        let links = ["one more", "another"].map(|subject| link_of(&world, &account, subject));
        let outcomes = race(2, |number| {
            let (store, link) = (world.store.clone(), links[number].clone());
            async move { store.link_identity(link).await.expect("a lost race is an answer") }
        }).await;
        assert_eq!(count_of(&outcomes, &LinkOutcome::Linked), 1, "{outcomes:?}");
        assert_eq!(count_of(&outcomes, &LinkOutcome::TooMany), 1, "{outcomes:?}");
        refused(&world, world.store.link_identity(link_of(&world, &account, "late")), Ok(LinkOutcome::TooMany)).await;
        // One that is there may be proven again.
        let act = act_of(&world, "one", &[("1", IdentityAct::Block)]);
        assert_eq!(world.store.act_on_identity(act).await, Ok(IdentityActOutcome::Done));
        refused(&world, world.store.link_identity(link_of(&world, &account, "late")), Ok(LinkOutcome::TooMany)).await;
        linked(&world, &account, "1").await;
        assert_eq!(tie(&world, "1").await.expect("it is there").blocked_at, None);
    }

    async fn a_tie_counts_only_against_the_account_and_the_interaction_as_they_were_read(world: World) {
        let account = world.account("ada@example.com").await;
        let stale = LinkIdentity { generation: account.generation + 1, ..link_of(&world, &account, "101") };
        refused(&world, world.store.link_identity(stale), Ok(LinkOutcome::Overtaken)).await;
        let interaction = world.interaction().await;
        let in_it = LinkIdentity { interaction: Some(interaction.clone()), ..link_of(&world, &account, "101") };
        assert_eq!(world.store.link_identity(in_it.clone()).await, Ok(LinkOutcome::Linked));
        let again = LinkIdentity { identity: tie_of(&account.id, "202"), ..in_it };
        refused(&world, world.store.link_identity(again), Ok(LinkOutcome::Overtaken)).await;
        let sign_in = SignIn { interaction: Some(interaction), ..creating(&world, "ines@gmail.example", "303") };
        refused(&world, world.store.sign_in(sign_in), Ok(SignInOutcome::Stale)).await;
        let locked = world.event(AuditAction::AccountLocked);
        assert_eq!(world.store.set_account_disabled(&account.id, true, NOW, locked).await, Ok(true));
        let account = world.reload(&account.id).await;
        refused(&world, world.store.link_identity(link_of(&world, &account, "202")), Ok(LinkOutcome::Overtaken)).await;
        refused(&world, world.store.sign_in(entering(&world, &account, "101")), Ok(SignInOutcome::Overtaken)).await;
    }

    async fn fed_3_7_a_password_another_tie_or_mail_must_be_there_before_a_tie_is_cut(world: World) {
        let account = created(&world, "ines@gmail.example", "101").await;
        let unlink = || world.store.unlink_identity(unlink_of(&world, &account, "101"));
        refused(&world, unlink(), Ok(UnlinkOutcome::LastWayIn)).await;
        // One that is blocked is no way in.
        linked(&world, &account, "202").await;
        let act = act_of(&world, "one", &[("202", IdentityAct::Block)]);
        assert_eq!(world.store.act_on_identity(act).await, Ok(IdentityActOutcome::Done));
        refused(&world, unlink(), Ok(UnlinkOutcome::LastWayIn)).await;
        linked(&world, &account, "303").await;
        assert_eq!(unlink().await, Ok(UnlinkOutcome::Unlinked));
        assert_eq!(tie(&world, "101").await, None);
        assert_eq!(world.recorded(AuditAction::IdentityUnlinked).await, 1);
        refused(&world, unlink(), Ok(UnlinkOutcome::Absent)).await;
        let by_mail = UnlinkIdentity { has_other_way: true, ..unlink_of(&world, &account, "303") };
        assert_eq!(world.store.unlink_identity(by_mail).await, Ok(UnlinkOutcome::Unlinked));
        // A password is a way in.
        let ada = world.account("ada@example.com").await;
        linked(&world, &ada, "404").await;
        assert_eq!(world.store.unlink_identity(unlink_of(&world, &ada, "404")).await, Ok(UnlinkOutcome::Unlinked));
    }

    async fn fed_3_7_of_two_ties_that_are_cut_at_once_one_stays(world: World) {
        for number in 0..6 {
            let subjects = [format!("{number}a"), format!("{number}b")];
            let account = created(&world, &format!("ines{number}@gmail.example"), &subjects[0]).await;
            linked(&world, &account, &subjects[1]).await;
            let unlinks = [0, 1].map(|which: usize| unlink_of(&world, &account, &subjects[which]));
            let outcomes = race(2, |which| {
                let (store, unlink) = (world.store.clone(), unlinks[which].clone());
                async move { store.unlink_identity(unlink).await.expect("a lost race is an answer") }
            }).await;
            assert_eq!(count_of(&outcomes, &UnlinkOutcome::Unlinked), 1, "{outcomes:?}");
            assert_eq!(count_of(&outcomes, &UnlinkOutcome::LastWayIn), 1, "{outcomes:?}");
            assert_eq!(world.store.list_identities(&account.id).await.expect("a read").len(), 1);
        }
    }

    async fn nobody_cuts_ties_of_others_or_against_an_account_that_changed(world: World) {
        let account = world.account("ada@example.com").await;
        linked(&world, &account, "101").await;
        let eve = world.account("eve@example.com").await;
        refused(&world, world.store.unlink_identity(unlink_of(&world, &eve, "101")), Ok(UnlinkOutcome::Absent)).await;
        let stale = UnlinkIdentity { generation: account.generation + 1, ..unlink_of(&world, &account, "101") };
        refused(&world, world.store.unlink_identity(stale), Ok(UnlinkOutcome::Overtaken)).await;
        let locked = world.event(AuditAction::AccountLocked);
        assert_eq!(world.store.set_account_disabled(&account.id, true, NOW, locked).await, Ok(true));
        let before_the_lock = unlink_of(&world, &account, "101");
        refused(&world, world.store.unlink_identity(before_the_lock), Ok(UnlinkOutcome::Overtaken)).await;
        // Whoever locked an account may cut its ties before it is opened again.
        let account = world.reload(&account.id).await;
        assert_eq!(world.store.unlink_identity(unlink_of(&world, &account, "101")).await, Ok(UnlinkOutcome::Unlinked));
    }

    async fn fed_2_13_a_security_event_acts_once_however_often_it_comes(world: World) {
        let account = world.account("ada@example.com").await;
        let session = world.session(&account).await;
        let issue = world.issued(&session, "openid offline_access").await;
        let interaction = world.interaction().await;
        let code = world.code_of(Some(&account), CodePurpose::SignIn, &interaction);
        let send = SendCode { code: code.clone(), mail: None, interaction: Some(interaction), audit: world.event(AuditAction::CodeSent) };
        assert_eq!(world.store.send_code(send).await, Ok(true));
        let tied = LinkedIdentity { sealed_tokens: Some("sealed".to_owned()), ..tie_of(&account.id, "101") };
        let link = LinkIdentity { identity: tied, ..link_of(&world, &account, "101") };
        assert_eq!(world.store.link_identity(link).await, Ok(LinkOutcome::Linked));
        let acts = [IdentityAct::EndSessions, IdentityAct::ForgetTokens, IdentityAct::Block].map(|act| ("101", act));
        let act = act_of(&world, "one", &acts);
        let outcomes = race(8, |_| {
            let (store, act) = (world.store.clone(), act.clone());
            async move { store.act_on_identity(act).await.expect("a write") }
        }).await;
        assert_eq!(count_of(&outcomes, &IdentityActOutcome::Done), 1, "{outcomes:?}");
        assert_eq!(count_of(&outcomes, &IdentityActOutcome::Repeated), 7, "{outcomes:?}");
        let after = tie(&world, "101").await.expect("it is there");
        assert_eq!((after.sealed_tokens, after.blocked_at), (None, Some(NOW)));
        assert!(!world.is_live(&session).await && world.is_revoked(&issue.grant.id).await);
        let code = world.store.find_code_by_link(code.link_digest).await.expect("a read").expect("it is there");
        assert!(code.consumed_at.is_some());
        let reread = world.reload(&account.id).await;
        assert_eq!(reread.generation, account.generation + 1, "a sign-in that is under way ends with it");
        assert_eq!(world.store.sign_in(world.sign_in_of(&account)).await, Ok(SignInOutcome::Overtaken));
        assert_eq!(world.recorded(AuditAction::SecurityEvent).await, 1);
        let whose = "SELECT COUNT(*) FROM audit_log WHERE action = $1 AND account_id = $2";
        let values = vec![AuditAction::SecurityEvent.as_str().to_owned(), account.id.to_string()];
        assert_eq!(world.number(whose, values).await, 1);
    }

    async fn an_event_about_nobody_here_does_nothing_and_is_remembered(world: World) {
        let account = world.account("ada@example.com").await;
        linked(&world, &account, "101").await;
        let act = || act_of(&world, "one", &[("999", IdentityAct::EndSessions), ("998", IdentityAct::Block)]);
        assert_eq!(world.store.act_on_identity(act()).await, Ok(IdentityActOutcome::Unknown));
        assert_eq!(world.store.act_on_identity(act()).await, Ok(IdentityActOutcome::Repeated));
        assert_eq!(world.recorded(AuditAction::SecurityEvent).await, 0);
        assert_eq!(world.reload(&account.id).await, account);
        // The name counts for each provider by itself.
        let other = ActOnIdentity { provider: "other".parse().expect("a name"), ..act() };
        assert_eq!(world.store.act_on_identity(other).await, Ok(IdentityActOutcome::Unknown));
        let both = act_of(&world, "two", &[("999", IdentityAct::Block), ("101", IdentityAct::Block)]);
        assert_eq!(world.store.act_on_identity(both).await, Ok(IdentityActOutcome::Done));
        assert_eq!(tie(&world, "101").await.expect("it is there").blocked_at, Some(NOW));
    }

    async fn fed_3_15_an_account_that_is_deleted_or_erased_leaves_no_identity(world: World) {
        let gone = created(&world, "ines@gmail.example", "101").await;
        let event = world.event(AuditAction::AccountChanged);
        assert_eq!(world.store.delete_account(&gone.id, event).await, Ok(true));
        assert_eq!(tie(&world, "101").await, None);
        let leaving = created(&world, "ines@gmail.example", "101").await;
        let delete = DeleteAccount {
            account: leaving.id.clone(),
            generation: leaving.generation,
            undo_digest: world.digest(),
            now: NOW,
            erased_from: NOW.plus_seconds(WEEK),
            notice: world.mail("ines@gmail.example", "deleted"),
            audit: world.event(AuditAction::AccountDeleted),
        };
        world.store.delete_own_account(delete).await.expect("a write");
        assert!(tie(&world, "101").await.is_some(), "it can be restored");
        world.store.sweep(NOW.plus_seconds(WEEK)).await.expect("a write");
        assert_eq!((tie(&world, "101").await, rows(&world, "identities").await), (None, 0));
    }

    async fn visits_and_names_of_events_go_when_their_time_is_over(world: World) {
        let interaction = world.interaction().await;
        let visit = visit_of(&world, &interaction);
        world.store.begin_visit(visit.clone()).await.expect("a write");
        world.store.act_on_identity(act_of(&world, "one", &[])).await.expect("a write");
        let removed = async |now: Timestamp, table: &str| {
            let removed = world.store.sweep(now).await.expect("a write");
            removed.into_iter().find(|(name, _)| *name == table).expect("it is among them").1
        };
        // As long as whoever comes back too late can be led on.
        let forgotten = visit.expires_at.plus_seconds(INTERACTION_SECONDS);
        assert_eq!(removed(forgotten, "visits").await, 0);
        assert_eq!(removed(forgotten.plus_seconds(1), "visits").await, 1);
        let forgotten = NOW.plus_seconds(SECURITY_EVENT_SECONDS);
        assert_eq!(removed(forgotten, "security_events").await, 0);
        assert_eq!(removed(forgotten.plus_seconds(1), "security_events").await, 1);
    }

    async fn the_migration_goes_down_and_up_again_and_people_stay(world: World) {
        let account = created(&world, "ines@gmail.example", "101").await;
        let applied = world.store.migration_status().await.expect("a read");
        let steps = applied.iter().filter(|state| state.version >= 8).count();
        assert_eq!(world.store.migrate_down(steps).await, Ok(()));
        let columns = "SELECT COUNT(*) FROM accounts";
        assert_eq!(world.number(columns, Vec::new()).await, 1);
        assert_eq!(world.store.migrate_up().await, Ok(()));
        let store = world.replica().await;
        assert_eq!(store.list_identities(&account.id).await, Ok(Vec::new()));
        assert_eq!(store.link_identity(link_of(&world, &account, "101")).await, Ok(LinkOutcome::Linked));
        store.shutdown().await;
    }
}
