//! A new address for an account: asked for with the password, proven by the code in its mailbox, told to the old address,
//! which can take it back for a week (RST-14). What pages and the JSON interface share.
//!
//! Whether somebody has the new address already is never told: the code is made in either case, and the mail goes to
//! whoever reads there.

use super::client::event_of;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::mailed_code::{
    CodeWanted, Flow, FreshCode, fresh, mail_of_account, notice, problem_of, problem_of_resend, renew, reserve_mail,
    reserve_try, trial, try_digits,
};
use super::oneself::Oneself;
use super::user_agent::asked;
use super::verify::found;
use crate::base::bounds::{ADDRESS_CHANGES_LISTED_MAX, ADDRESS_UNDO_SECONDS};
use crate::base::{CodeId, Draw, EmailAddress, OpaqueToken, Timestamp, TokenKind};
use crate::identity::one_time_code::{OneTimeCode, may_send_again};
use crate::model::address_change::{
    AddressChange, AskAddressChange, ConfirmAddressChange, ConfirmOutcome, UndoAddressChange,
};
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::interaction::Proving;
use crate::model::outbox::OutboxMail;
use crate::model::{CodePurpose, CodeRecord};
use crate::pages::{CodeNotice, CodeTrial, Mail, Problem, Undo};
use crate::store::ResendCode;

/// Where the link to the old address leads.
pub const UNDO_PATH: &str = "/account/email/undo";

/// A change that waits for its code.
pub struct Pending {
    /// The change.
    pub change: AddressChange,
    /// The code.
    pub code: CodeRecord,
}

impl Pending {
    fn proving(&self) -> Proving {
        Proving {
            purpose: CodePurpose::ChangeAddress,
            email: self.change.new_email.clone(),
            account: Some(self.change.account.clone()),
        }
    }

    /// How it stands, for its page.
    pub fn trial(&self, exchange: &Exchange, problems: Vec<Problem>) -> CodeTrial {
        trial(exchange, &self.proving(), Some(&self.code), problems)
    }
}

/// Without mail no address can be proven.
pub fn refuse_without_mail(exchange: &Exchange) -> Result<(), Failure> {
    if exchange.context.policy.mail_enabled { Ok(()) } else { Err(HttpRefusal::NotFound.into()) }
}

/// Asks for a new address and mails its code.
pub async fn ask(
    exchange: &Exchange,
    me: &Oneself,
    email: Option<&str>,
    password: Option<&str>,
    draw: &mut Draw,
) -> Result<(), Failure> {
    refuse_without_mail(exchange)?;
    let typed = email.filter(|typed| !typed.is_empty()).ok_or(Problem::NewAddressMissing)?;
    let email: EmailAddress = typed.parse().map_err(|_| Problem::NewAddressMalformed)?;
    if email == me.account.email {
        return Err(Problem::NewAddressUnchanged.into());
    }
    me.prove(exchange, password, draw).await?;
    for address in [&email, &me.account.email] {
        if let Some(problem) = reserve_mail(exchange, address).await? {
            return Err(problem.into());
        }
    }
    let write = asked_change(exchange, me, email, draw)?;
    if !exchange.context.store.ask_address_change(write).await? {
        return Err(HttpRefusal::Overtaken.into());
    }
    exchange.context.mail_written.notify_one();
    Ok(())
}

fn asked_change(
    exchange: &Exchange,
    me: &Oneself,
    email: EmailAddress,
    draw: &mut Draw,
) -> Result<AskAddressChange, Failure> {
    let account = &me.account;
    let wanted = CodeWanted {
        purpose: CodePurpose::ChangeAddress,
        email: email.clone(),
        account: Some(account.id.clone()),
        instead: None,
    };
    let code = fresh(exchange, None, &wanted, draw);
    let undo_until = exchange.now.plus_seconds(ADDRESS_UNDO_SECONDS);
    let change = AddressChange {
        id: code.record.id.clone(),
        account: account.id.clone(),
        session: me.session.clone(),
        old_email: account.email.clone(),
        new_email: email,
        undo_digest: undo_token(exchange, &code.record.id).digest(),
        requested_at: exchange.now,
        expires_at: undo_until,
        changed_at: None,
        undone_at: None,
    };
    let told = Mail::AddressChangeNotice {
        new_address: change.new_email.masked(),
        undo: undo(exchange, &change.id, undo_until),
        asked: asked(exchange),
    };
    let taken = Mail::AddressTaken { login_uri: exchange.context.issuer.at("/login"), asked: asked(exchange) };
    Ok(AskAddressChange {
        generation: account.generation,
        // Both are made, so that the time tells nothing.
        code_mail: mail_of_account(exchange, &code, draw)?,
        taken_mail: notice(exchange, None, &change.new_email, &taken, draw)?,
        notice: notice(exchange, None, &account.email, &told, draw)?,
        code: code.record,
        audit: event(exchange, AuditAction::AddressChangeAsked, &change),
        change,
    })
}

/// The change that waits for its code in the session of `me`.
pub async fn pending(exchange: &Exchange, me: &Oneself) -> Result<Option<Pending>, Failure> {
    let store = &exchange.context.store;
    let Some(change) = store.find_address_change_asked_in(&me.account.id, &me.session).await? else { return Ok(None) };
    let code = store.find_mailed_code(&change.id).await?.filter(|code| code.consumed_at.is_none());
    Ok(code.map(|code| Pending { change, code }))
}

/// Sends the code again, if it is time.
pub async fn resend(exchange: &Exchange, pending: Pending, draw: &mut Draw) -> Result<CodeTrial, Failure> {
    if let Err(refused) = may_send_again(&pending.code, &exchange.context.codes, exchange.now) {
        return Ok(pending.trial(exchange, vec![problem_of_resend(refused)]));
    }
    if let Some(problem) = reserve_mail(exchange, &pending.change.new_email).await? {
        return Ok(pending.trial(exchange, vec![problem]));
    }
    let renewed: FreshCode = renew(exchange, &pending.code, draw);
    let mail = mail_of_account(exchange, &renewed, draw)?;
    // Whoever has the address was told once.
    let owner = exchange.context.store.find_account_by_email(&pending.change.new_email).await?;
    let write = ResendCode {
        mail: owner.is_none().then_some(mail),
        code: pending.code,
        code_digest: renewed.record.code_digest.clone(),
        link_digest: renewed.record.link_digest.clone(),
        now: exchange.now,
        expires_at: renewed.record.expires_at,
        audit: event(exchange, AuditAction::CodeSent, &pending.change),
    };
    if exchange.context.store.resend_code(write).await? {
        exchange.context.mail_written.notify_one();
    }
    let sent = Pending { change: pending.change, code: renewed.record };
    Ok(CodeTrial { notice: Some(CodeNotice::Resent), ..sent.trial(exchange, Vec::new()) })
}

/// Takes the code that `pending` waits for. Counted before it is looked at (OTP-07).
pub async fn confirm_by_code(
    exchange: &Exchange,
    pending: &Pending,
    typed: Option<&str>,
    draw: &mut Draw,
) -> Result<(), Failure> {
    let typed = typed.filter(|typed| !typed.is_empty()).ok_or(Problem::CodeMissing)?;
    let digits = OneTimeCode::parse(typed).map_err(|_| Problem::CodeMalformed)?;
    let reserved = reserve_try(exchange, &pending.proving()).await?;
    let reserved = reserved.map_err(|wait_seconds| Problem::TooManyTries { wait_seconds })?;
    let flow = Flow { purpose: CodePurpose::ChangeAddress, interaction: None };
    try_digits(exchange, &pending.code, &digits, flow, reserved).await?.map_err(problem_of)?;
    confirm(exchange, &pending.change, draw).await
}

/// Takes the link in the mail to the new address; whoever reads that mailbox may press its button anywhere.
pub async fn confirm_by_link(exchange: &Exchange, token: &str, draw: &mut Draw) -> Result<(), Failure> {
    let code = found(exchange, token, CodePurpose::ChangeAddress).await?;
    let change = exchange.context.store.find_address_change(&code.id).await?.ok_or(HttpRefusal::LinkDead)?;
    confirm(exchange, &change, draw).await
}

async fn confirm(exchange: &Exchange, change: &AddressChange, draw: &mut Draw) -> Result<(), Failure> {
    let changes = exchange.context.store.list_address_changes(&change.account, ADDRESS_CHANGES_LISTED_MAX).await?;
    let returns_since = returns_since(&changes, change, exchange.now);
    let undo_until = match returns_since {
        Some(_) => exchange.now,
        None => exchange.now.plus_seconds(ADDRESS_UNDO_SECONDS),
    };
    let way_back = returns_since.is_none().then(|| undo(exchange, &change.id, undo_until));
    let write = ConfirmAddressChange {
        change: change.clone(),
        now: exchange.now,
        undo_until,
        returns_since,
        notices: [
            changed(exchange, change, &change.old_email, way_back, draw)?,
            changed(exchange, change, &change.new_email, None, draw)?,
        ],
        audit: event(exchange, AuditAction::AddressChanged, change),
    };
    match exchange.context.store.confirm_address_change(write).await? {
        ConfirmOutcome::Changed => {
            exchange.context.mail_written.notify_one();
            Ok(())
        }
        ConfirmOutcome::Overtaken | ConfirmOutcome::Taken => Err(HttpRefusal::LinkDead.into()),
    }
}

/// When the first change was asked for that `change` leads back behind. Its old address could have undone it and all that
/// came after it; going back to it by proof of the same mailbox means no less.
fn returns_since(changes: &[AddressChange], change: &AddressChange, now: Timestamp) -> Option<Timestamp> {
    let left = changes.iter().filter(|earlier| {
        let can_be_undone = earlier.changed_at.is_some() && earlier.undone_at.is_none() && now < earlier.expires_at;
        can_be_undone && earlier.old_email == change.new_email
    });
    left.map(|earlier| earlier.requested_at).min()
}

fn changed(
    exchange: &Exchange,
    change: &AddressChange,
    to: &EmailAddress,
    undo: Option<Undo>,
    draw: &mut Draw,
) -> Result<OutboxMail, Failure> {
    let mail = Mail::AddressChanged { new_address: change.new_email.masked(), undo, asked: asked(exchange) };
    Ok(notice(exchange, None, to, &mail, draw)?)
}

/// The change behind the link in a mail to the old address, while it can be undone.
pub async fn found_undo(exchange: &Exchange, token: &str) -> Result<AddressChange, Failure> {
    let token = OpaqueToken::parse(TokenKind::Link, token).ok_or(HttpRefusal::LinkDead)?;
    let change = exchange.context.store.find_address_change_by_undo(token.digest()).await?;
    let is_alive = |change: &AddressChange| change.undone_at.is_none() && exchange.now < change.expires_at;
    change.filter(is_alive).ok_or_else(|| HttpRefusal::LinkDead.into())
}

/// Takes the old address back: whatever changed since is undone, every session and token ends, and a new password has to
/// be set by mail.
pub async fn take_back(exchange: &Exchange, token: &str, draw: &mut Draw) -> Result<(), Failure> {
    let change = found_undo(exchange, token).await?;
    let mail = Mail::AddressKept { reset_uri: exchange.context.issuer.at("/reset"), asked: asked(exchange) };
    let write = UndoAddressChange {
        now: exchange.now,
        notice: notice(exchange, None, &change.old_email, &mail, draw)?,
        audit: event(exchange, AuditAction::AddressChangeUndone, &change),
        change,
    };
    if !exchange.context.store.undo_address_change(write).await? {
        return Err(HttpRefusal::LinkDead.into());
    }
    exchange.context.mail_written.notify_one();
    Ok(())
}

// The same in every mail about the change, so that each of them works.
fn undo_token(exchange: &Exchange, change: &CodeId) -> OpaqueToken {
    const USE: &str = "undo address change";
    OpaqueToken::of_record(TokenKind::Link, exchange.context.code_key.expose(), USE, change.as_str())
}

fn undo(exchange: &Exchange, change: &CodeId, until: Timestamp) -> Undo {
    let token = undo_token(exchange, change);
    Undo {
        uri: format!("{}?token={}", exchange.context.issuer.at(UNDO_PATH), token.expose()),
        until_at: until.seconds(),
    }
}

fn event(exchange: &Exchange, action: AuditAction, change: &AddressChange) -> AuditEvent {
    let mut event = event_of(exchange, action);
    event.account = Some(change.account.clone());
    event.detail.insert("change".to_owned(), change.id.as_str().into());
    event
}
