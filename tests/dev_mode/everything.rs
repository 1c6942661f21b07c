//! The demo application, the inbox, the mails, and what tells development from production.

use doorward::app::{Parts, Prepared, StartFault, inspect};
use doorward::base::Timestamp;
use doorward::config::Mode;
use doorward::dev::people::PEOPLE;
use doorward::model::audit::{AuditAction, AuditEvent};
use reqwest::header::{CONTENT_SECURITY_POLICY, HOST, LOCATION};
use reqwest::{Method, StatusCode};
use scraper::Html;

use crate::server::{Server, element, settings};

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
