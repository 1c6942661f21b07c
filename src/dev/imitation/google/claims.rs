//! What the imitated Google says of somebody, in an ID token and by userinfo. Plain functions of what was asked for and
//! of the switches.

use serde_json::{Map, Value, json};

use super::{Given, Granted, Quirk};
use crate::base::bounds::IMITATION_TOKEN_SECONDS;
use crate::base::{Issuer, Timestamp};
use crate::dev::imitation::switches::Switches;
use crate::jose::hash_claim;
use crate::model::key::SigningAlgorithm;

/// A nonce that nobody asked for.
const WRONG_NONCE: &str = "a-nonce-of-somebody-else";

/// The claims of an ID token (federation 2.1, 2.3, 2.5).
pub(super) fn id_token(
    own: &Issuer,
    given: &Given,
    access_token: &str,
    switches: &Switches<Quirk>,
    now: Timestamp,
) -> Value {
    let client_id = given.client.client_id;
    let mut claims = person(&given.granted, switches);
    claims.extend([
        ("iss".to_owned(), iss(own, switches).into()),
        ("azp".to_owned(), client_id.into()),
        ("aud".to_owned(), client_id.into()),
        ("at_hash".to_owned(), hash_claim(SigningAlgorithm::RS256, access_token).into()),
        ("iat".to_owned(), now.seconds().into()),
        ("exp".to_owned(), now.plus_seconds(IMITATION_TOKEN_SECONDS).seconds().into()),
    ]);
    if switches.has(Quirk::WrongNonce) {
        claims.insert("nonce".to_owned(), WRONG_NONCE.into());
    } else if let Some(nonce) = &given.nonce {
        claims.insert("nonce".to_owned(), nonce.as_str().into());
    }
    claims.into()
}

/// What the scopes let be told.
pub(super) fn person(granted: &Granted, switches: &Switches<Quirk>) -> Map<String, Value> {
    let (person, has) = (granted.person, |scope: &str| granted.scopes.iter().any(|own| own == scope));
    let mut claims = Map::from_iter([("sub".to_owned(), Value::from(person.sub))]);
    let mut add = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    if let Some(hd) = person.hd.filter(|_| !switches.has(Quirk::WithoutHd)) {
        add("hd", hd.into());
    }
    if has("email") {
        add("email", person.email.into());
        add("email_verified", json!(person.email_verified && !switches.has(Quirk::UnverifiedAddress)));
    }
    if has("profile") {
        add("name", person.name.into());
        add("given_name", person.given_name.into());
        add("family_name", person.family_name.into());
        if let Some(picture) = person.picture {
            add("picture", picture.into());
        }
    }
    claims
}

// Federation 2.1: Google writes its name in two ways. Ours has a path besides the host.
fn iss(own: &Issuer, switches: &Switches<Quirk>) -> String {
    let full = super::issuer(own);
    match full.split_once("://") {
        Some((_, bare)) if switches.has(Quirk::BareIss) => bare.to_owned(),
        _ => full,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dev::imitation::GOOGLE_CLIENT;
    use crate::dev::imitation::google::people::PEOPLE;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn claims(person: usize, scopes: &[&str], on: &[Quirk]) -> Value {
        let own = Issuer::parse("http://localhost:8080").unwrap();
        let granted =
            Granted { person: &PEOPLE[person], scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect() };
        let nonce = Some("n".to_owned());
        let given = Given { client: GOOGLE_CLIENT, redirect_uri: String::new(), challenge: None, nonce, granted };
        id_token(&own, &given, "ya29.x", &Switches::only(on), NOW)
    }

    #[test]
    fn fed_2_1_the_imitation_writes_its_name_in_both_ways() {
        assert_eq!(claims(0, &["openid"], &[])["iss"], "http://localhost:8080/dev/google");
        assert_eq!(claims(0, &["openid"], &[Quirk::BareIss])["iss"], "localhost:8080/dev/google");
    }

    #[test]
    fn fed_2_5_hd_is_told_of_workspace_accounts_unless_it_is_switched_off() {
        let all = ["openid", "email", "profile"];
        assert_eq!(claims(2, &all, &[])["hd"], "workspace.example");
        assert_eq!(claims(0, &all, &[]).get("hd"), None);
        assert_eq!(claims(2, &all, &[Quirk::WithoutHd]).get("hd"), None);
    }

    #[test]
    fn nothing_is_told_that_was_not_asked_for() {
        let told = claims(1, &["openid"], &[]);
        let names: Vec<&String> = told.as_object().unwrap().keys().collect();
        assert_eq!(names, ["at_hash", "aud", "azp", "exp", "hd", "iat", "iss", "nonce", "sub"]);
    }
}
