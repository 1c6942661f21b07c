//! When a JWT of ours is taken back: who signed it, for what, for whom, and whether it is still time.
//!
//! The algorithm is the key's, never the token's; the time is handed in. Whether its grant still stands is the caller's
//! question to the store.
//!
//! RFC 7519 §7.2, RFC 8725, RFC 9068 §4.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::compact::Compact;
use super::known_signatures::{Fingerprint, KnownSignatures};
use super::public_key::VerifyingKey;
use super::signing::Typ;
use crate::base::Timestamp;
use crate::base::bounds::CLOCK_SKEW_SECONDS;
use crate::model::key::SigningAlgorithm;

/// What a token must be.
#[derive(Debug, Clone, Copy)]
pub struct Expect<'a> {
    /// Its kind, exactly.
    pub typ: Typ,
    /// Its `iss`, exactly.
    pub issuer: &'a str,
    /// Its `aud`.
    pub audience: Audience<'a>,
    /// The algorithms it may be signed with.
    pub algorithms: &'a [SigningAlgorithm],
    /// The present moment.
    pub now: Timestamp,
    /// Whether it must still be alive.
    pub lifetime: Lifetime,
}

/// What `aud` must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience<'a> {
    /// Anything; the caller looks.
    Any,
    /// This value alone, as a text or as a list of one.
    Only(&'a str),
    /// This value among others.
    Includes(&'a str),
}

/// Whether the end of a token's life counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// It must not have expired.
    Alive,
    /// Its times do not matter: an `id_token_hint` only says who is meant (OpenID Connect Core §3.1.2.1).
    Over,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JwtRefusal {
    /// It is longer than anything we made.
    TooLong,
    /// It is not header, claims and signature with dots between them.
    NotThreeParts,
    /// A part is not base64url in its one spelling.
    NotBase64Url,
    /// The header or the claims are not a JSON object of the expected kind.
    NotJson,
    /// A member stands twice in an object.
    MemberTwice,
    /// It is nested too deeply.
    TooDeep,
    /// It has a critical extension.
    CriticalExtension,
    /// Its algorithm is not one of those expected here.
    AlgorithmNotAllowed,
    /// Its kind is another one.
    OtherTyp,
    /// It names no key, or none that is published.
    UnknownKey,
    /// Its key is for another algorithm.
    OtherAlgorithm,
    /// The signature is not the key's over these bytes.
    WrongSignature,
    /// A claim that must be there is not, or is of another type.
    ClaimMissing(&'static str),
    /// Another issuer made it.
    OtherIssuer,
    /// It is meant for somebody else.
    OtherAudience,
    /// It has expired.
    Expired,
    /// Its time is yet to come.
    NotYetValid,
    /// The claims are not those the caller reads.
    OtherClaims,
}

impl fmt::Display for JwtRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("it is too long"),
            Self::NotThreeParts => f.write_str("it has not three parts"),
            Self::NotBase64Url => f.write_str("a part is not base64url"),
            Self::NotJson => f.write_str("a part is not a JSON object"),
            Self::MemberTwice => f.write_str("a member stands twice"),
            Self::TooDeep => f.write_str("it is nested too deeply"),
            Self::CriticalExtension => f.write_str("it has a critical extension"),
            Self::AlgorithmNotAllowed => f.write_str("its algorithm is not allowed here"),
            Self::OtherTyp => f.write_str("it is another kind of token"),
            Self::UnknownKey => f.write_str("its key is not known"),
            Self::OtherAlgorithm => f.write_str("its key is for another algorithm"),
            Self::WrongSignature => f.write_str("its signature is wrong"),
            Self::ClaimMissing(name) => write!(f, "the claim {name} is missing or of another type"),
            Self::OtherIssuer => f.write_str("another issuer made it"),
            Self::OtherAudience => f.write_str("it is meant for somebody else"),
            Self::Expired => f.write_str("it has expired"),
            Self::NotYetValid => f.write_str("its time is yet to come"),
            Self::OtherClaims => f.write_str("its claims are of another kind"),
        }
    }
}

impl std::error::Error for JwtRefusal {}

/// The claims of `token` when it is what is expected. `find_key` gives the key of a `kid`; what it verified is added to
/// `known`.
pub fn verify<'k, Claims: DeserializeOwned>(
    token: &str,
    expect: &Expect<'_>,
    known: &KnownSignatures,
    find_key: impl FnOnce(&str) -> Option<&'k VerifyingKey>,
) -> Result<Claims, JwtRefusal> {
    let compact = Compact::parse(token)?;
    let named = SigningAlgorithm::parse(&compact.header.alg).ok_or(JwtRefusal::AlgorithmNotAllowed)?;
    if !expect.algorithms.contains(&named) {
        return Err(JwtRefusal::AlgorithmNotAllowed);
    }
    if compact.header.typ.as_deref() != Some(expect.typ.as_str()) {
        return Err(JwtRefusal::OtherTyp);
    }
    let key = compact.header.kid.as_deref().and_then(find_key).ok_or(JwtRefusal::UnknownKey)?;
    if key.algorithm() != named {
        return Err(JwtRefusal::OtherAlgorithm);
    }
    let fingerprint = Fingerprint::of(token);
    if !known.hold(fingerprint) {
        if !key.verifies(compact.signing_input, &compact.signature) {
            return Err(JwtRefusal::WrongSignature);
        }
        known.keep(fingerprint);
    }
    let claims = compact.claims()?;
    check_claims(&claims, expect)?;
    serde_json::from_value(Value::Object(claims)).map_err(|_| JwtRefusal::OtherClaims)
}

fn check_claims(claims: &Map<String, Value>, expect: &Expect<'_>) -> Result<(), JwtRefusal> {
    match claims.get("iss") {
        Some(Value::String(issuer)) if issuer == expect.issuer => {}
        Some(Value::String(_)) => return Err(JwtRefusal::OtherIssuer),
        _ => return Err(JwtRefusal::ClaimMissing("iss")),
    }
    if !is_for(claims.get("aud"), expect.audience)? {
        return Err(JwtRefusal::OtherAudience);
    }
    check_times(claims, expect)
}

fn is_for(claim: Option<&Value>, audience: Audience<'_>) -> Result<bool, JwtRefusal> {
    let missing = JwtRefusal::ClaimMissing("aud");
    let listed = match claim.ok_or(missing)? {
        one @ Value::String(_) => std::slice::from_ref(one),
        Value::Array(several) if !several.is_empty() && several.iter().all(Value::is_string) => several,
        _ => return Err(missing),
    };
    Ok(match audience {
        Audience::Any => true,
        Audience::Only(wanted) => listed.iter().all(|one| one == wanted),
        Audience::Includes(wanted) => listed.iter().any(|one| one == wanted),
    })
}

fn check_times(claims: &Map<String, Value>, expect: &Expect<'_>) -> Result<(), JwtRefusal> {
    let expires = numeric_date(claims, "exp")?.ok_or(JwtRefusal::ClaimMissing("exp"))?;
    let issued = numeric_date(claims, "iat")?.ok_or(JwtRefusal::ClaimMissing("iat"))?;
    let begins = numeric_date(claims, "nbf")?.unwrap_or(issued);
    if expect.lifetime == Lifetime::Over {
        return Ok(());
    }
    if expires <= expect.now.plus_seconds(-CLOCK_SKEW_SECONDS) {
        return Err(JwtRefusal::Expired);
    }
    // A token from the future was made under a wrong clock and would live too long (F-33).
    let latest = expect.now.plus_seconds(CLOCK_SKEW_SECONDS);
    if issued.max(begins) > latest { Err(JwtRefusal::NotYetValid) } else { Ok(()) }
}

fn numeric_date(claims: &Map<String, Value>, name: &'static str) -> Result<Option<Timestamp>, JwtRefusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_i64().map(Timestamp::from_seconds).map(Some).ok_or(JwtRefusal::ClaimMissing(name)),
    }
}
