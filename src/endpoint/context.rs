//! What the endpoints stand on: the program's parts and the operator's policy, composed by `app` and never changed
//! while the program runs (the key ring is swapped as a whole).

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use arc_swap::ArcSwap;
use poem::http::HeaderName;

use super::browser::CookieNames;
use super::document::Document;
use super::observer::Observer;
use super::replay::ReplayRoom;
use crate::base::{Clock, Entropy, Issuer, Scope, Sensitive};
use crate::identity::one_time_code::CodeRules;
use crate::identity::password::{PasswordHasher, PasswordPolicy};
use crate::identity::throttle::ThrottleRules;
use crate::jose::{ClientAuthorities, ClientKeys, KeyRing, MasterKey, OwnKeys, ParsedSets, SigningThreads};
use crate::mail::Transport;
use crate::model::client::Profile;
use crate::pages::Pages;
use crate::protocol::authorization_details::DetailTypes;
use crate::protocol::features::Features;
use crate::protocol::grant::jwt_bearer::TrustedIssuer;
use crate::protocol::token_policy::TokenPolicy;
use crate::store::{Store, TraceQueue};
use crate::upstream::{Connectors, Outbound, PublishedKeys};

/// The parts.
pub struct Context {
    /// Who we are.
    pub issuer: Issuer,
    /// What the operator decided.
    pub policy: Policy,
    /// What is offered beyond the code flow.
    pub features: Features,
    /// The issuers whose assertions are taken as grants.
    pub assertion_issuers: Vec<TrustedIssuer>,
    /// The types of authorization details there are.
    pub detail_types: Arc<DetailTypes>,
    /// How tokens are made.
    pub tokens: TokenPolicy,
    /// Where everything is kept.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Seals what must be read back.
    pub master_key: MasterKey,
    /// The signing keys of the moment.
    pub keys: Arc<ArcSwap<KeyRing>>,
    /// The threads that make RSA signatures.
    pub signer: SigningThreads,
    /// The discovery document, rendered once.
    pub discovery: Document,
    /// The metadata of our own resources, rendered once.
    pub resource_metadata: Document,
    /// The threads that hash passwords.
    pub passwords: PasswordHasher,
    /// What a password must be.
    pub password_policy: PasswordPolicy,
    /// How long mailed codes live and how often they may be tried.
    pub codes: CodeRules,
    /// The limits.
    pub throttles: ThrottleRules,
    /// The other providers that people may come from.
    pub connectors: Connectors,
    /// The way to addresses that clients name.
    pub outbound: Outbound,
    /// The keys that clients publish.
    pub published_keys: PublishedKeys,
    /// The same, and those that are registered, as they were last parsed.
    pub parsed_keys: ParsedSets,
    /// The keys of proofs of possession, as they were last read.
    pub proof_keys: OwnKeys,
    /// The room there is for names of assertions and proofs.
    pub replay_room: ReplayRoom,
    /// Makes the nonces for proofs of possession.
    pub nonce_key: Sensitive<[u8; 32]>,
    /// Who vouches for certificates of clients.
    pub client_authorities: ClientAuthorities,
    /// The pages and mails.
    pub pages: Arc<Pages>,
    /// Where mail goes; dev mode's inbox is one such place.
    pub mail: Arc<Transport>,
    /// Who counts.
    pub observer: Arc<dyn Observer>,
    /// Wakes the worker that sends mail.
    pub mail_written: Arc<tokio::sync::Notify>,
    /// Where traces of sign-ins gather, when they are kept.
    pub traces: Option<Arc<TraceQueue>>,
    /// Keys the cookies and forms.
    pub browser_key: Sensitive<[u8; 32]>,
    /// Keys the digests of mailed codes.
    pub code_key: Sensitive<[u8; 32]>,
    /// Derives the successors of refresh tokens.
    pub successor_key: Sensitive<[u8; 32]>,
    /// The names of the cookies.
    pub cookies: CookieNames,
    /// Begins every request's name.
    pub request_prefix: String,
    /// Counts requests.
    pub request_counter: AtomicU64,
}

/// What the operator decided, as far as endpoints ask.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the settings, unrelated to the others")]
pub struct Policy {
    /// What the service calls itself on pages and in mails.
    pub name: String,
    /// Whether mail can leave at all; without it there is no reset.
    pub mail_enabled: bool,
    /// Whether strangers may sign up.
    pub signup_enabled: bool,
    /// Whether people may sign in by mailed code alone.
    pub code_sign_in_enabled: bool,
    /// Whether this is dev mode: error pages say more, the inbox is there.
    pub is_dev: bool,
    /// How long a session lives unused.
    pub session_idle_seconds: i64,
    /// How long a session lives unused that is not to be remembered.
    pub session_brief_idle_seconds: i64,
    /// Whether a sign-in is remembered when nobody says otherwise.
    pub remember: bool,
    /// Whether a sign-in ends the person's other sessions.
    pub single_session: bool,
    /// Whether people are told of a sign-in on a new device.
    pub new_device_mail: bool,
    /// How long a session lives at most.
    pub session_absolute_seconds: i64,
    /// Networks whose forwarding headers count (PWD-04).
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// The header field in which these proxies hand on the certificates of clients.
    pub certificate_header: Option<HeaderName>,
    /// Whether `Forwarded` (RFC 7239) is read instead of `X-Forwarded-For`.
    pub reads_forwarded: bool,
    /// Largest body read.
    pub body_bytes: usize,
    /// How long grants and their refresh tokens live at most.
    pub refresh_absolute_seconds: i64,
    /// How long an authorization code lives.
    pub authorization_code_seconds: i64,
    /// How long relying parties may cache the key set.
    pub jwks_max_age_seconds: i64,
    /// Whether `/metrics` is answered here, and only to loopback peers.
    pub serves_metrics: bool,
    /// What clients are that come by themselves.
    pub registered: Registered,
}

/// What the operator decided about clients that register by themselves or are known by their document.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The scope they may have.
    pub scope: Scope,
    /// Whether confidential ones must use PKCE.
    pub requires_pkce: bool,
    /// The resources they may ask tokens for.
    pub resources: Vec<String>,
    /// The profile they keep.
    pub profile: Option<Profile>,
    /// Those whose software statements are believed, with their keys.
    pub statement_issuers: Vec<(String, ClientKeys)>,
}
