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
use super::guard::sent_form;
use super::reply::{self, Reply};
use super::scene::signed_in;
use crate::base::{AccountId, Draw};
use crate::model::session::SignedIn;
use crate::pages::{AccountHome, ClaimValue, Page};
use crate::protocol::Parameters;
use crate::protocol::standard_claims::shown_claims;

/// The person whose account pages these are: whoever signed in or acted last in this browser. Nobody leads to the sign-in
/// page, and from there to `page`.
pub async fn person(exchange: &Exchange, page: &str) -> Result<SignedIn, Failure> {
    signed_in(exchange).await?.into_iter().next().ok_or_else(|| Failure::Onward(at_login(page)))
}

fn at_login(page: &str) -> String {
    if page.is_empty() { "/login".to_owned() } else { format!("/login?page={page}") }
}

/// A form of these pages that was sent.
pub struct Acting {
    /// The person it was shown to, though somebody else may have signed in in this browser since.
    pub me: SignedIn,
    /// The browser.
    pub browser: Browser,
    /// What was typed.
    pub form: Parameters,
}

/// Reads a form of `page` for the one person it was shown to among those signed in in this browser. Refuses forms that
/// another site sent and forms that this browser did not get from us (SES-03, SES-05).
pub async fn acting(exchange: &Exchange, page: &str) -> Result<Acting, Failure> {
    let (browser, form) = sent_form(exchange)?;
    let signed_in = signed_in(exchange).await?;
    if signed_in.is_empty() {
        return Err(Failure::Onward(at_login(page)));
    }
    let was_shown_to = |own: &SignedIn| browser.made_form(exchange, &form_purpose(&own.account.id), form.get("csrf"));
    let me = signed_in.into_iter().find(was_shown_to).ok_or(HttpRefusal::FormExpired)?;
    Ok(Acting { me, browser, form })
}

/// What the forms of these pages are made for: one that was shown to one person acts for no other.
fn form_purpose(account: &AccountId) -> String {
    format!("account {account}")
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
    let purpose = form_purpose(&signed_in.account.id);
    show(exchange, status, page, &Setting { person, purpose: Some(&purpose), ..Setting::alone(&browser) }, draw)
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
