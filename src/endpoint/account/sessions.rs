//! `/account/sessions`: where the person is signed in, and ending it (SES-08).

use poem::http::StatusCode;

use super::{Acting, acting, lead_on, person, show_page};
use crate::base::SessionId;
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::HttpRefusal;
use crate::endpoint::reply::Reply;
use crate::endpoint::user_agent::recognise;
use crate::model::audit::AuditAction;
use crate::model::session::Session;
use crate::pages::{AccountSessions, SessionLine};

/// Shows the page.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let me = person(exchange, "sessions").await?;
    let sessions = exchange.context.store.list_sessions(&me.account.id, exchange.now).await?;
    let page = AccountSessions {
        sessions: sessions.iter().map(|session| line(session, &me.session.id)).collect(),
        ended: exchange.query_parameters()?.get("ended").is_some(),
    };
    show_page(exchange, &me, StatusCode::OK, &page, &mut draw)
}

/// Ends one session of the person's own, or all but this one.
pub async fn post(exchange: &Exchange) -> Reply {
    let Acting { me, form, .. } = acting(exchange, "sessions").await?;
    let mut audit = event_of(exchange, AuditAction::SignedOut);
    audit.account = Some(me.account.id.clone());
    let store = &exchange.context.store;
    match (form.get("decision"), form.get("session")) {
        (Some("end-others"), _) => {
            store.end_all_sessions(&me.account.id, Some(me.session.id.clone()), exchange.now, audit).await?;
        }
        (_, Some(id)) => {
            let ending = vec![id.parse().map_err(|_| HttpRefusal::FieldMalformed)?];
            // The account is part of the guard: somebody else's session cannot be named (API-04).
            store.end_sessions(&me.account.id, ending, exchange.now, audit).await?;
        }
        _ => return Err(HttpRefusal::FieldMalformed.into()),
    }
    lead_on(exchange, &me, "/account/sessions?ended=1")
}

fn line(session: &Session, this: &SessionId) -> SessionLine {
    let (browser, system) = recognise(session.user_agent.as_deref());
    SessionLine {
        id: session.id.to_string(),
        browser,
        system,
        ip: session.ip.clone().unwrap_or_default(),
        started_at: session.created_at.seconds(),
        last_seen_at: session.last_seen_at.seconds(),
        this_one: session.id == *this,
    }
}
