//! The pages as programs and people meet them in an examination: one address for each step, ordinary forms, and elements
//! that keep their names.

use doorward::model::client::ClientMetadata;

use crate::support::browser::{Browser, Page};
use crate::support::relying_party::{authorize_path, usual_world};
use crate::support::world::PASSWORD;

const ADA: &str = "ada@example.com";

#[track_caller]
fn shows(page: &Page, path: &str, ids: &[&str]) {
    assert!(page.at.starts_with(path), "{} is at {path}", page.at);
    for id in ids {
        assert!(page.has(id), "{path} has {id}: {}", page.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_each_step_has_its_address_and_its_elements_keep_their_names() {
    let world = usual_world().await;
    let described = |own: &mut ClientMetadata| {
        own.logo_uri = Some("https://acme.example/logo.png".to_owned());
        own.policy_uri = Some("https://acme.example/policy".to_owned());
        own.tos_uri = Some("https://acme.example/terms".to_owned());
    };
    world.client("acme", described).await;
    let mut browser = Browser::new(&world);
    let page = browser.open(&authorize_path(&[])).await;
    let ids = ["username", "password", "login-submit", "login-cancel", "client-logo", "client-policy", "client-tos"];
    shows(&page, "/login", &ids);
    assert_eq!(page.link("client-policy").as_deref(), Some("https://acme.example/policy"));
    assert_eq!(page.link("client-tos").as_deref(), Some("https://acme.example/terms"));
    assert!(page.body.contains("logo.png"));
    let mut by_code = browser.clone();
    let asked = by_code.open(&page.link("code-link").unwrap()).await;
    let asked = by_code.submit(&asked, "code-request-form", &[("username", ADA)]).await;
    shows(&asked, "/code", &["code"]);
    let page = browser.sign_in(&page, ADA, PASSWORD).await;
    shows(&page, "/consent", &["consent-allow", "consent-deny"]);
    assert_eq!(page.body.matches("name=\"decision\"").count(), 2);
    browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
    let page = browser.open("/oauth2/logout").await;
    let ids = ["logout-confirm", "logout-yes", "logout-no"];
    shows(&page, "/oauth2/logout", &ids);
    shows(&browser.open("/logout").await, "/logout", &ids);
    let page = browser.submit(&page, "logout-confirm", &[("decision", "yes")]).await;
    assert!(page.has("logged-out"), "{}", page.text());
    let page = browser.open(&authorize_path(&[("redirect_uri", "https://acme.example/other")])).await;
    assert!(page.status == 400 && page.has("error-page"));
}

#[tokio::test(flavor = "multi_thread")]
async fn conformance_whoever_cancels_at_sign_in_is_refused_to_the_client() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    let page = browser.open(&authorize_path(&[])).await;
    let answer = browser.submit(&page, "cancel-form", &[]).await.answer();
    assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("access_denied", "a state"));
}
