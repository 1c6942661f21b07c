//! A code that is sent once more.

use super::letters::mail_of;
use super::{FreshCode, reserve_mail, trial};
use crate::base::{Draw, OpaqueToken, TokenKind};
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::Failure;
use crate::endpoint::scene::Scene;
use crate::identity::one_time_code::{OneTimeCode, ResendRefused, may_send_again};
use crate::model::CodeRecord;
use crate::model::audit::AuditAction;
use crate::model::interaction::Proving;
use crate::pages::{CodeNotice, CodeTrial, Problem};
use crate::store::ResendCode;

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
