//! Assertions claim by claim.

use serde_json::json;

use super::*;
use crate::protocol::grant::fixtures::{ISSUER, NOW, client};

const TOKEN: &str = "https://idp.example/oauth2/token";
const PAR: &str = "https://idp.example/oauth2/par";

fn claims() -> Map<String, Value> {
    let now = NOW.seconds();
    let claims = json!({"iss": "app", "sub": "app", "aud": ISSUER, "iat": now, "exp": now + 60, "jti": "1"});
    claims.as_object().unwrap().clone()
}

fn changed(name: &str, value: Value) -> Map<String, Value> {
    let mut claims = claims();
    if value.is_null() {
        claims.remove(name);
    } else {
        claims.insert(name.to_owned(), value);
    }
    claims
}

fn signing(profile: Option<Profile>) -> Client {
    let mut client = client("app");
    client.metadata.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
    client.metadata.doorward.profile = profile;
    client
}

fn judge(claims: &Map<String, Value>, client: &Client) -> Result<UsedJti, Reason> {
    let issuer = Issuer::parse(ISSUER).unwrap();
    check(None, claims, &Expected { client, issuer: &issuer, endpoints: [TOKEN, PAR], now: NOW })
}

#[test]
fn rfc7523_3_an_assertion_of_the_client_for_us_is_taken_and_named() {
    let taken = judge(&claims(), &signing(None)).unwrap();
    assert_eq!(taken, UsedJti::of(JtiPurpose::ClientAssertion, "app", "1", NOW.plus_seconds(60)));
}

#[test]
fn cli_07_issuer_and_subject_are_the_client() {
    for member in ["iss", "sub"] {
        for value in [json!("other"), json!(""), json!(null), json!(["app"]), json!(1)] {
            let refused = judge(&changed(member, value), &signing(None));
            assert_eq!(refused, Err(Reason::ClientAssertionOfAnother), "{member}");
        }
    }
}

#[test]
fn cli_07_the_audience_is_ours_alone() {
    let classic = signing(None);
    for right in [json!(ISSUER), json!(TOKEN), json!(PAR), json!([ISSUER]), json!([ISSUER, TOKEN])] {
        assert!(judge(&changed("aud", right.clone()), &classic).is_ok(), "{right}");
    }
    let slash = format!("{ISSUER}/");
    for wrong in
        [json!("https://other.example"), json!([ISSUER, "https://other.example"]), json!([]), json!(null), json!(slash)]
    {
        assert_eq!(judge(&changed("aud", wrong.clone()), &classic), Err(Reason::ClientAssertionForAnother), "{wrong}");
    }
}

#[test]
fn fapi2_5_3_2_1_the_audience_is_the_issuer_as_a_text() {
    let strict = signing(Some(Profile::Fapi2));
    assert!(judge(&claims(), &strict).is_ok());
    for wrong in [json!(TOKEN), json!(PAR), json!([ISSUER]), json!([ISSUER, TOKEN])] {
        assert_eq!(judge(&changed("aud", wrong.clone()), &strict), Err(Reason::ClientAssertionForAnother), "{wrong}");
    }
    assert_eq!(algorithms(&strict), ClientAlgorithm::FAPI2);
}

#[test]
fn cli_08_the_end_is_near_and_the_beginning_is_past() {
    let now = NOW.seconds();
    let furthest = now + CLIENT_ASSERTION_SECONDS_MAX + CLOCK_SKEW_SECONDS;
    for (member, value, is_right) in [
        ("exp", json!(now + 1), true),
        ("exp", json!(now), false),
        ("exp", json!(now - 5), false),
        ("exp", json!(furthest), true),
        ("exp", json!(furthest + 1), false),
        ("exp", json!(null), false),
        ("exp", json!("tomorrow"), false),
        ("exp", json!(1e300), false),
        ("nbf", json!(now + 8), true),
        ("nbf", json!(now + 61), false),
        ("iat", json!(now + 8), true),
        ("iat", json!(now + 61), false),
        ("iat", json!("now"), false),
        ("iat", json!(null), true),
    ] {
        let expected = if is_right { Ok(()) } else { Err(Reason::ClientAssertionStale) };
        assert_eq!(judge(&changed(member, value.clone()), &signing(None)).map(drop), expected, "{member} {value}");
    }
}

#[test]
fn cli_09_without_a_name_it_could_be_used_twice() {
    for value in [json!(null), json!(""), json!(1), json!("x".repeat(JTI_BYTES_MAX + 1))] {
        assert_eq!(judge(&changed("jti", value), &signing(None)), Err(Reason::ClientAssertionWithoutName));
    }
}

#[test]
fn the_registered_algorithm_is_the_only_one() {
    let mut signing = signing(None);
    assert_eq!(algorithms(&signing), ClientAlgorithm::ASYMMETRIC);
    signing.metadata.token_endpoint_auth_signing_alg = Some(ClientAlgorithm::ES256);
    assert_eq!(algorithms(&signing), [ClientAlgorithm::ES256]);
    signing.metadata.token_endpoint_auth_method = AuthMethod::ClientSecretJwt;
    assert_eq!(algorithms(&signing), []);
    signing.metadata.token_endpoint_auth_signing_alg = None;
    assert_eq!(algorithms(&signing), [ClientAlgorithm::HS256]);
    assert_eq!(algorithms(&client("app")), []);
}

#[test]
fn a_client_is_named_by_the_subject_of_what_can_be_read() {
    let named = |json: &str| named_client(&format!("h.{}.s", URL_SAFE_NO_PAD.encode(json)));
    assert_eq!(named("{\"sub\": \"app\"}").unwrap(), "app");
    for wrong in ["{}", "{\"sub\": 1}", "[]", "", &"[".repeat(10_000)] {
        assert_eq!(named(wrong), Err(Reason::ClientAssertionMalformed));
    }
    for wrong in ["", "h", "h.!.s"] {
        assert_eq!(named_client(wrong), Err(Reason::ClientAssertionMalformed), "{wrong}");
    }
}
