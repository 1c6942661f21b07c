//! A client acting for itself (RFC 6749 §4.4): one access token, which speaks for no person.

use super::{check_registered, requested_resources};
use crate::base::{Draw, Scope};
use crate::model::client::GrantType;
use crate::protocol::access_token::UnsignedAccessToken;
use crate::protocol::params::Parameters;
use crate::protocol::reason::Reason;
use crate::protocol::token_policy::TokenContext;
use crate::protocol::token_response::TokenIssue;

/// The scopes that speak of a person, or of being away.
const SCOPES_OF_A_PERSON: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

/// A token request by client credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCredentialsRequest {
    scope: Option<Scope>,
    resources: Vec<String>,
}

impl ClientCredentialsRequest {
    /// Reads the form.
    pub fn parse(form: &Parameters) -> Result<Self, Reason> {
        let scope = form.get("scope").map(Scope::parse).transpose().map_err(|_| Reason::ScopeMalformed)?;
        Ok(Self { scope: scope.filter(|scope| !scope.is_empty()), resources: requested_resources(form) })
    }
}

/// Decides on a token for the client of `context`. Nothing is written.
pub fn issue(
    request: &ClientCredentialsRequest,
    context: &TokenContext<'_>,
    draw: &mut Draw,
) -> Result<TokenIssue, Reason> {
    check_registered(context.client, GrantType::ClientCredentials)?;
    // RFC 6749 §4.4: confidential clients only.
    if !context.client.is_confidential() {
        return Err(Reason::GrantTypeNotRegistered);
    }
    let scope = scope_of(request, context)?;
    let audience = audience_of(request, context)?;
    let access_token = UnsignedAccessToken::for_client(scope, audience, context, draw);
    Ok(TokenIssue { access_token, id_token: None, refresh_token: None })
}

// CLI-13: what is registered and speaks of nobody; all of that when nothing is asked for.
fn scope_of(request: &ClientCredentialsRequest, context: &TokenContext<'_>) -> Result<Scope, Reason> {
    let registered = &context.client.metadata.scope;
    match &request.scope {
        None => Ok(SCOPES_OF_A_PERSON.into_iter().fold(registered.clone(), |scope, personal| scope.without(personal))),
        Some(asked) if SCOPES_OF_A_PERSON.into_iter().any(|personal| asked.contains(personal)) => {
            Err(Reason::ScopeNeedsPerson)
        }
        Some(asked) if registered.covers(asked) => Ok(asked.clone()),
        Some(_) => Err(Reason::ScopeNotAllowed),
    }
}

// RFC 9068 §3: without a `resource` a default holds. Nothing of ours takes such a token, so it is for every resource the
// client is registered for; we stand in only where there is none.
fn audience_of(request: &ClientCredentialsRequest, context: &TokenContext<'_>) -> Result<Vec<String>, Reason> {
    let registered = &context.client.metadata.doorward.resources;
    if !request.resources.iter().all(|resource| registered.contains(resource)) {
        return Err(Reason::ResourceNotAllowed);
    }
    Ok(match (request.resources.is_empty(), registered.is_empty()) {
        (false, _) => request.resources.clone(),
        (true, false) => registered.clone(),
        (true, true) => vec![context.policy.issuer.as_str().to_owned()],
    })
}
