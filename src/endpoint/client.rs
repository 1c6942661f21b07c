//! Authenticating the client of a token, introspection or revocation request.

use poem::http::header;

use super::client_lookup;
use super::cors::let_scripts_of;
use super::exchange::Exchange;
use super::failure::Failure;
use super::limit;
use crate::model::audit::{AuditAction, AuditEvent, Origin};
use crate::model::client::Client;
use crate::model::{ThrottleKey, ThrottlePurpose};
use crate::protocol::client_authentication::{PresentedCredentials, authenticate};
use crate::protocol::{Parameters, Reason};

/// The client that the request proves to come from.
///
/// Wrong secrets are counted for each client and source; beyond the limit they are answered by "later". The right
/// secret always gets through, so nobody can shut an honest client out (CLI-12).
pub async fn authenticated(exchange: &Exchange, form: &Parameters) -> Result<Client, Failure> {
    let fields: Vec<&[u8]> =
        exchange.headers.get_all(header::AUTHORIZATION).iter().map(poem::http::HeaderValue::as_bytes).collect();
    let presented = PresentedCredentials::parse(&fields, form)?;
    let found = client_lookup::known(exchange, presented.client_id()).await?;
    if let Some(client) = &found {
        let_scripts_of(client, exchange);
    }
    match authenticate(&presented, found.as_ref(), exchange.now) {
        Ok(_) => found.ok_or_else(|| Reason::ClientCredentialsOfNobody.into()),
        Err(reason) => {
            let unencoded =
                found.as_ref().is_some_and(|client| presented.is_right_but_not_encoded(client, exchange.now));
            if unencoded {
                tracing::warn!(
                    request = exchange.id.as_str(),
                    client_id = presented.client_id(),
                    "the secret is right but was not form-encoded before base64 (RFC 6749 §2.3.1)"
                );
            }
            let key = ThrottleKey::client_secret(presented.client_id(), exchange.ip);
            limit::count(exchange, key, ThrottlePurpose::ClientSecret).await?;
            Err(reason.into())
        }
    }
}

/// Where the request came from, for the audit log.
pub fn origin_of(exchange: &Exchange) -> Origin {
    Origin { ip: Some(exchange.ip.to_string()), request_id: exchange.id.as_str().to_owned() }
}

/// An audit entry of this request.
pub fn event_of(exchange: &Exchange, action: AuditAction) -> AuditEvent {
    AuditEvent { ip: Some(exchange.ip.to_string()), ..AuditEvent::new(action, exchange.now, exchange.id.as_str()) }
}
