//! Signing keys following one another: plan what is due, make what is missing, publish what is in the store. Whichever
//! replica is first makes the change; the others take it over.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::base::bounds::KEY_RING_EVERY_SECONDS;
use crate::base::{Clock, Entropy, Fault, Timestamp};
use crate::jose::key_ring::KeyRingWrong;
use crate::jose::{KeyRing, KeyRingError, MasterKey, NotSealed, Rotation, RotationPolicy, make_keys, plan_rotation};
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::key::{KeyChange, SigningKeyRecord};
use crate::store::{Store, StoreFault};

/// How often a change is planned anew when other replicas keep being first.
const TRIES: usize = 5;

/// The parts that follow the keys.
#[derive(Clone)]
pub struct KeyFollower {
    /// Where the keys are.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Seals and opens them.
    pub master_key: MasterKey,
    /// How they follow one another.
    pub policy: RotationPolicy,
}

/// Why the keys could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum KeyTrouble {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// A key does not open.
    #[error("the signing key {} cannot be used: {:?}", .0.kid, .0.wrong)]
    Ring(KeyRingError),
    /// A key could not be made.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Other replicas were first, again and again.
    #[error("the key ring keeps being changed by others")]
    Contended,
}

impl KeyFollower {
    /// Carries out `rotation` together with whatever is due, and opens the ring that results.
    pub async fn bring_up_to_date(&self, rotation: Rotation<'_>) -> Result<KeyRing, KeyTrouble> {
        for _ in 0..TRIES {
            let now = self.clock.now();
            let stored = self.store.signing_keys().await?;
            let plan = plan_rotation(&stored.records, now, &self.policy, rotation);
            if plan.is_empty() {
                return KeyRing::open(stored.records, &self.master_key, now).map_err(KeyTrouble::Ring);
            }
            self.check(stored.records, now, rotation)?;
            let changes = self.make(plan).await?;
            let audit = audit_of(&changes, now);
            if self.store.change_keys(stored.revision, changes, audit).await? {
                let stored = self.store.signing_keys().await?;
                return KeyRing::open(stored.records, &self.master_key, now).map_err(KeyTrouble::Ring);
            }
        }
        Err(KeyTrouble::Contended)
    }

    /// Makes the keys that a database without any needs. Needs no database, so it can go on while one is prepared.
    pub async fn make_first(&self) -> Result<Vec<KeyChange>, KeyTrouble> {
        self.make(plan_rotation(&[], self.clock.now(), &self.policy, Rotation::Due)).await
    }

    /// Writes the first keys, unless somebody else has.
    pub async fn publish_first(&self, made: Vec<KeyChange>) -> Result<(), KeyTrouble> {
        let stored = self.store.signing_keys().await?;
        if stored.records.is_empty() {
            let audit = audit_of(&made, self.clock.now());
            self.store.change_keys(stored.revision, made, audit).await?;
        }
        Ok(())
    }

    /// Not one key of another master key's ring is touched: what does not open stops the change, unless it is damaged
    /// and withdrawn by this very change.
    fn check(&self, records: Vec<SigningKeyRecord>, now: Timestamp, rotation: Rotation<'_>) -> Result<(), KeyTrouble> {
        for record in records {
            let is_withdrawn = matches!(rotation, Rotation::Emergency(named) if named.contains(&record.algorithm));
            let is_damage = |error: &KeyRingError| error.wrong != KeyRingWrong::NotSealed(NotSealed::OtherMasterKey);
            match KeyRing::open([record], &self.master_key, now) {
                Err(error) if !is_withdrawn || !is_damage(&error) => return Err(KeyTrouble::Ring(error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Keeps `ring` up to date until it is dropped.
    pub async fn follow(self, ring: Arc<ArcSwap<KeyRing>>) {
        loop {
            tokio::time::sleep(Duration::from_secs(KEY_RING_EVERY_SECONDS)).await;
            match self.bring_up_to_date(Rotation::Due).await {
                // One that stays knows the tokens it has seen.
                Ok(fresh) if fresh.is_same_as(&ring.load()) => {}
                Ok(fresh) => ring.store(Arc::new(fresh)),
                Err(trouble) => tracing::warn!(%trouble, "the key ring stays as it is"),
            }
        }
    }

    async fn make(&self, plan: Vec<KeyChange<crate::jose::Addition>>) -> Result<Vec<KeyChange>, KeyTrouble> {
        let mut draw = self.entropy.draw()?;
        let master_key = self.master_key.clone();
        // Searching for primes takes a while; the threads that answer requests do not wait for it.
        let made = tokio::task::spawn_blocking(move || make_keys(plan, &master_key, &mut draw)).await;
        Ok(made.map_err(Fault::broken)??)
    }
}

fn audit_of(changes: &[KeyChange], now: Timestamp) -> AuditEvent {
    let describe = |change: &KeyChange| match change {
        KeyChange::Add(record) => format!("added {} {}", record.algorithm, record.kid),
        KeyChange::Schedule { kid, .. } => format!("scheduled {kid}"),
        KeyChange::Revoke { kid, .. } => format!("revoked {kid}"),
        KeyChange::Forget { kid } => format!("forgot {kid}"),
    };
    let list = changes.iter().map(|change| describe(change).into()).collect();
    let detail = serde_json::Map::from_iter([("changes".to_owned(), serde_json::Value::Array(list))]);
    AuditEvent { detail, ..AuditEvent::new(AuditAction::KeyChanged, now, "worker") }
}
