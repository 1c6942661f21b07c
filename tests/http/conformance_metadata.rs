//! Metadata and keys, member by member, as the OpenID Foundation's suite looks at them: its Config plan, and what it checks
//! before every other test.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::config::{RegistrationBy, Settings};
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::world::World;

const ISSUER: &str = "https://login.example.com";

/// The members that are registered, by the specifications that do so.
const REGISTERED: &str = "
    issuer authorization_endpoint token_endpoint userinfo_endpoint jwks_uri registration_endpoint scopes_supported
    response_types_supported response_modes_supported grant_types_supported acr_values_supported
    subject_types_supported id_token_signing_alg_values_supported id_token_encryption_alg_values_supported
    id_token_encryption_enc_values_supported userinfo_signing_alg_values_supported
    userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported
    request_object_signing_alg_values_supported token_endpoint_auth_methods_supported
    token_endpoint_auth_signing_alg_values_supported display_values_supported claim_types_supported claims_supported
    claims_parameter_supported request_parameter_supported request_uri_parameter_supported
    require_request_uri_registration op_policy_uri op_tos_uri ui_locales_supported
    revocation_endpoint revocation_endpoint_auth_methods_supported
    revocation_endpoint_auth_signing_alg_values_supported introspection_endpoint
    introspection_endpoint_auth_methods_supported introspection_endpoint_auth_signing_alg_values_supported
    code_challenge_methods_supported signed_metadata device_authorization_endpoint
    tls_client_certificate_bound_access_tokens pushed_authorization_request_endpoint
    require_pushed_authorization_requests authorization_response_iss_parameter_supported
    dpop_signing_alg_values_supported authorization_details_types_supported protected_resources
    introspection_signing_alg_values_supported introspection_encryption_alg_values_supported
    introspection_encryption_enc_values_supported authorization_signing_alg_values_supported
    end_session_endpoint check_session_iframe frontchannel_logout_supported frontchannel_logout_session_supported
    backchannel_logout_supported backchannel_logout_session_supported prompt_values_supported
    backchannel_token_delivery_modes_supported backchannel_authentication_endpoint
    backchannel_user_code_parameter_supported client_id_metadata_document_supported
    authorization_challenge_endpoint";

fn everything(settings: &mut Settings) {
    settings.issuer = doorward::base::Issuer::parse(ISSUER).unwrap();
    let own = &mut settings.protocol;
    own.front_channel_id_tokens = true;
    own.session_management = true;
    own.registration = RegistrationBy::Open;
    own.client_id_documents = true;
    own.ciba = true;
    own.signed_metadata = true;
}

async fn told(path: &str) -> Page {
    let world = World::with(everything).await;
    let page = Browser::new(&world).visit(path).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, Some("application/json")));
    page
}

fn texts<'v>(document: &'v Value, member: &str) -> Vec<&'v str> {
    let list = document[member].as_array().unwrap_or_else(|| panic!("{member} is a list"));
    list.iter().map(|value| value.as_str().unwrap_or_else(|| panic!("{member} holds texts"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_metadata_says_everything_that_is_looked_at() {
    let document = told("/.well-known/openid-configuration").await.json();
    assert_eq!(document["issuer"], ISSUER);
    for (member, wanted) in [
        ("response_types_supported", &["code", "id_token", "code id_token"][..]),
        ("subject_types_supported", &["public", "pairwise"]),
        ("id_token_signing_alg_values_supported", &["RS256", "ES256"]),
        ("userinfo_signing_alg_values_supported", &["RS256", "ES256"]),
        ("request_object_signing_alg_values_supported", &["RS256", "PS256", "ES256"]),
        ("token_endpoint_auth_signing_alg_values_supported", &["PS256", "ES256", "EdDSA"]),
        ("dpop_signing_alg_values_supported", &["PS256", "ES256", "EdDSA"]),
        ("scopes_supported", &["openid", "profile", "email", "address", "phone", "offline_access"]),
        ("grant_types_supported", &["authorization_code", "implicit", "refresh_token"]),
        ("code_challenge_methods_supported", &["S256"]),
        ("token_endpoint_auth_methods_supported", &["client_secret_basic", "client_secret_post", "private_key_jwt"]),
        ("claims_supported", &["sub", "name", "email", "address", "phone_number"]),
        ("acr_values_supported", &["1"]),
    ] {
        let there = texts(&document, member);
        assert!(wanted.iter().all(|value| there.contains(value)), "{member}: {there:?}");
        assert_eq!(there.len(), there.iter().collect::<BTreeSet<_>>().len(), "{member} repeats nothing");
        assert!(!there.contains(&"none") || member.contains("auth_methods"), "{member}");
    }
    for member in ["claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported"] {
        assert_eq!(document[member], json!(true), "{member}");
    }
    for scope in texts(&document, "scopes_supported") {
        let is_token = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        assert!(!scope.is_empty() && scope.bytes().all(is_token), "RFC 6749 3.3: {scope:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_metadata_has_addresses_by_https_and_no_member_of_its_own() {
    let document = told("/.well-known/openid-configuration").await.json();
    let registered: BTreeSet<&str> = REGISTERED.split_whitespace().collect();
    for (member, value) in document.as_object().unwrap() {
        assert!(registered.contains(member.as_str()), "{member} is registered");
        let is_address = member.ends_with("_endpoint") || member.ends_with("_iframe") || member == "jwks_uri";
        assert!(!is_address || value.as_str().unwrap().starts_with("https://login.example.com/"), "{member}");
        assert!(!value.is_null() && *value != json!([]) && *value != json!(""), "{member} is left out when empty");
    }
}

/// RFC 5646 §2.1.1: the language in small letters, the script with a capital, the region in capitals.
fn canonical(tag: &str) -> String {
    let parts = tag.split('-').enumerate().map(|(index, part)| match (index, part.len()) {
        (1.., 2) => part.to_uppercase(),
        (1.., 4) if part.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            let (first, rest) = part.split_at(1);
            format!("{}{}", first.to_uppercase(), rest.to_lowercase())
        }
        _ => part.to_lowercase(),
    });
    parts.collect::<Vec<_>>().join("-")
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_metadata_spells_locales_as_they_are_registered() {
    let document = told("/.well-known/openid-configuration").await.json();
    for tag in texts(&document, "ui_locales_supported") {
        assert_eq!(canonical(tag), tag);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_keys_are_public_named_long_enough_and_well_encoded() {
    let keys = told("/.well-known/jwks.json").await.json();
    let keys = keys["keys"].as_array().unwrap();
    let mut kids = BTreeSet::new();
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
        assert!(kids.insert(key["kid"].as_str().unwrap().to_owned()), "each has a name of its own");
        assert_eq!(key["use"], "sig");
        let bytes = |member: &str| URL_SAFE_NO_PAD.decode(key[member].as_str().unwrap()).unwrap();
        match key["kty"].as_str().unwrap() {
            "RSA" => assert!(bytes("n").len() * 8 >= 2_048 && !bytes("e").is_empty()),
            "EC" => assert_eq!((bytes("x").len(), bytes("y").len()), (32, 32)),
            "OKP" => assert_eq!(bytes("x").len(), 32),
            other => panic!("{other} is none of ours"),
        }
    }
    let algorithms: BTreeSet<&str> = keys.iter().map(|key| key["alg"].as_str().unwrap()).collect();
    assert!(algorithms.contains("RS256") && algorithms.contains("ES256"), "{algorithms:?}");
}
