//! Leaving: an account deleted by its owner, restored by the mailed link; and the copy of everything that is kept about a
//! person. What pages and the JSON interface share.

use serde_json::{Value, json};

use super::api::everything_about;
use super::client::event_of;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::federation::give_back;
use super::mailed_code::notice;
use super::oneself::Oneself;
use super::user_agent::asked;
use crate::base::bounds::{ADDRESS_CHANGES_LISTED_MAX, DELETION_GRACE_SECONDS, EXPORTED_ENTRIES_MAX};
use crate::base::{AccountId, Draw, EmailAddress, OpaqueToken, Timestamp, TokenKind};
use crate::model::account::{Account, AdministrationOutcome};
use crate::model::address_change::AddressChange;
use crate::model::audit::{ADMINISTRATOR, AuditAction};
use crate::model::deletion::{DeleteAccount, Deletion, RestoreOutcome};
use crate::model::grant::Consent;
use crate::model::session::Session;
use crate::model::upstream::LinkedIdentity;
use crate::pages::{Mail, Undo};
use crate::store::AuditEntry;

/// Where the link in the mail leads.
pub const UNDO_PATH: &str = "/account/delete/undo";

/// Deletes the account of `me`. Gives when it is erased.
pub async fn delete(
    exchange: &Exchange,
    me: &Oneself,
    password: Option<&str>,
    draw: &mut Draw,
) -> Result<Timestamp, Failure> {
    me.prove(exchange, password, draw).await?;
    let erased_from = exchange.now.plus_seconds(DELETION_GRACE_SECONDS);
    let mail = told(exchange, &me.account.id, exchange.now, erased_from);
    let mut audit = event_of(exchange, AuditAction::AccountDeleted);
    audit.account = Some(me.account.id.clone());
    let write = DeleteAccount {
        account: me.account.id.clone(),
        generation: me.account.generation,
        undo_digest: undo_token(exchange, &me.account.id, exchange.now).digest(),
        now: exchange.now,
        erased_from,
        notice: notice(exchange, None, &me.account.email, &mail, draw)?,
        audit,
    };
    let ties = exchange.context.store.list_identities(&me.account.id).await?;
    match exchange.context.store.delete_own_account(write).await? {
        AdministrationOutcome::Done => {}
        AdministrationOutcome::LastAdministrator => return Err(HttpRefusal::LastAdministrator.into()),
        AdministrationOutcome::Overtaken | AdministrationOutcome::Absent => return Err(HttpRefusal::Overtaken.into()),
    }
    exchange.context.mail_written.notify_one();
    give_back(exchange, &ties).await;
    Ok(erased_from)
}

/// What somebody is mailed who signs up with the address of a deleted account: how to have it back.
pub async fn told_again(exchange: &Exchange, email: &EmailAddress) -> Result<Option<Mail>, Failure> {
    let deletion = exchange.context.store.find_deletion_by_email(email).await?;
    let deletion = deletion.filter(|deletion| exchange.now < deletion.expires_at);
    Ok(deletion.map(|found| told(exchange, &found.account, found.requested_at, found.expires_at)))
}

fn told(exchange: &Exchange, account: &AccountId, requested_at: Timestamp, erased_from: Timestamp) -> Mail {
    let token = undo_token(exchange, account, requested_at);
    let uri = format!("{}?token={}", exchange.context.issuer.at(UNDO_PATH), token.expose());
    Mail::AccountDeleted { undo: Undo { uri, until_at: erased_from.seconds() }, asked: asked(exchange) }
}

// The same in every mail about the deletion, so that each of them works.
fn undo_token(exchange: &Exchange, account: &AccountId, requested_at: Timestamp) -> OpaqueToken {
    const USE: &str = "undo deletion";
    let record = format!("{} {}", account.as_str(), requested_at.seconds());
    OpaqueToken::of_record(TokenKind::Link, exchange.context.code_key.expose(), USE, &record)
}

/// The deletion behind a mailed link, while it can be undone, and whose it is.
pub async fn found_deletion(exchange: &Exchange, token: &str) -> Result<(Deletion, Account), Failure> {
    let token = OpaqueToken::parse(TokenKind::Link, token).ok_or(HttpRefusal::LinkDead)?;
    let deletion = exchange.context.store.find_deletion(token.digest()).await?;
    let deletion = deletion.filter(|deletion| exchange.now < deletion.expires_at).ok_or(HttpRefusal::LinkDead)?;
    let account = exchange.context.store.find_account(&deletion.account).await?.ok_or(HttpRefusal::LinkDead)?;
    Ok((deletion, account))
}

/// Restores the account behind a mailed link. One that an administrator locked as well stays, and stays locked.
pub async fn restore(exchange: &Exchange, token: &str) -> Result<(), Failure> {
    let (deletion, _) = found_deletion(exchange, token).await?;
    let mut audit = event_of(exchange, AuditAction::AccountRestored);
    audit.account = Some(deletion.account.clone());
    match exchange.context.store.restore_account(deletion, exchange.now, audit).await? {
        RestoreOutcome::Restored => Ok(()),
        RestoreOutcome::Locked => Err(HttpRefusal::AccountLocked.into()),
        RestoreOutcome::Overtaken => Err(HttpRefusal::LinkDead.into()),
    }
}

/// Everything that is kept about `account`, but for secrets, as one document.
pub async fn export(exchange: &Exchange, account: &Account) -> Result<Value, Failure> {
    let store = &exchange.context.store;
    let sessions = store.list_sessions(&account.id, exchange.now).await?;
    let identities = store.list_identities(&account.id).await?;
    let consents = store.list_consents(&account.id).await?;
    let changes = store.list_address_changes(&account.id, ADDRESS_CHANGES_LISTED_MAX).await?;
    let entries = store.list_audit_of(&account.id, EXPORTED_ENTRIES_MAX).await?;
    let mut audit = event_of(exchange, AuditAction::Exported);
    audit.account = Some(account.id.clone());
    store.append_audit(audit).await?;
    Ok(json!({
        "issuer": exchange.context.issuer.as_str(),
        "exported_at": exchange.now.seconds(),
        "account": of_account(account),
        "profile": everything_about(account)?,
        "addresses": addresses(account, &changes),
        "sessions": sessions.iter().map(of_session).collect::<Vec<_>>(),
        "identities": identities.iter().map(of_identity).collect::<Vec<_>>(),
        "consents": consents.iter().map(of_consent).collect::<Vec<_>>(),
        "audit": entries.iter().map(of_entry).collect::<Vec<_>>(),
    }))
}

fn of_account(account: &Account) -> Value {
    json!({
        "sub": account.id.as_str(),
        "username": account.username,
        "created_at": account.created_at.seconds(),
        "has_password": account.password_hash.is_some(),
        "password_changed_at": account.password_changed_at.map(Timestamp::seconds),
    })
}

fn addresses(account: &Account, changes: &[AddressChange]) -> Vec<Value> {
    let verified_at = account.email_verified_at.map(Timestamp::seconds);
    let present = json!({ "email": account.email.as_str(), "signs_in": true, "verified_at": verified_at });
    let others = changes.iter().map(|change| {
        json!({
            "from": change.old_email.as_str(),
            "to": change.new_email.as_str(),
            "requested_at": change.requested_at.seconds(),
            "changed_at": change.changed_at.map(Timestamp::seconds),
            "undone_at": change.undone_at.map(Timestamp::seconds),
        })
    });
    std::iter::once(present).chain(others).collect()
}

fn of_session(session: &Session) -> Value {
    json!({
        "id": session.id.as_str(),
        "started_at": session.created_at.seconds(),
        "last_seen_at": session.last_seen_at.seconds(),
        "expires_at": session.expires_at.seconds(),
        "methods": session.amr,
        "provider": session.idp,
        "user_agent": session.user_agent,
        "ip": session.ip,
    })
}

fn of_identity(identity: &LinkedIdentity) -> Value {
    json!({
        "provider": identity.provider,
        "subject": identity.subject,
        "shown_as": identity.shown_as,
        "taken_over": identity.taken,
        "linked_at": identity.linked_at.seconds(),
        "last_used_at": identity.last_used_at.seconds(),
        "blocked_at": identity.blocked_at.map(Timestamp::seconds),
        "keeps_tokens": identity.sealed_tokens.is_some(),
    })
}

fn of_consent(consent: &Consent) -> Value {
    json!({
        "client_id": consent.client_id,
        "scope": consent.scope.to_string(),
        "granted_at": consent.granted_at.seconds(),
    })
}

fn of_entry(entry: &AuditEntry) -> Value {
    // Where an administrator sat is not the person's to know.
    let is_own = entry.actor != ADMINISTRATOR;
    json!({
        "at": entry.at.seconds(),
        "action": entry.action,
        "actor": entry.actor,
        "outcome": entry.outcome,
        "client_id": entry.client_id,
        "ip": entry.ip.as_ref().filter(|_| is_own),
        "request_id": entry.request_id,
        "detail": entry.detail,
    })
}
