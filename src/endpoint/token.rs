//! `/oauth2/token` (RFC 6749 §3.2): read, decide, sign, commit, answer — in this order, for each grant.

use poem::http::StatusCode;
use serde_json::{Value, json};

use super::access::{FoundAccessToken, look_up, verified};
use super::client::origin_of;
use super::exchange::Exchange;
use super::failure::Failure;
use super::replay;
use super::reply::{self, Reply};
use super::sealing::seal_id_token;
use super::sender::{self, Sender};
use super::{assertion, certificate, trace};
use crate::base::bounds::CODE_FAILURES_MAX;
use crate::base::{Draw, Fault, OpaqueToken, Timestamp, TokenKind};
use crate::jose::{Typ, hash_claim};
use crate::model::client::{AccessTokenFormat, Client, GrantType};
use crate::model::grant::{Confirmation, RedeemCodeOutcome, RotateOutcome};
use crate::model::jti::{JtiPurpose, UsedJti};
use crate::model::pending::PendingKind;
use crate::protocol::access_token::{GrantSnapshot, UnsignedAccessToken};
use crate::protocol::confirmation::check_demanded;
use crate::protocol::grant::authorization_code::{self, CodeDecision, CodeRequest, CodeSnapshot, Redemption};
use crate::protocol::grant::client_credentials::{self, ClientCredentialsRequest};
use crate::protocol::grant::jwt_bearer::{self, AssertionRequest};
use crate::protocol::grant::pending::{self, PollDecision, PollRequest, PollSnapshot};
use crate::protocol::grant::refresh_token::{self, Kept, RefreshDecision, RefreshRequest, RefreshSnapshot, Rotation};
use crate::protocol::grant::token_exchange::{self, ACCESS_TOKEN_TYPE, ExchangeRequest, FoundToken};
use crate::protocol::grant::{check_details, grant_type};
use crate::protocol::token_policy::TokenContext;
use crate::protocol::token_response::{TokenIssue, TokenResponse};
use crate::protocol::{Parameters, Reason};
use crate::store::{TakeAssertion, TakeAssertionOutcome};

/// How often a refresh that lost a race is decided on again; the second time it is a repetition.
const REFRESH_TRIES: usize = 3;

/// Answers a token request.
pub async fn post(exchange: &Exchange) -> Reply {
    let form = exchange.form_parameters()?;
    let Sender { client, confirmation } = sender::of(exchange, &form).await?;
    let origin = origin_of(exchange);
    let grant = grant_type(&form)?;
    if !exchange.context.features.grant_types().contains(&grant) {
        return Err(Reason::GrantTypeUnsupported.into());
    }
    check_details(&form, grant)?;
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
        GrantType::DeviceCode => by_poll(exchange, &form, PendingKind::Device, (&context, &mut draw)).await,
        GrantType::Ciba => by_poll(exchange, &form, PendingKind::Backchannel, (&context, &mut draw)).await,
        GrantType::TokenExchange => by_exchange(exchange, &form, &context, &mut draw).await,
        GrantType::JwtBearer => by_assertion(exchange, &form, &context, &mut draw).await,
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
    if let Some(found) = &found {
        trace::about_grant(exchange, &found.grant.id, &found.grant.client_id);
    }
    let snapshot = found.as_ref().map(|found| CodeSnapshot {
        code: &found.code,
        granted: GrantSnapshot { grant: &found.grant, account: &found.account },
    });
    match authorization_code::redeem(&request, snapshot, context, draw)? {
        CodeDecision::Redeem(redemption) => {
            let noted = noted(&redemption.issue);
            let response = redeem(exchange, *redemption, (context.client, draw)).await?;
            trace::note(exchange, "redeemed", || noted);
            Ok(response)
        }
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

async fn redeem(
    exchange: &Exchange,
    redemption: Redemption,
    (client, draw): (&Client, &mut Draw),
) -> Result<TokenResponse, Failure> {
    let store = &exchange.context.store;
    let response = sign(exchange, redemption.issue, (client, draw)).await?;
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
        if let Some(found) = &found {
            trace::about_grant(exchange, &found.grant.id, &found.grant.client_id);
        }
        let snapshot = found.as_ref().map(|found| RefreshSnapshot {
            token: &found.token,
            granted: GrantSnapshot { grant: &found.grant, account: &found.account },
        });
        match refresh_token::refresh(&request, snapshot, context, draw)? {
            RefreshDecision::Repeat(issue) => return sign(exchange, *issue, (context.client, draw)).await,
            RefreshDecision::Replayed(revoke) => {
                store.revoke_grant(&revoke.grant_id, revoke.now, revoke.audit).await?;
                return Err(Reason::RefreshReplayed.into());
            }
            RefreshDecision::Keep(kept) => {
                if let Some(response) = keep(exchange, *kept, (context.client, &mut *draw)).await? {
                    return Ok(response);
                }
            }
            RefreshDecision::Rotate(rotation) => {
                let noted = noted(&rotation.issue);
                if let Some(response) = rotate(exchange, *rotation, (context.client, &mut *draw)).await? {
                    trace::note(exchange, "refreshed", || noted);
                    return Ok(response);
                }
            }
        }
    }
    Err(Fault::Busy("refresh").into())
}

/// `None` when the token was replaced or its grant ended meanwhile: it is to be looked at again.
async fn keep(
    exchange: &Exchange,
    kept: Kept,
    (client, draw): (&Client, &mut Draw),
) -> Result<Option<TokenResponse>, Failure> {
    let response = sign(exchange, kept.issue, (client, draw)).await?;
    Ok(exchange.context.store.keep_refresh_token(kept.write).await?.then_some(response))
}

/// `None` when another request rotated the token first: it is to be looked at again.
async fn rotate(
    exchange: &Exchange,
    rotation: Rotation,
    (client, draw): (&Client, &mut Draw),
) -> Result<Option<TokenResponse>, Failure> {
    let response = sign(exchange, rotation.issue, (client, draw)).await?;
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
    sign(exchange, issue, (context.client, draw)).await
}

/// What the trace says of tokens.
fn noted(issue: &TokenIssue) -> Value {
    let claims = &issue.access_token.claims;
    json!({
        "audience": claims.aud,
        "scope": claims.scope.to_string(),
        "id_token": issue.id_token.is_some(),
        "refresh_token": issue.refresh_token.is_some(),
    })
}

async fn by_poll(
    exchange: &Exchange,
    form: &Parameters,
    kind: PendingKind,
    (context, draw): (&TokenContext<'_>, &mut Draw),
) -> Result<TokenResponse, Failure> {
    let store = &exchange.context.store;
    let request = PollRequest::parse(form, kind)?;
    let pending = store.find_pending(request.digest()).await?;
    let granted = match pending.as_ref().and_then(|pending| pending.grant_id.clone()) {
        Some(grant) => store.find_grant(grant).await?,
        None => None,
    };
    let granted = granted.as_ref().map(|found| GrantSnapshot { grant: &found.grant, account: &found.account });
    let snapshot = pending.as_ref().map(|pending| PollSnapshot { pending, granted });
    match pending::poll(&request, snapshot, context, draw)? {
        PollDecision::Wait(write, reason) => {
            let is_recorded = store.record_poll(write).await?;
            Err(if is_recorded { reason } else { Reason::SlowDown }.into())
        }
        PollDecision::Collect(collection) => {
            let response = sign(exchange, collection.issue, (context.client, draw)).await?;
            let is_first = store.collect_pending(collection.write).await?;
            if is_first { Ok(response) } else { Err(Reason::PendingUnknown.into()) }
        }
    }
}

async fn by_exchange(
    exchange: &Exchange,
    form: &Parameters,
    context: &TokenContext<'_>,
    draw: &mut Draw,
) -> Result<TokenResponse, Failure> {
    let request = ExchangeRequest::parse(form)?;
    let subject = found(exchange, Some(request.subject_token())).await?;
    let actor = found(exchange, request.actor_token()).await?;
    // A certificate shows who brings a token, whether or not the client's own tokens are bound to it.
    let certificate = certificate::confirmation(exchange);
    let tokens = [&subject, &actor].map(|found| {
        found.as_ref().map(|found| FoundToken {
            claims: &found.claims,
            snapshot: found.snapshot(),
            proven: match &found.claims.cnf {
                Some(Confirmation::Certificate(_)) => certificate.as_ref(),
                _ => context.confirmation,
            },
        })
    });
    let exchanged = token_exchange::exchange(&request, tokens.into(), context, draw)?;
    let mut response = sign(exchange, exchanged.issue, (context.client, draw)).await?;
    exchange.context.store.append_audit(exchanged.audit).await?;
    response.issued_token_type = Some(ACCESS_TOKEN_TYPE);
    Ok(response)
}

async fn by_assertion(
    exchange: &Exchange,
    form: &Parameters,
    context: &TokenContext<'_>,
    draw: &mut Draw,
) -> Result<TokenResponse, Failure> {
    let request = AssertionRequest::parse(form, context)?;
    let (issuer, claims) = assertion::verify(exchange, request.assertion(), &context.client.client_id).await?;
    let assertion = jwt_bearer::judge(&claims, issuer, context)?;
    let account = assertion::find(exchange, &assertion.subject).await?;
    let granted = jwt_bearer::grant(&request, issuer, account.as_ref(), context, draw)?;
    let response = sign(exchange, granted.issue, (context.client, draw)).await?;
    let used = UsedJti::of(JtiPurpose::GrantAssertion, &issuer.issuer, &assertion.jti, assertion.expires_at);
    replay::make_room(exchange, &context.client.client_id, &[used.expires_at]).await?;
    let take = TakeAssertion { used, grant: granted.grant, audit: granted.audit };
    match exchange.context.store.take_assertion(take).await? {
        TakeAssertionOutcome::Taken => Ok(response),
        TakeAssertionOutcome::Replayed => Err(Reason::GrantAssertionReplayed.into()),
        TakeAssertionOutcome::AccountClosed => Err(Reason::GrantAssertionOfNobody.into()),
    }
}

/// An access token of ours with what it rests on, if it verifies.
async fn found(exchange: &Exchange, token: Option<&str>) -> Result<Option<FoundAccessToken>, Failure> {
    let Some(token) = token else { return Ok(None) };
    match verified(exchange, token).await? {
        Ok(claims) => look_up(exchange, claims).await.map(Some),
        Err(_) => Ok(None),
    }
}

/// Signs the access token, then the ID token over it, which is encrypted where the client is registered so.
async fn sign(
    exchange: &Exchange,
    mut issue: TokenIssue,
    (client, draw): (&Client, &mut Draw),
) -> Result<TokenResponse, Failure> {
    let (ring, signer) = (exchange.context.keys.load_full(), &exchange.context.signer);
    let access_token = match issue.access_token.format {
        AccessTokenFormat::Jwt => {
            let unsigned = &issue.access_token;
            let unsigned = ring.prepare(Typ::AccessToken, unsigned.alg, &unsigned.claims, exchange.now)?;
            signer.sign(unsigned).await?
        }
        AccessTokenFormat::Opaque => kept(exchange, &issue.access_token).await?,
    };
    let mut id_token = None;
    if let Some(mut unsigned) = issue.id_token.take() {
        unsigned.claims.at_hash = Some(hash_claim(unsigned.alg, &access_token));
        let unsigned = ring.prepare(Typ::Jwt, unsigned.alg, &unsigned.claims, exchange.now)?;
        let jwt = signer.sign(unsigned).await?;
        id_token = Some(seal_id_token(exchange, client, jwt, draw).await?);
        // With an ID token in hand, the client's next question is for userinfo.
        if issue.access_token.format == AccessTokenFormat::Jwt {
            ring.remember(&access_token);
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
