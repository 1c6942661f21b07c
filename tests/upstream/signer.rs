//! Keys of a provider, and signing with them, rightly or wrongly.

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

static RSA: LazyLock<[RsaKeyPair; 2]> =
    LazyLock::new(|| [(); 2].map(|()| RsaKeyPair::generate(KeySize::Rsa2048).unwrap()));
static EC: LazyLock<EcdsaKeyPair> = LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());
static ED: LazyLock<Ed25519KeyPair> = LazyLock::new(|| Ed25519KeyPair::generate().unwrap());

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What a token is signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// One of two RSA keys.
    Rs256(usize),
    /// One of two RSA keys.
    Ps256(usize),
    Es256,
    EdDsa,
    /// A shared secret: the published half of the first RSA key, as JSON and as its modulus.
    Hs256(Secret),
    /// Nothing.
    Unsigned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    Jwk,
    Modulus,
    Client,
}

impl Signer {
    pub fn alg(self) -> &'static str {
        match self {
            Self::Rs256(_) => "RS256",
            Self::Ps256(_) => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Hs256(_) => "HS256",
            Self::Unsigned => "none",
        }
    }

    pub fn kid(self) -> &'static str {
        match self {
            Self::Rs256(0) | Self::Ps256(0) | Self::Hs256(_) | Self::Unsigned => "rsa-0",
            Self::Rs256(_) | Self::Ps256(_) => "rsa-1",
            Self::Es256 => "ec",
            Self::EdDsa => "ed",
        }
    }

    /// The public half, as it is published.
    pub fn jwk(self) -> Value {
        let mut jwk = match self {
            Self::Rs256(which) | Self::Ps256(which) => {
                let key = RSA[which].public_key();
                let n = key.modulus().big_endian_without_leading_zero().to_vec();
                json!({ "kty": "RSA", "n": encode(n), "e": "AQAB" })
            }
            Self::Es256 => {
                let point = EC.public_key().as_ref().to_vec();
                json!({ "kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..]) })
            }
            Self::EdDsa => json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(ED.public_key().as_ref()) }),
            Self::Hs256(_) | Self::Unsigned => return Self::Rs256(0).jwk(),
        };
        jwk["kid"] = self.kid().into();
        jwk["use"] = "sig".into();
        jwk
    }

    fn sign(self, input: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rs256(which) | Self::Ps256(which) => {
                let padding: &dyn aws_lc_rs::signature::RsaEncoding =
                    if matches!(self, Self::Rs256(_)) { &RSA_PKCS1_SHA256 } else { &RSA_PSS_SHA256 };
                let mut signature = vec![0; RSA[which].public_modulus_len()];
                RSA[which].sign(padding, &random, input, &mut signature).unwrap();
                signature
            }
            Self::Es256 => EC.sign(&random, input).unwrap().as_ref().to_vec(),
            Self::EdDsa => ED.sign(input).as_ref().to_vec(),
            Self::Hs256(secret) => {
                let secret = match secret {
                    Secret::Jwk => self.jwk().to_string().into_bytes(),
                    Secret::Modulus => RSA[0].public_key().modulus().big_endian_without_leading_zero().to_vec(),
                    Secret::Client => b"client-secret".to_vec(),
                };
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), input).as_ref().to_vec()
            }
            Self::Unsigned => Vec::new(),
        }
    }

    /// The header that says what is true.
    pub fn header(self) -> Value {
        json!({ "typ": "JWT", "alg": self.alg(), "kid": self.kid() })
    }

    /// A token with this header and these claims.
    pub fn token(self, header: &Value, claims: &Value) -> String {
        let input = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = self.sign(input.as_bytes());
        format!("{input}.{}", encode(signature))
    }
}
