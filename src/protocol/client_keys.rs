//! Registration, as far as it is about how a client proves itself: its keys, its certificate, and what its tokens are
//! bound to (RFC 7591 §2, RFC 8705 §2.1.2, §2.2.2, RFC 9449 §5.2, FAPI 2.0 Security Profile §5.3.2).
//!
//! Whether the bytes of a key are one is seen when it is used; here a set is judged by what it says of itself.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::client_metadata::address::is_web_address;
use super::client_metadata::{Found, Problem};
use crate::base::bounds::{CLIENT_KEYS_MAX, CLIENT_RSA_BITS_MIN, URI_BYTES_MAX};
use crate::model::client::{AuthMethod, ClientMetadata, Profile};
use crate::model::key::ClientAlgorithm;

// RFC 7518 §6.2.2, §6.3.2, §6.4
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Looks for mistakes.
pub(super) fn check(found: &mut Found, metadata: &ClientMetadata) {
    check_keys(found, metadata);
    check_algorithm(found, metadata);
    check_certificate_names(found, metadata);
    check_binding(found, metadata);
    if metadata.doorward.profile == Some(Profile::Fapi2) {
        check_fapi2(found, metadata);
    }
}

// RFC 7591 §2: jwks or jwks_uri, and not both.
fn check_keys(found: &mut Found, metadata: &ClientMetadata) {
    let has_keys = metadata.jwks.is_some() || metadata.jwks_uri.is_some();
    let needs_keys =
        matches!(metadata.token_endpoint_auth_method, AuthMethod::PrivateKeyJwt | AuthMethod::SelfSignedTlsClientAuth);
    found.check("jwks", has_keys || !needs_keys, Problem::KeysMissing);
    found.check("jwks_uri", metadata.jwks.is_none() || metadata.jwks_uri.is_none(), Problem::KeysTwice);
    found.check("jwks_uri", metadata.jwks_uri.as_deref().is_none_or(is_web_address), Problem::WebAddress);
    found.check("jwks", metadata.jwks.as_ref().is_none_or(is_set), Problem::Keys);
}

fn is_set(set: &Value) -> bool {
    let keys = set.get("keys").and_then(Value::as_array);
    keys.is_some_and(|keys| !keys.is_empty() && keys.len() <= CLIENT_KEYS_MAX && keys.iter().all(is_public))
}

/// DCR-09: nothing private, symmetric or short. A kind that we do not know is the client's own business.
fn is_public(key: &Value) -> bool {
    let Some(members) = key.as_object() else { return false };
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    // RFC 7518 §6.2.1.2: a coordinate has its full length, zeros in front included.
    let has = |name: &str, bytes: usize| text(name).and_then(octets).is_some_and(|value| value.len() == bytes);
    let is_sound = match (text("kty"), text("crv")) {
        (Some("RSA"), _) => {
            number(text("n")).is_some_and(|n| n.len() * 8 >= CLIENT_RSA_BITS_MIN) && number(text("e")).is_some()
        }
        (Some("EC"), Some("P-256")) => has("x", 32) && has("y", 32),
        (Some("EC"), Some("P-384")) => has("x", 48) && has("y", 48),
        (Some("OKP"), Some("Ed25519")) => has("x", 32),
        (Some("oct") | None, _) => false,
        (Some(_), _) => true,
    };
    is_sound && !PRIVATE_MEMBERS.iter().any(|member| members.contains_key(*member))
}

fn octets(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// A positive number without the zeros in front of it.
fn number(text: Option<&str>) -> Option<Vec<u8>> {
    let bytes = octets(text?)?;
    Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>()).filter(|bytes| !bytes.is_empty())
}

fn check_algorithm(found: &mut Found, metadata: &ClientMetadata) {
    let Some(algorithm) = metadata.token_endpoint_auth_signing_alg else { return };
    let is_right = match metadata.token_endpoint_auth_method {
        AuthMethod::ClientSecretJwt => algorithm == ClientAlgorithm::HS256,
        AuthMethod::PrivateKeyJwt if metadata.doorward.profile == Some(Profile::Fapi2) => {
            ClientAlgorithm::FAPI2.contains(&algorithm)
        }
        AuthMethod::PrivateKeyJwt => ClientAlgorithm::ASYMMETRIC.contains(&algorithm),
        // It means nothing then, and RFC 7591 lets it stand.
        _ => true,
    };
    found.check("token_endpoint_auth_signing_alg", is_right, Problem::AuthAlgorithm);
}

fn check_certificate_names(found: &mut Found, metadata: &ClientMetadata) {
    let names = [
        &metadata.tls_client_auth_subject_dn,
        &metadata.tls_client_auth_san_dns,
        &metadata.tls_client_auth_san_uri,
        &metadata.tls_client_auth_san_ip,
        &metadata.tls_client_auth_san_email,
    ];
    let count = names.into_iter().flatten().count();
    if metadata.token_endpoint_auth_method == AuthMethod::TlsClientAuth {
        found.check("token_endpoint_auth_method", count == 1, Problem::CertificateNames);
    } else {
        found.check("tls_client_auth_subject_dn", count == 0, Problem::CertificateNameUnused);
    }
    let is_text = |name: &&String| !name.is_empty() && name.len() <= URI_BYTES_MAX && !name.contains(char::is_control);
    found.check("tls_client_auth_subject_dn", names.into_iter().flatten().all(|name| is_text(&name)), Problem::Text);
}

fn check_binding(found: &mut Found, metadata: &ClientMetadata) {
    let is_twice = metadata.dpop_bound_access_tokens && metadata.tls_client_certificate_bound_access_tokens;
    found.check("tls_client_certificate_bound_access_tokens", !is_twice, Problem::BoundTwice);
}

fn check_fapi2(found: &mut Found, metadata: &ClientMetadata) {
    let is_strong = matches!(
        metadata.token_endpoint_auth_method,
        AuthMethod::PrivateKeyJwt | AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth
    );
    found.check("token_endpoint_auth_method", is_strong, Problem::ProfileAuthMethod);
    let is_bound = metadata.dpop_bound_access_tokens || metadata.tls_client_certificate_bound_access_tokens;
    found.check("dpop_bound_access_tokens", is_bound, Problem::ProfileUnbound);
    found.check("doorward.require_pkce", metadata.doorward.require_pkce, Problem::ProfileWithoutPkce);
}

#[cfg(test)]
mod tests;
