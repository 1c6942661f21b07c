//! `at_hash` and `c_hash`: how an ID token names the access token and the code issued beside it.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::model::key::SigningAlgorithm;

/// The `at_hash` or `c_hash` of `value` in an ID token that is signed with `algorithm`.
// OpenID Connect Core §3.1.3.6, §3.3.2.11: the left half of the hash that belongs to the ID token's algorithm. EdDSA
// names none; relying parties take the one inside Ed25519, SHA-512.
pub fn hash_claim(algorithm: SigningAlgorithm, value: &str) -> String {
    let hash = match algorithm {
        SigningAlgorithm::RS256 | SigningAlgorithm::ES256 => &SHA256,
        SigningAlgorithm::EdDSA => &SHA512,
    };
    let digest = digest(hash, value.as_bytes());
    let digest = digest.as_ref();
    URL_SAFE_NO_PAD.encode(&digest[..digest.len() / 2])
}
