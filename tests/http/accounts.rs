//! The account's own pages, what health tells, and what is recorded (API-04, API-07, API-12, LOG).

use doorward::store::AuditEntry;

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{
    authorize_path, refresh, sign_in_and_consent, token, tokens, userinfo, usual_world,
};
use crate::support::world::{PASSWORD, SECRET, World};

const ADA: &str = "ada@example.com";

async fn signed_in<'w>(world: &'w World, email: &str) -> Browser<'w> {
    let mut browser = Browser::new(world);
    let login = browser.open("/login").await;
    let account = browser.sign_in(&login, email, PASSWORD).await;
    assert!(account.at.starts_with("/account"), "{}", account.text());
    browser
}

async fn actions(world: &World) -> Vec<String> {
    entries(world).await.into_iter().map(|entry| entry.action).collect()
}

async fn entries(world: &World) -> Vec<AuditEntry> {
    world.context.store.list_audit("", 200).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn api_04_what_is_anothers_can_be_neither_seen_nor_changed() {
    let world = usual_world().await;
    world.person("eve@example.com").await;
    let mut ada = Browser::new(&world);
    sign_in_and_consent(&mut ada, ADA, &authorize_path(&[])).await;
    let mut eve = signed_in(&world, "eve@example.com").await;
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
        let page = eve.visit(&format!("{path}?sub=x&account=ada@example.com&user=ada@example.com")).await;
        assert!(page.status == 200 && !page.body.contains(ADA) && !page.body.contains("Acme Notes"), "{path}");
    }
    let form = eve.visit("/account/profile").await.form("profile-form");
    let csrf = &form.fields.iter().find(|(name, _)| name == "csrf").unwrap().1;
    let fields = [("csrf", csrf.as_str()), ("client_id", "acme"), ("account", ADA), ("username", ADA)];
    eve.post("/account/apps", &fields).await;
    assert!(ada.visit("/account/apps").await.body.contains("Acme Notes"), "Ada's agreement stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn api_07_a_profile_takes_only_its_own_fields() {
    let world = usual_world().await;
    let mut browser = signed_in(&world, ADA).await;
    let page = browser.visit("/account/profile").await;
    let fill = [
        ("name", "Ada Lovelace"),
        ("birthdate", "1815-12-10"),
        ("email", "eve@example.com"),
        ("username", "eve@example.com"),
        ("email_verified", "false"),
        ("sub", "chosen"),
        ("role", "admin"),
        ("phone_number", "+441234567"),
        ("phone_number_verified", "true"),
        ("disabled_at", "1"),
        ("password_hash", "x"),
        ("updated_at", "1"),
    ];
    let saved = browser.submit(&page, "profile-form", &fill).await;
    assert!(saved.at.starts_with("/account?saved"), "{}", saved.text());
    let account = world.context.store.find_account_by_email(&ADA.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(account.claims.name.as_deref(), Some("Ada Lovelace"));
    assert!(account.email_verified_at.is_some() && account.disabled_at.is_none());
    assert!(!account.claims.phone_number_verified);
    for (field, text) in [
        ("website", "javascript:alert(1)"),
        ("picture", "data:text/html,x"),
        ("birthdate", "1815-13-10"),
        ("zoneinfo", "../etc"),
        ("locale", "<b>"),
        ("phone_number", "call me"),
        ("name", "a\u{202e}b"),
    ] {
        let refused = browser.submit(&page, "profile-form", &[(field, text)]).await;
        assert_eq!(refused.status, 400, "{field}");
        assert!(refused.has(&format!("{field}-problem")), "{field}: {}", refused.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn api_12_health_tells_up_or_down_and_metrics_are_not_public() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    for (path, text) in [("/health", "up\n"), ("/ready", "ready\n")] {
        let answer = browser.visit(path).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, text), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    assert_eq!(browser.visit("/metrics").await.status, 404, "not from elsewhere");
    world.context.store.shutdown().await;
    let answer = browser.visit("/ready").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (503, "not ready\n"));
    assert_eq!(browser.visit("/health").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn log_01_what_matters_is_recorded_with_time_actor_source_and_id() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    browser.sign_in(&login, ADA, "wrong").await;
    let issued = tokens(&world).await;
    let old = issued["refresh_token"].as_str().unwrap();
    let next = refresh(&world, old).await.json();
    refresh(&world, next["refresh_token"].as_str().unwrap()).await;
    assert_eq!(refresh(&world, old).await.status, 400, "a replay");
    let mut account = signed_in(&world, ADA).await;
    let page = account.visit("/account/password").await;
    let new = "another walk along the dunes";
    account.submit(&page, "password-form", &[("current_password", PASSWORD), ("password", new)]).await;
    world.mails().await;
    let logout = account.visit("/oauth2/logout").await;
    account.submit(&logout, "logout-confirm", &[("decision", "yes")]).await;
    let login = account.open("/login").await;
    let reset = account.open(&login.at.replace("/login", "/reset")).await;
    let enter = account.submit(&reset, "reset-form", &[("username", ADA)]).await;
    account.submit(&enter, "code-form", &[("code", "000000")]).await;
    let code = world.last_code_to(ADA).await;
    let choose = account.submit(&enter, "code-form", &[("code", &code)]).await;
    account.submit(&choose, "reset-password-form", &[("password", PASSWORD)]).await;
    let recorded = actions(&world).await;
    for action in [
        "session.refused",
        "session.started",
        "session.ended",
        "grant.refresh_replayed",
        "password.changed",
        "password.reset",
        "code.sent",
        "code.refused",
    ] {
        assert!(recorded.iter().any(|own| own == action), "{action} in {recorded:?}");
    }
    for event in
        entries(&world).await.into_iter().filter(|entry| entry.request_id != "test" && entry.action != "key.changed")
    {
        assert!(event.at >= doorward::base::Timestamp::from_seconds(crate::support::world::BEGIN));
        assert!(event.ip.is_some() && !event.request_id.is_empty(), "{event:?}");
        assert!(event.account.is_some() || event.client_id.is_some(), "{event:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn log_02_the_audit_log_holds_no_secret() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await.answer();
    let redeemed = crate::support::relying_party::redeem(&world, &answer["code"]).await.json();
    token(&world, &[("grant_type", "authorization_code"), ("code", &answer["code"])]).await;
    userinfo(&world, redeemed["access_token"].as_str().unwrap()).await;
    let text = format!("{:?}", entries(&world).await);
    let mut secrets = vec![PASSWORD.to_owned(), SECRET.to_owned(), answer["code"].clone()];
    secrets
        .extend(["access_token", "refresh_token", "id_token"].map(|name| redeemed[name].as_str().unwrap().to_owned()));
    secrets.extend(browser.cookies().values().cloned());
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn log_03_every_error_page_has_an_id_of_its_own() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let mut ids = std::collections::BTreeSet::new();
    for path in ["/nowhere", "/consent", "/login?a=1&a=2", "/verify/link?token=x", "/nowhere"] {
        let page = browser.visit(path).await;
        assert!(ids.insert(request_id(&page)), "{path}");
    }
}

fn request_id(page: &Page) -> String {
    let document = scraper::Html::parse_document(&page.body);
    let selector = scraper::Selector::parse("#error-request").unwrap();
    let found = document.select(&selector).next().expect("the page names the request");
    found.text().collect::<String>().trim().to_owned()
}
