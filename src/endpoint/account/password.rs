//! `/account/password`: a new password for somebody who knows the old one (PWD-15).

use poem::http::header;

use super::{person, show_page};
use crate::base::Draw;
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::HttpRefusal;
use crate::endpoint::frame::{add_wait, status_for};
use crate::endpoint::guard::own_form;
use crate::endpoint::mailed_code::notice;
use crate::endpoint::password_check::{Checked, check};
use crate::endpoint::reply::{self, Reply};
use crate::endpoint::signup::new_password;
use crate::endpoint::user_agent::asked;
use crate::identity::password::Password;
use crate::model::PasswordHash;
use crate::model::account::ChangePassword;
use crate::model::audit::AuditAction;
use crate::model::session::SignedIn;
use crate::pages::{AccountPassword, Mail, Problem};
use crate::protocol::Parameters;

/// Shows the page.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let me = person(exchange, "password").await?;
    form_page(exchange, &me, Vec::new(), &mut draw)
}

/// Takes the form: checks the old password, sets the new one, tells the owner by mail.
pub async fn post(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let me = person(exchange, "password").await?;
    let (browser, form) = own_form(exchange, "")?;
    let current = Password::parse(form.get("current_password").unwrap_or_default());
    let Ok(current) = current else {
        return form_page(exchange, &me, vec![Problem::CurrentPasswordWrong], &mut draw);
    };
    match check(exchange, &browser, &me.account.email, &current, &mut draw).await? {
        Checked::Right { .. } => {}
        Checked::Unproven { .. } | Checked::Wrong { .. } => {
            return form_page(exchange, &me, vec![Problem::CurrentPasswordWrong], &mut draw);
        }
        Checked::Throttled { retry_after_seconds } => {
            let problem = Problem::TooManyTries { wait_seconds: retry_after_seconds };
            return form_page(exchange, &me, vec![problem], &mut draw);
        }
    }
    match chosen(exchange, &me, &form) {
        Ok(password) => {
            let hash = exchange.context.passwords.hash(&password, &mut draw).await?;
            set(exchange, &me, hash, form.get("end_sessions").is_some(), &mut draw).await
        }
        Err(problem) => form_page(exchange, &me, vec![problem], &mut draw),
    }
}

fn chosen(exchange: &Exchange, me: &SignedIn, form: &Parameters) -> Result<Password, Problem> {
    let names: Vec<&str> = me.account.claims.name.as_deref().into_iter().collect();
    let typed = form.get("password");
    if typed.is_some() && typed == form.get("current_password") {
        return Err(Problem::PasswordUnchanged);
    }
    new_password(exchange, typed, Some(&me.account.email), &names)
}

async fn set(exchange: &Exchange, me: &SignedIn, hash: PasswordHash, ends_sessions: bool, draw: &mut Draw) -> Reply {
    let mail = Mail::PasswordChanged { reset_uri: exchange.context.issuer.at("/reset"), asked: asked(exchange) };
    let mut audit = event_of(exchange, AuditAction::PasswordChanged);
    audit.account = Some(me.account.id.clone());
    let write = ChangePassword {
        account: me.account.id.clone(),
        generation: me.account.generation,
        password_hash: hash,
        ends_sessions,
        keep_session: Some(me.session.id.clone()),
        consumed_code: None,
        verifies_address: false,
        now: exchange.now,
        notice: notice(exchange, None, &me.account.email, &mail, draw)?,
        audit,
    };
    if !exchange.context.store.change_password(write).await? {
        return Err(HttpRefusal::FormExpired.into());
    }
    exchange.context.mail_written.notify_one();
    reply::see_other("/account?saved=1")
}

fn form_page(exchange: &Exchange, me: &SignedIn, problems: Vec<Problem>, draw: &mut Draw) -> Reply {
    let minimum = exchange.context.password_policy.minimum_chars();
    let page = AccountPassword {
        username: me.account.email.to_string(),
        has_password: me.account.password_hash.is_some(),
        password_minimum: i64::try_from(minimum).unwrap_or(i64::MAX),
        problems,
    };
    let mut response = show_page(exchange, me, status_for(&page.problems), &page, draw)?;
    add_wait(&page.problems, &mut response);
    response.headers_mut().insert(header::VARY, poem::http::HeaderValue::from_static("cookie"));
    Ok(response)
}
