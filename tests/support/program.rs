//! A program that speaks to the JSON interface: with a cookie jar, as a script in a browser has, or without.

use std::collections::BTreeMap;

use poem::http::{Method, header};
use serde_json::{Value, json};

use super::browser::Page;
use super::world::World;

/// One program.
#[derive(Clone)]
pub struct Program<'w> {
    world: &'w World,
    cookies: Option<BTreeMap<String, String>>,
    /// Where its calls come from.
    pub ip: String,
    /// Header fields that every call carries.
    pub extra: Vec<(String, String)>,
}

impl<'w> Program<'w> {
    /// A program that keeps no cookies.
    pub fn new(world: &'w World) -> Self {
        Self { world, cookies: None, ip: "203.0.113.7".to_owned(), extra: Vec::new() }
    }

    /// A script of one of our own pages, in a browser that has never been here.
    pub fn script(world: &'w World) -> Self {
        let extra = vec![("sec-fetch-site".to_owned(), "same-origin".to_owned())];
        Self { cookies: Some(BTreeMap::new()), extra, ..Self::new(world) }
    }

    /// Its cookies, by name.
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.clone().unwrap_or_default()
    }

    /// Calls with a JSON body.
    pub async fn post(&mut self, path: &str, body: Value) -> Page {
        self.call(Method::POST, path, Some(body.to_string())).await
    }

    /// Calls without a body.
    pub async fn get(&mut self, path: &str) -> Page {
        self.call(Method::GET, path, None).await
    }

    /// Calls without a body.
    pub async fn delete(&mut self, path: &str) -> Page {
        self.call(Method::DELETE, path, None).await
    }

    /// Calls with whatever body, said to be JSON.
    pub async fn call(&mut self, method: Method, path: &str, body: Option<String>) -> Page {
        let mut request = poem::Request::builder()
            .method(method)
            .uri(path.parse().unwrap())
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-forwarded-for", &self.ip);
        let cookies: Vec<String> = self.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        for (name, value) in &self.extra {
            request = request.header(name.as_str(), value.as_str());
        }
        let page = Page::of(self.world.send(request.body(body.unwrap_or_default())).await, path).await;
        self.keep_cookies(&page);
        page
    }

    /// Signs up; gives the flow.
    pub async fn sign_up(&mut self, email: &str, password: &str) -> Value {
        let page = self.post("/api/v1/accounts", json!({ "email": email, "password": password })).await;
        assert_eq!(page.status, 202, "{}", page.body);
        page.json()
    }

    /// Signs in by password; gives the session.
    pub async fn sign_in(&mut self, email: &str, password: &str) -> Value {
        let page = self.post("/api/v1/sessions", json!({ "email": email, "password": password })).await;
        assert_eq!(page.status, 201, "{}", page.body);
        page.json()
    }

    fn keep_cookies(&mut self, page: &Page) {
        let Some(cookies) = &mut self.cookies else { return };
        for line in page.headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = line.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// Asserts that a call was refused so.
#[track_caller]
pub fn assert_refused(page: &Page, status: u16, code: &str) {
    assert_eq!((page.status.as_u16(), page.json()["code"].as_str()), (status, Some(code)), "{}", page.body);
    assert_eq!(page.header("content-type"), Some("application/problem+json"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let wait = page.header("retry-after").map(|text| text.parse::<i64>().unwrap());
    assert_eq!(page.json()["retry_after_seconds"].as_i64(), wait, "the wait is told twice alike");
    assert_eq!(wait.is_some(), status == 429, "{}", page.body);
    assert!(page.header("set-cookie").is_none(), "a refusal sets no cookie");
}

/// What an answer tells, but for what is new in each: the request's name and the flow's secret.
pub fn told(page: &Page) -> (u16, Value, Vec<String>) {
    let mut body = if page.body.is_empty() { Value::Null } else { page.json() };
    for fresh in ["request_id", "flow"] {
        if let Some(value) = body.get_mut(fresh) {
            *value = "fresh".into();
        }
    }
    let mut names: Vec<String> = page.headers.keys().map(ToString::to_string).collect();
    names.sort();
    (page.status.as_u16(), body, names)
}
