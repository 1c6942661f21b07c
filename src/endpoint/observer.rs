//! What the endpoints tell to whoever counts. `app` connects it to the metrics.

use std::time::Duration;

/// Told of what happened; must be quick and never fail.
pub trait Observer: Send + Sync + 'static {
    /// A request was answered.
    fn answered(&self, endpoint: &'static str, status: u16, took: Duration);
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
    fn answered(&self, _: &'static str, _: u16, _: Duration) {}
    fn issued(&self, _: &'static str) {}
    fn signed_in(&self, _: &'static str) {}
    fn store_failed(&self, _: &str) {}
    fn metrics_text(&self) -> Option<String> {
        None
    }
}
