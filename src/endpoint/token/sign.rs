//! From what was decided to tokens as they are sent: signed, kept behind a secret, encrypted.

use super::TokenRequest;
use crate::base::{Draw, Fault, OpaqueToken, Timestamp, TokenKind};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::Failure;
use crate::endpoint::sealing::{Sealed, seal};
use crate::endpoint::signing;
use crate::jose::{Typ, hash_claim};
use crate::model::client::AccessTokenFormat;
use crate::protocol::access_token::UnsignedAccessToken;
use crate::protocol::token_response::{TokenIssue, TokenResponse};

/// Signs the access token, then the ID token over it, which is encrypted where the client is registered so.
pub(super) async fn sign(
    request: &TokenRequest<'_>,
    mut issue: TokenIssue,
    draw: &mut Draw,
) -> Result<TokenResponse, Failure> {
    let exchange = request.exchange;
    let unsigned = &issue.access_token;
    let access_token = match unsigned.format {
        AccessTokenFormat::Jwt => signing::sign(exchange, Typ::AccessToken, unsigned.alg, &unsigned.claims).await?,
        AccessTokenFormat::Opaque => kept(exchange, unsigned).await?,
    };
    let mut id_token = None;
    if let Some(mut unsigned) = issue.id_token.take() {
        unsigned.claims.at_hash = Some(hash_claim(unsigned.alg, &access_token));
        let jwt = signing::sign(exchange, Typ::Jwt, unsigned.alg, &unsigned.claims).await?;
        id_token = Some(seal(exchange, request.context.client, Sealed::IdToken, jwt, draw).await?);
        // With an ID token in hand, the client's next question is for userinfo.
        if issue.access_token.format == AccessTokenFormat::Jwt {
            exchange.context.keys.load().remember(&access_token);
        }
    }
    Ok(issue.into_response(access_token, id_token))
}

/// A secret that stands for the token. It is kept before the write that gives it a meaning; should that fail, nobody ever
/// holds it, and the row is swept.
async fn kept(exchange: &Exchange, token: &UnsignedAccessToken) -> Result<String, Failure> {
    let secret = OpaqueToken::generate(TokenKind::AccessToken, &mut exchange.draw()?);
    let claims = serde_json::to_string(&token.claims).map_err(Fault::broken)?;
    let expires_at = Timestamp::from_seconds(token.claims.exp);
    exchange.context.store.put_opaque_token(secret.digest(), claims, expires_at).await?;
    Ok(secret.expose().to_owned())
}
