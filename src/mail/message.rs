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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::outgoing::sample;
    use proptest::prelude::*;

    fn letterhead(from: &str) -> Letterhead {
        Letterhead { from: from.parse().unwrap(), reply_to: None }
    }

    fn written(letterhead: &Letterhead, mail: &OutgoingMail) -> String {
        String::from_utf8(write(letterhead, mail).unwrap_or_else(|failure| panic!("{failure}")).bytes).unwrap()
    }

    /// The header lines, unfolded.
    fn headers(message: &str) -> Vec<String> {
        let head = message.split_once("\r\n\r\n").unwrap().0;
        head.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn mai_03_a_mail_has_one_recipient_both_parts_and_the_standard_headers_once() {
        let mail = sample(1);
        let message = written(&letterhead("Acme <login@id.example>"), &mail);
        let found = headers(&message);
        let names: Vec<&str> = found.iter().map(|line| line.split_once(": ").unwrap().0).collect();
        let expected = [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "Content-Language",
            "MIME-Version",
            "Content-Type",
        ];
        assert_eq!(names, expected);
        for line in [
            "From: Acme <login@id.example>",
            "To: ada1@example.com",
            "Subject: Hello 1",
            "Date: Fri, 15 Jan 2027 08:00:01 +0000",
            "Auto-Submitted: auto-generated",
            "Content-Language: en",
        ] {
            assert!(found.iter().any(|header| header == line), "{line} in {found:#?}");
        }
        assert!(message.contains(&format!("Message-ID: <{}@id.example>\r\n", mail.id)));
        assert!(found.last().unwrap().starts_with("Content-Type: multipart/alternative;"));
        assert!(message.contains("Your code is 123456.") && message.contains("<b>123456</b>"));
    }

    #[test]
    fn f_26_a_mail_is_the_same_at_every_attempt() {
        let letterhead = letterhead("login@id.example");
        assert_eq!(written(&letterhead, &sample(1)), written(&letterhead, &sample(1)));
        assert_ne!(written(&letterhead, &sample(1)), written(&letterhead, &sample(2)));
    }

    #[test]
    fn other_scripts_travel_as_ascii() {
        let mail = OutgoingMail {
            subject: "Bestätigen Sie Ihre Adresse – 確認".to_owned(),
            text: "Grüße\n".to_owned(),
            ..sample(1)
        };
        let message = written(&letterhead("Zoë <login@id.example>"), &mail);
        assert!(message.is_ascii());
        assert!(message.contains("R3LDvMOfZQ0K"), "Grüße in base64: {message}");
    }

    #[test]
    fn answers_go_where_they_are_wanted() {
        let letterhead = Letterhead {
            reply_to: Some("Help <help@acme.example>".parse().unwrap()),
            ..letterhead("login@id.example")
        };
        assert!(written(&letterhead, &sample(1)).contains("\r\nReply-To: Help <help@acme.example>\r\n"));
    }

    #[test]
    fn f_34_no_clock_makes_a_date_that_cannot_be_written() {
        for micros in [i64::MIN, -1, i64::MAX] {
            let mail = OutgoingMail { created_at: Timestamp::from_micros(micros), ..sample(1) };
            assert!(written(&letterhead("login@id.example"), &mail).contains("\r\nDate: "));
        }
    }

    #[test]
    fn mailboxes_are_read_with_and_without_a_name() {
        let read = |text: &str| text.parse::<Mailbox>().map(|mailbox| (mailbox.name, mailbox.address.to_string()));
        let address = "login@id.example".to_owned();
        assert_eq!(read("login@id.example"), Ok((None, address.clone())));
        assert_eq!(read("<login@id.example>"), Ok((None, address.clone())));
        assert_eq!(read("\"Acme, Inc.\" <login@id.example>"), Ok((Some("Acme, Inc.".to_owned()), address.clone())));
        assert_eq!(read("Acme\r\nBcc: x <login@id.example>"), Ok((Some("Acme Bcc: x".to_owned()), address)));
        for text in ["", "Acme", "Acme <login@id.example", "Acme <>", "a@b.example, c@d.example"] {
            assert_eq!(read(text), Err(NotAnEmailAddress), "{text}");
        }
    }

    #[test]
    fn every_address_that_we_take_can_be_written_to() {
        for address in
            ["a@b.example", "x!#$%&'*+-/=?^_`{|}~y@example.com", "ada@localhost", "a.b.c@xn--bcher-kva.example"]
        {
            let mail = OutgoingMail { to: address.parse().unwrap(), ..sample(1) };
            let written = write(&letterhead("login@id.example"), &mail).unwrap_or_else(|failure| panic!("{failure}"));
            assert_eq!(written.envelope.to()[0].to_string(), address);
        }
    }

    proptest! {
        #[test]
        fn mai_01_no_text_adds_a_header_or_ends_the_head(
            subject in "(\\PC|[\r\n\t\0]){0,120}",
            name in "(\\PC|[\r\n\t\0]){0,60}",
            locale in "(\\PC|[\r\n\t\0]){0,40}",
            body in "(\\PC|[\r\n\t\0.]){0,400}",
        ) {
            let letterhead = Letterhead {
                from: Mailbox { name: Some(name), address: "login@id.example".parse().unwrap() },
                reply_to: None,
            };
            let mail = OutgoingMail { subject, locale, text: body.clone(), html: body, ..sample(1) };
            let message = written(&letterhead, &mail);
            prop_assert!(message.is_ascii() && !message.contains('\0'));
            prop_assert!(!message.replace("\r\n", "").contains(['\r', '\n']), "a line ends in CR LF only");
            prop_assert!(message.split("\r\n").all(|line| line.len() <= 998), "RFC 5322 §2.1.1");
            prop_assert_eq!(headers(&message).len(), 9, "{:?}", headers(&message));
            prop_assert_eq!(message.matches(&format!("--=_{}", mail.id)).count(), 3);
        }
    }
}
