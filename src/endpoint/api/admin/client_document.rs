//! A client under the member names of RFC 7591 and OpenID Connect Registration, as programs send it and are told of it.
//! A test holds the members against those of the record.

use poem_openapi::types::{ParseFromJSON as _, ToJSON as _};
use poem_openapi::{Enum, Object};
use serde_json::Value;

use crate::base::Fault;
use crate::endpoint::failure::Failure;
use crate::model::client::{Client, ClientMetadata};
use crate::protocol::client_metadata::mistakes;

/// What a client shall be. Members left out take their defaults; a PUT replaces the whole.
#[derive(Debug, Object)]
#[oai(rename = "ClientMetadata", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ClientDocument {
    /// Its name in every request. A new client without one is given one; it never changes.
    pub client_id: Option<String>,
    /// The name people see.
    client_name: Option<String>,
    /// Where answers may go, compared exactly.
    redirect_uris: Option<Vec<String>>,
    /// Where people may be sent after logout, compared exactly.
    post_logout_redirect_uris: Option<Vec<String>>,
    /// Whether it runs on people's machines.
    application_type: Option<ApplicationType>,
    /// How it authenticates at the token endpoint.
    token_endpoint_auth_method: Option<AuthMethod>,
    /// The grants it may use.
    grant_types: Option<Vec<GrantType>>,
    /// Only `code`.
    response_types: Option<Vec<String>>,
    /// The scope it may ask for.
    scope: Option<String>,
    /// People responsible for it.
    contacts: Option<Vec<String>>,
    /// Its home page.
    client_uri: Option<String>,
    /// Its logo.
    logo_uri: Option<String>,
    /// Its privacy policy.
    policy_uri: Option<String>,
    /// Its terms of service.
    tos_uri: Option<String>,
    /// Only `public`.
    subject_type: Option<String>,
    /// The algorithm of its ID tokens.
    id_token_signed_response_alg: Option<Algorithm>,
    /// The algorithm of its userinfo answers; JSON when left out.
    userinfo_signed_response_alg: Option<Algorithm>,
    /// The `max_age` that holds when a request has none, in seconds.
    default_max_age: Option<i64>,
    /// Whether `auth_time` is always in its ID tokens.
    require_auth_time: Option<bool>,
    /// The authentication contexts wanted when a request names none.
    default_acr_values: Option<Vec<String>>,
    /// Where a third party may start a sign-in.
    initiate_login_uri: Option<String>,
    /// Members of our own.
    doorward: Option<OwnDocument>,
}

/// What Doorward adds to a client's metadata.
#[derive(Debug, Object)]
#[oai(rename = "ClientMetadataOfOurOwn", deny_unknown_fields, skip_serializing_if_is_none)]
struct OwnDocument {
    /// The operator's own app: people are not asked for consent.
    first_party: Option<bool>,
    /// Whether PKCE is demanded.
    require_pkce: Option<bool>,
    /// The resources (RFC 8707) its access tokens may be for.
    resources: Option<Vec<String>>,
    /// Further origins whose scripts may read answers.
    allowed_origins: Option<Vec<String>>,
    /// The algorithm of its access tokens.
    access_token_alg: Option<Algorithm>,
    /// The lifetime of its access tokens in seconds.
    access_token_seconds: Option<i64>,
    /// Whether the scopes' claims are put into the ID token too.
    claims_in_id_token: Option<bool>,
}

/// Where a client runs.
#[derive(Debug, Enum)]
#[oai(rename_all = "snake_case")]
enum ApplicationType {
    /// On a server or in a browser.
    Web,
    /// On people's machines.
    Native,
}

/// How a client authenticates.
#[derive(Debug, Enum)]
#[oai(rename_all = "snake_case")]
enum AuthMethod {
    /// By the secret in the Authorization header.
    ClientSecretBasic,
    /// By the secret in the form.
    ClientSecretPost,
    /// Not at all: a public client.
    None,
}

/// A grant.
#[derive(Debug, Enum)]
#[oai(rename_all = "snake_case")]
enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.4.
    ClientCredentials,
}

/// A signature algorithm.
#[derive(Debug, Enum)]
enum Algorithm {
    /// RSA.
    #[oai(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256.
    #[oai(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[oai(rename = "EdDSA")]
    EdDsa,
}

impl ClientDocument {
    /// The metadata, if it keeps every rule; otherwise all that is wrong with it.
    pub fn metadata(&self, client_id: &str) -> Result<ClientMetadata, Failure> {
        if self.client_id.as_deref().is_some_and(|own| own != client_id) {
            return Err(unacceptable("client_id: cannot be changed.".to_owned()));
        }
        let mut value = self.to_json().unwrap_or_default();
        if let Some(members) = value.as_object_mut() {
            members.remove("client_id");
        }
        let metadata: ClientMetadata = serde_json::from_value(value)
            .map_err(|error| unacceptable(format!("The metadata cannot be used: {error}.")))?;
        let found = mistakes(client_id, &metadata);
        if found.is_empty() {
            return Ok(metadata);
        }
        let sentences: Vec<String> = found.iter().map(|mistake| format!("{mistake}.")).collect();
        Err(unacceptable(sentences.join(" ")))
    }

    /// What is registered.
    pub fn of(client_id: &str, metadata: &ClientMetadata) -> Result<Self, Fault> {
        let mut value = serde_json::to_value(metadata).map_err(Fault::broken)?;
        value["client_id"] = client_id.into();
        Self::parse_from_json(Some(value)).map_err(|error| Fault::broken(error.into_message()))
    }
}

/// RFC 7591 §3.2.2 names it.
fn unacceptable(detail: String) -> Failure {
    Failure::Unacceptable { code: "invalid_client_metadata", detail }
}

/// The top members in which two versions differ, for the audit log.
pub fn changed_members(before: &Client, after: &ClientMetadata) -> Vec<Value> {
    let (before, after) = (serde_json::json!(before.metadata), serde_json::json!(after));
    let members = |value: &Value| value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let mut names: Vec<String> = members(&before);
    names.extend::<Vec<String>>(members(&after));
    names.sort_unstable();
    names.dedup();
    names.into_iter().filter(|name| before.get(name) != after.get(name)).map(Value::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::RedirectUri;
    use crate::model::client::OwnMetadata;
    use crate::model::key::SigningAlgorithm;

    #[test]
    fn every_member_of_a_client_goes_out_and_comes_back() {
        let uri = RedirectUri::parse("https://app.example/").unwrap();
        let text = || Some("https://app.example/".to_owned());
        let full = ClientMetadata {
            client_name: Some("App".to_owned()),
            redirect_uris: vec![uri.clone()],
            post_logout_redirect_uris: vec![uri],
            contacts: vec!["x".to_owned()],
            client_uri: text(),
            logo_uri: text(),
            policy_uri: text(),
            tos_uri: text(),
            subject_type: Some("public".to_owned()),
            userinfo_signed_response_alg: Some(SigningAlgorithm::EdDSA),
            default_max_age: Some(1),
            require_auth_time: true,
            default_acr_values: vec!["1".to_owned()],
            initiate_login_uri: text(),
            doorward: OwnMetadata {
                first_party: true,
                resources: vec!["https://api.example".to_owned()],
                allowed_origins: vec!["https://app.example".to_owned()],
                access_token_alg: Some(SigningAlgorithm::ES256),
                access_token_seconds: Some(60),
                claims_in_id_token: true,
                ..OwnMetadata::default()
            },
            ..ClientMetadata::default()
        };
        let document = ClientDocument::of("app", &full).unwrap();
        assert_eq!(document.metadata("app").unwrap(), full);
        assert!(document.metadata("another").is_err());
        let mut shown = document.to_json().unwrap();
        assert_eq!(shown.as_object_mut().unwrap().remove("client_id"), Some("app".into()));
        assert_eq!(shown, serde_json::json!(full), "no member is missing in the document");
    }

    #[test]
    fn dcr_05_unknown_members_are_refused_by_name_and_rules_are_kept() {
        let unknown = serde_json::json!({"redirect_uris": ["https://app.example/"], "disabled": true});
        assert!(ClientDocument::parse_from_json(Some(unknown)).unwrap_err().into_message().contains("disabled"));
        let wrong = serde_json::json!({"redirect_uris": ["https://app.example/"], "logo_uri": "javascript:alert(1)"});
        let wrong = ClientDocument::parse_from_json(Some(wrong)).unwrap();
        let Err(Failure::Unacceptable { code, detail }) = wrong.metadata("app") else { panic!("taken") };
        assert!(code == "invalid_client_metadata" && detail.contains("logo_uri"), "{detail}");
    }
}
