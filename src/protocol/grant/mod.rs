//! The token request (RFC 6749 §3.2): one file per grant, and what the grants have in common.
//!
//! A decision says what is to be written and what is to be signed; the client has authenticated before. A write that
//! lost its race is the caller's to answer, as the decision's documentation says.

pub mod authorization_code;
pub mod client_credentials;
mod first_tokens;
pub mod jwt_bearer;
pub mod pending;
pub mod refresh_token;
pub mod token_exchange;

#[cfg(test)]
pub(super) mod fixtures;

use super::access_token::GrantSnapshot;
use super::authorization_details;
use super::params::Parameters;
use super::reason::Reason;
use super::scope_policy::OPENID;
use super::token_policy::TokenContext;
use crate::base::Timestamp;
use crate::model::client::{Client, GrantType};
use crate::model::grant::Grant;

/// The grant that a token request asks by (TOK-06).
pub fn grant_type(form: &Parameters) -> Result<GrantType, Reason> {
    GrantType::parse(form.require("grant_type")?).ok_or(Reason::GrantTypeUnsupported)
}

/// RFC 9396 §6: a part of what was granted may be asked for. By the other grants nothing was granted of that kind.
pub fn check_details(form: &Parameters, grant: GrantType) -> Result<(), Reason> {
    match grant {
        GrantType::AuthorizationCode | GrantType::RefreshToken => Ok(()),
        _ => authorization_details::refuse(form),
    }
}

/// TOK-10: only the grants a client is registered for.
fn check_registered(client: &Client, grant: GrantType) -> Result<(), Reason> {
    if client.may_use(grant) { Ok(()) } else { Err(Reason::GrantTypeNotRegistered) }
}

/// Whether anything may still be issued on `granted`: grant and person are looked at each time (REF-12, COD-12).
fn check_standing(granted: GrantSnapshot<'_>, now: Timestamp) -> Result<(), Reason> {
    let GrantSnapshot { grant, account } = granted;
    if grant.revoked_at.is_some() {
        Err(Reason::GrantRevoked)
    } else if now >= grant.expires_at {
        Err(Reason::GrantExpired)
    } else if account.id != grant.account_id || !account.may_sign_in() {
        Err(Reason::AccountClosed)
    } else {
        Ok(())
    }
}

/// The `resource` parameters, without repetition.
fn requested_resources(form: &Parameters) -> Vec<String> {
    let mut resources: Vec<String> = Vec::new();
    for resource in form.all("resource") {
        if !resources.iter().any(|known| known == resource) {
            resources.push(resource.to_owned());
        }
    }
    resources
}

/// The audience of an access token on `grant` that was asked for with `requested` (RFC 8707 §2.2): a part of what was
/// granted, all of it when nothing was asked for. A grant without resources is for us, and so is a token that an
/// OpenID Connect client asks for by our issuer, which is how it reaches userinfo beside its resources.
fn audience_of(grant: &Grant, requested: &[String], context: &TokenContext<'_>) -> Result<Vec<String>, Reason> {
    let issuer = context.policy.issuer.as_str();
    let registered = &context.client.metadata.doorward.resources;
    let may_have = |resource: &String| grant.resources.contains(resource) && registered.contains(resource);
    let is_for_us =
        |resource: &String| resource == issuer && (grant.resources.is_empty() || grant.scope.contains(OPENID));
    if !requested.iter().all(|resource| may_have(resource) || is_for_us(resource)) {
        return Err(Reason::ResourceNotGranted);
    }
    if !requested.is_empty() {
        return Ok(requested.to_vec());
    }
    if grant.resources.is_empty() {
        return Ok(vec![issuer.to_owned()]);
    }
    let standing: Vec<String> = grant.resources.iter().filter(|resource| may_have(resource)).cloned().collect();
    if standing.is_empty() { Err(Reason::ResourceNotGranted) } else { Ok(standing) }
}

#[cfg(test)]
mod tests {
    use crate::base::Scope;

    use super::fixtures::{API, ISSUER, NOW, World, form};
    use super::*;

    fn audience(world: &World, requested: &[&str]) -> Result<Vec<String>, Reason> {
        let pairs: Vec<_> = requested.iter().map(|resource| ("resource", *resource)).collect();
        audience_of(&world.grant, &requested_resources(&form(&pairs)), &world.context())
    }

    fn for_resources(resources: &[&str]) -> World {
        let mut world = World::with_scope("openid");
        world.grant.resources = resources.iter().map(ToString::to_string).collect();
        world.client.metadata.doorward.resources = vec![API.to_owned(), "https://b.example".to_owned()];
        world
    }

    #[test]
    fn tok_06_only_the_grants_there_are_and_in_their_spelling() {
        assert_eq!(grant_type(&form(&[("grant_type", "refresh_token")])), Ok(GrantType::RefreshToken));
        assert_eq!(grant_type(&form(&[("grant_type", "")])), Err(Reason::MissingParameter("grant_type")));
        for unknown in ["password", "Authorization_Code", "refresh_token ", "implicit"] {
            assert_eq!(grant_type(&form(&[("grant_type", unknown)])), Err(Reason::GrantTypeUnsupported));
        }
    }

    #[test]
    fn rfc8707_2_2_resources_narrow_and_never_widen() {
        let world = for_resources(&[API, "https://b.example"]);
        assert_eq!(audience(&world, &[]).unwrap(), [API, "https://b.example"]);
        assert_eq!(audience(&world, &[API, API]).unwrap(), [API]);
        for more in [&["https://c.example"][..], &[API, "https://c.example"], &["https://api.example/"]] {
            assert_eq!(audience(&world, more), Err(Reason::ResourceNotGranted), "{more:?}");
        }
    }

    #[test]
    fn a_grant_without_resources_is_for_us_alone() {
        let world = for_resources(&[]);
        assert_eq!(audience(&world, &[]).unwrap(), [ISSUER]);
        assert_eq!(audience(&world, &[ISSUER]).unwrap(), [ISSUER]);
        assert_eq!(audience(&world, &[API]), Err(Reason::ResourceNotGranted));
    }

    #[test]
    fn our_issuer_is_a_resource_of_every_openid_connect_grant() {
        let mut world = for_resources(&[API]);
        assert_eq!(audience(&world, &[ISSUER]).unwrap(), [ISSUER]);
        world.grant.scope = Scope::empty();
        assert_eq!(audience(&world, &[ISSUER]), Err(Reason::ResourceNotGranted));
    }

    #[test]
    fn ref_12_a_resource_that_the_client_lost_is_lost_to_its_grants() {
        let mut world = for_resources(&[API, "https://b.example"]);
        world.client.metadata.doorward.resources = vec!["https://b.example".to_owned()];
        assert_eq!(audience(&world, &[]).unwrap(), ["https://b.example"]);
        assert_eq!(audience(&world, &[API]), Err(Reason::ResourceNotGranted));
        world.client.metadata.doorward.resources.clear();
        assert_eq!(audience(&world, &[]), Err(Reason::ResourceNotGranted));
    }

    #[test]
    fn ref_12_standing_is_looked_at_each_time() {
        let mut world = World::with_scope("openid");
        assert_eq!(check_standing(world.granted(), NOW), Ok(()));
        world.account.disabled_at = Some(NOW);
        assert_eq!(check_standing(world.granted(), NOW), Err(Reason::AccountClosed));
        world.grant.expires_at = NOW;
        assert_eq!(check_standing(world.granted(), NOW), Err(Reason::GrantExpired));
        world.grant.revoked_at = Some(NOW);
        assert_eq!(check_standing(world.granted(), NOW), Err(Reason::GrantRevoked));
    }
}
