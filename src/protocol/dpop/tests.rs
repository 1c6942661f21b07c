//! Proofs claim by claim, and nonces.

use serde_json::json;

use super::*;
use crate::protocol::grant::fixtures::NOW;

const ADDRESS: &str = "https://idp.example/oauth2/token";
const KEY: Sensitive<[u8; 32]> = Sensitive::new([7; 32]);

fn claims() -> Map<String, Value> {
    let claims = json!({"jti": "1", "htm": "POST", "htu": ADDRESS, "iat": NOW.seconds()});
    claims.as_object().unwrap().clone()
}

fn changed(name: &str, value: Value) -> Map<String, Value> {
    let mut claims = claims();
    claims.insert(name.to_owned(), value);
    claims
}

fn request() -> Request<'static> {
    Request { method: "POST", address: ADDRESS, access_token: None, nonce_key: None, now: NOW }
}

fn judge(claims: &Map<String, Value>, request: &Request<'_>) -> Result<UsedJti, Reason> {
    check(&Proof { typ: Some(TYP), claims, jkt: "thumbprint" }, request)
}

#[test]
fn rfc9449_4_3_a_proof_for_the_request_is_taken_and_named() {
    let end = NOW.plus_seconds(DPOP_PROOF_SECONDS);
    assert_eq!(judge(&claims(), &request()), Ok(UsedJti::of(JtiPurpose::DpopProof, "thumbprint", "1", end)));
}

#[test]
fn rfc9449_4_3_type_and_name_are_there() {
    for typ in [None, Some("JWT"), Some("DPOP+JWT"), Some("dpop")] {
        let claims = claims();
        let refused = check(&Proof { typ, claims: &claims, jkt: "thumbprint" }, &request());
        assert_eq!(refused, Err(Reason::DpopProofMalformed), "{typ:?}");
    }
    for jti in [json!(null), json!(""), json!(1), json!("x".repeat(JTI_BYTES_MAX + 1))] {
        assert_eq!(judge(&changed("jti", jti), &request()), Err(Reason::DpopProofMalformed));
    }
}

#[test]
fn rfc9449_4_3_method_and_address_are_those_of_the_request() {
    for right in ["https://IDP.example:443/oauth2/token?x=1#y", "HTTPS://idp.example/oauth2/./token"] {
        assert!(judge(&changed("htu", json!(right)), &request()).is_ok(), "{right}");
    }
    for wrong in [
        "https://idp.example/oauth2/token/",
        "http://idp.example/oauth2/token",
        "https://idp.example:8443/oauth2/token",
        "https://idp.example.evil.example/oauth2/token",
        "https://x@idp.example/oauth2/token",
        "/oauth2/token",
        "",
    ] {
        assert_eq!(judge(&changed("htu", json!(wrong)), &request()), Err(Reason::DpopProofForAnother), "{wrong}");
    }
    for wrong in [json!("GET"), json!("post"), json!(null)] {
        assert_eq!(judge(&changed("htm", wrong), &request()), Err(Reason::DpopProofForAnother));
    }
}

#[test]
fn rfc9449_11_1_a_proof_is_of_the_moment() {
    let now = NOW.seconds();
    for (iat, is_right) in [
        (now - 10, true),
        (now + 10, true),
        (now - DPOP_PROOF_SECONDS + 1, true),
        (now - DPOP_PROOF_SECONDS, false),
        (now + 60, true),
        (now + 61, false),
        (now - 3_600, false),
        (now + 3_600, false),
    ] {
        let expected = if is_right { Ok(()) } else { Err(Reason::DpopProofStale) };
        assert_eq!(judge(&changed("iat", json!(iat)), &request()).map(drop), expected, "{iat}");
    }
    assert_eq!(judge(&changed("iat", json!("now")), &request()), Err(Reason::DpopProofMalformed));
}

#[test]
fn rfc9449_7_at_a_resource_the_proof_is_for_the_token() {
    let request = Request { access_token: Some("a.b.c"), ..request() };
    assert!(judge(&changed("ath", json!(Digest::of("a.b.c").as_str())), &request).is_ok());
    assert_eq!(judge(&claims(), &request), Err(Reason::DpopProofForAnother));
    let other = changed("ath", json!(Digest::of("a.b.d").as_str()));
    assert_eq!(judge(&other, &request), Err(Reason::DpopProofForAnother));
}

#[test]
fn rfc9449_8_a_nonce_is_ours_and_of_late() {
    let request = Request { nonce_key: Some(&KEY), ..request() };
    assert_eq!(judge(&claims(), &request), Err(Reason::DpopNonceNeeded));
    let made = |ago: i64| changed("nonce", json!(nonce(&KEY, NOW.plus_seconds(-ago))));
    assert!(judge(&made(0), &request).is_ok() && judge(&made(DPOP_NONCE_SECONDS), &request).is_ok());
    assert_eq!(judge(&made(2 * DPOP_NONCE_SECONDS), &request), Err(Reason::DpopNonceNeeded));
    let foreign = changed("nonce", json!(nonce(&Sensitive::new([8; 32]), NOW)));
    assert_eq!(judge(&foreign, &request), Err(Reason::DpopNonceNeeded));
}

#[test]
fn a_thumbprint_is_a_digest_in_base64url() {
    assert!(is_thumbprint(Digest::of("x").as_str()));
    for wrong in ["", "x", &"=".repeat(43), &"A".repeat(44)] {
        assert!(!is_thumbprint(wrong), "{wrong}");
    }
}

#[test]
fn rfc9449_7_1_the_challenge_lists_the_algorithms() {
    let issuer = Issuer::parse("https://idp.example").unwrap();
    let algs = "algs=\"RS256 PS256 ES256 ES384 EdDSA\"";
    let place = "realm=\"https://idp.example\", \
                 resource_metadata=\"https://idp.example/.well-known/oauth-protected-resource\"";
    assert_eq!(challenge(&issuer, None), format!("DPoP {place}, {algs}"));
    let refused = challenge(&issuer, Some(Reason::DpopProofStale));
    assert!(refused.contains("error=\"invalid_dpop_proof\"") && refused.ends_with(algs), "{refused}");
}
