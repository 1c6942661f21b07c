//! A code that was typed, counted before it is looked at.

use super::trial;
use crate::base::{Digest, InteractionId};
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::Failure;
use crate::endpoint::scene::Scene;
use crate::identity::one_time_code::{CodeAttempt, CodeRefused, OneTimeCode, check_code};
use crate::model::audit::AuditAction;
use crate::model::interaction::Proving;
use crate::model::{CodePurpose, CodeRecord, ThrottleKey, ThrottlePurpose};
use crate::pages::{CodeTrial, Problem};
use crate::store::Reservation;

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
    let interaction = Some((&scene.interaction.id, scene.browser.digest()));
    let flow = Flow { purpose: proving.purpose, interaction };
    let Err(refused) = try_digits(exchange, &record, &digits, flow, reserved).await? else {
        return Ok(Tried::Right(Box::new(record)));
    };
    let tried = CodeRecord { attempts: record.attempts + 1, ..record };
    Ok(Tried::Refused(trial(exchange, proving, Some(&tried), vec![problem_of(refused)])))
}

/// What a code is typed for.
pub struct Flow<'a> {
    /// What it has to have been mailed for.
    pub purpose: CodePurpose,
    /// The interaction it has to have been mailed in, and the browser; on the pages of an account there is none.
    pub interaction: Option<(&'a InteractionId, Digest)>,
}

/// Holds what was typed against `record`, and writes down that it was tried. What was counted for it is given back when it
/// is right.
pub async fn try_digits(
    exchange: &Exchange,
    record: &CodeRecord,
    digits: &OneTimeCode,
    flow: Flow<'_>,
    reserved: Reserved,
) -> Result<Result<(), CodeRefused>, Failure> {
    let (store, rules) = (&exchange.context.store, &exchange.context.codes);
    let attempt = CodeAttempt {
        purpose: flow.purpose,
        // The record knows whose it is; the form cannot name anybody (OTP-04).
        account: record.account.as_ref(),
        interaction: flow.interaction.as_ref().map(|(id, _)| *id),
        browser: flow.interaction.as_ref().map(|(_, browser)| browser),
        digest: &digits.digest(exchange.context.code_key.expose(), flow.purpose, &record.id),
    };
    let mut outcome = check_code(record, &attempt, rules, exchange.now);
    let is_try = outcome.is_ok() || outcome.is_err_and(CodeRefused::is_guess);
    // OTP-07: what was found out is acted upon only if it could still be counted.
    if is_try && !store.reserve_code_attempt(&record.id, rules.attempts(), exchange.now).await? {
        outcome = Err(CodeRefused::TooManyAttempts);
    }
    if outcome.is_ok() {
        store.refund_attempts(reserved, exchange.now).await?;
    } else {
        let mut event = event_of(exchange, AuditAction::CodeRefused);
        event.account.clone_from(&record.account);
        store.append_audit(event).await?;
    }
    Ok(outcome)
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
