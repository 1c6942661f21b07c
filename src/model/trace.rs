//! What happened to an authorization request, step by step. A trace is named after the HTTP request that it began with.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::{GrantId, Timestamp};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceEvent {
    /// What: `request`, `session`, `step`, `code_issued`, …
    pub kind: Cow<'static, str>,
    /// Facts about it. Never a secret.
    pub detail: Value,
}

/// What one HTTP request had to do with a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceEntry {
    /// The HTTP request.
    pub request_id: String,
    /// The trace, when the request knows it.
    pub trace: Option<String>,
    /// The grant that was given or used in it.
    pub grant_id: Option<GrantId>,
    /// The client.
    pub client_id: Option<String>,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub events: Vec<TraceEvent>,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// The beginning of a trace, for listings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceHead {
    /// Its name.
    pub id: String,
    /// The client.
    pub client_id: Option<String>,
    /// When it began.
    pub at: Timestamp,
}
