//! Token exchange at the token endpoint (RFC 8693): tokens of ours for one that says who acts for whom.

use super::{TokenRequest, sign};
use crate::base::Draw;
use crate::endpoint::access::{FoundAccessToken, look_up, verified};
use crate::endpoint::certificate;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::Failure;
use crate::model::grant::Confirmation;
use crate::protocol::grant::token_exchange::{self, ACCESS_TOKEN_TYPE, ExchangeRequest, FoundToken};
use crate::protocol::token_response::TokenResponse;

pub(super) async fn answer(request: &TokenRequest<'_>, draw: &mut Draw) -> Result<TokenResponse, Failure> {
    let TokenRequest { exchange, form, context } = request;
    let asked = ExchangeRequest::parse(form)?;
    let subject = found(exchange, Some(asked.subject_token())).await?;
    let actor = found(exchange, asked.actor_token()).await?;
    // A certificate shows who brings a token, whether or not the client's own tokens are bound to it.
    let certificate = certificate::confirmation(exchange);
    let [subject, actor] = [&subject, &actor].map(|found| {
        found.as_ref().map(|found| FoundToken {
            claims: &found.claims,
            snapshot: found.snapshot(),
            proven: match &found.claims.cnf {
                Some(Confirmation::Certificate(_)) => certificate.as_ref(),
                _ => context.confirmation,
            },
        })
    });
    let exchanged = token_exchange::exchange(&asked, subject, actor, context, draw)?;
    let mut response = sign(request, exchanged.issue, draw).await?;
    exchange.context.store.append_audit(exchanged.audit).await?;
    response.issued_token_type = Some(ACCESS_TOKEN_TYPE);
    Ok(response)
}

/// An access token of ours with what it rests on, if it verifies.
async fn found(exchange: &Exchange, token: Option<&str>) -> Result<Option<FoundAccessToken>, Failure> {
    let Some(token) = token else { return Ok(None) };
    match verified(exchange, token).await? {
        Ok(claims) => look_up(exchange, claims).await.map(Some),
        Err(_) => Ok(None),
    }
}
