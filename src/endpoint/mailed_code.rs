//! Mailed codes on their way: asked for, sent again, tried, and the mails they go out with.

use super::client::event_of;
use super::exchange::Exchange;
use super::failure::Failure;
use super::federation::mail_in_place_of_code;
use super::proceed::proceed;
use super::reply::Reply;
use super::scene::Scene;
use super::user_agent::asked;
use crate::base::bounds::NOTICE_SECONDS;
use crate::base::{AccountId, CodeId, Draw, EmailAddress, Fault, OpaqueToken, OutboxId, Timestamp, TokenKind};
use crate::identity::one_time_code::{
    CodeAttempt, CodeRefused, CodeRequest, OneTimeCode, ResendRefused, check_code, code_record, may_send_again,
};
use crate::jose::Label;
use crate::model::account::Account;
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::interaction::{Interaction, Proving};
use crate::model::outbox::{OutboxMail, SEALED_MAIL};
use crate::model::{CodePurpose, CodeRecord, ThrottleKey, ThrottlePurpose};
use crate::pages::{CodeNotice, CodeTrial, Mail, Problem};
use crate::store::{ResendCode, Reservation, SendCode};

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

/// The mail that carries a code.
pub fn mail_of(exchange: &Exchange, scene: &Scene, fresh: &FreshCode, draw: &mut Draw) -> Result<OutboxMail, Fault> {
    let app = scene.client.as_ref().map(|client| client.display_name().to_owned());
    let envelope = Envelope {
        to: &fresh.record.email,
        interaction: Some(&scene.interaction),
        expires_at: fresh.record.expires_at,
    };
    seal(exchange, &content(exchange, fresh, app), &envelope, draw)
}

/// The mail that carries a code asked for by somebody who is signed in.
pub fn mail_of_account(exchange: &Exchange, fresh: &FreshCode, draw: &mut Draw) -> Result<OutboxMail, Fault> {
    let envelope = Envelope { to: &fresh.record.email, interaction: None, expires_at: fresh.record.expires_at };
    seal(exchange, &content(exchange, fresh, None), &envelope, draw)
}

fn content(exchange: &Exchange, fresh: &FreshCode, app: Option<String>) -> Mail {
    let code = fresh.digits.expose().to_owned();
    let lifetime_minutes = lifetime_minutes(exchange, fresh.record.purpose);
    let issuer = &exchange.context.issuer;
    // RST-02: links are made from the configured issuer and nothing else.
    let link = |path: &str| format!("{}?token={}", issuer.at(path), fresh.link.expose());
    let asked = asked(exchange);
    match fresh.record.purpose {
        CodePurpose::VerifyAddress => {
            Mail::VerifyAddress { code, link: link("/verify/link"), lifetime_minutes, app, asked }
        }
        CodePurpose::SignIn => Mail::LoginCode { code, lifetime_minutes, app, asked },
        CodePurpose::ResetPassword => Mail::ResetPassword { code, link: link("/reset/link"), lifetime_minutes, asked },
        CodePurpose::ChangeAddress => {
            Mail::AddressChangeVerify { code, link: link("/account/email/link"), lifetime_minutes, asked }
        }
    }
}

fn lifetime_minutes(exchange: &Exchange, purpose: CodePurpose) -> i64 {
    exchange.context.codes.digits_seconds(purpose) / 60
}

/// A mail that tells of something and leads to nothing; it is worth sending for days. `scene` is where it was caused,
/// when that was on the way to an app.
pub fn notice(
    exchange: &Exchange,
    scene: Option<&Scene>,
    to: &EmailAddress,
    mail: &Mail,
    draw: &mut Draw,
) -> Result<OutboxMail, Fault> {
    let interaction = scene.map(|scene| &scene.interaction);
    let envelope = Envelope { to, interaction, expires_at: exchange.now.plus_seconds(NOTICE_SECONDS) };
    seal(exchange, mail, &envelope, draw)
}

/// The mail that asks a person on behalf of an app, worth sending as long as the question waits.
pub fn about_approval(
    exchange: &Exchange,
    to: &EmailAddress,
    mail: &Mail,
    expires_at: Timestamp,
    draw: &mut Draw,
) -> Result<OutboxMail, Fault> {
    seal(exchange, mail, &Envelope { to, interaction: None, expires_at }, draw)
}

/// The mail that greets `account`, whose address is about to be proven in `interaction`, unless that happened before.
pub fn welcome(
    exchange: &Exchange,
    interaction: Option<&Interaction>,
    account: &Account,
    name: Option<String>,
    draw: &mut Draw,
) -> Result<Option<OutboxMail>, Fault> {
    if account.email_verified_at.is_some() {
        return Ok(None);
    }
    let mail = Mail::Welcome { name, account_uri: exchange.context.issuer.at("/account") };
    let expires_at = exchange.now.plus_seconds(NOTICE_SECONDS);
    seal(exchange, &mail, &Envelope { to: &account.email, interaction, expires_at }, draw).map(Some)
}

struct Envelope<'a> {
    to: &'a EmailAddress,
    interaction: Option<&'a Interaction>,
    expires_at: Timestamp,
}

fn seal(exchange: &Exchange, mail: &Mail, envelope: &Envelope<'_>, draw: &mut Draw) -> Result<OutboxMail, Fault> {
    let id = OutboxId::generate_at(exchange.now, draw);
    let content = crate::base::Sensitive::new(serde_json::to_vec(mail).map_err(Fault::broken)?);
    let label = Label { purpose: SEALED_MAIL, record: id.as_str() };
    // The language of the pages that led to it.
    let ui_locales = envelope.interaction.and_then(|interaction| interaction.request()?.ui_locales.as_deref());
    let accepted = exchange.header(poem::http::header::ACCEPT_LANGUAGE);
    Ok(OutboxMail {
        sealed_content: exchange.context.master_key.seal(label, content.expose(), draw),
        id,
        to: envelope.to.clone(),
        kind: mail.kind(),
        locale: exchange.context.pages.negotiate(ui_locales, accepted).as_str().to_owned(),
        created_at: exchange.now,
        expires_at: envelope.expires_at,
    })
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
    let mail = Mail::ConfirmAddress {
        link: format!("{}?token={}", exchange.context.issuer.at("/verify/link"), fresh.link.expose()),
        lifetime_minutes: lifetime_minutes(exchange, wanted.purpose),
        asked: asked(exchange),
    };
    let interaction = scene.map(|scene| &scene.interaction);
    let envelope = Envelope { to: &account.email, interaction, expires_at: fresh.record.expires_at };
    let mail = Some(seal(exchange, &mail, &envelope, draw)?);
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

/// What came of a try at a code.
pub enum Tried {
    /// It was right; the record is still to be consumed.
    Right(Box<CodeRecord>),
    /// It was not, or no code is awaited.
    Refused(CodeTrial),
}

/// Tries what was typed against the code that the interaction waits for. Counted before it is looked at (OTP-07).
pub async fn try_code(
    exchange: &Exchange,
    scene: &Scene,
    proving: &Proving,
    typed: Option<&str>,
) -> Result<Tried, Failure> {
    let store = &exchange.context.store;
    let record = store.find_code_in_interaction(&scene.interaction.id, proving.purpose).await?;
    let Some(typed) = typed else {
        return Ok(Tried::Refused(trial(exchange, proving, record.as_ref(), vec![Problem::CodeMissing])));
    };
    let Ok(digits) = OneTimeCode::parse(typed) else {
        return Ok(Tried::Refused(trial(exchange, proving, record.as_ref(), vec![Problem::CodeMalformed])));
    };
    let Some(record) = record else {
        return Ok(Tried::Refused(trial(exchange, proving, None, vec![Problem::CodeExpired])));
    };
    let reserved = match reserve_try(exchange, proving).await? {
        Ok(reserved) => reserved,
        Err(wait_seconds) => {
            let problem = Problem::TooManyTries { wait_seconds };
            return Ok(Tried::Refused(trial(exchange, proving, Some(&record), vec![problem])));
        }
    };
    let digest = digits.digest(exchange.context.code_key.expose(), proving.purpose, &record.id);
    let attempt = CodeAttempt {
        purpose: proving.purpose,
        // The record knows whose it is; the form cannot name anybody (OTP-04).
        account: record.account.as_ref(),
        interaction: Some(&scene.interaction.id),
        browser: Some(&scene.browser.digest()),
        digest: &digest,
    };
    let rules = &exchange.context.codes;
    let mut outcome = check_code(&record, &attempt, rules, exchange.now);
    let is_try = outcome.is_ok() || outcome.is_err_and(CodeRefused::is_guess);
    // OTP-07: what was found out is acted upon only if it could still be counted.
    if is_try && !store.reserve_code_attempt(&record.id, rules.attempts(), exchange.now).await? {
        outcome = Err(CodeRefused::TooManyAttempts);
    }
    let Err(refused) = outcome else {
        store.refund_attempts(reserved, exchange.now).await?;
        return Ok(Tried::Right(Box::new(record)));
    };
    let mut event = event_of(exchange, AuditAction::CodeRefused);
    event.account.clone_from(&record.account);
    store.append_audit(event).await?;
    let tried = CodeRecord { attempts: record.attempts + 1, ..record };
    Ok(Tried::Refused(trial(exchange, proving, Some(&tried), vec![problem_of(refused)])))
}

/// Attempts that were counted, to be given back when the code is right.
pub type Reserved = Vec<(crate::model::ThrottleRecord, crate::identity::throttle::ThrottleRule)>;

/// OTP-06: a budget for each account over all flows, and for each source.
pub async fn reserve_try(exchange: &Exchange, proving: &Proving) -> Result<Result<Reserved, i64>, Failure> {
    let rules = &exchange.context.throttles;
    let by_person = match &proving.account {
        Some(account) => ThrottleKey::account(ThrottlePurpose::CodeAccount, account),
        None => ThrottleKey::address(ThrottlePurpose::CodeUnknown, &proving.email),
    };
    let limits = vec![
        (by_person, rules.rule(ThrottlePurpose::CodeAccount)),
        (ThrottleKey::ip(ThrottlePurpose::CodeIp, exchange.ip), rules.rule(ThrottlePurpose::CodeIp)),
        (ThrottleKey::overall(ThrottlePurpose::CodeOverall), rules.rule(ThrottlePurpose::CodeOverall)),
    ];
    Ok(match exchange.context.store.reserve_attempts(limits, exchange.now).await? {
        Reservation::Allowed(reserved) => Ok(reserved),
        Reservation::Refused { retry_after_seconds } => Err(retry_after_seconds),
    })
}

/// What to tell of a code that is not honoured.
pub const fn problem_of(refused: CodeRefused) -> Problem {
    match refused {
        CodeRefused::Wrong { attempts_left: 0 } | CodeRefused::TooManyAttempts => Problem::CodeExhausted,
        CodeRefused::Wrong { attempts_left } => Problem::CodeWrong { tries_left: attempts_left },
        CodeRefused::Expired
        | CodeRefused::Consumed
        | CodeRefused::WrongPurpose
        | CodeRefused::WrongFlow
        | CodeRefused::WrongAccount => Problem::CodeExpired,
    }
}

/// Sends the awaited code again, if it is time, and shows how it stands.
pub async fn resend(
    exchange: &Exchange,
    scene: &Scene,
    proving: &Proving,
    draw: &mut Draw,
) -> Result<CodeTrial, Failure> {
    Ok(match post_again(exchange, scene, proving, draw).await? {
        Resent::Sent(record) => {
            let notice = Some(CodeNotice::Resent);
            CodeTrial { notice, ..trial(exchange, proving, Some(&record), Vec::new()) }
        }
        Resent::Refused(record, problem) => trial(exchange, proving, record.as_deref(), vec![problem]),
    })
}

/// What came of the wish for another code.
pub enum Resent {
    /// It is on its way, if there is somebody to get it.
    Sent(Box<CodeRecord>),
    /// Not now, or no more; and how the awaited code stands.
    Refused(Option<Box<CodeRecord>>, Problem),
}

/// Sends the awaited code again, if it is time.
pub async fn post_again(
    exchange: &Exchange,
    scene: &Scene,
    proving: &Proving,
    draw: &mut Draw,
) -> Result<Resent, Failure> {
    let store = &exchange.context.store;
    let record = store.find_code_in_interaction(&scene.interaction.id, proving.purpose).await?;
    let Some(record) = record else { return Ok(Resent::Refused(None, Problem::CodeExpired)) };
    if let Err(refused) = may_send_again(&record, &exchange.context.codes, exchange.now) {
        return Ok(Resent::Refused(Some(Box::new(record)), problem_of_resend(refused)));
    }
    if let Some(problem) = reserve_mail(exchange, &proving.email).await? {
        return Ok(Resent::Refused(Some(Box::new(record)), problem));
    }
    let renewed = renew(exchange, &record, draw);
    let mail = mail_of(exchange, scene, &renewed, draw)?;
    let mut audit = event_of(exchange, AuditAction::CodeSent);
    audit.account.clone_from(&record.account);
    let write = ResendCode {
        mail: record.account.is_some().then_some(mail),
        code: record,
        code_digest: renewed.record.code_digest.clone(),
        link_digest: renewed.record.link_digest.clone(),
        now: exchange.now,
        expires_at: renewed.record.expires_at,
        audit,
    };
    if store.resend_code(write).await? {
        exchange.context.mail_written.notify_one();
    }
    Ok(Resent::Sent(Box::new(renewed.record)))
}

/// The same record with new digits and a new link; guesses made so far stay counted (OTP-05).
pub fn renew(exchange: &Exchange, record: &CodeRecord, draw: &mut Draw) -> FreshCode {
    let (digits, link) = (OneTimeCode::generate(draw), OpaqueToken::generate(TokenKind::Link, draw));
    let record = CodeRecord {
        code_digest: digits.digest(exchange.context.code_key.expose(), record.purpose, &record.id),
        link_digest: link.digest(),
        sends: record.sends + 1,
        last_sent_at: exchange.now,
        expires_at: exchange.context.codes.expires_at(record.purpose, exchange.now),
        ..record.clone()
    };
    FreshCode { record, digits, link }
}

/// What to tell when a code is not sent again.
pub const fn problem_of_resend(refused: ResendRefused) -> Problem {
    match refused {
        ResendRefused::TooSoon { wait_seconds } => Problem::ResendTooSoon { wait_seconds },
        ResendRefused::NoneLeft => Problem::ResendsExhausted,
        ResendRefused::Over => Problem::CodeExhausted,
    }
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
        lifetime_minutes: lifetime_minutes(exchange, proving.purpose),
        tries_left: tries_left.map(|record| (rules.attempts() - record.attempts).max(0)),
        resend_wait_seconds,
        resends_left,
        notice: None,
        problems,
    }
}
