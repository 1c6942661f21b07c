//! `/oauth2/token` (RFC 6749 §3.2): read, decide, sign, commit, answer — in this order, for each grant.

use poem::http::StatusCode;

use super::client::origin_of;
use super::exchange::Exchange;
use super::failure::Failure;
use super::reply::{self, Reply};
use super::sender::{self, Sender};
use crate::base::Draw;
use crate::base::bounds::CODE_FAILURES_MAX;
use crate::jose::{Typ, hash_claim};
use crate::model::client::GrantType;
use crate::model::grant::{RedeemCodeOutcome, RotateOutcome};
use crate::protocol::access_token::GrantSnapshot;
use crate::protocol::confirmation::check_demanded;
use crate::protocol::grant::authorization_code::{self, CodeDecision, CodeRequest, CodeSnapshot, Redemption};
use crate::protocol::grant::client_credentials::{self, ClientCredentialsRequest};
use crate::protocol::grant::grant_type;
use crate::protocol::grant::refresh_token::{self, Kept, RefreshDecision, RefreshRequest, RefreshSnapshot, Rotation};
use crate::protocol::token_policy::TokenContext;
use crate::protocol::token_response::{TokenIssue, TokenResponse};
use crate::protocol::{Parameters, Reason};

/// How often a refresh that lost a race is decided on again; the second time it is a repetition.
const REFRESH_TRIES: usize = 3;

/// Answers a token request.
pub async fn post(exchange: &Exchange) -> Reply {
    let form = exchange.form_parameters()?;
    let Sender { client, confirmation } = sender::of(exchange, &form).await?;
    let origin = origin_of(exchange);
    let grant = grant_type(&form)?;
    check_demanded(&client, confirmation.as_ref())?;
    let context = TokenContext {
        policy: &exchange.context.tokens,
        client: &client,
        now: exchange.now,
        origin: &origin,
        confirmation: confirmation.as_ref(),
    };
    let mut draw = exchange.draw()?;
    let response = match grant {
        GrantType::AuthorizationCode => by_code(exchange, &form, &context, &mut draw).await,
        GrantType::RefreshToken => by_refresh_token(exchange, &form, &context, &mut draw).await,
        GrantType::ClientCredentials => by_client_credentials(exchange, &form, &context, &mut draw).await,
        GrantType::DeviceCode | GrantType::TokenExchange | GrantType::JwtBearer | GrantType::Ciba => {
            return Err(Reason::GrantTypeUnsupported.into());
        }
    }?;
    exchange.context.observer.issued(grant.as_str());
    reply::json(StatusCode::OK, &response)
}

async fn by_code(
    exchange: &Exchange,
    form: &Parameters,
    context: &TokenContext<'_>,
    draw: &mut Draw,
) -> Result<TokenResponse, Failure> {
    let store = &exchange.context.store;
    let request = CodeRequest::parse(form)?;
    let found = store.find_code(request.code()).await?;
    let snapshot = found.as_ref().map(|found| CodeSnapshot {
        code: &found.code,
        granted: GrantSnapshot { grant: &found.grant, account: &found.account },
    });
    match authorization_code::redeem(&request, snapshot, context, draw)? {
        CodeDecision::Redeem(redemption) => redeem(exchange, *redemption).await,
        CodeDecision::Replayed(revoke) => {
            store.revoke_grant(&revoke.grant_id, revoke.now, revoke.audit).await?;
            Err(Reason::CodeReplayed.into())
        }
        CodeDecision::Refuse(count, reason) => {
            store.count_code_failure(count.code, CODE_FAILURES_MAX, exchange.now).await?;
            Err(reason.into())
        }
    }
}

async fn redeem(exchange: &Exchange, redemption: Redemption) -> Result<TokenResponse, Failure> {
    let store = &exchange.context.store;
    let response = sign(exchange, redemption.issue).await?;
    match store.redeem_code(redemption.write).await? {
        RedeemCodeOutcome::Redeemed => Ok(response),
        RedeemCodeOutcome::CodeReplayed => {
            let revoke = redemption.if_replayed;
            store.revoke_grant(&revoke.grant_id, revoke.now, revoke.audit).await?;
            Err(Reason::CodeReplayed.into())
        }
        RedeemCodeOutcome::GrantRevoked => Err(Reason::GrantRevoked.into()),
    }
}

async fn by_refresh_token(
    exchange: &Exchange,
    form: &Parameters,
    context: &TokenContext<'_>,
    draw: &mut Draw,
) -> Result<TokenResponse, Failure> {
    let store = &exchange.context.store;
    let request = RefreshRequest::parse(form, exchange.context.successor_key.expose())?;
    for _ in 0..REFRESH_TRIES {
        let found = store.find_refresh_token(request.token()).await?;
        let snapshot = found.as_ref().map(|found| RefreshSnapshot {
            token: &found.token,
            granted: GrantSnapshot { grant: &found.grant, account: &found.account },
        });
        match refresh_token::refresh(&request, snapshot, context, draw)? {
            RefreshDecision::Repeat(issue) => return sign(exchange, *issue).await,
            RefreshDecision::Replayed(revoke) => {
                store.revoke_grant(&revoke.grant_id, revoke.now, revoke.audit).await?;
                return Err(Reason::RefreshReplayed.into());
            }
            RefreshDecision::Keep(kept) => {
                if let Some(response) = keep(exchange, *kept).await? {
                    return Ok(response);
                }
            }
            RefreshDecision::Rotate(rotation) => {
                if let Some(response) = rotate(exchange, *rotation).await? {
                    return Ok(response);
                }
            }
        }
    }
    Err(crate::base::Fault::Busy("refresh").into())
}

/// `None` when the token was replaced or its grant ended meanwhile: it is to be looked at again.
async fn keep(exchange: &Exchange, kept: Kept) -> Result<Option<TokenResponse>, Failure> {
    let response = sign(exchange, kept.issue).await?;
    Ok(exchange.context.store.keep_refresh_token(kept.write).await?.then_some(response))
}

/// `None` when another request rotated the token first: it is to be looked at again.
async fn rotate(exchange: &Exchange, rotation: Rotation) -> Result<Option<TokenResponse>, Failure> {
    let response = sign(exchange, rotation.issue).await?;
    match exchange.context.store.rotate_refresh_token(rotation.write).await? {
        RotateOutcome::Rotated => Ok(Some(response)),
        RotateOutcome::AlreadyRotated => Ok(None),
        RotateOutcome::GrantRevoked => Err(Reason::GrantRevoked.into()),
    }
}

async fn by_client_credentials(
    exchange: &Exchange,
    form: &Parameters,
    context: &TokenContext<'_>,
    draw: &mut Draw,
) -> Result<TokenResponse, Failure> {
    let request = ClientCredentialsRequest::parse(form)?;
    let issue = client_credentials::issue(&request, context, draw)?;
    sign(exchange, issue).await
}

/// Signs the access token, then the ID token over it.
async fn sign(exchange: &Exchange, mut issue: TokenIssue) -> Result<TokenResponse, Failure> {
    let (ring, signer) = (exchange.context.keys.load_full(), &exchange.context.signer);
    let access_token = &issue.access_token;
    let unsigned = ring.prepare(Typ::AccessToken, access_token.alg, &access_token.claims, exchange.now)?;
    let access_token = signer.sign(unsigned).await?;
    let mut id_token = None;
    if let Some(mut unsigned) = issue.id_token.take() {
        unsigned.claims.at_hash = Some(hash_claim(unsigned.alg, &access_token));
        let unsigned = ring.prepare(Typ::Jwt, unsigned.alg, &unsigned.claims, exchange.now)?;
        id_token = Some(signer.sign(unsigned).await?);
        // With an ID token in hand, the client's next question is for userinfo.
        ring.remember(&access_token);
    }
    Ok(issue.into_response(access_token, id_token))
}
