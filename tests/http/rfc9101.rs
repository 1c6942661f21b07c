//! Signed authorization requests (RFC 9101, OpenID Connect Core §6).

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::model::client::ClientMetadata;
use doorward::model::key::ClientAlgorithm;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::browser::{Browser, Page, encode};
use crate::support::example::Example;
use crate::support::relying_party::{authorize_path, redeem, sign_in_and_consent, usual_world};
use crate::support::requests::{RequestKey, begin, push_only, reference, request_claims};
use crate::support::world::{BEGIN, World};

const ADA: &str = "ada@example.com";

/// The usual world, in which the client has a key.
async fn world() -> (World, RequestKey) {
    let (world, key) = (usual_world().await, RequestKey::generate());
    world.client("acme", |metadata| metadata.jwks = Some(key.set())).await;
    (world, key)
}

/// Where the browser is sent with a request object alone.
fn by_value(token: &str) -> String {
    format!("/oauth2/authorize?{}", encode(&[("client_id", "acme"), ("request", token)]))
}

#[track_caller]
fn refused(page: &Page) {
    assert_eq!(page.status, 400, "{}", page.body);
    assert!(page.has("error-page") && page.header("location").is_none());
    assert!(page.body.contains("request_object_") || page.body.contains("request_uri_"), "{}", page.text());
}

async fn visit(world: &World, token: &str) -> Page {
    Browser::new(world).visit(&by_value(token)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9101_5_1_a_signed_request_is_answered_as_it_says() {
    let (world, key) = world().await;
    let mut example = Example::new();
    let claims = request_claims(&[("scope", "openid"), ("state", "inside")]);
    example.say("The client signs its request with a registered key; the JWT says:");
    example.show(&claims);
    let token = key.sign(&claims);
    example.say("It sends the browser with that and its name:");
    example.ask("GET /oauth2/authorize", &[], &[("client_id", "acme"), ("request", &token)]);
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &by_value(&token)).await;
    example.answer(&answer, &["location"]);
    example.keep("rfc9101");
    assert_eq!(answer.answer()["state"], "inside");
    assert_eq!(redeem(&world, &answer.answer()["code"]).await.json()["scope"], "openid");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9101_6_3_what_stands_outside_does_not_count() {
    let (world, key) = world().await;
    let token = key.sign(&request_claims(&[("scope", "openid"), ("state", "inside")]));
    let outside = [("state", "outside"), ("prompt", "none"), ("redirect_uri", "https://evil.example/")];
    let path = format!("{}&{}", by_value(&token), encode(&outside));
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &path).await.answer();
    assert_eq!(answer["state"], "inside");
    // OpenID Connect Core §6.1: in a complete request the inside wins, and the outside fills in.
    let claims = json!({"scope": "openid email", "max_age": 1000, "claims": {"id_token": {"acr": null}}});
    let path = authorize_path(&[("request", &key.sign(&claims)), ("scope", "openid")]);
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &path).await.answer();
    assert_eq!(answer["state"], "a state");
    let tokens = redeem(&world, &answer["code"]).await.json();
    assert_eq!(tokens["scope"], "openid email");
    let id_token = crate::support::relying_party::claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((&id_token["acr"], &id_token["nonce"]), (&json!("1"), &json!("a nonce")));
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_10_jwt_05_jwt_06_neither_none_nor_hmac_nor_a_key_of_the_header_is_believed() {
    let (world, key) = world().await;
    let claims = request_claims(&[]);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let unsigned = format!("{}.{}.", part(&json!({"alg": alg})), part(&claims));
        refused(&visit(&world, &unsigned).await);
    }
    let public = key.set()["keys"][0].to_string();
    for secret in [public.as_bytes(), crate::support::world::SECRET.as_bytes()] {
        let input = format!("{}.{}", part(&json!({"alg": "HS256", "kid": "one"})), part(&claims));
        let by = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
        let signature = URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&by, input.as_bytes()));
        refused(&visit(&world, &format!("{input}.{signature}")).await);
    }
    let mine = RequestKey::generate();
    let jwk = mine.set()["keys"][0].clone();
    let brought =
        json!({"alg": "ES256", "kid": "one", "jwk": jwk, "jku": "http://127.0.0.1:1/", "x5u": "http://127.0.0.1:1/"});
    refused(&visit(&world, &mine.sign_with(&brought, &claims)).await);
    refused(&visit(&world, &key.sign_with(&json!({"alg": "RS256", "kid": "one"}), &claims)).await);
    refused(&visit(&world, &key.sign_with(&json!({"alg": "ES256", "kid": "../../one"}), &claims)).await);
    refused(&visit(&world, &key.sign_with(&json!({"alg": "ES256", "crit": ["exp"]}), &claims)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_10_jwt_10_issuer_audience_time_and_type_are_looked_at() {
    let (world, key) = world().await;
    for (name, value) in [
        ("iss", json!("other")),
        ("aud", json!("https://other.example")),
        ("aud", json!([])),
        ("exp", json!(BEGIN - 61)),
        ("nbf", json!(BEGIN + 61)),
        ("exp", json!("never")),
        ("sub", json!("acme")),
        ("client_id", json!("other")),
        ("request", json!("x")),
        ("request_uri", json!("https://acme.example/r")),
        ("state", json!({"a": 1})),
        ("redirect_uri", json!(["https://acme.example/cb"])),
    ] {
        let mut claims = request_claims(&[]);
        claims[name] = value.clone();
        refused(&visit(&world, &key.sign(&claims)).await);
    }
    let typed = key.sign_with(&json!({"alg": "ES256", "typ": "dpop+jwt"}), &request_claims(&[]));
    refused(&visit(&world, &typed).await);
    let contradictory = format!("{}&response_type=id_token", by_value(&key.sign(&request_claims(&[]))));
    refused(&Browser::new(&world).visit(&contradictory).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn jwt_09_tampered_cut_nested_and_huge_ones_are_refused_quickly() {
    let (world, key) = world().await;
    let token = key.sign(&request_claims(&[]));
    let (head, tail) = token.split_at(token.len() / 2);
    let nested: Value = serde_json::from_str(&format!("{}1{}", "[".repeat(60), "]".repeat(60))).unwrap();
    let mut deep = request_claims(&[]);
    deep["claims"] = json!({"userinfo": {"a": {"value": nested}}});
    for broken in [
        format!("{head}A{tail}"),
        head.to_owned(),
        format!("{token}."),
        format!("{token}.{token}"),
        ".".repeat(4_000),
        "x".repeat(8_000),
        key.sign(&deep),
        "a.b.c".to_owned(),
    ] {
        refused(&visit(&world, &broken).await);
    }
    assert_eq!(visit(&world, &"x".repeat(9_000)).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9101_10_5_who_must_sign_is_not_heard_otherwise() {
    let (world, key) = world().await;
    world
        .client("acme", |metadata| {
            metadata.jwks = Some(key.set());
            metadata.require_signed_request_object = true;
        })
        .await;
    assert_eq!(Browser::new(&world).visit(&authorize_path(&[])).await.answer()["error"], "invalid_request");
    let path = authorize_path(&[(
        "request",
        &key.sign(&json!({"scope": "openid", "redirect_uri": "https://acme.example/cb"})),
    )]);
    let refused = Browser::new(&world).visit(&path).await.answer();
    assert_eq!(refused["error_description"], "response_type is missing; code is the usual one.", "nothing fills in");
    assert!(Browser::new(&world).open(&by_value(&key.sign(&request_claims(&[])))).await.has("login-submit"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9101_10_1_only_the_registered_algorithm_counts() {
    let (world, key) = world().await;
    world
        .client("acme", |metadata| {
            metadata.jwks = Some(key.set());
            metadata.request_object_signing_alg = Some(ClientAlgorithm::PS256);
        })
        .await;
    refused(&visit(&world, &key.sign(&request_claims(&[]))).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9126_3_a_request_object_can_be_pushed_and_then_only_its_claims_count() {
    let (world, key) = world().await;
    let token = key.sign(&request_claims(&[("state", "inside")]));
    let form = [("client_id", "acme"), ("request", token.as_str()), ("state", "outside"), ("prompt", "none")];
    let path = begin(&reference(&push_only(&world, &form).await));
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &path).await.answer();
    assert_eq!(answer["state"], "inside");
    // RFC 9101 §7: an error of its own.
    for bad in ["x", &key.sign(&json!({"request_uri": "x"})), &RequestKey::generate().sign(&request_claims(&[]))] {
        let page = push_only(&world, &[("client_id", "acme"), ("request", bad)]).await;
        assert_eq!((page.status.as_u16(), &page.json()["error"]), (400, &json!("invalid_request_object")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_10_another_clients_request_object_is_not_this_ones() {
    let (world, key) = world().await;
    world.client("other", |metadata| metadata.jwks = Some(RequestKey::generate().set())).await;
    let token = key.sign(&request_claims(&[]));
    let path = format!("/oauth2/authorize?{}", encode(&[("client_id", "other"), ("request", &token)]));
    refused(&Browser::new(&world).visit(&path).await);
}

/// The client has its requests fetched from `address`.
async fn registered_at(world: &World, key: &RequestKey, address: &str) {
    let change = |metadata: &mut ClientMetadata| {
        metadata.jwks = Some(key.set());
        metadata.request_uris = vec![address.to_owned()];
    };
    world.client("acme", change).await;
}

/// A server that answers every call with `body` and notes what was asked for.
async fn serving(body: String) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4_096];
            let length = stream.read(&mut head).await.unwrap_or(0);
            let head = String::from_utf8_lossy(&head[..length]).into_owned();
            noted.lock().unwrap().push(head.lines().next().unwrap_or_default().to_owned());
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/oauth-authz-req+jwt\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _hung_up = stream.write_all(answer.as_bytes()).await;
        }
    });
    (origin, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_11_a_registered_address_is_fetched_and_no_other() {
    // RFC 9101 §5.2.3, OpenID Connect Core §6.2: fetched from a registered address, by its own type.
    let (world, key) = world().await;
    let (origin, asked) = serving(key.sign(&request_claims(&[("state", "fetched")]))).await;
    let address = format!("{origin}/request.jwt");
    let by =
        |address: &str| format!("/oauth2/authorize?{}", encode(&[("client_id", "acme"), ("request_uri", address)]));
    refused(&Browser::new(&world).visit(&by(&address)).await);
    registered_at(&world, &key, &address).await;
    for other in
        [format!("{origin}/other"), format!("{address}?x"), format!("{origin}/request.jwt/.."), String::from("x:")]
    {
        refused(&Browser::new(&world).visit(&by(&other)).await);
    }
    assert!(asked.lock().unwrap().is_empty());
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &by(&format!("{address}#hash"))).await;
    assert_eq!(answer.answer()["state"], "fetched");
    assert_eq!(*asked.lock().unwrap(), ["GET /request.jwt HTTP/1.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_11_nobody_has_a_clients_server_called_without_end() {
    use doorward::base::bounds::REQUEST_OBJECTS_PER_SOURCE;
    let (world, key) = world().await;
    let (origin, asked) = serving("not a jwt".to_owned()).await;
    registered_at(&world, &key, &origin).await;
    let path = format!("/oauth2/authorize?{}", encode(&[("client_id", "acme"), ("request_uri", &origin)]));
    let at_once = usize::try_from(REQUEST_OBJECTS_PER_SOURCE / 2).unwrap();
    for _ in 0..at_once {
        refused(&Browser::new(&world).visit(&path).await);
    }
    let page = Browser::new(&world).visit(&path).await;
    assert_eq!(page.status, 429, "{}", page.body);
    assert_eq!(asked.lock().unwrap().len(), at_once);
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_11_dcr_03_what_is_fetched_is_bounded_and_unsigned_text_is_not_believed() {
    let (world, key) = world().await;
    for body in ["x".repeat(70_000), "not a jwt".to_owned(), RequestKey::generate().sign(&request_claims(&[]))] {
        let (origin, _) = serving(body).await;
        registered_at(&world, &key, &origin).await;
        let path = format!("/oauth2/authorize?{}", encode(&[("client_id", "acme"), ("request_uri", &origin)]));
        let page = Browser::new(&world).visit(&path).await;
        refused(&page);
        assert!(!page.body.contains("not a jwt"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9101_10_5_it_is_advertised_and_answered_only_where_it_is_on() {
    let (world, _) = world().await;
    let metadata = Browser::new(&world).visit("/.well-known/openid-configuration").await.json();
    assert_eq!(
        (&metadata["request_parameter_supported"], &metadata["request_uri_parameter_supported"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(metadata["require_request_uri_registration"], true);
    let algorithms = metadata["request_object_signing_alg_values_supported"].to_string();
    assert!(algorithms.contains("PS256") && !algorithms.contains("none") && !algorithms.contains("HS256"));
    let off = World::with(|settings| settings.protocol.request_objects = false).await;
    off.client("acme", |_| ()).await;
    let ask = async |change: &[(&str, &str)]| Browser::new(&off).visit(&authorize_path(change)).await.answer();
    assert_eq!(ask(&[("request", "x")]).await["error"], "request_not_supported");
    assert_eq!(ask(&[("request_uri", "https://acme.example/r")]).await["error"], "request_uri_not_supported");
    let metadata = Browser::new(&off).visit("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["request_parameter_supported"], false);
    assert!(metadata.get("request_object_signing_alg_values_supported").is_none());
}
