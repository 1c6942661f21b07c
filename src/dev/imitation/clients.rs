//! Who may ask the imitations: Doorward itself, and another client to tell its codes from. Their secrets are public.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poem::http::{HeaderValue, header};

use crate::base::Digest;
use crate::endpoint::exchange::Exchange;
use crate::protocol::Parameters;
use crate::protocol::authorization_header::AuthorizationHeader;

/// A client of an imitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImitationClient {
    /// Its `client_id`.
    pub client_id: &'static str,
    /// Its secret.
    pub client_secret: &'static str,
}

/// Doorward at the imitated Google.
pub const GOOGLE_CLIENT: ImitationClient =
    ImitationClient { client_id: "doorward-at-google", client_secret: "doorward-at-google-secret-for-dev-mode-only" };

/// Somebody else at the imitated Google.
pub const GOOGLE_OTHER_CLIENT: ImitationClient =
    ImitationClient { client_id: "other-at-google", client_secret: "other-at-google-secret-for-dev-mode-only" };

/// Doorward at the imitated GitHub.
pub const GITHUB_CLIENT: ImitationClient =
    ImitationClient { client_id: "doorward-at-github", client_secret: "doorward-at-github-secret-for-dev-mode-only" };

/// Somebody else at the imitated GitHub.
pub const GITHUB_OTHER_CLIENT: ImitationClient =
    ImitationClient { client_id: "other-at-github", client_secret: "other-at-github-secret-for-dev-mode-only" };

/// The client that proves itself: by HTTP Basic, or by members of the form (RFC 6749 §2.3.1).
pub(super) fn authenticated(
    exchange: &Exchange,
    form: &Parameters,
    clients: &[ImitationClient],
) -> Option<ImitationClient> {
    let (client_id, secret) = match basic(exchange) {
        Some(presented) => presented,
        None => (form.get("client_id")?.to_owned(), form.get("client_secret")?.to_owned()),
    };
    let client = clients.iter().find(|client| client.client_id == client_id)?;
    (Digest::of(client.client_secret) == Digest::of(&secret)).then_some(*client)
}

/// Name and secret of an HTTP Basic header. None of ours has a character that would be escaped.
pub(super) fn basic(exchange: &Exchange) -> Option<(String, String)> {
    let decoded = STANDARD.decode(credentials(exchange, &["Basic"])?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(name, secret)| (name.to_owned(), secret.to_owned()))
}

/// The credentials of the `Authorization` header, when its scheme is one of `schemes`.
pub(super) fn credentials<'e>(exchange: &'e Exchange, schemes: &[&str]) -> Option<&'e str> {
    let fields: Vec<&[u8]> =
        exchange.headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes).collect();
    let authorization = AuthorizationHeader::parse(&fields).ok()??;
    schemes.iter().find_map(|scheme| authorization.of_scheme(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_need_no_encoding_anywhere() {
        for client in [GOOGLE_CLIENT, GOOGLE_OTHER_CLIENT, GITHUB_CLIENT, GITHUB_OTHER_CLIENT] {
            for text in [client.client_id, client.client_secret] {
                assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{text}");
            }
        }
    }
}
