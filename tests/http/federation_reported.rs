//! After a provider reported a takeover: the tie is blocked, and so is the mailbox that goes with it, until the owner has
//! proven in another way who they are (federation 2.13).

use doorward::model::account::Account;
use doorward::model::audit::{AuditAction, AuditEvent};
use doorward::model::upstream::{ActOnIdentity, IdentityAct, IdentityActOutcome};

use crate::federation::{INES, come, tell, tie, world};
use crate::support::browser::{Browser, Page};
use crate::support::upstream::Upstream;
use crate::support::world::{PASSWORD, World};

const GMAIL: &str = "ines-rask@gmail.com";

/// Somebody whose address here, and whose only tie, is a mailbox at Google.
async fn tied(world: &World, upstream: &Upstream, address: &str) -> Account {
    let ines = world.person(address).await;
    let mut browser = Browser::new(world);
    let login = browser.open("/login").await;
    browser.sign_in(&login, address, PASSWORD).await;
    let page = tie(&mut browser, upstream, "google", INES).await;
    assert!(page.has("linked"), "{}", page.text());
    ines
}

/// Asks for a code on one of our pages.
async fn ask(world: &World, browser: &mut Browser<'_>, path: &str, form: &str, address: &str) -> Page {
    // So that its mail is the last one.
    world.pass(1);
    let login = browser.open("/login").await;
    let page = browser.open(&login.at.replace("/login", path)).await;
    browser.submit(&page, form, &[("username", address)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_2_13_no_code_goes_to_a_mailbox_that_was_reported_and_the_answer_is_the_same() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    tied(&world, upstream, GMAIL).await;
    for event in ["account-credential-change-required", "account-disabled"] {
        assert_eq!(tell(&world, upstream, event, INES).await.status, 202);
        for (path, form) in [("/code", "code-request-form"), ("/reset", "reset-form")] {
            let page = ask(&world, &mut Browser::new(&world), path, form, GMAIL).await;
            let nobodys = ask(&world, &mut Browser::new(&world), path, form, "nobody-here@gmail.com").await;
            assert!(page.has("code-form"), "{} {}", page.at, page.text());
            let shape = |page: &Page| (page.status, page.text_of("code-form"), page.text().split(' ').count());
            assert_eq!(shape(&page), shape(&nobodys));
            let mail = world.last_mail_to(GMAIL).await;
            assert!(mail.subject.contains("No code") && mail.text.contains("Google"), "{} {}", mail.subject, mail.text);
            assert!(!mail.text.contains("token="), "{}", mail.text);
            world.pass(600);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_2_13_a_mailbox_at_gmail_is_the_same_by_all_its_names() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    tied(&world, upstream, "Ines-Ra.sk+home@googlemail.com").await;
    tell(&world, upstream, "account-disabled", INES).await;
    ask(&world, &mut Browser::new(&world), "/code", "code-request-form", "ines-ra.sk+home@googlemail.com").await;
    let mail = world.last_mail_to("ines-ra.sk+home@googlemail.com").await;
    assert!(mail.subject.contains("No code"), "{}", mail.subject);
}

/// What an event does that comes in the same moment as the code was mailed.
async fn block(world: &World) {
    let act = ActOnIdentity {
        provider: "google".parse().unwrap(),
        jti: "in the same moment".to_owned(),
        acts: vec![(INES.to_owned(), IdentityAct::Block)],
        audit: AuditEvent::new(AuditAction::SecurityEvent, world.now(), "test"),
    };
    assert_eq!(world.context.store.act_on_identity(act).await, Ok(IdentityActOutcome::Done));
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_2_13_a_code_or_link_that_was_under_way_opens_nothing() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let ines = tied(&world, upstream, GMAIL).await;
    let mut thief = Browser::new(&world);
    let page = ask(&world, &mut thief, "/code", "code-request-form", GMAIL).await;
    let code = world.last_code_to(GMAIL).await;
    let mut other = Browser::new(&world);
    let reset = ask(&world, &mut other, "/reset", "reset-form", GMAIL).await;
    let (reset_code, link) = (world.last_code_to(GMAIL).await, world.last_link_to(GMAIL).await);
    block(&world).await;
    let page = thief.submit(&page, "code-form", &[("code", &code)]).await;
    assert_ne!(page.at, "/account", "{}", page.text());
    assert_eq!(thief.visit("/account").await.status, 303);
    let page = other.submit(&reset, "code-form", &[("code", &reset_code)]).await;
    assert!(!page.has("password-form") && !page.has("reset-password-form"), "{} {}", page.at, page.text());
    let confirm = other.visit(&link).await;
    if confirm.has("confirm-form") {
        let page = other.submit(&confirm, "confirm-form", &[]).await;
        assert!(!page.at.starts_with("/reset/password"), "{} {}", page.at, page.text());
    }
    assert_eq!(world.reload(&ines.id).await.password_hash, ines.password_hash);
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_2_13_a_password_proves_the_owner_and_opens_tie_and_mailbox_again() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    tied(&world, upstream, GMAIL).await;
    tell(&world, upstream, "account-disabled", INES).await;
    let (mut browser, page) = come(&world, upstream, "google", INES).await;
    assert!(page.has("arrived") && !page.has("upstream-google"), "not in a circle: {}", page.text());
    assert!(page.has("upstream-github"), "{}", page.text());
    let page = browser.sign_in(&page, GMAIL, PASSWORD).await;
    let home = browser.submit(&page, "link-form", &[("decision", "link")]).await;
    assert_eq!(home.at, "/account", "{}", home.text());
    ask(&world, &mut Browser::new(&world), "/code", "code-request-form", GMAIL).await;
    assert_eq!(world.last_code_to(GMAIL).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_2_13_another_mailbox_than_the_reported_one_proves_the_owner() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    tied(&world, upstream, "ines@home.example").await;
    tell(&world, upstream, "account-disabled", INES).await;
    let (mut browser, page) = come(&world, upstream, "google", INES).await;
    let page = browser.open(&page.at.replace("/login", "/code")).await;
    world.pass(1);
    let page = browser.submit(&page, "code-request-form", &[("username", "ines@home.example")]).await;
    let code = world.last_code_to("ines@home.example").await;
    let page = browser.submit(&page, "code-form", &[("code", &code)]).await;
    assert!(page.has("link-form"), "{} {}", page.at, page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn fed_2_13_events_have_a_count_of_their_own() {
    let upstream = Upstream::shared();
    let world = world(upstream).await;
    let mut browser = Browser::new(&world);
    for _ in 0..=doorward::base::bounds::VISITS_PER_SOURCE {
        if browser.visit("/federation/google/callback?state=x&code=y").await.status == 429 {
            break;
        }
    }
    assert_eq!(browser.visit("/federation/google/callback?state=x&code=y").await.status, 429);
    assert_eq!(tell(&world, upstream, "verification", INES).await.status, 202, "from the same source");
}
