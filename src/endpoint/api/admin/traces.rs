//! `/api/v1/admin/traces`: what happened to authorization requests of the last day.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::super::Tag;
use super::super::problem::Refused;
use super::{Administrator, cursor, rows};
use crate::base::Timestamp;
use crate::base::bounds::ADMIN_PAGE_ROWS;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::HttpRefusal;
use crate::model::trace::TraceHead;
use crate::protocol::time_line::{TimeLineEvent, time_line, told_session};

/// The operations.
pub struct TracesApi;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Tag::Admin")]
impl TracesApi {
    /// The latest authorization requests, newest first
    ///
    /// They are kept for a day, and appear within a second or two.
    #[oai(path = "/traces", method = "get", operation_id = "adminListTraces")]
    async fn list(
        &self,
        _administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// Of this client.
        client_id: Query<Option<String>>,
        /// How many at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<i64>>,
    ) -> Result<Json<AdminTraces>, Refused> {
        let client_id = client_id.0.map(|id| cursor(Some(id))).transpose()?;
        let limit = i64::try_from(rows(limit.0)).unwrap_or(1);
        let found = exchange.context.store.list_traces(client_id, limit).await?;
        Ok(Json(AdminTraces { traces: found.into_iter().map(head).collect() }))
    }

    /// What happened to an authorization request
    ///
    /// Any request that had a part in it names it, such as the one on an error page.
    #[oai(path = "/traces/:id", method = "get", operation_id = "adminGetTrace")]
    async fn get(
        &self,
        _administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The trace, or a request.
        id: Path<String>,
    ) -> Result<Json<AdminTrace>, Refused> {
        let store = &exchange.context.store;
        let name = cursor(Some(id.0))?;
        let (id, entries) = store.find_trace(&name).await?.ok_or(HttpRefusal::NotFound)?;
        let logouts = match told_session(&entries) {
            Some((client_id, sid)) => store.list_logouts(Some(client_id), Some(sid), ADMIN_PAGE_ROWS).await?,
            None => Vec::new(),
        };
        let began = entries.first().map_or(exchange.now, |entry| entry.at);
        let events = time_line(&entries, &logouts, exchange.now);
        Ok(Json(AdminTrace {
            id,
            client_id: entries.iter().find_map(|entry| entry.client_id.clone()),
            began_at: began.seconds(),
            events: events.into_iter().map(|event| shown(event, began)).collect(),
        }))
    }
}

/// The latest traces.
#[derive(Debug, Object)]
struct AdminTraces {
    /// Newest first.
    traces: Vec<AdminTraceHead>,
}

/// An authorization request.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct AdminTraceHead {
    /// Its name.
    id: String,
    /// The client it names.
    client_id: Option<String>,
    /// When it came, in seconds since 1970.
    began_at: i64,
}

/// What happened to an authorization request.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct AdminTrace {
    /// Its name.
    id: String,
    /// The client it names.
    client_id: Option<String>,
    /// When it came, in seconds since 1970.
    began_at: i64,
    /// Oldest first.
    events: Vec<AdminTraceEvent>,
}

/// Something that happened.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct AdminTraceEvent {
    /// How long after the beginning, in seconds.
    after_seconds: f64,
    /// What.
    kind: String,
    /// In which HTTP request.
    request_id: Option<String>,
    /// Facts about it.
    detail: Any<Value>,
}

fn head(trace: TraceHead) -> AdminTraceHead {
    AdminTraceHead { id: trace.id, client_id: trace.client_id, began_at: trace.at.seconds() }
}

fn shown(event: TimeLineEvent, began: Timestamp) -> AdminTraceEvent {
    let millis = (event.at.micros() - began.micros()) / 1_000;
    AdminTraceEvent {
        // A day has fewer milliseconds than a double holds exactly.
        after_seconds: i32::try_from(millis).map_or(f64::MAX, f64::from) / 1_000.0,
        kind: event.kind,
        request_id: event.request_id,
        detail: Any(event.detail),
    }
}
