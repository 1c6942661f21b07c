//! The error page: what went wrong, how to name it to somebody who can help, and one way onward.

use serde::Serialize;

use super::frame::Onward;

/// Stems with messages `error-…-headline` and `error-…-sentence`. Any other stem is told as `other`.
pub const ERROR_MESSAGES: [&str; 25] = [
    "access-denied",
    "client-disabled",
    "client-unknown",
    "cookies-off",
    "cross-site",
    "form-expired",
    "forbidden",
    "interaction-done",
    "interaction-expired",
    "interaction-unknown",
    "link-dead",
    "logout-invalid",
    "method",
    "not-found",
    "other",
    "redirect-uri-mismatch",
    "redirect-uri-missing",
    "registration-closed",
    "request-malformed",
    "request-repeated",
    "server-error",
    "too-large",
    "too-many-requests",
    "unavailable",
    "upstream-failed",
];

/// An error shown to a person. Never shown instead of a redirect that the protocol asks for.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorPage {
    /// Stable code, for example `redirect_uri_mismatch`.
    pub code: String,
    /// Stem of its messages, one of [`ERROR_MESSAGES`].
    pub message: String,
    /// As in the log.
    pub request_id: String,
    /// Unix seconds.
    pub occurred_at: i64,
    /// Until it is worth trying again, if known.
    pub retry_after_seconds: Option<i64>,
    /// One way onward.
    pub onward: Option<Onward>,
    /// What helps whoever set the application up.
    pub details: Vec<Detail>,
}

/// A line below the sentence. Shown escaped, as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Detail {
    /// A sentence in the protocol's words (`error_description`).
    Description {
        /// The sentence.
        text: String,
    },
    /// The redirect URI as received.
    Received {
        /// The URI.
        uri: String,
    },
    /// A registered redirect URI, cut at the first character in which the received one differs.
    Registered {
        /// The part in common.
        same: String,
        /// The first differing character; empty when the registered one ends there.
        differing: String,
        /// The rest.
        rest: String,
    },
    /// A command that sets it right.
    Command {
        /// The command line.
        line: String,
    },
}

impl Detail {
    /// A registered URI beside the received one.
    pub fn registered(registered: &str, received: &str) -> Self {
        let mut received = received.chars();
        let differs = registered.char_indices().find(|(_, character)| received.next() != Some(*character));
        let (at, next) = match differs {
            Some((at, character)) => (at, at + character.len_utf8()),
            None => (registered.len(), registered.len()),
        };
        Self::Registered {
            same: registered[..at].to_owned(),
            differing: registered[at..next].to_owned(),
            rest: registered[next..].to_owned(),
        }
    }
}

impl ErrorPage {
    /// One of each look, and one of each message.
    pub fn samples() -> Vec<Self> {
        let plain = |message: &str| Self {
            code: message.replace('-', "_"),
            message: message.to_owned(),
            request_id: "01JD3Z8K7Q4V5W6X".to_owned(),
            occurred_at: 1_773_324_120,
            retry_after_seconds: None,
            onward: None,
            details: Vec::new(),
        };
        let received = "https://notes.acme.example/Callback";
        let mismatch = Self {
            details: vec![
                Detail::Description { text: "The redirect URI is not registered for this client.".to_owned() },
                Detail::Received { uri: received.to_owned() },
                Detail::registered("https://notes.acme.example/callback", received),
                Detail::registered(received, received),
                Detail::Command { line: format!("doorward client add-redirect notes '{received}'") },
            ],
            ..plain("redirect-uri-mismatch")
        };
        let app = Some(Onward { uri: "https://notes.acme.example/".to_owned(), name: Some("Acme Notes".to_owned()) });
        let home = Some(Onward { uri: "/account".to_owned(), name: None });
        let waiting = Self { retry_after_seconds: Some(90), onward: app, ..plain("too-many-requests") };
        let mut samples = vec![mismatch, waiting, Self { onward: home, ..plain("not-found") }, plain("unheard-of")];
        samples.extend(ERROR_MESSAGES.into_iter().map(plain));
        samples
    }
}

super::page!(ErrorPage, "error.html");

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(registered: &str, received: &str) -> (String, String, String) {
        match Detail::registered(registered, received) {
            Detail::Registered { same, differing, rest } => (same, differing, rest),
            other => panic!("{other:?}"),
        }
    }

    fn parts(same: &str, differing: &str, rest: &str) -> (String, String, String) {
        (same.to_owned(), differing.to_owned(), rest.to_owned())
    }

    #[test]
    fn the_first_differing_character_is_marked() {
        assert_eq!(cut("https://a/cb", "https://a/CB"), parts("https://a/", "c", "b"));
        assert_eq!(cut("https://a/cb/", "https://a/cb"), parts("https://a/cb", "/", ""));
        assert_eq!(cut("https://a/cb", "https://a/cb/"), parts("https://a/cb", "", ""));
        assert_eq!(cut("https://ä/", "https://a/"), parts("https://", "ä", "/"));
    }
}
