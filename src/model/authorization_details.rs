//! Authorization details (RFC 9396 §2): what exactly a client wants to be allowed, in members that its type defines.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A list of authorization details, each with its `type`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuthorizationDetails(pub Vec<Map<String, Value>>);

impl AuthorizationDetails {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each with the name of its type.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Map<String, Value>)> {
        self.0.iter().map(|detail| (type_of(detail), detail))
    }
}

/// The type of one of them; empty when it has none, which is no type's name.
pub fn type_of(detail: &Map<String, Value>) -> &str {
    detail.get("type").and_then(Value::as_str).unwrap_or_default()
}
