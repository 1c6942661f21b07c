//! A registered client: what it is registered with, its secrets, who vouches for it, and what follows from that.

mod auth_method;
mod grant_type;
mod metadata;
mod own_metadata;
#[cfg(test)]
mod sample;

use url::Url;

use crate::base::{Digest, RedirectUri, Timestamp};

pub use auth_method::AuthMethod;
pub use grant_type::GrantType;
pub use metadata::{ApplicationType, ClientMetadata};
pub use own_metadata::{AccessTokenFormat, OwnMetadata, Profile};

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
