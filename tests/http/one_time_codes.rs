//! Codes by mail (OTP).

use std::sync::Arc;

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{authorize_path, usual_world};
use crate::support::world::{World, digits};

const ADA: &str = "ada@example.com";

/// A browser that asked for a sign-in code and stands before the page that takes it.
async fn asked<'w>(world: &'w World, username: &str) -> (Browser<'w>, Page) {
    let mut browser = Browser::new(world);
    let page = ask_in(&mut browser, username).await;
    (browser, page)
}

async fn ask_in(browser: &mut Browser<'_>, username: &str) -> Page {
    let login = browser.open(&authorize_path(&[])).await;
    let ask = browser.open(&login.at.replace("/login", "/code")).await;
    browser.submit(&ask, "code-request-form", &[("username", username)]).await
}

async fn enter(browser: &mut Browser<'_>, page: &Page, code: &str) -> Page {
    browser.submit(page, "code-form", &[("code", code)]).await
}

fn is_in(page: &Page) -> bool {
    page.has("consent-allow")
}

/// Six digits that are not `code`.
fn other_than(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_01_a_code_works_once_also_in_parallel() {
    let world = Arc::new(usual_world().await);
    let (browser, page) = asked(&world, ADA).await;
    let code = world.last_code_to(ADA).await;
    let cookies = browser.cookies().clone();
    let tries = (0..10).map(|_| {
        let (world, page, code, cookies) = (world.clone(), page.clone(), code.clone(), cookies.clone());
        tokio::spawn(async move {
            let mut browser = Browser::new(&world);
            browser.take_over(&cookies);
            browser.submit_only(&page, "code-form", &[("code", &code)]).await;
            browser.cookies().get("doorward-sessions").cloned()
        })
    });
    let mut sessions = Vec::new();
    for tried in tries.collect::<Vec<_>>() {
        sessions.extend(tried.await.unwrap());
    }
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    let (mut later, other) = asked(&world, ADA).await;
    assert!(!is_in(&enter(&mut later, &other, &code).await), "and not in a later flow");
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_02_a_mailed_code_lives_ten_minutes() {
    let world = usual_world().await;
    let (mut browser, page) = asked(&world, ADA).await;
    let code = world.last_code_to(ADA).await;
    let mut in_time = browser.clone();
    world.pass(600);
    assert!(!is_in(&enter(&mut browser, &page, &code).await));
    world.pass(-1);
    assert!(is_in(&enter(&mut in_time, &page, &code).await), "a second earlier it was good");
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_03_a_code_works_in_the_flow_that_asked_and_in_no_other() {
    let world = usual_world().await;
    world.person("eve@example.com").await;
    let (mut browser, page) = asked(&world, ADA).await;
    let code = world.last_code_to(ADA).await;
    let (mut other, foreign) = asked(&world, "eve@example.com").await;
    assert!(!is_in(&enter(&mut other, &foreign, &code).await), "another browser's flow");
    assert_eq!(enter(&mut other, &page, &code).await.status, 404, "another browser in the same flow");
    let tab = ask_in(&mut browser.clone(), "eve@example.com").await;
    assert!(!is_in(&enter(&mut browser.clone(), &tab, &code).await), "another flow of the same browser");
    assert!(is_in(&enter(&mut browser, &page, &code).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_04_the_form_cannot_name_another_account() {
    let world = usual_world().await;
    let eve = world.person("eve@example.com").await;
    let (mut browser, page) = asked(&world, "eve@example.com").await;
    let code = world.last_code_to("eve@example.com").await;
    let ada = world.context.store.find_account_by_email(&ADA.parse().unwrap()).await.unwrap().unwrap();
    let named = [("code", code.as_str()), ("account", ada.id.as_str()), ("email", ADA), ("sub", ada.id.as_str())];
    let consent = browser.submit(&page, "code-form", &named).await;
    assert!(consent.text().contains("eve@example.com") && !consent.text().contains(ADA), "{}", consent.text());
    assert!(browser.visit("/account").await.text().contains(eve.email.as_str()));
    let (mut browser, page) = asked(&world, "eve@example.com").await;
    let code = world.last_code_to("eve@example.com").await;
    let asked_anew = browser.submit(&page, "code-form", &[("code", code.as_str()), ("username", ADA)]).await;
    assert!(!is_in(&asked_anew), "naming somebody asks for a new code, theirs");
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_05_only_the_newest_code_works_and_a_resend_gives_no_fresh_guesses() {
    let world = usual_world().await;
    let (mut browser, page) = asked(&world, ADA).await;
    let first = world.last_code_to(ADA).await;
    for _ in 0..3 {
        enter(&mut browser, &page, &other_than(&first)).await;
    }
    world.pass(60);
    resend(&mut browser, &page).await;
    let second = world.last_code_to(ADA).await;
    assert_ne!(first, second);
    assert!(!is_in(&enter(&mut browser, &page, &first).await), "the earlier one is dead");
    enter(&mut browser, &page, &other_than(&second)).await;
    let late = enter(&mut browser, &page, &second).await;
    assert!(!is_in(&late), "five guesses were made: {}", late.text());
    // Nothing is left to type; the way on leads to another code.
    assert!(!late.has("code-form") && !late.has("resend-form") && late.has("start-again"), "{}", late.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_05_a_code_asked_for_elsewhere_voids_the_earlier_one() {
    let world = usual_world().await;
    let (mut browser, page) = asked(&world, ADA).await;
    let first = world.last_code_to(ADA).await;
    asked(&world, ADA).await;
    assert!(!is_in(&enter(&mut browser, &page, &first).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_06_five_wrong_guesses_end_a_code_and_all_flows_share_a_budget() {
    let world = World::with(|settings| {
        settings.limits.code_failures_per_account = 20;
        settings.limits.mails_per_address = 100;
    })
    .await;
    world.client("acme", |_| ()).await;
    world.person(ADA).await;
    let (mut browser, page) = asked(&world, ADA).await;
    let code = world.last_code_to(ADA).await;
    for _ in 0..5 {
        assert_eq!(enter(&mut browser, &page, &other_than(&code)).await.status, 400);
    }
    assert!(!is_in(&enter(&mut browser, &page, &code).await), "the sixth is not looked at");
    let mut guesses = 5;
    for flow in 0..20 {
        let mut browser = Browser::new(&world);
        browser.ip = format!("198.51.100.{flow}");
        let page = ask_in(&mut browser, ADA).await;
        let code = world.last_code_to(ADA).await;
        for _ in 0..5 {
            let answer = enter(&mut browser, &page, &other_than(&code)).await;
            if answer.status == 429 {
                assert!(answer.header("retry-after").is_some());
                assert_eq!(enter(&mut browser, &page, &code).await.status, 429, "the right one has to wait as well");
                assert!(guesses <= 20, "{guesses}");
                return;
            }
            guesses += 1;
        }
    }
    panic!("{guesses} guesses in a row");
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_07_parallel_guesses_do_not_beat_the_limit() {
    let world = Arc::new(usual_world().await);
    let (mut browser, page) = asked(&world, ADA).await;
    let code = world.last_code_to(ADA).await;
    let cookies = browser.cookies().clone();
    let guesses = (0..30).map(|guess| {
        let (world, page, cookies) = (world.clone(), page.clone(), cookies.clone());
        let guess = format!("{:06}", (code.parse::<u32>().unwrap() + 1 + guess) % 1_000_000);
        tokio::spawn(async move {
            let mut browser = Browser::new(&world);
            browser.take_over(&cookies);
            browser.submit_only(&page, "code-form", &[("code", &guess)]).await.status.as_u16()
        })
    });
    for guess in guesses.collect::<Vec<_>>() {
        assert!(matches!(guess.await.unwrap(), 400 | 429));
    }
    let id = interaction(&page);
    let record = world.context.store.find_code_in_interaction(&id, doorward::model::CodePurpose::SignIn);
    assert!(record.await.unwrap().unwrap().attempts <= 5);
    assert!(!is_in(&enter(&mut browser, &page, &code).await));
}

fn interaction(page: &Page) -> doorward::base::InteractionId {
    page.at.split_once("interaction=").unwrap().1.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_08_resends_wait_and_run_out_and_mails_are_limited_by_address_and_source() {
    let world = usual_world().await;
    let (mut browser, page) = asked(&world, ADA).await;
    let soon = resend(&mut browser, &page).await;
    assert_eq!(soon.status, 429);
    let wait: i64 = soon.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    let mut sent = 1;
    for _ in 0..8 {
        world.pass(130);
        let again = resend(&mut browser, &page).await;
        if again.status != 200 {
            assert_eq!(sent, 4, "{}", again.text());
            break;
        }
        sent += 1;
    }
    assert_eq!(sent, 4, "three resends");
    assert_eq!(world.mails().await.len(), 4);
    // Whatever the flow: an address gets no more than ten mails an hour.
    let mut told = None;
    for flow in 0..12 {
        let mut browser = Browser::new(&world);
        browser.ip = format!("198.51.100.{flow}");
        let page = ask_in(&mut browser, ADA).await;
        if page.status == 429 {
            assert!(page.body.contains(ADA), "what was typed stays: {}", page.text());
            told = Some(flow);
            break;
        }
    }
    assert!(told.is_some());
    assert!(world.mails().await.len() <= 10);
    // A source gets no more than its share, whatever the addresses.
    let world = World::with(|settings| settings.limits.mails_per_source = 10).await;
    world.client("acme", |_| ()).await;
    let mut statuses = Vec::new();
    for number in 0..12 {
        statuses.push(asked(&world, &format!("nobody{number}@example.com")).await.1.status.as_u16());
    }
    assert!(statuses.contains(&429), "{statuses:?}");
}

/// Asks for another code by the form as the page had it, countdown or not.
async fn resend(browser: &mut Browser<'_>, page: &Page) -> Page {
    let form = page.form("code-form");
    let csrf = &form.fields.iter().find(|(name, _)| name == "csrf").unwrap().1;
    browser.post(&form.action, &[("csrf", csrf), ("decision", "resend")]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_09_codes_are_six_digits_and_differ() {
    let world = World::with(|settings| settings.limits.mails_per_address = 100).await;
    world.client("acme", |_| ()).await;
    world.person(ADA).await;
    let mut codes = std::collections::BTreeSet::new();
    for _ in 0..12 {
        asked(&world, ADA).await;
        codes.insert(world.last_code_to(ADA).await);
    }
    assert!(codes.len() >= 11, "{codes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_10_the_code_is_in_the_mail_and_nowhere_else() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let ask = browser.open(&login.at.replace("/login", "/code")).await;
    let redirect = browser.submit_only(&ask, "code-request-form", &[("username", ADA)]).await;
    let page = browser.follow(redirect.clone()).await;
    let mail = world.last_mail_to(ADA).await;
    let code = digits(&mail.text);
    assert!(mail.html.contains(&code) || mail.html.contains(&format!("{} {}", &code[..3], &code[3..])));
    assert!(!mail.subject.contains(&code));
    for answer in [&redirect, &page] {
        assert!(!answer.body.contains(&code) && !answer.at.contains(&code));
        assert!(answer.headers.values().all(|value| !value.to_str().unwrap().contains(&code)));
    }
    assert!(browser.cookies().values().all(|value| !value.contains(&code)));
    let rows = world.context.store.list_audit("", 100).await.unwrap();
    assert!(!format!("{rows:?}").contains(&code));
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_11_malformed_codes_are_told_and_cost_no_guess() {
    let world = usual_world().await;
    let (mut browser, page) = asked(&world, ADA).await;
    let code = world.last_code_to(ADA).await;
    let long = "1".repeat(7_000);
    for typed in ["", "12345", "1234567", "abcdef", "-12345", "1e5000", "' OR 1=1--", "\u{202e}123456", &long] {
        let answer = enter(&mut browser, &page, typed).await;
        assert_eq!(answer.status, 400, "{typed:?}");
        assert!(answer.has("code-form"), "{typed:?}: {}", answer.text());
    }
    let wide: String = code.chars().map(|digit| char::from_u32(0xFF10 + digit as u32 - 0x30).unwrap()).collect();
    assert!(is_in(&enter(&mut browser, &page, &format!(" {}-{} ", &wide[..9], &wide[9..])).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_17_asking_a_code_for_an_unknown_address_looks_the_same() {
    let world = usual_world().await;
    let mut seen = Vec::new();
    for username in [ADA, "odd@example.com"] {
        let mut browser = Browser::new(&world);
        let login = browser.open(&authorize_path(&[])).await;
        let ask = browser.open(&login.at.replace("/login", "/code")).await;
        let redirect = browser.submit_only(&ask, "code-request-form", &[("username", username)]).await;
        let page = browser.follow(redirect.clone()).await;
        let mut answers = vec![redirect, page.clone()];
        for _ in 0..6 {
            answers.push(browser.submit(&page, "code-form", &[("code", "000000")]).await);
        }
        world.pass(60);
        answers.push(resend(&mut browser, &page).await);
        let told = answers.iter().map(|page| {
            let masked = page.text().replace("a•••", "•••").replace("o•••", "•••");
            (page.status.as_u16(), masked, page.headers.contains_key("set-cookie"))
        });
        seen.push(told.collect::<Vec<_>>());
    }
    for (known, unknown) in seen[0].iter().zip(&seen[1]) {
        assert_eq!(known.0, unknown.0);
        assert_eq!(known.2, unknown.2);
        assert_eq!(known.1.len(), unknown.1.len(), "{} / {}", known.1, unknown.1);
    }
    assert!(world.mails().await.iter().all(|mail| mail.to.as_str() == ADA), "nobody else is written to");
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_17_and_rst_01_a_second_flow_for_the_same_address_tells_nothing_either() {
    let world = usual_world().await;
    for (way, form) in [("/code", "code-request-form"), ("/reset", "reset-form")] {
        let mut seen = Vec::new();
        for username in [ADA, "odd@example.com"] {
            let mut flows = Vec::new();
            for _ in 0..2 {
                let mut browser = Browser::new(&world);
                let login = browser.open("/login").await;
                let ask = browser.open(&login.at.replace("/login", way)).await;
                let page = browser.submit(&ask, form, &[("username", username)]).await;
                world.pass(1);
                flows.push((browser, page));
            }
            let mut told = Vec::new();
            for (browser, page) in &mut flows {
                let answer = enter(browser, page, "000000").await;
                told.push((answer.status.as_u16(), answer.text().len()));
            }
            seen.push(told);
        }
        assert_eq!(seen[0], seen[1], "{way}: the superseded code of a known address looks like one of nobody");
    }
}
