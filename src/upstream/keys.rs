//! A provider's published keys, and verifying what it signed with them.
//!
//! Only keys with a public half count, with the algorithm they are published for and that their type fits; there is no
//! `none` and no shared secret to choose.
//!
//! RFC 7517 §4, §5, RFC 8725 §3.1, §3.2, §3.5.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::JsonWebKey as _;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::UpstreamFailure;
use super::cache::{Cache, Fetched};
use super::discovery::get_json;
use super::http::malformed;
use super::issuer;
use super::line::Line;
use crate::base::bounds::{UPSTREAM_KEYS_MAX, UPSTREAM_RSA_BITS_MIN};
use crate::jose::compact::{Compact, Header};

/// The algorithms that a provider may sign with.
const ALGORITHMS: [(&str, CoreJwsSigningAlgorithm); 9] = [
    ("RS256", CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256),
    ("RS384", CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384),
    ("RS512", CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512),
    ("PS256", CoreJwsSigningAlgorithm::RsaSsaPssSha256),
    ("PS384", CoreJwsSigningAlgorithm::RsaSsaPssSha384),
    ("PS512", CoreJwsSigningAlgorithm::RsaSsaPssSha512),
    ("ES256", CoreJwsSigningAlgorithm::EcdsaP256Sha256),
    ("ES384", CoreJwsSigningAlgorithm::EcdsaP384Sha384),
    ("EdDSA", CoreJwsSigningAlgorithm::EdDsa),
];

/// The keys of one document.
#[derive(Debug)]
pub(super) struct KeySet(Vec<Key>);

#[derive(Debug, Clone)]
struct Key {
    kid: Option<String>,
    /// For whom alone it signs (Microsoft's).
    issuer: Option<String>,
    public: CoreJsonWebKey,
}

impl KeySet {
    /// The keys of a document that we understand; others are passed over (RFC 7517 §5).
    fn of(document: Vec<Value>) -> Self {
        Self(document.into_iter().take(UPSTREAM_KEYS_MAX).filter_map(Key::of).collect())
    }

    /// The key that signed `token`, of those that may have by its header.
    fn key_of(&self, token: &Compact<'_>, algorithm: &CoreJwsSigningAlgorithm) -> Result<Key, UpstreamFailure> {
        let is_named = |key: &&Key| token.header.kid.is_none() || token.header.kid == key.kid;
        let mut candidates = self.0.iter().filter(is_named).peekable();
        if candidates.peek().is_none() {
            return Err(unverified("it is signed with a key that the provider does not publish"));
        }
        let verifies =
            |key: &&Key| key.public.verify_signature(algorithm, token.signing_input, &token.signature).is_ok();
        candidates.find(verifies).cloned().ok_or(unverified("its signature is wrong"))
    }
}

impl Key {
    fn of(member: Value) -> Option<Self> {
        let text = |name: &str| member.get(name).and_then(Value::as_str).map(str::to_owned);
        let (kid, issuer) = (text("kid"), text("issuer"));
        let is_strong = match text("kty")?.as_str() {
            "RSA" => is_strong_rsa(&text("n")?),
            "EC" | "OKP" => true,
            _ => false,
        };
        let public = serde_json::from_value(member).ok()?;
        is_strong.then_some(Self { kid, issuer, public })
    }
}

fn is_strong_rsa(modulus: &str) -> bool {
    let bytes = URL_SAFE_NO_PAD.decode(modulus).unwrap_or_default();
    let bytes = bytes.iter().skip_while(|byte| **byte == 0).count();
    bytes * 8 >= UPSTREAM_RSA_BITS_MIN
}

/// Where a provider's keys come from.
#[derive(Clone, Copy)]
pub(super) struct KeySource<'a> {
    pub(super) line: Line<'a>,
    pub(super) cache: &'a Cache<KeySet>,
    pub(super) address: &'a str,
}

/// What a provider signed.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) header: Header,
    pub(super) claims: Map<String, Value>,
    algorithm: CoreJwsSigningAlgorithm,
    key: Key,
}

impl Signed {
    /// `at_hash` of an access token beside this token (OpenID Connect Core §3.1.3.6).
    pub(super) fn hash_of(&self, access_token: &str) -> Option<String> {
        let hash = self.key.public.hash_bytes(access_token.as_bytes(), &self.algorithm).ok()?;
        Some(URL_SAFE_NO_PAD.encode(&hash[..hash.len() / 2]))
    }

    /// A claim's text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    /// Whether the key that signed may sign for the issuer the token names.
    pub(super) fn key_permits_issuer(&self) -> bool {
        let iss = self.text("iss").unwrap_or_default();
        self.key.issuer.as_deref().is_none_or(|for_whom| issuer::key_permits(for_whom, iss, self.text("tid")))
    }
}

impl KeySource<'_> {
    /// What `token` says, when one of the provider's keys signed it. Keys are fetched anew when none of that name is
    /// known, or none of them fits (2.3).
    pub(super) async fn verify(&self, token: &str) -> Result<Signed, UpstreamFailure> {
        let now = self.line.now;
        let compact = Compact::parse(token).map_err(|refusal| malformed(&format!("a signed token: {refusal}")))?;
        let algorithm = ALGORITHMS.into_iter().find(|(name, _)| *name == compact.header.alg);
        let (_, algorithm) = algorithm.ok_or(unverified("it is signed by an algorithm that is not allowed"))?;
        let known = self.cache.get(now, Box::pin(self.fetch())).await?;
        let key = match known.key_of(&compact, &algorithm) {
            Ok(key) => key,
            // Of an unknown name, or a new one under an old name: `get_newer` sees to it that this is not done often.
            Err(_) => self.cache.get_newer(known, now, Box::pin(self.fetch())).await?.key_of(&compact, &algorithm)?,
        };
        let claims = compact.claims().map_err(|refusal| malformed(&format!("a signed token: {refusal}")))?;
        Ok(Signed { header: compact.header, claims, algorithm, key })
    }

    /// How many keys there are that can be used.
    pub(super) async fn count(&self) -> Result<usize, UpstreamFailure> {
        Ok(self.cache.get(self.line.now, Box::pin(self.fetch())).await?.0.len())
    }

    async fn fetch(&self) -> Result<Fetched<KeySet>, UpstreamFailure> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Value>,
        }
        let answer = self.line.call(get_json(self.address)?).await?;
        let fresh_seconds = answer.fresh_seconds();
        let document: Document = answer.json("the keys")?;
        Ok(Fetched { value: KeySet::of(document.keys), fresh_seconds })
    }
}

pub(super) const fn unverified(detail: &'static str) -> UpstreamFailure {
    UpstreamFailure::Unverified { detail }
}
