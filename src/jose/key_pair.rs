//! The private half of a signing key, parsed once: parsing an RSA key at every token would cost a third of a signature.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding,
};

use jsonwebtoken::jwk::Jwk;

use super::public_key::PublicParts;
use crate::base::Fault;
use crate::model::key::SigningAlgorithm;

/// A private key that signs with the one algorithm it was made for.
pub enum KeyPair {
    /// Signs RS256.
    Rsa(RsaKeyPair),
    /// Signs PS256.
    RsaPss(RsaKeyPair),
    /// Signs ES256.
    P256(EcdsaKeyPair),
    /// Signs EdDSA.
    Ed25519(Ed25519KeyPair),
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({})", self.algorithm())
    }
}

impl KeyPair {
    /// Parses a PKCS#8 document as a key for `algorithm`.
    pub fn from_pkcs8(algorithm: SigningAlgorithm, pkcs8: &[u8]) -> Result<Self, Fault> {
        let parsed = match algorithm {
            SigningAlgorithm::RS256 => RsaKeyPair::from_pkcs8(pkcs8).map(Self::Rsa),
            SigningAlgorithm::PS256 => RsaKeyPair::from_pkcs8(pkcs8).map(Self::RsaPss),
            SigningAlgorithm::ES256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Self::P256)
            }
            SigningAlgorithm::EdDSA => Ed25519KeyPair::from_pkcs8(pkcs8).map(Self::Ed25519),
        };
        parsed.map_err(|rejected| Fault::Broken(format!("a private key for {algorithm} does not parse: {rejected}")))
    }

    /// What it signs with.
    pub const fn algorithm(&self) -> SigningAlgorithm {
        match self {
            Self::Rsa(_) => SigningAlgorithm::RS256,
            Self::RsaPss(_) => SigningAlgorithm::PS256,
            Self::P256(_) => SigningAlgorithm::ES256,
            Self::Ed25519(_) => SigningAlgorithm::EdDSA,
        }
    }

    /// Its public half as a JWK.
    pub fn public_jwk(&self) -> Result<Jwk, Fault> {
        self.public_parts().to_jwk(self.algorithm())
    }

    fn public_parts(&self) -> PublicParts {
        match self {
            Self::Rsa(key) | Self::RsaPss(key) => PublicParts::Rsa {
                n: key.public_key().modulus().big_endian_without_leading_zero().to_vec(),
                e: key.public_key().exponent().big_endian_without_leading_zero().to_vec(),
            },
            Self::P256(key) => PublicParts::P256(key.public_key().as_ref().to_vec()),
            Self::Ed25519(key) => PublicParts::Ed25519(key.public_key().as_ref().to_vec()),
        }
    }

    /// The signature over `message` in the form JWS wants (RFC 7518 §3.3, §3.4, §3.5; RFC 8037 §3.1).
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        // The library draws its nonces from its own generator and takes that argument for compatibility only.
        match self {
            Self::Rsa(key) => sign_with_rsa(key, &RSA_PKCS1_SHA256, message),
            // RFC 7518 §3.5: MGF1 has the same hash, and the salt its length, as this padding does.
            Self::RsaPss(key) => sign_with_rsa(key, &RSA_PSS_SHA256, message),
            Self::P256(key) => key.sign(&SystemRandom::new(), message).map(|signature| signature.as_ref().to_vec()),
            Self::Ed25519(key) => key.try_sign(message).map(|signature| signature.as_ref().to_vec()),
        }
        .map_err(|_| Fault::Broken(format!("{} did not sign", self.algorithm())))
    }
}

fn sign_with_rsa(
    key: &RsaKeyPair,
    padding: &'static dyn RsaEncoding,
    message: &[u8],
) -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(padding, &SystemRandom::new(), message, &mut signature).map(|()| signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    #[test]
    fn rfc8037_a_4_ed25519_signs_as_in_the_example() {
        let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let pair = KeyPair::Ed25519(Ed25519KeyPair::from_seed_unchecked(&seed).unwrap());
        let input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        assert_eq!(
            URL_SAFE_NO_PAD.encode(pair.sign(input.as_bytes()).unwrap()),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    #[test]
    fn a_key_for_one_algorithm_does_not_parse_as_one_for_another() {
        let seed = [1; 32];
        let pkcs8 = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap().to_pkcs8v1().unwrap();
        for algorithm in [SigningAlgorithm::RS256, SigningAlgorithm::PS256, SigningAlgorithm::ES256] {
            assert!(KeyPair::from_pkcs8(algorithm, pkcs8.as_ref()).is_err());
        }
    }
}
