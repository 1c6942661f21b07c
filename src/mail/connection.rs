//! One connection to the mail server: opening it, sending on it, and what its answers mean.
//!
//! Every step has its time, and the caller drops a connection on which a step ran out of it, so that no late answer is
//! ever taken for the answer to something else.

use std::future::Future;
use std::time::{Duration, Instant};

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use tokio::time::timeout;

use super::failure::{DeliveryFailure, ServerReply};
use super::message::Written;
use crate::base::bounds::{SMTP_ACCEPT_STEPS, SMTP_IDLE_SECONDS, SMTP_MAILS_PER_CONNECTION_MAX};

/// How the connection is protected.
#[derive(Clone)]
pub(super) enum Protection {
    /// Upgraded before anything is said (RFC 3207), or not used.
    StartTls(TlsParameters),
    /// From the first byte (RFC 8314 §3.3).
    Implicit(TlsParameters),
    /// Not at all.
    None,
}

/// Where to connect to, and how.
pub(super) struct Server {
    pub host: String,
    pub port: u16,
    pub protection: Protection,
    pub credentials: Option<Credentials>,
    pub hello_name: ClientId,
    /// The time for each step; the answer to a whole mail may take [`SMTP_ACCEPT_STEPS`] times as long.
    pub step: Duration,
}

/// What happened to a mail on a connection, and whether the connection is still good.
pub(super) struct Outcome {
    pub result: Result<ServerReply, DeliveryFailure>,
    pub is_usable: bool,
}

/// An open, protected and authenticated connection.
pub(super) struct Connection {
    smtp: AsyncSmtpConnection,
    mails: u32,
    used_at: Instant,
}

impl Connection {
    /// Opens a connection. Whatever goes wrong here is about the server, not about a mail: it is always temporary.
    pub(super) async fn open(server: &Server) -> Result<Self, DeliveryFailure> {
        let at_once = match &server.protection {
            Protection::Implicit(tls) => Some(tls.clone()),
            Protection::StartTls(_) | Protection::None => None,
        };
        let address = (server.host.as_str(), server.port);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(address, Some(server.step), &server.hello_name, at_once, None);
        let mut smtp = within(server.step, "connect", connecting).await.map_err(Stumble::of_server)?;
        if let Protection::StartTls(tls) = &server.protection {
            // F-27: without the upgrade nothing is said, least of all a password.
            if !smtp.can_starttls() {
                return Err(temporary("the mail server does not offer STARTTLS, and the settings demand it"));
            }
            let upgrading = smtp.starttls(tls.clone(), &server.hello_name);
            within(server.step, "STARTTLS", upgrading).await.map_err(Stumble::of_server)?;
        }
        if let Some(credentials) = &server.credentials {
            let authenticating = smtp.auth(&[Mechanism::Plain, Mechanism::Login], credentials);
            within(server.step, "AUTH", authenticating).await.map_err(Stumble::of_server)?;
        }
        Ok(Self { smtp, mails: 0, used_at: Instant::now() })
    }

    /// Whether the connection may carry another mail: young enough, and the other side still answers.
    pub(super) async fn is_alive(&mut self, server: &Server) -> bool {
        self.mails < SMTP_MAILS_PER_CONNECTION_MAX
            && self.used_at.elapsed() < Duration::from_secs(SMTP_IDLE_SECONDS)
            && within(server.step, "RSET", self.smtp.command(Rset)).await.is_ok()
    }

    /// Sends one mail. After a refusal the connection is good for the next mail; after anything else it is not.
    pub(super) async fn send(&mut self, server: &Server, written: &Written) -> Outcome {
        self.mails += 1;
        let result = self.dialogue(server, written).await;
        self.used_at = Instant::now();
        match result {
            Ok(reply) => Outcome { result: Ok(reply), is_usable: true },
            Err(stumble) => Outcome { is_usable: stumble.is_answer(), result: Err(stumble.of_mail()) },
        }
    }

    async fn dialogue(&mut self, server: &Server, written: &Written) -> Result<ServerReply, Stumble> {
        let from = Mail::new(written.envelope.from().cloned(), Vec::new());
        within(server.step, "MAIL", self.smtp.command(from)).await?;
        for to in written.envelope.to() {
            let to = Rcpt::new(to.clone(), Vec::new());
            within(server.step, "RCPT", self.smtp.command(to)).await?;
        }
        within(server.step, "DATA", self.smtp.command(Data)).await?;
        let handing_over = self.smtp.message(&written.bytes);
        let accepted = within(server.step * SMTP_ACCEPT_STEPS, "the mail", handing_over).await;
        let accepted = accepted.map_err(Stumble::after_data)?;
        let lines: Vec<&str> = accepted.message().collect();
        Ok(ServerReply::new(format_args!("{} {}", accepted.code(), lines.join(" "))))
    }

    /// Says goodbye and does not insist on an answer.
    pub(super) async fn quit(mut self, server: &Server) {
        let _ = within(server.step, "QUIT", self.smtp.command(Quit)).await;
    }
}

/// A step that did not work out.
enum Stumble {
    /// The server answered, and the answer was no.
    Answer(Error),
    /// There was no answer.
    Silence(ServerReply),
    /// There was no answer to a whole mail.
    SilenceAfterData(ServerReply),
}

async fn within<T>(
    time: Duration,
    step: &'static str,
    doing: impl Future<Output = Result<T, Error>>,
) -> Result<T, Stumble> {
    match timeout(time, doing).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) if error.status().is_some() => Err(Stumble::Answer(error)),
        Ok(Err(error)) => Err(Stumble::Silence(ServerReply::new(format_args!("{step}: {error}")))),
        Err(_) => Err(Stumble::Silence(ServerReply::new(format_args!("no answer to {step} within {time:?}")))),
    }
}

impl Stumble {
    const fn is_answer(&self) -> bool {
        matches!(self, Self::Answer(_))
    }

    fn after_data(self) -> Self {
        match self {
            Self::Silence(reply) => Self::SilenceAfterData(reply),
            answered => answered,
        }
    }

    /// What it means while connecting.
    fn of_server(self) -> DeliveryFailure {
        match self {
            Self::Answer(error) => DeliveryFailure::Temporary(ServerReply::new(error)),
            Self::Silence(reply) | Self::SilenceAfterData(reply) => DeliveryFailure::Temporary(reply),
        }
    }

    /// What it means while a mail is being sent.
    fn of_mail(self) -> DeliveryFailure {
        match self {
            Self::Answer(error) if error.is_permanent() && !is_about_us(&error) => {
                DeliveryFailure::Permanent(ServerReply::new(error))
            }
            Self::Answer(error) => DeliveryFailure::Temporary(ServerReply::new(error)),
            Self::Silence(reply) => DeliveryFailure::Temporary(reply),
            Self::SilenceAfterData(reply) => DeliveryFailure::Unconfirmed(reply),
        }
    }
}

/// Whether a permanent refusal is about the settings rather than about the mail: sign in first (530), signed in wrongly
/// (534, 535), sign in under protection (538; RFC 4954 §6). The mail is fine and waits until somebody has mended it.
fn is_about_us(error: &Error) -> bool {
    error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538))
}

pub(super) fn temporary(what: &str) -> DeliveryFailure {
    DeliveryFailure::Temporary(ServerReply::new(what))
}
