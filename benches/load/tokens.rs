//! Whether a token is what it should be: its form and names at every answer, its signature at a sample of them, and
//! that none was ever given twice.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

use crate::http::Wrong;

/// One signature in this many is verified; the driver shares the server's processors.
const SAMPLE: u64 = 64;

/// The kind of a JWT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// RFC 9068.
    AccessToken,
    /// OpenID Connect Core §2.
    IdToken,
}

/// What is looked at in every token.
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// Who made it.
    pub iss: String,
    /// Whom it speaks for.
    pub sub: String,
    /// When it ends.
    pub exp: i64,
    /// When it was made.
    pub iat: i64,
    /// What the request said.
    pub nonce: Option<String>,
    /// Its own name.
    pub jti: Option<String>,
    /// What it is bound to.
    pub cnf: Option<Confirmation>,
}

/// The key that a token is bound to (RFC 9449 §6.1).
#[derive(Debug, Deserialize)]
pub struct Confirmation {
    /// The thumbprint of the key.
    pub jkt: String,
}

#[derive(Deserialize)]
struct Header {
    alg: Algorithm,
    typ: String,
    kid: String,
}

/// Everything that was issued to us in this run, and the keys to check it with.
pub struct Tokens {
    issuer: String,
    keys: HashMap<String, DecodingKey>,
    seen: Mutex<HashSet<u64>>,
    checked: AtomicU64,
    verified: AtomicU64,
}

impl Tokens {
    /// Checks tokens of `issuer` against its published key set.
    pub fn new(issuer: &str, key_set: &[u8]) -> Result<Self, Wrong> {
        let unusable = |problem: String| Wrong::answer("a key set", problem);
        let set: JwkSet = serde_json::from_slice(key_set).map_err(|problem| unusable(problem.to_string()))?;
        let mut keys = HashMap::new();
        for jwk in &set.keys {
            let kid = jwk.common.key_id.clone().ok_or_else(|| unusable("a key without a name".to_owned()))?;
            keys.insert(kid, DecodingKey::from_jwk(jwk).map_err(|problem| unusable(problem.to_string()))?);
        }
        let (seen, checked, verified) = (Mutex::default(), AtomicU64::new(0), AtomicU64::new(0));
        Ok(Self { issuer: issuer.to_owned(), keys, seen, checked, verified })
    }

    /// How many signatures were verified so far.
    pub fn verified(&self) -> u64 {
        self.verified.load(Ordering::Relaxed)
    }

    /// The claims of a token that is as it should be.
    pub fn check(&self, token: &str, kind: Kind, alg: Algorithm) -> Result<Claims, Wrong> {
        let [header, claims, signature] = parts(token)?;
        let header: Header = json(header)?;
        let typ = if kind == Kind::AccessToken { "at+jwt" } else { "JWT" };
        if header.alg != alg || header.typ != typ {
            return Err(Wrong::answer("the algorithm and kind asked for", format!("{:?} {}", header.alg, header.typ)));
        }
        if signature.len() != signature_chars(alg) {
            return Err(Wrong::answer("a signature", signature));
        }
        let claims: Claims = json(claims)?;
        if claims.iss != self.issuer || claims.exp <= claims.iat {
            return Err(Wrong::answer("our issuer and a lifetime", format!("{claims:?}")));
        }
        self.never_seen(token)?;
        if kind == Kind::AccessToken {
            // Two signatures over the same differ; the names tell whether it is the same.
            self.never_seen(claims.jti.as_ref().ok_or_else(|| Wrong::answer("a jti", "none"))?)?;
        }
        if self.checked.fetch_add(1, Ordering::Relaxed).is_multiple_of(SAMPLE) {
            self.verify(token, &header)?;
        }
        Ok(claims)
    }

    /// Remembers a token, and refuses one that was there before.
    pub fn never_seen(&self, token: &str) -> Result<(), Wrong> {
        let mut hasher = DefaultHasher::new();
        token.hash(&mut hasher);
        let mut seen = self.seen.lock().expect("no check panics");
        if seen.insert(hasher.finish()) { Ok(()) } else { Err(Wrong::answer("a new token", "one for the second time")) }
    }

    fn verify(&self, token: &str, header: &Header) -> Result<(), Wrong> {
        let key = self.keys.get(&header.kid).ok_or_else(|| Wrong::answer("a published key", &*header.kid))?;
        let mut validation = Validation::new(header.alg);
        validation.validate_aud = false;
        validation.set_issuer(&[&self.issuer]);
        decode::<serde_json::Value>(token, key, &validation)
            .map_err(|problem| Wrong::answer("a signature that verifies", problem.to_string()))?;
        self.verified.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

fn parts(token: &str) -> Result<[&str; 3], Wrong> {
    let parts: Vec<&str> = token.split('.').collect();
    parts.try_into().map_err(|_| Wrong::answer("three parts", token))
}

fn json<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, Wrong> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|problem| Wrong::answer("base64url", problem.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|problem| Wrong::answer("header and claims", problem.to_string()))
}

/// Characters of a signature in base64url: 256 bytes for RS256 with 2048 bits, 64 for the others.
fn signature_chars(alg: Algorithm) -> usize {
    if alg == Algorithm::RS256 { 342 } else { 86 }
}
