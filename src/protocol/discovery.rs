//! Metadata: one document for OpenID Connect Discovery 1.0 §3 and for RFC 8414 §2, so that they cannot disagree
//! (DISC-09).
//!
//! It is computed from what is mounted and never from a request (DISC-02). Every member is a registered one.

mod mounted;

use serde::Serialize;

use super::features::Features;
use super::{acr, client_registration, pkce, response_type, scope_policy};
use crate::model::client::{AuthMethod, GrantType};
use crate::model::key::{ClientAlgorithm, ContentEncryption, KeyEncryption, SigningAlgorithm};

pub use mounted::{Mounted, Paths};

/// The metadata document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the members are documented by the specifications that register them")]
#[allow(clippy::struct_excessive_bools, reason = "each is a member of its own")]
pub struct Metadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_challenge_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushed_authorization_request_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_pushed_authorization_requests: Option<bool>,
    pub token_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_endpoint: Option<String>,
    pub jwks_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_session_iframe: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub backchannel_logout_supported: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub backchannel_logout_session_supported: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub frontchannel_logout_supported: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub frontchannel_logout_session_supported: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    // Client ID Metadata Document §5.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub client_id_metadata_document_supported: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_authorization_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_authentication_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub backchannel_token_delivery_modes_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_user_code_parameter_supported: Option<bool>,
    pub scopes_supported: Vec<&'static str>,
    pub response_types_supported: Vec<&'static str>,
    pub response_modes_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_signing_alg_values_supported: Vec<SigningAlgorithm>,
    pub grant_types_supported: Vec<&'static str>,
    pub code_challenge_methods_supported: [&'static str; 1],
    pub authorization_response_iss_parameter_supported: bool,
    pub prompt_values_supported: Vec<&'static str>,
    pub acr_values_supported: Vec<&'static str>,
    pub subject_types_supported: Vec<&'static str>,
    pub id_token_signing_alg_values_supported: Vec<SigningAlgorithm>,
    pub id_token_encryption_alg_values_supported: [KeyEncryption; 4],
    pub id_token_encryption_enc_values_supported: [ContentEncryption; 3],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo_signing_alg_values_supported: Vec<SigningAlgorithm>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo_encryption_alg_values_supported: Vec<KeyEncryption>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo_encryption_enc_values_supported: Vec<ContentEncryption>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_signing_alg_values_supported: Vec<SigningAlgorithm>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_encryption_alg_values_supported: Vec<KeyEncryption>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_encryption_enc_values_supported: Vec<ContentEncryption>,
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
    pub token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dpop_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tls_client_certificate_bound_access_tokens: bool,
    pub display_values_supported: [&'static str; 1],
    pub claim_types_supported: [&'static str; 1],
    pub claims_supported: Vec<&'static str>,
    pub claims_parameter_supported: bool,
    pub request_parameter_supported: bool,
    pub request_uri_parameter_supported: bool,
    pub require_request_uri_registration: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_object_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details_types_supported: Vec<String>,
    pub ui_locales_supported: Vec<String>,
    // RFC 9728 §4
    pub protected_resources: [String; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op_policy_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op_tos_uri: Option<String>,
}

/// Claims about the sign-in rather than the person.
const SIGN_IN_CLAIMS: [&str; 10] = ["iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "sid"];

/// The metadata of what is mounted.
pub fn metadata(mounted: &Mounted<'_>) -> Metadata {
    let at = |path: &str| mounted.issuer.at(path);
    let paths = mounted.paths;
    let algorithms = mounted.signing_algorithms.to_vec();
    Metadata {
        issuer: mounted.issuer.to_string(),
        authorization_endpoint: at(paths.authorization),
        pushed_authorization_request_endpoint: paths.pushed_authorization_request.map(at),
        require_pushed_authorization_requests: paths
            .pushed_authorization_request
            .map(|_| mounted.features.require_pushed_requests),
        token_endpoint: at(paths.token),
        authorization_challenge_endpoint: paths.challenge.map(at),
        userinfo_endpoint: paths.userinfo.map(at),
        jwks_uri: at(paths.jwks),
        revocation_endpoint: paths.revocation.map(at),
        introspection_endpoint: paths.introspection.map(at),
        end_session_endpoint: paths.end_session.map(at),
        check_session_iframe: paths.check_session.map(at),
        // Back-Channel Logout §2.1, Front-Channel Logout §3: whoever is told is told which session, too.
        backchannel_logout_supported: mounted.features.backchannel_logout,
        backchannel_logout_session_supported: mounted.features.backchannel_logout,
        frontchannel_logout_supported: mounted.features.frontchannel_logout,
        frontchannel_logout_session_supported: mounted.features.frontchannel_logout,
        registration_endpoint: paths.registration.map(at),
        client_id_metadata_document_supported: mounted.features.client_id_documents,
        device_authorization_endpoint: paths.device_authorization.map(at),
        backchannel_authentication_endpoint: paths.backchannel_authentication.map(at),
        backchannel_token_delivery_modes_supported: when(paths.backchannel_authentication, &["poll"]),
        backchannel_user_code_parameter_supported: paths.backchannel_authentication.map(|_| false),
        scopes_supported: scope_policy::SUPPORTED.to_vec(),
        response_types_supported: response_type::supported(mounted.features),
        response_modes_supported: response_type::modes_supported(mounted.features),
        authorization_signing_alg_values_supported: if mounted.features.signed_responses {
            algorithms.clone()
        } else {
            Vec::new()
        },
        grant_types_supported: grant_types(mounted.features),
        code_challenge_methods_supported: [pkce::METHOD],
        authorization_response_iss_parameter_supported: true,
        prompt_values_supported: prompt_values(mounted.sign_up_open),
        acr_values_supported: acr::SUPPORTED.to_vec(),
        userinfo_signing_alg_values_supported: when(paths.userinfo, &algorithms),
        userinfo_encryption_alg_values_supported: when(paths.userinfo, &KeyEncryption::ALL),
        userinfo_encryption_enc_values_supported: when(paths.userinfo, &ContentEncryption::ALL),
        introspection_signing_alg_values_supported: when(paths.introspection, &algorithms),
        introspection_encryption_alg_values_supported: when(paths.introspection, &KeyEncryption::ALL),
        introspection_encryption_enc_values_supported: when(paths.introspection, &ContentEncryption::ALL),
        id_token_encryption_alg_values_supported: KeyEncryption::ALL,
        id_token_encryption_enc_values_supported: ContentEncryption::ALL,
        subject_types_supported: subject_types(mounted.features),
        id_token_signing_alg_values_supported: algorithms,
        token_endpoint_auth_methods_supported: auth_methods(mounted.features, true),
        token_endpoint_auth_signing_alg_values_supported: auth_algorithms(mounted.features),
        revocation_endpoint_auth_signing_alg_values_supported: when(
            paths.revocation,
            &auth_algorithms(mounted.features),
        ),
        introspection_endpoint_auth_signing_alg_values_supported: when(
            paths.introspection,
            &auth_algorithms(mounted.features),
        ),
        // RFC 9449 §5.1, RFC 8705 §3.3
        dpop_signing_alg_values_supported: if mounted.features.dpop { asymmetric() } else { Vec::new() },
        tls_client_certificate_bound_access_tokens: mounted.features.mutual_tls,
        revocation_endpoint_auth_methods_supported: when(paths.revocation, &auth_methods(mounted.features, true)),
        // RES-04: introspection is for clients that prove who they are.
        introspection_endpoint_auth_methods_supported: when(
            paths.introspection,
            &auth_methods(mounted.features, false),
        ),
        display_values_supported: ["page"],
        claim_types_supported: ["normal"],
        claims_supported: scope_policy::claims_supported().chain(SIGN_IN_CLAIMS).collect(),
        claims_parameter_supported: true,
        request_parameter_supported: mounted.features.request_objects,
        // OpenID Connect Discovery §3: absent would mean true.
        request_uri_parameter_supported: mounted.features.request_objects,
        require_request_uri_registration: mounted.features.request_objects,
        request_object_signing_alg_values_supported: request_algorithms(mounted.features),
        authorization_details_types_supported: owned(mounted.authorization_details_types),
        ui_locales_supported: owned(mounted.ui_locales),
        protected_resources: [mounted.issuer.to_string()],
        op_policy_uri: mounted.policy_uri.map(str::to_owned),
        op_tos_uri: mounted.tos_uri.map(str::to_owned),
    }
}

/// `values`, if there is an endpoint that they are about.
fn when<T: Clone>(path: Option<&str>, values: &[T]) -> Vec<T> {
    path.map(|_| values.to_vec()).unwrap_or_default()
}

// RFC 7591 §2.1: an ID token from the authorization endpoint goes by the name of this grant.
fn grant_types(features: &Features) -> Vec<&'static str> {
    let implicit = features.front_channel_id_tokens.then_some(client_registration::IMPLICIT);
    features.grant_types().into_iter().map(GrantType::as_str).chain(implicit).collect()
}

// RFC 9101 §10.5: none is not among them.
fn request_algorithms(features: &Features) -> Vec<&'static str> {
    let algorithms = ClientAlgorithm::ASYMMETRIC.into_iter().filter(|_| features.request_objects);
    algorithms.map(ClientAlgorithm::as_str).collect()
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn prompt_values(sign_up_open: bool) -> Vec<&'static str> {
    let mut values = vec!["none", "login", "consent", "select_account"];
    // Initiating User Registration via OpenID Connect 1.0 §4.1
    if sign_up_open {
        values.push("create");
    }
    values
}

// OpenID Connect Core §8
fn subject_types(features: &Features) -> Vec<&'static str> {
    if features.pairwise_subjects { vec!["public", "pairwise"] } else { vec!["public"] }
}

fn auth_methods(features: &Features, with_public: bool) -> Vec<&'static str> {
    let methods = features.auth_methods().into_iter().filter(|method| with_public || *method != AuthMethod::None);
    methods.map(AuthMethod::as_str).collect()
}

// RFC 8414 §2: needed where a method is there that signs.
fn auth_algorithms(features: &Features) -> Vec<&'static str> {
    let by_secret = features.client_secret_jwt.then_some(ClientAlgorithm::HS256.as_str());
    asymmetric().into_iter().chain(by_secret).collect()
}

fn asymmetric() -> Vec<&'static str> {
    ClientAlgorithm::ASYMMETRIC.map(ClientAlgorithm::as_str).to_vec()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::protocol::samples;

    const PATHS: Paths<'static> = Paths {
        authorization: "/oauth2/authorize",
        pushed_authorization_request: None,
        token: "/oauth2/token",
        jwks: "/.well-known/jwks.json",
        challenge: Some("/oauth2/challenge"),
        userinfo: Some("/oauth2/userinfo"),
        revocation: Some("/oauth2/revoke"),
        introspection: Some("/oauth2/introspect"),
        end_session: Some("/oauth2/logout"),
        check_session: None,
        registration: None,
        device_authorization: Some("/oauth2/device"),
        backchannel_authentication: Some("/oauth2/backchannel"),
    };

    fn document(paths: Paths<'_>, sign_up_open: bool) -> Value {
        let issuer = samples::issuer();
        let mounted = Mounted {
            issuer: &issuer,
            paths,
            features: &Features::NONE,
            signing_algorithms: &[SigningAlgorithm::RS256, SigningAlgorithm::ES256, SigningAlgorithm::EdDSA],
            authorization_details_types: &[],
            ui_locales: &["en", "de"],
            sign_up_open,
            policy_uri: None,
            tos_uri: Some("https://idp.example/terms"),
        };
        serde_json::to_value(metadata(&mounted)).unwrap()
    }

    #[test]
    fn the_metadata_is_as_written_down() {
        insta::assert_json_snapshot!(document(PATHS, true));
    }

    #[test]
    fn disc_01_every_endpoint_lies_under_the_issuer() {
        let document = document(PATHS, true);
        let members = document.as_object().unwrap().iter();
        let endpoints: Vec<_> =
            members.filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri").collect();
        assert_eq!(endpoints.len(), 10);
        for (name, value) in endpoints {
            assert!(value.as_str().unwrap().starts_with("https://idp.example/"), "{name}");
        }
        assert_eq!(document["issuer"], "https://idp.example");
    }

    #[test]
    fn disc_03_to_disc_06_nothing_weak_is_advertised() {
        let document = document(PATHS, true);
        assert_eq!(document["response_types_supported"], serde_json::json!(["code"]));
        assert_eq!(document["code_challenge_methods_supported"], serde_json::json!(["S256"]));
        assert_eq!(document["authorization_response_iss_parameter_supported"], true);
        let grants = document["grant_types_supported"].to_string();
        assert!(!grants.contains("password") && !grants.contains("implicit"));
        for (name, value) in document.as_object().unwrap() {
            let is_weak = |alg: &Value| alg == "none" || alg.as_str().is_some_and(|alg| alg.starts_with("HS"));
            assert!(!name.contains("_alg_") || !value.as_array().unwrap().iter().any(is_weak), "{name}");
        }
        let methods = &document["introspection_endpoint_auth_methods_supported"];
        assert_eq!(*methods, serde_json::json!(["client_secret_basic", "client_secret_post", "private_key_jwt"]));
    }

    #[test]
    fn what_is_not_mounted_is_not_advertised() {
        let bare = Paths {
            challenge: None,
            userinfo: None,
            revocation: None,
            introspection: None,
            end_session: None,
            registration: None,
            device_authorization: None,
            backchannel_authentication: None,
            ..PATHS
        };
        let document = document(bare, false);
        for (name, value) in document.as_object().unwrap() {
            let is_about_it = [
                "challenge_endpoint",
                "userinfo",
                "revocation",
                "introspection",
                "end_session",
                "device_authorization",
                "backchannel",
            ]
            .iter()
            .any(|it| name.contains(it));
            assert!(!is_about_it && !value.is_null(), "{name}");
        }
        assert!(!document["prompt_values_supported"].to_string().contains("create"));
    }
}
