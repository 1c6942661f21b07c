//! The refresh grant at the token endpoint (RFC 6749 §6): a token is rotated, kept, or its rotation repeated.

use super::{TokenRequest, noted, sign};
use crate::base::{Draw, Fault};
use crate::endpoint::failure::Failure;
use crate::endpoint::trace;
use crate::model::grant::RotateOutcome;
use crate::protocol::Reason;
use crate::protocol::access_token::GrantSnapshot;
use crate::protocol::grant::refresh_token::{self, Kept, RefreshDecision, RefreshRequest, RefreshSnapshot, Rotation};
use crate::protocol::token_response::TokenResponse;

/// How often a refresh that lost a race is decided on again; the second time it is a repetition.
const REFRESH_TRIES: usize = 3;

pub(super) async fn answer(request: &TokenRequest<'_>, draw: &mut Draw) -> Result<TokenResponse, Failure> {
    let exchange = request.exchange;
    let store = &exchange.context.store;
    let asked = RefreshRequest::parse(request.form, exchange.context.successor_key.expose())?;
    for _ in 0..REFRESH_TRIES {
        let found = store.find_refresh_token(asked.token()).await?;
        if let Some(found) = &found {
            trace::about_grant(exchange, &found.grant.id, &found.grant.client_id);
        }
        let snapshot = found.as_ref().map(|found| RefreshSnapshot {
            token: &found.token,
            granted: GrantSnapshot { grant: &found.grant, account: &found.account },
        });
        match refresh_token::refresh(&asked, snapshot, &request.context, draw)? {
            RefreshDecision::Repeat(issue) => return sign(request, *issue, draw).await,
            RefreshDecision::Replayed(revoke) => {
                store.revoke_grant(&revoke.grant_id, revoke.now, revoke.audit).await?;
                return Err(Reason::RefreshReplayed.into());
            }
            RefreshDecision::Keep(kept) => {
                if let Some(response) = keep(request, *kept, draw).await? {
                    return Ok(response);
                }
            }
            RefreshDecision::Rotate(rotation) => {
                let noted = noted(&rotation.issue);
                if let Some(response) = rotate(request, *rotation, draw).await? {
                    trace::note(exchange, "refreshed", || noted);
                    return Ok(response);
                }
            }
        }
    }
    Err(Fault::Busy("refresh").into())
}

/// `None` when the token was replaced or its grant ended meanwhile: it is to be looked at again.
async fn keep(request: &TokenRequest<'_>, kept: Kept, draw: &mut Draw) -> Result<Option<TokenResponse>, Failure> {
    let response = sign(request, kept.issue, draw).await?;
    Ok(request.exchange.context.store.keep_refresh_token(kept.write).await?.then_some(response))
}

/// `None` when another request rotated the token first: it is to be looked at again.
async fn rotate(
    request: &TokenRequest<'_>,
    rotation: Rotation,
    draw: &mut Draw,
) -> Result<Option<TokenResponse>, Failure> {
    let response = sign(request, rotation.issue, draw).await?;
    match request.exchange.context.store.rotate_refresh_token(rotation.write).await? {
        RotateOutcome::Rotated => Ok(Some(response)),
        RotateOutcome::AlreadyRotated => Ok(None),
        RotateOutcome::GrantRevoked => Err(Reason::GrantRevoked.into()),
    }
}
