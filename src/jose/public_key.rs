//! The public half of a signing key: its JWK, its name, and verifying with it.
//!
//! A JWK is built from the public members alone, so nothing private can slip into the key set (DISC-07).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters, EllipticCurveKeyType, Jwk,
    KeyAlgorithm, OctetKeyPairParameters, OctetKeyPairType, PublicKeyUse, RSAKeyParameters, RSAKeyType, ThumbprintHash,
};

use crate::base::Fault;
use crate::model::key::SigningAlgorithm;

// SEC 1 §2.3.3: an uncompressed point is 0x04, then both coordinates.
const UNCOMPRESSED_POINT: u8 = 0x04;
const P256_COORDINATE_BYTES: usize = 32;

/// The public members of a key, as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicParts {
    /// Modulus and exponent, big-endian without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
    /// A point of P-256: 0x04, then both coordinates.
    P256(Vec<u8>),
    /// An Ed25519 public key.
    Ed25519(Vec<u8>),
}

impl PublicParts {
    /// The key as a JWK with `use`, `alg` and its thumbprint as `kid`.
    pub fn to_jwk(&self, algorithm: SigningAlgorithm) -> Result<Jwk, Fault> {
        let common = CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(match algorithm {
                SigningAlgorithm::RS256 => KeyAlgorithm::RS256,
                SigningAlgorithm::PS256 => KeyAlgorithm::PS256,
                SigningAlgorithm::ES256 => KeyAlgorithm::ES256,
                SigningAlgorithm::EdDSA => KeyAlgorithm::EdDSA,
            }),
            ..CommonParameters::default()
        };
        let mut jwk = Jwk { common, algorithm: self.parameters()? };
        // RFC 7638 §3: SHA-256 over the required members in order.
        jwk.common.key_id = Some(jwk.thumbprint(ThumbprintHash::SHA256).map_err(Fault::broken)?);
        Ok(jwk)
    }

    fn parameters(&self) -> Result<AlgorithmParameters, Fault> {
        Ok(match self {
            Self::Rsa { n, e } => AlgorithmParameters::RSA(RSAKeyParameters {
                key_type: RSAKeyType::RSA,
                n: URL_SAFE_NO_PAD.encode(n),
                e: URL_SAFE_NO_PAD.encode(e),
            }),
            Self::P256(point) => {
                let (x, y) = coordinates(point).ok_or_else(|| Fault::broken("a P-256 key that is no point"))?;
                AlgorithmParameters::EllipticCurve(EllipticCurveKeyParameters {
                    key_type: EllipticCurveKeyType::EC,
                    curve: EllipticCurve::P256,
                    x: URL_SAFE_NO_PAD.encode(x),
                    y: URL_SAFE_NO_PAD.encode(y),
                })
            }
            Self::Ed25519(x) => AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
                key_type: OctetKeyPairType::OctetKeyPair,
                curve: EllipticCurve::Ed25519,
                x: URL_SAFE_NO_PAD.encode(x),
            }),
        })
    }

    /// The public members of a JWK; `None` for a kind of key that is not ours.
    pub fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        match &jwk.algorithm {
            AlgorithmParameters::RSA(rsa) => Some(Self::Rsa { n: bytes(&rsa.n)?, e: bytes(&rsa.e)? }),
            AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => {
                Some(Self::P256([vec![UNCOMPRESSED_POINT], bytes(&ec.x)?, bytes(&ec.y)?].concat()))
            }
            AlgorithmParameters::OctetKeyPair(okp) if okp.curve == EllipticCurve::Ed25519 => {
                Some(Self::Ed25519(bytes(&okp.x)?))
            }
            _ => None,
        }
    }
}

fn coordinates(point: &[u8]) -> Option<(&[u8], &[u8])> {
    let both = point.strip_prefix(&[UNCOMPRESSED_POINT])?;
    (both.len() == 2 * P256_COORDINATE_BYTES).then(|| both.split_at(P256_COORDINATE_BYTES))
}

/// A public key, parsed once. It verifies with one algorithm only, whatever a token says of itself (RFC 8725 §3.1).
#[derive(Debug, Clone)]
pub struct VerifyingKey {
    algorithm: SigningAlgorithm,
    parsed: ParsedPublicKey,
}

impl VerifyingKey {
    /// Parses the key of a JWK; `None` when it is no valid key of ours. An RSA key is for the one padding that its `alg`
    /// names.
    pub fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let algorithm = SigningAlgorithm::parse(&jwk.common.key_algorithm?.to_string())?;
        let parsed = match (algorithm, &PublicParts::from_jwk(jwk)?) {
            (SigningAlgorithm::RS256, PublicParts::Rsa { n, e }) => {
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            }
            (SigningAlgorithm::PS256, PublicParts::Rsa { n, e }) => {
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PSS_2048_8192_SHA256)
            }
            (SigningAlgorithm::ES256, PublicParts::P256(point)) => {
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            }
            (SigningAlgorithm::EdDSA, PublicParts::Ed25519(x)) => ParsedPublicKey::new(&ED25519, x),
            _ => return None,
        };
        Some(Self { algorithm, parsed: parsed.ok()? })
    }

    /// The algorithm it verifies with.
    pub const fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RSA_MODULUS: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc\
        _BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqz\
        s8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0L\
        s1jF44-csFCur-kEgU8awapJzKnqDKgw";

    fn decode(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    #[test]
    fn rfc7638_3_1_the_name_of_an_rsa_key_is_its_thumbprint() {
        let parts = PublicParts::Rsa { n: decode(RSA_MODULUS), e: decode("AQAB") };
        let jwk = parts.to_jwk(SigningAlgorithm::RS256).unwrap();
        assert_eq!(jwk.common.key_id.as_deref(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
        assert_eq!(PublicParts::from_jwk(&jwk), Some(parts));
    }

    #[test]
    fn rfc8037_a_3_the_name_of_an_ed25519_key_is_its_thumbprint() {
        let jwk = PublicParts::Ed25519(decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
        let jwk = jwk.to_jwk(SigningAlgorithm::EdDSA).unwrap();
        assert_eq!(jwk.common.key_id.as_deref(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    }

    #[test]
    fn a_point_that_is_not_on_the_curve_is_no_key() {
        let jwk = PublicParts::P256([vec![4], vec![1; 64]].concat()).to_jwk(SigningAlgorithm::ES256).unwrap();
        assert!(VerifyingKey::from_jwk(&jwk).is_none());
        assert!(PublicParts::P256(vec![4; 10]).to_jwk(SigningAlgorithm::ES256).is_err());
    }
}
