//! Assertions of trusted issuers at the token endpoint: found, verified by the issuer's keys, taken once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::exchange::Exchange;
use super::failure::Failure;
use crate::base::bounds::JWT_BYTES_MAX;
use crate::jose::{ClientKeys, JwtRefusal, verify_by_key};
use crate::model::account::Account;
use crate::model::key::ClientAlgorithm;
use crate::protocol::Reason;
use crate::protocol::grant::jwt_bearer::{NamedSubject, TrustedIssuer, issuer_of};
use crate::protocol::jwt_typ::may_be;

/// RFC 7523bis §5, and the identity assertions of other domains: what an assertion may say that it is. An issuer's access
/// and logout tokens are not (RFC 8725 §3.11).
const ASSERTION_TYPES: [&str; 2] = ["authorization-grant+jwt", "oauth-id-jag+jwt"];

/// The issuer that an assertion names, and what it says, verified.
pub async fn verify<'a>(
    exchange: &'a Exchange,
    assertion: &str,
    client_id: &str,
) -> Result<(&'a TrustedIssuer, Map<String, Value>), Failure> {
    let named = named_issuer(assertion).ok_or(Reason::GrantAssertionInvalid)?;
    let issuer = issuer_of(&exchange.context.assertion_issuers, &named, client_id);
    let issuer = issuer.ok_or(Reason::GrantAssertionInvalid)?;
    let claims = match verify_by(exchange, issuer, assertion).await {
        Ok(claims) => claims,
        Err(refusal) => {
            tracing::info!(request = exchange.id.as_str(), ?refusal, "an assertion does not verify");
            return Err(Reason::GrantAssertionInvalid.into());
        }
    };
    Ok((issuer, claims))
}

/// Unverified: only for finding whose keys to verify with.
fn named_issuer(assertion: &str) -> Option<String> {
    if assertion.len() > JWT_BYTES_MAX {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1)?).ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&payload).ok()?;
    claims.get("iss")?.as_str().map(str::to_owned)
}

async fn verify_by(
    exchange: &Exchange,
    issuer: &TrustedIssuer,
    assertion: &str,
) -> Result<Map<String, Value>, JwtRefusal> {
    let read = |set: &Value| {
        let keys = ClientKeys::parse(set).unwrap_or_default();
        let jwt = verify_by_key(assertion, &keys, &ClientAlgorithm::ASYMMETRIC)?;
        if may_be(jwt.typ.as_deref(), &ASSERTION_TYPES) { Ok(jwt.claims) } else { Err(JwtRefusal::OtherTyp) }
    };
    if let Some(set) = &issuer.jwks {
        return read(set);
    }
    let published = &exchange.context.published_keys;
    let Some(address) = &issuer.jwks_uri else { return Err(JwtRefusal::UnknownKey) };
    let seen = published.get(address, exchange.now).await.map_err(|_| JwtRefusal::UnknownKey)?;
    match read(&seen) {
        Err(JwtRefusal::UnknownKey | JwtRefusal::WrongSignature) => {
            let newer = published.get_newer(address, seen, exchange.now).await;
            read(&*newer.map_err(|_| JwtRefusal::UnknownKey)?)
        }
        read => read,
    }
}

/// The account that an assertion names.
pub async fn find(exchange: &Exchange, subject: &NamedSubject) -> Result<Option<Account>, Failure> {
    let store = &exchange.context.store;
    Ok(match subject {
        NamedSubject::Account(id) => store.find_account(id).await?,
        NamedSubject::Email(email) => {
            // RFC 7523 leaves it to us; an address that nobody has proven names nobody.
            store.find_account_by_email(email).await?.filter(|account| account.email_verified_at.is_some())
        }
        NamedSubject::Provider(provider, subject) => match store.find_identity(provider, subject).await? {
            Some(identity) if identity.blocked_at.is_none() => store.find_account(&identity.account).await?,
            _ => None,
        },
    })
}
