//! Device authorization (RFC 8628): the device asks, a person decides in a browser, the device polls.

use doorward::model::audit::{AuditAction, AuditEvent};
use doorward::model::client::{AuthMethod, GrantType};
use serde_json::Value;

use crate::support::browser::{Browser, Page};
use crate::support::example::Example;
use crate::support::keys::ClientKeyPair;
use crate::support::relying_party::{basic, claims, post, refresh, token, userinfo, usual_world};
use crate::support::world::{ISSUER, PASSWORD, SECRET, World};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn ask(world: &World, fields: &[(&str, &str)]) -> Page {
    let header = basic("acme", SECRET);
    post(world, "/oauth2/device", fields, &[("authorization", &header), ("user-agent", FIREFOX)]).await
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn asked(world: &World, scope: &str) -> Value {
    let page = ask(world, &[("scope", scope)]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.json()
}

fn text<'a>(document: &'a Value, member: &str) -> &'a str {
    document[member].as_str().unwrap_or_else(|| panic!("{member} in {document}"))
}

async fn poll(world: &World, device_code: &str) -> Page {
    token(world, &[("grant_type", GRANT), ("device_code", device_code)]).await
}

fn error(page: &Page) -> (u16, String) {
    (page.status.as_u16(), page.json()["error"].as_str().unwrap_or_default().to_owned())
}

/// The confirmation page, reached with the code typed by hand.
async fn confirmation(browser: &mut Browser<'_>, user_code: &str) -> Page {
    let page = browser.open("/device").await;
    let page = browser.submit(&page, "device-form", &[("user_code", user_code)]).await;
    if page.has("login-submit") { browser.sign_in(&page, "ada@example.com", PASSWORD).await } else { page }
}

async fn decide(browser: &mut Browser<'_>, user_code: &str, decision: &str) -> Page {
    let page = confirmation(browser, user_code).await;
    assert!(page.has("approve-form"), "{}", page.text());
    browser.submit(&page, "approve-form", &[("decision", decision)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8628_3_a_person_types_the_code_agrees_and_the_device_gets_its_tokens() {
    // RFC 8628 §3.2: the members of the answer.
    let world = usual_world().await;
    let page = ask(&world, &[("scope", "openid email offline_access")]).await;
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let codes = page.json();
    assert_eq!(text(&codes, "verification_uri"), format!("{ISSUER}/device"));
    assert_eq!((codes["expires_in"].as_i64(), codes["interval"].as_i64()), (Some(600), Some(5)));
    let mut example = Example::new();
    example.say("The device asks:");
    example.ask("POST /oauth2/device", &[("Authorization", "Basic …")], &[("scope", "openid email offline_access")]);
    let shown = page.body.replace(text(&codes, "user_code"), "WDJB-MJHT");
    example.answer(&Page { body: shown, ..page.clone() }, &["content-type", "cache-control"]);

    let (device_code, user_code) = (text(&codes, "device_code"), text(&codes, "user_code"));
    let pending = poll(&world, device_code).await;
    assert_eq!(error(&pending), (400, "authorization_pending".to_owned()));
    example.say("It shows the user code and asks for tokens every five seconds:");
    let form = [("grant_type", GRANT), ("device_code", device_code)];
    example.ask("POST /oauth2/token", &[("Authorization", "Basic …")], &form);
    example.answer(&pending, &["content-type"]);

    let mut browser = Browser::new(&world);
    let page = confirmation(&mut browser, &user_code.to_lowercase().replace('-', " ")).await;
    for word in ["Acme Notes", user_code, "Firefox on Linux", "198.51.100.…", "ada@example.com"] {
        assert!(page.body.contains(word), "{word}: {}", page.text());
    }
    assert!(page.has("approve-warning"));
    let done = browser.submit(&page, "approve-form", &[("decision", "allow")]).await;
    assert!(done.has("approve-done") && done.text().contains("Allowed"), "{}", done.text());

    world.pass(5);
    let answer = poll(&world, device_code).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    example.say("Once the person has allowed it:");
    example.answer(&answer, &["content-type", "cache-control"]);
    let tokens = answer.json();
    let id_token = claims(text(&tokens, "id_token"));
    let told = userinfo(&world, text(&tokens, "access_token")).await.json();
    assert_eq!((&told["sub"], &told["email"]), (&id_token["sub"], &"ada@example.com".into()));
    assert!(id_token["auth_time"].is_i64() && id_token["at_hash"].is_string());
    assert_eq!(refresh(&world, text(&tokens, "refresh_token")).await.status, 200);
    example.keep("rfc8628");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8628_3_3_1_the_complete_address_fills_the_code_in_and_still_asks() {
    // RFC 8628 §5.4: no code opens anything without the person's consent.
    let world = usual_world().await;
    let codes = asked(&world, "openid").await;
    let complete = text(&codes, "verification_uri_complete").strip_prefix(ISSUER).unwrap();
    let mut browser = Browser::new(&world);
    let page = browser.open(complete).await;
    let filled = page.form("device-form").fields.into_iter().find(|(name, _)| name == "user_code").unwrap().1;
    assert_eq!(filled, text(&codes, "user_code"));
    assert_eq!(page.text_of("given-code"), text(&codes, "user_code"));
    assert!(page.text().contains("Does your device show exactly this code?"), "{}", page.text());
    assert!(!browser.open("/device").await.has("given-code"), "who types it has looked at it");
    let page = browser.submit(&page, "device-form", &[]).await;
    let page = browser.sign_in(&page, "ada@example.com", PASSWORD).await;
    assert!(page.has("approve-allow"), "nothing is granted by an address alone: {}", page.text());
    assert_eq!(error(&poll(&world, text(&codes, "device_code")).await).1, "authorization_pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8628_3_3_the_pages_are_there_while_something_asks_elsewhere() {
    for (device_flow, ciba, found) in [(false, false, false), (true, false, true), (false, true, true)] {
        let world = World::with(|settings| {
            settings.protocol.device_flow = device_flow;
            settings.protocol.ciba = ciba;
        })
        .await;
        let page = Browser::new(&world).visit("/device/done?outcome=allowed").await;
        assert_eq!(page.status == 200, found, "{device_flow} {ciba}");
        // Without a way begun there is nothing to confirm, so the table is asked.
        let confirm = doorward::endpoint::ROWS.iter().find(|row| row.path == "/device/confirm").unwrap();
        assert_eq!((confirm.when)(&world.context.features), found, "{device_flow} {ciba}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8628_3_5_who_polls_too_fast_waits_longer_from_then_on() {
    let world = usual_world().await;
    let codes = asked(&world, "openid").await;
    let device_code = text(&codes, "device_code");
    assert_eq!(error(&poll(&world, device_code).await).1, "authorization_pending");
    world.pass(4);
    assert_eq!(error(&poll(&world, device_code).await).1, "slow_down");
    world.pass(9);
    assert_eq!(error(&poll(&world, device_code).await).1, "slow_down", "it is ten seconds now");
    world.pass(15);
    assert_eq!(error(&poll(&world, device_code).await).1, "authorization_pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8628_3_5_a_refusal_is_told_to_the_device() {
    let world = usual_world().await;
    let codes = asked(&world, "openid").await;
    let mut browser = Browser::new(&world);
    let done = decide(&mut browser, text(&codes, "user_code"), "deny").await;
    assert!(done.text().contains("Not allowed"));
    assert_eq!(error(&poll(&world, text(&codes, "device_code")).await), (400, "access_denied".to_owned()));
    // Whoever cancels at the sign-in page refuses, too.
    let codes = asked(&world, "openid").await;
    let mut browser = Browser::new(&world);
    let page = browser.open("/device").await;
    let page = browser.submit(&page, "device-form", &[("user_code", text(&codes, "user_code"))]).await;
    let page = browser.submit(&page, "login-form", &[("decision", "cancel")]).await;
    assert!(page.text().contains("Not allowed"), "{}", page.text());
    assert_eq!(error(&poll(&world, text(&codes, "device_code")).await).1, "access_denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8628_3_5_after_ten_minutes_code_and_page_are_over() {
    let world = usual_world().await;
    let codes = asked(&world, "openid").await;
    let mut browser = Browser::new(&world);
    let page = confirmation(&mut browser, text(&codes, "user_code")).await;
    world.pass(600);
    assert_eq!(error(&poll(&world, text(&codes, "device_code")).await), (400, "expired_token".to_owned()));
    let page = browser.submit(&page, "approve-form", &[("decision", "allow")]).await;
    assert!(page.text().contains("over"), "{}", page.text());
    let page = confirmation(&mut browser, text(&codes, "user_code")).await;
    assert!(page.status == 400 && page.has("problems"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8628_3_4_tokens_are_handed_out_once_and_to_the_client_that_asked() {
    let world = usual_world().await;
    world.client("umbra", |_| ()).await;
    let codes = asked(&world, "openid").await;
    let device_code = text(&codes, "device_code");
    decide(&mut Browser::new(&world), text(&codes, "user_code"), "allow").await;
    let header = basic("umbra", SECRET);
    let form = [("grant_type", GRANT), ("device_code", device_code)];
    let stolen = post(&world, "/oauth2/token", &form, &[("authorization", &header)]).await;
    assert_eq!(error(&stolen), (400, "invalid_grant".to_owned()));
    let race = futures_util::future::join_all((0..8).map(|_| poll(&world, device_code))).await;
    assert_eq!(race.iter().filter(|page| page.status == 200).count(), 1);
    assert_eq!(error(&poll(&world, device_code).await), (400, "invalid_grant".to_owned()));
    for nonsense in ["", "dwd_x", "dwc_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(poll(&world, nonsense).await.status, 400, "{nonsense}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8628_5_1_a_user_code_cannot_be_guessed_from_one_place() {
    let world = usual_world().await;
    let codes = asked(&world, "openid").await;
    let mut browser = Browser::new(&world);
    let page = browser.open("/device").await;
    let mut refused = 0;
    for _ in 0..120 {
        let answer = browser.submit(&page, "device-form", &[("user_code", "BBBB-BBBB")]).await;
        assert!(answer.status == 400 || answer.status == 429, "{}", answer.status);
        refused = answer.status.as_u16();
    }
    assert_eq!(refused, 429);
    // Elsewhere the right code goes through, however often it is typed.
    let mut elsewhere = Browser::new(&world);
    elsewhere.ip = "192.0.2.44".to_owned();
    let page = confirmation(&mut elsewhere, text(&codes, "user_code")).await;
    assert!(page.has("approve-form"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_19_aut_20_the_decision_belongs_to_the_browser_that_took_the_code_and_no_step_is_skipped() {
    let world = usual_world().await;
    let codes = asked(&world, "openid").await;
    let mut browser = Browser::new(&world);
    let page = browser.open("/device").await;
    let login = browser.submit(&page, "device-form", &[("user_code", text(&codes, "user_code"))]).await;
    let interaction = login.at.split_once('=').unwrap().1.to_owned();
    let skipped = browser.open(&format!("/device/confirm?interaction={interaction}")).await;
    assert!(skipped.has("login-submit"), "signing in comes first");
    let confirm = browser.sign_in(&login, "ada@example.com", PASSWORD).await;
    let mut thief = Browser::new(&world);
    thief.open("/login").await;
    assert_eq!(thief.open(&confirm.at).await.status, 404);
    // A form without our token decides nothing.
    let forged = browser.post(&confirm.at, &[("decision", "allow"), ("csrf", "x")]).await;
    assert!(forged.status.is_client_error(), "{}", forged.status);
    assert_eq!(error(&poll(&world, text(&codes, "device_code")).await).1, "authorization_pending");
    // Two clicks are one decision.
    let first = browser.submit(&confirm, "approve-form", &[("decision", "allow")]).await;
    let second = browser.submit(&confirm, "approve-form", &[("decision", "deny")]).await;
    assert!(first.text().contains("Allowed") && second.text().contains("over"), "{}", second.text());
    world.pass(5);
    assert_eq!(poll(&world, text(&codes, "device_code")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn tok_10_tok_11_the_grant_is_for_registered_clients_and_open_accounts() {
    let world = usual_world().await;
    world.client("acme", |metadata| metadata.grant_types = vec![GrantType::AuthorizationCode]).await;
    assert_eq!(error(&ask(&world, &[]).await), (400, "unauthorized_client".to_owned()));
    world.client("acme", |_| ()).await;
    assert_eq!(error(&ask(&world, &[("scope", "admin")]).await), (400, "invalid_scope".to_owned()));
    assert_eq!(error(&ask(&world, &[("resource", "https://x.example")]).await), (400, "invalid_target".to_owned()));
    let codes = asked(&world, "openid").await;
    decide(&mut Browser::new(&world), text(&codes, "user_code"), "allow").await;
    let ada = world.context.store.find_account_by_email(&"ada@example.com".parse().unwrap()).await.unwrap().unwrap();
    let audit = AuditEvent::new(AuditAction::AccountLocked, world.now(), "test");
    world.context.store.set_account_disabled(&ada.id, true, world.now(), audit).await.unwrap();
    assert_eq!(error(&poll(&world, text(&codes, "device_code")).await), (400, "invalid_grant".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8628_3_1_a_public_client_is_named_and_a_confidential_one_proves_itself() {
    let world = usual_world().await;
    let nobody = post(&world, "/oauth2/device", &[("client_id", "acme")], &[]).await;
    assert_eq!(error(&nobody).1, "invalid_client");
    world.client("tv", |metadata| metadata.token_endpoint_auth_method = AuthMethod::None).await;
    let codes = post(&world, "/oauth2/device", &[("client_id", "tv"), ("scope", "openid")], &[]).await.json();
    decide(&mut Browser::new(&world), text(&codes, "user_code"), "allow").await;
    let form = [("grant_type", GRANT), ("device_code", text(&codes, "device_code")), ("client_id", "tv")];
    assert_eq!(post(&world, "/oauth2/token", &form, &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8628_4_it_is_advertised_and_answered_exactly_when_it_is_on() {
    let world = usual_world().await;
    let metadata = Browser::new(&world).open("/.well-known/openid-configuration").await.json();
    assert_eq!(text(&metadata, "device_authorization_endpoint"), format!("{ISSUER}/oauth2/device"));
    assert!(metadata["grant_types_supported"].to_string().contains(GRANT));
    let off = World::with(|settings| settings.protocol.device_flow = false).await;
    off.client("acme", |_| ()).await;
    let metadata = Browser::new(&off).open("/.well-known/openid-configuration").await.json();
    assert!(metadata["device_authorization_endpoint"].is_null());
    assert!(!metadata["grant_types_supported"].to_string().contains(GRANT));
    assert_eq!(ask(&off, &[]).await.status, 404);
    assert_eq!(Browser::new(&off).open("/device").await.status, 404);
    assert_eq!(error(&poll(&off, "x").await), (400, "unsupported_grant_type".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9449_5_refresh_tokens_of_a_public_device_are_bound_to_its_key() {
    let world = World::new().await;
    world
        .client("acme", |own| {
            own.token_endpoint_auth_method = AuthMethod::None;
            own.grant_types.retain(|grant| *grant != GrantType::ClientCredentials);
        })
        .await;
    world.person("ada@example.com").await;
    let (key, other) = (ClientKeyPair::es256("1"), ClientKeyPair::es256("2"));
    let uri = format!("{ISSUER}/oauth2/token");
    let form = [("client_id", "acme"), ("scope", "openid offline_access")];
    let codes = post(&world, "/oauth2/device", &form, &[]).await.json();
    decide(&mut Browser::new(&world), text(&codes, "user_code"), "allow").await;
    let form = [("client_id", "acme"), ("grant_type", GRANT), ("device_code", text(&codes, "device_code"))];
    let issued = post(&world, "/oauth2/token", &form, &[("dpop", &key.proof("POST", &uri, world.now()))]).await.json();
    assert_eq!(issued["token_type"], "DPoP", "{issued}");
    let form =
        [("client_id", "acme"), ("grant_type", "refresh_token"), ("refresh_token", text(&issued, "refresh_token"))];
    let thief = other.proof("POST", &uri, world.now());
    for proofs in [vec![], vec![("dpop", thief.as_str())]] {
        let page = post(&world, "/oauth2/token", &form, &proofs).await;
        assert_eq!(error(&page), (400, "invalid_grant".to_owned()), "{proofs:?}");
    }
    let page = post(&world, "/oauth2/token", &form, &[("dpop", &key.proof("POST", &uri, world.now()))]).await;
    assert_eq!(page.status, 200, "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc8628_5_nobody_fills_the_server_with_codes_in_a_public_clients_name() {
    use doorward::base::bounds::UNPROVEN_REQUESTS_PER_SOURCE;
    let world = usual_world().await;
    world.client("tv", |metadata| metadata.token_endpoint_auth_method = AuthMethod::None).await;
    let ask = async |ip: &str| post(&world, "/oauth2/device", &[("client_id", "tv")], &[("x-forwarded-for", ip)]).await;
    let mut answered = 0;
    let limited = loop {
        let page = ask("203.0.113.80").await;
        if page.status != 200 {
            break page;
        }
        answered += 1;
        assert!(answered <= UNPROVEN_REQUESTS_PER_SOURCE);
    };
    assert_eq!(limited.status, 429, "{}", limited.body);
    assert!(limited.header("retry-after").is_some());
    assert_eq!(ask("203.0.113.81").await.status, 200, "others are not kept out");
    assert_eq!(asked(&world, "openid").await["interval"], 5, "nor are clients that prove themselves");
}
