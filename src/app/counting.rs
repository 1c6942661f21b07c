//! What endpoints and workers report, as figures for Prometheus.

use std::sync::Arc;
use std::time::Duration;

use crate::endpoint::observer::Observer;
use crate::listener::OpenConnections;
use crate::telemetry::{Logging, Metrics};
use crate::worker::Watcher;

/// Counts what happens; what can be looked at is looked at when somebody asks for the figures.
pub struct Counters {
    metrics: Metrics,
    connections: OpenConnections,
    logging: Option<Arc<Logging>>,
}

impl Counters {
    /// All at nought.
    pub fn new(connections: OpenConnections, logging: Option<Arc<Logging>>) -> Self {
        Self { metrics: Metrics::new(), connections, logging }
    }
}

impl Observer for Counters {
    fn answered(&self, endpoint: &'static str, status: u16, took: Duration) {
        self.metrics.answered(endpoint, status, took);
    }

    fn issued(&self, grant_type: &'static str) {
        self.metrics.issued(grant_type);
    }

    fn signed_in(&self, outcome: &'static str) {
        self.metrics.signed_in(outcome);
    }

    fn store_failed(&self, fault: &str) {
        self.metrics.store_failed(fault);
    }

    fn metrics_text(&self) -> Option<String> {
        self.metrics.connections(self.connections.count());
        if let Some(logging) = &self.logging {
            self.metrics.log_lines_lost(logging.lines_lost());
        }
        Some(self.metrics.render())
    }
}

impl Watcher for Counters {
    fn mail(&self, outcome: &'static str) {
        self.metrics.mail(outcome);
    }

    fn mail_waiting(&self, count: i64) {
        self.metrics.mail_waiting(count);
    }
}
