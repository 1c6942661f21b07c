//! Whoever calls a server over its socket: a browser that keeps cookies, and a client.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Method, StatusCode, header};
use serde_json::Value;

use crate::server::{ADA, ISSUER, PASSWORD, SECRET, Server};
use crate::support::browser::{Page, encode};
use crate::support::relying_party::{REDIRECT, VERIFIER, authorize_path, basic};

/// No answer takes longer than ten seconds; this is when a test gives up on one.
const ANSWER_WAIT: Duration = Duration::from_secs(20);

/// A caller with its cookies.
#[derive(Clone)]
pub struct Visitor {
    http: reqwest::Client,
    port: u16,
    cookies: BTreeMap<String, String>,
    /// Where it says that its requests come from, for servers that believe it.
    pub source: Option<String>,
}

/// No answer, or only a part of one: nothing is known of what became of the request.
#[derive(Debug)]
pub struct NoAnswer;

pub type Answered = Result<Page, NoAnswer>;

impl Visitor {
    pub fn of(server: &Server) -> Self {
        Self::on(server.port)
    }

    pub fn on(port: u16) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_certs_only([])
            .timeout(ANSWER_WAIT)
            .build()
            .unwrap();
        Self { http, port, cookies: BTreeMap::new(), source: None }
    }

    /// The same caller at another server.
    pub fn moved_to(&self, server: &Server) -> Self {
        Self { cookies: self.cookies.clone(), ..Self::on(server.port) }
    }

    /// The cookies' values.
    pub fn secrets(&self) -> Vec<String> {
        self.cookies.values().cloned().collect()
    }

    pub async fn get(&mut self, path: &str) -> Answered {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)], authorization: Option<&str>) -> Answered {
        self.send(Method::POST, path, fields, authorization).await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
        authorization: Option<&str>,
    ) -> Answered {
        let is_post = method == Method::POST;
        let mut request = self.http.request(method, format!("http://127.0.0.1:{}{path}", self.port));
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if let Some(source) = &self.source {
            request = request.header("x-forwarded-for", source);
        }
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if is_post {
            let form = "application/x-www-form-urlencoded";
            request = request.header(header::CONTENT_TYPE, form).header(header::ORIGIN, ISSUER).body(encode(fields));
        }
        let response = request.send().await.map_err(|_| NoAnswer)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.text().await.map_err(|_| NoAnswer)?;
        let page = Page { status, headers, body, at: path.to_owned() };
        self.keep_cookies(&page);
        Ok(page)
    }

    fn keep_cookies(&mut self, page: &Page) {
        for line in page.headers.get_all(header::SET_COOKIE) {
            let (pair, _) = line.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Follows redirects as long as they stay here.
    pub async fn open(&mut self, path: &str) -> Answered {
        let mut page = self.get(path).await?;
        while let Some(next) = page.location().filter(|next| next.starts_with('/')) {
            page = self.get(&next).await?;
        }
        Ok(page)
    }

    /// Fills in a form and stays at the answer.
    pub async fn submit(&mut self, page: &Page, form: &str, fill: &[(&str, &str)]) -> Answered {
        let form = page.form(form);
        let kept = form.fields.iter().filter(|(name, _)| fill.iter().all(|(other, _)| other != name));
        let mut fields: Vec<(&str, &str)> = kept.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.extend_from_slice(fill);
        self.post(&form.action, &fields, None).await
    }

    /// Signs in with a password; gives the answer to the form.
    pub async fn sign_in(&mut self, username: &str, password: &str) -> Answered {
        let login = self.open("/login").await?;
        self.submit(&login, "login-form", &[("username", username), ("password", password)]).await
    }

    /// A code for the first-party client, silently, as somebody who is signed in.
    pub async fn authorize(&mut self) -> Answered {
        self.get(&authorize_path(&[("prompt", "none")])).await
    }

    /// A call of the client's to the token endpoint.
    pub async fn token(&mut self, fields: &[(&str, &str)]) -> Answered {
        self.post("/oauth2/token", fields, Some(&basic("acme", SECRET))).await
    }

    pub async fn redeem(&mut self, code: &str) -> Answered {
        let verifier = ("code_verifier", VERIFIER);
        self.token(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT), verifier]).await
    }

    pub async fn refresh(&mut self, refresh_token: &str) -> Answered {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    pub async fn revoke(&mut self, token: &str) -> Answered {
        self.post("/oauth2/revoke", &[("token", token)], Some(&basic("acme", SECRET))).await
    }

    pub async fn userinfo(&mut self, access_token: &str) -> Answered {
        self.send(Method::POST, "/oauth2/userinfo", &[], Some(&format!("Bearer {access_token}"))).await
    }

    /// Ada, signed in.
    pub async fn ada(server: &Server) -> Self {
        let mut visitor = Self::of(server);
        let answer = visitor.sign_in(ADA, PASSWORD).await.unwrap();
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        visitor
    }

    /// Tokens of a whole code flow, as somebody who is signed in.
    pub async fn tokens(&mut self) -> Value {
        let answer = self.authorize().await.unwrap().answer();
        let response = self.redeem(&answer["code"]).await.unwrap();
        assert_eq!(response.status, StatusCode::OK, "{}", response.body);
        response.json()
    }
}

/// A token of an answer.
pub fn text<'j>(answer: &'j Value, name: &str) -> &'j str {
    answer[name].as_str().unwrap_or_else(|| panic!("{name} in {answer}"))
}
