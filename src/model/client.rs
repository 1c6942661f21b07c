//! A registered client: its metadata under the names of RFC 7591 and OpenID Connect Registration, and its secrets.

use serde::{Deserialize, Serialize};
use url::Url;

use super::key::SigningAlgorithm;
use crate::base::{Digest, RedirectUri, Scope, Timestamp};

/// A client as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The public name in every request.
    pub client_id: String,
    /// What was registered.
    pub metadata: ClientMetadata,
    /// Digests of the live secrets, newest first; two during a rotation (CLI-14).
    pub secrets: Vec<ClientSecret>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Since when it may do nothing.
    pub disabled_at: Option<Timestamp>,
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
}

/// Client metadata (RFC 7591 §2, OpenID Connect Dynamic Client Registration §2). Serialised as it is registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
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
    /// The response types it may use; only `code` exists.
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
    /// Only `public`.
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
    /// Members of our own.
    pub doorward: OwnMetadata,
}

/// What Doorward adds to a client's metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
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
    /// The algorithm of its access tokens, when not the server's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_alg: Option<SigningAlgorithm>,
    /// The lifetime of its access tokens in seconds, when not the server's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_seconds: Option<i64>,
    /// Whether the scopes' claims are put into the ID token too.
    pub claims_in_id_token: bool,
}

impl Default for OwnMetadata {
    fn default() -> Self {
        Self {
            first_party: false,
            require_pkce: true,
            resources: Vec::new(),
            allowed_origins: Vec::new(),
            access_token_alg: None,
            access_token_seconds: None,
            claims_in_id_token: false,
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
            doorward: OwnMetadata::default(),
        }
    }
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
    /// A public client.
    None,
}

impl AuthMethod {
    /// Every method, in the order metadata lists them.
    pub const ALL: [Self; 3] = [Self::ClientSecretBasic, Self::ClientSecretPost, Self::None];

    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
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
}

impl GrantType {
    /// Every grant, in the order metadata lists them.
    pub const ALL: [Self; 3] = [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials];

    /// The value of `grant_type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }

    /// The grant of a `grant_type` parameter; letter case counts (TOK-06).
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == text)
    }
}

impl Client {
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
