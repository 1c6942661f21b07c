//! The code grant at the token endpoint (RFC 6749 §4.1.3): a code is redeemed once.

use super::{TokenRequest, noted, sign};
use crate::base::Draw;
use crate::base::bounds::CODE_FAILURES_MAX;
use crate::endpoint::failure::Failure;
use crate::endpoint::trace;
use crate::model::grant::RedeemCodeOutcome;
use crate::protocol::Reason;
use crate::protocol::access_token::GrantSnapshot;
use crate::protocol::grant::authorization_code::{self, CodeDecision, CodeRequest, CodeSnapshot, Redemption};
use crate::protocol::token_response::TokenResponse;

pub(super) async fn answer(request: &TokenRequest<'_>, draw: &mut Draw) -> Result<TokenResponse, Failure> {
    let exchange = request.exchange;
    let store = &exchange.context.store;
    let asked = CodeRequest::parse(request.form)?;
    let found = store.find_code(asked.code()).await?;
    if let Some(found) = &found {
        trace::about_grant(exchange, &found.grant.id, &found.grant.client_id);
    }
    let snapshot = found.as_ref().map(|found| CodeSnapshot {
        code: &found.code,
        granted: GrantSnapshot { grant: &found.grant, account: &found.account },
    });
    match authorization_code::redeem(&asked, snapshot, &request.context, draw)? {
        CodeDecision::Redeem(redemption) => {
            let noted = noted(&redemption.issue);
            let response = redeem(request, *redemption, draw).await?;
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

async fn redeem(request: &TokenRequest<'_>, redemption: Redemption, draw: &mut Draw) -> Result<TokenResponse, Failure> {
    let store = &request.exchange.context.store;
    let response = sign(request, redemption.issue, draw).await?;
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
