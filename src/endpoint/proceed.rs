//! Carrying out what `protocol::next_step` says: to a page, to the client with a code or an error, or to the account.

use poem::Response;
use poem::http::StatusCode;
use serde_json::json;

use super::approve;
use super::browser::Browser;
use super::check_session;
use super::client::{origin_of, token_context};
use super::exchange::Exchange;
use super::failure::Failure;
use super::frame::{self, Setting};
use super::reply::{self, Reply};
use super::scene::Scene;
use super::sealing::{Sealed, seal};
use super::signing;
use super::trace;
use crate::base::redirect_uri;
use crate::base::{Draw, Fault, InteractionId, OpaqueToken};
use crate::jose::{Typ, hash_claim};
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::Client;
use crate::model::grant::{IssueCode, IssueCodeOutcome};
use crate::model::session::SignedIn;
use crate::pages::FormPost;
use crate::protocol::Reason;
use crate::protocol::access_token::GrantSnapshot;
use crate::protocol::authorization_response::{self, Answer, AuthorizationResponse, ReturnAddress};
use crate::protocol::id_token::UnsignedIdToken;
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
            let client = scene.client.as_ref().ok_or(Reason::UnknownClient)?;
            let interaction = Some(&scene.interaction.id);
            let (browser, sessions) = (&scene.browser, scene.sessions.as_slice());
            issue(exchange, &Cause { request, client, interaction, browser, sessions }, &issuance, draw).await
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
    /// The client that made it.
    pub client: &'a Client,
    /// Its interaction, when pages were shown.
    pub interaction: Option<&'a InteractionId>,
    /// The browser.
    pub browser: &'a Browser,
    /// Who is signed in in it.
    pub sessions: &'a [SignedIn],
}

/// The code and all that is to be written with it.
fn prepare(
    exchange: &Exchange,
    cause: &Cause<'_>,
    issuance: &Issuance<'_>,
    draw: &mut Draw,
) -> (Option<OpaqueToken>, IssueCode) {
    let ip = exchange.ip.to_string();
    let circumstances = Circumstances {
        code_seconds: exchange.context.policy.authorization_code_seconds,
        refresh_seconds: exchange.context.policy.refresh_absolute_seconds,
        interaction: cause.interaction,
        ip: Some(&ip),
        request_id: exchange.id.as_str(),
    };
    let (token, mut write) = issue_code(cause.request, issuance, &circumstances, exchange.now, draw);
    if let Some(code) = write.code.as_mut().filter(|_| !exchange.context.features.dpop) {
        // Nobody could prove it.
        code.dpop_jkt = None;
    }
    (token, write)
}

/// Issues the code, and tells whether that came in time.
pub async fn code_for(
    exchange: &Exchange,
    cause: &Cause<'_>,
    issuance: &Issuance<'_>,
    draw: &mut Draw,
) -> Result<(OpaqueToken, IssueCodeOutcome), Failure> {
    let (code, write) = prepare(exchange, cause, issuance, draw);
    let code = code.ok_or_else(|| Fault::broken("a request for a code has none"))?;
    Ok((code, commit(exchange, write).await?))
}

/// Writes what is issued, and notes it.
async fn commit(exchange: &Exchange, write: IssueCode) -> Result<IssueCodeOutcome, Failure> {
    let grant = &write.grant;
    let (id, client_id) = (grant.id.clone(), grant.client_id.clone());
    let expires_in = write.code.as_ref().map(|code| code.expires_at.seconds_since(exchange.now));
    let noted = json!({ "scope": grant.scope.to_string(), "expires_in": expires_in, "sid": grant.sid.as_str() });
    let outcome = exchange.context.store.issue_code(write).await?;
    if outcome == IssueCodeOutcome::Issued {
        trace::about_grant(exchange, &id, &client_id);
        trace::note(exchange, "code_issued", || noted);
    }
    Ok(outcome)
}

/// Issues what was asked for and sends it to the client.
pub async fn issue(exchange: &Exchange, cause: &Cause<'_>, issuance: &Issuance<'_>, draw: &mut Draw) -> Reply {
    let (code, write) = prepare(exchange, cause, issuance, draw);
    let granted = GrantSnapshot { grant: &write.grant, account: &issuance.signed_in.account };
    let id_token = id_token(exchange, cause, granted, code.as_ref(), draw).await?;
    let session_state = check_session::state_for(exchange, cause.request, cause.sessions, draw);
    let to = ReturnAddress { session_state, ..ReturnAddress::of(cause.request) };
    let answer = match commit(exchange, write).await? {
        IssueCodeOutcome::Issued => authorization_response::success(to, code.as_ref(), id_token),
        IssueCodeOutcome::AlreadyAnswered => return Err(Reason::InteractionAnswered.into()),
        IssueCodeOutcome::SessionEnded => {
            authorization_response::refusal(to, &exchange.context.issuer, Reason::LoginRequired)
        }
    };
    let mut response = send(exchange, answer, cause.browser, draw).await?;
    check_session::tell_browser(exchange, cause.sessions, &mut response);
    Ok(response)
}

/// The ID token that comes with the answer, when one was asked for. It vouches for the code and the state beside it.
async fn id_token(
    exchange: &Exchange,
    cause: &Cause<'_>,
    granted: GrantSnapshot<'_>,
    code: Option<&OpaqueToken>,
    draw: &mut Draw,
) -> Result<Option<String>, Failure> {
    let kind = cause.request.response_type;
    if !kind.has_id_token() {
        return Ok(None);
    }
    let origin = origin_of(exchange);
    let context = token_context(exchange, cause.client, &origin);
    let mut unsigned = UnsignedIdToken::for_browser(granted, kind, &context, draw);
    unsigned.claims.c_hash = code.map(|code| hash_claim(unsigned.alg, code.expose()));
    unsigned.claims.s_hash = cause.request.state.as_deref().map(|state| hash_claim(unsigned.alg, state));
    let jwt = signing::sign(exchange, Typ::Jwt, unsigned.alg, &unsigned.claims).await?;
    Ok(Some(seal(exchange, cause.client, Sealed::IdToken, jwt, draw).await?))
}

async fn refuse(exchange: &Exchange, scene: &Scene, reason: Reason, draw: &mut Draw) -> Reply {
    if let Some(approval) = scene.interaction.approval() {
        return approve::refuse(exchange, scene, approval, reason).await;
    }
    let store = &exchange.context.store;
    store.finish_interaction(&scene.interaction.id, exchange.now).await?;
    let request = scene.interaction.request();
    if let Some(pushed) = request.and_then(|request| request.pushed.clone()) {
        store.spend_pushed_request(pushed, exchange.now).await?;
    }
    match request {
        Some(request) if reason.may_redirect() => {
            note_refusal(exchange, reason);
            let answer = authorization_response::refusal(ReturnAddress::of(request), &exchange.context.issuer, reason);
            send(exchange, answer, &scene.browser, draw).await
        }
        _ => Err(reason.into()),
    }
}

/// Notes that the client is told no.
pub fn note_refusal(exchange: &Exchange, reason: Reason) {
    trace::note(exchange, "refused", || json!({ "reason": reason.label(), "told": "the client" }));
}

/// Sends an authorization response through the browser. It is never kept and leaks no address (COD-13).
pub async fn send(exchange: &Exchange, answer: Answer, browser: &Browser, draw: &mut Draw) -> Reply {
    let mut response = match carried(exchange, answer, draw).await? {
        AuthorizationResponse::Redirect(location) => reply::see_other(&location)?,
        AuthorizationResponse::FormPost { action, fields } => form_post(exchange, action, fields, browser, draw)?,
    };
    let no_referrer = poem::http::HeaderValue::from_static("no-referrer");
    response.headers_mut().insert(poem::http::header::REFERRER_POLICY, no_referrer);
    frame::add_browser_cookie(exchange, browser, &mut response);
    Ok(response)
}

/// The answer as it travels: as parameters, or signed as one JWT (JARM), which is encrypted where the client is registered
/// so.
async fn carried(exchange: &Exchange, answer: Answer, draw: &mut Draw) -> Result<AuthorizationResponse, Failure> {
    let issuer = &exchange.context.issuer;
    let Some(algorithm) = answer.response_alg() else { return Ok(answer.plain(issuer)) };
    let mut jwt = signing::sign(exchange, Typ::Jwt, algorithm, &answer.claims(issuer, exchange.now)).await?;
    if let Some(client) = exchange.context.store.find_client(answer.client_id()).await? {
        jwt = seal(exchange, &client, Sealed::Authorization, jwt, draw).await?;
    }
    Ok(answer.signed(jwt))
}

fn form_post(
    exchange: &Exchange,
    action: String,
    fields: Vec<(&'static str, String)>,
    browser: &Browser,
    draw: &mut Draw,
) -> Result<Response, Failure> {
    let target = redirect_uri::origin_of(&action);
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let page = FormPost { action, fields };
    frame::show_leading_to(exchange, StatusCode::OK, &page, &Setting::alone(browser), &target, draw)
}
