//! Client assertions signed with the client's key (RFC 7523 §2.2, §3; RFC 8725; security.md CLI).

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use doorward::base::Digest;
use doorward::jose::seal_secret;
use doorward::model::audit::{AuditAction, AuditEvent};
use doorward::model::client::{AuthMethod, ClientMetadata, Profile};
use doorward::model::key::ClientAlgorithm;
use doorward::store::PutClient;
use serde_json::{Value, json};

use crate::support::browser::Page;
use crate::support::example::Example;
use crate::support::json;
use crate::support::keys::{ClientKeyPair, JWT_BEARER, assertion_claims, encode};
use crate::support::relying_party::{basic, post};
use crate::support::world::{Engine, ISSUER, SECRET, World};

const TOKEN: &str = "http://localhost:8080/oauth2/token";

fn signing(key: &ClientKeyPair) -> impl Fn(&mut ClientMetadata) {
    let jwks = key.jwks();
    move |own| {
        own.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
        own.jwks = Some(jwks.clone());
    }
}

async fn world_with(key: &ClientKeyPair) -> World {
    let world = World::new().await;
    world.client("app", signing(key)).await;
    world
}

async fn ask_at(world: &World, path: &str, assertion: &str, more: &[(&str, &str)]) -> Page {
    let own =
        [("grant_type", "client_credentials"), ("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)];
    post(world, path, &[&own[..], more].concat(), &[]).await
}

async fn ask(world: &World, assertion: &str) -> Page {
    ask_at(world, "/oauth2/token", assertion, &[]).await
}

fn error(page: &Page) -> (u16, String) {
    (page.status.as_u16(), page.json()["error"].as_str().unwrap_or_default().to_owned())
}

fn invalid_client() -> (u16, String) {
    (401, "invalid_client".to_owned())
}

fn claims(world: &World, change: &[(&str, Value)]) -> Value {
    let mut claims = assertion_claims("app", ISSUER, world.now());
    json::change(&mut claims, change);
    claims
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7523_2_2_a_client_authenticates_by_its_key_of_each_kind() {
    for key in [
        ClientKeyPair::es256("1"),
        ClientKeyPair::eddsa("1"),
        ClientKeyPair::ps256("1"),
        ClientKeyPair::ps256("1").for_rs256(),
    ] {
        let world = world_with(&key).await;
        let page = ask(&world, &key.assertion("app", ISSUER, world.now())).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let with_id = key.assertion("app", TOKEN, world.now());
        assert_eq!(ask_at(&world, "/oauth2/token", &with_id, &[("client_id", "app")]).await.status, 200);
        let other = key.assertion("app", ISSUER, world.now());
        assert_eq!(ask_at(&world, "/oauth2/token", &other, &[("client_id", "other")]).await.status, 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_04_only_the_registered_method_counts_and_the_reverse() {
    let key = ClientKeyPair::es256("1");
    let world = world_with(&key).await;
    world.client("acme", |_| ()).await;
    let grant = ("grant_type", "client_credentials");
    let by_secret = post(&world, "/oauth2/token", &[grant], &[("authorization", &basic("app", SECRET))]).await;
    assert_eq!(error(&by_secret), invalid_client());
    assert_eq!(error(&ask(&world, &key.assertion("acme", ISSUER, world.now())).await), invalid_client());
    let assertion = key.assertion("app", ISSUER, world.now());
    let both = ask_at(&world, "/oauth2/token", &assertion, &[("client_secret", SECRET)]).await;
    assert_eq!(error(&both), (400, "invalid_request".to_owned()));
    // CLI-05: nor is it taken at its word.
    assert_eq!(error(&post(&world, "/oauth2/token", &[grant, ("client_id", "app")], &[]).await), invalid_client());
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_06_no_trick_with_the_header_is_believed() {
    let (key, mine) = (ClientKeyPair::es256("1"), ClientKeyPair::es256("1"));
    let world = world_with(&key).await;
    let claims = || assertion_claims("app", ISSUER, world.now());
    let public = key.jwk().to_string();
    let hmac = {
        let input = format!("{}.{}", encode(b"{\"alg\":\"HS256\"}"), encode(claims().to_string().as_bytes()));
        let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
        format!("{input}.{}", encode(aws_lc_rs::hmac::sign(&secret, input.as_bytes()).as_ref()))
    };
    let unsigned = format!("{}.{}.", encode(b"{\"alg\":\"none\"}"), encode(claims().to_string().as_bytes()));
    let tricks = [
        hmac,
        unsigned,
        mine.jwt(&claims()),
        mine.jwt_with(&json!({"jwk": mine.bare_jwk()}), &claims()),
        mine.jwt_with(&json!({"jku": "http://127.0.0.1:1/jwks"}), &claims()),
        mine.jwt_with(&json!({"x5u": "http://127.0.0.1:1/x5u"}), &claims()),
        mine.jwt_with(&json!({"x5c": ["AAAA"]}), &claims()),
        key.jwt_with(&json!({"alg": "EdDSA"}), &claims()),
        key.jwt_with(&json!({"alg": "RS256"}), &claims()),
        key.jwt_with(&json!({"crit": ["exp"]}), &claims()),
        key.jwt_with(&json!({"kid": "../../etc/passwd"}), &claims()),
        key.jwt_with(&json!({"kid": "' OR '1'='1"}), &claims()),
        key.jwt_with(&json!({"kid": 1}), &claims()),
        "a.b.c".to_owned(),
        String::new(),
        format!("{}.x", key.jwt(&claims())),
    ];
    for trick in tricks {
        let page = ask(&world, &trick).await;
        assert_eq!(error(&page), invalid_client(), "{trick}");
    }
    let other =
        json!({"alg": "ES256", "jwk": mine.bare_jwk(), "jku": "http://127.0.0.1:1/", "x5u": "http://127.0.0.1:1/"});
    assert_eq!(ask(&world, &key.jwt_with(&other, &claims())).await.status, 200, "the registered key counts alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_07_an_assertion_is_of_one_client_for_one_server() {
    let key = ClientKeyPair::eddsa("1");
    let world = world_with(&key).await;
    for change in [
        ("iss", json!("other")),
        ("iss", json!(null)),
        ("aud", json!("https://other.example")),
        ("aud", json!([ISSUER, "https://other.example"])),
        ("aud", json!(null)),
    ] {
        assert_eq!(
            error(&ask(&world, &key.jwt(&claims(&world, std::slice::from_ref(&change)))).await),
            invalid_client(),
            "{change:?}"
        );
    }
    // The same key at two clients: what one signs is not the other's.
    world.client("other", signing(&key)).await;
    let crossed = key.jwt(&claims(&world, &[("sub", json!("other"))]));
    assert_eq!(error(&ask(&world, &crossed).await), invalid_client());
    for audience in [json!(ISSUER), json!(TOKEN), json!([ISSUER]), json!([TOKEN, ISSUER])] {
        let page = ask(&world, &key.jwt(&claims(&world, &[("aud", audience.clone())]))).await;
        assert_eq!(page.status, 200, "{audience}");
    }
    let at_introspection = json!("http://localhost:8080/oauth2/introspect");
    let assertion = key.jwt(&claims(&world, &[("aud", at_introspection)]));
    let page = ask_at(&world, "/oauth2/introspect", &assertion, &[("token", "x")]).await;
    assert_eq!((page.status.as_u16(), page.json()), (200, json!({"active": false})));
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_08_the_end_is_near_and_clocks_may_differ_a_little() {
    let key = ClientKeyPair::es256("1");
    let world = world_with(&key).await;
    let now = world.now().seconds();
    for (change, is_right) in [
        (("exp", json!(null)), false),
        (("exp", json!(now - 1)), false),
        (("exp", json!(now + 24 * 3_600)), false),
        (("exp", json!("soon")), false),
        (("nbf", json!(now + 8)), true),
        (("iat", json!(now + 8)), true),
        (("nbf", json!(now + 65)), false),
        (("iat", json!(now + 65)), false),
        (("iat", json!(null)), true),
        (("jti", json!(null)), false),
        (("jti", json!("")), false),
        (("jti", json!("x".repeat(1_000))), false),
    ] {
        let page = ask(&world, &key.jwt(&claims(&world, std::slice::from_ref(&change)))).await;
        assert_eq!(page.status == 200, is_right, "{change:?}: {}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_09_an_assertion_works_once_until_it_has_expired() {
    // RFC 7519 §4.1.7: a `jti` is used up.
    let key = ClientKeyPair::es256("1");
    let world = world_with(&key).await;
    world.client("other", signing(&key)).await;
    let assertion = key.jwt(&claims(&world, &[("jti", json!("one"))]));
    assert_eq!(ask(&world, &assertion).await.status, 200);
    assert_eq!(error(&ask(&world, &assertion).await), invalid_client());
    let again = key.jwt(&claims(&world, &[("jti", json!("one")), ("exp", json!(world.now().seconds() + 50))]));
    assert_eq!(error(&ask(&world, &again).await), invalid_client(), "another assertion of the same name");
    let of_other = [("jti", json!("one")), ("iss", json!("other")), ("sub", json!("other"))];
    assert_eq!(
        ask(&world, &key.jwt(&claims(&world, &of_other))).await.status,
        200,
        "another client's names are its own"
    );
    world.pass(60);
    assert_eq!(error(&ask(&world, &assertion).await), invalid_client(), "then it has expired");
}

async fn twenty_at_once(world: World) {
    let key = ClientKeyPair::es256("1");
    world.client("app", signing(&key)).await;
    let assertion = key.assertion("app", ISSUER, world.now());
    let world = Arc::new(world);
    let racers = (0..20).map(|_| {
        let (world, assertion) = (world.clone(), assertion.clone());
        tokio::spawn(async move { ask(&world, &assertion).await.status.as_u16() })
    });
    let mut statuses = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        statuses.push(racer.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 401)), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_09_of_twenty_at_once_one_wins_on_sqlite() {
    if let Some(world) = World::on(Engine::Sqlite, |_| ()).await {
        twenty_at_once(world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_09_of_twenty_at_once_one_wins_on_postgres() {
    if let Some(world) = World::on(Engine::Postgres, |_| ()).await {
        twenty_at_once(world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_10_the_kid_chooses_among_the_clients_own_keys() {
    let (one, two) = (ClientKeyPair::es256("one"), ClientKeyPair::es256("two"));
    let world = World::new().await;
    world
        .client("app", |own| {
            signing(&one)(own);
            own.jwks = Some(json!({"keys": [one.jwk(), two.jwk()]}));
        })
        .await;
    for key in [&one, &two] {
        assert_eq!(ask(&world, &key.assertion("app", ISSUER, world.now())).await.status, 200);
        let unnamed = key.jwt_with(&json!({"kid": null}), &claims(&world, &[]));
        assert_eq!(ask(&world, &unnamed).await.status, 200);
    }
    let crossed = one.jwt_with(&json!({"kid": "two"}), &claims(&world, &[]));
    assert_eq!(error(&ask(&world, &crossed).await), invalid_client());
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_11_an_unknown_client_and_a_foreign_key_look_the_same() {
    let (key, foreign) = (ClientKeyPair::es256("1"), ClientKeyPair::es256("1"));
    let world = world_with(&key).await;
    let unknown = ask(&world, &key.assertion("nobody", ISSUER, world.now())).await;
    let wrong = ask(&world, &foreign.assertion("app", ISSUER, world.now())).await;
    assert_eq!((unknown.status, unknown.body), (wrong.status, wrong.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registered_algorithm_is_the_only_one() {
    let key = ClientKeyPair::ps256("1");
    let world = World::new().await;
    let only = |own: &mut ClientMetadata| {
        signing(&key)(own);
        own.jwks = Some(json!({"keys": [{"kty": "RSA", "n": key.bare_jwk()["n"], "e": "AQAB"}]}));
        own.token_endpoint_auth_signing_alg = Some(ClientAlgorithm::PS256);
    };
    world.client("app", only).await;
    let unnamed = json!({"kid": null});
    assert_eq!(ask(&world, &key.jwt_with(&unnamed, &claims(&world, &[]))).await.status, 200);
    let key = key.for_rs256();
    assert_eq!(error(&ask(&world, &key.jwt_with(&unnamed, &claims(&world, &[]))).await), invalid_client());
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_5_3_2_1_the_audience_is_the_issuer_as_a_text_and_rs256_is_refused() {
    let key = ClientKeyPair::ps256("1");
    let world = World::new().await;
    let fapi = |own: &mut ClientMetadata| {
        signing(&key)(own);
        own.jwks = Some(json!({"keys": [{"kty": "RSA", "n": key.bare_jwk()["n"], "e": "AQAB"}]}));
        own.doorward.profile = Some(Profile::Fapi2);
        own.dpop_bound_access_tokens = true;
    };
    world.client("app", fapi).await;
    let proof = || key.proof("POST", TOKEN, world.now());
    let ask = async |key: &ClientKeyPair, audience: Value| {
        let assertion = key.jwt_with(&json!({"kid": null}), &claims(&world, &[("aud", audience)]));
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion.as_str()),
        ];
        post(&world, "/oauth2/token", &form, &[("dpop", &proof())]).await
    };
    assert_eq!(ask(&key, json!(ISSUER)).await.status, 200);
    for audience in [json!([ISSUER]), json!(TOKEN), json!([ISSUER, TOKEN])] {
        assert_eq!(error(&ask(&key, audience.clone()).await), invalid_client(), "{audience}");
    }
    let by_rs256 = {
        let claims = claims(&world, &[]);
        let input = format!("{}.{}", encode(b"{\"alg\":\"RS256\"}"), encode(claims.to_string().as_bytes()));
        format!("{input}.{}", encode(&key.signature(input.as_bytes())))
    };
    assert_eq!(error(&ask_at(&world, "/oauth2/token", &by_rs256, &[]).await), invalid_client());
}

#[tokio::test(flavor = "multi_thread")]
async fn jwt_09_huge_and_deep_assertions_are_refused_quickly() {
    let key = ClientKeyPair::es256("1");
    let world = world_with(&key).await;
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    assert_eq!(error(&ask(&world, &key.jwt(&claims(&world, &[("x", deep)]))).await), invalid_client());
    let huge = key.jwt(&claims(&world, &[("x", json!("x".repeat(9_000)))]));
    assert_eq!(error(&ask(&world, &huge).await), (400, "invalid_request".to_owned()));
    let doubled = "{\"alg\":\"ES256\",\"alg\":\"none\"}";
    let input = format!("{}.{}", encode(doubled.as_bytes()), encode(claims(&world, &[]).to_string().as_bytes()));
    let doubled = format!("{input}.{}", encode(&key.signature(input.as_bytes())));
    assert_eq!(error(&ask(&world, &doubled).await), invalid_client());
}

#[tokio::test(flavor = "multi_thread")]
async fn jwt_12_our_own_tokens_are_no_assertions() {
    let key = ClientKeyPair::es256("1");
    let world = world_with(&key).await;
    let own = ask(&world, &key.assertion("app", ISSUER, world.now())).await.json();
    let token = own["access_token"].as_str().unwrap();
    assert_eq!(error(&ask(&world, token).await), invalid_client());
}

/// An assertion of `client_secret_jwt`.
fn by_secret(secret: &str, claims: &Value) -> String {
    let input = format!("{}.{}", encode(b"{\"alg\":\"HS256\"}"), encode(claims.to_string().as_bytes()));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
    format!("{input}.{}", encode(aws_lc_rs::hmac::sign(&key, input.as_bytes()).as_ref()))
}

async fn put_signing_secret(world: &World, secret: &str, overlap_seconds: i64) {
    let mut draw = world.context.entropy.draw().unwrap();
    let metadata = ClientMetadata {
        token_endpoint_auth_method: AuthMethod::ClientSecretJwt,
        ..crate::support::world::web_client()
    };
    let put = PutClient {
        client_id: "app".to_owned(),
        metadata,
        new_secret: Some(Digest::of(secret)),
        sealed_secret: Some(seal_secret(&world.context.master_key, "app", secret, &mut draw)),
        older_secrets_until: world.now().plus_seconds(overlap_seconds),
        now: world.now(),
        audit: AuditEvent::new(AuditAction::ClientChanged, world.now(), "test"),
    };
    world.context.store.put_client(put).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_core_9_a_client_may_sign_with_its_secret_where_that_is_on() {
    let world = World::with(|settings| settings.protocol.client_secret_jwt = true).await;
    put_signing_secret(&world, SECRET, 0).await;
    assert_eq!(ask(&world, &by_secret(SECRET, &claims(&world, &[]))).await.status, 200);
    assert_eq!(error(&ask(&world, &by_secret("guess", &claims(&world, &[]))).await), invalid_client());
    let key = ClientKeyPair::es256("1");
    assert_eq!(error(&ask(&world, &key.assertion("app", ISSUER, world.now())).await), invalid_client());
    let used = by_secret(SECRET, &claims(&world, &[]));
    assert_eq!(ask(&world, &used).await.status, 200);
    assert_eq!(error(&ask(&world, &used).await), invalid_client());
    let grant = [("grant_type", "client_credentials")];
    let plain = post(&world, "/oauth2/token", &grant, &[("authorization", &basic("app", SECRET))]).await;
    assert_eq!(error(&plain), invalid_client(), "CLI-04: the registered method and no other");
    let off = World::new().await;
    put_signing_secret(&off, SECRET, 0).await;
    assert_eq!(error(&ask(&off, &by_secret(SECRET, &claims(&off, &[]))).await), invalid_client());
}

#[tokio::test(flavor = "multi_thread")]
async fn cli_14_both_secrets_of_a_rotation_sign_until_the_older_one_ends() {
    let world = World::with(|settings| settings.protocol.client_secret_jwt = true).await;
    put_signing_secret(&world, "the older secret", 0).await;
    world.pass(1);
    put_signing_secret(&world, "the newer secret", 100).await;
    for secret in ["the older secret", "the newer secret"] {
        assert_eq!(ask(&world, &by_secret(secret, &claims(&world, &[]))).await.status, 200, "{secret}");
    }
    world.pass(100);
    assert_eq!(error(&ask(&world, &by_secret("the older secret", &claims(&world, &[]))).await), invalid_client());
    assert_eq!(ask(&world, &by_secret("the newer secret", &claims(&world, &[]))).await.status, 200);
}

/// A server that answers each connection with these bytes, whatever is asked; and how many came.
fn answering(answer: Vec<u8>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/jwks", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(&answer);
        }
    });
    (address, count)
}

fn document(body: &str) -> Vec<u8> {
    document_as("Content-Type: application/json\r\n", body)
}

fn document_as(field: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\n{field}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

fn publishing(address: &str) -> impl Fn(&mut ClientMetadata) {
    move |own| {
        own.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
        own.jwks_uri = Some(address.to_owned());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7591_2_keys_are_fetched_from_where_the_client_publishes_them_and_kept() {
    let key = ClientKeyPair::es256("1");
    let (address, count) = answering(document(&key.jwks().to_string()));
    let world = World::new().await;
    world.client("app", publishing(&address)).await;
    for _ in 0..3 {
        assert_eq!(ask(&world, &key.assertion("app", ISSUER, world.now())).await.status, 200);
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
    // An unknown key makes the server look again, but not for each that somebody makes up.
    world.pass(120);
    for kid in ["2", "3", "4"] {
        let foreign = ClientKeyPair::es256(kid);
        assert_eq!(error(&ask(&world, &foreign.assertion("app", ISSUER, world.now())).await), invalid_client());
    }
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7517_8_5_keys_are_taken_under_their_own_type_as_plain_json_and_under_none() {
    let (world, key) = (World::new().await, ClientKeyPair::es256("1"));
    for field in ["Content-Type: application/jwk-set+json\r\n", "Content-Type: application/json\r\n", ""] {
        let (address, _) = answering(document_as(field, &key.jwks().to_string()));
        world.client("app", publishing(&address)).await;
        let page = ask(&world, &key.assertion("app", ISSUER, world.now())).await;
        assert_eq!(page.status, 200, "{field:?}: {}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_02_dcr_03_hostile_addresses_of_keys_give_no_keys() {
    let key = ClientKeyPair::es256("1");
    let (good, redirected_to) = answering(document(&key.jwks().to_string()));
    let redirect = format!("HTTP/1.1 302 Found\r\nLocation: {good}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let padded = json!({"keys": key.jwks()["keys"], "padding": "x".repeat(10 * 1024 * 1024)});
    let mut private = key.jwk();
    private["d"] = "AAAA".into();
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    for answer in [
        redirect.into_bytes(),
        document(&padded.to_string()),
        document(&json!({"keys": [private]}).to_string()),
        document(&deep),
        document("<html>"),
        b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n".to_vec(),
        b"nonsense".to_vec(),
    ] {
        let (address, _) = answering(answer);
        let world = World::new().await;
        world.client("app", publishing(&address)).await;
        assert_eq!(error(&ask(&world, &key.assertion("app", ISSUER, world.now())).await), invalid_client());
    }
    assert_eq!(redirected_to.load(Ordering::SeqCst), 0);
    let world = World::new().await;
    for inside in ["https://10.0.0.1/jwks", "https://169.254.169.254/jwks", "http://192.168.0.1/", "file:///etc/passwd"]
    {
        world.client("app", publishing(inside)).await;
        let page = ask(&world, &key.assertion("app", ISSUER, world.now())).await;
        assert_eq!(error(&page), invalid_client(), "{inside}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_03_a_server_of_keys_that_hangs_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/jwks", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let held: Vec<_> = listener.incoming().map_while(Result::ok).collect();
        drop(held);
    });
    let world = World::new().await;
    world.client("app", publishing(&address)).await;
    let assertion = ClientKeyPair::es256("1").assertion("app", ISSUER, world.now());
    assert_eq!(error(&ask(&world, &assertion).await), invalid_client());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_the_manual() {
    let key = ClientKeyPair::es256("2027-01");
    let world = world_with(&key).await;
    let mut example = Example::new();
    let claims = json!({
        "iss": "app", "sub": "app", "aud": ISSUER, "iat": world.now().seconds(), "exp": world.now().seconds() + 60,
        "jti": "5d6c2f"
    });
    example.say("The client signs who it is, for whom, until when, and a name that it uses once:");
    example.show(&json!({"alg": "ES256", "kid": "2027-01"}));
    example.show(&claims);
    let assertion = key.jwt(&claims);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion.as_str()),
    ];
    example.say("The assertion takes the place of a secret:");
    example.ask("POST /oauth2/token", &[], &form);
    let page = post(&world, "/oauth2/token", &form, &[]).await;
    assert_eq!(page.status, 200);
    example.answer(&page, &[]);
    example.say("The same assertion a second time:");
    let again = post(&world, "/oauth2/token", &form, &[]).await;
    assert_eq!(again.status, 401);
    example.answer(&again, &[]);
    example.keep("rfc7523");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8725_3_11_what_a_client_signed_for_something_else_does_not_authenticate_it() {
    // RFC 7515 §4.1.9: typ is compared without case, and application/ may stand before it.
    let key = ClientKeyPair::es256("1");
    let world = world_with(&key).await;
    for (typ, is_taken) in [
        ("JWT", true),
        ("client-authentication+jwt", true),
        ("application/Client-Authentication+JWT", true),
        ("oauth-authz-req+jwt", false),
        ("dpop+jwt", false),
        ("at+jwt", false),
        ("", false),
    ] {
        let page = ask(&world, &key.jwt_with(&json!({ "typ": typ }), &claims(&world, &[]))).await;
        assert_eq!(page.status == 200, is_taken, "{typ}: {}", page.body);
    }
}
