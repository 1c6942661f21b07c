//! Why a mail did not go out.

use std::fmt;

use crate::base::bounds::SMTP_REPLY_CHARS_MAX;

/// What the other side said, or what happened instead: one printable line of bounded length (INJ-09).
#[derive(Clone, PartialEq, Eq)]
pub struct ServerReply(String);

impl ServerReply {
    /// Takes `text` down to one printable line.
    pub fn new(text: impl fmt::Display) -> Self {
        let text = text.to_string();
        let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self(one_line.chars().filter(|char| !char.is_control()).take(SMTP_REPLY_CHARS_MAX).collect())
    }

    /// The line.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServerReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ServerReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// Why a mail did not go out, or may not have gone out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryFailure {
    /// Not now: the server is away, slow, busy or misconfigured. The same mail may go through later.
    Temporary(ServerReply),
    /// Not this mail, ever: the server refused the address or the content (RFC 5321 §4.2.1, 5yz).
    Permanent(ServerReply),
    /// The whole mail was handed over, and the connection ended before the answer (F-26). It may have arrived.
    Unconfirmed(ServerReply),
}

impl DeliveryFailure {
    /// What to write into the log.
    pub const fn reply(&self) -> &ServerReply {
        match self {
            Self::Temporary(reply) | Self::Permanent(reply) | Self::Unconfirmed(reply) => reply,
        }
    }
}

impl fmt::Display for DeliveryFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Temporary(_) => "not delivered for the moment",
            Self::Permanent(_) => "refused for good",
            Self::Unconfirmed(_) => "delivered without confirmation",
        };
        write!(f, "{kind}: {}", self.reply())
    }
}

impl std::error::Error for DeliveryFailure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inj_09_a_reply_is_one_printable_line_of_bounded_length() {
        let reply = ServerReply::new("550 no\r\nsuch\tuser \u{1b}[31m\0here");
        assert_eq!(reply.as_str(), "550 no such user [31mhere");
        assert_eq!(ServerReply::new("x".repeat(100_000)).as_str().len(), SMTP_REPLY_CHARS_MAX);
    }
}
