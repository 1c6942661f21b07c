//! Userinfo (OpenID Connect Core §5.3): what the person lets this client know.

use serde_json::{Map, Value};

use super::access_token::{AccessTokenClaims, AccessTokenSnapshot, Subject};
use super::reason::Reason;
use super::standard_claims::claims_of;
use crate::base::{Issuer, Timestamp};
use crate::model::key::SigningAlgorithm;

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Userinfo {
    /// As JSON.
    Json(Map<String, Value>),
    /// As a JWT that lacks its signature; its `typ` is `JWT` and its content type `application/jwt`.
    Jwt {
        /// What it says.
        claims: Map<String, Value>,
        /// How it is to be signed.
        alg: SigningAlgorithm,
    },
}

/// What a verified access token lets its holder know.
///
/// The token must be for us: one that was asked for with a `resource` (RFC 8707) is for that resource and opens nothing
/// here.
pub fn userinfo(
    token: &AccessTokenClaims,
    snapshot: &AccessTokenSnapshot<'_>,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<Userinfo, Reason> {
    let (granted, client) = match token.check(snapshot, issuer, now)? {
        Subject::Person { granted, client } => (granted, client),
        Subject::Client(_) => return Err(Reason::TokenWithoutPerson),
    };
    if !token.aud.includes(issuer.as_str()) {
        return Err(Reason::TokenForAnother);
    }
    // RES-09, and nothing that the grant does not hold any more.
    let scope = token.scope.intersection(&granted.grant.scope);
    if !scope.contains("openid") {
        return Err(Reason::ScopeInsufficient);
    }
    let mut claims = claims_of(granted.account, &scope, &granted.grant.claims.userinfo, &client.metadata.scope);
    claims.insert("sub".to_owned(), granted.account.id.as_str().into());
    Ok(match client.metadata.userinfo_signed_response_alg {
        None => Userinfo::Json(claims),
        Some(alg) => {
            // §5.3.2: the signed form says from whom and for whom it is.
            claims.insert("iss".to_owned(), issuer.as_str().into());
            claims.insert("aud".to_owned(), client.client_id.as_str().into());
            Userinfo::Jwt { claims, alg }
        }
    })
}
