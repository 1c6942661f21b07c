//! Redeeming an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.6, OpenID Connect Core §3.1.3).

use super::first_tokens::first_tokens;
use super::{check_registered, check_standing, requested_resources};
use crate::base::bounds::CODE_FAILURES_MAX;
use crate::base::{Digest, Draw, OpaqueToken, Sensitive, TokenKind};
use crate::model::audit::AuditAction;
use crate::model::client::GrantType;
use crate::model::grant::{AuthorizationCode, CountCodeFailure, RedeemCode, RevokeGrant};
use crate::protocol::access_token::GrantSnapshot;
use crate::protocol::authorization_details::Wanted;
use crate::protocol::confirmation;
use crate::protocol::params::Parameters;
use crate::protocol::pkce;
use crate::protocol::reason::Reason;
use crate::protocol::token_policy::TokenContext;
use crate::protocol::token_response::TokenIssue;

/// A token request by code. A `scope` in it has no meaning (RFC 6749 §4.1.3) and is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRequest {
    code: OpaqueToken,
    redirect_uri: Option<String>,
    code_verifier: Option<Sensitive<String>>,
    resources: Vec<String>,
    details: Wanted,
}

impl CodeRequest {
    /// Reads the form.
    pub fn parse(form: &Parameters) -> Result<Self, Reason> {
        let code = form.require("code")?;
        Ok(Self {
            code: OpaqueToken::parse(TokenKind::AuthorizationCode, code).ok_or(Reason::CodeUnknown)?,
            redirect_uri: form.get("redirect_uri").map(str::to_owned),
            code_verifier: form.get("code_verifier").map(|verifier| verifier.to_owned().into()),
            resources: requested_resources(form),
            details: Wanted::parse(form)?,
        })
    }

    /// Under which digest the code is to be looked up.
    pub fn code(&self) -> Digest {
        self.code.digest()
    }
}

/// The code that was found, what it hands over and whose that is.
#[derive(Debug, Clone, Copy)]
pub struct CodeSnapshot<'a> {
    /// The code.
    pub code: &'a AuthorizationCode,
    /// Its grant and person.
    pub granted: GrantSnapshot<'a>,
}

/// What follows from a request by code. (A plain refusal, which writes nothing, is an `Err` beside it.)
#[derive(Debug, Clone)]
pub enum CodeDecision {
    /// It is good.
    Redeem(Box<Redemption>),
    /// It was used before: the grant ends, and the answer is [`Reason::CodeReplayed`].
    Replayed(RevokeGrant),
    /// Something beside the code was wrong: the attempt is counted, and the answer is the reason.
    Refuse(CountCodeFailure, Reason),
}

/// A redemption that may go ahead.
#[derive(Debug, Clone)]
pub struct Redemption {
    /// The write, whose guard lets one of several redemptions through.
    pub write: RedeemCode,
    /// What is to be done when the guard says that another was first; the answer then is [`Reason::CodeReplayed`].
    pub if_replayed: RevokeGrant,
    /// What is issued.
    pub issue: TokenIssue,
}

/// Decides on a redemption by the client of `context`.
pub fn redeem(
    request: &CodeRequest,
    snapshot: Option<CodeSnapshot<'_>>,
    context: &TokenContext<'_>,
    draw: &mut Draw,
) -> Result<CodeDecision, Reason> {
    check_registered(context.client, GrantType::AuthorizationCode)?;
    let CodeSnapshot { code, granted } = snapshot.ok_or(Reason::CodeUnknown)?;
    let refuse = |reason| Ok(CodeDecision::Refuse(CountCodeFailure { code: code.digest.clone() }, reason));
    // RFC 6749 §4.1.2: a second use revokes what the first gave, but only its own client can use a code.
    if granted.grant.client_id != context.client.client_id {
        return refuse(Reason::CodeOfAnotherClient);
    }
    // The failures used it up, so it had given nothing that could be revoked.
    if code.failures >= CODE_FAILURES_MAX {
        return Err(Reason::CodeExhausted);
    }
    if code.consumed_at.is_some() {
        return replayed(granted, context);
    }
    if context.now >= code.expires_at {
        return Err(Reason::CodeExpired);
    }
    if let Err(reason) = check_redirect_uri(request, code).and_then(|()| check_verifier(request, code)) {
        return refuse(reason);
    }
    // RFC 9449 §10: whoever has code and verifier but not the key only used up an attempt.
    if let Err(reason) = confirmation::check_code(code.dpop_jkt.as_deref(), context.confirmation) {
        return refuse(reason);
    }
    check_standing(granted, context.now)?;
    issue(request, code, granted, context, draw).map(|redemption| CodeDecision::Redeem(Box::new(redemption)))
}

// A grant that has ended cannot end again.
fn replayed(granted: GrantSnapshot<'_>, context: &TokenContext<'_>) -> Result<CodeDecision, Reason> {
    if granted.grant.revoked_at.is_some() {
        return Err(Reason::CodeReplayed);
    }
    Ok(CodeDecision::Replayed(context.revoke(granted.grant, AuditAction::CodeReplayed)))
}

// RFC 6749 §4.1.3: required and the same if it stood in the authorization request. RED-08: the same also if it did not.
fn check_redirect_uri(request: &CodeRequest, code: &AuthorizationCode) -> Result<(), Reason> {
    match &request.redirect_uri {
        Some(sent) if *sent == code.redirect_uri => Ok(()),
        Some(_) => Err(Reason::CodeRedirectUriMismatch),
        None if code.redirect_uri_was_sent => Err(Reason::CodeRedirectUriMissing),
        None => Ok(()),
    }
}

fn check_verifier(request: &CodeRequest, code: &AuthorizationCode) -> Result<(), Reason> {
    let verifier = request.code_verifier.as_ref().map(|verifier| verifier.expose().as_str());
    pkce::verify(code.code_challenge.as_deref(), verifier)
}

fn issue(
    request: &CodeRequest,
    code: &AuthorizationCode,
    granted: GrantSnapshot<'_>,
    context: &TokenContext<'_>,
    draw: &mut Draw,
) -> Result<Redemption, Reason> {
    let mut first = first_tokens(granted, &request.resources, context, draw)?;
    let grant = granted.grant;
    let details = request.details.of(&grant.authorization_details, context.client)?;
    first.issue.access_token.claims.authorization_details = details;
    Ok(Redemption {
        write: RedeemCode {
            code: code.digest.clone(),
            grant_id: grant.id.clone(),
            confirmation: first.confirmation,
            refresh_token: first.refresh_token,
            now: context.now,
        },
        if_replayed: context.revoke(grant, AuditAction::CodeReplayed),
        issue: first.issue,
    })
}

#[cfg(test)]
mod tests;
