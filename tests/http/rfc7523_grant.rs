//! Assertions of trusted issuers as grants (RFC 7523 §2.1).

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::model::audit::{AuditAction, AuditEvent};
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::example::Example;
use crate::support::json;
use crate::support::relying_party::{claims, token, userinfo};
use crate::support::world::{ISSUER, World};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const PARTNER: &str = "https://partner.example";
const ADA: &str = "ada@example.com";

fn pair() -> &'static EcdsaKeyPair {
    static PAIR: OnceLock<EcdsaKeyPair> = OnceLock::new();
    PAIR.get_or_init(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn sign(header: &Value, claims: &Value, pair: &EcdsaKeyPair) -> String {
    let input = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
    let signature = pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
    format!("{input}.{}", encode(signature.as_ref()))
}

fn assertion(claims: &Value) -> String {
    sign(&json!({"alg": "ES256", "kid": "1"}), claims, pair())
}

/// A world that trusts the partner for `acme`, its subjects being what `subject` says.
async fn world(subject: Value) -> World {
    let point = pair().public_key().as_ref();
    let (x, y) = point[1..].split_at(32);
    let jwk = json!({"kty": "EC", "crv": "P-256", "kid": "1", "x": encode(x), "y": encode(y)});
    let issuers = json!([{"issuer": PARTNER, "jwks": {"keys": [jwk]}, "subject": subject, "clients": ["acme"]}]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issuers.json");
    std::fs::write(&path, issuers.to_string()).unwrap();
    let world = World::with(|settings| settings.protocol.assertion_issuers = Some(path)).await;
    world.client("acme", |metadata| metadata.doorward.resources = vec!["https://api.example".to_owned()]).await;
    world.person(ADA).await;
    world
}

/// What the partner says about Ada, with some members changed; `null` removes one.
fn about_ada(world: &World, jti: &str, change: &[(&str, Value)]) -> Value {
    let now = world.now().seconds();
    let mut claims = json!({
        "iss": PARTNER, "sub": "4711", "aud": ISSUER, "exp": now + 300, "iat": now, "jti": jti,
        "email": ADA, "email_verified": true,
    });
    json::change(&mut claims, change);
    claims
}

async fn bring(world: &World, assertion: &str, more: &[(&str, &str)]) -> Page {
    let mut form = vec![("grant_type", GRANT), ("assertion", assertion)];
    form.extend_from_slice(more);
    token(world, &form).await
}

fn error(page: &Page) -> (u16, String) {
    (page.status.as_u16(), page.json()["error"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7523_2_1_a_trusted_issuers_word_gives_an_access_token_for_the_person() {
    let world = world(json!("email")).await;
    let assertion = assertion(&about_ada(&world, "1", &[]));
    let form = [("scope", "openid email offline_access")];
    let page = bring(&world, &assertion, &form).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let issued = page.json();
    assert!(issued["refresh_token"].is_null() && issued["id_token"].is_null());
    assert_eq!(issued["scope"], "openid email");
    let told = userinfo(&world, issued["access_token"].as_str().unwrap()).await.json();
    assert_eq!(told["email"], ADA);
    let said = claims(issued["access_token"].as_str().unwrap());
    assert!(said["auth_time"].is_null() && said["amr"].is_null(), "nobody signed in: {said}");
    let mut example = Example::new();
    example.ask(
        "POST /oauth2/token",
        &[("Authorization", "Basic …")],
        &[("grant_type", GRANT), ("assertion", &assertion), form[0]],
    );
    example.answer(&page, &["content-type", "cache-control"]);
    example.say("The assertion says:");
    example.show(&json!({"iss": PARTNER, "sub": "4711", "aud": ISSUER, "exp": 1_800_000_300, "iat": 1_800_000_000,
        "jti": "1", "email": ADA, "email_verified": true}));
    example.keep("rfc7523_grant");
    // Metadata says so.
    let metadata = Browser::new(&world).open("/.well-known/openid-configuration").await.json();
    assert!(metadata["grant_types_supported"].to_string().contains(GRANT));
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7523_3_an_assertion_is_taken_once_also_in_parallel() {
    let world = world(json!("email")).await;
    let assertion = assertion(&about_ada(&world, "1", &[]));
    let race = futures_util::future::join_all((0..8).map(|_| bring(&world, &assertion, &[]))).await;
    assert_eq!(race.iter().filter(|page| page.status == 200).count(), 1);
    assert_eq!(error(&bring(&world, &assertion, &[]).await), (400, "invalid_grant".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7523_3_what_is_not_right_in_every_point_is_refused() {
    let world = world(json!("email")).await;
    let now = world.now().seconds();
    for (number, change) in [
        vec![("iss", json!("https://stranger.example"))],
        vec![("aud", json!("https://elsewhere.example"))],
        vec![("aud", Value::Null)],
        vec![("sub", Value::Null)],
        vec![("exp", Value::Null)],
        vec![("exp", json!(now))],
        vec![("exp", json!("soon"))],
        vec![("exp", json!(now + 100_000))],
        vec![("nbf", json!(now + 120))],
        vec![("jti", Value::Null)],
        vec![("jti", json!("x".repeat(300)))],
        vec![("email_verified", json!(false))],
        vec![("email_verified", json!("true"))],
        vec![("email", json!("nobody@example.com"))],
    ]
    .into_iter()
    .enumerate()
    {
        let assertion = assertion(&about_ada(&world, &number.to_string(), &change));
        let page = bring(&world, &assertion, &[]).await;
        assert_eq!(error(&page), (400, "invalid_grant".to_owned()), "{change:?}");
    }
    for aud in [json!([ISSUER, "https://elsewhere.example"]), json!(format!("{ISSUER}/oauth2/token"))] {
        let assertion = assertion(&about_ada(&world, &aud.to_string(), &[("aud", aud.clone())]));
        assert_eq!(bring(&world, &assertion, &[]).await.status, 200, "{aud}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7523_3_signatures_of_others_and_none_are_refused() {
    let world = world(json!("email")).await;
    let said = about_ada(&world, "1", &[]);
    let stranger = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let own = sign(&json!({"alg": "ES256", "kid": "1"}), &said, &stranger);
    let none = format!("{}.{}.", encode(b"{\"alg\":\"none\"}"), encode(said.to_string().as_bytes()));
    let confused = sign(&json!({"alg": "HS256", "kid": "1"}), &said, pair());
    for wrong in [own, none, confused, "x".to_owned(), "a.b.c".to_owned(), "e".repeat(7_000)] {
        let page = bring(&world, &wrong, &[]).await;
        assert_eq!(error(&page), (400, "invalid_grant".to_owned()), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tok_11_only_people_who_may_sign_in_and_only_clients_that_may_bring_it() {
    let world = world(json!("account")).await;
    world.client("umbra", |_| ()).await;
    let ada = world.context.store.find_account_by_email(&ADA.parse().unwrap()).await.unwrap().unwrap();
    let by_id = |jti: &str| assertion(&about_ada(&world, jti, &[("sub", json!(ada.id.as_str()))]));
    let page = bring(&world, &by_id("1"), &[("resource", "https://api.example")]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(claims(page.json()["access_token"].as_str().unwrap())["aud"], "https://api.example");
    let header = crate::support::relying_party::basic("umbra", crate::support::world::SECRET);
    let assertion = by_id("2");
    let form = [("grant_type", GRANT), ("assertion", assertion.as_str())];
    let headers = [("authorization", header.as_str())];
    let others = crate::support::relying_party::post(&world, "/oauth2/token", &form, &headers).await;
    assert_eq!(error(&others), (400, "invalid_grant".to_owned()));
    assert_eq!(error(&bring(&world, &by_id("3"), &[("scope", "admin")]).await).1, "invalid_scope");
    let audit = AuditEvent::new(AuditAction::AccountLocked, world.now(), "test");
    world.context.store.set_account_disabled(&ada.id, true, world.now(), audit).await.unwrap();
    assert_eq!(error(&bring(&world, &by_id("4"), &[]).await), (400, "invalid_grant".to_owned()));
    let token = page.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(userinfo(&world, &token).await.status, 401, "what was given before is dead");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7523_2_1_without_a_trusted_issuer_there_is_no_such_grant() {
    let world = World::new().await;
    world.client("acme", |_| ()).await;
    assert_eq!(error(&bring(&world, "x", &[]).await), (400, "unsupported_grant_type".to_owned()));
    let metadata = Browser::new(&world).open("/.well-known/openid-configuration").await.json();
    assert!(!metadata["grant_types_supported"].to_string().contains(GRANT));
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8725_3_11_what_an_issuer_signed_for_something_else_is_no_grant() {
    let world = world(json!("email")).await;
    for (typ, is_taken) in
        [("JWT", true), ("oauth-id-jag+jwt", true), ("at+jwt", false), ("logout+jwt", false), ("secevent+jwt", false)]
    {
        let header = json!({"alg": "ES256", "kid": "1", "typ": typ});
        let signed = sign(&header, &about_ada(&world, typ, &[]), pair());
        let page = token(&world, &[("grant_type", GRANT), ("assertion", &signed)]).await;
        assert_eq!(page.status == 200, is_taken, "{typ}: {}", page.body);
    }
}
