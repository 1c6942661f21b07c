//! What one client shall read alone: tokens and answers encrypted as it is registered (OpenID Connect Registration §2,
//! RFC 9701 §5).

use super::client_keys::keys_of;
use super::exchange::Exchange;
use super::failure::Failure;
use crate::base::Draw;
use crate::jose::{NotEncrypted, encrypt};
use crate::model::client::Client;
use crate::model::key::{ContentEncryption, KeyEncryption};
use crate::protocol::Reason;

/// How something is to be encrypted: not at all without an `alg`.
pub type Encryption = (Option<KeyEncryption>, Option<ContentEncryption>);

/// `jwt`, encrypted for `client` where `how` says so.
pub async fn seal(
    exchange: &Exchange,
    client: &Client,
    jwt: String,
    how: Encryption,
    draw: &mut Draw,
) -> Result<String, Failure> {
    let (Some(alg), enc) = how else { return Ok(jwt) };
    // OpenID Connect Registration §2: the default where only the key's algorithm is registered.
    let enc = enc.unwrap_or(ContentEncryption::A128CbcHs256);
    let keys = keys_of(exchange, client).await;
    encrypt(&jwt, &keys, (alg, enc), draw).map_err(|why| match why {
        NotEncrypted::NoKey => Reason::EncryptionKeyMissing.into(),
        NotEncrypted::Fault(fault) => fault.into(),
    })
}

/// The same for an ID token.
pub async fn seal_id_token(
    exchange: &Exchange,
    client: &Client,
    jwt: String,
    draw: &mut Draw,
) -> Result<String, Failure> {
    let metadata = &client.metadata;
    let how = (metadata.id_token_encrypted_response_alg, metadata.id_token_encrypted_response_enc);
    seal(exchange, client, jwt, how, draw).await
}
