//! `/oauth2/revoke` (RFC 7009).

use poem::http::StatusCode;

use super::access::{look_up, verified};
use super::client::{authenticated, origin_of, token_context};
use super::exchange::Exchange;
use super::failure::Failure;
use super::reply::{self, Reply};
use crate::base::{OpaqueToken, TokenKind};
use crate::protocol::revocation::{Revocable, Revocation, revoke};
use crate::protocol::token_policy::TokenContext;

/// Ends a token of the authenticated client.
pub async fn post(exchange: &Exchange) -> Reply {
    let form = exchange.form_parameters()?;
    let client = authenticated(exchange, &form).await?;
    let token = form.require("token")?;
    let origin = origin_of(exchange);
    let context = token_context(exchange, &client, &origin);
    let revocation = match OpaqueToken::parse(TokenKind::RefreshToken, token) {
        Some(refresh_token) => of_refresh_token(exchange, &refresh_token, &context).await?,
        None => match verified(exchange, token).await? {
            Ok(claims) => {
                let found = look_up(exchange, claims).await?;
                let person = found.snapshot().grant.map(|granted| &granted.account.id);
                revoke(&Revocable::AccessToken(&found.claims, person), &context)?
            }
            Err(_) => revoke(&Revocable::Unknown, &context)?,
        },
    };
    // RES-06: the answer is 200 only when the store has it.
    let store = &exchange.context.store;
    match revocation {
        Revocation::Nothing => {}
        Revocation::Grant(write) => drop(store.revoke_grant(&write.grant_id, write.now, write.audit).await?),
        Revocation::AccessToken(write) => store.revoke_token(write.jti, write.expires_at, write.audit).await?,
    }
    Ok(reply::empty(StatusCode::OK))
}

async fn of_refresh_token(
    exchange: &Exchange,
    token: &OpaqueToken,
    context: &TokenContext<'_>,
) -> Result<Revocation, Failure> {
    let found = exchange.context.store.find_refresh_token(token.digest()).await?;
    let revocable = found.as_ref().map_or(Revocable::Unknown, |found| Revocable::RefreshToken(&found.grant));
    Ok(revoke(&revocable, context)?)
}
