//! Delivery to a mail server over a few connections that are kept and used again.
//!
//! The library's own pool opens as many connections as there are mails at once and gives a connection back in whatever
//! state an abandoned delivery left it, so connections are kept here: never more than the settings allow.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::sync::Semaphore;

use super::connection::{Connection, Protection, Server, temporary};
use super::failure::{DeliveryFailure, ServerReply};
use super::message::{self, Letterhead, Mailbox};
use super::outgoing::OutgoingMail;
use crate::base::Sensitive;
use crate::base::bounds::SMTP_ACCEPT_STEPS;
use crate::base::bounds::settings::MAIL_CONNECTIONS;

/// The steps of a delivery before the mail itself: a look at an idle connection, connecting, upgrading, signing in,
/// and three commands.
const STEPS: u32 = 7;

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// In the clear at first, then upgraded; nothing is sent if the server does not offer it. Usually port 587.
    StartTls,
    /// From the first byte. Usually port 465.
    Implicit,
    /// Not at all: for a mail server on the same machine or network. Usually port 25.
    None,
}

/// The mail server and how to talk to it.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// Its name or address; with TLS its certificate has to be for it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is protected.
    pub tls: SmtpTls,
    /// User name and password, if it wants them.
    pub credentials: Option<(String, Sensitive<String>)>,
    /// The name to introduce ourselves by (`EHLO`): our own host name.
    pub hello_name: String,
    /// Certificates (PEM) of authorities to trust beside those of the system.
    pub ca_certificates: Option<Vec<u8>>,
    /// Whom our mails are from; bounces go there too.
    pub from: Mailbox,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<Mailbox>,
    /// How many connections there may be at once.
    pub connections: usize,
    /// How long one answer may take; the answer to a whole mail may take [`SMTP_ACCEPT_STEPS`] times as long.
    pub step: Duration,
}

/// Why the settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmtpSettingsRefused {
    /// The certificates are no certificates, or the system's trust cannot be set up.
    Certificates(String),
    /// The host, or the name to introduce ourselves by, is empty or holds characters that names do not have.
    Name,
    /// A password would travel in the clear to another machine.
    PasswordInTheClear,
}

impl fmt::Display for SmtpSettingsRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificates(what) => write!(f, "the certificates for the mail server cannot be used: {what}"),
            Self::Name => f.write_str("the mail server's host and the name for EHLO must be host names or addresses"),
            Self::PasswordInTheClear => f.write_str("a mail password must not be sent to another machine without TLS"),
        }
    }
}

impl std::error::Error for SmtpSettingsRefused {}

/// A mail server.
pub struct Smtp {
    server: Server,
    letterhead: Letterhead,
    connections: usize,
    turns: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

impl Smtp {
    /// Takes the settings over; nothing is connected yet.
    pub fn new(settings: SmtpSettings) -> Result<Self, SmtpSettingsRefused> {
        if !is_name(&settings.host) || !is_name(&settings.hello_name) {
            return Err(SmtpSettingsRefused::Name);
        }
        if settings.credentials.is_some() && settings.tls == SmtpTls::None && !is_this_machine(&settings.host) {
            return Err(SmtpSettingsRefused::PasswordInTheClear);
        }
        let server = Server {
            protection: protection(&settings)?,
            credentials: settings.credentials.map(|(user, password)| Credentials::new(user, password.expose().clone())),
            hello_name: hello_name(settings.hello_name),
            host: settings.host,
            port: settings.port,
            step: settings.step,
        };
        let letterhead = Letterhead { from: settings.from, reply_to: settings.reply_to };
        let connections = settings.connections.clamp(1, *MAIL_CONNECTIONS.end() as usize);
        let turns = Semaphore::new(connections);
        Ok(Self { server, letterhead, connections, turns, idle: Mutex::default() })
    }

    /// Sends one mail, over an idle connection if there is one. Waits for its turn as long as it takes, then for the
    /// server no longer than [`Smtp::longest_delivery`]. Dropping the future halfway closes the connection.
    pub async fn deliver(&self, mail: &OutgoingMail) -> Result<ServerReply, DeliveryFailure> {
        let written = message::write(&self.letterhead, mail)?;
        let Ok(_turn) = self.turns.acquire().await else { return Err(temporary("the transport is closed")) };
        let mut connection = self.connection().await?;
        let outcome = connection.send(&self.server, &written).await;
        if outcome.is_usable {
            self.idle().push(connection);
        }
        outcome.result
    }

    /// How many deliveries run at once; more of them only wait.
    pub const fn connections(&self) -> usize {
        self.connections
    }

    /// The longest a delivery takes once it has its turn.
    pub fn longest_delivery(&self) -> Duration {
        self.server.step * (STEPS + SMTP_ACCEPT_STEPS)
    }

    /// Says goodbye on every idle connection.
    pub async fn rest(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            connection.quit(&self.server).await;
        }
    }

    async fn connection(&self) -> Result<Connection, DeliveryFailure> {
        let newest = self.idle().pop();
        if let Some(mut connection) = newest {
            if connection.is_alive(&self.server).await {
                return Ok(connection);
            }
            // The others have been idle for longer.
            self.idle().clear();
        }
        Connection::open(&self.server).await
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        // Nothing that can panic runs under the lock.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({}:{})", self.server.host, self.server.port)
    }
}

fn protection(settings: &SmtpSettings) -> Result<Protection, SmtpSettingsRefused> {
    Ok(match settings.tls {
        SmtpTls::StartTls => Protection::StartTls(tls_parameters(settings)?),
        SmtpTls::Implicit => Protection::Implicit(tls_parameters(settings)?),
        SmtpTls::None => Protection::None,
    })
}

fn tls_parameters(settings: &SmtpSettings) -> Result<TlsParameters, SmtpSettingsRefused> {
    let refused = |error: lettre::transport::smtp::Error| SmtpSettingsRefused::Certificates(error.to_string());
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.ca_certificates {
        // A file without a single certificate in it reads as an empty list, which is surely not what was meant.
        if !pem.windows(b"BEGIN CERTIFICATE".len()).any(|window| window == b"BEGIN CERTIFICATE") {
            return Err(SmtpSettingsRefused::Certificates("no PEM certificate found".to_owned()));
        }
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(refused)?);
    }
    builder.build().map_err(refused)
}

fn hello_name(name: String) -> ClientId {
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => ClientId::Ipv4(v4),
        Ok(IpAddr::V6(v6)) => ClientId::Ipv6(v6),
        Err(_) => ClientId::Domain(name),
    }
}

fn is_name(text: &str) -> bool {
    const NAME_BYTES_MAX: usize = 255;
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
    (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_name_byte)
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
