//! The time line of a trace: what was noted, what of it never happened, and who was told of the logout.

use serde_json::{Value, json};

use crate::base::Timestamp;
use crate::model::logout::LogoutDelivery;
use crate::model::trace::TraceEntry;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeLineEvent {
    /// When.
    pub at: Timestamp,
    /// The HTTP request, if it was in one.
    pub request_id: Option<String>,
    /// What.
    pub kind: String,
    /// Facts about it.
    pub detail: Value,
}

/// The client and session whose logout belongs to the trace: those of the code that was issued.
pub fn told_session(entries: &[TraceEntry]) -> Option<(String, String)> {
    let issued = |entry: &TraceEntry| {
        let event = entry.events.iter().find(|event| event.kind == "code_issued")?;
        Some((entry.client_id.clone()?, event.detail["sid"].as_str()?.to_owned()))
    };
    entries.iter().find_map(issued)
}

/// The lines in order.
pub fn time_line(entries: &[TraceEntry], logouts: &[LogoutDelivery], now: Timestamp) -> Vec<TimeLineEvent> {
    let mut lines: Vec<TimeLineEvent> = entries
        .iter()
        .flat_map(|entry| {
            entry.events.iter().map(|event| TimeLineEvent {
                at: entry.at,
                request_id: Some(entry.request_id.clone()),
                kind: event.kind.clone().into_owned(),
                detail: event.detail.clone(),
            })
        })
        .collect();
    lines.extend(never_redeemed(&lines, now));
    lines.extend(logouts.iter().map(told));
    lines.sort_by_key(|line| line.at);
    lines
}

/// A code that died without anybody having brought it. Attempts that were refused are lines of their own.
fn never_redeemed(lines: &[TimeLineEvent], now: Timestamp) -> Option<TimeLineEvent> {
    let issued = lines.iter().find(|line| line.kind == "code_issued")?;
    let died_at = issued.at.plus_seconds(issued.detail["expires_in"].as_i64()?);
    let is_redeemed = lines.iter().any(|line| line.kind == "redeemed");
    let is_over = !is_redeemed && now >= died_at;
    is_over.then(|| TimeLineEvent {
        at: died_at,
        request_id: None,
        kind: "never_redeemed".to_owned(),
        detail: json!({}),
    })
}

fn told(delivery: &LogoutDelivery) -> TimeLineEvent {
    let settled = delivery.delivered_at.or(delivery.failed_at);
    let state = match (delivery.delivered_at, delivery.failed_at) {
        (Some(_), _) => "delivered",
        (None, Some(_)) => "failed",
        (None, None) => "waiting",
    };
    TimeLineEvent {
        at: settled.unwrap_or(delivery.created_at),
        request_id: None,
        kind: "backchannel_logout".to_owned(),
        detail: json!({ "state": state, "attempts": delivery.attempts, "last_status": delivery.last_status }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::trace::TraceEvent;
    use crate::protocol::samples::NOW;

    fn entry(second: i64, kind: &'static str, detail: Value) -> TraceEntry {
        TraceEntry {
            request_id: format!("r{second}"),
            trace: Some("r0".to_owned()),
            grant_id: None,
            client_id: Some("acme".to_owned()),
            at: NOW.plus_seconds(second),
            events: vec![TraceEvent { kind: kind.into(), detail }],
            expires_at: NOW.plus_seconds(86_400),
        }
    }

    fn kinds(entries: &[TraceEntry], later: i64) -> Vec<String> {
        time_line(entries, &[], NOW.plus_seconds(later)).into_iter().map(|line| line.kind).collect()
    }

    #[test]
    fn a_code_that_nobody_brings_is_never_redeemed_once_it_is_dead() {
        let issued = [entry(0, "request", json!({})), entry(3, "code_issued", json!({"expires_in": 60, "sid": "s1"}))];
        assert_eq!(kinds(&issued, 62), ["request", "code_issued"]);
        assert_eq!(kinds(&issued, 63), ["request", "code_issued", "never_redeemed"]);
        let redeemed = [&issued[..], &[entry(5, "redeemed", json!({}))]].concat();
        assert_eq!(kinds(&redeemed, 100), ["request", "code_issued", "redeemed"]);
        assert_eq!(told_session(&issued), Some(("acme".to_owned(), "s1".to_owned())));
        assert_eq!(told_session(&issued[..1]), None);
    }
}
