//! `/account/password`: a new password for somebody who knows the old one (PWD-15).

use poem::http::header;

use super::{Acting, acting, lead_on, person, show_page};
use crate::base::{Draw, SessionId};
use crate::endpoint::browser::is_remembered;
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::frame::{add_wait, status_for};
use crate::endpoint::mailed_code::notice;
use crate::endpoint::oneself::own_password;
use crate::endpoint::reply::{self, Reply};
use crate::endpoint::scene::signed_in;
use crate::endpoint::sign_in::{Entrance, Proof, Started, start};
use crate::endpoint::signup::{new_password, with_strength};
use crate::endpoint::user_agent::asked;
use crate::identity::password::Password;
use crate::model::PasswordHash;
use crate::model::account::{Account, ChangePassword};
use crate::model::audit::AuditAction;
use crate::model::session::SignedIn;
use crate::pages::{AccountPassword, Mail, Problem};

/// Where a changed password leads.
const SAVED: &str = "/account?saved=1";

/// Shows the page.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let me = person(exchange, "password").await?;
    form_page(exchange, &me, Vec::new(), &mut draw)
}

/// Takes the form: checks the old password, sets the new one, tells the owner by mail.
pub async fn post(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let Acting { me, form, .. } = acting(exchange, "password").await?;
    let wanted = Wanted {
        account: &me.account,
        session: &me.session.id,
        current: form.get("current_password"),
        new: form.get("password"),
        ends_sessions: form.get("end_sessions").is_some(),
    };
    match change(exchange, &wanted, &mut draw).await {
        Ok(Some(renewed)) => {
            let mut response = reply::see_other(SAVED)?;
            renewed.set_cookies(&mut response);
            Ok(response)
        }
        Ok(None) => lead_on(exchange, &me, SAVED),
        Err(Failure::NotTaken(problems)) => form_page(exchange, &me, problems, &mut draw),
        Err(failure) => Err(failure),
    }
}

/// What somebody who is signed in wants.
pub struct Wanted<'a> {
    /// The person.
    pub account: &'a Account,
    /// The session that asks; it goes on.
    pub session: &'a SessionId,
    /// The old password as it was typed.
    pub current: Option<&'a str>,
    /// The new one.
    pub new: Option<&'a str>,
    /// Whether the person's other sessions end.
    pub ends_sessions: bool,
}

/// Checks the old password, sets the new one, tells the owner by mail. The session of the browser that asks, if it is
/// one's, goes on under a new secret (SES-01).
pub async fn change(exchange: &Exchange, wanted: &Wanted<'_>, draw: &mut Draw) -> Result<Option<Started>, Failure> {
    let current = Password::parse(wanted.current.unwrap_or_default()).map_err(|_| Problem::CurrentPasswordWrong)?;
    own_password(exchange, wanted.account, &current, Problem::CurrentPasswordWrong, draw).await?;
    let password = chosen(exchange, wanted)
        .map_err(|problem| Failure::NotTaken(with_strength(exchange, problem, wanted.new, wanted.account)))?;
    let hash = exchange.context.passwords.hash(&password, draw).await?;
    set(exchange, wanted, hash, draw).await?;
    renew(exchange, wanted, draw).await
}

fn chosen(exchange: &Exchange, wanted: &Wanted<'_>) -> Result<Password, Problem> {
    let names: Vec<&str> = wanted.account.claims.name.as_deref().into_iter().collect();
    if wanted.new.is_some() && wanted.new == wanted.current {
        return Err(Problem::PasswordUnchanged);
    }
    new_password(exchange, wanted.new, Some(&wanted.account.email), &names)
}

async fn set(exchange: &Exchange, wanted: &Wanted<'_>, hash: PasswordHash, draw: &mut Draw) -> Result<(), Failure> {
    let account = wanted.account;
    let mail = Mail::PasswordChanged { reset_uri: exchange.context.issuer.at("/reset"), asked: asked(exchange) };
    let mut audit = event_of(exchange, AuditAction::PasswordChanged);
    audit.account = Some(account.id.clone());
    let write = ChangePassword {
        account: account.id.clone(),
        generation: account.generation,
        password_hash: hash,
        ends_sessions: wanted.ends_sessions,
        keep_session: Some(wanted.session.clone()),
        consumed_code: None,
        verifies_address: false,
        welcome: None,
        now: exchange.now,
        notice: notice(exchange, None, &account.email, &mail, draw)?,
        audit,
    };
    if !exchange.context.store.change_password(write).await? {
        return Err(HttpRefusal::FormExpired.into());
    }
    exchange.context.mail_written.notify_one();
    Ok(())
}

async fn renew(exchange: &Exchange, wanted: &Wanted<'_>, draw: &mut Draw) -> Result<Option<Started>, Failure> {
    let mut sessions = signed_in(exchange).await?;
    let own = sessions.iter().find(|signed_in| signed_in.session.id == *wanted.session);
    let Some(account) = own.map(|own| own.account.clone()) else { return Ok(None) };
    let proof = Proof {
        amr: &["pwd"],
        consumed_code: None,
        forgets_unproven: false,
        verifies_address: false,
        rehashed_password: None,
        remember: is_remembered(exchange),
        vouched: None,
    };
    let entrance = Entrance { sessions: &mut sessions, interaction: None };
    match start(exchange, entrance, account, proof, draw).await {
        Ok(started) => Ok(Some(started)),
        // The password is set whatever else happened to the account in the same moment.
        Err(Failure::Http(HttpRefusal::FormExpired)) => Ok(None),
        Err(failure) => Err(failure),
    }
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
