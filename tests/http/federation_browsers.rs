//! What a browser remembers of other providers, and who acts where several people are signed in in one.

use crate::federation::{ADA, INES, account, come, signed_in_as_mira, tied, world};
use crate::support::browser::{Browser, Page};
use crate::support::upstream::Upstream;
use crate::support::world::{PASSWORD, World};

const COOKIE: &str = "doorward-provider";

/// The providers whose buttons are marked.
fn marked(page: &Page) -> Vec<&'static str> {
    let texts = ["google", "github"].map(|id| (id, page.text_of(&format!("upstream-{id}"))));
    texts.into_iter().filter(|(_, text)| text.contains("used last")).map(|(id, _)| id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_that_was_used_last_in_a_browser_is_marked() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mut browser = Browser::new(&world);
    let login = browser.open("/login").await;
    assert!(marked(&login).is_empty());
    for (provider, person) in [("google", INES), ("github", ADA)] {
        let login = browser.open("/login?page=profile").await;
        let login = if login.at.starts_with("/login") { login } else { sign_out(&mut browser).await };
        browser.come_by(upstream, &login, provider, person).await;
        assert_eq!(browser.cookies()[COOKIE], provider, "its name and nothing else");
        assert_eq!(marked(&sign_out(&mut browser).await), [provider]);
    }
    // Signing in by one's own ways says nothing of a provider.
    world.person("mira@example.com").await;
    let login = browser.open("/login").await;
    browser.sign_in(&login, "mira@example.com", PASSWORD).await;
    assert_eq!(marked(&sign_out(&mut browser).await), ["github"]);
    assert!(marked(&Browser::new(&world).open("/login").await).is_empty(), "another browser");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_that_names_no_provider_of_ours_is_passed_over() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    for value in ["removed", "", "Google", "<b>", "google.github", &"g".repeat(5_000)] {
        let mut browser = Browser::new(&world);
        browser.set_cookie(COOKIE, value);
        let login = browser.open("/login").await;
        assert_eq!(login.status, 200, "{value}");
        assert!(marked(&login).is_empty() && !login.body.contains("used last"), "{value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn web_07_the_mark_is_a_cookie_like_the_others_and_ends() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mut browser = Browser::new(&world);
    let login = browser.open("/login").await;
    let back = browser.visit_provider(upstream, &login, "google", Some(INES)).await;
    let page = browser.visit(&back).await;
    let lines = page.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let line = lines.filter(|line| line.starts_with(COOKIE)).collect::<Vec<_>>();
    let seconds = doorward::base::bounds::PROVIDER_COOKIE_SECONDS;
    assert_eq!(line, [format!("{COOKIE}=google; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}")]);
}

async fn sign_out(browser: &mut Browser<'_>) -> Page {
    let home = browser.open("/account").await;
    let out = browser.open(&home.link("logout-link").unwrap()).await;
    browser.submit(&out, "logout-confirm", &[("decision", "yes")]).await;
    browser.open("/login").await
}

/// Signs Tove in beside whoever is signed in already.
async fn tove_comes(world: &World, browser: &mut Browser<'_>) {
    world.person("tove@example.org").await;
    let mut elsewhere = Browser::new(world);
    elsewhere.take_over(browser.cookies());
    let path = crate::support::relying_party::authorize_path(&[("prompt", "login")]);
    let login = elsewhere.open(&path).await;
    elsewhere.sign_in(&login, "tove@example.org", PASSWORD).await;
    browser.take_over(elsewhere.cookies());
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_6_of_several_people_in_a_browser_the_one_who_began_ties_and_unties_and_is_shown() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mira = world.person("mira@example.com").await;
    let mut browser = signed_in_as_mira(&world).await;
    let logins = browser.open("/account/logins").await;
    tove_comes(&world, &mut browser).await;
    let tove = account(&world, "tove@example.org").await.unwrap();
    assert!(browser.open("/account/logins").await.body.contains("tove@example.org"), "the newest is shown");
    // The page still shows Mira, and it is Mira who ties.
    let linked = browser.come_by(upstream, &logins, "google", INES).await;
    assert!(linked.has("linked") && linked.body.contains("mira@example.com"), "{}", linked.text());
    assert_eq!((tied(&world, &mira).await, tied(&world, &tove).await), (vec![format!("google {INES}")], vec![]));
    // And unties, though somebody else has been there in between.
    tove_comes(&world, &mut browser).await;
    assert!(browser.open("/account/logins").await.body.contains("tove@example.org"));
    let unlinked = browser.submit(&linked, "unlink-form-1", &[("decision", "unlink")]).await;
    assert!(unlinked.has("unlinked") && unlinked.body.contains("mira@example.com"), "{}", unlinked.text());
    assert!(tied(&world, &mira).await.is_empty());
    assert!(browser.open("/account/profile").await.body.contains("mira@example.com"), "on every page");
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_6_a_page_of_somebody_who_left_unties_nothing() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    come(&world, upstream, "google", INES).await;
    let ines = account(&world, "ines-rask@gmail.com").await.unwrap();
    let (mut browser, _) = come(&world, upstream, "google", INES).await;
    let logins = browser.open("/account/logins").await;
    sign_out(&mut browser).await;
    assert_eq!(
        browser.submit_only(&logins, "unlink-form-1", &[("decision", "unlink")]).await.location().as_deref(),
        Some("/login?page=logins")
    );
    tove_comes(&world, &mut browser).await;
    let refused = browser.submit_only(&logins, "unlink-form-1", &[("decision", "unlink")]).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert_eq!(tied(&world, &ines).await.len(), 1);
}
