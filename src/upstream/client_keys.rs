//! The key sets that clients publish at their `jwks_uri`, kept as long as their headers say and fetched again when a
//! key is missing (OpenID Connect Registration §2, RFC 7517 §5). Bounded in number; the one that was not asked for the
//! longest goes first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::cache::{Cache, Fetched};
use super::http::malformed;
use super::{Outbound, UpstreamFailure};
use crate::base::Timestamp;
use crate::base::bounds::CLIENT_KEY_SETS_MAX;

/// The published key sets. Cheap to clone.
#[derive(Clone)]
pub struct PublishedKeys(Arc<Parts>);

struct Parts {
    outbound: Outbound,
    sets: Mutex<Sets>,
}

#[derive(Default)]
struct Sets {
    by_address: HashMap<String, Kept>,
    turn: u64,
}

struct Kept {
    cache: Arc<Cache<Value>>,
    asked_at: u64,
}

impl PublishedKeys {
    /// Nothing is fetched yet; `outbound` is the way out.
    pub fn new(outbound: Outbound) -> Self {
        Self(Arc::new(Parts { outbound, sets: Mutex::default() }))
    }

    /// The set at `address`, a JSON object that nothing else is known of.
    pub async fn get(&self, address: &str, now: Timestamp) -> Result<Arc<Value>, UpstreamFailure> {
        self.cache(address).get(now, Box::pin(self.fetch(address))).await
    }

    /// A newer set than `seen`, which lacks a key; `seen` again when it was fetched within the last minute.
    pub async fn get_newer(
        &self,
        address: &str,
        seen: Arc<Value>,
        now: Timestamp,
    ) -> Result<Arc<Value>, UpstreamFailure> {
        self.cache(address).get_newer(seen, now, Box::pin(self.fetch(address))).await
    }

    fn cache(&self, address: &str) -> Arc<Cache<Value>> {
        let mut sets = self.0.sets.lock().unwrap_or_else(PoisonError::into_inner);
        sets.turn += 1;
        let turn = sets.turn;
        if let Some(kept) = sets.by_address.get_mut(address) {
            kept.asked_at = turn;
            return kept.cache.clone();
        }
        if sets.by_address.len() >= CLIENT_KEY_SETS_MAX {
            let oldest =
                sets.by_address.iter().min_by_key(|(_, kept)| kept.asked_at).map(|(address, _)| address.clone());
            oldest.and_then(|address| sets.by_address.remove(&address));
        }
        let cache = Arc::new(Cache::default());
        sets.by_address.insert(address.to_owned(), Kept { cache: cache.clone(), asked_at: turn });
        cache
    }

    async fn fetch(&self, address: &str) -> Result<Fetched<Value>, UpstreamFailure> {
        // Some publish it as plain JSON, some under the type of RFC 7517 §8.5, and some under none.
        let document = self.0.outbound.get(address, "application/jwk-set+json, application/json").await?;
        let value: Value = serde_json::from_slice(&document.body).map_err(|_| malformed("the keys are not JSON"))?;
        Ok(Fetched { value, fresh_seconds: document.fresh_seconds })
    }
}
