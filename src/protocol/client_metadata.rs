//! Registration: from what an operator wrote to a client that may exist (RFC 7591 §2, OpenID Connect Registration §2).
//! All mistakes are found at once.
//!
//! Names and types of members are checked where the file is read; making and rotating secrets is not done here.

pub(super) mod address;
mod descriptions;
mod encryption;
mod grants;
mod logout;
mod mcp;
mod mistake;
mod own;
mod redirects;
mod subjects;

use super::client_keys;
use super::features::Features;
use crate::base::Timestamp;
use crate::base::bounds::{CLIENT_ID_BYTES_MAX, CLIENT_LIST_MAX};
use crate::model::client::{Client, ClientMetadata, ClientSecret, Provenance};

pub use mistake::{Mistake, Problem};

/// A new client that keeps every rule, or all that is wrong with it.
pub fn register(
    client_id: &str,
    metadata: ClientMetadata,
    secrets: Vec<ClientSecret>,
    now: Timestamp,
) -> Result<Client, Vec<Mistake>> {
    let client_id = client_id.to_owned();
    let metadata = Box::new(metadata);
    let client = Client {
        client_id,
        metadata,
        secrets,
        created_at: now,
        updated_at: now,
        disabled_at: None,
        provenance: Provenance::Operator,
    };
    keeping_the_rules(client)
}

/// `client` under new metadata, or all that is wrong with it. Secrets, age and being disabled stay (DCR-10).
pub fn revise(client: Client, metadata: ClientMetadata, now: Timestamp) -> Result<Client, Vec<Mistake>> {
    keeping_the_rules(Client { metadata: Box::new(metadata), updated_at: now, ..client })
}

fn keeping_the_rules(client: Client) -> Result<Client, Vec<Mistake>> {
    let mistakes = mistakes(&client.client_id, &client.metadata);
    if mistakes.is_empty() { Ok(client) } else { Err(mistakes) }
}

/// All that is wrong with `metadata` under `client_id`; empty when it may be registered.
pub fn mistakes(client_id: &str, metadata: &ClientMetadata) -> Vec<Mistake> {
    let mut found = Found(Vec::new());
    found.check("client_id", is_client_id(client_id), Problem::ClientId);
    descriptions::check(&mut found, metadata);
    redirects::check(&mut found, metadata);
    logout::check(&mut found, metadata);
    grants::check(&mut found, metadata);
    own::check_defaults(&mut found, metadata);
    own::check_own(&mut found, metadata);
    encryption::check(&mut found, metadata);
    subjects::check(&mut found, metadata);
    mcp::check(&mut found, metadata);
    client_keys::check(&mut found, metadata);
    found.0
}

/// What is wrong with metadata, sound in itself, at a server with these `features`.
pub fn not_offered(metadata: &ClientMetadata, features: &Features) -> Vec<Mistake> {
    let mut found = Found(Vec::new());
    // It could not authenticate, and the operator would look for the reason elsewhere.
    let is_on = features.auth_methods().contains(&metadata.token_endpoint_auth_method);
    found.check("token_endpoint_auth_method", is_on, Problem::AuthMethodOff);
    for member in signatures_off(metadata, features) {
        found.check(member, false, Problem::SigningAlgorithmOff);
    }
    found.0
}

/// The members by which a client asks for signatures of ours that are not on.
pub fn signatures_off(metadata: &ClientMetadata, features: &Features) -> impl Iterator<Item = &'static str> {
    let offered = features.signing_algorithms();
    [
        ("id_token_signed_response_alg", Some(metadata.id_token_signed_response_alg)),
        ("userinfo_signed_response_alg", metadata.userinfo_signed_response_alg),
        ("authorization_signed_response_alg", metadata.authorization_signed_response_alg),
        ("introspection_signed_response_alg", metadata.introspection_signed_response_alg),
        ("doorward.access_token_alg", metadata.doorward.access_token_alg),
    ]
    .into_iter()
    .filter(|(_, algorithm)| algorithm.is_some_and(|algorithm| !offered.contains(&algorithm)))
    .map(|(member, _)| member)
}

/// What was found so far.
pub(super) struct Found(Vec<Mistake>);

impl Found {
    pub(super) fn check(&mut self, member: impl Into<String>, is_right: bool, problem: Problem) {
        if !is_right {
            self.0.push(Mistake { member: member.into(), problem });
        }
    }

    /// Checks the length of a list, that nothing is in it twice, and each entry.
    fn check_list<T: PartialEq>(&mut self, member: &str, list: &[T], problem: Problem, is_right: impl Fn(&T) -> bool) {
        self.check(member, list.len() <= CLIENT_LIST_MAX, Problem::TooMany);
        for (index, entry) in list.iter().enumerate().take(CLIENT_LIST_MAX) {
            self.check(format!("{member}[{index}]"), is_right(entry), problem);
            self.check(format!("{member}[{index}]"), !list[..index].contains(entry), Problem::Repeated);
        }
    }
}

fn is_client_id(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/@+".contains(&byte);
    (1..=CLIENT_ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::RedirectUri;
    use crate::model::key::SigningAlgorithm;
    use crate::protocol::samples::{self, NOW};

    pub(super) fn wrong(change: impl FnOnce(&mut ClientMetadata)) -> Vec<(String, Problem)> {
        let mut metadata = *samples::client().metadata;
        change(&mut metadata);
        mistakes("acme", &metadata).into_iter().map(|mistake| (mistake.member, mistake.problem)).collect()
    }

    pub(super) fn one(member: &str, problem: Problem) -> Vec<(String, Problem)> {
        vec![(member.to_owned(), problem)]
    }

    pub(super) fn uri(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap()
    }

    #[test]
    fn a_client_that_keeps_the_rules_is_registered_and_revised() {
        let metadata = *samples::client().metadata;
        let client = register("acme", metadata.clone(), Vec::new(), NOW).unwrap();
        assert_eq!(client, samples::client());
        let disabled = Client { disabled_at: Some(NOW), ..client };
        let revised = revise(disabled, metadata, NOW.plus_seconds(1)).unwrap();
        assert_eq!((revised.disabled_at, revised.created_at), (Some(NOW), NOW));
        assert_eq!(revised.updated_at, NOW.plus_seconds(1));
    }

    #[test]
    fn all_mistakes_are_found_at_once() {
        let mut metadata = *samples::client().metadata;
        metadata.redirect_uris.clear();
        metadata.subject_type = Some("secret".into());
        metadata.logo_uri = Some("javascript:alert(1)".into());
        let found = register("no blanks", metadata.clone(), Vec::new(), NOW).unwrap_err();
        let members: Vec<_> = found.iter().map(|mistake| mistake.member.as_str()).collect();
        assert_eq!(members, ["client_id", "logo_uri", "redirect_uris", "subject_type"]);
        assert_eq!(found[1].to_string(), "logo_uri: must be an https address, or http on a loopback host");
        assert_eq!(revise(samples::client(), metadata, NOW).unwrap_err().len(), 3);
    }

    #[test]
    fn rfc7518_3_5_signatures_that_are_off_are_told_member_by_member() {
        let mut metadata = *samples::client().metadata;
        let ps256 = SigningAlgorithm::PS256;
        metadata.id_token_signed_response_alg = ps256;
        metadata.userinfo_signed_response_alg = Some(ps256);
        metadata.authorization_signed_response_alg = Some(ps256);
        metadata.introspection_signed_response_alg = Some(ps256);
        metadata.doorward.access_token_alg = Some(ps256);
        let said: Vec<String> = not_offered(&metadata, &Features::NONE).iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 5);
        let sentence = "must be an algorithm that is switched on here, one of those in the metadata";
        assert_eq!(said[0], format!("id_token_signed_response_alg: {sentence}"));
        assert_eq!(said[4], format!("doorward.access_token_alg: {sentence}"));
        let on = Features { ps256_signatures: true, ..Features::NONE };
        assert!(not_offered(&metadata, &on).is_empty());
        assert!(not_offered(&samples::client().metadata, &Features::NONE).is_empty());
    }

    #[test]
    fn client_ids_are_short_and_plain() {
        for (id, is_right) in [
            ("acme", true),
            ("https://app.example/client+1~x_y@z:8", true),
            ("", false),
            ("a b", false),
            ("a%b", false),
            ("a\"b", false),
            ("ä", false),
            (&"a".repeat(CLIENT_ID_BYTES_MAX), true),
            (&"a".repeat(CLIENT_ID_BYTES_MAX + 1), false),
        ] {
            assert_eq!(mistakes(id, &samples::client().metadata).is_empty(), is_right, "{id}");
        }
    }
}
