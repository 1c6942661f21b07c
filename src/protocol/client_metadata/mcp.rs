//! Clients of the Model Context Protocol (Authorization, 2025-11-25): public, by code and PKCE, for resources that are
//! known.

use super::{Found, Problem};
use crate::model::client::{AuthMethod, ClientMetadata, GrantType, Profile};

pub(super) fn check(found: &mut Found, metadata: &ClientMetadata) {
    let own = &metadata.doorward;
    if own.profile != Some(Profile::Mcp) {
        return;
    }
    let has_no_secret = matches!(metadata.token_endpoint_auth_method, AuthMethod::None | AuthMethod::PrivateKeyJwt);
    let is_by_code = metadata.grant_types.contains(&GrantType::AuthorizationCode);
    found.check("doorward.profile", has_no_secret && is_by_code && own.require_pkce, Problem::McpClient);
    found.check("doorward.resources", !own.resources.is_empty(), Problem::McpResource);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::client_metadata::tests::{one, wrong};

    #[test]
    fn a_client_of_mcp_has_no_secret_and_names_its_resources() {
        let of_mcp = |change: fn(&mut ClientMetadata)| {
            wrong(|own| {
                own.doorward.profile = Some(Profile::Mcp);
                own.doorward.resources = vec!["https://mcp.example/".into()];
                own.token_endpoint_auth_method = AuthMethod::None;
                change(own);
            })
        };
        assert!(of_mcp(|_| ()).is_empty());
        let secret = of_mcp(|own| own.token_endpoint_auth_method = AuthMethod::ClientSecretBasic);
        assert_eq!(secret, one("doorward.profile", Problem::McpClient));
        let nowhere = of_mcp(|own| own.doorward.resources.clear());
        assert_eq!(nowhere, one("doorward.resources", Problem::McpResource));
    }
}
