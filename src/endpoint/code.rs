//! `/code`: signing in by a mailed code: the address first, then the digits.

use poem::http::StatusCode;

use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::federation::{came_in_before, finish_arrival, is_reported};
use super::frame::{show, show_form};
use super::guard::own_form;
use super::login::{is_over, read_address, start};
use super::mailed_code::{self, Tried};
use super::password_check::forgive;
use super::proceed::proceed;
use super::reply::Reply;
use super::scene::Scene;
use super::sign_in::{Proof, sign_in};
use crate::base::Draw;
use crate::model::account::Account;
use crate::model::interaction::Proving;
use crate::model::{CodePurpose, CodeRecord};
use crate::pages::{CodeEnter, CodeRequest, CodeTrial, Problem};
use crate::protocol::Parameters;

/// Shows the page that asks for the address, or the one that takes the code.
pub async fn get(exchange: &Exchange) -> Reply {
    refuse_when_closed(exchange)?;
    let mut draw = exchange.draw()?;
    let query = exchange.query_parameters()?;
    if query.get("interaction").is_none() {
        return start(exchange, "/code", &mut draw).await;
    }
    let scene = Scene::of(exchange, &mut draw).await?;
    if is_over(&scene.step(exchange)) {
        return proceed(exchange, &scene, &mut draw).await;
    }
    match awaited(&scene).filter(|_| query.get("change").is_none()) {
        Some(proving) => {
            let trial = mailed_code::standing(exchange, &scene, proving).await?;
            show(exchange, StatusCode::OK, &CodeEnter { trial }, &scene.setting(), &mut draw)
        }
        None => ask(exchange, &scene, hint(&scene), Vec::new(), &mut draw),
    }
}

/// Takes the address, the code, or the wish for another code.
pub async fn post(exchange: &Exchange) -> Reply {
    refuse_when_closed(exchange)?;
    let mut draw = exchange.draw()?;
    let scene = Scene::of(exchange, &mut draw).await?;
    let (_, form) = own_form(exchange, scene.interaction.id.as_str())?;
    if is_over(&scene.step(exchange)) {
        return proceed(exchange, &scene, &mut draw).await;
    }
    match (form.get("username"), awaited(&scene).cloned()) {
        (None, Some(proving)) => Box::pin(take(exchange, scene, &proving, &form, &mut draw)).await,
        (typed, _) => request(exchange, scene, typed, &mut draw).await,
    }
}

/// Signing in by code can be switched off.
pub fn refuse_when_closed(exchange: &Exchange) -> Result<(), Failure> {
    if exchange.context.policy.code_sign_in_enabled { Ok(()) } else { Err(HttpRefusal::NotFound.into()) }
}

/// The sign-in that the interaction waits for a code for.
pub fn awaited(scene: &Scene) -> Option<&Proving> {
    scene.interaction.progress.proving.as_ref().filter(|proving| proving.purpose == CodePurpose::SignIn)
}

fn hint(scene: &Scene) -> String {
    scene.interaction.request().and_then(|request| request.login_hint.clone()).unwrap_or_default()
}

fn ask(exchange: &Exchange, scene: &Scene, username: String, problems: Vec<Problem>, draw: &mut Draw) -> Reply {
    let page = CodeRequest { username, problems };
    show_form(exchange, &page, &page.problems, &scene.setting(), draw)
}

async fn request(exchange: &Exchange, scene: Scene, typed: Option<&str>, draw: &mut Draw) -> Reply {
    let username = typed.unwrap_or_default().to_owned();
    let email = match read_address(typed) {
        Ok(email) => email,
        Err(problem) => return ask(exchange, &scene, username, vec![problem], draw),
    };
    // A code proves the address as well, so an account whose address is not proven yet may have one.
    match mailed_code::wanted(exchange, CodePurpose::SignIn, email).await? {
        Ok(wanted) => mailed_code::send(exchange, scene, wanted, draw).await,
        Err(problem) => ask(exchange, &scene, username, vec![problem], draw),
    }
}

async fn take(exchange: &Exchange, scene: Scene, proving: &Proving, form: &Parameters, draw: &mut Draw) -> Reply {
    if form.get("decision") == Some("resend") {
        let trial = mailed_code::resend(exchange, &scene, proving, draw).await?;
        return enter(exchange, &scene, trial, draw);
    }
    match mailed_code::try_code(exchange, &scene, proving, form.get("code")).await? {
        Tried::Right(record) => admit(exchange, scene, *record, draw).await,
        Tried::Refused(trial) => enter(exchange, &scene, trial, draw),
    }
}

fn enter(exchange: &Exchange, scene: &Scene, trial: CodeTrial, draw: &mut Draw) -> Reply {
    let page = CodeEnter { trial };
    show_form(exchange, &page, &page.trial.problems, &scene.setting(), draw)
}

/// Signs in whoever the code belongs to.
pub async fn admit(exchange: &Exchange, mut scene: Scene, record: CodeRecord, draw: &mut Draw) -> Reply {
    let is_new = record.purpose == CodePurpose::VerifyAddress;
    let (account, proof) = proof(exchange, record).await?;
    let proof = if is_new { finish_arrival(exchange, &mut scene, &account, proof) } else { proof };
    let tie = proof.vouched.as_ref().map(|vouched| vouched.identity.clone());
    match (Box::pin(sign_in(exchange, scene, account, proof, draw)).await, tie) {
        (Err(Failure::Http(HttpRefusal::FormExpired)), Some(tie)) => {
            Box::pin(came_in_before(exchange, &tie, draw)).await
        }
        (outcome, _) => outcome,
    }
}

/// Whom a right code proves. Their failures are forgotten.
pub async fn proof(exchange: &Exchange, record: CodeRecord) -> Result<(Account, Proof), Failure> {
    let account = match &record.account {
        Some(id) => exchange.context.store.find_account(id).await?,
        None => None,
    };
    let account = account.filter(|account| account.disabled_at.is_none()).ok_or(HttpRefusal::FormExpired)?;
    if is_reported(exchange, &account, &record.email).await? {
        return Err(HttpRefusal::FormExpired.into());
    }
    let proof = Proof {
        amr: &["otp"],
        // Who signs up in this flow chose the password here; who only asks for a code did not (REG-04).
        forgets_unproven: record.purpose == CodePurpose::SignIn,
        consumed_code: Some(record.id),
        // The code went to the address, so whoever has it reads that mailbox.
        verifies_address: account.email == record.email,
        rehashed_password: None,
        remember: exchange.context.policy.remember,
        vouched: None,
    };
    forgive(exchange, &account.id).await?;
    Ok((account, proof))
}
