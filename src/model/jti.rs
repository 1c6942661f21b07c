//! The name of a JWT that works once (RFC 7519 §4.1.7): a client's assertion, a proof of possession,
//! an assertion as a grant.

use crate::base::{Digest, Timestamp};

/// A `jti` that was presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedJti {
    /// What for.
    pub purpose: JtiPurpose,
    /// Over what it was used for, by whom, and the `jti`; so neither its length nor what stands in it reaches the store.
    pub digest: Digest,
    /// From then on the JWT is too old anyway, and this need not be remembered.
    pub expires_at: Timestamp,
}

/// What a JWT that works once is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JtiPurpose {
    /// A client's assertion about itself.
    ClientAssertion,
    /// A DPoP proof.
    DpopProof,
    /// An assertion of a trusted issuer, brought as a grant.
    GrantAssertion,
}

impl JtiPurpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ClientAssertion => "client_assertion",
            Self::DpopProof => "dpop_proof",
            Self::GrantAssertion => "grant_assertion",
        }
    }
}

impl UsedJti {
    /// The `jti` that `owner` (a client, a key, an issuer) used for `purpose`.
    pub fn of(purpose: JtiPurpose, owner: &str, jti: &str, expires_at: Timestamp) -> Self {
        // The parts are set apart by their lengths, so that no other two run together into the same text.
        let text = format!("{}:{}:{owner}:{jti}", purpose.as_str(), owner.len());
        Self { purpose, digest: Digest::of(&text), expires_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jti_is_one_of_its_owner_and_purpose() {
        let at = Timestamp::from_seconds(1);
        let one = UsedJti::of(JtiPurpose::ClientAssertion, "app", "1:x", at);
        assert_eq!(one, UsedJti::of(JtiPurpose::ClientAssertion, "app", "1:x", at));
        for other in [
            UsedJti::of(JtiPurpose::DpopProof, "app", "1:x", at),
            UsedJti::of(JtiPurpose::ClientAssertion, "app:1", "x", at),
            UsedJti::of(JtiPurpose::ClientAssertion, "other", "1:x", at),
        ] {
            assert_ne!(one.digest, other.digest);
        }
    }
}
