//! A program that signs people in with an imitation: it sends a browser there, chooses somebody, and asks on its own.

use reqwest::header::{ACCEPT, AUTHORIZATION, LOCATION, USER_AGENT};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use url::Url;

use crate::server::{Browser, Page, Server};

/// The example of RFC 7636 Appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub const CALLBACK: &str = "http://localhost:3000/callback?kept=1";

/// Parameters as they are, with some of them changed; an empty value takes one away.
pub fn with<'p>(parameters: &[(&'p str, &'p str)], changed: &[(&'p str, &'p str)]) -> Vec<(&'p str, &'p str)> {
    let mut all: Vec<_> =
        parameters.iter().filter(|(name, _)| changed.iter().all(|(own, _)| own != name)).copied().collect();
    all.extend(changed.iter().filter(|(_, value)| !value.is_empty()));
    all
}

/// An address with a query.
pub fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    format!("{path}?{}", url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish())
}

/// The parameters of the answer that a redirect carries.
pub fn answer(page: &Page) -> Answer {
    let location = page.headers.get(LOCATION).unwrap_or_else(|| panic!("{} {}", page.status, page.body));
    Answer(Url::parse(location.to_str().unwrap()).unwrap())
}

pub struct Answer(pub Url);

impl Answer {
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
    }
}

impl Browser {
    /// Opens an imitation's page and chooses somebody by name or by nothing: `decision=refuse`.
    pub async fn choose(&mut self, address: &str, field: (&str, &str)) -> Answer {
        let page = self.send(Method::GET, address, &[]).await;
        let (action, mut fields) = page.form_of("imitation-refuse");
        fields.push((field.0.to_owned(), field.1.to_owned()));
        answer(&self.send(Method::POST, &action, &fields).await)
    }
}

/// A program's own calls.
pub struct Program {
    pub http: reqwest::Client,
    pub issuer: String,
}

impl Program {
    pub fn of(server: &Server) -> Self {
        Self { http: server.browser().http, issuer: server.issuer.clone() }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let address = if path.starts_with('/') { format!("{}{path}", self.issuer) } else { path.to_owned() };
        self.http.request(method, address).header(USER_AGENT, "a-program").header(ACCEPT, "application/json")
    }

    pub async fn get(&self, path: &str, token: &str) -> Response {
        self.request(Method::GET, path).header(AUTHORIZATION, format!("Bearer {token}")).send().await.unwrap()
    }

    pub async fn document(&self, path: &str) -> Value {
        document(self.request(Method::GET, path).send().await.unwrap()).await.1
    }

    /// Sets switches.
    pub async fn switch(&self, path: &str, switches: Value) {
        let (status, _) = self.put(path, switches.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{switches}");
    }

    pub async fn put(&self, path: &str, body: String) -> (StatusCode, String) {
        let request = self.request(Method::PUT, path).header("content-type", "application/json").body(body);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }
}

pub async fn document(answer: Response) -> (StatusCode, Value) {
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} {text}")))
}
