//! What people see and operators watch: `[mail]`, `[pages]`, `[log]`, `[metrics]`, `[audit]`.

use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Sensitive;
use crate::base::bounds::settings as bounds;
use crate::config::form::hidden;

/// How mail leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// Through a mail server.
    Smtp,
    /// Into the inbox page of dev mode; refused elsewhere.
    Inbox,
    /// Not at all: whatever needs a mail is switched off.
    None,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// Plain at first, then TLS on command; refused if the server does not offer it. Usual on port 587.
    Starttls,
    /// TLS from the first byte. Usual on port 465.
    Tls,
    /// No protection. For a server on the same machine.
    None,
}

/// Outgoing mail.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// How mail leaves.
    pub transport: MailTransport,
    /// Name or address of the mail server.
    #[schemars(with = "Option<String>", extend("format" = "host"))]
    pub host: Option<String>,
    /// Port of the mail server. Left out: 587 for `starttls`, 465 for `tls`, 25 for `none`.
    #[schemars(range(min = *bounds::PORT.start(), max = *bounds::PORT.end()))]
    pub port: Option<u16>,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// Name to sign in with at the mail server.
    pub username: Option<String>,
    /// Password to sign in with at the mail server. Meant for the environment.
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    #[serde(serialize_with = "hidden")]
    pub password: Option<Sensitive<String>>,
    /// A file of certificates (PEM) of authorities to trust beside those of the system, for a mail server with a
    /// certificate of your own.
    #[schemars(with = "Option<String>", extend("format" = "path"))]
    pub ca_certificates: Option<PathBuf>,
    /// The sender people see, `Acme <login@acme.example>`.
    #[schemars(with = "Option<String>", extend("format" = "mailbox"))]
    pub from: Option<String>,
    /// Where answers go, if not to the sender.
    #[schemars(with = "Option<String>", extend("format" = "mailbox"))]
    pub reply_to: Option<String>,
    /// Seconds one answer of the mail server may take.
    #[schemars(range(min = *bounds::MAIL_TIMEOUT_SECONDS.start(), max = *bounds::MAIL_TIMEOUT_SECONDS.end()))]
    pub timeout_seconds: u64,
    /// Connections to the mail server at one time.
    #[schemars(range(min = *bounds::MAIL_CONNECTIONS.start(), max = *bounds::MAIL_CONNECTIONS.end()))]
    pub connections: u32,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            transport: MailTransport::None,
            host: None,
            port: None,
            security: MailSecurity::Starttls,
            username: None,
            password: None,
            ca_certificates: None,
            from: None,
            reply_to: None,
            timeout_seconds: 20,
            connections: 4,
        }
    }
}

impl Mail {
    /// The port set, or the usual one of the chosen protection.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            MailSecurity::Starttls => 587,
            MailSecurity::Tls => 465,
            MailSecurity::None => 25,
        })
    }
}

/// What people see.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pages {
    /// The name of this sign-in service in titles and mails.
    #[schemars(extend("format" = "title"))]
    pub name: String,
    /// A directory whose files replace the built-in templates and messages of the same name.
    #[schemars(with = "Option<String>", extend("format" = "path"))]
    pub overrides: Option<PathBuf>,
    /// The language used when none that a person asks for is there.
    #[schemars(extend("format" = "locale"))]
    pub default_locale: String,
}

impl Default for Pages {
    fn default() -> Self {
        Self { name: "Doorward".to_owned(), overrides: None, default_locale: "en".to_owned() }
    }
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For a person at a terminal.
    Human,
    /// One JSON object a line, for a program.
    Json,
}

/// What is logged, and where.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The shape of a line.
    pub format: LogFormat,
    /// What is let through: `error`, `warn`, `info`, `debug`, `trace`, or a filter such as
    /// `info,doorward::mail=debug`.
    #[schemars(extend("format" = "log-filter"))]
    pub level: String,
    /// A directory for daily log files. Left out: lines go to standard error only.
    #[schemars(with = "Option<String>", extend("format" = "path"))]
    pub directory: Option<PathBuf>,
    /// Daily files kept; older ones are deleted.
    #[schemars(range(min = *bounds::LOG_KEEP_DAYS.start(), max = *bounds::LOG_KEEP_DAYS.end()))]
    pub keep_days: u32,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Human, level: "info".to_owned(), directory: None, keep_days: 14 }
    }
}

/// Figures for Prometheus.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Address of a listener of its own for `/metrics`. Left out: `/metrics` is on the main listener and answers
    /// loopback only.
    #[schemars(with = "Option<String>", extend("format" = "address"))]
    pub listen: Option<SocketAddr>,
}

/// The record of who did what.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// Days an entry of the audit log is kept; older ones are removed from the beginning of its chain. Left out: for ever.
    #[schemars(range(min = *bounds::AUDIT_KEEP_DAYS.start(), max = *bounds::AUDIT_KEEP_DAYS.end()))]
    pub keep_days: Option<u32>,
}
