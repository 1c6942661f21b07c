//! The frame around a page: language, nonce, form token, the asking app, the person.

use poem::Response;
use poem::http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::api::problem::code_of;
use super::browser::Browser;
use super::exchange::Exchange;
use super::reply::{self, Elsewhere, Reply};
use super::trace;
use crate::base::redirect_uri::origin_of;
use crate::base::{Draw, Fault};
use crate::model::client::{Client, Provenance};
use crate::model::interaction::Interaction;
use crate::pages::{App, Frame, Page, Problem};

/// What a page is shown with.
pub struct Setting<'a> {
    /// The browser, whose form token the page carries.
    pub browser: &'a Browser,
    /// The interaction the page belongs to.
    pub interaction: Option<&'a Interaction>,
    /// The client that asks.
    pub client: Option<&'a Client>,
    /// The address of the person known to be there.
    pub person: Option<String>,
    /// What the page's forms are tied to, when it is not the interaction.
    pub purpose: Option<&'a str>,
    /// The languages the client asked for, when it was not in the interaction's request.
    pub ui_locales: Option<&'a str>,
}

impl<'a> Setting<'a> {
    /// A page outside any interaction.
    pub const fn alone(browser: &'a Browser) -> Self {
        Self { browser, interaction: None, client: None, person: None, purpose: None, ui_locales: None }
    }

    fn purpose(&self) -> &str {
        let interaction = self.interaction.map(|interaction| interaction.id.as_str());
        self.purpose.or(interaction).unwrap_or_default()
    }
}

/// Renders a page and sets the browser's cookie when it is new.
pub fn show(
    exchange: &Exchange,
    status: StatusCode,
    page: &impl Page,
    setting: &Setting<'_>,
    draw: &mut Draw,
) -> Reply {
    let request = setting.interaction.and_then(Interaction::request);
    let target = request.map_or_else(String::new, |request| origin_of(&request.redirect_uri));
    show_leading_to(exchange, status, page, setting, &target, draw)
}

/// Renders a page with a form that is shown because of `problems`, or for the first time when there are none. A program
/// is told by `Retry-After`, too, how long to wait.
pub fn show_form(
    exchange: &Exchange,
    page: &impl Page,
    problems: &[Problem],
    setting: &Setting<'_>,
    draw: &mut Draw,
) -> Reply {
    if !problems.is_empty() {
        trace::note(exchange, "not_taken", || json!({ "problems": problems.iter().map(code_of).collect::<Vec<_>>() }));
    }
    let mut response = show(exchange, status_for(problems), page, setting, draw)?;
    add_wait(problems, &mut response);
    Ok(response)
}

/// The status of a page that tells of `problems`.
pub fn status_for(problems: &[Problem]) -> StatusCode {
    match (wait_of(problems), problems) {
        (Some(_), _) => StatusCode::TOO_MANY_REQUESTS,
        (None, []) => StatusCode::OK,
        (None, _) => StatusCode::BAD_REQUEST,
    }
}

/// Sets `Retry-After` when one of `problems` is that it was too often.
pub fn add_wait(problems: &[Problem], response: &mut Response) {
    if let Some(seconds) = wait_of(problems) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// How long to wait when one of `problems` is that it was too often.
pub fn wait_of(problems: &[Problem]) -> Option<i64> {
    problems.iter().find_map(|problem| match problem {
        Problem::TooManyTries { wait_seconds } | Problem::ResendTooSoon { wait_seconds } => Some(*wait_seconds),
        _ => None,
    })
}

/// The same for a page whose forms may lead to the origin `target` in the end.
pub fn show_leading_to(
    exchange: &Exchange,
    status: StatusCode,
    page: &impl Page,
    setting: &Setting<'_>,
    target: &str,
    draw: &mut Draw,
) -> Reply {
    let frame = frame(exchange, setting, draw);
    let text = exchange.context.pages.render(page, &frame)?;
    let logo = frame.app.as_ref().and_then(|app| app.logo_uri.as_deref()).map(origin_of).unwrap_or_default();
    let mut response = reply::html(status, text, &frame.nonce, Elsewhere { forms: target, images: &logo });
    add_browser_cookie(exchange, setting.browser, &mut response);
    Ok(response)
}

/// Sets the browser's cookie on `response`, when the browser is new.
pub fn add_browser_cookie(exchange: &Exchange, browser: &Browser, response: &mut Response) {
    if let Some(cookie) = browser.cookie(exchange) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn frame(exchange: &Exchange, setting: &Setting<'_>, draw: &mut Draw) -> Frame {
    let request = setting.interaction.and_then(Interaction::request);
    let ui_locales = setting.ui_locales.or_else(|| request?.ui_locales.as_deref());
    let csrf = setting.browser.form_token(exchange, setting.purpose());
    Frame {
        csrf,
        interaction: setting.interaction.map(|interaction| interaction.id.to_string()),
        app: setting.client.map(app_of),
        person: setting.person.clone(),
        ..bare_frame(exchange, ui_locales, nonce(draw))
    }
}

/// The frame of an error page: it needs nothing that could fail.
pub fn frame_of_error(exchange: &Exchange) -> Frame {
    let nonce = exchange.draw().map_or_else(|_: Fault| String::new(), |mut draw| nonce(&mut draw));
    bare_frame(exchange, None, nonce)
}

fn bare_frame(exchange: &Exchange, ui_locales: Option<&str>, nonce: String) -> Frame {
    let accepted = exchange.header(header::ACCEPT_LANGUAGE);
    let issuer = exchange.context.issuer.as_str();
    Frame {
        locale: exchange.context.pages.negotiate(ui_locales, accepted),
        product: exchange.context.policy.name.clone(),
        issuer_host: issuer.split_once("://").map_or(issuer, |(_, host)| host).to_owned(),
        nonce,
        csrf: String::new(),
        interaction: None,
        app: None,
        person: None,
        dev: exchange.context.policy.is_dev,
    }
}

/// A nonce for a page's scripts and styles.
pub fn nonce(draw: &mut Draw) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(draw.bytes::<16>())
}

/// The asking app as pages show it.
pub fn app_of(client: &Client) -> App {
    let metadata = &client.metadata;
    App {
        name: client.display_name().to_owned(),
        // Client ID Metadata Document §7: what a stranger's document names is not loaded.
        logo_uri: metadata.logo_uri.clone().filter(|_| client.provenance != Provenance::Document),
        client_uri: metadata.client_uri.clone(),
        policy_uri: metadata.policy_uri.clone(),
        tos_uri: metadata.tos_uri.clone(),
    }
}
