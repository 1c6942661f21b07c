//! Key sets of clients as they were last parsed, so that a key is not parsed at each request. A set is known by what
//! stands in it, so one that changes is another one. Bounded in number; when it is full it begins anew.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;

use super::client_keys::{ClientKeys, NotAKey};
use crate::base::bounds::CLIENT_KEY_SETS_MAX;

/// What was parsed.
#[derive(Debug, Default)]
pub struct ParsedSets(RwLock<HashMap<Value, Arc<ClientKeys>>>);

impl ParsedSets {
    /// The keys of `set`.
    pub fn parse(&self, set: &Value) -> Result<Arc<ClientKeys>, NotAKey> {
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(set) {
            return Ok(known.clone());
        }
        let keys = Arc::new(ClientKeys::parse(set)?);
        let mut sets = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if sets.len() >= CLIENT_KEY_SETS_MAX {
            sets.clear();
        }
        sets.insert(set.clone(), keys.clone());
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(x: &str) -> Value {
        json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x}]})
    }

    #[test]
    fn a_set_is_parsed_once_and_a_changed_one_again() {
        let sets = ParsedSets::default();
        let one = sets.parse(&set("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")).unwrap();
        let again = sets.parse(&set("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")).unwrap();
        assert!(Arc::ptr_eq(&one, &again));
        assert_eq!(sets.parse(&set("==")).unwrap().iter().count(), 0);
        assert_eq!(sets.parse(&json!({})).unwrap_err(), NotAKey::Malformed);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let sets = ParsedSets::default();
        for number in 0..=CLIENT_KEY_SETS_MAX {
            sets.parse(&json!({"keys": [], "number": number})).unwrap();
        }
        assert_eq!(sets.0.read().unwrap().len(), 1);
    }
}
