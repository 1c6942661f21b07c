//! `/verify`: proving a new address by the mailed code, and `/verify/link`: by the link beside it.

use poem::http::StatusCode;

use super::client::event_of;
use super::code;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::frame::{Setting, show, show_form};
use super::guard::own_form;
use super::login::is_over;
use super::mailed_code::{self, Tried};
use super::proceed::proceed;
use super::reply::{self, Reply};
use super::scene::Scene;
use crate::base::{Draw, OpaqueToken, TokenKind};
use crate::identity::one_time_code::{LinkAttempt, check_link};
use crate::model::account::VerifyAddress;
use crate::model::audit::AuditAction;
use crate::model::interaction::Proving;
use crate::model::{CodePurpose, CodeRecord};
use crate::pages::{CodeTrial, LinkConfirm, LinkDone, LinkPurpose, Verify};

/// Shows the page that takes the code.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let scene = Scene::of(exchange, &mut draw).await?;
    let Some(proving) = awaited(&scene) else { return proceed(exchange, &scene, &mut draw).await };
    if is_proven_elsewhere(exchange, &scene).await? {
        return reply::see_other(&scene.at("/login"));
    }
    let trial = mailed_code::standing(exchange, &scene, proving).await?;
    show(exchange, StatusCode::OK, &page(&scene, trial), &scene.setting(), &mut draw)
}

/// Takes the code, or the wish for another one.
pub async fn post(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let scene = Scene::of(exchange, &mut draw).await?;
    let (_, form) = own_form(exchange, scene.interaction.id.as_str())?;
    let Some(proving) = awaited(&scene).cloned().filter(|_| !is_over(&scene.step(exchange))) else {
        return proceed(exchange, &scene, &mut draw).await;
    };
    if is_proven_elsewhere(exchange, &scene).await? {
        return reply::see_other(&scene.at("/login"));
    }
    if form.get("decision") == Some("resend") {
        let trial = mailed_code::resend(exchange, &scene, &proving, &mut draw).await?;
        return enter(exchange, &scene, trial, &mut draw);
    }
    match mailed_code::try_code(exchange, &scene, &proving, form.get("code")).await? {
        Tried::Right(record) => code::admit(exchange, scene, *record, &mut draw).await,
        Tried::Refused(trial) => enter(exchange, &scene, trial, &mut draw),
    }
}

/// The proof of an address that the interaction waits for.
pub fn awaited(scene: &Scene) -> Option<&Proving> {
    scene.interaction.progress.proving.as_ref().filter(|proving| proving.purpose == CodePurpose::VerifyAddress)
}

/// Whether the link beside the awaited code was used, in this browser or another one: signing in is all that is left.
/// An address that was somebody's before has no code of its account's, so this tells nothing about it (REG-01).
pub async fn is_proven_elsewhere(exchange: &Exchange, scene: &Scene) -> Result<bool, Failure> {
    let store = &exchange.context.store;
    let record = store.find_code_in_interaction(&scene.interaction.id, CodePurpose::VerifyAddress).await?;
    let Some(account) = record.filter(|record| record.consumed_at.is_some()).and_then(|record| record.account) else {
        return Ok(false);
    };
    Ok(store.find_account(&account).await?.is_some_and(|account| account.email_verified_at.is_some()))
}

fn page(scene: &Scene, trial: CodeTrial) -> Verify {
    Verify { trial, arrived: scene.interaction.progress.arrived.is_some() }
}

fn enter(exchange: &Exchange, scene: &Scene, trial: CodeTrial, draw: &mut Draw) -> Reply {
    let page = page(scene, trial);
    show_form(exchange, &page, &page.trial.problems, &scene.setting(), draw)
}

/// Shows a page with a button: opening the link changes nothing (RST-05, SES-13).
pub async fn get_link(exchange: &Exchange) -> Reply {
    confirm(exchange, LinkPurpose::Verify, CodePurpose::VerifyAddress, "/verify/link").await
}

/// The page behind a mailed link.
pub async fn confirm(exchange: &Exchange, purpose: LinkPurpose, wanted: CodePurpose, action: &str) -> Reply {
    let token = exchange.query_parameters()?.get("token").unwrap_or_default().to_owned();
    let record = found(exchange, &token, wanted).await?;
    button(exchange, &LinkConfirm { purpose, action: action.to_owned(), token, masked_address: record.email.masked() })
}

/// The page with the button that does what a link is for.
pub fn button(exchange: &Exchange, page: &LinkConfirm) -> Reply {
    let mut draw = exchange.draw()?;
    let browser = super::browser::Browser::of(exchange, &mut draw);
    let mut response = show(exchange, StatusCode::OK, page, &Setting::alone(&browser), &mut draw)?;
    // RST-11: the address holds a secret.
    let no_referrer = poem::http::HeaderValue::from_static("no-referrer");
    response.headers_mut().insert(poem::http::header::REFERRER_POLICY, no_referrer);
    Ok(response)
}

/// The live record behind a link's token.
pub async fn found(exchange: &Exchange, token: &str, purpose: CodePurpose) -> Result<CodeRecord, Failure> {
    let token = OpaqueToken::parse(TokenKind::Link, token).ok_or(HttpRefusal::LinkDead)?;
    let record = exchange.context.store.find_code_by_link(token.digest()).await?.ok_or(HttpRefusal::LinkDead)?;
    let attempt = LinkAttempt { purpose, browser: None, digest: &token.digest() };
    check_link(&record, &attempt, exchange.now).map_err(|_| HttpRefusal::LinkDead)?;
    Ok(record)
}

/// Takes the button: the address is proven. Nobody is signed in by it; the window that waits for the code goes on to
/// the sign-in page.
pub async fn post_link(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let (browser, form) = own_form(exchange, "")?;
    prove_by_link(exchange, form.get("token").unwrap_or_default()).await?;
    let page = LinkDone { purpose: LinkPurpose::Verify, onward: None };
    show(exchange, StatusCode::OK, &page, &Setting::alone(&browser), &mut draw)
}

/// Proves the address that the link with this token was mailed to.
pub async fn prove_by_link(exchange: &Exchange, token: &str) -> Result<(), Failure> {
    let record = found(exchange, token, CodePurpose::VerifyAddress).await?;
    let account = record.account.ok_or(HttpRefusal::LinkDead)?;
    let person = exchange.context.store.find_account(&account).await?.ok_or(HttpRefusal::LinkDead)?;
    let mut draw = exchange.draw()?;
    let welcome = mailed_code::welcome(exchange, None, &person, person.claims.name.clone(), &mut draw)?;
    let mut audit = event_of(exchange, AuditAction::AddressVerified);
    audit.account = Some(account.clone());
    let write = VerifyAddress { account, code: record.id, welcome, now: exchange.now, audit };
    if !exchange.context.store.verify_address(write).await? {
        return Err(HttpRefusal::LinkDead.into());
    }
    exchange.context.mail_written.notify_one();
    Ok(())
}
