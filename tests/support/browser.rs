//! A browser without a screen: cookies, redirects within the issuer, forms found in the page and filled in.

use std::collections::BTreeMap;

use poem::http::{HeaderMap, Method, StatusCode, header};
use scraper::{Html, Selector};

use super::world::{ISSUER, World};

/// One browser with its own cookies.
#[derive(Clone)]
pub struct Browser<'w> {
    world: &'w World,
    cookies: BTreeMap<String, String>,
    /// Where its requests come from.
    pub ip: String,
    /// Header fields that every request carries.
    pub extra: Vec<(String, String)>,
}

/// What a request came to.
#[derive(Debug, Clone)]
pub struct Page {
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
    /// The path and query that were asked for last.
    pub at: String,
}

/// A form of a page, with the values it already has.
#[derive(Debug, Clone)]
pub struct Form {
    /// Where it goes.
    pub action: String,
    /// Its fields.
    pub fields: Vec<(String, String)>,
}

impl<'w> Browser<'w> {
    /// A browser that has never been here.
    pub fn new(world: &'w World) -> Self {
        Self { world, cookies: BTreeMap::new(), ip: "203.0.113.7".to_owned(), extra: Vec::new() }
    }

    /// Its cookies, by name.
    pub const fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }

    /// Plants or changes a cookie.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Takes another browser's cookies over, as a second tab of it would.
    pub fn take_over(&mut self, cookies: &BTreeMap<String, String>) {
        self.cookies.clone_from(cookies);
    }

    /// Forgets a cookie.
    pub fn forget(&mut self, name: &str) {
        self.cookies.remove(name);
    }

    /// Asks for an address of ours and stays there.
    pub async fn visit(&mut self, path: &str) -> Page {
        self.request(Method::GET, path, None).await
    }

    /// Asks for an address of ours and follows redirects as long as they stay with us.
    pub async fn open(&mut self, path: &str) -> Page {
        let page = self.visit(path).await;
        self.follow(page).await
    }

    /// Posts fields and stays there.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = encode(fields);
        self.request(Method::POST, path, Some(body)).await
    }

    /// Fills in the form with this id and submits it; follows redirects as long as they stay with us.
    pub async fn submit(&mut self, page: &Page, form: &str, fill: &[(&str, &str)]) -> Page {
        let answer = self.submit_only(page, form, fill).await;
        self.follow(answer).await
    }

    /// The same without following.
    pub async fn submit_only(&mut self, page: &Page, form: &str, fill: &[(&str, &str)]) -> Page {
        let form = page.form(form);
        let mut fields = form.fields.clone();
        for (name, value) in fill {
            fields.retain(|(own, _)| own != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(&form.action, &fields).await
    }

    /// Follows redirects as long as they stay with us.
    pub async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..10 {
            let Some(location) = page.location() else { return page };
            let Some(path) = own_path(&location) else { return page };
            page = self.visit(&path).await;
        }
        panic!("redirects without end: {}", page.at);
    }

    /// Signs in from the sign-in page, whose box to stay signed in is left ticked.
    pub async fn sign_in(&mut self, page: &Page, username: &str, password: &str) -> Page {
        self.submit(page, "login-form", &[("username", username), ("password", password), ("remember", "yes")]).await
    }

    async fn request(&mut self, method: Method, path: &str, body: Option<String>) -> Page {
        let mut request = poem::Request::builder()
            .method(method)
            .uri(path.parse().unwrap())
            .header("host", "localhost:8080")
            .header("x-forwarded-for", &self.ip);
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        for (name, value) in &self.extra {
            request = request.header(name.as_str(), value.as_str());
        }
        let request = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::ORIGIN, ISSUER)
                .body(body),
            None => request.finish(),
        };
        let page = Page::of(self.world.send(request).await, path).await;
        self.keep_cookies(&page.headers);
        page
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Page {
    /// Reads an answer.
    pub async fn of(mut response: poem::Response, at: &str) -> Self {
        let body = response.take_body().into_string().await.unwrap_or_default();
        Self { status: response.status(), headers: response.headers().clone(), body, at: at.to_owned() }
    }

    /// The text of a header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Where it redirects to.
    pub fn location(&self) -> Option<String> {
        self.header("location").map(str::to_owned)
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{} is JSON: {}", self.at, self.body))
    }

    /// The parameters of the redirect, from query or fragment.
    pub fn answer(&self) -> BTreeMap<String, String> {
        let location =
            self.location().unwrap_or_else(|| panic!("{} redirects: {} {}", self.at, self.status, self.body));
        let url = url::Url::parse(&location).unwrap();
        let encoded = url.fragment().or(url.query()).unwrap_or_default();
        url::form_urlencoded::parse(encoded.as_bytes()).into_owned().collect()
    }

    /// Whether there is an element with this id.
    pub fn has(&self, id: &str) -> bool {
        let selector = Selector::parse(&format!("[id=\"{id}\"]")).unwrap();
        Html::parse_document(&self.body).select(&selector).next().is_some()
    }

    /// Where the link with this id leads.
    pub fn link(&self, id: &str) -> Option<String> {
        let selector = Selector::parse(&format!("a[id=\"{id}\"]")).unwrap();
        let document = Html::parse_document(&self.body);
        document.select(&selector).next().and_then(|link| link.value().attr("href")).map(str::to_owned)
    }

    /// The text of the element with this id; empty when there is none.
    pub fn text_of(&self, id: &str) -> String {
        let document = Html::parse_document(&self.body);
        let element = Selector::parse(&format!("#{id}")).unwrap();
        document.select(&element).flat_map(|element| element.text()).collect()
    }

    /// The text of the page, in one line.
    pub fn text(&self) -> String {
        let body = Selector::parse("main").unwrap();
        let document = Html::parse_document(&self.body);
        let texts = document.select(&body).flat_map(|element| element.text());
        texts.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The form with this id.
    pub fn form(&self, id: &str) -> Form {
        let document = Html::parse_document(&self.body);
        let form = Selector::parse(&format!("form[id=\"{id}\"]")).unwrap();
        let fields = Selector::parse("input[name]").unwrap();
        let found = document.select(&form).next();
        let found = found.unwrap_or_else(|| panic!("{} has the form {id}: {} {}", self.at, self.status, self.text()));
        let fields = found.select(&fields).filter(|field| field.value().attr("type") != Some("checkbox"));
        let value = |field: scraper::ElementRef<'_>, name: &str| field.value().attr(name).unwrap_or("").to_owned();
        Form {
            action: found.value().attr("action").unwrap().to_owned(),
            fields: fields.map(|field| (value(field, "name"), value(field, "value"))).collect(),
        }
    }
}

/// Form-encodes fields.
pub fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn own_path(location: &str) -> Option<String> {
    if let Some(path) = location.strip_prefix(ISSUER) {
        return Some(path.to_owned());
    }
    location.starts_with('/').then(|| location.to_owned())
}
