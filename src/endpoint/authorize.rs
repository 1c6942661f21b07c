//! `/oauth2/authorize` by GET and POST (RFC 6749 §3.1, OpenID Connect Core §3.1.2.1).
//!
//! A request that needs no page is answered at once and leaves no interaction behind; the others are kept and go to
//! their first page.

use poem::http::{HeaderName, Method, header};
use serde_json::{Value, json};

use super::browser::{Browser, session_tokens};
use super::client_lookup;
use super::exchange::Exchange;
use super::failure::Failure;
use super::frame::add_browser_cookie;
use super::proceed::{Cause, issue, note_refusal, path_of, send};
use super::reply::{self, Reply};
use super::requested::{self, Requested};
use super::scene::{self, at, consents};
use super::trace;
use crate::base::{Draw, Fault};
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::Client;
use crate::model::interaction::{Progress, Purpose};
use crate::model::session::SignedIn;
use crate::pages::Detail;
use crate::protocol::Reason;
use crate::protocol::authorization_request::{self, Refusal};
use crate::protocol::authorization_response::{self, ReturnAddress};
use crate::protocol::next_step::{Snapshot, Step, Wanted, next_step};
use crate::protocol::redirect_mismatch::RedirectMismatch;

/// Answers an authorization request.
pub async fn answer(exchange: &Exchange) -> Reply {
    if let Some(again) = again_with_cookies(exchange) {
        return reply::see_other(&again);
    }
    trace::begin(exchange, None);
    let parameters = exchange.parameters()?;
    trace::begin(exchange, parameters.get("client_id"));
    trace::note(exchange, "request", || trace::shown_parameters(&parameters));
    let client = match parameters.get("client_id") {
        Some(client_id) => client_lookup::find(exchange, client_id).await?,
        None => None,
    };
    trace::note(exchange, "client", || match &client {
        None => json!({ "found": false }),
        Some(client) => json!({ "found": true, "disabled": client.disabled_at.is_some() }),
    });
    let mut draw = exchange.draw()?;
    let browser = Browser::of(exchange, &mut draw);
    let read = match requested::requested(exchange, parameters, client.as_ref()).await? {
        Requested::Pushed(request) => Ok(*request),
        Requested::Plain(parameters, manner) => {
            let context = requested::context(exchange, &parameters, manner);
            authorization_request::parse(&parameters, client.as_ref(), &context)
        }
    };
    match read {
        Ok(mut request) => {
            request.trace = exchange.context.traces.is_some().then(|| exchange.id.to_string());
            trace::note(exchange, "redirect_uri", || json!({ "matches": true }));
            follow(exchange, request, client, browser, &mut draw).await
        }
        Err(refusal) => refuse(exchange, client.as_ref(), refusal, &browser, &mut draw).await,
    }
}

async fn refuse(
    exchange: &Exchange,
    client: Option<&Client>,
    refusal: Refusal,
    browser: &Browser,
    draw: &mut Draw,
) -> Reply {
    match refusal {
        Refusal::Here { reason, mismatch: None } => Err(reason.into()),
        Refusal::Here { reason, mismatch: Some(mismatch) } => {
            trace::note(exchange, "redirect_uri", || trace::shown_mismatch(&mismatch));
            Err(Failure::RefusedWith(reason, details(exchange, client, &mismatch)))
        }
        Refusal::Redirect { reason, to } => {
            tracing::info!(request = exchange.id.as_str(), reason = reason.label(), "refused by redirect");
            send_refusal(exchange, reason, *to, browser, draw).await
        }
    }
}

async fn send_refusal(
    exchange: &Exchange,
    reason: Reason,
    to: ReturnAddress,
    browser: &Browser,
    draw: &mut Draw,
) -> Reply {
    note_refusal(exchange, reason);
    let response = authorization_response::refusal(to, &exchange.context.issuer, reason);
    send(exchange, response, browser, draw).await
}

async fn follow(
    exchange: &Exchange,
    request: AuthorizationRequest,
    client: Option<Client>,
    browser: Browser,
    draw: &mut Draw,
) -> Reply {
    let sessions = scene::signed_in(exchange).await?;
    trace::note(exchange, "session", || session_found(exchange, &sessions));
    let consents = consents(exchange, client.as_ref(), &sessions).await?;
    let snapshot = Snapshot {
        client: client.as_ref(),
        sessions: &sessions,
        consents: &consents,
        sign_up_open: exchange.context.policy.signup_enabled,
        subjects: &exchange.context.tokens.subjects,
    };
    let purpose = Purpose::Authorize(Box::new(request));
    let Purpose::Authorize(request) = &purpose else { return Err(Fault::broken("no request").into()) };
    let progress = Progress::default();
    let path = match next_step(&purpose, &progress, &snapshot, exchange.now) {
        Step::Issue(issuance) => {
            let client = client.as_ref().ok_or(Reason::UnknownClient)?;
            let cause = Cause { request, client, interaction: None, browser: &browser, sessions: &sessions };
            return issue(exchange, &cause, &issuance, draw).await;
        }
        Step::Refuse(reason) if reason.may_redirect() => {
            return send_refusal(exchange, reason, ReturnAddress::of(request), &browser, draw).await;
        }
        Step::Refuse(reason) => return Err(reason.into()),
        page => first_page(exchange, &page, request.idp_hint.as_deref()),
    };
    trace::note(exchange, "step", || json!({ "page": path }));
    let interaction = scene::begin(exchange, &browser, purpose, draw).await?;
    let mut response = reply::see_other(&at(&path, &interaction.id))?;
    add_browser_cookie(exchange, &browser, &mut response);
    Ok(response)
}

/// Who was found signed in, or why nobody was.
fn session_found(exchange: &Exchange, sessions: &[SignedIn]) -> Value {
    let why = match (sessions, session_tokens(exchange).len()) {
        ([first, ..], _) => {
            let age = exchange.now.seconds_since(first.session.auth_time);
            return json!({ "found": sessions.len(), "signed_in_seconds_ago": age, "amr": first.session.amr });
        }
        ([], 0) if exchange.headers.contains_key(header::COOKIE) => "the browser sent cookies, but none of a session",
        ([], 0) => "the browser sent no cookie",
        ([], _) => "the session of the cookie has ended, has run out, or its account is locked",
    };
    json!({ "found": 0, "why": why })
}

/// Where the pages begin: at the other provider that the client names, for somebody who has to sign in. A name that is
/// nobody's changes nothing, and if the visit fails there are the other ways.
fn first_page(exchange: &Exchange, step: &Step<'_>, idp_hint: Option<&str>) -> String {
    let may_be_elsewhere = matches!(step, Step::SignIn(Wanted::Anybody) | Step::SignUp);
    let connector = idp_hint.filter(|_| may_be_elsewhere).and_then(|id| exchange.context.connectors.find(id));
    connector.map_or_else(|| path_of(step).to_owned(), |connector| format!("/federation/{}", connector.provider().id))
}

/// A form posted by another site comes without our `SameSite=Lax` cookies; sent back as a GET it comes with them, so a
/// POST works exactly like a GET. `None` when it need not be, or would not fit into an address.
fn again_with_cookies(exchange: &Exchange) -> Option<String> {
    const LONGEST_ADDRESS: usize = 6 * 1024;
    const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    let is_foreign_form = exchange.method == Method::POST
        && exchange.header(SEC_FETCH_SITE) == Some("cross-site")
        && exchange.is_form()
        && Browser::known(exchange).is_none()
        && session_tokens(exchange).is_empty();
    let body = std::str::from_utf8(&exchange.body).ok()?;
    let is_plain = body.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    let fits = body.len() <= LONGEST_ADDRESS && exchange.query().is_empty();
    (is_foreign_form && is_plain && fits).then(|| format!("/oauth2/authorize?{body}"))
}

/// What helps whoever set the client up. The registered addresses are shown in dev mode only.
fn details(exchange: &Exchange, client: Option<&Client>, mismatch: &RedirectMismatch) -> Vec<Detail> {
    let mut details = vec![Detail::Received { uri: mismatch.received.clone() }];
    if exchange.context.policy.is_dev {
        details.extend(mismatch.registered.iter().map(|uri| Detail::registered(uri, &mismatch.received)));
        if let Some(client) = client.filter(|_| mismatch.is_registrable()) {
            // Within single quotes a shell reads nothing but the next single quote.
            let quoted = mismatch.received.replace('\'', "'\\''");
            let line = format!("doorward client add-redirect {} '{quoted}'", client.client_id);
            details.push(Detail::Command { line });
        }
    }
    details
}
