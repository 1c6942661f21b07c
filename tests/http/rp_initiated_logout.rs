//! OpenID Connect RP-Initiated Logout 1.0.

use crate::support::browser::{Browser, Page, encode};
use crate::support::example::Example;
use crate::support::relying_party::{authorize_path, redeem, sign_in_and_consent};
use crate::support::world::World;

const ADA: &str = "ada@example.com";
const BYE: &str = "https://acme.example/bye";

async fn world() -> World {
    let world = World::new().await;
    world.client("acme", |_| ()).await;
    world.client("other", |_| ()).await;
    world.person(ADA).await;
    world
}

async fn hint(browser: &mut Browser<'_>, world: &World) -> String {
    let answer = sign_in_and_consent(browser, ADA, &authorize_path(&[])).await.answer();
    redeem(world, &answer["code"]).await.json()["id_token"].as_str().unwrap().to_owned()
}

async fn log_out(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Page {
    browser.visit(&format!("/oauth2/logout?{}", encode(fields))).await
}

async fn is_signed_in(browser: &mut Browser<'_>) -> bool {
    browser.visit(&authorize_path(&[("prompt", "none")])).await.answer().contains_key("code")
}

#[tokio::test(flavor = "multi_thread")]
async fn rp_initiated_3_the_right_hint_address_and_state_lead_back_with_that_state_and_nothing_else() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let hint = hint(&mut browser, &world).await;
    assert!(is_signed_in(&mut browser).await);
    let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE), ("state", "x y&z")];
    let page = log_out(&mut browser, &fields).await;
    assert_eq!(page.location().unwrap(), format!("{BYE}?state=x%20y%26z"));
    assert!(!is_signed_in(&mut browser).await);
    let mut example = Example::new();
    example.ask("GET /oauth2/logout", &[], &fields);
    example.answer(&page, &["location"]);
    example.keep("rp_initiated_logout");
}

#[tokio::test(flavor = "multi_thread")]
async fn rp_initiated_3_without_a_state_nothing_is_added() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let hint = hint(&mut browser, &world).await;
    let page = log_out(&mut browser, &[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]).await;
    assert_eq!(page.location().as_deref(), Some(BYE));
}

#[tokio::test(flavor = "multi_thread")]
async fn out_01_rp_initiated_3_an_address_that_is_not_registered_is_never_gone_to() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let hint = hint(&mut browser, &world).await;
    for uri in ["https://evil.example/", "https://acme.example/bye?x=1", "https://acme.example/bye/", "javascript:x"] {
        let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", uri), ("state", "s")];
        let page = log_out(&mut browser, &fields).await;
        assert!(page.location().is_none() && page.has("error-page"), "{uri}: {}", page.status);
    }
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn out_04_rp_initiated_4_a_hint_that_is_not_ours_has_no_authority() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let genuine = hint(&mut browser, &world).await;
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", genuine.split('.').nth(1).unwrap());
    let (rest, signature) = genuine.rsplit_once('.').unwrap();
    let forged = format!("{rest}.{}", signature.chars().rev().collect::<String>());
    for hint in [unsigned.as_str(), &forged, "nonsense"] {
        let page = log_out(&mut browser, &[("id_token_hint", hint), ("post_logout_redirect_uri", BYE)]).await;
        assert!(page.location().is_none(), "{hint}");
        assert!(page.has("logout-confirm") || page.has("error-page"), "{hint}: {}", page.text());
    }
    assert!(is_signed_in(&mut browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn out_02_rp_initiated_2_without_parameters_the_person_is_asked_and_then_told() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    hint(&mut browser, &world).await;
    let page = log_out(&mut browser, &[]).await;
    assert!(page.has("logout-confirm") && page.has("logout-yes") && page.has("logout-no"));
    assert!(is_signed_in(&mut browser).await, "a mere link logs nobody out");
    let page = browser.submit(&page, "logout-confirm", &[("decision", "yes")]).await;
    assert!(page.has("logged-out"));
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rp_initiated_3_an_address_without_a_hint_is_gone_to_only_after_the_question() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    hint(&mut browser, &world).await;
    let page = log_out(&mut browser, &[("post_logout_redirect_uri", BYE), ("state", "s")]).await;
    assert!(page.location().is_none() && page.has("logout-confirm"));
    let page = browser.submit(&page, "logout-confirm", &[("decision", "yes")]).await;
    assert!(page.location().is_none() && page.has("logged-out"), "nobody's address is anybody's");
}

#[tokio::test(flavor = "multi_thread")]
async fn rp_initiated_2_a_client_beside_a_hint_is_the_hints_client() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let hint = hint(&mut browser, &world).await;
    let page = log_out(&mut browser, &[("id_token_hint", &hint), ("client_id", "other")]).await;
    assert!(page.has("error-page") && is_signed_in(&mut browser).await);
    let page = log_out(&mut browser, &[("id_token_hint", &hint), ("client_id", "acme")]).await;
    assert!(page.has("logged-out"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rp_initiated_2_post_works_like_get() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let hint = hint(&mut browser, &world).await;
    let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE), ("state", "s")];
    let page = browser.post("/oauth2/logout", &fields).await;
    assert_eq!(page.location().unwrap(), format!("{BYE}?state=s"));
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rp_initiated_2_1_the_endpoint_is_in_the_metadata() {
    let world = world().await;
    let document = Browser::new(&world).visit("/.well-known/openid-configuration").await.json();
    assert_eq!(document["end_session_endpoint"], "http://localhost:8080/oauth2/logout");
}
