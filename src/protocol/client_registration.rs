//! What a program may register by itself (RFC 7591 §2, §3; OpenID Connect Registration §2, §3): from its JSON to metadata
//! that keeps every rule, or the one error that the specifications name for what is wrong.
//!
//! Members that only operators decide are not read here, so nothing a program sends reaches them (DCR-05). Fetching what
//! addresses lead to, keys and signatures are not judged here.

use serde_json::{Map, Value};
use url::Url;

use super::client_metadata::{Mistake, mistakes};
use super::decided_members;
use super::features::Features;
use super::subject::sector_of;
use crate::base::bounds::{CLIENT_LIST_MAX, CLOCK_SKEW_SECONDS, REGISTRATION_DEPTH_MAX, REGISTRATION_MEMBERS_MAX};
use crate::base::issuer::is_loopback_host;
use crate::base::{RedirectUri, Scope, Timestamp};
use crate::model::client::{ApplicationType, AuthMethod, ClientMetadata, GrantType, OwnMetadata, Profile};
use crate::model::key::ContentEncryption;

/// The members a program may register. A test holds them against those of the record.
const MEMBERS: [&str; 53] = [
    "client_name",
    "redirect_uris",
    "post_logout_redirect_uris",
    "application_type",
    "token_endpoint_auth_method",
    "grant_types",
    "response_types",
    "scope",
    "contacts",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "subject_type",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "default_max_age",
    "require_auth_time",
    "default_acr_values",
    "initiate_login_uri",
    "jwks",
    "jwks_uri",
    "token_endpoint_auth_signing_alg",
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
    "tls_client_certificate_bound_access_tokens",
    "dpop_bound_access_tokens",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "request_object_signing_alg",
    "request_uris",
    "authorization_details_types",
    "authorization_signed_response_alg",
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "introspection_signed_response_alg",
    "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc",
    "sector_identifier_uri",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "software_id",
    "software_version",
    SOFTWARE_STATEMENT,
];
/// The member that holds a software statement (RFC 7591 §2.3).
pub const SOFTWARE_STATEMENT: &str = "software_statement";
/// The grant that an ID token from the authorization endpoint belongs to. What is issued follows from the response types
/// alone, so it is not kept.
pub(super) const IMPLICIT: &str = "implicit";

/// Why a registration is refused (RFC 7591 §3.2.2), with a sentence for whoever wrote the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unregistrable {
    /// A redirect URI that cannot be registered.
    RedirectUri(String),
    /// Anything else about the metadata.
    Metadata(String),
    /// A software statement that cannot be believed.
    StatementInvalid,
    /// A software statement of somebody we do not know.
    StatementUnapproved,
}

impl Unregistrable {
    /// The value of `error`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RedirectUri(_) => "invalid_redirect_uri",
            Self::Metadata(_) => "invalid_client_metadata",
            Self::StatementInvalid => "invalid_software_statement",
            Self::StatementUnapproved => "unapproved_software_statement",
        }
    }

    /// The value of `error_description`.
    pub fn description(self) -> String {
        match self {
            Self::RedirectUri(text) | Self::Metadata(text) => text,
            Self::StatementInvalid => "The software statement cannot be believed.".to_owned(),
            Self::StatementUnapproved => "The issuer of the software statement is not known here.".to_owned(),
        }
    }
}

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

/// The members of a registration that are read at all.
pub fn members(document: Value) -> Result<Map<String, Value>, Unregistrable> {
    let Value::Object(mut members) = document else { return Err(wrong("The body must be a JSON object.")) };
    // DCR-08
    if members.len() > REGISTRATION_MEMBERS_MAX
        || members.values().any(|value| depth_exceeds(value, REGISTRATION_DEPTH_MAX))
    {
        return Err(wrong("The metadata has more members, or deeper ones, than are read."));
    }
    // RFC 7591 §2: members that are not understood are ignored. RFC 7592 §2.2: null is the same as left out.
    members.retain(|name, value| MEMBERS.contains(&name.as_str()) && !value.is_null());
    Ok(members)
}

/// Puts the claims of a software statement, whose signature was verified, in the place of what the program says itself.
// RFC 7591 §2.3: what the statement says takes precedence.
pub fn believe(
    members: &mut Map<String, Value>,
    claims: Map<String, Value>,
    now: Timestamp,
) -> Result<(), Unregistrable> {
    let is_over = |claim: &Value| claim.as_i64().is_none_or(|end| now.seconds() >= end);
    let is_to_come = |claim: &Value| claim.as_i64().is_none_or(|begin| now.seconds() + CLOCK_SKEW_SECONDS < begin);
    if claims.get("exp").is_some_and(is_over) || claims.get("nbf").is_some_and(is_to_come) {
        return Err(Unregistrable::StatementInvalid);
    }
    members.extend(self::members(Value::Object(claims))?);
    Ok(())
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
    let is_pairwise = |metadata: &ClientMetadata| metadata.subject_type.as_deref() == Some("pairwise");
    if is_pairwise(kept) != is_pairwise(metadata) {
        return Err(wrong("subject_type: is chosen when the client registers."));
    }
    if is_pairwise(metadata) && sector_of(client_id, kept) != sector_of(client_id, metadata) {
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

fn wrong(sentence: &str) -> Unregistrable {
    Unregistrable::Metadata(sentence.to_owned())
}

fn refusal(found: &[Mistake]) -> Unregistrable {
    let sentences: Vec<String> = found.iter().map(|mistake| format!("{mistake}.")).collect();
    let text = sentences.join(" ");
    let is_about_redirects = found.iter().any(|mistake| mistake.member.starts_with("redirect_uris"));
    if is_about_redirects { Unregistrable::RedirectUri(text) } else { Unregistrable::Metadata(text) }
}

fn check_redirect_uris(members: &Map<String, Value>) -> Result<(), Unregistrable> {
    let refused = |text: String| Err(Unregistrable::RedirectUri(text));
    let Some(uris) = members.get("redirect_uris") else { return Ok(()) };
    let Some(uris) = uris.as_array().filter(|uris| uris.len() <= CLIENT_LIST_MAX) else {
        return refused("redirect_uris: must be a list that is not too long.".to_owned());
    };
    for (index, uri) in uris.iter().enumerate() {
        let Some(text) = uri.as_str() else { return refused(format!("redirect_uris[{index}]: must be text.")) };
        if let Err(problem) = RedirectUri::parse(text) {
            return refused(format!("redirect_uris[{index}]: {problem}."));
        }
    }
    Ok(())
}

/// RFC 7591 §2.1 pairs the response types of the authorization endpoint with a grant that we have no name for.
fn take_implicit(members: &mut Map<String, Value>, rules: &Rules<'_>) {
    if let Some(grants) = members.get_mut("grant_types").and_then(Value::as_array_mut)
        && rules.features.front_channel_id_tokens
    {
        grants.retain(|grant| grant != IMPLICIT);
    }
}

/// Says which member has a value that no record can hold.
fn check_values(members: &Map<String, Value>) -> Result<(), Unregistrable> {
    for (name, value) in members {
        let alone = Value::Object(Map::from_iter([(name.clone(), value.clone())]));
        if serde_json::from_value::<ClientMetadata>(alone).is_err() {
            return Err(Unregistrable::Metadata(format!("{name}: has a value that this server does not take.")));
        }
    }
    Ok(())
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
    if metadata.subject_type.as_deref() == Some("pairwise") && !features.pairwise_subjects {
        return Err(wrong("subject_type: must be public here."));
    }
    check_sector_is_proven(metadata)
}

/// Whether a client with pairwise subjects gets tokens that do not pass through a redirect URI, so that these do not show
/// whose it is.
pub fn sector_needs_keys(metadata: &ClientMetadata) -> bool {
    let is_pairwise = metadata.subject_type.as_deref() == Some("pairwise");
    is_pairwise && [GrantType::DeviceCode, GrantType::Ciba].iter().any(|grant| metadata.grant_types.contains(grant))
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

fn depth_exceeds(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(items) => left == 0 || items.iter().any(|item| depth_exceeds(item, left - 1)),
        Value::Object(members) => left == 0 || members.values().any(|member| depth_exceeds(member, left - 1)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
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
    fn every_member_of_a_client_but_ours_can_be_registered() {
        let Value::Object(full) = json!(ClientMetadata::full()) else { panic!("no object") };
        let mut names: Vec<&str> = full.keys().map(String::as_str).filter(|name| *name != "doorward").collect();
        names.push("software_statement");
        let mut listed = MEMBERS.to_vec();
        names.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, names);
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
