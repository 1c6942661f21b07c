//! From the mail settings to the transport.

use std::path::Path;
use std::time::Duration;

use super::fault::StartFault;
use crate::base::{Issuer, Sensitive};
use crate::config::{self, MailSecurity, MailTransport};
use crate::mail::{Inbox, Mailbox, Memory, Smtp, SmtpSettings, SmtpSettingsRefused, SmtpTls, Transport};

/// The transport that the settings name. Nothing is connected yet.
pub fn transport(mail: &config::Mail, issuer: &Issuer) -> Result<Transport, StartFault> {
    match mail.transport {
        MailTransport::Smtp => smtp(mail, issuer),
        MailTransport::Inbox => Ok(Transport::Inbox(Inbox::default())),
        // Nobody delivers to it: see `Workers::start`.
        MailTransport::None => Ok(Transport::Memory(Memory::default())),
    }
}

fn smtp(mail: &config::Mail, issuer: &Issuer) -> Result<Transport, StartFault> {
    let host = mail.host.clone().unwrap_or_default();
    let refused = |refused| StartFault::Mail(host.clone(), refused);
    let from = mail.from.as_deref().unwrap_or_default();
    let reply_to = mail.reply_to.as_deref().map(|text| mailbox("mail.reply_to", text)).transpose()?;
    let password = mail.password.as_ref().map(|password| Sensitive::new(password.expose().to_owned()));
    let settings = SmtpSettings {
        host: host.clone(),
        port: mail.port(),
        tls: match mail.security {
            MailSecurity::Starttls => SmtpTls::StartTls,
            MailSecurity::Tls => SmtpTls::Implicit,
            MailSecurity::None => SmtpTls::None,
        },
        credentials: mail.username.clone().zip(password),
        hello_name: issuer.host().trim_matches(['[', ']']).to_owned(),
        ca_certificates: mail.ca_certificates.as_deref().map(certificates).transpose().map_err(refused)?,
        from: mailbox("mail.from", from)?,
        reply_to,
        connections: mail.connections as usize,
        step: Duration::from_secs(mail.timeout_seconds),
    };
    Ok(Transport::Smtp(Box::new(Smtp::new(settings).map_err(refused)?)))
}

fn certificates(path: &Path) -> Result<Vec<u8>, SmtpSettingsRefused> {
    std::fs::read(path).map_err(|problem| SmtpSettingsRefused::Certificates(format!("{}: {problem}", path.display())))
}

fn mailbox(key: &'static str, text: &str) -> Result<Mailbox, StartFault> {
    text.parse().map_err(|_| StartFault::Mailbox(key))
}
