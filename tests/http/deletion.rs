//! Leaving: an account deleted by its owner, restored by the mailed link, erased after a week.

use doorward::base::bounds::DELETION_GRACE_SECONDS;
use doorward::model::account::Account;
use doorward::model::audit::{AuditAction, AuditEvent};
use poem::http::Method;
use serde_json::json;

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{refresh, tokens, userinfo, usual_world};
use crate::support::script::{by_cookie, call, signed_in};
use crate::support::world::{ISSUER, PASSWORD, World};

const ADA: &str = "ada@example.com";
const ACCOUNT: &str = "/api/v1/account";
const RESTORE: &str = "/api/v1/account/restore";

async fn delete_by_api(world: &World, browser: &Browser<'_>) -> Page {
    by_cookie(world, browser, Method::DELETE, ACCOUNT, Some(json!({ "password": PASSWORD }))).await
}

async fn restore_by_api(world: &World, token: &str) -> Page {
    call(world, Method::POST, RESTORE, &[], Some(json!({ "token": token }))).await
}

async fn token(world: &World) -> String {
    let start = format!("{ISSUER}/account/delete/undo?token=");
    let mails = world.mails().await;
    let mut lines = mails.iter().rev().flat_map(|mail| mail.text.lines());
    lines.find_map(|line| line.strip_prefix(&start)).expect("a way back").to_owned()
}

async fn account(world: &World) -> Option<Account> {
    world.context.store.find_account_by_email(&ADA.parse().unwrap()).await.unwrap()
}

async fn sign_in(world: &World) -> Page {
    let mut browser = Browser::new(world);
    let login = browser.open("/login").await;
    browser.sign_in(&login, ADA, PASSWORD).await
}

async fn sweep(world: &World) -> u64 {
    let removed = world.context.store.sweep(world.now()).await.unwrap();
    removed.into_iter().find(|(table, _)| *table == "accounts").unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn by_page_an_account_is_deleted_at_once_and_restored_by_the_mailed_link() {
    let world = usual_world().await;
    let issued = tokens(&world).await;
    let mut elsewhere = signed_in(&world).await;
    let mut browser = signed_in(&world).await;
    let home = browser.visit("/account").await;
    let data = browser.visit(&home.link("data-link").unwrap()).await;
    let page = browser.visit(&data.link("delete-link").unwrap()).await;
    let wrong = browser.submit(&page, "delete-form", &[("current_password", "wrong")]).await;
    assert!(wrong.status == 400 && wrong.has("current_password-problem"), "{}", wrong.text());
    let gone = browser.submit(&page, "delete-form", &[("current_password", PASSWORD)]).await;
    assert!(gone.status == 200 && gone.has("account-deleted"), "{}", gone.text());
    for browser in [&mut browser, &mut elsewhere] {
        assert_eq!(browser.visit("/account").await.status, 303, "signed out");
    }
    assert_eq!(userinfo(&world, issued["access_token"].as_str().unwrap()).await.status, 401);
    assert_eq!(refresh(&world, issued["refresh_token"].as_str().unwrap()).await.status, 400);
    assert!(sign_in(&world).await.has("login-form"), "and nobody signs in");
    let link = format!("/account/delete/undo?token={}", token(&world).await);
    let mut reader = Browser::new(&world);
    let confirm = reader.visit(&link).await;
    assert!(confirm.has("confirm-form") && !confirm.body.contains(ADA), "{}", confirm.text());
    assert_eq!(confirm.header("referrer-policy"), Some("no-referrer"));
    assert!(sign_in(&world).await.has("login-form"), "opening the link changed nothing (RST-05)");
    let done = reader.submit(&confirm, "confirm-form", &[]).await;
    assert!(done.has("link-done") && done.link("onward").as_deref() == Some("/login"), "{}", done.text());
    assert_eq!(reader.visit("/account").await.status, 303, "nobody is signed in by it");
    assert!(sign_in(&world).await.at.starts_with("/account"));
    assert_eq!(elsewhere.visit("/account").await.status, 303, "what ended stays ended");
    assert_eq!(reader.submit(&confirm, "confirm-form", &[]).await.status, 400, "once");
    let recorded: Vec<String> =
        world.context.store.list_audit("", 50).await.unwrap().into_iter().map(|entry| entry.action).collect();
    assert!(recorded.contains(&"account.deleted".to_owned()) && recorded.contains(&"account.restored".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn by_program_an_account_is_deleted_and_restored() {
    let world = usual_world().await;
    let browser = signed_in(&world).await;
    for body in [json!({}), json!({ "password": "wrong" })] {
        let page = by_cookie(&world, &browser, Method::DELETE, ACCOUNT, Some(body)).await;
        assert_eq!((page.status.as_u16(), &page.json()["code"]), (403, &json!("current_password_wrong")));
    }
    let unknown = json!({ "password": PASSWORD, "now": true });
    let page = by_cookie(&world, &browser, Method::DELETE, ACCOUNT, Some(unknown)).await;
    assert_eq!((page.status.as_u16(), &page.json()["errors"][0]["field"]), (400, &json!("now")));
    let deleted = delete_by_api(&world, &browser).await;
    assert_eq!(deleted.status, 202, "{}", deleted.body);
    assert_eq!(deleted.json()["erased_at"], world.now().seconds() + DELETION_GRACE_SECONDS);
    assert_eq!(delete_by_api(&world, &browser).await.status, 401);
    let token = token(&world).await;
    for other in ["", "dwl_x", "\0", "dwl_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(restore_by_api(&world, other).await.status, 404, "{other:?}");
    }
    assert_eq!(restore_by_api(&world, &token).await.status, 204);
    let again = restore_by_api(&world, &token).await;
    assert_eq!((again.status.as_u16(), &again.json()["code"]), (404, &json!("token_unknown")));
    assert!(sign_in(&world).await.at.starts_with("/account"));
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_01_a_deleted_accounts_address_looks_like_any_other() {
    let world = usual_world().await;
    world.person("eve@example.com").await;
    let browser = signed_in(&world).await;
    delete_by_api(&world, &browser).await;
    let before = account(&world).await.unwrap();
    let mut seen = Vec::new();
    for address in [ADA, "eve@example.com", "free@example.com"] {
        let mut stranger = Browser::new(&world);
        let login = stranger.open("/login").await;
        let wrong = stranger.sign_in(&login, address, "some other password").await;
        let signup = stranger.open(&login.at.replace("/login", "/signup")).await;
        let fill = [("username", address), ("password", "another walk along the dunes")];
        let verify = stranger.submit(&signup, "signup-form", &fill).await;
        let mut other = Browser::new(&world);
        let login = other.open("/login").await;
        let reset = other.open(&login.at.replace("/login", "/reset")).await;
        let code = other.submit(&reset, "reset-form", &[("username", address)]).await;
        seen.push((wrong.status, verify.status, verify.has("code-form"), code.status, code.has("code-form")));
    }
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
    assert_eq!(account(&world).await.unwrap(), before, "and nothing of it was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_up_with_a_deleted_accounts_address_mails_the_way_back_again() {
    let world = usual_world().await;
    let browser = signed_in(&world).await;
    delete_by_api(&world, &browser).await;
    let first = token(&world).await;
    world.pass(3_600);
    let before = world.mails().await.len();
    let mut stranger = Browser::new(&world);
    let login = stranger.open("/login").await;
    let signup = stranger.open(&login.at.replace("/login", "/signup")).await;
    let fill = [("username", ADA), ("password", "another walk along the dunes")];
    stranger.submit(&signup, "signup-form", &fill).await;
    assert_eq!(world.mails().await.len(), before + 1);
    assert_eq!(token(&world).await, first, "both mails hold the same way back");
    assert_eq!(restore_by_api(&world, &first).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_week_everything_about_the_person_is_gone_but_the_id_in_the_log() {
    let world = usual_world().await;
    tokens(&world).await;
    let browser = signed_in(&world).await;
    let id = account(&world).await.unwrap().id;
    by_cookie(
        &world,
        &browser,
        Method::POST,
        "/api/v1/email",
        Some(json!({ "email": "n@example.org", "password": PASSWORD })),
    )
    .await;
    delete_by_api(&world, &browser).await;
    let token = token(&world).await;
    world.pass(DELETION_GRACE_SECONDS - 1);
    assert_eq!(sweep(&world).await, 0);
    assert!(account(&world).await.is_some());
    world.pass(1);
    assert_eq!(restore_by_api(&world, &token).await.status, 404, "too late");
    assert_eq!(sweep(&world).await, 1);
    assert_eq!(sweep(&world).await, 0);
    assert!(account(&world).await.is_none() && world.context.store.find_account(&id).await.unwrap().is_none());
    for table in ["sessions", "grants", "consents", "address_changes", "deletions", "one_time_codes"] {
        assert_eq!(rows_of(&world, table).await, 0, "{table}");
    }
    let entries = world.context.store.list_audit("", 100).await.unwrap();
    let own: Vec<_> = entries.iter().filter(|entry| entry.account.as_ref() == Some(&id)).collect();
    assert!(own.iter().any(|entry| entry.action == "account.erased"));
    for entry in &own {
        assert!(entry.ip.is_none() && entry.detail.is_empty(), "{entry:?}");
    }
    let mut newcomer = Browser::new(&world);
    let login = newcomer.open("/login").await;
    let signup = newcomer.open(&login.at.replace("/login", "/signup")).await;
    newcomer.submit(&signup, "signup-form", &[("username", ADA), ("password", PASSWORD)]).await;
    assert_ne!(account(&world).await.unwrap().id, id, "JWT-13: an id is not given again");
}

async fn rows_of(world: &World, table: &str) -> i64 {
    let sql: &'static str = format!("SELECT COUNT(*) FROM {table} WHERE 1 = 1").leak();
    let sql: &'static str = if table == "one_time_codes" {
        "SELECT COUNT(*) FROM one_time_codes WHERE account_id IS NOT NULL"
    } else {
        sql
    };
    let read = world.context.store.read((), move |db, ()| Box::pin(db.one::<(i64,)>(sql, &[])));
    read.await.unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_word_stands_over_a_deletion() {
    let world = usual_world().await;
    let event = |action| AuditEvent::new(action, world.now(), "test");
    // Locked meanwhile: restoring does not unlock.
    let browser = signed_in(&world).await;
    delete_by_api(&world, &browser).await;
    let id = account(&world).await.unwrap().id;
    world.pass(5);
    world.context.store.set_account_disabled(&id, true, world.now(), event(AuditAction::AccountLocked)).await.unwrap();
    let restored = restore_by_api(&world, &token(&world).await).await;
    assert_eq!((restored.status.as_u16(), &restored.json()["code"]), (409, &json!("account_locked")));
    assert!(account(&world).await.unwrap().disabled_at.is_some());
    // Unlocked meanwhile: the deletion is off.
    world.context.store.set_account_disabled(&id, false, world.now(), event(AuditAction::AccountLocked)).await.unwrap();
    let browser = signed_in(&world).await;
    delete_by_api(&world, &browser).await;
    world.context.store.set_account_disabled(&id, false, world.now(), event(AuditAction::AccountLocked)).await.unwrap();
    world.pass(DELETION_GRACE_SECONDS + 1);
    assert_eq!(sweep(&world).await, 0);
    assert!(sign_in(&world).await.at.starts_with("/account"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_took_an_account_over_and_deleted_it_is_undone_from_the_old_address() {
    let world = usual_world().await;
    let thief = signed_in(&world).await;
    let body = json!({ "email": "thief@example.org", "password": PASSWORD });
    by_cookie(&world, &thief, Method::POST, "/api/v1/email", Some(body)).await;
    let code = world.last_code_to("thief@example.org").await;
    let confirm = json!({ "code": code });
    assert_eq!(by_cookie(&world, &thief, Method::POST, "/api/v1/email/confirm", Some(confirm)).await.status, 204);
    world.pass(60);
    assert_eq!(delete_by_api(&world, &thief).await.status, 202);
    let text = world.last_mail_to(ADA).await.text;
    let undo = text.lines().find_map(|line| line.split_once("/account/email/undo?token=")).expect("a way back").1;
    let undone: Page = call(&world, Method::POST, "/api/v1/email/undo", &[], Some(json!({ "token": undo }))).await;
    assert_eq!(undone.status, 204);
    let own = account(&world).await.expect("the account is Ada's again");
    assert!(own.may_sign_in() && own.password_hash.is_none(), "whose password the thief knew");
    world.pass(DELETION_GRACE_SECONDS + 1);
    assert_eq!(sweep(&world).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_restorations_at_once_one_wins() {
    let world = std::sync::Arc::new(usual_world().await);
    let browser = signed_in(&world).await;
    delete_by_api(&world, &browser).await;
    let token = token(&world).await;
    let racers = (0..6).map(|_| {
        let (world, token) = (world.clone(), token.clone());
        tokio::spawn(async move { restore_by_api(&world, &token).await.status.as_u16() })
    });
    let mut statuses: Vec<u16> = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        statuses.push(racer.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 1, "{statuses:?}");
}
