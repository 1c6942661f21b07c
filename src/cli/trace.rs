//! `trace`: what happened to an authorization request.

use serde_json::{Value, json};

use super::arguments::{Place, Trace as Command};
use super::desk::{Desk, Makes};
use super::failure::{Complaint, Failure};
use super::output::{self, moment, row};
use crate::base::Timestamp;
use crate::base::bounds::LIST_ROWS;
use crate::config::quoted;
use crate::protocol::time_line::{TimeLineEvent, time_line, told_session};
use crate::store::Store;

/// Carries out the command.
pub async fn run(place: &Place, command: &Command) -> Result<(), Failure> {
    let desk = Desk::open_migrated(place, Makes::Nothing).await?;
    let as_json = command.json.json;
    let done = match &command.id {
        Some(id) => show(&desk.store, id, desk.parts.clock.now(), as_json).await,
        None => list(&desk.store, command, as_json).await,
    };
    desk.store.shutdown().await;
    done
}

async fn list(store: &Store, command: &Command, as_json: bool) -> Result<(), Failure> {
    let found = store.list_traces(command.client.clone(), i64::from(command.last)).await?;
    if as_json {
        let head = |trace: &crate::model::trace::TraceHead| json!({ "id": trace.id, "client_id": trace.client_id, "began_at": moment(trace.at) });
        return output::json(&json!({ "traces": found.iter().map(head).collect::<Vec<_>>() }));
    }
    let mut rows = vec![row(["TRACE", "BEGAN", "CLIENT"])];
    let line = |trace: &crate::model::trace::TraceHead| {
        row([&trace.id, &moment(trace.at), trace.client_id.as_deref().unwrap_or("-")])
    };
    rows.extend(found.iter().map(line));
    output::lines(output::columns(&rows))
}

async fn show(store: &Store, name: &str, now: Timestamp, as_json: bool) -> Result<(), Failure> {
    let Some((id, entries)) = store.find_trace(name).await? else {
        let complaint = Complaint::new(format!("There is no trace {}.", quoted(name)));
        return Err(complaint.hint("traces are kept for a day; doorward trace lists them").into());
    };
    let logouts = match told_session(&entries) {
        Some((client_id, sid)) => store.list_logouts(Some(client_id), Some(sid), LIST_ROWS).await?,
        None => Vec::new(),
    };
    let began = entries.first().map_or(now, |entry| entry.at);
    let client_id = entries.iter().find_map(|entry| entry.client_id.clone());
    let events = time_line(&entries, &logouts, now);
    if as_json {
        let events: Vec<Value> = events.iter().map(|event| shown(event, began)).collect();
        let trace = json!({ "id": id, "client_id": client_id, "began_at": moment(began), "events": events });
        return output::json(&trace);
    }
    let mut lines = vec![format!("{id}  {}  {}", moment(began), client_id.as_deref().unwrap_or("-"))];
    let rows: Vec<Vec<String>> = events.iter().map(|event| line(event, began)).collect();
    lines.extend(output::columns(&rows));
    output::lines(lines)
}

fn shown(event: &TimeLineEvent, began: Timestamp) -> Value {
    json!({
        "after_seconds": after(event, began),
        "kind": event.kind,
        "request_id": event.request_id,
        "detail": event.detail,
    })
}

fn line(event: &TimeLineEvent, began: Timestamp) -> Vec<String> {
    let facts = event.detail.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let facts: Vec<String> = facts.map(|(name, value)| format!("{name}={}", plain(value))).collect();
    let request = event.request_id.as_deref().unwrap_or("-");
    row([&format!("+{}", after(event, began)), request, &event.kind.replace('_', " "), &facts.join("  ")])
}

/// Seconds since the beginning, to the millisecond.
fn after(event: &TimeLineEvent, began: Timestamp) -> String {
    let millis = ((event.at.micros() - began.micros()) / 1_000).max(0);
    format!("{}.{:03}", millis / 1_000, millis % 1_000)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| format!("{text:?}"))
}
