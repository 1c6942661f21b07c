//! Starting a reset for somebody: a link goes to the account's own address, and that is all an administrator gets to do
//! about a password (RST-08, RST-13).

use super::Administrator;
use crate::base::{CodeId, OpaqueToken, TokenKind};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::federation::is_reported;
use crate::endpoint::mailed_code::notice;
use crate::identity::one_time_code::{CodeRequest, OneTimeCode, code_record};
use crate::model::account::Account;
use crate::model::audit::AuditAction;
use crate::model::{CodePurpose, ThrottleKey, ThrottlePurpose};
use crate::pages::Mail;
use crate::store::{Reservation, StartReset};

/// Writes the code and its mail. Counted against the mailbox, like every mail that somebody else causes.
pub async fn start(exchange: &Exchange, administrator: &Administrator, account: &Account) -> Result<(), Failure> {
    let context = &exchange.context;
    if !context.policy.mail_enabled {
        return Err(HttpRefusal::MailOff.into());
    }
    if account.disabled_at.is_some() {
        return Err(HttpRefusal::AccountLocked.into());
    }
    // Whoever reads that mailbox may be the one who took it.
    if is_reported(exchange, account, &account.email).await? {
        return Err(HttpRefusal::MailboxReported.into());
    }
    let rule = context.throttles.rule(ThrottlePurpose::MailAddress);
    let key = ThrottleKey::address(ThrottlePurpose::MailAddress, &account.email);
    if let Reservation::Refused { retry_after_seconds } =
        context.store.reserve_attempts(vec![(key, rule)], exchange.now).await?
    {
        return Err(Failure::Throttled { retry_after_seconds });
    }
    context.store.start_reset(described(exchange, administrator, account)?).await?;
    context.mail_written.notify_one();
    Ok(())
}

fn described(exchange: &Exchange, administrator: &Administrator, account: &Account) -> Result<StartReset, Failure> {
    let context = &exchange.context;
    let mut draw = exchange.draw()?;
    let id = CodeId::generate_at(exchange.now, &mut draw);
    // The record wants both; the mail carries the link alone, and these digits nobody learns.
    let (digits, link) = (OneTimeCode::generate(&mut draw), OpaqueToken::generate(TokenKind::Link, &mut draw));
    let purpose = CodePurpose::ResetPassword;
    let request = CodeRequest {
        purpose,
        account: Some(account.id.clone()),
        email: account.email.clone(),
        interaction: None,
        browser: None,
        code_digest: digits.digest(context.code_key.expose(), purpose, &id),
        link_digest: link.digest(),
        id,
    };
    let code = code_record(request, &context.codes, exchange.now);
    let lifetime_minutes = code.expires_at.seconds_since(exchange.now) / 60;
    let link = format!("{}?token={}", context.issuer.at("/reset/link"), link.expose());
    let mut mail = notice(exchange, None, &account.email, &Mail::ResetStarted { link, lifetime_minutes }, &mut draw)?;
    // Not the administrator's language, and not for longer than it is of use.
    context.pages.negotiate(account.claims.locale.as_deref(), None).as_str().clone_into(&mut mail.locale);
    mail.expires_at = code.expires_at;
    let audit = administrator.event(exchange, AuditAction::ResetStarted, Some(&account.id));
    Ok(StartReset { code, mail, audit })
}
