//! What a client's assertion about itself must say (RFC 7523 §3), once its signature is verified.
//!
//! Verifying, and that it works once, are done elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::jwt_typ::may_be;
use super::numeric_date::{NumericDate, read};
use super::reason::Reason;
use crate::base::bounds::{CLIENT_ASSERTION_SECONDS_MAX, CLOCK_SKEW_SECONDS, JTI_BYTES_MAX};
use crate::base::{Issuer, Timestamp};
use crate::model::client::{AuthMethod, Client, Profile};
use crate::model::jti::{JtiPurpose, UsedJti};
use crate::model::key::ClientAlgorithm;

/// The `client_assertion_type` there is (RFC 7523 §2.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// RFC 7523bis §5: what an assertion may say that it is.
const TYP: &str = "client-authentication+jwt";

/// What an assertion is held against.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The client that it should be of.
    pub client: &'a Client,
    /// Who we are.
    pub issuer: &'a Issuer,
    /// The address of the token endpoint, and the address that was called.
    pub endpoints: [&'a str; 2],
    /// The moment.
    pub now: Timestamp,
}

/// The client that an assertion names as its subject; nothing of it is verified.
pub fn named_client(assertion: &str) -> Result<String, Reason> {
    #[derive(Deserialize)]
    struct Named {
        sub: String,
    }
    let payload = assertion.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let named = payload.and_then(|json| serde_json::from_slice::<Named>(&json).ok());
    named.map(|named| named.sub).ok_or(Reason::ClientAssertionMalformed)
}

/// The algorithms by which `client` may sign assertions.
pub fn algorithms(client: &Client) -> Vec<ClientAlgorithm> {
    let metadata = &client.metadata;
    let usual: &[ClientAlgorithm] = match metadata.token_endpoint_auth_method {
        AuthMethod::ClientSecretJwt => &[ClientAlgorithm::HS256],
        AuthMethod::PrivateKeyJwt if client.keeps(Profile::Fapi2) => &ClientAlgorithm::FAPI2,
        AuthMethod::PrivateKeyJwt => &ClientAlgorithm::ASYMMETRIC,
        _ => &[],
    };
    let registered = metadata.token_endpoint_auth_signing_alg;
    usual.iter().copied().filter(|alg| registered.is_none_or(|registered| registered == *alg)).collect()
}

/// Whether the verified `claims` say that this client authenticates here and now.
pub fn check(typ: Option<&str>, claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<UsedJti, Reason> {
    let client_id = expected.client.client_id.as_str();
    // RFC 8725 §3.11: what the client signed for another purpose is no proof of who it is.
    if !may_be(typ, &[TYP]) {
        return Err(Reason::ClientAssertionUnverified);
    }
    // RFC 7523 §3: both are the client (CLI-07).
    if ["iss", "sub"].iter().any(|member| claims.get(*member).and_then(Value::as_str) != Some(client_id)) {
        return Err(Reason::ClientAssertionOfAnother);
    }
    check_audience(claims.get("aud"), expected)?;
    let end = check_times(claims, expected.now)?;
    let jti = claims.get("jti").and_then(Value::as_str).ok_or(Reason::ClientAssertionWithoutName)?;
    if jti.is_empty() || jti.len() > JTI_BYTES_MAX {
        return Err(Reason::ClientAssertionWithoutName);
    }
    Ok(UsedJti::of(JtiPurpose::ClientAssertion, client_id, jti, end))
}

// FAPI 2.0 Security Profile §5.3.2.1: the issuer, as a text. For others the addresses they call count, too, and lists;
// but every entry must be ours, so that nobody else can use the assertion here or we elsewhere.
fn check_audience(aud: Option<&Value>, expected: &Expected<'_>) -> Result<(), Reason> {
    let issuer = expected.issuer.as_str();
    let is_ours = |name: &Value| name.as_str().is_some_and(|name| name == issuer || expected.endpoints.contains(&name));
    let is_right = match aud {
        Some(Value::String(name)) if expected.client.keeps(Profile::Fapi2) => name == issuer,
        _ if expected.client.keeps(Profile::Fapi2) => false,
        Some(name @ Value::String(_)) => is_ours(name),
        Some(Value::Array(names)) => !names.is_empty() && names.iter().all(is_ours),
        _ => false,
    };
    if is_right { Ok(()) } else { Err(Reason::ClientAssertionForAnother) }
}

// CLI-08. Clocks that run ahead of ours are forgiven a little; an end in the past is not.
fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, Reason> {
    let NumericDate::At(end) = read(claims, "exp") else { return Err(Reason::ClientAssertionStale) };
    let furthest = now.plus_seconds(CLIENT_ASSERTION_SECONDS_MAX + CLOCK_SKEW_SECONDS);
    let is_begun = |member| match read(claims, member) {
        NumericDate::Absent => true,
        NumericDate::At(moment) => moment <= now.plus_seconds(CLOCK_SKEW_SECONDS),
        NumericDate::Malformed => false,
    };
    let is_now = now < end && end <= furthest && is_begun("nbf") && is_begun("iat");
    if is_now { Ok(end) } else { Err(Reason::ClientAssertionStale) }
}

#[cfg(test)]
mod tests;
