//! Encrypting what only one client shall read: compact JWEs around JWTs that are signed already.
//!
//! Nothing here decrypts: nobody encrypts for us. The content key and the initialisation vector come from the entropy
//! handed in; the padding of RSA-OAEP and ephemeral keys come from the library.
//!
//! RFC 7516 §5.1, RFC 7518 §4.3, §4.4, §4.6, §5.2, §5.3.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use aws_lc_rs::cipher::{AES_128, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrap as _};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_lc_rs::signature::RsaPublicKeyComponents;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::client_keys::{ClientKey, ClientKeys, Material};
use crate::base::{Draw, Fault, Sensitive};
use crate::model::key::{ContentEncryption, KeyEncryption};

const P256_COORDINATE_BYTES: usize = 32;
const GCM_TAG_BYTES: usize = 16;
const CBC_IV_BYTES: usize = 16;
const WRAPPING_KEY_BYTES: usize = 32;
// RFC 3394 §2.2.1: the wrapped key is one block of eight bytes longer.
const WRAP_OVERHEAD_BYTES: usize = 8;

/// Why nothing was encrypted.
#[derive(Debug)]
pub enum NotEncrypted {
    /// The client has no key for this.
    NoKey,
    /// The library failed.
    Fault(Fault),
}

/// `jwt` in a compact JWE for the holder of one of `keys`, which is chosen by its kind, its `use` and its `alg`.
pub fn encrypt(
    jwt: &str,
    keys: &ClientKeys,
    alg: KeyEncryption,
    enc: ContentEncryption,
    draw: &mut Draw,
) -> Result<String, NotEncrypted> {
    let key = keys.iter().find(|key| key.encrypts(alg)).ok_or(NotEncrypted::NoKey)?;
    let wrapped = wrap(key, alg, enc, draw).map_err(NotEncrypted::Fault)?;
    // RFC 7519 §5.2: the content is a JWT again.
    let mut header = json!({"alg": alg.as_str(), "enc": enc.as_str(), "cty": "JWT"});
    header["kid"] = key.kid().map_or(Value::Null, Value::from);
    let members = header.as_object_mut().map(std::mem::take).unwrap_or_default();
    let header: Map<String, Value> =
        members.into_iter().filter(|(_, value)| !value.is_null()).chain(wrapped.header).collect();
    let protected = URL_SAFE_NO_PAD.encode(Value::Object(header).to_string());
    let sealed = seal(jwt.as_bytes(), &wrapped.content_key, enc, &protected, draw).map_err(NotEncrypted::Fault)?;
    let parts = [wrapped.encrypted_key, sealed.iv, sealed.ciphertext, sealed.tag];
    let parts = parts.map(|part| URL_SAFE_NO_PAD.encode(part));
    Ok(format!("{protected}.{}", parts.join(".")))
}

impl ClientKey {
    fn encrypts(&self, alg: KeyEncryption) -> bool {
        let by_kind = match alg {
            KeyEncryption::RsaOaep256 | KeyEncryption::RsaOaep => matches!(self.material(), Material::Rsa { .. }),
            KeyEncryption::EcdhEs | KeyEncryption::EcdhEsA256Kw => matches!(self.material(), Material::P256(_)),
        };
        by_kind && self.is_for("enc") && self.alg().is_none_or(|own| own == alg.as_str())
    }
}

/// A content key, and what the header and the second part of the JWE say about it.
struct Wrapped {
    content_key: Sensitive<Vec<u8>>,
    encrypted_key: Vec<u8>,
    header: Map<String, Value>,
}

fn wrap(key: &ClientKey, alg: KeyEncryption, enc: ContentEncryption, draw: &mut Draw) -> Result<Wrapped, Fault> {
    match (alg, key.material()) {
        (KeyEncryption::RsaOaep256 | KeyEncryption::RsaOaep, Material::Rsa { n, e }) => {
            let content_key = random_key(enc, draw);
            let encrypted_key = by_oaep(n, e, alg, &content_key)?;
            Ok(Wrapped { content_key, encrypted_key, header: Map::new() })
        }
        (KeyEncryption::EcdhEs, Material::P256(point)) => {
            let (content_key, header) = agree(point, enc.as_str(), key_bytes(enc))?;
            Ok(Wrapped { content_key, encrypted_key: Vec::new(), header })
        }
        (KeyEncryption::EcdhEsA256Kw, Material::P256(point)) => {
            let content_key = random_key(enc, draw);
            let (wrapping_key, header) = agree(point, alg.as_str(), WRAPPING_KEY_BYTES)?;
            let mut encrypted_key = vec![0; content_key.expose().len() + WRAP_OVERHEAD_BYTES];
            let kek = AesKek::new(&AES_256, wrapping_key.expose()).map_err(|_| broken())?;
            kek.wrap(content_key.expose(), &mut encrypted_key).map_err(|_| broken())?;
            Ok(Wrapped { content_key, encrypted_key, header })
        }
        _ => Err(Fault::broken("a key was chosen that does not fit")),
    }
}

fn broken() -> Fault {
    Fault::broken("encryption failed")
}

const fn key_bytes(enc: ContentEncryption) -> usize {
    match enc {
        ContentEncryption::A128Gcm => 16,
        // RFC 7518 §5.2.3: one half authenticates, the other encrypts.
        ContentEncryption::A256Gcm | ContentEncryption::A128CbcHs256 => 32,
    }
}

fn random_key(enc: ContentEncryption, draw: &mut Draw) -> Sensitive<Vec<u8>> {
    let bytes: [u8; 32] = draw.bytes();
    Sensitive::new(bytes[..key_bytes(enc)].to_vec())
}

fn by_oaep(n: &[u8], e: &[u8], alg: KeyEncryption, content_key: &Sensitive<Vec<u8>>) -> Result<Vec<u8>, Fault> {
    let rules = if alg == KeyEncryption::RsaOaep { &OAEP_SHA1_MGF1SHA1 } else { &OAEP_SHA256_MGF1SHA256 };
    let key: PublicEncryptingKey = RsaPublicKeyComponents { n, e }.try_into().map_err(|_| broken())?;
    let key = OaepPublicEncryptingKey::new(key).map_err(|_| broken())?;
    let mut encrypted = vec![0; key.ciphertext_size()];
    let length = key.encrypt(rules, content_key.expose(), &mut encrypted, None).map_err(|_| broken())?.len();
    encrypted.truncate(length);
    Ok(encrypted)
}

/// A key, and the members of the header that lead to it.
type Agreed = (Sensitive<Vec<u8>>, Map<String, Value>);

/// A key of `bytes` bytes for `algorithm`, agreed with the holder of `point`, and the header that lets them find it.
fn agree(point: &[u8], algorithm: &str, bytes: usize) -> Result<Agreed, Fault> {
    let ephemeral = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).map_err(|_| broken())?;
    let public = ephemeral.compute_public_key().map_err(|_| broken())?;
    let (x, y) = public.as_ref()[1..].split_at(P256_COORDINATE_BYTES);
    let epk = json!({"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)});
    let key = agree_ephemeral(ephemeral, UnparsedPublicKey::new(&ECDH_P256, point), broken(), |shared| {
        Ok(derive(shared, algorithm, (b"", b""), bytes))
    })?;
    Ok((key, Map::from_iter([("epk".to_owned(), epk)])))
}

// RFC 7518 §4.6.2: one round of the Concat KDF is enough for 256 bits.
fn derive(shared: &[u8], algorithm: &str, (party_u, party_v): (&[u8], &[u8]), bytes: usize) -> Sensitive<Vec<u8>> {
    let be = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
    let mut hash = Sha256::new();
    hash.update(be(1));
    hash.update(shared);
    hash.update(be(algorithm.len()));
    hash.update(algorithm);
    hash.update(be(party_u.len()));
    hash.update(party_u);
    hash.update(be(party_v.len()));
    hash.update(party_v);
    hash.update(be(bytes * 8));
    Sensitive::new(hash.finalize()[..bytes].to_vec())
}

struct Sealed {
    iv: Vec<u8>,
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
}

fn seal(
    content: &[u8],
    key: &Sensitive<Vec<u8>>,
    enc: ContentEncryption,
    protected: &str,
    draw: &mut Draw,
) -> Result<Sealed, Fault> {
    match enc {
        ContentEncryption::A256Gcm => by_gcm(UnboundKey::new(&AES_256_GCM, key.expose()), content, protected, draw),
        ContentEncryption::A128Gcm => by_gcm(UnboundKey::new(&AES_128_GCM, key.expose()), content, protected, draw),
        ContentEncryption::A128CbcHs256 => by_cbc(key.expose(), content, protected, draw.bytes()),
    }
}

fn by_gcm(
    key: Result<UnboundKey, aws_lc_rs::error::Unspecified>,
    content: &[u8],
    protected: &str,
    draw: &mut Draw,
) -> Result<Sealed, Fault> {
    let key = LessSafeKey::new(key.map_err(|_| broken())?);
    let iv: [u8; NONCE_LEN] = draw.bytes();
    let mut ciphertext = content.to_vec();
    let (nonce, aad) = (Nonce::assume_unique_for_key(iv), Aad::from(protected.as_bytes()));
    let tag = key.seal_in_place_separate_tag(nonce, aad, &mut ciphertext).map_err(|_| broken())?;
    debug_assert_eq!(tag.as_ref().len(), GCM_TAG_BYTES);
    Ok(Sealed { iv: iv.to_vec(), ciphertext, tag: tag.as_ref().to_vec() })
}

// RFC 7518 §5.2.2.1
fn by_cbc(key: &[u8], content: &[u8], protected: &str, iv: [u8; CBC_IV_BYTES]) -> Result<Sealed, Fault> {
    let (authenticates, encrypts) = key.split_at(key.len() / 2);
    let cipher = UnboundCipherKey::new(&AES_128, encrypts).and_then(PaddedBlockEncryptingKey::cbc_pkcs7);
    let cipher = cipher.map_err(|_| broken())?;
    let mut ciphertext = content.to_vec();
    let start = EncryptionContext::Iv128(FixedLength::from(iv));
    cipher.less_safe_encrypt(&mut ciphertext, start).map_err(|_| broken())?;
    let aad = protected.as_bytes();
    let bits = u64::try_from(aad.len()).unwrap_or(u64::MAX).saturating_mul(8).to_be_bytes();
    let mac = hmac::Key::new(hmac::HMAC_SHA256, authenticates);
    let whole = hmac::sign(&mac, &[aad, &iv, &ciphertext, &bits].concat());
    let tag = whole.as_ref()[..whole.as_ref().len() / 2].to_vec();
    Ok(Sealed { iv: iv.to_vec(), ciphertext, tag })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::agreement::{PrivateKey, agree};
    use aws_lc_rs::cipher::{DecryptionContext, PaddedBlockDecryptingKey};
    use aws_lc_rs::rsa::{KeySize, OaepPrivateDecryptingKey, PrivateDecryptingKey};
    use aws_lc_rs::signature::KeyPair as _;

    use super::*;

    #[test]
    fn rfc7518_c_the_key_of_its_example() {
        // RFC 7518 §4.6.2: the derived key.
        let shared = [
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49, 110, 163, 218, 128,
            106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
        ];
        let key = derive(&shared, "A128GCM", (b"Alice", b"Bob"), 16);
        assert_eq!(URL_SAFE_NO_PAD.encode(key.expose()), "VqqN6vgjbSBcIijNcacQGg");
    }

    #[test]
    fn rfc7518_b_1_the_tag_of_its_example() {
        // RFC 7518 §5.2.2.1: what the tag is over.
        let key: Vec<u8> = (0..32).collect();
        let iv = [0x1a, 0xf3, 0x8c, 0x2d, 0xc2, 0xb9, 0x6f, 0xfd, 0xd8, 0x66, 0x94, 0x09, 0x23, 0x41, 0xbc, 0x04];
        let content = b"A cipher system must not be required to be secret, and it must be able to fall into the hands \
            of the enemy without inconvenience";
        let sealed = by_cbc(&key, content, "The second principle of Auguste Kerckhoffs", iv).unwrap();
        let tag = [0x65, 0x2c, 0x3f, 0xa3, 0x6b, 0x0a, 0x7c, 0x5b, 0x32, 0x19, 0xfa, 0xb3, 0xa3, 0x0b, 0xc1, 0xc4];
        assert_eq!(sealed.tag, tag);
    }

    /// A JWE in its parts.
    struct Opened {
        header: Value,
        protected: String,
        parts: Vec<Vec<u8>>,
    }

    fn taken_apart(jwe: &str) -> Opened {
        let (protected, rest) = jwe.split_once('.').unwrap();
        let header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(protected).unwrap()).unwrap();
        let parts: Vec<_> = rest.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        assert_eq!(parts.len(), 4);
        Opened { header, protected: protected.to_owned(), parts }
    }

    fn content(opened: &Opened, key: &[u8]) -> String {
        let [_, iv, ciphertext, tag] = &opened.parts[..] else { panic!("four parts") };
        let plain = match opened.header["enc"].as_str().unwrap() {
            "A128CBC-HS256" => {
                let cipher = UnboundCipherKey::new(&AES_128, &key[16..]).unwrap();
                let context = DecryptionContext::Iv128(FixedLength::try_from(&iv[..]).unwrap());
                let mut data = ciphertext.clone();
                PaddedBlockDecryptingKey::cbc_pkcs7(cipher).unwrap().decrypt(&mut data, context).unwrap().to_vec()
            }
            name => {
                let rules = if name == "A256GCM" { &AES_256_GCM } else { &AES_128_GCM };
                let cipher = LessSafeKey::new(UnboundKey::new(rules, key).unwrap());
                let nonce = Nonce::try_assume_unique_for_key(iv).unwrap();
                let mut data = [&ciphertext[..], tag].concat();
                cipher.open_in_place(nonce, Aad::from(opened.protected.as_bytes()), &mut data).unwrap().to_vec()
            }
        };
        String::from_utf8(plain).unwrap()
    }

    fn encrypted(jwk: &Value, how: (KeyEncryption, ContentEncryption)) -> Result<String, NotEncrypted> {
        let keys = ClientKeys::parse(&json!({"keys": [jwk]})).unwrap();
        encrypt("a.b.c", &keys, how.0, how.1, &mut Draw::from_seed([1; 32]))
    }

    #[test]
    fn the_holder_of_an_rsa_key_reads_every_content() {
        // RFC 7516 §5.1, RFC 7518 §4.1, §4.3: RSA-OAEP by both hashes. RFC 7518 §5.1, §5.2, §5.2.3, §5.3: the two
        // kinds of content encryption. RFC 7519 §5.2: `cty`.
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let der = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&private).unwrap();
        let pair = aws_lc_rs::rsa::KeyPair::from_pkcs8(der.as_ref()).unwrap();
        let n = URL_SAFE_NO_PAD.encode(pair.public_key().modulus().big_endian_without_leading_zero());
        let jwk = json!({"kty": "RSA", "kid": "r", "use": "enc", "n": n, "e": "AQAB"});
        let private = OaepPrivateDecryptingKey::new(private).unwrap();
        for (alg, rules) in
            [(KeyEncryption::RsaOaep256, &OAEP_SHA256_MGF1SHA256), (KeyEncryption::RsaOaep, &OAEP_SHA1_MGF1SHA1)]
        {
            for enc in ContentEncryption::ALL {
                let opened = taken_apart(&encrypted(&jwk, (alg, enc)).unwrap());
                assert_eq!((&opened.header["cty"], &opened.header["kid"]), (&json!("JWT"), &json!("r")));
                let mut key = vec![0; private.min_output_size()];
                let key = private.decrypt(rules, &opened.parts[0], &mut key, None).unwrap();
                assert_eq!(content(&opened, key), "a.b.c");
            }
        }
    }

    #[test]
    fn the_holder_of_a_p256_key_reads_every_content() {
        // RFC 7518 §4.4, §4.6: agreed keys, as they are and wrapping another.
        let private = PrivateKey::generate(&ECDH_P256).unwrap();
        let public = private.compute_public_key().unwrap();
        let (x, y) = public.as_ref()[1..].split_at(P256_COORDINATE_BYTES);
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)});
        for enc in ContentEncryption::ALL {
            for alg in [KeyEncryption::EcdhEs, KeyEncryption::EcdhEsA256Kw] {
                let opened = taken_apart(&encrypted(&jwk, (alg, enc)).unwrap());
                let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(opened.header["epk"][name].as_str().unwrap());
                let point = [vec![4], coordinate("x").unwrap(), coordinate("y").unwrap()].concat();
                let epk = UnparsedPublicKey::new(&ECDH_P256, point);
                let shared = agree(&private, epk, (), |shared| Ok(shared.to_vec())).unwrap();
                let key = if alg == KeyEncryption::EcdhEs {
                    derive(&shared, enc.as_str(), (b"", b""), key_bytes(enc)).expose().clone()
                } else {
                    let kek = derive(&shared, alg.as_str(), (b"", b""), WRAPPING_KEY_BYTES);
                    let mut key = vec![0; key_bytes(enc)];
                    AesKek::new(&AES_256, kek.expose()).unwrap().unwrap(&opened.parts[0], &mut key).unwrap();
                    key
                };
                assert_eq!(content(&opened, &key), "a.b.c");
            }
        }
    }

    #[test]
    fn a_key_that_is_for_something_else_is_not_used() {
        let public = PrivateKey::generate(&ECDH_P256).unwrap().compute_public_key().unwrap();
        let (x, y) = public.as_ref()[1..].split_at(P256_COORDINATE_BYTES);
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)});
        for (member, value) in [("use", "sig"), ("alg", "ES256"), ("alg", "ECDH-ES+A256KW")] {
            let mut other = jwk.clone();
            other[member] = value.into();
            let refused = encrypted(&other, (KeyEncryption::EcdhEs, ContentEncryption::A256Gcm));
            assert!(matches!(refused, Err(NotEncrypted::NoKey)), "{value}");
        }
        let rsa = encrypted(&jwk, (KeyEncryption::RsaOaep256, ContentEncryption::A256Gcm));
        assert!(matches!(rsa, Err(NotEncrypted::NoKey)));
    }
}
