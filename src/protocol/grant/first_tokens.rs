//! The first tokens on a grant: what a code or an approved request is exchanged for.

use super::audience_of;
use crate::base::{Draw, OpaqueToken, TokenKind};
use crate::model::grant::{Confirmation, RefreshToken};
use crate::protocol::access_token::{GrantSnapshot, UnsignedAccessToken};
use crate::protocol::confirmation::of_refresh_tokens;
use crate::protocol::id_token::UnsignedIdToken;
use crate::protocol::reason::Reason;
use crate::protocol::scope_policy::{OFFLINE_ACCESS, OPENID, permitted};
use crate::protocol::token_policy::TokenContext;
use crate::protocol::token_response::TokenIssue;

/// What is written and what is issued.
pub(super) struct FirstTokens {
    /// The record of the refresh token, when there is one.
    pub(super) refresh_token: Option<RefreshToken>,
    /// What refresh tokens on the grant are bound to from now on (RFC 9449 §5: whichever grant they come from).
    pub(super) confirmation: Option<Confirmation>,
    /// What is issued.
    pub(super) issue: TokenIssue,
}

/// The tokens on what was `granted`, for the `resources` that were asked for.
pub(super) fn first_tokens(
    granted: GrantSnapshot<'_>,
    resources: &[String],
    context: &TokenContext<'_>,
    draw: &mut Draw,
) -> Result<FirstTokens, Reason> {
    let TokenContext { policy, client, now, .. } = context;
    let grant = granted.grant;
    let scope = permitted(&grant.scope, client);
    let audience = audience_of(grant, resources, context)?;
    // REF-10: only when asked for and agreed to.
    let refresh_token = scope.contains(OFFLINE_ACCESS).then(|| OpaqueToken::generate(TokenKind::RefreshToken, draw));
    let stored = refresh_token.as_ref().map(|token| RefreshToken {
        digest: token.digest(),
        grant_id: grant.id.clone(),
        created_at: *now,
        idle_expires_at: policy.refresh_token_end(grant, *now),
        rotated_at: None,
        successor: None,
        successor_rotated_at: None,
    });
    let id_token = scope.contains(OPENID).then(|| UnsignedIdToken::for_code(granted, &scope, context, draw));
    let access_token = UnsignedAccessToken::for_person(granted, scope, audience, context, draw);
    Ok(FirstTokens {
        confirmation: of_refresh_tokens(client, context.confirmation).filter(|_| stored.is_some()),
        refresh_token: stored,
        issue: TokenIssue { access_token, id_token, refresh_token },
    })
}
