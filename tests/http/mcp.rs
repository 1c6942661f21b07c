//! Clients of the Model Context Protocol (Authorization): no secret, PKCE, a resource in each request, loopback redirects
//! on any port, registered by themselves or known by their document.

use doorward::config::{ProfileOfRegistered, RegistrationBy, Settings};
use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::support::browser::Browser;
use crate::support::example::Example;
use crate::support::registrar::register;
use crate::support::relying_party::{VERIFIER, authorize_path, claims, post, sign_in_and_consent};
use crate::support::world::World;

const RESOURCE: &str = "https://mcp.example/";
const LISTENING: &str = "http://127.0.0.1:51823/callback";

fn for_mcp(settings: &mut Settings) {
    settings.protocol.registration = RegistrationBy::Open;
    settings.protocol.client_id_documents = true;
    settings.protocol.registration_resources = vec![RESOURCE.to_owned()];
    settings.protocol.registration_profile = Some(ProfileOfRegistered::Mcp);
}

async fn world() -> World {
    let world = World::with(for_mcp).await;
    world.person("ada@example.com").await;
    world
}

fn metadata() -> Value {
    json!({
        "client_name": "An Editor",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
    })
}

async fn audience_of(world: &World, id: &str) -> Value {
    let change = [("client_id", id), ("redirect_uri", LISTENING), ("resource", RESOURCE), ("scope", "openid")];
    let mut browser = Browser::new(world);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&change)).await.answer();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", answer["code"].as_str()),
        ("client_id", id),
        ("redirect_uri", LISTENING),
        ("code_verifier", VERIFIER),
        ("resource", RESOURCE),
    ];
    let page = post(world, "/oauth2/token", &fields, &[]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    claims(page.json()["access_token"].as_str().unwrap())["aud"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn mcp_a_client_registers_itself_and_gets_a_token_for_one_resource() {
    let world = world().await;
    let mut example = Example::new();
    example.say("An editor registers itself, for redirects to whatever port it will listen on:");
    example.ask("POST /oauth2/clients", &[("content-type", "application/json")], &[]);
    example.show(&metadata());
    let page = register(&world, &metadata()).await;
    assert_eq!(page.status, 201, "{}", page.body);
    example.answer(&page, &[]);
    example.say("It names the resource in its authorization request and in its token request:");
    let fields =
        [("response_type", "code"), ("client_id", "CLIENT_ID"), ("redirect_uri", LISTENING), ("resource", RESOURCE)];
    example.ask("GET /oauth2/authorize", &[], &fields);
    example.keep("mcp");
    let client = page.json();
    assert_eq!(client["application_type"], json!("native"), "loopback ports are free");
    assert_eq!(audience_of(&world, client["client_id"].as_str().unwrap()).await, json!(RESOURCE));
}

#[tokio::test(flavor = "multi_thread")]
async fn mcp_a_client_known_by_its_document_gets_the_same() {
    let world = world().await;
    let server = Server::start();
    let id = server.at("/client.json");
    let mut document = metadata();
    document["client_id"] = json!(id);
    server.answer("/client.json", Reply::json(&document));
    assert_eq!(audience_of(&world, &id).await, json!(RESOURCE));
}

#[tokio::test(flavor = "multi_thread")]
async fn mcp_a_request_without_a_resource_or_for_another_one_is_refused() {
    let world = world().await;
    let id = register(&world, &metadata()).await.json()["client_id"].as_str().unwrap().to_owned();
    for resource in ["", "https://other.example/"] {
        let change = [("client_id", id.as_str()), ("redirect_uri", LISTENING), ("resource", resource)];
        let answer = Browser::new(&world).visit(&authorize_path(&change)).await.answer();
        assert_eq!(answer["error"], "invalid_target", "{resource}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mcp_a_client_has_no_secret_and_uses_pkce() {
    let world = world().await;
    let mut secret = metadata();
    secret["token_endpoint_auth_method"] = json!("client_secret_basic");
    let page = register(&world, &secret).await;
    assert_eq!((page.status.as_u16(), page.json()["error"].as_str()), (400, Some("invalid_client_metadata")));
    let id = register(&world, &metadata()).await.json()["client_id"].as_str().unwrap().to_owned();
    let change = [
        ("client_id", id.as_str()),
        ("redirect_uri", LISTENING),
        ("resource", RESOURCE),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    let answer = Browser::new(&world).visit(&authorize_path(&change)).await.answer();
    assert_eq!(answer["error"], "invalid_request");
}
