//! Grants, response types and the way of authenticating, which must fit each other (RFC 7591 §2.1).

use super::{Found, Problem};
use crate::model::authorization_request::ResponseType;
use crate::model::client::{AuthMethod, ClientMetadata, GrantType};

pub(super) fn check(found: &mut Found, metadata: &ClientMetadata) {
    let grants = &metadata.grant_types;
    let uses = |grant| grants.contains(&grant);
    let is_public = metadata.token_endpoint_auth_method == AuthMethod::None;
    found.check("grant_types", !grants.is_empty(), Problem::Empty);
    found.check_list("grant_types", grants, Problem::Repeated, |_| true);
    let gives_refresh = [GrantType::AuthorizationCode, GrantType::DeviceCode, GrantType::Ciba].into_iter().any(uses);
    let has_code_for_refresh = gives_refresh || !uses(GrantType::RefreshToken);
    found.check("grant_types", has_code_for_refresh, Problem::RefreshWithoutCode);
    // RFC 8693 §5, CIBA Core §4: these speak for people without a browser in between, so the client proves itself.
    let needs_proof = [GrantType::ClientCredentials, GrantType::TokenExchange, GrantType::Ciba].into_iter().any(uses);
    found.check("grant_types", !(is_public && needs_proof), Problem::CredentialsOfPublic);
    // RFC 7591 §2.1: the code grant and the response type code go together.
    let needs_code = uses(GrantType::AuthorizationCode) && metadata.response_types.is_empty();
    found.check("response_types", !needs_code, Problem::ResponseType);
    found.check_list("response_types", &metadata.response_types, Problem::ResponseType, |kind| {
        ResponseType::parse(kind).is_some()
    });
    found.check("doorward.require_pkce", metadata.doorward.require_pkce || !is_public, Problem::PublicWithoutPkce);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::client_metadata::tests::{one, wrong};

    #[test]
    fn rfc9700_2_1_1_a_public_client_keeps_pkce_and_has_no_credentials_of_its_own() {
        let public = |change: fn(&mut ClientMetadata)| {
            wrong(|own| {
                own.token_endpoint_auth_method = AuthMethod::None;
                change(own);
            })
        };
        assert!(public(|_| ()).is_empty());
        let relaxed = public(|own| own.doorward.require_pkce = false);
        assert_eq!(relaxed, one("doorward.require_pkce", Problem::PublicWithoutPkce));
        assert!(wrong(|own| own.doorward.require_pkce = false).is_empty());
        let credentials = public(|own| own.grant_types.push(GrantType::ClientCredentials));
        assert_eq!(credentials, one("grant_types", Problem::CredentialsOfPublic));
    }

    #[test]
    fn rfc7591_2_1_grants_and_response_types_fit_each_other() {
        assert_eq!(wrong(|own| own.grant_types.clear()), one("grant_types", Problem::Empty));
        let refresh_only = wrong(|own| own.grant_types = vec![GrantType::RefreshToken]);
        assert_eq!(refresh_only, one("grant_types", Problem::RefreshWithoutCode));
        let machine = wrong(|own| {
            own.grant_types = vec![GrantType::ClientCredentials];
            own.redirect_uris.clear();
            own.response_types.clear();
        });
        assert!(machine.is_empty());
        let implicit = wrong(|own| own.response_types = vec!["code".into(), "id_token token".into()]);
        assert_eq!(implicit, one("response_types[1]", Problem::ResponseType));
        assert_eq!(wrong(|own| own.response_types.clear()), one("response_types", Problem::ResponseType));
    }
}
