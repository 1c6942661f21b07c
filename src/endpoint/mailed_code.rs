//! Mailed codes on their way: asked for, sent again, tried, and the mails they go out with.

mod again;
mod letters;
mod trying;

pub use self::again::{Resent, post_again, problem_of_resend, renew, resend};
pub use self::letters::{about_approval, mail_of, mail_of_account, notice, welcome};
pub use self::trying::{Flow, Tried, problem_of, reserve_try, try_code, try_digits};
use super::client::event_of;
use super::exchange::Exchange;
use super::failure::Failure;
use super::federation::mail_in_place_of_code;
use super::proceed::proceed;
use super::reply::Reply;
use super::scene::Scene;
use crate::base::{AccountId, CodeId, Draw, EmailAddress, OpaqueToken, TokenKind};
use crate::identity::one_time_code::{CodeRequest, OneTimeCode, ResendRefused, code_record, may_send_again};
use crate::model::account::Account;
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::interaction::Proving;
use crate::model::{CodePurpose, CodeRecord, ThrottleKey, ThrottlePurpose};
use crate::pages::{CodeTrial, Mail, Problem};
use crate::store::{Reservation, SendCode};

/// A code that a page asks for.
pub struct CodeWanted {
    /// What it shall prove.
    pub purpose: CodePurpose,
    /// Where it goes.
    pub email: EmailAddress,
    /// Whose it is; nobody's when the address is unknown, and then nothing is mailed (OTP-17).
    pub account: Option<AccountId>,
    /// What is mailed instead, where nothing that is read in the mailbox counts.
    pub instead: Option<Mail>,
}

/// A new code with its secrets still known.
pub struct FreshCode {
    /// The record to be kept.
    pub record: CodeRecord,
    digits: OneTimeCode,
    link: OpaqueToken,
}

/// Makes a code for `wanted`; in `scene` its digits are awaited.
pub fn fresh(exchange: &Exchange, scene: Option<&Scene>, wanted: &CodeWanted, draw: &mut Draw) -> FreshCode {
    let id = CodeId::generate_at(exchange.now, draw);
    let (digits, link) = (OneTimeCode::generate(draw), OpaqueToken::generate(TokenKind::Link, draw));
    let request = CodeRequest {
        purpose: wanted.purpose,
        account: wanted.account.clone(),
        email: wanted.email.clone(),
        interaction: scene.map(|scene| scene.interaction.id.clone()),
        browser: scene.map(|scene| scene.browser.digest()),
        code_digest: digits.digest(exchange.context.code_key.expose(), wanted.purpose, &id),
        link_digest: link.digest(),
        id,
    };
    let record = code_record(request, &exchange.context.codes, exchange.now);
    FreshCode { record, digits, link }
}

/// Counts a mail against the address and the source. When either had too many, gives what to tell on the page that
/// asked for it, which keeps what was typed.
pub async fn reserve_mail(exchange: &Exchange, email: &EmailAddress) -> Result<Option<Problem>, Failure> {
    let rules = &exchange.context.throttles;
    let limits = vec![
        (ThrottleKey::address(ThrottlePurpose::MailAddress, email), rules.rule(ThrottlePurpose::MailAddress)),
        (ThrottleKey::ip(ThrottlePurpose::MailIp, exchange.ip), rules.rule(ThrottlePurpose::MailIp)),
        (ThrottleKey::overall(ThrottlePurpose::MailOverall), rules.rule(ThrottlePurpose::MailOverall)),
    ];
    match exchange.context.store.reserve_attempts(limits, exchange.now).await? {
        Reservation::Allowed(_) => Ok(None),
        Reservation::Refused { retry_after_seconds } => {
            Ok(Some(Problem::TooManyTries { wait_seconds: retry_after_seconds }))
        }
    }
}

/// The code for `purpose` that somebody who types `email` asks for, with its mail counted; or what to tell them. Nobody's
/// when the address is unknown, its account disabled, or the mailbox reported as taken over, which is not told.
pub async fn wanted(
    exchange: &Exchange,
    purpose: CodePurpose,
    email: EmailAddress,
) -> Result<Result<CodeWanted, Problem>, Failure> {
    if let Some(problem) = reserve_mail(exchange, &email).await? {
        return Ok(Err(problem));
    }
    let account = exchange.context.store.find_account_by_email(&email).await?;
    let account = account.filter(|account| account.disabled_at.is_none()).map(|account| account.id);
    let instead = mail_in_place_of_code(exchange, &email).await?.filter(|_| account.is_some());
    let account = account.filter(|_| instead.is_none());
    Ok(Ok(CodeWanted { purpose, email, account, instead }))
}

/// Mails whoever knows the password of an unproven account the link that proves the address: nobody gets in before
/// (REG-02). Too many mails, and there is none; the answer says the same in any case.
pub async fn remind(
    exchange: &Exchange,
    scene: Option<&Scene>,
    account: &Account,
    draw: &mut Draw,
) -> Result<(), Failure> {
    if reserve_mail(exchange, &account.email).await?.is_some() {
        return Ok(());
    }
    let wanted = CodeWanted {
        purpose: CodePurpose::VerifyAddress,
        email: account.email.clone(),
        account: Some(account.id.clone()),
        instead: None,
    };
    // No window waits for its digits: it is the link alone.
    let fresh = fresh(exchange, None, &wanted, draw);
    let mail = Some(letters::reminder(exchange, scene, &fresh, draw)?);
    let audit = sent(exchange, &wanted);
    exchange.context.store.send_code(SendCode { code: fresh.record, mail, interaction: None, audit }).await?;
    exchange.context.mail_written.notify_one();
    Ok(())
}

fn sent(exchange: &Exchange, wanted: &CodeWanted) -> AuditEvent {
    let mut audit = event_of(exchange, AuditAction::CodeSent);
    audit.account.clone_from(&wanted.account);
    audit.detail.insert("purpose".to_owned(), wanted.purpose.as_str().into());
    audit
}

/// Sends a code, for which a mail was reserved, and goes on to the page that takes it.
pub async fn send(exchange: &Exchange, mut scene: Scene, wanted: CodeWanted, draw: &mut Draw) -> Reply {
    post(exchange, &mut scene, wanted, draw).await?;
    proceed(exchange, &scene, draw).await
}

/// Sends a code, for which a mail was reserved. For an unknown address all is the same but the mail.
pub async fn post(
    exchange: &Exchange,
    scene: &mut Scene,
    wanted: CodeWanted,
    draw: &mut Draw,
) -> Result<CodeRecord, Failure> {
    let fresh = fresh(exchange, Some(scene), &wanted, draw);
    // Made in either case, so that the time tells nothing (RST-01).
    let mail = mail_of(exchange, scene, &fresh, draw)?;
    let mail = match &wanted.instead {
        Some(instead) => Some(notice(exchange, Some(scene), &wanted.email, instead, draw)?),
        None => wanted.account.is_some().then_some(mail),
    };
    let audit = sent(exchange, &wanted);
    scene.interaction.progress.proving =
        Some(Proving { purpose: wanted.purpose, email: wanted.email, account: wanted.account.clone() });
    let write = SendCode { code: fresh.record.clone(), mail, interaction: Some(scene.interaction.clone()), audit };
    if !exchange.context.store.send_code(write).await? {
        return Err(Failure::Onward(scene.at("/continue")));
    }
    exchange.context.mail_written.notify_one();
    scene.interaction.revision += 1;
    Ok(fresh.record)
}

/// How the awaited code stands, for its page.
pub async fn standing(exchange: &Exchange, scene: &Scene, proving: &Proving) -> Result<CodeTrial, Failure> {
    let record = exchange.context.store.find_code_in_interaction(&scene.interaction.id, proving.purpose).await?;
    Ok(trial(exchange, proving, record.as_ref(), Vec::new()))
}

/// How an awaited code stands after `problems`.
pub fn trial(exchange: &Exchange, proving: &Proving, record: Option<&CodeRecord>, problems: Vec<Problem>) -> CodeTrial {
    let rules = &exchange.context.codes;
    let (resend_wait_seconds, resends_left) = match record.map(|record| may_send_again(record, rules, exchange.now)) {
        Some(Ok(after_it)) => (0, after_it + 1),
        Some(Err(ResendRefused::TooSoon { wait_seconds })) => (wait_seconds, 1),
        Some(Err(ResendRefused::NoneLeft | ResendRefused::Over)) | None => (0, 0),
    };
    let tries_left = record.filter(|record| record.attempts > 0);
    CodeTrial {
        masked_address: proving.email.masked(),
        lifetime_minutes: letters::lifetime_minutes(exchange, proving.purpose),
        tries_left: tries_left.map(|record| (rules.attempts() - record.attempts).max(0)),
        resend_wait_seconds,
        resends_left,
        notice: None,
        problems,
    }
}
