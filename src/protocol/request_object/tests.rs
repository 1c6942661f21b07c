//! What request objects are read as, and what is refused.

use serde_json::json;

use super::*;
use crate::protocol::samples::{self, NOW};

fn strict() -> Client {
    let mut client = samples::client();
    client.metadata.doorward.profile = Some(Profile::Fapi2);
    client
}

fn read_for(client: &Client, claims: Value, outside: &[(&str, &str)], typ: Option<&str>) -> Result<Parameters, Reason> {
    let outside =
        Parameters::of(outside.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).unwrap();
    let Value::Object(claims) = claims else { panic!("claims are an object") };
    let expected = Expected { client, issuer: &samples::issuer(), now: NOW, is_pushed: false };
    parameters(typ, &claims, &outside, &expected)
}

fn read(claims: Value, outside: &[(&str, &str)]) -> Result<Parameters, Reason> {
    read_for(&samples::client(), claims, outside, None)
}

#[test]
fn rfc9101_4_claims_of_each_type_become_parameters() {
    let read = read(
        json!({
            "response_type": "code", "max_age": 60, "claims": {"userinfo": {"name": null}}, "unheard_of": [1, {"x": 2}],
            "resource": ["https://a.example", "https://b.example"], "authorization_details": [{"type": "x"}],
            "iss": "acme", "aud": ["https://idp.example"], "jti": "1", "iat": 1,
        }),
        &[("client_id", "acme")],
    )
    .unwrap();
    assert_eq!(read.get("client_id"), Some("acme"));
    assert_eq!((read.get("response_type"), read.get("max_age")), (Some("code"), Some("60")));
    assert_eq!(read.get("claims"), Some(r#"{"userinfo":{"name":null}}"#));
    assert_eq!(read.get("authorization_details"), Some(r#"[{"type":"x"}]"#));
    assert_eq!(read.all("resource").count(), 2);
    assert!(read.get("iss").is_none() && read.get("jti").is_none() && read.get("unheard_of").is_none());
}

#[test]
fn aut_10_values_of_other_types_are_refused() {
    for wrong in [
        json!({"state": 1}),
        json!({"scope": ["openid"]}),
        json!({"redirect_uri": null}),
        json!({"max_age": true}),
        json!({"claims": []}),
        json!({"resource": [1]}),
        json!({"nonce": {"a": 1}}),
        json!({"exp": "soon"}),
        json!({"state": "a\u{0}b"}),
    ] {
        assert_eq!(read(wrong.clone(), &[]), Err(Reason::RequestObjectMalformed), "{wrong}");
    }
}

#[test]
fn rfc9101_4_no_request_within_a_request() {
    for nested in [json!({"request": "x"}), json!({"request_uri": "https://app.example/x"}), json!({"request": null})] {
        assert_eq!(read(nested, &[]), Err(Reason::RequestObjectNested));
    }
}

#[test]
fn rfc9101_10_8_other_jwts_of_the_client_are_no_requests() {
    for (claims, typ) in [
        (json!({"iss": "acme", "sub": "acme", "aud": "https://idp.example"}), None),
        (json!({"iss": "other"}), None),
        (json!({"iss": 1}), None),
        (json!({"aud": "https://other.example"}), None),
        (json!({"aud": ["https://other.example", 1]}), None),
        (json!({}), Some("at+jwt")),
        (json!({}), Some("dpop+jwt")),
    ] {
        let refused = read_for(&samples::client(), claims.clone(), &[], typ);
        assert_eq!(refused, Err(Reason::RequestObjectForAnother), "{claims} {typ:?}");
    }
    for typ in [None, Some("JWT"), Some("oauth-authz-req+jwt"), Some("application/oauth-authz-req+jwt")] {
        assert!(read_for(&samples::client(), json!({}), &[], typ).is_ok(), "{typ:?}");
    }
}

#[test]
fn jwt_10_its_times_are_honoured() {
    let at = |seconds: i64| NOW.seconds() + seconds;
    for wrong in [json!({"exp": at(-61)}), json!({"nbf": at(61)}), json!({"exp": i64::MIN}), json!({"nbf": i64::MAX})] {
        assert_eq!(read(wrong.clone(), &[]), Err(Reason::RequestObjectExpired), "{wrong}");
    }
    assert!(read(json!({"exp": at(-59), "nbf": at(59)}), &[]).is_ok());
}

#[test]
fn fapi2_message_signing_5_3_1_all_of_it_must_be_there() {
    let whole =
        || json!({"iss": "acme", "aud": "https://idp.example", "nbf": NOW.seconds(), "exp": NOW.seconds() + 60});
    assert!(read_for(&strict(), whole(), &[], None).is_ok());
    for (missing, reason) in [
        ("iss", Reason::RequestObjectForAnother),
        ("aud", Reason::RequestObjectForAnother),
        ("nbf", Reason::RequestObjectExpired),
        ("exp", Reason::RequestObjectExpired),
    ] {
        let mut claims = whole();
        claims.as_object_mut().unwrap().remove(missing);
        assert_eq!(read_for(&strict(), claims, &[], None), Err(reason), "{missing}");
    }
    for (nbf, exp) in [(0, 3_601), (-3_661, 0), (-4_000, -100)] {
        let mut claims = whole();
        claims["nbf"] = (NOW.seconds() + nbf).into();
        claims["exp"] = (NOW.seconds() + exp).into();
        assert_eq!(read_for(&strict(), claims, &[], None), Err(Reason::RequestObjectExpired), "{nbf} {exp}");
    }
}

#[test]
fn core_6_1_outside_counts_only_in_a_complete_request_and_never_against_the_inside() {
    let complete = [("client_id", "acme"), ("response_type", "code"), ("scope", "openid"), ("state", "outside")];
    let merged = read(json!({"scope": "openid email"}), &complete).unwrap();
    assert_eq!((merged.get("scope"), merged.get("state")), (Some("openid email"), Some("outside")));
    let alone = read(json!({"scope": "openid"}), &[("client_id", "acme"), ("state", "outside")]).unwrap();
    assert_eq!(alone.get("state"), None);
    let mut signed_only = samples::client();
    signed_only.metadata.require_signed_request_object = true;
    let alone = read_for(&signed_only, json!({"scope": "openid"}), &complete, None).unwrap();
    assert_eq!((alone.get("state"), alone.get("response_type")), (None, None));
    let secrets = [("response_type", "code"), ("scope", "openid"), ("client_secret", "s"), ("request", "x")];
    let clean = read(json!({}), &secrets).unwrap();
    assert!(clean.get("client_secret").is_none() && clean.get("request").is_none());
}

#[test]
fn core_6_1_contradictions_are_refused() {
    for (claims, outside) in [
        (json!({"client_id": "other"}), vec![]),
        (json!({"client_id": 1}), vec![]),
        (json!({"response_type": "code"}), vec![("response_type", "id_token")]),
        (json!({"client_id": "acme"}), vec![("client_id", "other")]),
    ] {
        assert_eq!(read(claims.clone(), &outside), Err(Reason::RequestObjectContradictory), "{claims}");
    }
}

#[test]
fn aut_11_only_registered_addresses_are_fetched() {
    let mut client = samples::client();
    client.metadata.request_uris = vec!["https://app.example/r.jwt#hash".to_owned()];
    assert_eq!(registered_address(&client, "https://app.example/r.jwt#other"), Some("https://app.example/r.jwt"));
    for never in ["https://app.example/r.jwt?x", "https://app.example/", "http://app.example/r.jwt", "", "#hash"] {
        assert_eq!(registered_address(&client, never), None, "{never}");
    }
    let long = format!("https://app.example/{}", "x".repeat(REQUEST_URI_BYTES_MAX));
    client.metadata.request_uris.push(long.clone());
    assert_eq!(registered_address(&client, &long), None);
}

#[test]
fn the_algorithm_is_the_registered_one_within_the_profile() {
    let mut client = samples::client();
    assert_eq!(algorithms(&client), ClientAlgorithm::ASYMMETRIC);
    client.metadata.request_object_signing_alg = Some(ClientAlgorithm::RS256);
    assert_eq!(algorithms(&client), [ClientAlgorithm::RS256]);
    client.metadata.doorward.profile = Some(Profile::Fapi2);
    assert!(algorithms(&client).is_empty());
    client.metadata.request_object_signing_alg = Some(ClientAlgorithm::HS256);
    client.metadata.doorward.profile = None;
    assert!(algorithms(&client).is_empty());
}
