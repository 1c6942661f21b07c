use proptest::prelude::*;

use super::*;
use crate::base::Timestamp;

fn start() -> ChainEnd {
    ChainEnd { position: 0, digest: Digest::from_stored("") }
}

/// No number gives this seed.
fn somebody_else() -> AccountId {
    let mut seed = [0; 32];
    seed[0] = 1;
    AccountId::generate(&mut Draw::from_seed(seed))
}

fn entry(number: u8) -> AuditEntry {
    let mut draw = Draw::from_seed([number; 32]);
    let mut detail = serde_json::Map::new();
    detail.insert("number".to_owned(), number.into());
    AuditEntry {
        id: format!("{:016x}-{:016x}", i64::from(number), i64::from(number)),
        at: Timestamp::from_seconds(i64::from(number)),
        action: "session.started".to_owned(),
        actor: "person".to_owned(),
        actor_id: number.is_multiple_of(2).then(|| AccountId::generate(&mut draw)),
        outcome: "success".to_owned(),
        account: number.is_multiple_of(3).then(|| AccountId::generate(&mut draw)),
        client_id: number.is_multiple_of(5).then(|| "acme".to_owned()),
        ip: Some("192.0.2.7".to_owned()),
        request_id: format!("request-{number}"),
        detail,
        subject_erased_at: None,
        actor_erased_at: None,
        seal: None,
    }
}

fn chain(numbers: &[u8]) -> Vec<AuditEntry> {
    let mut draw = Draw::from_seed([7; 32]);
    let (mut end, mut entries) = (start(), Vec::new());
    for number in numbers {
        let next = sealed(entry(*number), &end, Salts::generate(&mut draw));
        let seal = next.seal.as_ref().unwrap();
        end = ChainEnd { position: seal.position, digest: seal.digest.clone() };
        entries.push(next);
    }
    entries
}

fn end_of(entries: &[AuditEntry]) -> ChainEnd {
    let seal = entries.last().and_then(|entry| entry.seal.clone());
    seal.map_or_else(start, |seal| ChainEnd { position: seal.position, digest: seal.digest })
}

fn walk(entries: &[AuditEntry], end: &ChainEnd) -> Result<(), Broken> {
    let mut walk = Walk::behind(start());
    entries.iter().try_for_each(|entry| walk.admit(entry))?;
    walk.arrived_at(end)
}

fn erase_subject(entry: &mut AuditEntry) {
    entry.subject_erased_at = Some(Timestamp::from_seconds(9));
    entry.account = None;
    entry.detail.clear();
    entry.seal.as_mut().unwrap().subject.salt = None;
}

fn erase_actor(entry: &mut AuditEntry) {
    entry.actor_erased_at = Some(Timestamp::from_seconds(9));
    entry.actor_id = None;
    entry.ip = None;
    entry.seal.as_mut().unwrap().actor.salt = None;
}

type Change = fn(&mut AuditEntry);

/// Every field of an entry and of its seal, each made into something else.
const CHANGES: [(Change, Why); 15] = [
    (|entry| entry.id.push('0'), Why::Changed),
    (|entry| entry.at = entry.at.plus_seconds(1), Why::Changed),
    (|entry| entry.action.push('x'), Why::Changed),
    (|entry| "administrator".clone_into(&mut entry.actor), Why::Changed),
    (|entry| "failure".clone_into(&mut entry.outcome), Why::Changed),
    (|entry| entry.client_id = Some(format!("{:?}", entry.client_id)), Why::Changed),
    (|entry| entry.request_id.push('x'), Why::Changed),
    (|entry| entry.account = Some(somebody_else()), Why::SubjectChanged),
    (|entry| drop(entry.detail.insert("more".to_owned(), true.into())), Why::SubjectChanged),
    (|entry| entry.actor_id = Some(somebody_else()), Why::ActorChanged),
    (|entry| entry.ip = Some("192.0.2.8".to_owned()), Why::ActorChanged),
    (|entry| entry.ip = None, Why::ActorChanged),
    (|entry| entry.seal.as_mut().unwrap().digest = Digest::of("x"), Why::Changed),
    (|entry| entry.seal.as_mut().unwrap().previous = Digest::of("x"), Why::OutOfPlace),
    (|entry| entry.seal.as_mut().unwrap().subject.digest = Digest::of("x"), Why::Changed),
];

#[test]
fn an_empty_chain_holds_and_a_removed_one_does_not() {
    assert_eq!(walk(&[], &start()), Ok(()));
    let end = end_of(&chain(&[1, 2]));
    assert_eq!(walk(&[], &end), Err(Broken { position: 1, why: Why::Missing }));
}

#[test]
fn log_01_an_absent_field_is_not_an_empty_one() {
    let mut entries = chain(&[1]);
    entries[0].client_id = Some(String::new());
    assert_eq!(walk(&entries, &end_of(&entries)), Err(Broken { position: 1, why: Why::Changed }));
}

#[test]
fn what_was_erased_cannot_be_filled_in_again() {
    let mut entries = chain(&[6]);
    erase_subject(&mut entries[0]);
    entries[0].account = entry(6).account;
    assert_eq!(walk(&entries, &end_of(&entries)), Err(Broken { position: 1, why: Why::SubjectChanged }));
}

#[test]
fn a_blank_without_a_word_of_erasure_is_a_change() {
    let mut entries = chain(&[6]);
    entries[0].account = None;
    entries[0].detail.clear();
    assert_eq!(walk(&entries, &end_of(&entries)), Err(Broken { position: 1, why: Why::SubjectChanged }));
}

#[test]
fn an_entry_that_was_erased_before_it_was_sealed_holds() {
    let mut early = entry(6);
    (early.account, early.subject_erased_at) = (None, Some(early.at));
    early.detail.clear();
    let sealed = sealed(early, &start(), Salts::generate(&mut Draw::from_seed([3; 32])));
    assert_eq!(sealed.seal.as_ref().unwrap().subject.salt, None);
    assert_eq!(walk(std::slice::from_ref(&sealed), &end_of(std::slice::from_ref(&sealed))), Ok(()));
}

#[test]
fn equal_facts_have_different_commitments() {
    let entries = chain(&[2, 2]);
    let seals: Vec<&Seal> = entries.iter().filter_map(|entry| entry.seal.as_ref()).collect();
    assert_ne!(seals[0].subject.digest, seals[1].subject.digest);
    assert_ne!(seals[0].actor.digest, seals[1].actor.digest);
    assert_ne!(entries[0].id, entries[1].id);
}

proptest! {
    #[test]
    fn a_chain_that_was_left_alone_holds(numbers in proptest::collection::vec(any::<u8>(), 0..30)) {
        let entries = chain(&numbers);
        prop_assert_eq!(walk(&entries, &end_of(&entries)), Ok(()));
    }

    #[test]
    fn any_change_is_found_where_it_was_made(
        numbers in proptest::collection::vec(any::<u8>(), 1..20),
        place: prop::sample::Index,
        change in prop::sample::select(CHANGES.to_vec()),
    ) {
        let mut entries = chain(&numbers);
        let (end, place) = (end_of(&entries), place.index(numbers.len()));
        change.0(&mut entries[place]);
        let position = i64::try_from(place).unwrap() + 1;
        prop_assert_eq!(walk(&entries, &end), Err(Broken { position, why: change.1 }));
    }

    #[test]
    fn a_removed_entry_is_missed(
        numbers in proptest::collection::vec(any::<u8>(), 1..20),
        place: prop::sample::Index,
    ) {
        let mut entries = chain(&numbers);
        let (end, place) = (end_of(&entries), place.index(numbers.len()));
        entries.remove(place);
        let position = i64::try_from(place).unwrap() + 1;
        prop_assert_eq!(walk(&entries, &end), Err(Broken { position, why: Why::Missing }));
    }

    #[test]
    fn another_order_is_found_even_with_new_positions(
        numbers in proptest::collection::vec(any::<u8>(), 2..20),
        one: prop::sample::Index,
        other: prop::sample::Index,
    ) {
        let mut entries = chain(&numbers);
        let (end, one, other) = (end_of(&entries), one.index(numbers.len()), other.index(numbers.len()));
        prop_assume!(one != other);
        entries.swap(one, other);
        prop_assert!(walk(&entries, &end).is_err());
        for (place, entry) in entries.iter_mut().enumerate() {
            entry.seal.as_mut().unwrap().position = i64::try_from(place).unwrap() + 1;
        }
        prop_assert!(walk(&entries, &end).is_err());
    }

    #[test]
    fn an_entry_put_in_between_is_found(
        numbers in proptest::collection::vec(any::<u8>(), 1..20),
        place: prop::sample::Index,
    ) {
        let mut entries = chain(&numbers);
        let (end, place) = (end_of(&entries), place.index(numbers.len()));
        entries.insert(place, entries[place].clone());
        prop_assert!(walk(&entries, &end).is_err());
    }

    #[test]
    fn erasing_personal_fields_leaves_the_chain_whole(
        numbers in proptest::collection::vec(any::<u8>(), 1..20),
        erased in proptest::collection::vec(any::<(bool, bool)>(), 20),
    ) {
        let mut entries = chain(&numbers);
        let end = end_of(&entries);
        for (entry, (subject, actor)) in entries.iter_mut().zip(erased) {
            if subject { erase_subject(entry); }
            if actor { erase_actor(entry); }
        }
        prop_assert_eq!(walk(&entries, &end), Ok(()));
    }
}
