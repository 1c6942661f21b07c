//! Spans as OpenTelemetry's protocol has them in JSON (OTLP 1.x over HTTP; names by the HTTP semantic conventions).

use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::TraceParent;
use super::sentry::hex;
use crate::base::Timestamp;

/// `SPAN_KIND_SERVER`.
const SERVER: u8 = 2;
/// `STATUS_CODE_ERROR`.
const ERROR: u8 = 2;

/// One answered request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestSpan {
    /// The trace, and the span that this one is part of.
    pub parent: TraceParent,
    /// This span.
    pub id: [u8; 8],
    /// The method, one of those that HTTP has.
    pub method: &'static str,
    /// The route, as the table has it: without ids or other parts that a client chose.
    pub route: &'static str,
    /// The status answered.
    pub status: u16,
    /// The request's id.
    pub request: String,
    /// When its head was there.
    pub at: Timestamp,
    /// Until the answer.
    pub took: Duration,
}

/// Where spans go.
pub(super) struct Collector {
    traces: String,
    resource: Value,
}

impl Collector {
    pub(super) fn new(endpoint: &str, environment: &str) -> Self {
        const PATH: &str = "/v1/traces";
        let endpoint = endpoint.trim_end_matches('/');
        let traces = if endpoint.ends_with(PATH) { endpoint.to_owned() } else { format!("{endpoint}{PATH}") };
        let attributes = [
            text("service.name", "doorward"),
            text("service.version", env!("CARGO_PKG_VERSION")),
            text("deployment.environment.name", environment),
        ];
        Self { traces, resource: json!({ "attributes": attributes }) }
    }

    pub(super) fn request(&self, http: &Client, spans: &[RequestSpan]) -> RequestBuilder {
        let spans: Vec<Value> = spans.iter().map(span).collect();
        let scope = json!({ "name": "doorward", "version": env!("CARGO_PKG_VERSION") });
        let scoped = json!([{ "scope": scope, "spans": spans }]);
        http.post(&self.traces).json(&json!({ "resourceSpans": [{ "resource": self.resource, "scopeSpans": scoped }] }))
    }
}

fn span(span: &RequestSpan) -> Value {
    let start = i128::from(span.at.micros()) * 1_000;
    let took = i128::try_from(span.took.as_nanos()).unwrap_or_default();
    let status = json!({ "key": "http.response.status_code", "value": { "intValue": span.status.to_string() } });
    let mut described = json!({
        "traceId": hex(&span.parent.trace),
        "spanId": hex(&span.id),
        "name": format!("{} {}", span.method, span.route),
        "kind": SERVER,
        "startTimeUnixNano": start.to_string(),
        "endTimeUnixNano": (start + took).to_string(),
        "attributes": [
            text("http.request.method", span.method),
            text("http.route", span.route),
            status,
            text("doorward.request_id", &span.request),
        ],
        "status": if span.status >= 500 { json!({ "code": ERROR }) } else { json!({}) },
    });
    if let Some(parent) = span.parent.span {
        described["parentSpanId"] = json!(hex(&parent));
    }
    described
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}
