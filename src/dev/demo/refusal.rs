//! How a sign-in at the demo application ends badly: as the provider said it, or as its own library did.

use std::error::Error;
use std::fmt;

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{DiscoveryError, RequestTokenError, StandardErrorResponse, UserInfoError};
use poem::http::StatusCode;

use crate::base::Issuer;
use crate::dev::http::CallFailed;

type TokenFailed = RequestTokenError<CallFailed, StandardErrorResponse<CoreErrorResponseType>>;

/// Why there is nobody signed in, or nothing new about who is.
#[derive(Debug)]
pub(super) enum FlowRefused {
    /// The provider said so.
    Said { error: String, description: Option<String> },
    /// The provider's answer does not hold.
    Unverified(String),
    /// There is no answer, or none in the protocol's words.
    NoAnswer(String),
    /// This browser began no such sign-in.
    NotBegun,
}

impl FlowRefused {
    pub(super) fn said(error: &str, description: Option<&str>) -> Self {
        Self::Said { error: error.to_owned(), description: description.map(str::to_owned) }
    }

    pub(super) fn unverified(what: impl fmt::Display) -> Self {
        Self::Unverified(what.to_string())
    }

    pub(super) fn broken(what: impl fmt::Display) -> Self {
        Self::NoAnswer(what.to_string())
    }

    /// The error's name: the provider's own, or one of ours.
    pub(super) fn error(&self) -> &str {
        match self {
            Self::Said { error, .. } => error,
            Self::Unverified(_) => "verification_failed",
            Self::NoAnswer(_) => "no_answer",
            Self::NotBegun => "sign_in_not_begun",
        }
    }

    /// More words.
    pub(super) fn description(&self, issuer: &Issuer) -> Option<String> {
        match self {
            Self::Said { description, .. } => description.clone(),
            Self::Unverified(what) | Self::NoAnswer(what) => Some(what.clone()),
            Self::NotBegun => Some(format!(
                "This browser began no such sign-in, or too long ago, or keeps no cookies. Begin again at {}.",
                issuer.at(crate::dev::APP_PATH)
            )),
        }
    }

    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::Said { .. } | Self::NotBegun => StatusCode::BAD_REQUEST,
            Self::Unverified(_) | Self::NoAnswer(_) => StatusCode::BAD_GATEWAY,
        }
    }

    /// An answer with a status that promises nothing: perhaps its body is an error in the protocol's words.
    fn from_answer(status: StatusCode, body: &[u8]) -> Self {
        #[derive(serde::Deserialize)]
        struct Body {
            error: String,
            error_description: Option<String>,
        }
        match serde_json::from_slice(body) {
            Ok(Body { error, error_description }) => Self::Said { error, description: error_description },
            Err(_) => Self::NoAnswer(format!("the provider answered {status}")),
        }
    }
}

impl From<TokenFailed> for FlowRefused {
    fn from(failed: TokenFailed) -> Self {
        match failed {
            RequestTokenError::ServerResponse(answer) => {
                Self::said(answer.error().as_ref(), answer.error_description().map(String::as_str))
            }
            other => Self::NoAnswer(causes(&other)),
        }
    }
}

impl From<DiscoveryError<CallFailed>> for FlowRefused {
    fn from(failed: DiscoveryError<CallFailed>) -> Self {
        match failed {
            DiscoveryError::Response(status, body, _) => Self::from_answer(status, &body),
            DiscoveryError::Validation(what) => Self::Unverified(what),
            other => Self::NoAnswer(causes(&other)),
        }
    }
}

impl From<UserInfoError<CallFailed>> for FlowRefused {
    fn from(failed: UserInfoError<CallFailed>) -> Self {
        match failed {
            UserInfoError::Response(status, body, _) => Self::from_answer(status, &body),
            UserInfoError::ClaimsVerification(what) => Self::Unverified(causes(&what)),
            other => Self::NoAnswer(causes(&other)),
        }
    }
}

/// An error with everything behind it, in one line.
pub(super) fn causes(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        line = format!("{line}: {deeper}");
        cause = deeper.source();
    }
    line
}
