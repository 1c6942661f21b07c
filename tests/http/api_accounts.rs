//! Signing up over the JSON interface: the same rules as on the pages, for programs that keep no cookies.

use doorward::config::MailTransport;
use poem::http::Method;
use serde_json::{Value, json};

use crate::support::browser::Page;
use crate::support::program::{Program, assert_refused, told};
use crate::support::relying_party::usual_world;
use crate::support::script::{by_cookie, signed_in};
use crate::support::world::{PASSWORD, World};

const ACCOUNTS: &str = "/api/v1/accounts";
const CONFIRM: &str = "/api/v1/accounts/confirm";
const RESEND: &str = "/api/v1/accounts/resend";
const SESSIONS: &str = "/api/v1/sessions";
const NEW: &str = "new@example.com";
const OTHER: &str = "other@example.com";
const OTHER_PASSWORD: &str = "tomatoes in the greenhouse";

async fn confirm(program: &mut Program<'_>, flow: &Value, code: &str) -> Page {
    program.post(CONFIRM, json!({ "flow": flow["flow"], "code": code })).await
}

async fn resend(program: &mut Program<'_>, flow: &Value) -> Page {
    program.post(RESEND, json!({ "flow": flow["flow"] })).await
}

fn token_of(link: &str) -> &str {
    link.split_once("token=").unwrap().1
}

/// A code that is not `code`.
fn other_than(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_without_cookies_signs_up_and_proves_the_address() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    let typed = json!({ "email": NEW, "password": PASSWORD, "password_confirmation": PASSWORD, "name": "Nell",
        "username": "Nell.New" });
    let page = program.post(ACCOUNTS, typed).await;
    assert_eq!(page.status, 202, "{}", page.body);
    assert!(page.header("set-cookie").is_none() && page.header("cache-control") == Some("no-store"));
    let flow = page.json();
    assert_eq!(flow["expires_at"], world.now().seconds() + 600);
    assert_eq!(flow["resend_after_seconds"], 30);
    let code = world.last_code_to(NEW).await;
    let page = confirm(&mut program, &flow, &code).await;
    assert_eq!(page.status, 201, "{}", page.body);
    let session = page.json();
    assert_eq!(session["account"]["email"], NEW);
    assert_eq!((&session["account"]["username"], &session["account"]["name"]), (&"nell.new".into(), &"Nell".into()));
    assert_eq!(session["amr"], json!(["otp"]));
    let cookies: Vec<&str> = page.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    let cookie = cookies.iter().find(|line| line.starts_with("doorward-sessions=")).expect("a session cookie");
    assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax") && cookie.contains("; Path=/"));
    let mut holder = Program::new(&world);
    holder.extra.push(("cookie".to_owned(), cookie.split_once(';').unwrap().0.to_owned()));
    assert_eq!(holder.get("/api/v1/sessions/current").await.json(), session);
    assert_eq!(holder.get("/api/v1/profile").await.json()["preferred_username"], "nell.new");
    program.sign_in(NEW, PASSWORD).await;
    // REG-05: nobody else goes by that name in apps, nor by one that speaks for the operator.
    let ada = signed_in(&world).await;
    for (name, status) in [("Nell.New", 409), ("support", 409), ("Nell New", 200)] {
        let body = Some(json!({ "preferred_username": name }));
        let page = by_cookie(&world, &ada, Method::PATCH, "/api/v1/profile", body).await;
        assert_eq!(page.status, status, "{name}: {}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_the_link_proves_the_address_once_and_signs_nobody_in() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    let flow = program.sign_up(NEW, PASSWORD).await;
    let link = world.last_link_to(NEW).await;
    let code = world.last_code_to(NEW).await;
    let body = json!({ "token": token_of(&link) });
    let page = program.post(CONFIRM, body.clone()).await;
    assert_eq!((page.status.as_u16(), page.body.as_str(), page.header("set-cookie")), (204, "", None));
    assert_refused(&program.post(CONFIRM, body).await, 404, "token_unknown");
    assert_refused(&confirm(&mut program, &flow, &code).await, 409, "already_confirmed");
    program.sign_in(NEW, PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_01_registering_a_known_address_looks_like_a_new_one_and_its_owner_is_told() {
    let world = usual_world().await;
    let before = world.person("ada@example.com").await;
    let mut seen = Vec::new();
    for email in ["odd@example.com", "ada@example.com"] {
        let mut program = Program::new(&world);
        let page = program
            .post(
                ACCOUNTS,
                json!({ "email": email, "password": OTHER_PASSWORD, "username": email.split_once('@').unwrap().0 }),
            )
            .await;
        let flow = page.json();
        let mut answers = vec![told(&page), told(&resend(&mut program, &flow).await)];
        for _ in 0..6 {
            answers.push(told(&confirm(&mut program, &flow, "000000").await));
        }
        world.pass(30);
        answers.push(told(&resend(&mut program, &flow).await));
        answers.push(told(&program.post(SESSIONS, json!({ "email": email, "password": "not the password" })).await));
        // Both began at their own moment.
        answers[0].1["expires_at"] = 0.into();
        seen.push(answers);
    }
    assert_eq!(seen[0], seen[1]);
    let mails = world.mails().await;
    let has_link: Vec<(&str, bool)> =
        mails.iter().map(|mail| (mail.to.as_str(), mail.text.contains("/verify/link?token="))).collect();
    assert_eq!(has_link, [("odd@example.com", true), ("ada@example.com", false)]);
    assert_eq!(world.context.store.find_account(&before.id).await.unwrap(), Some(before), "nothing changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_username_is_told_and_never_whose_it_is() {
    let world = usual_world().await;
    let mut seen = Vec::new();
    // Whoever asks for a name with an address, and again with another one, learns nothing about the first address.
    for (known, name) in [(NEW, "first"), ("ada@example.com", "second")] {
        let mut program = Program::new(&world);
        let mut answers = Vec::new();
        for email in [known, "someone@example.com", known] {
            let typed = json!({ "email": email, "password": OTHER_PASSWORD, "username": name });
            let mut answer = told(&program.post(ACCOUNTS, typed).await);
            answer.1["expires_at"] = 0.into();
            answers.push(answer);
        }
        let statuses: Vec<u16> = answers.iter().map(|(status, ..)| *status).collect();
        assert_eq!(statuses, [202, 409, 202], "{answers:?}");
        assert_eq!(answers[1].1["code"], "username_taken");
        assert!(!answers[1].1.to_string().contains('@'), "{}", answers[1].1);
        seen.push(answers);
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_username_belongs_to_whoever_proves_the_address_it_was_asked_for_with() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    let ask = |email: &str, name: &str| json!({ "email": email, "password": OTHER_PASSWORD, "username": name });
    let flow = program.post(ACCOUNTS, ask(NEW, "nell")).await.json();
    let code = world.last_code_to(NEW).await;
    assert_eq!(confirm(&mut program, &flow, &code).await.json()["account"]["username"], "nell");
    assert_eq!(program.post(ACCOUNTS, ask(OTHER, "olga")).await.status, 202);
    // A name that nobody proved is free again in the end, one that somebody has is not.
    world.pass(24 * 60 * 60);
    assert_eq!(program.post(ACCOUNTS, ask("third@example.com", "olga")).await.status, 202);
    assert_refused(&program.post(ACCOUNTS, ask("third@example.com", "NELL")).await, 409, "username_taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_04_a_second_registration_voids_the_first() {
    let world = usual_world().await;
    let mut first = Program::new(&world);
    let mut second = Program::new(&world);
    let mallory = first.sign_up(NEW, OTHER_PASSWORD).await;
    let (link, code) = (world.last_link_to(NEW).await, world.last_code_to(NEW).await);
    let owner = second.sign_up(NEW, PASSWORD).await;
    assert_refused(&confirm(&mut first, &mallory, &code).await, 403, "code_expired");
    assert_refused(&first.post(CONFIRM, json!({ "token": token_of(&link) })).await, 404, "token_unknown");
    let code = world.last_code_to(NEW).await;
    assert_refused(&confirm(&mut first, &mallory, &code).await, 403, "code_expired");
    assert_eq!(confirm(&mut second, &owner, &code).await.status, 201);
    let body = json!({ "email": NEW, "password": OTHER_PASSWORD });
    assert_refused(&first.post(SESSIONS, body).await, 403, "credentials_wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_03_a_code_is_good_in_its_own_flow_for_its_own_person_and_once() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    let (mine, yours) = (program.sign_up(NEW, PASSWORD).await, program.sign_up(OTHER, PASSWORD).await);
    let (my_code, your_code) = (world.last_code_to(NEW).await, world.last_code_to(OTHER).await);
    assert_refused(&confirm(&mut program, &mine, &your_code).await, 403, "code_wrong");
    let name = mine["flow"].as_str().unwrap();
    let (secret, id) = name.split_once('.').unwrap();
    let other_secret = yours["flow"].as_str().unwrap().split_once('.').unwrap().0;
    for forged in [
        format!("{other_secret}.{id}"),
        format!("{secret}."),
        format!(".{id}"),
        id.to_owned(),
        format!("{name} "),
        format!("{secret}.{id}.{id}"),
        format!("{}.{id}", secret.replace("dwf_", "dwb_")),
        String::new(),
        "\0".to_owned(),
        "x".repeat(10_000),
    ] {
        let body = json!({ "flow": forged, "code": my_code });
        assert_refused(&program.post(CONFIRM, body).await, 404, "flow_unknown");
    }
    assert_eq!(confirm(&mut program, &mine, &my_code).await.status, 201);
    assert_refused(&confirm(&mut program, &mine, &my_code).await, 404, "flow_unknown");
    assert_refused(&resend(&mut program, &mine).await, 404, "flow_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_01_of_many_parallel_confirmations_one_wins() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    let flow = program.sign_up(NEW, PASSWORD).await;
    let code = world.last_code_to(NEW).await;
    let tries = (0..5).map(|_| {
        let (mut program, flow, code) = (program.clone(), flow.clone(), code.clone());
        async move { confirm(&mut program, &flow, &code).await.status.as_u16() }
    });
    let statuses = futures_util::future::join_all(tries).await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 403, 404, 409].contains(status)), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_and_tokens_of_another_purpose_prove_no_address() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    let reset = program.post("/api/v1/password/forgot", json!({ "email": "ada@example.com" })).await.json();
    let (reset_code, reset_link) =
        (world.last_code_to("ada@example.com").await, world.last_link_to("ada@example.com").await);
    let sign_in = program.post("/api/v1/codes", json!({ "email": "ada@example.com" })).await.json();
    let sign_in_code = world.last_code_to("ada@example.com").await;
    assert_refused(&confirm(&mut program, &reset, &reset_code).await, 404, "flow_unknown");
    assert_refused(&confirm(&mut program, &sign_in, &sign_in_code).await, 404, "flow_unknown");
    assert_refused(&program.post(CONFIRM, json!({ "token": token_of(&reset_link) })).await, 404, "token_unknown");
    let flow = program.sign_up(NEW, PASSWORD).await;
    let code = world.last_code_to(NEW).await;
    let body = json!({ "flow": flow["flow"], "code": code });
    for path in [SESSIONS, "/api/v1/password/check"] {
        assert_refused(&program.post(path, body.clone()).await, 404, "flow_unknown");
    }
    let link = world.last_link_to(NEW).await;
    let body = json!({ "token": token_of(&link), "password": OTHER_PASSWORD });
    assert_refused(&program.post("/api/v1/password/reset", body).await, 404, "token_unknown");
    assert_eq!(confirm(&mut program, &flow, &code).await.status, 201, "and none of it used the code up");
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_20_a_flow_is_no_page_and_a_page_is_no_flow() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    let flow = program.sign_up(NEW, PASSWORD).await;
    let id = flow["flow"].as_str().unwrap().split_once('.').unwrap().1.to_owned();
    let mut browser = crate::support::browser::Browser::new(&world);
    let login = browser.open("/login").await;
    assert_eq!(browser.visit(&format!("/verify?interaction={id}")).await.status, 404);
    let interaction = login.at.split_once("interaction=").unwrap().1;
    let cookie = &browser.cookies()["doorward-browser"];
    let token = cookie.split_once('.').unwrap().0;
    let body = json!({ "flow": format!("{token}.{interaction}"), "code": "000000" });
    assert_refused(&program.post(CONFIRM, body).await, 404, "flow_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_06_after_five_wrong_codes_the_right_one_is_dead() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    let flow = program.sign_up(NEW, PASSWORD).await;
    let code = world.last_code_to(NEW).await;
    for tries_left in [4, 3, 2, 1] {
        let page = confirm(&mut program, &flow, other_than(&code)).await;
        assert_refused(&page, 403, "code_wrong");
        assert_eq!(page.json()["tries_left"], tries_left);
    }
    assert_refused(&confirm(&mut program, &flow, other_than(&code)).await, 403, "code_exhausted");
    assert_refused(&confirm(&mut program, &flow, &code).await, 403, "code_exhausted");
    world.pass(120);
    assert_refused(&resend(&mut program, &flow).await, 403, "code_exhausted");
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_05_only_the_newest_code_is_good_and_the_countdown_is_the_servers() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    let flow = program.sign_up(NEW, PASSWORD).await;
    let first = world.last_code_to(NEW).await;
    let early = resend(&mut program, &flow).await;
    assert_refused(&early, 429, "resend_too_soon");
    assert_eq!(early.header("retry-after"), Some("30"));
    let mut waits = vec![flow["resend_after_seconds"].as_i64().unwrap()];
    while let Some(wait) = waits.last().copied().filter(|wait| *wait > 0) {
        world.pass(wait);
        let again = resend(&mut program, &flow).await;
        assert_eq!(again.status, 202, "{}", again.body);
        assert_eq!(again.json()["flow"], flow["flow"]);
        assert_eq!(again.json()["expires_at"], world.now().seconds() + 600);
        waits.push(again.json()["resend_after_seconds"].as_i64().unwrap_or(0));
    }
    assert_eq!(waits, [30, 60, 120, 0], "three at most, each later than the one before");
    assert_refused(&resend(&mut program, &flow).await, 409, "resends_exhausted");
    let newest = world.last_code_to(NEW).await;
    assert_ne!(first, newest);
    assert_refused(&confirm(&mut program, &flow, &first).await, 403, "code_wrong");
    assert_eq!(confirm(&mut program, &flow, &newest).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_may_be_made_to_live_a_minute_and_then_lives_no_longer() {
    let world = World::with(|settings| settings.codes.verification_seconds = 60).await;
    let mut program = Program::new(&world);
    let flow = program.sign_up(NEW, PASSWORD).await;
    assert_eq!(flow["expires_at"], world.now().seconds() + 60);
    let (code, link) = (world.last_code_to(NEW).await, world.last_link_to(NEW).await);
    world.pass(60);
    assert_refused(&confirm(&mut program, &flow, &code).await, 403, "code_expired");
    assert_refused(&program.post(CONFIRM, json!({ "token": token_of(&link) })).await, 404, "token_unknown");
    assert_eq!(resend(&mut program, &flow).await.status, 202);
    world.pass(59);
    let code = world.last_code_to(NEW).await;
    assert_eq!(confirm(&mut program, &flow, &code).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_proves_an_address_may_be_made_to_live_a_day() {
    let world = World::with(|settings| settings.codes.verification_seconds = 86_400).await;
    let mut program = Program::new(&world);
    let flow = program.sign_up(NEW, PASSWORD).await;
    let code = world.last_code_to(NEW).await;
    world.pass(86_399);
    assert_eq!(confirm(&mut program, &flow, &code).await.status, 201);
    let sign_in = program.post("/api/v1/codes", json!({ "email": NEW })).await.json();
    assert_eq!(sign_in["expires_at"], world.now().seconds() + 600, "and no other code does");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_finished_flow_is_over_after_an_hour() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    let flow = program.sign_up(NEW, PASSWORD).await;
    world.pass(3_600);
    assert_refused(&resend(&mut program, &flow).await, 404, "flow_unknown");
    assert_refused(&confirm(&mut program, &flow, "000000").await, 404, "flow_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_are_not_taken_are_named_all_at_once_and_nothing_happens() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    let typed = json!({ "email": "nobody", "password": "short", "username": "..", "name": "a\u{202e}b" });
    let page = program.post(ACCOUNTS, typed).await;
    assert_refused(&page, 422, "email_malformed");
    let errors: Vec<(String, String)> = page.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            assert!(error["detail"].as_str().is_some_and(|words| words.ends_with('.')), "{error}");
            (error["field"].as_str().unwrap().to_owned(), error["code"].as_str().unwrap().to_owned())
        })
        .collect();
    let expected = [
        ("email", "email_malformed"),
        ("password", "password_too_short"),
        ("password", "password_strength"),
        ("name", "value_malformed"),
        ("username", "username_malformed"),
    ];
    assert_eq!(errors, expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    for (change, code) in [
        (json!({ "password_confirmation": OTHER_PASSWORD }), "passwords_differ"),
        (json!({ "password": "x".repeat(257) }), "password_too_long"),
        (json!({ "password": "passwordpassword" }), "password_common"),
        (json!({ "password": "new@example.com!" }), "password_personal"),
        (json!({ "email": "new@example.com\0" }), "email_malformed"),
        (json!({ "email": "new@example.com\r\nBcc: eve@example.com" }), "email_malformed"),
        (json!({ "email": format!("{}@example.com", "a".repeat(300)) }), "email_malformed"),
        (json!({ "email": "n\u{435}w@example.com" }), "email_malformed"),
        (json!({ "email": "\"new\"@example.com" }), "email_malformed"),
        (json!({ "username": "adm\u{131}n" }), "username_malformed"),
        (json!({ "username": "a\0b" }), "username_malformed"),
        (json!({ "name": "a\0b" }), "value_malformed"),
        (json!({ "name": "x".repeat(201) }), "value_too_long"),
    ] {
        let mut typed = json!({ "email": NEW, "password": PASSWORD });
        typed.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_refused(&program.post(ACCOUNTS, typed).await, 422, code);
    }
    let reserved = json!({ "email": NEW, "password": PASSWORD, "username": "Admin" });
    assert_refused(&program.post(ACCOUNTS, reserved).await, 409, "username_taken");
    assert!(world.mails().await.is_empty());
    assert!(world.context.store.find_account_by_email(&NEW.parse().unwrap()).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_a_refusal_are_in_the_language_of_the_person() {
    let world = usual_world().await;
    let mut program = Program::new(&world);
    program.extra.push(("accept-language".to_owned(), "de-CH, en;q=0.5".to_owned()));
    let page = program.post(ACCOUNTS, json!({ "email": "x", "password": PASSWORD })).await;
    let detail = page.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("E-Mail-Adresse"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_08_registrations_and_mails_are_limited_and_the_wait_is_told() {
    let world = World::with(|settings| {
        // Half of each at once, the others one by one.
        settings.limits.signups_per_source = 8;
        settings.limits.mails_per_address = 4;
    })
    .await;
    let mut program = Program::new(&world);
    for _ in 0..2 {
        program.sign_up(NEW, PASSWORD).await;
    }
    let same = json!({ "email": NEW, "password": PASSWORD });
    assert_refused(&program.post(ACCOUNTS, same.clone()).await, 429, "too_many_requests");
    program.sign_up(OTHER, PASSWORD).await;
    let another = json!({ "email": "third@example.com", "password": PASSWORD });
    let page = program.post(ACCOUNTS, another.clone()).await;
    assert_refused(&page, 429, "too_many_requests");
    program.ip = "198.51.100.77".to_owned();
    assert_eq!(program.post(ACCOUNTS, another.clone()).await.status, 202, "from elsewhere");
    program.ip = "203.0.113.7".to_owned();
    world.pass(page.header("retry-after").unwrap().parse().unwrap());
    assert_eq!(program.post(ACCOUNTS, another).await.status, 202, "after the wait that was told");
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_09_switched_off_means_off_for_programs_too() {
    let closed = World::with(|settings| {
        settings.signup.enabled = false;
        settings.codes.sign_in = false;
    })
    .await;
    let mut program = Program::new(&closed);
    let body = json!({ "email": NEW, "password": PASSWORD });
    assert_refused(&program.post(ACCOUNTS, body.clone()).await, 403, "sign_up_closed");
    assert_refused(&program.post("/api/v1/codes", json!({ "email": NEW })).await, 404, "not_found");
    let by_code = json!({ "flow": "x", "code": "000000" });
    assert_refused(&program.post(SESSIONS, by_code).await, 404, "not_found");
    let silent = World::with(|settings| settings.mail.transport = MailTransport::None).await;
    let mut program = Program::new(&silent);
    assert_refused(&program.post(ACCOUNTS, body).await, 403, "sign_up_closed");
    for (path, body) in [
        ("forgot", json!({ "email": NEW })),
        ("check", json!({ "token": "x" })),
        ("reset", json!({ "token": "x", "password": PASSWORD })),
    ] {
        assert_refused(&program.post(&format!("/api/v1/password/{path}"), body).await, 404, "not_found");
    }
}
