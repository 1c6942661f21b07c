//! Keys as clients have them: JWTs signed with them, assertions, DPoP proofs, and their public halves as JWKs.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::base::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The `client_assertion_type` of RFC 7523 §2.2.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A key pair of a client.
pub struct ClientKeyPair {
    kid: String,
    alg: &'static str,
    pair: Pair,
}

enum Pair {
    P256(Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
    Rsa(Box<RsaKeyPair>),
}

impl ClientKeyPair {
    /// A P-256 key for ES256.
    pub fn es256(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { kid: kid.to_owned(), alg: "ES256", pair: Pair::P256(Box::new(pair)) }
    }

    /// An Ed25519 key for `EdDSA`.
    pub fn eddsa(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        Self { kid: kid.to_owned(), alg: "EdDSA", pair: Pair::Ed25519(Box::new(pair)) }
    }

    /// The same key for EdDSA each time, for what is written down.
    pub fn known() -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        Self { kid: "1".to_owned(), alg: "EdDSA", pair: Pair::Ed25519(Box::new(pair)) }
    }

    /// An RSA key for PS256.
    pub fn ps256(kid: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        Self { kid: kid.to_owned(), alg: "PS256", pair: Pair::Rsa(Box::new(pair)) }
    }

    /// The same RSA key for RS256.
    #[must_use]
    pub fn for_rs256(self) -> Self {
        Self { alg: "RS256", ..self }
    }

    /// The public half, with `kid`, `alg` and `use`.
    pub fn jwk(&self) -> Value {
        let mut jwk = self.bare_jwk();
        jwk["kid"] = self.kid.clone().into();
        jwk["alg"] = self.alg.into();
        jwk["use"] = "sig".into();
        jwk
    }

    /// The public half with the members of its kind alone.
    pub fn bare_jwk(&self) -> Value {
        match &self.pair {
            Pair::P256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)})
            }
            Pair::Ed25519(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref())}),
            Pair::Rsa(pair) => {
                let public = pair.public_key();
                let n = public.modulus().big_endian_without_leading_zero().to_vec();
                let e = public.exponent().big_endian_without_leading_zero().to_vec();
                json!({"kty": "RSA", "n": encode(&n), "e": encode(&e)})
            }
        }
    }

    /// A set of this key alone.
    pub fn jwks(&self) -> Value {
        json!({"keys": [self.jwk()]})
    }

    /// Its RFC 7638 thumbprint.
    pub fn thumbprint(&self) -> String {
        // The members a thumbprint is made of, in their order: serde_json sorts them.
        encode(&Sha256::digest(self.bare_jwk().to_string().as_bytes()))
    }

    /// A JWT with `alg`, `kid` and `claims`.
    pub fn jwt(&self, claims: &Value) -> String {
        self.jwt_with(&json!({}), claims)
    }

    /// The same with further members in its header, which win; null removes one.
    pub fn jwt_with(&self, header: &Value, claims: &Value) -> String {
        let mut whole = json!({"alg": self.alg, "kid": self.kid});
        for (name, value) in header.as_object().unwrap() {
            if value.is_null() {
                whole.as_object_mut().unwrap().remove(name);
            } else {
                whole[name] = value.clone();
            }
        }
        let input = format!("{}.{}", encode(whole.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
        let signature = encode(&self.signature(input.as_bytes()));
        format!("{input}.{signature}")
    }

    /// The signature over any bytes.
    pub fn signature(&self, input: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::P256(pair) => pair.sign(&random, input).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(input).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let padding: &'static dyn aws_lc_rs::signature::RsaEncoding =
                    if self.alg == "RS256" { &RSA_PKCS1_SHA256 } else { &RSA_PSS_SHA256 };
                pair.sign(padding, &random, input, &mut signature).unwrap();
                signature
            }
        }
    }

    /// A client assertion (RFC 7523 §3) for one minute from `now`, with a `jti` of its own.
    pub fn assertion(&self, client_id: &str, audience: &str, now: Timestamp) -> String {
        self.jwt(&assertion_claims(client_id, audience, now))
    }

    /// A DPoP proof (RFC 9449 §4.2) with a `jti` of its own.
    pub fn proof(&self, method: &str, address: &str, now: Timestamp) -> String {
        self.proof_with(&proof_claims(method, address, now))
    }

    /// A DPoP proof for a request that brings `access_token`.
    pub fn proof_for(&self, access_token: &str, method: &str, address: &str, now: Timestamp) -> String {
        let mut claims = proof_claims(method, address, now);
        claims["ath"] = ath(access_token).into();
        self.proof_with(&claims)
    }

    /// A DPoP proof that says anything.
    pub fn proof_with(&self, claims: &Value) -> String {
        self.jwt_with(&json!({"typ": "dpop+jwt", "jwk": self.bare_jwk(), "kid": null}), claims)
    }
}

/// What a usual client assertion says.
pub fn assertion_claims(client_id: &str, audience: &str, now: Timestamp) -> Value {
    let now = now.seconds();
    json!({"iss": client_id, "sub": client_id, "aud": audience, "iat": now, "exp": now + 60, "jti": fresh_jti()})
}

/// What a usual DPoP proof says.
pub fn proof_claims(method: &str, address: &str, now: Timestamp) -> Value {
    json!({"htm": method, "htu": address, "iat": now.seconds(), "jti": fresh_jti()})
}

/// The `ath` of an access token.
pub fn ath(access_token: &str) -> String {
    encode(&Sha256::digest(access_token.as_bytes()))
}

/// A `jti` that no other test has.
pub fn fresh_jti() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("jti-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
