//! Our own failures, as opposed to refusals. The outside sees `server_error` (or a plain page) and a request id;
//! the log sees the rest, once.

use std::fmt;

/// Something on our side did not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The random source failed (F-35).
    Entropy,
    /// The store cannot be reached or is read-only or full; the same request may work later.
    Unavailable(String),
    /// A bounded queue is full; the same request may work in a moment.
    Busy(&'static str),
    /// Stored data or program state that must not occur.
    Broken(String),
}

impl Fault {
    /// Whether the outside is told to come back (503) rather than that we are broken (500).
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Busy(_) | Self::Entropy)
    }

    /// Which kind it is, in one word.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Entropy => "entropy",
            Self::Unavailable(_) => "unavailable",
            Self::Busy(_) => "busy",
            Self::Broken(_) => "broken",
        }
    }

    /// A state that must not occur, described for the log.
    pub fn broken(what: impl fmt::Display) -> Self {
        Self::Broken(what.to_string())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entropy => f.write_str("the random source failed"),
            Self::Unavailable(what) => write!(f, "unavailable: {what}"),
            Self::Busy(what) => write!(f, "busy: {what}"),
            Self::Broken(what) => write!(f, "broken: {what}"),
        }
    }
}

impl std::error::Error for Fault {}
