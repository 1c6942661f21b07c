//! Scopes as GitHub has them: asked for with spaces or commas, told with commas, one inside another, and remembered for
//! whoever asks for none. Federation 1.5, 1.6.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::Quirk;
use crate::base::bounds::IMITATION_SECRETS_MAX;
use crate::dev::imitation::switches::Switches;

/// Lets addresses be read.
pub(super) const EMAIL: &str = "user:email";
/// Lets memberships be read.
pub(super) const ORG: &str = "read:org";

/// The scopes of a request, each once.
pub(super) fn parse(text: &str) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split([' ', ',']).filter(|scope| !scope.is_empty()) {
        if !scopes.iter().any(|own| own == scope) {
            scopes.push(scope.to_owned());
        }
    }
    scopes
}

/// What the person agrees to of it.
pub(super) fn agreed(asked: Vec<String>, switches: &Switches<Quirk>) -> Vec<String> {
    if !switches.has(Quirk::RefusedScope) {
        return asked;
    }
    asked.into_iter().filter(|scope| !holds(scope, EMAIL)).collect()
}

/// Whether one of `scopes` is `wanted` or holds it.
pub(super) fn include(scopes: &[String], wanted: &str) -> bool {
    scopes.iter().any(|scope| holds(scope, wanted))
}

fn holds(scope: &str, wanted: &str) -> bool {
    let wider: &[&str] = match wanted {
        EMAIL => &["user"],
        ORG => &["write:org", "admin:org"],
        _ => &[],
    };
    scope == wanted || wider.contains(&scope)
}

/// What people agreed to before, of so many.
#[derive(Default)]
pub(super) struct Agreements(Mutex<VecDeque<Agreement>>);

struct Agreement {
    client_id: &'static str,
    person: u64,
    scopes: Vec<String>,
}

impl Agreements {
    /// The scopes of a new token: those asked for, or all that were agreed to before when none was.
    pub(super) fn renew(&self, client_id: &'static str, person: u64, asked: Vec<String>) -> Vec<String> {
        let mut agreements = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |own: &Agreement| own.client_id == client_id && own.person == person;
        let place = agreements.iter().position(is_it);
        let before = place.and_then(|place| agreements.remove(place)).map_or_else(Vec::new, |own| own.scopes);
        while agreements.len() >= IMITATION_SECRETS_MAX {
            agreements.pop_front();
        }
        let union = parse(&[before.as_slice(), asked.as_slice()].concat().join(","));
        agreements.push_back(Agreement { client_id, person, scopes: union.clone() });
        if asked.is_empty() { union } else { asked }
    }

    /// Nothing is agreed to any more.
    pub(super) fn forget(&self, client_id: &str, person: u64) {
        let mut agreements = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        agreements.retain(|own| own.client_id != client_id || own.person != person);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_come_with_spaces_or_commas() {
        assert_eq!(parse("read:user user:email,read:user"), ["read:user", "user:email"]);
        assert!(parse("").is_empty());
    }

    #[test]
    fn a_wider_scope_holds_a_narrower_one() {
        assert!(
            include(&parse("user"), EMAIL) && include(&parse("admin:org"), ORG) && include(&parse("user:email"), EMAIL)
        );
        assert!(!include(&parse("read:user,read:org"), EMAIL) && !include(&parse("user"), ORG));
        let refused = agreed(parse("read:user user user:email"), &Switches::only(&[Quirk::RefusedScope]));
        assert_eq!(refused, ["read:user"]);
    }

    #[test]
    fn fed_1_6_who_asks_for_nothing_gets_everything_agreed_to_before() {
        let agreements = Agreements::default();
        assert_eq!(agreements.renew("app", 1, parse("read:user")), ["read:user"]);
        assert_eq!(agreements.renew("app", 1, parse("user:email")), ["user:email"]);
        assert_eq!(agreements.renew("app", 1, Vec::new()), ["read:user", "user:email"]);
        assert!(
            agreements.renew("other", 1, Vec::new()).is_empty() && agreements.renew("app", 2, Vec::new()).is_empty()
        );
        agreements.forget("app", 1);
        assert!(agreements.renew("app", 1, Vec::new()).is_empty());
    }
}
