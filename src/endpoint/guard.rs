//! What a change that a cookie vouches for must show before it is looked at: that our own page sent it, in this browser.

use poem::http::{HeaderName, header};

use super::browser::Browser;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use crate::protocol::Parameters;

const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Reads the form of one of our pages. Refuses forms that another site sent (SES-05) and forms that this browser did
/// not get from us for `purpose` (SES-03, SES-04): the id of an interaction, or nothing for pages that stand alone.
pub fn own_form(exchange: &Exchange, purpose: &str) -> Result<(Browser, Parameters), Failure> {
    let (browser, form) = sent_form(exchange)?;
    if !browser.made_form(exchange, purpose, form.get("csrf")) {
        return Err(HttpRefusal::FormExpired.into());
    }
    Ok((browser, form))
}

/// Reads a form that no other site sent. Whether it is one of ours is still to be looked at.
pub fn sent_form(exchange: &Exchange) -> Result<(Browser, Parameters), Failure> {
    refuse_cross_site(exchange)?;
    let form = exchange.form_parameters()?;
    let browser = Browser::known(exchange).ok_or(HttpRefusal::CookiesOff)?;
    Ok((browser, form))
}

/// Refuses a change by cookie that no script of our own origin sent (SES-05, API-08). No form can be made to carry
/// `X-Requested-With` or JSON, and a script of another origin would have to ask first and is not allowed to.
pub fn own_script(exchange: &Exchange) -> Result<(), Failure> {
    refuse_cross_site(exchange)?;
    let kind = exchange.header(header::CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default();
    let is_json = kind.trim().eq_ignore_ascii_case("application/json");
    if is_json || exchange.headers.contains_key(X_REQUESTED_WITH) { Ok(()) } else { Err(HttpRefusal::CrossSite.into()) }
}

/// Refuses what a browser says another site sent. Requests of programs carry neither field and pass.
pub fn refuse_cross_site(exchange: &Exchange) -> Result<(), Failure> {
    if let Some(site) = exchange.header(SEC_FETCH_SITE) {
        return if matches!(site, "same-origin" | "none") { Ok(()) } else { Err(HttpRefusal::CrossSite.into()) };
    }
    match exchange.header(header::ORIGIN) {
        None => Ok(()),
        Some(origin) if origin == exchange.context.issuer.as_str() => Ok(()),
        Some(_) => Err(HttpRefusal::CrossSite.into()),
    }
}
