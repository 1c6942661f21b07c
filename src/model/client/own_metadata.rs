//! What Doorward adds to a client's metadata: decisions of the operator's, which a client never takes itself.

use serde::{Deserialize, Serialize};

use crate::model::key::SigningAlgorithm;

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
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub token_exchange_impersonation: bool,
    /// Whether it may exchange a token by showing who acts for the person.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
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
