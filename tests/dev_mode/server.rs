//! A server in development mode, and a browser without scripts to meet it with.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use doorward::app::{App, Parts};
use doorward::config::{Mode, Settings};
use doorward::dev::people::PEOPLE;
use reqwest::header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Method, StatusCode};
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;
use tempfile::TempDir;

/// `doorward dev` on a free port and an empty folder.
pub struct Server {
    pub app: App,
    pub issuer: String,
    folder: TempDir,
}

impl Server {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = App::start(settings(&folder), Parts::of_this_machine(Mode::Development)).await.unwrap();
        let issuer = app.context.issuer.to_string();
        Self { app, issuer, folder }
    }

    pub fn browser(&self) -> Browser {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_certs_only([])
            .resolve("localhost", self.app.address())
            .build()
            .unwrap();
        Browser { http, issuer: self.issuer.clone(), cookies: BTreeMap::new() }
    }

    pub async fn stop(self) -> TempDir {
        self.app.stop().await;
        self.folder
    }
}

pub fn settings(folder: &TempDir) -> Settings {
    Settings::for_dev(folder.path(), "127.0.0.1:0".parse().unwrap())
}

/// A browser without scripts.
pub struct Browser {
    pub http: reqwest::Client,
    issuer: String,
    pub cookies: BTreeMap<String, String>,
}

/// What it shows.
pub struct Page {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl Browser {
    /// Opens an address of the server and follows redirects.
    pub async fn open(&mut self, address: &str) -> Page {
        let page = self.send(Method::GET, address, &[]).await;
        self.follow(page).await
    }

    /// Presses a button, filling in fields of its form.
    pub async fn press(&mut self, page: &Page, button: &str, fill: &[(&str, &str)]) -> Page {
        let (action, mut fields) = page.form_of(button);
        for (name, value) in fill {
            fields.retain(|(own, _)| own != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let page = self.send(Method::POST, &action, &fields).await;
        self.follow(page).await
    }

    /// Follows a link.
    pub async fn click(&mut self, page: &Page, link: &str) -> Page {
        let document = Html::parse_document(&page.body);
        let href = element(&document, &format!("a#{link}")).expect("the link is there").value().attr("href").unwrap();
        self.open(href).await
    }

    async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..12 {
            let Some(location) = page.headers.get(LOCATION) else { return page };
            let location = location.to_str().unwrap().to_owned();
            page = self.send(Method::GET, &location, &[]).await;
        }
        panic!("redirects without end");
    }

    pub async fn send(&mut self, method: Method, address: &str, fields: &[(String, String)]) -> Page {
        let address = if address.starts_with('/') { format!("{}{address}", self.issuer) } else { address.to_owned() };
        assert!(address.starts_with(&self.issuer), "{address} is elsewhere");
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = self.http.request(method.clone(), address).header(COOKIE, cookies.join("; "));
        if method == Method::POST {
            request = request.header("origin", &self.issuer).form(fields);
        }
        let answer = request.send().await.unwrap();
        for line in answer.headers().get_all(SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let (status, headers) = (answer.status(), answer.headers().clone());
        Page { status, headers, body: answer.text().await.unwrap() }
    }

    /// The inbox as a program sees it.
    pub async fn mails(&self, query: &str) -> Vec<Value> {
        let request = self.http.get(format!("{}/dev/inbox{query}", self.issuer)).header(ACCEPT, "application/json");
        let mut document: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
        serde_json::from_value(document["mails"].take()).unwrap()
    }

    /// The newest mail to `address`, which is delivered behind the browser's back.
    pub async fn mail_to(&self, address: &str) -> Value {
        let patience = Instant::now() + Duration::from_secs(20);
        while Instant::now() < patience {
            if let Some(mail) = self.mails(&format!("?to={address}")).await.into_iter().next() {
                return mail;
            }
        }
        panic!("no mail to {address}");
    }

    /// From the demo application's start page to the sign-in page.
    pub async fn begin(&mut self) -> Page {
        let start = self.open("/dev/app").await;
        let login = self.press(&start, "demo-sign-in", &[]).await;
        assert!(login.has("login-form"), "{}", login.text("main"));
        login
    }

    /// Signs somebody made up in to the demo application.
    pub async fn sign_in(&mut self, person: usize) -> Page {
        let login = self.begin().await;
        let fill = [("username", PEOPLE[person].email), ("password", PEOPLE[person].password)];
        let consent = self.press(&login, "login-submit", &fill).await;
        self.press(&consent, "consent-allow", &[("decision", "allow")]).await
    }
}

impl Page {
    pub fn has(&self, id: &str) -> bool {
        element(&Html::parse_document(&self.body), &format!("#{id}")).is_some()
    }

    pub fn text(&self, selector: &str) -> String {
        let document = Html::parse_document(&self.body);
        let found = element(&document, selector).unwrap_or_else(|| panic!("{selector} is in {}", self.body));
        found.text().collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The rows of a table of names and values.
    pub fn table(&self, id: &str) -> BTreeMap<String, String> {
        let document = Html::parse_document(&self.body);
        let [rows, name, value] =
            [format!("#{id} tbody tr"), "th".to_owned(), "td".to_owned()].map(|css| selector(&css));
        let text = |row: ElementRef<'_>, cell| row.select(cell).next().unwrap().text().collect::<String>();
        document.select(&rows).map(|row| (text(row, &name), text(row, &value))).collect()
    }

    pub fn form_of(&self, button: &str) -> (String, Vec<(String, String)>) {
        let document = Html::parse_document(&self.body);
        let button = element(&document, &format!("button#{button}"));
        let button = button.unwrap_or_else(|| panic!("the button is in {}", self.text("main")));
        let form =
            button.ancestors().filter_map(ElementRef::wrap).find(|parent| parent.value().name() == "form").unwrap();
        let attribute = |field: ElementRef<'_>, name| field.value().attr(name).unwrap_or_default().to_owned();
        let inputs = selector("input[name]");
        let fields = form.select(&inputs).map(|field| (attribute(field, "name"), attribute(field, "value")));
        (attribute(form, "action"), fields.collect())
    }
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap()
}

pub fn element<'d>(document: &'d Html, css: &str) -> Option<ElementRef<'d>> {
    document.select(&selector(css)).next()
}
