//! OpenID Connect Front-Channel Logout 1.0: the signed-out page loads what ends the clients' sessions.

use doorward::model::client::ClientMetadata;
use scraper::{Html, Selector};

use crate::support::browser::{Browser, Page};
use crate::support::example::Example;
use crate::support::relying_party::{authorize_path, claims, redeem, sign_in_and_consent};
use crate::support::world::{ISSUER, World};

const ADA: &str = "ada@example.com";

async fn world_with(change: impl FnOnce(&mut ClientMetadata)) -> World {
    let world = World::new().await;
    world.client("acme", change).await;
    world.person(ADA).await;
    world
}

async fn id_token(browser: &mut Browser<'_>, world: &World) -> String {
    let answer = sign_in_and_consent(browser, ADA, &authorize_path(&[])).await.answer();
    redeem(world, &answer["code"]).await.json()["id_token"].as_str().unwrap().to_owned()
}

fn frames(page: &Page) -> Vec<String> {
    let document = Html::parse_document(&page.body);
    let frames = Selector::parse("iframe").unwrap();
    document.select(&frames).map(|frame| frame.value().attr("src").unwrap().to_owned()).collect()
}

fn framed_origins(page: &Page) -> Option<String> {
    let policy = page.header("content-security-policy").unwrap();
    policy.split("; ").find_map(|rule| rule.strip_prefix("frame-src ")).map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn frontchannel_logout_3_frames_with_issuer_and_session_then_the_redirect() {
    let world = world_with(|client| {
        client.frontchannel_logout_uri = Some("https://acme.example/out?x=1".to_owned());
        client.frontchannel_logout_session_required = true;
    })
    .await;
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world).await;
    let sid = claims(&hint)["sid"].as_str().unwrap().to_owned();
    let bye = "https%3A%2F%2Facme.example%2Fbye";
    let path = format!("/oauth2/logout?id_token_hint={hint}&post_logout_redirect_uri={bye}&state=a%20state");
    let page = browser.visit(&path).await;
    assert_eq!(page.status, 200);
    assert!(page.has("logged-out"));
    let issuer = ISSUER.replace(':', "%3A").replace('/', "%2F");
    assert_eq!(frames(&page), [format!("https://acme.example/out?x=1&iss={issuer}&sid={sid}")]);
    assert_eq!(framed_origins(&page).as_deref(), Some("https://acme.example"));
    let onward = "https://acme.example/bye?state=a%20state";
    assert_eq!(page.link("onward").as_deref(), Some(onward), "for people without script");
    assert_eq!(page.header("refresh"), Some(format!("5; url={onward}").as_str()));
    assert!(page.body.contains("getElementById(\"onward\").click()"));
    let silent = browser.open(&authorize_path(&[("prompt", "none")])).await;
    assert_eq!(silent.answer()["error"], "login_required");
    let mut example = Example::new();
    example.say("The application sends the person to:");
    let hint = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", "https://acme.example/bye"),
        ("state", "a state"),
    ];
    example.ask("GET /oauth2/logout", &[], &hint);
    example.say("The page that answers has a hidden frame, and then leads on:");
    example.say(
        "```html\n<iframe src=\"https://acme.example/out?x=1&iss=http://localhost:8080&sid=…\" hidden></iframe>\n```",
    );
    example.answer(&page, &["refresh"]);
    example.keep("frontchannel_logout");
}

#[tokio::test(flavor = "multi_thread")]
async fn frontchannel_logout_2_without_the_wish_neither_issuer_nor_session_is_told() {
    let world = world_with(|client| client.frontchannel_logout_uri = Some("https://acme.example/out".to_owned())).await;
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world).await;
    let page = browser.visit(&format!("/oauth2/logout?id_token_hint={hint}")).await;
    assert_eq!(frames(&page), ["https://acme.example/out"]);
    assert_eq!((page.link("onward"), page.header("refresh")), (None, None), "there is nowhere to go on to");
}

#[tokio::test(flavor = "multi_thread")]
async fn frontchannel_logout_2_a_client_without_an_address_gets_no_frame() {
    let world = world_with(|_| ()).await;
    world.client("other", |client| client.frontchannel_logout_uri = Some("https://other.example/".to_owned())).await;
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world).await;
    let page = browser.visit(&format!("/oauth2/logout?id_token_hint={hint}")).await;
    assert_eq!((frames(&page), framed_origins(&page)), (Vec::new(), None), "nor one that took no part");
}

#[tokio::test(flavor = "multi_thread")]
async fn frontchannel_logout_is_advertised_and_done_exactly_while_it_is_on() {
    for is_on in [true, false] {
        let world = World::with(|settings| settings.protocol.frontchannel_logout = is_on).await;
        world.person(ADA).await;
        world.client("acme", |client| client.frontchannel_logout_uri = Some("https://acme.example/".to_owned())).await;
        let mut browser = Browser::new(&world);
        let document = browser.visit("/.well-known/openid-configuration").await.json();
        assert_eq!(document["frontchannel_logout_supported"].as_bool(), is_on.then_some(true));
        assert_eq!(document["frontchannel_logout_session_supported"].as_bool(), is_on.then_some(true));
        let hint = id_token(&mut browser, &world).await;
        let page = browser.visit(&format!("/oauth2/logout?id_token_hint={hint}")).await;
        assert_eq!(frames(&page).len(), usize::from(is_on));
    }
}
