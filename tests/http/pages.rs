//! What every page and answer carries: header fields, cookies, and nothing that leads elsewhere (WEB, RED-10).

use std::collections::BTreeSet;

use doorward::endpoint::ROWS;
use poem::http::{Method, StatusCode, header};
use scraper::{Html, Selector};

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{authorize_path, sign_in_and_consent, usual_world};
use crate::support::world::{PASSWORD, World};

/// Every page there is but those of dev mode, error pages included.
async fn every_page(world: &World) -> Vec<Page> {
    let mut pages = pages_of_a_stranger(world).await;
    pages.extend(pages_of_a_person(world).await);
    pages.extend(error_pages(world).await);
    pages
}

async fn pages_of_a_stranger(world: &World) -> Vec<Page> {
    let mut browser = Browser::new(world);
    let login = browser.open(&authorize_path(&[])).await;
    let signup = browser.open(&login.at.replace("/login", "/signup")).await;
    let fill = [("username", "new@example.com"), ("password", "tomatoes in the greenhouse")];
    let verify = browser.submit(&signup, "signup-form", &fill).await;
    let verify_link = browser.visit(&world.last_link_to("new@example.com").await).await;
    let code = browser.open(&login.at.replace("/login", "/code")).await;
    let enter = browser.submit(&code, "code-request-form", &[("username", "ada@example.com")]).await;
    world.mails().await;
    let reset = browser.open(&login.at.replace("/login", "/reset")).await;
    let reset_code = browser.submit(&reset, "reset-form", &[("username", "ada@example.com")]).await;
    let reset_link = browser.visit(&world.last_link_to("ada@example.com").await).await;
    let digits = world.last_code_to("ada@example.com").await;
    let reset_password = browser.submit(&reset_code, "code-form", &[("code", &digits)]).await;
    assert!(reset_password.has("reset-password-form"), "{}", reset_password.text());
    vec![login, signup, verify, verify_link, code, enter, reset, reset_code, reset_link, reset_password]
}

async fn pages_of_a_person(world: &World) -> Vec<Page> {
    let mut browser = Browser::new(world);
    let login = browser.open(&authorize_path(&[])).await;
    let consent = browser.sign_in(&login, "ada@example.com", PASSWORD).await;
    assert!(consent.has("consent-allow"), "{}", consent.text());
    let choose = browser.open(&authorize_path(&[("prompt", "select_account")])).await;
    assert!(choose.has("choose-form"), "{}", choose.text());
    let mut pages = vec![consent, choose];
    for path in [
        "/account",
        "/account/profile",
        "/account/sessions",
        "/account/apps",
        "/account/password",
        "/account/email",
        "/account/data",
        "/account/delete",
    ] {
        pages.push(browser.visit(path).await);
    }
    let logout = browser.visit("/oauth2/logout").await;
    pages.push(browser.submit(&logout, "logout-confirm", &[("decision", "yes")]).await);
    pages.push(logout);
    let by_form = authorize_path(&[("response_mode", "form_post"), ("prompt", "none")]);
    pages.push(browser.visit(&by_form).await);
    for page in &pages {
        assert_eq!(page.status, 200, "{}", page.at);
    }
    pages
}

async fn error_pages(world: &World) -> Vec<Page> {
    let mut browser = Browser::new(world);
    let mut pages = Vec::new();
    for path in
        ["/nowhere", "/consent", "/login?interaction=x", "/verify/link?token=x", "/reset/link", "/login?a=1&a=2"]
    {
        pages.push(browser.visit(path).await);
    }
    pages.push(browser.visit(&authorize_path(&[("client_id", "nobody")])).await);
    pages.push(browser.post("/continue", &[]).await);
    let login = browser.open(&authorize_path(&[])).await;
    pages.push(browser.submit(&login, "login-form", &[("csrf", "x")]).await);
    pages.push(browser.submit(&login, "login-form", &[("username", "a@example.com"), ("password", "x")]).await);
    for page in &pages {
        assert!(page.status.is_client_error(), "{}: {}", page.at, page.status);
    }
    pages
}

fn directive<'p>(policy: &'p str, name: &str) -> &'p str {
    let directives = policy.split(';').map(str::trim);
    directives
        .filter_map(|directive| directive.split_once(' '))
        .find(|(own, _)| *own == name)
        .map_or("", |(_, value)| value)
}

#[tokio::test(flavor = "multi_thread")]
async fn web_01_every_page_has_a_strict_content_security_policy() {
    let world = usual_world().await;
    for page in every_page(&world).await {
        let policy = page.header("content-security-policy").unwrap_or_default();
        for name in ["default-src", "object-src", "base-uri", "frame-ancestors"] {
            assert_eq!(directive(policy, name), "'none'", "{}: {policy}", page.at);
        }
        for name in ["script-src", "style-src"] {
            assert!(directive(policy, name).starts_with("'nonce-"), "{}: {policy}", page.at);
        }
        assert!(directive(policy, "form-action").starts_with("'self'"), "{}: {policy}", page.at);
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{}: {policy}", page.at);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn web_02_nothing_is_sniffed_and_web_12_every_text_names_its_charset() {
    let world = usual_world().await;
    for (path, page) in every_answer(&world).await {
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(page.header("server").is_none() && page.header("x-powered-by").is_none(), "{path}");
        match page.header("content-type") {
            Some(
                "application/json"
                | "application/json; charset=utf-8"
                | "application/problem+json"
                | "text/html; charset=utf-8"
                | "text/plain; charset=utf-8",
            ) => {}
            Some(other) => assert!(other.starts_with("application/openmetrics-text;"), "{path}: {other}"),
            None => assert!(page.body.is_empty(), "{path}: {}", page.body),
        }
    }
}

/// One answer of every address to every common method.
async fn every_answer(world: &World) -> Vec<(String, Page)> {
    let mut answers = Vec::new();
    let paths = ROWS.iter().map(|row| row.path).chain(["/nowhere", "/account/nowhere"]);
    for path in paths {
        for method in [Method::GET, Method::POST, Method::PUT, Method::OPTIONS, Method::TRACE] {
            let request = poem::Request::builder().method(method.clone()).uri(path.parse().unwrap()).finish();
            let answer = Page::of(world.send(request).await, path).await;
            assert!(!answer.status.is_server_error(), "{method} {path}: {}", answer.status);
            answers.push((format!("{method} {path}"), answer));
        }
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn web_03_no_address_of_ours_is_told_to_others() {
    let world = usual_world().await;
    for (path, page) in every_answer(&world).await {
        assert!(matches!(page.header("referrer-policy"), Some("same-origin" | "no-referrer")), "{path}");
    }
    for page in every_page(&world).await {
        assert!(matches!(page.header("referrer-policy"), Some("same-origin" | "no-referrer")), "{}", page.at);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn web_04_no_page_is_kept_and_web_05_none_is_framed() {
    let world = usual_world().await;
    for page in every_page(&world).await {
        assert_eq!(page.header("cache-control"), Some("no-store"), "{}", page.at);
        assert_eq!(page.header("x-frame-options"), Some("DENY"), "{}", page.at);
        assert_eq!(page.header("cross-origin-opener-policy"), Some("same-origin"), "{}", page.at);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{}", page.at);
    }
}

const HTTPS: &str = "https://login.example.com";

async fn https_world() -> World {
    let world = World::with(|settings| settings.issuer = doorward::base::Issuer::parse(HTTPS).unwrap()).await;
    world.client("acme", |_| ()).await;
    world.person("ada@example.com").await;
    world
}

fn https_browser(world: &World) -> Browser<'_> {
    let mut browser = Browser::new(world);
    browser.extra.push(("origin".to_owned(), HTTPS.to_owned()));
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn web_06_on_https_every_answer_asks_for_https_for_a_year() {
    let world = https_world().await;
    for (path, page) in every_answer(&world).await {
        let value = page.header("strict-transport-security").unwrap_or_default();
        let seconds = value.strip_prefix("max-age=").and_then(|rest| rest.split(';').next()?.parse::<u64>().ok());
        assert!(seconds.is_some_and(|seconds| seconds >= 31_536_000), "{path}: {value}");
    }
    let plain = usual_world().await;
    let login = Browser::new(&plain).open(&authorize_path(&[])).await;
    assert!(login.header("strict-transport-security").is_none(), "on loopback it would lock people out");
}

/// Every cookie that is set from the first page to the account and out again.
async fn cookies_of_a_visit(browser: &mut Browser<'_>) -> Vec<String> {
    let first = browser.visit(&authorize_path(&[])).await;
    let login = browser.follow(first.clone()).await;
    let fill = [("username", "ada@example.com"), ("password", PASSWORD)];
    let signed_in = browser.submit_only(&login, "login-form", &fill).await;
    assert_eq!(signed_in.status, 303, "{}", signed_in.text());
    let logout = browser.visit("/oauth2/logout").await;
    let out = browser.submit_only(&logout, "logout-confirm", &[("decision", "yes")]).await;
    let lines = [first, login, signed_in, logout, out].into_iter().flat_map(|page| {
        let lines = page.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap().to_owned());
        lines.collect::<Vec<_>>()
    });
    lines.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn web_07_cookies_are_for_this_host_alone_and_for_no_script() {
    let world = https_world().await;
    let lines = cookies_of_a_visit(&mut https_browser(&world)).await;
    let names: BTreeSet<&str> = lines.iter().filter_map(|line| line.split('=').next()).collect();
    let all = ["__Host-doorward-browser", "__Host-doorward-device", "__Host-doorward-sessions"];
    assert_eq!(names.into_iter().collect::<Vec<_>>(), all);
    for line in &lines {
        let attributes: Vec<&str> = line.split("; ").skip(1).collect();
        for wanted in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
            assert!(attributes.contains(&wanted), "{line}");
        }
        assert!(!line.contains("Domain"), "{line}");
    }
    let plain = usual_world().await;
    for line in cookies_of_a_visit(&mut Browser::new(&plain)).await {
        assert!(!line.contains("Secure") && !line.contains("__Host-"), "browsers drop it on http: {line}");
        assert!(line.contains("; HttpOnly") && line.contains("; SameSite=Lax") && line.contains("; Path=/"), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn web_08_session_values_are_opaque_and_different_every_time() {
    let world = usual_world().await;
    let ada = world.person("ada@example.com").await;
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let mut browser = Browser::new(&world);
        sign_in_and_consent(&mut browser, "ada@example.com", &authorize_path(&[])).await;
        for value in browser.cookies().values() {
            assert!(!value.contains("ada") && !value.contains(ada.id.as_str()), "{value}");
            assert!(seen.insert(value.clone()), "given twice: {value}");
        }
        // 22 characters of base64url are 132 bits.
        let session = &browser.cookies()["doorward-sessions"];
        assert!(session.split_once('_').is_some_and(|(_, secret)| secret.len() >= 22), "{session}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn web_09_no_page_loads_anything_from_elsewhere() {
    let world = usual_world().await;
    let loading = Selector::parse("[src], link[href], object[data], [srcset], [style], [background]").unwrap();
    for page in every_page(&world).await {
        let document = Html::parse_document(&page.body);
        for element in document.select(&loading) {
            let value = element.value();
            let address = value.attr("src").or(value.attr("href")).unwrap_or("elsewhere");
            assert!(address.starts_with("data:"), "{}: {}", page.at, element.html());
        }
        assert!(!page.body.contains("@import") && !page.body.contains("url(http"), "{}", page.at);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn web_10_scripts_of_other_origins_reach_no_page_and_no_account() {
    let world = usual_world().await;
    let mut open = Vec::new();
    for row in ROWS {
        let request = poem::Request::builder()
            .uri(row.path.parse().unwrap())
            .header(header::ORIGIN, "https://spa.example")
            .finish();
        let answer = Page::of(world.send(request).await, row.path).await;
        assert!(answer.header("access-control-allow-credentials").is_none(), "{}", row.path);
        if let Some(allowed) = answer.header("access-control-allow-origin") {
            assert_eq!(allowed, "*", "{}", row.path);
            open.push(row.path);
        }
    }
    let harmless = [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/jwks.json",
        "/.well-known/oauth-protected-resource",
    ];
    assert_eq!(open, harmless);
}

#[tokio::test(flavor = "multi_thread")]
async fn web_11_error_pages_tell_no_versions_and_no_insides() {
    let world = usual_world().await;
    for page in error_pages(&world).await {
        let text = page.body.to_lowercase();
        for inside in ["0.1.0", "poem", "rust", "sqlite", "select ", "panicked", ".rs:", "stack backtrace"] {
            assert!(!text.contains(inside), "{} tells {inside}", page.at);
        }
        if page.has("error-page") {
            assert!(page.has("error-request") && page.has("error-code"), "{}", page.at);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn web_14_every_page_has_a_nonce_of_its_own() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let again = browser.visit(&login.at).await;
    let nonce = |page: &Page| {
        let policy = page.header("content-security-policy").unwrap().to_owned();
        directive(&policy, "script-src").to_owned()
    };
    assert_ne!(nonce(&login), nonce(&again));
    assert!(nonce(&login).len() >= "'nonce-'".len() + 22);
    let (error, other) = (browser.visit("/nowhere").await, browser.visit("/nowhere").await);
    assert_ne!(nonce(&error), nonce(&other));
}

#[tokio::test(flavor = "multi_thread")]
async fn red_10_after_sign_in_only_pages_of_ours_are_gone_to() {
    let world = usual_world().await;
    for query in [
        "page=https://evil.example/",
        "page=//evil.example",
        "page=../../oauth2/logout",
        "page=%2Fprofile",
        "next=https://evil.example/&return_to=//evil.example&redirect_uri=https://evil.example",
    ] {
        let mut browser = Browser::new(&world);
        let login = browser.open(&format!("/login?{query}")).await;
        let fill = [("username", "ada@example.com"), ("password", PASSWORD)];
        let answer = browser.submit_only(&login, "login-form", &fill).await;
        assert_eq!(answer.location().as_deref(), Some("/account"), "{query}");
    }
    let mut browser = Browser::new(&world);
    let login = browser.open("/account/profile").await;
    let fill = [("username", "ada@example.com"), ("password", PASSWORD)];
    let answer = browser.submit_only(&login, "login-form", &fill).await;
    assert_eq!(answer.location().as_deref(), Some("/account/profile"), "a page of ours is remembered");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_page_leads_on() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let refused = browser.submit(&login, "login-form", &[("csrf", "from long ago")]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let onward = refused.link("onward").expect("there is a way on");
    assert!(browser.open(&onward).await.has("login-submit"));
    for (path, leads_to) in
        [("/nowhere", "/account"), ("/verify/link?token=x", "/login"), ("/reset/link?token=x", "/reset")]
    {
        assert_eq!(browser.visit(path).await.link("onward").as_deref(), Some(leads_to), "{path}");
    }
}
