//! What is offered to relying parties beyond the code flow, and where their addresses may lead: `[protocol]`,
//! `[outbound]`.

use std::path::PathBuf;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::form::network_list;

/// Who may register clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RegistrationBy {
    /// Nobody: clients are made by the command line, the provisioning file and the administrators' interface.
    Closed,
    /// Whoever brings an initial access token that an operator has made.
    Token,
    /// Everybody. People are always asked for consent by such clients.
    Open,
}

/// A profile that clients keep which register by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProfileOfRegistered {
    /// Model Context Protocol, Authorization.
    Mcp,
}

/// What is offered to relying parties beyond the code flow. What is off is not advertised and not answered. Whether a
/// client uses it is part of its registration.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch")]
pub struct Protocol {
    /// Pushed authorization requests (RFC 9126) at `/oauth2/par`.
    pub pushed_requests: bool,
    /// Whether every client must push its authorization requests.
    pub require_pushed_requests: bool,
    /// Signed request objects (RFC 9101).
    pub request_objects: bool,
    /// Authorization responses as JWTs (JARM).
    pub signed_responses: bool,
    /// The response types `code id_token` and, by form post, `id_token`, for clients that are registered for them.
    pub front_channel_id_tokens: bool,
    /// Files of JSON that each describe a type of authorization details (RFC 9396): its `type`, a `description` for people
    /// in each language and a `schema`. With none of them there are no authorization details.
    #[schemars(with = "Vec<String>", extend("format" = "path"))]
    pub authorization_details: Vec<PathBuf>,
    /// Assertions signed with the client's secret (`client_secret_jwt`), for which the secret is kept sealed and not as a
    /// digest. Prefer `private_key_jwt`, which is always on.
    pub client_secret_jwt: bool,
    /// Clients that are known by their certificate, and tokens bound to it (RFC 8705). Needs `tls` here, or a proxy in
    /// `proxies.trusted` that hands certificates on.
    pub mutual_tls: bool,
    /// Tokens bound to a key of the client (DPoP, RFC 9449).
    pub dpop: bool,
    /// Whether proofs of possession must hold a nonce that this server gave, so that none can be made in advance. It
    /// costs every client one more call from time to time.
    pub dpop_nonce: bool,
    /// Sign-in for devices without a browser (RFC 8628).
    pub device_flow: bool,
    /// Token exchange (RFC 8693), for clients that a policy allows it.
    pub token_exchange: bool,
    /// Assertions of other issuers as grants (RFC 7523).
    pub jwt_bearer: bool,
    /// The file of the issuers whose assertions are taken, a JSON list; without one there is no such grant.
    /// `docs/protocol/rfc7523_grant.md` shows it.
    #[schemars(with = "Option<String>", extend("format" = "path"))]
    pub assertion_issuers: Option<PathBuf>,
    /// Sign-in that an app asks for and the person confirms elsewhere (CIBA), by polling.
    pub ciba: bool,
    /// Who may register clients by themselves (RFC 7591).
    pub registration: RegistrationBy,
    /// The scopes that clients may have which register by themselves or are known by their document.
    #[schemars(with = "Vec<String>", extend("items" = {"type": "string", "format": "scope"}))]
    pub registration_scopes: Vec<String>,
    /// Whether confidential clients that register by themselves must use PKCE. Public ones always must.
    pub registration_requires_pkce: bool,
    /// The resources (RFC 8707) that such clients may ask tokens for.
    pub registration_resources: Vec<String>,
    /// The profile that such clients keep. With `mcp` they have no secret and always name a resource.
    pub registration_profile: Option<ProfileOfRegistered>,
    /// A JSON file of those whose software statements (RFC 7591) are believed: each issuer with its set of public keys.
    #[schemars(with = "Option<String>", extend("format" = "path"))]
    pub software_statement_issuers: Option<PathBuf>,
    /// Clients whose id is the address of their metadata (Client ID Metadata Document).
    pub client_id_documents: bool,
    /// Subjects that differ from client to client, for those registered with `subject_type = "pairwise"`.
    pub pairwise_subjects: bool,
    /// Telling clients of a logout by a call to them.
    pub backchannel_logout: bool,
    /// Telling clients of a logout through frames on the signed-out page.
    pub frontchannel_logout: bool,
    /// The frame by which a client's page learns that the session changed. Browsers that block third-party cookies
    /// make it useless.
    pub session_management: bool,
    /// Metadata as a signed JWT, too (`signed_metadata`).
    pub signed_metadata: bool,
    /// Signatures by PS256 (RSASSA-PSS), for clients that ask for them. A key is made for them, which takes a moment at the
    /// next start.
    pub ps256_signatures: bool,
}

impl Default for Protocol {
    fn default() -> Self {
        Self {
            pushed_requests: true,
            require_pushed_requests: false,
            request_objects: true,
            signed_responses: true,
            front_channel_id_tokens: false,
            authorization_details: Vec::new(),
            client_secret_jwt: false,
            mutual_tls: false,
            dpop: true,
            dpop_nonce: false,
            device_flow: true,
            token_exchange: true,
            jwt_bearer: true,
            assertion_issuers: None,
            ciba: false,
            registration: RegistrationBy::Closed,
            registration_scopes: ["openid", "profile", "email", "address", "phone", "offline_access"]
                .map(str::to_owned)
                .to_vec(),
            registration_requires_pkce: true,
            registration_resources: Vec::new(),
            registration_profile: None,
            software_statement_issuers: None,
            client_id_documents: false,
            pairwise_subjects: true,
            backchannel_logout: true,
            frontchannel_logout: true,
            session_management: false,
            signed_metadata: false,
            ps256_signatures: false,
        }
    }
}

/// Calls to addresses that clients name: their keys, their metadata, where they are told of a logout. Only https to
/// public addresses, unless allowed here.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OutboundCalls {
    /// Host names that may lead to private addresses and be called by plain http. Dev mode allows `localhost`.
    pub allow_hosts: Vec<String>,
    /// Networks (`10.0.0.0/8`) or addresses that may be called although they are private, by plain http, too. Dev mode
    /// allows loopback.
    #[schemars(with = "Vec<String>", extend("format" = "network"))]
    #[serde(with = "network_list")]
    pub allow_networks: Vec<IpNet>,
    /// A file of certificates (PEM) of authorities to trust beside those of the system.
    #[schemars(with = "Option<String>", extend("format" = "path"))]
    pub ca_certificates: Option<PathBuf>,
}
