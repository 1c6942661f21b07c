//! From answered requests to spans: which are kept, and which trace they are part of.

use std::sync::Arc;

use poem::http::Method;

use super::Parts;
use crate::base::Entropy;
use crate::endpoint::observer::Answered;
use crate::telemetry::{Exports, Queue, RequestSpan, TraceParent};

/// Makes spans.
pub struct Tracing {
    queue: Queue<RequestSpan>,
    entropy: Arc<dyn Entropy>,
    percent: u32,
}

impl Tracing {
    /// Nothing if spans go nowhere.
    pub fn of(parts: &Parts, percent: u32) -> Option<Self> {
        let queue = parts.exports.as_deref().and_then(Exports::spans)?;
        Some(Self { queue, entropy: parts.entropy.clone(), percent })
    }

    /// Hands a span on, if this request is one of those that become one.
    pub fn record(&self, answered: &Answered<'_>) {
        // Without randomness the request itself has failed, and that is in the log.
        let Ok(mut draw) = self.entropy.draw() else { return };
        let handed_on = answered.trace.and_then(TraceParent::parse);
        let is_kept = handed_on.map_or_else(|| draw.below(100) < self.percent, |parent| parent.is_sampled);
        if !is_kept {
            return;
        }
        let parent = handed_on.unwrap_or_else(|| TraceParent { trace: draw.bytes(), span: None, is_sampled: true });
        self.queue.put(RequestSpan {
            parent,
            id: draw.bytes(),
            method: known(answered.method),
            route: answered.endpoint,
            status: answered.status,
            request: answered.request.to_owned(),
            at: answered.at,
            took: answered.took,
        });
    }
}

/// A method that nobody knows could be any text.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("_OTHER")
}
