//! The public keys of a client. The key decides the algorithm it may be used with.
//!
//! Fetching key sets is not done here.
//!
//! RFC 7517 §4, §5, RFC 7518 §6, RFC 7638.

mod client_jwt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::compact::Header;
use crate::base::Digest;
use crate::base::bounds::{CLIENT_KEYS_MAX, CLIENT_RSA_BITS_MAX, CLIENT_RSA_BITS_MIN, CLIENT_RSA_EXPONENT_BYTES_MAX};
use crate::model::key::ClientAlgorithm;

pub(super) use client_jwt::algorithm_of;
pub use client_jwt::{ClientJwt, verify_by_key, verify_by_secret};

// RFC 7518 §6.3.2, §6.2.2, §6.4: the members that hold what must stay with the client.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why a key cannot be a client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAKey {
    /// It is no JSON object with the members its kind has.
    Malformed,
    /// It has a private or symmetric part (DCR-09).
    Private,
    /// It is too short to be trusted.
    Weak,
    /// Its kind or curve is not one of ours.
    Unknown,
}

/// A public key of a client.
#[derive(Debug, Clone)]
pub struct ClientKey {
    kid: Option<String>,
    alg: Option<String>,
    purpose: Option<String>,
    material: Material,
    verifiers: Vec<(ClientAlgorithm, ParsedPublicKey)>,
    thumbprint: String,
    jwk: Value,
}

/// What a public key is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Material {
    /// Modulus and exponent, big-endian without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
    /// A point of P-256: 0x04, then both coordinates.
    P256(Vec<u8>),
    /// A point of P-384: 0x04, then both coordinates.
    P384(Vec<u8>),
    /// An Ed25519 public key.
    Ed25519(Vec<u8>),
}

impl Material {
    /// Parsed for each algorithm that such a key can be used with; nothing when it is no key.
    fn verifiers(&self) -> Vec<(ClientAlgorithm, ParsedPublicKey)> {
        let of_rsa = |n: &Vec<u8>, e: &Vec<u8>, rules| RsaPublicKeyComponents { n, e }.to_parsed_public_key(rules).ok();
        let parsed = match self {
            Self::Rsa { n, e } => vec![
                (ClientAlgorithm::PS256, of_rsa(n, e, &RSA_PSS_2048_8192_SHA256)),
                (ClientAlgorithm::RS256, of_rsa(n, e, &RSA_PKCS1_2048_8192_SHA256)),
            ],
            Self::P256(point) => {
                vec![(ClientAlgorithm::ES256, ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok())]
            }
            Self::P384(point) => {
                vec![(ClientAlgorithm::ES384, ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).ok())]
            }
            Self::Ed25519(x) => vec![(ClientAlgorithm::EdDSA, ParsedPublicKey::new(&ED25519, x).ok())],
        };
        parsed.into_iter().filter_map(|(algorithm, key)| Some((algorithm, key?))).collect()
    }
}

impl ClientKey {
    /// Reads one JWK.
    pub fn parse(jwk: &Value) -> Result<Self, NotAKey> {
        let members = jwk.as_object().ok_or(NotAKey::Malformed)?;
        if PRIVATE_MEMBERS.iter().any(|member| members.contains_key(*member)) {
            return Err(NotAKey::Private);
        }
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let bytes = |name: &str| {
            let decoded = text(name).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
            decoded.ok_or(NotAKey::Malformed)
        };
        let (material, thumbprint) = match (text("kty"), text("crv")) {
            (Some("RSA"), _) => {
                let (n, e) = (without_leading_zeros(bytes("n")?), without_leading_zeros(bytes("e")?));
                check_rsa(&n, &e)?;
                (Material::Rsa { n, e }, json!({"e": text("e"), "kty": "RSA", "n": text("n")}))
            }
            (Some("EC"), Some(crv @ ("P-256" | "P-384"))) => {
                let point = [vec![0x04], bytes("x")?, bytes("y")?].concat();
                let material = if crv == "P-256" { Material::P256(point) } else { Material::P384(point) };
                (material, json!({"crv": crv, "kty": "EC", "x": text("x"), "y": text("y")}))
            }
            (Some("OKP"), Some("Ed25519")) => {
                (Material::Ed25519(bytes("x")?), json!({"crv": "Ed25519", "kty": "OKP", "x": text("x")}))
            }
            (Some("oct"), _) => return Err(NotAKey::Private),
            (Some(_), _) => return Err(NotAKey::Unknown),
            (None, _) => return Err(NotAKey::Malformed),
        };
        let verifiers = material.verifiers();
        if verifiers.is_empty() {
            return Err(NotAKey::Malformed);
        }
        Ok(Self {
            kid: text("kid").map(str::to_owned),
            alg: text("alg").map(str::to_owned),
            purpose: text("use").map(str::to_owned),
            material,
            verifiers,
            // RFC 7638 §3: SHA-256 over the required members in order, which is the order of the map above.
            thumbprint: Digest::of(&thumbprint.to_string()).as_str().to_owned(),
            jwk: jwk.clone(),
        })
    }

    /// What it is made of.
    pub const fn material(&self) -> &Material {
        &self.material
    }

    /// Its RFC 7638 thumbprint, in base64url.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Its name in the set.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The key as it was read.
    pub const fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// What its own word says it is used with, if it says so.
    pub(super) fn alg(&self) -> Option<&str> {
        self.alg.as_deref()
    }

    /// Whether its own word lets it be used for signatures (`sig`) or encryption (`enc`).
    pub(super) fn is_for(&self, purpose: &str) -> bool {
        self.purpose.as_deref().is_none_or(|own| own == purpose)
    }

    /// Whether it may be used with `algorithm`: by its kind, and by its own word where it has one.
    pub(super) fn fits(&self, algorithm: ClientAlgorithm) -> bool {
        let by_kind = self.verifiers.iter().any(|(own, _)| *own == algorithm);
        let by_word = self.alg.as_deref().is_none_or(|own| ClientAlgorithm::parse(own) == Some(algorithm));
        by_kind && by_word && self.is_for("sig")
    }

    pub(super) fn verifies(&self, algorithm: ClientAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        let key = self.verifiers.iter().find(|(own, _)| *own == algorithm);
        key.is_some_and(|(_, key)| key.verify_sig(message, signature).is_ok())
    }
}

pub(super) fn without_leading_zeros(bytes: Vec<u8>) -> Vec<u8> {
    bytes.into_iter().skip_while(|byte| *byte == 0).collect()
}

/// The public keys of a client.
#[derive(Debug, Clone, Default)]
pub struct ClientKeys(Vec<ClientKey>);

impl ClientKeys {
    /// The keys of a set as it is published. Those we do not understand are passed over (RFC 7517 §5); a private part in
    /// any of them voids the set, because it is not the client's alone any more.
    pub fn parse(set: &Value) -> Result<Self, NotAKey> {
        let listed = set.get("keys").and_then(Value::as_array).ok_or(NotAKey::Malformed)?;
        let mut keys = Vec::new();
        for jwk in listed.iter().take(CLIENT_KEYS_MAX) {
            match ClientKey::parse(jwk) {
                Ok(key) => keys.push(key),
                Err(NotAKey::Private) => return Err(NotAKey::Private),
                Err(_) => {}
            }
        }
        Ok(Self(keys))
    }

    /// One key alone.
    pub fn of(key: ClientKey) -> Self {
        Self(vec![key])
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &ClientKey> {
        self.0.iter()
    }

    fn candidates(&self, header: &Header, algorithm: ClientAlgorithm) -> Vec<&ClientKey> {
        let is_named = |key: &ClientKey| header.kid.is_none() || key.kid == header.kid;
        self.0.iter().filter(|key| key.fits(algorithm) && is_named(key)).collect()
    }
}

/// Whether these can be an RSA key, both without leading zeros. The library takes others, and fails when it uses them.
fn check_rsa(n: &[u8], e: &[u8]) -> Result<(), NotAKey> {
    let is_odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    let is_exponent = is_odd(e) && e != [1] && e.len() <= CLIENT_RSA_EXPONENT_BYTES_MAX;
    if n.len() * 8 < CLIENT_RSA_BITS_MIN {
        return Err(NotAKey::Weak);
    }
    let is_sound = is_odd(n) && n.len() * 8 <= CLIENT_RSA_BITS_MAX && is_exponent;
    if is_sound { Ok(()) } else { Err(NotAKey::Malformed) }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

    use super::*;

    pub(super) fn pair() -> (EcdsaKeyPair, Value) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = pair.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        let jwk = json!({"kty": "EC", "crv": "P-256", "kid": "1", "x": encode(x), "y": encode(y)});
        (pair, jwk)
    }

    pub(super) fn encode(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    #[test]
    fn dcr_09_private_symmetric_tiny_and_broken_keys_are_none() {
        let (_, jwk) = pair();
        let mut private = jwk.clone();
        private["d"] = "AQAB".into();
        let mut off_the_curve = jwk.clone();
        off_the_curve["y"] = jwk["x"].clone();
        for (key, why) in [
            (private.clone(), NotAKey::Private),
            (json!({"kty": "oct", "k": "AAAA"}), NotAKey::Private),
            (json!({"kty": "oct"}), NotAKey::Private),
            (json!({"kty": "RSA", "n": encode(&[0xff; 128]), "e": "AQAB"}), NotAKey::Weak),
            (json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}), NotAKey::Unknown),
            (json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}), NotAKey::Malformed),
            (off_the_curve, NotAKey::Malformed),
            (json!({"kty": "OKP", "crv": "Ed25519", "x": "=="}), NotAKey::Malformed),
            (json!({}), NotAKey::Malformed),
            (json!("key"), NotAKey::Malformed),
        ] {
            assert_eq!(ClientKey::parse(&key).unwrap_err(), why, "{key}");
        }
        assert_eq!(ClientKeys::parse(&json!({"keys": [jwk, private]})).unwrap_err(), NotAKey::Private);
        let odd = ClientKeys::parse(&json!({"keys": [jwk, {"kty": "XYZ"}]})).unwrap();
        assert_eq!(odd.iter().count(), 1);
    }

    #[test]
    fn rfc7638_3_1_the_thumbprint_of_its_example() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let key = ClientKey::parse(&json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}));
        assert_eq!(key.unwrap().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }
}
