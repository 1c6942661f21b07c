//! The clients of dev mode: two for whoever builds an application against it, and the demo application's own. Their
//! secrets are public.

use crate::base::redirect_uri::NotARedirectUri;
use crate::base::{Issuer, RedirectUri};
use crate::model::client::{ApplicationType, AuthMethod, ClientMetadata, GrantType};

/// A client of dev mode.
#[derive(Debug, Clone, Copy)]
pub struct Registered {
    /// Its `client_id`.
    pub client_id: &'static str,
    /// Its secret, if it is confidential.
    pub secret: Option<&'static str>,
    /// What it is for, in a few words.
    pub about: &'static str,
    metadata: fn(&Issuer) -> Result<ClientMetadata, NotARedirectUri>,
}

/// The demo application.
pub const DEMO_APP: Registered = Registered {
    client_id: "demo-app",
    secret: Some("demo-app-secret-for-dev-mode-only"),
    about: "the demo application itself",
    metadata: demo_app,
};

/// A confidential client for somebody's own application.
pub const DEMO_WEB: Registered = Registered {
    client_id: "demo-web",
    secret: Some("demo-web-secret-for-dev-mode-only"),
    about: "confidential, for your web application",
    metadata: demo_web,
};

/// A public client for somebody's own application.
pub const DEMO_NATIVE: Registered = Registered {
    client_id: "demo-native",
    secret: None,
    about: "public, for your native application or device; any loopback port",
    metadata: demo_native,
};

/// All of them.
pub const CLIENTS: [Registered; 3] = [DEMO_WEB, DEMO_NATIVE, DEMO_APP];

/// Where answers to the demo application go, below the issuer.
pub const CALLBACK_PATH: &str = "/dev/app/callback";
/// Where the demo application's people come back to after logout, below the issuer.
pub const SIGNED_OUT_PATH: &str = "/dev/app/signed-out";

impl Registered {
    /// What is registered of it at `issuer`.
    pub fn metadata(&self, issuer: &Issuer) -> Result<ClientMetadata, NotARedirectUri> {
        (self.metadata)(issuer)
    }
}

fn parse_all<const N: usize>(uris: [&str; N]) -> Result<Vec<RedirectUri>, NotARedirectUri> {
    uris.into_iter().map(RedirectUri::parse).collect()
}

fn base(name: &str) -> ClientMetadata {
    ClientMetadata {
        client_name: Some(name.to_owned()),
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        ..ClientMetadata::default()
    }
}

fn demo_app(issuer: &Issuer) -> Result<ClientMetadata, NotARedirectUri> {
    Ok(ClientMetadata {
        redirect_uris: parse_all([&*issuer.at(CALLBACK_PATH)])?,
        post_logout_redirect_uris: parse_all([&*issuer.at(SIGNED_OUT_PATH)])?,
        client_uri: Some(issuer.at(super::APP_PATH)),
        ..base("Demo app")
    })
}

fn demo_web(_: &Issuer) -> Result<ClientMetadata, NotARedirectUri> {
    Ok(ClientMetadata {
        redirect_uris: parse_all([
            "http://localhost:3000/callback",
            "http://localhost:3000/auth/callback",
            "http://localhost:5173/callback",
            "http://localhost:8000/callback",
            "http://127.0.0.1:3000/callback",
            "http://127.0.0.1:8000/callback",
        ])?,
        post_logout_redirect_uris: parse_all([
            "http://localhost:3000/",
            "http://localhost:5173/",
            "http://localhost:8000/",
            "http://127.0.0.1:3000/",
            "http://127.0.0.1:8000/",
        ])?,
        grant_types: GrantType::ALL.to_vec(),
        ..base("Demo web application")
    })
}

fn demo_native(_: &Issuer) -> Result<ClientMetadata, NotARedirectUri> {
    Ok(ClientMetadata {
        redirect_uris: parse_all(["http://127.0.0.1/callback", "http://localhost/callback", "http://[::1]/callback"])?,
        post_logout_redirect_uris: parse_all(["http://127.0.0.1/", "http://localhost/", "http://[::1]/"])?,
        application_type: ApplicationType::Native,
        token_endpoint_auth_method: AuthMethod::None,
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::DeviceCode],
        ..base("Demo native application")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_can_be_registered_and_none_skips_consent() {
        let issuer = Issuer::parse("http://localhost:8080").unwrap();
        for client in CLIENTS {
            let metadata = client.metadata(&issuer).unwrap();
            assert!(!metadata.doorward.first_party, "{}", client.client_id);
            assert!(metadata.doorward.require_pkce, "{}", client.client_id);
            let is_public = metadata.token_endpoint_auth_method == AuthMethod::None;
            assert_eq!(is_public, client.secret.is_none(), "{}", client.client_id);
        }
    }

    #[test]
    fn secrets_need_no_encoding_anywhere() {
        for secret in CLIENTS.iter().filter_map(|client| client.secret) {
            assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{secret}");
        }
    }
}
