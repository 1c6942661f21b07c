//! What may be wrong with a client's metadata, and how it is said.

use std::fmt;

/// One thing that is wrong with a client's metadata: where, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The member, as it is written: `redirect_uris[1]`, `doorward.require_pkce`.
    pub member: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.member, self.problem.expected())
    }
}

/// What may be wrong with a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// A way to authenticate that the operator has not switched on.
    AuthMethodOff,
    /// An algorithm of ours that the operator has not switched on.
    SigningAlgorithmOff,
    /// Not a usable `client_id`.
    ClientId,
    /// A name that is blank, too long, or has characters that deceive (REG-11).
    Name,
    /// Text that is blank, too long, or has control characters.
    Text,
    /// More entries than are kept.
    TooMany,
    /// An entry for the second time.
    Repeated,
    /// Empty where an entry is needed.
    Empty,
    /// A redirect URI with a private-use scheme for an application that is not native (RED-09).
    PrivateUseScheme,
    /// Not an address to be shown or called (DCR-04).
    WebAddress,
    /// Not an https address.
    HttpsAddress,
    /// An address with a fragment, or otherwise not one to be called.
    LogoutAddress,
    /// An address elsewhere than the client.
    ForeignLogoutAddress,
    /// A wish without the address that it is about.
    WithoutLogoutAddress,
    /// A response type that there is not.
    ResponseType,
    /// A subject type that there is not.
    SubjectType,
    /// Pairwise subjects for redirect URIs of several hosts, without a document that holds them together.
    SectorNeeded,
    /// Keys by value and by address at once.
    KeysTwice,
    /// Encryption of content without encryption of its key.
    EncryptionWithoutKey,
    /// A public client of the Model Context Protocol with a secret, or without PKCE.
    McpClient,
    /// No resource for a client of the Model Context Protocol.
    McpResource,
    /// The refresh grant without the code grant.
    RefreshWithoutCode,
    /// Client credentials for a public client (CLI-13).
    CredentialsOfPublic,
    /// PKCE relaxed for a public client (RFC 9700 §2.1.1).
    PublicWithoutPkce,
    /// A number of seconds out of range.
    MaxAge,
    /// A number of seconds out of range (TOK-08).
    AccessTokenSeconds,
    /// An authentication context nobody reaches.
    AuthenticationContext,
    /// Not an absolute URI without fragment (RFC 8707 §2).
    Resource,
    /// Not an origin.
    Origin,
    /// No keys where the way of authenticating needs them.
    KeysMissing,
    /// Keys that are none, private, symmetric or weak (DCR-09).
    Keys,
    /// An algorithm that the way of authenticating or the profile does not have.
    AuthAlgorithm,
    /// Not exactly one name by which a certificate is known (RFC 8705 §2.1.2).
    CertificateNames,
    /// A name of a certificate for a client that is not known by one.
    CertificateNameUnused,
    /// A way of authenticating that the profile does not have.
    ProfileAuthMethod,
    /// Tokens that are not bound to anything, where the profile wants that.
    ProfileUnbound,
    /// PKCE relaxed where the profile wants it.
    ProfileWithoutPkce,
    /// Tokens that are bound to two things.
    BoundTwice,
}

impl Problem {
    /// What was expected, as a sentence without its end.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::ClientId => "must be 1 to 255 letters, digits or any of - . _ ~ : / @ +",
            Self::Name => "must be 1 to 100 characters, without control characters or changes of direction",
            Self::Text => "must be short text without control characters",
            Self::TooMany => "has more entries than are kept",
            Self::Repeated => "repeats an earlier entry",
            Self::Empty => "must not be empty",
            Self::PrivateUseScheme => "may have a scheme of its own only when application_type is native",
            Self::WebAddress => "must be an https address, or http on a loopback host",
            Self::HttpsAddress => "must be an https address",
            Self::LogoutAddress => "must be an https address, or http on a loopback host, without a fragment",
            Self::ForeignLogoutAddress => "must have scheme, host and port of one of redirect_uris",
            Self::WithoutLogoutAddress => "is only for clients that register the address it is about",
            Self::ResponseType => "must be code, code id_token or id_token",
            Self::SubjectType => "must be public or pairwise",
            Self::SectorNeeded => "is needed for pairwise subjects when redirect_uris have several hosts",
            Self::KeysTwice => "must not stand beside jwks",
            Self::EncryptionWithoutKey => "must stand beside the algorithm that encrypts its key",
            Self::McpClient => "of mcp is for clients without a secret, by the code grant with PKCE",
            Self::McpResource => "must name the resources of a client whose profile is mcp",
            Self::RefreshWithoutCode => "may hold refresh_token only beside authorization_code",
            Self::CredentialsOfPublic => "may hold client_credentials only when the client authenticates",
            Self::PublicWithoutPkce => "must stay true when token_endpoint_auth_method is none",
            Self::MaxAge => "must be between 0 seconds and ten years",
            Self::AccessTokenSeconds => "must be between 30 and 3600 seconds",
            Self::AuthenticationContext => "must be an authentication context this server reaches",
            Self::Resource => "must be an absolute URI without a fragment",
            Self::KeysMissing => "must be there, or jwks_uri, for this token_endpoint_auth_method",
            Self::Keys => {
                "must be a set of public keys: RSA of 2048 bits and more, P-256, P-384 or Ed25519, at most 32 of them"
            }
            Self::AuthAlgorithm => "must be an algorithm of token_endpoint_auth_method and of the profile",
            Self::CertificateNames => "needs exactly one of the tls_client_auth members that name its certificate",
            Self::CertificateNameUnused => "is of use only when token_endpoint_auth_method is tls_client_auth",
            Self::SigningAlgorithmOff => "must be an algorithm that is switched on here, one of those in the metadata",
            Self::AuthMethodOff => "must be a method that is switched on here",
            Self::ProfileAuthMethod => {
                "must be private_key_jwt, tls_client_auth or self_signed_tls_client_auth in the profile fapi2"
            }
            Self::ProfileUnbound => {
                "must be true in the profile fapi2, or tls_client_certificate_bound_access_tokens must be"
            }
            Self::ProfileWithoutPkce => "must stay true in the profile fapi2",
            Self::BoundTwice => "must not be true beside dpop_bound_access_tokens",
            Self::Origin => "must be an origin such as https://app.example, without a path",
        }
    }
}
