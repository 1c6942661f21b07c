//! Another address for an account, by page and by JSON interface, and the way back (RST-14).

use std::sync::Arc;

use doorward::model::account::Account;
use poem::http::Method;
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{refresh, tokens, userinfo, usual_world};
use crate::support::script::{by_cookie, call, signed_in, signed_in_as};
use crate::support::world::{ISSUER, PASSWORD, World, digits};

const ADA: &str = "ada@example.com";
const NEW: &str = "lovelace@example.org";
const EMAIL: &str = "/api/v1/email";
const CONFIRM: &str = "/api/v1/email/confirm";
const UNDO: &str = "/api/v1/email/undo";
const WEEK: i64 = 7 * 86_400;

async fn ask(browser: &mut Browser<'_>, new: &str, password: &str) -> Page {
    let page = browser.open("/account/email?change=1").await;
    browser.submit(&page, "email-form", &[("email", new), ("current_password", password)]).await
}

async fn ask_by_api(world: &World, browser: &Browser<'_>, new: &str) -> Page {
    let body = json!({ "email": new, "password": PASSWORD });
    by_cookie(world, browser, Method::POST, EMAIL, Some(body)).await
}

async fn confirm_by_api(world: &World, browser: &Browser<'_>, code: &str) -> Page {
    by_cookie(world, browser, Method::POST, CONFIRM, Some(json!({ "code": code }))).await
}

/// The token behind the link in the newest mail of `kind` words to an address.
async fn token_to(world: &World, address: &str, path: &str) -> String {
    let mails = world.mails().await;
    let start = format!("{ISSUER}{path}?token=");
    let mut found = mails.iter().rev().filter(|mail| mail.to.as_str() == address);
    let line = found.find_map(|mail| mail.text.lines().find_map(|line| line.strip_prefix(&start)));
    line.unwrap_or_else(|| panic!("a link to {path} for {address}")).to_owned()
}

async fn kinds_to(world: &World, address: &str) -> Vec<String> {
    let mails = world.mails().await;
    mails.into_iter().filter(|mail| mail.to.as_str() == address).map(|mail| mail.subject).collect()
}

async fn press(world: &World, path: &str, token: &str) -> Page {
    let mut browser = Browser::new(world);
    let confirm = browser.visit(&format!("{path}?token={token}")).await;
    if !confirm.has("confirm-form") {
        return confirm;
    }
    browser.submit(&confirm, "confirm-form", &[]).await
}

async fn undo_by_api(world: &World, token: &str) -> Page {
    call(world, Method::POST, UNDO, &[], Some(json!({ "token": token }))).await
}

async fn account(world: &World, email: &str) -> Option<Account> {
    world.context.store.find_account_by_email(&email.parse().unwrap()).await.unwrap()
}

async fn can_sign_in(world: &World, email: &str) -> bool {
    let mut browser = Browser::new(world);
    let login = browser.open("/login").await;
    browser.sign_in(&login, email, PASSWORD).await.at.starts_with("/account")
}

async fn actions(world: &World) -> Vec<String> {
    world.context.store.list_audit("", 200).await.unwrap().into_iter().map(|entry| entry.action).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_14_by_page_a_new_address_is_proven_before_it_replaces_the_old_one() {
    let world = usual_world().await;
    let before = account(&world, ADA).await.unwrap();
    let mut browser = signed_in(&world).await;
    let enter = ask(&mut browser, NEW, PASSWORD).await;
    assert!(enter.has("code-form"), "{}", enter.text());
    assert!(account(&world, NEW).await.is_none() && can_sign_in(&world, ADA).await, "nothing has changed yet");
    // Beside the one about the new browser that was tried just now.
    assert!(kinds_to(&world, ADA).await.contains(&"A new address for your account".to_owned()));
    let code = world.last_code_to(NEW).await;
    let wrong = browser.submit(&enter, "code-form", &[("code", "000000")]).await;
    assert!(wrong.status == 400 && wrong.has("tries-left"), "{}", wrong.text());
    let home = browser.submit(&wrong, "code-form", &[("code", &code)]).await;
    assert!(home.at.starts_with("/account?saved") && home.body.contains(NEW), "{} {}", home.at, home.text());
    let after = account(&world, NEW).await.unwrap();
    assert_eq!((&after.id, after.generation), (&before.id, before.generation + 1));
    assert!(after.email_verified_at.is_some() && account(&world, ADA).await.is_none());
    assert!(can_sign_in(&world, NEW).await && !can_sign_in(&world, ADA).await);
    for address in [ADA, NEW] {
        let changed = "The address of your account was changed";
        let mails = world.mails().await;
        let told = mails.iter().find(|mail| mail.to.as_str() == address && mail.subject == changed).unwrap();
        assert_eq!(told.text.contains("token="), address == ADA, "only the old address can undo it");
    }
    let again = browser.submit(&wrong, "code-form", &[("code", &code)]).await;
    assert_eq!(again.status, 400, "the form once more");
    let recorded = actions(&world).await;
    for action in ["account.address_change_asked", "account.address_changed", "code.refused"] {
        assert!(recorded.iter().any(|own| own == action), "{action} in {recorded:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_14_by_program_a_new_address_is_proven_by_code_or_by_token() {
    let world = usual_world().await;
    let browser = signed_in(&world).await;
    let asked = ask_by_api(&world, &browser, NEW).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
    assert_eq!(asked.json()["email"], NEW);
    let read = by_cookie(&world, &browser, Method::GET, EMAIL, None).await.json();
    assert_eq!((&read["email"], &read["pending"]["email"]), (&json!(ADA), &json!(NEW)));
    let code = world.last_code_to(NEW).await;
    let wrong = confirm_by_api(&world, &browser, "000000").await;
    assert_eq!((wrong.status.as_u16(), &wrong.json()["code"]), (403, &json!("code_wrong")));
    assert_eq!(wrong.json()["tries_left"], 4);
    assert_eq!(confirm_by_api(&world, &browser, &code).await.status, 204);
    let read = by_cookie(&world, &browser, Method::GET, EMAIL, None).await.json();
    assert_eq!((&read["email"], &read["email_verified"], &read["pending"]), (&json!(NEW), &json!(true), &Value::Null));
    assert_eq!(confirm_by_api(&world, &browser, &code).await.json()["code"], "code_expired");
    // The link needs nobody who is signed in.
    ask_by_api(&world, &browser, ADA).await;
    let token = token_to(&world, ADA, "/account/email/link").await;
    let by_token = json!({ "token": token });
    assert_eq!(call(&world, Method::POST, CONFIRM, &[], Some(by_token.clone())).await.status, 204);
    let again = call(&world, Method::POST, CONFIRM, &[], Some(by_token)).await;
    assert_eq!((again.status.as_u16(), &again.json()["code"]), (404, &json!("token_unknown")));
    assert!(account(&world, ADA).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_05_opening_the_links_changes_nothing_and_the_button_does() {
    let world = usual_world().await;
    let mut browser = signed_in(&world).await;
    ask(&mut browser, NEW, PASSWORD).await;
    let confirm = token_to(&world, NEW, "/account/email/link").await;
    let undo = token_to(&world, ADA, "/account/email/undo").await;
    for (path, token) in [("/account/email/link", &confirm), ("/account/email/undo", &undo)] {
        for method in [Method::GET, Method::HEAD, Method::GET] {
            let path = format!("{path}?token={token}");
            let page = call(&world, method, &path, &[("user-agent", "a mail scanner")], None).await;
            assert_eq!(page.status, 200);
            assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
            assert!(!page.body.contains(NEW) && !page.body.contains(ADA), "the address is masked");
        }
    }
    assert!(account(&world, ADA).await.is_some() && browser.visit("/account").await.status == 200);
    let done = press(&world, "/account/email/link", &confirm).await;
    assert!(done.has("link-done"), "{}", done.text());
    assert!(account(&world, NEW).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_14_the_old_address_takes_the_change_back_and_ends_every_session() {
    for by_page in [true, false] {
        let world = usual_world().await;
        let issued = tokens(&world).await;
        let mut thief = signed_in(&world).await;
        ask(&mut thief, NEW, PASSWORD).await;
        let code = world.last_code_to(NEW).await;
        assert_eq!(confirm_by_api(&world, &thief, &code).await.status, 204);
        // A further change does not help: it goes back with the first one.
        world.pass(1);
        ask(&mut thief, "third@example.org", PASSWORD).await;
        let third = world.last_code_to("third@example.org").await;
        assert_eq!(confirm_by_api(&world, &thief, &third).await.status, 204);
        world.pass(1);
        ask(&mut thief, "fourth@example.org", PASSWORD).await;
        let fourth = token_to(&world, "fourth@example.org", "/account/email/link").await;
        let undo_of_thief = token_to(&world, NEW, "/account/email/undo").await;
        let undo = token_to(&world, ADA, "/account/email/undo").await;
        if by_page {
            let done = press(&world, "/account/email/undo", &undo).await;
            assert!(done.has("link-done") && done.link("onward").as_deref() == Some("/reset"), "{}", done.text());
        } else {
            assert_eq!(undo_by_api(&world, &undo).await.status, 204);
        }
        let restored = account(&world, ADA).await.expect("the old address is back");
        assert!(restored.email_verified_at.is_some());
        assert_eq!(thief.visit("/account").await.status, 303, "signed out");
        assert_eq!(userinfo(&world, issued["access_token"].as_str().unwrap()).await.status, 401);
        assert_eq!(refresh(&world, issued["refresh_token"].as_str().unwrap()).await.status, 400);
        let pending = call(&world, Method::POST, CONFIRM, &[], Some(json!({ "token": fourth }))).await;
        assert_eq!(pending.status, 404, "what waited is cancelled");
        assert_eq!(undo_by_api(&world, &undo_of_thief).await.status, 404, "and so is its way back");
        assert_eq!(undo_by_api(&world, &undo).await.status, 404, "once");
        assert!(restored.password_hash.is_none() && !can_sign_in(&world, ADA).await, "the thief knew the password");
        assert!(kinds_to(&world, ADA).await.contains(&"Your account has your address".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_14_an_address_that_was_left_by_changing_back_has_no_way_back() {
    let world = usual_world().await;
    let mut browser = signed_in(&world).await;
    ask(&mut browser, NEW, PASSWORD).await;
    let code = world.last_code_to(NEW).await;
    assert_eq!(confirm_by_api(&world, &browser, &code).await.status, 204);
    let first = token_to(&world, ADA, "/account/email/undo").await;
    world.pass(60);
    ask(&mut browser, ADA, PASSWORD).await;
    let announced = token_to(&world, NEW, "/account/email/undo").await;
    let code = world.last_code_to(ADA).await;
    assert_eq!(confirm_by_api(&world, &browser, &code).await.status, 204);
    let told = world.last_mail_to(NEW).await;
    assert!(!told.text.contains("/account/email/undo"), "{}", told.text);
    for dead in [announced, first] {
        assert_eq!(undo_by_api(&world, &dead).await.status, 404);
    }
    assert!(account(&world, ADA).await.is_some() && can_sign_in(&world, ADA).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undone_change_restores_a_deleted_account_only_if_it_took_effect() {
    for took_effect in [true, false] {
        let world = usual_world().await;
        let mut browser = signed_in(&world).await;
        ask(&mut browser, NEW, PASSWORD).await;
        if took_effect {
            let code = world.last_code_to(NEW).await;
            assert_eq!(confirm_by_api(&world, &browser, &code).await.status, 204);
        }
        let undo = token_to(&world, ADA, "/account/email/undo").await;
        world.pass(60);
        let body = json!({ "password": PASSWORD });
        assert_eq!(by_cookie(&world, &browser, Method::DELETE, "/api/v1/account", Some(body)).await.status, 202);
        assert_eq!(undo_by_api(&world, &undo).await.status, 204);
        let own = account(&world, ADA).await.expect("the account has the old address");
        assert_eq!(own.disabled_at.is_none(), took_effect);
        assert_eq!(actions(&world).await.contains(&"account.restored".to_owned()), took_effect);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_back_is_open_for_seven_days_from_the_change() {
    let world = usual_world().await;
    let mut browser = signed_in(&world).await;
    ask(&mut browser, NEW, PASSWORD).await;
    let asked = token_to(&world, ADA, "/account/email/undo").await;
    world.pass(300);
    let code = world.last_code_to(NEW).await;
    assert_eq!(confirm_by_api(&world, &browser, &code).await.status, 204);
    assert_eq!(asked, token_to(&world, ADA, "/account/email/undo").await, "both mails hold the same way back");
    world.pass(WEEK);
    let dead = press(&world, "/account/email/undo", &asked).await;
    assert!(dead.body.contains("link_dead") && account(&world, NEW).await.is_some());
    assert_eq!(undo_by_api(&world, &asked).await.status, 404);
    let world = usual_world().await;
    let mut browser = signed_in(&world).await;
    ask(&mut browser, NEW, PASSWORD).await;
    let code = world.last_code_to(NEW).await;
    assert_eq!(confirm_by_api(&world, &browser, &code).await.status, 204);
    let undo = token_to(&world, ADA, "/account/email/undo").await;
    world.pass(WEEK - 1);
    assert_eq!(undo_by_api(&world, &undo).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_14_a_reset_cancels_a_change_that_waits() {
    let world = usual_world().await;
    let mut browser = signed_in(&world).await;
    ask(&mut browser, NEW, PASSWORD).await;
    let (code, token) = (world.last_code_to(NEW).await, token_to(&world, NEW, "/account/email/link").await);
    let mut elsewhere = Browser::new(&world);
    let login = elsewhere.open("/login").await;
    let reset = elsewhere.open(&login.at.replace("/login", "/reset")).await;
    let enter = elsewhere.submit(&reset, "reset-form", &[("username", ADA)]).await;
    let digits = world.last_code_to(ADA).await;
    let choose = elsewhere.submit(&enter, "code-form", &[("code", &digits)]).await;
    elsewhere.submit(&choose, "reset-password-form", &[("password", "another walk along the dunes")]).await;
    assert_eq!(confirm_by_api(&world, &browser, &code).await.status, 401, "the session is over");
    let by_link = press(&world, "/account/email/link", &token).await;
    assert!(by_link.body.contains("link_dead"), "{}", by_link.text());
    assert!(account(&world, NEW).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_04_a_change_of_address_voids_codes_that_were_mailed_before() {
    let world = usual_world().await;
    let mut stranger = Browser::new(&world);
    let login = stranger.open("/login").await;
    let reset = stranger.open(&login.at.replace("/login", "/reset")).await;
    stranger.submit(&reset, "reset-form", &[("username", ADA)]).await;
    let link = world.last_link_to(ADA).await;
    let browser = signed_in(&world).await;
    ask_by_api(&world, &browser, NEW).await;
    let code = world.last_code_to(NEW).await;
    assert_eq!(confirm_by_api(&world, &browser, &code).await.status, 204);
    assert!(stranger.visit(&link).await.body.contains("link_dead"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_14_a_taken_address_looks_like_a_free_one_and_its_owner_is_told() {
    let world = usual_world().await;
    world.person("eve@example.com").await;
    let mut seen = Vec::new();
    for new in ["free@example.com", "eve@example.com"] {
        let browser = signed_in(&world).await;
        let asked = ask_by_api(&world, &browser, new).await;
        let wrong = confirm_by_api(&world, &browser, "000000").await;
        let mut page = browser.clone();
        let shown = page.open("/account/email").await;
        let mut body = asked.json();
        body["email"] = Value::Null;
        seen.push((asked.status, body, wrong.status, wrong.json()["code"].clone(), shown.text().len()));
        world.pass(60);
        assert_eq!(by_cookie(&world, &browser, Method::POST, "/api/v1/email/resend", None).await.status, 202);
        world.pass(3_600);
    }
    let shift = |body: &Value| body["resend_after_seconds"].clone();
    assert_eq!(
        (seen[0].0, shift(&seen[0].1), seen[0].2, &seen[0].3),
        (seen[1].0, shift(&seen[1].1), seen[1].2, &seen[1].3)
    );
    let told = world.mails().await.into_iter().filter(|mail| mail.to.as_str() == "eve@example.com");
    let told: Vec<_> = told.collect();
    assert_eq!(told.len(), 1, "once, and no code");
    assert_eq!(told[0].subject, "Your address already has an account");
    assert!(!told[0].text.split(|c: char| !c.is_ascii_digit()).any(|word| word.len() == 6), "{}", told[0].text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_became_anothers_meanwhile_is_not_given_twice() {
    let world = usual_world().await;
    let browser = signed_in(&world).await;
    ask_by_api(&world, &browser, NEW).await;
    let code = world.last_code_to(NEW).await;
    world.person(NEW).await;
    assert_eq!(confirm_by_api(&world, &browser, &code).await.status, 404);
    assert!(account(&world, ADA).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_took_the_free_old_address_without_proving_it_gives_way() {
    let world = usual_world().await;
    let ada = account(&world, ADA).await.unwrap();
    let browser = signed_in(&world).await;
    ask_by_api(&world, &browser, NEW).await;
    let code = world.last_code_to(NEW).await;
    assert_eq!(confirm_by_api(&world, &browser, &code).await.status, 204);
    let undo = token_to(&world, ADA, "/account/email/undo").await;
    let mut squatter = Browser::new(&world);
    let login = squatter.open("/login").await;
    let signup = squatter.open(&login.at.replace("/login", "/signup")).await;
    squatter.submit(&signup, "signup-form", &[("username", ADA), ("password", "another walk along the dunes")]).await;
    assert_ne!(account(&world, ADA).await.unwrap().id, ada.id);
    assert_eq!(undo_by_api(&world, &undo).await.status, 204);
    assert_eq!(account(&world, ADA).await.unwrap().id, ada.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_14_the_password_is_asked_for_and_guessing_it_here_counts() {
    let world = usual_world().await;
    let mut browser = signed_in(&world).await;
    let wrong = ask(&mut browser, NEW, "not the password").await;
    assert!(wrong.status == 400 && wrong.has("current_password-problem"), "{}", wrong.text());
    assert!(wrong.body.contains(NEW), "what was typed stays");
    for password in [json!(null), json!(""), json!("wrong"), json!("x".repeat(300))] {
        let mut body = json!({ "email": NEW });
        if !password.is_null() {
            body["password"] = password;
        }
        let page = by_cookie(&world, &browser, Method::POST, EMAIL, Some(body)).await;
        assert_eq!((page.status.as_u16(), &page.json()["code"]), (403, &json!("current_password_wrong")));
        assert_eq!(page.json()["errors"][0]["field"], "password");
    }
    let mut tries = 0;
    let limited = loop {
        let body = json!({ "email": NEW, "password": "wrong" });
        let page = by_cookie(&world, &browser, Method::POST, EMAIL, Some(body)).await;
        if page.status == 429 {
            break page;
        }
        tries += 1;
        assert!(tries <= 100);
    };
    assert!(limited.header("retry-after").is_some() && limited.json()["retry_after_seconds"].as_i64().unwrap() > 0);
    let refused: Vec<_> = world.context.store.list_audit("", 200).await.unwrap();
    let refused = refused.iter().filter(|entry| entry.action == "password.refused" && entry.outcome == "failure");
    // Nobody has one of three hundred characters, so that was no try.
    assert_eq!(refused.count(), tries + 4, "each wrong one is noted, by whoever is signed in");
    assert!(world.mails().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_a_password_signs_in_afresh_first() {
    let world = usual_world().await;
    let forget = world.context.store.write((), |tx, ()| {
        Box::pin(async move { tx.execute("UPDATE accounts SET password_hash = NULL", doorward::params![]).await })
    });
    forget.await.unwrap();
    let mut browser = Browser::new(&world);
    let login = browser.open("/login").await;
    let ask_code = browser.open(&login.at.replace("/login", "/code")).await;
    let enter = browser.submit(&ask_code, "code-request-form", &[("username", ADA)]).await;
    let code = world.last_code_to(ADA).await;
    let home = browser.submit(&enter, "code-form", &[("code", &code)]).await;
    assert!(home.at.starts_with("/account"), "{}", home.text());
    world.pass(301);
    let stale = browser.visit("/account/email").await;
    assert_eq!(stale.location().as_deref(), Some("/login?page=email"));
    let body = json!({ "email": NEW });
    let refused = by_cookie(&world, &browser, Method::POST, EMAIL, Some(body.clone())).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (403, &json!("sign_in_too_old")));
    let login = browser.open("/account/email").await;
    let ask_code = browser.open(&login.at.replace("/login", "/code")).await;
    let enter = browser.submit(&ask_code, "code-request-form", &[("username", ADA)]).await;
    let code = world.last_code_to(ADA).await;
    let form = browser.submit(&enter, "code-form", &[("code", &code)]).await;
    assert!(form.at.starts_with("/account/email") && form.has("email-form"), "{} {}", form.at, form.text());
    let asked = by_cookie(&world, &browser, Method::POST, EMAIL, Some(body)).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_12_codes_and_tokens_of_others_or_for_something_else_prove_nothing() {
    let world = usual_world().await;
    world.person("eve@example.com").await;
    let ada = signed_in(&world).await;
    let eve = signed_in_as(&world, "eve@example.com").await;
    ask_by_api(&world, &ada, NEW).await;
    ask_by_api(&world, &eve, "evil@example.org").await;
    let of_eve = world.last_code_to("evil@example.org").await;
    let of_ada = world.last_code_to(NEW).await;
    if of_eve != of_ada {
        assert_eq!(confirm_by_api(&world, &ada, &of_eve).await.json()["code"], "code_wrong");
    }
    // Another session of the same person did not ask.
    let elsewhere = signed_in(&world).await;
    assert_eq!(confirm_by_api(&world, &elsewhere, &of_ada).await.json()["code"], "code_expired");
    let confirm = token_to(&world, NEW, "/account/email/link").await;
    let undo = token_to(&world, ADA, "/account/email/undo").await;
    for path in ["/verify/link", "/reset/link", "/account/email/undo", "/account/delete/undo"] {
        assert!(press(&world, path, &confirm).await.body.contains("link_dead"), "{path}");
    }
    for path in ["/verify/link", "/reset/link", "/account/email/link", "/account/delete/undo"] {
        assert!(press(&world, path, &undo).await.body.contains("link_dead"), "{path}");
    }
    assert_eq!(undo_by_api(&world, &confirm).await.status, 404);
    let crossed = call(&world, Method::POST, CONFIRM, &[], Some(json!({ "token": undo }))).await;
    assert_eq!(crossed.status, 404);
    assert!(account(&world, ADA).await.is_some() && account(&world, "eve@example.com").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_06_the_sixth_guess_is_not_looked_at() {
    let world = usual_world().await;
    let browser = signed_in(&world).await;
    ask_by_api(&world, &browser, NEW).await;
    let code = world.last_code_to(NEW).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(confirm_by_api(&world, &browser, wrong).await.status, 403);
    }
    let late = confirm_by_api(&world, &browser, &code).await;
    assert_eq!(late.json()["code"], "code_exhausted", "{}", late.body);
    assert!(account(&world, ADA).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_05_another_code_and_another_address_void_the_ones_before() {
    let world = usual_world().await;
    let mut browser = signed_in(&world).await;
    let enter = ask(&mut browser, NEW, PASSWORD).await;
    let first = world.last_code_to(NEW).await;
    let early = browser.submit(&enter, "resend-form", &[]).await;
    assert!(early.status == 429 && early.header("retry-after").is_some(), "{}", early.text());
    world.pass(60);
    let resent = browser.submit(&enter, "resend-form", &[]).await;
    assert!(resent.has("code-form"), "{}", resent.text());
    let second = world.last_code_to(NEW).await;
    assert_ne!(first, second);
    assert_eq!(browser.submit(&resent, "code-form", &[("code", &first)]).await.status, 400);
    ask(&mut browser, "third@example.org", PASSWORD).await;
    let stale = confirm_by_api(&world, &browser, &second).await;
    assert_eq!(stale.status, 403, "only the newest address waits");
    let third = world.last_code_to("third@example.org").await;
    assert_eq!(confirm_by_api(&world, &browser, &third).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_06_what_is_no_address_or_the_present_one_is_refused_by_name() {
    let world = usual_world().await;
    let mut browser = signed_in(&world).await;
    for (email, code) in [
        ("", "email_missing"),
        ("lovelace", "email_malformed"),
        ("a@b@example.org", "email_malformed"),
        ("a@example.org\r\nBcc: eve@example.com", "email_malformed"),
        ("a\0@example.org", "email_malformed"),
        ("ADA@EXAMPLE.com", "email_unchanged"),
    ] {
        let page = ask_by_api(&world, &browser, email).await;
        assert_eq!((page.status.as_u16(), page.json()["code"].as_str()), (422, Some(code)), "{email:?}");
        assert_eq!(page.json()["errors"][0]["field"], "email");
    }
    let page = ask(&mut browser, "ada@example.com", PASSWORD).await;
    assert!(page.status == 400 && page.has("email-problem"), "{}", page.text());
    for (path, body, field) in [
        (EMAIL, json!({ "email": NEW, "password": PASSWORD, "admin": true }), "admin"),
        (EMAIL, json!({ "password": PASSWORD }), "email"),
        (EMAIL, json!({ "email": 7 }), "email"),
        (CONFIRM, json!({ "flow": "x", "code": "123456" }), "flow"),
        (CONFIRM, json!({}), "code"),
        (UNDO, json!({ "token": "x", "email": NEW }), "email"),
    ] {
        let page = by_cookie(&world, &browser, Method::POST, path, Some(body)).await;
        assert_eq!(
            (page.status.as_u16(), page.json()["errors"][0]["field"].as_str()),
            (400, Some(field)),
            "{}",
            page.body
        );
    }
    for body in [json!({ "code": "12345" }), json!({ "code": "abcdef" })] {
        ask_by_api(&world, &browser, NEW).await;
        let page = by_cookie(&world, &browser, Method::POST, CONFIRM, Some(body)).await;
        assert_eq!(page.status, 422, "{}", page.body);
    }
    for token in ["", "dwl_x", "\0", "dwl_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(undo_by_api(&world, token).await.status, 404, "{token:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_confirmations_at_once_one_wins() {
    let world = Arc::new(usual_world().await);
    let browser = signed_in(&world).await;
    ask_by_api(&world, &browser, NEW).await;
    let token = token_to(&world, NEW, "/account/email/link").await;
    let racers = (0..8).map(|_| {
        let (world, token) = (world.clone(), token.clone());
        tokio::spawn(
            async move { call(&world, Method::POST, CONFIRM, &[], Some(json!({ "token": token }))).await.status },
        )
    });
    let mut statuses = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        statuses.push(racer.await.unwrap().as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 204 | 404)), "{statuses:?}");
    assert_eq!(kinds_to(&world, ADA).await.len(), 2, "told of the wish, and once of the change");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_meets_a_confirmation_leaves_the_old_address() {
    for _ in 0..6 {
        let world = Arc::new(usual_world().await);
        let browser = signed_in(&world).await;
        ask_by_api(&world, &browser, NEW).await;
        let confirm = token_to(&world, NEW, "/account/email/link").await;
        let undo = token_to(&world, ADA, "/account/email/undo").await;
        let (one, other) = (world.clone(), world.clone());
        let confirming = tokio::spawn(async move {
            call(&one, Method::POST, CONFIRM, &[], Some(json!({ "token": confirm }))).await.status
        });
        let undoing = tokio::spawn(async move { undo_by_api(&other, &undo).await.status });
        let (confirmed, undone) = (confirming.await.unwrap(), undoing.await.unwrap());
        assert_eq!(undone, 204);
        assert!(confirmed == 204 || confirmed == 404, "{confirmed}");
        assert!(account(&world, ADA).await.is_some() && account(&world, NEW).await.is_none());
        assert_eq!(by_cookie(&world, &browser, Method::GET, EMAIL, None).await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mai_03_the_mails_of_a_change_name_no_whole_address_of_the_other_side() {
    let world = usual_world().await;
    let mut browser = signed_in(&world).await;
    ask(&mut browser, NEW, PASSWORD).await;
    let code = digits(&world.last_mail_to(NEW).await.text);
    assert_eq!(confirm_by_api(&world, &browser, &code).await.status, 204);
    for mail in world.mails().await {
        let other = if mail.to.as_str() == ADA { NEW } else { ADA };
        assert!(!mail.text.contains(other) && !mail.html.contains(other), "{}", mail.text);
        assert!(!mail.subject.contains('@'));
    }
}
