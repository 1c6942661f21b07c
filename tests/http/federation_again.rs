//! Coming back once more, in two windows, or to prove oneself anew: what another provider's answer is worth the second
//! time, and what its word alone is not worth (federation 1.8, 2.8, 3.10, 3.12).

use doorward::base::bounds::{REPEATED_FORM_SECONDS, UPSTREAM_VISIT_SECONDS};

use crate::federation::{INES, KERSTIN, account, come, consent, id_token, signed_in_as_mira, tie, tied, world};
use crate::support::browser::Browser;
use crate::support::relying_party::authorize_path;
use crate::support::upstream::Upstream;

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_12_the_same_answer_once_more_in_its_browser_goes_on_with_the_request() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let back = browser.visit_provider(upstream, &login, "google", Some(INES)).await;
    let page = browser.open(&back).await;
    assert!(page.has("consent-allow"), "{} {}", page.at, page.text());
    // The Back button, and a reload.
    for _ in 0..2 {
        let again = browser.open(&back).await;
        assert_eq!(again.at, page.at, "{}", again.text());
    }
    let answer = consent(&mut browser, page).await;
    id_token(&world, &answer).await;
    // After the answer, too: the client has asked once and is answered again.
    let again = browser.open(&back).await;
    assert!(again.answer().contains_key("code"), "{} {}", again.at, again.text());
    // In another browser, and later, it is worth nothing.
    let page = Browser::new(&world).open(&back).await;
    assert!(page.status == 400 && page.has("federation-visit-over"), "{}", page.text());
    world.pass(REPEATED_FORM_SECONDS);
    let page = browser.open(&back).await;
    assert!(page.status == 400 && page.has("federation-visit-over"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_12_an_answer_once_more_leads_to_the_account_where_that_was_wanted() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mut browser = Browser::new(&world);
    let login = browser.open("/login?page=profile").await;
    let back = browser.visit_provider(upstream, &login, "google", Some(INES)).await;
    for _ in 0..2 {
        assert_eq!(browser.open(&back).await.at, "/account/profile");
    }
    world.person("mira@example.com").await;
    let mut mira = signed_in_as_mira(&world).await;
    let logins = mira.open("/account/logins").await;
    let back = mira.visit_provider(upstream, &logins, "github", Some(KERSTIN)).await;
    for _ in 0..2 {
        let page = mira.open(&back).await;
        assert!(page.at.starts_with("/account/logins") && page.text().contains("kerstin"), "{}", page.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_3_12_beginning_again_after_too_long_leads_into_the_same_request() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mut browser = Browser::new(&world);
    let login = browser.open(&authorize_path(&[])).await;
    let back = browser.visit_provider(upstream, &login, "google", Some(INES)).await;
    world.pass(UPSTREAM_VISIT_SECONDS + 60);
    world.context.store.sweep(world.now()).await.unwrap();
    let over = browser.open(&back).await;
    assert!(over.status == 400 && over.has("federation-visit-over"), "{}", over.text());
    let page = browser.come_by(upstream, &over, "google", INES).await;
    let answer = consent(&mut browser, page).await;
    id_token(&world, &answer).await;
    // Somebody else who has the address gets none of it.
    let mut stranger = Browser::new(&world);
    stranger.open("/login").await;
    let page = stranger.open(&back).await;
    assert!(page.has("federation-visit-over") && !page.body.contains("interaction="), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_in_two_windows_with_two_addresses_is_told_and_goes_on() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mut browser = Browser::new(&world);
    let mut waiting = Vec::new();
    for (path, address) in [("/login".to_owned(), "one@home.example"), (authorize_path(&[]), "two@home.example")] {
        let login = browser.open(&path).await;
        let page = browser.come_by(upstream, &login, "github", KERSTIN).await;
        waiting.push(browser.submit(&page, "address-form", &[("username", address)]).await);
    }
    let code = world.last_code_to("one@home.example").await;
    assert_eq!(browser.submit(&waiting[0], "code-form", &[("code", &code)]).await.at, "/account");
    let code = world.last_code_to("two@home.example").await;
    let told = browser.submit(&waiting[1], "code-form", &[("code", &code)]).await;
    assert!(told.status == 409 && told.has("federation-came-in-before"), "{} {}", told.at, told.text());
    assert!(account(&world, "two@home.example").await.is_none(), "nothing is left of it");
    let page = browser.come_by(upstream, &told, "github", KERSTIN).await;
    let answer = consent(&mut browser, page).await;
    let own = account(&world, "one@home.example").await.unwrap();
    assert_eq!(id_token(&world, &answer).await["sub"], own.id.as_str());
    assert_eq!(tied(&world, &own).await, [format!("github {KERSTIN}")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_2_8_a_short_max_age_is_met_by_our_own_ways_only() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let (mut browser, _) = come(&world, upstream, "google", INES).await;
    let consented = browser.open(&authorize_path(&[("max_age", "901")])).await;
    let answer = consent(&mut browser, consented).await;
    assert!(answer.answer().contains_key("code"), "{}", answer.text());
    let login = browser.open(&authorize_path(&[("max_age", "900")])).await;
    assert!(login.has("login-form") && !login.has("upstream-google"), "{} {}", login.at, login.text());
    // Nor by going to the provider all the same, or by a hint.
    let query = login.at.split_once('?').unwrap().1;
    let sent = browser.open(&format!("/federation/google?{query}")).await;
    assert!(sent.at.starts_with("/login"), "{}", sent.at);
    let hinted = browser.open(&authorize_path(&[("max_age", "900"), ("idp_hint", "google")])).await;
    assert!(hinted.at.starts_with("/login"), "{}", hinted.at);
    let silent = browser.open(&authorize_path(&[("max_age", "900"), ("prompt", "none")])).await;
    assert_eq!(silent.answer()["error"], "login_required");
    // The mailed code is the way of whoever has only the provider and a mailbox.
    let page = browser.open(&login.at.replace("/login", "/code")).await;
    world.pass(1);
    let page = browser.submit(&page, "code-request-form", &[("username", "ines-rask@gmail.com")]).await;
    let code = world.last_code_to("ines-rask@gmail.com").await;
    let page = browser.submit(&page, "code-form", &[("code", &code)]).await;
    let answer = consent(&mut browser, page).await;
    assert_eq!(id_token(&world, &answer).await["amr"], serde_json::json!(["otp"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_1_8_how_an_account_is_entered_is_changed_only_after_a_proof_of_our_own() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let (mut browser, home) = come(&world, upstream, "google", INES).await;
    assert_eq!(home.at, "/account");
    let logins = browser.open("/account/logins").await;
    let start = logins.link("link-github").unwrap();
    assert_eq!(browser.visit(&start).await.location().as_deref(), Some("/login?page=logins"));
    let unlink = browser.submit_only(&logins, "unlink-form-1", &[("decision", "unlink")]).await;
    assert_eq!(unlink.location().as_deref(), Some("/login?page=logins"));
    for page in ["delete", "email?change=1"] {
        let sent = browser.visit(&format!("/account/{page}")).await;
        assert!(sent.location().is_some_and(|to| to.starts_with("/login?page=")), "{page}: {}", sent.text());
    }
    let login = browser.open("/login?page=logins").await;
    assert!(!login.has("upstream-google"), "{}", login.text());
    let page = browser.open(&login.at.replace("/login", "/code")).await;
    world.pass(1);
    let page = browser.submit(&page, "code-request-form", &[("username", "ines-rask@gmail.com")]).await;
    let code = world.last_code_to("ines-rask@gmail.com").await;
    browser.submit(&page, "code-form", &[("code", &code)]).await;
    let page = tie(&mut browser, upstream, "github", KERSTIN).await;
    assert!(page.has("linked"), "{}", page.text());
}
