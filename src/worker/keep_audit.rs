//! Keeping the audit log: what was appended is sealed into the chain within seconds, and what is older than the operator
//! keeps goes from its beginning. Every replica does both; the head of the chain lets one of them go on.

use std::sync::Arc;
use std::time::Duration;

use crate::base::bounds::{
    AUDIT_PRUNE_ROWS, AUDIT_SEAL_EVERY_SECONDS, AUDIT_SEAL_ROWS, SWEEP_EVERY_SECONDS, SWEEP_PAUSE_MILLISECONDS,
};
use crate::base::{Clock, Entropy};
use crate::store::{SealOutcome, Store, StoreFault};

/// Who keeps the audit log.
#[derive(Clone)]
pub struct AuditKeeper {
    /// Where it is.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The randomness of salts.
    pub entropy: Arc<dyn Entropy>,
    /// How long an entry is kept; `None` is for ever.
    pub keep_seconds: Option<i64>,
}

impl AuditKeeper {
    /// Seals everything that there is to seal, a batch at a time, until it is dropped.
    pub async fn seal_forever(self) {
        loop {
            let pause = match self.seal_batch().await {
                Ok(SealOutcome::Sealed(count)) if count < AUDIT_SEAL_ROWS => {
                    Duration::from_secs(AUDIT_SEAL_EVERY_SECONDS)
                }
                Ok(SealOutcome::Sealed(_)) => Duration::from_millis(SWEEP_PAUSE_MILLISECONDS),
                Ok(SealOutcome::Overtaken) => Duration::from_secs(AUDIT_SEAL_EVERY_SECONDS),
                Err(fault) => {
                    tracing::warn!(%fault, "sealing the audit log is put off");
                    Duration::from_secs(SWEEP_EVERY_SECONDS)
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Removes what is too old, a batch at a time, until it is dropped.
    pub async fn prune_forever(self) {
        let Some(keep_seconds) = self.keep_seconds else { return };
        loop {
            let now = self.clock.now();
            let pause = match self.store.prune_audit(now.plus_seconds(-keep_seconds), now).await {
                Ok(count) if count >= AUDIT_PRUNE_ROWS => Duration::from_millis(SWEEP_PAUSE_MILLISECONDS),
                Ok(_) => Duration::from_secs(SWEEP_EVERY_SECONDS),
                Err(fault) => {
                    tracing::warn!(%fault, "removing old entries of the audit log is put off");
                    Duration::from_secs(SWEEP_EVERY_SECONDS)
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn seal_batch(&self) -> Result<SealOutcome, StoreFault> {
        match self.entropy.draw() {
            Ok(mut draw) => self.store.seal_audit(&mut draw).await,
            Err(fault) => {
                // Nothing weak is written; the entries wait.
                tracing::error!(%fault, "no randomness for the seals of the audit log");
                Ok(SealOutcome::Overtaken)
            }
        }
    }
}
