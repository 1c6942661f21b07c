//! Authorization responses: what is sent back to the client's redirect URI, and how (RFC 6749 §4.1.2, OAuth 2.0
//! Multiple Response Types §2.1, Form Post Response Mode, RFC 9207).
//!
//! The HTML of the self-posting form is the pages' business, the redirect's status the endpoint's.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::reason::{ErrorCode, Reason};
use crate::base::{Fault, Issuer, OpaqueToken};
use crate::model::authorization_request::{AuthorizationRequest, ResponseMode};

// Everything but RFC 3986's unreserved characters. A space becomes %20, which readers of forms and of URIs agree on.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where an answer goes, and what it has to carry besides itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnAddress {
    /// A redirect URI that was matched against the registration.
    pub redirect_uri: String,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// Returned byte for byte, and never invented (AUT-05).
    pub state: Option<String>,
}

impl ReturnAddress {
    /// Where the answer to `request` goes.
    pub fn of(request: &AuthorizationRequest) -> Self {
        Self {
            redirect_uri: request.redirect_uri.clone(),
            response_mode: request.response_mode,
            state: request.state.clone(),
        }
    }
}

/// An answer on its way through the browser. It may hold a code, so it does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub enum AuthorizationResponse {
    /// The browser is redirected to this address.
    Redirect(String),
    /// The browser posts these fields to this address.
    FormPost {
        /// The address.
        action: String,
        /// Names and values, not escaped.
        fields: Vec<(&'static str, String)>,
    },
}

/// The answer that hands over a code.
pub fn success(to: &ReturnAddress, issuer: &Issuer, code: &OpaqueToken) -> AuthorizationResponse {
    send(to, issuer, vec![("code", code.expose().to_owned())])
}

/// The answer that says no.
pub fn refusal(to: &ReturnAddress, issuer: &Issuer, reason: Reason) -> AuthorizationResponse {
    error(to, issuer, reason.code(), &reason.description())
}

/// The answer when something of ours failed (RFC 6749 §4.1.2.1).
pub fn failure(to: &ReturnAddress, issuer: &Issuer, fault: &Fault) -> AuthorizationResponse {
    if fault.is_passing() {
        error(to, issuer, ErrorCode::TemporarilyUnavailable, "The server cannot answer now; try again in a moment.")
    } else {
        error(to, issuer, ErrorCode::ServerError, "The server met an error of its own.")
    }
}

fn error(to: &ReturnAddress, issuer: &Issuer, code: ErrorCode, description: &str) -> AuthorizationResponse {
    send(to, issuer, vec![("error", code.as_str().to_owned()), ("error_description", description.to_owned())])
}

fn send(to: &ReturnAddress, issuer: &Issuer, mut fields: Vec<(&'static str, String)>) -> AuthorizationResponse {
    fields.extend(to.state.clone().map(|state| ("state", state)));
    // RFC 9207 §2: in every answer, errors included.
    fields.push(("iss", issuer.as_str().to_owned()));
    match to.response_mode {
        ResponseMode::Query => AuthorizationResponse::Redirect(with_query(&to.redirect_uri, &fields)),
        ResponseMode::Fragment => AuthorizationResponse::Redirect(format!("{}#{}", to.redirect_uri, encode(&fields))),
        ResponseMode::FormPost => AuthorizationResponse::FormPost { action: to.redirect_uri.clone(), fields },
    }
}

/// `uri` with `fields` appended to its query, which is kept as it is (RFC 6749 §3.1.2, RED-06).
pub(super) fn with_query(uri: &str, fields: &[(&'static str, String)]) -> String {
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{}", encode(fields))
}

fn encode(fields: &[(&'static str, String)]) -> String {
    let pairs: Vec<_> =
        fields.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, ENCODED))).collect();
    pairs.join("&")
}

impl fmt::Debug for AuthorizationResponse {
    // LOG-02
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redirect(_) => "Redirect(..)",
            Self::FormPost { .. } => "FormPost { .. }",
        })
    }
}
