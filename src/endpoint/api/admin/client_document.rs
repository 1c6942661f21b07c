//! A client under the member names of RFC 7591 and OpenID Connect Registration, as programs send it and are told of it.
//! A test holds the members against those of the record.

use poem_openapi::types::{ParseFromJSON as _, ToJSON as _};
use poem_openapi::{Enum, Object};
use serde_json::Value;

use crate::base::Fault;
use crate::endpoint::failure::Failure;
use crate::model::client::{Client, ClientMetadata};
use crate::protocol::client_metadata::{mistakes, not_offered};
use crate::protocol::decided_members;
use crate::protocol::features::Features;

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
    /// What the authorization endpoint may answer with.
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
    /// `public` or `pairwise`.
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
    /// Its public keys (RFC 7517).
    jwks: Option<Value>,
    /// Where its public keys are.
    jwks_uri: Option<String>,
    /// The algorithm of its assertions.
    token_endpoint_auth_signing_alg: Option<ClientAlgorithm>,
    /// The subject of its certificate.
    tls_client_auth_subject_dn: Option<String>,
    /// A DNS name in its certificate.
    tls_client_auth_san_dns: Option<String>,
    /// A URI in its certificate.
    tls_client_auth_san_uri: Option<String>,
    /// An IP address in its certificate.
    tls_client_auth_san_ip: Option<String>,
    /// An e-mail address in its certificate.
    tls_client_auth_san_email: Option<String>,
    /// Whether its access tokens are always bound to its certificate.
    tls_client_certificate_bound_access_tokens: Option<bool>,
    /// Whether its access tokens are always bound to a DPoP key.
    dpop_bound_access_tokens: Option<bool>,
    /// Whether it must push its authorization requests.
    require_pushed_authorization_requests: Option<bool>,
    /// Whether its authorization requests must be signed.
    require_signed_request_object: Option<bool>,
    /// The algorithm of its request objects.
    request_object_signing_alg: Option<ClientAlgorithm>,
    /// Where its request objects may be fetched.
    request_uris: Option<Vec<String>>,
    /// The types of authorization details it may ask for.
    authorization_details_types: Option<Vec<String>>,
    /// The algorithm of its authorization responses as JWTs.
    authorization_signed_response_alg: Option<Algorithm>,
    /// How the key of its encrypted authorization responses is wrapped.
    authorization_encrypted_response_alg: Option<KeyEncryption>,
    /// How they are encrypted.
    authorization_encrypted_response_enc: Option<ContentEncryption>,
    /// How the key of its encrypted ID tokens is wrapped.
    id_token_encrypted_response_alg: Option<KeyEncryption>,
    /// How they are encrypted.
    id_token_encrypted_response_enc: Option<ContentEncryption>,
    /// How the key of its encrypted userinfo answers is wrapped.
    userinfo_encrypted_response_alg: Option<KeyEncryption>,
    /// How they are encrypted.
    userinfo_encrypted_response_enc: Option<ContentEncryption>,
    /// The algorithm of its introspection answers as JWTs.
    introspection_signed_response_alg: Option<Algorithm>,
    /// How the key of its encrypted introspection answers is wrapped.
    introspection_encrypted_response_alg: Option<KeyEncryption>,
    /// How they are encrypted.
    introspection_encrypted_response_enc: Option<ContentEncryption>,
    /// The document that lists the redirect URIs of all clients that share pairwise subjects with it.
    sector_identifier_uri: Option<String>,
    /// Where it is told of the end of a session.
    backchannel_logout_uri: Option<String>,
    /// Whether logout tokens for it must name the session.
    backchannel_logout_session_required: Option<bool>,
    /// What the browser loads at the end of a session.
    frontchannel_logout_uri: Option<String>,
    /// Whether that address is called with issuer and session.
    frontchannel_logout_session_required: Option<bool>,
    /// The software it is an installation of.
    software_id: Option<String>,
    /// The version of that software.
    software_version: Option<String>,
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
    /// The rules of a profile that it keeps beyond the usual ones.
    profile: Option<Profile>,
    /// Whether its access tokens are JWTs or can only be looked up.
    access_token_format: Option<AccessTokenFormat>,
    /// The algorithm of its access tokens.
    access_token_alg: Option<Algorithm>,
    /// The lifetime of its access tokens in seconds.
    access_token_seconds: Option<i64>,
    /// Whether the scopes' claims are put into the ID token too.
    claims_in_id_token: Option<bool>,
    /// The audiences it may exchange tokens for (RFC 8693); without any it may not exchange.
    token_exchange_audiences: Option<Vec<String>>,
    /// Whether it may exchange a token as if the person themselves asked.
    token_exchange_impersonation: Option<bool>,
    /// Whether it may exchange a token by showing who acts for the person.
    token_exchange_delegation: Option<bool>,
    /// The members that administrators took something from while the client changes itself (RFC 7592): it cannot make more
    /// of them. Kept when left out; what an administrator takes away is added.
    decided: Option<Vec<String>>,
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
    /// By an assertion signed with the secret.
    ClientSecretJwt,
    /// By an assertion signed with its private key.
    PrivateKeyJwt,
    /// By a certificate of a known authority.
    TlsClientAuth,
    /// By a registered certificate.
    SelfSignedTlsClientAuth,
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
    /// RFC 8628.
    #[oai(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
    /// RFC 8693.
    #[oai(rename = "urn:ietf:params:oauth:grant-type:token-exchange")]
    TokenExchange,
    /// RFC 7523 §2.1.
    #[oai(rename = "urn:ietf:params:oauth:grant-type:jwt-bearer")]
    JwtBearer,
    /// OpenID Connect CIBA Core.
    #[oai(rename = "urn:openid:params:grant-type:ciba")]
    Ciba,
}

/// A signature algorithm.
#[derive(Debug, Enum)]
enum Algorithm {
    /// RSA.
    #[oai(rename = "RS256")]
    Rs256,
    /// RSA with PSS, where it is switched on.
    #[oai(rename = "PS256")]
    Ps256,
    /// ECDSA on P-256.
    #[oai(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[oai(rename = "EdDSA")]
    EdDsa,
}

/// An algorithm of a client.
#[derive(Debug, Enum)]
enum ClientAlgorithm {
    /// RSA.
    #[oai(rename = "RS256")]
    Rs256,
    /// RSA with PSS.
    #[oai(rename = "PS256")]
    Ps256,
    /// ECDSA on P-256.
    #[oai(rename = "ES256")]
    Es256,
    /// ECDSA on P-384.
    #[oai(rename = "ES384")]
    Es384,
    /// Ed25519.
    #[oai(rename = "EdDSA")]
    EdDsa,
    /// HMAC with the client's secret, for assertions.
    #[oai(rename = "HS256")]
    Hs256,
}

/// How the key of encrypted content is wrapped.
#[derive(Debug, Enum)]
enum KeyEncryption {
    /// RSA-OAEP with SHA-256.
    #[oai(rename = "RSA-OAEP-256")]
    RsaOaep256,
    /// RSA-OAEP with SHA-1.
    #[oai(rename = "RSA-OAEP")]
    RsaOaep,
    /// Diffie-Hellman on P-256.
    #[oai(rename = "ECDH-ES")]
    EcdhEs,
    /// Diffie-Hellman on P-256 and key wrapping.
    #[oai(rename = "ECDH-ES+A256KW")]
    EcdhEsA256Kw,
}

/// How content is encrypted.
#[derive(Debug, Enum)]
enum ContentEncryption {
    /// AES-256 in GCM.
    #[oai(rename = "A256GCM")]
    A256Gcm,
    /// AES-128 in GCM.
    #[oai(rename = "A128GCM")]
    A128Gcm,
    /// AES-128 in CBC with HMAC.
    #[oai(rename = "A128CBC-HS256")]
    A128CbcHs256,
}

/// A set of rules that a client keeps as a whole.
#[derive(Debug, Enum)]
#[oai(rename = "ClientProfile", rename_all = "snake_case")]
enum Profile {
    /// FAPI 2.0 Security Profile.
    Fapi2,
    /// Model Context Protocol.
    Mcp,
}

/// What access tokens look like.
#[derive(Debug, Enum)]
#[oai(rename_all = "snake_case")]
enum AccessTokenFormat {
    /// Signed and readable.
    Jwt,
    /// Read by introspection only.
    Opaque,
}

impl ClientDocument {
    /// The metadata, if it keeps every rule; otherwise all that is wrong with it.
    pub fn metadata(&self, client_id: &str, features: &Features) -> Result<ClientMetadata, Failure> {
        if self.client_id.as_deref().is_some_and(|own| own != client_id) {
            return Err(unacceptable("client_id: cannot be changed.".to_owned()));
        }
        let mut value = self.to_json().unwrap_or_default();
        if let Some(members) = value.as_object_mut() {
            members.remove("client_id");
        }
        let metadata: ClientMetadata = serde_json::from_value(value)
            .map_err(|error| unacceptable(format!("The metadata cannot be used: {error}.")))?;
        let mut found = mistakes(client_id, &metadata);
        found.extend(not_offered(&metadata, features));
        if found.is_empty() {
            return Ok(metadata);
        }
        let sentences: Vec<String> = found.iter().map(|mistake| format!("{mistake}.")).collect();
        Err(unacceptable(sentences.join(" ")))
    }

    /// The metadata for a client that is there: with what was decided about it before, unless the document says that
    /// anew.
    pub fn revised(&self, client: &Client, features: &Features) -> Result<ClientMetadata, Failure> {
        let mut metadata = self.metadata(&client.client_id, features)?;
        let mut before = client.clone();
        if self.doorward.as_ref().is_some_and(|own| own.decided.is_some()) {
            before.metadata.doorward.decided.clear();
        }
        decided_members::note(&before, &mut metadata);
        Ok(metadata)
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

    #[test]
    fn every_member_of_a_client_goes_out_and_comes_back() {
        let full = ClientMetadata::full();
        let document = ClientDocument::of("app", &full).unwrap();
        let mut read = document.to_json().unwrap();
        read.as_object_mut().unwrap().remove("client_id");
        assert_eq!(serde_json::from_value::<ClientMetadata>(read).unwrap(), full);
        assert!(document.metadata("another", &Features::NONE).is_err());
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
        let Err(Failure::Unacceptable { code, detail }) = wrong.metadata("app", &Features::NONE) else {
            panic!("taken")
        };
        assert!(code == "invalid_client_metadata" && detail.contains("logo_uri"), "{detail}");
    }
}
