//! The public keys of a client, registered or published, and JWTs that it signed with them.
//!
//! What the claims must say is judged in `protocol`, by whoever asks.

use super::exchange::Exchange;
use crate::jose::{ClientJwt, ClientKeys, JwtRefusal, verify_by_key};
use crate::model::client::Client;
use crate::model::key::ClientAlgorithm;

/// What came of a JWT that should be a client's.
pub type Read = Result<ClientJwt, JwtRefusal>;

/// The client's keys; none when it has none, or when they cannot be fetched now.
pub async fn keys_of(exchange: &Exchange, client: &Client) -> ClientKeys {
    let metadata = &client.metadata;
    match (&metadata.jwks, &metadata.jwks_uri) {
        (Some(set), _) => ClientKeys::parse(set).unwrap_or_default(),
        (None, Some(address)) => {
            let set = exchange.context.published_keys.get(address, exchange.now).await;
            let told = set.inspect_err(|failure| tell(exchange, client, &failure.to_string()));
            told.ok().and_then(|set| ClientKeys::parse(&set).ok()).unwrap_or_default()
        }
        (None, None) => ClientKeys::default(),
    }
}

/// Reads a JWT that `client` should have signed by one of `algorithms`. A key that is not known is looked for in a newer
/// set, at most once a minute.
pub async fn verify(exchange: &Exchange, client: &Client, token: &str, algorithms: &[ClientAlgorithm]) -> Read {
    let read = verify_by_key(token, &keys_of(exchange, client).await, algorithms);
    let Some(address) = client.metadata.jwks_uri.as_ref().filter(|_| client.metadata.jwks.is_none()) else {
        return read;
    };
    if !matches!(read, Err(JwtRefusal::UnknownKey | JwtRefusal::WrongSignature)) {
        return read;
    }
    let published = &exchange.context.published_keys;
    let Ok(seen) = published.get(address, exchange.now).await else { return read };
    let Ok(newer) = published.get_newer(address, seen, exchange.now).await else { return read };
    verify_by_key(token, &ClientKeys::parse(&newer).unwrap_or_default(), algorithms)
}

fn tell(exchange: &Exchange, client: &Client, problem: &str) {
    tracing::warn!(
        request = exchange.id.as_str(),
        client_id = client.client_id.as_str(),
        problem,
        "no keys of the client"
    );
}
