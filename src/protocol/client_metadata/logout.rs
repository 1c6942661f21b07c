//! Where a client is told of a logout (Back-Channel Logout §2.2, Front-Channel Logout §2).

use super::address::is_web_address;
use super::{Found, Problem};
use crate::base::redirect_uri::origin_of;
use crate::model::client::{ApplicationType, ClientMetadata};

pub(super) fn check(found: &mut Found, metadata: &ClientMetadata) {
    let back = metadata.backchannel_logout_uri.as_deref();
    let front = metadata.frontchannel_logout_uri.as_deref();
    for (member, uri) in [("backchannel_logout_uri", back), ("frontchannel_logout_uri", front)] {
        let is_right = uri.is_none_or(|uri| is_web_address(uri) && !uri.contains('#'));
        found.check(member, is_right, Problem::LogoutAddress);
    }
    // Front-Channel Logout §2: what a browser is made to load belongs to the client.
    let is_native = metadata.application_type == ApplicationType::Native;
    let is_own = |uri: &str| metadata.redirect_uris.iter().any(|own| origin_of(own.as_str()) == origin_of(uri));
    let is_right = front.is_none_or(|uri| is_native || !is_web_address(uri) || is_own(uri));
    found.check("frontchannel_logout_uri", is_right, Problem::ForeignLogoutAddress);
    for (member, wished, uri) in [
        ("backchannel_logout_session_required", metadata.backchannel_logout_session_required, back),
        ("frontchannel_logout_session_required", metadata.frontchannel_logout_session_required, front),
    ] {
        found.check(member, !wished || uri.is_some(), Problem::WithoutLogoutAddress);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::client_metadata::tests::{one, wrong};

    #[test]
    fn out_07_logout_addresses_are_the_clients_own_and_have_no_fragment() {
        // Back-Channel Logout §2.2: an absolute address without a fragment.
        let back = |uri: &str| wrong(|metadata| metadata.backchannel_logout_uri = Some(uri.into()));
        let front = |uri: &str| wrong(|metadata| metadata.frontchannel_logout_uri = Some(uri.into()));
        for uri in ["https://app.example/out?x=1", "http://127.0.0.1:8080/out", "https://elsewhere.example/out"] {
            assert_eq!(back(uri), [], "{uri}");
        }
        for uri in ["https://app.example/out#x", "http://app.example/out", "javascript:alert(1)", "", "/out"] {
            assert_eq!(back(uri), one("backchannel_logout_uri", Problem::LogoutAddress), "{uri}");
            assert_eq!(front(uri), one("frontchannel_logout_uri", Problem::LogoutAddress), "{uri}");
        }
        assert_eq!(front("https://app.example/out?x=1"), []);
        for uri in ["https://app.example:8443/out", "https://elsewhere.example/out", "http://127.0.0.1/out"] {
            assert_eq!(front(uri), one("frontchannel_logout_uri", Problem::ForeignLogoutAddress), "{uri}");
        }
        let required = wrong(|metadata| metadata.frontchannel_logout_session_required = true);
        assert_eq!(required, one("frontchannel_logout_session_required", Problem::WithoutLogoutAddress));
    }
}
