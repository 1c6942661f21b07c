//! `/api/v1/sessions`: signing in and out, where the person is signed in, and ending it (SES-08).

use std::sync::Arc;

use poem::http::HeaderValue;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Json, Response};
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::Tag;
use super::accounts::FlowAndCode;
use super::body::Body;
use super::caller::Caller;
use super::either::either;
use super::flow::{Running, not_taken};
use super::problem::{Refusals, Refused, RefusedAs};
use super::session::{Admitted, CurrentSession, with_cookies};
use super::visitor::Visitor;
use crate::base::{Draw, SessionId};
use crate::endpoint::browser::{Browser, cookie_without};
use crate::endpoint::client::event_of;
use crate::endpoint::code;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::login::{Entered, enter, read};
use crate::endpoint::scene::signed_in;
use crate::endpoint::sign_in::{Entrance, Proof, start};
use crate::endpoint::user_agent::recognise;
use crate::model::audit::AuditAction;
use crate::model::session::{Session, SignedIn};

/// The operations.
pub struct SessionsApi;

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Sessions")]
impl SessionsApi {
    /// Signs in
    ///
    /// By address and password, or by the code of a flow that `requestCode` began. Sets the session's cookie, which is
    /// all that a browser needs; scripts cannot read it. Nobody gets in before the address is proven: whoever knows the
    /// password of such an account is mailed a link whose token `confirmAddress` takes, and the refusal is that of a
    /// wrong one.
    #[oai(path = "/sessions", method = "post", operation_id = "startSession")]
    async fn start(&self, visitor: Visitor, body: Body<Credentials>) -> Result<Response<Started>, RefusedAs<Starting>> {
        let mut draw = visitor.draw()?;
        let admitted = match body.0 {
            Credentials::ByPassword(by) => by_password(&visitor, &by, &mut draw).await?,
            Credentials::ByCode(by) => by_code(&visitor, &by, &mut draw).await?,
        };
        Ok(with_cookies(Started::Started(Json(admitted.session)), admitted.cookies))
    }

    /// Ends the person's sessions
    ///
    /// Everywhere, or with `others=true` everywhere but here. By cookie, or by a token of a first-party client. What
    /// apps were granted in these sessions ends with them, unless they hold `offline_access`.
    #[oai(path = "/sessions", method = "delete", operation_id = "endSessions")]
    async fn end_all(
        &self,
        caller: Caller,
        exchange: Data<&Arc<Exchange>>,
        /// Whether the session that the call belongs to goes on.
        #[oai(default)]
        others: Query<bool>,
    ) -> Result<Response<Ended>, RefusedAs<Ending>> {
        let caller = caller.acting_as_person()?;
        let mut audit = event_of(&exchange, AuditAction::SignedOut);
        audit.account = Some(caller.account.id.clone());
        let here = signed_in(&exchange).await?;
        let keep = others.0.then(|| caller.session.clone());
        let is_ending = |signed_in: &&SignedIn| {
            signed_in.account.id == caller.account.id && Some(&signed_in.session.id) != keep.as_ref()
        };
        let ending: Vec<SessionId> = here.iter().filter(is_ending).map(|own| own.session.id.clone()).collect();
        exchange.context.store.end_all_sessions(&caller.account.id, keep, exchange.now, audit).await?;
        Ok(with_cookies(Ended::Ended, cookie_after(&exchange, &here, &ending)))
    }

    /// The session that the call belongs to
    ///
    /// A 401 says that nobody is signed in: no cookie, or of a session that is over. By cookie, or by a token of a
    /// first-party client.
    #[oai(path = "/sessions/current", method = "get", operation_id = "readCurrentSession")]
    async fn current(
        &self,
        caller: Caller,
        exchange: Data<&Arc<Exchange>>,
    ) -> Result<Json<CurrentSession>, RefusedAs<Reading>> {
        let caller = caller.acting_as_person()?;
        let session = exchange.context.store.find_session(&caller.session).await?;
        let session = session.filter(|session| session.is_live(exchange.now)).ok_or(HttpRefusal::NotFound)?;
        Ok(Json(CurrentSession::of(&session, &caller.account)))
    }

    /// Signs out
    ///
    /// Ends the session that the call belongs to and removes it from the browser's cookie; other people who are signed
    /// in in this browser stay. What apps were granted in the session ends with it, unless they hold `offline_access`.
    #[oai(path = "/sessions/current", method = "delete", operation_id = "endCurrentSession")]
    async fn end_current(
        &self,
        caller: Caller,
        exchange: Data<&Arc<Exchange>>,
    ) -> Result<Response<Ended>, RefusedAs<Ending>> {
        let caller = caller.acting_as_person()?;
        let here = signed_in(&exchange).await?;
        let ending = vec![caller.session];
        let mut audit = event_of(&exchange, AuditAction::SignedOut);
        audit.account = Some(caller.account.id.clone());
        exchange.context.store.end_sessions(&caller.account.id, ending.clone(), exchange.now, audit).await?;
        Ok(with_cookies(Ended::Ended, cookie_after(&exchange, &here, &ending)))
    }

    /// The person's live sessions
    ///
    /// By cookie, or by a token of a first-party client.
    #[oai(path = "/sessions", method = "get", operation_id = "listSessions")]
    async fn list(&self, caller: Caller, exchange: Data<&Arc<Exchange>>) -> Result<Json<Sessions>, Refused> {
        let caller = caller.acting_as_person()?;
        let found = exchange.context.store.list_sessions(&caller.account.id, exchange.now).await?;
        Ok(Json(Sessions { sessions: found.iter().map(|session| listed(session, &caller.session)).collect() }))
    }

    /// Ends a session
    ///
    /// By cookie, or by a token of a first-party client. What apps were granted in the session ends with it, unless
    /// they hold `offline_access`. A session that has ended, or is somebody else's, is not found.
    #[oai(path = "/sessions/:id", method = "delete", operation_id = "endSession")]
    async fn end(
        &self,
        caller: Caller,
        exchange: Data<&Arc<Exchange>>,
        /// The session.
        id: Path<String>,
    ) -> Result<Ended, Refused> {
        let person = caller.acting_as_person()?.account.id;
        let id: SessionId = id.0.parse().map_err(|_| HttpRefusal::NotFound)?;
        let mut audit = event_of(&exchange, AuditAction::SignedOut);
        audit.account = Some(person.clone());
        // API-04: the account is part of the guard, so that somebody else's session cannot be named.
        match exchange.context.store.end_sessions(&person, vec![id], exchange.now, audit).await? {
            0 => Err(HttpRefusal::NotFound.into()),
            _ => Ok(Ended::Ended),
        }
    }
}

async fn by_password(exchange: &Exchange, by: &EmailAndPassword, draw: &mut Draw) -> Result<Admitted, Failure> {
    let (email, password) = read(Some(&by.email), Some(&by.password)).map_err(Failure::NotTaken)?;
    let browser = Browser::of(exchange, draw);
    match enter(exchange, None, &email, &password, draw).await? {
        Entered::Admitted(account, proof) => {
            let proof = Proof { remember: by.remember.unwrap_or(proof.remember), ..proof };
            let mut sessions = signed_in(exchange).await?;
            let entrance = Entrance { sessions: &mut sessions, interaction: None };
            let started = start(exchange, entrance, *account, proof, draw).await?;
            let mut admitted = Admitted::of(exchange, &started).await?;
            admitted.cookies.extend(browser.cookie(exchange));
            Ok(admitted)
        }
        Entered::Refused(problem) => Err(not_taken(problem)),
    }
}

async fn by_code(exchange: &Exchange, by: &FlowAndCode, draw: &mut Draw) -> Result<Admitted, Failure> {
    code::refuse_when_closed(exchange)?;
    let mut running = Running::find(exchange, &by.flow).await?;
    let proving = running.awaiting(code::awaited)?;
    let record = running.try_code(exchange, &proving, &by.code).await?;
    running.admit(exchange, record, draw).await
}

/// The cookie once sessions of this browser are over; none is set where none was sent.
fn cookie_after(exchange: &Exchange, here: &[SignedIn], ending: &[SessionId]) -> Option<HeaderValue> {
    (!here.is_empty()).then(|| cookie_without(exchange, here, ending))
}

/// An address and its password.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct EmailAndPassword {
    /// The address.
    email: String,
    /// The password.
    password: String,
    /// Whether the session outlives the browser, and may lie unused for longer. As the operator set it if left out.
    remember: Option<bool>,
}

either! {
    /// What lets somebody in.
    Credentials {
        /// What they know.
        ByPassword(EmailAndPassword),
        /// What was mailed to them.
        ByCode(FlowAndCode),
    }
}

/// The session stands.
#[derive(ApiResponse)]
enum Started {
    /// Signed in; the session's cookie is set.
    #[oai(status = 201)]
    Started(Json<CurrentSession>),
}

struct Starting;

impl Refusals for Starting {
    const OWN: &'static [(u16, &'static str)] = &[
        (
            403,
            "`credentials_wrong`, which does not tell whether there is such an account; `code_wrong`, `code_expired`, \
             `code_exhausted`; or `cross_site`.",
        ),
        (404, "`flow_unknown`; or `not_found` where nobody signs in by code."),
        (409, "`overtaken`"),
        (422, "`email_malformed` or `code_malformed`"),
        (429, "`too_many_requests`: too many failures for this person, or from here."),
    ];
}

struct Ending;

impl Refusals for Ending {
    const OWN: &'static [(u16, &'static str)] = &[
        (401, "Nobody is signed in (`token_missing`), or the token is refused."),
        (403, "`forbidden`: the token is not of a first-party client; or `cross_site`."),
    ];
}

struct Reading;

impl Refusals for Reading {
    const OWN: &'static [(u16, &'static str)] = &[
        (401, "Nobody is signed in (`token_missing`), or the token is refused."),
        (403, "`forbidden`: the token is not of a first-party client."),
        (404, "`not_found`: the token outlived the session it was granted in."),
    ];
}

/// The person's live sessions.
#[derive(Debug, Object)]
struct Sessions {
    /// Those used last come first.
    sessions: Vec<ListedSession>,
}

/// A browser in which the person is signed in.
#[derive(Debug, Object)]
#[oai(rename = "Session", skip_serializing_if_is_none)]
struct ListedSession {
    /// Its name; also the `sid` of ID tokens.
    id: String,
    /// The browser, as far as it is recognised.
    browser: Option<String>,
    /// The operating system, as far as it is recognised.
    system: Option<String>,
    /// Where the person signed in from.
    ip: Option<String>,
    /// When it began, in seconds since 1970.
    started_at: i64,
    /// When it was last used, in seconds since 1970, to the minute.
    last_seen_at: i64,
    /// Whether the call belongs to it.
    current: bool,
}

/// The session is over.
#[derive(ApiResponse)]
enum Ended {
    /// The session is over.
    #[oai(status = 204)]
    Ended,
}

fn listed(session: &Session, current: &SessionId) -> ListedSession {
    let (browser, system) = recognise(session.user_agent.as_deref());
    ListedSession {
        id: session.id.to_string(),
        browser,
        system,
        ip: session.ip.clone(),
        started_at: session.created_at.seconds(),
        last_seen_at: session.last_seen_at.seconds(),
        current: session.id == *current,
    }
}
