//! Rules about keys, certificates and bound tokens, one by one.

use serde_json::json;

use super::*;
use crate::protocol::client_metadata::mistakes;
use crate::protocol::samples;

fn wrong(change: impl FnOnce(&mut ClientMetadata)) -> Vec<Problem> {
    let mut metadata = *samples::client().metadata;
    change(&mut metadata);
    mistakes("acme", &metadata).into_iter().map(|mistake| mistake.problem).collect()
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn key() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": encode(&[7; 32])})
}

fn signing(own: &mut ClientMetadata) {
    own.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
    own.jwks = Some(json!({"keys": [key()]}));
}

#[test]
fn rfc7591_2_keys_come_one_way() {
    assert_eq!(wrong(signing), []);
    let both = |own: &mut ClientMetadata| {
        signing(own);
        own.jwks_uri = Some("https://app.example/jwks".to_owned());
    };
    assert_eq!(wrong(both), [Problem::KeysTwice]);
    for method in [AuthMethod::PrivateKeyJwt, AuthMethod::SelfSignedTlsClientAuth] {
        assert_eq!(wrong(|own| own.token_endpoint_auth_method = method), [Problem::KeysMissing], "{method:?}");
    }
    assert_eq!(wrong(|own| own.jwks_uri = Some("file:///etc/passwd".to_owned())), [Problem::WebAddress]);
}

#[test]
fn dcr_09_private_symmetric_tiny_and_broken_keys_are_refused() {
    // RFC 7518 §6.2.2, §6.3.2, §6.4: no key with a private member, and no symmetric one.
    let rsa = |bits: usize| json!({"kty": "RSA", "n": encode(&vec![0xff; bits / 8]), "e": "AQAB"});
    let point = |crv: &str, bytes: usize| json!({"kty": "EC", "crv": crv, "x": encode(&vec![9; bytes]), "y": encode(&vec![9; bytes])});
    for right in [key(), rsa(2048), point("P-256", 32), point("P-384", 48), json!({"kty": "new"})] {
        assert_eq!(wrong(|own| own.jwks = Some(json!({"keys": [right]}))), [], "{right}");
    }
    let mut private = key();
    private["d"] = encode(&[1; 32]).into();
    for bad in [
        private,
        rsa(1024),
        json!({"kty": "oct", "k": "AAAA"}),
        point("P-256", 31),
        json!({"kty": "RSA", "n": "=="}),
        json!({}),
        json!("key"),
    ] {
        assert_eq!(wrong(|own| own.jwks = Some(json!({"keys": [key(), bad]}))), [Problem::Keys], "{bad}");
    }
    for set in [json!({"keys": []}), json!({}), json!([]), json!({"keys": vec![key(); CLIENT_KEYS_MAX + 1]})] {
        assert_eq!(wrong(|own| own.jwks = Some(set)), [Problem::Keys]);
    }
}

#[test]
fn an_algorithm_is_one_of_the_method_and_the_profile() {
    let with = |algorithm| {
        wrong(move |own: &mut ClientMetadata| {
            signing(own);
            own.token_endpoint_auth_signing_alg = Some(algorithm);
        })
    };
    assert_eq!(with(ClientAlgorithm::RS256), []);
    assert_eq!(with(ClientAlgorithm::HS256), [Problem::AuthAlgorithm]);
    let by_secret = |own: &mut ClientMetadata| {
        own.token_endpoint_auth_method = AuthMethod::ClientSecretJwt;
        own.token_endpoint_auth_signing_alg = Some(ClientAlgorithm::ES256);
    };
    assert_eq!(wrong(by_secret), [Problem::AuthAlgorithm]);
}

#[test]
fn rfc8705_2_1_2_a_certificate_is_known_by_exactly_one_name() {
    let by_certificate = |own: &mut ClientMetadata| own.token_endpoint_auth_method = AuthMethod::TlsClientAuth;
    assert_eq!(wrong(by_certificate), [Problem::CertificateNames]);
    let named = |own: &mut ClientMetadata| {
        by_certificate(own);
        own.tls_client_auth_san_dns = Some("app.example".to_owned());
    };
    assert_eq!(wrong(named), []);
    let twice = |own: &mut ClientMetadata| {
        named(own);
        own.tls_client_auth_subject_dn = Some("CN=app".to_owned());
    };
    assert_eq!(wrong(twice), [Problem::CertificateNames]);
    assert_eq!(wrong(|own| own.tls_client_auth_san_dns = Some("app".to_owned())), [Problem::CertificateNameUnused]);
}

#[test]
fn fapi2_5_3_2_keys_and_bound_tokens_are_demanded() {
    let fapi2 = |own: &mut ClientMetadata| own.doorward.profile = Some(Profile::Fapi2);
    assert_eq!(wrong(fapi2), [Problem::ProfileAuthMethod, Problem::ProfileUnbound]);
    let complete = |own: &mut ClientMetadata| {
        fapi2(own);
        signing(own);
        own.dpop_bound_access_tokens = true;
    };
    assert_eq!(wrong(complete), []);
    // FAPI 2.0 Security Profile §5.4: RS256 is not among its algorithms.
    let weak = |own: &mut ClientMetadata| {
        complete(own);
        own.doorward.require_pkce = false;
        own.token_endpoint_auth_signing_alg = Some(ClientAlgorithm::RS256);
    };
    assert_eq!(wrong(weak), [Problem::AuthAlgorithm, Problem::ProfileWithoutPkce]);
    let both = |own: &mut ClientMetadata| {
        complete(own);
        own.tls_client_certificate_bound_access_tokens = true;
    };
    assert_eq!(wrong(both), [Problem::BoundTwice]);
}
