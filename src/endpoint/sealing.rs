//! What one client shall read alone: tokens and answers encrypted as it is registered (OpenID Connect Registration §2,
//! RFC 9701 §5).

use super::client_keys::keys_of;
use super::exchange::Exchange;
use super::failure::Failure;
use crate::base::Draw;
use crate::jose::{NotEncrypted, encrypt};
use crate::model::client::{Client, ClientMetadata};
use crate::model::key::{ContentEncryption, KeyEncryption};
use crate::protocol::Reason;

/// What a client may have encrypted, each by members of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealed {
    /// An ID token.
    IdToken,
    /// A userinfo answer.
    Userinfo,
    /// An introspection answer.
    Introspection,
    /// An authorization response.
    Authorization,
}

impl Sealed {
    /// The registered algorithms of the key and of the content.
    const fn algorithms(self, metadata: &ClientMetadata) -> (Option<KeyEncryption>, Option<ContentEncryption>) {
        match self {
            Self::IdToken => (metadata.id_token_encrypted_response_alg, metadata.id_token_encrypted_response_enc),
            Self::Userinfo => (metadata.userinfo_encrypted_response_alg, metadata.userinfo_encrypted_response_enc),
            Self::Introspection => {
                (metadata.introspection_encrypted_response_alg, metadata.introspection_encrypted_response_enc)
            }
            Self::Authorization => {
                (metadata.authorization_encrypted_response_alg, metadata.authorization_encrypted_response_enc)
            }
        }
    }
}

/// `jwt`, encrypted for `client` where it is registered so.
pub async fn seal(
    exchange: &Exchange,
    client: &Client,
    what: Sealed,
    jwt: String,
    draw: &mut Draw,
) -> Result<String, Failure> {
    let (Some(alg), enc) = what.algorithms(&client.metadata) else { return Ok(jwt) };
    // OpenID Connect Registration §2: the default where only the key's algorithm is registered.
    let enc = enc.unwrap_or(ContentEncryption::A128CbcHs256);
    let keys = keys_of(exchange, client).await;
    encrypt(&jwt, &keys, alg, enc, draw).map_err(|why| match why {
        NotEncrypted::NoKey => Reason::EncryptionKeyMissing.into(),
        NotEncrypted::Fault(fault) => fault.into(),
    })
}
