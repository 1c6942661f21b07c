//! What leaves the process for whoever watches it from elsewhere: `[telemetry]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Sensitive;
use crate::base::bounds::settings as bounds;
use crate::config::form::hidden;

/// Errors to Sentry, traces to an OpenTelemetry collector. Nothing of what people or clients sent goes along: only
/// kinds of errors, routes, times, statuses and request ids.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// The DSN of a Sentry project (or of what speaks its protocol), `https://KEY@HOST/PROJECT`: every line logged as
    /// `error` goes there. Meant for the environment.
    #[schemars(with = "Option<String>", extend("format" = "sentry-dsn", "writeOnly" = true))]
    #[serde(serialize_with = "hidden")]
    pub sentry_dsn: Option<Sensitive<String>>,
    /// Where an OpenTelemetry collector takes OTLP over HTTP, `http://localhost:4318`: every request becomes a span.
    #[schemars(with = "Option<String>", extend("format" = "http-url"))]
    pub otlp_endpoint: Option<String>,
    /// Of a hundred requests, how many become spans. One that a declared proxy has already decided on follows it.
    #[schemars(range(min = *bounds::TRACE_PERCENT.start(), max = *bounds::TRACE_PERCENT.end()))]
    pub trace_percent: u32,
    /// Whether it is noted for a day what happened to each authorization request, without secrets: `doorward trace` shows
    /// it. It stays in the database here.
    pub login_trace: bool,
    /// What this installation is called there.
    #[schemars(extend("format" = "title"))]
    pub environment: String,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            sentry_dsn: None,
            otlp_endpoint: None,
            trace_percent: 100,
            login_trace: true,
            environment: "production".to_owned(),
        }
    }
}
