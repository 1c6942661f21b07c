//! JWTs that a client signed with one of its keys or with its secret: assertions and request objects.
//!
//! The key decides the algorithm, never the token's header alone; keys and references to keys in the header are not
//! looked at (CLI-06, CLI-10), but for a DPoP proof (`own_key`). What the claims say is judged in `protocol`.
//!
//! RFC 7515, RFC 7518 §3, RFC 8725 §3.1, §3.2.

use aws_lc_rs::hmac;
use serde_json::{Map, Value};

use super::ClientKeys;
use crate::jose::compact::{Compact, Header};
use crate::jose::verification::JwtRefusal;
use crate::model::key::ClientAlgorithm;

/// A JWT that a client signed.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientJwt {
    /// Its `typ`.
    pub typ: Option<String>,
    /// The algorithm it was signed with.
    pub algorithm: ClientAlgorithm,
    /// What it says: exactly the bytes that were signed.
    pub claims: Map<String, Value>,
}

/// What `token` says, when one of `keys` signed it by one of `algorithms`. [`JwtRefusal::UnknownKey`] when none of them
/// could have, so that a newer set may be looked for.
pub fn verify_by_key(token: &str, keys: &ClientKeys, algorithms: &[ClientAlgorithm]) -> Result<ClientJwt, JwtRefusal> {
    let compact = Compact::parse(token)?;
    let algorithm = algorithm_of(&compact.header, algorithms)?;
    if algorithm == ClientAlgorithm::HS256 {
        return Err(JwtRefusal::AlgorithmNotAllowed);
    }
    let candidates = keys.candidates(&compact.header, algorithm);
    if candidates.is_empty() {
        return Err(JwtRefusal::UnknownKey);
    }
    if !candidates.iter().any(|key| key.verifies(algorithm, compact.signing_input, &compact.signature)) {
        return Err(JwtRefusal::WrongSignature);
    }
    Ok(ClientJwt { claims: compact.claims()?, typ: compact.header.typ, algorithm })
}

/// What `token` says, when it was signed by HS256 with one of `secrets`.
pub fn verify_by_secret<'s>(token: &str, secrets: impl IntoIterator<Item = &'s [u8]>) -> Result<ClientJwt, JwtRefusal> {
    let compact = Compact::parse(token)?;
    let algorithm = algorithm_of(&compact.header, &[ClientAlgorithm::HS256])?;
    let verifies = |secret: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        hmac::verify(&key, compact.signing_input, &compact.signature).is_ok()
    };
    if !secrets.into_iter().any(verifies) {
        return Err(JwtRefusal::WrongSignature);
    }
    Ok(ClientJwt { claims: compact.claims()?, typ: compact.header.typ, algorithm })
}

pub(in crate::jose) fn algorithm_of(
    header: &Header,
    allowed: &[ClientAlgorithm],
) -> Result<ClientAlgorithm, JwtRefusal> {
    let named = ClientAlgorithm::parse(&header.alg).filter(|named| allowed.contains(named));
    named.ok_or(JwtRefusal::AlgorithmNotAllowed)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use serde_json::json;

    use super::super::tests::{encode, pair};
    use super::*;

    const ALL: &[ClientAlgorithm] = &ClientAlgorithm::ASYMMETRIC;

    fn token(header: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let input = format!("{}.{}", encode(header.to_string().as_bytes()), encode(b"{\"iss\":\"app\"}"));
        let signature = sign(input.as_bytes());
        format!("{input}.{}", encode(&signature))
    }

    fn keys(jwk: &Value) -> ClientKeys {
        ClientKeys::parse(&json!({"keys": [jwk]})).unwrap()
    }

    #[test]
    fn a_token_is_read_when_a_key_of_the_client_signed_it() {
        let (pair, jwk) = pair();
        let sign = |input: &[u8]| pair.sign(&SystemRandom::new(), input).unwrap().as_ref().to_vec();
        let read = |header: Value, allowed| verify_by_key(&token(&header, sign), &keys(&jwk), allowed);
        assert_eq!(read(json!({"alg": "ES256", "kid": "1"}), ALL).unwrap().claims["iss"], "app");
        assert_eq!(read(json!({"alg": "ES256"}), ALL).unwrap().algorithm, ClientAlgorithm::ES256);
        assert_eq!(read(json!({"alg": "ES256", "kid": "2"}), ALL), Err(JwtRefusal::UnknownKey));
        let other = &[ClientAlgorithm::PS256];
        assert_eq!(read(json!({"alg": "ES256"}), other), Err(JwtRefusal::AlgorithmNotAllowed));
        let foreign = keys(&self::pair().1);
        assert_eq!(
            verify_by_key(&token(&json!({"alg": "ES256"}), sign), &foreign, ALL),
            Err(JwtRefusal::WrongSignature)
        );
    }

    #[test]
    fn cli_06_neither_none_nor_the_public_key_as_a_secret_nor_a_key_in_the_header_is_believed() {
        let (pair, jwk) = pair();
        let sign = |input: &[u8]| pair.sign(&SystemRandom::new(), input).unwrap().as_ref().to_vec();
        let (_, mine) = self::pair();
        for alg in ["none", "None", "NONE", "", "HS256"] {
            let unsigned = token(&json!({"alg": alg}), |_| Vec::new());
            assert_eq!(verify_by_key(&unsigned, &keys(&jwk), ALL), Err(JwtRefusal::AlgorithmNotAllowed), "{alg}");
        }
        let public = jwk.to_string();
        let by_hmac =
            |input: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, public.as_bytes()), input).as_ref().to_vec();
        let confused = token(&json!({"alg": "HS256"}), by_hmac);
        let with_hmac = [ALL, &[ClientAlgorithm::HS256]].concat();
        assert_eq!(verify_by_key(&confused, &keys(&jwk), &with_hmac), Err(JwtRefusal::AlgorithmNotAllowed));
        let brought = token(&json!({"alg": "ES256", "jwk": jwk, "jku": "https://evil.example/"}), sign);
        assert_eq!(verify_by_key(&brought, &keys(&mine), ALL), Err(JwtRefusal::WrongSignature));
    }

    #[test]
    fn a_key_is_used_for_what_it_is_for() {
        // RFC 7517 §4: `use` and `alg` are kept to.
        let (pair, jwk) = pair();
        let sign = |input: &[u8]| pair.sign(&SystemRandom::new(), input).unwrap().as_ref().to_vec();
        let token = token(&json!({"alg": "ES256"}), sign);
        for (member, value) in [("use", "enc"), ("alg", "ES384"), ("alg", "ECDH-ES")] {
            let mut other = jwk.clone();
            other[member] = value.into();
            assert_eq!(verify_by_key(&token, &keys(&other), ALL), Err(JwtRefusal::UnknownKey), "{value}");
        }
    }

    #[test]
    fn a_secret_signs_by_hs256_alone() {
        let sign = |input: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"new"), input).as_ref().to_vec();
        let signed = token(&json!({"alg": "HS256"}), sign);
        assert!(verify_by_secret(&signed, [&b"old"[..], b"new"]).is_ok());
        assert_eq!(verify_by_secret(&signed, [&b"old"[..]]), Err(JwtRefusal::WrongSignature));
        let other = token(&json!({"alg": "none"}), sign);
        assert_eq!(verify_by_secret(&other, [&b"new"[..]]), Err(JwtRefusal::AlgorithmNotAllowed));
    }
}
