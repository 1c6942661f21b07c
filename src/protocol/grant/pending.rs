//! Polling for an authorization that a person decides on elsewhere (RFC 8628 §3.4, CIBA Core §10.1).

use super::first_tokens::first_tokens;
use super::{check_registered, check_standing, requested_resources};
use crate::base::bounds::{POLL_INTERVAL_SECONDS_MAX, POLL_SLOWER_SECONDS};
use crate::base::{Digest, Draw, OpaqueToken, TokenKind};
use crate::model::pending::{CollectPending, PendingAuthorization, PendingKind, RecordPoll};
use crate::protocol::access_token::GrantSnapshot;
use crate::protocol::params::Parameters;
use crate::protocol::reason::Reason;
use crate::protocol::token_policy::TokenContext;
use crate::protocol::token_response::TokenIssue;

/// A token request by device code or `auth_req_id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollRequest {
    kind: PendingKind,
    secret: OpaqueToken,
    resources: Vec<String>,
}

impl PollRequest {
    /// Reads the form.
    pub fn parse(form: &Parameters, kind: PendingKind) -> Result<Self, Reason> {
        let secret = form.require(match kind {
            PendingKind::Device => "device_code",
            PendingKind::Backchannel => "auth_req_id",
        })?;
        let secret = OpaqueToken::parse(TokenKind::Pending, secret).ok_or(Reason::PendingUnknown)?;
        Ok(Self { kind, secret, resources: requested_resources(form) })
    }

    /// Under which digest the request is to be looked up.
    pub fn digest(&self) -> Digest {
        self.secret.digest()
    }
}

/// What was found.
#[derive(Debug, Clone, Copy)]
pub struct PollSnapshot<'a> {
    /// The request.
    pub pending: &'a PendingAuthorization,
    /// What the person granted, if they did.
    pub granted: Option<GrantSnapshot<'a>>,
}

/// What follows from a poll. (A plain refusal, which writes nothing, is an `Err` beside it.)
#[derive(Debug, Clone)]
pub enum PollDecision {
    /// Nothing yet: the poll is counted, and the answer is the reason. When another poll came at the same moment, the
    /// answer is [`Reason::SlowDown`].
    Wait(RecordPoll, Reason),
    /// The tokens are handed out. When somebody was first, the answer is [`Reason::PendingUnknown`].
    Collect(Box<Collection>),
}

/// Tokens that may be handed out.
#[derive(Debug, Clone)]
pub struct Collection {
    /// The write, whose guard lets one of several polls through.
    pub write: CollectPending,
    /// What is issued.
    pub issue: TokenIssue,
}

/// Decides on a poll by the client of `context`.
pub fn poll(
    request: &PollRequest,
    snapshot: Option<PollSnapshot<'_>>,
    context: &TokenContext<'_>,
    draw: &mut Draw,
) -> Result<PollDecision, Reason> {
    check_registered(context.client, request.kind.grant_type())?;
    let PollSnapshot { pending, granted } = snapshot.ok_or(Reason::PendingUnknown)?;
    let asked = &pending.request;
    if asked.client_id != context.client.client_id || asked.kind != request.kind || pending.consumed_at.is_some() {
        return Err(Reason::PendingUnknown);
    }
    if context.now >= asked.expires_at {
        return Err(Reason::PendingExpired);
    }
    match (pending.decided_at, granted) {
        (None, _) => Ok(wait(pending, context)),
        (Some(_), None) => Err(Reason::PendingRefused),
        (Some(_), Some(granted)) => {
            check_standing(granted, context.now)?;
            collect(request, granted, context, draw).map(|collection| PollDecision::Collect(Box::new(collection)))
        }
    }
}

// RFC 8628 §3.5: whoever does not keep the pause has a longer one from then on.
fn wait(pending: &PendingAuthorization, context: &TokenContext<'_>) -> PollDecision {
    let next_at = pending.polled_at.map(|before| before.plus_seconds(pending.interval_seconds));
    let is_too_fast = next_at.is_some_and(|next_at| context.now < next_at);
    let (slower, reason) =
        if is_too_fast { (POLL_SLOWER_SECONDS, Reason::SlowDown) } else { (0, Reason::AuthorizationPending) };
    let write = RecordPoll {
        digest: pending.request.digest.clone(),
        before: pending.polled_at,
        now: context.now,
        interval_seconds: (pending.interval_seconds + slower).min(POLL_INTERVAL_SECONDS_MAX),
    };
    PollDecision::Wait(write, reason)
}

fn collect(
    request: &PollRequest,
    granted: GrantSnapshot<'_>,
    context: &TokenContext<'_>,
    draw: &mut Draw,
) -> Result<Collection, Reason> {
    let first = first_tokens(granted, &request.resources, context, draw)?;
    Ok(Collection {
        write: CollectPending {
            digest: request.digest(),
            grant_id: granted.grant.id.clone(),
            confirmation: first.confirmation,
            refresh_token: first.refresh_token,
            now: context.now,
        },
        issue: first.issue,
    })
}
