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
        SigningAlgorithm::RS256 | SigningAlgorithm::PS256 | SigningAlgorithm::ES256 => &SHA256,
        SigningAlgorithm::EdDSA => &SHA512,
    };
    let digest = digest(hash, value.as_bytes());
    let digest = digest.as_ref();
    URL_SAFE_NO_PAD.encode(&digest[..digest.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jwt_02_hashes_agree_with_the_examples_of_openid_connect_core() {
        // OpenID Connect Core §3.1.3.6: `at_hash`.
        // OpenID Connect Core §A.4 and §A.6.
        let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        let code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
        for algorithm in [SigningAlgorithm::RS256, SigningAlgorithm::PS256, SigningAlgorithm::ES256] {
            assert_eq!(hash_claim(algorithm, access_token), "77QmUPtjPfzWtF2AnpK9RQ");
            assert_eq!(hash_claim(algorithm, code), "LDktKdoQak3Pk0cnXxCltA");
        }
    }

    #[test]
    fn jwt_02_eddsa_takes_half_of_sha_512() {
        assert_eq!(hash_claim(SigningAlgorithm::EdDSA, "abc"), "3a81oZNherrMQXNJriBBMRLm-k6JqX6iCp7u5ktV05o");
    }
}
