//! A forgotten password (RST).

use std::sync::Arc;

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{authorize_path, refresh, tokens, userinfo, usual_world};
use crate::support::time_taken::{take_alike, timed};
use crate::support::world::{ISSUER, PASSWORD, World};

const ADA: &str = "ada@example.com";
const DAY: i64 = 24 * 60 * 60;
const NEW: &str = "another walk along the dunes";

async fn ask_in(browser: &mut Browser<'_>, fill: &[(&str, &str)]) -> Page {
    let login = browser.open("/login").await;
    let ask = browser.open(&login.at.replace("/login", "/reset")).await;
    browser.submit(&ask, "reset-form", fill).await
}

async fn asked<'w>(world: &'w World, username: &str) -> (Browser<'w>, Page) {
    let mut browser = Browser::new(world);
    let page = ask_in(&mut browser, &[("username", username)]).await;
    (browser, page)
}

/// Opens the mailed link in a browser of its own and presses the button.
async fn by_link<'w>(world: &'w World, link: &str) -> (Browser<'w>, Page) {
    let mut browser = Browser::new(world);
    let confirm = browser.visit(link).await;
    if !confirm.has("confirm-form") {
        return (browser, confirm);
    }
    let page = browser.submit(&confirm, "confirm-form", &[]).await;
    (browser, page)
}

async fn can_sign_in(world: &World, password: &str) -> bool {
    let mut browser = Browser::new(world);
    let login = browser.open("/login").await;
    browser.sign_in(&login, ADA, password).await.at.starts_with("/account")
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_01_the_answer_is_the_same_for_everybody() {
    let world = usual_world().await;
    let people = [ADA, "odd@example.com"];
    let mut seen = Vec::new();
    for username in people {
        let mut browser = Browser::new(&world);
        let login = browser.open("/login").await;
        let ask = browser.open(&login.at.replace("/login", "/reset")).await;
        let page =
            browser.follow(browser.clone().submit_only(&ask, "reset-form", &[("username", username)]).await).await;
        let wrong = browser.submit(&page, "code-form", &[("code", "000000")]).await;
        seen.push((page.status, page.text().len(), wrong.status, wrong.text().len()));
    }
    assert_eq!(seen[0], seen[1]);
    // A mail that somebody waited for would be many times as long.
    take_alike(people.len(), 4, async |which| {
        world.pass(if which == 0 { DAY } else { 0 });
        let mut browser = Browser::new(&world);
        let login = browser.open("/login").await;
        let ask = browser.open(&login.at.replace("/login", "/reset")).await;
        let (took, answer) = timed(browser.submit_only(&ask, "reset-form", &[("username", people[which])])).await;
        assert_eq!(answer.status, 303);
        took
    })
    .await;
    assert!(world.mails().await.iter().all(|mail| mail.to.as_str() == ADA));
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_02_links_are_made_from_the_configured_address_only() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    for field in ["x-forwarded-host", "forwarded", "x-original-host", "x-forwarded-proto", "x-forwarded-prefix"] {
        browser.extra.push((field.to_owned(), "evil.example".to_owned()));
    }
    ask_in(&mut browser, &[("username", ADA)]).await;
    let mail = world.last_mail_to(ADA).await;
    assert!(mail.text.contains(&format!("{ISSUER}/reset/link?token=")), "{}", mail.text);
    assert!(!mail.text.contains("evil") && !mail.html.contains("evil"));
    // Whatever host the request names.
    let login = Browser::new(&world).open("/login").await;
    let request = poem::Request::builder().uri("/login".parse().unwrap()).header("host", "evil.example").finish();
    let answer = Page::of(world.send(request).await, "/login").await;
    assert!(answer.location().unwrap().starts_with("/login?interaction="), "{:?}", answer.location());
    assert!(!login.body.contains("evil"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_03_the_token_is_long_and_kept_as_a_digest() {
    let world = usual_world().await;
    asked(&world, ADA).await;
    let link = world.last_link_to(ADA).await;
    let token = link.split_once("token=").unwrap().1.to_owned();
    assert!(token.split('_').next_back().unwrap().len() >= 22, "{token}");
    let code = world.last_code_to(ADA).await;
    for text in stored_codes(&world).await {
        assert!(!text.contains(&token) && !text.contains(&code), "{text}");
    }
}

async fn stored_codes(world: &World) -> Vec<String> {
    const ALL: &str = "SELECT code_digest || ' ' || link_digest || ' ' || id FROM one_time_codes";
    const MAILS: &str = "SELECT sealed_content FROM outbox";
    let read = world.context.store.read((), |db, ()| {
        Box::pin(async move {
            let mut rows: Vec<(String,)> = db.all(ALL, &[]).await?;
            rows.extend(db.all::<(String,)>(MAILS, &[]).await?);
            Ok(rows)
        })
    });
    read.await.unwrap().into_iter().map(|(text,)| text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_04_a_reset_works_once_within_the_hour_and_only_the_newest() {
    let world = usual_world().await;
    asked(&world, ADA).await;
    let first = world.last_link_to(ADA).await;
    asked(&world, ADA).await;
    let second = world.last_link_to(ADA).await;
    assert!(by_link(&world, &first).await.1.body.contains("link_dead"), "replaced by a newer one");
    let (mut browser, page) = by_link(&world, &second).await;
    let done = browser.submit(&page, "reset-password-form", &[("password", NEW)]).await;
    assert!(done.has("login-submit"), "{}", done.text());
    world.mails().await;
    assert!(by_link(&world, &second).await.1.body.contains("link_dead"), "used");
    let again = browser.submit(&page, "reset-password-form", &[("password", PASSWORD)]).await;
    assert_eq!(again.status, 400, "the form once more");
    assert!(can_sign_in(&world, NEW).await);
    asked(&world, ADA).await;
    let third = world.last_link_to(ADA).await;
    world.pass(3_600);
    assert!(by_link(&world, &third).await.1.body.contains("link_dead"), "too old");
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_04_a_change_of_the_password_voids_what_was_mailed() {
    let world = usual_world().await;
    asked(&world, ADA).await;
    let link = world.last_link_to(ADA).await;
    let mut browser = Browser::new(&world);
    let login = browser.open("/login").await;
    browser.sign_in(&login, ADA, PASSWORD).await;
    let page = browser.visit("/account/password").await;
    browser.submit(&page, "password-form", &[("current_password", PASSWORD), ("password", NEW)]).await;
    assert!(by_link(&world, &link).await.1.body.contains("link_dead"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_04_of_parallel_resets_one_wins() {
    let world = Arc::new(usual_world().await);
    asked(&world, ADA).await;
    let (browser, page) = by_link(&world, &world.last_link_to(ADA).await).await;
    let cookies = browser.cookies().clone();
    let resets = (0..6).map(|number| {
        let (world, page, cookies) = (world.clone(), page.clone(), cookies.clone());
        tokio::spawn(async move {
            let mut browser = Browser::new(&world);
            browser.take_over(&cookies);
            let password = format!("walk number {number} along the dunes");
            let answer = browser.submit_only(&page, "reset-password-form", &[("password", &password)]).await;
            (answer.status == 303).then_some(password)
        })
    });
    let mut winners = Vec::new();
    for reset in resets.collect::<Vec<_>>() {
        winners.extend(reset.await.unwrap());
    }
    assert_eq!(winners.len(), 1, "{winners:?}");
    assert!(can_sign_in(&world, &winners[0]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_05_asking_and_opening_the_link_change_nothing() {
    let world = usual_world().await;
    let old = tokens(&world).await;
    asked(&world, ADA).await;
    let link = world.last_link_to(ADA).await;
    for method in ["GET", "HEAD", "GET"] {
        let request = poem::Request::builder()
            .method(method.parse().unwrap())
            .uri(link.parse().unwrap())
            .header("user-agent", "a mail scanner")
            .finish();
        assert_eq!(world.send(request).await.status(), 200, "{method}");
    }
    assert!(can_sign_in(&world, PASSWORD).await);
    assert_eq!(userinfo(&world, old["access_token"].as_str().unwrap()).await.status, 200);
    assert!(by_link(&world, &link).await.1.has("reset-password-form"), "and the link is still good");
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_06_a_reset_ends_sessions_refresh_tokens_and_pending_codes() {
    let world = usual_world().await;
    let old = tokens(&world).await;
    let mut session = Browser::new(&world);
    let login = session.open("/login").await;
    session.sign_in(&login, ADA, PASSWORD).await;
    let mut pending = Browser::new(&world);
    let login = pending.open(&authorize_path(&[])).await;
    let ask = pending.open(&login.at.replace("/login", "/code")).await;
    let enter = pending.submit(&ask, "code-request-form", &[("username", ADA)]).await;
    let code = world.last_code_to(ADA).await;
    asked(&world, ADA).await;
    let (mut browser, page) = by_link(&world, &world.last_link_to(ADA).await).await;
    browser.submit(&page, "reset-password-form", &[("password", NEW)]).await;
    assert_eq!(session.visit("/account").await.status, 303);
    assert_eq!(refresh(&world, old["refresh_token"].as_str().unwrap()).await.json()["error"], "invalid_grant");
    assert_eq!(userinfo(&world, old["access_token"].as_str().unwrap()).await.status, 401);
    assert!(!pending.submit(&enter, "code-form", &[("code", &code)]).await.has("consent-allow"));
    assert!(!can_sign_in(&world, PASSWORD).await && can_sign_in(&world, NEW).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_08_mail_goes_to_the_accounts_own_address_whatever_the_form_says() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let fill = [("username", "ADA@example.com"), ("email", "eve@example.com"), ("to", "eve@example.com")];
    ask_in(&mut browser, &fill).await;
    for hostile in
        ["ada@example.com,eve@example.com", "ada@example.com\r\nBcc: eve@example.com", "ada@example.com%0aeve"]
    {
        let mut browser = Browser::new(&world);
        assert_eq!(ask_in(&mut browser, &[("username", hostile)]).await.status, 400, "{hostile}");
    }
    let mails = world.mails().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to.as_str(), ADA);
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_09_resets_are_limited_alike_for_everybody() {
    let world = usual_world().await;
    let mut limits = Vec::new();
    for username in [ADA, "nobody@example.com"] {
        let mut count = 0;
        let last = loop {
            let mut browser = Browser::new(&world);
            browser.ip = format!("198.51.100.{count}");
            let page = ask_in(&mut browser, &[("username", username)]).await;
            if page.status == 429 {
                break page;
            }
            count += 1;
            assert!(count <= 10, "{username}");
        };
        assert!(last.body.contains(username), "what was typed stays");
        limits.push((count, last.text(), last.header("retry-after").map(str::to_owned)));
    }
    assert_eq!(limits[0], limits[1], "the limit tells nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_10_the_owner_is_told_afterwards() {
    let world = usual_world().await;
    asked(&world, ADA).await;
    let (mut browser, page) = by_link(&world, &world.last_link_to(ADA).await).await;
    browser.submit(&page, "reset-password-form", &[("password", NEW)]).await;
    let mails = world.mails().await;
    assert_eq!(mails.len(), 2);
    let notice = world.last_mail_to(ADA).await;
    assert!(!notice.text.contains(NEW) && !notice.text.contains("token="), "{}", notice.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_11_the_page_of_the_link_tells_its_address_to_nobody() {
    let world = usual_world().await;
    asked(&world, ADA).await;
    let page = Browser::new(&world).visit(&world.last_link_to(ADA).await).await;
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(!page.body.contains(ADA), "the address is masked");
    let dead = Browser::new(&world).visit("/reset/link?token=dwl_dead").await;
    assert_eq!(dead.header("cache-control"), Some("no-store"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rst_12_without_the_very_token_no_password_is_set() {
    let world = usual_world().await;
    world.person("eve@example.com").await;
    let (mut eve, page) = asked(&world, "eve@example.com").await;
    // Steps cannot be skipped.
    let skipped = eve.open(&page.at.replace("/reset/code", "/reset/password")).await;
    assert!(!skipped.has("reset-password-form"), "{}", skipped.text());
    let form = page.form("code-form");
    let csrf = &form.fields.iter().find(|(name, _)| name == "csrf").unwrap().1;
    let action = form.action.replace("/reset/code", "/reset/password");
    let forced = eve.post(&action, &[("csrf", csrf), ("password", NEW), ("username", ADA)]).await;
    assert_eq!(forced.status, 400);
    // One person's token does not move to another.
    let code = world.last_code_to("eve@example.com").await;
    let (mut other, ada_page) = asked(&world, ADA).await;
    assert!(!other.submit(&ada_page, "code-form", &[("code", &code)]).await.has("reset-password-form"));
    let choose = eve.submit(&page, "code-form", &[("code", &code)]).await;
    let fill = [("password", NEW), ("username", ADA), ("account", ADA)];
    // The policy holds here as elsewhere.
    assert_eq!(eve.submit(&choose, "reset-password-form", &[("password", "short")]).await.status, 400);
    eve.submit(&choose, "reset-password-form", &fill).await;
    assert!(can_sign_in(&world, PASSWORD).await && !can_sign_in(&world, NEW).await, "Ada's is as it was");
    // A token for another purpose is none.
    let mut browser = Browser::new(&world);
    let login = browser.open("/login").await;
    let signup = browser.open(&login.at.replace("/login", "/signup")).await;
    browser.submit(&signup, "signup-form", &[("username", "new@example.com"), ("password", NEW)]).await;
    let link = world.last_link_to("new@example.com").await.replace("/verify/", "/reset/");
    assert!(by_link(&world, &link).await.1.body.contains("link_dead"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_works_in_another_browser_and_in_the_one_that_asked() {
    let world = usual_world().await;
    let (mut browser, _) = asked(&world, ADA).await;
    let link = world.last_link_to(ADA).await;
    let (_, elsewhere) = by_link(&world, &link).await;
    assert!(elsewhere.has("reset-password-form"), "{}", elsewhere.text());
    let confirm = browser.visit(&link).await;
    let here = browser.submit(&confirm, "confirm-form", &[]).await;
    assert!(here.has("reset-password-form"), "{}", here.text());
    let done = browser.submit(&here, "reset-password-form", &[("password", NEW)]).await;
    assert!(done.has("login-submit"), "{}", done.text());
    assert!(can_sign_in(&world, NEW).await);
}
