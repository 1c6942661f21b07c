//! An authorization request that a client handed in before it sends the browser (RFC 9126).

use super::authorization_request::AuthorizationRequest;
use crate::base::{Digest, Timestamp};

/// A pushed authorization request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedRequest {
    /// Digest of the reference that was given for it.
    pub digest: Digest,
    /// The request, validated when it was pushed.
    pub request: AuthorizationRequest,
    /// When it was pushed.
    pub created_at: Timestamp,
    /// When it is too late to begin with it.
    pub expires_at: Timestamp,
    /// When it was answered.
    pub spent_at: Option<Timestamp>,
}
