//! Making an account (REG).

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{authorize_path, usual_world};
use crate::support::world::{PASSWORD, World};

const NEW: &str = "new@example.com";
const OTHER_PASSWORD: &str = "tomatoes in the greenhouse";

async fn signup_page(browser: &mut Browser<'_>) -> Page {
    let login = browser.open("/login").await;
    browser.open(&login.at.replace("/login", "/signup")).await
}

async fn sign_up<'w>(world: &'w World, fill: &[(&str, &str)]) -> (Browser<'w>, Page) {
    let mut browser = Browser::new(world);
    let page = signup_page(&mut browser).await;
    let page = browser.submit(&page, "signup-form", fill).await;
    (browser, page)
}

async fn sign_in(world: &World, username: &str, password: &str) -> Page {
    let mut browser = Browser::new(world);
    let login = browser.open("/login").await;
    browser.sign_in(&login, username, password).await
}

async fn confirm<'w>(world: &'w World, link: &str) -> (Browser<'w>, Page) {
    let mut browser = Browser::new(world);
    let page = browser.visit(link).await;
    if !page.has("confirm-form") {
        return (browser, page);
    }
    let page = browser.submit(&page, "confirm-form", &[]).await;
    (browser, page)
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_01_a_known_address_looks_like_a_new_one_and_its_owner_is_told() {
    let world = usual_world().await;
    let before = world.person("ada@example.com").await;
    let mut seen = Vec::new();
    for username in ["odd@example.com", "ada@example.com"] {
        let mut browser = Browser::new(&world);
        let page = signup_page(&mut browser).await;
        let fill = [("username", username), ("password", OTHER_PASSWORD), ("name", "Eve")];
        let redirect = browser.submit_only(&page, "signup-form", &fill).await;
        let verify = browser.follow(redirect.clone()).await;
        let wrong = browser.submit(&verify, "code-form", &[("code", "000000")]).await;
        world.pass(60);
        let resent =
            browser.submit(&browser.clone().visit(&verify.at).await, "resend-form", &[("decision", "resend")]).await;
        let told = [redirect, verify, wrong, resent].map(|page| {
            let names: std::collections::BTreeSet<_> = page.headers.keys().map(ToString::to_string).collect();
            (page.status.as_u16(), page.text().len(), names)
        });
        seen.push(told);
    }
    assert_eq!(seen[0], seen[1]);
    let to_owner = world.last_mail_to("ada@example.com").await;
    assert!(to_owner.text.contains("/login") && !to_owner.text.contains("token="), "{}", to_owner.text);
    let after = world.context.store.find_account(&before.id).await.unwrap().unwrap();
    assert_eq!(
        (after.claims, after.generation, after.password_hash.map(|hash| hash.as_str().to_owned())),
        (before.claims, before.generation, before.password_hash.map(|hash| hash.as_str().to_owned()))
    );
    assert!(sign_in(&world, "ada@example.com", PASSWORD).await.at.starts_with("/account"));
    assert!(sign_in(&world, "ada@example.com", OTHER_PASSWORD).await.has("login-submit"));
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_02_an_unproven_account_signs_in_nowhere() {
    let world = usual_world().await;
    let (mut browser, verify) = sign_up(&world, &[("username", NEW), ("password", PASSWORD)]).await;
    assert!(verify.at.starts_with("/verify"), "{}", verify.text());
    assert_eq!(browser.visit("/account").await.status, 303);
    let silent = browser.visit(&authorize_path(&[("prompt", "none")])).await.answer();
    assert_eq!(silent["error"], "login_required");
    let skipped = browser.open(&verify.at.replace("/verify", "/continue")).await;
    assert!(skipped.at.starts_with("/verify"), "{}", skipped.at);
    let elsewhere = sign_in(&world, NEW, PASSWORD).await;
    assert!(
        elsewhere.has("login-submit") && elsewhere.text().contains("look into your mailbox"),
        "{}",
        elsewhere.text()
    );
    let account = world.context.store.find_account_by_email(&NEW.parse().unwrap()).await.unwrap().unwrap();
    assert!(account.email_verified_at.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_03_confirmation_is_bound_to_account_and_address_and_works_once() {
    let world = usual_world().await;
    sign_up(&world, &[("username", NEW), ("password", PASSWORD)]).await;
    let link = world.last_link_to(NEW).await;
    let (mut other, page) = sign_up(&world, &[("username", "two@example.com"), ("password", PASSWORD)]).await;
    let code = world.last_code_to(NEW).await;
    assert!(!other.submit(&page, "code-form", &[("code", &code)]).await.at.starts_with("/account"));
    let (mut browser, done) = confirm(&world, &link).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(browser.visit("/account").await.status, 303, "opening a link signs nobody in");
    assert!(confirm(&world, &link).await.1.body.contains("link_dead"));
    for (email, verified) in [(NEW, true), ("two@example.com", false)] {
        let account = world.context.store.find_account_by_email(&email.parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(account.email_verified_at.is_some(), verified, "{email}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_that_waits_for_the_code_goes_on_when_the_link_was_used_elsewhere() {
    let world = usual_world().await;
    let (mut waiting, verify) = sign_up(&world, &[("username", NEW), ("password", PASSWORD)]).await;
    assert!(waiting.open(&verify.at).await.has("code-form"), "still waiting");
    confirm(&world, &world.last_link_to(NEW).await).await;
    let login = waiting.open(&verify.at).await;
    assert!(login.has("login-submit"), "{} {}", login.at, login.text());
    assert!(login.body.contains(NEW), "the address is filled in");
    assert!(waiting.sign_in(&login, NEW, PASSWORD).await.at.starts_with("/account"));
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_04_a_second_registration_of_an_unproven_address_voids_the_first() {
    let world = usual_world().await;
    let (mut attacker, waiting) =
        sign_up(&world, &[("username", NEW), ("password", OTHER_PASSWORD), ("name", "Eve")]).await;
    let (link, code) = (world.last_link_to(NEW).await, world.last_code_to(NEW).await);
    let (mut owner, verify) = sign_up(&world, &[("username", NEW), ("password", PASSWORD), ("name", "Nia")]).await;
    assert!(confirm(&world, &link).await.1.body.contains("link_dead"));
    assert!(!attacker.submit(&waiting, "code-form", &[("code", &code)]).await.at.starts_with("/account"));
    let home = owner.submit(&verify, "code-form", &[("code", &world.last_code_to(NEW).await)]).await;
    assert!(home.at.starts_with("/account"), "{}", home.text());
    assert!(home.text().contains("Nia") && !home.text().contains("Eve"), "{}", home.text());
    assert!(sign_in(&world, NEW, OTHER_PASSWORD).await.has("login-submit"));
    assert!(sign_in(&world, NEW, PASSWORD).await.at.starts_with("/account"));
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_05_spellings_of_one_address_are_one_account_and_look_alikes_are_refused() {
    let world = usual_world().await;
    for spelling in ["ADA@EXAMPLE.COM", " ada@example.com", "ada@Example.Com\t"] {
        let (_, page) = sign_up(&world, &[("username", spelling), ("password", OTHER_PASSWORD)]).await;
        assert!(page.at.starts_with("/verify"), "{spelling}: {}", page.text());
    }
    assert_eq!(world.context.store.search_accounts("", "", 10).await.unwrap().len(), 1);
    for look_alike in [
        "\u{430}da@example.com",
        "ad\u{200b}a@example.com",
        "\"ada\"@example.com",
        "ada(x)@example.com",
        "ada@example.com\0",
        "\u{202e}ada@example.com",
        "ａda@example.com",
    ] {
        let (_, page) = sign_up(&world, &[("username", look_alike), ("password", OTHER_PASSWORD)]).await;
        assert_eq!(page.status, 400, "{look_alike:?}");
    }
    assert_eq!(world.context.store.search_accounts("", "", 10).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_06_malformed_addresses_are_refused_before_any_mail() {
    let world = usual_world().await;
    let long = format!("{}@example.com", "a".repeat(7_000));
    let dots = format!("a@{}", "a.".repeat(3_500));
    for malformed in [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@@example.com",
        "ada@example",
        "a b@example.com",
        "ada@example..com",
        ".ada@example.com",
        "ada@-example.com",
        "ada@example.com,eve@example.com",
        "ada@example.com\r\nBcc: eve@example.com",
        "<ada@example.com>",
        "ada@[127.0.0.1]",
        &long,
        &dots,
    ] {
        let (_, page) = sign_up(&world, &[("username", malformed), ("password", OTHER_PASSWORD)]).await;
        assert_eq!(page.status, 400, "{malformed:?}");
        assert!(page.has("username-problem"), "{malformed:?}: {}", page.text());
    }
    assert!(world.mails().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_07_further_fields_have_no_effect() {
    let world = usual_world().await;
    let fill = [
        ("username", NEW),
        ("password", PASSWORD),
        ("name", "Nia"),
        ("email_verified", "true"),
        ("email_verified_at", "1"),
        ("id", "acc_chosen"),
        ("sub", "chosen"),
        ("role", "admin"),
        ("is_admin", "1"),
        ("disabled_at", ""),
        ("generation", "7"),
        ("family_name", "Smuggled"),
        ("phone_number_verified", "true"),
    ];
    let (_, page) = sign_up(&world, &fill).await;
    assert!(page.at.starts_with("/verify"), "{}", page.text());
    let account = world.context.store.find_account_by_email(&NEW.parse().unwrap()).await.unwrap().unwrap();
    assert!(account.email_verified_at.is_none() && account.generation == 0 && !account.id.as_str().contains("chosen"));
    let claims = serde_json::to_value(&account.claims).unwrap();
    assert_eq!(account.claims.name.as_deref(), Some("Nia"));
    assert!(!claims.to_string().contains("Smuggled"), "{claims}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_08_sign_ups_are_limited_for_each_source() {
    let world = World::with(|settings| settings.limits.signups_per_source = 6).await;
    let mut refused = None;
    for number in 0..8 {
        let email = format!("new{number}@example.com");
        let (_, page) = sign_up(&world, &[("username", &email), ("password", PASSWORD), ("name", "Nia")]).await;
        if page.status == 429 {
            assert!(page.header("retry-after").is_some());
            assert!(page.body.contains(&email) && page.body.contains("Nia"), "what was typed stays");
            assert!(!page.body.contains(PASSWORD));
            refused = Some(number);
            break;
        }
    }
    assert!(refused.is_some_and(|number| number <= 6), "{refused:?}");
    let mut elsewhere = Browser::new(&world);
    "192.0.2.1".clone_into(&mut elsewhere.ip);
    let page = signup_page(&mut elsewhere).await;
    let page = elsewhere.submit(&page, "signup-form", &[("username", NEW), ("password", PASSWORD)]).await;
    assert!(page.at.starts_with("/verify"));
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_09_switched_off_means_off_on_every_path() {
    let world = World::with(|settings| settings.signup.enabled = false).await;
    world.client("acme", |_| ()).await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    assert!(login.link("signup-link").is_none());
    let csrf = login.form("login-form").fields.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
    for path in ["/signup".to_owned(), login.at.replace("/login", "/signup")] {
        assert_eq!(browser.visit(&path).await.status, 403, "{path}");
        let fill = [("csrf", csrf.as_str()), ("username", NEW), ("password", PASSWORD)];
        assert_eq!(browser.post(&path, &fill).await.status, 403, "{path}");
    }
    let create = browser.visit(&authorize_path(&[("prompt", "create")])).await;
    assert!(!create.location().unwrap_or_default().contains("/signup"), "{:?}", create.location());
    // Asking for a code makes nobody an account either.
    let ask = browser.open(&login.at.replace("/login", "/code")).await;
    browser.submit(&ask, "code-request-form", &[("username", NEW)]).await;
    assert!(world.context.store.search_accounts("", "", 10).await.unwrap().is_empty());
    assert!(world.mails().await.is_empty());
    let metadata = browser.visit("/.well-known/openid-configuration").await.json();
    assert!(!metadata["prompt_values_supported"].to_string().contains("create"), "{metadata}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_11_names_are_bounded_plain_and_escaped_everywhere() {
    let world = usual_world().await;
    let long = "n".repeat(5_000);
    for name in ["Ada\u{202e}evil", "a\u{200b}b", "line\nbreak", &long] {
        let (_, page) = sign_up(&world, &[("username", NEW), ("password", PASSWORD), ("name", name)]).await;
        assert_eq!(page.status, 400, "{name:?}");
        assert!(page.has("name-problem"), "{name:?}: {}", page.text());
    }
    let hostile = "<script>alert(1)</script> & \"Nia\" {{ 7*7 }}";
    let (mut browser, verify) = sign_up(&world, &[("username", NEW), ("password", PASSWORD), ("name", hostile)]).await;
    let mail = world.last_mail_to(NEW).await;
    assert!(!mail.html.contains("<script"), "{}", mail.html);
    let home = browser.submit(&verify, "code-form", &[("code", &world.last_code_to(NEW).await)]).await;
    assert!(home.text().contains("{{ 7*7 }}") && !home.body.contains("<script>alert"), "{}", home.text());
    let profile = browser.visit("/account/profile").await;
    assert!(profile.form("profile-form").fields.contains(&("name".to_owned(), hostile.to_owned())));
}

mod f_22_of_many_who_register_one_address_at_once_all_see_the_usual_page {
    use super::*;
    use crate::support::world::Engine;

    #[tokio::test(flavor = "multi_thread")]
    async fn on_sqlite() {
        race(World::new().await).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn on_postgres() {
        if let Some(world) = World::on(Engine::Postgres, |_| ()).await {
            race(world).await;
        }
    }

    async fn race(world: World) {
        let world = std::sync::Arc::new(world);
        let mut racing = Vec::new();
        for number in 0..5 {
            let world = world.clone();
            racing.push(tokio::spawn(async move {
                let name = format!("Nia {number}");
                let (_, page) = sign_up(&world, &[("username", NEW), ("password", PASSWORD), ("name", &name)]).await;
                (page.status.as_u16(), page.at)
            }));
        }
        for racer in racing {
            let (status, at) = racer.await.unwrap();
            assert!(status == 200 && at.starts_with("/verify"), "{status} {at}");
        }
        assert_eq!(world.context.store.search_accounts("", "", 10).await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reg_01_a_second_registration_elsewhere_tells_nothing_either() {
    let world = usual_world().await;
    let mut seen = Vec::new();
    for username in ["ada@example.com", "odd@example.com"] {
        let mut flows = Vec::new();
        for _ in 0..2 {
            flows.push(sign_up(&world, &[("username", username), ("password", OTHER_PASSWORD)]).await);
            world.pass(1);
        }
        let mut told = Vec::new();
        for (browser, page) in &mut flows {
            let answer = browser.submit(page, "code-form", &[("code", "000000")]).await;
            told.push((answer.status.as_u16(), answer.text().len()));
        }
        seen.push(told);
    }
    assert_eq!(seen[0], seen[1]);
}
