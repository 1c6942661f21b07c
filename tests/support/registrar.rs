//! A program that registers clients, and whatever it serves itself.

use doorward::base::{OpaqueToken, TokenKind};
use doorward::config::{RegistrationBy, Settings};
use doorward::model::audit::{AuditAction, AuditEvent};
use poem::http::{Method, header};
use serde_json::Value;

use super::browser::Page;
use super::world::World;

/// Lets everybody register.
pub fn open(settings: &mut Settings) {
    settings.protocol.registration = RegistrationBy::Open;
}

/// A request with a JSON body and perhaps a token.
pub async fn send(world: &World, method: Method, path: &str, body: Option<&Value>, token: Option<&str>) -> Page {
    let text = body.map(Value::to_string).unwrap_or_default();
    send_text(world, (method, path), ("application/json", text), token).await
}

/// The same with any body of any type.
pub async fn send_text(
    world: &World,
    (method, path): (Method, &str),
    (kind, body): (&str, String),
    token: Option<&str>,
) -> Page {
    let mut request = poem::Request::builder().method(method).uri(path.parse().unwrap());
    request = request.header("x-forwarded-for", "198.51.100.9").header(header::CONTENT_TYPE, kind);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    Page::of(world.send(request.body(body)).await, path).await
}

/// Registers a client.
pub async fn register(world: &World, metadata: &Value) -> Page {
    send(world, Method::POST, "/oauth2/clients", Some(metadata), None).await
}

/// The path under which a registered client manages itself.
pub fn own_path(registered: &Value) -> String {
    let uri = registered["registration_client_uri"].as_str().unwrap();
    uri.strip_prefix(super::world::ISSUER).unwrap().to_owned()
}

/// An initial access token as an operator makes one.
pub async fn initial_access_token(world: &World, uses: u32) -> String {
    let token = OpaqueToken::generate(TokenKind::InitialAccess, &mut world.context.entropy.draw().unwrap());
    let event = AuditEvent::new(AuditAction::ClientChanged, world.now(), "test");
    let until = world.now().plus_seconds(3_600);
    world.context.store.add_initial_access_token(token.digest(), uses, until, event).await.unwrap();
    token.expose().to_owned()
}
