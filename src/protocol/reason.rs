//! Every way of saying no, on every endpoint.
//!
//! A reason is a past fact and carries no text of the request. What is said of each, and how, stands in one
//! [table]. Our own failures are [`Fault`](crate::base::Fault)s, not reasons.

mod error_code;
mod row;
mod table;

use std::borrow::Cow;

pub use self::error_code::ErrorCode;
pub use self::table::Reason;
use crate::base::Issuer;

/// Where the pages about refusals are.
pub const ERRORS_PATH: &str = "/errors/";

/// How loudly a refusal is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loudness {
    /// Part of normal operation.
    Debug,
    /// Somebody's mistake, worth finding when they ask.
    Info,
    /// It looks like an attack or a leak.
    Warn,
}

impl Reason {
    /// A stable name, finer than the wire code: for error pages, logs and metrics.
    pub const fn label(self) -> &'static str {
        self.row().label
    }

    /// The value of `error`.
    pub const fn code(self) -> ErrorCode {
        self.row().code
    }

    /// The HTTP status of an answer that is not a redirect.
    pub const fn status(self) -> u16 {
        self.row().status
    }

    /// The public sentence: what was expected, in characters that `error_description` may hold.
    pub fn description(self) -> Cow<'static, str> {
        let sentence = self.row().description;
        match self {
            Self::DuplicateParameter(name) | Self::ArrayParameter(name) | Self::MissingParameter(name) => {
                sentence.replacen("{}", name, 1).into()
            }
            _ => sentence.into(),
        }
    }

    /// Where the refusal is explained (`error_uri`): a page of ours.
    pub fn error_uri(self, issuer: &Issuer) -> String {
        issuer.at(&format!("{ERRORS_PATH}{}", self.told_as().label()))
    }

    /// The reason that strangers are told of. Those that must look the same are one to them (CLI-11).
    #[must_use]
    pub const fn told_as(self) -> Self {
        match self.row().told_as {
            Some(other) => other,
            None => self,
        }
    }

    /// Whether the client may learn of it by redirect, once its redirect URI is verified. The rest is shown here.
    pub const fn may_redirect(self) -> bool {
        self.row().may_redirect
    }

    /// How loudly it is logged.
    pub const fn loudness(self) -> Loudness {
        self.row().loudness
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn tok_07_every_description_has_only_allowed_characters_and_says_something() {
        // RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E
        for reason in Reason::samples() {
            let description = reason.description();
            let allowed = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
            assert!(description.bytes().all(allowed), "{reason:?}: {description}");
            assert!(description.len() > 15 && description.ends_with('.'), "{reason:?}: {description}");
        }
    }

    #[test]
    fn labels_are_distinct() {
        let labels: HashSet<_> = Reason::samples().into_iter().map(Reason::label).collect();
        assert_eq!(labels.len(), Reason::samples().len());
    }

    #[test]
    fn red_04_nothing_about_the_client_or_its_redirect_uri_is_redirected() {
        for reason in [
            Reason::ClientIdMissing,
            Reason::UnknownClient,
            Reason::ClientDisabled,
            Reason::RedirectUriMissing,
            Reason::RedirectUriMismatch,
            Reason::DuplicateParameter("redirect_uri"),
            Reason::ArrayParameter("redirect_uri"),
            Reason::SplitParameters,
        ] {
            assert!(!reason.may_redirect(), "{reason:?}");
        }
    }

    #[test]
    fn cli_11_an_unknown_client_and_a_wrong_secret_look_the_same() {
        let seen = |reason: Reason| (reason.code(), reason.status(), reason.description());
        let wrong = seen(Reason::ClientSecretWrong);
        for other in [Reason::ClientCredentialsOfNobody, Reason::ClientCredentialsOfDisabled] {
            assert_eq!(seen(other), wrong, "{other:?}");
        }
    }

    #[test]
    fn what_looks_the_same_leads_to_the_same_page() {
        let look = |reason: Reason| (reason.code(), reason.status(), reason.description());
        let mut pages = std::collections::HashMap::new();
        for reason in Reason::samples() {
            pages.entry(look(reason)).or_insert_with(HashSet::new).insert(reason.told_as());
        }
        let several: Vec<_> = pages.into_values().filter(|pages| pages.len() > 1).collect();
        assert!(several.is_empty(), "{several:?}");
    }

    #[test]
    fn the_table_of_refusals_is_as_written_down() {
        let mut table = String::new();
        for reason in Reason::samples() {
            let way = if reason.may_redirect() { "redirect" } else { "here" };
            writeln!(
                table,
                "{:<32} {} {:<34} {:<8} {:<5} {}",
                reason.label(),
                reason.status(),
                reason.code().as_str(),
                way,
                format!("{:?}", reason.loudness()),
                reason.description()
            )
            .unwrap();
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn the_manual_lists_every_refusal_as_it_is() {
        let manual = include_str!("../../docs/protocol.md");
        let written: Vec<&str> =
            manual.lines().filter(|line| line.starts_with("| `") && line.contains("` | 4")).collect();
        for reason in Reason::samples() {
            let (label, code) = (reason.label(), reason.code().as_str());
            let row = format!("| `{label}` | {} | `{code}` | {} |", reason.status(), reason.description());
            assert!(written.contains(&row.as_str()), "docs/protocol.md lacks {row}");
        }
        assert_eq!(written.len(), Reason::samples().len(), "docs/protocol.md lists one that is gone");
    }
}
