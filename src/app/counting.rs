//! What endpoints and workers report, as figures for Prometheus.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Parts;
use super::tracing::Tracing;
use crate::endpoint::observer::{Answered, Observer};
use crate::listener::OpenConnections;
use crate::telemetry::{Exports, Logging, Metrics};
use crate::upstream::Connectors;
use crate::worker::Watcher;

/// Counts what happens; what can be looked at is looked at when somebody asks for the figures.
pub struct Counters {
    metrics: Metrics,
    connections: OpenConnections,
    logging: Option<Arc<Logging>>,
    tracing: Option<Tracing>,
    lost: Option<Arc<AtomicU64>>,
    connectors: Connectors,
}

impl Counters {
    /// All at nought.
    pub fn new(connections: OpenConnections, connectors: Connectors, parts: &Parts, trace_percent: u32) -> Self {
        let tracing = Tracing::of(parts, trace_percent);
        let lost = parts.exports.as_deref().map(Exports::lost);
        Self { metrics: Metrics::new(), connections, logging: parts.logging.clone(), tracing, lost, connectors }
    }
}

impl Observer for Counters {
    fn answered(&self, answered: &Answered<'_>) {
        self.metrics.answered(answered.endpoint, answered.status, answered.took);
        if let Some(tracing) = &self.tracing {
            tracing.record(answered);
        }
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
        for connector in self.connectors.iter() {
            self.metrics.provider_left_alone(connector.provider().id.as_str(), connector.is_left_alone());
        }
        if let Some(logging) = &self.logging {
            self.metrics.log_lines_lost(logging.lines_lost());
        }
        if let Some(lost) = &self.lost {
            self.metrics.telemetry_lost(lost.load(Ordering::Relaxed));
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

    fn logout(&self, outcome: &'static str) {
        self.metrics.logout(outcome);
    }

    fn logouts_waiting(&self, count: i64) {
        self.metrics.logouts_waiting(count);
    }
}
