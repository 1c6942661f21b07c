//! The signing keys of the imitated Google. They are made when they are first needed, live in memory, and are rotated
//! when somebody says so: the new key signs at once, without having been announced. Federation 2.3.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::base::bounds::{IMITATION_KEYS_MAX, IMITATION_TOKEN_SECONDS};
use crate::base::{Draw, Fault, Timestamp};
use crate::endpoint::exchange::Exchange;
use crate::jose::{Addition, KeyRing, MasterKey, Typ, generate_key};
use crate::model::key::{SigningAlgorithm, SigningKeyRecord};

/// The keys, once there are some.
#[derive(Default)]
pub(super) struct Keys(Mutex<Option<Held>>);

struct Held {
    master_key: MasterKey,
    records: Vec<SigningKeyRecord>,
    ring: Arc<KeyRing>,
}

impl Keys {
    /// The keys of the moment.
    pub(super) async fn ring(&self, exchange: &Exchange) -> Result<Arc<KeyRing>, Fault> {
        let mut held = self.0.lock().await;
        if let Some(held) = &*held {
            return Ok(held.ring.clone());
        }
        let made = Held::rotated(None, exchange.draw()?, exchange.now).await?;
        Ok(held.insert(made).ring.clone())
    }

    /// Begins to make the first key, so that it is there when it is needed: it takes a part of a second.
    pub(super) fn prepare(self: &Arc<Self>, exchange: &Exchange) {
        let (keys, exchange) = (self.clone(), exchange.clone());
        tokio::spawn(async move {
            if let Err(fault) = keys.ring(&exchange).await {
                tracing::warn!(%fault, "the imitated Google has no keys");
            }
        });
    }

    /// Another key signs from now on.
    pub(super) async fn rotate(&self, exchange: &Exchange) -> Result<(), Fault> {
        let mut held = self.0.lock().await;
        let before = held.as_ref().map(|held| (held.master_key.clone(), held.records.clone()));
        *held = Some(Held::rotated(before, exchange.draw()?, exchange.now).await?);
        Ok(())
    }

    /// A token of `claims`.
    pub(super) async fn sign(&self, exchange: &Exchange, claims: &serde_json::Value) -> Result<String, Fault> {
        let ring = self.ring(exchange).await?;
        let unsigned = ring.prepare(Typ::Jwt, SigningAlgorithm::RS256, claims, exchange.now)?;
        exchange.context.signer.sign(unsigned).await
    }
}

impl Held {
    /// The same with one key more, which signs in place of the others.
    async fn rotated(
        before: Option<(MasterKey, Vec<SigningKeyRecord>)>,
        mut draw: Draw,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let (master_key, mut records) = before.unwrap_or_else(|| (MasterKey::generate(&mut draw), Vec::new()));
        let making = tokio::task::spawn_blocking(move || {
            generate_key(SigningAlgorithm::RS256, &mut draw).map(|key| (key, draw))
        });
        let (key, mut draw) = making.await.map_err(Fault::broken)??;
        for record in &mut records {
            let retires_at = *record.retires_at.get_or_insert(now);
            record.gone_at = Some(retires_at.plus_seconds(IMITATION_TOKEN_SECONDS));
        }
        let addition = Addition { algorithm: SigningAlgorithm::RS256, announced_at: now, signs_from: now };
        records.push(key.into_record(addition, &master_key, &mut draw));
        records.drain(..records.len().saturating_sub(IMITATION_KEYS_MAX));
        let ring = KeyRing::open(records.clone(), &master_key, now).map_err(Fault::broken)?;
        Ok(Self { master_key, records, ring: Arc::new(ring) })
    }
}
