//! Proofs of possession (DPoP, RFC 9449): what a proof must say once its signature is verified, and the nonces that we
//! hand out for proofs.
//!
//! That a proof works once is the store's matter. Nonces are not kept: each follows from a key and the time.

use serde_json::{Map, Value};
use url::Url;

use super::bearer;
use super::numeric_date::{NumericDate, read};
use super::reason::Reason;
use crate::base::bounds::{CLOCK_SKEW_SECONDS, DPOP_NONCE_SECONDS, DPOP_PROOF_SECONDS, JTI_BYTES_MAX};
use crate::base::{Digest, Issuer, Sensitive, Timestamp};
use crate::model::client::{Client, Profile};
use crate::model::jti::{JtiPurpose, UsedJti};
use crate::model::key::ClientAlgorithm;

/// The `typ` of a proof.
pub const TYP: &str = "dpop+jwt";

/// The request that a proof is for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its address, at our own name and without query.
    pub address: &'a str,
    /// The access token that it brings, at resources.
    pub access_token: Option<&'a str>,
    /// What nonces are made with, where they are demanded.
    pub nonce_key: Option<&'a Sensitive<[u8; 32]>>,
    /// The moment.
    pub now: Timestamp,
}

/// A proof as it was read, its signature verified by the key it brought.
#[derive(Debug, Clone, Copy)]
pub struct Proof<'a> {
    /// Its `typ`.
    pub typ: Option<&'a str>,
    /// What it says.
    pub claims: &'a Map<String, Value>,
    /// The RFC 7638 thumbprint of the key.
    pub jkt: &'a str,
}

/// Whether `proof` is one for `request` (RFC 9449 §4.3).
pub fn check(proof: &Proof<'_>, request: &Request<'_>) -> Result<UsedJti, Reason> {
    let text = |name: &str| proof.claims.get(name).and_then(Value::as_str);
    let jti = text("jti").filter(|jti| (1..=JTI_BYTES_MAX).contains(&jti.len())).ok_or(Reason::DpopProofMalformed)?;
    if proof.typ != Some(TYP) {
        return Err(Reason::DpopProofMalformed);
    }
    let is_for_address = text("htu").is_some_and(|address| is_same(address, request.address));
    let ath = request.access_token.map(|token| Digest::of(token).as_str().to_owned());
    let is_for_token = ath.as_deref().is_none_or(|ath| text("ath") == Some(ath));
    if text("htm") != Some(request.method) || !is_for_address || !is_for_token {
        return Err(Reason::DpopProofForAnother);
    }
    let NumericDate::At(made_at) = read(proof.claims, "iat") else { return Err(Reason::DpopProofMalformed) };
    let end = made_at.plus_seconds(DPOP_PROOF_SECONDS);
    // RFC 9449 §8: the nonce is looked at first, so that a client whose clock is wrong learns of it.
    if let Some(key) = request.nonce_key
        && !text("nonce").is_some_and(|nonce| is_fresh(nonce, key, request.now))
    {
        return Err(Reason::DpopNonceNeeded);
    }
    if request.now >= end || made_at > request.now.plus_seconds(CLOCK_SKEW_SECONDS) {
        return Err(Reason::DpopProofStale);
    }
    Ok(UsedJti::of(JtiPurpose::DpopProof, proof.jkt, jti, end))
}

/// Whether the tokens of `client` may be bound to a key that was proven by `algorithm`.
// FAPI 2.0 Security Profile §5.4.1: its algorithms are the only ones, for proofs too.
pub fn check_algorithm(client: &Client, algorithm: ClientAlgorithm) -> Result<(), Reason> {
    let is_right = !client.keeps(Profile::Fapi2) || ClientAlgorithm::FAPI2.contains(&algorithm);
    if is_right { Ok(()) } else { Err(Reason::DpopProofMalformed) }
}

// RFC 9449 §4.3: query and fragment are left aside, and both are compared as RFC 3986 §6.2.2, §6.2.3 normalises them.
fn is_same(claimed: &str, address: &str) -> bool {
    let normal = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    claimed == address || normal(claimed).is_some_and(|claimed| normal(address) == Some(claimed))
}

/// The nonce for proofs that are made from `now` on.
pub fn nonce(key: &Sensitive<[u8; 32]>, now: Timestamp) -> String {
    nonce_of(key, now.seconds().div_euclid(DPOP_NONCE_SECONDS))
}

fn nonce_of(key: &Sensitive<[u8; 32]>, window: i64) -> String {
    Digest::keyed(key.expose(), &["dpop-nonce", &window.to_string()]).as_str().to_owned()
}

fn is_fresh(nonce: &str, key: &Sensitive<[u8; 32]>, now: Timestamp) -> bool {
    let window = now.seconds().div_euclid(DPOP_NONCE_SECONDS);
    let presented = Digest::from_stored(nonce);
    [window, window - 1].into_iter().any(|window| Digest::from_stored(nonce_of(key, window)) == presented)
}

/// Whether `text` can be the thumbprint of a key: what `dpop_jkt` holds (RFC 9449 §10).
pub fn is_thumbprint(text: &str) -> bool {
    const SHA256_BASE64URL_CHARS: usize = 43;
    text.len() == SHA256_BASE64URL_CHARS
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// The algorithms of proofs, as metadata and challenges list them.
pub fn algorithms() -> String {
    ClientAlgorithm::ASYMMETRIC.map(ClientAlgorithm::as_str).join(" ")
}

/// The `WWW-Authenticate` that asks for a token with a proof (RFC 9449 §7.1), saying why another one did not do.
pub fn challenge(issuer: &Issuer, reason: Option<Reason>) -> String {
    let (algorithms, place) = (algorithms(), bearer::place(issuer));
    match reason {
        None => format!("DPoP {place}, algs=\"{algorithms}\""),
        Some(reason) => {
            let (error, description) = (reason.code().as_str(), reason.description());
            format!("DPoP {place}, error=\"{error}\", error_description=\"{description}\", algs=\"{algorithms}\"")
        }
    }
}

#[cfg(test)]
mod tests;
