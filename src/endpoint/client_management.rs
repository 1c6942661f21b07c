//! `/oauth2/clients/CLIENT_ID`: a registered client looks at itself, changes and removes itself (RFC 7592), by the token
//! that it was given when it registered and by nothing else (DCR-06).

use poem::http::StatusCode;
use serde_json::Value;

use super::client_registration::{
    body, described, event, kept, metadata_of, needs_secret, nothing, presented, refused,
};
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::reply::{self, Reply};
use super::software_statement;
use crate::base::{OpaqueToken, TokenKind};
use crate::jose::is_sealed;
use crate::model::audit::Actor;
use crate::model::client::{Client, ClientSecret};
use crate::protocol::Reason;
use crate::protocol::client_registration::{self, Unregistrable};

const PATH: &str = "/oauth2/clients/";

/// Tells a client what is registered (RFC 7592 §2.1).
pub async fn get(exchange: &Exchange) -> Reply {
    let (client, token) = itself(exchange).await?;
    reply::json(StatusCode::OK, &described(exchange, &client, None, &token)?)
}

/// Replaces what is registered (RFC 7592 §2.2). A client that is disabled stays so (DCR-10).
pub async fn put(exchange: &Exchange) -> Reply {
    let (client, token) = itself(exchange).await?;
    let document = body(exchange)?;
    check_identity(&document, &client, exchange)?;
    let mut members = client_registration::members(document).map_err(refused)?;
    software_statement::read(exchange, &mut members).map_err(refused)?;
    let own = Some(&*client.metadata);
    let metadata = metadata_of(exchange, &client.client_id, members, client.provenance, own).await?;
    // One that is kept as a digest alone cannot be signed with.
    let is_fit = |secret: &ClientSecret| secret.sealed.is_some() || !is_sealed(&metadata);
    let has_secret = client.secrets.iter().any(|secret| secret.expires_at.is_none() && is_fit(secret));
    let mut draw = exchange.draw()?;
    let secret = if needs_secret(&metadata) && !has_secret {
        Some(OpaqueToken::generate(TokenKind::ClientSecret, &mut draw))
    } else {
        None
    };
    let audit = event(exchange, &client.client_id, Actor::Client, "changed");
    let new_secret = secret.as_ref().map(|secret| kept(exchange, &client.client_id, &metadata, secret, &mut draw));
    let change = (metadata, new_secret);
    let store = &exchange.context.store;
    if !store.revise_registration(&client.client_id, client.updated_at, change, audit).await? {
        return Err(HttpRefusal::Overtaken.into());
    }
    let client = store.find_client(&client.client_id).await?.ok_or(Reason::TokenRevoked)?;
    reply::json(StatusCode::OK, &described(exchange, &client, secret.as_ref(), &token)?)
}

/// Removes the client with everything issued to it (RFC 7592 §2.3).
pub async fn delete(exchange: &Exchange) -> Reply {
    let (client, _) = itself(exchange).await?;
    let audit = event(exchange, &client.client_id, Actor::Client, "deleted");
    exchange.context.store.delete_client(&client.client_id, audit).await?;
    Ok(nothing())
}

/// The client that the address names, when the token is its own. An unknown client and a wrong token look the same
/// (RFC 7592 §2.1).
async fn itself(exchange: &Exchange) -> Result<(Client, OpaqueToken), Failure> {
    let presented = presented(exchange)?;
    let token = OpaqueToken::parse(TokenKind::Registration, presented.expose()).ok_or(Reason::TokenMalformed)?;
    let client_id = exchange.uri.path().strip_prefix(PATH).unwrap_or_default();
    let store = &exchange.context.store;
    let own = store.find_registration_token(client_id).await?;
    if own.is_none_or(|own| own != token.digest()) {
        return Err(Reason::TokenMalformed.into());
    }
    let client = store.find_client(client_id).await?.ok_or(Reason::TokenMalformed)?;
    Ok((client, token))
}

fn unacceptable(sentence: &str) -> Failure {
    refused(Unregistrable::Metadata(sentence.to_owned()))
}

/// RFC 7592 §2.2: the client names itself, and may repeat its secret but not choose one.
fn check_identity(document: &Value, client: &Client, exchange: &Exchange) -> Result<(), Failure> {
    if document.get("client_id").and_then(Value::as_str) != Some(client.client_id.as_str()) {
        return Err(unacceptable("client_id: must be the client's own."));
    }
    let is_its_secret = |presented: &str| {
        let digest = crate::base::Digest::of(presented);
        client.secrets.iter().any(|own| own.digest == digest && own.expires_at.is_none_or(|end| end > exchange.now))
    };
    match document.get("client_secret") {
        None | Some(Value::Null) => {}
        Some(Value::String(secret)) if is_its_secret(secret) => {}
        Some(_) => return Err(unacceptable("client_secret: is made by the server.")),
    }
    // RFC 7592 §2.2: these are for the server to say.
    let own =
        ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"];
    match own.into_iter().find(|name| document.get(name).is_some()) {
        Some(name) => Err(unacceptable(&format!("{name}: must not be sent."))),
        None => Ok(()),
    }
}
