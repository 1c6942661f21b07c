//! `session`: where people are signed in, and ending it.

use serde_json::{Value, json};

use super::arguments::{Place, Session as Command};
use super::desk::{Desk, Makes};
use super::failure::{Complaint, Failure};
use super::output::{self, moment, row};
use super::provision::Registrar;
use super::user::find;
use crate::base::SessionId;
use crate::config::quoted;
use crate::model::account::{Account, Administration};
use crate::model::audit::AuditAction;
use crate::model::session::Session;

/// Carries out one of the commands.
pub async fn run(place: &Place, command: &Command) -> Result<(), Failure> {
    let desk = Desk::open_migrated(place, Makes::Nothing).await?;
    let registrar = desk.registrar()?;
    let done = carry_out(&registrar, command).await;
    desk.store.shutdown().await;
    done
}

async fn carry_out(registrar: &Registrar, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List { email, json } => {
            let account = find(registrar, email).await?;
            let sessions = registrar.store.list_sessions(&account.id, registrar.now()).await?;
            list(&sessions, json.json)
        }
        Command::End { email, session: Some(id) } => end_one(registrar, &find(registrar, email).await?, id).await,
        Command::End { email, session: None } => end_all(registrar, &find(registrar, email).await?).await,
    }
}

fn list(sessions: &[Session], as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output::json(&json!({ "sessions": sessions.iter().map(shown).collect::<Vec<_>>() }));
    }
    let mut rows = vec![row(["SESSION", "STARTED", "LAST SEEN", "FROM", "BROWSER"])];
    rows.extend(sessions.iter().map(|session| {
        let (ip, agent) = (session.ip.as_deref().unwrap_or("-"), session.user_agent.as_deref().unwrap_or("-"));
        row([session.id.as_str(), &moment(session.created_at), &moment(session.last_seen_at), ip, agent])
    }));
    output::lines(output::columns(&rows))
}

fn shown(session: &Session) -> Value {
    json!({
        "id": session.id.as_str(),
        "started_at": session.created_at.seconds(),
        "last_seen_at": session.last_seen_at.seconds(),
        "ip": session.ip,
        "user_agent": session.user_agent,
        "amr": session.amr,
    })
}

async fn end_one(registrar: &Registrar, account: &Account, id: &str) -> Result<(), Failure> {
    let absent = || -> Failure {
        let complaint = Complaint::new(format!("{} has no live session {}.", account.email, quoted(id)));
        complaint.hint(format!("doorward session list {} shows them", account.email)).into()
    };
    let id: SessionId = id.parse().map_err(|_| absent())?;
    let mut audit = registrar.event(AuditAction::SignedOut, &[]);
    audit.account = Some(account.id.clone());
    match registrar.store.end_sessions(&account.id, vec![id.clone()], audit.at, audit).await? {
        0 => Err(absent()),
        _ => output::lines([format!("session {id} of {} ended", account.email)]),
    }
}

async fn end_all(registrar: &Registrar, account: &Account) -> Result<(), Failure> {
    let mut audit = registrar.event(AuditAction::SignedOut, &["all".to_owned()]);
    audit.account = Some(account.id.clone());
    registrar.store.administer(&account.id, Administration::EndSessions, audit).await?;
    output::lines([format!("all sessions of {} ended", account.email)])
}
