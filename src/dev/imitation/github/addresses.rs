//! The addresses of somebody, as `/user` and `/user/emails` tell them. Federation 1.2, 1.3.

use serde::Serialize;

use super::Quirk;
use super::people::Person;
use crate::base::bounds::IMITATION_ADDRESSES;
use crate::dev::imitation::switches::Switches;

/// A line of `/user/emails`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Listed {
    email: String,
    primary: bool,
    verified: bool,
    visibility: Option<&'static str>,
}

/// All of them. GitHub promises no order.
pub(super) fn all(person: &Person, switches: &Switches<Quirk>) -> Vec<Listed> {
    let has_noreply_primary = switches.has(Quirk::NoreplyAddress);
    let mut listed = if switches.has(Quirk::ManyAddresses) { many(person) } else { Vec::new() };
    for (number, address) in person.addresses.iter().enumerate() {
        let primary = number == 0 && !has_noreply_primary;
        listed.push(Listed {
            email: address.email.to_owned(),
            primary,
            verified: address.verified && !(primary && switches.has(Quirk::NoVerifiedPrimary)),
            visibility: primary.then(|| if public(person, switches).is_some() { "public" } else { "private" }),
        });
    }
    listed.push(Listed {
        email: noreply(person, switches),
        primary: has_noreply_primary,
        verified: true,
        visibility: has_noreply_primary.then_some("private"),
    });
    listed
}

/// The address everybody may see, which `/user` tells: often none.
pub(super) fn public(person: &Person, switches: &Switches<Quirk>) -> Option<&'static str> {
    let is_hidden = switches.has(Quirk::PrivateAddress) || switches.has(Quirk::NoreplyAddress);
    let shown = person.primary().filter(|_| person.shows_address && !is_hidden)?;
    Some(shown.email)
}

/// An address that GitHub counts as verified and where nobody reads.
fn noreply(person: &Person, switches: &Switches<Quirk>) -> String {
    format!("{}+{}@users.noreply.github.com", person.id, person.login(switches))
}

fn many(person: &Person) -> Vec<Listed> {
    let one = |number| Listed {
        email: format!("{}-{number}@many.example", person.id),
        primary: false,
        verified: true,
        visibility: None,
    };
    (1..IMITATION_ADDRESSES).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dev::imitation::github::people::{PEOPLE, find};

    fn primary(login: &str, on: &[Quirk]) -> Listed {
        let primaries: Vec<Listed> =
            all(find(login).unwrap(), &Switches::only(on)).into_iter().filter(|one| one.primary).collect();
        assert_eq!(primaries.len(), 1, "{login} {on:?}");
        primaries[0].clone()
    }

    #[test]
    fn fed_1_2_a_public_address_is_told_and_a_private_one_is_null() {
        let shown = |login: &str, on: &[Quirk]| public(find(login).unwrap(), &Switches::only(on));
        assert_eq!(shown("ada", &[]), Some("ada@people.example"));
        assert_eq!(shown("rune", &[]), None);
        assert_eq!(shown("ada", &[Quirk::PrivateAddress]), None);
        assert_eq!(primary("ada", &[]).visibility, Some("public"));
        assert_eq!(primary("ada", &[Quirk::PrivateAddress]).visibility, Some("private"));
    }

    #[test]
    fn fed_1_3_everybody_has_one_primary_address_whatever_it_is_worth() {
        for person in PEOPLE {
            let login = person.login(&Switches::default());
            assert_eq!(primary(&login, &[]).verified, login != "kerstin", "{login}");
            assert!(!primary(&login, &[Quirk::NoVerifiedPrimary]).verified, "{login}");
        }
        let unread = primary("ada", &[Quirk::NoreplyAddress, Quirk::RenamedLogin]);
        assert_eq!((&*unread.email, unread.verified), ("1815+ada-renamed@users.noreply.github.com", true));
    }

    #[test]
    fn fed_1_3_of_many_addresses_the_primary_one_is_among_the_last() {
        let listed = all(find("ada").unwrap(), &Switches::only(&[Quirk::ManyAddresses]));
        assert_eq!(listed.len(), IMITATION_ADDRESSES + 1);
        assert!(listed.iter().position(|one| one.primary).unwrap() >= 200);
    }
}
