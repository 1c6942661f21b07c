//! How an access token reaches a resource of ours, and how one is asked for (RFC 6750).

use super::authorization_header::{AuthorizationHeader, NotAnAuthorization};
use super::params::Parameters;
use super::reason::{ErrorCode, Reason};
use crate::base::bounds::JWT_BYTES_MAX;
use crate::base::{Issuer, Sensitive};

/// An access token as it was presented; nothing about it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentedToken(Sensitive<String>);

impl PresentedToken {
    /// Finds the token in the `Authorization` fields or in the form of a POST (an empty `form` for other methods).
    /// In the `query` it is refused, and so are two of them.
    pub fn parse(authorization: &[&[u8]], form: &Parameters, query: &Parameters) -> Result<Self, Reason> {
        // RFC 6750 §2.3, RFC 9700 §4.3.2: addresses end up in logs and histories.
        if query.get("access_token").is_some() {
            return Err(Reason::TokenTransportRefused);
        }
        let header = AuthorizationHeader::parse(authorization).map_err(|not| match not {
            NotAnAuthorization::Repeated => Reason::TokenTransportRefused,
            NotAnAuthorization::Malformed => Reason::TokenMalformed,
        })?;
        // Another scheme is no token, so the answer only says what is needed.
        let from_header = header.map(|header| header.of_scheme("Bearer").ok_or(Reason::TokenMissing)).transpose();
        match (from_header?, form.get("access_token")) {
            // RFC 6750 §2: one method in each request.
            (Some(_), Some(_)) => Err(Reason::TokenTransportRefused),
            (Some(token), None) | (None, Some(token)) => Self::in_shape(token),
            (None, None) => Err(Reason::TokenMissing),
        }
    }

    /// The token, to be verified.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    fn in_shape(token: &str) -> Result<Self, Reason> {
        if token.len() <= JWT_BYTES_MAX && is_b64token(token) {
            Ok(Self(Sensitive::new(token.to_owned())))
        } else {
            Err(Reason::TokenMalformed)
        }
    }
}

// RFC 6750 §2.1: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

/// The `WWW-Authenticate` of an answer that refuses a token (RFC 6750 §3) where `needed_scope` is needed.
pub fn challenge(issuer: &Issuer, reason: Reason, needed_scope: &str) -> String {
    // RFC 6750 §3.1: who brought no token is only told what is needed.
    if reason == Reason::TokenMissing {
        return format!("Bearer realm=\"{issuer}\"");
    }
    let code = reason.code();
    // A description holds neither quotes nor backslashes.
    let description = reason.description();
    let error = format!("Bearer realm=\"{issuer}\", error=\"{}\", error_description=\"{description}\"", code.as_str());
    if code == ErrorCode::InsufficientScope { format!("{error}, scope=\"{needed_scope}\"") } else { error }
}
