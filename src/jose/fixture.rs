//! Keys and tokens for the tests of this module. The keys are made once, because an RSA key takes its time.

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::generate::{generate_key, label};
use super::key_pair::KeyPair;
use super::rotation::Addition;
use super::{Audience, Expect, KeyRing, Lifetime, MasterKey, Typ};
use crate::base::{Draw, Timestamp};
use crate::model::key::{SigningAlgorithm, SigningKeyRecord};

pub const ISSUER: &str = "https://idp.example";
pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

pub fn master_key() -> MasterKey {
    MasterKey::from_bytes([42; 32])
}

/// One signing key of each algorithm.
pub fn records() -> &'static [SigningKeyRecord] {
    static RECORDS: LazyLock<Vec<SigningKeyRecord>> = LazyLock::new(|| {
        let mut draw = Draw::from_seed([5; 32]);
        SigningAlgorithm::ALL.into_iter().map(|algorithm| new_record(algorithm, &mut draw)).collect()
    });
    &RECORDS
}

pub fn new_record(algorithm: SigningAlgorithm, draw: &mut Draw) -> SigningKeyRecord {
    let addition = Addition { algorithm, announced_at: NOW, signs_from: NOW };
    generate_key(algorithm, draw).unwrap().into_record(addition, &master_key(), draw)
}

pub fn record(algorithm: SigningAlgorithm) -> &'static SigningKeyRecord {
    records().iter().find(|record| record.algorithm == algorithm).unwrap()
}

pub fn ring() -> KeyRing {
    KeyRing::open(records().to_vec(), &master_key(), NOW).unwrap()
}

/// The private half of a record.
pub fn pair_of(record: &SigningKeyRecord) -> Arc<KeyPair> {
    let pkcs8 = master_key().open(label(record.algorithm, &record.kid), &record.sealed_private_key).unwrap();
    Arc::new(KeyPair::from_pkcs8(record.algorithm, pkcs8.expose()).unwrap())
}

/// The claims of an access token that is in order.
pub fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "ada", "aud": "https://api.example", "client_id": "acme", "jti": "1",
        "iat": NOW.seconds(), "exp": NOW.seconds() + 300,
    })
}

pub fn expect() -> Expect<'static> {
    Expect {
        typ: Typ::AccessToken,
        issuer: ISSUER,
        audience: Audience::Only("https://api.example"),
        algorithms: &SigningAlgorithm::ALL,
        now: NOW,
        lifetime: Lifetime::Alive,
    }
}

/// A token that is in order.
pub fn token(algorithm: SigningAlgorithm) -> String {
    ring().prepare(Typ::AccessToken, algorithm, &claims(), NOW).unwrap().sign_here().unwrap()
}

/// The header of a token that is in order.
pub fn header(algorithm: SigningAlgorithm) -> Value {
    json!({ "typ": "at+jwt", "alg": algorithm, "kid": record(algorithm).kid })
}

/// Any header and payload, with a right signature by `pair`.
pub fn forge(pair: &KeyPair, header: &str, payload: &str) -> String {
    let input = format!("{}.{}", encode(header), encode(payload));
    let signature = pair.sign(input.as_bytes()).unwrap();
    format!("{input}.{}", encode(signature))
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
