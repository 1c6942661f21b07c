//! What is mailed, end to end (MAI). Composition itself is tested beside the templates and the transport.

use doorward::mail::{DeliveryFailure, ServerReply, Transport};

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{authorize_path, usual_world};

const ADA: &str = "ada@example.com";

async fn ask_in(browser: &mut Browser<'_>, change: &[(&str, &str)], way: &str, form: &str) -> Page {
    let login = browser.open(&authorize_path(change)).await;
    let ask = browser.open(&login.at.replace("/login", way)).await;
    browser.submit(&ask, form, &[("username", ADA)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn mai_01_and_mai_05_nothing_a_stranger_sends_reaches_the_head_of_a_mail() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    for (name, value) in
        [("accept-language", "de\tBcc: eve@example.com"), ("user-agent", "Firefox/1 Bcc: eve@example.com")]
    {
        browser.extra.push((name.to_owned(), value.to_owned()));
    }
    let hostile = [("ui_locales", "de\r\nBcc: eve@example.com")];
    let page = ask_in(&mut browser, &hostile, "/code", "code-request-form").await;
    assert!(page.has("code-form"), "{}", page.text());
    let mail = world.last_mail_to(ADA).await;
    assert!(mail.subject.lines().count() == 1 && !mail.subject.contains("Bcc"), "{}", mail.subject);
    assert!(matches!(mail.locale.as_str(), "de" | "en"), "{}", mail.locale);
    assert!(!mail.subject.chars().any(|c| c.is_ascii_digit()), "no code in it: {}", mail.subject);
}

#[tokio::test(flavor = "multi_thread")]
async fn mai_02_names_of_clients_and_people_are_text_in_a_mail() {
    let world = usual_world().await;
    let hostile = "<a href=\"https://evil.example\">Win</a> {{ 7*7 }}";
    world.client("acme", |metadata| metadata.client_name = Some(hostile.to_owned())).await;
    ask_in(&mut Browser::new(&world), &[], "/code", "code-request-form").await;
    let mail = world.last_mail_to(ADA).await;
    assert!(!mail.html.contains("href=\"https://evil.example"), "{}", mail.html);
    assert!(!mail.text.contains("49") && !mail.text.contains("https://evil.example"), "{}", mail.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn mai_03_both_parts_hold_the_code_and_the_link() {
    let world = usual_world().await;
    ask_in(&mut Browser::new(&world), &[], "/reset", "reset-form").await;
    let mail = world.last_mail_to(ADA).await;
    let (code, link) = (world.last_code_to(ADA).await, world.last_link_to(ADA).await);
    assert!(mail.text.contains(&code) && mail.text.contains(&link));
    let html = scraper::Html::parse_document(&mail.html);
    let links = scraper::Selector::parse("a[href]").unwrap();
    let mut links = html.select(&links).filter_map(|element| element.value().attr("href"));
    assert!(links.any(|href| href.ends_with(&link)), "{}", mail.html);
    assert!(html.root_element().text().collect::<String>().contains(&code), "{}", mail.html);
    let last = mail.text.trim_end().lines().next_back().unwrap();
    assert_eq!(last, format!("@localhost #{code}"), "for autofill");
}

#[tokio::test(flavor = "multi_thread")]
async fn mai_04_and_f_23_a_mail_server_that_is_away_changes_no_page_and_costs_no_mail() {
    let world = usual_world().await;
    let Transport::Memory(memory) = &*world.context.mail else { unreachable!("worlds mail into memory") };
    let down = || DeliveryFailure::Temporary(ServerReply::new("connection refused"));
    for _ in 0..3 {
        memory.fail_next(down());
    }
    let page = ask_in(&mut Browser::new(&world), &[], "/code", "code-request-form").await;
    assert!(page.status == 200 && page.has("code-form"), "{}", page.text());
    assert!(world.mails().await.is_empty());
    let mut waited = 0;
    while world.mails().await.is_empty() {
        world.pass(30);
        waited += 30;
        assert!(waited < 600, "the code is still good, so it is sent");
    }
    assert_eq!(world.mails().await.len(), 1);
    // A code that expired meanwhile is not sent any more.
    for _ in 0..50 {
        memory.fail_next(down());
    }
    ask_in(&mut Browser::new(&world), &[], "/code", "code-request-form").await;
    world.mails().await;
    world.pass(601);
    assert_eq!(world.mails().await.len(), 1);
    assert_eq!(world.context.store.waiting_mail().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn f_26_a_delivery_of_unknown_outcome_makes_one_copy_at_most_with_the_same_code() {
    let world = usual_world().await;
    let Transport::Memory(memory) = &*world.context.mail else { unreachable!("worlds mail into memory") };
    for _ in 0..20 {
        memory.fail_next(DeliveryFailure::Unconfirmed(ServerReply::new("connection lost after DATA")));
    }
    ask_in(&mut Browser::new(&world), &[], "/code", "code-request-form").await;
    for _ in 0..20 {
        world.mails().await;
        world.pass(25);
    }
    let mails = world.mails().await;
    assert!((1..=2).contains(&mails.len()), "{}", mails.len());
    assert!(mails.iter().all(|mail| mail.id == mails[0].id && mail.text == mails[0].text));
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_speak_the_language_of_the_pages_that_led_to_them() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    browser.extra.push(("accept-language".to_owned(), "en".to_owned()));
    let page = ask_in(&mut browser, &[("ui_locales", "de")], "/code", "code-request-form").await;
    assert!(page.body.contains("lang=\"de\""));
    assert_eq!(world.last_mail_to(ADA).await.locale, "de");
    let mut browser = Browser::new(&world);
    browser.extra.push(("accept-language".to_owned(), "de;q=0.9, en;q=0.1".to_owned()));
    ask_in(&mut browser, &[], "/reset", "reset-form").await;
    assert_eq!(world.last_mail_to(ADA).await.locale, "de", "without a wish of the app the browser's counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_mail_is_delivered_by_the_next_process() {
    let world = usual_world().await;
    ask_in(&mut Browser::new(&world), &[], "/code", "code-request-form").await;
    assert_eq!(world.context.store.waiting_mail().await.unwrap(), 1, "it is a row, written with the page");
    world.last_code_to(ADA).await;
    assert_eq!(world.context.store.waiting_mail().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_welcomed_once_when_the_address_is_proven_whichever_way() {
    let password = "another walk along the dunes";
    for way in ["code", "link", "reset"] {
        let world = usual_world().await;
        let mut browser = Browser::new(&world);
        let login = browser.open("/login").await;
        let signup = browser.open(&login.at.replace("/login", "/signup")).await;
        let fill = [("username", "new@example.com"), ("password", password), ("name", "Nell")];
        let verify = browser.submit(&signup, "signup-form", &fill).await;
        match way {
            "code" => {
                let code = world.last_code_to("new@example.com").await;
                browser.submit(&verify, "code-form", &[("code", &code)]).await;
            }
            "link" => {
                let confirm = browser.visit(&world.last_link_to("new@example.com").await).await;
                browser.submit(&confirm, "confirm-form", &[]).await;
            }
            _ => {
                world.pass(60);
                let reset = browser.open(&login.at.replace("/login", "/reset")).await;
                let enter = browser.submit(&reset, "reset-form", &[("username", "new@example.com")]).await;
                let code = world.last_code_to("new@example.com").await;
                let choose = browser.submit(&enter, "code-form", &[("code", &code)]).await;
                browser.submit(&choose, "reset-password-form", &[("password", "a third walk, in the rain")]).await;
            }
        }
        let greetings = || async {
            let mails = world.mails().await;
            mails.into_iter().filter(|mail| mail.subject == "Your account is ready").collect::<Vec<_>>()
        };
        let welcomed = greetings().await;
        assert_eq!(welcomed.len(), 1, "{way}");
        // Whoever resets the password of an unproven account did not choose its name (REG-04).
        assert_eq!(welcomed[0].text.contains("Nell"), way != "reset", "{way}: {}", welcomed[0].text);
        world.pass(3_600);
        let mut again = Browser::new(&world);
        let login = again.open("/login").await;
        let ask = again.open(&login.at.replace("/login", "/code")).await;
        let enter = again.submit(&ask, "code-request-form", &[("username", "new@example.com")]).await;
        let code = world.last_code_to("new@example.com").await;
        let home = again.submit(&enter, "code-form", &[("code", &code)]).await;
        assert!(home.at.starts_with("/account"), "{}", home.text());
        assert_eq!(greetings().await.len(), 1, "{way}");
    }
}
