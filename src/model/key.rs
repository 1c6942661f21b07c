//! Signing keys as the store keeps them, and the phase each of them is in at a moment.
//!
//! No key material is read here: the private half is sealed text, the public half JSON text. Which changes are due is
//! decided in `jose::rotation`.

use std::fmt;

use crate::base::Timestamp;

/// A signature algorithm of ours, under its name in RFC 7518 §3.1 and RFC 8037 §3.1. There is no `none` and no HMAC
/// to choose (DISC-05).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256; our keys have 2048 bits.
    RS256,
    /// RSASSA-PSS with SHA-256, by keys of its own of the same size. The operator switches it on.
    PS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

impl SigningAlgorithm {
    /// Every algorithm, the one that all relying parties must know first. What was signed with any of them is verified
    /// as long as there is its key.
    pub const ALL: [Self; 4] = [Self::RS256, Self::PS256, Self::ES256, Self::EdDSA];
    /// Those that are always offered.
    pub const USUAL: [Self; 3] = [Self::RS256, Self::ES256, Self::EdDSA];

    /// Those that new signatures are made with.
    pub const fn offered(with_ps256: bool) -> &'static [Self] {
        if with_ps256 { &Self::ALL } else { &Self::USUAL }
    }

    /// Whether its keys are RSA keys, whose signatures take long.
    pub const fn is_rsa(self) -> bool {
        matches!(self, Self::RS256 | Self::PS256)
    }

    /// The name as it stands in `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }

    /// The algorithm of exactly this name; letter case counts.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }
}

impl fmt::Display for SigningAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An algorithm that clients may sign with (RFC 7518 §3.1, RFC 8037 §3.1). There is no `none`, and HS256 only for
/// assertions by a client's own secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum ClientAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// Ed25519.
    EdDSA,
    /// HMAC with SHA-256, keyed with the client's secret.
    HS256,
}

impl ClientAlgorithm {
    /// Those with a public key, in the order metadata lists them.
    pub const ASYMMETRIC: [Self; 5] = [Self::RS256, Self::PS256, Self::ES256, Self::ES384, Self::EdDSA];
    /// Those that FAPI 2.0 Security Profile §5.4 leaves.
    pub const FAPI2: [Self; 3] = [Self::PS256, Self::ES256, Self::EdDSA];

    /// The name as it stands in `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::EdDSA => "EdDSA",
            Self::HS256 => "HS256",
        }
    }

    /// The algorithm of exactly this name; letter case counts. RFC 9864 §2.2 has a second name for Ed25519.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "HS256" => Some(Self::HS256),
            "Ed25519" => Some(Self::EdDSA),
            _ => Self::ASYMMETRIC.into_iter().find(|algorithm| algorithm.as_str() == name),
        }
    }
}

/// How the key of encrypted content is agreed on or wrapped (RFC 7518 §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum KeyEncryption {
    /// RSAES-OAEP with SHA-256.
    #[serde(rename = "RSA-OAEP-256")]
    RsaOaep256,
    /// RSAES-OAEP with SHA-1, for clients that know nothing newer.
    #[serde(rename = "RSA-OAEP")]
    RsaOaep,
    /// Ephemeral-static Diffie-Hellman on P-256, the agreed key used directly.
    #[serde(rename = "ECDH-ES")]
    EcdhEs,
    /// Ephemeral-static Diffie-Hellman on P-256, the agreed key wrapping with AES-256.
    #[serde(rename = "ECDH-ES+A256KW")]
    EcdhEsA256Kw,
}

impl KeyEncryption {
    /// Every one, in the order metadata lists them.
    pub const ALL: [Self; 4] = [Self::RsaOaep256, Self::RsaOaep, Self::EcdhEs, Self::EcdhEsA256Kw];

    /// The name as it stands in `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::RsaOaep => "RSA-OAEP",
            Self::EcdhEs => "ECDH-ES",
            Self::EcdhEsA256Kw => "ECDH-ES+A256KW",
        }
    }
}

/// How content is encrypted (RFC 7518 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ContentEncryption {
    /// AES-128 in CBC with HMAC: what OpenID Connect Registration §2 takes when nothing is said.
    #[serde(rename = "A128CBC-HS256")]
    A128CbcHs256,
    /// AES-128 in GCM.
    #[serde(rename = "A128GCM")]
    A128Gcm,
    /// AES-256 in GCM.
    #[serde(rename = "A256GCM")]
    A256Gcm,
}

impl ContentEncryption {
    /// Every one, in the order metadata lists them.
    pub const ALL: [Self; 3] = [Self::A256Gcm, Self::A128Gcm, Self::A128CbcHs256];

    /// The name as it stands in `enc`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A128CbcHs256 => "A128CBC-HS256",
            Self::A128Gcm => "A128GCM",
            Self::A256Gcm => "A256GCM",
        }
    }
}

/// A key pair that signs tokens, with its schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeyRecord {
    /// The name relying parties know it by: its RFC 7638 thumbprint.
    pub kid: String,
    /// The one algorithm it is used with.
    pub algorithm: SigningAlgorithm,
    /// Since when its public half is published.
    pub announced_at: Timestamp,
    /// From when on it signs.
    pub signs_from: Timestamp,
    /// From when on it signs no more; known as soon as it has a successor.
    pub retires_at: Option<Timestamp>,
    /// From when on its public half is no longer published, because every token it signed has expired.
    pub gone_at: Option<Timestamp>,
    /// When it was withdrawn; from then on it is gone, whatever the other times say.
    pub revoked_at: Option<Timestamp>,
    /// The public half as a JWK, in JSON.
    pub public_jwk: String,
    /// The private half in PKCS#8, sealed with the master key.
    pub sealed_private_key: String,
}

/// A change to the signing keys. The changes of one plan are written together, and only if the records are still those
/// that the plan was made from; so of two programs that rotate at once one writes and the other finds it done (F-37).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyChange<New = SigningKeyRecord> {
    /// A new key.
    Add(New),
    /// The times of a key become these.
    Schedule {
        /// Which key.
        kid: String,
        /// From when on it signs.
        signs_from: Timestamp,
        /// From when on it signs no more.
        retires_at: Option<Timestamp>,
        /// From when on it is not published.
        gone_at: Option<Timestamp>,
    },
    /// The key is withdrawn: what it signed is void from this moment on.
    Revoke {
        /// Which key.
        kid: String,
        /// The moment of the withdrawal.
        revoked_at: Timestamp,
    },
    /// The record of a key that has long been gone is removed.
    Forget {
        /// Which key.
        kid: String,
    },
}

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyPhase {
    /// Published, so that relying parties fetch it before they need it.
    Announced,
    /// Published and signing.
    Signing,
    /// Published so that what it signed can be verified.
    Retiring,
    /// Not published; what it signed is void.
    Gone,
}

impl KeyPhase {
    /// The phase as the command line shows it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Signing => "signing",
            Self::Retiring => "retiring",
            Self::Gone => "gone",
        }
    }
}

impl SigningKeyRecord {
    /// The phase at `now`. A withdrawn key stays withdrawn even when the clock goes back (F-33).
    pub fn phase(&self, now: Timestamp) -> KeyPhase {
        let reached = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment <= now);
        if self.revoked_at.is_some() || reached(self.gone_at) {
            KeyPhase::Gone
        } else if reached(self.retires_at) {
            KeyPhase::Retiring
        } else if self.signs_from <= now {
            KeyPhase::Signing
        } else {
            KeyPhase::Announced
        }
    }
}

/// The key among `records` that signs with `algorithm` at `now`.
///
/// It is the youngest one in the signing phase. A clock that was put back to before every key's time finds the key that
/// is next to sign, so that there is a signing key as long as there is one that has not retired (F-33).
pub fn signing_key<'a>(
    records: impl IntoIterator<Item = &'a SigningKeyRecord>,
    algorithm: SigningAlgorithm,
    now: Timestamp,
) -> Option<&'a SigningKeyRecord> {
    let mut signing: Option<&SigningKeyRecord> = None;
    let mut next: Option<&SigningKeyRecord> = None;
    for record in records.into_iter().filter(|record| record.algorithm == algorithm) {
        match record.phase(now) {
            KeyPhase::Signing if signing.is_none_or(|best| order(best) < order(record)) => signing = Some(record),
            KeyPhase::Announced if next.is_none_or(|best| order(record) < order(best)) => next = Some(record),
            _ => {}
        }
    }
    signing.or(next)
}

/// Keys of one algorithm in the order in which they sign; the name decides between keys that begin together.
pub fn order(record: &SigningKeyRecord) -> (Timestamp, &str) {
    (record.signs_from, &record.kid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disc_05_neither_none_nor_an_hmac_is_an_algorithm() {
        for name in ["none", "None", "HS256", "HS384", "HS512", "rs256", "RS1", "RS512", "", "eddsa"] {
            assert_eq!(SigningAlgorithm::parse(name), None, "{name}");
        }
        for algorithm in SigningAlgorithm::ALL {
            assert_eq!(SigningAlgorithm::parse(algorithm.as_str()), Some(algorithm));
            assert_eq!(serde_json::to_value(algorithm).unwrap(), algorithm.as_str());
        }
    }

    fn record(signs_from: i64) -> SigningKeyRecord {
        SigningKeyRecord {
            kid: format!("key-{signs_from}"),
            algorithm: SigningAlgorithm::ES256,
            announced_at: Timestamp::from_seconds(0),
            signs_from: Timestamp::from_seconds(signs_from),
            retires_at: Some(Timestamp::from_seconds(200)),
            gone_at: Some(Timestamp::from_seconds(300)),
            revoked_at: None,
            public_jwk: String::new(),
            sealed_private_key: String::new(),
        }
    }

    #[test]
    fn a_key_goes_through_its_phases_with_the_clock() {
        let phases: Vec<KeyPhase> =
            [99, 100, 199, 200, 299, 300].map(|now| record(100).phase(Timestamp::from_seconds(now))).to_vec();
        let (signing, retiring) = (KeyPhase::Signing, KeyPhase::Retiring);
        assert_eq!(phases, [KeyPhase::Announced, signing, signing, retiring, retiring, KeyPhase::Gone]);
    }

    #[test]
    fn f_33_a_withdrawn_key_does_not_come_back_when_the_clock_goes_back() {
        let mut withdrawn = record(100);
        withdrawn.revoked_at = Some(Timestamp::from_seconds(150));
        assert_eq!(withdrawn.phase(Timestamp::from_seconds(120)), KeyPhase::Gone);
    }

    #[test]
    fn f_33_before_every_keys_time_the_one_that_is_next_signs() {
        let records = [record(150), record(100), record(120)];
        let signer =
            |now| signing_key(&records, SigningAlgorithm::ES256, Timestamp::from_seconds(now)).map(|key| &*key.kid);
        assert_eq!(signer(-1_000), Some("key-100"));
        assert_eq!(signer(130), Some("key-120"));
        assert_eq!(signer(199), Some("key-150"));
        assert_eq!(signer(200), None);
    }
}
