use proptest::prelude::*;

use super::*;
use crate::base::{AccountId, Draw, EmailAddress, Names, Timestamp};
use crate::model::upstream::ProviderId;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

fn address() -> EmailAddress {
    "ada@example.com".parse().unwrap()
}

fn came(mailbox: Mailbox) -> Identity {
    Identity {
        provider: "google".parse().unwrap(),
        subject: "10769150350006150715113082367".to_owned(),
        mailbox,
        claims: StandardClaims::default(),
        hosted_domain: None,
        organizations: Vec::new(),
    }
}

fn account(verified: bool) -> Account {
    Account {
        id: AccountId::generate(&mut Draw::from_seed([7; 32])),
        email: address(),
        username: None,
        email_verified_at: verified.then_some(NOW),
        password_hash: None,
        password_changed_at: None,
        generation: 0,
        claims: StandardClaims::default(),
        created_at: NOW,
        updated_at: NOW,
        disabled_at: None,
        roles: Names::none(),
        groups: Names::none(),
    }
}

fn tie(blocked: bool) -> LinkedIdentity {
    let provider: ProviderId = "google".parse().unwrap();
    LinkedIdentity {
        provider,
        subject: "10769150350006150715113082367".to_owned(),
        account: account(true).id,
        shown_as: None,
        taken: StandardClaims::default(),
        linked_at: NOW,
        last_used_at: NOW,
        blocked_at: blocked.then_some(NOW),
        sealed_tokens: None,
    }
}

fn open<'a>() -> Admission<'a> {
    Admission { domains: &[], denied_domains: &[], hosted_domains: &[], organizations: &[], sign_up_open: true }
}

const NOBODY: Known<'_> = Known { tied: None, by_address: None };

fn mailboxes() -> [Mailbox; 4] {
    [Mailbox::Proven(address()), Mailbox::Claimed(address()), Mailbox::Unread, Mailbox::None]
}

#[test]
fn fed_3_1_the_tie_decides_whatever_address_the_provider_names_today() {
    let (own, other) = (account(true), account(true));
    for mailbox in mailboxes() {
        let known = Known { tied: Some((&tie(false), &own)), by_address: Some(&other) };
        assert_eq!(decide(&came(mailbox), &known, &open()), Decision::Enter);
    }
}

#[test]
fn fed_3_2_a_new_person_has_an_account_only_on_a_word_that_speaks_for_the_mailbox() {
    assert_eq!(decide(&came(Mailbox::Proven(address())), &NOBODY, &open()), Decision::Create);
    for mailbox in [Mailbox::Claimed(address()), Mailbox::Unread, Mailbox::None] {
        assert_eq!(decide(&came(mailbox), &NOBODY, &open()), Decision::Ask(Wanted::Address));
    }
}

#[test]
fn fed_3_3_an_address_in_use_is_never_enough_to_enter() {
    let own = account(true);
    let known = Known { tied: None, by_address: Some(&own) };
    assert_eq!(decide(&came(Mailbox::Proven(address())), &known, &open()), Decision::Ask(Wanted::Proof));
    // Told only to somebody who has proven the mailbox.
    assert_eq!(decide(&came(Mailbox::Claimed(address())), &known, &open()), Decision::Ask(Wanted::Address));
}

#[test]
fn fed_3_4_what_nobody_had_proven_is_taken_over_by_whoever_proves_the_mailbox() {
    let planted = account(false);
    let known = Known { tied: None, by_address: Some(&planted) };
    assert_eq!(decide(&came(Mailbox::Proven(address())), &known, &open()), Decision::TakeOver);
    assert_eq!(decide(&came(Mailbox::Claimed(address())), &known, &open()), Decision::Ask(Wanted::Address));
}

#[test]
fn fed_2_13_a_blocked_tie_wants_another_proof() {
    let own = account(true);
    let known = Known { tied: Some((&tie(true), &own)), by_address: None };
    assert_eq!(decide(&came(Mailbox::None), &known, &open()), Decision::Ask(Wanted::ProofOfBlocked));
}

#[test]
fn fed_3_14_lists_of_domains_hd_and_organisations_decide_who_comes_in() {
    let (ours, theirs) = (vec!["example.com".to_owned()], vec!["elsewhere.example".to_owned()]);
    let restricted = Decision::Refuse(NotAdmitted::Restricted);
    let proven = came(Mailbox::Proven(address()));
    assert_eq!(decide(&proven, &NOBODY, &Admission { domains: &ours, ..open() }), Decision::Create);
    assert_eq!(decide(&proven, &NOBODY, &Admission { domains: &theirs, ..open() }), restricted);
    assert_eq!(decide(&proven, &NOBODY, &Admission { denied_domains: &ours, ..open() }), restricted);
    let claimed = came(Mailbox::Claimed(address()));
    assert_eq!(decide(&claimed, &NOBODY, &Admission { domains: &ours, ..open() }), restricted, "not proven");
    assert_eq!(decide(&claimed, &NOBODY, &Admission { denied_domains: &ours, ..open() }), restricted);
    // Federation 2.5: the address ends like the domain, but Google did not sign for it.
    let hosted = Admission { hosted_domains: &ours, ..open() };
    assert_eq!(decide(&proven, &NOBODY, &hosted), restricted);
    let signed = Identity { hosted_domain: Some("example.com".to_owned()), ..proven.clone() };
    assert_eq!(decide(&signed, &NOBODY, &hosted), Decision::Create);
    let organization = Admission { organizations: &ours, ..open() };
    assert_eq!(decide(&proven, &NOBODY, &organization), restricted);
    let member = Identity { organizations: vec!["other".to_owned(), "example.com".to_owned()], ..proven };
    assert_eq!(decide(&member, &NOBODY, &organization), Decision::Create);
    // At every sign-in, not only at the first.
    let own = account(true);
    let known = Known { tied: Some((&tie(false), &own)), by_address: None };
    assert_eq!(decide(&claimed, &known, &organization), restricted);
}

#[test]
fn closed_sign_up_lets_in_whoever_has_an_account() {
    let closed = Admission { sign_up_open: false, ..open() };
    for mailbox in mailboxes() {
        assert_eq!(decide(&came(mailbox), &NOBODY, &closed), Decision::Refuse(NotAdmitted::SignUpClosed));
    }
    let own = account(true);
    let tied = Known { tied: Some((&tie(false), &own)), by_address: None };
    assert_eq!(decide(&came(Mailbox::None), &tied, &closed), Decision::Enter);
    let known = Known { tied: None, by_address: Some(&own) };
    assert_eq!(decide(&came(Mailbox::Proven(address())), &known, &closed), Decision::Ask(Wanted::Proof));
}

#[test]
fn fed_3_15_a_locked_or_deleted_account_is_not_revived() {
    for verified in [true, false] {
        let gone = Account { disabled_at: Some(NOW), ..account(verified) };
        let closed = Decision::Refuse(NotAdmitted::AccountClosed);
        let proven = came(Mailbox::Proven(address()));
        assert_eq!(decide(&proven, &Known { tied: Some((&tie(false), &gone)), by_address: None }, &open()), closed);
        assert_eq!(decide(&proven, &Known { tied: None, by_address: Some(&gone) }, &open()), closed);
    }
}

proptest! {
    #[test]
    fn nobody_enters_an_account_they_are_not_tied_to(
        mailbox in 0..4_usize, verified: bool, disabled: bool, sign_up_open: bool,
    ) {
        let other = Account { disabled_at: disabled.then_some(NOW), ..account(verified) };
        let known = Known { tied: None, by_address: Some(&other) };
        let came = came(mailboxes()[mailbox].clone());
        let decision = decide(&came, &known, &Admission { sign_up_open, ..open() });
        prop_assert_ne!(decision, Decision::Enter);
        if decision == Decision::TakeOver {
            prop_assert!(came.mailbox.is_proven() && other.email_verified_at.is_none() && !disabled);
        }
        if decision == Decision::Create {
            prop_assert!(false, "somebody has the address");
        }
    }
}

fn named(name: &str, picture: Option<&str>) -> StandardClaims {
    StandardClaims { name: Some(name.to_owned()), picture: picture.map(str::to_owned), ..StandardClaims::default() }
}

#[test]
fn what_the_person_changed_stays_and_the_rest_follows_the_provider() {
    let taken = named("Ada", Some("https://a.example/1"));
    let told = named("Ada Lovelace", Some("https://a.example/2"));
    assert_eq!(renewed(&taken, &taken, &told), Some(told.clone()));
    let changed = named("Countess", Some("https://a.example/1"));
    assert_eq!(renewed(&changed, &taken, &told), Some(named("Countess", Some("https://a.example/2"))));
    assert_eq!(renewed(&told, &told, &told), None);
    // What a provider no longer tells is not forgotten.
    assert_eq!(renewed(&taken, &taken, &StandardClaims::default()), None);
}

#[test]
fn what_a_provider_leaves_out_once_follows_it_again_afterwards() {
    let here = named("Ada", Some("https://a.example/1"));
    let taken = last_taken(&here, &named("Ada", None));
    let told = named("Ada", Some("https://a.example/2"));
    assert_eq!(renewed(&here, &taken, &told), Some(told.clone()));
    assert_eq!(last_taken(&taken, &told), told);
}

#[test]
fn fed_3_20_only_names_picture_and_language_are_taken_over() {
    let told = StandardClaims {
        preferred_username: Some("ada".to_owned()),
        phone_number: Some("+44".to_owned()),
        phone_number_verified: true,
        ..named("Ada", None)
    };
    assert_eq!(taken_over(&told), named("Ada", None));
}
