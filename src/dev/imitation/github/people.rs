//! The made-up people of the imitated GitHub, and the one organisation some of them are in. Their addresses are in
//! domains for examples.

use super::Quirk;
use crate::dev::imitation::switches::Switches;
use crate::pages::DevImitationPerson;

/// The organisation.
pub(super) const ORGANIZATION: (u64, &str) = (77_001, "lantern-works");

/// A made-up person.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) id: u64,
    login: &'static str,
    pub(super) name: Option<&'static str>,
    /// The primary one first.
    pub(super) addresses: &'static [Address],
    /// Whether the primary one is shown to everybody.
    pub(super) shows_address: bool,
    /// The state of the membership in the organisation.
    pub(super) membership: Option<&'static str>,
    /// Who it is, in a few words.
    pub(super) about: &'static str,
}

/// An address of theirs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) email: &'static str,
    pub(super) verified: bool,
}

const fn verified(email: &'static str) -> Address {
    Address { email, verified: true }
}

const fn unverified(email: &'static str) -> Address {
    Address { email, verified: false }
}

/// Everybody.
pub(super) const PEOPLE: &[Person] = &[
    Person {
        id: 1815,
        login: "ada",
        name: Some("Ada Lindqvist"),
        addresses: &[verified("ada@people.example")],
        shows_address: true,
        membership: Some("active"),
        about: "shows a verified address to everybody; member of lantern-works",
    },
    Person {
        id: 1623,
        login: "rune",
        name: None,
        addresses: &[verified("rune@people.example"), verified("rune@work.example")],
        shows_address: false,
        membership: Some("pending"),
        about: "keeps the address private and tells no name; invited to lantern-works",
    },
    Person {
        id: 1906,
        login: "kerstin",
        name: Some("Kerstin Maye"),
        addresses: &[unverified("kerstin@people.example"), verified("kerstin@work.example")],
        shows_address: false,
        membership: None,
        about: "the primary address is not verified, another one is",
    },
    Person {
        id: 1987,
        login: "jonas-b",
        name: Some("Jonas Birkner"),
        addresses: &[verified("jonas@example.com")],
        shows_address: false,
        membership: None,
        about: "has an account here with the same address",
    },
];

impl Person {
    /// The name of the account, which its person can change (federation 1.1).
    pub(super) fn login(&self, switches: &Switches<Quirk>) -> String {
        if switches.has(Quirk::RenamedLogin) { format!("{}-renamed", self.login) } else { self.login.to_owned() }
    }

    /// The primary address.
    pub(super) fn primary(&self) -> Option<&Address> {
        self.addresses.first()
    }

    /// As pages show them.
    pub(super) fn shown(&self, is_hinted: bool) -> DevImitationPerson {
        DevImitationPerson {
            key: self.id.to_string(),
            name: self.login.to_owned(),
            address: self.primary().map_or_else(String::new, |address| address.email.to_owned()),
            about: self.about.to_owned(),
            is_hinted,
        }
    }
}

/// The one of this number or login.
pub(super) fn find(hint: &str) -> Option<&'static Person> {
    PEOPLE.iter().find(|person| person.id.to_string() == hint || person.login.eq_ignore_ascii_case(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dev::people;

    #[test]
    fn everybody_is_somebody_else_with_addresses_that_can_be_used() {
        let addresses: Vec<&str> = PEOPLE.iter().flat_map(|one| one.addresses).map(|address| address.email).collect();
        for (number, address) in addresses.iter().enumerate() {
            assert!(address.parse::<crate::base::EmailAddress>().is_ok(), "{address}");
            assert!(!addresses[..number].contains(address), "{address}");
        }
        for (number, person) in PEOPLE.iter().enumerate() {
            assert!(PEOPLE[..number].iter().all(|other| other.id != person.id && other.login != person.login));
        }
    }

    #[test]
    fn somebody_has_an_account_here_so_that_linking_can_be_tried() {
        let is_known = |address: &Address| people::PEOPLE.iter().any(|own| own.email == address.email);
        let known: Vec<&str> =
            PEOPLE.iter().filter(|one| one.primary().is_some_and(is_known)).map(|one| one.login).collect();
        assert_eq!(known, ["jonas-b"]);
    }
}
