//! What a person's browser and a web application do together: sign in on the pages, ask for a code, redeem it.

use std::sync::Arc;

use jsonwebtoken::Algorithm;
use serde::Deserialize;

use crate::caller::Caller;
use crate::http::{Answer, Connection, Request, Wrong, encode, random};
use crate::key::digest;
use crate::site::{Client, REDIRECT_URI, SHOP};
use crate::tokens::{Kind, Tokens};

/// The answer of the token endpoint (RFC 6749 §5.1).
#[derive(Debug, Deserialize)]
pub struct TokenAnswer {
    /// The access token.
    pub access_token: String,
    /// `Bearer`, or `DPoP` when it is bound to a key.
    pub token_type: String,
    /// The access token's life in seconds.
    pub expires_in: i64,
    /// The ID token.
    pub id_token: Option<String>,
    /// The refresh token.
    pub refresh_token: Option<String>,
}

/// Tokens as an application holds them.
#[derive(Debug)]
pub struct Held {
    /// The access token.
    pub access_token: String,
    /// The refresh token, if `offline_access` was asked for.
    pub refresh_token: Option<String>,
    /// Whom they speak for.
    pub sub: String,
}

/// The answer to a request that was pushed (RFC 9126 §2.2).
#[derive(Debug, Deserialize)]
struct PushAnswer {
    request_uri: String,
    expires_in: i64,
}

/// One authorization request with what is needed to finish it.
pub struct Asked {
    client: Client,
    scope: &'static str,
    state: String,
    nonce: String,
    verifier: String,
}

impl Asked {
    /// A request of `client` for `scope`, with state, nonce and PKCE.
    pub fn new(client: Client, scope: &'static str) -> Self {
        Self { client, scope, state: random(), nonce: random(), verifier: random() }
    }

    fn parameters<T>(&self, with: impl FnOnce(&[(&str, &str)]) -> T) -> T {
        with(&[
            ("response_type", "code"),
            ("client_id", self.client.id),
            ("redirect_uri", REDIRECT_URI),
            ("scope", self.scope),
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &digest(&self.verifier)),
            ("code_challenge_method", "S256"),
        ])
    }

    /// The address to send the browser to with all of it.
    pub fn target(&self) -> String {
        format!("/oauth2/authorize?{}", self.parameters(encode))
    }

    /// The request that pushes it beforehand (RFC 9126 §2.1).
    pub fn push(&self, caller: &Caller) -> Vec<u8> {
        // Whoever sends a secret in the header names itself there, and may do so again.
        self.parameters(|fields| caller.post("/oauth2/par", fields))
    }

    /// The address to send the browser to with a reference to what was pushed.
    pub fn pushed_target(&self, answer: &Answer<'_>, tokens: &Tokens) -> Result<String, Wrong> {
        let wrong = || Wrong::answer("a reference to the request", answer.text());
        let pushed: PushAnswer = serde_json::from_slice(answer.body).map_err(|_| wrong())?;
        let is_reference = pushed.request_uri.starts_with("urn:ietf:params:oauth:request_uri:");
        if answer.status != 201 || !is_reference || pushed.expires_in <= 0 {
            return Err(wrong());
        }
        tokens.never_seen(&pushed.request_uri)?;
        let query = encode(&[("client_id", self.client.id), ("request_uri", &pushed.request_uri)]);
        Ok(format!("/oauth2/authorize?{query}"))
    }

    /// The code in the redirect that answers the request (RFC 6749 §4.1.2, RFC 9207).
    pub fn code(&self, answer: &Answer<'_>, issuer: &str) -> Result<String, Wrong> {
        let location = location(answer)?;
        let query = location.strip_prefix(REDIRECT_URI).and_then(|rest| rest.strip_prefix('?'));
        let query = query.ok_or_else(|| Wrong::answer("the client's redirect URI", location))?;
        let find = |name: &str| {
            let mut fields = form_urlencoded::parse(query.as_bytes());
            fields.find_map(|(own, value)| (own == name).then(|| value.into_owned()))
        };
        let is_ours = find("state").as_ref() == Some(&self.state) && find("iss").as_deref() == Some(issuer);
        find("code").filter(|_| is_ours).ok_or_else(|| Wrong::answer("code, state and iss", location))
    }

    /// The request that redeems `code`.
    pub fn redemption(&self, code: &str, caller: &Caller) -> Vec<u8> {
        caller.post(
            "/oauth2/token",
            &[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", REDIRECT_URI),
                ("code_verifier", &self.verifier),
            ],
        )
    }

    /// Checks the answer to the redemption.
    pub fn tokens(&self, answer: &Answer<'_>, caller: &Caller, tokens: &Tokens) -> Result<Held, Wrong> {
        let answer = token_answer(answer)?;
        caller.check(&answer, tokens, Algorithm::ES256)?;
        let id_token = answer.id_token.ok_or_else(|| Wrong::answer("an ID token", "none"))?;
        let claims = tokens.check(&id_token, Kind::IdToken, id_token_alg(self.client))?;
        if claims.nonce.as_ref() != Some(&self.nonce) {
            return Err(Wrong::answer("our nonce", format!("{:?}", claims.nonce)));
        }
        Ok(Held { access_token: answer.access_token, refresh_token: answer.refresh_token, sub: claims.sub })
    }
}

/// The algorithm of a client's ID tokens.
pub fn id_token_alg(client: Client) -> Algorithm {
    if client.id == SHOP.id { Algorithm::RS256 } else { Algorithm::ES256 }
}

/// Reads the members that every successful token answer has.
pub fn token_answer(answer: &Answer<'_>) -> Result<TokenAnswer, Wrong> {
    let wrong = |problem: String| Wrong::answer("a token answer", problem);
    if answer.status != 200 || answer.header("cache-control") != Some("no-store") {
        return Err(wrong(format!("status {} with {}", answer.status, answer.text())));
    }
    let found: TokenAnswer = serde_json::from_slice(answer.body).map_err(|problem| wrong(problem.to_string()))?;
    if found.expires_in <= 0 {
        return Err(wrong(answer.text().to_owned()));
    }
    Ok(found)
}

/// Signs a person in on the pages, in a browser that has never been here, and gives the browser's cookies. The
/// application gets its code, which is left unused.
pub async fn sign_in(
    connection: &mut Connection,
    (email, password): &(String, String),
    client: Client,
    issuer: &str,
) -> Result<String, Wrong> {
    let asked = Asked::new(client, "openid profile email");
    let answer = connection.ask(&Request::get(&asked.target()).end()).await?.with_status(303, "the way to a page")?;
    let (page, browser) = (location(&answer)?.to_owned(), cookies(&answer));
    let shown = connection.ask(&Request::get(&page).header("cookie", &browser).end()).await?;
    let csrf = form_token(shown.with_status(200, "the sign-in page")?.text())?.to_owned();
    let form = [("csrf", &*csrf), ("username", email), ("password", password)];
    let sent = Request::post(&page).header("cookie", &browser).header("origin", issuer).form(&form);
    let answer = connection.ask(&sent).await?.with_status(303, "the way back to the application")?;
    asked.code(&answer, issuer)?;
    Ok(format!("{browser}; {}", cookies(&answer)))
}

/// Gets tokens for a person who is signed in.
pub async fn get_tokens(
    connection: &mut Connection,
    cookies: &str,
    (caller, scope): (&Caller, &'static str),
    (issuer, tokens): (&str, &Arc<Tokens>),
) -> Result<Held, Wrong> {
    let asked = Asked::new(caller.client, scope);
    let request = Request::get(&asked.target()).header("cookie", cookies).end();
    let code = asked.code(&connection.ask(&request).await?, issuer)?;
    asked.tokens(&connection.ask(&asked.redemption(&code, caller)).await?, caller, tokens)
}

fn location<'a>(answer: &Answer<'a>) -> Result<&'a str, Wrong> {
    let found = answer.header("location").filter(|_| answer.status == 303);
    found.ok_or_else(|| Wrong::answer("a redirect", format!("status {} with {}", answer.status, answer.text())))
}

/// What the browser sends back of the cookies that were set.
fn cookies(answer: &Answer<'_>) -> String {
    let pairs: Vec<&str> =
        answer.headers("set-cookie").filter_map(|cookie| cookie.split(';').next()).map(str::trim).collect();
    pairs.join("; ")
}

fn form_token(page: &str) -> Result<&str, Wrong> {
    let found = page.split_once("name=\"csrf\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
    found.map(|(token, _)| token).ok_or_else(|| Wrong::answer("a form with its token", page))
}
