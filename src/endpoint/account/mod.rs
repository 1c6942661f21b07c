//! `/account`: what a signed-in person sees and changes of their own.

pub mod apps;
pub mod data;
pub mod delete;
pub mod email;
pub mod logins;
pub mod password;
pub mod profile;
pub mod sessions;

use poem::http::{StatusCode, header};

use super::browser::{Browser, cookie_led_by};
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::frame::{Setting, show};
use super::reply::{self, Reply};
use super::scene::signed_in;
use crate::base::Draw;
use crate::model::session::SignedIn;
use crate::pages::{AccountHome, ClaimValue, Page};
use crate::protocol::standard_claims::shown_claims;

/// The person whose account pages these are: whoever signed in or acted last in this browser. Nobody leads to the sign-in
/// page, and from there to `page`.
pub async fn person(exchange: &Exchange, page: &str) -> Result<SignedIn, Failure> {
    signed_in(exchange).await?.into_iter().next().ok_or_else(|| Failure::Onward(at_login(page)))
}

fn at_login(page: &str) -> String {
    if page.is_empty() { "/login".to_owned() } else { format!("/login?page={page}") }
}

/// The person of `account` among those signed in in this browser: whom a form was shown to that names them, though
/// somebody else may have signed in since.
pub async fn acting(exchange: &Exchange, account: &str, page: &str) -> Result<SignedIn, Failure> {
    let signed_in = signed_in(exchange).await?;
    let is_empty = signed_in.is_empty();
    let acting = signed_in.into_iter().find(|own| own.account.id.as_str() == account);
    acting.ok_or_else(|| if is_empty { Failure::Onward(at_login(page)) } else { HttpRefusal::FormExpired.into() })
}

/// Leads on to `location` after `acting` did something there, as the person whose pages these are from now on.
pub fn lead_on(exchange: &Exchange, acting: &SignedIn, location: &str) -> Reply {
    let mut response = reply::see_other(location)?;
    if let Some(cookie) = cookie_led_by(exchange, &acting.session) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
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
