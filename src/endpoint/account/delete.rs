//! `/account/delete`: leaving; `/account/delete/undo`: the mailed link that brings the account back.

use poem::http::{StatusCode, header};

use super::email::done;
use super::{Acting, acting, person, show_page};
use crate::base::bounds::DELETION_GRACE_SECONDS;
use crate::base::{Draw, OpaqueToken};
use crate::endpoint::browser::{is_remembered, session_cookie, session_tokens};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::Failure;
use crate::endpoint::frame::{Setting, add_wait, show, status_for};
use crate::endpoint::guard::own_form;
use crate::endpoint::leaving::{UNDO_PATH, delete, found_deletion, restore};
use crate::endpoint::oneself::Oneself;
use crate::endpoint::reply::Reply;
use crate::endpoint::verify::button;
use crate::model::session::SignedIn;
use crate::pages::{AccountDelete, AccountDeleted, LinkConfirm, LinkPurpose, Problem};

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

/// Shows the page.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let me = person(exchange, "delete").await?;
    if Oneself::from(me.clone()).is_stale(exchange.now) {
        return Err(Failure::Onward("/login?page=delete".to_owned()));
    }
    form_page(exchange, &me, Vec::new(), &mut draw)
}

/// Takes the form: the account is deleted, its owner told.
pub async fn post(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let Acting { me, browser, form } = acting(exchange, "delete").await?;
    let oneself = Oneself::from(me.clone());
    if oneself.is_stale(exchange.now) {
        return Err(Failure::Onward("/login?page=delete".to_owned()));
    }
    let erased_from = match delete(exchange, &oneself, form.get("current_password"), &mut draw).await {
        Ok(erased_from) => erased_from,
        Err(Failure::NotTaken(problems)) => return form_page(exchange, &me, problems, &mut draw),
        Err(failure) => return Err(failure),
    };
    let page = AccountDeleted { erased_at: erased_from.seconds() };
    let mut response = show(exchange, StatusCode::OK, &page, &Setting::alone(&browser), &mut draw)?;
    let is_kept = |token: &OpaqueToken| token.digest() != me.session.secret;
    let kept: Vec<OpaqueToken> = session_tokens(exchange).into_iter().filter(is_kept).collect();
    response.headers_mut().append(header::SET_COOKIE, session_cookie(exchange, &kept, is_remembered(exchange)));
    Ok(response)
}

fn form_page(exchange: &Exchange, me: &SignedIn, problems: Vec<Problem>, draw: &mut Draw) -> Reply {
    let page = AccountDelete {
        username: me.account.email.to_string(),
        has_password: me.account.password_hash.is_some(),
        grace_days: DELETION_GRACE_SECONDS / SECONDS_OF_A_DAY,
        problems,
    };
    let mut response = show_page(exchange, me, status_for(&page.problems), &page, draw)?;
    add_wait(&page.problems, &mut response);
    Ok(response)
}

/// Shows a page with a button: opening the link changes nothing.
pub async fn get_undo(exchange: &Exchange) -> Reply {
    let token = exchange.query_parameters()?.get("token").unwrap_or_default().to_owned();
    let (_, account) = found_deletion(exchange, &token).await?;
    let masked_address = account.email.masked();
    button(
        exchange,
        &LinkConfirm { purpose: LinkPurpose::Restore, action: UNDO_PATH.to_owned(), token, masked_address },
    )
}

/// Takes the button: the account is as it was, and its owner signs in anew.
pub async fn post_undo(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let (_, form) = own_form(exchange, "")?;
    restore(exchange, form.get("token").unwrap_or_default()).await?;
    done(exchange, LinkPurpose::Restore, "/login", &mut draw)
}
