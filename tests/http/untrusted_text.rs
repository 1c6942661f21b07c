//! Text of strangers: no markup, no statement, no header, no path (INJ).

use poem::http::Method;

use crate::support::browser::{Browser, Page, encode};
use crate::support::relying_party::{authorize_path, usual_world};
use crate::support::world::{PASSWORD, World};

const MARKUP: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}{% raw %}";

fn assert_harmless(page: &Page) {
    assert!(!page.status.is_server_error(), "{}: {}", page.at, page.status);
    for live in ["<script>alert", "<img src=x", "\"'><", "onerror=alert(1)>"] {
        assert!(!page.body.contains(live), "{} holds {live}", page.at);
    }
    assert!(!page.body.contains("49{%"), "{} evaluates", page.at);
}

#[tokio::test(flavor = "multi_thread")]
async fn inj_01_no_parameter_reaches_a_page_as_markup() {
    let world = usual_world().await;
    for name in [
        "client_id",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
        "nonce",
        "prompt",
        "login_hint",
        "ui_locales",
        "acr_values",
        "claims",
        "display",
        "code_challenge",
        "response_mode",
        "max_age",
        "id_token_hint",
        "request",
        "unknown",
    ] {
        let mut browser = Browser::new(&world);
        assert_harmless(&browser.open(&authorize_path(&[(name, MARKUP)])).await);
        assert_harmless(&browser.open(&authorize_path(&[(name, MARKUP), ("response_mode", "form_post")])).await);
    }
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[("login_hint", MARKUP)])).await;
    for (path, form) in
        [("/login", "login-form"), ("/signup", "signup-form"), ("/code", "code-request-form"), ("/reset", "reset-form")]
    {
        let page = browser.open(&login.at.replace("/login", path)).await;
        assert_harmless(&page);
        let fill = [("username", MARKUP), ("password", MARKUP), ("name", MARKUP), ("code", MARKUP)];
        assert_harmless(&browser.submit(&page, form, &fill).await);
    }
    for path in ["/login", "/verify/link", "/reset/link", "/oauth2/logout", "/account/sessions", "/consent"] {
        for name in ["interaction", "token", "state", "page", "ended", "post_logout_redirect_uri", "client_id"] {
            assert_harmless(&browser.open(&format!("{path}?{}", encode(&[(name, MARKUP)]))).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn inj_02_a_form_post_gives_back_every_state_as_it_came() {
    let world = usual_world().await;
    for state in [MARKUP, "</form><form action=https://evil.example>", "&quot;&#x27;", "\u{2028}\u{202e}", "a&b=c;d"] {
        let change = [("state", state), ("response_mode", "form_post"), ("prompt", "none")];
        let page = Browser::new(&world).visit(&authorize_path(&change)).await;
        assert_harmless(&page);
        let form = page.form("form-post");
        assert_eq!(form.action, "https://acme.example/cb");
        assert!(form.fields.contains(&("state".to_owned(), state.to_owned())), "{:?}", form.fields);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn inj_03_paths_and_header_fields_do_not_come_back() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    for (name, value) in
        [("user-agent", MARKUP), ("referer", MARKUP), ("accept-language", MARKUP), ("x-request-id", MARKUP)]
    {
        browser.extra.push((name.to_owned(), value.to_owned()));
    }
    for path in
        ["/%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/nowhere?%22%3E%3Cscript%3Ealert(1)", "/account/%3Cimg%20src=x"]
    {
        let page = browser.visit(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert_harmless(&page);
        assert!(!page.body.contains("alert(1)"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn inj_05_no_value_is_part_of_a_statement() {
    let world = usual_world().await;
    let hostile =
        ["' OR '1'='1", "'; DROP TABLE accounts; --", "\" OR \"\"=\"", "1) UNION SELECT 1--", "\\' OR 1=1#", "%' --"];
    for text in hostile {
        let mut browser = Browser::new(&world);
        let page = browser.open(&authorize_path(&[("client_id", text)])).await;
        assert_eq!(page.status, 400, "{text}");
        let login = browser.open(&authorize_path(&[("login_hint", text)])).await;
        let refused = browser.sign_in(&login, &format!("{text}@example.com"), text).await;
        assert_eq!(refused.status, 400, "{text}");
        for (path, name) in [("/login", "interaction"), ("/verify/link", "token"), ("/reset/link", "token")] {
            let status = browser.visit(&format!("{path}?{}", encode(&[(name, text)]))).await.status;
            assert!(status.is_client_error(), "{path} {text}: {status}");
        }
        browser.set_cookie("doorward-sessions", &text.replace([' ', ';', '\\', '"'], ""));
        assert_eq!(browser.visit("/account").await.status, 303, "{text}");
    }
    let people = world.context.store.search_accounts("", "", 10).await.unwrap();
    assert_eq!(people.len(), 1, "all is as it was");
    assert!(world.context.store.search_accounts("%' OR 1=1 --", "", 10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn inj_06_no_line_break_reaches_a_header_field() {
    let world = usual_world().await;
    for broken in ["a\r\nSet-Cookie: evil=1", "a\nLocation: https://evil.example", "a\r\n\r\n<html>", "a\0b"] {
        let page = Browser::new(&world).visit(&authorize_path(&[("state", broken), ("prompt", "none")])).await;
        assert!(page.header("set-cookie").is_none_or(|cookie| !cookie.contains("evil")), "{broken:?}");
        for value in page.headers.values() {
            assert!(!value.as_bytes().iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)), "{broken:?}");
        }
        if let Some(location) = page.location() {
            assert!(location.starts_with("https://acme.example/cb?"), "{broken:?}: {location}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn inj_07_no_path_and_no_language_leaves_its_folder() {
    let world = usual_world().await;
    for path in [
        "/../Cargo.toml",
        "/..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/keys/master.key",
        "/static/../../doorward.db",
        "/.env",
        "/.git/config",
        "/keys/master.key",
        "/migrations/0001_foundation.up.sql",
        "/templates/login.html",
        "/doorward.toml",
        "/doorward.db",
        "//etc/passwd",
        "/account/..%5c..%5cwindows",
    ] {
        let page = Browser::new(&world).visit(path).await;
        assert_eq!(page.status, 404, "{path}");
    }
    for tag in ["../../etc/passwd", "de/../../../x", "en%00", "..\\..\\x"] {
        let page = Browser::new(&world).open(&authorize_path(&[("ui_locales", tag)])).await;
        assert_eq!(page.status, 200, "{tag}");
        let mut browser = Browser::new(&world);
        browser.extra.push(("accept-language".to_owned(), tag.to_owned()));
        assert_eq!(browser.open(&authorize_path(&[])).await.status, 200, "{tag}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn inj_08_stored_text_is_shown_as_text() {
    let world = usual_world().await;
    world.client("acme", |metadata| metadata.client_name = Some(MARKUP.to_owned())).await;
    let mut browser = Browser::new(&world);
    browser.extra.push(("user-agent".to_owned(), format!("Mozilla/5.0 {MARKUP}")));
    let login = browser.open(&authorize_path(&[])).await;
    assert_harmless(&login);
    let consent = browser.sign_in(&login, "ada@example.com", PASSWORD).await;
    assert_harmless(&consent);
    browser.submit(&consent, "consent-form", &[("decision", "allow")]).await;
    for path in ["/account", "/account/sessions", "/account/apps", "/account/profile"] {
        let page = browser.visit(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_harmless(&page);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn inj_11_and_htt_12_broken_encodings_are_refused() {
    let world = usual_world().await;
    for query in ["state=%ff%fe", "state=%C0%AF", "state=%ED%A0%80", "%ff=1", "state=%F8%88%80%80%80"] {
        let path = format!("{}&{query}", authorize_path(&[("state", "")]));
        assert_eq!(Browser::new(&world).visit(&path).await.status, 400, "{query}");
    }
    for path in ["/%ff%fe", "/%zz", "/login%f"] {
        assert_eq!(Browser::new(&world).visit(path).await.status, 400, "{path}");
    }
    for path in ["/login?interaction=%", "/login?%zz=1", "/verify/link?token=%f", "/login%00"] {
        let status = Browser::new(&world).visit(path).await.status;
        assert!(!status.is_server_error(), "{path}: {status}");
    }
    for body in [&b"grant_type=\xff\xfe"[..], b"\x00\x01\x02", b"\xef\xbb\xbfgrant_type=x", b"%"] {
        let request = poem::Request::builder()
            .method(Method::POST)
            .uri("/oauth2/token".parse().unwrap())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.to_vec());
        let status = world.send(request).await.status();
        assert!(status.is_client_error(), "{body:?}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_a_refused_request_holds_is_written() {
    let world = usual_world().await;
    for change in [[("client_id", "nobody")], [("redirect_uri", "https://evil.example/")], [("prompt", "sing")]] {
        Browser::new(&world).visit(&authorize_path(&change)).await;
    }
    assert_eq!(count_of_interactions(&world).await, 0);
}

async fn count_of_interactions(world: &World) -> i64 {
    let read = world
        .context
        .store
        .read((), |db, ()| Box::pin(async move { db.one::<(i64,)>("SELECT COUNT(*) FROM interactions", &[]).await }));
    read.await.unwrap().0
}
