//! Proof Key for Code Exchange (RFC 7636), S256 only: reading a challenge and checking a verifier against it.
//!
//! Counting wrong verifiers (COD-14) is done where codes are redeemed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::params::Parameters;
use super::reason::Reason;
use crate::base::Digest;
use crate::base::bounds::{PKCE_BYTES_MAX, PKCE_BYTES_MIN, PKCE_S256_BYTES};

/// The one transformation offered (DISC-04).
pub const METHOD: &str = "S256";

/// Reads the challenge of an authorization request. Without one, `is_required` decides.
pub fn parse_challenge(params: &Parameters, is_required: bool) -> Result<Option<String>, Reason> {
    let method = params.get("code_challenge_method");
    match params.get("code_challenge") {
        None if is_required || method.is_some() => Err(Reason::ChallengeMissing),
        None => Ok(None),
        // RFC 7636 §4.3: an absent method means plain, which is not offered.
        Some(_) if method != Some(METHOD) => Err(Reason::ChallengeMethodUnsupported),
        Some(challenge) if is_challenge(challenge) => Ok(Some(challenge.to_owned())),
        Some(_) => Err(Reason::ChallengeMalformed),
    }
}

/// Checks the verifier of a token request against the challenge of its authorization request.
pub fn verify(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), Reason> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(Reason::VerifierMissing),
        // RFC 9700 §4.8.2: somebody took the challenge out of the authorization request.
        (None, Some(_)) => Err(Reason::VerifierUnexpected),
        (Some(_), Some(verifier)) if !is_verifier(verifier) => Err(Reason::VerifierMalformed),
        // RFC 7636 §4.6: BASE64URL(SHA256(code_verifier)), which is what a digest is; compared in constant time.
        (Some(challenge), Some(verifier)) if Digest::of(verifier) == Digest::from_stored(challenge) => Ok(()),
        (Some(_), Some(_)) => Err(Reason::VerifierWrong),
    }
}

/// Whether `text` can be a S256 challenge: 32 bytes in the only base64url spelling they have.
fn is_challenge(text: &str) -> bool {
    text.len() == PKCE_S256_BYTES && URL_SAFE_NO_PAD.decode(text).is_ok()
}

// RFC 7636 §4.1: 43 to 128 unreserved characters.
fn is_verifier(text: &str) -> bool {
    (PKCE_BYTES_MIN..=PKCE_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // The example of RFC 7636 Appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn challenge(query: &str, is_required: bool) -> Result<Option<String>, Reason> {
        parse_challenge(&Parameters::parse(query.as_bytes()).unwrap(), is_required)
    }

    #[test]
    fn rfc7636_appendix_b_verifier_and_challenge_belong_together() {
        // RFC 7636 §4.2: the challenge is the digest of the verifier.
        assert_eq!(verify(Some(CHALLENGE), Some(VERIFIER)), Ok(()));
        let query = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
        assert_eq!(challenge(&query, true), Ok(Some(CHALLENGE.to_owned())));
    }

    #[test]
    fn aut_03_no_challenge_no_code_where_pkce_is_required() {
        assert_eq!(challenge("", true), Err(Reason::ChallengeMissing));
        assert_eq!(challenge("code_challenge=", true), Err(Reason::ChallengeMissing));
        assert_eq!(challenge("code_challenge_method=S256", false), Err(Reason::ChallengeMissing));
        assert_eq!(challenge("", false), Ok(None));
    }

    #[test]
    fn aut_04_plain_absent_and_unknown_methods_are_refused() {
        // RFC 7636 §4.3: no method means plain.
        for method in ["", "&code_challenge_method=plain", "&code_challenge_method=s256", "&code_challenge_method=S512"]
        {
            for is_required in [true, false] {
                let query = format!("code_challenge={CHALLENGE}{method}");
                assert_eq!(challenge(&query, is_required), Err(Reason::ChallengeMethodUnsupported), "{query}");
            }
        }
    }

    #[test]
    fn aut_04_malformed_challenges_are_refused() {
        let short = &CHALLENGE[..42];
        for malformed in [
            short.to_owned(),
            format!("{CHALLENGE}A"),
            format!("{CHALLENGE}%3D"),
            format!("{short}%2B"),
            format!("{short}%20"),
            // The last character has two bits that no 32 bytes can set.
            format!("{short}N"),
            format!("{}%C3%A9", &CHALLENGE[..41]),
        ] {
            let query = format!("code_challenge_method=S256&code_challenge={malformed}");
            assert_eq!(challenge(&query, true), Err(Reason::ChallengeMalformed), "{query}");
        }
    }

    #[test]
    fn cod_05_missing_wrong_and_malformed_verifiers_are_refused() {
        // RFC 7636 §4.1: length and characters of a verifier.
        assert_eq!(verify(Some(CHALLENGE), None), Err(Reason::VerifierMissing));
        assert_eq!(verify(Some(CHALLENGE), Some("")), Err(Reason::VerifierMalformed));
        assert_eq!(verify(Some(CHALLENGE), Some(&VERIFIER[..42])), Err(Reason::VerifierMalformed));
        assert_eq!(verify(Some(CHALLENGE), Some(&"a".repeat(129))), Err(Reason::VerifierMalformed));
        assert_eq!(verify(Some(CHALLENGE), Some(&format!("{VERIFIER} "))), Err(Reason::VerifierMalformed));
        assert_eq!(verify(Some(CHALLENGE), Some(CHALLENGE)), Err(Reason::VerifierWrong));
        assert_eq!(verify(Some(CHALLENGE), Some(&VERIFIER.to_uppercase())), Err(Reason::VerifierWrong));
    }

    #[test]
    fn cod_06_a_verifier_without_a_challenge_is_refused() {
        // RFC 9700 §4.8.2: a downgrade is noticed.
        assert_eq!(verify(None, Some(VERIFIER)), Err(Reason::VerifierUnexpected));
        assert_eq!(verify(None, None), Ok(()));
    }

    proptest! {
        #[test]
        fn a_verifier_opens_its_own_challenge_and_no_other(
            own in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}",
        ) {
            let challenge = Digest::of(&own);
            prop_assert!(is_challenge(challenge.as_str()));
            prop_assert_eq!(verify(Some(challenge.as_str()), Some(&own)), Ok(()));
            prop_assert_eq!(verify(Some(challenge.as_str()), Some(&other)).is_ok(), own == other);
        }
    }
}
