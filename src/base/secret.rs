//! Secrets and their digests. A secret cannot be printed; what need only be compared is kept as a digest; comparing
//! takes the same time whatever differs.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::entropy::Draw;

/// A value that is wiped when dropped and prints as `[secret]`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Sensitive<T: Zeroize>(T);

impl<T: Zeroize> Sensitive<T> {
    /// Takes `value` into custody.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that needs it.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Sensitive<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<T: Zeroize> From<T> for Sensitive<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<'de, T: Zeroize + serde::Deserialize<'de>> serde::Deserialize<'de> for Sensitive<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

/// What an opaque token is for. The prefix makes a leaked one recognisable and keeps the kinds apart (COD-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// An authorization code.
    AuthorizationCode,
    /// A refresh token.
    RefreshToken,
    /// A client's secret.
    ClientSecret,
    /// The cookie value of a signed-in session.
    Session,
    /// The cookie value that binds interactions to a browser.
    Browser,
    /// The token behind a mailed link.
    Link,
    /// What binds an interaction to the program that began it, in place of a browser's cookie.
    Flow,
    /// The `state` of a visit to another provider.
    Visit,
    /// What lets a stranger register a client.
    InitialAccess,
    /// What lets a registered client manage itself.
    Registration,
    /// What a device or an app polls with until a person has decided (RFC 8628, CIBA).
    Pending,
    /// An access token that can only be looked up.
    AccessToken,
    /// The reference of a pushed authorization request.
    PushedRequest,
}

impl TokenKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "dwc_",
            Self::RefreshToken => "dwr_",
            Self::ClientSecret => "dws_",
            Self::Session => "dwi_",
            Self::Browser => "dwb_",
            Self::Link => "dwl_",
            Self::Flow => "dwf_",
            Self::Visit => "dwv_",
            Self::InitialAccess => "dwn_",
            Self::Registration => "dwm_",
            Self::Pending => "dwd_",
            Self::AccessToken => "dwa_",
            Self::PushedRequest => "dwp_",
        }
    }
}

const TOKEN_BYTES: usize = 32;

/// 256 random bits behind a prefix that tells their kind.
#[derive(Clone, PartialEq, Eq)]
pub struct OpaqueToken(Sensitive<String>);

impl OpaqueToken {
    /// A new token of `kind`.
    pub fn generate(kind: TokenKind, draw: &mut Draw) -> Self {
        let bytes = Sensitive::new(draw.bytes::<TOKEN_BYTES>());
        Self(Sensitive::new(format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(bytes.expose()))))
    }

    /// The one token of `kind` that follows from `from` under `key`. Whoever repeats a request gets the same token
    /// again, and nobody without the key can tell it beforehand.
    pub fn derive(kind: TokenKind, key: &[u8], from: &Self) -> Self {
        let bytes = Sensitive::new(keyed_digest(key, &[kind.prefix(), from.expose()]));
        Self(Sensitive::new(format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(bytes.expose()))))
    }

    /// The one token of `kind` that stands for a record for some use. Mails that are written at different times carry the
    /// same one, and the store keeps nothing but its digest.
    pub fn of_record(kind: TokenKind, key: &[u8], usage: &str, record: &str) -> Self {
        let bytes = Sensitive::new(keyed_digest(key, &["record", kind.prefix(), usage, record]));
        Self(Sensitive::new(format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(bytes.expose()))))
    }

    /// Reads a presented token. Only the exact spelling that [`OpaqueToken::generate`] gives is one (COD-10).
    pub fn parse(kind: TokenKind, text: &str) -> Option<Self> {
        let body = text.strip_prefix(kind.prefix())?;
        let bytes = URL_SAFE_NO_PAD.decode(body).ok()?;
        (bytes.len() == TOKEN_BYTES).then(|| Self(Sensitive::new(text.to_owned())))
    }

    /// The token itself, for the response that hands it out.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What the store keeps of it.
    pub fn digest(&self) -> Digest {
        Digest::of(self.expose())
    }
}

impl fmt::Debug for OpaqueToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A SHA-256 digest in base64url: how secrets of high entropy are stored. `==` takes constant time.
#[derive(Clone, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
#[allow(clippy::derived_hash_with_manual_eq, reason = "equal digests have equal text, so the hashes agree")]
pub struct Digest(String);

impl Digest {
    /// The digest of a secret of high entropy.
    pub fn of(secret: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes())))
    }

    /// The digest of any bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(bytes)))
    }

    /// The digest, under `key`, of a secret that could be guessed offline (a six-digit code).
    pub fn keyed(key: &[u8], parts: &[&str]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(keyed_digest(key, parts)))
    }

    /// A digest as the store gave it back.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text the store keeps.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[digest]")
    }
}

/// HMAC-SHA-256 over `parts`, each preceded by its length so that no two lists of parts look alike.
#[expect(clippy::missing_panics_doc, reason = "HMAC takes a key of any length")]
pub fn keyed_digest(key: &[u8], parts: &[&str]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cod_09_tokens_carry_256_bits_and_never_print() {
        let mut draw = Draw::from_seed([3; 32]);
        let token = OpaqueToken::generate(TokenKind::AuthorizationCode, &mut draw);
        assert_eq!(token.expose().len(), 4 + 43);
        assert_eq!(format!("{token:?} {:?}", token.digest()), "[secret] [digest]");
    }

    #[test]
    fn cod_10_mutated_tokens_are_no_tokens() {
        let mut draw = Draw::from_seed([3; 32]);
        let text = OpaqueToken::generate(TokenKind::AuthorizationCode, &mut draw).expose().to_owned();
        assert!(OpaqueToken::parse(TokenKind::AuthorizationCode, &text).is_some());
        for mutated in
            [format!("{text} "), format!("{text}="), text[..46].to_owned(), format!("{text}A"), String::new()]
        {
            assert!(OpaqueToken::parse(TokenKind::AuthorizationCode, &mutated).is_none(), "{mutated}");
        }
    }

    #[test]
    fn cod_11_kinds_do_not_mix() {
        let mut draw = Draw::from_seed([3; 32]);
        let text = OpaqueToken::generate(TokenKind::AuthorizationCode, &mut draw).expose().to_owned();
        assert!(OpaqueToken::parse(TokenKind::RefreshToken, &text).is_none());
    }

    #[test]
    fn ref_04_a_derived_token_is_the_same_again_and_depends_on_key_and_origin() {
        let mut draw = Draw::from_seed([3; 32]);
        let kind = TokenKind::RefreshToken;
        let (one, two) = (OpaqueToken::generate(kind, &mut draw), OpaqueToken::generate(kind, &mut draw));
        let derived = OpaqueToken::derive(kind, b"key", &one);
        assert_eq!(derived, OpaqueToken::derive(kind, b"key", &one));
        assert_ne!(derived, OpaqueToken::derive(kind, b"another key", &one));
        assert_ne!(derived, OpaqueToken::derive(kind, b"key", &two));
        assert_eq!(OpaqueToken::parse(kind, derived.expose()), Some(derived));
    }

    #[test]
    fn keyed_digests_tell_lists_apart() {
        assert_ne!(Digest::keyed(b"k", &["ab", "c"]), Digest::keyed(b"k", &["a", "bc"]));
        assert_ne!(Digest::keyed(b"k", &["a"]), Digest::keyed(b"l", &["a"]));
    }
}
