//! What this server offers beyond the code flow: switched on and off by the operator, advertised exactly when it is on.

use crate::model::client::{AuthMethod, GrantType};
use crate::model::key::SigningAlgorithm;

/// The switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the settings, unrelated to the others")]
pub struct Features {
    /// Pushed authorization requests (RFC 9126).
    pub pushed_requests: bool,
    /// Every client must push its requests (RFC 9126 §5).
    pub require_pushed_requests: bool,
    /// Signed request objects (RFC 9101).
    pub request_objects: bool,
    /// Authorization responses as JWTs (JARM).
    pub signed_responses: bool,
    /// ID tokens from the authorization endpoint, for clients registered so (OpenID Connect Core §3.2, §3.3).
    pub front_channel_id_tokens: bool,
    /// Rich authorization requests (RFC 9396).
    pub authorization_details: bool,
    /// Assertions signed with the client's secret (OpenID Connect Core §9).
    pub client_secret_jwt: bool,
    /// Certificates of clients (RFC 8705).
    pub mutual_tls: bool,
    /// Proof of possession (RFC 9449).
    pub dpop: bool,
    /// Proofs of possession must hold a nonce of ours (RFC 9449 §8).
    pub dpop_nonce: bool,
    /// Device authorization (RFC 8628).
    pub device_flow: bool,
    /// Token exchange (RFC 8693).
    pub token_exchange: bool,
    /// Assertions as grants (RFC 7523 §2.1).
    pub jwt_bearer: bool,
    /// Sign-in on another device (CIBA), by polling.
    pub ciba: bool,
    /// Who may register clients (RFC 7591).
    pub registration: Registration,
    /// Clients whose id is the address of their metadata.
    pub client_id_documents: bool,
    /// Subjects that differ for each sector (OpenID Connect Core §8.1).
    pub pairwise_subjects: bool,
    /// Telling clients of a logout by a call (Back-Channel Logout).
    pub backchannel_logout: bool,
    /// Telling clients of a logout through the browser (Front-Channel Logout).
    pub frontchannel_logout: bool,
    /// The frame that tells a client whether its session changed (Session Management).
    pub session_management: bool,
    /// Metadata as a signed JWT beside the plain one (RFC 8414 §2.1).
    pub signed_metadata: bool,
    /// Signatures of ours by PS256 (RFC 7518 §3.5).
    pub ps256_signatures: bool,
}

/// Who may register clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Nobody.
    Closed,
    /// Whoever holds an initial access token (RFC 7591 §3).
    ByToken,
    /// Everybody.
    Open,
}

impl Features {
    /// The code flow and nothing beyond it.
    pub const NONE: Self = Self {
        pushed_requests: false,
        require_pushed_requests: false,
        request_objects: false,
        signed_responses: false,
        front_channel_id_tokens: false,
        authorization_details: false,
        client_secret_jwt: false,
        mutual_tls: false,
        dpop: false,
        dpop_nonce: false,
        device_flow: false,
        token_exchange: false,
        jwt_bearer: false,
        ciba: false,
        registration: Registration::Closed,
        client_id_documents: false,
        pairwise_subjects: false,
        backchannel_logout: false,
        frontchannel_logout: false,
        session_management: false,
        signed_metadata: false,
        ps256_signatures: false,
    };

    /// The algorithms that what we say is signed with, in the order metadata lists them.
    pub const fn signing_algorithms(&self) -> &'static [SigningAlgorithm] {
        SigningAlgorithm::offered(self.ps256_signatures)
    }

    /// The grants there are, in the order metadata lists them.
    pub fn grant_types(&self) -> Vec<GrantType> {
        let is_on = |grant: &GrantType| match grant {
            GrantType::AuthorizationCode | GrantType::RefreshToken | GrantType::ClientCredentials => true,
            GrantType::DeviceCode => self.device_flow,
            GrantType::TokenExchange => self.token_exchange,
            GrantType::JwtBearer => self.jwt_bearer,
            GrantType::Ciba => self.ciba,
        };
        GrantType::ALL.into_iter().filter(is_on).collect()
    }

    /// The ways in which clients may authenticate, in the order metadata lists them.
    pub fn auth_methods(&self) -> Vec<AuthMethod> {
        let is_on = |method: &AuthMethod| match method {
            AuthMethod::ClientSecretBasic
            | AuthMethod::ClientSecretPost
            | AuthMethod::PrivateKeyJwt
            | AuthMethod::None => true,
            AuthMethod::ClientSecretJwt => self.client_secret_jwt,
            AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth => self.mutual_tls,
        };
        AuthMethod::ALL.into_iter().filter(is_on).collect()
    }
}
