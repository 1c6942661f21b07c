//! Software statements (RFC 7591 §2.3): what somebody whom the operator trusts says about a client's software. They are
//! signed by keys that the operator has written down; nothing is fetched for them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::exchange::Exchange;
use crate::base::bounds::JWT_BYTES_MAX;
use crate::jose::verify_by_key;
use crate::model::key::ClientAlgorithm;
use crate::protocol::client_registration::{SOFTWARE_STATEMENT, Unregistrable, believe};

/// Puts what the statement among `members` says, if there is one, in the place of what they say themselves.
pub fn read(exchange: &Exchange, members: &mut Map<String, Value>) -> Result<(), Unregistrable> {
    let Some(statement) = members.remove(SOFTWARE_STATEMENT) else { return Ok(()) };
    let token =
        statement.as_str().filter(|token| token.len() <= JWT_BYTES_MAX).ok_or(Unregistrable::StatementInvalid)?;
    let named = issuer_of(token).ok_or(Unregistrable::StatementInvalid)?;
    let issuers = &exchange.context.policy.registered.statement_issuers;
    let (_, keys) = issuers.iter().find(|(issuer, _)| *issuer == named).ok_or(Unregistrable::StatementUnapproved)?;
    let verified =
        verify_by_key(token, keys, &ClientAlgorithm::ASYMMETRIC).map_err(|_| Unregistrable::StatementInvalid)?;
    believe(members, verified.claims, exchange.now)
}

/// Whose word the statement says it is; only the keys of that issuer are tried.
fn issuer_of(token: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    Some(claims.get("iss")?.as_str()?.to_owned())
}
