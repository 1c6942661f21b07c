//! Which ID tokens are believed. OpenID Connect Core §3.1.3.7, FED-03.

use doorward::upstream::{Arrival, Kind, UpstreamFailure};
use serde_json::{Value, json};

use crate::idp::{ACCESS_TOKEN, CLIENT_ID, Idp, NOW, arrival, connector, finish, pending, provider, unverified};
use crate::server::Reply;
use crate::signer::{Secret, Signer, encode};

#[tokio::test]
async fn fed_03_a_token_in_order_is_believed_whatever_it_is_signed_with() {
    let idp = Idp::start();
    for signer in [Signer::Rs256(0), Signer::Ps256(0), Signer::Es256, Signer::EdDsa] {
        idp.give(&signer.header(), &idp.claims(), signer);
        let arrived = finish(&idp.connector()).await.unwrap();
        assert_eq!(arrived.identity.provider.as_str(), "up");
        assert_eq!(arrived.identity.subject, "248289761001", "{signer:?}");
        assert_eq!(arrived.identity.claims.name.as_deref(), Some("Ada Lovelace"));
        assert_eq!(arrived.tokens.access_token.expose(), ACCESS_TOKEN);
    }
    assert_eq!(idp.server.seen("/op/userinfo").len(), 0);
}

async fn refusal_of(changes: Value) -> &'static str {
    unverified(Idp::start().finish_but(&changes).await)
}

#[tokio::test]
async fn fed_03_a_wrong_issuer_is_refused() {
    // OpenID Connect Core §3.1.3.7: the issuer is the expected one.
    for iss in [json!("https://evil.example"), json!(null), json!(7), json!("")] {
        let refusal = refusal_of(json!({ "iss": iss })).await;
        assert!(matches!(refusal, "another issuer made it" | "it names no issuer"), "{refusal}");
    }
}

#[tokio::test]
async fn fed_2_3_a_wrong_audience_is_refused() {
    for aud in [json!("another"), json!(["another"]), json!([]), json!(null), json!([CLIENT_ID, 7]), json!({})] {
        assert_eq!(refusal_of(json!({ "aud": aud, "azp": CLIENT_ID })).await, "it is meant for somebody else", "{aud}");
    }
}

#[tokio::test]
async fn fed_2_3_the_authorized_party_is_us_when_there_are_several_or_it_is_named() {
    let several = json!([CLIENT_ID, "another"]);
    for azp in [json!("another"), json!(null), json!([CLIENT_ID])] {
        assert_eq!(refusal_of(json!({ "aud": several, "azp": azp })).await, "it was issued to somebody else", "{azp}");
    }
    assert_eq!(refusal_of(json!({ "azp": "another" })).await, "it was issued to somebody else");
    let idp = Idp::start();
    assert!(idp.finish_but(&json!({ "aud": several, "azp": CLIENT_ID })).await.is_ok());
    assert!(idp.finish_but(&json!({ "aud": [CLIENT_ID] })).await.is_ok());
}

#[tokio::test]
async fn fed_2_3_times_hold_within_a_minute() {
    let at = |seconds: i64| json!(NOW.seconds() + seconds);
    assert_eq!(refusal_of(json!({ "exp": at(-60) })).await, "it has expired");
    assert_eq!(refusal_of(json!({ "exp": 0 })).await, "it has expired");
    assert_eq!(refusal_of(json!({ "exp": null })).await, "it does not say when it expires");
    assert_eq!(refusal_of(json!({ "exp": "soon" })).await, "a time in it is no number");
    assert_eq!(refusal_of(json!({ "iat": at(61) })).await, "its time is yet to come");
    assert_eq!(refusal_of(json!({ "iat": null })).await, "it does not say when it was issued");
    assert_eq!(refusal_of(json!({ "nbf": at(61) })).await, "its time is yet to come");
    let idp = Idp::start();
    let odd = json!({ "exp": at(-59), "iat": at(60), "nbf": 1_800_000_000.5 });
    assert!(idp.finish_but(&odd).await.is_ok());
}

#[tokio::test]
async fn fed_2_3_another_visits_nonce_is_refused() {
    for nonce in [json!("another"), json!(null), json!(""), json!("the-nonce "), json!(["the-nonce"])] {
        assert_eq!(refusal_of(json!({ "nonce": nonce })).await, "it was made for another visit", "{nonce}");
    }
}

#[tokio::test]
async fn fed_2_3_at_hash_is_held_against_the_access_token_if_present() {
    // OpenID Connect Core §3.1.3.8: the access token's hash.
    // OpenID Connect Core §A.4 gives the hash of this very token.
    let idp = Idp::start();
    assert!(idp.finish_but(&json!({ "at_hash": "77QmUPtjPfzWtF2AnpK9RQ" })).await.is_ok());
    for other in [json!("77QmUPtjPfzWtF2AnpK9RA"), json!(""), json!(1)] {
        assert_eq!(refusal_of(json!({ "at_hash": other })).await, "it came with another access token");
    }
}

#[tokio::test]
async fn fed_2_2_a_subject_is_a_text_that_can_be_kept_and_letter_case_counts() {
    // OpenID Connect Core §2: 255 characters, and letter case counts.
    for sub in [json!(null), json!(248_289), json!(""), json!("x".repeat(256)), json!("a\u{0}b")] {
        let refusal = refusal_of(json!({ "sub": sub })).await;
        assert!(refusal.contains("subject"), "{refusal}");
    }
    let idp = Idp::start();
    let mixed = "Ab".repeat(127);
    assert_eq!(idp.finish_but(&json!({ "sub": mixed })).await.unwrap().identity.subject, mixed);
}

async fn refusal_of_token(token: &str) -> &'static str {
    let idp = Idp::start();
    idp.give_token(token);
    unverified(finish(&idp.connector()).await)
}

#[tokio::test]
async fn fed_2_3_a_token_that_is_signed_with_the_public_key_as_a_secret_is_refused() {
    for secret in [Secret::Jwk, Secret::Modulus, Secret::Client] {
        let idp = Idp::start();
        let signer = Signer::Hs256(secret);
        idp.give(&signer.header(), &idp.claims(), signer);
        let refusal = unverified(finish(&idp.connector()).await);
        assert_eq!(refusal, "it is signed by an algorithm that is not allowed");
    }
}

#[tokio::test]
async fn fed_2_3_an_algorithm_that_is_not_allowed_is_refused() {
    for alg in ["none", "None", "HS512", "rs256", "RS256 ", "", "ES256K", "RSA1_5"] {
        let header = json!({ "alg": alg, "kid": "rsa-0" });
        for signer in [Signer::Unsigned, Signer::Rs256(0)] {
            let token = signer.token(&header, &Idp::start().claims());
            assert_eq!(refusal_of_token(&token).await, "it is signed by an algorithm that is not allowed", "{alg}");
        }
    }
}

#[tokio::test]
async fn fed_2_3_a_key_signs_with_the_algorithms_of_its_type_only() {
    for (alg, kid) in [("ES256", "rsa-0"), ("RS256", "ec"), ("EdDSA", "ec"), ("PS256", "ed")] {
        let token = Signer::Rs256(0).token(&json!({ "alg": alg, "kid": kid }), &Idp::start().claims());
        assert_eq!(refusal_of_token(&token).await, "its signature is wrong", "{alg} {kid}");
    }
}

async fn refusal_under_key(changes: &Value) -> &'static str {
    let idp = Idp::start();
    let mut jwk = Signer::Rs256(0).jwk();
    for (name, value) in changes.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    idp.server.answer("/op/keys", Reply::json(&json!({ "keys": [jwk] })));
    unverified(finish(&idp.connector()).await)
}

#[tokio::test]
async fn fed_2_3_a_key_counts_only_for_what_it_is_published_for() {
    // RFC 8725 §3.5: short keys are passed over.
    assert_eq!(refusal_under_key(&json!({ "use": "enc" })).await, "its signature is wrong");
    assert_eq!(refusal_under_key(&json!({ "alg": "RS512" })).await, "its signature is wrong");
    let unpublished = "it is signed with a key that the provider does not publish";
    assert_eq!(refusal_under_key(&json!({ "kty": "oct", "k": "AAAA" })).await, unpublished);
    // A key of 1024 bits.
    assert_eq!(refusal_under_key(&json!({ "n": encode([0xff; 128]) })).await, unpublished);
    assert_eq!(refusal_under_key(&json!({ "kid": "another" })).await, unpublished);
}

#[tokio::test]
async fn fed_2_3_a_wrong_signature_is_refused() {
    let idp = Idp::start();
    let right = Signer::Rs256(0).token(&Signer::Rs256(0).header(), &idp.claims());
    let (input, signature) = right.rsplit_once('.').unwrap();
    let other = Signer::Rs256(1).token(&Signer::Rs256(0).header(), &idp.claims());
    let body = encode(idp.claims_but(&json!({ "sub": "another" })).to_string());
    let header = input.split('.').next().unwrap();
    for wrong in [other, format!("{header}.{body}.{signature}"), format!("{input}."), format!("{input}.AAAA")] {
        idp.give_token(&wrong);
        assert_eq!(unverified(finish(&idp.connector()).await), "its signature is wrong", "{wrong}");
    }
}

#[tokio::test]
async fn fed_2_3_a_key_that_the_token_brings_along_does_not_count() {
    let idp = Idp::start();
    let mut header = Signer::Rs256(0).header();
    header["jwk"] = Signer::Rs256(1).jwk();
    header["jku"] = idp.server.at("/evil/keys").into();
    idp.server.answer("/evil/keys", Reply::json(&json!({ "keys": [Signer::Rs256(1).jwk()] })));
    idp.give(&header, &idp.claims(), Signer::Rs256(1));
    assert_eq!(unverified(finish(&idp.connector()).await), "its signature is wrong");
    assert_eq!(idp.server.seen("/evil/keys").len(), 0);
}

#[tokio::test]
async fn a_token_without_kid_is_held_against_every_key() {
    let idp = Idp::start();
    idp.give(&json!({ "alg": "ES256" }), &idp.claims(), Signer::Es256);
    assert!(finish(&idp.connector()).await.is_ok());
}

#[tokio::test]
async fn what_is_no_token_is_malformed() {
    let twice = format!("{}.{}.x", encode(r#"{"alg":"RS256","alg":"none"}"#), encode("{}"));
    let critical = format!("{}.{}.x", encode(r#"{"alg":"RS256","crit":["b64"]}"#), encode("{}"));
    for token in ["", "a.b", "a.b.c.d", "....", "é.é.é", &twice, &critical, &"a".repeat(20_000)] {
        let idp = Idp::start();
        idp.give_token(token);
        let failure = finish(&idp.connector()).await.unwrap_err();
        assert_eq!(failure.label(), "malformed", "{token:.20} {failure}");
    }
    let idp = Idp::start();
    idp.server.answer("/op/token", Reply::json(&json!({ "access_token": "a", "token_type": "Bearer" })));
    assert_eq!(finish(&idp.connector()).await.unwrap_err().label(), "malformed");
}

#[tokio::test]
async fn fed_2_1_google_signs_in_two_forms_and_both_are_one_person() {
    let idp = Idp::start();
    let google = connector(provider(Kind::Google, idp.issuer.clone()));
    let without_scheme = idp.issuer.trim_start_matches("http://").to_owned();
    for iss in [idp.issuer.clone(), without_scheme.clone()] {
        idp.give(&Signer::Rs256(0).header(), &idp.claims_but(&json!({ "iss": iss })), Signer::Rs256(0));
        assert_eq!(finish(&google).await.unwrap().identity.subject, "248289761001");
    }
    // Anybody else has one form.
    assert_eq!(unverified(finish(&idp.connector()).await), "another issuer made it");
    idp.give(
        &Signer::Rs256(0).header(),
        &idp.claims_but(&json!({ "iss": format!("{without_scheme}/") })),
        Signer::Rs256(0),
    );
    assert_eq!(unverified(finish(&google).await), "another issuer made it");
}

#[tokio::test]
async fn fed_2_7_the_answers_issuer_is_checked_whenever_it_is_announced_or_present() {
    // RFC 9207 §2.3, §3: `iss` is looked at whenever it is announced or there. RFC 9700 §4.4: so answers are not
    // mixed up.
    let idp = Idp::start();
    let with = |iss: Option<String>, connector| async move {
        let arrival = Arrival { iss: iss.as_deref(), ..arrival() };
        doorward::upstream::Connector::finish(connector, &arrival, &pending(), NOW).await
    };
    let silent = idp.connector();
    assert!(with(None, &silent).await.is_ok());
    assert!(with(Some(idp.issuer.clone()), &silent).await.is_ok());
    let codes_shown = idp.server.seen("/op/token").len();
    for other in ["https://evil.example", "", &format!("{}/", idp.issuer)] {
        let refusal = unverified(with(Some(other.to_owned()), &silent).await);
        assert_eq!(refusal, "the answer is another issuer's");
    }
    let mut document = idp.document();
    document["authorization_response_iss_parameter_supported"] = true.into();
    idp.publish(&document);
    let announced = idp.connector();
    assert_eq!(unverified(with(None, &announced).await), "the answer does not name its issuer");
    // Mix-up: a code that came with another's name is shown to nobody.
    assert_eq!(idp.server.seen("/op/token").len(), codes_shown);
    assert!(with(Some(idp.issuer.clone()), &announced).await.is_ok());
    // RFC 9207 §2.4: errors, too.
    assert!(announced.check_issuer_of_answer(Some(&idp.issuer), NOW).await.is_ok());
    let refusal = unverified(announced.check_issuer_of_answer(None, NOW).await);
    assert_eq!(refusal, "the answer does not name its issuer");
    let refusal = unverified(silent.check_issuer_of_answer(Some("https://evil.example"), NOW).await);
    assert_eq!(refusal, "the answer is another issuer's");
    assert!(silent.check_issuer_of_answer(None, NOW).await.is_ok());
}

#[tokio::test]
async fn fed_2_3_a_token_of_another_kind_is_no_id_token() {
    let idp = Idp::start();
    let signer = Signer::Rs256(0);
    for (typ, is_one) in
        [("JWT", true), ("jwt", true), ("at+jwt", false), ("secevent+jwt", false), ("logout+jwt", false), ("", false)]
    {
        let mut header = signer.header();
        header["typ"] = typ.into();
        idp.give(&header, &idp.claims(), signer);
        match finish(&idp.connector()).await {
            Ok(_) => assert!(is_one, "{typ}"),
            refused => assert!(!is_one && unverified(refused) == "it is another kind of token", "{typ}"),
        }
    }
    let mut header = signer.header();
    header.as_object_mut().unwrap().remove("typ");
    idp.give(&header, &idp.claims(), signer);
    assert!(finish(&idp.connector()).await.is_ok(), "without one");
}

#[tokio::test]
async fn fed_3_16_another_issuers_document_is_refused() {
    // OpenID Connect Discovery §4, §4.3: the document names its own issuer.
    let idp = Idp::start();
    for other in ["https://accounts.google.com".to_owned(), format!("{}/", idp.issuer), String::new()] {
        let mut document = idp.document();
        document["issuer"] = other.into();
        idp.publish(&document);
        assert_eq!(unverified(finish(&idp.connector()).await), "the discovery document is another issuer's");
    }
    assert_eq!(idp.server.seen("/op/token").len(), 0);
}

#[tokio::test]
async fn fed_3_19_userinfo_is_asked_only_for_what_is_missing_and_must_be_about_the_same_person() {
    let idp = Idp::start();
    let about = |sub: &str| json!({ "sub": sub, "email": "ada@example.org", "email_verified": true, "name": "Ada" });
    let short = json!({ "email": null, "email_verified": null, "name": null });
    idp.server.answer("/op/userinfo", Reply::json(&about("248289761001")));
    let identity = idp.finish_but(&short).await.unwrap().identity;
    assert_eq!(identity.mailbox.address().unwrap().as_str(), "ada@example.org");
    let asked = idp.server.only("/op/userinfo");
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {ACCESS_TOKEN}").as_str()));
    for wrong in [about("another"), json!({ "email": "ada@example.org" }), json!({ "sub": 248_289_761_001_i64 })] {
        idp.server.answer("/op/userinfo", Reply::json(&wrong));
        assert_eq!(unverified(idp.finish_but(&short).await), "userinfo is about somebody else");
    }
}

#[tokio::test]
async fn addresses_that_are_given_need_no_document() {
    let idp = Idp::start();
    let mut given = idp.provider();
    given.authorization_endpoint = Some(idp.server.at("/op/authorize"));
    given.token_endpoint = Some(idp.server.at("/op/token"));
    given.jwks_uri = Some(idp.server.at("/op/keys"));
    assert!(finish(&connector(given)).await.is_ok());
    assert_eq!(idp.server.seen(crate::idp::DISCOVERY).len(), 0);
}

#[tokio::test]
async fn a_provider_without_issuer_is_misconfigured() {
    let mut nowhere = Idp::start().provider();
    nowhere.issuer = None;
    let failure = doorward::upstream::Connectors::new(vec![nowhere]).err().unwrap();
    assert_eq!(failure, UpstreamFailure::Misconfigured { detail: "it has no issuer".to_owned() });
}
