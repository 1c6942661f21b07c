//! `/account/logins`: which other providers open the account; untying them, and where tying begins.

use poem::http::StatusCode;

use super::{person, show_page};
use crate::base::Draw;
use crate::base::bounds::RECENT_LOGIN_SECONDS;
use crate::endpoint::browser::Browser;
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::federation::{brand, link_token, name_of};
use crate::endpoint::guard::own_form;
use crate::endpoint::mailed_code::notice;
use crate::endpoint::reply::{self, Reply};
use crate::endpoint::user_agent::asked;
use crate::model::account::Account;
use crate::model::audit::AuditAction;
use crate::model::upstream::{LinkedIdentity, ProviderId, UnlinkIdentity, UnlinkOutcome};
use crate::pages::{AccountLogins, IdentityLine, LinkButton, LoginsNotice, Mail};

/// Shows the page.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let me = person(exchange, "logins").await?;
    let browser = Browser::of(exchange, &mut draw);
    let identities = exchange.context.store.list_identities(&me.account.id).await?;
    let page = AccountLogins {
        available: available(exchange, &browser, &identities),
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
    let mut draw = exchange.draw()?;
    let me = person(exchange, "logins").await?;
    let (_, form) = own_form(exchange, "")?;
    let provider = form.get("provider").and_then(|provider| provider.parse().ok());
    let (Some("unlink"), Some(provider), Some(subject)) = (form.get("decision"), provider, form.get("subject")) else {
        return Err(HttpRefusal::FieldMalformed.into());
    };
    // Federation 3.6: whoever found the browser open unties nothing.
    if exchange.now.seconds_since(me.session.auth_time) > RECENT_LOGIN_SECONDS {
        return Err(Failure::Onward("/login?page=logins".to_owned()));
    }
    match untie(exchange, &me.account, (&provider, subject), &mut draw).await? {
        UnlinkOutcome::LastWayIn => reply::see_other("/account/logins?notice=last-way-in"),
        UnlinkOutcome::Unlinked | UnlinkOutcome::Absent => reply::see_other("/account/logins?notice=unlinked"),
    }
}

/// Unties a provider's person from `account`, tells the owner, and ends what the person granted us there.
pub async fn untie(
    exchange: &Exchange,
    account: &Account,
    (provider, subject): (&ProviderId, &str),
    draw: &mut Draw,
) -> Result<UnlinkOutcome, Failure> {
    let policy = &exchange.context.policy;
    let mail = Mail::IdentityUnlinked {
        provider: name_of(exchange, provider),
        logins_uri: exchange.context.issuer.at("/account/logins"),
        asked: asked(exchange),
    };
    let mut audit = event_of(exchange, AuditAction::IdentityUnlinked);
    audit.account = Some(account.id.clone());
    audit.detail.insert("idp".to_owned(), provider.as_str().into());
    let write = UnlinkIdentity {
        provider: provider.clone(),
        subject: subject.to_owned(),
        account: account.id.clone(),
        generation: account.generation,
        // A mailed code always opens an account, where there is mail.
        has_other_way: policy.mail_enabled && policy.code_sign_in_enabled,
        notice: notice(exchange, None, &account.email, &mail, draw)?,
        audit,
    };
    let outcome = exchange.context.store.unlink_identity(write).await?;
    if outcome == UnlinkOutcome::Unlinked {
        exchange.context.mail_written.notify_one();
    }
    Ok(outcome)
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
fn available(exchange: &Exchange, browser: &Browser, tied: &[LinkedIdentity]) -> Vec<LinkButton> {
    let providers = exchange.context.connectors.iter().map(|connector| connector.provider());
    let open = providers.filter(|provider| tied.iter().all(|tie| tie.provider != provider.id));
    open.map(|provider| LinkButton {
        id: provider.id.to_string(),
        name: provider.name.clone(),
        brand: brand(provider),
        href: format!("/federation/{}?link={}", provider.id, link_token(exchange, browser, provider.id.as_str())),
    })
    .collect()
}
