//! `/oauth2/check_session`: the frame by which a client's page learns that the session changed (OpenID Connect Session
//! Management 1.0 §3.2), and the cookie that it looks at. The cookie says nothing about anybody: it is a keyed digest of
//! the sessions of the browser, and opens nothing.

use poem::Response;
use poem::http::{HeaderValue, StatusCode, header};

use super::browser::{browser_state, state_cookie, tokens_of};
use super::exchange::Exchange;
use super::frame::nonce;
use super::reply::{self, Reply};
use crate::base::{Digest, Draw, OpaqueToken};
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::session::SignedIn;
use crate::protocol::session_state::session_state;

const SCRIPT: &str = include_str!("../../templates/script/check_session.js");

/// The frame.
pub async fn get(exchange: &Exchange) -> Reply {
    let nonce = nonce(&mut exchange.draw()?);
    let cookie = exchange.context.cookies.state();
    let text = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Session</title></head>\
         <body><script nonce=\"{nonce}\" data-cookie=\"{cookie}\">\n{SCRIPT}</script></body></html>\n"
    );
    let mut response = reply::html(StatusCode::OK, text, &nonce, reply::Elsewhere::default());
    // This page alone may stand in pages of others: it has nothing to click on, and tells no more than "changed".
    let policy = format!("default-src 'none'; script-src 'nonce-{nonce}'; form-action 'none'; base-uri 'none'");
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        response.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("ALLOWALL"));
    }
    Ok(response)
}

/// What `request` is answered with, where session management is on.
pub fn state_for(
    exchange: &Exchange,
    request: &AuthorizationRequest,
    sessions: &[SignedIn],
    draw: &mut Draw,
) -> Option<String> {
    let is_wanted = exchange.context.features.session_management && request.goes_by_redirect();
    let state = is_wanted.then(|| browser_state(exchange, &secrets_of(sessions)))?;
    Some(session_state(&request.client_id, &request.redirect_uri, &state, draw))
}

/// Sets the cookie to the state that [`state_for`] was made of.
pub fn tell_browser(exchange: &Exchange, sessions: &[SignedIn], response: &mut Response) {
    if exchange.context.features.session_management {
        let cookie = state_cookie(exchange, &browser_state(exchange, &secrets_of(sessions)));
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Wherever an answer changes the browser's sessions, its state changes with them.
pub fn follow_sessions(exchange: &Exchange, response: &mut Response) {
    if !exchange.context.features.session_management {
        return;
    }
    let name = exchange.context.cookies.sessions();
    let lines = response.headers().get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    let changed = lines.rev().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    let value = changed.map(|rest| rest.split(';').next().unwrap_or_default().to_owned());
    if let Some(value) = value {
        let secrets: Vec<Digest> = tokens_of(&value).iter().map(OpaqueToken::digest).collect();
        let cookie = state_cookie(exchange, &browser_state(exchange, &secrets));
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn secrets_of(sessions: &[SignedIn]) -> Vec<Digest> {
    sessions.iter().map(|signed_in| signed_in.session.secret.clone()).collect()
}
