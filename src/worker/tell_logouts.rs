//! Telling clients of the end of sessions (OpenID Connect Back-Channel Logout 1.0 §2.5): claim, sign, post, note. Each
//! attempt is a token of its own. A worker that dies in between leaves its claims to whoever comes next.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::stream::{self, StreamExt};

use super::Watcher;
use crate::base::bounds::{
    LOGOUT_LEASE_SECONDS, LOGOUT_POLL_SECONDS, LOGOUT_STATUS_CHARS_MAX, LOGOUT_TRIED_SECONDS, LOGOUTS_AT_ONCE,
};
use crate::base::{AccountId, Clock, Entropy, Fault, Issuer};
use crate::jose::{KeyRing, SigningThreads, Typ};
use crate::mail::schedule::next_attempt;
use crate::model::logout::{LogoutAttempt, LogoutDelivery};
use crate::protocol::logout_token::LogoutTokenClaims;
use crate::protocol::subject::Subjects;
use crate::store::{Store, StoreFault};
use crate::upstream::{Outbound, UpstreamFailure};

/// The parts a telling worker needs.
#[derive(Clone)]
pub struct LogoutTeller {
    /// Where it is written who is to be told.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The randomness of `jti`.
    pub entropy: Arc<dyn Entropy>,
    /// Who tells.
    pub issuer: Issuer,
    /// How people are called.
    pub subjects: Subjects,
    /// What signs.
    pub keys: Arc<ArcSwap<KeyRing>>,
    /// Where signatures are made.
    pub signer: SigningThreads,
    /// The way to the clients.
    pub outbound: Outbound,
    /// Who counts.
    pub watcher: Arc<dyn Watcher>,
}

impl LogoutTeller {
    /// Tells until it is dropped.
    pub async fn tell_forever(self) {
        loop {
            match self.tell_due().await {
                Ok(0) => tokio::time::sleep(Duration::from_secs(LOGOUT_POLL_SECONDS)).await,
                Ok(_) => {}
                Err(fault) => {
                    tracing::warn!(%fault, "telling clients of logouts is put off");
                    tokio::time::sleep(Duration::from_secs(LOGOUT_POLL_SECONDS)).await;
                }
            }
        }
    }

    /// Tries what is due at the moment, once; gives how many deliveries were tried.
    pub async fn tell_due(&self) -> Result<usize, StoreFault> {
        let now = self.clock.now();
        let batch = i64::try_from(LOGOUTS_AT_ONCE).unwrap_or(1);
        let claimed = self.store.claim_due_logouts(now, now.plus_seconds(LOGOUT_LEASE_SECONDS), batch).await?;
        let count = claimed.len();
        stream::iter(claimed).for_each_concurrent(LOGOUTS_AT_ONCE, |delivery| self.tell(delivery)).await;
        if count > 0 {
            self.watcher.logouts_waiting(self.store.waiting_logouts().await?);
        }
        Ok(count)
    }

    async fn tell(&self, delivery: LogoutDelivery) {
        let (attempt, status) = match self.signed(&delivery).await {
            Ok(token) => {
                let answer = self.outbound.post_form(&delivery.uri, &[("logout_token", &token)]).await;
                self.judge(&delivery, answer)
            }
            Err(fault) => {
                tracing::error!(client = delivery.client_id, %fault, "a logout token cannot be made");
                (self.later(&delivery), fault.kind().to_owned())
            }
        };
        self.note(&delivery, attempt, status).await;
    }

    async fn signed(&self, delivery: &LogoutDelivery) -> Result<String, Fault> {
        let now = self.clock.now();
        let client = self.store.find_client(&delivery.client_id).await.map_err(Fault::broken)?;
        let client = client.ok_or_else(|| Fault::broken("the client of a delivery is gone"))?;
        let mut draw = self.entropy.draw()?;
        let account: AccountId =
            delivery.account.parse().map_err(|_| Fault::broken("a delivery is about no account"))?;
        // Back-Channel Logout §2.4: the subject of its ID tokens, which may be pairwise.
        let sub = self.subjects.of(&client, &account);
        let claims = LogoutTokenClaims::of(delivery, sub, &self.issuer, now, &mut draw);
        // Back-Channel Logout §2.6: the algorithm of the client's ID tokens.
        let alg = client.metadata.id_token_signed_response_alg;
        let unsigned = self.keys.load_full().prepare(Typ::LogoutToken, alg, &claims, now)?;
        self.signer.sign(unsigned).await
    }

    /// Back-Channel Logout §2.8: 200 is done, and 204 is what many answer; 400 is a client that will not take it.
    fn judge(&self, delivery: &LogoutDelivery, answer: Result<u16, UpstreamFailure>) -> (LogoutAttempt, String) {
        match answer {
            Ok(status @ (200 | 204)) => (LogoutAttempt::Delivered, status.to_string()),
            Ok(400) => (LogoutAttempt::GivenUp, "400".to_owned()),
            Ok(status) => (self.later(delivery), status.to_string()),
            Err(failure) => (self.later(delivery), reason_of(&failure)),
        }
    }

    fn later(&self, delivery: &LogoutDelivery) -> LogoutAttempt {
        let end = delivery.created_at.plus_seconds(LOGOUT_TRIED_SECONDS);
        let next = next_attempt(delivery.attempts, Some(end), self.clock.now());
        next.map_or(LogoutAttempt::GivenUp, LogoutAttempt::RetryAt)
    }

    async fn note(&self, delivery: &LogoutDelivery, attempt: LogoutAttempt, status: String) {
        let LogoutDelivery { client_id, attempts, .. } = delivery;
        self.watcher.logout(match attempt {
            LogoutAttempt::Delivered => "delivered",
            LogoutAttempt::RetryAt(_) => "retried",
            LogoutAttempt::GivenUp => "failed",
        });
        match attempt {
            LogoutAttempt::Delivered => tracing::debug!(client = client_id, "a client was told of a logout"),
            LogoutAttempt::RetryAt(_) => {
                tracing::info!(client = client_id, attempts, status, "a client could not be told of a logout");
            }
            LogoutAttempt::GivenUp => {
                tracing::warn!(client = client_id, attempts, status, "a client will not be told of a logout");
            }
        }
        let status = status.chars().filter(|c| !c.is_control()).take(LOGOUT_STATUS_CHARS_MAX).collect();
        if let Err(fault) = self.store.note_logout_attempt(delivery, attempt, self.clock.now(), status).await {
            // The claim runs out and the client is told again, which changes nothing for it.
            tracing::warn!(%fault, "the outcome of a logout delivery could not be noted");
        }
    }
}

/// Why there was no status.
fn reason_of(failure: &UpstreamFailure) -> String {
    match failure {
        UpstreamFailure::Unreachable { detail }
        | UpstreamFailure::Malformed { detail }
        | UpstreamFailure::Misconfigured { detail } => format!("{}: {detail}", failure.label()),
        _ => failure.label().to_owned(),
    }
}
