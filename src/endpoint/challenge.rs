//! `/oauth2/challenge`: the authorization challenge endpoint of OAuth 2.0 for First-Party Applications
//! (draft-ietf-oauth-first-party-apps), by which the operator's own apps sign people in without a browser.
//!
//! A password or a mailed code comes in, an authorization code goes out, and tokens come from the token endpoint as
//! ever. What is proven, counted and mailed is the pages' business (`login`, `code`, `mailed_code`); here it only gets
//! another voice. Cookies play no part.

use poem::http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use super::api::flow::Running;
use super::api::problem::code_of;
use super::client::authenticated;
use super::code;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::frame::wait_of;
use super::login::{Entered, enter, read};
use super::mailed_code::{post as mail_code, wanted};
use super::proceed::{Cause, code_for};
use super::reply::{self, Reply};
use super::sign_in::{Entrance, Proof, start};
use super::verify;
use crate::base::{Draw, EmailAddress};
use crate::model::CodePurpose;
use crate::model::account::Account;
use crate::model::client::Client;
use crate::model::grant::IssueCodeOutcome;
use crate::model::interaction::{Proving, Purpose};
use crate::pages::Problem;
use crate::protocol::authorization_request::parse_challenge;
use crate::protocol::next_step::Step;
use crate::protocol::{Parameters, Reason};

/// Answers a challenge request.
pub async fn post(exchange: &Exchange) -> Reply {
    let form = exchange.form_parameters()?;
    let client = authenticated(exchange, &form).await?;
    let mut draw = exchange.draw()?;
    let mut running = if let Some(name) = form.get("auth_session") {
        found(exchange, name, &client).await?
    } else {
        let request = parse_challenge(&form, &client)?;
        Running::begin_for(exchange, Purpose::Authorize(Box::new(request)), &mut draw).await?
    };
    // Whoever may be signed in in a browser has proven nothing to this app.
    running.scene.sessions.clear();
    match prove(exchange, &mut running, &form, &mut draw).await {
        Ok(Proven::Person(account, proof)) => hand_over(exchange, running, *account, proof, &mut draw).await,
        Ok(Proven::Nothing) => insufficient(exchange, &running, &[]),
        Err(Failure::NotTaken(problems)) => insufficient(exchange, &running, &problems),
        Err(failure) => Err(failure),
    }
}

/// The open session of this name, if the client began it.
async fn found(exchange: &Exchange, name: &str, client: &Client) -> Result<Running, Failure> {
    let running = match Running::find_any(exchange, name).await {
        Err(Failure::Http(HttpRefusal::FlowUnknown)) => return Err(Reason::AuthSessionInvalid.into()),
        found => found?,
    };
    let request = running.scene.interaction.request();
    let is_own = request.is_some_and(|request| request.client_id == client.client_id);
    if is_own { Ok(running) } else { Err(Reason::AuthSessionInvalid.into()) }
}

/// What a request proved.
enum Proven {
    /// Who the person is.
    Person(Box<Account>, Proof),
    /// Nothing yet, and nothing was wrong either.
    Nothing,
}

async fn prove(
    exchange: &Exchange,
    running: &mut Running,
    form: &Parameters,
    draw: &mut Draw,
) -> Result<Proven, Failure> {
    match (form.get("otp"), form.get("username"), form.get("password")) {
        (Some(typed), username, _) => by_code(exchange, running, username, typed).await,
        (None, username, Some(password)) => by_password(exchange, running, username, password, draw).await,
        (None, Some(username), None) => ask_code(exchange, running, username, draw).await,
        (None, None, None) => Ok(Proven::Nothing),
    }
}

/// A username beside the code has to be the one the code was mailed to.
async fn by_code(
    exchange: &Exchange,
    running: &Running,
    username: Option<&str>,
    typed: &str,
) -> Result<Proven, Failure> {
    let scene = &running.scene;
    let awaited: Option<&Proving> = code::awaited(scene).or_else(|| verify::awaited(scene));
    let proving = awaited.cloned().ok_or_else(|| Failure::NotTaken(vec![Problem::CodeExpired]))?;
    let is_other = |username: &str| username.parse::<EmailAddress>().as_ref() != Ok(&proving.email);
    if username.is_some_and(is_other) {
        return Err(Failure::NotTaken(vec![Problem::CredentialsWrong]));
    }
    let record = running.try_code(exchange, &proving, typed).await?;
    let (account, proof) = code::proof(exchange, record).await?;
    Ok(Proven::Person(Box::new(account), proof))
}

async fn by_password(
    exchange: &Exchange,
    running: &Running,
    username: Option<&str>,
    password: &str,
    draw: &mut Draw,
) -> Result<Proven, Failure> {
    let (email, password) = read(username, Some(password)).map_err(Failure::NotTaken)?;
    match enter(exchange, Some(&running.scene), &email, &password, draw).await? {
        Entered::Admitted(account, proof) => Ok(Proven::Person(account, proof)),
        Entered::Refused(problem) => Err(Failure::NotTaken(vec![problem])),
    }
}

/// Mails a code to whoever has the address; the answer is the same when nobody does (OTP-17).
async fn ask_code(
    exchange: &Exchange,
    running: &mut Running,
    username: &str,
    draw: &mut Draw,
) -> Result<Proven, Failure> {
    let refused = |problem| Failure::NotTaken(vec![problem]);
    let email: EmailAddress = username.parse().map_err(|_| refused(Problem::UsernameMalformed))?;
    if !offers_codes(exchange) {
        return Err(refused(Problem::PasswordMissing));
    }
    let wanted = wanted(exchange, CodePurpose::SignIn, email).await?.map_err(refused)?;
    mail_code(exchange, &mut running.scene, wanted, draw).await?;
    Ok(Proven::Nothing)
}

fn offers_codes(exchange: &Exchange) -> bool {
    code::refuse_when_closed(exchange).is_ok()
}

/// Starts the session that the tokens will rest on, and answers with the authorization code.
async fn hand_over(
    exchange: &Exchange,
    mut running: Running,
    account: Account,
    proof: Proof,
    draw: &mut Draw,
) -> Reply {
    let scene = &mut running.scene;
    let entrance = Entrance { sessions: &mut scene.sessions, interaction: Some(&mut scene.interaction) };
    start(exchange, entrance, account, proof, draw).await?;
    let issuance = match scene.step(exchange) {
        Step::Issue(issuance) => issuance,
        Step::Refuse(reason) => return Err(reason.into()),
        _ => return Err(Reason::BrowserNeeded.into()),
    };
    let request = scene.interaction.request().ok_or(Reason::AuthSessionInvalid)?;
    let client = scene.client.as_ref().ok_or(Reason::AuthSessionInvalid)?;
    let interaction = Some(&scene.interaction.id);
    let cause = Cause { request, client, interaction, browser: &scene.browser, sessions: &scene.sessions };
    let (code, outcome) = code_for(exchange, &cause, &issuance, draw).await?;
    match outcome {
        IssueCodeOutcome::Issued => {
            reply::json(StatusCode::OK, &HandedOver { authorization_code: code.expose().to_owned() })
        }
        IssueCodeOutcome::AlreadyAnswered | IssueCodeOutcome::SessionEnded => Err(Reason::AuthSessionInvalid.into()),
    }
}

#[derive(Serialize)]
struct HandedOver {
    authorization_code: String,
}

/// What is still needed, in the specification's members and a few of ours.
#[derive(Serialize)]
struct Insufficient {
    error: &'static str,
    error_description: String,
    auth_session: String,
    expires_in: i64,
    /// What is taken: `password`, `otp`.
    accepts: Vec<&'static str>,
    /// Whether a code is on its way to whoever has the address.
    otp_sent: bool,
    /// What was wrong with what was sent, as in the JSON interface.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<&'static str>,
}

fn insufficient(exchange: &Exchange, running: &Running, problems: &[Problem]) -> Reply {
    let reason = Reason::AuthorizationInsufficient;
    let interaction = &running.scene.interaction;
    let mut accepts = vec!["password"];
    if offers_codes(exchange) {
        accepts.push("otp");
    }
    let told = Insufficient {
        error: reason.code().as_str(),
        error_description: reason.description().into_owned(),
        auth_session: running.name(),
        expires_in: interaction.expires_at.seconds_from(exchange.now),
        accepts,
        otp_sent: interaction.progress.proving.is_some(),
        problems: problems.iter().map(code_of).collect(),
    };
    let wait = wait_of(problems);
    let status = if wait.is_some() { 429 } else { reason.status() };
    let mut response = reply::json(StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN), &told)?;
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}
