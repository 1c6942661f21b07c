//! The visitors: one for each kind of work, each checking every answer it gets.

use std::sync::{Arc, OnceLock};

use jsonwebtoken::Algorithm;
use serde_json::Value;

use crate::caller::Caller;
use crate::drive::Visitor;
use crate::http::{Answer, Connection, Request, Wrong};
use crate::person::{Asked, Held, id_token_alg, sign_in, token_answer};
use crate::site::{Client, ELDER, SHOP};
use crate::tokens::{Kind, Tokens};

/// What all visitors have in common.
pub struct Common {
    /// Who the server says it is.
    pub issuer: String,
    /// What was issued so far.
    pub tokens: Arc<Tokens>,
}

/// Fetches a public document; all of them must be the same, byte by byte.
pub struct Reader {
    request: Vec<u8>,
    member: &'static str,
    first: Arc<OnceLock<Vec<u8>>>,
}

impl Reader {
    /// Readers of the document at `path`, which must have `member`.
    pub fn several(path: &str, member: &'static str, number: usize) -> Vec<Self> {
        let first = Arc::new(OnceLock::new());
        let reader = |_| Self { request: Request::get(path).end(), member, first: Arc::clone(&first) };
        (0..number).map(reader).collect()
    }
}

impl Visitor for Reader {
    async fn visit(&mut self, connection: &mut Connection) -> Result<(), Wrong> {
        let answer = connection.ask(&self.request).await?.with_status(200, "the document")?;
        if let Some(first) = self.first.get() {
            let is_same = answer.body == first && answer.header("etag").is_some();
            return if is_same { Ok(()) } else { Err(Wrong::answer("the same document", answer.text())) };
        }
        let document: Value = json(&answer)?;
        if document.get(self.member).is_none() {
            return Err(Wrong::answer(self.member, answer.text()));
        }
        let _ = self.first.set(answer.body.to_vec());
        Ok(())
    }
}

/// Asks for a token for itself.
pub struct Machine {
    common: Arc<Common>,
    caller: Caller,
}

impl Machine {
    /// A machine that proves itself as `caller` does.
    pub fn new(common: &Arc<Common>, caller: Caller) -> Self {
        Self { common: Arc::clone(common), caller }
    }

    /// A request.
    pub fn request(&self) -> Vec<u8> {
        self.caller.post("/oauth2/token", &[("grant_type", "client_credentials"), ("scope", "reports:read")])
    }
}

impl Visitor for Machine {
    async fn visit(&mut self, connection: &mut Connection) -> Result<(), Wrong> {
        let alg = if self.caller.client.id == ELDER.id { Algorithm::RS256 } else { Algorithm::ES256 };
        let answer = token_answer(&connection.ask(&self.request()).await?)?;
        let claims = self.caller.check(&answer, &self.common.tokens, alg)?;
        if claims.sub != self.caller.client.id || answer.id_token.is_some() || answer.refresh_token.is_some() {
            return Err(Wrong::answer("a token for the client alone", format!("{claims:?}")));
        }
        Ok(())
    }
}

/// Refreshes with rotation: each refresh token works once and gives the next.
pub struct Refresher {
    common: Arc<Common>,
    caller: Caller,
    held: Held,
}

impl Refresher {
    /// Goes on from `held`, which the client of `caller` got with `offline_access`.
    pub fn new(common: &Arc<Common>, caller: Caller, held: Held) -> Self {
        Self { common: Arc::clone(common), caller, held }
    }

    /// A request with the refresh token held now.
    pub fn request(&self) -> Vec<u8> {
        self.request_by(&self.caller)
    }

    /// The same by another caller.
    pub fn request_by(&self, caller: &Caller) -> Vec<u8> {
        let token = self.held.refresh_token.as_deref().unwrap_or_default();
        caller.post("/oauth2/token", &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// The client.
    pub fn client(&self) -> Client {
        self.caller.client
    }
}

impl Visitor for Refresher {
    async fn visit(&mut self, connection: &mut Connection) -> Result<(), Wrong> {
        let answer = token_answer(&connection.ask(&self.request()).await?)?;
        let tokens = &self.common.tokens;
        self.caller.check(&answer, tokens, Algorithm::ES256)?;
        let id_token = answer.id_token.ok_or_else(|| Wrong::answer("an ID token", "none"))?;
        let claims = tokens.check(&id_token, Kind::IdToken, id_token_alg(self.caller.client))?;
        let next = answer.refresh_token.ok_or_else(|| Wrong::answer("a refresh token", "none"))?;
        tokens.never_seen(&next)?;
        if claims.sub != self.held.sub {
            return Err(Wrong::answer("the same person", claims.sub));
        }
        self.held = Held { access_token: answer.access_token, refresh_token: Some(next), sub: claims.sub };
        Ok(())
    }
}

/// The whole code flow of a person who is signed in: authorize, token, userinfo; before it the push, for some.
pub struct Returning {
    common: Arc<Common>,
    cookies: Arc<str>,
    caller: Caller,
    pushes: bool,
}

impl Returning {
    /// A person behind the cookies of a browser in which they signed in, at the application `caller`.
    pub fn new(common: &Arc<Common>, cookies: &Arc<str>, caller: Caller) -> Self {
        Self { common: Arc::clone(common), cookies: Arc::clone(cookies), caller, pushes: false }
    }

    /// The same at an application that pushes its requests (RFC 9126).
    pub fn pushing(common: &Arc<Common>, cookies: &Arc<str>, caller: Caller) -> Self {
        Self { pushes: true, ..Self::new(common, cookies, caller) }
    }
}

impl Visitor for Returning {
    async fn visit(&mut self, connection: &mut Connection) -> Result<(), Wrong> {
        let (caller, tokens) = (&self.caller, &self.common.tokens);
        let asked = Asked::new(caller.client, "openid profile email");
        let target = if self.pushes {
            asked.pushed_target(&connection.ask(&asked.push(caller)).await?, tokens)?
        } else {
            asked.target()
        };
        let request = Request::get(&target).header("cookie", &self.cookies).end();
        let code = asked.code(&connection.ask(&request).await?, &self.common.issuer)?;
        let held = asked.tokens(&connection.ask(&asked.redemption(&code, caller)).await?, caller, tokens)?;
        check_userinfo(&connection.ask(&userinfo_request(caller, &held)).await?, &held)
    }
}

/// Pushes authorization requests that nobody follows (RFC 9126).
pub struct Pusher {
    common: Arc<Common>,
    caller: Caller,
}

impl Pusher {
    /// An application.
    pub fn new(common: &Arc<Common>, caller: Caller) -> Self {
        Self { common: Arc::clone(common), caller }
    }
}

impl Visitor for Pusher {
    async fn visit(&mut self, connection: &mut Connection) -> Result<(), Wrong> {
        let asked = Asked::new(self.caller.client, "openid profile email");
        let answer = connection.ask(&asked.push(&self.caller)).await?;
        asked.pushed_target(&answer, &self.common.tokens).map(drop)
    }
}

/// Asks who the person is.
pub struct Curious {
    caller: Arc<Caller>,
    held: Arc<Held>,
}

impl Curious {
    /// Asks with the access token of `held`, which is the caller's.
    pub fn new(caller: &Arc<Caller>, held: &Arc<Held>) -> Self {
        Self { caller: Arc::clone(caller), held: Arc::clone(held) }
    }

    /// A request.
    pub fn request(&self) -> Vec<u8> {
        userinfo_request(&self.caller, &self.held)
    }
}

impl Visitor for Curious {
    async fn visit(&mut self, connection: &mut Connection) -> Result<(), Wrong> {
        check_userinfo(&connection.ask(&self.request()).await?, &self.held)
    }
}

fn userinfo_request(caller: &Caller, held: &Held) -> Vec<u8> {
    caller.get("/oauth2/userinfo", &held.access_token)
}

fn check_userinfo(answer: &Answer<'_>, held: &Held) -> Result<(), Wrong> {
    let claims = json(answer)?;
    let is_right = answer.status == 200
        && claims["sub"] == held.sub
        && claims["email_verified"] == true
        && claims["name"].is_string();
    if is_right { Ok(()) } else { Err(Wrong::answer("the person's claims", answer.text())) }
}

/// Asks whether a token counts.
pub struct Inspector {
    request: Vec<u8>,
    held: Arc<Held>,
    common: Arc<Common>,
}

impl Inspector {
    /// Asks, as the client it was issued to, about the access token of `held`.
    pub fn new(common: &Arc<Common>, held: &Arc<Held>) -> Self {
        let post = Request::post("/oauth2/introspect").basic(SHOP.id, SHOP.secret);
        Self {
            request: post.form(&[("token", &held.access_token)]),
            held: Arc::clone(held),
            common: Arc::clone(common),
        }
    }
}

impl Visitor for Inspector {
    async fn visit(&mut self, connection: &mut Connection) -> Result<(), Wrong> {
        let answer = connection.ask(&self.request).await?;
        let told = json(&answer)?;
        let is_right = answer.status == 200
            && told["active"] == true
            && told["sub"] == self.held.sub
            && told["client_id"] == SHOP.id
            && told["iss"] == self.common.issuer;
        if is_right { Ok(()) } else { Err(Wrong::answer("an active token", answer.text())) }
    }
}

/// Signs in with a password on the pages, each time in a new browser.
pub struct Newcomer {
    common: Arc<Common>,
    credentials: (String, String),
}

impl Newcomer {
    /// A person with address and password.
    pub fn new(common: &Arc<Common>, credentials: (String, String)) -> Self {
        Self { common: Arc::clone(common), credentials }
    }
}

impl Visitor for Newcomer {
    async fn visit(&mut self, connection: &mut Connection) -> Result<(), Wrong> {
        let cookies = sign_in(connection, &self.credentials, SHOP, &self.common.issuer).await?;
        if cookies.contains("sessions=") { Ok(()) } else { Err(Wrong::answer("a session cookie", cookies)) }
    }
}

fn json(answer: &Answer<'_>) -> Result<Value, Wrong> {
    serde_json::from_slice(answer.body).map_err(|_| Wrong::answer("JSON", answer.text()))
}
