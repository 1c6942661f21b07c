//! A client acting for itself (RFC 6749 §4.4): one access token, which speaks for no person.

use super::{check_registered, requested_resources};
use crate::base::{Draw, Scope};
use crate::model::client::GrantType;
use crate::protocol::access_token::UnsignedAccessToken;
use crate::protocol::params::Parameters;
use crate::protocol::reason::Reason;
use crate::protocol::scope_policy::SUPPORTED;
use crate::protocol::token_policy::TokenContext;
use crate::protocol::token_response::TokenIssue;

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

// CLI-13: what is registered and speaks of nobody; all of that when nothing is asked for. The scopes that we know of
// ourselves all speak of a person.
fn scope_of(request: &ClientCredentialsRequest, context: &TokenContext<'_>) -> Result<Scope, Reason> {
    let registered = &context.client.metadata.scope;
    match &request.scope {
        None => Ok(SUPPORTED.into_iter().fold(registered.clone(), |scope, personal| scope.without(personal))),
        Some(asked) if SUPPORTED.into_iter().any(|personal| asked.contains(personal)) => Err(Reason::ScopeNeedsPerson),
        Some(asked) if registered.covers(asked) => Ok(asked.clone()),
        Some(_) => Err(Reason::ScopeNotAllowed),
    }
}

// RFC 9068 §3: without a `resource` a default holds. Nothing of ours takes such a token, so it is for every resource
// the client is registered for; we stand in only where there is none.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::client::AuthMethod;
    use crate::protocol::access_token::{AccessTokenClaims, RestsOn};
    use crate::protocol::grant::fixtures::{API, ISSUER, World, draw, form, scope};

    fn ask(world: &World, pairs: &[(&str, &str)]) -> Result<AccessTokenClaims, Reason> {
        let request = ClientCredentialsRequest::parse(&form(pairs))?;
        let issue = issue(&request, &world.context(), &mut draw(1))?;
        assert!(issue.id_token.is_none() && issue.refresh_token.is_none());
        Ok(issue.access_token.claims)
    }

    #[test]
    fn cli_13_a_client_gets_a_token_for_itself_and_nothing_beside_it() {
        // RFC 6749 §4.4: a token for the client, and no refresh token.
        let world = World::with_scope("openid");
        let token = ask(&world, &[]).unwrap();
        assert_eq!((token.sub.as_str(), token.client_id.as_str()), ("app", "app"));
        assert_eq!(token.scope, scope("reports:read"));
        assert_eq!(token.rests_on(), Ok(RestsOn::Client));
        assert_eq!((token.auth_time, token.acr, token.amr), (None, None, Vec::new()));
    }

    #[test]
    fn cli_13_tok_10_only_where_it_was_granted() {
        let mut world = World::with_scope("openid");
        world.client.metadata.token_endpoint_auth_method = AuthMethod::None;
        assert_eq!(ask(&world, &[]), Err(Reason::GrantTypeNotRegistered));
        world.client.metadata.token_endpoint_auth_method = AuthMethod::ClientSecretPost;
        assert!(ask(&world, &[]).is_ok());
        world.client.metadata.grant_types = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
        assert_eq!(ask(&world, &[]), Err(Reason::GrantTypeNotRegistered));
    }

    #[test]
    fn cli_13_aut_13_scopes_of_a_person_and_unregistered_ones_are_refused() {
        let world = World::with_scope("openid");
        assert_eq!(ask(&world, &[("scope", "reports:read")]).unwrap().scope, scope("reports:read"));
        for personal in SUPPORTED {
            let asked = format!("reports:read {personal}");
            assert_eq!(ask(&world, &[("scope", &asked)]), Err(Reason::ScopeNeedsPerson), "{personal}");
        }
        assert_eq!(ask(&world, &[("scope", "reports:write")]), Err(Reason::ScopeNotAllowed));
        assert_eq!(ask(&world, &[("scope", "a\"b")]), Err(Reason::ScopeMalformed));
    }

    #[test]
    fn rfc8707_2_the_token_is_for_registered_resources_and_for_us_only_where_there_are_none() {
        // RFC 9068 §3: the default where no resource is named.
        let mut world = World::with_scope("openid");
        world.client.metadata.doorward.resources.push("https://b.example".to_owned());
        assert_eq!(ask(&world, &[]).unwrap().aud.names(), [API, "https://b.example"]);
        assert_eq!(ask(&world, &[("resource", API)]).unwrap().aud.names(), [API]);
        assert_eq!(ask(&world, &[("resource", ISSUER)]), Err(Reason::ResourceNotAllowed));
        world.client.metadata.doorward.resources.clear();
        assert_eq!(ask(&world, &[]).unwrap().aud.names(), [ISSUER]);
        assert_eq!(ask(&world, &[("resource", API)]), Err(Reason::ResourceNotAllowed));
    }
}
