//! `/api/v1/admin/logouts`: which clients were told of the end of which session, and which could not be.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};

use super::super::Tag;
use super::super::problem::Refused;
use super::{Administrator, cursor, rows};
use crate::base::Timestamp;
use crate::endpoint::exchange::Exchange;
use crate::model::logout::LogoutDelivery;

/// The operations.
pub struct LogoutsApi;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Tag::Admin")]
impl LogoutsApi {
    /// The latest back-channel logout calls, newest first
    ///
    /// They are kept for seven days.
    #[oai(path = "/logouts", method = "get", operation_id = "adminListLogouts")]
    async fn list(
        &self,
        _administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// To this client.
        client_id: Query<Option<String>>,
        /// About this session, as the client knows it.
        #[oai(validator(max_length = 64))]
        sid: Query<Option<String>>,
        /// How many at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<i64>>,
    ) -> Result<Json<AdminLogouts>, Refused> {
        let client_id = client_id.0.map(|id| cursor(Some(id))).transpose()?;
        let sid = sid.0.map(|sid| cursor(Some(sid))).transpose()?;
        let limit = i64::try_from(rows(limit.0)).unwrap_or(1);
        let found = exchange.context.store.list_logouts(client_id, sid, limit).await?;
        Ok(Json(AdminLogouts { logouts: found.into_iter().map(shown).collect() }))
    }
}

/// Back-channel logout calls.
#[derive(Debug, Object)]
struct AdminLogouts {
    /// Newest first.
    logouts: Vec<AdminLogout>,
}

/// How far a call is.
#[derive(Debug, Enum)]
#[oai(rename = "LogoutState", rename_all = "snake_case")]
enum State {
    /// It is tried until it succeeds or its time is over.
    Waiting,
    /// The client took it.
    Delivered,
    /// The client refused it, or could not be reached in time.
    Failed,
}

/// One client that is told of the end of one session.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct AdminLogout {
    /// The client.
    client_id: String,
    /// The session, as the client knows it.
    sid: String,
    /// Whose session it was.
    sub: String,
    /// Where the client is told.
    uri: String,
    /// How far it is.
    state: State,
    /// When the session ended, in seconds since 1970.
    ended_at: i64,
    /// How often it was tried.
    attempts: i64,
    /// When it is tried next, in seconds since 1970.
    next_attempt_at: Option<i64>,
    /// When the client took it or was given up, in seconds since 1970.
    settled_at: Option<i64>,
    /// How the last attempt ended: a status, or why there was none.
    last_status: Option<String>,
}

fn shown(delivery: LogoutDelivery) -> AdminLogout {
    AdminLogout {
        state: match (delivery.delivered_at, delivery.failed_at) {
            (Some(_), _) => State::Delivered,
            (None, Some(_)) => State::Failed,
            (None, None) => State::Waiting,
        },
        settled_at: delivery.delivered_at.or(delivery.failed_at).map(Timestamp::seconds),
        client_id: delivery.client_id,
        sid: delivery.sid,
        sub: delivery.account,
        uri: delivery.uri,
        ended_at: delivery.created_at.seconds(),
        attempts: delivery.attempts,
        next_attempt_at: delivery.next_attempt_at.map(Timestamp::seconds),
        last_status: delivery.last_status,
    }
}
