//! Client-Initiated Backchannel Authentication (CIBA Core 1.0), by polling: an app asks, a mail leads the person to the
//! decision.

use doorward::model::client::{AuthMethod, GrantType};
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::example::Example;
use crate::support::relying_party::{basic, claims, post, token, tokens, userinfo};
use crate::support::world::{ISSUER, PASSWORD, SECRET, World};

const GRANT: &str = "urn:openid:params:grant-type:ciba";
const ADA: &str = "ada@example.com";

async fn world() -> World {
    let world = World::with(|settings| settings.protocol.ciba = true).await;
    world.client("acme", |_| ()).await;
    world.person(ADA).await;
    world
}

async fn ask(world: &World, fields: &[(&str, &str)]) -> Page {
    post(world, "/oauth2/backchannel", fields, &[("authorization", &basic("acme", SECRET))]).await
}

async fn asked(world: &World) -> Value {
    let fields = [("scope", "openid email"), ("login_hint", ADA), ("binding_message", "Bill 4711")];
    let page = ask(world, &fields).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.json()
}

async fn poll(world: &World, asked: &Value) -> Page {
    token(world, &[("grant_type", GRANT), ("auth_req_id", asked["auth_req_id"].as_str().unwrap())]).await
}

fn error(page: &Page) -> (u16, String) {
    (page.status.as_u16(), page.json()["error"].as_str().unwrap_or_default().to_owned())
}

/// The decision, reached by the link in the mail.
async fn confirmation(world: &World, browser: &mut Browser<'_>) -> Page {
    let link = world.last_link_to(ADA).await;
    let page = browser.open(&link).await;
    if page.has("login-submit") { browser.sign_in(&page, ADA, PASSWORD).await } else { page }
}

#[tokio::test(flavor = "multi_thread")]
async fn ciba_7_a_person_decides_by_the_link_in_a_mail_and_the_app_collects_the_tokens() {
    // CIBA Core §7.3: the answer to the app. CIBA Core §10.1, §11: polling, and waiting.
    let world = world().await;
    let fields = [("scope", "openid email"), ("login_hint", ADA), ("binding_message", "Bill 4711")];
    let page = ask(&world, &fields).await;
    let asked = page.json();
    assert_eq!((asked["expires_in"].as_i64(), asked["interval"].as_i64()), (Some(600), Some(5)));
    let mut example = Example::new();
    example.say("The app asks:");
    example.ask("POST /oauth2/backchannel", &[("Authorization", "Basic …")], &fields);
    example.answer(&page, &["content-type", "cache-control"]);
    assert_eq!(error(&poll(&world, &asked).await), (400, "authorization_pending".to_owned()));

    let mail = world.last_mail_to(ADA).await;
    assert!(mail.text.contains("Acme Notes") && mail.text.contains("Bill 4711"), "{}", mail.text);
    let mut browser = Browser::new(&world);
    let page = confirmation(&world, &mut browser).await;
    for word in ["Acme Notes", "Bill 4711", ADA] {
        assert!(page.body.contains(word), "{word}: {}", page.text());
    }
    let done = browser.submit(&page, "approve-form", &[("decision", "allow")]).await;
    assert!(done.text().contains("Allowed"), "{}", done.text());
    world.pass(5);
    let answer = poll(&world, &asked).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    example.say("It polls until the person has decided:");
    let form = [("grant_type", GRANT), ("auth_req_id", asked["auth_req_id"].as_str().unwrap())];
    example.ask("POST /oauth2/token", &[("Authorization", "Basic …")], &form);
    example.answer(&answer, &["content-type", "cache-control"]);
    let issued = answer.json();
    let told = userinfo(&world, issued["access_token"].as_str().unwrap()).await.json();
    assert_eq!(told["sub"], claims(issued["id_token"].as_str().unwrap())["sub"]);
    assert_eq!(error(&poll(&world, &asked).await), (400, "invalid_grant".to_owned()));
    // The link leads nowhere any more.
    assert_eq!(browser.open(&world.last_link_to(ADA).await).await.status, 400);
    example.keep("ciba");
}

#[tokio::test(flavor = "multi_thread")]
async fn ciba_7_1_an_id_token_names_its_person_to_a_client_with_pairwise_subjects() {
    let world = World::with(|settings| settings.protocol.ciba = true).await;
    world.client("acme", |metadata| metadata.subject_type = Some("pairwise".to_owned())).await;
    world.client("other", |metadata| metadata.subject_type = Some("pairwise".to_owned())).await;
    let ada = world.person(ADA).await;
    let issued = tokens(&world).await;
    let id_token = issued["id_token"].as_str().unwrap();
    let sub = claims(id_token)["sub"].clone();
    assert_ne!(sub, ada.id.as_str());
    let fields = [("scope", "openid email"), ("id_token_hint", id_token)];
    let other = [("authorization", basic("other", SECRET))];
    let other = other.each_ref().map(|(name, value)| (*name, value.as_str()));
    let stolen = post(&world, "/oauth2/backchannel", &fields, &other).await;
    assert_eq!(error(&stolen), (400, "invalid_request".to_owned()));
    // While the session is known, and when it is forgotten.
    for days in [0, 200] {
        world.pass(days * 86_400);
        world.context.store.sweep(world.now()).await.unwrap();
        let page = ask(&world, &fields).await;
        assert_eq!(page.status, 200, "after {days} days: {}", page.body);
        let mut browser = Browser::new(&world);
        let waits = confirmation(&world, &mut browser).await;
        browser.submit(&waits, "approve-form", &[("decision", "allow")]).await;
        world.pass(5);
        let answer = poll(&world, &page.json()).await.json();
        assert_eq!(claims(answer["id_token"].as_str().unwrap())["sub"], sub);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ciba_16_an_app_asks_only_so_many_people() {
    use doorward::base::bounds::APPROVALS_PER_CLIENT;
    let world = world().await;
    world.client("other", |_| ()).await;
    let nobody = [("scope", "openid"), ("login_hint", "nobody@example.com")];
    for number in 0..APPROVALS_PER_CLIENT / 2 {
        assert_eq!(error(&ask(&world, &nobody).await), (400, "unknown_user_id".to_owned()), "{number}");
    }
    let page = ask(&world, &[("scope", "openid"), ("login_hint", ADA)]).await;
    assert_eq!(page.status, 429, "{}", page.body);
    assert!(page.header("retry-after").is_some());
    let header = basic("other", SECRET);
    let page = post(&world, "/oauth2/backchannel", &nobody, &[("authorization", &header)]).await;
    assert_eq!(page.status, 400, "another app is not kept from it");
}

#[tokio::test(flavor = "multi_thread")]
async fn ciba_8_the_account_page_shows_what_waits_and_a_refusal_is_told() {
    let world = world().await;
    let asked = asked(&world).await;
    let mut browser = Browser::new(&world);
    let page = browser.open("/account/apps").await;
    let page = browser.sign_in(&page, ADA, PASSWORD).await;
    assert!(page.has("waiting") && page.text().contains("Bill 4711"), "{}", page.text());
    let page = browser.submit(&page, "waiting-form-1", &[]).await;
    let done = browser.submit(&page, "approve-form", &[("decision", "deny")]).await;
    assert!(done.text().contains("Not allowed"), "{}", done.text());
    assert_eq!(error(&poll(&world, &asked).await), (400, "access_denied".to_owned()));
    assert!(!browser.open("/account/apps").await.has("waiting"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ciba_8_nobody_else_decides() {
    let world = world().await;
    world.person("grace@example.com").await;
    let asked = asked(&world).await;
    let mut grace = Browser::new(&world);
    let page = grace.open("/account/apps").await;
    let page = grace.sign_in(&page, "grace@example.com", PASSWORD).await;
    assert!(!page.has("waiting"));
    let page = grace.open(&world.last_link_to(ADA).await).await;
    assert!(page.has("login-submit"), "somebody else is asked for: {}", page.text());
    let page = grace.sign_in(&page, "grace@example.com", PASSWORD).await;
    assert!(page.has("login-submit"), "{}", page.text());
    assert_eq!(error(&poll(&world, &asked).await).1, "authorization_pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn ciba_13_a_request_names_one_person_asks_for_openid_and_carries_plain_words() {
    // CIBA Core §7.1: exactly one hint, openid, plain words.
    let world = world().await;
    let right = [("scope", "openid"), ("login_hint", ADA)];
    for (change, expected) in [
        (vec![("scope", "email")], "invalid_scope"),
        (vec![("login_hint", "")], "invalid_request"),
        (vec![("login_hint_token", "x")], "invalid_request"),
        (vec![("login_hint", "nobody@example.com")], "unknown_user_id"),
        (vec![("login_hint", "no address")], "unknown_user_id"),
        (vec![("id_token_hint", "x")], "invalid_request"),
        (vec![("login_hint", ""), ("id_token_hint", "x")], "invalid_request"),
        (vec![("binding_message", "see https://evil.example")], "invalid_binding_message"),
        (vec![("binding_message", "\u{202e}4711")], "invalid_binding_message"),
        (vec![("requested_expiry", "-1")], "invalid_request"),
        (vec![("requested_expiry", "soon")], "invalid_request"),
    ] {
        let mut fields = right.to_vec();
        for (name, value) in &change {
            fields.retain(|(own, _)| own != name);
            fields.push((name, value));
        }
        assert_eq!(error(&ask(&world, &fields).await), (400, expected.to_owned()), "{change:?}");
    }
    assert!(world.mails().await.is_empty(), "nobody was mailed");
    for (wanted, given) in [("60", 60), ("5", 30), ("100000", 600)] {
        let fields = [("scope", "openid"), ("login_hint", ADA), ("requested_expiry", wanted)];
        assert_eq!(ask(&world, &fields).await.json()["expires_in"], given);
    }
    let id_token = tokens(&world).await["id_token"].as_str().unwrap().to_owned();
    assert_eq!(ask(&world, &[("scope", "openid"), ("id_token_hint", &id_token)]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn ciba_nobody_is_bombed_with_mails() {
    let world = world().await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(ask(&world, &[("scope", "openid"), ("login_hint", ADA)]).await.status.as_u16());
    }
    assert!(statuses.starts_with(&[200, 200, 200]) && statuses.contains(&429), "{statuses:?}");
    let mailed = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(world.mails().await.len(), mailed);
}

#[tokio::test(flavor = "multi_thread")]
async fn ciba_4_it_is_off_unless_switched_on_and_for_registered_clients_that_authenticate() {
    let world = world().await;
    let metadata = Browser::new(&world).open("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["backchannel_authentication_endpoint"], format!("{ISSUER}/oauth2/backchannel"));
    assert_eq!(metadata["backchannel_token_delivery_modes_supported"], json!(["poll"]));
    assert_eq!(metadata["backchannel_user_code_parameter_supported"], false);
    world.client("acme", |metadata| metadata.grant_types = vec![GrantType::AuthorizationCode]).await;
    let fields = [("scope", "openid"), ("login_hint", ADA)];
    assert_eq!(error(&ask(&world, &fields).await), (400, "unauthorized_client".to_owned()));
    world.client("tv", |metadata| metadata.token_endpoint_auth_method = AuthMethod::None).await;
    let by_name = [("client_id", "tv"), ("scope", "openid"), ("login_hint", ADA)];
    assert_eq!(error(&post(&world, "/oauth2/backchannel", &by_name, &[]).await), (401, "invalid_client".to_owned()));
    let off = World::new().await;
    off.client("acme", |_| ()).await;
    let metadata = Browser::new(&off).open("/.well-known/openid-configuration").await.json();
    assert!(metadata["backchannel_authentication_endpoint"].is_null());
    assert_eq!(ask(&off, &fields).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn ciba_7_1_1_a_signed_request_is_not_passed_over() {
    let world = world().await;
    let fields = [("scope", "openid"), ("login_hint", ADA), ("request", "eyJhbGciOiJFUzI1NiJ9.e30.x")];
    assert_eq!(error(&ask(&world, &fields).await), (400, "request_not_supported".to_owned()));
    assert!(world.mails().await.is_empty());
}
