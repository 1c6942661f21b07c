//! A mail in the form it travels in (RFC 5322, RFC 2045). It is a plain function of the mail: the same one comes out at
//! every attempt, down to the last byte.

use std::str::FromStr;
use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue, MessageId};
use lettre::message::{Message, MultiPart, SinglePart};
use lettre::{Address, address::Envelope};

use super::failure::{DeliveryFailure, ServerReply};
use super::outgoing::OutgoingMail;
use crate::base::bounds::MAIL_SUBJECT_CHARS_MAX;
use crate::base::email::NotAnEmailAddress;
use crate::base::{EmailAddress, Timestamp};

/// An address with the name people see (RFC 5322 §3.4): `Acme <login@acme.example>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The name, if there is one.
    pub name: Option<String>,
    /// The address.
    pub address: EmailAddress,
}

impl FromStr for Mailbox {
    type Err = NotAnEmailAddress;

    /// Reads an address, bare or in angle brackets behind a name, in quotes or not.
    fn from_str(text: &str) -> Result<Self, NotAnEmailAddress> {
        let Some((name, rest)) = text.split_once('<') else {
            return Ok(Self { name: None, address: text.parse()? });
        };
        let address = rest.trim_end().strip_suffix('>').ok_or(NotAnEmailAddress)?.parse()?;
        let name = one_line(name.trim().trim_matches('"'));
        Ok(Self { name: (!name.is_empty()).then_some(name), address })
    }
}

impl Mailbox {
    fn written(&self) -> Option<lettre::message::Mailbox> {
        let name = self.name.as_deref().map(one_line).filter(|name| !name.is_empty());
        Some(lettre::message::Mailbox::new(name, address(&self.address)?))
    }
}

/// Whom our mails are from and where answers go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letterhead {
    /// The sender, who also gets the bounces.
    pub from: Mailbox,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<Mailbox>,
}

/// A mail ready for a mail server.
pub(super) struct Written {
    /// The addresses of the SMTP dialogue.
    pub envelope: Envelope,
    /// Headers and body: ASCII, lines ended by CR LF.
    pub bytes: Vec<u8>,
}

/// Writes `mail` out. It fails only on addresses that are none for the mail library; such a mail can never be sent.
pub(super) fn write(letterhead: &Letterhead, mail: &OutgoingMail) -> Result<Written, DeliveryFailure> {
    let refused = |what: &str| DeliveryFailure::Permanent(ServerReply::new(format_args!("{what} cannot be written")));
    let from = letterhead.from.written().ok_or_else(|| refused("the sender's address"))?;
    let to = address(&mail.to).ok_or_else(|| refused("the recipient's address"))?;
    // The boundary must not occur in the parts; an id that only we know does not, and it stays the same.
    let parts = MultiPart::alternative()
        .boundary(format!("=_{}", mail.id))
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    let mut message = Message::builder().from(from);
    if let Some(reply_to) = letterhead.reply_to.as_ref().and_then(Mailbox::written) {
        message = message.reply_to(reply_to);
    }
    let message = message
        .to(lettre::message::Mailbox::new(None, to))
        .subject(one_line(&mail.subject))
        .date(UNIX_EPOCH + since_1970(mail.created_at))
        .header(MessageId::from(format!("<{}@{}>", mail.id, letterhead.from.address.domain())))
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
