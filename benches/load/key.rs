//! Keys of clients, and JWTs signed with them. What is the same in each is made once.

use std::sync::LazyLock;

use aws_lc_rs::digest::SHA256;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The ES256 key of every client that is registered with one.
pub static ES256: LazyLock<Key> = LazyLock::new(Key::es256);
/// The EdDSA key of every client that is registered with one.
pub static EDDSA: LazyLock<Key> = LazyLock::new(Key::eddsa);

/// Makes the keys of those who prove to have one, each its own.
pub type MakeKey = fn() -> Key;

/// A key pair.
pub struct Key {
    pair: Pair,
    jwk: String,
    thumbprint: String,
    // The headers, encoded.
    of_assertions: String,
    of_proofs: String,
}

enum Pair {
    P256(Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl Key {
    /// A new P-256 key for ES256.
    pub fn es256() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("the system gives randomness");
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let jwk = format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, encode(x), encode(y));
        Self::of(Pair::P256(Box::new(pair)), jwk, "ES256")
    }

    /// A new Ed25519 key for EdDSA.
    pub fn eddsa() -> Self {
        let pair = Ed25519KeyPair::generate().expect("the system gives randomness");
        let x = encode(pair.public_key().as_ref());
        Self::of(Pair::Ed25519(Box::new(pair)), format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#), "EdDSA")
    }

    fn of(pair: Pair, jwk: String, alg: &str) -> Self {
        // RFC 7638 §3: the members stand in their order already.
        let thumbprint = digest(&jwk);
        let of_assertions = encode(format!(r#"{{"alg":"{alg}"}}"#).as_bytes());
        let of_proofs = encode(format!(r#"{{"typ":"dpop+jwt","alg":"{alg}","jwk":{jwk}}}"#).as_bytes());
        Self { pair, jwk, thumbprint, of_assertions, of_proofs }
    }

    /// The public half, as it stands in a file of clients.
    pub fn jwks_toml(&self) -> String {
        // `{"kty":"EC","x":"…"}` becomes `{"kty" = "EC","x" = "…"}`.
        format!("{{ keys = [{}] }}", self.jwk.replace("\":\"", "\" = \""))
    }

    /// The RFC 7638 thumbprint of the public half.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// A client's assertion of these claims.
    pub fn assertion(&self, claims: &str) -> String {
        self.signed(&self.of_assertions, claims)
    }

    /// A proof of possession of these claims.
    pub fn proof(&self, claims: &str) -> String {
        self.signed(&self.of_proofs, claims)
    }

    fn signed(&self, header: &str, claims: &str) -> String {
        let mut jwt = format!("{header}.{}", encode(claims.as_bytes()));
        let signature = match &self.pair {
            Pair::P256(pair) => {
                let made = pair.sign(&SystemRandom::new(), jwt.as_bytes()).expect("the system gives randomness");
                encode(made.as_ref())
            }
            Pair::Ed25519(pair) => encode(pair.sign(jwt.as_bytes()).as_ref()),
        };
        jwt.push('.');
        jwt.push_str(&signature);
        jwt
    }
}

/// The SHA-256 of a text in base64url.
pub fn digest(text: &str) -> String {
    encode(aws_lc_rs::digest::digest(&SHA256, text.as_bytes()).as_ref())
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
