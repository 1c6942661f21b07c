//! What operators decided about a client that changes itself (RFC 7592 §2.2): noted when an operator takes something from
//! it, and held against what it asks for itself.
//!
//! What only operators may say at all stands in the client's `doorward` members and is not read from clients.

use serde_json::{Map, Value};

use crate::model::client::{Client, ClientMetadata, Provenance};

/// The member that is cut to what was decided, as the rest of a registration is (RFC 7591 §3.2.1).
const SCOPE: &str = "scope";
const OWN: &str = "doorward";

/// Notes in `after`, which an operator gives to `before`, what was taken from the client or set otherwise. What was noted
/// before stays.
pub fn note(before: &Client, after: &mut ClientMetadata) {
    if !matches!(before.provenance, Provenance::Token | Provenance::Anybody) {
        return;
    }
    let (old, new) = (members(&before.metadata), members(after));
    let mut names: Vec<&String> = old.keys().chain(new.keys()).filter(|name| *name != OWN).collect();
    names.sort_unstable();
    names.dedup();
    let decided = &mut after.doorward.decided;
    let noted = &before.metadata.doorward.decided;
    let missing: Vec<String> = noted.iter().filter(|name| !decided.contains(name)).cloned().collect();
    decided.extend(missing);
    for name in names {
        // Taking something away, seen from the other side, is asking for more.
        if is_more(name, new.get(name), old.get(name)) && !decided.contains(name) {
            decided.push(name.clone());
        }
    }
}

/// Holds what a client asks for against what it is and what was decided about it. The error is the member by which it
/// would become more.
pub fn keep(own: &ClientMetadata, asked: &mut ClientMetadata) -> Result<(), String> {
    let decided = &own.doorward.decided;
    if decided.iter().any(|name| name == SCOPE) {
        let cut = asked.scope.intersection(&own.scope);
        if cut.is_empty() && !asked.scope.is_empty() {
            return Err(SCOPE.to_owned());
        }
        asked.scope = cut;
    }
    let (old, new) = (members(own), members(asked));
    match decided.iter().find(|name| is_more(name, old.get(*name), new.get(*name))) {
        Some(name) => Err(name.clone()),
        None => Ok(()),
    }
}

fn members(metadata: &ClientMetadata) -> Map<String, Value> {
    match serde_json::to_value(metadata) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// Whether a member that was `old` allows more, or something else, when it is `new`.
fn is_more(name: &str, old: Option<&Value>, new: Option<&Value>) -> bool {
    match (old, new) {
        (Some(Value::Array(old)), Some(Value::Array(new))) => new.iter().any(|entry| !old.contains(entry)),
        // A list that is empty is not written down.
        (None, Some(Value::Array(new))) => !new.is_empty(),
        (Some(Value::Array(_)), None) => false,
        (Some(Value::String(old)), Some(Value::String(new))) if name == SCOPE => {
            new.split(' ').any(|token| !token.is_empty() && old.split(' ').all(|own| own != token))
        }
        (old, new) => old != new,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Scope;
    use crate::model::client::GrantType;
    use crate::protocol::samples;

    fn registered() -> Client {
        let mut client = samples::client();
        client.provenance = Provenance::Anybody;
        client.metadata.scope = Scope::parse("openid email profile").unwrap();
        client.metadata.grant_types = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
        client
    }

    #[test]
    fn what_an_operator_takes_away_is_noted_and_what_it_gives_is_not() {
        let before = registered();
        let mut after = (*before.metadata).clone();
        after.scope = Scope::parse("openid").unwrap();
        after.grant_types.push(GrantType::DeviceCode);
        after.client_name = Some("Renamed".to_owned());
        note(&before, &mut after);
        assert_eq!(after.doorward.decided, ["client_name", "scope"]);
        let narrowed = Client { metadata: Box::new(after), ..before.clone() };
        let mut again =
            ClientMetadata { grant_types: vec![GrantType::AuthorizationCode], ..(*before.metadata).clone() };
        note(&narrowed, &mut again);
        let own = Client { provenance: Provenance::Operator, ..before };
        assert_eq!(again.doorward.decided, ["client_name", "scope", "grant_types"], "what was noted stays");
        let mut other = ClientMetadata::default();
        note(&own, &mut other);
        assert!(other.doorward.decided.is_empty(), "a client of the operator's changes nothing by itself");
    }

    #[test]
    fn a_client_takes_nothing_back_that_was_taken() {
        let mut own = (*registered().metadata).clone();
        own.doorward.decided = vec!["scope".to_owned(), "grant_types".to_owned(), "require_auth_time".to_owned()];
        let mut less = ClientMetadata { grant_types: vec![GrantType::AuthorizationCode], ..own.clone() };
        less.scope = Scope::parse("openid phone").unwrap();
        assert_eq!(keep(&own, &mut less), Ok(()));
        assert_eq!(less.scope, Scope::parse("openid").unwrap());
        let mut more = own.clone();
        more.grant_types.push(GrantType::DeviceCode);
        assert_eq!(keep(&own, &mut more), Err("grant_types".to_owned()));
        let mut otherwise = ClientMetadata { require_auth_time: !own.require_auth_time, ..own.clone() };
        assert_eq!(keep(&own, &mut otherwise), Err("require_auth_time".to_owned()));
        let mut nothing_left = ClientMetadata { scope: Scope::parse("phone").unwrap(), ..own.clone() };
        assert_eq!(keep(&own, &mut nothing_left), Err("scope".to_owned()));
    }
}
