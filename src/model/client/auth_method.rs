//! The ways in which a client authenticates (RFC 7591 §2).

use serde::{Deserialize, Serialize};

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
