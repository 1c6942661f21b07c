//! A description of a client that leaves nothing at its default, for tests.

use super::{AccessTokenFormat, ApplicationType, AuthMethod, ClientMetadata, GrantType, OwnMetadata, Profile};
use crate::base::{RedirectUri, Scope};
use crate::model::key::{ClientAlgorithm, ContentEncryption, KeyEncryption, SigningAlgorithm};

impl ClientMetadata {
    /// Metadata in which every member differs from its default, for the tests that hold other descriptions of a client
    /// against this one. It keeps no rule.
    #[expect(clippy::missing_panics_doc, reason = "for tests only")]
    pub fn full() -> Self {
        let uri = RedirectUri::parse("https://app.example/").unwrap();
        let text = || Some("https://app.example/".to_owned());
        Self {
            client_name: Some("App".to_owned()),
            redirect_uris: vec![uri.clone()],
            post_logout_redirect_uris: vec![uri],
            application_type: ApplicationType::Native,
            token_endpoint_auth_method: AuthMethod::ClientSecretPost,
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            response_types: vec!["code".to_owned()],
            scope: Scope::parse("openid").unwrap(),
            contacts: vec!["x".to_owned()],
            client_uri: text(),
            logo_uri: text(),
            policy_uri: text(),
            tos_uri: text(),
            subject_type: Some("public".to_owned()),
            id_token_signed_response_alg: SigningAlgorithm::EdDSA,
            userinfo_signed_response_alg: Some(SigningAlgorithm::EdDSA),
            default_max_age: Some(1),
            require_auth_time: true,
            default_acr_values: vec!["1".to_owned()],
            initiate_login_uri: text(),
            jwks: Some(serde_json::json!({"keys": []})),
            jwks_uri: text(),
            token_endpoint_auth_signing_alg: Some(ClientAlgorithm::ES256),
            tls_client_auth_subject_dn: Some("CN=app".to_owned()),
            tls_client_auth_san_dns: Some("app.example".to_owned()),
            tls_client_auth_san_uri: text(),
            tls_client_auth_san_ip: Some("192.0.2.1".to_owned()),
            tls_client_auth_san_email: Some("app@app.example".to_owned()),
            tls_client_certificate_bound_access_tokens: true,
            dpop_bound_access_tokens: true,
            require_pushed_authorization_requests: true,
            require_signed_request_object: true,
            request_object_signing_alg: Some(ClientAlgorithm::PS256),
            request_uris: vec!["https://app.example/request".to_owned()],
            authorization_details_types: vec!["payment".to_owned()],
            authorization_signed_response_alg: Some(SigningAlgorithm::ES256),
            authorization_encrypted_response_alg: Some(KeyEncryption::RsaOaep256),
            authorization_encrypted_response_enc: Some(ContentEncryption::A256Gcm),
            id_token_encrypted_response_alg: Some(KeyEncryption::EcdhEs),
            id_token_encrypted_response_enc: Some(ContentEncryption::A256Gcm),
            userinfo_encrypted_response_alg: Some(KeyEncryption::EcdhEs),
            userinfo_encrypted_response_enc: Some(ContentEncryption::A256Gcm),
            introspection_signed_response_alg: Some(SigningAlgorithm::ES256),
            introspection_encrypted_response_alg: Some(KeyEncryption::EcdhEs),
            introspection_encrypted_response_enc: Some(ContentEncryption::A256Gcm),
            sector_identifier_uri: text(),
            backchannel_logout_uri: text(),
            backchannel_logout_session_required: true,
            frontchannel_logout_uri: text(),
            frontchannel_logout_session_required: true,
            software_id: Some("app".to_owned()),
            software_version: Some("1".to_owned()),
            doorward: OwnMetadata {
                first_party: true,
                require_pkce: false,
                resources: vec!["https://api.example".to_owned()],
                allowed_origins: vec!["https://app.example".to_owned()],
                profile: Some(Profile::Fapi2),
                access_token_format: AccessTokenFormat::Opaque,
                access_token_alg: Some(SigningAlgorithm::ES256),
                access_token_seconds: Some(60),
                claims_in_id_token: true,
                token_exchange_audiences: vec!["https://api.example".to_owned()],
                token_exchange_impersonation: true,
                token_exchange_delegation: true,
                decided: vec!["scope".to_owned()],
            },
        }
    }
}
