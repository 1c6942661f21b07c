//! `/reset`, `/reset/code`, `/reset/password`, `/reset/link`: a new password by mailed code or link.
//!
//! The code is only looked at when it is typed; it is used up by the new password itself, in one transaction.

use super::client::event_of;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::federation::is_reported;
use super::frame::show_form;
use super::guard::own_form;
use super::login::{is_over, read_address, start};
use super::mailed_code::{self, Tried, notice, welcome};
use super::password_check::forgive;
use super::proceed::proceed;
use super::reply::{self, Reply};
use super::scene::Scene;
use super::signup::{new_password, with_strength};
use super::user_agent::asked;
use super::verify::{confirm, found};
use crate::base::Draw;
use crate::model::account::{Account, ChangePassword};
use crate::model::audit::AuditAction;
use crate::model::interaction::Proving;
use crate::model::{CodePurpose, CodeRecord};
use crate::pages::{CodeTrial, LinkPurpose, Mail, Problem, ResetCode, ResetPassword, ResetRequest};

/// Shows the page that asks for the address.
pub async fn get(exchange: &Exchange) -> Reply {
    refuse_without_mail(exchange)?;
    let mut draw = exchange.draw()?;
    if exchange.query_parameters()?.get("interaction").is_none() {
        return start(exchange, "/reset", &mut draw).await;
    }
    let scene = Scene::of(exchange, &mut draw).await?;
    if is_over(&scene.step(exchange)) {
        return proceed(exchange, &scene, &mut draw).await;
    }
    let hint = scene.interaction.request().and_then(|request| request.login_hint.clone());
    ask(exchange, &scene, hint.unwrap_or_default(), Vec::new(), &mut draw)
}

/// Nobody can prove who they are by mail where no mail leaves.
pub fn refuse_without_mail(exchange: &Exchange) -> Result<(), Failure> {
    if exchange.context.policy.mail_enabled { Ok(()) } else { Err(HttpRefusal::NotFound.into()) }
}

/// Takes the address and mails a code to whoever has it; the answer is the same when nobody does (RST-01).
pub async fn post(exchange: &Exchange) -> Reply {
    refuse_without_mail(exchange)?;
    let mut draw = exchange.draw()?;
    let scene = Scene::of(exchange, &mut draw).await?;
    let (_, form) = own_form(exchange, scene.interaction.id.as_str())?;
    if is_over(&scene.step(exchange)) {
        return proceed(exchange, &scene, &mut draw).await;
    }
    let typed = form.get("username").unwrap_or_default();
    let email = match read_address(form.get("username")) {
        Ok(email) => email,
        Err(problem) => return ask(exchange, &scene, typed.to_owned(), vec![problem], &mut draw),
    };
    match mailed_code::wanted(exchange, CodePurpose::ResetPassword, email).await? {
        Ok(wanted) => mailed_code::send(exchange, scene, wanted, &mut draw).await,
        Err(problem) => ask(exchange, &scene, typed.to_owned(), vec![problem], &mut draw),
    }
}

fn ask(exchange: &Exchange, scene: &Scene, username: String, problems: Vec<Problem>, draw: &mut Draw) -> Reply {
    let page = ResetRequest { username, problems };
    show_form(exchange, &page, &page.problems, &scene.setting(), draw)
}

/// The reset that the interaction waits for a code for.
pub fn awaited(scene: &Scene) -> Option<&Proving> {
    scene.interaction.progress.proving.as_ref().filter(|proving| proving.purpose == CodePurpose::ResetPassword)
}

/// Shows the page that takes the code.
pub async fn get_code(exchange: &Exchange) -> Reply {
    refuse_without_mail(exchange)?;
    let mut draw = exchange.draw()?;
    let scene = Scene::of(exchange, &mut draw).await?;
    let Some(proving) = awaited(&scene) else { return proceed(exchange, &scene, &mut draw).await };
    let trial = mailed_code::standing(exchange, &scene, proving).await?;
    enter(exchange, &scene, trial, &mut draw)
}

/// Takes the code; when it is right, shows the page that takes the new password. The page carries the code's link
/// token, so that nothing is remembered that a second tab could use.
pub async fn post_code(exchange: &Exchange) -> Reply {
    refuse_without_mail(exchange)?;
    let mut draw = exchange.draw()?;
    let scene = Scene::of(exchange, &mut draw).await?;
    let (_, form) = own_form(exchange, scene.interaction.id.as_str())?;
    let Some(proving) = awaited(&scene).cloned() else { return proceed(exchange, &scene, &mut draw).await };
    if form.get("decision") == Some("resend") {
        let trial = mailed_code::resend(exchange, &scene, &proving, &mut draw).await?;
        return enter(exchange, &scene, trial, &mut draw);
    }
    match mailed_code::try_code(exchange, &scene, &proving, form.get("code")).await? {
        Tried::Right(record) => {
            let mut scene = scene;
            scene.interaction.progress.proven_code = Some(record.id);
            super::login::save_and_go(exchange, scene, "/reset/password").await
        }
        Tried::Refused(trial) => enter(exchange, &scene, trial, &mut draw),
    }
}

fn enter(exchange: &Exchange, scene: &Scene, trial: CodeTrial, draw: &mut Draw) -> Reply {
    let page = ResetCode { trial };
    show_form(exchange, &page, &page.trial.problems, &scene.setting(), draw)
}

/// Shows the page that takes the new password.
pub async fn get_password(exchange: &Exchange) -> Reply {
    refuse_without_mail(exchange)?;
    let mut draw = exchange.draw()?;
    let scene = Scene::of(exchange, &mut draw).await?;
    match proven(exchange, &scene).await? {
        Some(proven) => password_page(exchange, &scene, &proven.account, Vec::new(), &mut draw),
        None => proceed(exchange, &scene, &mut draw).await,
    }
}

/// Takes the new password: sets it, ends everything that rested on the old one, tells the owner.
pub async fn post_password(exchange: &Exchange) -> Reply {
    refuse_without_mail(exchange)?;
    let mut draw = exchange.draw()?;
    let scene = Scene::of(exchange, &mut draw).await?;
    let (_, form) = own_form(exchange, scene.interaction.id.as_str())?;
    let Some(proven) = proven(exchange, &scene).await? else {
        return Err(HttpRefusal::FormExpired.into());
    };
    let typed = form.get("password");
    if let Err(problems) = set_password(exchange, Some(&scene), &proven, typed, &mut draw).await? {
        return password_page(exchange, &scene, &proven.account, problems, &mut draw);
    }
    let mut scene = scene;
    scene.interaction.progress.proving = None;
    scene.interaction.progress.proven_code = None;
    super::login::save_and_go(exchange, scene, "/login").await
}

/// A right code or link, and who may set a new password by it.
pub struct Proven {
    /// The code, still to be consumed.
    pub record: CodeRecord,
    /// The person.
    pub account: Account,
}

impl Proven {
    /// What a right code proves; nothing when it is nobody's, the account is disabled or the
    /// mailbox was reported as taken over.
    pub async fn by(exchange: &Exchange, record: CodeRecord) -> Result<Option<Self>, Failure> {
        let Some(id) = &record.account else { return Ok(None) };
        let account = exchange.context.store.find_account(id).await?;
        let Some(account) = account.filter(|account| account.disabled_at.is_none()) else { return Ok(None) };
        let counts = !is_reported(exchange, &account, &record.email).await?;
        Ok(counts.then_some(Self { record, account }))
    }
}

/// Sets the password that was typed, if it may be one, using the code up.
pub async fn set_password(
    exchange: &Exchange,
    scene: Option<&Scene>,
    proven: &Proven,
    typed: Option<&str>,
    draw: &mut Draw,
) -> Result<Result<(), Vec<Problem>>, Failure> {
    let account = &proven.account;
    let names: Vec<&str> = account.claims.name.as_deref().into_iter().collect();
    let password = match new_password(exchange, typed, Some(&account.email), &names) {
        Ok(password) => password,
        Err(problem) => return Ok(Err(with_strength(exchange, problem, typed, account))),
    };
    let password_hash = exchange.context.passwords.hash(&password, draw).await?;
    let write = change(exchange, scene, proven, password_hash, draw)?;
    if !exchange.context.store.change_password(write).await? {
        return Err(HttpRefusal::FormExpired.into());
    }
    exchange.context.mail_written.notify_one();
    forgive(exchange, &account.id).await?;
    Ok(Ok(()))
}

/// The code that was typed right in this interaction, while it is still good, and whose it is (RST-12).
pub async fn proven(exchange: &Exchange, scene: &Scene) -> Result<Option<Proven>, Failure> {
    let Some(proven) = &scene.interaction.progress.proven_code else { return Ok(None) };
    let store = &exchange.context.store;
    let found = store.find_code_in_interaction(&scene.interaction.id, CodePurpose::ResetPassword).await?;
    let is_good =
        |record: &CodeRecord| record.id == *proven && record.consumed_at.is_none() && exchange.now < record.expires_at;
    match found.filter(is_good) {
        Some(record) => Proven::by(exchange, record).await,
        None => Ok(None),
    }
}

fn password_page(
    exchange: &Exchange,
    scene: &Scene,
    account: &Account,
    problems: Vec<Problem>,
    draw: &mut Draw,
) -> Reply {
    let minimum = exchange.context.password_policy.minimum_chars();
    let page = ResetPassword {
        username: account.email.to_string(),
        password_minimum: i64::try_from(minimum).unwrap_or(i64::MAX),
        problems,
    };
    show_form(exchange, &page, &page.problems, &scene.setting(), draw)
}

fn change(
    exchange: &Exchange,
    scene: Option<&Scene>,
    proven: &Proven,
    password_hash: crate::model::PasswordHash,
    draw: &mut Draw,
) -> Result<ChangePassword, Failure> {
    let Proven { record, account } = proven;
    let mail = Mail::PasswordChanged { reset_uri: exchange.context.issuer.at("/reset"), asked: asked(exchange) };
    let mut audit = event_of(exchange, AuditAction::PasswordReset);
    audit.account = Some(account.id.clone());
    Ok(ChangePassword {
        account: account.id.clone(),
        generation: account.generation,
        password_hash,
        ends_sessions: true,
        keep_session: None,
        consumed_code: Some(record.id.clone()),
        // The code was read in the mailbox, so the address is proven as well.
        verifies_address: account.email == record.email,
        // Whatever name stands on an unproven address was set by somebody else.
        welcome: welcome(exchange, scene.map(|scene| &scene.interaction), account, None, draw)?,
        now: exchange.now,
        notice: notice(exchange, scene, &account.email, &mail, draw)?,
        audit,
    })
}

/// Shows a page with a button: opening the link changes nothing (RST-05).
pub async fn get_link(exchange: &Exchange) -> Reply {
    refuse_without_mail(exchange)?;
    confirm(exchange, LinkPurpose::Reset, CodePurpose::ResetPassword, "/reset/link").await
}

/// Takes the button. In the browser that asked, the new password can be set at once; elsewhere an interaction of that
/// browser's own is begun for it.
pub async fn post_link(exchange: &Exchange) -> Reply {
    refuse_without_mail(exchange)?;
    let mut draw = exchange.draw()?;
    let (browser, form) = own_form(exchange, "")?;
    let record = found(exchange, form.get("token").unwrap_or_default(), CodePurpose::ResetPassword).await?;
    let purpose = crate::model::interaction::Purpose::Account { path: String::new() };
    let mut interaction = super::scene::begin(exchange, &browser, purpose, &mut draw).await?;
    interaction.progress.proven_code = Some(record.id.clone());
    interaction.progress.proving = Some(Proving {
        purpose: CodePurpose::ResetPassword,
        email: record.email.clone(),
        account: record.account.clone(),
    });
    let moved = exchange.context.store.move_code(&record.id, interaction.clone(), exchange.now).await?;
    if !moved {
        return Err(HttpRefusal::LinkDead.into());
    }
    reply::see_other(&super::scene::at("/reset/password", &interaction.id))
}
