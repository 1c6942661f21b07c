//! Polling for what a person decides elsewhere: the device grant (RFC 8628 §3.4) and CIBA (Core §10.1).

use super::{TokenRequest, sign};
use crate::base::Draw;
use crate::endpoint::failure::Failure;
use crate::model::pending::PendingKind;
use crate::protocol::Reason;
use crate::protocol::access_token::GrantSnapshot;
use crate::protocol::grant::pending::{self, PollDecision, PollRequest, PollSnapshot};
use crate::protocol::token_response::TokenResponse;

pub(super) async fn answer(
    request: &TokenRequest<'_>,
    kind: PendingKind,
    draw: &mut Draw,
) -> Result<TokenResponse, Failure> {
    let store = &request.exchange.context.store;
    let asked = PollRequest::parse(request.form, kind)?;
    let pending = store.find_pending(asked.digest()).await?;
    let granted = match pending.as_ref().and_then(|pending| pending.grant_id.clone()) {
        Some(grant) => store.find_grant(grant).await?,
        None => None,
    };
    let granted = granted.as_ref().map(|found| GrantSnapshot { grant: &found.grant, account: &found.account });
    let snapshot = pending.as_ref().map(|pending| PollSnapshot { pending, granted });
    match pending::poll(&asked, snapshot, &request.context, draw)? {
        PollDecision::Wait(write, reason) => {
            let is_recorded = store.record_poll(write).await?;
            Err(if is_recorded { reason } else { Reason::SlowDown }.into())
        }
        PollDecision::Collect(collection) => {
            let response = sign(request, collection.issue, draw).await?;
            let is_first = store.collect_pending(collection.write).await?;
            if is_first { Ok(response) } else { Err(Reason::PendingUnknown.into()) }
        }
    }
}
