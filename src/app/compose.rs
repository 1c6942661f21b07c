//! Every part, built and bound, but nobody served yet.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use arc_swap::ArcSwap;
use tokio::sync::Notify;

use super::fault::StartFault;
use super::keys::Foundation;
use super::{Parts, counting, federation, keys, policy, transport};
use crate::base::bounds::DISCOVERY_MAX_AGE_SECONDS;
use crate::base::{Fault, Issuer};
use crate::config::{Mode, Settings};
use crate::dev::{Seeded, imitation};
use crate::endpoint::browser::CookieNames;
use crate::endpoint::document::Document;
use crate::endpoint::mount::Row;
use crate::endpoint::replay::ReplayRoom;
use crate::endpoint::{self, Context, Policy};
use crate::identity::password::PasswordHasher;
use crate::jose::{OwnKeys, ParsedSets, SigningThreads};
use crate::listener::{Certificate, ClientCertificates, Listener, LocalAuthority};
use crate::pages::{Locale, Pages};
use crate::protocol::authorization_details::DetailTypes;
use crate::protocol::discovery::{self, Mounted};
use crate::protocol::features::Features;
use crate::protocol::resource_metadata::resource_metadata;
use crate::protocol::subject::Subjects;
use crate::upstream::{Connectors, Outbound, PublishedKeys};
use crate::worker::KeyFollower;

/// The program before its first request: sockets bound, database migrated, keys ready.
pub struct Prepared {
    /// The settings, with the address that was really bound.
    pub settings: Settings,
    /// What the endpoints stand on.
    pub context: Arc<Context>,
    /// Who and what development has, once it is entered.
    pub seeded: Option<Seeded>,
    pub(super) mode: Mode,
    pub(super) further_rows: Vec<Row>,
    pub(super) sockets: Sockets,
    pub(super) follower: KeyFollower,
    pub(super) counters: Arc<counting::Counters>,
}

/// Where requests come in.
pub(super) struct Sockets {
    pub(super) main: Listener,
    pub(super) metrics: Option<Listener>,
    pub(super) certificate: Option<Arc<Certificate>>,
    pub(super) authority: Option<Arc<LocalAuthority>>,
}

impl Sockets {
    /// Binds what the settings name; must run inside the runtime.
    fn bind(settings: &Settings, parts: &Parts) -> Result<Self, StartFault> {
        let authority = local_authority(settings, parts)?;
        let local = authority.as_ref().map(|authority| (authority.certificate(), authority.key()));
        let files = local.or_else(|| settings.tls.files().map(|(chain, key)| (chain.clone(), key.clone())));
        // RFC 8705 §2: whoever has a certificate may show it, and nobody needs one.
        let clients =
            if settings.protocol.mutual_tls { ClientCertificates::Welcome } else { ClientCertificates::Unasked };
        let certificate = match files {
            Some((chain, key)) => {
                Some(Arc::new(Certificate::load(&chain, &key, clients).map_err(StartFault::Certificate)?))
            }
            None => None,
        };
        let bind = |address| {
            let bound = Listener::bind(address, policy::listener_limits(settings));
            bound.map_err(|failed| StartFault::Bind(address, failed))
        };
        let mut main = bind(settings.listen)?;
        if let Some(certificate) = &certificate {
            main = main.with_certificate(certificate.clone());
        }
        Ok(Self { main, metrics: settings.metrics.listen.map(bind).transpose()?, certificate, authority })
    }
}

fn local_authority(settings: &Settings, parts: &Parts) -> Result<Option<Arc<LocalAuthority>>, StartFault> {
    if !settings.tls.local {
        return Ok(None);
    }
    keys::make_data_folder(settings)?;
    let folder = policy::local_authority_folder(settings);
    let opened = LocalAuthority::open(folder, settings.issuer.host(), parts.clock.clone());
    Ok(Some(Arc::new(opened.map_err(StartFault::LocalAuthority)?)))
}

impl Prepared {
    /// The certificate of the local authority, to be trusted, when there is one.
    pub fn local_authority(&self) -> Option<PathBuf> {
        self.sockets.authority.as_ref().map(|authority| authority.authority())
    }

    /// Binds, opens, migrates and makes everything that the settings ask for.
    pub async fn build(mut settings: Settings, parts: Parts) -> Result<Self, StartFault> {
        let sockets = Sockets::bind(&settings, &parts)?;
        settings.bound(sockets.main.address());
        let issuer = settings.issuer.clone();
        let is_dev = parts.mode == Mode::Development;
        // Before anything is made on the disk, because a secret can be missing.
        let imitations = if is_dev { imitation::providers(&issuer).map_err(Fault::broken)? } else { Vec::new() };
        let connectors = federation::connectors(&settings, imitations)?;
        let page_settings = policy::pages(&settings, is_dev);
        let pages = tokio::task::spawn_blocking(move || Pages::new(page_settings));
        let (foundation, pages) = tokio::join!(keys::lay(&settings, &parts), pages);
        let (foundation, pages) = (foundation?, pages.map_err(Fault::broken)??);
        let counters = Arc::new(counting::Counters::new(
            sockets.main.open_connections(),
            connectors.clone(),
            &parts,
            settings.telemetry.trace_percent,
        ));
        let follower = foundation.follower.clone();
        let policy = policy::endpoints(&settings, is_dev)?;
        let built =
            Built { issuer, policy, connectors, foundation, pages: Arc::new(pages), counters: counters.clone() };
        let context = Arc::new(context(&settings, &parts, built)?);
        let further_rows = policy::documentation(&settings, is_dev).to_vec();
        Ok(Self { settings, context, seeded: None, mode: parts.mode, further_rows, sockets, follower, counters })
    }
}

impl Prepared {
    /// The worker that delivers the outbox, for whoever wants to run it step by step.
    pub fn delivery(&self) -> crate::worker::Delivery {
        super::workers::delivery(&self.context, &self.settings, self.counters.clone())
    }

    /// The worker that writes traces, likewise, where they are kept.
    pub fn trace_writer(&self) -> Option<crate::worker::TraceWriter> {
        super::workers::trace_writer(&self.context)
    }

    /// The worker that tells clients of logouts, likewise.
    pub fn logout_teller(&self) -> crate::worker::LogoutTeller {
        super::workers::logout_teller(&self.context, self.counters.clone())
    }
}

struct Built {
    issuer: Issuer,
    policy: Policy,
    connectors: Connectors,
    foundation: Foundation,
    pages: Arc<Pages>,
    counters: Arc<counting::Counters>,
}

fn context(settings: &Settings, parts: &Parts, built: Built) -> Result<Context, StartFault> {
    let Built { issuer, policy: decided, connectors, foundation, pages, counters } = built;
    let Foundation { store, master_key, ring, .. } = foundation;
    let mail = match &parts.transport {
        Some(given) => given.clone(),
        None => Arc::new(transport::transport(&settings.mail, &issuer)?),
    };
    let outbound = Outbound::new(policy::outbound(settings, decided.is_dev)?);
    let features = policy::features(settings);
    let detail_types = policy::detail_types(settings)?;
    let threads = NonZeroUsize::new(policy::processors()).unwrap_or(NonZeroUsize::MIN);
    Ok(Context {
        connectors,
        published_keys: PublishedKeys::new(outbound.clone()),
        outbound,
        tokens: policy::tokens(settings, &issuer, Subjects::new(master_key.derive("pairwise-subject"))),
        assertion_issuers: policy::assertion_issuers(settings)?,
        parsed_keys: ParsedSets::default(),
        proof_keys: OwnKeys::default(),
        replay_room: ReplayRoom::default(),
        nonce_key: master_key.derive("dpop-nonce"),
        client_authorities: policy::client_authorities(settings)?,
        store,
        clock: parts.clock.clone(),
        entropy: parts.entropy.clone(),
        keys: Arc::new(ArcSwap::from_pointee(ring)),
        signer: SigningThreads::start(threads).map_err(StartFault::Threads)?,
        resource_metadata: resource_document(&issuer, &decided.name, &features)?,
        discovery: discovery_document(&issuer, &pages, (decided.signup_enabled, &features, &detail_types))?,
        detail_types: Arc::new(detail_types),
        features,
        passwords: PasswordHasher::start(policy::hashing(settings)?)?,
        password_policy: policy::password_policy(settings),
        codes: policy::codes(settings),
        throttles: policy::throttles(settings),
        pages,
        mail,
        observer: counters,
        mail_written: Arc::new(Notify::new()),
        traces: settings.telemetry.login_trace.then(Arc::default),
        browser_key: master_key.derive("browser"),
        code_key: master_key.derive("one-time-code"),
        successor_key: master_key.derive("refresh-token-successor"),
        master_key,
        cookies: CookieNames::for_issuer(issuer.is_https()),
        request_prefix: request_prefix(parts)?,
        request_counter: AtomicU64::new(1),
        issuer,
        policy: decided,
    })
}

fn discovery_document(
    issuer: &Issuer,
    pages: &Pages,
    (sign_up_open, features, detail_types): (bool, &Features, &DetailTypes),
) -> Result<Document, StartFault> {
    let locales = pages.locales();
    let locales: Vec<&str> = locales.iter().map(Locale::as_str).collect();
    let metadata = discovery::metadata(&Mounted {
        issuer,
        paths: endpoint::paths(features),
        features,
        signing_algorithms: features.signing_algorithms(),
        authorization_details_types: &detail_types.names().collect::<Vec<_>>(),
        ui_locales: &locales,
        sign_up_open,
        policy_uri: None,
        tos_uri: None,
    });
    let json = serde_json::to_vec(&metadata).map_err(Fault::broken)?;
    Ok(Document::new(json, DISCOVERY_MAX_AGE_SECONDS))
}

fn resource_document(issuer: &Issuer, name: &str, features: &Features) -> Result<Document, StartFault> {
    let paths = endpoint::paths(features);
    let metadata = resource_metadata(issuer, paths.jwks, name, features);
    let json = serde_json::to_vec(&metadata).map_err(Fault::broken)?;
    Ok(Document::new(json, DISCOVERY_MAX_AGE_SECONDS))
}

/// Different in every process, so that the names of its requests are.
fn request_prefix(parts: &Parts) -> Result<String, Fault> {
    Ok(format!("{:08x}", u32::from_be_bytes(parts.entropy.draw()?.bytes())))
}
