//! The figures for Prometheus, each by its own method, so that no name can be mistyped where it is counted. Labels
//! are few and chosen by the program: nothing a client sends becomes one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The media type of [`Metrics::render`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the latency histogram in seconds: from a cached document to the longest a request may take.
const LATENCY_SECONDS: [f64; 12] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 2.5, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    endpoint: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct At {
    endpoint: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct By {
    grant_type: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failed {
    fault: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Named {
    provider: String,
}

/// All figures of the process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    latency: Family<At, Histogram, fn() -> Histogram>,
    tokens: Family<By, Counter>,
    sign_ins: Family<Ended, Counter>,
    mails: Family<Ended, Counter>,
    mails_waiting: Gauge,
    logouts: Family<Ended, Counter>,
    logouts_waiting: Gauge,
    store_faults: Family<Failed, Counter>,
    connections: Gauge,
    providers_left_alone: Family<Named, Gauge>,
    log_lines_lost: Counter<u64, AtomicU64>,
    telemetry_lost: Counter<u64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Everything at zero.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("doorward"),
            requests: Family::default(),
            latency: Family::new_with_constructor(|| Histogram::new(LATENCY_SECONDS)),
            tokens: Family::default(),
            sign_ins: Family::default(),
            mails: Family::default(),
            mails_waiting: Gauge::default(),
            logouts: Family::default(),
            logouts_waiting: Gauge::default(),
            store_faults: Family::default(),
            connections: Gauge::default(),
            providers_left_alone: Family::default(),
            log_lines_lost: Counter::default(),
            telemetry_lost: Counter::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("requests", "Requests answered, by endpoint and class of status", self.requests.clone());
        let latency = "Time from the head of a request to its answer";
        registry.register_with_unit("request", latency, Unit::Seconds, self.latency.clone());
        registry.register("tokens_issued", "Token responses, by grant type", self.tokens.clone());
        registry.register("sign_ins", "Attempts to sign in, by outcome", self.sign_ins.clone());
        registry.register("mails", "Mails handled, by outcome", self.mails.clone());
        registry.register("mails_waiting", "Mails in the outbox", self.mails_waiting.clone());
        registry.register("logouts", "Clients told of logouts, by outcome", self.logouts.clone());
        registry.register("logouts_waiting", "Clients waiting to be told of a logout", self.logouts_waiting.clone());
        registry.register("store_faults", "Failures of the store, by kind", self.store_faults.clone());
        registry.register("connections", "Connections open", self.connections.clone());
        let left_alone = "Whether a provider was not reached of late and is left alone (1), or not (0)";
        registry.register("provider_left_alone", left_alone, self.providers_left_alone.clone());
        registry.register("log_lines_lost", "Log lines that could not be written", self.log_lines_lost.clone());
        registry.register("telemetry_lost", "Errors and spans that were not taken", self.telemetry_lost.clone());
    }

    /// A request was answered.
    pub fn answered(&self, endpoint: &'static str, status: u16, took: Duration) {
        self.requests.get_or_create(&Answered { endpoint, status: class_of(status) }).inc();
        self.latency.get_or_create(&At { endpoint }).observe(took.as_secs_f64());
    }

    /// Tokens were issued.
    pub fn issued(&self, grant_type: &'static str) {
        self.tokens.get_or_create(&By { grant_type }).inc();
    }

    /// Somebody tried to sign in.
    pub fn signed_in(&self, outcome: &'static str) {
        self.sign_ins.get_or_create(&Ended { outcome }).inc();
    }

    /// A client was told of a logout, is tried again or was given up.
    pub fn logout(&self, outcome: &'static str) {
        self.logouts.get_or_create(&Ended { outcome }).inc();
    }

    /// So many clients wait to be told of a logout.
    pub fn logouts_waiting(&self, count: i64) {
        self.logouts_waiting.set(count);
    }

    /// A mail was sent, put off or given up.
    pub fn mail(&self, outcome: &'static str) {
        self.mails.get_or_create(&Ended { outcome }).inc();
    }

    /// So many mails wait.
    pub fn mail_waiting(&self, count: i64) {
        self.mails_waiting.set(count);
    }

    /// The store failed. `fault` is one of a few words.
    pub fn store_failed(&self, fault: &str) {
        self.store_faults.get_or_create(&Failed { fault: fault.to_owned() }).inc();
    }

    /// So many connections are open.
    pub fn connections(&self, open: usize) {
        self.connections.set(i64::try_from(open).unwrap_or(i64::MAX));
    }

    /// Whether a provider, by the operator's name of it, is left alone because it was not reached.
    pub fn provider_left_alone(&self, provider: &str, is_left_alone: bool) {
        let named = Named { provider: provider.to_owned() };
        self.providers_left_alone.get_or_create(&named).set(i64::from(is_left_alone));
    }

    /// So many log lines were lost since the start.
    pub fn log_lines_lost(&self, total: usize) {
        self.log_lines_lost.inner().store(u64::try_from(total).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// So many errors and spans were lost on their way since the start.
    pub fn telemetry_lost(&self, total: u64) {
        self.telemetry_lost.inner().store(total, Ordering::Relaxed);
    }

    /// Everything as text, in the form of [`CONTENT_TYPE`].
    pub fn render(&self) -> String {
        let mut page = String::new();
        // Writing into a String cannot fail.
        let _ = text::encode(&mut page, &self.registry);
        page
    }
}

fn class_of(status: u16) -> &'static str {
    match status {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}
