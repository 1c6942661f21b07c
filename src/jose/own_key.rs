//! JWTs that bring the key they were signed with, as DPoP proofs do: they prove that whoever made one has that key, and
//! nothing else (RFC 9449 §4.3).
//!
//! A client signs all its proofs with one key, so their headers are the same, byte by byte. What a header was read as is
//! remembered under its own text once a signature by its key was verified, and not read again at each request; the
//! signature of each proof is verified all the same. Bounded in number and length; when it is full it begins anew.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::client_keys::{ClientJwt, ClientKey, algorithm_of};
use super::compact::{Compact, Header};
use super::verification::JwtRefusal;
use crate::base::bounds::{OWN_KEY_HEADER_BYTES_MAX, OWN_KEYS_MAX};
use crate::model::key::ClientAlgorithm;

/// A header and the key in it.
#[derive(Debug)]
pub struct OwnKey {
    header: Header,
    key: ClientKey,
}

impl OwnKey {
    fn read(header: Header) -> Result<Self, JwtRefusal> {
        let key = header.jwk.as_ref().and_then(|jwk| ClientKey::parse(jwk).ok()).ok_or(JwtRefusal::UnknownKey)?;
        Ok(Self { header, key })
    }

    /// The key's RFC 7638 thumbprint.
    pub fn thumbprint(&self) -> &str {
        self.key.thumbprint()
    }
}

/// What headers were read as of late.
#[derive(Debug, Default)]
pub struct OwnKeys(RwLock<HashMap<String, Arc<OwnKey>>>);

impl OwnKeys {
    /// What `token` says, and the key in its own header that it was signed with by one of `algorithms`.
    pub fn verify(&self, token: &str, algorithms: &[ClientAlgorithm]) -> Result<(ClientJwt, Arc<OwnKey>), JwtRefusal> {
        let compact = Compact::split(token)?;
        let known = self.find(compact.header);
        let is_known = known.is_some();
        let own = match known {
            Some(own) => own,
            None => Arc::new(OwnKey::read(Header::parse(compact.header)?)?),
        };
        let algorithm = algorithm_of(&own.header, algorithms)?;
        if !own.key.fits(algorithm) {
            return Err(JwtRefusal::AlgorithmNotAllowed);
        }
        if !own.key.verifies(algorithm, compact.signing_input, &compact.signature) {
            return Err(JwtRefusal::WrongSignature);
        }
        if !is_known {
            self.remember(compact.header, &own);
        }
        Ok((ClientJwt { claims: compact.claims()?, typ: own.header.typ.clone(), algorithm }, own))
    }

    fn find(&self, header: &str) -> Option<Arc<OwnKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(header).cloned()
    }

    fn remember(&self, header: &str, own: &Arc<OwnKey>) {
        if header.len() > OWN_KEY_HEADER_BYTES_MAX {
            return;
        }
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= OWN_KEYS_MAX {
            keys.clear();
        }
        keys.insert(header.to_owned(), Arc::clone(own));
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::*;

    const ALL: &[ClientAlgorithm] = &ClientAlgorithm::ASYMMETRIC;

    fn encode(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn pair(seed: u8) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
    }

    fn header(pair: &Ed25519KeyPair) -> Value {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref())});
        json!({"typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk})
    }

    fn proof(pair: &Ed25519KeyPair, header: &Value, claims: &Value) -> String {
        let input = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
        format!("{input}.{}", encode(pair.sign(input.as_bytes()).as_ref()))
    }

    #[test]
    fn a_header_is_read_once_and_every_signature_verified() {
        let (keys, one, other) = (OwnKeys::default(), pair(1), pair(2));
        let first = keys.verify(&proof(&one, &header(&one), &json!({"jti": "1"})), ALL).unwrap();
        let second = keys.verify(&proof(&one, &header(&one), &json!({"jti": "2"})), ALL).unwrap();
        assert!(Arc::ptr_eq(&first.1, &second.1));
        assert_eq!((&first.0.claims["jti"], &second.0.claims["jti"]), (&json!("1"), &json!("2")));
        assert_eq!(second.0.typ.as_deref(), Some("dpop+jwt"));
        // Known or not, the key in the header has to be the one that signed.
        let forged = proof(&other, &header(&one), &json!({"jti": "3"}));
        assert_eq!(keys.verify(&forged, ALL).unwrap_err(), JwtRefusal::WrongSignature);
        assert_ne!(
            keys.verify(&proof(&other, &header(&other), &json!({})), ALL).unwrap().1.thumbprint(),
            first.1.thumbprint()
        );
        let refused = keys.verify(&proof(&one, &header(&one), &json!({})), &[ClientAlgorithm::ES256]);
        assert_eq!(refused.unwrap_err(), JwtRefusal::AlgorithmNotAllowed);
    }

    #[test]
    fn a_header_is_not_remembered_for_a_wrong_signature_nor_when_it_is_long() {
        let (keys, one) = (OwnKeys::default(), pair(1));
        assert!(keys.verify(&proof(&pair(2), &header(&one), &json!({})), ALL).is_err());
        let mut long = header(&one);
        long["note"] = "x".repeat(OWN_KEY_HEADER_BYTES_MAX).into();
        assert!(keys.verify(&proof(&one, &long, &json!({})), ALL).is_ok());
        assert!(keys.0.read().unwrap().is_empty());
    }

    #[test]
    fn a_private_key_in_a_header_is_none() {
        let (keys, one) = (OwnKeys::default(), pair(1));
        let mut private = header(&one);
        private["jwk"]["d"] = "AAAA".into();
        assert_eq!(keys.verify(&proof(&one, &private, &json!({})), ALL).unwrap_err(), JwtRefusal::UnknownKey);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (keys, one) = (OwnKeys::default(), pair(1));
        for number in 0..=OWN_KEYS_MAX {
            let mut header = header(&one);
            header["kid"] = number.to_string().into();
            keys.verify(&proof(&one, &header, &json!({})), ALL).unwrap();
        }
        assert_eq!(keys.0.read().unwrap().len(), 1);
    }
}
