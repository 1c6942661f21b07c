//! Pushed authorization requests (RFC 9126): the reference a client gets for a request it hands in, and what it is good
//! for.

use serde::Serialize;

use super::reason::Reason;
use crate::base::bounds::PUSHED_REQUEST_SECONDS;
use crate::base::{Digest, Draw, OpaqueToken, Timestamp, TokenKind};
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::pushed_request::PushedRequest;

/// RFC 9126 §2.2: how the references begin.
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// What the client is told (RFC 9126 §2.2).
#[derive(Serialize)]
pub struct PushedResponse {
    /// The reference.
    pub request_uri: String,
    /// How long it can be taken to the browser, in seconds.
    pub expires_in: i64,
}

/// Whether this `request_uri` is of the kind that we give.
pub fn is_reference(request_uri: &str) -> bool {
    request_uri.starts_with(PREFIX)
}

/// The record of a request that was pushed, and what the client is told of it.
pub fn keep(mut request: AuthorizationRequest, now: Timestamp, draw: &mut Draw) -> (PushedRequest, PushedResponse) {
    let token = OpaqueToken::generate(TokenKind::PushedRequest, draw);
    let digest = token.digest();
    request.pushed = Some(digest.clone());
    let expires_at = now.plus_seconds(PUSHED_REQUEST_SECONDS);
    let request_uri = format!("{PREFIX}{}", token.expose());
    let pushed = PushedRequest { digest, request, created_at: now, expires_at, spent_at: None };
    (pushed, PushedResponse { request_uri, expires_in: PUSHED_REQUEST_SECONDS })
}

/// Under which digest the request of a reference is to be looked up.
pub fn digest_of(request_uri: &str) -> Result<Digest, Reason> {
    let token = request_uri.strip_prefix(PREFIX).and_then(|text| OpaqueToken::parse(TokenKind::PushedRequest, text));
    token.map(|token| token.digest()).ok_or(Reason::PushedRequestUnknown)
}

/// The request that was pushed, if `client_id` may begin with it now (AUT-24).
pub fn open(found: Option<PushedRequest>, client_id: &str, now: Timestamp) -> Result<AuthorizationRequest, Reason> {
    let pushed = found.ok_or(Reason::PushedRequestUnknown)?;
    if pushed.request.client_id != client_id {
        Err(Reason::PushedRequestOfAnotherClient)
    } else if pushed.spent_at.is_some() {
        Err(Reason::PushedRequestSpent)
    } else if now >= pushed.expires_at {
        Err(Reason::PushedRequestExpired)
    } else {
        Ok(pushed.request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::samples::{self, NOW};

    fn pushed() -> (PushedRequest, PushedResponse) {
        keep(samples::request(), NOW, &mut Draw::from_seed([3; 32]))
    }

    #[test]
    fn rfc9126_2_2_a_reference_is_long_and_known_by_its_digest_alone() {
        let (record, told) = pushed();
        assert!(is_reference(&told.request_uri) && told.request_uri.len() >= PREFIX.len() + 43);
        assert_eq!(digest_of(&told.request_uri), Ok(record.digest.clone()));
        assert_eq!(record.request.pushed, Some(record.digest));
        for other in ["urn:ietf:params:oauth:request_uri:", "urn:ietf:params:oauth:request_uri:x", "dwp_x", ""] {
            assert_eq!(digest_of(other), Err(Reason::PushedRequestUnknown), "{other}");
        }
    }

    #[test]
    fn aut_24_it_is_bound_to_its_client_its_time_and_its_answer() {
        let (record, _) = pushed();
        let last = NOW.plus_seconds(PUSHED_REQUEST_SECONDS - 1);
        assert_eq!(open(Some(record.clone()), "acme", last), Ok(record.request.clone()));
        assert_eq!(open(Some(record.clone()), "acme", record.expires_at), Err(Reason::PushedRequestExpired));
        assert_eq!(open(Some(record.clone()), "other", NOW), Err(Reason::PushedRequestOfAnotherClient));
        let spent = PushedRequest { spent_at: Some(NOW), ..record };
        assert_eq!(open(Some(spent), "acme", NOW), Err(Reason::PushedRequestSpent));
        assert_eq!(open(None, "acme", NOW), Err(Reason::PushedRequestUnknown));
    }
}
