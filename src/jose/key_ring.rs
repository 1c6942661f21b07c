//! The signing keys, parsed and ready: an immutable snapshot of the store's records.
//!
//! Every published key is opened with the master key and its public half computed from its private half, so a record that
//! somebody else put into the store is never trusted. Phases are read at each use from the time that is handed in; only
//! which keys stand in the published set is as of the moment the ring was made.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::generate::label;
use super::key_pair::KeyPair;
use super::master_key::{MasterKey, NotSealed};
use super::public_key::VerifyingKey;
use super::signing::{Typ, Unsigned};
use super::verification::{Expect, JwtRefusal, verify};
use crate::base::bounds::KID_BYTES_MAX;
use crate::base::{Fault, Timestamp};
use crate::model::key::{KeyPhase, SigningAlgorithm, SigningKeyRecord, signing_key};

/// The keys at one moment.
#[derive(Debug)]
pub struct KeyRing {
    keys: HashMap<String, ParsedKey>,
    key_set: KeySet,
}

#[derive(Debug)]
struct ParsedKey {
    record: SigningKeyRecord,
    pair: Arc<KeyPair>,
    verifying: VerifyingKey,
}

/// The published key set (RFC 7517 §5), rendered once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySet {
    /// The JSON document.
    pub json: Vec<u8>,
    /// Its strong entity tag, quotes included (RFC 9110 §8.8.3).
    pub etag: String,
}

/// Why the records do not make a ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRingError {
    /// The key that is the trouble.
    pub kid: String,
    /// What is wrong with it.
    pub wrong: KeyRingWrong,
}

/// What is wrong with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRingWrong {
    /// Its private half does not open.
    NotSealed(NotSealed),
    /// What opened is not the key the record names.
    OtherKey,
    /// What opened is not a key for its algorithm.
    Malformed(Fault),
}

impl KeyRing {
    /// Opens and parses every key that is not gone at `now`.
    pub fn open(
        records: impl IntoIterator<Item = SigningKeyRecord>,
        master_key: &MasterKey,
        now: Timestamp,
    ) -> Result<Self, KeyRingError> {
        let mut keys = HashMap::new();
        let mut published = Vec::new();
        for record in records.into_iter().filter(|record| record.phase(now) != KeyPhase::Gone) {
            let kid = record.kid.clone();
            let opened = ParsedKey::open(record, master_key);
            let (parsed, jwk) = opened.map_err(|wrong| KeyRingError { kid: kid.clone(), wrong })?;
            published.push((rank(&parsed.record, now), jwk));
            keys.insert(kid, parsed);
        }
        published.sort_by(|(a, _), (b, _)| a.cmp(b));
        let key_set = KeySet::render(published.into_iter().map(|(_, jwk)| jwk).collect());
        Ok(Self { keys, key_set })
    }

    /// The published key set.
    pub const fn key_set(&self) -> &KeySet {
        &self.key_set
    }

    /// Whether there is a key to sign with for every algorithm at `now`.
    pub fn is_complete(&self, now: Timestamp) -> bool {
        SigningAlgorithm::ALL.into_iter().all(|algorithm| self.signing_key(algorithm, now).is_some())
    }

    /// Header and claims for the key that signs `algorithm` at `now`; a signing thread makes a token of it.
    pub fn prepare(
        &self,
        typ: Typ,
        algorithm: SigningAlgorithm,
        claims: &impl Serialize,
        now: Timestamp,
    ) -> Result<Unsigned, Fault> {
        let key = self
            .signing_key(algorithm, now)
            .ok_or_else(|| Fault::Broken(format!("there is no key that signs {algorithm}")))?;
        Unsigned::new(typ, &key.record.kid, Arc::clone(&key.pair), claims)
    }

    /// The claims of `token` when it is one of ours and what is expected.
    pub fn verify<Claims: DeserializeOwned>(&self, token: &str, expect: &Expect<'_>) -> Result<Claims, JwtRefusal> {
        verify(token, expect, |kid| self.published_key(kid, expect.now))
    }

    fn signing_key(&self, algorithm: SigningAlgorithm, now: Timestamp) -> Option<&ParsedKey> {
        let record = signing_key(self.keys.values().map(|key| &key.record), algorithm, now)?;
        self.keys.get(&record.kid)
    }

    fn published_key(&self, kid: &str, now: Timestamp) -> Option<&VerifyingKey> {
        let key = (kid.len() <= KID_BYTES_MAX).then(|| self.keys.get(kid)).flatten()?;
        (key.record.phase(now) != KeyPhase::Gone).then_some(&key.verifying)
    }
}

impl ParsedKey {
    fn open(record: SigningKeyRecord, master_key: &MasterKey) -> Result<(Self, Jwk), KeyRingWrong> {
        let private_key =
            master_key.open(label(&record.kid), &record.sealed_private_key).map_err(KeyRingWrong::NotSealed)?;
        let pair = KeyPair::from_pkcs8(record.algorithm, private_key.expose()).map_err(KeyRingWrong::Malformed)?;
        let jwk = pair.public_parts().to_jwk().map_err(KeyRingWrong::Malformed)?;
        if jwk.common.key_id.as_deref() != Some(record.kid.as_str()) {
            return Err(KeyRingWrong::OtherKey);
        }
        let verifying = VerifyingKey::from_jwk(&jwk).ok_or(KeyRingWrong::OtherKey)?;
        Ok((Self { record, pair: Arc::new(pair), verifying }, jwk))
    }
}

/// RS256 first and the signing key before the others: the place where a relying party looks that takes the first key.
fn rank(record: &SigningKeyRecord, now: Timestamp) -> (SigningAlgorithm, u8, String) {
    let phase = match record.phase(now) {
        KeyPhase::Signing => 0,
        KeyPhase::Announced => 1,
        KeyPhase::Retiring | KeyPhase::Gone => 2,
    };
    (record.algorithm, phase, record.kid.clone())
}

impl KeySet {
    fn render(keys: Vec<Jwk>) -> Self {
        let json = serde_json::to_vec(&JwkSet { keys }).expect("a JWK is texts only");
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest(&SHA256, &json).as_ref()[..16]));
        Self { json, etag }
    }
}

impl fmt::Display for KeyRingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sentence, hint) = match &self.wrong {
            KeyRingWrong::NotSealed(NotSealed::OtherMasterKey) => (
                "the database was sealed with another master key".to_owned(),
                "put back the master key this database was made with",
            ),
            KeyRingWrong::NotSealed(not) => (format!("a signing key does not open: {not}"), RESTORE),
            KeyRingWrong::OtherKey => ("a signing key is not the one its name says".to_owned(), RESTORE),
            KeyRingWrong::Malformed(fault) => (format!("a signing key is damaged: {fault}"), RESTORE),
        };
        write!(f, "{sentence}\n  at signing key {} in the database\n  hint: {hint}", self.kid)
    }
}

const RESTORE: &str = "restore the database from a backup, or withdraw its keys: doorward keys rotate --emergency";

impl std::error::Error for KeyRingError {}
