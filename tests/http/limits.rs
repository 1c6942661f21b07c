//! Limits that hold for everybody, whoever they say they are: by source, and for all together.

use doorward::config::Settings;

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::usual_world;
use crate::support::world::{PASSWORD, World};

const WRONG: &str = "not the password at all";

async fn world_with(change: impl FnOnce(&mut Settings)) -> World {
    let world = World::with(change).await;
    world.person("ada@example.com").await;
    world
}

async fn guess(world: &World, ip: &str, username: &str, password: &str) -> Page {
    let mut browser = Browser::new(world);
    ip.clone_into(&mut browser.ip);
    let login = browser.open("/login").await;
    browser.submit_only(&login, "login-form", &[("username", username), ("password", password)]).await
}

async fn asks_for_mail(world: &World, ip: &str, username: &str) -> Page {
    let mut browser = Browser::new(world);
    ip.clone_into(&mut browser.ip);
    let ask = browser.open("/code").await;
    browser.submit_only(&ask, "code-request-form", &[("username", username)]).await
}

fn is_told_to_wait(page: &Page) -> bool {
    let waits = page.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().is_ok_and(|wait| wait > 0));
    assert_eq!(waits, page.status == 429, "{}", page.status);
    waits
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_16_failures_of_all_together_are_bounded_and_known_devices_are_let_in() {
    let world = world_with(|settings| settings.limits.login_failures_overall = 10).await;
    let mut own = Browser::new(&world);
    let login = own.open("/login").await;
    assert_eq!(own.sign_in(&login, "ada@example.com", PASSWORD).await.status, 200);
    own.forget("doorward-sessions");
    let mut refused = 0;
    for count in 0..20 {
        let page = guess(&world, &format!("198.51.100.{count}"), &format!("user{count}@example.com"), WRONG).await;
        refused += u32::from(is_told_to_wait(&page));
    }
    assert_eq!(refused, 15, "half of them at once");
    assert!(is_told_to_wait(&guess(&world, "192.0.2.1", "ada@example.com", PASSWORD).await));
    let login = own.open("/login").await;
    assert_eq!(own.sign_in(&login, "ada@example.com", PASSWORD).await.status, 200, "a known device");
    world.pass(3_600);
    assert_eq!(guess(&world, "192.0.2.1", "ada@example.com", PASSWORD).await.status, 303, "it ends by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_08_mails_of_all_together_are_bounded_and_the_wait_is_told() {
    let world = world_with(|settings| settings.limits.mails_overall = 10).await;
    let mut refused = 0;
    for count in 0..8 {
        let page = asks_for_mail(&world, &format!("198.51.100.{count}"), &format!("user{count}@example.com")).await;
        refused += u32::from(is_told_to_wait(&page));
    }
    assert_eq!(refused, 3);
    let page = asks_for_mail(&world, "192.0.2.1", "ada@example.com").await;
    assert!(is_told_to_wait(&page) && page.text().contains("Try again in"), "{}", page.text());
    assert!(world.mails().await.is_empty());
    world.pass(3_600);
    assert_eq!(asks_for_mail(&world, "192.0.2.1", "ada@example.com").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_08_mails_to_one_recipient_are_bounded_whoever_asks() {
    let world = world_with(|settings| settings.limits.mails_per_address = 4).await;
    let mut sent = 0;
    for count in 0..12 {
        let page = asks_for_mail(&world, &format!("198.51.100.{count}"), "ada@example.com").await;
        sent += usize::from(!is_told_to_wait(&page));
    }
    assert_eq!(sent, 2, "half of them at once");
    assert_eq!(world.mails().await.len(), sent);
    assert!(
        !is_told_to_wait(&asks_for_mail(&world, "198.51.100.1", "bo@example.com").await),
        "others still get theirs"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_08_sign_ups_of_all_together_are_bounded() {
    let world = world_with(|settings| settings.limits.signups_overall = 10).await;
    let mut refused = 0;
    for count in 0..8 {
        let mut browser = Browser::new(&world);
        browser.ip = format!("198.51.100.{count}");
        let signup = browser.open("/signup").await;
        let email = format!("user{count}@example.com");
        let page = browser.submit_only(&signup, "signup-form", &[("username", &email), ("password", PASSWORD)]).await;
        refused += u32::from(is_told_to_wait(&page));
    }
    assert_eq!(refused, 3);
}

/// Wrong codes by one source against ever new people; gives how many were looked at.
async fn wrong_codes(world: &World, ip: impl Fn(usize) -> String, flows: usize) -> usize {
    let mut looked_at = 0;
    for flow in 0..flows {
        let email = format!("person{flow}@example.com");
        world.person(&email).await;
        let mut browser = Browser::new(world);
        browser.ip = ip(flow);
        let ask = browser.open("/code").await;
        let enter = browser.submit(&ask, "code-request-form", &[("username", &email)]).await;
        for _ in 0..4 {
            let page = browser.submit_only(&enter, "code-form", &[("code", "000000")]).await;
            looked_at += usize::from(!is_told_to_wait(&page));
        }
    }
    looked_at
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_06_wrong_codes_are_counted_for_each_source_over_all_people() {
    let world = world_with(|settings| settings.limits.code_failures_per_source = 12).await;
    assert_eq!(wrong_codes(&world, |_| "198.51.100.1".to_owned(), 4).await, 6, "half of them at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn otp_06_wrong_codes_are_counted_for_all_together() {
    let world = world_with(|settings| settings.limits.code_failures_overall = 12).await;
    assert_eq!(wrong_codes(&world, |flow| format!("198.51.100.{flow}"), 4).await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_16_an_ipv6_subscriber_is_one_source_whatever_addresses_they_take() {
    let world = world_with(|settings| settings.limits.login_failures_per_source = 10).await;
    let mut refused = 0;
    for count in 0..10 {
        let page = guess(&world, &format!("2001:db8:7:7::{count:x}"), &format!("user{count}@example.com"), WRONG).await;
        refused += u32::from(is_told_to_wait(&page));
    }
    assert_eq!(refused, 5);
    assert_eq!(guess(&world, "2001:db8:7:8::1", "ada@example.com", PASSWORD).await.status, 303, "the neighbour");
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_04_loopback_is_counted_like_anybody_unless_it_is_a_declared_proxy() {
    let world = world_with(|settings| settings.limits.login_failures_per_source = 10).await;
    for loopback in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
        let mut refused = 0;
        for count in 0..10 {
            let page = guess(&world, loopback, &format!("user{count}@example.com"), WRONG).await;
            refused += u32::from(is_told_to_wait(&page));
        }
        assert!(refused >= 5, "{loopback}: {refused}");
    }
    let behind = world_with(|settings| {
        settings.limits.login_failures_per_source = 10;
        settings.proxies.trusted.push("127.0.0.0/8".parse().unwrap());
    })
    .await;
    for count in 0..10 {
        let (hops, username) = (format!("198.51.100.{count}, 127.0.0.1"), format!("user{count}@example.com"));
        assert_eq!(guess(&behind, &hops, &username, WRONG).await.status, 400, "the proxy is not the source");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_forgives_an_account_its_failures() {
    let world = usual_world().await;
    let ada = world.context.store.find_account_by_email(&"ada@example.com".parse().unwrap()).await.unwrap().unwrap();
    for count in 0..30 {
        guess(&world, &format!("198.51.100.{count}"), "ada@example.com", WRONG).await;
    }
    assert_eq!(guess(&world, "192.0.2.1", "ada@example.com", PASSWORD).await.status, 429);
    assert_eq!(world.context.store.forgive_account(&ada.id, world.now(), None).await, Ok(true));
    assert_eq!(guess(&world, "192.0.2.1", "ada@example.com", PASSWORD).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_08_a_refused_password_is_told_how_strong_it_is_and_what_would_be_better() {
    let world = world_with(|settings| settings.passwords.minimum_length = 8).await;
    for (password, told) in [
        ("trustno1", "strength is 0 of 4: a single well-known word"),
        ("Manchester!", "strength is"),
        ("aaaaaaaaaaaa", "repeating something adds little"),
        ("21.3.87", "dates and years are guessed early"),
    ] {
        let mut browser = Browser::new(&world);
        let signup = browser.open("/signup").await;
        let fill = [("username", "new@example.com"), ("password", password)];
        let page = browser.submit_only(&signup, "signup-form", &fill).await;
        assert_eq!(page.status, 400, "{password}");
        assert!(page.text().contains(told), "{password}: {}", page.text());
        assert!(!page.body.contains(password), "it is not repeated");
    }
}
