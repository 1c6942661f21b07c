//! Dynamic registration and third-party-initiated login as the OpenID Foundation examines them: a client registers itself
//! as the suite does, with a nameless RSA key and no PKCE, and goes the whole way with it.

use doorward::config::Settings;
use doorward::model::client::{AuthMethod, ClientMetadata};
use doorward::model::key::ClientAlgorithm;
use poem::http::Method;
use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::support::browser::{Browser, Page, encode};
use crate::support::json;
use crate::support::keys::{ClientKeyPair, JWT_BEARER};
use crate::support::registrar::{open, own_path, register, send};
use crate::support::relying_party::{REDIRECT, authorize_path, claims, post, sign_in_and_consent, userinfo};
use crate::support::world::{ISSUER, World};

const ADA: &str = "ada@example.com";
const TOKEN: &str = "http://localhost:8080/oauth2/token";

fn as_for_the_suite(settings: &mut Settings) {
    open(settings);
    settings.protocol.registration_requires_pkce = false;
    settings.protocol.front_channel_id_tokens = true;
}

async fn world() -> World {
    let world = World::with(as_for_the_suite).await;
    world.person(ADA).await;
    world
}

/// What the suite registers, with keys by value.
fn asked(key: &ClientKeyPair, change: &[(&str, Value)]) -> Value {
    let mut jwk = key.jwk();
    jwk.as_object_mut().unwrap().remove("kid");
    let mut asked = json!({
        "client_name": "Conformance suite q2yxzkBhCZqyqHt",
        "grant_types": ["authorization_code"],
        "jwks": { "keys": [jwk] },
        "token_endpoint_auth_method": "private_key_jwt",
        "response_types": ["code"],
        "redirect_uris": [REDIRECT],
        "contacts": ["certification@oidf.org"],
    });
    json::change(&mut asked, change);
    asked
}

async fn registered(world: &World, key: &ClientKeyPair, change: &[(&str, Value)]) -> Value {
    let asked = asked(key, change);
    let page = register(world, &asked).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (201, Some("application/json")), "{}", page.body);
    let client = page.json();
    for (name, value) in asked.as_object().unwrap().iter().filter(|(name, _)| *name != "grant_types") {
        assert_eq!(client[name], *value, "{name} is told back");
    }
    assert!(client["registration_client_uri"].is_string() && client["registration_access_token"].is_string());
    client
}

fn id(client: &Value) -> &str {
    client["client_id"].as_str().unwrap()
}

/// A request as the suite makes it: without PKCE.
fn request(client: &Value, change: &[(&str, &str)]) -> String {
    let own = [("client_id", id(client)), ("scope", "openid"), ("code_challenge", ""), ("code_challenge_method", "")];
    authorize_path(&[&own[..], change].concat())
}

async fn token(world: &World, client: &Value, key: &ClientKeyPair, form: &[(&str, &str)]) -> Page {
    let header = if client.get("jwks_uri").is_some() { json!({}) } else { json!({"kid": null}) };
    let said = crate::support::keys::assertion_claims(id(client), TOKEN, world.now());
    let assertion = key.jwt_with(&header, &said);
    let own = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str())];
    post(world, "/oauth2/token", &[form, &own].concat(), &[]).await
}

async fn redeemed(world: &World, client: &Value, key: &ClientKeyPair, code: &str) -> Value {
    let form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)];
    let page = token(world, client, key, &form).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_a_client_that_registered_as_the_suite_does_goes_the_whole_way() {
    let (world, key) = (world().await, ClientKeyPair::ps256("").for_rs256());
    for (kind, grants) in
        [("code", json!(["authorization_code"])), ("code id_token", json!(["authorization_code", "implicit"]))]
    {
        let client = registered(&world, &key, &[("response_types", json!([kind])), ("grant_types", grants)]).await;
        let path = request(&client, &[("response_type", kind)]);
        let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &path).await.answer();
        let issued = redeemed(&world, &client, &key, &answer["code"]).await;
        let said = claims(issued["id_token"].as_str().unwrap());
        assert_eq!((&said["aud"], &said["nonce"]), (&client["client_id"], &json!("a nonce")));
        assert_eq!(userinfo(&world, issued["access_token"].as_str().unwrap()).await.status, 200);
        let own = client["registration_access_token"].as_str();
        let gone = send(&world, Method::DELETE, &own_path(&client), None, own).await;
        assert_eq!((gone.status.as_u16(), gone.body.as_str()), (204, ""));
        assert!(Browser::new(&world).open(&path).await.has("error-page"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_an_assertion_may_be_for_the_issuer_too() {
    let (world, key) = (world().await, ClientKeyPair::ps256("").for_rs256());
    let client = registered(&world, &key, &[]).await;
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &request(&client, &[])).await.answer();
    let said = crate::support::keys::assertion_claims(id(&client), ISSUER, world.now());
    let assertion = key.jwt_with(&json!({"kid": null}), &said);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", answer["code"].as_str()),
        ("redirect_uri", REDIRECT),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &assertion),
    ];
    assert_eq!(post(&world, "/oauth2/token", &form, &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_a_request_without_a_redirect_uri_is_refused_on_a_page_even_if_there_is_one_only() {
    let (world, key) = (world().await, ClientKeyPair::ps256("").for_rs256());
    let client = registered(&world, &key, &[]).await;
    let page = Browser::new(&world).open(&request(&client, &[("redirect_uri", "")])).await;
    assert!(page.status == 400 && page.has("error-page") && page.text().contains("return address"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_a_registered_request_uri_is_fetched_and_what_it_says_wins() {
    // The request object says neither when it was made nor when it ends, as OpenID Connect Core §6.1 allows.
    let (world, key) = (world().await, ClientKeyPair::ps256("").for_rs256());
    let server = Server::start();
    let address = server.at("/request.jwt");
    // Registered by hand: over HTTP such an address must be https, which no server of a test is.
    let mut jwk = key.jwk();
    jwk.as_object_mut().unwrap().remove("kid");
    let set = |own: &mut ClientMetadata| {
        own.token_endpoint_auth_method = AuthMethod::PrivateKeyJwt;
        own.jwks = Some(json!({ "keys": [jwk] }));
        own.request_uris = vec![address.clone()];
        own.request_object_signing_alg = Some(ClientAlgorithm::RS256);
        own.doorward.require_pkce = false;
    };
    world.client("acme", set).await;
    let client = json!({ "client_id": "acme" });
    let mut said = json!({"iss": id(&client), "aud": ISSUER});
    let inside = request(&client, &[]);
    let inside: Vec<(String, String)> =
        url::form_urlencoded::parse(inside.split_once('?').unwrap().1.as_bytes()).into_owned().collect();
    for (name, value) in inside {
        said[name] = value.into();
    }
    let object = key.jwt_with(&json!({"kid": null}), &said);
    server.answer("/request.jwt", Reply::typed(200, "application/jose", &object));
    let outside = [
        ("client_id", id(&client)),
        ("response_type", "code"),
        ("scope", "openid"),
        ("redirect_uri", "https://acme.example/cb/other"),
        ("request_uri", &address),
    ];
    let path = format!("/oauth2/authorize?{}", encode(&outside));
    let page = sign_in_and_consent(&mut Browser::new(&world), ADA, &path).await;
    assert!(page.location().unwrap().starts_with(&format!("{REDIRECT}?code=")), "{:?}", page.location());
    let answer = page.answer();
    assert_eq!(answer["state"], "a state");
    redeemed(&world, &client, &key, &answer["code"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_a_client_may_change_its_keys_between_sign_in_and_refresh() {
    let (world, server) = (world().await, Server::start());
    let (old, new) = (ClientKeyPair::es256("old"), ClientKeyPair::es256("new"));
    server.answer("/jwks", Reply::json(&old.jwks()));
    let change = [
        ("jwks", Value::Null),
        ("jwks_uri", json!(server.at("/jwks"))),
        ("grant_types", json!(["authorization_code", "refresh_token"])),
    ];
    let client = registered(&world, &old, &change).await;
    let path = request(&client, &[("scope", "openid offline_access"), ("prompt", "consent")]);
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &path).await.answer();
    let issued = redeemed(&world, &client, &old, &answer["code"]).await;
    server.answer("/jwks", Reply::json(&new.jwks()));
    world.pass(60);
    let form = [("grant_type", "refresh_token"), ("refresh_token", issued["refresh_token"].as_str().unwrap())];
    let again = token(&world, &client, &new, &form).await;
    assert_eq!(again.status, 200, "{}", again.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_userinfo_and_id_tokens_are_signed_as_registered() {
    let (world, key) = (world().await, ClientKeyPair::ps256("").for_rs256());
    let change = [("userinfo_signed_response_alg", json!("RS256")), ("id_token_signed_response_alg", json!("RS256"))];
    let client = registered(&world, &key, &change).await;
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &request(&client, &[])).await.answer();
    let issued = redeemed(&world, &client, &key, &answer["code"]).await;
    let page = userinfo(&world, issued["access_token"].as_str().unwrap()).await;
    assert_eq!(page.header("content-type"), Some("application/jwt"));
    assert_eq!(crate::support::relying_party::jwt_header(&page.body)["alg"], "RS256");
    let said = claims(&page.body);
    assert_eq!((&said["iss"], &said["aud"]), (&json!(ISSUER), &client["client_id"]));
    assert!(said["sub"].is_string() && said.get("nonce").is_none());
    for unsigned in ["id_token_signed_response_alg", "userinfo_signed_response_alg"] {
        let page = register(&world, &asked(&key, &[(unsigned, json!("none"))])).await;
        assert_eq!((page.status.as_u16(), &page.json()["error"]), (400, &json!("invalid_client_metadata")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_a_redirect_uri_with_a_fragment_is_not_registered() {
    let (world, key) = (world().await, ClientKeyPair::ps256("").for_rs256());
    let uris = json!([format!("{REDIRECT}#foobar")]);
    let page = register(&world, &asked(&key, &[("redirect_uris", uris)])).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (400, Some("application/json")));
    assert_eq!(page.json()["error"], "invalid_redirect_uri");
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_an_address_that_begins_logins_is_told_back_and_is_https() {
    let (world, key) = (world().await, ClientKeyPair::ps256("").for_rs256());
    let login = json!("https://acme.example/begin");
    let client = registered(&world, &key, &[("initiate_login_uri", login.clone())]).await;
    let own = client["registration_access_token"].as_str();
    let read = send(&world, Method::GET, &own_path(&client), None, own).await;
    assert_eq!((read.status.as_u16(), read.header("content-type")), (200, Some("application/json")));
    assert_eq!(read.json()["initiate_login_uri"], login);
    let plain = register(&world, &asked(&key, &[("initiate_login_uri", json!("http://acme.example/begin"))])).await;
    assert_eq!((plain.status.as_u16(), plain.header("content-type")), (400, Some("application/json")));
    assert_eq!(plain.json()["error"], "invalid_client_metadata");
}
