//! `/oauth2/device` (RFC 8628 §3.1): a device without a browser asks for an authorization.

use poem::http::StatusCode;
use serde::Serialize;

use super::client::{authenticated, event_of};
use super::exchange::Exchange;
use super::limit;
use super::reply::{self, Reply};
use crate::base::bounds::{PENDING_SECONDS, POLL_INTERVAL_SECONDS, USER_CODE_TRIES};
use crate::base::{Fault, OpaqueToken, TokenKind};
use crate::model::audit::AuditAction;
use crate::model::client::GrantType;
use crate::model::pending::{ApprovalRequest, PendingKind};
use crate::protocol::approval::{Asked, shown, user_code};

/// RFC 8628 §3.2.
#[derive(Serialize)]
struct DeviceAuthorization {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: i64,
    interval: i64,
}

/// Keeps the request and answers with the two codes.
pub async fn post(exchange: &Exchange) -> Reply {
    let form = exchange.form_parameters()?;
    let client = authenticated(exchange, &form).await?;
    let Asked { scope, resources } = Asked::parse(&form, &client, GrantType::DeviceCode)?;
    limit::count_unproven(exchange, &client).await?;
    let mut draw = exchange.draw()?;
    let device_code = OpaqueToken::generate(TokenKind::Pending, &mut draw);
    let mut request = ApprovalRequest {
        digest: device_code.digest(),
        kind: PendingKind::Device,
        handle: String::new(),
        client_id: client.client_id.clone(),
        account_id: None,
        scope,
        resources,
        message: None,
        user_agent: exchange.user_agent(),
        ip: Some(exchange.ip.to_string()),
        created_at: exchange.now,
        expires_at: exchange.now.plus_seconds(PENDING_SECONDS),
    };
    let mut audit = event_of(exchange, AuditAction::ApprovalAsked);
    audit.client_id = Some(client.client_id.clone());
    for _ in 0..USER_CODE_TRIES {
        request.handle = user_code(&mut draw);
        let store = &exchange.context.store;
        if store.ask_approval(request.clone(), POLL_INTERVAL_SECONDS, None, audit.clone()).await? {
            return answer(exchange, &device_code, &request.handle);
        }
    }
    Err(Fault::Busy("user codes").into())
}

fn answer(exchange: &Exchange, device_code: &OpaqueToken, user_code: &str) -> Reply {
    let issuer = &exchange.context.issuer;
    let user_code = shown(user_code);
    let authorization = DeviceAuthorization {
        device_code: device_code.expose().to_owned(),
        verification_uri: issuer.at("/device"),
        verification_uri_complete: format!("{}?user_code={user_code}", issuer.at("/device")),
        user_code,
        expires_in: PENDING_SECONDS,
        interval: POLL_INTERVAL_SECONDS,
    };
    reply::json(StatusCode::OK, &authorization)
}
