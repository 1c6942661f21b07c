//! A session as its own program sees it, and the cookies that keep it in a browser.

use poem::http::{HeaderValue, header};
use poem_openapi::Object;
use poem_openapi::payload::Response;

use crate::base::Draw;
use crate::endpoint::code;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::Failure;
use crate::endpoint::sign_in::{Entrance, Started, start};
use crate::model::CodeRecord;
use crate::model::account::Account;
use crate::model::session::Session;

use super::flow::Running;

/// The session that a call belongs to, and whose it is.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CurrentSession {
    /// Its name; also the `sid` of ID tokens.
    id: String,
    /// Whose it is.
    account: SignedInAccount,
    /// How the person proved who they are (RFC 8176): `pwd`, `otp`, …
    amr: Vec<String>,
    /// When they did, in seconds since 1970.
    auth_time: i64,
    /// When it ends unless it is used before, in seconds since 1970.
    idle_expires_at: i64,
    /// When it ends however much it is used, in seconds since 1970.
    expires_at: i64,
}

/// The person of a session.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct SignedInAccount {
    /// The person; never given to another.
    sub: String,
    /// The address that signs in.
    email: String,
    /// The name that no other account has.
    username: Option<String>,
    /// Full name.
    name: Option<String>,
}

impl CurrentSession {
    /// A session of `account`.
    pub fn of(session: &Session, account: &Account) -> Self {
        Self {
            id: session.id.to_string(),
            account: SignedInAccount {
                sub: account.id.to_string(),
                email: account.email.to_string(),
                username: account.username.clone(),
                name: account.claims.name.clone(),
            },
            amr: session.amr.clone(),
            auth_time: session.auth_time.seconds(),
            idle_expires_at: session.idle_expires_at.min(session.expires_at).seconds(),
            expires_at: session.expires_at.seconds(),
        }
    }
}

/// A session that has begun, as it is answered.
pub struct Admitted {
    /// What is told of it.
    pub session: CurrentSession,
    /// The cookies to be set.
    pub cookies: Vec<HeaderValue>,
}

impl Admitted {
    /// What is answered for a session that was started.
    pub async fn of(exchange: &Exchange, started: &Started) -> Result<Self, Failure> {
        let account = exchange.context.store.find_account(&started.session.account_id).await?;
        let account = account.ok_or(crate::endpoint::failure::HttpRefusal::Overtaken)?;
        Ok(Self { session: CurrentSession::of(&started.session, &account), cookies: started.cookies().collect() })
    }
}

impl Running {
    /// Signs in whoever the right code belongs to; the flow is over then.
    pub async fn admit(
        &mut self,
        exchange: &Exchange,
        record: CodeRecord,
        draw: &mut Draw,
    ) -> Result<Admitted, Failure> {
        let (account, proof) = code::proof(exchange, record).await?;
        let scene = &mut self.scene;
        let entrance = Entrance { sessions: &mut scene.sessions, interaction: Some(&mut scene.interaction) };
        let started = start(exchange, entrance, account, proof, draw).await?;
        self.finish(exchange).await?;
        Admitted::of(exchange, &started).await
    }
}

/// An answer that sets cookies.
pub fn with_cookies<T>(answer: T, cookies: impl IntoIterator<Item = HeaderValue>) -> Response<T> {
    cookies.into_iter().fold(Response::new(answer), |response, cookie| response.header(header::SET_COOKIE, cookie))
}
