//! Noting what happens to an authorization request, for `doorward trace`: each HTTP request gathers its events and hands
//! them over when it is answered. No secrets (LOG-02): of `state`, `nonce`, hints and request objects only the length, and
//! a digest by which two can be told apart.

use std::sync::PoisonError;

use serde_json::{Map, Value, json};

use super::exchange::Exchange;
use crate::base::bounds::{TRACE_EVENTS_MAX, TRACE_VALUE_CHARS_MAX};
use crate::base::{Digest, GrantId};
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::trace::{TraceEntry, TraceEvent};
use crate::protocol::Parameters;
use crate::protocol::redirect_mismatch::RedirectMismatch;
use crate::store::trace_expires;

/// Parameters whose values say what was asked for, and nothing about anybody.
const SHOWN: [&str; 16] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "response_mode",
    "prompt",
    "max_age",
    "display",
    "ui_locales",
    "acr_values",
    "code_challenge",
    "code_challenge_method",
    "resource",
    "idp_hint",
    "claims_locales",
    "dpop_jkt",
];
/// Parameters of which only length and digest are shown.
const MEASURED: [&str; 9] = [
    "state",
    "nonce",
    "login_hint",
    "id_token_hint",
    "request",
    "request_uri",
    "claims",
    "authorization_details",
    "registration",
];
/// Characters of a digest: enough to tell two values of one flow apart.
const DIGEST_CHARS: usize = 8;

/// What one request has gathered.
#[derive(Debug, Default)]
pub struct Gathered {
    trace: Option<String>,
    grant: Option<GrantId>,
    client: Option<String>,
    events: Vec<TraceEvent>,
}

/// Begins a trace with this request.
pub fn begin(exchange: &Exchange, client_id: Option<&str>) {
    change(exchange, |gathered| {
        gathered.trace = Some(exchange.id.as_str().to_owned());
        gathered.client = client_id.map(cut);
    });
}

/// What happens in this request belongs to the trace of `request`.
pub fn join(exchange: &Exchange, request: Option<&AuthorizationRequest>) {
    if let Some(AuthorizationRequest { trace: Some(trace), client_id, .. }) = request {
        change(exchange, |gathered| {
            gathered.trace = Some(trace.clone());
            gathered.client = Some(client_id.clone());
        });
    }
}

/// What happens in this request belongs to whatever trace the grant was given in.
pub fn about_grant(exchange: &Exchange, grant: &GrantId, client_id: &str) {
    change(exchange, |gathered| {
        gathered.grant = Some(grant.clone());
        gathered.client = Some(client_id.to_owned());
    });
}

/// Notes an event of the trace that this request belongs to; of none, nothing.
pub fn note(exchange: &Exchange, kind: &'static str, detail: impl FnOnce() -> Value) {
    change(exchange, |gathered| {
        let has_place = gathered.events.len() < TRACE_EVENTS_MAX;
        if has_place && (gathered.trace.is_some() || gathered.grant.is_some()) {
            gathered.events.push(TraceEvent { kind: kind.into(), detail: detail() });
        }
    });
}

/// Hands over what was gathered.
pub fn finish(exchange: &Exchange) {
    let Some(queue) = &exchange.context.traces else { return };
    let gathered = std::mem::take(&mut *exchange.gathered.lock().unwrap_or_else(PoisonError::into_inner));
    if !gathered.events.is_empty() {
        queue.push(TraceEntry {
            request_id: exchange.id.as_str().to_owned(),
            trace: gathered.trace,
            grant_id: gathered.grant,
            client_id: gathered.client,
            at: exchange.now,
            events: gathered.events,
            expires_at: trace_expires(exchange.now),
        });
    }
}

fn change(exchange: &Exchange, change: impl FnOnce(&mut Gathered)) {
    if exchange.context.traces.is_some() {
        change(&mut exchange.gathered.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The parameters of a request, as far as they may be noted.
pub fn shown_parameters(parameters: &Parameters) -> Value {
    let mut shown = Map::new();
    for name in SHOWN {
        let values: Vec<&str> = parameters.all(name).collect();
        if !values.is_empty() {
            shown.insert(name.to_owned(), cut(&values.join(" ")).into());
        }
    }
    for name in MEASURED {
        if let Some(value) = parameters.get(name) {
            let digest = Digest::of(value);
            let measured = format!("length {}, digest {}", value.len(), &digest.as_str()[..DIGEST_CHARS]);
            shown.insert(name.to_owned(), measured.into());
        }
    }
    Value::Object(shown)
}

/// Where a redirect URI differs from the registered ones: the position and the character there.
pub fn shown_mismatch(mismatch: &RedirectMismatch) -> Value {
    let at = mismatch.first_difference;
    let nearest = mismatch.registered.first();
    let there = |text: &str| text.get(at..).and_then(|rest| rest.chars().next()).map(String::from);
    json!({
        "matches": false,
        "received": cut(&mismatch.received),
        "nearest_registered": nearest,
        "differs_at": at,
        "received_character": there(&mismatch.received),
        "registered_character": nearest.and_then(|text| there(text)),
        "only_loopback_port_differs": mismatch.only_loopback_port_differs,
    })
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(TRACE_VALUE_CHARS_MAX).collect()
}
