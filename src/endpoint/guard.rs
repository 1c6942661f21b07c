//! What a form that changes something must show before it is looked at: that our own page sent it, in this browser.

use poem::http::{HeaderName, header};

use super::browser::Browser;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use crate::protocol::Parameters;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Reads the form of one of our pages. Refuses forms that another site sent (SES-05) and forms that this browser did
/// not get from us for `purpose` (SES-03, SES-04): the id of an interaction, or nothing for pages that stand alone.
pub fn own_form(exchange: &Exchange, purpose: &str) -> Result<(Browser, Parameters), Failure> {
    refuse_cross_site(exchange)?;
    let form = exchange.form_parameters()?;
    let browser = Browser::known(exchange).ok_or(HttpRefusal::CookiesOff)?;
    if !browser.made_form(exchange, purpose, form.get("csrf")) {
        return Err(HttpRefusal::FormExpired.into());
    }
    Ok((browser, form))
}

/// Refuses what a browser says another site sent. Requests of programs carry neither field and pass.
pub fn refuse_cross_site(exchange: &Exchange) -> Result<(), Failure> {
    if let Some(site) = exchange.header(SEC_FETCH_SITE) {
        return if matches!(site, "same-origin" | "none") { Ok(()) } else { Err(HttpRefusal::CrossSite.into()) };
    }
    match exchange.header(header::ORIGIN) {
        // "null" is what a page without referrer sends; the form token decides.
        None | Some("null") => Ok(()),
        Some(origin) if origin == exchange.context.issuer.as_str() => Ok(()),
        Some(_) => Err(HttpRefusal::CrossSite.into()),
    }
}
