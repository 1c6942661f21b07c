//! What every decision about tokens is given: the operator's settings, the client that asks, the moment and where the
//! request came from.
//!
//! When a grant ends for good (the absolute lifetime of its refresh tokens) stands on the grant itself, from the
//! authorization on.

use serde_json::Map;

use crate::base::bounds::{ACCESS_TOKEN_SECONDS_MAX, ID_TOKEN_SECONDS_MAX, REFRESH_GRACE_SECONDS_MAX};
use crate::base::{AccountId, Issuer, Timestamp};
use crate::model::audit::{AuditAction, AuditEvent, Origin};
use crate::model::client::Client;
use crate::model::grant::{Grant, RevokeGrant};
use crate::model::key::SigningAlgorithm;

/// The operator's settings about tokens. Lifetimes beyond the bounds are cut to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPolicy {
    /// The `iss` of every token.
    pub issuer: Issuer,
    /// How long access tokens live, unless the client has a lifetime of its own.
    pub access_token_seconds: i64,
    /// How access tokens are signed, unless the client has an algorithm of its own.
    pub access_token_alg: SigningAlgorithm,
    /// How long ID tokens live.
    pub id_token_seconds: i64,
    /// How long a refresh token lives unused (REF-08).
    pub refresh_idle_seconds: i64,
    /// How long a refresh whose answer got lost can be repeated (REF-04); 0 switches it off.
    pub refresh_grace_seconds: i64,
}

impl TokenPolicy {
    /// When an access token for `client` made at `now` ends.
    pub fn access_token_end(&self, client: &Client, now: Timestamp) -> Timestamp {
        let seconds = client.metadata.doorward.access_token_seconds.unwrap_or(self.access_token_seconds);
        now.plus_seconds(seconds.clamp(1, ACCESS_TOKEN_SECONDS_MAX))
    }

    /// The algorithm of an access token for `client`.
    pub fn access_token_alg(&self, client: &Client) -> SigningAlgorithm {
        client.metadata.doorward.access_token_alg.unwrap_or(self.access_token_alg)
    }

    /// When an ID token made at `now` ends.
    pub fn id_token_end(&self, now: Timestamp) -> Timestamp {
        now.plus_seconds(self.id_token_seconds.clamp(1, ID_TOKEN_SECONDS_MAX))
    }

    /// When a refresh token of `grant` made at `now` ends unless it is used (REF-07, REF-08).
    pub fn refresh_token_end(&self, grant: &Grant, now: Timestamp) -> Timestamp {
        now.plus_seconds(self.refresh_idle_seconds).min(grant.expires_at)
    }

    /// Whether a refresh at `rotated_at` may still be repeated at `now`. A clock that was put back by more than the
    /// grace makes nothing usable again (F-33).
    pub fn is_within_grace(&self, rotated_at: Timestamp, now: Timestamp) -> bool {
        let grace = self.refresh_grace_seconds.clamp(0, REFRESH_GRACE_SECONDS_MAX);
        rotated_at.plus_seconds(-grace) < now && now < rotated_at.plus_seconds(grace)
    }
}

/// Who asks, when, from where and under which settings.
#[derive(Debug, Clone, Copy)]
pub struct TokenContext<'a> {
    /// The settings.
    pub policy: &'a TokenPolicy,
    /// The client that has authenticated.
    pub client: &'a Client,
    /// The moment.
    pub now: Timestamp,
    /// Where the request came from.
    pub origin: &'a Origin,
}

impl TokenContext<'_> {
    /// The record of `action` by this client.
    pub fn event(&self, action: AuditAction, account: Option<&AccountId>) -> AuditEvent {
        AuditEvent {
            at: self.now,
            action,
            account: account.cloned(),
            client_id: Some(self.client.client_id.clone()),
            ip: self.origin.ip.clone(),
            request_id: self.origin.request_id.clone(),
            detail: Map::new(),
        }
    }

    /// The end of `grant`, recorded as `action`.
    pub fn revoke(&self, grant: &Grant, action: AuditAction) -> RevokeGrant {
        let mut audit = self.event(action, Some(&grant.account_id));
        audit.detail.insert("grant".to_owned(), grant.id.as_str().into());
        RevokeGrant { grant_id: grant.id.clone(), now: self.now, audit }
    }
}
