//! `/account/apps`: which apps the person shares with, and withdrawing it (AUT-25).

use poem::http::StatusCode;

use super::{person, show_page};
use crate::base::AccountId;
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::guard::own_form;
use crate::endpoint::reply::{self, Reply};
use crate::model::account::Account;
use crate::model::audit::AuditAction;
use crate::model::grant::Consent;
use crate::pages::{AccountApps, ConnectedApp};
use crate::protocol::third_party_login;

/// Shows the page.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let me = person(exchange, "apps").await?;
    let mut apps = Vec::new();
    for consent in exchange.context.store.list_consents(&me.account.id).await? {
        apps.push(app(exchange, consent, &me.account).await?);
    }
    apps.sort_by(|a, b| a.name.cmp(&b.name));
    let page = AccountApps { apps, withdrawn: exchange.query_parameters()?.get("withdrawn").is_some() };
    show_page(exchange, &me, StatusCode::OK, &page, &mut draw)
}

/// Withdraws an agreement; what was issued on it ends.
pub async fn post(exchange: &Exchange) -> Reply {
    let me = person(exchange, "apps").await?;
    let (_, form) = own_form(exchange, "")?;
    let client_id = form.get("client_id").ok_or(HttpRefusal::FieldMalformed)?;
    withdraw(exchange, &me.account.id, client_id).await?;
    reply::see_other("/account/apps?withdrawn=1")
}

/// Withdraws what `person` agreed to with a client, and ends what was issued on it. False when there was nothing.
pub async fn withdraw(exchange: &Exchange, person: &AccountId, client_id: &str) -> Result<bool, Failure> {
    let mut audit = event_of(exchange, AuditAction::ConsentWithdrawn);
    audit.account = Some(person.clone());
    audit.client_id = Some(client_id.to_owned());
    Ok(exchange.context.store.withdraw_consent(person, client_id, exchange.now, audit).await?)
}

async fn app(exchange: &Exchange, consent: Consent, person: &Account) -> Result<ConnectedApp, Failure> {
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
        last_used_at: None,
        client_id: consent.client_id,
    })
}
