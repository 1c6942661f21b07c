//! A registered client manages itself (RFC 7592; DCR-05, DCR-06, DCR-10).

use poem::http::Method;
use serde_json::{Value, json};

use crate::administration::Boss;
use crate::support::browser::Page;
use crate::support::example::Example;
use crate::support::registrar::{open, own_path, register, send};
use crate::support::relying_party::{REDIRECT, basic, post};
use crate::support::world::World;

async fn registered(world: &World) -> Value {
    let page = register(world, &json!({ "client_name": "Acme", "redirect_uris": [REDIRECT] })).await;
    assert_eq!(page.status, 201, "{}", page.body);
    page.json()
}

fn token(client: &Value) -> &str {
    client["registration_access_token"].as_str().unwrap()
}

async fn put(world: &World, client: &Value, metadata: &Value) -> Page {
    send(world, Method::PUT, &own_path(client), Some(metadata), Some(token(client))).await
}

fn change(client: &Value, members: &[(&str, Value)]) -> Value {
    let mut metadata = json!({ "client_id": client["client_id"], "redirect_uris": client["redirect_uris"] });
    for (name, value) in members {
        metadata[*name] = value.clone();
    }
    metadata
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7592_2_a_client_reads_changes_and_removes_itself() {
    // RFC 7592 §2.1, §2.3, §3: read, removed; the answer names the token.
    let world = World::with(open).await;
    let client = registered(&world).await;
    let mut example = Example::new();
    let read = send(&world, Method::GET, &own_path(&client), None, Some(token(&client))).await;
    assert_eq!((read.status.as_u16(), read.header("cache-control")), (200, Some("no-store")));
    assert_eq!(read.json()["client_name"], json!("Acme"));
    assert_eq!(read.json().get("client_secret"), None, "it is told once");
    assert_eq!(read.json()["registration_access_token"], client["registration_access_token"]);

    let metadata =
        change(&client, &[("client_name", json!("Acme Notes")), ("tos_uri", json!("https://acme.example/tos"))]);
    example.say("A client changes what it registered; what it leaves out takes its default again:");
    example.ask("PUT /oauth2/clients/CLIENT_ID", &[("authorization", &format!("Bearer {}", token(&client)))], &[]);
    example.show(&metadata);
    let changed = put(&world, &client, &metadata).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.json()["client_name"], json!("Acme Notes"));
    example.answer(&changed, &[]);
    let bare = put(&world, &client, &change(&client, &[("client_name", Value::Null)])).await;
    assert_eq!((bare.json().get("client_name"), bare.json().get("tos_uri")), (None, None), "the whole is replaced");

    example.say("And it removes itself, with everything that was issued to it:");
    example.ask("DELETE /oauth2/clients/CLIENT_ID", &[("authorization", &format!("Bearer {}", token(&client)))], &[]);
    let gone = send(&world, Method::DELETE, &own_path(&client), None, Some(token(&client))).await;
    assert_eq!(gone.status, 204);
    example.answer(&gone, &[]);
    example.keep("rfc7592");
    let after = send(&world, Method::GET, &own_path(&client), None, Some(token(&client))).await;
    assert_eq!(after.status, 401);
    let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let header = basic(id, secret);
    let page = post(&world, "/oauth2/token", &[("grant_type", "refresh_token")], &[("authorization", &header)]).await;
    assert_eq!(page.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_06_only_the_clients_own_token_opens_it() {
    let world = World::with(open).await;
    let (client, other) = (registered(&world).await, registered(&world).await);
    let secret = client["client_secret"].as_str().unwrap();
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        for wrong in [None, Some(token(&other)), Some("x"), Some(secret)] {
            let body = change(&client, &[]);
            let page = send(&world, method.clone(), &own_path(&client), Some(&body), wrong).await;
            assert_eq!(page.status, 401, "{method} {wrong:?}");
            assert!(page.header("www-authenticate").unwrap().starts_with("Bearer "));
        }
    }
    let nobody = send(&world, Method::GET, "/oauth2/clients/nobody", None, Some(token(&client))).await;
    let others = send(&world, Method::GET, &own_path(&other), None, Some(token(&client))).await;
    assert_eq!((nobody.status, &nobody.body), (others.status, &others.body), "who is registered is not told");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7592_2_2_a_client_keeps_its_name_and_does_not_choose_its_secret() {
    let world = World::with(open).await;
    let client = registered(&world).await;
    let same = change(&client, &[("client_secret", client["client_secret"].clone())]);
    assert_eq!(put(&world, &client, &same).await.status, 200);
    for wrong in [
        json!({ "redirect_uris": [REDIRECT] }),
        change(&client, &[("client_id", json!("another"))]),
        change(&client, &[("client_secret", json!("chosen by me, and long enough"))]),
        change(&client, &[("registration_access_token", json!("x"))]),
        change(&client, &[("client_id_issued_at", json!(1))]),
    ] {
        let page = put(&world, &client, &wrong).await;
        assert_eq!((page.status.as_u16(), page.json()["error"].as_str()), (400, Some("invalid_client_metadata")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_05_checks_on_registration_run_on_change() {
    let world = World::with(open).await;
    let client = registered(&world).await;
    let uri = put(&world, &client, &change(&client, &[("redirect_uris", json!(["https://a.example/#x"]))])).await;
    assert_eq!((uri.status.as_u16(), uri.json()["error"].as_str()), (400, Some("invalid_redirect_uri")));
    let more = [("scope", json!("openid admin")), ("doorward", json!({ "first_party": true }))];
    let more = put(&world, &client, &change(&client, &more)).await;
    assert_eq!((more.status.as_u16(), &more.json()["scope"]), (200, &json!("openid")));
    let kept = world.context.store.find_client(client["client_id"].as_str().unwrap()).await.unwrap().unwrap();
    assert!(!kept.metadata.doorward.first_party);
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_05_what_the_operator_decided_about_a_client_outlives_its_changes() {
    use doorward::model::audit::{AuditAction, AuditEvent};
    use doorward::model::client::AccessTokenFormat;
    let world = World::with(open).await;
    let client = registered(&world).await;
    let id = client["client_id"].as_str().unwrap();
    let store = &world.context.store;
    let mut strict = store.find_client(id).await.unwrap().unwrap();
    strict.metadata.doorward.access_token_format = AccessTokenFormat::Opaque;
    strict.metadata.doorward.access_token_seconds = Some(60);
    let event = AuditEvent::new(AuditAction::ClientChanged, world.now(), "test");
    let change_of = (*strict.metadata.clone(), None);
    assert!(store.revise_registration(id, strict.updated_at, change_of, event).await.unwrap());
    world.pass(1);
    let changed = put(&world, &client, &change(&client, &[("client_name", json!("New"))])).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let after = store.find_client(id).await.unwrap().unwrap();
    assert_eq!(after.metadata.client_name.as_deref(), Some("New"));
    assert_eq!(after.metadata.doorward, strict.metadata.doorward);
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc7592_2_2_a_client_that_comes_to_need_a_secret_is_given_one() {
    let world = World::with(open).await;
    let page = register(&world, &json!({ "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "none" })).await;
    let client = page.json();
    assert_eq!((client.get("client_secret"), client.get("client_secret_expires_at")), (None, None));
    let metadata = change(&client, &[("token_endpoint_auth_method", json!("client_secret_post"))]);
    let changed = put(&world, &client, &metadata).await.json();
    assert!(changed["client_secret"].as_str().is_some_and(|secret| secret.len() > 40));
    assert_eq!(put(&world, &client, &metadata).await.json().get("client_secret"), None, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_10_a_disabled_client_stays_disabled_whatever_it_registers() {
    use doorward::model::audit::{AuditAction, AuditEvent};
    let world = World::with(open).await;
    let client = registered(&world).await;
    let id = client["client_id"].as_str().unwrap();
    let event = AuditEvent::new(AuditAction::ClientChanged, world.now(), "test");
    assert!(world.context.store.set_client_disabled(id, true, world.now(), event).await.unwrap());
    let _any =
        put(&world, &client, &change(&client, &[("disabled", json!(false)), ("disabled_at", Value::Null)])).await;
    assert!(world.context.store.find_client(id).await.unwrap().unwrap().disabled_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_05_what_an_administrator_took_from_a_client_it_does_not_take_back() {
    let world = World::with(open).await;
    let boss = Boss::of(&world).await;
    let asked = json!({
        "client_name": "Acme", "redirect_uris": [REDIRECT], "scope": "openid email profile",
        "grant_types": ["authorization_code", "refresh_token"],
    });
    let client = register(&world, &asked).await.json();
    let path = format!("/clients/{}", client["client_id"].as_str().unwrap());
    let narrowed = json!({
        "client_name": "Acme", "redirect_uris": [REDIRECT], "scope": "openid",
        "grant_types": ["authorization_code"], "require_pushed_authorization_requests": true,
    });
    let narrowed = boss.send(Method::PUT, &path, narrowed).await;
    assert_eq!(narrowed.status, 200, "{}", narrowed.body);
    let decided = ["grant_types", "require_pushed_authorization_requests", "scope"];
    assert_eq!(narrowed.json()["doorward"]["decided"], json!(decided));
    world.pass(1);
    let pushes = ("require_pushed_authorization_requests", json!(true));
    for (member, value) in [
        ("grant_types", json!(["authorization_code", "refresh_token"])),
        ("require_pushed_authorization_requests", json!(false)),
        ("scope", json!("email profile")),
    ] {
        let page = put(&world, &client, &change(&client, &[pushes.clone(), (member, value)])).await;
        assert_eq!((page.status.as_u16(), page.json()["error"].as_str()), (400, Some("invalid_client_metadata")));
        assert!(page.json()["error_description"].as_str().unwrap().starts_with(member), "{}", page.body);
    }
    // What it asks for beside that is its own business, and too much scope is left out as ever.
    let wanted = [pushes, ("scope", json!("openid email")), ("client_name", json!("New"))];
    let page = put(&world, &client, &change(&client, &wanted)).await;
    assert_eq!((page.status.as_u16(), &page.json()["scope"]), (200, &json!("openid")), "{}", page.body);
    assert_eq!(page.json()["client_name"], "New");
    // An administrator lets go of it.
    let mut freed = boss.get(&path).await;
    for own in ["client_id_issued_at", "disabled", "updated_at"] {
        freed.as_object_mut().unwrap().remove(own);
    }
    freed["doorward"]["decided"] = json!([]);
    let freed = boss.send(Method::PUT, &path, freed).await;
    assert_eq!((freed.status.as_u16(), freed.json()["doorward"].get("decided")), (200, None), "{}", freed.body);
    world.pass(1);
    let page = put(&world, &client, &change(&client, &[("scope", json!("openid email"))])).await;
    assert_eq!(page.json()["scope"], "openid email");
}

#[tokio::test(flavor = "multi_thread")]
async fn dcr_05_an_app_of_the_operators_is_none_at_other_addresses() {
    let world = World::with(open).await;
    let boss = Boss::of(&world).await;
    let client = registered(&world).await;
    let path = format!("/clients/{}", client["client_id"].as_str().unwrap());
    let trusted = json!({ "client_name": "Acme", "redirect_uris": [REDIRECT], "doorward": { "first_party": true } });
    assert_eq!(boss.send(Method::PUT, &path, trusted).await.status, 200);
    world.pass(1);
    let is_trusted = async || boss.get(&path).await["doorward"]["first_party"].clone();
    assert_eq!(put(&world, &client, &change(&client, &[("client_name", json!("New"))])).await.status, 200);
    assert_eq!(is_trusted().await, true);
    world.pass(1);
    let moved = json!([REDIRECT, "https://elsewhere.example/cb"]);
    assert_eq!(put(&world, &client, &change(&client, &[("redirect_uris", moved)])).await.status, 200);
    assert_eq!(is_trusted().await, false);
}
