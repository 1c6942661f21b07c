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
use super::known_signatures::{Fingerprint, KnownSignatures};
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
    known: KnownSignatures,
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
        Ok(Self { keys, key_set, known: KnownSignatures::default() })
    }

    /// The published key set.
    pub const fn key_set(&self) -> &KeySet {
        &self.key_set
    }

    /// Whether there is a key to sign with for each of `algorithms` at `now`.
    pub fn is_complete(&self, algorithms: &[SigningAlgorithm], now: Timestamp) -> bool {
        algorithms.iter().all(|algorithm| self.signing_key(*algorithm, now).is_some())
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
        verify(token, expect, &self.known, |kid| self.published_key(kid, expect.now))
    }

    /// Remembers a token that was just made with a key of this ring and is soon to come back.
    pub fn remember(&self, token: &str) {
        self.known.keep(Fingerprint::of(token));
    }

    /// Whether `other` has the same keys and publishes the same set.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let has_same =
            |(kid, key): (&String, &ParsedKey)| other.keys.get(kid).is_some_and(|others| others.record == key.record);
        self.key_set == other.key_set && self.keys.len() == other.keys.len() && self.keys.iter().all(has_same)
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
        let private_key = master_key.open(label(record.algorithm, &record.kid), &record.sealed_private_key);
        let private_key = private_key.map_err(KeyRingWrong::NotSealed)?;
        let pair = KeyPair::from_pkcs8(record.algorithm, private_key.expose()).map_err(KeyRingWrong::Malformed)?;
        let jwk = pair.public_jwk().map_err(KeyRingWrong::Malformed)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Draw;
    use crate::jose::fixture::{ISSUER, NOW, claims, expect, master_key, new_record, record, records, ring, token};
    use serde_json::Value;

    #[test]
    fn disc_07_the_key_set_has_public_members_only_and_each_kid_once() {
        let set: Value = serde_json::from_slice(&ring().key_set().json).unwrap();
        let keys = set["keys"].as_array().unwrap();
        let mut kids: Vec<&str> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
        kids.dedup();
        assert_eq!(kids.len(), 4);
        for key in keys {
            let mut names: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
            names.sort_unstable();
            let wanted: &[&str] = match key["kty"].as_str() {
                Some("RSA") => &["alg", "e", "kid", "kty", "n", "use"],
                Some("EC") => &["alg", "crv", "kid", "kty", "use", "x", "y"],
                _ => &["alg", "crv", "kid", "kty", "use", "x"],
            };
            assert_eq!(names, wanted);
            assert_eq!(key["use"], "sig");
        }
        assert_eq!(keys[1]["alg"], "PS256");
        assert_eq!(keys[0]["alg"], "RS256", "first, for relying parties that take the first key");
        assert_eq!(keys[0]["n"].as_str().unwrap().len(), 342, "2048 bits");
    }

    #[test]
    fn a_ring_of_the_same_records_is_the_same() {
        let open = |records: &[SigningKeyRecord]| KeyRing::open(records.to_vec(), &master_key(), NOW).unwrap();
        assert!(open(records()).is_same_as(&ring()));
        assert!(!open(&records()[1..]).is_same_as(&ring()) && !ring().is_same_as(&open(&records()[1..])));
        let mut scheduled = records().to_vec();
        scheduled[0].retires_at = Some(NOW.plus_seconds(60));
        assert!(!open(&scheduled).is_same_as(&ring()));
    }

    #[test]
    fn a_remembered_token_of_a_key_that_is_withdrawn_is_refused_all_the_same() {
        let token = token(SigningAlgorithm::ES256);
        let kid = &record(SigningAlgorithm::ES256).kid;
        let others = records().iter().filter(|record| record.kid != *kid).cloned();
        let ring = KeyRing::open(others, &master_key(), NOW).unwrap();
        ring.remember(&token);
        assert_eq!(ring.verify::<Value>(&token, &expect()), Err(JwtRefusal::UnknownKey));
    }

    #[test]
    fn the_entity_tag_changes_with_the_keys_and_only_with_them() {
        let etag = ring().key_set().etag.clone();
        assert_eq!(ring().key_set().etag, etag);
        let fewer = KeyRing::open(records()[1..].to_vec(), &master_key(), NOW).unwrap();
        assert_ne!(fewer.key_set().etag, etag);
        assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 20);
    }

    #[test]
    fn a_library_nobody_here_wrote_verifies_our_tokens_against_the_key_set() {
        // RFC 7515 §3.1, §5.1: three parts that another library takes. RFC 7518 §3, §3.1, §3.3, §3.4, §3.5: the signatures
        // of each algorithm.
        let set: JwkSet = serde_json::from_slice(&ring().key_set().json).unwrap();
        for (algorithm, theirs) in [
            (SigningAlgorithm::RS256, jsonwebtoken::Algorithm::RS256),
            (SigningAlgorithm::PS256, jsonwebtoken::Algorithm::PS256),
            (SigningAlgorithm::ES256, jsonwebtoken::Algorithm::ES256),
            (SigningAlgorithm::EdDSA, jsonwebtoken::Algorithm::EdDSA),
        ] {
            let token = token(algorithm);
            let header = jsonwebtoken::decode_header(&token).unwrap();
            assert_eq!((header.alg, header.typ.as_deref()), (theirs, Some("at+jwt")));
            let key = jsonwebtoken::DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
            let mut validation = jsonwebtoken::Validation::new(theirs);
            validation.validate_exp = false;
            validation.set_audience(&["https://api.example"]);
            validation.set_issuer(&[ISSUER]);
            assert_eq!(jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap().claims, claims());
        }
    }

    #[test]
    fn f_37_the_ring_follows_the_clock_between_two_rotations() {
        let mut draw = Draw::from_seed([8; 32]);
        let mut first = new_record(SigningAlgorithm::EdDSA, &mut draw);
        let mut second = new_record(SigningAlgorithm::EdDSA, &mut draw);
        let takeover = NOW.plus_seconds(3600);
        first.retires_at = Some(takeover);
        second.signs_from = takeover;
        let (old, new) = (first.kid.clone(), second.kid.clone());
        let ring = KeyRing::open([first, second], &master_key(), NOW).unwrap();
        let signer = |now| ring.signing_key(SigningAlgorithm::EdDSA, now).map(|key| key.record.kid.clone());
        assert_eq!(signer(takeover.plus_seconds(-1)), Some(old));
        assert_eq!(signer(takeover), Some(new));
        assert!(!ring.is_complete(&SigningAlgorithm::USUAL, NOW));
    }

    #[test]
    fn a_record_that_somebody_else_put_there_is_not_trusted() {
        let open = |record: SigningKeyRecord, key: &MasterKey| KeyRing::open([record], key, NOW).unwrap_err().wrong;
        let genuine = record(SigningAlgorithm::ES256);
        let other_key = MasterKey::from_bytes([1; 32]);
        assert_eq!(open(genuine.clone(), &other_key), KeyRingWrong::NotSealed(NotSealed::OtherMasterKey));
        let renamed = SigningKeyRecord { kid: "another".to_owned(), ..genuine.clone() };
        assert_eq!(open(renamed, &master_key()), KeyRingWrong::NotSealed(NotSealed::Tampered));
        let other_algorithm = SigningKeyRecord { algorithm: SigningAlgorithm::RS256, ..genuine.clone() };
        assert!(matches!(open(other_algorithm, &master_key()), KeyRingWrong::Malformed(_)));
        let other_padding =
            SigningKeyRecord { algorithm: SigningAlgorithm::PS256, ..record(SigningAlgorithm::RS256).clone() };
        assert_eq!(open(other_padding, &master_key()), KeyRingWrong::NotSealed(NotSealed::Tampered));
        let another = new_record(SigningAlgorithm::ES256, &mut Draw::from_seed([8; 32]));
        let pkcs8 = master_key().open(label(another.algorithm, &another.kid), &another.sealed_private_key).unwrap();
        let sealed_private_key =
            master_key().seal(label(genuine.algorithm, &genuine.kid), pkcs8.expose(), &mut Draw::from_seed([9; 32]));
        let exchanged = SigningKeyRecord { sealed_private_key, ..genuine.clone() };
        assert_eq!(open(exchanged, &master_key()), KeyRingWrong::OtherKey);
        let plain = SigningKeyRecord { sealed_private_key: "secret".to_owned(), ..genuine.clone() };
        assert_eq!(open(plain, &master_key()), KeyRingWrong::NotSealed(NotSealed::Malformed));
    }

    #[test]
    fn the_published_half_is_the_private_keys_own_whatever_the_record_says() {
        let mut record = record(SigningAlgorithm::EdDSA).clone();
        record.public_jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"attacker"}"#.to_owned();
        let ring = KeyRing::open([record.clone()], &master_key(), NOW).unwrap();
        let set: JwkSet = serde_json::from_slice(&ring.key_set().json).unwrap();
        assert_eq!(set.keys[0].common.key_id.as_deref(), Some(record.kid.as_str()));
        assert!(!String::from_utf8(ring.key_set().json.clone()).unwrap().contains("attacker"));
    }

    #[test]
    fn ops_01_a_wrong_master_key_is_told_with_what_to_do() {
        let error = KeyRing::open(records().to_vec(), &MasterKey::from_bytes([1; 32]), NOW).unwrap_err();
        let said = error.to_string().replace(&error.kid, "KID");
        assert_eq!(
            said,
            "the database was sealed with another master key\n  at signing key KID in the database\n  hint: put back \
             the master key this database was made with"
        );
    }
}
