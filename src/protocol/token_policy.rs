//! What every decision about tokens is given: the operator's settings, the client that asks, the moment and where the
//! request came from.
//!
//! When a grant ends for good (the absolute lifetime of its refresh tokens) stands on the grant itself, from the
//! authorization on.

use super::subject::Subjects;
use crate::base::bounds::{ACCESS_TOKEN_SECONDS_MAX, ID_TOKEN_SECONDS_MAX, REFRESH_GRACE_SECONDS_MAX};
use crate::base::{AccountId, Issuer, Timestamp};
use crate::model::audit::{AuditAction, AuditEvent, Origin};
use crate::model::client::Client;
use crate::model::grant::{Confirmation, Grant, RevokeGrant};
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
    /// How people are called.
    pub subjects: Subjects,
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
    /// What the request proved that tokens can be bound to.
    pub confirmation: Option<&'a Confirmation>,
}

impl TokenContext<'_> {
    /// The record of `action` by this client.
    pub fn event(&self, action: AuditAction, account: Option<&AccountId>) -> AuditEvent {
        AuditEvent {
            account: account.cloned(),
            client_id: Some(self.client.client_id.clone()),
            ip: self.origin.ip.clone(),
            ..AuditEvent::new(action, self.now, &self.origin.request_id)
        }
    }

    /// The end of `grant`, recorded as `action`.
    pub fn revoke(&self, grant: &Grant, action: AuditAction) -> RevokeGrant {
        let mut audit = self.event(action, Some(&grant.account_id));
        audit.detail.insert("grant".to_owned(), grant.id.as_str().into());
        RevokeGrant { grant_id: grant.id.clone(), now: self.now, audit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::grant::fixtures::{NOW, World, policy};

    #[test]
    fn ref_04_the_grace_is_short_whatever_is_set() {
        let graceful = |seconds| TokenPolicy { refresh_grace_seconds: seconds, ..policy() };
        assert!(graceful(30).is_within_grace(NOW, NOW.plus_seconds(29)));
        assert!(!graceful(30).is_within_grace(NOW, NOW.plus_seconds(30)));
        assert!(!graceful(10_000).is_within_grace(NOW, NOW.plus_seconds(30)));
        assert!(!graceful(0).is_within_grace(NOW, NOW));
        assert!(!graceful(-9).is_within_grace(NOW, NOW));
    }

    #[test]
    fn f_33_a_clock_put_back_makes_nothing_usable_again() {
        assert!(policy().is_within_grace(NOW, NOW.plus_seconds(-2)));
        assert!(!policy().is_within_grace(NOW, NOW.plus_seconds(-3_600)));
    }

    #[test]
    fn log_01_an_entry_says_who_where_and_what_and_holds_no_secret() {
        let world = World::with_scope("openid");
        let ended = world.context().revoke(&world.grant, AuditAction::RefreshReplayed);
        assert_eq!(ended.grant_id, world.grant.id);
        assert_eq!(ended.audit.action, AuditAction::RefreshReplayed);
        assert_eq!(ended.audit.account.as_ref(), Some(&world.account.id));
        assert_eq!(ended.audit.client_id.as_deref(), Some("app"));
        assert_eq!((ended.audit.ip.as_deref(), ended.audit.request_id.as_str()), (Some("192.0.2.1"), "request-1"));
        assert_eq!(ended.audit.detail.keys().collect::<Vec<_>>(), ["grant"]);
    }
}
