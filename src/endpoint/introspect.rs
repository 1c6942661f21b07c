//! `/oauth2/introspect` (RFC 7662), answered by JSON or by a JWT (RFC 9701).

use poem::http::{StatusCode, header};

use super::access::{look_up, verified};
use super::client::{authenticated, origin_of, token_context};
use super::exchange::Exchange;
use super::failure::Failure;
use super::reply::{self, Reply};
use super::sealing::{Sealed, seal};
use super::signing::sign;
use crate::base::{OpaqueToken, TokenKind};
use crate::jose::Typ;
use crate::model::client::Client;
use crate::model::key::SigningAlgorithm;
use crate::protocol::access_token::GrantSnapshot;
use crate::protocol::introspection::{
    INTROSPECTION_JWT, Introspected, Introspection, SignedIntrospection, introspect, signed_introspection,
};
use crate::protocol::token_policy::TokenContext;

/// Tells the authenticated client about a token.
pub async fn post(exchange: &Exchange) -> Reply {
    let form = exchange.form_parameters()?;
    let client = authenticated(exchange, &form).await?;
    let token = form.require("token")?;
    let origin = origin_of(exchange);
    let context = token_context(exchange, &client, &origin);
    let told = match OpaqueToken::parse(TokenKind::RefreshToken, token) {
        Some(refresh_token) => about_refresh_token(exchange, &refresh_token, &context).await?,
        None => about_access_token(exchange, token, &context).await?,
    };
    let accepted = exchange.header(header::ACCEPT).unwrap_or_default();
    match signed_introspection(&told, &context, accepted) {
        None => reply::json(StatusCode::OK, &told),
        Some((claims, alg)) => by_jwt(exchange, &client, &claims, alg).await,
    }
}

/// The answer as a JWT for this client, encrypted where it is registered so.
async fn by_jwt(
    exchange: &Exchange,
    client: &Client,
    claims: &SignedIntrospection<'_>,
    alg: SigningAlgorithm,
) -> Reply {
    let jwt = sign(exchange, Typ::Introspection, alg, claims).await?;
    let jwt = seal(exchange, client, Sealed::Introspection, jwt, &mut exchange.draw()?).await?;
    Ok(reply::jwt(INTROSPECTION_JWT, jwt))
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
    let Ok(claims) = verified(exchange, token).await? else { return Ok(introspect(&Introspected::Unknown, context)?) };
    let found = look_up(exchange, claims).await?;
    let introspected = Introspected::AccessToken { claims: &found.claims, snapshot: found.snapshot() };
    Ok(introspect(&introspected, context)?)
}
