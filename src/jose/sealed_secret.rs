//! Secrets of clients that sign with them (OpenID Connect Core §9): they must be read back, so they are sealed.

use super::client_keys::{ClientJwt, verify_by_secret};
use super::master_key::{Label, MasterKey};
use super::verification::JwtRefusal;
use crate::base::{Draw, Sensitive, Timestamp};
use crate::model::client::{AuthMethod, Client, ClientMetadata};

const fn label(client_id: &str) -> Label<'_> {
    Label { purpose: "client-secret", record: client_id }
}

/// Whether the secrets of such a client are kept sealed.
pub fn is_sealed(metadata: &ClientMetadata) -> bool {
    metadata.token_endpoint_auth_method == AuthMethod::ClientSecretJwt
}

/// A secret of the client, for the store.
pub fn seal_secret(master_key: &MasterKey, client_id: &str, secret: &str, draw: &mut Draw) -> String {
    master_key.seal(label(client_id), secret.as_bytes(), draw)
}

/// What `token` says, when it was signed by HS256 with one of the client's live secrets.
pub fn verify_by_sealed(
    token: &str,
    client: &Client,
    master_key: &MasterKey,
    now: Timestamp,
) -> Result<ClientJwt, JwtRefusal> {
    let live = client.secrets.iter().filter(|secret| secret.expires_at.is_none_or(|end| now < end));
    let sealed = live.filter_map(|secret| secret.sealed.as_deref());
    let opened: Vec<Sensitive<Vec<u8>>> =
        sealed.filter_map(|sealed| master_key.open(label(&client.client_id), sealed).ok()).collect();
    verify_by_secret(token, opened.iter().map(|secret| secret.expose().as_slice()))
}
