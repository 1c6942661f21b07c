//! Authenticating the client of a token, introspection or revocation request.

use poem::http::header;

use super::client_lookup;
use super::cors::let_scripts_of;
use super::exchange::Exchange;
use super::failure::Failure;
use super::{certificate, client_keys, limit, replay};
use crate::jose::verify_by_sealed;
use crate::model::audit::{AuditAction, AuditEvent, Origin};
use crate::model::client::{AuthMethod, Client};
use crate::model::jti::UsedJti;
use crate::model::{ThrottleKey, ThrottlePurpose};
use crate::protocol::client_assertion::{self, Expected};
use crate::protocol::client_authentication::{Identified, Pending, PresentedCredentials, authenticate};
use crate::protocol::token_policy::TokenContext;
use crate::protocol::{Parameters, Reason};

/// The client that the request proves to come from.
///
/// Wrong secrets are counted for each client and source; beyond the limit they are answered by "later". The right
/// secret always gets through, so nobody can shut an honest client out (CLI-12).
pub async fn authenticated(exchange: &Exchange, form: &Parameters) -> Result<Client, Failure> {
    let (client, used) = identified(exchange, form).await?;
    replay::spend(exchange, &client.client_id, used.into_iter().collect()).await?;
    Ok(client)
}

/// The same, but for the name of the assertion that was presented: it is still to be spent.
pub async fn identified(exchange: &Exchange, form: &Parameters) -> Result<(Client, Option<UsedJti>), Failure> {
    let fields: Vec<&[u8]> =
        exchange.headers.get_all(header::AUTHORIZATION).iter().map(poem::http::HeaderValue::as_bytes).collect();
    let presented = PresentedCredentials::parse(&fields, form)?;
    let found = client_lookup::known(exchange, presented.client_id()).await?;
    if let Some(client) = &found {
        let_scripts_of(client, exchange);
    }
    let used = match proven(exchange, &presented, found.as_ref()).await {
        Ok(used) => used,
        Err(reason) => {
            tell(exchange, &presented, found.as_ref());
            let key = ThrottleKey::client_secret(presented.client_id(), exchange.ip);
            limit::count(exchange, key, ThrottlePurpose::ClientSecret).await?;
            return Err(reason.into());
        }
    };
    Ok((found.ok_or(Reason::ClientCredentialsOfNobody)?, used))
}

async fn proven(
    exchange: &Exchange,
    presented: &PresentedCredentials,
    found: Option<&Client>,
) -> Result<Option<UsedJti>, Reason> {
    let Identified { client, pending } = authenticate(presented, found, exchange.now)?;
    if !exchange.context.features.auth_methods().contains(&client.metadata.token_endpoint_auth_method) {
        return Err(Reason::ClientMethodNotRegistered);
    }
    match pending {
        Pending::Nothing => Ok(None),
        Pending::Assertion(assertion) => by_assertion(exchange, client, assertion.expose()).await.map(Some),
        Pending::Certificate => certificate::authenticate(exchange, client).await.map(|()| None),
    }
}

async fn by_assertion(exchange: &Exchange, client: &Client, assertion: &str) -> Result<UsedJti, Reason> {
    let algorithms = client_assertion::algorithms(client);
    let read = match client.metadata.token_endpoint_auth_method {
        AuthMethod::ClientSecretJwt => verify_by_sealed(assertion, client, &exchange.context.master_key, exchange.now),
        _ => client_keys::verify(exchange, client, assertion, &algorithms).await,
    };
    let read = read.map_err(|refusal| {
        tracing::info!(request = exchange.id.as_str(), client_id = client.client_id.as_str(), ?refusal, "assertion");
        Reason::ClientAssertionUnverified
    })?;
    let issuer = &exchange.context.issuer;
    let token = issuer.at(super::paths(&exchange.context.features).token);
    let called = issuer.at(exchange.uri.path());
    let expected = Expected { client, issuer, endpoints: [&token, &called], now: exchange.now };
    client_assertion::check(read.typ.as_deref(), &read.claims, &expected)
}

fn tell(exchange: &Exchange, presented: &PresentedCredentials, found: Option<&Client>) {
    if found.is_some_and(|client| presented.is_right_but_not_encoded(client, exchange.now)) {
        tracing::warn!(
            request = exchange.id.as_str(),
            client_id = presented.client_id(),
            "the secret is right but was not form-encoded before base64 (RFC 6749 §2.3.1)"
        );
    }
}

/// What decisions about the tokens of `client` are given. It has proven nothing that tokens can be bound to.
pub fn token_context<'a>(exchange: &'a Exchange, client: &'a Client, origin: &'a Origin) -> TokenContext<'a> {
    TokenContext { policy: &exchange.context.tokens, client, now: exchange.now, origin, confirmation: None }
}

/// Where the request came from, for the audit log.
pub fn origin_of(exchange: &Exchange) -> Origin {
    Origin { ip: Some(exchange.ip.to_string()), request_id: exchange.id.as_str().to_owned() }
}

/// An audit entry of this request.
pub fn event_of(exchange: &Exchange, action: AuditAction) -> AuditEvent {
    AuditEvent { ip: Some(exchange.ip.to_string()), ..AuditEvent::new(action, exchange.now, exchange.id.as_str()) }
}
