//! E-mail addresses: one spelling per mailbox.
//!
//! Only the plain form is accepted: an ASCII dot-atom before the `@`, a host name behind it. Quoted local parts,
//! comments, address literals and characters that merely look like others are refused (REG-05), in linear time (REG-06).

use std::fmt;
use std::str::FromStr;

use url::Host;

use super::bounds::{EMAIL_BYTES_MAX, EMAIL_LOCAL_BYTES_MAX};

/// An address. Two spellings of the same mailbox are equal: letter case does not count and the domain is in its
/// ASCII form.
#[derive(Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// The text is not an address we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnEmailAddress;

impl EmailAddress {
    /// An address as the store gave it back; it was checked when it came in.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The canonical spelling: the key of an account and the place mail goes to.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part behind the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What a page shows to somebody who may not know it: `a…e@example.com`.
    pub fn masked(&self) -> String {
        let local = self.local();
        let first = &local[..1];
        let last = if local.len() > 2 { &local[local.len() - 1..] } else { "" };
        format!("{first}…{last}@{}", self.domain())
    }
}

impl FromStr for EmailAddress {
    type Err = NotAnEmailAddress;

    /// Blanks around the address are forgiven (people paste them); anything else unusual is not.
    fn from_str(text: &str) -> Result<Self, NotAnEmailAddress> {
        let text = text.trim_matches([' ', '\t']);
        if text.len() > EMAIL_BYTES_MAX {
            return Err(NotAnEmailAddress);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(NotAnEmailAddress)?;
        if !is_dot_atom(local) {
            return Err(NotAnEmailAddress);
        }
        Ok(Self(format!("{}@{}", local.to_ascii_lowercase(), parse_domain(domain)?)))
    }
}

// RFC 5321 §4.1.2: Dot-string, at most 64 octets.
fn is_dot_atom(local: &str) -> bool {
    local.len() <= EMAIL_LOCAL_BYTES_MAX
        && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atom_byte))
}

const fn is_atom_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~')
}

fn parse_domain(domain: &str) -> Result<String, NotAnEmailAddress> {
    match Host::parse(domain) {
        Ok(Host::Domain(name)) if is_mail_domain(&name) && !domain.contains('%') => Ok(name),
        _ => Err(NotAnEmailAddress),
    }
}

fn is_mail_domain(name: &str) -> bool {
    name.len() <= 253
        && (name.contains('.') || name == "localhost")
        && name.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        text.parse().map_err(|NotAnEmailAddress| "not an e-mail address")
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reg_05_spellings_of_one_mailbox_are_one_and_lookalikes_are_refused() {
        let parse = |text: &str| text.parse::<EmailAddress>();
        assert_eq!(parse(" Ada@Example.COM ").unwrap().as_str(), "ada@example.com");
        assert_eq!(parse("ada@bücher.example").unwrap().as_str(), "ada@xn--bcher-kva.example");
        for refused in [
            "\"ada\"@example.com",
            "аda@example.com",
            "ada\u{200b}@example.com",
            "ada@exam\u{202e}ple.com",
            "ada@@example.com",
            "ada@[127.0.0.1]",
            "ada@127.0.0.1",
            "ada@example",
            "a da@example.com",
            ".ada@example.com",
            "ada..b@example.com",
            "ada@example.com\r\nBcc: x@example.com",
            "@example.com",
            "ada@",
            "ada",
            "ada@-example.com",
            "(c)ada@example.com",
            "ada@exa%6dple.com",
            "Ada <ada@example.com>",
        ] {
            assert!(parse(refused).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn reg_06_long_addresses_are_refused_at_once() {
        assert!(format!("{}@example.com", "a".repeat(65)).parse::<EmailAddress>().is_err());
        assert!(format!("a@{}.com", "a.".repeat(100_000)).parse::<EmailAddress>().is_err());
    }

    #[test]
    fn a_mask_hides_the_middle() {
        assert_eq!("ada@example.com".parse::<EmailAddress>().unwrap().masked(), "a…a@example.com");
        assert_eq!("ab@example.com".parse::<EmailAddress>().unwrap().masked(), "a…@example.com");
    }

    proptest! {
        #[test]
        fn parsing_is_idempotent_and_never_panics(text in "\\PC{0,40}@\\PC{0,40}") {
            if let Ok(address) = text.parse::<EmailAddress>() {
                prop_assert_eq!(address.as_str().parse::<EmailAddress>().unwrap(), address.clone());
                let _ = address.masked();
            }
        }
    }
}
