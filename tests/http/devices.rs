//! Devices and how long a sign-in lasts: mail about new ones, "stay signed in", one session at a time.

use doorward::config::Settings;
use doorward::identity::password::Password;
use doorward::model::PasswordHash;
use doorward::model::audit::{AuditAction, AuditEvent};
use doorward::store::PutAccount;

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{authorize_path, redeem, refresh, sign_in_and_consent, usual_world};
use crate::support::world::{Engine, PASSWORD, World};

const ADA: &str = "ada@example.com";
const SESSIONS: &str = "doorward-sessions";

async fn sign_in(browser: &mut Browser<'_>, remember: bool) -> Page {
    let login = browser.open("/login").await;
    let mut fill = vec![("username", ADA), ("password", PASSWORD)];
    fill.extend(remember.then_some(("remember", "yes")));
    browser.submit_only(&login, "login-form", &fill).await
}

async fn is_signed_in(browser: &mut Browser<'_>) -> bool {
    browser.visit("/account").await.status == 200
}

async fn notices(world: &World) -> usize {
    world.mails().await.iter().filter(|mail| mail.subject == "New sign-in to your account").count()
}

fn session_cookie(page: &Page) -> String {
    let cookies = page.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    cookies.filter(|cookie| cookie.starts_with(SESSIONS)).collect::<Vec<_>>().join("|")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_on_a_new_device_is_told_but_not_the_first_one_nor_one_that_is_known() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(world) = World::on(engine, |_| ()).await else { continue };
        world.person(ADA).await;
        let mut laptop = Browser::new(&world);
        laptop
            .extra
            .push(("user-agent".to_owned(), "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0".to_owned()));
        for _ in 0..2 {
            assert_eq!(sign_in(&mut laptop, true).await.status, 303);
            laptop.forget(SESSIONS);
        }
        assert_eq!(notices(&world).await, 0, "{engine:?}");
        let mut phone = Browser::new(&world);
        phone.extra.push(("user-agent".to_owned(), "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Firefox/128.0".to_owned()));
        sign_in(&mut phone, true).await;
        assert_eq!(notices(&world).await, 1, "{engine:?}");
        let mail = world.last_mail_to(ADA).await;
        assert!(mail.text.contains("Firefox") && mail.text.contains("Windows"), "{}", mail.text);
        assert!(mail.text.contains("/account/sessions"), "{}", mail.text);
        phone.forget(SESSIONS);
        phone.forget("doorward-browser");
        sign_in(&mut phone, true).await;
        assert_eq!(notices(&world).await, 1, "{engine:?}: it is known by now");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_registers_is_not_told_of_the_device_they_do_it_on() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open("/login").await;
    let signup = browser.open(&login.at.replace("/login", "/signup")).await;
    let fill = [("username", "new@example.com"), ("password", PASSWORD)];
    let verify = browser.submit(&signup, "signup-form", &fill).await;
    let code = world.last_code_to("new@example.com").await;
    browser.submit(&verify, "code-form", &[("code", &code)]).await;
    assert!(is_signed_in(&mut browser).await);
    assert_eq!(notices(&world).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_by_code_on_a_new_device_is_told_unless_the_operator_does_not_want_it() {
    for wanted in [true, false] {
        let world = World::with(|settings| settings.sessions.new_device_mail = wanted).await;
        world.person(ADA).await;
        sign_in(&mut Browser::new(&world), true).await;
        let mut other = Browser::new(&world);
        let ask = other.open("/code").await;
        let enter = other.submit(&ask, "code-request-form", &[("username", ADA)]).await;
        let code = world.last_code_to(ADA).await;
        other.submit(&enter, "code-form", &[("code", &code)]).await;
        assert!(is_signed_in(&mut other).await);
        assert_eq!(notices(&world).await, usize::from(wanted));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_07_who_does_not_stay_signed_in_has_less_time_and_a_cookie_that_goes_with_the_browser() {
    let world = usual_world().await;
    let (mut brief, mut lasting) = (Browser::new(&world), Browser::new(&world));
    let (page, remembered) = (sign_in(&mut brief, false).await, sign_in(&mut lasting, true).await);
    assert!(!session_cookie(&page).contains("Max-Age"), "{}", session_cookie(&page));
    assert!(session_cookie(&remembered).contains("Max-Age=86400"), "{}", session_cookie(&remembered));
    // Use prolongs each by its own time.
    for _ in 0..3 {
        world.pass(800);
        assert!(is_signed_in(&mut brief).await && is_signed_in(&mut lasting).await);
    }
    world.pass(1_000);
    assert!(!is_signed_in(&mut brief).await);
    assert!(is_signed_in(&mut lasting).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_one_of_two_people_leaves_the_cookie_lasts_as_before() {
    for remember in [true, false] {
        let world = usual_world().await;
        world.person("eve@example.com").await;
        let mut browser = Browser::new(&world);
        let login = browser.open("/login").await;
        browser.submit(&login, "login-form", &[("username", "eve@example.com"), ("password", PASSWORD)]).await;
        let login = browser.open(&authorize_path(&[("prompt", "login")])).await;
        let mut fill = vec![("username", ADA), ("password", PASSWORD)];
        fill.extend(remember.then_some(("remember", "yes")));
        let consent = browser.submit(&login, "login-form", &fill).await;
        let answer = browser.submit(&consent, "consent-form", &[("decision", "allow")]).await;
        let tokens = redeem(&world, &answer.answer()["code"]).await.json();
        let hint = tokens["id_token"].as_str().unwrap();
        let left = browser.visit(&format!("/oauth2/logout?id_token_hint={hint}")).await;
        let cookie = session_cookie(&left);
        assert!(!cookie.is_empty() && !cookie.contains("Max-Age=0"), "eve stays: {cookie}");
        assert_eq!(cookie.contains("Max-Age"), remember, "{cookie}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_box_to_stay_signed_in_is_ticked_as_the_operator_wants_it_and_as_the_person_left_it() {
    for default in [true, false] {
        let world = World::with(|settings: &mut Settings| settings.sessions.remember = default).await;
        world.person(ADA).await;
        let mut browser = Browser::new(&world);
        let login = browser.open("/login").await;
        let is_ticked = |page: &Page| page.body.contains("id=\"remember\" name=\"remember\" value=\"yes\" checked");
        assert_eq!(is_ticked(&login), default);
        let mut fill = vec![("username", ADA), ("password", "not it at all")];
        let unticked = browser.submit_only(&login, "login-form", &fill).await;
        assert!(!is_ticked(&unticked));
        fill.push(("remember", "yes"));
        assert!(is_ticked(&browser.submit_only(&login, "login-form", &fill).await));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_session_ends_earlier_ones_and_their_refresh_tokens() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(world) = World::on(engine, |settings| settings.sessions.single = true).await else { continue };
        world.person(ADA).await;
        world.client("acme", |_| ()).await;
        let mut first = Browser::new(&world);
        let answer = sign_in_and_consent(&mut first, ADA, &authorize_path(&[])).await;
        let tokens = redeem(&world, &answer.answer()["code"]).await.json();
        let token = tokens["refresh_token"].as_str().unwrap();
        let mut second = Browser::new(&world);
        sign_in(&mut second, true).await;
        assert!(!is_signed_in(&mut first).await, "{engine:?}");
        assert!(is_signed_in(&mut second).await, "{engine:?}");
        assert_eq!(refresh(&world, token).await.json()["error"], "invalid_grant", "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_that_setting_sessions_live_side_by_side() {
    let world = usual_world().await;
    let (mut first, mut second) = (Browser::new(&world), Browser::new(&world));
    sign_in(&mut first, true).await;
    sign_in(&mut second, true).await;
    assert!(is_signed_in(&mut first).await && is_signed_in(&mut second).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_01_every_way_to_sign_in_again_gives_a_new_session_id() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    sign_in(&mut browser, true).await;
    let mut before = browser.cookies()[SESSIONS].clone();
    for change in [[("prompt", "login")], [("max_age", "0")]] {
        world.pass(2);
        let login = browser.open(&authorize_path(&change)).await;
        browser.sign_in(&login, ADA, PASSWORD).await;
        let after = browser.cookies()[SESSIONS].clone();
        assert_ne!(before, after, "{change:?}");
        before = after;
    }
    let login = browser.open(&authorize_path(&[("prompt", "login")])).await;
    let ask = browser.open(&login.at.replace("/login", "/code")).await;
    let enter = browser.submit(&ask, "code-request-form", &[("username", ADA)]).await;
    let code = world.last_code_to(ADA).await;
    browser.submit(&enter, "code-form", &[("code", &code)]).await;
    assert_ne!(browser.cookies()[SESSIONS], before);
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_13_an_imported_hash_lets_in_and_is_replaced_at_the_first_sign_in() {
    let imported = [
        "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm",
        "$scrypt$ln=10,r=8,p=2$c2FsdHNhbHRzYWx0c2FsdA$JLVLEBqEczXzB57zQqjaD5UnF+KXbq/OWUpgSiMAKos",
        "pbkdf2_sha256$1000$saltsalt$E196ZhRPzw+wA84EjzHwJO1cv/MFJdO6C/sxmUeTYqY=",
    ];
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(world) = World::on(engine, |_| ()).await else { continue };
        for (number, text) in imported.into_iter().enumerate() {
            let email = format!("person{number}@example.com");
            let account = import(&world, &email, text).await;
            let mut browser = Browser::new(&world);
            let login = browser.open("/login").await;
            let wrong = browser.submit_only(&login, "login-form", &[("username", &email), ("password", "wrong")]).await;
            assert_eq!(wrong.status, 400, "{text}");
            let home = browser.sign_in(&login, &email, "password").await;
            assert!(home.at.starts_with("/account"), "{text}: {}", home.text());
            let stored = world.context.store.find_account(&account).await.unwrap().unwrap().password_hash.unwrap();
            assert!(stored.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{text}");
            let password = Password::parse("password").unwrap();
            assert!(world.context.passwords.verify(&stored, &password).await.unwrap().ok, "{text}");
        }
    }
}

async fn import(world: &World, email: &str, hash: &str) -> doorward::base::AccountId {
    let mut draw = world.context.entropy.draw().unwrap();
    let put = PutAccount {
        id: doorward::base::AccountId::generate(&mut draw),
        email: email.parse().unwrap(),
        email_verified: true,
        password_hash: Some(PasswordHash::from_stored(hash)),
        claims: doorward::model::account::StandardClaims::default(),
        now: world.now(),
        audit: AuditEvent::new(AuditAction::AccountChanged, world.now(), "test"),
    };
    world.context.store.put_account(put).await.unwrap().0
}
