//! `/signup`: a new account. Whether the address is known already cannot be told from the answer (REG-01).

use poem::http::StatusCode;

use super::client::event_of;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::federation::buttons_in;
use super::frame::{show, show_form};
use super::guard::own_form;
use super::leaving::told_again;
use super::login::read_address;
use super::login::{is_over, start};
use super::mailed_code::{CodeWanted, fresh, mail_of, notice, reserve_mail};
use super::proceed::proceed;
use super::reply::Reply;
use super::scene::Scene;
use super::user_agent::asked;
use crate::base::bounds::PROFILE_CHARS_MAX;
use crate::base::{AccountId, Draw, EmailAddress, Names};
use crate::identity::password::{Password, PasswordContext, PasswordRefused, Strength};
use crate::identity::username::{self, NotAUsername};
use crate::model::account::{Account, StandardClaims};
use crate::model::audit::AuditAction;
use crate::model::interaction::Proving;
use crate::model::{CodePurpose, CodeRecord, PasswordHash, ThrottleKey, ThrottlePurpose};
use crate::pages::{Mail, Problem, Signup};
use crate::protocol::Parameters;
use crate::store::{Register, RegisterOutcome, Reservation};

/// Shows the page.
pub async fn get(exchange: &Exchange) -> Reply {
    refuse_when_closed(exchange)?;
    let mut draw = exchange.draw()?;
    if exchange.query_parameters()?.get("interaction").is_none() {
        return start(exchange, "/signup", &mut draw).await;
    }
    let scene = Scene::of(exchange, &mut draw).await?;
    if is_over(&scene.step(exchange)) {
        return proceed(exchange, &scene, &mut draw).await;
    }
    let hint = scene.interaction.request().and_then(|request| request.login_hint.clone());
    let page = Signup { username: hint.unwrap_or_default(), ..page(exchange, &scene) };
    show(exchange, StatusCode::OK, &page, &scene.setting(), &mut draw)
}

/// Takes the form: registers, mails the code, goes on to the page that takes it.
pub async fn post(exchange: &Exchange) -> Reply {
    refuse_when_closed(exchange)?;
    let mut draw = exchange.draw()?;
    let mut scene = Scene::of(exchange, &mut draw).await?;
    let (_, form) = own_form(exchange, scene.interaction.id.as_str())?;
    if is_over(&scene.step(exchange)) {
        return proceed(exchange, &scene, &mut draw).await;
    }
    let typed = Application {
        email: form.get("username"),
        password: form.get("password"),
        name: form.get("name"),
        username: None,
    };
    let applicant = match read(exchange, &typed) {
        Ok(applicant) => applicant,
        Err(problems) => return again(exchange, &scene, &form, problems, &mut draw),
    };
    if let Some(problem) = reserve(exchange, &applicant.email).await? {
        return again(exchange, &scene, &form, vec![problem], &mut draw);
    }
    let newcomer = applicant.with_hashed_password(exchange, &mut draw).await?;
    match register(exchange, &mut scene, newcomer, &mut draw).await? {
        Ok(_) => proceed(exchange, &scene, &mut draw).await,
        Err(problem) => again(exchange, &scene, &form, vec![problem], &mut draw),
    }
}

/// The page once more, with what was typed but for the password.
fn again(exchange: &Exchange, scene: &Scene, form: &Parameters, problems: Vec<Problem>, draw: &mut Draw) -> Reply {
    let typed = |name| form.get(name).unwrap_or_default().to_owned();
    let page = Signup { username: typed("username"), name: typed("name"), problems, ..page(exchange, scene) };
    show_form(exchange, &page, &page.problems, &scene.setting(), draw)
}

/// Strangers may be kept out.
pub fn refuse_when_closed(exchange: &Exchange) -> Result<(), Failure> {
    if exchange.context.policy.signup_enabled { Ok(()) } else { Err(HttpRefusal::SignUpClosed.into()) }
}

fn page(exchange: &Exchange, scene: &Scene) -> Signup {
    let minimum = exchange.context.password_policy.minimum_chars();
    Signup {
        password_minimum: i64::try_from(minimum).unwrap_or(i64::MAX),
        upstreams: buttons_in(exchange, scene),
        ..Signup::default()
    }
}

/// What somebody who wants an account typed.
pub struct Application<'a> {
    /// The address.
    pub email: Option<&'a str>,
    /// The password.
    pub password: Option<&'a str>,
    /// The full name, if they like.
    pub name: Option<&'a str>,
    /// The username, if they like.
    pub username: Option<&'a str>,
}

/// Somebody who may have an account, as far as what they typed tells.
pub struct Applicant {
    /// The address.
    pub email: EmailAddress,
    password: Password,
    name: Option<String>,
    username: Option<String>,
}

/// Reads what was typed, or says all that is wrong with it.
pub fn read(exchange: &Exchange, typed: &Application<'_>) -> Result<Applicant, Vec<Problem>> {
    let email = read_address(typed.email);
    let name = typed.name.map(str::trim).filter(|name| !name.is_empty());
    let known = email.as_ref().ok();
    let names: Vec<&str> = name.into_iter().chain(typed.username).collect();
    let password = new_password(exchange, typed.password, known, &names);
    let refusal = password.as_ref().err();
    let strength = refusal.and_then(|problem| strength_of(exchange, problem, typed.password, known, &names));
    let name = read_name(name);
    let username = typed.username.map(username::parse).transpose().map_err(|refused| match refused {
        NotAUsername::Malformed => Problem::AccountNameMalformed,
        NotAUsername::Reserved => Problem::AccountNameTaken,
    });
    match (email, password, name, username) {
        (Ok(email), Ok(password), Ok(name), Ok(username)) => Ok(Applicant { email, password, name, username }),
        (email, password, name, username) => {
            Err([email.err(), password.err(), strength, name.err(), username.err()].into_iter().flatten().collect())
        }
    }
}

/// A password that may be set by the person with this address and these names.
pub fn new_password(
    exchange: &Exchange,
    typed: Option<&str>,
    email: Option<&EmailAddress>,
    names: &[&str],
) -> Result<Password, Problem> {
    let maximum = i64::try_from(crate::base::bounds::PASSWORD_CHARS_MAX).unwrap_or(i64::MAX);
    let typed = typed.ok_or(Problem::PasswordMissing)?;
    let password = Password::parse(typed).map_err(|_| Problem::PasswordTooLong { maximum })?;
    let site_host = exchange.context.issuer.host();
    let context = PasswordContext { site_name: &exchange.context.policy.name, site_host, email, names };
    exchange.context.password_policy.check(&password, &context).map_err(problem_of)?;
    Ok(password)
}

/// How strong a password was that is refused for being easy to guess, to be told beside the refusal.
fn strength_of(
    exchange: &Exchange,
    refusal: &Problem,
    typed: Option<&str>,
    email: Option<&EmailAddress>,
    names: &[&str],
) -> Option<Problem> {
    if !matches!(
        refusal,
        Problem::PasswordTooShort { .. }
            | Problem::PasswordCommon
            | Problem::PasswordGuessable
            | Problem::PasswordPersonal
    ) {
        return None;
    }
    let password = Password::parse(typed?).ok()?;
    let site_host = exchange.context.issuer.host();
    let context = PasswordContext { site_name: &exchange.context.policy.name, site_host, email, names };
    Some(Problem::PasswordStrength(Strength::of(&password, &context)))
}

/// A refusal of a new password for somebody who is known, with how strong the password was.
pub fn with_strength(exchange: &Exchange, refusal: Problem, typed: Option<&str>, account: &Account) -> Vec<Problem> {
    let names: Vec<&str> = account.claims.name.as_deref().into_iter().collect();
    let strength = strength_of(exchange, &refusal, typed, Some(&account.email), &names);
    std::iter::once(refusal).chain(strength).collect()
}

fn problem_of(refused: PasswordRefused) -> Problem {
    match refused {
        PasswordRefused::TooShort { minimum_chars, .. } => {
            Problem::PasswordTooShort { minimum: i64::try_from(minimum_chars).unwrap_or(i64::MAX) }
        }
        PasswordRefused::TooLong { maximum_chars, .. } => {
            Problem::PasswordTooLong { maximum: i64::try_from(maximum_chars).unwrap_or(i64::MAX) }
        }
        PasswordRefused::Common => Problem::PasswordCommon,
        PasswordRefused::Predictable => Problem::PasswordGuessable,
        PasswordRefused::AboutSite | PasswordRefused::AboutPerson => Problem::PasswordPersonal,
    }
}

// REG-11: bounded, and without characters that act on the text around them.
fn read_name(name: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(name) = name else { return Ok(None) };
    if name.chars().count() > PROFILE_CHARS_MAX {
        let maximum = i64::try_from(PROFILE_CHARS_MAX).unwrap_or(i64::MAX);
        return Err(Problem::ClaimTooLong { claim: "name", maximum });
    }
    let is_plain = crate::identity::profile::is_plain_text(name);
    if is_plain { Ok(Some(name.to_owned())) } else { Err(Problem::ClaimMalformed { claim: "name" }) }
}

/// Somebody who shall have an account, if the address is free and proves theirs.
pub struct Newcomer {
    /// The address.
    pub email: EmailAddress,
    /// The password's hash; somebody whom another provider vouches for needs none.
    pub password_hash: Option<PasswordHash>,
    /// What is known of them.
    pub claims: StandardClaims,
    /// The username they would like.
    pub username: Option<String>,
}

impl Applicant {
    /// The same without the password itself.
    pub async fn with_hashed_password(self, exchange: &Exchange, draw: &mut Draw) -> Result<Newcomer, Failure> {
        Ok(Newcomer {
            password_hash: Some(exchange.context.passwords.hash(&self.password, draw).await?),
            email: self.email,
            claims: StandardClaims { name: self.name, ..StandardClaims::default() },
            username: self.username,
        })
    }
}

/// Registers a newcomer whose mail was counted, or does what a stranger cannot tell from it. Gives the awaited code;
/// or what to tell when the username is taken.
pub async fn register(
    exchange: &Exchange,
    scene: &mut Scene,
    newcomer: Newcomer,
    draw: &mut Draw,
) -> Result<Result<CodeRecord, Problem>, Failure> {
    let email = newcomer.email.clone();
    let username = newcomer.username.clone();
    let account = new_account(exchange, newcomer, draw);
    let wanted = CodeWanted { purpose: CodePurpose::VerifyAddress, email: email.clone(), account: None, instead: None };
    let code = fresh(exchange, Some(scene), &wanted, draw);
    let code_mail = mail_of(exchange, scene, &code, draw)?;
    let already = told_again(exchange, &email).await?.unwrap_or_else(|| Mail::AlreadyRegistered {
        login_uri: exchange.context.issuer.at("/login"),
        reset_uri: exchange.context.issuer.at("/reset"),
        asked: asked(exchange),
    });
    scene.interaction.progress.proving =
        Some(Proving { purpose: CodePurpose::VerifyAddress, email: email.clone(), account: None });
    let write = Register {
        account,
        username,
        code: code.record.clone(),
        code_mail,
        already_registered_mail: notice(exchange, Some(scene), &email, &already, draw)?,
        interaction: scene.interaction.clone(),
        audit: event_of(exchange, AuditAction::Registered),
    };
    match exchange.context.store.register(write).await? {
        RegisterOutcome::Registered(_) | RegisterOutcome::Replaced(_) | RegisterOutcome::AlreadyRegistered => {}
        RegisterOutcome::UsernameTaken => return Ok(Err(Problem::AccountNameTaken)),
        RegisterOutcome::Stale => return Err(Failure::Onward(scene.at("/continue"))),
    }
    exchange.context.mail_written.notify_one();
    scene.interaction.revision += 1;
    Ok(Ok(code.record))
}

/// Counts the sign-up and its mail; gives what to tell when there were too many.
pub async fn reserve(exchange: &Exchange, email: &EmailAddress) -> Result<Option<Problem>, Failure> {
    let rules = &exchange.context.throttles;
    let limits = vec![
        (ThrottleKey::ip(ThrottlePurpose::SignUpIp, exchange.ip), rules.rule(ThrottlePurpose::SignUpIp)),
        (ThrottleKey::overall(ThrottlePurpose::SignUpOverall), rules.rule(ThrottlePurpose::SignUpOverall)),
    ];
    match exchange.context.store.reserve_attempts(limits, exchange.now).await? {
        Reservation::Allowed(_) => reserve_mail(exchange, email).await,
        Reservation::Refused { retry_after_seconds } => {
            Ok(Some(Problem::TooManyTries { wait_seconds: retry_after_seconds }))
        }
    }
}

/// The account of a newcomer, whose address is not proven yet.
pub fn new_account(exchange: &Exchange, newcomer: Newcomer, draw: &mut Draw) -> Account {
    Account {
        id: AccountId::generate(draw),
        email: newcomer.email,
        username: None,
        email_verified_at: None,
        password_changed_at: newcomer.password_hash.as_ref().map(|_| exchange.now),
        password_hash: newcomer.password_hash,
        generation: 0,
        claims: newcomer.claims,
        created_at: exchange.now,
        updated_at: exchange.now,
        disabled_at: None,
        roles: Names::none(),
        groups: Names::none(),
    }
}
