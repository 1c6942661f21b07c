//! Certificates made for the purpose, read back.

use std::net::Ipv4Addr;

use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, SanType};
use serde_json::json;

use super::*;
use crate::base::{PeerCertificates, Timestamp};
use crate::jose::ClientAuthorities;

fn params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "DE");
    params.distinguished_name.push(DnType::OrganizationName, "Acme, Inc.");
    params.distinguished_name.push(DnType::CommonName, "app");
    let ia5 = |text: &str| rcgen::string::Ia5String::try_from(text).unwrap();
    params.subject_alt_names = vec![
        SanType::DnsName(ia5("App.example")),
        SanType::URI(ia5("https://app.example/id")),
        SanType::Rfc822Name(ia5("app@app.example")),
        SanType::IpAddress(Ipv4Addr::new(192, 0, 2, 1).into()),
    ];
    params
}

fn self_signed(key: &KeyPair) -> Vec<u8> {
    params().self_signed(key).unwrap().der().to_vec()
}

fn pair() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

#[test]
fn rfc8705_2_1_2_a_certificate_is_known_by_each_kind_of_name() {
    let certificate = Certificate::parse(&self_signed(&pair())).unwrap();
    let is = |change: fn(&mut ClientMetadata)| {
        let mut metadata = ClientMetadata::default();
        change(&mut metadata);
        certificate.is_of(&metadata)
    };
    let text = |text: &str| Some(text.to_owned());
    assert!(is(|own| own.tls_client_auth_subject_dn = Some("CN=app,O=Acme\\, Inc.,C=DE".to_owned())));
    assert!(is(|own| own.tls_client_auth_san_dns = Some("app.EXAMPLE".to_owned())));
    assert!(is(|own| own.tls_client_auth_san_uri = Some("https://app.example/id".to_owned())));
    assert!(is(|own| own.tls_client_auth_san_ip = Some("192.0.2.1".to_owned())));
    assert!(is(|own| own.tls_client_auth_san_email = Some("app@app.example".to_owned())));
    assert!(!is(|_| ()));
    for wrong in ["CN=app", "C=DE,O=Acme\\, Inc.,CN=app", "CN=app,O=Acme,C=DE", "", "CN"] {
        let metadata = ClientMetadata { tls_client_auth_subject_dn: text(wrong), ..ClientMetadata::default() };
        assert!(!certificate.is_of(&metadata), "{wrong}");
    }
    for wrong in ["192.0.2.2", "::ffff:192.0.2.1", "app.example", ""] {
        let metadata = ClientMetadata { tls_client_auth_san_ip: text(wrong), ..ClientMetadata::default() };
        assert!(!certificate.is_of(&metadata), "{wrong}");
    }
}

#[test]
fn rfc8705_2_2_a_certificate_has_the_key_of_a_jwk() {
    let pair = pair();
    let point = pair.public_key_raw();
    let encode = |bytes: &[u8]| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    };
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..])});
    let key = ClientKey::parse(&jwk).unwrap();
    assert!(Certificate::parse(&self_signed(&pair)).unwrap().has_key(&key));
    assert!(!Certificate::parse(&self_signed(&self::pair())).unwrap().has_key(&key));
    let other = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let of_other = Certificate::parse(&self_signed(&other)).unwrap();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(other.public_key_raw())});
    assert!(of_other.has_key(&ClientKey::parse(&jwk).unwrap()) && !of_other.has_key(&key));
}

#[test]
fn rfc8705_3_1_the_thumbprint_is_over_all_of_it() {
    let pair = pair();
    let der = self_signed(&pair);
    let certificate = Certificate::parse(&der).unwrap();
    assert_eq!(certificate.thumbprint(), Digest::of_bytes(&der).as_str());
    assert_eq!(certificate.thumbprint().len(), 43);
}

#[test]
fn what_is_no_certificate_is_none_and_cut_ones_do_not_panic() {
    let der = self_signed(&pair());
    for length in 0..der.len() {
        assert!(Certificate::parse(&der[..length]).is_none(), "{length}");
    }
    for wrong in [&b""[..], b"\x30\x00", b"\x30\x02\x30\x00", b"-----BEGIN", &[0xff; 64]] {
        assert!(Certificate::parse(wrong).is_none());
    }
}

#[test]
fn rfc8705_2_1_only_a_named_authority_vouches_and_only_in_time() {
    let (authority_key, key) = (pair(), pair());
    let mut authority = CertificateParams::default();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let signed_by = rcgen::Issuer::from_params(&authority, &authority_key);
    let mut own = params();
    own.not_before = rcgen::date_time_ymd(2026, 1, 1);
    own.not_after = rcgen::date_time_ymd(2030, 1, 1);
    let own = own.signed_by(&key, &signed_by).unwrap();
    let authorities =
        ClientAuthorities::parse(authority.self_signed(&authority_key).unwrap().pem().as_bytes()).unwrap();
    let shown = PeerCertificates::new(own.der().to_vec(), Vec::new());
    let now = Timestamp::from_seconds(1_800_000_000);
    assert!(authorities.vouch_for(&shown, now));
    assert!(!authorities.vouch_for(&shown, Timestamp::from_seconds(1_700_000_000)));
    assert!(!ClientAuthorities::default().vouch_for(&shown, now));
    let stranger = PeerCertificates::new(self_signed(&key), Vec::new());
    assert!(!authorities.vouch_for(&stranger, now));
    assert!(ClientAuthorities::parse(b"nothing").is_err());
}
