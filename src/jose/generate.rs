//! Making signing keys. Everything random comes from the handed-in draw. An RSA key takes a fifth of a second of one
//! core and more, so the caller keeps this off the threads that answer requests.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use rsa::RsaPrivateKey;
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::rand_core::{CryptoRng, Error as RandError, RngCore};

use super::key_pair::KeyPair;
use super::master_key::{Label, MasterKey};
use super::rotation::Addition;
use crate::base::{Draw, Fault, Sensitive};
use crate::model::key::{KeyChange, SigningAlgorithm, SigningKeyRecord};

const RSA_BITS: usize = 2048;
const PRIVATE_KEY_BYTES: usize = 32;
/// P-256 refuses one draw in 2^32; this many in a row mean that the source is broken.
const DRAWS_MAX: usize = 16;
const PURPOSE: &str = "signing-key";
const PURPOSE_OF_PS256: &str = "signing-key-ps256";

/// A key pair that is not in the store yet.
#[derive(Debug)]
pub struct NewKey {
    /// What it signs with.
    pub algorithm: SigningAlgorithm,
    /// Its RFC 7638 thumbprint.
    pub kid: String,
    /// Its public half as a JWK, in JSON.
    pub public_jwk: String,
    private_key: Sensitive<Vec<u8>>,
}

/// Makes a key pair for `algorithm`. Works for long; call it on a blocking thread.
pub fn generate_key(algorithm: SigningAlgorithm, draw: &mut Draw) -> Result<NewKey, Fault> {
    let private_key = match algorithm {
        SigningAlgorithm::RS256 | SigningAlgorithm::PS256 => generate_rsa(draw)?,
        SigningAlgorithm::ES256 => generate_p256(draw)?,
        SigningAlgorithm::EdDSA => generate_ed25519(draw)?,
    };
    let jwk = KeyPair::from_pkcs8(algorithm, private_key.expose())?.public_jwk()?;
    let public_jwk = serde_json::to_string(&jwk).map_err(Fault::broken)?;
    let kid = jwk.common.key_id.ok_or_else(|| Fault::broken("a JWK without kid"))?;
    Ok(NewKey { algorithm, kid, public_jwk, private_key })
}

/// Makes the keys that a plan asks for, so that it can be written. Works for long; call it on a blocking thread.
pub fn make_keys(
    plan: Vec<KeyChange<Addition>>,
    master_key: &MasterKey,
    draw: &mut Draw,
) -> Result<Vec<KeyChange>, Fault> {
    plan.into_iter()
        .map(|change| {
            Ok(match change {
                KeyChange::Add(addition) => {
                    KeyChange::Add(generate_key(addition.algorithm, draw)?.into_record(addition, master_key, draw))
                }
                KeyChange::Schedule { kid, signs_from, retires_at, gone_at } => {
                    KeyChange::Schedule { kid, signs_from, retires_at, gone_at }
                }
                KeyChange::Revoke { kid, revoked_at } => KeyChange::Revoke { kid, revoked_at },
                KeyChange::Forget { kid } => KeyChange::Forget { kid },
            })
        })
        .collect()
}

impl NewKey {
    /// The record of this key with the times the plan gave it.
    pub fn into_record(self, addition: Addition, master_key: &MasterKey, draw: &mut Draw) -> SigningKeyRecord {
        let sealed_private_key = master_key.seal(label(self.algorithm, &self.kid), self.private_key.expose(), draw);
        SigningKeyRecord {
            kid: self.kid,
            algorithm: self.algorithm,
            announced_at: addition.announced_at,
            signs_from: addition.signs_from,
            retires_at: None,
            gone_at: None,
            revoked_at: None,
            public_jwk: self.public_jwk,
            sealed_private_key,
        }
    }
}

/// The label under which the private half of the key `kid` is sealed. An RSA key parses for either padding, so the label
/// says for which one it was made: a record that was changed to the other does not open.
pub(super) const fn label(algorithm: SigningAlgorithm, kid: &str) -> Label<'_> {
    let purpose = if matches!(algorithm, SigningAlgorithm::PS256) { PURPOSE_OF_PS256 } else { PURPOSE };
    Label { purpose, record: kid }
}

fn generate_rsa(draw: &mut Draw) -> Result<Sensitive<Vec<u8>>, Fault> {
    let key = RsaPrivateKey::new(&mut RsaDraw(draw), RSA_BITS).map_err(Fault::broken)?;
    let pkcs8 = key.to_pkcs8_der().map_err(Fault::broken)?;
    Ok(Sensitive::new(pkcs8.as_bytes().to_vec()))
}

// FIPS 186-5 §A.2.2: candidates are drawn until one lies in the range of scalars.
fn generate_p256(draw: &mut Draw) -> Result<Sensitive<Vec<u8>>, Fault> {
    for _ in 0..DRAWS_MAX {
        let scalar = Sensitive::new(draw.bytes::<PRIVATE_KEY_BYTES>());
        let Ok(key) = PrivateKey::from_private_key(&ECDH_P256, scalar.expose()) else { continue };
        let point = key.compute_public_key().map_err(Fault::broken)?;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            scalar.expose(),
            point.as_ref(),
        );
        let pkcs8 = pair.map_err(Fault::broken)?.to_pkcs8v1().map_err(Fault::broken)?;
        return Ok(Sensitive::new(pkcs8.as_ref().to_vec()));
    }
    Err(Fault::Entropy)
}

fn generate_ed25519(draw: &mut Draw) -> Result<Sensitive<Vec<u8>>, Fault> {
    let seed = Sensitive::new(draw.bytes::<PRIVATE_KEY_BYTES>());
    let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose()).map_err(Fault::broken)?;
    let pkcs8 = pair.to_pkcs8v1().map_err(Fault::broken)?;
    Ok(Sensitive::new(pkcs8.as_ref().to_vec()))
}

/// Our draw in the older shape of the trait that `rsa` asks for.
struct RsaDraw<'a>(&'a mut Draw);

impl RngCore for RsaDraw<'_> {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(self.0.bytes())
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(self.0.bytes())
    }

    fn fill_bytes(&mut self, destination: &mut [u8]) {
        for chunk in destination.chunks_mut(PRIVATE_KEY_BYTES) {
            let bytes = self.0.bytes::<PRIVATE_KEY_BYTES>();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), RandError> {
        self.fill_bytes(destination);
        Ok(())
    }
}

impl CryptoRng for RsaDraw<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::fixture::{NOW, master_key, record};

    #[test]
    fn equal_draws_make_equal_keys_and_other_draws_other_keys() {
        for algorithm in [SigningAlgorithm::ES256, SigningAlgorithm::EdDSA] {
            let kid = |seed| generate_key(algorithm, &mut Draw::from_seed([seed; 32])).unwrap().kid;
            assert_eq!(kid(1), kid(1));
            assert_ne!(kid(1), kid(2));
        }
    }

    #[test]
    fn log_02_a_new_key_does_not_print() {
        let key = generate_key(SigningAlgorithm::EdDSA, &mut Draw::from_seed([1; 32])).unwrap();
        assert!(format!("{key:?}").contains("private_key: [secret]"));
    }

    #[test]
    fn an_rsa_key_passes_the_checks_of_both_libraries() {
        use rsa::pkcs8::DecodePrivateKey as _;
        let record = record(SigningAlgorithm::RS256);
        let pkcs8 = master_key().open(label(record.algorithm, &record.kid), &record.sealed_private_key).unwrap();
        RsaPrivateKey::from_pkcs8_der(pkcs8.expose()).unwrap().validate().unwrap();
        assert!(KeyPair::from_pkcs8(SigningAlgorithm::RS256, pkcs8.expose()).is_ok());
    }

    #[test]
    fn a_plan_is_made_ready_to_be_written() {
        let addition = Addition { algorithm: SigningAlgorithm::EdDSA, announced_at: NOW, signs_from: NOW };
        let forget = KeyChange::Forget { kid: "old".to_owned() };
        let plan = vec![KeyChange::Add(addition), KeyChange::Forget { kid: "old".to_owned() }];
        let made = make_keys(plan, &master_key(), &mut Draw::from_seed([1; 32])).unwrap();
        let [KeyChange::Add(record), rest] = made.as_slice() else { panic!("{made:?}") };
        assert_eq!((record.announced_at, record.signs_from, &record.revoked_at), (NOW, NOW, &None));
        assert_eq!(rest, &forget);
    }
}
