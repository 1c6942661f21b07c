//! `/account/email`: another address to sign in with; `/account/email/link`: the link in its mailbox;
//! `/account/email/undo`: the link in the old one.

use poem::http::StatusCode;

use super::{Acting, acting, lead_on, person, show_page};
use crate::base::Draw;
use crate::base::bounds::ADDRESS_UNDO_SECONDS;
use crate::endpoint::address_change::{
    Pending, UNDO_PATH, ask, confirm_by_code, confirm_by_link, found_undo, pending, refuse_without_mail, resend,
    take_back,
};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::Failure;
use crate::endpoint::frame::{Setting, add_wait, show, status_for};
use crate::endpoint::guard::own_form;
use crate::endpoint::oneself::Oneself;
use crate::endpoint::reply::Reply;
use crate::endpoint::verify::{button, confirm};
use crate::model::CodePurpose;
use crate::model::session::SignedIn;
use crate::pages::{
    AccountEmail, AccountEmailCode, CodeTrial, LinkConfirm, LinkDone, LinkPurpose, Onward, Page, Problem,
};
use crate::protocol::Parameters;

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

/// Shows the form for the new address, or the one for its code.
pub async fn get(exchange: &Exchange) -> Reply {
    refuse_without_mail(exchange)?;
    let mut draw = exchange.draw()?;
    let signed_in = person(exchange, "email").await?;
    let me = Oneself::from(signed_in.clone());
    let wants_other = exchange.query_parameters()?.get("change").is_some();
    match pending(exchange, &me).await?.filter(|_| !wants_other) {
        Some(pending) => code_page(exchange, &signed_in, pending.trial(exchange, Vec::new()), &mut draw),
        None if me.is_stale(exchange.now) => Err(Failure::Onward("/login?page=email".to_owned())),
        None => form_page(exchange, &signed_in, None, Vec::new(), &mut draw),
    }
}

/// Takes the new address, its code, or the wish for another one.
pub async fn post(exchange: &Exchange) -> Reply {
    refuse_without_mail(exchange)?;
    let mut draw = exchange.draw()?;
    let Acting { me: signed_in, form, .. } = acting(exchange, "email").await?;
    let me = Oneself::from(signed_in.clone());
    if form.get("email").is_some() {
        return take_address(exchange, &me, &signed_in, &form, &mut draw).await;
    }
    match pending(exchange, &me).await? {
        Some(pending) if form.get("decision") == Some("resend") => {
            let trial = resend(exchange, pending, &mut draw).await?;
            code_page(exchange, &signed_in, trial, &mut draw)
        }
        Some(pending) => take_code(exchange, &signed_in, pending, &form, &mut draw).await,
        None => form_page(exchange, &signed_in, None, vec![Problem::CodeExpired], &mut draw),
    }
}

async fn take_address(
    exchange: &Exchange,
    me: &Oneself,
    signed_in: &SignedIn,
    form: &Parameters,
    draw: &mut Draw,
) -> Reply {
    if me.is_stale(exchange.now) {
        return Err(Failure::Onward("/login?page=email".to_owned()));
    }
    let typed = form.get("email");
    match ask(exchange, me, typed, form.get("current_password"), draw).await {
        Ok(()) => lead_on(exchange, signed_in, "/account/email"),
        Err(Failure::NotTaken(problems)) => form_page(exchange, signed_in, typed, problems, draw),
        Err(failure) => Err(failure),
    }
}

async fn take_code(
    exchange: &Exchange,
    signed_in: &SignedIn,
    pending: Pending,
    form: &Parameters,
    draw: &mut Draw,
) -> Reply {
    match confirm_by_code(exchange, &pending, form.get("code"), draw).await {
        Ok(()) => lead_on(exchange, signed_in, "/account?saved=1"),
        Err(Failure::NotTaken(problems)) => {
            // Read again: the try was counted.
            let code = exchange.context.store.find_mailed_code(&pending.code.id).await?.unwrap_or(pending.code);
            let pending = Pending { change: pending.change, code };
            code_page(exchange, signed_in, pending.trial(exchange, problems), draw)
        }
        Err(failure) => Err(failure),
    }
}

fn form_page(
    exchange: &Exchange,
    signed_in: &SignedIn,
    typed: Option<&str>,
    problems: Vec<Problem>,
    draw: &mut Draw,
) -> Reply {
    let page = AccountEmail {
        username: signed_in.account.email.to_string(),
        email: typed.unwrap_or_default().to_owned(),
        has_password: signed_in.account.password_hash.is_some(),
        undo_days: ADDRESS_UNDO_SECONDS / SECONDS_OF_A_DAY,
        problems,
    };
    with_problems(exchange, signed_in, &page, &page.problems, draw)
}

fn code_page(exchange: &Exchange, signed_in: &SignedIn, trial: CodeTrial, draw: &mut Draw) -> Reply {
    let page = AccountEmailCode { trial };
    with_problems(exchange, signed_in, &page, &page.trial.problems, draw)
}

fn with_problems(
    exchange: &Exchange,
    signed_in: &SignedIn,
    page: &impl Page,
    problems: &[Problem],
    draw: &mut Draw,
) -> Reply {
    let mut response = show_page(exchange, signed_in, status_for(problems), page, draw)?;
    add_wait(problems, &mut response);
    Ok(response)
}

/// Shows a page with a button: opening the link changes nothing.
pub async fn get_link(exchange: &Exchange) -> Reply {
    confirm(exchange, LinkPurpose::ChangeAddress, CodePurpose::ChangeAddress, "/account/email/link").await
}

/// Takes the button: the account has its new address.
pub async fn post_link(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let (_, form) = own_form(exchange, "")?;
    confirm_by_link(exchange, form.get("token").unwrap_or_default(), &mut draw).await?;
    done(exchange, LinkPurpose::ChangeAddress, "/account", &mut draw)
}

/// Shows a page with a button: opening the link changes nothing.
pub async fn get_undo(exchange: &Exchange) -> Reply {
    let token = exchange.query_parameters()?.get("token").unwrap_or_default().to_owned();
    let change = found_undo(exchange, &token).await?;
    let masked_address = change.old_email.masked();
    button(
        exchange,
        &LinkConfirm { purpose: LinkPurpose::UndoAddress, action: UNDO_PATH.to_owned(), token, masked_address },
    )
}

/// Takes the button: the account has its old address, and nobody is signed in any more.
pub async fn post_undo(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let (_, form) = own_form(exchange, "")?;
    take_back(exchange, form.get("token").unwrap_or_default(), &mut draw).await?;
    done(exchange, LinkPurpose::UndoAddress, "/reset", &mut draw)
}

/// What a link came to, with a way on.
pub fn done(exchange: &Exchange, purpose: LinkPurpose, onward: &str, draw: &mut Draw) -> Reply {
    let browser = crate::endpoint::browser::Browser::of(exchange, draw);
    let page = LinkDone { purpose, onward: Some(Onward { uri: onward.to_owned(), name: None }) };
    show(exchange, StatusCode::OK, &page, &Setting::alone(&browser), draw)
}
