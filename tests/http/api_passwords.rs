//! Passwords over the JSON interface: forgotten and reset, known and changed.

use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::program::{Program, assert_refused, told};
use crate::support::relying_party::{authorize_path, redeem, refresh, sign_in_and_consent, usual_world};
use crate::support::world::{PASSWORD, World};

const ACCOUNTS: &str = "/api/v1/accounts";
const CHECK: &str = "/api/v1/password/check";
const CURRENT: &str = "/api/v1/sessions/current";
const FORGOT: &str = "/api/v1/password/forgot";
const PUT: &str = "/api/v1/password";
const RESET: &str = "/api/v1/password/reset";
const SESSIONS: &str = "/api/v1/sessions";
const ADA: &str = "ada@example.com";
const NEXT: &str = "tomatoes in the greenhouse";

async fn forgot(program: &mut Program<'_>, email: &str) -> Value {
    let page = program.post(FORGOT, json!({ "email": email })).await;
    assert_eq!(page.status, 202, "{}", page.body);
    page.json()
}

async fn check(program: &mut Program<'_>, flow: &Value, code: &str) -> Page {
    program.post(CHECK, json!({ "flow": flow["flow"], "code": code })).await
}

async fn reset(program: &mut Program<'_>, flow: &Value, code: &str, password: &str) -> Page {
    program.post(RESET, json!({ "flow": flow["flow"], "code": code, "password": password })).await
}

async fn token(world: &World, email: &str) -> String {
    world.last_link_to(email).await.split_once("token=").unwrap().1.to_owned()
}

async fn change(program: &mut Program<'_>, current: &str, new: &str) -> Page {
    let body = json!({ "current_password": current, "new_password": new });
    program.call(poem::http::Method::PUT, PUT, Some(body.to_string())).await
}

fn other_than(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_06_a_reset_by_code_ends_every_session_and_tells_the_owner() {
    let world = usual_world().await;
    let mut signed_in = Program::script(&world);
    signed_in.sign_in(ADA, PASSWORD).await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await.answer();
    let tokens = redeem(&world, &answer["code"]).await.json();
    let mut program = Program::new(&world);
    world.pass(1);
    let flow = forgot(&mut program, ADA).await;
    let (code, link_token) = (world.last_code_to(ADA).await, token(&world, ADA).await);
    let page = check(&mut program, &flow, &code).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.json(), json!({ "email": ADA, "expires_at": world.now().seconds() + 1_800 }));
    assert_eq!(signed_in.get(CURRENT).await.status, 200, "checking changes nothing");
    let page = reset(&mut program, &flow, &code, NEXT).await;
    assert_eq!((page.status.as_u16(), page.header("set-cookie")), (204, None), "{}", page.body);
    assert_refused(&signed_in.get(CURRENT).await, 401, "token_missing");
    assert_ne!(refresh(&world, tokens["refresh_token"].as_str().unwrap()).await.status, 200);
    assert!(world.last_mail_to(ADA).await.subject.to_lowercase().contains("password"));
    let old = json!({ "email": ADA, "password": PASSWORD });
    assert_refused(&program.post(SESSIONS, old).await, 403, "credentials_wrong");
    program.sign_in(ADA, NEXT).await;
    // RST-04: it works once, by code and by token.
    assert_refused(&reset(&mut program, &flow, &code, PASSWORD).await, 404, "flow_unknown");
    let body = json!({ "token": link_token, "password": PASSWORD });
    assert_refused(&program.post(RESET, body).await, 404, "token_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_04_a_reset_by_token_works_once_and_not_after_a_newer_one() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    forgot(&mut program, ADA).await;
    let first = token(&world, ADA).await;
    world.pass(60);
    forgot(&mut program, ADA).await;
    let second = token(&world, ADA).await;
    assert_refused(&program.post(CHECK, json!({ "token": first })).await, 404, "token_unknown");
    for _ in 0..2 {
        assert_eq!(program.post(CHECK, json!({ "token": second })).await.json()["email"], ADA);
    }
    let body = json!({ "token": second, "password": "short" });
    assert_refused(&program.post(RESET, body).await, 422, "password_too_short");
    let body = json!({ "token": second, "password": NEXT });
    assert_eq!(program.post(RESET, body.clone()).await.status, 204);
    assert_refused(&program.post(RESET, body).await, 404, "token_unknown");
    program.sign_in(ADA, NEXT).await;
    world.pass(60);
    forgot(&mut program, ADA).await;
    let late = token(&world, ADA).await;
    world.pass(1_800);
    assert_refused(&program.post(CHECK, json!({ "token": late })).await, 404, "token_unknown");
    for odd in ["", "\0", "dwl_", &late.replace("dwl_", "dwi_"), &format!("{late} "), &"x".repeat(9_000)] {
        assert_refused(&program.post(CHECK, json!({ "token": odd })).await, 404, "token_unknown");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_01_an_unknown_address_looks_like_a_known_one() {
    let world = usual_world().await;
    let mut seen = Vec::new();
    for email in ["nobody@example.com", ADA] {
        let mut program = Program::new(&world);
        let page = program.post(FORGOT, json!({ "email": email })).await;
        let flow = page.json();
        let mut answers = vec![told(&page)];
        for _ in 0..3 {
            answers.push(told(&check(&mut program, &flow, "000000").await));
            answers.push(told(&reset(&mut program, &flow, "000000", NEXT).await));
        }
        seen.push(answers);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(world.mails().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_not_taken_costs_no_further_try_of_the_code() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    let flow = forgot(&mut program, ADA).await;
    let code = world.last_code_to(ADA).await;
    for tries_left in [4, 3, 2, 1] {
        let page = reset(&mut program, &flow, other_than(&code), NEXT).await;
        assert_refused(&page, 403, "code_wrong");
        assert_eq!(page.json()["tries_left"], tries_left);
    }
    for weak in ["short", "passwordpassword", "ada@example.com!"] {
        let page = reset(&mut program, &flow, &code, weak).await;
        assert_eq!(page.status, 422, "{}", page.body);
    }
    let without = json!({ "flow": flow["flow"], "password": NEXT });
    assert_eq!(program.post(RESET, without).await.status, 204, "it was right already");
    program.sign_in(ADA, NEXT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_12_no_password_is_set_without_the_very_code() {
    let world = usual_world().await;
    world.person("eve@example.com").await;
    let mut program = Program::new(&world);
    let of_ada = forgot(&mut program, ADA).await;
    let of_eve = forgot(&mut program, "eve@example.com").await;
    let code = world.last_code_to("eve@example.com").await;
    assert_eq!(check(&mut program, &of_eve, &code).await.status, 200);
    let without = json!({ "flow": of_ada["flow"], "password": NEXT });
    assert_refused(&program.post(RESET, without).await, 422, "code_missing");
    if world.last_code_to(ADA).await != code {
        assert_refused(&reset(&mut program, &of_ada, &code, NEXT).await, 403, "code_wrong");
    }
    let sign_in = program.post("/api/v1/codes", json!({ "email": ADA })).await.json();
    let code = world.last_code_to(ADA).await;
    assert_refused(&reset(&mut program, &sign_in, &code, NEXT).await, 404, "flow_unknown");
    program.sign_in(ADA, PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_09_resets_are_limited_and_the_wait_is_told() {
    let world = World::with(|settings| settings.limits.mails_per_address = 4).await;
    let mut seen = Vec::new();
    world.person(ADA).await;
    for email in ["nobody@example.com", ADA] {
        let mut program = Program::new(&world);
        forgot(&mut program, email).await;
        forgot(&mut program, email).await;
        let page = program.post(FORGOT, json!({ "email": email })).await;
        assert_refused(&page, 429, "too_many_requests");
        seen.push(told(&page));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_for_a_new_password_proves_the_address_and_forgets_the_strangers_name() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    let typed = json!({ "email": "new@example.com", "password": PASSWORD, "username": "mallory", "name": "Mallory" });
    assert_eq!(program.post(ACCOUNTS, typed).await.status, 202);
    // Mails of one moment have no order.
    world.mails().await;
    let flow = forgot(&mut program, "new@example.com").await;
    let code = world.last_code_to("new@example.com").await;
    assert_eq!(reset(&mut program, &flow, &code, NEXT).await.status, 204);
    let session = program.sign_in("new@example.com", NEXT).await;
    assert!(session["account"].get("username").is_none() && session["account"].get("name").is_none(), "{session}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_15_a_change_needs_the_old_password_ends_other_sessions_and_renews_this_one() {
    let world = usual_world().await;
    let mut here = Program::script(&world);
    let mut there = here.clone();
    here.sign_in(ADA, PASSWORD).await;
    there.sign_in(ADA, PASSWORD).await;
    let before = here.clone();
    let page = change(&mut here, "not the password", NEXT).await;
    assert_refused(&page, 403, "current_password_wrong");
    assert_eq!(page.json()["errors"][0]["field"], "current_password");
    assert_refused(&change(&mut here, PASSWORD, PASSWORD).await, 422, "password_unchanged");
    assert_refused(&change(&mut here, PASSWORD, "short").await, 422, "password_too_short");
    assert_eq!(there.get(CURRENT).await.status, 200, "nothing happened so far");
    let page = change(&mut here, PASSWORD, NEXT).await;
    assert_eq!(page.status, 204, "{}", page.body);
    assert_eq!(here.get(CURRENT).await.json()["account"]["email"], ADA);
    assert_ne!(here.cookies()["doorward-sessions"], before.cookies()["doorward-sessions"]);
    for mut old in [there, before] {
        assert_refused(&old.get(CURRENT).await, 401, "token_missing");
    }
    let told = world.mails().await.iter().filter(|mail| mail.subject.contains("password")).count();
    assert_eq!(told, 1);
    let mut program = Program::new(&world);
    program.sign_in(ADA, NEXT).await;
    assert_refused(&change(&mut program, NEXT, PASSWORD).await, 401, "token_missing");
    let mut forged = here.clone();
    forged.extra = vec![("sec-fetch-site".to_owned(), "cross-site".to_owned())];
    assert_refused(&change(&mut forged, NEXT, PASSWORD).await, 403, "cross_site");
    for body in [json!({ "current_password": NEXT }), json!({ "current_password": NEXT, "new_password": 7 })] {
        let page = here.call(poem::http::Method::PUT, PUT, Some(body.to_string())).await;
        assert_refused(&page, 400, "field_malformed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_15_guessing_the_old_password_is_slowed_down() {
    let world = World::with(|settings| settings.limits.login_failures_per_account = 6).await;
    world.person(ADA).await;
    let mut script = Program::script(&world);
    script.sign_in(ADA, PASSWORD).await;
    for _ in 0..3 {
        assert_refused(&change(&mut script, "not the password", NEXT).await, 403, "current_password_wrong");
    }
    assert_refused(&change(&mut script, PASSWORD, NEXT).await, 429, "too_many_requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_party_app_changes_the_password_and_ends_with_it() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let answer = sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await.answer();
    let token = redeem(&world, &answer["code"]).await.json()["access_token"].as_str().unwrap().to_owned();
    let mut program = Program::new(&world);
    program.extra.push(("authorization".to_owned(), format!("Bearer {token}")));
    assert_refused(&change(&mut program, PASSWORD, NEXT).await, 403, "forbidden");
    world.client("acme", |client| client.doorward.first_party = true).await;
    let page = change(&mut program, PASSWORD, NEXT).await;
    assert_eq!((page.status.as_u16(), page.header("set-cookie")), (204, None), "{}", page.body);
    assert_eq!(program.get(CURRENT).await.status, 401);
    assert_eq!(browser.visit("/account").await.status, 200, "the session it was granted in goes on");
}
