//! `/account/apps`: which apps the person shares with, and withdrawing it (AUT-25).

use poem::http::StatusCode;

use super::{Acting, acting, lead_on, person, show_page};
use crate::base::{AccountId, GrantId, Timestamp};
use crate::endpoint::approve::go;
use crate::endpoint::backchannel::is_open;
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::reply::{self, Reply};
use crate::model::account::Account;
use crate::model::audit::AuditAction;
use crate::model::client::GrantType;
use crate::model::grant::Consent;
use crate::model::pending::{ApprovalRequest, PendingAuthorization};
use crate::pages::{AccountApps, ConnectedApp, GrantLine, GrantedBy, WaitingRequest};
use crate::protocol::third_party_login;
use crate::store::StandingGrant;

/// Shows the page.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let me = person(exchange, "apps").await?;
    let mut apps = Vec::new();
    for (consent, grants) in shared(exchange, &me.account.id).await? {
        apps.push(app(exchange, (consent, grants), &me.account).await?);
    }
    apps.sort_by(|a, b| a.name.cmp(&b.name));
    let mut waiting = Vec::new();
    for pending in exchange.context.store.list_pending(&me.account.id, exchange.now).await? {
        let ApprovalRequest { handle, client_id, message, created_at, .. } = pending.request;
        let client = exchange.context.store.find_client(&client_id).await?;
        let name = client.as_ref().map_or(client_id.as_str(), |client| client.display_name()).to_owned();
        waiting.push(WaitingRequest { id: handle, name, words: message, asked_at: created_at.seconds() });
    }
    let page = AccountApps { waiting, apps, withdrawn: exchange.query_parameters()?.get("withdrawn").is_some() };
    show_page(exchange, &me, StatusCode::OK, &page, &mut draw)
}

/// Withdraws an agreement; what was issued on it ends.
pub async fn post(exchange: &Exchange) -> Reply {
    let Acting { me, browser, form } = acting(exchange, "apps").await?;
    if let Some(handle) = form.get("pending") {
        let found = exchange.context.store.find_pending_by_handle(handle.to_owned()).await?;
        let is_theirs = |pending: &PendingAuthorization| {
            pending.request.account_id.as_ref() == Some(&me.account.id) && is_open(pending, exchange)
        };
        return match found.filter(is_theirs) {
            Some(pending) => go(exchange, &browser, pending.request, &mut exchange.draw()?).await,
            None => reply::see_other("/device/done?outcome=over"),
        };
    }
    if let Some(grant) = form.get("grant") {
        withdraw_grant(exchange, &me.account.id, None, grant).await?;
        return lead_on(exchange, &me, "/account/apps?withdrawn=1");
    }
    let client_id = form.get("client_id").ok_or(HttpRefusal::FieldMalformed)?;
    withdraw(exchange, &me.account.id, client_id).await?;
    lead_on(exchange, &me, "/account/apps?withdrawn=1")
}

/// Withdraws what `person` agreed to with a client, and ends what was issued on it. False when there was nothing.
pub async fn withdraw(exchange: &Exchange, person: &AccountId, client_id: &str) -> Result<bool, Failure> {
    let mut audit = event_of(exchange, AuditAction::ConsentWithdrawn);
    audit.account = Some(person.clone());
    audit.client_id = Some(client_id.to_owned());
    Ok(exchange.context.store.withdraw_consent(person, client_id, exchange.now, audit).await?)
}

/// Ends one of the person's grants, of this app if one is named. False when there is none such.
pub async fn withdraw_grant(
    exchange: &Exchange,
    person: &AccountId,
    client_id: Option<&str>,
    id: &str,
) -> Result<bool, Failure> {
    let Ok(id) = id.parse::<GrantId>() else { return Ok(false) };
    let Some(found) = exchange.context.store.find_grant(id.clone()).await? else { return Ok(false) };
    let grant = found.grant;
    if grant.account_id != *person || client_id.is_some_and(|client_id| client_id != grant.client_id) {
        return Ok(false);
    }
    let mut audit = event_of(exchange, AuditAction::GrantWithdrawn);
    audit.account = Some(person.clone());
    audit.client_id = Some(grant.client_id);
    audit.detail.insert("grant".to_owned(), id.as_str().into());
    Ok(exchange.context.store.revoke_grant(&id, exchange.now, audit).await?)
}

/// What the person agreed to, with what stands granted to each app. An app that nobody is asked for stands here, too,
/// by what was granted to it.
pub async fn shared(exchange: &Exchange, person: &AccountId) -> Result<Vec<(Consent, Vec<StandingGrant>)>, Failure> {
    let store = &exchange.context.store;
    let consents = store.list_consents(person).await?;
    let mut apps: Vec<_> = consents.into_iter().map(|consent| (consent, Vec::new())).collect();
    for standing in store.list_grants_of_account(person, exchange.now).await? {
        let client_id = &standing.grant.client_id;
        let place = apps.iter().position(|(consent, _)| consent.client_id == *client_id);
        let place = place.unwrap_or_else(|| {
            apps.push((by_grant(&standing), Vec::new()));
            apps.len() - 1
        });
        apps[place].1.push(standing);
    }
    Ok(apps)
}

fn by_grant(standing: &StandingGrant) -> Consent {
    let grant = &standing.grant;
    Consent {
        account_id: grant.account_id.clone(),
        client_id: grant.client_id.clone(),
        scope: grant.scope.clone(),
        granted_at: grant.created_at,
    }
}

async fn app(
    exchange: &Exchange,
    (consent, grants): (Consent, Vec<StandingGrant>),
    person: &Account,
) -> Result<ConnectedApp, Failure> {
    let client = exchange.context.store.find_client(&consent.client_id).await?;
    let name = client.as_ref().map_or(consent.client_id.as_str(), |client| client.display_name()).to_owned();
    // The app learns the address only where the person agreed to that.
    let login_hint = Some(person.email.as_str()).filter(|_| consent.scope.contains("email"));
    let login = client.as_ref().and_then(|client| client.metadata.initiate_login_uri.as_deref());
    Ok(ConnectedApp {
        name,
        login_uri: login.and_then(|uri| third_party_login::address(uri, &exchange.context.issuer, login_hint)),
        client_uri: client.and_then(|client| client.metadata.client_uri),
        scopes: consent.scope.iter().map(str::to_owned).collect(),
        agreed_at: consent.granted_at.seconds(),
        last_used_at: grants.iter().filter_map(|standing| standing.last_used_at).max().map(Timestamp::seconds),
        grants: grants.into_iter().map(line).collect(),
        client_id: consent.client_id,
    })
}

fn line(StandingGrant { grant, last_used_at }: StandingGrant) -> GrantLine {
    GrantLine {
        id: grant.id.to_string(),
        via: match grant.via {
            GrantType::DeviceCode => GrantedBy::Device,
            GrantType::Ciba => GrantedBy::Request,
            GrantType::JwtBearer => GrantedBy::Assertion,
            _ => GrantedBy::Browser,
        },
        resources: grant.resources,
        granted_at: grant.created_at.seconds(),
        last_used_at: last_used_at.map(Timestamp::seconds),
    }
}
