//! How requests arrive: `[tls]`, `[proxies]`, `[http]`.

use std::path::PathBuf;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::bounds::settings as bounds;
use crate::config::form::network_list;

/// TLS by certificate files, or by a local authority. Without either the listener speaks plain HTTP, for a proxy in front or for loopback.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// The certificate chain in PEM, own certificate first. Read again when the file changes.
    #[schemars(with = "Option<String>", extend("format" = "path"))]
    pub certificate: Option<PathBuf>,
    /// The private key of the certificate in PEM.
    #[schemars(with = "Option<String>", extend("format" = "path"))]
    pub key: Option<PathBuf>,
    /// Makes a certificate authority of this installation and a certificate, in `tls` below the data directory, and
    /// speaks TLS with it; the same as `--https`. For loopback and private networks: the issuer's host must be
    /// `localhost`, end in `.localhost`, `.test`, `.local`, `.internal` or `.home.arpa`, or be a private address.
    pub local: bool,
    /// A file of certificates (PEM) of the authorities that vouch for certificates of clients (`tls_client_auth`), be
    /// they shown here or to a proxy. Without it no client can be known that way; those that registered their own
    /// certificate (`self_signed_tls_client_auth`) do not need it.
    #[schemars(with = "Option<String>", extend("format" = "path"))]
    pub client_authorities: Option<PathBuf>,
    /// Seconds between looks at the two files.
    #[schemars(range(min = *bounds::TLS_RELOAD_SECONDS.start(), max = *bounds::TLS_RELOAD_SECONDS.end()))]
    pub reload_seconds: u64,
    /// Seconds a handshake may take.
    #[schemars(range(min = *bounds::TLS_HANDSHAKE_SECONDS.start(), max = *bounds::TLS_HANDSHAKE_SECONDS.end()))]
    pub handshake_seconds: u64,
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            certificate: None,
            key: None,
            local: false,
            client_authorities: None,
            reload_seconds: 5,
            handshake_seconds: 10,
        }
    }
}

impl Tls {
    /// The two files, when TLS is set up.
    pub fn files(&self) -> Option<(&PathBuf, &PathBuf)> {
        self.certificate.as_ref().zip(self.key.as_ref())
    }

    /// Whether the listener speaks TLS.
    pub fn is_on(&self) -> bool {
        self.local || self.files().is_some()
    }
}

/// The header in which a proxy tells whom it speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ForwardingHeader {
    /// `X-Forwarded-For` and its relatives.
    #[serde(rename = "x-forwarded-for")]
    XForwardedFor,
    /// `Forwarded` of RFC 7239.
    #[serde(rename = "forwarded")]
    Forwarded,
}

/// Reverse proxies in front of Doorward.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Proxies {
    /// Networks (`10.0.0.0/8`) or addresses whose forwarding header is believed. Nobody's by default.
    #[schemars(with = "Vec<String>", extend("format" = "network"))]
    #[serde(with = "network_list")]
    pub trusted: Vec<IpNet>,
    /// The header that these proxies write.
    pub header: ForwardingHeader,
    /// The header field in which these proxies hand on the certificate that a client showed to them, as in RFC 9440
    /// (`Client-Cert`) or as percent-encoded PEM. They must remove a field of that name that comes from outside. Only
    /// with `protocol.mutual_tls`.
    pub client_certificate_header: Option<String>,
}

impl Default for Proxies {
    fn default() -> Self {
        Self { trusted: Vec::new(), header: ForwardingHeader::XForwardedFor, client_certificate_header: None }
    }
}

/// Bounds of the HTTP layer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Bytes a request body may have.
    #[schemars(range(min = *bounds::BODY_BYTES.start(), max = *bounds::BODY_BYTES.end()))]
    pub body_bytes: u32,
    /// Connections served at one time; more wait in the system's queue.
    #[schemars(range(min = *bounds::CONNECTIONS.start(), max = *bounds::CONNECTIONS.end()))]
    pub connections: u32,
    /// Seconds in which the whole head of a request must arrive.
    #[schemars(range(min = *bounds::HEAD_SECONDS.start(), max = *bounds::HEAD_SECONDS.end()))]
    pub head_seconds: u64,
    /// Seconds in which the whole body of a request must arrive.
    #[schemars(range(min = *bounds::BODY_SECONDS.start(), max = *bounds::BODY_SECONDS.end()))]
    pub body_seconds: u64,
    /// Seconds a connection may lie idle between two requests.
    #[schemars(range(min = *bounds::IDLE_SECONDS.start(), max = *bounds::IDLE_SECONDS.end()))]
    pub idle_seconds: u64,
    /// Seconds running requests get to finish when the process is told to stop.
    #[schemars(range(min = *bounds::SHUTDOWN_SECONDS.start(), max = *bounds::SHUTDOWN_SECONDS.end()))]
    pub shutdown_seconds: u64,
    /// Whether `/docs` and `/api/v1/openapi.json` describe the JSON interface to everybody. Dev mode always does.
    pub api_docs: bool,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            body_bytes: 65_536,
            connections: 16_384,
            head_seconds: 5,
            body_seconds: 10,
            idle_seconds: 75,
            shutdown_seconds: 10,
            api_docs: false,
        }
    }
}
