//! Whether an ID token is about this visit: made by this provider, for us, now, and for the request that was sent.
//!
//! OpenID Connect Core §3.1.3.7, RFC 8725.

use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use super::UpstreamFailure;
use super::issuer::IssuerRule;
use super::keys::{Signed, unverified};
use crate::base::Timestamp;
use crate::base::bounds::{CLOCK_SKEW_SECONDS, UPSTREAM_SUBJECT_BYTES_MAX};

/// What an ID token must say.
pub(super) struct Expect<'a> {
    pub(super) issuer: &'a IssuerRule,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    /// The access token that came with it.
    pub(super) access_token: &'a str,
    pub(super) now: Timestamp,
}

/// Checks everything but the signature, which was verified before.
pub(super) fn check(signed: &Signed, expect: &Expect<'_>) -> Result<(), UpstreamFailure> {
    // RFC 8725 §3.11: what the provider signed for another purpose is no ID token.
    if signed.header.typ.as_deref().is_some_and(|typ| !typ.eq_ignore_ascii_case("jwt")) {
        return Err(unverified("it is another kind of token"));
    }
    let iss = signed.text("iss").ok_or(unverified("it names no issuer"))?;
    if !expect.issuer.permits(iss, signed.text("tid")) || !signed.key_permits_issuer() {
        return Err(unverified("another issuer made it"));
    }
    check_audience(&signed.claims, expect.client_id)?;
    check_times(&signed.claims, expect.now)?;
    check_nonce(signed.text("nonce"), expect.nonce)?;
    check_access_token(signed, expect.access_token)?;
    subject(&signed.claims).map(|_| ())
}

/// The subject, if it can be kept (FED-03: `sub` is text).
pub(super) fn subject(claims: &Map<String, Value>) -> Result<&str, UpstreamFailure> {
    let subject = claims.get("sub").and_then(Value::as_str).ok_or(unverified("it names no subject"))?;
    let is_kept = (1..=UPSTREAM_SUBJECT_BYTES_MAX).contains(&subject.len()) && !subject.contains(char::is_control);
    if is_kept { Ok(subject) } else { Err(unverified("its subject cannot be kept")) }
}

/// The audiences of a token: one, or a list.
pub(super) fn is_for(claims: &Map<String, Value>, client_id: &str) -> bool {
    match claims.get("aud") {
        Some(Value::String(one)) => one == client_id,
        Some(Value::Array(several)) => {
            several.iter().all(Value::is_string) && several.iter().any(|one| one == client_id)
        }
        _ => false,
    }
}

// OpenID Connect Core §3.1.3.7 (3) to (5).
fn check_audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), UpstreamFailure> {
    if !is_for(claims, client_id) {
        return Err(unverified("it is meant for somebody else"));
    }
    let are_several = claims.get("aud").and_then(Value::as_array).is_some_and(|several| several.len() > 1);
    match claims.get("azp") {
        Some(party) if party == client_id => Ok(()),
        None if !are_several => Ok(()),
        _ => Err(unverified("it was issued to somebody else")),
    }
}

fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<(), UpstreamFailure> {
    let expires = numeric_date(claims, "exp")?.ok_or(unverified("it does not say when it expires"))?;
    let issued = numeric_date(claims, "iat")?.ok_or(unverified("it does not say when it was issued"))?;
    let begins = numeric_date(claims, "nbf")?.unwrap_or(issued);
    if expires <= now.plus_seconds(-CLOCK_SKEW_SECONDS) {
        return Err(unverified("it has expired"));
    }
    let is_early = issued.max(begins) > now.plus_seconds(CLOCK_SKEW_SECONDS);
    if is_early { Err(unverified("its time is yet to come")) } else { Ok(()) }
}

/// RFC 7519 §2: seconds, which may have a fraction.
#[expect(clippy::cast_possible_truncation, reason = "casting saturates, and times that far away are refused")]
pub(super) fn numeric_date(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, UpstreamFailure> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64));
    seconds.map(|seconds| Some(Timestamp::from_seconds(seconds))).ok_or(unverified("a time in it is no number"))
}

fn check_nonce(nonce: Option<&str>, expected: &str) -> Result<(), UpstreamFailure> {
    let is_ours = nonce.is_some_and(|nonce| bool::from(nonce.as_bytes().ct_eq(expected.as_bytes())));
    if is_ours { Ok(()) } else { Err(unverified("it was made for another visit")) }
}

// OpenID Connect Core §3.1.3.8.
fn check_access_token(signed: &Signed, access_token: &str) -> Result<(), UpstreamFailure> {
    let is_same = match signed.claims.get("at_hash") {
        None => true,
        Some(hash) => signed.hash_of(access_token).is_some_and(|expected| hash == &expected),
    };
    if is_same { Ok(()) } else { Err(unverified("it came with another access token")) }
}
