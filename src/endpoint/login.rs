//! `/login`: address and password.

use poem::http::StatusCode;

use super::browser::Browser;
use super::client::event_of;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::federation::{arrived_from, buttons_in};
use super::frame::{show, show_form};
use super::guard::own_form;
use super::mailed_code;
use super::password_check::{Checked, check};
use super::proceed::proceed;
use super::reply::{self, Reply};
use super::scene::{Scene, begin};
use super::sign_in::{Proof, sign_in};
use crate::base::bounds::FAILURES_BEFORE_RESET_IS_SUGGESTED;
use crate::base::{Draw, EmailAddress};
use crate::identity::password::Password;
use crate::model::account::Account;
use crate::model::audit::AuditAction;
use crate::model::interaction::Purpose;
use crate::pages::{Login, LoginNotice, Problem};
use crate::protocol::Parameters;
use crate::protocol::next_step::{Step, Wanted};

/// Shows the page. Without an interaction one is begun that leads to the account.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    if exchange.query_parameters()?.get("interaction").is_none() {
        return start(exchange, "/login", &mut draw).await;
    }
    let scene = Scene::of(exchange, &mut draw).await?;
    if is_over(&scene.step(exchange)) {
        return proceed(exchange, &scene, &mut draw).await;
    }
    let page =
        Login { username: known_address(&scene, exchange), notice: notice(&scene, exchange), ..page(&scene, exchange) };
    show(exchange, StatusCode::OK, &page, &scene.setting(), &mut draw)
}

/// Begins an interaction that leads to the account pages and goes to `path` in it.
pub async fn start(exchange: &Exchange, path: &str, draw: &mut Draw) -> Reply {
    let browser = Browser::of(exchange, draw);
    let purpose = Purpose::Account { path: account_path(exchange) };
    let interaction = begin(exchange, &browser, purpose, draw).await?;
    let mut response = reply::see_other(&super::scene::at(path, &interaction.id))?;
    super::frame::add_browser_cookie(exchange, &browser, &mut response);
    Ok(response)
}

/// The account page that somebody wanted to see when they were sent to sign in: one of ours, or the first (RED-10).
fn account_path(exchange: &Exchange) -> String {
    const PAGES: [&str; 8] = ["/profile", "/sessions", "/apps", "/password", "/email", "/data", "/delete", "/logins"];
    let query = exchange.query_parameters().unwrap_or_default();
    let wanted = query.get("page").and_then(|wanted| PAGES.into_iter().find(|page| page[1..] == *wanted));
    wanted.unwrap_or_default().to_owned()
}

/// Whether signing in has no place any more: what comes next needs no person.
pub const fn is_over(step: &Step<'_>) -> bool {
    matches!(step, Step::Issue(_) | Step::Approve(_) | Step::GoToAccount { .. } | Step::Refuse(_))
}

/// Takes the form: signs in, or tells what was wrong with it.
pub async fn post(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let mut scene = Scene::of(exchange, &mut draw).await?;
    let (_, form) = own_form(exchange, scene.interaction.id.as_str())?;
    if form.get("decision") == Some("cancel") {
        scene.interaction.progress.refused = true;
        return save_and_proceed(exchange, scene, &mut draw).await;
    }
    if is_over(&scene.step(exchange)) {
        return proceed(exchange, &scene, &mut draw).await;
    }
    let (email, password) = match read(form.get("username"), form.get("password")) {
        Ok(read) => read,
        Err(problems) => return again(exchange, &scene, &form, problems, &mut draw),
    };
    match enter(exchange, Some(&scene), &email, &password, &mut draw).await? {
        Entered::Admitted(account, proof) => {
            let proof = Proof { remember: form.get("remember").is_some(), ..proof };
            sign_in(exchange, scene, *account, proof, &mut draw).await
        }
        Entered::Refused(problem) => {
            if problem == Problem::CredentialsWrong {
                scene.interaction.progress.failures = scene.interaction.progress.failures.saturating_add(1);
                // Only a suggestion hangs on this count, so a lost race with another tab does no harm.
                exchange.context.store.save_interaction(scene.interaction.clone()).await?;
            }
            again(exchange, &scene, &form, vec![problem], &mut draw)
        }
    }
}

/// What came of an address and a password.
pub enum Entered {
    /// They belong together; a session may begin.
    Admitted(Box<Account>, Proof),
    /// They do not, or the address is not proven, or it was tried too often.
    Refused(Problem),
}

/// Whether address and password let somebody in, in `scene` if it is on the pages. Failures are counted and noted.
pub async fn enter(
    exchange: &Exchange,
    scene: Option<&Scene>,
    email: &EmailAddress,
    password: &Password,
    draw: &mut Draw,
) -> Result<Entered, Failure> {
    Ok(match check(exchange, email, password, draw).await? {
        Checked::Right { account, rehashed } => {
            let proof = Proof {
                forgets_unproven: false,
                amr: &["pwd"],
                consumed_code: None,
                verifies_address: false,
                rehashed_password: rehashed,
                remember: exchange.context.policy.remember,
                vouched: None,
            };
            Entered::Admitted(account, proof)
        }
        Checked::Unproven { account } => {
            mailed_code::remind(exchange, scene, &account, draw).await?;
            refuse(exchange, Some(account)).await?
        }
        Checked::Wrong { account } => refuse(exchange, account).await?,
        Checked::Throttled { retry_after_seconds } => {
            exchange.context.observer.signed_in("throttled");
            Entered::Refused(Problem::TooManyTries { wait_seconds: retry_after_seconds })
        }
    })
}

async fn refuse(exchange: &Exchange, account: Option<Box<Account>>) -> Result<Entered, Failure> {
    exchange.context.observer.signed_in("refused");
    let mut event = event_of(exchange, AuditAction::SignInFailed);
    event.account = account.map(|account| account.id);
    exchange.context.store.append_audit(event).await?;
    Ok(Entered::Refused(Problem::CredentialsWrong))
}

/// Records the progress and goes on. A form that was sent twice goes on from where the first one led.
pub async fn save_and_proceed(exchange: &Exchange, mut scene: Scene, draw: &mut Draw) -> Reply {
    if !exchange.context.store.save_interaction(scene.interaction.clone()).await? {
        return Err(Failure::Onward(scene.at("/continue")));
    }
    scene.interaction.revision += 1;
    proceed(exchange, &scene, draw).await
}

/// An address as it was typed.
pub fn read_address(typed: Option<&str>) -> Result<EmailAddress, Problem> {
    typed.ok_or(Problem::UsernameMissing)?.parse().map_err(|_| Problem::UsernameMalformed)
}

/// Address and password as they were typed.
pub fn read(email: Option<&str>, password: Option<&str>) -> Result<(EmailAddress, Password), Vec<Problem>> {
    let email = read_address(email);
    let password = match password {
        None => Err(Problem::PasswordMissing),
        // PWD-10: nobody has a password this long, so it is simply wrong.
        Some(text) => Password::parse(text).map_err(|_| Problem::CredentialsWrong),
    };
    match (email, password) {
        (Ok(email), Ok(password)) => Ok((email, password)),
        (email, password) => Err([email.err(), password.err()].into_iter().flatten().collect()),
    }
}

fn again(exchange: &Exchange, scene: &Scene, form: &Parameters, problems: Vec<Problem>, draw: &mut Draw) -> Reply {
    let username = form.get("username").unwrap_or_default().to_owned();
    let remember = form.get("remember").is_some();
    let page = Login { username, problems, remember, ..page(scene, exchange) };
    show_form(exchange, &page, &page.problems, &scene.setting(), draw)
}

fn page(scene: &Scene, exchange: &Exchange) -> Login {
    Login {
        reset: exchange.context.policy.mail_enabled,
        suggest_reset: exchange.context.policy.mail_enabled
            && scene.interaction.progress.failures >= FAILURES_BEFORE_RESET_IS_SUGGESTED,
        sign_up: exchange.context.policy.signup_enabled,
        sign_in_by_code: exchange.context.policy.code_sign_in_enabled,
        upstreams: buttons_in(exchange, scene),
        arrived: arrived_from(exchange, scene),
        remember: exchange.context.policy.remember,
        ..Login::default()
    }
}

fn known_address(scene: &Scene, exchange: &Exchange) -> String {
    if let Step::SignIn(Wanted::Again(account)) = scene.step(exchange) {
        return account.email.to_string();
    }
    if let Some(proving) = &scene.interaction.progress.proving {
        return proving.email.to_string();
    }
    let request = scene.interaction.request();
    request.and_then(|request| request.login_hint.clone()).unwrap_or_default()
}

fn notice(scene: &Scene, exchange: &Exchange) -> Option<LoginNotice> {
    match scene.step(exchange) {
        Step::SignIn(Wanted::Again(_)) => Some(LoginNotice::Again),
        Step::SignIn(Wanted::Subject(_)) if !scene.sessions.is_empty() => Some(LoginNotice::SomebodyElse),
        _ => None,
    }
}

/// Records the progress and goes to `path` within the interaction.
pub async fn save_and_go(exchange: &Exchange, scene: Scene, path: &str) -> Reply {
    let location = scene.at(path);
    if !exchange.context.store.save_interaction(scene.interaction).await? {
        return Err(HttpRefusal::FormExpired.into());
    }
    reply::see_other(&location)
}
