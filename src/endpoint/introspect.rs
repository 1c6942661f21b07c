//! `/oauth2/introspect` (RFC 7662).

use poem::http::StatusCode;

use super::access::{look_up, verified};
use super::client::{authenticated, origin_of};
use super::exchange::Exchange;
use super::failure::Failure;
use super::reply::{self, Reply};
use crate::base::{OpaqueToken, TokenKind};
use crate::protocol::access_token::GrantSnapshot;
use crate::protocol::introspection::{Introspected, Introspection, introspect};
use crate::protocol::token_policy::TokenContext;

/// Tells the authenticated client about a token.
pub async fn post(exchange: &Exchange) -> Reply {
    let form = exchange.form_parameters()?;
    let client = authenticated(exchange, &form).await?;
    let token = form.require("token")?;
    let origin = origin_of(exchange);
    let context = TokenContext {
        policy: &exchange.context.tokens,
        client: &client,
        now: exchange.now,
        origin: &origin,
        confirmation: None,
    };
    let told = match OpaqueToken::parse(TokenKind::RefreshToken, token) {
        Some(refresh_token) => about_refresh_token(exchange, &refresh_token, &context).await?,
        None => about_access_token(exchange, token, &context).await?,
    };
    reply::json(StatusCode::OK, &told)
}

async fn about_refresh_token(
    exchange: &Exchange,
    token: &OpaqueToken,
    context: &TokenContext<'_>,
) -> Result<Introspection, Failure> {
    let found = exchange.context.store.find_refresh_token(token.digest()).await?;
    let introspected = found.as_ref().map_or(Introspected::Unknown, |found| Introspected::RefreshToken {
        token: &found.token,
        granted: GrantSnapshot { grant: &found.grant, account: &found.account },
    });
    Ok(introspect(&introspected, context)?)
}

async fn about_access_token(
    exchange: &Exchange,
    token: &str,
    context: &TokenContext<'_>,
) -> Result<Introspection, Failure> {
    let Ok(claims) = verified(exchange, token) else { return Ok(introspect(&Introspected::Unknown, context)?) };
    let found = look_up(exchange, claims).await?;
    let introspected = Introspected::AccessToken { claims: &found.claims, snapshot: found.snapshot() };
    Ok(introspect(&introspected, context)?)
}
