//! `/dev/app`: a relying party inside the same binary, and no more privileged than any other. It knows the provider by
//! its issuer alone, asks it over HTTP, and shows what it verified.

mod refusal;
mod relying_party;
mod visits;

use poem::http::{HeaderValue, StatusCode, header};

use self::refusal::FlowRefused;
use self::relying_party::Provider;
use self::visits::{SignedIn, VisitKey, Visits};
use super::http::Http;
use super::loopback::is_issuers_name;
use super::registered::DEMO_APP;
use super::{APP_PATH, Dev};
use crate::base::{Fault, Timestamp};
use crate::endpoint::browser::Browser;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::frame::{Setting, show};
use crate::endpoint::guard::own_form;
use crate::endpoint::reply::{self, Reply};
use crate::pages::{DemoError, DemoResult, DemoSignedOut, DemoStart, DemoToken, Page};

/// The demo application.
pub(super) struct DemoApp {
    http: Http,
    visits: Visits,
}

impl DemoApp {
    pub(super) fn new(http: Http) -> Self {
        Self { http, visits: Visits::default() }
    }
}

fn app(exchange: &Exchange) -> Result<&DemoApp, Fault> {
    Ok(&Dev::of(exchange)?.demo)
}

async fn provider(exchange: &Exchange) -> Result<Provider, FlowRefused> {
    let app = app(exchange).map_err(FlowRefused::broken)?;
    Provider::discover(&app.http, &exchange.context.issuer).await
}

/// The start page, or what is known of whoever signed in. It is shown under the issuer's name alone, because the
/// provider's answer comes there, and the cookie must too.
pub(super) async fn home(exchange: &Exchange) -> Reply {
    if !is_issuers_name(exchange) {
        return reply::see_other(&exchange.context.issuer.at(APP_PATH));
    }
    let visit = VisitKey::of(exchange);
    let signed_in = visit.and_then(|visit| app(exchange).ok()?.visits.signed_in(&visit, exchange.now));
    let issuer = exchange.context.issuer.to_string();
    if let Some(signed_in) = signed_in {
        return page(exchange, StatusCode::OK, &result_page(issuer, signed_in, exchange.now));
    }
    let people = Dev::of(exchange)?.people.clone();
    page(exchange, StatusCode::OK, &DemoStart { issuer, client_id: DEMO_APP.client_id.to_owned(), people })
}

/// Sends the browser to the provider.
pub(super) async fn sign_in(exchange: &Exchange) -> Reply {
    own_form(exchange, "")?;
    let mut draw = exchange.draw()?;
    let provider = match provider(exchange).await {
        Ok(provider) => provider,
        Err(refused) => return refusal_page(exchange, &refused),
    };
    let (address, pending) = provider.begin(&mut draw, exchange.now);
    let (visit, cookie) = VisitKey::of_or_new(exchange, &mut draw);
    app(exchange)?.visits.begin(&visit, pending, exchange.now);
    let mut response = reply::see_other(address.as_str())?;
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Takes the provider's answer.
pub(super) async fn callback(exchange: &Exchange) -> Reply {
    match redeem(exchange).await {
        Ok(()) => reply::see_other(APP_PATH),
        Err(refused) => refusal_page(exchange, &refused),
    }
}

async fn redeem(exchange: &Exchange) -> Result<(), FlowRefused> {
    let app = app(exchange).map_err(FlowRefused::broken)?;
    let answer = exchange.query_parameters().map_err(|_| FlowRefused::unverified("the answer cannot be read"))?;
    let visit = VisitKey::of(exchange).ok_or(FlowRefused::NotBegun)?;
    let pending = answer.get("state").and_then(|state| app.visits.take_pending(&visit, state, exchange.now));
    let pending = pending.ok_or(FlowRefused::NotBegun)?;
    // RFC 9207 §2.4: an answer of another provider is not looked at any further.
    if answer.get("iss") != Some(exchange.context.issuer.as_str()) {
        return Err(FlowRefused::unverified("iss of the answer is not the issuer (RFC 9207)"));
    }
    if let Some(error) = answer.get("error") {
        return Err(FlowRefused::said(error, answer.get("error_description")));
    }
    let code = answer.get("code").ok_or_else(|| FlowRefused::unverified("the answer has neither code nor error"))?;
    let signed_in = provider(exchange).await?.redeem(&app.http, code, pending, exchange.now).await?;
    app.visits.keep(&visit, signed_in, exchange.now);
    Ok(())
}

/// Asks userinfo.
pub(super) async fn userinfo(exchange: &Exchange) -> Reply {
    own_form(exchange, "")?;
    let app = app(exchange)?;
    let Some((visit, mut signed_in)) = signed_in(exchange, app) else { return reply::see_other(APP_PATH) };
    let claims = match provider(exchange).await {
        Ok(provider) => provider.userinfo(&app.http, &signed_in).await,
        Err(refused) => Err(refused),
    };
    match claims {
        Ok(claims) => {
            signed_in.userinfo = Some(claims);
            app.visits.keep(&visit, signed_in, exchange.now);
            reply::see_other(APP_PATH)
        }
        Err(refused) => refusal_page(exchange, &refused),
    }
}

/// Redeems the refresh token.
pub(super) async fn refresh(exchange: &Exchange) -> Reply {
    own_form(exchange, "")?;
    let app = app(exchange)?;
    let Some((visit, signed_in)) = signed_in(exchange, app) else { return reply::see_other(APP_PATH) };
    let refreshed = match provider(exchange).await {
        Ok(provider) => provider.refresh(&app.http, signed_in, exchange.now).await,
        Err(refused) => Err(refused),
    };
    match refreshed {
        Ok(refreshed) => {
            app.visits.keep(&visit, refreshed, exchange.now);
            reply::see_other(APP_PATH)
        }
        Err(refused) => refusal_page(exchange, &refused),
    }
}

/// Forgets who signed in and sends the browser to the provider to end its session there.
pub(super) async fn sign_out(exchange: &Exchange) -> Reply {
    own_form(exchange, "")?;
    let app = app(exchange)?;
    let Some((visit, signed_in)) = signed_in(exchange, app) else { return reply::see_other(APP_PATH) };
    let mut draw = exchange.draw()?;
    let end = match provider(exchange).await {
        Ok(provider) => provider.end_session(&signed_in, &mut draw),
        Err(refused) => Err(refused),
    };
    match end {
        Ok((address, state)) => {
            app.visits.leave(&visit, state, exchange.now);
            reply::see_other(address.as_str())
        }
        Err(refused) => refusal_page(exchange, &refused),
    }
}

/// Where the provider sends people back to after logout.
pub(super) async fn signed_out(exchange: &Exchange) -> Reply {
    let query = exchange.query_parameters()?;
    let visit = VisitKey::of(exchange);
    let state = visit.and_then(|visit| app(exchange).ok()?.visits.take_leaving(&visit));
    if state.is_none() || state.as_deref() != query.get("state") {
        return reply::see_other(APP_PATH);
    }
    page(exchange, StatusCode::OK, &DemoSignedOut { issuer: exchange.context.issuer.to_string() })
}

fn signed_in(exchange: &Exchange, app: &DemoApp) -> Option<(VisitKey, SignedIn)> {
    let visit = VisitKey::of(exchange)?;
    let signed_in = app.visits.signed_in(&visit, exchange.now)?;
    Some((visit, signed_in))
}

fn page(exchange: &Exchange, status: StatusCode, page: &impl Page) -> Reply {
    let mut draw = exchange.draw()?;
    let browser = Browser::of(exchange, &mut draw);
    show(exchange, status, page, &Setting::alone(&browser), &mut draw)
}

fn refusal_page(exchange: &Exchange, refused: &FlowRefused) -> Reply {
    tracing::info!(request = exchange.id.as_str(), error = refused.error(), "the demo app was refused");
    let status = refused.status();
    let issuer = exchange.context.issuer.to_string();
    let description = refused.description(&exchange.context.issuer);
    page(exchange, status, &DemoError { issuer, error: refused.error().to_owned(), description })
}

fn result_page(issuer: String, signed_in: SignedIn, now: Timestamp) -> DemoResult {
    /// Enough to tell one token from another, too little to use it.
    const BEGINNING_CHARS: usize = 12;
    let token = |kind: &str, token: &str, expires_at: Option<Timestamp>| DemoToken {
        kind: kind.to_owned(),
        beginning: token.chars().take(BEGINNING_CHARS).collect(),
        expires_in_seconds: expires_at.map(|at| at.seconds_from(now)),
    };
    let id_token_expires_at = Some(signed_in.id_token_expires_at);
    let mut tokens = vec![
        token("id_token", &signed_in.id_token.to_string(), id_token_expires_at),
        token("access_token", signed_in.access_token.secret(), signed_in.access_token_expires_at),
    ];
    tokens.extend(signed_in.refresh_token.as_ref().map(|refresh| token("refresh_token", refresh.secret(), None)));
    DemoResult {
        issuer,
        id_token_claims: signed_in.id_token_claims,
        checks: signed_in.checks,
        userinfo: signed_in.userinfo,
        tokens,
        refreshes: signed_in.refreshes,
    }
}

/// A cookie of the demo application's own.
fn visit_cookie(name: &str, value: &str, is_https: bool) -> HeaderValue {
    let secure = if is_https { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path={APP_PATH}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).expect("a name of ours and base64url text")
}
