//! Signing in and out over the JSON interface: by password, by mailed code, the cookie and what ends it.

use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::program::{Program, assert_refused, told};
use crate::support::relying_party::{authorize_path, redeem, refresh, sign_in_and_consent, userinfo, usual_world};
use crate::support::world::{PASSWORD, World};

const ACCOUNTS: &str = "/api/v1/accounts";
const CODES: &str = "/api/v1/codes";
const CURRENT: &str = "/api/v1/sessions/current";
const SESSIONS: &str = "/api/v1/sessions";
const ADA: &str = "ada@example.com";
const NEW: &str = "new@example.com";

async fn by_password(program: &mut Program<'_>, email: &str, password: &str) -> Page {
    program.post(SESSIONS, json!({ "email": email, "password": password })).await
}

async fn by_code(program: &mut Program<'_>, flow: &Value, code: &str) -> Page {
    program.post(SESSIONS, json!({ "flow": flow["flow"], "code": code })).await
}

async fn request_code(program: &mut Program<'_>, email: &str) -> Value {
    let page = program.post(CODES, json!({ "email": email })).await;
    assert_eq!(page.status, 202, "{}", page.body);
    page.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_signs_in_is_recognised_and_signs_out() {
    let world = usual_world().await;
    let mut script = Program::script(&world);
    assert_refused(&script.get(CURRENT).await, 401, "token_missing");
    let session = script.sign_in(ADA, PASSWORD).await;
    assert_eq!((&session["amr"], &session["account"]["email"]), (&json!(["pwd"]), &json!(ADA)));
    assert_eq!(session["auth_time"], world.now().seconds());
    assert_eq!(session["expires_at"], world.now().seconds() + 86_400);
    assert_eq!(script.get(CURRENT).await.json(), session);
    let before = script.clone();
    let page = script.delete(CURRENT).await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (204, ""));
    assert!(page.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert!(!script.cookies().contains_key("doorward-sessions"));
    for mut program in [script, before] {
        assert_refused(&program.get(CURRENT).await, 401, "token_missing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_the_interface_is_one_of_the_pages_too() {
    let world = usual_world().await;
    let mut script = Program::script(&world);
    script.sign_in(ADA, PASSWORD).await;
    let mut browser = Browser::new(&world);
    browser.take_over(&script.cookies());
    let page = browser.visit("/account").await;
    assert!(page.status == 200 && page.text().contains(ADA), "{}", page.text());
    let sessions = browser.visit("/account/sessions").await;
    assert_eq!(sessions.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_01_unknown_wrong_unproven_and_disabled_look_the_same_to_a_program() {
    let world = usual_world().await;
    let disabled = world.person("eve@example.com").await;
    let event = doorward::model::audit::AuditEvent::new(
        doorward::model::audit::AuditAction::AccountLocked,
        world.now(),
        "test",
    );
    assert!(world.context.store.set_account_disabled(&disabled.id, true, world.now(), event).await.unwrap());
    Program::new(&world).sign_up(NEW, PASSWORD).await;
    let mut seen = Vec::new();
    for (email, password) in [
        ("nobody@example.com", PASSWORD),
        (ADA, "not the password"),
        (NEW, "not the password"),
        ("eve@example.com", PASSWORD),
        (ADA, &*"x".repeat(5_000)),
        (ADA, "a long walk on the beach\0"),
        (ADA, ""),
    ] {
        let page = by_password(&mut Program::new(&world), email, password).await;
        assert_refused(&page, 403, "credentials_wrong");
        seen.push(told(&page));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
    assert_eq!(world.mails().await.len(), 1, "only the one of the sign-up");
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_02_the_right_password_of_an_unproven_address_looks_wrong_and_brings_a_link() {
    let world = usual_world().await;
    let mut script = Program::script(&world);
    // The one signs up with a free address, the other with somebody's; signing in tells neither which it was.
    let mut seen = Vec::new();
    for email in [NEW, ADA] {
        script.sign_up(email, "tomatoes in the greenhouse").await;
        // Mails of one moment have no order.
        world.mails().await;
        let page = by_password(&mut script, email, "tomatoes in the greenhouse").await;
        assert_refused(&page, 403, "credentials_wrong");
        seen.push(told(&page));
    }
    assert_eq!(seen[0], seen[1]);
    let link = world.last_link_to(NEW).await;
    assert!(link.starts_with("/verify/link?token="), "{link}");
    let body = json!({ "token": link.split_once("token=").unwrap().1 });
    assert_eq!(script.post("/api/v1/accounts/confirm", body).await.status, 204);
    assert_eq!(script.sign_in(NEW, "tomatoes in the greenhouse").await["account"]["email"], NEW);
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_03_failures_count_over_pages_and_interface_and_the_wait_is_told() {
    let world = World::with(|settings| settings.limits.login_failures_per_account = 8).await;
    world.person(ADA).await;
    let mut program = Program::new(&world);
    let mut browser = Browser::new(&world);
    let login = browser.open("/login").await;
    for number in 0..4 {
        if number % 2 == 0 {
            browser.sign_in(&login, ADA, "not the password").await;
        } else {
            assert_refused(&by_password(&mut program, " ADA@Example.com", "not it").await, 403, "credentials_wrong");
        }
    }
    let page = by_password(&mut program, ADA, PASSWORD).await;
    assert_refused(&page, 429, "too_many_requests");
    world.pass(page.header("retry-after").unwrap().parse().unwrap());
    program.sign_in(ADA, PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_06_a_device_mark_alone_gives_no_fresh_guesses() {
    let world = World::with(|settings| settings.limits.login_failures_per_account = 8).await;
    world.person(ADA).await;
    let mut script = Program::script(&world);
    script.sign_in(ADA, PASSWORD).await;
    let mark = format!("doorward-device={}", script.cookies()["doorward-device"]);
    let mut thief = Program::new(&world);
    thief.extra.push(("cookie".to_owned(), mark));
    for _ in 0..4 {
        assert_refused(&by_password(&mut thief, ADA, "not the password").await, 403, "credentials_wrong");
    }
    for _ in 0..2 {
        assert_refused(&by_password(&mut thief, ADA, "not the password").await, 429, "too_many_requests");
        thief.extra.push(("cookie".to_owned(), "doorward-browser=another".to_owned()));
    }
    // What was guessed with the mark counts against the mark.
    Program::new(&world).sign_in(ADA, PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_01_every_sign_in_has_a_secret_of_its_own_and_replaces_the_one_before() {
    let world = usual_world().await;
    world.person("eve@example.com").await;
    let mut script = Program::script(&world);
    script.sign_in("eve@example.com", PASSWORD).await;
    let first = script.sign_in(ADA, PASSWORD).await;
    let mut old = script.clone();
    let second = script.sign_in(ADA, PASSWORD).await;
    assert_ne!(first["id"], second["id"]);
    assert_ne!(old.cookies()["doorward-sessions"], script.cookies()["doorward-sessions"]);
    assert_eq!(old.get(CURRENT).await.json()["account"]["email"], "eve@example.com", "of the old one only Eve's lives");
    assert_eq!(script.delete(CURRENT).await.status, 204);
    assert_eq!(script.get(CURRENT).await.json()["account"]["email"], "eve@example.com", "who stays signed in");
    let planted = "dwi_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let mut program = Program::new(&world);
    program.extra.push(("cookie".to_owned(), format!("doorward-sessions={planted}")));
    let page = by_password(&mut program, ADA, PASSWORD).await;
    let cookies = format!("{:?}", page.headers.get_all("set-cookie").iter().collect::<Vec<_>>());
    assert!(page.status == 201 && !cookies.contains(planted), "{cookies}");
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_17_a_code_signs_in_and_an_unknown_address_looks_the_same() {
    let world = usual_world().await;
    let mut seen = Vec::new();
    for email in ["nobody@example.com", ADA] {
        let mut program = Program::new(&world);
        let page = program.post(CODES, json!({ "email": email })).await;
        let flow = page.json();
        let early = program.post("/api/v1/accounts/resend", json!({ "flow": flow["flow"] })).await;
        let mut answers = vec![told(&page), told(&early)];
        for _ in 0..6 {
            answers.push(told(&by_code(&mut program, &flow, "000000").await));
        }
        seen.push(answers);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(world.mails().await.len(), 1);
    let mut script = Program::script(&world);
    world.pass(60);
    let flow = request_code(&mut script, ADA).await;
    let code = world.last_code_to(ADA).await;
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let page = by_code(&mut script, &flow, &spaced).await;
    assert_eq!((page.status.as_u16(), &page.json()["amr"]), (201, &json!(["otp"])), "{}", page.body);
    assert_eq!(script.get(CURRENT).await.json(), page.json());
    assert_refused(&by_code(&mut script, &flow, &code).await, 404, "flow_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_11_malformed_codes_are_told_and_cost_no_try() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    let flow = request_code(&mut program, ADA).await;
    for odd in ["", "12345", "1234567", "abcdef", "\0\0\0\0\0\0", "-1-1-1", &"1".repeat(5_000)] {
        assert_refused(&by_code(&mut program, &flow, odd).await, 422, "code_malformed");
    }
    let code = world.last_code_to(ADA).await;
    assert_eq!(by_code(&mut program, &flow, &code).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_06_wrong_codes_are_counted_for_the_person_over_all_flows() {
    let world = World::with(|settings| {
        settings.limits.code_failures_per_account = 10;
        settings.limits.mails_per_address = 100;
    })
    .await;
    world.person(ADA).await;
    let mut program = Program::new(&world);
    for _ in 0..5 {
        let flow = request_code(&mut program, ADA).await;
        let code = world.last_code_to(ADA).await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        assert_refused(&by_code(&mut program, &flow, wrong).await, 403, "code_wrong");
    }
    let flow = request_code(&mut program, ADA).await;
    let code = world.last_code_to(ADA).await;
    assert_refused(&by_code(&mut program, &flow, &code).await, 429, "too_many_requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_04_a_code_forgets_what_somebody_else_set_on_the_address() {
    let world = usual_world().await;
    let mut mallory = Program::new(&world);
    let typed = json!({ "email": NEW, "password": PASSWORD, "name": "Mallory", "username": "mallory" });
    assert_eq!(mallory.post(ACCOUNTS, typed).await.status, 202);
    world.mails().await;
    let mut owner = Program::script(&world);
    let flow = request_code(&mut owner, NEW).await;
    let code = world.last_code_to(NEW).await;
    let session = by_code(&mut owner, &flow, &code).await.json();
    assert_eq!(session["account"], json!({ "sub": session["account"]["sub"], "email": NEW }));
    assert_eq!(owner.get(CURRENT).await.json(), session);
    assert_refused(&by_password(&mut mallory, NEW, PASSWORD).await, 403, "credentials_wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_08_all_sessions_or_all_others_end_at_once() {
    let world = usual_world().await;
    world.person("eve@example.com").await;
    let mut here = Program::script(&world);
    let (mut there, mut elsewhere, mut eve) = (here.clone(), here.clone(), here.clone());
    eve.sign_in("eve@example.com", PASSWORD).await;
    here.sign_in("eve@example.com", PASSWORD).await;
    for script in [&mut here, &mut there, &mut elsewhere] {
        script.sign_in(ADA, PASSWORD).await;
    }
    let answer = here.delete(&format!("{SESSIONS}?others=true")).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
    assert_eq!(here.get(CURRENT).await.json()["account"]["email"], ADA);
    for script in [&mut there, &mut elsewhere] {
        assert_refused(&script.get(CURRENT).await, 401, "token_missing");
        script.sign_in(ADA, PASSWORD).await;
    }
    assert_refused(&here.delete(&format!("{SESSIONS}?others=maybe")).await, 400, "field_malformed");
    assert_eq!(here.delete(SESSIONS).await.status, 204);
    assert_eq!(here.get(CURRENT).await.json()["account"]["email"], "eve@example.com");
    for script in [&mut there, &mut elsewhere] {
        assert_refused(&script.get(CURRENT).await, 401, "token_missing");
    }
    assert_eq!(eve.get(CURRENT).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn out_08_signing_out_ends_what_apps_were_granted_in_the_session() {
    let world = usual_world().await;
    for everywhere in [false, true] {
        let mut browser = Browser::new(&world);
        let mut tokens = Vec::new();
        for scope in ["openid", "openid offline_access"] {
            let path = authorize_path(&[("scope", scope)]);
            let answer = if tokens.is_empty() {
                sign_in_and_consent(&mut browser, ADA, &path).await
            } else {
                let page = browser.open(&path).await;
                if page.has("consent-form") {
                    browser.submit(&page, "consent-form", &[("decision", "allow")]).await
                } else {
                    page
                }
            };
            tokens.push(redeem(&world, &answer.answer()["code"]).await.json());
        }
        let cookies: Vec<String> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut script = Program::new(&world);
        script.extra.push(("cookie".to_owned(), cookies.join("; ")));
        if everywhere {
            let mut other = Program::script(&world);
            other.sign_in(ADA, PASSWORD).await;
            assert_eq!(other.delete(SESSIONS).await.status, 204);
        } else {
            assert_eq!(script.delete(CURRENT).await.status, 204);
        }
        assert_refused(&script.get(CURRENT).await, 401, "token_missing");
        assert_eq!(userinfo(&world, tokens[0]["access_token"].as_str().unwrap()).await.status, 401);
        // What was given for the time after the session lives on.
        assert_eq!(refresh(&world, tokens[1]["refresh_token"].as_str().unwrap()).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn api_02_a_token_of_somebody_elses_app_neither_reads_nor_ends_sessions() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await.answer();
    let token = redeem(&world, &answer["code"]).await.json()["access_token"].as_str().unwrap().to_owned();
    let mut program = Program::new(&world);
    program.extra.push(("authorization".to_owned(), format!("Bearer {token}")));
    assert_refused(&program.get(CURRENT).await, 403, "forbidden");
    assert_refused(&program.delete(CURRENT).await, 403, "forbidden");
    assert_refused(&program.delete(SESSIONS).await, 403, "forbidden");
    world.client("acme", |client| client.doorward.first_party = true).await;
    assert_eq!(program.get(CURRENT).await.json()["account"]["email"], ADA);
    let ended = program.delete(CURRENT).await;
    assert!(ended.status == 204 && ended.header("set-cookie").is_none(), "a program has no cookie to lose");
    assert_eq!(browser.visit("/account").await.status, 303, "the session the token was granted in is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_05_no_other_site_signs_anybody_out() {
    let world = usual_world().await;
    let mut script = Program::script(&world);
    script.sign_in(ADA, PASSWORD).await;
    let mut forged = script.clone();
    forged.extra = vec![("sec-fetch-site".to_owned(), "cross-site".to_owned())];
    for path in [CURRENT, SESSIONS] {
        assert_refused(&forged.delete(path).await, 403, "cross_site");
    }
    assert_eq!(script.get(CURRENT).await.status, 200);
}
