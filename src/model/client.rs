//! A registered client: its metadata under the names of RFC 7591 and OpenID Connect Registration, and its secrets.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::key::{ClientAlgorithm, ContentEncryption, KeyEncryption, SigningAlgorithm};
use crate::base::{Digest, RedirectUri, Scope, Timestamp};

/// A client as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The public name in every request.
    pub client_id: String,
    /// What was registered. Boxed, because it is large and most requests hold on to a client.
    pub metadata: Box<ClientMetadata>,
    /// Digests of the live secrets, newest first; two during a rotation (CLI-14).
    pub secrets: Vec<ClientSecret>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Since when it may do nothing.
    pub disabled_at: Option<Timestamp>,
    /// Who vouches for it.
    pub provenance: Provenance,
}

/// How a client came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Provenance {
    /// An operator or administrator made it.
    #[default]
    Operator,
    /// It registered itself with an initial access token.
    Token,
    /// It registered itself, as everybody may.
    Anybody,
    /// Its id is the address of its metadata.
    Document,
}

impl Provenance {
    /// The name the store keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Token => "token",
            Self::Anybody => "anybody",
            Self::Document => "document",
        }
    }

    /// The provenance of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Operator, Self::Token, Self::Anybody, Self::Document].into_iter().find(|own| own.as_str() == text)
    }
}

/// One secret of a client, as a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSecret {
    /// SHA-256 of the secret.
    pub digest: Digest,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops counting; `None` while it is the newest.
    pub expires_at: Option<Timestamp>,
    /// The secret itself, sealed with the master key: only of a client that signs with it.
    pub sealed: Option<String>,
}

/// Client metadata (RFC 7591 §2, OpenID Connect Dynamic Client Registration §2). Serialised as it is registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a member that a specification registers")]
pub struct ClientMetadata {
    /// The name people see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// Where answers may go, compared exactly.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where people may be sent after logout, compared exactly.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// `web` or `native`.
    pub application_type: ApplicationType,
    /// How the client authenticates at the token endpoint.
    pub token_endpoint_auth_method: AuthMethod,
    /// The grants it may use.
    pub grant_types: Vec<GrantType>,
    /// The response types it may use.
    pub response_types: Vec<String>,
    /// The scope it may ask for.
    pub scope: Scope,
    /// People responsible for the client.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// Its home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// Its logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Its privacy policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// Its terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// `public`, which holds when absent, or `pairwise`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_type: Option<String>,
    /// The algorithm of its ID tokens.
    pub id_token_signed_response_alg: SigningAlgorithm,
    /// The algorithm of its userinfo answers; JSON when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<SigningAlgorithm>,
    /// The `max_age` that holds when the request has none, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<i64>,
    /// Whether `auth_time` is always in its ID tokens.
    pub require_auth_time: bool,
    /// The authentication contexts wanted when the request names none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
    /// Where a third party may start a login (https only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    /// Its public keys (RFC 7517 §5), when they are registered by value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Where its public keys are, when they are not registered by value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// The one algorithm of its client assertions; any that is allowed when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<ClientAlgorithm>,
    /// The subject of its certificate (RFC 8705 §2.1.2); one of the five is registered for `tls_client_auth`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_subject_dn: Option<String>,
    /// A DNS name in its certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_dns: Option<String>,
    /// A URI in its certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_uri: Option<String>,
    /// An IP address in its certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_ip: Option<String>,
    /// An address in its certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_email: Option<String>,
    /// Whether its access tokens are always bound to its certificate (RFC 8705 §3.4).
    #[serde(skip_serializing_if = "is_false")]
    pub tls_client_certificate_bound_access_tokens: bool,
    /// Whether its access tokens are always bound to a DPoP key (RFC 9449 §5.2).
    #[serde(skip_serializing_if = "is_false")]
    pub dpop_bound_access_tokens: bool,
    /// Whether it must push its authorization requests (RFC 9126 §6).
    #[serde(skip_serializing_if = "is_false")]
    pub require_pushed_authorization_requests: bool,
    /// Whether its authorization requests must be signed (RFC 9101 §10.5).
    #[serde(skip_serializing_if = "is_false")]
    pub require_signed_request_object: bool,
    /// The one algorithm of its request objects; any that is allowed when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<ClientAlgorithm>,
    /// Where its request objects may be fetched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_uris: Vec<String>,
    /// The types of authorization details it may ask for (RFC 9396 §10).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorization_details_types: Vec<String>,
    /// The algorithm of its authorization responses as JWTs (JARM §3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_signed_response_alg: Option<SigningAlgorithm>,
    /// How the content key of its encrypted authorization responses is wrapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_encrypted_response_alg: Option<KeyEncryption>,
    /// How their content is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_encrypted_response_enc: Option<ContentEncryption>,
    /// How the content key of its encrypted ID tokens is wrapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_alg: Option<KeyEncryption>,
    /// How their content is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_enc: Option<ContentEncryption>,
    /// How the content key of its encrypted userinfo answers is wrapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_alg: Option<KeyEncryption>,
    /// How their content is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_enc: Option<ContentEncryption>,
    /// The algorithm of its introspection answers as JWTs (RFC 9701 §6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_signed_response_alg: Option<SigningAlgorithm>,
    /// How the content key of its encrypted introspection answers is wrapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_encrypted_response_alg: Option<KeyEncryption>,
    /// How their content is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_encrypted_response_enc: Option<ContentEncryption>,
    /// The document that lists the redirect URIs of all clients that share pairwise subjects with it (§5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    /// Where it is told of the end of a session (Back-Channel Logout §2.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    /// Whether logout tokens for it must name the session.
    #[serde(skip_serializing_if = "is_false")]
    pub backchannel_logout_session_required: bool,
    /// What the browser loads at the end of a session (Front-Channel Logout §2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_uri: Option<String>,
    /// Whether that address is called with issuer and session.
    #[serde(skip_serializing_if = "is_false")]
    pub frontchannel_logout_session_required: bool,
    /// The software it is an installation of (RFC 7591 §2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// The version of that software.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// Members of our own.
    pub doorward: OwnMetadata,
}

/// What Doorward adds to a client's metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a decision of the operator's, unrelated to the others")]
pub struct OwnMetadata {
    /// The operator's own app: people are not asked for consent.
    pub first_party: bool,
    /// Whether PKCE is demanded (RFC 9700 §2.1.1). Only a confidential client may be registered with `false`.
    pub require_pkce: bool,
    /// The resources (RFC 8707) its access tokens may be for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// The origins, beside those of its redirect URIs, whose scripts may read answers of the token, userinfo and
    /// revocation endpoints.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_origins: Vec<String>,
    /// The rules of a profile that it keeps beyond the usual ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Whether its access tokens are JWTs or can only be looked up.
    pub access_token_format: AccessTokenFormat,
    /// The algorithm of its access tokens, when not the server's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_alg: Option<SigningAlgorithm>,
    /// The lifetime of its access tokens in seconds, when not the server's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_seconds: Option<i64>,
    /// Whether the scopes' claims are put into the ID token too.
    pub claims_in_id_token: bool,
    /// The audiences it may exchange tokens for (RFC 8693); without any it may not exchange.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub token_exchange_audiences: Vec<String>,
    /// Whether it may exchange a token as if the person themselves asked.
    #[serde(skip_serializing_if = "is_false")]
    pub token_exchange_impersonation: bool,
    /// Whether it may exchange a token by showing who acts for the person.
    #[serde(skip_serializing_if = "is_false")]
    pub token_exchange_delegation: bool,
    /// The members that an operator took something from, or set otherwise, while the client changes itself (RFC 7592): it
    /// cannot make more of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decided: Vec<String>,
}

impl Default for OwnMetadata {
    fn default() -> Self {
        Self {
            first_party: false,
            require_pkce: true,
            resources: Vec::new(),
            allowed_origins: Vec::new(),
            profile: None,
            access_token_format: AccessTokenFormat::Jwt,
            access_token_alg: None,
            access_token_seconds: None,
            claims_in_id_token: false,
            token_exchange_audiences: Vec::new(),
            token_exchange_impersonation: false,
            token_exchange_delegation: false,
            decided: Vec::new(),
        }
    }
}

impl Default for ClientMetadata {
    fn default() -> Self {
        Self {
            client_name: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            application_type: ApplicationType::Web,
            token_endpoint_auth_method: AuthMethod::ClientSecretBasic,
            grant_types: vec![GrantType::AuthorizationCode],
            response_types: vec!["code".to_owned()],
            scope: Scope::parse("openid profile email address phone offline_access").unwrap_or_default(),
            contacts: Vec::new(),
            client_uri: None,
            logo_uri: None,
            policy_uri: None,
            tos_uri: None,
            subject_type: None,
            id_token_signed_response_alg: SigningAlgorithm::RS256,
            userinfo_signed_response_alg: None,
            default_max_age: None,
            require_auth_time: false,
            default_acr_values: Vec::new(),
            initiate_login_uri: None,
            jwks: None,
            jwks_uri: None,
            token_endpoint_auth_signing_alg: None,
            tls_client_auth_subject_dn: None,
            tls_client_auth_san_dns: None,
            tls_client_auth_san_uri: None,
            tls_client_auth_san_ip: None,
            tls_client_auth_san_email: None,
            tls_client_certificate_bound_access_tokens: false,
            dpop_bound_access_tokens: false,
            require_pushed_authorization_requests: false,
            require_signed_request_object: false,
            request_object_signing_alg: None,
            request_uris: Vec::new(),
            authorization_details_types: Vec::new(),
            authorization_signed_response_alg: None,
            authorization_encrypted_response_alg: None,
            authorization_encrypted_response_enc: None,
            id_token_encrypted_response_alg: None,
            id_token_encrypted_response_enc: None,
            userinfo_encrypted_response_alg: None,
            userinfo_encrypted_response_enc: None,
            introspection_signed_response_alg: None,
            introspection_encrypted_response_alg: None,
            introspection_encrypted_response_enc: None,
            sector_identifier_uri: None,
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            frontchannel_logout_uri: None,
            frontchannel_logout_session_required: false,
            software_id: None,
            software_version: None,
            doorward: OwnMetadata::default(),
        }
    }
}

/// A set of rules that a client keeps as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// FAPI 2.0 Security Profile.
    Fapi2,
    /// Model Context Protocol, Authorization.
    Mcp,
}

/// What access tokens of a client look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessTokenFormat {
    /// Signed and readable (RFC 9068).
    Jwt,
    /// A secret that only introspection reads.
    Opaque,
}

// What serde wants to be given.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// `application_type` (OpenID Connect Registration §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// Runs on a server or in a browser.
    Web,
    /// Runs on the person's machine: loopback ports are free (RFC 8252 §7.3).
    Native,
}

/// `token_endpoint_auth_method` (RFC 7591 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// The secret in the Authorization header.
    ClientSecretBasic,
    /// The secret in the form.
    ClientSecretPost,
    /// An assertion signed with the secret (OpenID Connect Core §9).
    ClientSecretJwt,
    /// An assertion signed with the client's private key (RFC 7523 §2.2).
    PrivateKeyJwt,
    /// A certificate of a known authority (RFC 8705 §2.1).
    TlsClientAuth,
    /// A registered certificate (RFC 8705 §2.2).
    SelfSignedTlsClientAuth,
    /// A public client.
    None,
}

impl AuthMethod {
    /// Every method, in the order metadata lists them.
    pub const ALL: [Self; 7] = [
        Self::ClientSecretBasic,
        Self::ClientSecretPost,
        Self::ClientSecretJwt,
        Self::PrivateKeyJwt,
        Self::TlsClientAuth,
        Self::SelfSignedTlsClientAuth,
        Self::None,
    ];

    /// Whether a client proves itself by a secret that it shares with us.
    pub const fn has_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost | Self::ClientSecretJwt)
    }

    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
            Self::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
            Self::None => "none",
        }
    }
}

/// `grant_types` (RFC 7591 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.4.
    ClientCredentials,
    /// RFC 8628 §3.4.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
    /// RFC 8693 §2.1.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:token-exchange")]
    TokenExchange,
    /// RFC 7523 §2.1.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:jwt-bearer")]
    JwtBearer,
    /// OpenID Connect CIBA Core §10.1.
    #[serde(rename = "urn:openid:params:grant-type:ciba")]
    Ciba,
}

impl GrantType {
    /// Every grant, in the order metadata lists them.
    pub const ALL: [Self; 7] = [
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::ClientCredentials,
        Self::DeviceCode,
        Self::TokenExchange,
        Self::JwtBearer,
        Self::Ciba,
    ];

    /// The value of `grant_type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
            Self::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
            Self::Ciba => "urn:openid:params:grant-type:ciba",
        }
    }

    /// The grant of a `grant_type` parameter; letter case counts (TOK-06).
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == text)
    }
}

impl Client {
    /// Whether it keeps the rules of `profile`.
    pub fn keeps(&self, profile: Profile) -> bool {
        self.metadata.doorward.profile == Some(profile)
    }

    /// Whether the client can keep a secret and must prove it.
    pub fn is_confidential(&self) -> bool {
        self.metadata.token_endpoint_auth_method != AuthMethod::None
    }

    /// Whether the client may use `grant`.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.metadata.grant_types.contains(&grant)
    }

    /// Whether loopback ports are free for it.
    pub fn is_native(&self) -> bool {
        self.metadata.application_type == ApplicationType::Native
    }

    /// Whether scripts of `origin` are the client's: it is listed, or the client's answers go there anyway.
    pub fn has_script_origin(&self, origin: &str) -> bool {
        let is_its_origin = |uri: &RedirectUri| {
            let origin_of = Url::parse(uri.as_str()).map(|url| url.origin());
            origin_of.is_ok_and(|own| own.is_tuple() && own.ascii_serialization() == origin)
        };
        self.metadata.doorward.allowed_origins.iter().any(|own| own == origin)
            || self.metadata.redirect_uris.iter().any(is_its_origin)
    }

    /// The name people see.
    pub fn display_name(&self) -> &str {
        self.metadata.client_name.as_deref().unwrap_or(&self.client_id)
    }
}

#[cfg(test)]
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
