//! `/account`: what a signed-in person sees and changes of their own.

pub mod apps;
pub mod data;
pub mod delete;
pub mod email;
pub mod logins;
pub mod password;
pub mod profile;
pub mod sessions;

use poem::http::StatusCode;

use super::browser::Browser;
use super::exchange::Exchange;
use super::failure::Failure;
use super::frame::{Setting, show};
use super::reply::{self, Reply};
use super::scene::signed_in;
use crate::base::Draw;
use crate::model::session::SignedIn;
use crate::pages::{AccountHome, ClaimValue, Page};
use crate::protocol::standard_claims::shown_claims;

/// The person whose account pages these are: whoever signed in last in this browser. Nobody leads to the sign-in page,
/// and from there to `page`.
pub async fn person(exchange: &Exchange, page: &str) -> Result<SignedIn, Failure> {
    let location = if page.is_empty() { "/login".to_owned() } else { format!("/login?page={page}") };
    signed_in(exchange).await?.into_iter().next().ok_or(Failure::Onward(location))
}

/// Shows one of the account's pages.
pub fn show_page(
    exchange: &Exchange,
    signed_in: &SignedIn,
    status: StatusCode,
    page: &impl Page,
    draw: &mut Draw,
) -> Reply {
    let browser = Browser::of(exchange, draw);
    let person = Some(signed_in.account.email.to_string());
    show(exchange, status, page, &Setting { person, ..Setting::alone(&browser) }, draw)
}

/// The first page: what is on record, and how many sessions and apps there are.
pub async fn home(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let me = person(exchange, "").await?;
    let store = &exchange.context.store;
    let sessions = store.list_sessions(&me.account.id, exchange.now).await?.len();
    let apps = store.list_consents(&me.account.id).await?.len();
    let claims = ["profile", "phone", "address"].into_iter().flat_map(|scope| shown_claims(&me.account, scope));
    let page = AccountHome {
        address: me.account.email.to_string(),
        address_verified: me.account.email_verified_at.is_some(),
        claims: claims.map(|(claim, value)| ClaimValue { claim: claim.to_owned(), value }).collect(),
        saved: exchange.query_parameters()?.get("saved").is_some(),
        sessions: i64::try_from(sessions).unwrap_or(i64::MAX),
        apps: i64::try_from(apps).unwrap_or(i64::MAX),
    };
    show_page(exchange, &me, StatusCode::OK, &page, &mut draw)
}

/// `/`: to the account.
pub async fn front_door(_: &Exchange) -> Reply {
    reply::see_other("/account")
}
