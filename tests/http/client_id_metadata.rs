//! Clients whose id is the address of their metadata (draft-ietf-oauth-client-id-metadata-document).

use doorward::config::Settings;
use doorward::model::audit::{AuditAction, AuditEvent};
use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::support::browser::{Browser, Page};
use crate::support::example::Example;
use crate::support::relying_party::{VERIFIER, authorize_path, claims, post, sign_in_and_consent};
use crate::support::world::{PASSWORD, World};

const CALLBACK: &str = "https://app.example/cb";

fn on(settings: &mut Settings) {
    settings.protocol.client_id_documents = true;
}

async fn world() -> World {
    let world = World::with(on).await;
    world.person("ada@example.com").await;
    world
}

fn document(id: &str, redirect_uri: &str) -> Value {
    json!({
        "client_id": id,
        "client_name": "Some App",
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    })
}

/// A server with the usual document, and its address.
fn served() -> (Server, String) {
    let server = Server::start();
    let id = server.at("/client.json");
    server.answer("/client.json", Reply::json(&document(&id, CALLBACK)).with("Cache-Control", "max-age=600"));
    (server, id)
}

fn request(id: &str, redirect_uri: &str, scope: &str) -> String {
    authorize_path(&[("client_id", id), ("redirect_uri", redirect_uri), ("scope", scope)])
}

async fn redeem(world: &World, id: &str, code: &str) -> Page {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", id),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    post(world, "/oauth2/token", &fields, &[]).await
}

/// The answer to an authorization request that should end on a page of ours.
async fn refused(world: &World, id: &str) -> Page {
    let page = Browser::new(world).visit(&request(id, CALLBACK, "openid")).await;
    assert_eq!(page.location(), None, "nobody is sent anywhere");
    assert_eq!(page.status, 400, "{}", page.body);
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn cimd_4_a_client_that_nobody_registered_signs_people_in() {
    // Client ID Metadata Document §7: people are shown the host.
    let world = world().await;
    let (server, id) = served();
    let mut example = Example::new();
    example.say("At the address that is the client's id stands its document:");
    example.show(&document("https://app.example/client.json", CALLBACK));

    let mut browser = Browser::new(&world);
    let page = browser.open(&request(&id, CALLBACK, "openid offline_access")).await;
    let page = browser.sign_in(&page, "ada@example.com", PASSWORD).await;
    assert!(page.has("consent-allow") && page.has("client-host"), "{}", page.body);
    assert!(page.body.contains("localhost"), "the host that vouches for the client is shown");
    let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await.answer();
    let issued = redeem(&world, &id, &answer["code"]).await;
    assert_eq!(issued.status, 200, "{}", issued.body);
    let issued = issued.json();
    assert_eq!(claims(issued["id_token"].as_str().unwrap())["aud"], json!(id));
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", issued["refresh_token"].as_str().unwrap()),
        ("client_id", &id),
    ];
    assert_eq!(post(&world, "/oauth2/token", &fields, &[]).await.status, 200);
    assert_eq!(server.seen("/client.json").len(), 1, "its headers let it be kept");
    example.say("An authorization request names it, and its code is redeemed without a secret:");
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", "CODE"),
        ("client_id", "https://app.example/client.json"),
        ("redirect_uri", CALLBACK),
        ("code_verifier", "VERIFIER"),
    ];
    example.ask("POST /oauth2/token", &[], &fields);
    example.keep("client-id-metadata");
}

#[tokio::test(flavor = "multi_thread")]
async fn cimd_5_people_are_asked_each_time() {
    // RFC 8252 §8.6: an agreement with a client that cannot prove itself is asked for each time.
    let world = world().await;
    let (_server, id) = served();
    let mut browser = Browser::new(&world);
    let path = request(&id, CALLBACK, "openid");
    assert!(sign_in_and_consent(&mut browser, "ada@example.com", &path).await.answer().contains_key("code"));
    assert!(browser.open(&path).await.has("consent-allow"));
    let silent = browser.open(&format!("{path}&prompt=none")).await.answer();
    assert_eq!(silent["error"], "consent_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn cimd_off_an_address_is_an_unknown_client() {
    let world = World::new().await;
    let (server, id) = served();
    refused(&world, &id).await;
    assert!(server.seen("/client.json").is_empty());
    let metadata = |world| async move {
        let request = poem::Request::builder().uri("/.well-known/openid-configuration".parse().unwrap()).finish();
        Page::of(World::send(world, request).await, "").await.json()["client_id_metadata_document_supported"].clone()
    };
    assert_eq!(metadata(&world).await, Value::Null);
    assert_eq!(metadata(&self::world().await).await, json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn cimd_4_1_a_document_that_breaks_a_rule_is_no_client() {
    let world = world().await;
    let server = Server::start();
    let id = server.at("/client.json");
    let with = |name: &str, value: Value| {
        let mut document = document(&id, CALLBACK);
        document[name] = value;
        document
    };
    for (name, value) in [
        ("client_id", json!(server.at("/other.json"))),
        ("client_id", Value::Null),
        ("client_secret", json!("published")),
        ("client_secret_expires_at", json!(0)),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("token_endpoint_auth_method", json!("client_secret_post")),
        ("redirect_uris", json!(["javascript:alert(1)"])),
        ("redirect_uris", json!([])),
        ("logo_uri", json!("javascript:alert(1)")),
        ("grant_types", json!(["client_credentials"])),
        ("jwks", json!({"keys": [{"kty": "oct", "k": "AAAA"}]})),
    ] {
        server.answer("/client.json", Reply::json(&with(name, value.clone())));
        let page = refused(&world, &id).await;
        assert!(page.body.contains("client_document_unusable"), "{name} {value}: {}", page.body);
        assert_eq!(world.context.store.find_client(&id).await.unwrap(), None, "{name}");
    }
    let mut more = with("doorward", json!({ "first_party": true, "require_pkce": false }));
    more["scope"] = json!("openid admin");
    server.answer("/client.json", Reply::json(&more));
    let _page = Browser::new(&world).open(&request(&id, CALLBACK, "openid")).await;
    let client = world.context.store.find_client(&id).await.unwrap().unwrap();
    let own = &client.metadata.doorward;
    assert!(!own.first_party && own.require_pkce && !client.metadata.scope.contains("admin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_03_hostile_answers_end_soon_and_make_no_client() {
    let world = world().await;
    let (server, sound) = served();
    let id = server.at("/hostile");
    let large = json!({ "client_id": id, "redirect_uris": [CALLBACK], "client_name": "x".repeat(20_000) });
    for (what, reply) in [
        ("a redirect", Reply::status(302, &json!({})).with("Location", &sound)),
        ("10 MB", Reply::Answer(200, vec![("Content-Type".into(), "application/json".into())], vec![b' '; 10_000_000])),
        ("no end", Reply::Endless),
        ("too large", Reply::json(&large)),
        ("no JSON", Reply::typed(200, "application/json", "<html>")),
        ("a page", Reply::typed(200, "text/html", &document(&id, CALLBACK).to_string())),
        ("not there", Reply::status(404, &document(&id, CALLBACK))),
        ("a list", Reply::json(&json!([document(&id, CALLBACK)]))),
        ("nonsense", Reply::Raw(b"\0\0\0\0".to_vec())),
    ] {
        server.answer("/hostile", reply);
        let page = refused(&world, &id).await;
        assert!(page.body.contains("client_document_unusable"), "{what}");
        assert_eq!(world.context.store.find_client(&id).await.unwrap(), None, "{what}");
    }
    assert!(server.seen("/client.json").is_empty(), "no redirect is followed");
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_03_a_server_that_does_not_answer_is_left() {
    let world = world().await;
    let server = Server::start();
    for (path, reply) in [("/silent", Reply::Silence), ("/drip", Reply::Drip)] {
        server.answer(path, reply);
    }
    let begun = std::time::Instant::now();
    let (silent, drip) = (server.at("/silent"), server.at("/drip"));
    tokio::join!(refused(&world, &silent), refused(&world, &drip));
    assert!(begun.elapsed() < std::time::Duration::from_secs(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_02_no_document_is_fetched_inside() {
    let world = world().await;
    for inside in [
        "https://10.0.0.1/client.json",
        "https://192.168.1.1/client.json",
        "https://169.254.169.254/client.json",
        "https://[::ffff:10.0.0.1]/client.json",
        "https://[fd00::1]/client.json",
        "http://10.0.0.1/client.json",
        "file:///etc/passwd",
    ] {
        refused(&world, inside).await;
        assert_eq!(world.context.store.find_client(inside).await.unwrap(), None, "{inside}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cimd_6_a_document_that_changes_its_redirect_uris_counts_from_the_next_fetch() {
    const MOVED: &str = "https://elsewhere.example/cb";
    let world = world().await;
    let (server, id) = served();
    let mut browser = Browser::new(&world);
    let path = request(&id, CALLBACK, "openid offline_access");
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &path).await.answer();
    let issued = redeem(&world, &id, &answer["code"]).await.json();

    server.answer("/client.json", Reply::json(&document(&id, MOVED)));
    let early = browser.visit(&request(&id, MOVED, "openid")).await;
    assert_eq!((early.status.as_u16(), early.location()), (400, None), "the old one counts");
    world.pass(601);
    let old = browser.visit(&path).await;
    assert_eq!((old.status.as_u16(), old.location()), (400, None), "the new one counts");
    assert!(browser.open(&request(&id, MOVED, "openid")).await.has("consent-allow"));
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", issued["refresh_token"].as_str().unwrap()),
        ("client_id", &id),
    ];
    assert_eq!(post(&world, "/oauth2/token", &fields, &[]).await.status, 200, "what was granted stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn cimd_6_without_its_document_a_client_begins_nothing_new() {
    let world = world().await;
    let (server, id) = served();
    let mut browser = Browser::new(&world);
    let path = request(&id, CALLBACK, "openid offline_access");
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &path).await.answer();
    server.answer("/client.json", Reply::status(404, &json!({})));
    world.pass(601);
    refused(&world, &id).await;
    let late = redeem(&world, &id, &answer["code"]).await;
    assert_eq!(late.json()["error"], "invalid_grant", "the code is old, but the client is known");
}

#[tokio::test(flavor = "multi_thread")]
async fn cimd_6_a_client_that_made_room_during_a_sign_in_is_looked_at_again() {
    let world = world().await;
    let (server, id) = served();
    let forget = async || {
        let event = AuditEvent::new(AuditAction::ClientChanged, world.now(), "test");
        assert!(world.context.store.delete_client(&id, event).await.unwrap());
    };
    let mut browser = Browser::new(&world);
    let page = browser.open(&request(&id, CALLBACK, "openid")).await;
    forget().await;
    let page = browser.sign_in(&page, "ada@example.com", PASSWORD).await;
    assert!(page.has("consent-allow"), "{}", page.body);
    forget().await;
    let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await.answer();
    assert_eq!(redeem(&world, &id, &answer["code"]).await.status, 200);
    assert_eq!(server.seen("/client.json").len(), 3);
    // Where it is not found again, that is told.
    let page = browser.open(&request(&id, CALLBACK, "openid")).await;
    forget().await;
    server.answer("/client.json", Reply::status(404, &json!({})));
    let page = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
    assert_eq!((page.status.as_u16(), page.location()), (400, None), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn cimd_an_operators_client_of_the_same_name_is_its_own() {
    let world = world().await;
    let (server, id) = served();
    world.client(&id, |_| ()).await;
    let page = Browser::new(&world).visit(&request(&id, CALLBACK, "openid")).await;
    assert_eq!((page.status.as_u16(), page.location()), (400, None), "its redirect URI is another");
    assert!(server.seen("/client.json").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_08_fetches_for_one_source_are_limited() {
    let world = world().await;
    let server = Server::start();
    let mut last = 0;
    for number in 0..=doorward::base::bounds::CLIENT_DOCUMENTS_PER_SOURCE {
        let path = request(&server.at(&format!("/{number}")), CALLBACK, "openid");
        last = Browser::new(&world).visit(&path).await.status.as_u16();
        if last == 429 {
            break;
        }
    }
    assert_eq!(last, 429);
}
