//! Signing in by password: what a stranger learns, how often one may guess, what a password must be (PWD).

use std::collections::BTreeSet;

use doorward::base::AccountId;
use doorward::identity::password::Password;
use doorward::model::account::StandardClaims;
use doorward::model::audit::{AuditAction, AuditEvent};
use doorward::store::PutAccount;
use poem::http::Method;

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{authorize_path, usual_world};
use crate::support::time_taken::{take_alike, timed};
use crate::support::world::{PASSWORD, World};

const WRONG: &str = "not the password at all";
const YEAR: i64 = 365 * 24 * 60 * 60;

async fn try_once(world: &World, ip: &str, username: &str, password: &str) -> Page {
    let mut browser = Browser::new(world);
    ip.clone_into(&mut browser.ip);
    try_in(&mut browser, username, password).await
}

async fn try_in(browser: &mut Browser<'_>, username: &str, password: &str) -> Page {
    let login = browser.open(&authorize_path(&[])).await;
    let fill = [("username", username), ("password", password)];
    browser.submit_only(&login, "login-form", &fill).await
}

fn event(world: &World) -> AuditEvent {
    AuditEvent::new(AuditAction::AccountChanged, world.now(), "test")
}

async fn person_with_password(world: &World, email: &str, password: &str) {
    let mut draw = world.context.entropy.draw().unwrap();
    let hash = world.context.passwords.hash(&Password::parse(password).unwrap(), &mut draw).await.unwrap();
    let put = PutAccount {
        id: AccountId::generate(&mut draw),
        email: email.parse().unwrap(),
        email_verified: true,
        password_hash: Some(hash),
        claims: StandardClaims::default(),
        now: world.now(),
        audit: event(world),
    };
    world.context.store.put_account(put).await.unwrap();
}

/// All that a stranger sees, without what differs from page to page anyway.
fn seen(page: &Page) -> (u16, String, BTreeSet<String>) {
    let names = page.headers.iter().map(|(name, _)| name.to_string()).collect();
    (page.status.as_u16(), page.text(), names)
}

async fn four_people() -> World {
    let world = usual_world().await;
    let store = &world.context.store;
    let dora = world.person("dora@example.com").await;
    store.set_account_disabled(&dora.id, true, world.now(), event(&world)).await.unwrap();
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let signup = browser.open(&login.at.replace("/login", "/signup")).await;
    browser.submit(&signup, "signup-form", &[("username", "una@example.com"), ("password", PASSWORD)]).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_01_unknown_wrong_unverified_and_disabled_look_the_same() {
    let world = four_people().await;
    let wrong = seen(&try_once(&world, "203.0.113.1", "ada@example.com", WRONG).await);
    assert_eq!(wrong.0, 400);
    assert!(!wrong.2.contains("set-cookie"), "{:?}", wrong.2);
    for (username, password) in [
        ("nobody@example.com", WRONG),
        ("una@example.com", WRONG),
        ("dora@example.com", WRONG),
        ("dora@example.com", PASSWORD),
    ] {
        assert_eq!(seen(&try_once(&world, "203.0.113.1", username, password).await), wrong, "{username}");
    }
    world.mails().await;
    // Whoever signed up with somebody's address cannot tell by its password either whether it was free (REG-01).
    let unproven = seen(&try_once(&world, "203.0.113.1", "una@example.com", PASSWORD).await);
    assert_eq!(unproven, wrong);
    // The owner can: the mail leads on.
    let link = world.last_link_to("una@example.com").await;
    let mut browser = Browser::new(&world);
    let page = browser.visit(&link).await;
    browser.submit(&page, "confirm-form", &[]).await;
    assert!(try_once(&world, "203.0.113.2", "una@example.com", PASSWORD).await.location().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_02_a_try_costs_one_hash_whoever_it_is_about() {
    let world = four_people().await;
    let people = ["ada@example.com", "nobody@example.com", "una@example.com", "dora@example.com"];
    // Without the hash a try would cost a small part of it, whatever the machine.
    take_alike(people.len(), 3, async |which| {
        // Nobody is looked at twice in a year, so that no limit is met (PWD-03).
        world.pass(if which == 0 { YEAR } else { 0 });
        let mut browser = Browser::new(&world);
        let login = browser.open(&authorize_path(&[])).await;
        let fill = [("username", people[which]), ("password", WRONG)];
        let (took, page) = timed(browser.submit_only(&login, "login-form", &fill)).await;
        assert_eq!(page.status, 400, "{}", people[which]);
        took
    })
    .await;
}

/// Tries until it is too often; gives how many were looked at.
async fn tries_until_refused(world: &World, mut next: impl AsyncFnMut(usize) -> Page) -> usize {
    for count in 0..100 {
        let page = next(count).await;
        if page.status == 429 {
            assert!(page.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().unwrap() > 0));
            return count;
        }
        assert_eq!(page.status, 400, "{}", page.text());
    }
    panic!("a hundred failures in a row at {:?}", world.now());
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_03_failures_count_over_all_spellings_sources_and_ways_in() {
    let world = usual_world().await;
    let spellings = ["ada@example.com", "ADA@Example.COM", " ada@example.com ", "Ada@example.com"];
    let tried = tries_until_refused(&world, async |count| {
        let mut browser = Browser::new(&world);
        browser.ip = format!("198.51.100.{count}");
        let path = if count % 2 == 0 { "/login".to_owned() } else { authorize_path(&[]) };
        let login = browser.open(&path).await;
        let fill = [("username", spellings[count % spellings.len()]), ("password", WRONG)];
        browser.submit_only(&login, "login-form", &fill).await
    })
    .await;
    assert!((5..=20).contains(&tried), "{tried}");
    for spelling in spellings {
        assert_eq!(try_once(&world, "192.0.2.1", spelling, PASSWORD).await.status, 429, "{spelling}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_03_no_patience_gets_a_hundred_failures_in_a_row() {
    let world = usual_world().await;
    let mut failures = 0;
    for _ in 0..400 {
        let page = try_once(&world, "198.51.100.1", "ada@example.com", WRONG).await;
        match page.header("retry-after") {
            Some(seconds) => world.pass(seconds.parse().unwrap()),
            None => failures += 1,
        }
        if world.now().seconds() - crate::support::world::BEGIN > 10 * 365 * 86_400 {
            break;
        }
    }
    assert!(failures < 100, "{failures} in ten years");
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_04_forwarding_fields_count_only_from_configured_proxies() {
    let few = |settings: &mut doorward::config::Settings| settings.limits.login_failures_per_source = 10;
    let closed = World::with(|settings| {
        few(settings);
        settings.proxies.trusted.clear();
    })
    .await;
    closed.client("acme", |_| ()).await;
    let guess = |count: usize| format!("nobody{count}@example.com");
    let tried = tries_until_refused(&closed, async |count| {
        try_once(&closed, &format!("198.51.100.{count}"), &guess(count), WRONG).await
    })
    .await;
    assert!(tried <= 10, "a field that anybody can write made {tried} sources");
    let behind = World::with(few).await;
    behind.client("acme", |_| ()).await;
    // What stands left of the proxy's own entry was written by the stranger.
    let tried = tries_until_refused(&behind, async |count| {
        let forged = format!("192.0.2.{count}, 203.0.113.9");
        try_once(&behind, &forged, &guess(count), WRONG).await
    })
    .await;
    assert!(tried <= 10, "{tried}");
    assert_eq!(
        try_once(&behind, "203.0.113.10", &guess(500), WRONG).await.status,
        400,
        "another source is another one"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_05_parallel_guesses_do_not_beat_the_limit() {
    let world = std::sync::Arc::new(usual_world().await);
    let guesses = (0..40).map(|count| {
        let world = world.clone();
        tokio::spawn(async move {
            try_once(&world, &format!("198.51.100.{count}"), "ada@example.com", WRONG).await.status.as_u16()
        })
    });
    let mut looked_at = 0;
    for guess in guesses.collect::<Vec<_>>() {
        match guess.await.unwrap() {
            400 => looked_at += 1,
            other => assert_eq!(other, 429),
        }
    }
    assert!(looked_at <= 20, "{looked_at}");
    assert_eq!(try_once(&world, "192.0.2.1", "ada@example.com", PASSWORD).await.status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_06_a_lock_tells_nothing_ends_by_itself_and_leaves_a_known_device_in() {
    let world = usual_world().await;
    let mut own = Browser::new(&world);
    assert_eq!(try_in(&mut own, "ada@example.com", PASSWORD).await.status, 303);
    own.forget("doorward-sessions");
    let mut locked = Vec::new();
    for username in ["ada@example.com", "nobody@example.com"] {
        let mut browser = Browser::new(&world);
        "198.51.100.1".clone_into(&mut browser.ip);
        let mut next = async |_| try_in(&mut browser, username, WRONG).await;
        let tried = tries_until_refused(&world, &mut next).await;
        let page = next(0).await;
        locked.push((tried, seen(&page), page.header("retry-after").unwrap().to_owned()));
        assert!(page.body.contains(username), "what was typed stays");
    }
    assert_eq!(locked[0], locked[1], "an account that exists is locked like one that does not");
    assert_eq!(try_once(&world, "192.0.2.1", "ada@example.com", PASSWORD).await.status, 429);
    assert_eq!(try_in(&mut own, "ada@example.com", PASSWORD).await.status, 303, "the owner's browser is not shut out");
    world.pass(locked[0].2.parse().unwrap());
    assert_eq!(try_once(&world, "192.0.2.1", "ada@example.com", PASSWORD).await.status, 303, "it is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_06_whoever_proves_the_mailbox_is_not_kept_waiting_for_others_guesses() {
    for way in ["/code", "/reset"] {
        let world = usual_world().await;
        tries_until_refused(&world, async |_| try_once(&world, "198.51.100.1", "ada@example.com", WRONG).await).await;
        let mut browser = Browser::new(&world);
        let login = browser.open("/login").await;
        let ask = browser.open(&login.at.replace("/login", way)).await;
        let form = if way == "/code" { "code-request-form" } else { "reset-form" };
        let enter = browser.submit(&ask, form, &[("username", "ada@example.com")]).await;
        let code = world.last_code_to("ada@example.com").await;
        let next = browser.submit(&enter, "code-form", &[("code", &code)]).await;
        if next.has("reset-password-form") {
            browser.submit(&next, "reset-password-form", &[("password", PASSWORD)]).await;
        }
        assert_eq!(try_once(&world, "192.0.2.1", "ada@example.com", PASSWORD).await.status, 303, "{way}");
    }
}

async fn signup_page(browser: &mut Browser<'_>) -> Page {
    let login = browser.open(&authorize_path(&[])).await;
    browser.open(&login.at.replace("/login", "/signup")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_07_fifteen_characters_without_rules_of_composition() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let signup = signup_page(&mut browser).await;
    let mut choose = async |password: &str| {
        browser.submit(&signup, "signup-form", &[("username", "new@example.com"), ("password", password)]).await
    };
    let short = choose("kumquat trolle").await;
    assert_eq!(short.status, 400);
    assert!(short.text().contains("15"), "{}", short.text());
    assert!(short.body.contains("new@example.com"), "what was typed stays");
    let long: String = "kumquat trolley ".chars().cycle().take(64).collect();
    assert!(choose(&long).await.at.starts_with("/verify"), "64 characters are allowed");
    for plain in ["kumquat trolley", "山田さんの長い散歩は海まで続いた"] {
        let mut browser = Browser::new(&world);
        let signup = signup_page(&mut browser).await;
        let fill = [("username", "another@example.com"), ("password", plain)];
        assert!(browser.submit(&signup, "signup-form", &fill).await.at.starts_with("/verify"), "{plain}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_08_common_and_contextual_passwords_are_refused_with_a_reason_everywhere() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let signup = signup_page(&mut browser).await;
    let mut account = Browser::new(&world);
    let login = account.open("/login").await;
    account.sign_in(&login, "ada@example.com", PASSWORD).await;
    let change = account.visit("/account/password").await;
    for password in
        ["passwordpassword", "ada@example.com", "doorwarddoorward", "aaaaaaaaaaaaaaaaaaaa", "123456789012345678"]
    {
        let fill = [("username", "ada@example.com"), ("password", password)];
        let page = browser.submit(&signup, "signup-form", &fill).await;
        assert_eq!(page.status, 400, "{password}");
        assert!(page.has("password-problem"), "{password}: {}", page.text());
        let fill = [("current_password", PASSWORD), ("password", password)];
        let page = account.submit(&change, "password-form", &fill).await;
        assert_eq!(page.status, 400, "{password}");
        assert!(page.has("password-problem"), "{password}: {}", page.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_09_every_character_counts_and_accents_may_be_composed_or_not() {
    let world = usual_world().await;
    let long = format!("{} é end", "kumquat trolley ".repeat(6));
    person_with_password(&world, "lea@example.com", &long).await;
    let mut count = 0;
    for other in [
        long[..72].to_owned(),
        long.replace("end", "enD"),
        long.replace('é', "e"),
        format!(" {long}"),
        format!("{long} "),
        format!("{long}\0"),
        long.to_uppercase(),
    ] {
        count += 1;
        let page = try_once(&world, "198.51.100.1", "lea@example.com", &other).await;
        assert_eq!(page.status, 400, "{other:?} {count}");
    }
    let decomposed = long.replace('é', "e\u{301}");
    assert_eq!(try_once(&world, "198.51.100.1", "lea@example.com", &decomposed).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_10_a_very_long_password_is_wrong_without_being_hashed() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let long = "x".repeat(8_000);
    for _ in 0..50 {
        let page =
            browser.submit_only(&login, "login-form", &[("username", "ada@example.com"), ("password", &long)]).await;
        assert_eq!(page.status, 400, "it is not even counted: nothing was compared");
    }
    let page = browser
        .submit_only(&login, "login-form", &[("username", "a@example.com"), ("password", &"x".repeat(60_000))])
        .await;
    assert!(page.status.is_client_error());
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_11_other_shapes_of_the_fields_are_refused() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let csrf = login.form("login-form").fields.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
    let right = PASSWORD.replace(' ', "+");
    for body in [
        format!("csrf={csrf}&username[]=ada@example.com&password[]={right}"),
        format!("csrf={csrf}&username[$ne]=x&password[$ne]=x"),
        format!("csrf={csrf}&username=ada@example.com"),
        format!("csrf={csrf}&password={right}"),
        format!("csrf={csrf}&username=ada@example.com&password={right}&password=x"),
        format!("csrf={csrf}&username=ada@example.com&username=x&password={right}"),
        format!("csrf={csrf}&csrf={csrf}&username=ada@example.com&password={right}"),
        format!("csrf={csrf}&username=%ff%fe&password={right}"),
        format!("csrf={csrf}&username=ada@example.com%00&password={right}"),
    ] {
        assert_refused(&world, &browser, &login.at, "application/x-www-form-urlencoded", &body).await;
    }
    let json = format!(r#"{{"csrf":"{csrf}","username":"ada@example.com","password":"{PASSWORD}"}}"#);
    let good = format!("csrf={csrf}&username=ada@example.com&password={right}");
    assert_refused(&world, &browser, &login.at, "application/json", &json).await;
    assert_refused(&world, &browser, &login.at, "text/plain", &good).await;
    assert_refused(&world, &browser, &login.at, "application/x-www-form-urlencoded; charset=utf-16", &good).await;
}

async fn assert_refused(world: &World, browser: &Browser<'_>, path: &str, kind: &str, body: &str) {
    let cookies: Vec<String> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = poem::Request::builder()
        .method(Method::POST)
        .uri(path.parse().unwrap())
        .header("cookie", cookies.join("; "))
        .header("content-type", kind)
        .body(body.to_owned());
    let answer = Page::of(world.send(request).await, path).await;
    assert!(answer.status.is_client_error(), "{kind} {body}: {}", answer.status);
    assert!(answer.header("set-cookie").is_none(), "{kind} {body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_12_nobody_has_an_account_before_somebody_makes_one() {
    let world = World::new().await;
    assert!(world.context.store.search_accounts("", "", 10).await.unwrap().is_empty());
    assert!(world.context.store.list_clients("", 10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_13_a_sign_in_hashes_anew_when_the_parameters_rose() {
    let world = World::with(|settings| settings.passwords.memory_kib = 20_480).await;
    world.client("acme", |_| ()).await;
    let before = world.person("ada@example.com").await.password_hash.unwrap();
    assert!(before.as_str().contains("m=19456,t=2,p=1"), "{}", before.as_str());
    assert_eq!(try_once(&world, "192.0.2.1", "ada@example.com", PASSWORD).await.status, 303);
    let email = "ada@example.com".parse().unwrap();
    let after = world.context.store.find_account_by_email(&email).await.unwrap().unwrap().password_hash.unwrap();
    assert!(after.as_str().starts_with("$argon2id$") && after.as_str().contains("m=20480"), "{}", after.as_str());
    assert_eq!(try_once(&world, "192.0.2.1", "ada@example.com", PASSWORD).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_14_cheap_answers_do_not_wait_for_a_flood_of_sign_ins() {
    let world = std::sync::Arc::new(usual_world().await);
    let flood = (0..60).map(|count| {
        let world = world.clone();
        tokio::spawn(async move {
            let username = format!("nobody{count}@example.com");
            try_once(&world, &format!("198.51.100.{count}"), &username, WRONG).await.status.as_u16()
        })
    });
    let flood: Vec<_> = flood.collect();
    let mut answered = 0;
    while !flood.iter().all(tokio::task::JoinHandle::is_finished) {
        let request = poem::Request::builder().uri("/.well-known/jwks.json".parse().unwrap()).finish();
        assert_eq!(world.send(request).await.status(), 200);
        answered += 1;
        tokio::task::yield_now().await;
    }
    assert!(answered > 60, "{answered} key sets in the time of 60 hashes");
    for guess in flood {
        assert!(matches!(guess.await.unwrap(), 400 | 503));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_15_a_change_needs_the_old_password_is_throttled_and_told_by_mail() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let login = browser.open("/login").await;
    browser.sign_in(&login, "ada@example.com", PASSWORD).await;
    let page = browser.visit("/account/password").await;
    let new = "another walk along the dunes";
    for current in ["", WRONG] {
        let fill = [("current_password", current), ("password", new)];
        assert_eq!(browser.submit(&page, "password-form", &fill).await.status, 400);
    }
    assert!(world.mails().await.is_empty());
    let changed = browser.submit(&page, "password-form", &[("current_password", PASSWORD), ("password", new)]).await;
    assert!(changed.at.starts_with("/account?saved"), "{}", changed.text());
    let notice = world.last_mail_to("ada@example.com").await;
    assert!(!notice.text.contains(new));
    let page = browser.visit("/account/password").await;
    tries_until_refused(&world, async |_| {
        let fill = [("current_password", WRONG), ("password", PASSWORD)];
        let refused = browser.submit(&page, "password-form", &fill).await;
        assert!(refused.has("password-form"), "{}", refused.text());
        refused
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pwd_16_one_source_trying_many_accounts_is_slowed() {
    let world = World::with(|settings| settings.limits.login_failures_per_source = 12).await;
    world.client("acme", |_| ()).await;
    world.person("ada@example.com").await;
    let tried = tries_until_refused(&world, async |count| {
        try_once(&world, "198.51.100.1", &format!("nobody{count}@example.com"), WRONG).await
    })
    .await;
    assert!(tried <= 12, "{tried}");
    assert_eq!(try_once(&world, "192.0.2.1", "ada@example.com", PASSWORD).await.status, 303, "others are not");
}
