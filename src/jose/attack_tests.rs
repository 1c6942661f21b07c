//! What is tried on every program that takes JWTs, and that it fails here. Named after the requirements.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::{
    ISSUER, NOW, claims, encode, expect, forge, header, master_key, new_record, pair_of, record, records, ring, token,
};
use super::generate::label;
use super::key_pair::KeyPair;
use super::{Audience, Expect, JwtRefusal, KeyRing, Label, Lifetime, NotSealed, Typ};
use crate::base::bounds::{JWT_BYTES_MAX, JWT_DEPTH_MAX};
use crate::base::{Draw, Timestamp};
use crate::model::key::SigningAlgorithm::{self, ES256, EdDSA, PS256, RS256};

fn refusal(token: &str) -> JwtRefusal {
    refusal_under(token, &expect())
}

fn refusal_under(token: &str, expect: &Expect<'_>) -> JwtRefusal {
    ring().verify::<Value>(token, expect).expect_err("it must be refused")
}

/// The standard header and claims, each changed, under a right signature of our own key.
fn forged(algorithm: SigningAlgorithm, change: impl FnOnce(&mut Value, &mut Value)) -> String {
    let (mut header, mut claims) = (header(algorithm), claims());
    change(&mut header, &mut claims);
    forge(&pair_of(record(algorithm)), &header.to_string(), &claims.to_string())
}

#[test]
fn what_we_sign_we_take_back() {
    for algorithm in SigningAlgorithm::ALL {
        assert_eq!(ring().verify::<Value>(&token(algorithm), &expect()), Ok(claims()), "{algorithm}");
        assert_eq!(forged(algorithm, |_, _| {}).split('.').count(), 3);
    }
}

#[test]
fn jwt_05_unsigned_tokens_are_refused_in_every_spelling_of_none() {
    // RFC 8725 §3.2: none is no algorithm.
    for alg in ["none", "None", "NONE", "nOnE", "", " none", "none ", "non\u{0435}", "no\u{0000}ne"] {
        let header = json!({ "typ": "at+jwt", "alg": alg, "kid": record(RS256).kid });
        let unsigned = format!("{}.{}.", encode(header.to_string()), encode(claims().to_string()));
        assert_eq!(refusal(&unsigned), JwtRefusal::AlgorithmNotAllowed, "{alg:?}");
        let signature = token(RS256).rsplit_once('.').unwrap().1.to_owned();
        assert_eq!(refusal(&format!("{unsigned}{signature}")), JwtRefusal::AlgorithmNotAllowed, "{alg:?}");
        assert_eq!(refusal(unsigned.trim_end_matches('.')), JwtRefusal::NotThreeParts);
    }
    for algorithm in SigningAlgorithm::ALL {
        let (input, _) = token(algorithm).rsplit_once('.').map(|(input, rest)| (input.to_owned(), rest.len())).unwrap();
        assert_eq!(refusal(&format!("{input}.")), JwtRefusal::WrongSignature, "{algorithm} without its signature");
        for alg in [json!(null), json!(["none"]), json!(0)] {
            assert_eq!(refusal(&forged(algorithm, |header, _| header["alg"] = alg)), JwtRefusal::NotJson);
        }
    }
}

/// Every form in which a public key is likely to be handed to an HMAC.
fn forms_of_the_public_key(algorithm: SigningAlgorithm) -> Vec<Vec<u8>> {
    let pair = pair_of(record(algorithm));
    let (der, raw): (PublicKeyX509Der<'_>, &[u8]) = match &*pair {
        KeyPair::Rsa(key) | KeyPair::RsaPss(key) => (key.public_key().as_der().unwrap(), key.public_key().as_ref()),
        KeyPair::P256(key) => (key.public_key().as_der().unwrap(), key.public_key().as_ref()),
        KeyPair::Ed25519(key) => (key.public_key().as_der().unwrap(), key.public_key().as_ref()),
    };
    let body = STANDARD.encode(der.as_ref());
    let lines: Vec<&str> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", lines.join("\n"));
    let jwk: Value = serde_json::from_str(&record(algorithm).public_jwk).unwrap();
    let mut forms = vec![
        der.as_ref().to_vec(),
        raw.to_vec(),
        format!("{pem}\n").into_bytes(),
        pem.into_bytes(),
        body.into_bytes(),
        record(algorithm).public_jwk.clone().into_bytes(),
        ring().key_set().json.clone(),
        record(algorithm).kid.clone().into_bytes(),
        Vec::new(),
    ];
    forms.extend(["n", "x", "y"].iter().filter_map(|name| Some(jwk.get(name)?.as_str()?.as_bytes().to_vec())));
    forms
}

#[test]
fn jwt_06_an_hmac_keyed_with_any_form_of_a_public_key_is_refused() {
    for algorithm in SigningAlgorithm::ALL {
        for (alg, hash) in [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)] {
            for key in forms_of_the_public_key(algorithm) {
                let key = hmac::Key::new(hash, &key);
                let sign = |alg: &str| {
                    let header = json!({ "typ": "at+jwt", "alg": alg, "kid": record(algorithm).kid });
                    let input = format!("{}.{}", encode(header.to_string()), encode(claims().to_string()));
                    format!("{input}.{}", encode(hmac::sign(&key, input.as_bytes())))
                };
                assert_eq!(refusal(&sign(alg)), JwtRefusal::AlgorithmNotAllowed);
                assert_eq!(refusal(&sign(algorithm.as_str())), JwtRefusal::WrongSignature);
            }
        }
    }
}

#[test]
fn jwt_07_keys_brought_in_headers_are_ignored() {
    let stranger = new_record(ES256, &mut Draw::from_seed([66; 32]));
    let jwk: Value = serde_json::from_str(&stranger.public_jwk).unwrap();
    for (name, key) in [
        ("jwk", jwk),
        ("jku", json!("http://127.0.0.1:1/keys")),
        ("x5u", json!("http://169.254.169.254/cert")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("abc")),
    ] {
        let sign = |kid: Option<&str>| {
            let header = json!({ "typ": "at+jwt", "alg": "ES256", "kid": kid, name: key });
            let header = if kid.is_some() { header } else { without(header, "kid") };
            forge(&pair_of(&stranger), &header.to_string(), &claims().to_string())
        };
        assert_eq!(refusal(&sign(Some(&record(ES256).kid))), JwtRefusal::WrongSignature, "{name}");
        assert_eq!(refusal(&sign(Some(&stranger.kid))), JwtRefusal::UnknownKey, "{name}");
        assert_eq!(refusal(&sign(None)), JwtRefusal::UnknownKey, "{name}");
    }
}

fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().unwrap().remove(name);
    value
}

#[test]
fn jwt_08_kid_tricks_are_harmless() {
    let own = record(ES256).kid.clone();
    let strangers = [
        String::new(),
        "../../../../dev/null".to_owned(),
        "/etc/passwd".to_owned(),
        "' OR '1'='1".to_owned(),
        "x; DROP TABLE signing_keys".to_owned(),
        "${jndi:ldap://x}".to_owned(),
        "a\u{0000}".to_owned(),
        format!("{own} "),
        format!("{own}\u{0000}"),
        own.to_uppercase(),
        own[..42].to_owned(),
        "k".repeat(10_000),
    ];
    for kid in strangers {
        assert_eq!(refusal(&forged(ES256, |header, _| header["kid"] = json!(kid))), JwtRefusal::UnknownKey, "{kid:?}");
    }
    for kid in [json!([own]), json!({ "kid": own }), json!(1), json!(null)] {
        assert_eq!(refusal(&forged(ES256, |header, _| header["kid"] = kid)), JwtRefusal::NotJson);
    }
    for other in [RS256, PS256, EdDSA] {
        let crossed = forged(ES256, |header, _| header["kid"] = json!(record(other).kid));
        assert_eq!(refusal(&crossed), JwtRefusal::OtherAlgorithm, "{other}");
    }
}

#[test]
fn jwt_09_misshapen_tokens_are_refused() {
    // RFC 7515 §2: base64url without padding or blanks. RFC 7515 §5.2, RFC 7519 §7.2, RFC 8725 §3: every part is
    // looked at.
    let good = token(EdDSA);
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (head, body) = input.split_once('.').unwrap();
    for (bad, why) in [
        (String::new(), JwtRefusal::NotThreeParts),
        (".".to_owned(), JwtRefusal::NotThreeParts),
        ("..".to_owned(), JwtRefusal::NotJson),
        (".".repeat(JWT_BYTES_MAX), JwtRefusal::NotThreeParts),
        (".".repeat(JWT_BYTES_MAX + 1), JwtRefusal::TooLong),
        ("a".repeat(100_000_000), JwtRefusal::TooLong),
        (format!("{good}."), JwtRefusal::NotThreeParts),
        (format!(".{good}"), JwtRefusal::NotThreeParts),
        (format!("{good}.{good}"), JwtRefusal::NotThreeParts),
        (format!("{head}.{body}.{body}.{signature}"), JwtRefusal::NotThreeParts),
        (format!("{good}="), JwtRefusal::NotBase64Url),
        (format!("{good}\n"), JwtRefusal::NotBase64Url),
        (format!(" {good}"), JwtRefusal::NotBase64Url),
        (format!("{head}.{body}.{signature}{signature}"), JwtRefusal::WrongSignature),
        (format!("{head}=.{body}.{signature}"), JwtRefusal::NotBase64Url),
        (format!("{}.{body}.{signature}", encode("{")), JwtRefusal::NotJson),
        (format!("{}.{body}.{signature}", encode("[]")), JwtRefusal::NotJson),
        (format!("{}.{body}.{signature}", encode("{}{}")), JwtRefusal::NotJson),
        (format!("{}.{body}.{signature}", encode([0xff, 0xfe])), JwtRefusal::NotJson),
        (format!("{}.{body}.{signature}", encode("{\"alg\":\"EdDSA\",\"x\":1e999}")), JwtRefusal::NotJson),
    ] {
        assert_eq!(refusal(&bad), why, "{}", &bad[..bad.len().min(100)]);
    }
}

#[test]
fn jwt_09_cut_tokens_are_refused_wherever_they_are_cut() {
    for algorithm in SigningAlgorithm::ALL {
        let (ring, good) = (ring(), token(algorithm));
        for length in 0..good.len() {
            assert!(ring.verify::<Value>(&good[..length], &expect()).is_err(), "{length} of {algorithm}");
        }
    }
}

#[test]
fn jwt_09_a_member_that_stands_twice_is_refused() {
    // RFC 7515 §4, RFC 7519 §4: names are unique.
    let pair = pair_of(record(EdDSA));
    let (header, claims) = (header(EdDSA).to_string(), claims().to_string());
    let twice = |object: &str, member: &str| format!("{{{member},{}", &object[1..]);
    for member in [r#""alg":"none""#, r#""alg":"EdDSA""#, r#""kid":"x""#, r#""\u0061lg":"none""#, r#""x":1,"x":1"#] {
        assert_eq!(refusal(&forge(&pair, &twice(&header, member), &claims)), JwtRefusal::MemberTwice, "{member}");
    }
    for member in [r#""sub":"eve""#, r#""\u0073ub":"eve""#, r#""exp":1"#, r#""act":{"sub":"a","sub":"b"}"#] {
        assert_eq!(refusal(&forge(&pair, &header, &twice(&claims, member))), JwtRefusal::MemberTwice, "{member}");
    }
}

#[test]
fn jwt_09_deep_tokens_are_refused_before_they_are_read_to_the_end() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let pair = pair_of(record(EdDSA));
    let with = |depth: usize| {
        let claims = claims().to_string();
        forge(&pair, &header(EdDSA).to_string(), &format!("{{\"x\":{},{}", nested(depth), &claims[1..]))
    };
    assert!(ring().verify::<Value>(&with(JWT_DEPTH_MAX - 1), &expect()).is_ok());
    assert_eq!(refusal(&with(JWT_DEPTH_MAX)), JwtRefusal::TooDeep);
    assert_eq!(refusal(&with(5_000)), JwtRefusal::TooDeep);
    let header = format!("{{\"alg\":{}}}", nested(5_000));
    assert_eq!(refusal(&forge(&pair, &header, "{}")), JwtRefusal::TooDeep);
    let objects = format!("{}1{}", "{\"a\":".repeat(2_000), "}".repeat(2_000));
    assert_eq!(refusal(&forge(&pair, &objects, "{}")), JwtRefusal::TooDeep);
}

#[test]
fn jwt_09_claims_of_another_kind_are_refused() {
    let pair = pair_of(record(EdDSA));
    for payload in ["", "[]", "null", "\"text\"", "{} {}", "{\"iss\":1}x"] {
        assert_eq!(refusal(&forge(&pair, &header(EdDSA).to_string(), payload)), JwtRefusal::NotJson, "{payload}");
    }
    for name in ["iss", "aud", "exp", "iat"] {
        assert_eq!(
            refusal(&forged(EdDSA, |_, claims| drop(claims.as_object_mut().unwrap().remove(name)))),
            JwtRefusal::ClaimMissing(name)
        );
        for wrong in [json!(null), json!({}), json!([]), json!([1]), json!(true), json!(1.5)] {
            assert_eq!(refusal(&forged(EdDSA, |_, claims| claims[name] = wrong)), JwtRefusal::ClaimMissing(name));
        }
    }
    assert_eq!(refusal(&forged(EdDSA, |_, claims| claims["nbf"] = json!("0"))), JwtRefusal::ClaimMissing("nbf"));
    assert_eq!(ring().verify::<u32>(&token(EdDSA), &expect()), Err(JwtRefusal::OtherClaims));
}

proptest! {
    #[test]
    fn jwt_09_a_token_with_one_character_changed_is_refused(
        algorithm in prop::sample::select(SigningAlgorithm::ALL.to_vec()),
        place in any::<prop::sample::Index>(),
        by in prop::sample::select(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ".to_vec()),
    ) {
        let good = token(algorithm);
        let mut bad = good.clone().into_bytes();
        *place.get_mut(&mut bad) = by;
        let bad = String::from_utf8(bad).unwrap();
        prop_assert_eq!(ring().verify::<Value>(&bad, &expect()).is_ok(), bad == good);
    }

    #[test]
    fn jwt_09_no_text_is_a_token_by_chance(text in "\\PC{0,60}(\\.\\PC{0,60}){0,4}") {
        prop_assert!(ring().verify::<Value>(&text, &expect()).is_err());
    }

    #[test]
    fn jwt_09_no_header_or_claims_make_it_panic(header in "\\PC{0,80}", payload in "\\PC{0,80}") {
        let token = forge(&pair_of(record(EdDSA)), &header, &payload);
        prop_assert!(ring().verify::<Value>(&token, &expect()).is_err());
    }
}

fn at(seconds: i64) -> Expect<'static> {
    Expect { now: NOW.plus_seconds(seconds), ..expect() }
}

#[test]
fn jwt_10_exp_and_nbf_count_with_a_minute_of_tolerance() {
    let token = forged(ES256, |_, claims| claims["nbf"] = json!(NOW.seconds() + 100));
    for (seconds, result) in [
        (39, Err(JwtRefusal::NotYetValid)),
        (40, Ok(())),
        (359, Ok(())),
        (360, Err(JwtRefusal::Expired)),
        (i64::MAX, Err(JwtRefusal::Expired)),
    ] {
        assert_eq!(ring().verify::<Value>(&token, &at(seconds)).map(drop), result, "after {seconds} s");
    }
}

#[test]
fn f_33_a_token_made_under_a_clock_that_was_ahead_does_not_live_for_years() {
    let ahead = NOW.seconds() + 10 * 365 * 86_400;
    for begins in [0, ahead] {
        let token = forged(ES256, |_, claims| {
            claims["iat"] = json!(ahead);
            claims["nbf"] = json!(begins);
            claims["exp"] = json!(ahead + 300);
        });
        assert_eq!(refusal(&token), JwtRefusal::NotYetValid);
    }
}

#[test]
fn f_34_no_time_in_a_token_overflows() {
    for extreme in [i64::MIN, i64::MAX, 0, -1] {
        for name in ["exp", "iat", "nbf"] {
            let token = forged(EdDSA, |_, claims| claims[name] = json!(extreme));
            for now in [Timestamp::from_micros(i64::MIN), NOW, Timestamp::from_micros(i64::MAX)] {
                let _ = ring().verify::<Value>(&token, &Expect { now, ..expect() });
            }
        }
    }
}

#[test]
fn jwt_10_a_hint_counts_after_its_end_but_only_with_our_signature() {
    let years_later = Expect { lifetime: Lifetime::Over, audience: Audience::Any, ..at(10 * 365 * 86_400) };
    let token = token(RS256);
    assert!(ring().verify::<Value>(&token, &years_later).is_ok());
    let stranger = new_record(ES256, &mut Draw::from_seed([66; 32]));
    let forged = forge(&pair_of(&stranger), &header(ES256).to_string(), &claims().to_string());
    assert_eq!(refusal_under(&forged, &years_later), JwtRefusal::WrongSignature);
}

#[test]
fn jwt_11_critical_extensions_compression_and_encryption_are_refused() {
    // RFC 7515 §4.1.11: what is critical and not understood is refused.
    for crit in [json!(["exp"]), json!(["b64"]), json!([]), json!(null), json!("x")] {
        assert_eq!(refusal(&forged(ES256, |header, _| header["crit"] = crit)), JwtRefusal::CriticalExtension);
    }
    for alg in ["RSA-OAEP", "dir", "PBES2-HS256+A128KW", "ECDH-ES", "RS512", "PS384", "ES384", "ES256K", "Ed25519"] {
        let token = forged(ES256, |header, _| header["alg"] = json!(alg));
        assert_eq!(refusal(&token), JwtRefusal::AlgorithmNotAllowed, "{alg}");
        assert_eq!(refusal(&format!("{token}.{}.{}", encode("iv"), encode("tag"))), JwtRefusal::NotThreeParts);
    }
}

#[test]
fn jwt_12_the_algorithm_is_the_keys_and_one_of_those_expected() {
    // RFC 8725 §3.1: a key has one algorithm.
    let only = Expect { algorithms: &[ES256], ..expect() };
    assert!(ring().verify::<Value>(&token(ES256), &only).is_ok());
    assert_eq!(refusal_under(&token(RS256), &only), JwtRefusal::AlgorithmNotAllowed);
    let pairs = [(RS256, ES256), (ES256, EdDSA), (EdDSA, RS256), (RS256, PS256), (PS256, RS256)];
    for (said, real) in pairs {
        let token = forged(real, |header, _| header["alg"] = json!(said));
        assert_eq!(refusal(&token), JwtRefusal::OtherAlgorithm);
    }
}

#[test]
fn jwt_12_each_rsa_key_signs_by_its_own_padding_alone() {
    // RFC 7518 §3.5: PS256 is another scheme than RS256, and the same private key could make either.
    for (own, other) in [(RS256, PS256), (PS256, RS256)] {
        let pkcs8 = master_key().open(label(own, &record(own).kid), &record(own).sealed_private_key).unwrap();
        let misused = KeyPair::from_pkcs8(other, pkcs8.expose()).unwrap();
        let sign = |pair: &KeyPair, alg: SigningAlgorithm, kid: &str| {
            let header = json!({ "typ": "at+jwt", "alg": alg, "kid": kid });
            forge(pair, &header.to_string(), &claims().to_string())
        };
        let (genuine, own_kid, other_kid) = (pair_of(record(own)), &record(own).kid, &record(other).kid);
        assert!(ring().verify::<Value>(&sign(&genuine, own, own_kid), &expect()).is_ok());
        for (what, token, why) in [
            ("its key, the other padding", sign(&misused, own, own_kid), JwtRefusal::WrongSignature),
            ("its key, the other padding, which it says", sign(&misused, other, own_kid), JwtRefusal::OtherAlgorithm),
            ("its signature under the other name", sign(&genuine, other, own_kid), JwtRefusal::OtherAlgorithm),
            ("its signature under the other key", sign(&genuine, own, other_kid), JwtRefusal::OtherAlgorithm),
            ("its signature under all of the other", sign(&genuine, other, other_kid), JwtRefusal::WrongSignature),
        ] {
            assert_eq!(refusal(&token), why, "{own}: {what}");
        }
    }
}

#[test]
fn jwt_04_and_jwt_12_tokens_of_one_kind_are_not_taken_for_another() {
    // RFC 8725 §3.11: `typ` tells kinds of tokens apart.
    for made in Typ::ALL {
        let token = ring().prepare(made, ES256, &claims(), NOW).unwrap().sign_here().unwrap();
        for wanted in Typ::ALL {
            let result = ring().verify::<Value>(&token, &Expect { typ: wanted, ..expect() });
            assert_eq!(result.is_ok(), made == wanted, "{made:?} as {wanted:?}");
        }
    }
    for typ in ["AT+JWT", "application/at+jwt", "at+jwt ", "", "jwt"] {
        assert_eq!(refusal(&forged(ES256, |header, _| header["typ"] = json!(typ))), JwtRefusal::OtherTyp, "{typ:?}");
    }
    assert_eq!(refusal(&forged(ES256, |header, _| *header = without(header.clone(), "typ"))), JwtRefusal::OtherTyp);
}

#[test]
fn jwt_12_other_issuers_audiences_and_keys_are_refused() {
    // RFC 9068 §4: issuer, audience and signature are looked at.
    for issuer in ["https://idp.example/", "https://IDP.example", "https://evil.example", ""] {
        let token = forged(ES256, |_, claims| claims["iss"] = json!(issuer));
        assert_eq!(refusal(&token), JwtRefusal::OtherIssuer, "{issuer}");
    }
    let both = json!(["https://api.example", "https://evil.example"]);
    let token_for_both = forged(ES256, |_, claims| claims["aud"] = both);
    assert_eq!(refusal(&token_for_both), JwtRefusal::OtherAudience);
    let includes = |audience| Expect { audience: Audience::Includes(audience), ..expect() };
    assert!(ring().verify::<Value>(&token_for_both, &includes("https://api.example")).is_ok());
    assert_eq!(refusal_under(&token_for_both, &includes(ISSUER)), JwtRefusal::OtherAudience);

    let upstream = new_record(ES256, &mut Draw::from_seed([67; 32]));
    let upstream_ring = KeyRing::open([upstream], &master_key(), NOW).unwrap();
    let foreign = upstream_ring.prepare(Typ::AccessToken, ES256, &claims(), NOW).unwrap().sign_here().unwrap();
    assert_eq!(refusal(&foreign), JwtRefusal::UnknownKey);
}

#[test]
fn jwt_12_keys_are_separated_by_purpose() {
    let key = master_key();
    assert_ne!(key.derive("csrf").expose(), key.derive("browser").expose());
    let sealed = key.seal(Label { purpose: "signing-key", record: "a" }, b"secret", &mut Draw::from_seed([1; 32]));
    for label in [("signing-key", "b"), ("totp-seed", "a"), ("signing-ke", "ya"), ("", "signing-keya")] {
        let label = Label { purpose: label.0, record: label.1 };
        assert_eq!(key.open(label, &sealed).unwrap_err(), NotSealed::Tampered);
    }
}

#[test]
fn ops_02_and_ops_03_old_tokens_verify_until_their_key_is_gone_or_withdrawn() {
    let token = token(ES256);
    let mut retired = record(ES256).clone();
    retired.retires_at = Some(NOW.plus_seconds(10));
    retired.gone_at = Some(NOW.plus_seconds(100));
    let ring = KeyRing::open([retired], &master_key(), NOW).unwrap();
    assert!(ring.verify::<Value>(&token, &at(99)).is_ok());
    assert_eq!(ring.verify::<Value>(&token, &at(100)), Err(JwtRefusal::UnknownKey));

    let mut withdrawn = records().to_vec();
    for record in &mut withdrawn {
        record.revoked_at = Some(NOW.plus_seconds(5));
    }
    let ring = KeyRing::open(withdrawn, &master_key(), NOW).unwrap();
    assert_eq!(ring.verify::<Value>(&token, &expect()), Err(JwtRefusal::UnknownKey));
    assert_eq!(ring.key_set().json, br#"{"keys":[]}"#);
    assert!(ring.prepare(Typ::Jwt, ES256, &claims(), NOW).is_err());
}
