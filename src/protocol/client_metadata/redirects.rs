//! Where people are sent back to (RFC 8252 §7, OpenID Connect Registration §2).

use super::address::is_web_address;
use super::{Found, Problem};
use crate::base::RedirectUri;
use crate::model::client::{ApplicationType, ClientMetadata, GrantType};

pub(super) fn check(found: &mut Found, metadata: &ClientMetadata) {
    let is_native = metadata.application_type == ApplicationType::Native;
    let is_right = |uri: &RedirectUri| is_native || is_web_address(uri.as_str());
    let uses_code = metadata.grant_types.contains(&GrantType::AuthorizationCode);
    found.check("redirect_uris", !(uses_code && metadata.redirect_uris.is_empty()), Problem::Empty);
    found.check_list("redirect_uris", &metadata.redirect_uris, Problem::PrivateUseScheme, is_right);
    let after_logout = &metadata.post_logout_redirect_uris;
    found.check_list("post_logout_redirect_uris", after_logout, Problem::PrivateUseScheme, is_right);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::client_metadata::tests::{one, uri, wrong};

    #[test]
    fn red_09_private_use_schemes_are_for_native_applications() {
        // RFC 8252 §7: private-use schemes are for native apps.
        let app = || vec![uri("com.example.app:/cb")];
        assert_eq!(wrong(|own| own.redirect_uris = app()), one("redirect_uris[0]", Problem::PrivateUseScheme));
        let after_logout = wrong(|own| own.post_logout_redirect_uris = app());
        assert_eq!(after_logout, one("post_logout_redirect_uris[0]", Problem::PrivateUseScheme));
        let native = wrong(|own| {
            own.application_type = ApplicationType::Native;
            own.redirect_uris = app();
        });
        assert!(native.is_empty());
        let twice = wrong(|own| own.redirect_uris.push(own.redirect_uris[0].clone()));
        assert_eq!(twice, one("redirect_uris[1]", Problem::Repeated));
    }
}
