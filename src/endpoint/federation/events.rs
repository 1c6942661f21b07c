//! `/federation/{provider}/events`: what a provider tells of its people's accounts (RFC 8935, RFC 8417; federation 2.13).
//!
//! An event is verified before anything is looked up, and acts once. The answer tells nothing of whom we know.

use poem::Response;
use poem::http::StatusCode;

use super::{connector, count};
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::HttpRefusal;
use crate::endpoint::reply::{self, Reply};
use crate::model::ThrottlePurpose;
use crate::model::audit::AuditAction;
use crate::model::upstream::{ActOnIdentity, IdentityAct, IdentityActOutcome};
use crate::upstream::{SecurityEvent, SecurityEventKind, UpstreamFailure};

/// Takes one security event token.
pub async fn post(exchange: &Exchange) -> Reply {
    let connector = connector(exchange).ok_or(HttpRefusal::NotFound)?;
    count(exchange, ThrottlePurpose::SecurityEventIp).await?;
    let Ok(token) = std::str::from_utf8(&exchange.body) else { return refused("invalid_request") };
    let events = match connector.security_event(token.trim(), exchange.now).await {
        Ok(events) => events,
        Err(failure) => {
            let id = connector.provider().id.as_str();
            tracing::warn!(request = exchange.id.as_str(), provider = id, error = %failure, "a security event");
            return match failure {
                UpstreamFailure::Unreachable { .. } => Err(HttpRefusal::Overtaken.into()),
                _ => refused("authentication_failed"),
            };
        }
    };
    let mut audit = event_of(exchange, AuditAction::SecurityEvent);
    audit.detail.insert("idp".to_owned(), connector.provider().id.as_str().into());
    audit.detail.insert("jti".to_owned(), events.jti.as_str().into());
    let act = ActOnIdentity {
        provider: connector.provider().id.clone(),
        acts: acts_of(&events.events),
        jti: events.jti,
        audit,
    };
    let outcome = exchange.context.store.act_on_identity(act).await?;
    tracing::info!(
        request = exchange.id.as_str(),
        provider = connector.provider().id.as_str(),
        acted = outcome == IdentityActOutcome::Done,
        "a security event"
    );
    Ok(Response::builder().status(StatusCode::ACCEPTED).finish())
}

/// What is done: whoever may have entered the account there is shut out here, until its owner shows in another way who
/// they are.
fn acts_of(events: &[SecurityEvent]) -> Vec<(String, IdentityAct)> {
    let mut acts = Vec::new();
    for event in events {
        let Some(subject) = &event.subject else { continue };
        let steps: &[IdentityAct] = match event.kind {
            SecurityEventKind::SessionsRevoked => &[IdentityAct::EndSessions],
            // Google wants sessions ended for it too: signing in is what its tokens are for here.
            SecurityEventKind::TokensRevoked => &[IdentityAct::EndSessions, IdentityAct::ForgetTokens],
            SecurityEventKind::AccountDisabled { .. }
            | SecurityEventKind::AccountPurged
            | SecurityEventKind::CredentialChangeRequired => {
                &[IdentityAct::EndSessions, IdentityAct::Block, IdentityAct::ForgetTokens]
            }
            SecurityEventKind::AccountEnabled | SecurityEventKind::Verification { .. } => &[],
        };
        acts.extend(steps.iter().map(|step| (subject.clone(), *step)));
    }
    acts
}

// RFC 8935 §2.3: the error as a JSON object.
fn refused(error: &'static str) -> Reply {
    reply::json(StatusCode::BAD_REQUEST, &serde_json::json!({ "err": error, "description": "The event was refused." }))
}
