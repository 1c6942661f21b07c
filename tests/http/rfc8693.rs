//! Token exchange (RFC 8693): a service turns the token it was called with into one for the next service.

use doorward::model::client::{AuthMethod, ClientMetadata, GrantType};
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::example::Example;
use crate::support::keys::ClientKeyPair;
use crate::support::relying_party::{
    REDIRECT, VERIFIER, authorize_path, basic, claims, post, redeem, sign_in_and_consent, token, tokens,
};
use crate::support::world::{SECRET, World};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
const TOKEN: &str = "http://localhost:8080/oauth2/token";
const ORDERS: &str = "https://orders.example";
const STOCK: &str = "https://stock.example";

/// `acme` signs people in and calls `orders`, which may go on to `stock`.
async fn world() -> World {
    world_where(|_| ()).await
}

async fn world_where(change: impl FnOnce(&mut ClientMetadata)) -> World {
    let world = World::new().await;
    world.person("ada@example.com").await;
    world
        .client("acme", |metadata| {
            metadata.doorward.resources = vec![ORDERS.to_owned()];
            metadata.scope = "openid email offline_access orders stock".parse_scope();
        })
        .await;
    world
        .client("orders", |metadata| {
            metadata.doorward.resources = vec![ORDERS.to_owned()];
            metadata.doorward.token_exchange_audiences = vec![STOCK.to_owned(), "https://bills.example".to_owned()];
            metadata.doorward.token_exchange_impersonation = true;
            metadata.doorward.token_exchange_delegation = true;
            metadata.scope = "stock".parse_scope();
            change(metadata);
        })
        .await;
    world
}

trait ParseScope {
    fn parse_scope(&self) -> doorward::base::Scope;
}

impl ParseScope for str {
    fn parse_scope(&self) -> doorward::base::Scope {
        doorward::base::Scope::parse(self).unwrap()
    }
}

/// Ada's tokens for `orders`, as `acme` got them.
async fn adas(world: &World) -> Value {
    let path = authorize_path(&[("scope", "openid offline_access orders stock"), ("resource", ORDERS)]);
    let answer = sign_in_and_consent(&mut Browser::new(world), "ada@example.com", &path).await.answer();
    redeem(world, &answer["code"]).await.json()
}

fn text<'a>(document: &'a Value, member: &str) -> &'a str {
    document[member].as_str().unwrap_or_else(|| panic!("{member} in {document}"))
}

async fn exchange(world: &World, client: &str, subject_token: &str, more: &[(&str, &str)]) -> Page {
    let mut form = vec![("grant_type", GRANT), ("subject_token", subject_token), ("subject_token_type", ACCESS)];
    form.extend_from_slice(more);
    post(world, "/oauth2/token", &form, &[("authorization", &basic(client, SECRET))]).await
}

async fn introspect(world: &World, client: &str, token: &str) -> Value {
    let header = basic(client, SECRET);
    post(world, "/oauth2/introspect", &[("token", token)], &[("authorization", &header)]).await.json()
}

fn error(page: &Page) -> (u16, String) {
    (page.status.as_u16(), page.json()["error"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8693_2_a_service_gets_a_token_for_the_next_one_that_allows_no_more() {
    // RFC 8693 §2.2.1: `issued_token_type`.
    let world = world().await;
    let adas = adas(&world).await;
    let subject_token = text(&adas, "access_token");
    let page = exchange(&world, "orders", subject_token, &[("resource", STOCK)]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let issued = page.json();
    assert_eq!((text(&issued, "issued_token_type"), text(&issued, "token_type")), (ACCESS, "Bearer"));
    assert!(issued["refresh_token"].is_null() && issued["id_token"].is_null());
    let (before, after) = (claims(subject_token), claims(text(&issued, "access_token")));
    assert_eq!((&after["sub"], &after["auth_time"]), (&before["sub"], &before["auth_time"]));
    assert_eq!(
        (&after["aud"], &after["client_id"], &after["scope"]),
        (&json!(STOCK), &json!("orders"), &json!("stock"))
    );
    assert!(after["exp"].as_i64() <= before["exp"].as_i64() && after["act"].is_null());
    assert_eq!(introspect(&world, "orders", text(&issued, "access_token")).await["active"], true);

    let machine = token_of(&world, "orders").await;
    let more = [("resource", STOCK), ("actor_token", machine.as_str()), ("actor_token_type", ACCESS)];
    let delegated = exchange(&world, "orders", subject_token, &more).await;
    let mut example = Example::new();
    example.say("The service brings the token it was called with, and its own to show who acts:");
    let mut form = vec![("grant_type", GRANT), ("subject_token", subject_token), ("subject_token_type", ACCESS)];
    form.extend_from_slice(&more);
    example.ask("POST /oauth2/token", &[("Authorization", "Basic …")], &form);
    example.answer(&delegated, &["content-type", "cache-control"]);
    let after = claims(text(&delegated.json(), "access_token"));
    assert_eq!(after["act"], json!({"sub": "orders", "client_id": "orders"}));
    example.say("The next service sees for whom the call is, and through whom:");
    example.show(&json!({"sub": "7d0c…", "client_id": after["client_id"], "aud": after["aud"], "scope": after["scope"], "act": after["act"]}));
    example.keep("rfc8693");
}

async fn token_of(world: &World, client: &str) -> String {
    let form = [("grant_type", "client_credentials"), ("scope", "stock")];
    let page = post(world, "/oauth2/token", &form, &[("authorization", &basic(client, SECRET))]).await;
    text(&page.json(), "access_token").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8693_4_1_who_acted_before_stays_inside_who_acts_now() {
    let world = world().await;
    world
        .client("stock", |metadata| {
            metadata.doorward.resources = vec![STOCK.to_owned()];
            metadata.doorward.token_exchange_audiences = vec!["https://shelf.example".to_owned()];
            metadata.doorward.token_exchange_delegation = true;
            metadata.scope = "stock".parse_scope();
        })
        .await;
    let adas = adas(&world).await;
    let actor = token_of(&world, "orders").await;
    let more = [("resource", STOCK), ("actor_token", actor.as_str()), ("actor_token_type", ACCESS)];
    let first = exchange(&world, "orders", text(&adas, "access_token"), &more).await.json();
    let actor = token_of(&world, "stock").await;
    let more = [("actor_token", actor.as_str()), ("actor_token_type", ACCESS)];
    let second = exchange(&world, "stock", text(&first, "access_token"), &more).await;
    assert_eq!(second.status, 200, "{}", second.body);
    let act = &claims(text(&second.json(), "access_token"))["act"];
    assert_eq!((&act["sub"], &act["act"]["sub"]), (&json!("stock"), &json!("orders")));
    // It may not pretend that nobody acts.
    let alone = exchange(&world, "stock", text(&first, "access_token"), &[]).await;
    assert_eq!(error(&alone), (400, "unauthorized_client".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn res_07_what_was_exchanged_dies_with_the_grant_it_came_from() {
    let world = world().await;
    let adas = adas(&world).await;
    let issued = exchange(&world, "orders", text(&adas, "access_token"), &[]).await.json();
    assert_eq!(introspect(&world, "orders", text(&issued, "access_token")).await["active"], true);
    let form = [("token", text(&adas, "refresh_token"))];
    let header = basic("acme", SECRET);
    assert_eq!(post(&world, "/oauth2/revoke", &form, &[("authorization", &header)]).await.status, 200);
    assert_eq!(introspect(&world, "orders", text(&issued, "access_token")).await, json!({"active": false}));
    let again = exchange(&world, "orders", text(&adas, "access_token"), &[]).await;
    assert_eq!(error(&again), (400, "invalid_request".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn res_07_what_was_exchanged_dies_with_the_client_the_grant_was_given_to() {
    use doorward::model::audit::{AuditAction, AuditEvent};
    for is_removed in [false, true] {
        let world = world().await;
        let adas = adas(&world).await;
        let issued = exchange(&world, "orders", text(&adas, "access_token"), &[]).await.json();
        let token = text(&issued, "access_token");
        assert_eq!(introspect(&world, "orders", token).await["active"], true);
        let event = AuditEvent::new(AuditAction::ClientChanged, world.now(), "test");
        let store = &world.context.store;
        let is_done = if is_removed {
            store.delete_client("acme", event).await
        } else {
            store.set_client_disabled("acme", true, world.now(), event).await
        };
        assert!(is_done.unwrap());
        assert_eq!(introspect(&world, "orders", token).await, json!({"active": false}));
    }
}

/// A token request with a proof.
async fn proven(world: &World, client: &str, form: &[(&str, &str)], proof: Option<&str>) -> Page {
    let authorization = basic(client, SECRET);
    let mut headers = vec![("authorization", authorization.as_str())];
    headers.extend(proof.map(|proof| ("dpop", proof)));
    post(world, "/oauth2/token", form, &headers).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8693_5_a_bound_token_is_exchanged_only_by_who_proves_its_key() {
    let (world, key, other) = (world().await, ClientKeyPair::es256("1"), ClientKeyPair::es256("2"));
    let path = authorize_path(&[("scope", "openid offline_access orders stock"), ("resource", ORDERS)]);
    let answer = sign_in_and_consent(&mut Browser::new(&world), "ada@example.com", &path).await.answer();
    let proof = |key: &ClientKeyPair| key.proof("POST", TOKEN, world.now());
    let form = [
        ("grant_type", "authorization_code"),
        ("code", answer["code"].as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let bound = proven(&world, "acme", &form, Some(&proof(&key))).await.json();
    assert_eq!(text(&bound, "token_type"), "DPoP");
    let form = [
        ("grant_type", GRANT),
        ("subject_token", text(&bound, "access_token")),
        ("subject_token_type", ACCESS),
        ("resource", STOCK),
    ];
    for wrong in [None, Some(proof(&other))] {
        let page = proven(&world, "orders", &form, wrong.as_deref()).await;
        assert_eq!(error(&page), (400, "invalid_request".to_owned()), "{wrong:?}");
    }
    let page = proven(&world, "orders", &form, Some(&proof(&key))).await;
    assert_eq!((page.status.as_u16(), &page.json()["token_type"]), (200, &json!("DPoP")), "{}", page.body);
    assert_eq!(claims(text(&page.json(), "access_token"))["cnf"], json!({"jkt": key.thumbprint()}));
    // Who acts is proven, too.
    let machine = [("grant_type", "client_credentials"), ("scope", "stock")];
    let machine = proven(&world, "orders", &machine, Some(&proof(&other))).await.json();
    let adas = adas(&world).await;
    let more = [("actor_token", text(&machine, "access_token")), ("actor_token_type", ACCESS)];
    let page = exchange(&world, "orders", text(&adas, "access_token"), &more).await;
    assert_eq!(error(&page), (400, "invalid_request".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8693_2_2_2_targets_scopes_and_kinds_outside_the_policy_are_refused() {
    // RFC 8693 §2.1: the type comes with the token. RFC 8693 §3: other types are refused.
    let world = world().await;
    let adas = adas(&world).await;
    let subject = text(&adas, "access_token");
    for (more, expected) in [
        (vec![("resource", "https://elsewhere.example")], "invalid_target"),
        (vec![("audience", "acme")], "invalid_target"),
        (vec![("resource", "no uri")], "invalid_target"),
        (vec![("scope", "orders")], "invalid_scope"),
        (vec![("scope", "stock admin")], "invalid_scope"),
        (vec![("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token")], "invalid_request"),
        (vec![("actor_token", subject)], "invalid_request"),
        (vec![("actor_token_type", ACCESS)], "invalid_request"),
        // A token of somebody else shows nobody who acts.
        (vec![("actor_token", subject), ("actor_token_type", ACCESS)], "invalid_request"),
    ] {
        assert_eq!(error(&exchange(&world, "orders", subject, &more).await), (400, expected.to_owned()), "{more:?}");
    }
    for (member, kind) in [("id_token", "id_token"), ("refresh_token", "refresh_token")] {
        let kind = format!("urn:ietf:params:oauth:token-type:{kind}");
        let form =
            [("grant_type", GRANT), ("subject_token", text(&adas, member)), ("subject_token_type", kind.as_str())];
        let page = post(&world, "/oauth2/token", &form, &[("authorization", &basic("orders", SECRET))]).await;
        assert_eq!(error(&page), (400, "invalid_request".to_owned()), "{member}");
        let page = exchange(&world, "orders", text(&adas, member), &[]).await;
        assert_eq!(error(&page), (400, "invalid_request".to_owned()), "{member} under a false name");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8693_5_a_token_that_is_not_for_the_client_is_of_no_use_to_it() {
    let world = world().await;
    let for_us = tokens(&world).await;
    let page = exchange(&world, "orders", text(&for_us, "access_token"), &[]).await;
    assert_eq!(error(&page), (400, "invalid_request".to_owned()));
    // Nor is a token that speaks for no person, or one that is over.
    let machine = token_of(&world, "orders").await;
    assert_eq!(error(&exchange(&world, "orders", &machine, &[]).await), (400, "invalid_request".to_owned()));
    let adas = adas(&world).await;
    world.pass(600);
    let late = exchange(&world, "orders", text(&adas, "access_token"), &[]).await;
    assert_eq!(error(&late), (400, "invalid_request".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn tok_10_only_clients_with_a_policy_and_a_secret_exchange() {
    let without = world_where(|metadata| metadata.doorward.token_exchange_audiences.clear()).await;
    let adas_token = adas(&without).await;
    let page = exchange(&without, "orders", text(&adas_token, "access_token"), &[]).await;
    assert_eq!(error(&page), (400, "unauthorized_client".to_owned()));
    let unregistered = world_where(|metadata| metadata.grant_types = vec![GrantType::ClientCredentials]).await;
    let adas_token = adas(&unregistered).await;
    let page = exchange(&unregistered, "orders", text(&adas_token, "access_token"), &[]).await;
    assert_eq!(error(&page), (400, "unauthorized_client".to_owned()));
    let public = world_where(|metadata| metadata.token_endpoint_auth_method = AuthMethod::None).await;
    let adas_token = adas(&public).await;
    let form = [
        ("grant_type", GRANT),
        ("subject_token", text(&adas_token, "access_token")),
        ("subject_token_type", ACCESS),
        ("client_id", "orders"),
    ];
    assert_eq!(error(&post(&public, "/oauth2/token", &form, &[]).await), (400, "unauthorized_client".to_owned()));
    let off = World::with(|settings| settings.protocol.token_exchange = false).await;
    off.client("acme", |_| ()).await;
    assert_eq!(error(&token(&off, &[("grant_type", GRANT)]).await), (400, "unsupported_grant_type".to_owned()));
}
