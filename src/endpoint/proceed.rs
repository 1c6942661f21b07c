//! Carrying out what `protocol::next_step` says: to a page, to the client with a code or an error, or to the account.

use poem::Response;
use poem::http::StatusCode;
use serde_json::json;

use super::approve;
use super::browser::Browser;
use super::check_session;
use super::exchange::Exchange;
use super::failure::Failure;
use super::frame::{self, Setting};
use super::reply::{self, Reply};
use super::scene::Scene;
use super::trace;
use crate::base::redirect_uri::origin_of;
use crate::base::{Draw, InteractionId, OpaqueToken};
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::grant::IssueCodeOutcome;
use crate::model::session::SignedIn;
use crate::pages::FormPost;
use crate::protocol::Reason;
use crate::protocol::authorization_response::{self, AuthorizationResponse, ReturnAddress};
use crate::protocol::issue::{Circumstances, issue_code};
use crate::protocol::next_step::{Issuance, Step};

/// The path of the page that a step shows.
pub const fn path_of(step: &Step<'_>) -> &'static str {
    match step {
        Step::SignIn(_) => "/login",
        Step::SignUp => "/signup",
        Step::Verify(_) => "/verify",
        Step::EnterCode(_) => "/code",
        Step::ResetPassword(_) => "/reset/code",
        Step::ChooseAccount(_) => "/choose",
        Step::GiveAddress(_) => "/address",
        Step::ConfirmLink(..) => "/link",
        Step::AskConsent { .. } => "/consent",
        Step::AskApproval { .. } => "/device/confirm",
        Step::Approve(_) | Step::Issue(_) | Step::GoToAccount { .. } | Step::Refuse(_) => "/continue",
    }
}

/// Goes on with an interaction after a page recorded its fact, or when a page is asked for out of turn (AUT-19).
pub async fn proceed(exchange: &Exchange, scene: &Scene, draw: &mut Draw) -> Reply {
    match scene.step(exchange) {
        Step::Issue(issuance) => {
            let request = scene.interaction.request().ok_or(Reason::InteractionUnknown)?;
            let interaction = Some(&scene.interaction.id);
            let cause = Cause { request, interaction, browser: &scene.browser, sessions: &scene.sessions };
            issue(exchange, &cause, &issuance, draw).await
        }
        Step::Approve(issuance) => approve::grant(exchange, scene, &issuance, draw).await,
        Step::GoToAccount { path, .. } => {
            let location = format!("/account{path}");
            exchange.context.store.finish_interaction(&scene.interaction.id, exchange.now).await?;
            reply::see_other(&location)
        }
        Step::Refuse(reason) => refuse(exchange, scene, reason, draw).await,
        page => {
            trace::note(exchange, "step", || json!({ "page": path_of(&page) }));
            reply::see_other(&scene.at(path_of(&page)))
        }
    }
}

/// `/continue`: goes on with whatever comes next.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let scene = Scene::of(exchange, &mut draw).await?;
    proceed(exchange, &scene, &mut draw).await
}

/// The request that is answered by a code, and where it came from.
pub struct Cause<'a> {
    /// The request.
    pub request: &'a AuthorizationRequest,
    /// Its interaction, when pages were shown.
    pub interaction: Option<&'a InteractionId>,
    /// The browser.
    pub browser: &'a Browser,
    /// Who is signed in in it.
    pub sessions: &'a [SignedIn],
}

/// Issues the code, and tells whether that came in time.
pub async fn code_for(
    exchange: &Exchange,
    cause: &Cause<'_>,
    issuance: &Issuance<'_>,
    draw: &mut Draw,
) -> Result<(OpaqueToken, IssueCodeOutcome), Failure> {
    let ip = exchange.ip.to_string();
    let circumstances = Circumstances {
        code_seconds: exchange.context.policy.authorization_code_seconds,
        refresh_seconds: exchange.context.policy.refresh_absolute_seconds,
        interaction: cause.interaction,
        ip: Some(&ip),
        request_id: exchange.id.as_str(),
    };
    let (code, write) = issue_code(cause.request, issuance, &circumstances, exchange.now, draw);
    let (grant, sid) = (write.grant.id.clone(), write.grant.sid.clone());
    let expires_in = write.code.expires_at.seconds_since(exchange.now);
    let outcome = exchange.context.store.issue_code(write).await?;
    if outcome == IssueCodeOutcome::Issued {
        trace::about_grant(exchange, &grant, &cause.request.client_id);
        let scope = issuance.scope.to_string();
        trace::note(
            exchange,
            "code_issued",
            || json!({ "scope": scope, "expires_in": expires_in, "sid": sid.as_str() }),
        );
    }
    Ok((code, outcome))
}

/// Issues the code and sends it to the client.
pub async fn issue(exchange: &Exchange, cause: &Cause<'_>, issuance: &Issuance<'_>, draw: &mut Draw) -> Reply {
    let (code, outcome) = code_for(exchange, cause, issuance, draw).await?;
    let session_state = check_session::state_for(exchange, cause.request, cause.sessions, draw);
    let to = ReturnAddress { session_state, ..ReturnAddress::of(cause.request) };
    let issuer = &exchange.context.issuer;
    let response = match outcome {
        IssueCodeOutcome::Issued => authorization_response::success(&to, issuer, &code),
        IssueCodeOutcome::AlreadyAnswered => return Err(Reason::InteractionAnswered.into()),
        IssueCodeOutcome::SessionEnded => authorization_response::refusal(&to, issuer, Reason::LoginRequired),
    };
    let mut response = send(exchange, response, cause.browser, draw)?;
    check_session::tell_browser(exchange, cause.sessions, &mut response);
    Ok(response)
}

async fn refuse(exchange: &Exchange, scene: &Scene, reason: Reason, draw: &mut Draw) -> Reply {
    if let Some(approval) = scene.interaction.approval() {
        return approve::refuse(exchange, scene, approval, reason).await;
    }
    exchange.context.store.finish_interaction(&scene.interaction.id, exchange.now).await?;
    match scene.interaction.request() {
        Some(request) if reason.may_redirect() => {
            note_refusal(exchange, reason);
            let to = ReturnAddress::of(request);
            let response = authorization_response::refusal(&to, &exchange.context.issuer, reason);
            send(exchange, response, &scene.browser, draw)
        }
        _ => Err(reason.into()),
    }
}

/// Notes that the client is told no.
pub fn note_refusal(exchange: &Exchange, reason: Reason) {
    trace::note(exchange, "refused", || json!({ "reason": reason.label(), "told": "the client" }));
}

/// Sends an authorization response through the browser. It is never kept and leaks no address (COD-13).
pub fn send(exchange: &Exchange, response: AuthorizationResponse, browser: &Browser, draw: &mut Draw) -> Reply {
    let mut response = match response {
        AuthorizationResponse::Redirect(location) => reply::see_other(&location)?,
        AuthorizationResponse::FormPost { action, fields } => form_post(exchange, action, fields, browser, draw)?,
    };
    let no_referrer = poem::http::HeaderValue::from_static("no-referrer");
    response.headers_mut().insert(poem::http::header::REFERRER_POLICY, no_referrer);
    frame::add_browser_cookie(exchange, browser, &mut response);
    Ok(response)
}

fn form_post(
    exchange: &Exchange,
    action: String,
    fields: Vec<(&'static str, String)>,
    browser: &Browser,
    draw: &mut Draw,
) -> Result<Response, Failure> {
    let target = origin_of(&action);
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let page = FormPost { action, fields };
    frame::show_leading_to(exchange, StatusCode::OK, &page, &Setting::alone(browser), &target, draw)
}
