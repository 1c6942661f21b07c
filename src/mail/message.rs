//! A mail in the form it travels in (RFC 5322, RFC 2045). It is a plain function of the mail: the same one comes out at
//! every attempt, down to the last byte.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue, MessageId};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::{Address, address::Envelope};

use super::failure::{DeliveryFailure, ServerReply};
use super::outgoing::OutgoingMail;
use crate::base::bounds::MAIL_SUBJECT_CHARS_MAX;
use crate::base::{EmailAddress, Timestamp};

/// Who our mails are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The address replies and bounces go to.
    pub address: EmailAddress,
    /// The name in front of it.
    pub name: Option<String>,
}

/// A mail ready for a mail server.
pub(super) struct Written {
    /// The addresses of the SMTP dialogue.
    pub envelope: Envelope,
    /// Headers and body: ASCII, lines ended by CR LF.
    pub bytes: Vec<u8>,
}

/// Writes `mail` out. It fails only on addresses that are none for the mail library; such a mail can never be sent.
pub(super) fn write(sender: &Sender, mail: &OutgoingMail) -> Result<Written, DeliveryFailure> {
    let refused = |what: &str| DeliveryFailure::Permanent(ServerReply::new(format_args!("{what} cannot be written")));
    let from = address(&sender.address).ok_or_else(|| refused("the sender's address"))?;
    let to = address(&mail.to).ok_or_else(|| refused("the recipient's address"))?;
    let name = sender.name.as_deref().map(one_line).filter(|name| !name.is_empty());
    // The boundary must not occur in the parts; an id that only we know does not, and it stays the same.
    let parts = MultiPart::alternative()
        .boundary(format!("=_{}", mail.id))
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    let message = Message::builder()
        .from(Mailbox::new(name, from))
        .to(Mailbox::new(None, to))
        .subject(one_line(&mail.subject))
        .date(UNIX_EPOCH + since_1970(mail.created_at))
        .header(MessageId::from(format!("<{}@{}>", mail.id, sender.address.domain())))
        .header(AutoSubmitted)
        .header(ContentLanguage::of(&mail.locale))
        .multipart(parts)
        .map_err(|error| DeliveryFailure::Permanent(ServerReply::new(error)))?;
    Ok(Written { envelope: message.envelope().clone(), bytes: message.formatted() })
}

fn address(email: &EmailAddress) -> Option<Address> {
    Address::new(email.local(), email.domain()).ok()
}

fn part(content_type: ContentType, body: &str) -> SinglePart {
    // NUL may not travel in mail at all (RFC 5321 §4.5.2), and a bare CR would end a line for some and not for others.
    let lines = body.replace("\r\n", "\n").replace(['\r', '\0'], " ");
    SinglePart::builder().header(content_type).body(lines)
}

/// MAI-01: whatever a header is given, it stays in its line.
fn one_line(text: &str) -> String {
    let printable: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    printable.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAIL_SUBJECT_CHARS_MAX).collect()
}

fn since_1970(moment: Timestamp) -> Duration {
    // The last second of the year 9999: four digits are all that a date header has.
    const LAST_SECOND: u64 = 253_402_300_799;
    Duration::from_secs(u64::try_from(moment.seconds()).unwrap_or(0).min(LAST_SECOND))
}

/// RFC 3834 §5: nobody wrote this, so no answering machine should answer.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// RFC 3282 §2: the language of the mail.
#[derive(Clone)]
struct ContentLanguage(String);

impl ContentLanguage {
    /// Keeps what a language tag consists of (RFC 5646 §2.1) and nothing else.
    fn of(locale: &str) -> Self {
        const TAG_CHARS_MAX: usize = 35;
        Self(locale.chars().filter(|char| char.is_ascii_alphanumeric() || *char == '-').take(TAG_CHARS_MAX).collect())
    }
}

impl Header for ContentLanguage {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self::of(text))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}
