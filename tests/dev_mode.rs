//! Dev mode as a person and a program meet it: a server on a free port, a browser without scripts, the inbox, and the
//! demo application, whose calls to the provider go over loopback.
#![expect(clippy::unwrap_used, reason = "a test that finds something else than it looks for ends there")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use doorward::app::{App, Parts, Prepared, StartFault, inspect};
use doorward::base::Timestamp;
use doorward::config::{Mode, Settings};
use doorward::dev::people::PEOPLE;
use doorward::model::audit::{AuditAction, AuditEvent};
use reqwest::header::{ACCEPT, CONTENT_SECURITY_POLICY, COOKIE, HOST, LOCATION, SET_COOKIE};
use reqwest::{Method, StatusCode};
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;
use tempfile::TempDir;

/// `doorward dev` on a free port and an empty folder.
struct Server {
    app: App,
    issuer: String,
    folder: TempDir,
}

impl Server {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = App::start(settings(&folder), Parts::of_this_machine(Mode::Development)).await.unwrap();
        let issuer = app.context.issuer.to_string();
        Self { app, issuer, folder }
    }

    fn browser(&self) -> Browser {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_certs_only([])
            .resolve("localhost", self.app.address())
            .build()
            .unwrap();
        Browser { http, issuer: self.issuer.clone(), cookies: BTreeMap::new() }
    }

    async fn stop(self) -> TempDir {
        self.app.stop().await;
        self.folder
    }
}

fn settings(folder: &TempDir) -> Settings {
    Settings::for_dev(folder.path(), "127.0.0.1:0".parse().unwrap())
}

/// A browser without scripts.
struct Browser {
    http: reqwest::Client,
    issuer: String,
    cookies: BTreeMap<String, String>,
}

/// What it shows.
struct Page {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    body: String,
}

impl Browser {
    /// Opens an address of the server and follows redirects.
    async fn open(&mut self, address: &str) -> Page {
        let page = self.send(Method::GET, address, &[]).await;
        self.follow(page).await
    }

    /// Presses a button, filling in fields of its form.
    async fn press(&mut self, page: &Page, button: &str, fill: &[(&str, &str)]) -> Page {
        let (action, mut fields) = page.form_of(button);
        for (name, value) in fill {
            fields.retain(|(own, _)| own != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let page = self.send(Method::POST, &action, &fields).await;
        self.follow(page).await
    }

    /// Follows a link.
    async fn click(&mut self, page: &Page, link: &str) -> Page {
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

    async fn send(&mut self, method: Method, address: &str, fields: &[(String, String)]) -> Page {
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
    async fn mails(&self, query: &str) -> Vec<Value> {
        let request = self.http.get(format!("{}/dev/inbox{query}", self.issuer)).header(ACCEPT, "application/json");
        let mut document: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
        serde_json::from_value(document["mails"].take()).unwrap()
    }

    /// The newest mail to `address`, which is delivered behind the browser's back.
    async fn mail_to(&self, address: &str) -> Value {
        let patience = Instant::now() + Duration::from_secs(20);
        while Instant::now() < patience {
            if let Some(mail) = self.mails(&format!("?to={address}")).await.into_iter().next() {
                return mail;
            }
        }
        panic!("no mail to {address}");
    }

    /// From the demo application's start page to the sign-in page.
    async fn begin(&mut self) -> Page {
        let start = self.open("/dev/app").await;
        let login = self.press(&start, "demo-sign-in", &[]).await;
        assert!(login.has("login-form"), "{}", login.text("main"));
        login
    }

    /// Signs somebody made up in to the demo application.
    async fn sign_in(&mut self, person: usize) -> Page {
        let login = self.begin().await;
        let fill = [("username", PEOPLE[person].email), ("password", PEOPLE[person].password)];
        let consent = self.press(&login, "login-submit", &fill).await;
        self.press(&consent, "consent-allow", &[("decision", "allow")]).await
    }
}

impl Page {
    fn has(&self, id: &str) -> bool {
        element(&Html::parse_document(&self.body), &format!("#{id}")).is_some()
    }

    fn text(&self, selector: &str) -> String {
        let document = Html::parse_document(&self.body);
        let found = element(&document, selector).unwrap_or_else(|| panic!("{selector} is in {}", self.body));
        found.text().collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The rows of a table of names and values.
    fn table(&self, id: &str) -> BTreeMap<String, String> {
        let document = Html::parse_document(&self.body);
        let [rows, name, value] =
            [format!("#{id} tbody tr"), "th".to_owned(), "td".to_owned()].map(|css| selector(&css));
        let text = |row: ElementRef<'_>, cell| row.select(cell).next().unwrap().text().collect::<String>();
        document.select(&rows).map(|row| (text(row, &name), text(row, &value))).collect()
    }

    fn form_of(&self, button: &str) -> (String, Vec<(String, String)>) {
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

fn element<'d>(document: &'d Html, css: &str) -> Option<ElementRef<'d>> {
    document.select(&selector(css)).next()
}

#[tokio::test]
async fn the_first_run_leads_from_sign_up_to_verified_claims_refresh_and_sign_out() {
    let server = Server::start().await;
    let mut browser = server.browser();
    let login = browser.begin().await;
    let signup = browser.click(&login, "signup-link").await;
    let newcomer =
        [("username", "newcomer@people.example"), ("password", "quiet harbour at noon"), ("name", "Nova Comer")];
    let verify = browser.press(&signup, "signup-submit", &newcomer).await;
    assert!(verify.has("code-form"), "{}", verify.text("main"));

    let mail = browser.mail_to("newcomer@people.example").await;
    let code = mail["code"].as_str().unwrap();
    let consent = browser.press(&verify, "code-submit", &[("code", code)]).await;
    assert!(consent.text("#consent-form").contains("Allow"), "{}", consent.text("main"));
    assert!(consent.text("main").contains("newcomer@people.example"));
    let result = browser.press(&consent, "consent-allow", &[("decision", "allow")]).await;

    let claims = result.table("demo-id-token");
    assert_eq!((&*claims["iss"], &*claims["aud"]), (&*server.issuer, "demo-app"));
    for check in ["state", "RFC 9207", "PKCE", "signature", "iss is the issuer", "exp", "at_hash", "nonce"] {
        assert!(result.text("#demo-checks").contains(check), "{check}: {}", result.text("#demo-checks"));
    }
    let userinfo = browser.press(&result, "demo-userinfo", &[]).await.table("demo-userinfo-claims");
    assert_eq!(userinfo["sub"], claims["sub"]);
    assert_eq!((&*userinfo["email"], &*userinfo["email_verified"]), ("newcomer@people.example", "true"));

    let before = result.table("demo-tokens")["refresh_token"].clone();
    let refreshed = browser.press(&result, "demo-refresh", &[]).await;
    assert_ne!(refreshed.table("demo-tokens")["refresh_token"], before);
    assert_ne!(refreshed.text("#demo-refreshes"), result.text("#demo-refreshes"));
    assert_eq!(refreshed.table("demo-id-token")["sub"], claims["sub"]);
    assert!(refreshed.text("#demo-checks").contains("auth_time"), "{}", refreshed.text("#demo-checks"));

    let mut gone = browser.press(&refreshed, "demo-sign-out", &[]).await;
    if gone.has("logout-confirm") {
        gone = browser.press(&gone, "logout-yes", &[("decision", "yes")]).await;
    }
    assert!(gone.has("demo-signed-out"), "{}", gone.text("main"));
    browser.begin().await;
    server.stop().await;
}

#[tokio::test]
async fn userinfo_of_the_person_who_has_everything_holds_every_standard_claim() {
    let server = Server::start().await;
    let mut browser = server.browser();
    let result = browser.sign_in(0).await;
    let userinfo = browser.press(&result, "demo-userinfo", &[]).await.table("demo-userinfo-claims");
    let names: Vec<&str> = userinfo.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "address",
            "birthdate",
            "email",
            "email_verified",
            "family_name",
            "gender",
            "given_name",
            "locale",
            "middle_name",
            "name",
            "nickname",
            "phone_number",
            "phone_number_verified",
            "picture",
            "preferred_username",
            "profile",
            "sub",
            "updated_at",
            "website",
            "zoneinfo",
        ]
    );
    server.stop().await;
}

#[tokio::test]
async fn the_demo_app_says_what_the_provider_said_when_consent_is_refused() {
    let server = Server::start().await;
    let mut browser = server.browser();
    let login = browser.begin().await;
    let fill = [("username", PEOPLE[1].email), ("password", PEOPLE[1].password)];
    let consent = browser.press(&login, "login-submit", &fill).await;
    let refused = browser.press(&consent, "consent-deny", &[("decision", "deny")]).await;
    assert!(refused.text("#demo-error").contains("access_denied"), "{}", refused.text("main"));
    server.stop().await;
}

#[tokio::test]
async fn the_demo_app_says_what_the_token_endpoint_said() {
    let server = Server::start().await;
    let mut browser = server.browser();
    let result = browser.sign_in(2).await;
    let now = Timestamp::from_seconds(1_800_000_000);
    let audit = AuditEvent::new(AuditAction::ClientChanged, now, "test");
    server.app.context.store.set_client_disabled("demo-app", true, now, audit).await.unwrap();
    let refused = browser.press(&result, "demo-refresh", &[]).await;
    assert!(refused.text("#demo-error").contains("invalid_client"), "{}", refused.text("main"));
    server.stop().await;
}

#[tokio::test]
async fn the_demo_app_takes_no_answer_that_this_browser_did_not_ask_for() {
    let server = Server::start().await;
    let mut browser = server.browser();
    for query in ["", "?code=x", "?code=x&state=y", "?error=access_denied&state=y", "?state=a&state=b"] {
        let page = browser.open(&format!("/dev/app/callback{query}")).await;
        assert!(page.has("demo-error"), "{query}: {}", page.text("main"));
        assert!(!page.status.is_success() && !page.status.is_redirection(), "{query}: {}", page.status);
    }
    // The answer to another browser's request.
    let mut other = server.browser();
    let start = other.open("/dev/app").await;
    let (action, fields) = start.form_of("demo-sign-in");
    let request = other.send(Method::POST, &action, &fields).await;
    let address = request.headers[LOCATION].to_str().unwrap().to_owned();
    let state = address.split(['?', '&']).find_map(|pair| pair.strip_prefix("state=")).unwrap();
    let page = browser.open(&format!("/dev/app/callback?code=x&state={state}&iss={}", server.issuer)).await;
    assert!(page.text("#demo-error").contains("sign_in_not_begun"), "{}", page.text("main"));
    // An answer that says it comes from another provider (RFC 9207).
    let page = other.open(&format!("/dev/app/callback?code=x&state={state}&iss=https://evil.example")).await;
    assert!(page.text("#demo-error").contains("RFC 9207"), "{}", page.text("main"));
    server.stop().await;
}

#[tokio::test]
async fn a_code_that_the_provider_never_gave_is_refused_by_it() {
    let server = Server::start().await;
    let mut browser = server.browser();
    let start = browser.open("/dev/app").await;
    let (action, fields) = start.form_of("demo-sign-in");
    let request = browser.send(Method::POST, &action, &fields).await;
    let address = request.headers[LOCATION].to_str().unwrap().to_owned();
    let state = address.split(['?', '&']).find_map(|pair| pair.strip_prefix("state=")).unwrap();
    let page = browser.open(&format!("/dev/app/callback?code=x&state={state}&iss={}", server.issuer)).await;
    assert!(page.text("#demo-error").contains("invalid_grant"), "{}", page.text("main"));
    server.stop().await;
}

#[tokio::test]
async fn the_inbox_shows_mails_to_people_and_programs() {
    let server = Server::start().await;
    let mut browser = server.browser();
    assert!(browser.mails("").await.is_empty());
    for number in 1..=2 {
        browser.cookies.clear();
        let login = browser.begin().await;
        let signup = browser.click(&login, "signup-link").await;
        let address = format!("person{number}@people.example");
        let fill = [("username", &*address), ("password", "quiet harbour at noon")];
        browser.press(&signup, "signup-submit", &fill).await;
        browser.mail_to(&address).await;
    }
    let mails = browser.mails("").await;
    let to: Vec<&str> = mails.iter().map(|mail| mail["to"].as_str().unwrap()).collect();
    assert_eq!(to, ["person2@people.example", "person1@people.example"]);
    assert!(browser.mails("?to=nobody@people.example").await.is_empty());
    let mail = &mails[0];
    let link = mail["link"].as_str().unwrap();
    assert!(link.starts_with(&format!("{}/verify/link?token=", server.issuer)), "{link}");
    assert!(mail["received_at"].is_i64() && mail["subject"].is_string() && mail["html"].is_string());

    let list = browser.open("/dev/inbox").await;
    let id = mail["id"].as_str().unwrap();
    let shown = browser.click(&list, &format!("mail-{id}")).await;
    assert_eq!(shown.text("#mail-code"), mail["code"].as_str().unwrap());
    assert_eq!(shown.text("#mail-to"), "person2@people.example");
    assert!(shown.headers[CONTENT_SECURITY_POLICY].to_str().unwrap().contains("frame-src 'self'"));
    let document = Html::parse_document(&shown.body);
    let frame = element(&document, "iframe#mail-html").unwrap();
    assert_eq!(frame.value().attr("sandbox"), Some(""));

    let part = browser.open(frame.value().attr("src").unwrap()).await;
    assert_eq!(part.body, mail["html"].as_str().unwrap());
    assert!(part.headers[CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("sandbox; default-src 'none'"));
    assert_eq!(part.headers["x-frame-options"], "SAMEORIGIN");
    for absent in ["/dev/inbox/x", "/dev/inbox/01890a5d-ac96-774b-bcce-b302099a8057", "/dev/inbox/x/html"] {
        assert_eq!(browser.open(absent).await.status, StatusCode::NOT_FOUND, "{absent}");
    }
    assert_eq!(browser.open("/dev/inbox?to=nobody").await.status, StatusCode::BAD_REQUEST);
    server.stop().await;
}

#[tokio::test]
async fn every_mail_can_be_looked_at_in_every_language() {
    let server = Server::start().await;
    let mut browser = server.browser();
    let list = browser.open("/dev/mails").await;
    for mail in doorward::pages::Mail::samples() {
        for (lang, subject) in [("de", "Neue Anmeldung"), ("en", "New sign-in")] {
            let shown = browser.click(&list, &format!("sample-{}-1-{lang}", mail.kind())).await;
            assert!(shown.text("#mail-templates").contains(&format!("mail/{}.html", mail.kind())));
            assert!(mail.kind() != "new_device" || shown.text("h1").starts_with(subject), "{}", shown.text("h1"));
            let document = Html::parse_document(&shown.body);
            let frame = element(&document, "iframe#mail-html").unwrap();
            assert_eq!(frame.value().attr("sandbox"), Some(""));
            let part = browser.open(frame.value().attr("src").unwrap()).await;
            assert!(part.body.contains(&format!("lang=\"{lang}\"")), "{}", part.body);
            assert!(part.headers[CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("sandbox"));
        }
    }
    for absent in ["/dev/mails/x", "/dev/mails/login_code-99", "/dev/mails/x/html"] {
        assert_eq!(browser.open(absent).await.status, StatusCode::NOT_FOUND, "{absent}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_name_that_somebody_points_at_this_machine_does_not_open_the_inbox() {
    let server = Server::start().await;
    let browser = server.browser();
    let port = server.app.address().port();
    for (name, status) in
        [("evil.example", 403), ("localhost.evil.example", 403), ("127.0.0.1", 200), ("localhost", 200)]
    {
        let request = browser.http.get(format!("{}/dev/inbox", server.issuer)).header(HOST, format!("{name}:{port}"));
        assert_eq!(request.send().await.unwrap().status(), status, "{name}");
    }
    // The demo application moves to the issuer's name, where its cookies will be needed.
    let app = format!("{}/dev/app", server.issuer);
    let answer = browser.http.get(&app).header(HOST, format!("127.0.0.1:{port}")).send().await.unwrap();
    assert_eq!(answer.headers()[LOCATION].to_str().unwrap(), app);
    server.stop().await;
}

#[tokio::test]
async fn production_refuses_the_database_of_dev_mode() {
    let server = Server::start().await;
    let folder = server.stop().await;
    let mut prepared = Prepared::build(settings(&folder), Parts::of_this_machine(Mode::Production)).await.unwrap();
    let Err(StartFault::DevelopmentData(left)) = prepared.enter_mode().await else { panic!("production starts") };
    assert!(left.contains(&"mira@example.com".to_owned()) && left.contains(&"demo-web".to_owned()), "{left:?}");
    prepared.context.store.shutdown().await;
    // `check` says so beforehand.
    let found = inspect::everything(&settings(&folder), &Parts::of_this_machine(Mode::Production)).await;
    let wrong: Vec<_> = found.looked_at.iter().filter(|(_, found)| found.is_err()).map(|(what, _)| *what).collect();
    assert_eq!(wrong, ["people"]);
}
