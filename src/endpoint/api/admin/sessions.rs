//! `/api/v1/admin/accounts/{id}/sessions`: where somebody is signed in, and ending it.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::super::Tag;
use super::super::problem::Refused;
use super::accounts::administer;
use super::{Administrator, Done, account};
use crate::base::SessionId;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::HttpRefusal;
use crate::endpoint::user_agent::recognise;
use crate::model::account::Administration;
use crate::model::audit::AuditAction;
use crate::model::session::Session;

/// The operations.
pub struct SessionsApi;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Tag::Admin")]
impl SessionsApi {
    /// A person's live sessions
    #[oai(path = "/accounts/:id/sessions", method = "get", operation_id = "adminListSessions")]
    async fn list(
        &self,
        _administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
    ) -> Result<Json<AdminSessions>, Refused> {
        let person = account(&exchange, &id.0).await?.id;
        let found = exchange.context.store.list_sessions(&person, exchange.now).await?;
        Ok(Json(AdminSessions { sessions: found.iter().map(shown).collect() }))
    }

    /// Ends everything
    ///
    /// All sessions and all that apps were granted, offline access and pending codes among it. The person may sign in
    /// anew.
    #[oai(path = "/accounts/:id/sessions", method = "delete", operation_id = "adminEndSessions")]
    async fn end_all(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
    ) -> Result<Done, Refused> {
        administer(&exchange, &administrator, &id.0, (Administration::EndSessions, AuditAction::SignedOut)).await?;
        Ok(Done::Done)
    }

    /// Ends a session
    ///
    /// What apps were granted in it ends with it, unless they hold `offline_access`.
    #[oai(path = "/accounts/:id/sessions/:session", method = "delete", operation_id = "adminEndSession")]
    async fn end(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
        /// The session.
        session: Path<String>,
    ) -> Result<Done, Refused> {
        let person = account(&exchange, &id.0).await?.id;
        let session: SessionId = session.0.parse().map_err(|_| HttpRefusal::NotFound)?;
        let audit = administrator.event(&exchange, AuditAction::SignedOut, Some(&person));
        match exchange.context.store.end_sessions(&person, vec![session], exchange.now, audit).await? {
            0 => Err(HttpRefusal::NotFound.into()),
            _ => Ok(Done::Done),
        }
    }
}

/// A person's live sessions.
#[derive(Debug, Object)]
struct AdminSessions {
    /// Those used last come first.
    sessions: Vec<AdminSession>,
}

/// A browser in which a person is signed in.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct AdminSession {
    /// Its name; also the `sid` of ID tokens.
    id: String,
    /// The browser, as far as it is recognised.
    browser: Option<String>,
    /// The operating system, as far as it is recognised.
    system: Option<String>,
    /// Where the person signed in from.
    ip: Option<String>,
    /// How the person signed in (RFC 8176).
    amr: Vec<String>,
    /// When it began, in seconds since 1970.
    started_at: i64,
    /// When it was last used, in seconds since 1970, to the minute.
    last_seen_at: i64,
}

fn shown(session: &Session) -> AdminSession {
    let (browser, system) = recognise(session.user_agent.as_deref());
    AdminSession {
        id: session.id.to_string(),
        browser,
        system,
        ip: session.ip.clone(),
        amr: session.amr.clone(),
        started_at: session.created_at.seconds(),
        last_seen_at: session.last_seen_at.seconds(),
    }
}
