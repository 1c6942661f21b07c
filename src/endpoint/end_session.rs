//! `/oauth2/logout` (OpenID Connect RP-Initiated Logout 1.0) and `/logout`, our own form: the decision is
//! `protocol::end_session`'s; here sessions end and cookies go.

use poem::http::{HeaderValue, StatusCode, header};

use super::browser::{Browser, cookie_without};
use super::client::event_of;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::frame::{Setting, show};
use super::guard::own_form;
use super::hint;
use super::reply::{self, Reply};
use super::scene::signed_in;
use crate::base::bounds::{LOGOUT_FRAMES_MAX, LOGOUT_FRAMES_SECONDS};
use crate::base::redirect_uri::origin_of;
use crate::base::{Draw, Fault, SessionId};
use crate::model::audit::AuditAction;
use crate::model::client::Client;
use crate::model::logout::SessionClient;
use crate::model::session::SignedIn;
use crate::pages::{Detail, HiddenField, LoggedOut, LogoutConfirm, Onward};
use crate::protocol::Parameters;
use crate::protocol::end_session::{Logout, client_id, decide};
use crate::protocol::frontchannel_logout::address;

/// The parameters that the confirmation carries on.
const CARRIED: [&str; 5] = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"];
/// What the confirmation's form is tied to.
const FORM: &str = "logout";

/// Answers a logout request: at once, by asking, or by an error page.
pub async fn answer(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let parameters = exchange.parameters()?;
    let (logout, client, sessions) = read(exchange, &parameters).await?;
    match logout {
        Logout::Now { sessions: ending, redirect } => {
            let after = After { redirect, ui_locales: parameters.get("ui_locales") };
            end(exchange, &sessions, &ending, after, &mut draw).await
        }
        Logout::Confirm { ignored, .. } => {
            if let Some(reason) = ignored {
                tracing::info!(request = exchange.id.as_str(), reason = reason.label(), "not believed");
            }
            ask(exchange, &parameters, client.as_ref(), &sessions, &mut draw)
        }
        Logout::Refuse { reason, mismatch } => {
            let details = mismatch.map(|mismatch| vec![Detail::Received { uri: mismatch.received }]);
            Err(details.map_or(Failure::Refused(reason), |details| Failure::RefusedWith(reason, details)))
        }
    }
}

/// Takes the confirmation. The request is read anew from the form: its fields carry no authority (OUT-06).
pub async fn post(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let (_, form) = own_form(exchange, FORM)?;
    match form.get("decision") {
        Some("yes") => {}
        Some("no") => return reply::see_other("/account"),
        _ => return Err(HttpRefusal::FieldMalformed.into()),
    }
    let (logout, _, sessions) = read(exchange, &form).await?;
    match logout {
        Logout::Now { sessions: ending, redirect } | Logout::Confirm { sessions: ending, redirect, .. } => {
            let after = After { redirect, ui_locales: form.get("ui_locales") };
            end(exchange, &sessions, &ending, after, &mut draw).await
        }
        Logout::Refuse { reason, .. } => Err(reason.into()),
    }
}

async fn read(
    exchange: &Exchange,
    parameters: &Parameters,
) -> Result<(Logout, Option<Client>, Vec<SignedIn>), Failure> {
    let hint = hint::read(exchange, parameters);
    let client = match client_id(parameters, &hint) {
        Some(id) => exchange.context.store.find_client(id).await?,
        None => None,
    };
    let sessions = signed_in(exchange).await?;
    let hint = exchange.context.tokens.subjects.resolve(hint, client.as_ref(), &sessions);
    let logout = decide(parameters, &hint, client.as_ref(), &sessions, exchange.now);
    Ok((logout, client, sessions))
}

fn ask(
    exchange: &Exchange,
    parameters: &Parameters,
    client: Option<&Client>,
    sessions: &[SignedIn],
    draw: &mut Draw,
) -> Reply {
    let field = |name: &&str| {
        parameters.get(name).map(|value| HiddenField { name: (*name).to_owned(), value: value.to_owned() })
    };
    let page = LogoutConfirm { hidden: CARRIED.iter().filter_map(field).collect() };
    let browser = Browser::of(exchange, draw);
    let person = sessions.first().map(|signed_in| signed_in.account.email.to_string());
    let ui_locales = parameters.get("ui_locales");
    let setting = Setting { client, person, purpose: Some(FORM), ui_locales, ..Setting::alone(&browser) };
    let target = parameters.get("post_logout_redirect_uri").filter(|_| client.is_some());
    let target = target.map(origin_of).unwrap_or_default();
    super::frame::show_leading_to(exchange, StatusCode::OK, &page, &setting, &target, draw)
}

/// What the person sees afterwards.
struct After<'a> {
    /// Where the browser is sent; nowhere, and our own page says goodbye.
    redirect: Option<String>,
    /// The languages the client asked for.
    ui_locales: Option<&'a str>,
}

async fn end(
    exchange: &Exchange,
    sessions: &[SignedIn],
    ending: &[SessionId],
    after: After<'_>,
    draw: &mut Draw,
) -> Reply {
    let frames = frames(exchange, ending).await?;
    let is_ending = |signed_in: &&SignedIn| ending.contains(&signed_in.session.id);
    for SignedIn { session, account } in sessions.iter().filter(is_ending) {
        let mut audit = event_of(exchange, AuditAction::SignedOut);
        audit.account = Some(account.id.clone());
        let ids = vec![session.id.clone()];
        exchange.context.store.end_sessions(&account.id, ids, exchange.now, audit).await?;
    }
    let mut response = match after.redirect {
        Some(location) if frames.is_empty() => reply::see_other(&location)?,
        redirect => logged_out(exchange, After { redirect, ..after }, frames, draw)?,
    };
    response.headers_mut().append(header::SET_COOKIE, cookie_without(exchange, sessions, ending));
    Ok(response)
}

/// What the browser is to load so that clients of the sessions end theirs (Front-Channel Logout §3).
async fn frames(exchange: &Exchange, ending: &[SessionId]) -> Result<Vec<String>, Failure> {
    let store = &exchange.context.store;
    let mut frames = Vec::new();
    if !exchange.context.features.frontchannel_logout {
        return Ok(frames);
    }
    for session in ending {
        for SessionClient { client_id, sid } in store.list_session_clients(session).await? {
            let client = store.find_client(&client_id).await?;
            frames.extend(client.and_then(|client| address(&client, &sid, &exchange.context.issuer)));
        }
    }
    frames.truncate(LOGOUT_FRAMES_MAX);
    Ok(frames)
}

fn logged_out(exchange: &Exchange, after: After<'_>, frames: Vec<String>, draw: &mut Draw) -> Reply {
    let browser = Browser::of(exchange, draw);
    let setting = Setting { ui_locales: after.ui_locales, ..Setting::alone(&browser) };
    let mut origins: Vec<String> = frames.iter().map(|frame| origin_of(frame)).collect();
    origins.sort();
    origins.dedup();
    let onward = after.redirect.clone().map(|uri| Onward { uri, name: None });
    let mut response = show(exchange, StatusCode::OK, &LoggedOut { onward, frames }, &setting, draw)?;
    if !origins.is_empty() {
        reply::let_frame(&mut response, &origins);
    }
    if let Some(location) = after.redirect {
        // For browsers without scripts, and for frames that do not load.
        let refresh = format!("{LOGOUT_FRAMES_SECONDS}; url={location}");
        let refresh =
            HeaderValue::from_str(&refresh).map_err(|_| Fault::broken("an address with control characters"))?;
        response.headers_mut().insert(header::REFRESH, refresh);
    }
    Ok(response)
}
