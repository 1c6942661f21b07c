//! `/api/v1/sessions`: where the person is signed in, and ending it (SES-08). For the person's own browser and for apps
//! of the operator.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::Tag;
use super::caller::Caller;
use super::problem::Refused;
use crate::base::SessionId;
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::HttpRefusal;
use crate::endpoint::user_agent::recognise;
use crate::model::audit::AuditAction;
use crate::model::session::Session;

/// The operations.
pub struct SessionsApi;

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Sessions")]
impl SessionsApi {
    /// The person's live sessions
    ///
    /// By cookie, or by a token of a first-party client.
    #[oai(path = "/sessions", method = "get", operation_id = "listSessions")]
    async fn list(&self, caller: Caller, exchange: Data<&Arc<Exchange>>) -> Result<Json<Sessions>, Refused> {
        let caller = caller.acting_as_person()?;
        let found = exchange.context.store.list_sessions(&caller.account.id, exchange.now).await?;
        Ok(Json(Sessions { sessions: found.iter().map(|session| listed(session, &caller.session)).collect() }))
    }

    /// Ends a session
    ///
    /// By cookie, or by a token of a first-party client. What apps were granted in the session ends with it, unless
    /// they hold `offline_access`. A session that has ended, or is somebody else's, is not found.
    #[oai(path = "/sessions/:id", method = "delete", operation_id = "endSession")]
    async fn end(
        &self,
        caller: Caller,
        exchange: Data<&Arc<Exchange>>,
        /// The session.
        id: Path<String>,
    ) -> Result<Ended, Refused> {
        let person = caller.acting_as_person()?.account.id;
        let id: SessionId = id.0.parse().map_err(|_| HttpRefusal::NotFound)?;
        let mut audit = event_of(&exchange, AuditAction::SignedOut);
        audit.account = Some(person.clone());
        // API-04: the account is part of the guard, so that somebody else's session cannot be named.
        match exchange.context.store.end_sessions(&person, vec![id], exchange.now, audit).await? {
            0 => Err(HttpRefusal::NotFound.into()),
            _ => Ok(Ended::Ended),
        }
    }
}

/// The person's live sessions.
#[derive(Debug, Object)]
struct Sessions {
    /// Those used last come first.
    sessions: Vec<ListedSession>,
}

/// A browser in which the person is signed in.
#[derive(Debug, Object)]
#[oai(rename = "Session", skip_serializing_if_is_none)]
struct ListedSession {
    /// Its name; also the `sid` of ID tokens.
    id: String,
    /// The browser, as far as it is recognised.
    browser: Option<String>,
    /// The operating system, as far as it is recognised.
    system: Option<String>,
    /// Where the person signed in from.
    ip: Option<String>,
    /// When it began, in seconds since 1970.
    started_at: i64,
    /// When it was last used, in seconds since 1970, to the minute.
    last_seen_at: i64,
    /// Whether the call belongs to it.
    current: bool,
}

/// The session is over.
#[derive(ApiResponse)]
enum Ended {
    /// The session is over.
    #[oai(status = 204)]
    Ended,
}

fn listed(session: &Session, current: &SessionId) -> ListedSession {
    let (browser, system) = recognise(session.user_agent.as_deref());
    ListedSession {
        id: session.id.to_string(),
        browser,
        system,
        ip: session.ip.clone(),
        started_at: session.created_at.seconds(),
        last_seen_at: session.last_seen_at.seconds(),
        current: session.id == *current,
    }
}
