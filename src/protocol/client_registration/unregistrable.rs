//! The errors of a registration (RFC 7591 §3.2.2).

use crate::protocol::client_metadata::Mistake;

/// Why a registration is refused (RFC 7591 §3.2.2), with a sentence for whoever wrote the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unregistrable {
    /// A redirect URI that cannot be registered.
    RedirectUri(String),
    /// Anything else about the metadata.
    Metadata(String),
    /// A software statement that cannot be believed.
    StatementInvalid,
    /// A software statement of somebody we do not know.
    StatementUnapproved,
}

impl Unregistrable {
    /// The value of `error`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RedirectUri(_) => "invalid_redirect_uri",
            Self::Metadata(_) => "invalid_client_metadata",
            Self::StatementInvalid => "invalid_software_statement",
            Self::StatementUnapproved => "unapproved_software_statement",
        }
    }

    /// The value of `error_description`.
    pub fn description(self) -> String {
        match self {
            Self::RedirectUri(text) | Self::Metadata(text) => text,
            Self::StatementInvalid => "The software statement cannot be believed.".to_owned(),
            Self::StatementUnapproved => "The issuer of the software statement is not known here.".to_owned(),
        }
    }
}

/// Metadata that cannot be registered, for the reason in `sentence`.
pub(super) fn wrong(sentence: &str) -> Unregistrable {
    Unregistrable::Metadata(sentence.to_owned())
}

/// All that was found, under the error of what is worst.
pub(super) fn refusal(found: &[Mistake]) -> Unregistrable {
    let sentences: Vec<String> = found.iter().map(|mistake| format!("{mistake}.")).collect();
    let text = sentences.join(" ");
    let is_about_redirects = found.iter().any(|mistake| mistake.member.starts_with("redirect_uris"));
    if is_about_redirects { Unregistrable::RedirectUri(text) } else { Unregistrable::Metadata(text) }
}
