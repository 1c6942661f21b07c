//! Errors as Sentry takes them: an envelope with one event each.

use reqwest::{Client, RequestBuilder};
use serde_json::json;

use crate::base::{Sensitive, Timestamp};

/// One error, with all that may be told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorReport {
    /// When.
    pub at: Timestamp,
    /// What happened, in the words of the program.
    pub message: String,
    /// The part of the program that says so.
    pub target: &'static str,
    /// Which kind of fault.
    pub kind: Option<String>,
    /// The route of the request.
    pub route: Option<String>,
    /// The request's id.
    pub request: Option<String>,
    /// Where in the program.
    pub place: Option<String>,
    /// Tells events apart.
    pub id: [u8; 16],
}

/// Where errors go.
pub(super) struct Project {
    envelopes: String,
    authorization: Sensitive<String>,
    environment: String,
}

impl Project {
    pub(super) fn new(envelopes: &str, key: &Sensitive<String>, environment: &str) -> Self {
        let client = concat!("doorward/", env!("CARGO_PKG_VERSION"));
        let authorization = format!("Sentry sentry_version=7, sentry_client={client}, sentry_key={}", key.expose());
        Self {
            envelopes: envelopes.to_owned(),
            authorization: Sensitive::new(authorization),
            environment: environment.to_owned(),
        }
    }

    /// An envelope holds one event.
    pub(super) fn requests(&self, http: &Client, errors: &[ErrorReport]) -> Vec<RequestBuilder> {
        let request = |error: &ErrorReport| {
            http.post(&self.envelopes)
                .header("content-type", "application/x-sentry-envelope")
                .header("x-sentry-auth", self.authorization.expose())
                .body(envelope(error, &self.environment))
        };
        errors.iter().map(request).collect()
    }
}

/// Three lines: what the envelope is, what the item is, the item.
fn envelope(error: &ErrorReport, environment: &str) -> String {
    let id = hex(&error.id);
    let mut tags = serde_json::Map::new();
    let known = [("kind", &error.kind), ("route", &error.route), ("request", &error.request), ("place", &error.place)];
    for (name, value) in known {
        if let Some(value) = value {
            tags.insert(name.to_owned(), json!(value));
        }
    }
    let event = json!({
        "event_id": id,
        "timestamp": jiff::Timestamp::from_microsecond(error.at.micros()).ok().map(|at| at.to_string()),
        "platform": "other",
        "level": "error",
        "logger": error.target,
        "message": { "formatted": error.message },
        "release": concat!("doorward@", env!("CARGO_PKG_VERSION")),
        "environment": environment,
        "fingerprint": [error.target, error.message, error.kind, error.route, error.place],
        "tags": tags,
    })
    .to_string();
    let header = json!({ "event_id": id });
    let item = json!({ "type": "event", "content_type": "application/json", "length": event.len() });
    format!("{header}\n{item}\n{event}\n")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
