//! `/account/logins`: which other providers open the account; untying them, and where tying begins.

use poem::http::StatusCode;

use super::{Acting, acting, lead_on, person, show_page};
use crate::base::bounds::UPSTREAM_SUBJECT_BYTES_MAX;
use crate::endpoint::browser::Browser;
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::federation::{brand, give_back, link_token, name_of};
use crate::endpoint::mailed_code::notice;
use crate::endpoint::reply::Reply;
use crate::endpoint::user_agent::asked;
use crate::model::account::Account;
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::upstream::{LinkedIdentity, ProviderId, UnblockIdentity, UnlinkIdentity, UnlinkOutcome};
use crate::pages::{AccountLogins, Asked, IdentityLine, LinkButton, LoginsNotice, Mail};
use crate::upstream::Connector;

/// Shows the page.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let me = person(exchange, "logins").await?;
    let browser = Browser::of(exchange, &mut draw);
    let identities = exchange.context.store.list_identities(&me.account.id).await?;
    let page = AccountLogins {
        available: available(exchange, &browser, &me.account, &identities),
        identities: identities.iter().map(|identity| line(exchange, identity)).collect(),
        notice: match exchange.query_parameters()?.get("notice") {
            Some("linked") => Some(LoginsNotice::Linked),
            Some("unlinked") => Some(LoginsNotice::Unlinked),
            Some("last-way-in") => Some(LoginsNotice::LastWayIn),
            _ => None,
        },
    };
    show_page(exchange, &me, StatusCode::OK, &page, &mut draw)
}

/// Unties a provider's person, after a recent sign-in.
pub async fn post(exchange: &Exchange) -> Reply {
    let Acting { me, form, .. } = acting(exchange, "logins").await?;
    let provider = form.get("provider").and_then(|provider| provider.parse().ok());
    let (Some("unlink"), Some(provider), Some(subject)) = (form.get("decision"), provider, form.get("subject")) else {
        return Err(HttpRefusal::FieldMalformed.into());
    };
    // Federation 3.6: whoever found the browser open unties nothing.
    if !me.session.last_proof().is_recent(exchange.now) {
        return Err(Failure::Onward("/login?page=logins".to_owned()));
    }
    match untie(exchange, &me.account, (&provider, subject), By::owner(exchange)).await? {
        UnlinkOutcome::Overtaken => Err(HttpRefusal::Overtaken.into()),
        UnlinkOutcome::LastWayIn => lead_on(exchange, &me, "/account/logins?notice=last-way-in"),
        UnlinkOutcome::Unlinked | UnlinkOutcome::Absent => lead_on(exchange, &me, "/account/logins?notice=unlinked"),
    }
}

/// Who unties: the record of it, and what the owner is told.
pub struct By {
    audit: AuditEvent,
    asked: Asked,
}

impl By {
    /// The owner.
    pub fn owner(exchange: &Exchange) -> Self {
        Self { audit: event_of(exchange, AuditAction::IdentityUnlinked), asked: asked(exchange) }
    }

    /// An administrator; where they sat is not the owner's to know.
    pub const fn administrator(exchange: &Exchange, audit: AuditEvent) -> Self {
        Self { audit, asked: Asked { asked_at: exchange.now.seconds(), browser: None, system: None, ip: None } }
    }
}

/// Unties a provider's person from `account`, and tells the owner.
pub async fn untie(
    exchange: &Exchange,
    account: &Account,
    (provider, subject): (&ProviderId, &str),
    By { mut audit, asked }: By,
) -> Result<UnlinkOutcome, Failure> {
    if !is_a_subject(subject) {
        return Ok(UnlinkOutcome::Absent);
    }
    let policy = &exchange.context.policy;
    let mail = Mail::IdentityUnlinked {
        provider: name_of(exchange, provider),
        logins_uri: exchange.context.issuer.at("/account/logins"),
        asked,
    };
    audit.account = Some(account.id.clone());
    audit.detail.insert("idp".to_owned(), provider.as_str().into());
    let write = UnlinkIdentity {
        provider: provider.clone(),
        subject: subject.to_owned(),
        account: account.id.clone(),
        generation: account.generation,
        // A mailed code always opens an account, where there is mail.
        has_other_way: policy.mail_enabled && policy.code_sign_in_enabled,
        notice: Some(notice(exchange, None, &account.email, &mail, &mut exchange.draw()?)?),
        audit,
    };
    let tie = exchange.context.store.find_identity(provider, subject).await?;
    let tie = tie.filter(|tie| tie.account == account.id);
    let outcome = exchange.context.store.unlink_identity(write).await?;
    if outcome == UnlinkOutcome::Unlinked {
        give_back(exchange, tie.as_slice()).await;
        exchange.context.mail_written.notify_one();
    }
    Ok(outcome)
}

/// Lets a blocked tie of `account` open it again, and tells the owner. False when there is no such tie, or it is open.
pub async fn unblock(
    exchange: &Exchange,
    account: &Account,
    (provider, subject): (&ProviderId, &str),
    By { mut audit, asked }: By,
) -> Result<bool, Failure> {
    if !is_a_subject(subject) {
        return Ok(false);
    }
    let mail = Mail::IdentityLinked {
        provider: name_of(exchange, provider),
        logins_uri: exchange.context.issuer.at("/account/logins"),
        asked,
    };
    audit.account = Some(account.id.clone());
    audit.detail.insert("idp".to_owned(), provider.as_str().into());
    let write = UnblockIdentity {
        provider: provider.clone(),
        subject: subject.to_owned(),
        account: account.id.clone(),
        notice: Some(notice(exchange, None, &account.email, &mail, &mut exchange.draw()?)?),
        audit,
    };
    let is_done = exchange.context.store.unblock_identity(write).await?;
    if is_done {
        exchange.context.mail_written.notify_one();
    }
    Ok(is_done)
}

// What no provider calls anybody the store is not asked for; a NUL it would not take.
fn is_a_subject(text: &str) -> bool {
    text.len() <= UPSTREAM_SUBJECT_BYTES_MAX && !text.chars().any(char::is_control)
}

fn line(exchange: &Exchange, identity: &LinkedIdentity) -> IdentityLine {
    IdentityLine {
        provider: identity.provider.to_string(),
        subject: identity.subject.clone(),
        name: name_of(exchange, &identity.provider),
        shown_as: identity.shown_as.clone(),
        linked_at: identity.linked_at.seconds(),
        last_used_at: identity.last_used_at.seconds(),
        blocked: identity.blocked_at.is_some(),
    }
}

/// The providers that open the account not yet.
fn available(exchange: &Exchange, browser: &Browser, account: &Account, tied: &[LinkedIdentity]) -> Vec<LinkButton> {
    let providers = exchange.context.connectors.iter().map(Connector::provider);
    let open = providers.filter(|provider| tied.iter().all(|tie| tie.provider != provider.id));
    open.map(|provider| LinkButton {
        id: provider.id.to_string(),
        name: provider.name.clone(),
        brand: brand(provider),
        token: link_token(exchange, browser, provider, &account.id),
    })
    .collect()
}
