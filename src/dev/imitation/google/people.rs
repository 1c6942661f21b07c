//! The made-up people of the imitated Google. No address of theirs could be anybody's: Gmail has no hyphens, and the
//! others are in domains for examples.

use crate::pages::DevImitationPerson;

/// A made-up person.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) sub: &'static str,
    pub(super) email: &'static str,
    pub(super) email_verified: bool,
    /// The organisation whose account it is.
    pub(super) hd: Option<&'static str>,
    pub(super) name: &'static str,
    pub(super) given_name: &'static str,
    pub(super) family_name: &'static str,
    pub(super) picture: Option<&'static str>,
    /// Who it is, in a few words.
    pub(super) about: &'static str,
}

impl Person {
    /// As pages show them.
    pub(super) fn shown(&self, is_hinted: bool) -> DevImitationPerson {
        DevImitationPerson {
            key: self.sub.to_owned(),
            name: self.name.to_owned(),
            address: self.email.to_owned(),
            about: self.about.to_owned(),
            is_hinted,
        }
    }
}

/// Everybody.
pub(super) const PEOPLE: &[Person] = &[
    Person {
        sub: "100000000000000000101",
        email: "ines-rask@gmail.com",
        email_verified: true,
        hd: None,
        name: "Ines Rask",
        given_name: "Ines",
        family_name: "Rask",
        picture: Some("https://people.example.com/ines.png"),
        about: "a Gmail address: Google speaks for it",
    },
    Person {
        sub: "100000000000000000202",
        email: "bo@workspace.example",
        email_verified: true,
        hd: Some("workspace.example"),
        name: "Bo Verne",
        given_name: "Bo",
        family_name: "Verne",
        picture: Some("https://people.example.com/bo.png"),
        about: "a Workspace account: hd is the domain of the address",
    },
    Person {
        sub: "100000000000000000303",
        email: "nila@branch.example",
        email_verified: true,
        hd: Some("workspace.example"),
        name: "Nila Okoro",
        given_name: "Nila",
        family_name: "Okoro",
        picture: None,
        about: "a Workspace account in a secondary domain: hd differs from the address",
    },
    Person {
        sub: "100000000000000000404",
        email: "sana@elsewhere.example",
        email_verified: false,
        hd: None,
        name: "Sana Aalto",
        given_name: "Sana",
        family_name: "Aalto",
        picture: None,
        about: "an address elsewhere that was never verified",
    },
    Person {
        sub: "100000000000000000505",
        email: "mira@example.com",
        email_verified: true,
        hd: Some("example.com"),
        name: "Mira Holm",
        given_name: "Mira",
        family_name: "Holm",
        picture: Some("https://people.example.com/mira.png"),
        about: "has an account here; Google speaks for the address",
    },
    Person {
        sub: "100000000000000000606",
        email: "tove@example.com",
        email_verified: true,
        hd: None,
        name: "Tove Lind",
        given_name: "Tove",
        family_name: "Lind",
        picture: None,
        about: "has an account here; Google verified the address once and does not speak for it",
    },
];

/// The one of this subject or address.
pub(super) fn find(hint: &str) -> Option<&'static Person> {
    PEOPLE.iter().find(|person| person.sub == hint || person.email.eq_ignore_ascii_case(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dev::people;

    #[test]
    fn everybody_is_somebody_else_with_an_address_that_can_be_used() {
        for (number, person) in PEOPLE.iter().enumerate() {
            assert!(person.email.parse::<crate::base::EmailAddress>().is_ok(), "{}", person.email);
            assert_eq!((find(person.sub), find(person.email)), (Some(person), Some(person)));
            assert!(PEOPLE[..number].iter().all(|other| other.sub != person.sub && other.email != person.email));
        }
    }

    #[test]
    fn somebody_has_an_account_here_so_that_linking_can_be_tried() {
        let known: Vec<&str> =
            people::PEOPLE.iter().map(|person| person.email).filter(|email| find(email).is_some()).collect();
        assert_eq!(known, ["mira@example.com", "tove@example.com"]);
    }
}
