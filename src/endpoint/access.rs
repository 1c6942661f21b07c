//! Access tokens that come back to us: verified, and looked up in what they rest on.

use super::exchange::Exchange;
use super::failure::Failure;
use crate::base::{Fault, OpaqueToken, TokenKind};
use crate::jose::{Audience, Expect, JwtRefusal, Lifetime, Typ};
use crate::model::client::Client;
use crate::model::key::SigningAlgorithm;
use crate::protocol::Reason;
use crate::protocol::access_token::{AccessTokenClaims, AccessTokenSnapshot, GrantSnapshot, RestsOn};
use crate::store::FoundGrant;

/// An access token of ours with what the store knows about it.
pub struct FoundAccessToken {
    /// What it says.
    pub claims: AccessTokenClaims,
    client: Option<Client>,
    grant: Option<FoundGrant>,
    is_revoked: bool,
}

impl FoundAccessToken {
    /// What decisions look at.
    pub fn snapshot(&self) -> AccessTokenSnapshot<'_> {
        AccessTokenSnapshot {
            client: self.client.as_ref(),
            grant: self.grant.as_ref().map(|found| GrantSnapshot { grant: &found.grant, account: &found.account }),
            is_revoked: self.is_revoked,
        }
    }
}

/// The claims of `token` when it is a live access token of ours: by its signature and times, or by its digest.
pub async fn verified(exchange: &Exchange, token: &str) -> Result<Result<AccessTokenClaims, JwtRefusal>, Failure> {
    read(exchange, token, Lifetime::Alive).await
}

/// The client whose token this is, or was while it lived.
pub async fn client_of(exchange: &Exchange, token: &str) -> Result<Option<Client>, Failure> {
    match read(exchange, token, Lifetime::Over).await? {
        Ok(claims) => Ok(exchange.context.store.find_client(&claims.client_id).await?),
        Err(_) => Ok(None),
    }
}

/// Everything that reads an access token comes through here.
async fn read(
    exchange: &Exchange,
    token: &str,
    lifetime: Lifetime,
) -> Result<Result<AccessTokenClaims, JwtRefusal>, Failure> {
    match OpaqueToken::parse(TokenKind::AccessToken, token) {
        Some(secret) => looked_up(exchange, &secret, lifetime).await,
        None => Ok(claims_of(exchange, token, lifetime)),
    }
}

async fn looked_up(
    exchange: &Exchange,
    secret: &OpaqueToken,
    lifetime: Lifetime,
) -> Result<Result<AccessTokenClaims, JwtRefusal>, Failure> {
    let Some(text) = exchange.context.store.find_opaque_token(secret.digest()).await? else {
        return Ok(Err(JwtRefusal::NotThreeParts));
    };
    let claims: AccessTokenClaims = serde_json::from_str(&text).map_err(Fault::broken)?;
    let is_over = exchange.now.seconds() >= claims.exp;
    Ok(if is_over && matches!(lifetime, Lifetime::Alive) { Err(JwtRefusal::Expired) } else { Ok(claims) })
}

fn claims_of(exchange: &Exchange, token: &str, lifetime: Lifetime) -> Result<AccessTokenClaims, JwtRefusal> {
    let expect = Expect {
        typ: Typ::AccessToken,
        issuer: exchange.context.issuer.as_str(),
        audience: Audience::Any,
        algorithms: &SigningAlgorithm::ALL,
        now: exchange.now,
        lifetime,
    };
    exchange.context.keys.load().verify(token, &expect)
}

/// Looks up what a verified token rests on.
pub async fn look_up(exchange: &Exchange, claims: AccessTokenClaims) -> Result<FoundAccessToken, Failure> {
    let store = &exchange.context.store;
    let client = store.find_client(&claims.client_id).await?;
    let (grant, is_revoked) = match claims.rests_on()? {
        RestsOn::Client => (None, store.is_token_revoked(claims.jti.clone()).await?),
        RestsOn::Grant(id) | RestsOn::Exchanged(id) => {
            let found = store.find_grant_for_token(id, claims.jti.clone()).await?;
            let is_revoked = found.as_ref().is_some_and(|found| found.token_revoked);
            (found, is_revoked)
        }
    };
    Ok(FoundAccessToken { claims, client, grant, is_revoked })
}

/// Why a token that does not verify is refused at our own resources.
pub const fn reason_of(refusal: JwtRefusal) -> Reason {
    match refusal {
        JwtRefusal::Expired | JwtRefusal::NotYetValid => Reason::TokenExpired,
        _ => Reason::TokenMalformed,
    }
}
