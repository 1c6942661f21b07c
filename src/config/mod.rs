//! The settings: one TOML file, environment variables over it, command-line options over both; in dev mode a `.env`
//! file between the first two.
//!
//! The structs are the only description: keys, bounds, defaults and the reference page all come from their schema.
//! Every mistake is found in one pass and told as a sentence, a place and a hint. Nothing here opens the store, the
//! keys or a socket: a setting can be well formed and still name a directory that is not there, which whoever opens
//! it says.

mod agreement;
mod catalogue;
mod document;
mod dsn;
mod environment;
mod federation;
mod form;
mod form_of_provider;
mod issuer;
mod layers;
mod load;
mod mistake;
mod reference;
mod section;
mod sources;
mod value;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Issuer;

pub use dsn::SentryDsn;
pub use environment::{PREFIX, of_process};
pub use form::{DatabaseUrl, MasterKey};
pub use load::DEVELOPMENT_DATA;
pub use mistake::{Mistake, Place, report};
pub use reference::reference;
pub use section::{
    Audit, ClaimsTaken, Codes, Database, ForwardingHeader, Http, Keys, Limits, Log, LogFormat, Mail, MailSecurity,
    MailTransport, Metrics, OutboundCalls, Pages, Passwords, ProfileOfRegistered, Protocol, Provider, ProviderKind,
    Proxies, RegistrationBy, Sessions, SignatureAlgorithm, Signup, Telemetry, Tls, Tokens, canonical_domains,
};
pub use sources::{Document, FileChoice, Mode, Override, Sources};
pub use value::{nearest, quoted};

/// The file that is read when none is named.
pub const DEFAULT_FILE: &str = "doorward.toml";

/// Everything an operator can decide.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "a section is documented at its struct, from where the reference takes it")]
pub struct Settings {
    /// The origin people and relying parties reach Doorward at, without path or trailing slash:
    /// `https://login.example.com`. Everything published and signed begins with it. It must use https, except on
    /// loopback. In dev mode it follows `listen`.
    #[schemars(with = "String", extend("format" = "issuer"))]
    #[serde(with = "issuer::text")]
    pub issuer: Issuer,
    /// Address and port to listen on. Port 0 takes any free one.
    #[serde(default = "default_listen")]
    #[schemars(with = "String", extend("format" = "address"))]
    pub listen: SocketAddr,
    /// Directory of what Doorward keeps: the SQLite database, unless `database.url` says otherwise. Relative paths,
    /// here and below, start at the working directory. Dev mode keeps its own in `data/dev`.
    #[serde(default = "default_data")]
    #[schemars(with = "String", extend("format" = "path"))]
    pub data: PathBuf,
    #[serde(default)]
    pub database: Database,
    #[serde(default)]
    pub keys: Keys,
    #[serde(default)]
    pub tls: Tls,
    #[serde(default)]
    pub proxies: Proxies,
    #[serde(default)]
    pub http: Http,
    #[serde(default)]
    pub tokens: Tokens,
    #[serde(default)]
    pub sessions: Sessions,
    #[serde(default)]
    pub passwords: Passwords,
    #[serde(default)]
    pub codes: Codes,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub signup: Signup,
    #[serde(default)]
    pub protocol: Protocol,
    #[serde(default)]
    pub outbound: OutboundCalls,
    #[serde(default)]
    pub mail: Mail,
    #[serde(default)]
    pub pages: Pages,
    #[serde(default)]
    pub log: Log,
    #[serde(default)]
    pub metrics: Metrics,
    #[serde(default)]
    pub telemetry: Telemetry,
    #[serde(default)]
    pub audit: Audit,
    /// The providers, in the order in which people see them.
    #[serde(default, rename = "provider", with = "section::by_name")]
    #[schemars(with = "std::collections::BTreeMap<String, Provider>")]
    pub providers: Vec<Provider>,
}

fn default_listen() -> SocketAddr {
    const PORT: u16 = 8080;
    SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))
}

fn default_data() -> PathBuf {
    PathBuf::from("data")
}

impl Settings {
    /// Reads, layers and checks everything. Gives all mistakes at once, those of the file first.
    pub fn load(sources: &Sources) -> Result<Self, Vec<Mistake>> {
        load::load(sources)
    }

    /// Dev mode with nothing set: an issuer on loopback that follows `listen`, the inbox as mail transport, and keys
    /// beside the data. For tests and tools that start from code.
    pub fn for_dev(data: &Path, listen: SocketAddr) -> Self {
        Self {
            issuer: issuer::on_loopback(listen, false),
            listen,
            data: data.to_path_buf(),
            database: Database { url: DatabaseUrl::Sqlite(data.join(load::DATABASE_FILE)), ..Database::default() },
            keys: Keys { directory: data.join(load::KEYS_DIRECTORY), ..Keys::default() },
            tls: Tls::default(),
            proxies: Proxies::default(),
            http: Http::default(),
            tokens: Tokens::default(),
            sessions: Sessions::default(),
            passwords: Passwords::default(),
            codes: Codes::default(),
            limits: Limits::default(),
            signup: Signup::default(),
            protocol: Protocol::default(),
            outbound: OutboundCalls::default(),
            mail: Mail { transport: MailTransport::Inbox, ..Mail::default() },
            pages: Pages::default(),
            log: Log::default(),
            metrics: Metrics::default(),
            telemetry: Telemetry::default(),
            audit: Audit::default(),
            providers: Vec::new(),
        }
    }

    /// Takes over the address that was really bound: port 0 becomes the port found, in `listen` and in the issuer.
    pub fn bound(&mut self, address: SocketAddr) {
        self.listen = address;
        self.issuer = issuer::bound_to(&self.issuer, address.port());
    }

    /// Where errors go, if they go anywhere.
    pub fn sentry(&self) -> Option<SentryDsn> {
        // Checked when it was read.
        self.telemetry.sentry_dsn.as_ref().and_then(|text| dsn::parse(text.expose()).ok())
    }

    /// Whether a mail can leave at all; pages that need one are switched off otherwise.
    pub fn can_mail(&self) -> bool {
        self.mail.transport != MailTransport::None
    }

    /// What is allowed but likely not meant, a sentence each, to be logged at start.
    pub fn doubts(&self) -> Vec<String> {
        agreement::doubts(self)
    }
}
