//! The public keys of a client, registered or published, and JWTs that it signed with them.
//!
//! What the claims must say is judged in `protocol`, by whoever asks.

use std::sync::Arc;

use serde_json::Value;

use super::exchange::Exchange;
use crate::jose::{ClientJwt, ClientKeys, JwtRefusal, verify_by_key};
use crate::model::client::Client;
use crate::model::key::ClientAlgorithm;

/// What came of a JWT that should be a client's.
pub type Read = Result<ClientJwt, JwtRefusal>;

/// The client's keys; none when it has none, or when they cannot be fetched now.
pub async fn keys_of(exchange: &Exchange, client: &Client) -> Arc<ClientKeys> {
    let metadata = &client.metadata;
    match (&metadata.jwks, &metadata.jwks_uri) {
        (Some(set), _) => parsed(exchange, set),
        (None, Some(address)) => {
            let set = exchange.context.published_keys.get(address, exchange.now).await;
            let told = set.inspect_err(|failure| tell(exchange, client, &failure.to_string()));
            told.map(|set| parsed(exchange, &set)).unwrap_or_default()
        }
        (None, None) => Arc::default(),
    }
}

fn parsed(exchange: &Exchange, set: &Value) -> Arc<ClientKeys> {
    exchange.context.parsed_keys.parse(set).unwrap_or_default()
}

/// Reads a JWT that `client` should have signed by one of `algorithms`. A key that is not known is looked for in a newer
/// set, at most once a minute.
pub async fn verify(exchange: &Exchange, client: &Client, token: &str, algorithms: &[ClientAlgorithm]) -> Read {
    let keys = keys_of(exchange, client).await;
    let read = verify_by_key(token, &keys, algorithms);
    match read {
        // Where there were none, they could not be fetched just now.
        Err(JwtRefusal::UnknownKey | JwtRefusal::WrongSignature) if !keys.is_empty() => {
            match newer_keys_of(exchange, client).await {
                Some(keys) => verify_by_key(token, &keys, algorithms),
                None => read,
            }
        }
        read => read,
    }
}

/// The keys that the client publishes now, when a key was not among those that were known.
pub async fn newer_keys_of(exchange: &Exchange, client: &Client) -> Option<Arc<ClientKeys>> {
    let address = client.metadata.jwks_uri.as_ref().filter(|_| client.metadata.jwks.is_none())?;
    let published = &exchange.context.published_keys;
    let seen = published.get(address, exchange.now).await.ok()?;
    let newer = published.get_newer(address, seen, exchange.now).await.ok()?;
    Some(parsed(exchange, &newer))
}

fn tell(exchange: &Exchange, client: &Client, problem: &str) {
    tracing::warn!(
        request = exchange.id.as_str(),
        client_id = client.client_id.as_str(),
        problem,
        "no keys of the client"
    );
}
