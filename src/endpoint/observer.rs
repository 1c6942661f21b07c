//! What the endpoints tell to whoever counts. `app` connects it to the metrics.

use std::time::Duration;

use poem::http::Method;

use crate::base::Timestamp;

/// One request and what became of it: nothing that a client chose but the method and, from a declared proxy, the trace.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// The row of the route table.
    pub endpoint: &'static str,
    /// The method.
    pub method: &'a Method,
    /// The status.
    pub status: u16,
    /// The request's id.
    pub request: &'a str,
    /// When its head was there.
    pub at: Timestamp,
    /// Until the answer.
    pub took: Duration,
    /// The field `traceparent`, if a declared proxy sent it.
    pub trace: Option<&'a str>,
}

/// Told of what happened; must be quick and never fail.
pub trait Observer: Send + Sync + 'static {
    /// A request was answered.
    fn answered(&self, answered: &Answered<'_>);
    /// Tokens were issued.
    fn issued(&self, grant_type: &'static str);
    /// Somebody tried to sign in.
    fn signed_in(&self, outcome: &'static str);
    /// The store failed.
    fn store_failed(&self, fault: &str);
    /// The metrics as text (Prometheus), when they are kept.
    fn metrics_text(&self) -> Option<String>;
}

/// Counts nothing; for tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct NobodyCounts;

impl Observer for NobodyCounts {
    fn answered(&self, _: &Answered<'_>) {}
    fn issued(&self, _: &'static str) {}
    fn signed_in(&self, _: &'static str) {}
    fn store_failed(&self, _: &str) {}
    fn metrics_text(&self) -> Option<String> {
        None
    }
}
