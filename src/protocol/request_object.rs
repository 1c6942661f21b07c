//! Request objects (RFC 9101, OpenID Connect Core §6): what a JWT that a client signed must say to be its authorization
//! request, and the parameters it then stands for.
//!
//! Its signature is checked in `jose`, and where it comes from is the endpoint's business.

use std::slice;

use serde_json::{Map, Value};

use super::jwt_typ::may_be;
use super::params::{Parameters, known};
use super::reason::Reason;
use super::scope_policy::OPENID;
use crate::base::bounds::{CLOCK_SKEW_SECONDS, REQUEST_OBJECT_SECONDS_MAX, REQUEST_URI_BYTES_MAX};
use crate::base::{Issuer, Scope, Timestamp};
use crate::model::client::{Client, Profile};
use crate::model::key::ClientAlgorithm;

/// RFC 9101 §10.8: its own `typ`.
const TYP: &str = "oauth-authz-req+jwt";
/// Claims about the JWT itself, which are no parameters.
const ABOUT_ITSELF: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];
/// Where the request object was found, and what proves who the client is.
const NEVER_OUTSIDE: [&str; 5] =
    ["request", "request_uri", "client_secret", "client_assertion", "client_assertion_type"];

/// The algorithms a client's request objects may be signed by.
pub fn algorithms(client: &Client) -> &[ClientAlgorithm] {
    let allowed: &[ClientAlgorithm] =
        if client.keeps(Profile::Fapi2) { &ClientAlgorithm::FAPI2 } else { &ClientAlgorithm::ASYMMETRIC };
    match &client.metadata.request_object_signing_alg {
        None => allowed,
        Some(own) if allowed.contains(own) => slice::from_ref(own),
        Some(_) => &[],
    }
}

/// The address of a request object, without its fragment, when the client registered it (OpenID Connect Core §6.2). Nothing
/// else is ever fetched (AUT-11).
pub fn registered_address<'a>(client: &Client, request_uri: &'a str) -> Option<&'a str> {
    let address = without_fragment(request_uri);
    let is_own = client.metadata.request_uris.iter().any(|own| without_fragment(own) == address);
    (request_uri.len() <= REQUEST_URI_BYTES_MAX && is_own).then_some(address)
}

fn without_fragment(uri: &str) -> &str {
    uri.split_once('#').map_or(uri, |(before, _)| before)
}

/// What a request object is held against.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who signed it.
    pub client: &'a Client,
    /// Who it must be for.
    pub issuer: &'a Issuer,
    /// The moment.
    pub now: Timestamp,
    /// Whether it came by a pushed request.
    pub is_pushed: bool,
}

/// The parameters of a request object with this `typ` and these claims, whose signature is the client's. `outside` are
/// the parameters it came with.
pub fn parameters(
    typ: Option<&str>,
    claims: &Map<String, Value>,
    outside: &Parameters,
    expected: &Expected<'_>,
) -> Result<Parameters, Reason> {
    check_kind(typ, claims, expected)?;
    check_time(claims, expected)?;
    // RFC 9101 §4
    if claims.contains_key("request") || claims.contains_key("request_uri") {
        return Err(Reason::RequestObjectNested);
    }
    let mut pairs = vec![("client_id".to_owned(), expected.client.client_id.clone())];
    for (name, value) in claims.iter().filter(|(name, _)| !ABOUT_ITSELF.contains(&name.as_str())) {
        match name.as_str() {
            "client_id" if value.as_str() != Some(&expected.client.client_id) => {
                return Err(Reason::RequestObjectContradictory);
            }
            "client_id" => {}
            _ => read_claim(name, value, &mut pairs)?,
        }
    }
    check_outside(outside, claims)?;
    if counts_outside(outside, expected) {
        let further = outside.iter().filter(|(name, _)| !NEVER_OUTSIDE.contains(name) && !claims.contains_key(*name));
        let further = further.filter(|(name, _)| *name != "client_id");
        pairs.extend(further.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    Parameters::of(pairs).map_err(|_| Reason::RequestObjectMalformed)
}

fn check_kind(typ: Option<&str>, claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), Reason> {
    let client_id = Some(expected.client.client_id.as_str());
    let is_strict = expected.client.keeps(Profile::Fapi2);
    let by_client = claims.get("iss").map_or(!is_strict, |iss| iss.as_str() == client_id);
    // RFC 9101 §10.8: a client assertion must not pass for a request, and it has this subject.
    let is_assertion = claims.get("sub").is_some_and(|sub| sub.as_str() == client_id);
    let is_for_us = |aud: &Value| aud.as_str() == Some(expected.issuer.as_str());
    let for_us = match claims.get("aud") {
        None => !is_strict,
        Some(Value::Array(several)) => several.iter().any(is_for_us),
        Some(aud) => is_for_us(aud),
    };
    let is_right = may_be(typ, &[TYP]) && by_client && !is_assertion && for_us;
    if is_right { Ok(()) } else { Err(Reason::RequestObjectForAnother) }
}

fn check_time(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), Reason> {
    let moment = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or(Reason::RequestObjectMalformed),
    };
    let (now, exp, nbf) = (expected.now.seconds(), moment("exp")?, moment("nbf")?);
    let is_over = exp.is_some_and(|exp| exp.saturating_add(CLOCK_SKEW_SECONDS) <= now);
    let is_to_come = nbf.is_some_and(|nbf| nbf.saturating_sub(CLOCK_SKEW_SECONDS) > now);
    // FAPI 2.0 Message Signing §5.3.1: both are there, an hour apart at most, and the hour has just begun.
    let is_bounded = match (exp, nbf) {
        (Some(exp), Some(nbf)) => {
            exp.saturating_sub(nbf) <= REQUEST_OBJECT_SECONDS_MAX
                && now.saturating_sub(nbf) <= REQUEST_OBJECT_SECONDS_MAX + CLOCK_SKEW_SECONDS
        }
        _ => false,
    };
    let is_strict = expected.client.keeps(Profile::Fapi2);
    if is_over || is_to_come || is_strict && !is_bounded { Err(Reason::RequestObjectExpired) } else { Ok(()) }
}

/// One claim as a parameter. Those that are no strings have the types their specifications give them.
fn read_claim(name: &str, value: &Value, pairs: &mut Vec<(String, String)>) -> Result<(), Reason> {
    let mut push = |value: String| pairs.push((name.to_owned(), value));
    match (name, value) {
        (_, Value::String(text)) => push(text.clone()),
        ("max_age", Value::Number(seconds)) => push(seconds.to_string()),
        ("claims" | "registration", Value::Object(_)) | ("authorization_details", Value::Array(_)) => {
            push(value.to_string());
        }
        ("resource", Value::Array(several)) => {
            for resource in several {
                push(resource.as_str().ok_or(Reason::RequestObjectMalformed)?.to_owned());
            }
        }
        (name, _) if known(name).is_some() => return Err(Reason::RequestObjectMalformed),
        _ => {}
    }
    Ok(())
}

// OpenID Connect Core §6.1: what stands in both places is the same in both.
fn check_outside(outside: &Parameters, claims: &Map<String, Value>) -> Result<(), Reason> {
    let differs = |name: &str| match (outside.get(name), claims.get(name)) {
        (Some(outside), Some(inside)) => inside.as_str() != Some(outside),
        _ => false,
    };
    if differs("client_id") || differs("response_type") { Err(Reason::RequestObjectContradictory) } else { Ok(()) }
}

/// Whether what stands outside counts beside it: in a complete request of OpenID Connect (Core §6.1), and never where the
/// whole request must be signed or is pushed (RFC 9101 §6.3, RFC 9126 §3).
fn counts_outside(outside: &Parameters, expected: &Expected<'_>) -> bool {
    let is_openid = outside.get("scope").and_then(|text| Scope::parse(text).ok()).is_some_and(|it| it.contains(OPENID));
    let must_be_signed =
        expected.client.metadata.require_signed_request_object || expected.client.keeps(Profile::Fapi2);
    is_openid && outside.get("response_type").is_some() && !must_be_signed && !expected.is_pushed
}

#[cfg(test)]
mod tests;
