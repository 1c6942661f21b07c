//! The page that says what one refusal of the protocol means, for whoever sets an application up.

use serde::Serialize;

/// A refusal.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorReference {
    /// Its own name, finer than the protocol's.
    pub reason: String,
    /// The protocol's name.
    pub error: String,
    /// The HTTP status, where it is not told by redirect.
    pub status: u16,
    /// The protocol's sentence.
    pub description: String,
}

impl ErrorReference {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        vec![Self {
            reason: "redirect_uri_mismatch".to_owned(),
            error: "invalid_request".to_owned(),
            status: 400,
            description: "redirect_uri must equal a registered one, character for character.".to_owned(),
        }]
    }
}

super::page!(ErrorReference, "error_reference.html");
