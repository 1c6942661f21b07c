//! An authorization request after validation: what the pages and the final answer need to know of it.

use serde::{Deserialize, Serialize};

use super::authorization_details::AuthorizationDetails;
use super::claims_request::ClaimsRequest;
use super::key::SigningAlgorithm;
use crate::base::{Digest, Scope};

/// A validated authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// The client that asks.
    pub client_id: String,
    /// Where the answer goes: already matched against the registration. Empty when it goes straight to the client.
    pub redirect_uri: String,
    /// Whether `redirect_uri` stood in the request (it then must stand in the token request too).
    pub redirect_uri_was_sent: bool,
    /// What the answer holds.
    #[serde(default)]
    pub response_type: ResponseType,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// How the answer is signed, when it is to be one JWT (JARM).
    #[serde(default)]
    pub response_alg: Option<SigningAlgorithm>,
    /// The scope asked for, reduced to what the client may have.
    pub scope: Scope,
    /// Returned byte for byte.
    pub state: Option<String>,
    /// Goes into the ID token.
    pub nonce: Option<String>,
    /// The S256 challenge (RFC 7636 §4.3); absent only for clients registered with PKCE relaxed.
    pub code_challenge: Option<String>,
    /// What the client wants shown.
    #[serde(default)]
    pub prompt: Prompts,
    /// The greatest age of the sign-in, in seconds.
    pub max_age: Option<i64>,
    /// Fills the sign-in form.
    pub login_hint: Option<String>,
    /// The `sub` of a genuine `id_token_hint`.
    pub hinted_subject: Option<String>,
    /// The languages wanted, best first, as sent.
    pub ui_locales: Option<String>,
    /// The authentication contexts wanted, best first.
    #[serde(default)]
    pub acr_values: Vec<String>,
    /// Claims beyond scopes.
    #[serde(default)]
    pub claims: ClaimsRequest,
    /// The resources the access token is for (RFC 8707).
    #[serde(default)]
    pub resources: Vec<String>,
    /// The name of its trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// What exactly is to be allowed (RFC 9396).
    #[serde(default)]
    pub authorization_details: AuthorizationDetails,
    /// The other provider at which somebody who has to sign in begins.
    #[serde(default)]
    pub idp_hint: Option<String>,
    /// Digest of the reference under which it was pushed (RFC 9126), which is spent with the answer.
    #[serde(default)]
    pub pushed: Option<Digest>,
    /// The key that must be proven when the code is redeemed (RFC 9449 §10).
    #[serde(default)]
    pub dpop_jkt: Option<String>,
}

impl AuthorizationRequest {
    /// Whether the answer goes through the browser, and not straight to an app of the operator's.
    pub const fn goes_by_redirect(&self) -> bool {
        !self.redirect_uri.is_empty()
    }
}

/// What the authorization response holds (OAuth 2.0 Multiple Response Types §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseType {
    /// A code.
    #[default]
    Code,
    /// A code and an ID token that vouches for it.
    CodeIdToken,
    /// An ID token alone.
    IdToken,
}

impl ResponseType {
    /// Every one, in the order metadata lists them.
    pub const ALL: [Self; 3] = [Self::Code, Self::CodeIdToken, Self::IdToken];

    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::CodeIdToken => "code id_token",
            Self::IdToken => "id_token",
        }
    }

    /// The response type of these words, in any order (OAuth 2.0 Multiple Response Types §2).
    pub fn parse(text: &str) -> Option<Self> {
        let mut words: Vec<&str> = text.split(' ').collect();
        words.sort_unstable();
        let sorted = words.join(" ");
        Self::ALL.into_iter().find(|own| own.as_str() == sorted)
    }

    /// Whether the answer holds a code.
    pub const fn has_code(self) -> bool {
        !matches!(self, Self::IdToken)
    }

    /// Whether the answer holds an ID token.
    pub const fn has_id_token(self) -> bool {
        !matches!(self, Self::Code)
    }
}

/// How the authorization response travels (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// Appended to the query.
    Query,
    /// In the fragment.
    Fragment,
    /// By an HTML form that posts itself.
    FormPost,
}

/// The `prompt` values of one request, already checked against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each is one value of a set the specification defines")]
pub struct Prompts {
    /// No page may be shown.
    pub none: bool,
    /// Sign in anew.
    pub login: bool,
    /// Ask for consent even if given.
    pub consent: bool,
    /// Let the person choose an account.
    pub select_account: bool,
    /// Begin at sign-up (Initiating User Registration via OpenID Connect 1.0).
    pub create: bool,
}
