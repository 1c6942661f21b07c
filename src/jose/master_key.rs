//! The master key: 256 bits that seal what must be read back and from which every other secret key of the program is
//! derived. It is handed in; where it comes from is `master_key_file`'s matter.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::base::secret::keyed_digest;
use crate::base::{Draw, Sensitive};

/// The length of a master key.
pub const MASTER_KEY_BYTES: usize = 32;

const BASE64URL_BYTES: usize = 43;
const HEXADECIMAL_BYTES: usize = 2 * MASTER_KEY_BYTES;
const SEALED_VERSION: &str = "v1";
const KEY_ID_BYTES: usize = 8;
const TAG_BYTES: usize = 16;

/// The key behind all others. It does not print and is wiped when dropped.
#[derive(Clone, Debug)]
pub struct MasterKey(Sensitive<[u8; MASTER_KEY_BYTES]>);

/// What a sealed text is for and which record it belongs to. It opens under the same label only, so one record's secret
/// cannot be put in another's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label<'a> {
    /// The kind of secret, such as `signing-key`.
    pub purpose: &'a str,
    /// The id of the record that holds it.
    pub record: &'a str,
}

/// Why a text is no master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAMasterKey {
    /// There is nothing, or only white space.
    Empty,
    /// It is the beginning of one.
    Truncated,
    /// It is something else.
    OtherContent,
}

/// Why a sealed text does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSealed {
    /// It is not of the form that sealing gives.
    Malformed,
    /// It was sealed with another master key.
    OtherMasterKey,
    /// It was sealed under another label, or changed since.
    Tampered,
}

impl fmt::Display for NotSealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the sealed text is malformed",
            Self::OtherMasterKey => "it was sealed with another master key",
            Self::Tampered => "the sealed text was changed or belongs to another record",
        })
    }
}

impl std::error::Error for NotSealed {}

impl MasterKey {
    /// A new key.
    pub fn generate(draw: &mut Draw) -> Self {
        Self(Sensitive::new(draw.bytes()))
    }

    /// The key of these bytes.
    pub const fn from_bytes(bytes: [u8; MASTER_KEY_BYTES]) -> Self {
        Self(Sensitive::new(bytes))
    }

    /// Reads the text form: base64url without padding, or hexadecimal; white space around it is forgiven.
    pub fn parse(text: &str) -> Result<Self, NotAMasterKey> {
        let text = text.trim_ascii();
        if text.is_empty() {
            return Err(NotAMasterKey::Empty);
        }
        let is_alphabet = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        match text.len() {
            0..BASE64URL_BYTES if is_alphabet => Err(NotAMasterKey::Truncated),
            BASE64URL_BYTES => decode_base64url(text).ok_or(NotAMasterKey::OtherContent),
            HEXADECIMAL_BYTES => decode_hexadecimal(text).ok_or(NotAMasterKey::OtherContent),
            _ => Err(NotAMasterKey::OtherContent),
        }
    }

    /// The text form.
    pub fn to_text(&self) -> Sensitive<String> {
        Sensitive::new(URL_SAFE_NO_PAD.encode(self.0.expose()))
    }

    /// The key for one purpose (cookie MACs, keyed digests, …). Keys of different purposes tell nothing of each other
    /// (JWT-12).
    pub fn derive(&self, purpose: &str) -> Sensitive<[u8; MASTER_KEY_BYTES]> {
        // HMAC-SHA-256 under a uniformly random key is a key derivation function (NIST SP 800-108).
        Sensitive::new(keyed_digest(self.0.expose(), &["doorward/derive/v1", purpose]))
    }

    /// Seals `plaintext` with AES-256-GCM for `label`, under a key of its purpose and bound to its record; the result is
    /// text for the store.
    ///
    /// # Panics
    ///
    /// When `plaintext` is longer than AES-GCM seals in one piece, 64 GiB.
    pub fn seal(&self, label: Label<'_>, plaintext: &[u8], draw: &mut Draw) -> String {
        let nonce = draw.bytes::<NONCE_LEN>();
        // Sealed where it lies and never moved, so that no copy of the plaintext stays behind.
        let mut sealed = Vec::with_capacity(NONCE_LEN + plaintext.len() + TAG_BYTES);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plaintext);
        let tag = self
            .sealing_key(label.purpose)
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(label.record),
                &mut sealed[NONCE_LEN..],
            )
            .expect("AES-GCM seals anything shorter than 64 GiB");
        sealed.extend_from_slice(tag.as_ref());
        format!("{SEALED_VERSION}.{}.{}", self.key_id(), URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens what [`MasterKey::seal`] gave for the same label.
    pub fn open(&self, label: Label<'_>, sealed: &str) -> Result<Sensitive<Vec<u8>>, NotSealed> {
        let (key_id, body) = sealed
            .strip_prefix(SEALED_VERSION)
            .and_then(|rest| rest.strip_prefix('.'))
            .and_then(|rest| rest.split_once('.'))
            .ok_or(NotSealed::Malformed)?;
        let body = URL_SAFE_NO_PAD.decode(body).map_err(|_| NotSealed::Malformed)?;
        let (nonce, rest) = body.split_first_chunk::<NONCE_LEN>().ok_or(NotSealed::Malformed)?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(NotSealed::Malformed)?;
        if key_id != self.key_id() {
            return Err(NotSealed::OtherMasterKey);
        }
        let mut plaintext = vec![0; ciphertext.len()];
        self.sealing_key(label.purpose)
            .open_separate_gather(Nonce::from(nonce), Aad::from(label.record), ciphertext, tag, &mut plaintext)
            .map_err(|_| NotSealed::Tampered)?;
        Ok(Sensitive::new(plaintext))
    }

    fn sealing_key(&self, purpose: &str) -> LessSafeKey {
        let key = Sensitive::new(keyed_digest(self.0.expose(), &["doorward/seal/v1", purpose]));
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.expose()).expect("AES-256 takes 32 bytes"))
    }

    /// Tells master keys apart without telling anything of them.
    fn key_id(&self) -> String {
        let digest = keyed_digest(self.0.expose(), &["doorward/key-id/v1"]);
        URL_SAFE_NO_PAD.encode(&digest[..KEY_ID_BYTES])
    }
}

fn decode_base64url(text: &str) -> Option<MasterKey> {
    let bytes = Sensitive::new(URL_SAFE_NO_PAD.decode(text).ok()?);
    bytes.expose().as_slice().try_into().ok().map(MasterKey::from_bytes)
}

fn decode_hexadecimal(text: &str) -> Option<MasterKey> {
    let mut bytes = [0; MASTER_KEY_BYTES];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |at: usize| char::from(digits[at]).to_digit(16);
        *byte = u8::try_from(digit(0)? << 4 | digit(1)?).ok()?;
    }
    Some(MasterKey::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LABEL: Label<'_> = Label { purpose: "signing-key", record: "kid" };

    #[test]
    fn both_spellings_are_read_and_nothing_else() {
        let key = MasterKey::from_bytes([0xa5; 32]);
        let text = key.to_text();
        let text = text.expose().as_str();
        assert_eq!(MasterKey::parse(&format!(" {text}\n")).unwrap().to_text(), key.to_text());
        assert_eq!(MasterKey::parse(&"A5".repeat(32)).unwrap().to_text(), key.to_text());
        for (text, why) in [
            ("", NotAMasterKey::Empty),
            (" \n\t", NotAMasterKey::Empty),
            (&text[..42], NotAMasterKey::Truncated),
            ("x", NotAMasterKey::Truncated),
            ("not a key", NotAMasterKey::OtherContent),
            (&format!("{text}="), NotAMasterKey::OtherContent),
            (&format!("{text}A"), NotAMasterKey::OtherContent),
            (&"g".repeat(64), NotAMasterKey::OtherContent),
            (&"_".repeat(43), NotAMasterKey::OtherContent),
            (&"-----BEGIN PRIVATE KEY-----\n".repeat(9), NotAMasterKey::OtherContent),
        ] {
            assert_eq!(MasterKey::parse(text).unwrap_err(), why, "{text}");
        }
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_only() {
        let (key, other) = (MasterKey::from_bytes([1; 32]), MasterKey::from_bytes([2; 32]));
        let mut draw = Draw::from_seed([9; 32]);
        let sealed = key.seal(LABEL, b"attack at dawn", &mut draw);
        assert_eq!(key.open(LABEL, &sealed).unwrap().expose(), b"attack at dawn");
        assert_eq!(other.open(LABEL, &sealed).unwrap_err(), NotSealed::OtherMasterKey);
        assert_ne!(key.seal(LABEL, b"attack at dawn", &mut draw), sealed, "each time under a nonce of its own");
        assert!(key.open(LABEL, &key.seal(LABEL, b"", &mut draw)).unwrap().expose().is_empty());
    }

    #[test]
    fn other_texts_are_not_sealed_texts() {
        let key = MasterKey::from_bytes([1; 32]);
        let sealed = key.seal(LABEL, b"secret", &mut Draw::from_seed([9; 32]));
        let empty = format!("v1.{}.", key.key_id());
        for text in ["", "v1", "v1.", "v1.x.y z", "v2.a.b", "plain text", &sealed[1..], &format!("{sealed}="), &empty] {
            assert_eq!(key.open(LABEL, text).unwrap_err(), NotSealed::Malformed, "{text}");
        }
    }

    #[test]
    fn log_02_a_master_key_does_not_print() {
        assert_eq!(format!("{:?}", MasterKey::from_bytes([7; 32])), "MasterKey([secret])");
    }

    proptest! {
        #[test]
        fn a_sealed_text_with_one_character_changed_does_not_open(
            secret in prop::collection::vec(any::<u8>(), 0..200), place in any::<prop::sample::Index>(), by in "[A-Za-z0-9_.-]",
        ) {
            let key = MasterKey::from_bytes([1; 32]);
            let sealed = key.seal(LABEL, &secret, &mut Draw::from_seed([9; 32]));
            let at = place.index(sealed.len());
            let changed = format!("{}{by}{}", &sealed[..at], &sealed[at + 1..]);
            prop_assert_eq!(key.open(LABEL, &changed).is_ok(), changed == sealed);
        }
    }
}
