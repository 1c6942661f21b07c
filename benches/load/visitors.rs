//! The visitors: one for each kind of work, each checking every answer it gets.

use std::sync::{Arc, OnceLock};

use jsonwebtoken::Algorithm;
use serde_json::Value;

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
    alg: Algorithm,
    client: Client,
    request: Vec<u8>,
}

impl Machine {
    /// A machine with the credentials of `client`.
    pub fn new(common: &Arc<Common>, client: Client) -> Self {
        let alg = if client.id == ELDER.id { Algorithm::RS256 } else { Algorithm::ES256 };
        let form = [("grant_type", "client_credentials"), ("scope", "reports:read")];
        let request = Request::post("/oauth2/token").basic(client.id, client.secret).form(&form);
        Self { common: Arc::clone(common), alg, client, request }
    }
}

impl Visitor for Machine {
    async fn visit(&mut self, connection: &mut Connection) -> Result<(), Wrong> {
        let answer = token_answer(&connection.ask(&self.request).await?)?;
        let claims = self.common.tokens.check(&answer.access_token, Kind::AccessToken, self.alg)?;
        if claims.sub != self.client.id || answer.id_token.is_some() || answer.refresh_token.is_some() {
            return Err(Wrong::answer("a token for the client alone", format!("{claims:?}")));
        }
        Ok(())
    }
}

/// Refreshes with rotation: each refresh token works once and gives the next.
pub struct Refresher {
    common: Arc<Common>,
    client: Client,
    held: Held,
}

impl Refresher {
    /// Goes on from `held`, which `client` got with `offline_access`.
    pub fn new(common: &Arc<Common>, client: Client, held: Held) -> Self {
        Self { common: Arc::clone(common), client, held }
    }

    /// A request with the refresh token held now.
    pub fn request(&self) -> Vec<u8> {
        let token = self.held.refresh_token.as_deref().unwrap_or_default();
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        Request::post("/oauth2/token").basic(self.client.id, self.client.secret).form(&form)
    }
}

impl Visitor for Refresher {
    async fn visit(&mut self, connection: &mut Connection) -> Result<(), Wrong> {
        let answer = token_answer(&connection.ask(&self.request()).await?)?;
        let tokens = &self.common.tokens;
        tokens.check(&answer.access_token, Kind::AccessToken, Algorithm::ES256)?;
        let id_token = answer.id_token.ok_or_else(|| Wrong::answer("an ID token", "none"))?;
        let claims = tokens.check(&id_token, Kind::IdToken, id_token_alg(self.client))?;
        let next = answer.refresh_token.ok_or_else(|| Wrong::answer("a refresh token", "none"))?;
        tokens.never_seen(&next)?;
        if claims.sub != self.held.sub {
            return Err(Wrong::answer("the same person", claims.sub));
        }
        self.held = Held { access_token: answer.access_token, refresh_token: Some(next), sub: claims.sub };
        Ok(())
    }
}

/// The whole code flow of a person who is signed in: authorize, token, userinfo.
pub struct Returning {
    common: Arc<Common>,
    cookies: Arc<str>,
}

impl Returning {
    /// A person behind the cookies of a browser in which they signed in.
    pub fn new(common: &Arc<Common>, cookies: &Arc<str>) -> Self {
        Self { common: Arc::clone(common), cookies: Arc::clone(cookies) }
    }
}

impl Visitor for Returning {
    async fn visit(&mut self, connection: &mut Connection) -> Result<(), Wrong> {
        let asked = Asked::new(SHOP, "openid profile email");
        let request = Request::get(&asked.target).header("cookie", &self.cookies).end();
        let code = asked.code(&connection.ask(&request).await?, &self.common.issuer)?;
        let held = asked.tokens(&connection.ask(&asked.redemption(&code)).await?, &self.common.tokens)?;
        let request = userinfo_request(&held);
        check_userinfo(&connection.ask(&request).await?, &held)
    }
}

/// Asks who the person is.
pub struct Curious {
    request: Vec<u8>,
    held: Arc<Held>,
}

impl Curious {
    /// Asks with the access token of `held`.
    pub fn new(held: &Arc<Held>) -> Self {
        Self { request: userinfo_request(held), held: Arc::clone(held) }
    }
}

impl Visitor for Curious {
    async fn visit(&mut self, connection: &mut Connection) -> Result<(), Wrong> {
        check_userinfo(&connection.ask(&self.request).await?, &self.held)
    }
}

fn userinfo_request(held: &Held) -> Vec<u8> {
    Request::get("/oauth2/userinfo").bearer(&held.access_token).end()
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
