//! What a program may register by itself (RFC 7591 §2, §3; OpenID Connect Registration §2, §3): from its JSON to metadata
//! that keeps every rule, or the one error that the specifications name for what is wrong.
//!
//! Members that only operators decide are not read here, so nothing a program sends reaches them (DCR-05). Fetching what
//! addresses lead to, keys and signatures are not judged here.

mod members;
mod unregistrable;

use serde_json::{Map, Value};
use url::Url;

use super::client_metadata::{Problem, mistakes, signatures_off};
use super::decided_members;
use super::features::Features;
use super::subject::sector_of;
use crate::base::issuer::is_loopback_host;
use crate::base::{RedirectUri, Scope};
use crate::model::client::{ApplicationType, AuthMethod, ClientMetadata, GrantType, OwnMetadata, Profile};
use crate::model::key::ContentEncryption;
use members::{check_redirect_uris, check_values};
use unregistrable::{refusal, wrong};

pub use members::{SOFTWARE_STATEMENT, believe, members};
pub use unregistrable::Unregistrable;

/// The grant that an ID token from the authorization endpoint belongs to. What is issued follows from the response types
/// alone, so it is not kept.
pub(super) const IMPLICIT: &str = "implicit";

/// What the operator lets programs register.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// What is on.
    pub features: &'a Features,
    /// The scope they may have at most.
    pub scope: &'a Scope,
    /// Whether confidential ones must use PKCE, too.
    pub requires_pkce: bool,
    /// The resources they may ask tokens for.
    pub resources: &'a [String],
    /// The profile they keep.
    pub profile: Option<Profile>,
    /// What this very client is, where it exists already.
    pub kept: Option<&'a ClientMetadata>,
    /// The grants they may use, as far as these are on.
    pub grants: &'a [GrantType],
    /// The ways in which they may authenticate, as far as these are on.
    pub methods: &'a [AuthMethod],
}

impl Rules<'_> {
    /// The grants of a client that nobody vouches for.
    pub const GRANTS_OF_STRANGERS: [GrantType; 3] =
        [GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::DeviceCode];
    /// The grants of a client that brought a token of the operator. Those that need a policy are for operators.
    pub const GRANTS_BY_TOKEN: [GrantType; 5] = [
        GrantType::AuthorizationCode,
        GrantType::RefreshToken,
        GrantType::DeviceCode,
        GrantType::ClientCredentials,
        GrantType::Ciba,
    ];

    /// DCR-05: what only operators decide is theirs to change.
    fn own(&self) -> OwnMetadata {
        let of_new = || OwnMetadata {
            resources: self.resources.to_vec(),
            profile: self.profile,
            require_pkce: self.requires_pkce,
            ..OwnMetadata::default()
        };
        self.kept.map_or_else(of_new, |kept| kept.doorward.clone())
    }
}

/// The metadata that `members` describe under `client_id`, when it keeps every rule.
pub fn metadata(
    client_id: &str,
    mut members: Map<String, Value>,
    rules: &Rules<'_>,
) -> Result<ClientMetadata, Unregistrable> {
    members.remove(SOFTWARE_STATEMENT);
    check_redirect_uris(&members)?;
    take_implicit(&mut members, rules);
    check_values(&members)?;
    let asks_for_scope = members.contains_key("scope");
    let says_where_it_runs = members.contains_key("application_type");
    let mut metadata: ClientMetadata = serde_json::from_value(Value::Object(members))
        .map_err(|_| wrong("The metadata has a value of another kind than is registered."))?;
    if !says_where_it_runs && metadata.redirect_uris.iter().any(is_loopback) {
        // RFC 8252 §7.3: what listens on loopback runs on people's machines, on whatever port is free.
        metadata.application_type = ApplicationType::Native;
    }
    default_content_encryption(&mut metadata);
    narrow_scope(&mut metadata, asks_for_scope, rules)?;
    check_offer(&metadata, rules)?;
    metadata.doorward = rules.own();
    metadata.doorward.require_pkce |= metadata.token_endpoint_auth_method == AuthMethod::None;
    if let Some(kept) = rules.kept {
        keep_decided(kept, &mut metadata)?;
        keep_subjects(client_id, kept, &metadata)?;
    }
    let found = mistakes(client_id, &metadata);
    if found.is_empty() { Ok(metadata) } else { Err(refusal(&found)) }
}

/// Whether the client is one that a stranger registered and no operator decided anything about: when nothing rests on
/// it, it may be forgotten to make room for another. Each of its grants leaves a trace in what is granted, so that one
/// that is in use can be told from one that is not.
pub fn is_as_strangers_register(metadata: &ClientMetadata) -> bool {
    let own = &metadata.doorward;
    // What every such client is given, from settings that may have changed since.
    let given = OwnMetadata {
        require_pkce: own.require_pkce,
        resources: own.resources.clone(),
        profile: own.profile,
        ..OwnMetadata::default()
    };
    *own == given && metadata.grant_types.iter().all(|grant| Rules::GRANTS_OF_STRANGERS.contains(grant))
}

/// DCR-05: what the operator took from the client it does not take back, and what the operator trusted was the client at
/// the addresses it had then.
fn keep_decided(kept: &ClientMetadata, metadata: &mut ClientMetadata) -> Result<(), Unregistrable> {
    let goes_where_it_went = metadata.redirect_uris.iter().all(|uri| kept.redirect_uris.contains(uri));
    metadata.doorward.first_party &= goes_where_it_went;
    decided_members::keep(kept, metadata).map_err(|member| {
        let text = format!("{member}: was decided by the operator of this server, so it can only be made less.");
        if member == "redirect_uris" { Unregistrable::RedirectUri(text) } else { Unregistrable::Metadata(text) }
    })
}

/// OpenID Connect Core §8.1: people agreed to be known in one sector, and by one kind of subject. Tokens that the client
/// has would otherwise tell it who they are wherever it says it moved to.
fn keep_subjects(client_id: &str, kept: &ClientMetadata, metadata: &ClientMetadata) -> Result<(), Unregistrable> {
    if kept.is_pairwise() != metadata.is_pairwise() {
        return Err(wrong("subject_type: is chosen when the client registers."));
    }
    if metadata.is_pairwise() && sector_of(client_id, kept) != sector_of(client_id, metadata) {
        return Err(wrong("sector_identifier_uri: a client with pairwise subjects stays in its sector."));
    }
    Ok(())
}

fn is_loopback(uri: &RedirectUri) -> bool {
    let url = Url::parse(uri.as_str());
    url.is_ok_and(|url| url.scheme() == "http" && url.host().is_some_and(|host| is_loopback_host(&host)))
}

/// OpenID Connect Registration §2: the content encryption that goes with a key encryption when none is named.
fn default_content_encryption(metadata: &mut ClientMetadata) {
    for (alg, enc) in [
        (metadata.id_token_encrypted_response_alg, &mut metadata.id_token_encrypted_response_enc),
        (metadata.userinfo_encrypted_response_alg, &mut metadata.userinfo_encrypted_response_enc),
        (metadata.authorization_encrypted_response_alg, &mut metadata.authorization_encrypted_response_enc),
        (metadata.introspection_encrypted_response_alg, &mut metadata.introspection_encrypted_response_enc),
    ] {
        if alg.is_some() && enc.is_none() {
            *enc = Some(ContentEncryption::A128CbcHs256);
        }
    }
}

/// RFC 7591 §2.1 pairs the response types of the authorization endpoint with a grant that we have no name for.
fn take_implicit(members: &mut Map<String, Value>, rules: &Rules<'_>) {
    if let Some(grants) = members.get_mut("grant_types").and_then(Value::as_array_mut)
        && rules.features.front_channel_id_tokens
    {
        grants.retain(|grant| grant != IMPLICIT);
    }
}

/// RFC 7591 §3.2.1: what a program asked for too much of is left out, and the answer says what it has.
fn narrow_scope(metadata: &mut ClientMetadata, was_asked: bool, rules: &Rules<'_>) -> Result<(), Unregistrable> {
    let asked = std::mem::replace(&mut metadata.scope, rules.scope.clone());
    if was_asked {
        metadata.scope = asked.intersection(rules.scope);
        if metadata.scope.is_empty() && !asked.is_empty() {
            return Err(wrong("scope: has nothing that this client may ask for."));
        }
    }
    Ok(())
}

/// Whether everything the client wants to use is on, and for clients like it.
fn check_offer(metadata: &ClientMetadata, rules: &Rules<'_>) -> Result<(), Unregistrable> {
    let (features, grants) = (rules.features, rules.features.grant_types());
    if metadata.grant_types.iter().any(|grant| !grants.contains(grant) || !rules.grants.contains(grant)) {
        return Err(wrong("grant_types: has one that this client may not use here."));
    }
    let method = metadata.token_endpoint_auth_method;
    if !features.auth_methods().contains(&method) || !rules.methods.contains(&method) {
        return Err(wrong("token_endpoint_auth_method: is not one that this client may use here."));
    }
    if let Some(member) = signatures_off(metadata, features).next() {
        let text = Problem::SigningAlgorithmOff.expected();
        return Err(Unregistrable::Metadata(format!("{member}: {text}.")));
    }
    if metadata.is_pairwise() && !features.pairwise_subjects {
        return Err(wrong("subject_type: must be public here."));
    }
    check_sector_is_proven(metadata)
}

/// Whether a client with pairwise subjects gets tokens that do not pass through a redirect URI, so that these do not show
/// whose it is.
pub fn sector_needs_keys(metadata: &ClientMetadata) -> bool {
    metadata.is_pairwise()
        && [GrantType::DeviceCode, GrantType::Ciba].iter().any(|grant| metadata.grant_types.contains(grant))
}

/// CIBA Core §4, OpenID Connect Core §8.1: a sector is proven by its document, and that the client is meant there by keys
/// which the document lists. Redirect URIs of others can be listed by anybody who does not need them.
fn check_sector_is_proven(metadata: &ClientMetadata) -> Result<(), Unregistrable> {
    let is_alone = metadata.redirect_uris.is_empty() && metadata.sector_identifier_uri.is_none();
    if is_alone || !sector_needs_keys(metadata) {
        return Ok(());
    }
    if metadata.sector_identifier_uri.is_none() {
        return Err(wrong("sector_identifier_uri: is needed for pairwise subjects with this grant_types."));
    }
    if metadata.jwks_uri.is_none() || metadata.token_endpoint_auth_method != AuthMethod::PrivateKeyJwt {
        return Err(wrong("jwks_uri: is needed with private_key_jwt for this sector_identifier_uri and grant_types."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::bounds::REGISTRATION_MEMBERS_MAX;
    use crate::protocol::samples;

    fn read(document: Value, features: &Features) -> Result<ClientMetadata, Unregistrable> {
        let rules = Rules {
            features,
            scope: &ClientMetadata::default().scope,
            requires_pkce: true,
            resources: &[],
            profile: None,
            kept: None,
            grants: &Rules::GRANTS_OF_STRANGERS,
            methods: &AuthMethod::ALL,
        };
        metadata("app", members(document)?, &rules)
    }

    fn with(name: &str, value: Value) -> Value {
        let mut document = json!({ "redirect_uris": ["https://app.example/cb"] });
        document[name] = value;
        document
    }

    #[test]
    fn dcr_05_what_only_operators_decide_is_not_read() {
        let asked = json!({
            "redirect_uris": ["https://app.example/cb"],
            "doorward": {"first_party": true, "require_pkce": false, "resources": ["https://api.example"]},
            "first_party": true,
            "require_pkce": false,
            "disabled": false,
            "client_id": "admin",
            "client_secret": "mine",
            "unheard_of": [1],
        });
        let plain = read(json!({ "redirect_uris": ["https://app.example/cb"] }), &Features::NONE);
        assert_eq!(read(asked, &Features::NONE), plain);
        assert_eq!(
            plain.unwrap(),
            ClientMetadata { redirect_uris: samples::client().metadata.redirect_uris, ..ClientMetadata::default() }
        );
    }

    #[test]
    fn dcr_05_a_client_has_no_more_scopes_grants_and_methods_than_are_for_it() {
        let narrowed = read(with("scope", json!("openid admin email groups")), &Features::NONE).unwrap();
        assert_eq!(narrowed.scope, Scope::parse("openid email").unwrap());
        for (name, value) in [
            ("scope", json!("admin")),
            ("grant_types", json!(["client_credentials"])),
            ("grant_types", json!(["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"])),
            ("grant_types", json!(["password"])),
            ("token_endpoint_auth_method", json!("tls_client_auth")),
            ("token_endpoint_auth_method", json!("client_secret_jwt")),
            ("subject_type", json!("pairwise")),
        ] {
            let found = read(with(name, value.clone()), &Features::NONE);
            let Err(Unregistrable::Metadata(text)) = found else { panic!("{name} {value}: {found:?}") };
            assert!(text.starts_with(name), "{text}");
        }
    }

    #[test]
    fn dcr_08_odd_json_is_refused_and_named() {
        for document in [json!([]), json!(null), json!("x"), json!(1), with("contacts", json!([[[[[[[[[[1]]]]]]]]]]))] {
            assert!(matches!(read(document, &Features::NONE), Err(Unregistrable::Metadata(_))));
        }
        let many: Map<String, Value> =
            (0..=REGISTRATION_MEMBERS_MAX).map(|index| (format!("m{index}"), json!(1))).collect();
        assert!(matches!(read(Value::Object(many), &Features::NONE), Err(Unregistrable::Metadata(_))));
        for value in [json!(1), json!({}), json!(["web"])] {
            let found = read(with("application_type", value), &Features::NONE);
            assert!(matches!(found, Err(Unregistrable::Metadata(text)) if text.starts_with("application_type")));
        }
    }

    #[test]
    fn rfc7591_3_2_2_whatever_is_wrong_with_a_redirect_uri_has_an_error_of_its_own() {
        for uris in [
            json!(["https://app.example/cb#x"]),
            json!(["javascript:alert(1)"]),
            json!(["https://app.example/cb", 7]),
            json!("https://app.example/cb"),
            json!([]),
            json!(["http://app.example/cb"]),
            json!(["com.example:/cb"]),
        ] {
            let found = read(with("redirect_uris", uris.clone()), &Features::NONE);
            assert!(matches!(found, Err(Unregistrable::RedirectUri(_))), "{uris}: {found:?}");
        }
    }
}
