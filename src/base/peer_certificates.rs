//! The certificates that whoever called us showed, as they were shown: nothing is verified but that their key was there.

use std::sync::Arc;

/// X.509 certificates in DER, the caller's own first and at least that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCertificates {
    own: Arc<[u8]>,
    above: Arc<[Vec<u8>]>,
}

impl PeerCertificates {
    /// The caller's own certificate and those between it and its authority.
    pub fn new(own: Vec<u8>, above: Vec<Vec<u8>>) -> Self {
        Self { own: own.into(), above: above.into() }
    }

    /// The caller's own certificate.
    pub fn own(&self) -> &[u8] {
        &self.own
    }

    /// The certificates between it and its authority.
    pub fn above(&self) -> &[Vec<u8>] {
        &self.above
    }
}
