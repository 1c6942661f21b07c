//! How people are sent away.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::upstream::{Departure, Kind, Pending};
use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use crate::idp::{
    CLIENT_ID, Idp, NOW, REDIRECT_URI, arrival, begin, connector, departure, draw, finish, parameter, provider,
};
use crate::server::Reply;

fn departing() -> Departure<'static> {
    Departure { login_hint: Some("ada@example.com"), select_account: true, ui_locales: Some("de en"), ..departure() }
}

async fn google(change: impl Fn(&mut doorward::upstream::Provider)) -> Url {
    let idp = Idp::start();
    let mut google = provider(Kind::Google, idp.issuer.clone());
    change(&mut google);
    begin(&connector(google), &departing()).await.0
}

#[tokio::test]
async fn fed_01_a_request_is_a_code_flow_with_state_nonce_and_s256() {
    let idp = Idp::start();
    let (address, pending) = begin(&idp.connector(), &departing()).await;
    let expected = [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid email profile"),
        ("state", "the-state"),
        ("code_challenge_method", "S256"),
        ("nonce", pending.nonce.as_ref().unwrap().expose()),
        ("login_hint", "ada@example.com"),
        ("prompt", "select_account"),
        ("ui_locales", "de en"),
    ];
    for (name, value) in expected {
        assert_eq!(parameter(&address, name).as_deref(), Some(value), "{name}");
    }
    assert!(address.as_str().starts_with(&idp.server.at("/op/authorize?")));
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(pending.verifier.expose().as_bytes()));
    assert_eq!(parameter(&address, "code_challenge"), Some(challenge));
    assert_eq!(address.query_pairs().count(), expected.len() + 1);
}

#[tokio::test]
async fn fed_3_16_every_visit_has_its_own_verifier_and_nonce() {
    let idp = Idp::start();
    let connector = idp.connector();
    let mut draw = draw(7);
    let mut secrets = std::collections::BTreeSet::new();
    for _ in 0..10 {
        let (_, pending) = connector.begin(&departure(), NOW, &mut draw).await.unwrap();
        for secret in [&pending.verifier, pending.nonce.as_ref().unwrap()] {
            assert_eq!(secret.expose().len(), 43);
            assert!(secrets.insert(secret.expose().clone()));
        }
    }
}

#[tokio::test]
async fn fed_3_16_the_verifier_of_the_visit_is_shown_with_its_code() {
    // RFC 7636 §4.5: the verifier comes with the code.
    let idp = Idp::start();
    let connector = idp.connector();
    let (_, kept) = begin(&connector, &departure()).await;
    let kept = Pending::from_bytes(&kept.to_bytes().unwrap()).unwrap();
    connector.finish(&arrival(), &kept, NOW).await.unwrap_err();
    let shown = idp.server.only("/op/token");
    assert_eq!(shown.form("code_verifier").as_ref(), Some(kept.verifier.expose()));
    assert_eq!(shown.form("code").as_deref(), Some("the-code"));
    assert_eq!(shown.form("redirect_uri").as_deref(), Some(REDIRECT_URI));
    assert_eq!(shown.form("grant_type").as_deref(), Some("authorization_code"));
    assert_eq!(shown.header("accept"), Some("application/json"));
}

#[tokio::test]
async fn we_say_who_we_are_as_the_provider_announces() {
    for (kind, methods, in_body) in [
        (Kind::OpenIdConnect, json!(null), false),
        (Kind::OpenIdConnect, json!(["client_secret_post", "client_secret_basic"]), false),
        (Kind::OpenIdConnect, json!(["client_secret_post"]), true),
        (Kind::Google, json!(["client_secret_post", "client_secret_basic"]), true),
    ] {
        let idp = Idp::start();
        let mut document = idp.document();
        document["token_endpoint_auth_methods_supported"] = methods;
        idp.publish(&document);
        finish(&connector(provider(kind, idp.issuer.clone()))).await.unwrap();
        let shown = idp.server.only("/op/token");
        assert_eq!(shown.form("client_secret").is_some(), in_body);
        assert_eq!(shown.header("authorization").is_some(), !in_body);
    }
}

#[tokio::test]
async fn fed_2_5_googles_page_gets_a_hint_of_the_domain() {
    let hd = |address: &Url| parameter(address, "hd");
    assert_eq!(hd(&google(|_| {}).await), None);
    let one = google(|google| google.restrictions.hosted_domains = vec!["example.com".to_owned()]).await;
    assert_eq!(hd(&one).as_deref(), Some("example.com"));
    let two = vec!["example.com".to_owned(), "example.net".to_owned()];
    assert_eq!(hd(&google(|google| google.restrictions.hosted_domains = two.clone()).await).as_deref(), Some("*"));
}

#[tokio::test]
async fn fed_2_6_google_is_asked_for_an_account_and_for_refreshing_only_where_it_is_kept() {
    let plain = google(|_| {}).await;
    assert_eq!(parameter(&plain, "prompt").as_deref(), Some("select_account"));
    assert_eq!(parameter(&plain, "login_hint").as_deref(), Some("ada@example.com"));
    assert_eq!(parameter(&plain, "access_type"), None);
    let keeping = google(|google| google.keeps_tokens = true).await;
    assert_eq!(parameter(&keeping, "access_type").as_deref(), Some("offline"));
}

#[tokio::test]
async fn fed_2_8_no_step_up_is_asked_of_a_provider() {
    let address = google(|_| {}).await;
    for absent in ["max_age", "acr_values"] {
        assert_eq!(parameter(&address, absent), None);
    }
    assert_ne!(parameter(&address, "prompt").as_deref(), Some("login"));
}

#[tokio::test]
async fn fed_2_9_sensitive_scopes_are_not_asked_for_unless_told() {
    assert_eq!(parameter(&google(|_| {}).await, "scope").as_deref(), Some("openid email profile"));
    let more = google(|google| google.scopes = vec!["email".to_owned(), "https://x.example/calendar".to_owned()]).await;
    let scopes = parameter(&more, "scope");
    assert_eq!(scopes.as_deref(), Some("openid email profile https://x.example/calendar"));
}

#[tokio::test]
async fn a_prompt_that_the_provider_does_not_know_is_left_out() {
    let idp = Idp::start();
    let mut document = idp.document();
    document["prompt_values_supported"] = json!(["none", "login"]);
    idp.publish(&document);
    assert_eq!(parameter(&begin(&idp.connector(), &departing()).await.0, "prompt"), None);
}

#[tokio::test]
async fn nobody_is_sent_to_what_is_no_page() {
    for address in ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https:", "", "https://a.example/#x"] {
        let idp = Idp::start();
        let mut document = idp.document();
        document["authorization_endpoint"] = address.into();
        idp.server.answer(crate::idp::DISCOVERY, Reply::json(&document));
        let failure = idp.connector().begin(&departure(), NOW, &mut draw(1)).await.unwrap_err();
        assert_eq!(failure.label(), "malformed", "{address}");
    }
}

#[tokio::test]
async fn a_parameter_of_the_endpoint_itself_stays_and_nothing_breaks_out_of_its_place() {
    let idp = Idp::start();
    let mut document = idp.document();
    document["authorization_endpoint"] = idp.server.at("/op/authorize?policy=one").into();
    idp.publish(&document);
    let hostile = Departure { state: "a&redirect_uri=https://evil.example#", login_hint: Some("x&y=z"), ..departure() };
    let (address, _) = begin(&idp.connector(), &hostile).await;
    assert_eq!(parameter(&address, "policy").as_deref(), Some("one"));
    assert_eq!(parameter(&address, "state").as_deref(), Some(hostile.state));
    assert_eq!(parameter(&address, "redirect_uri").as_deref(), Some(REDIRECT_URI));
    assert_eq!((parameter(&address, "y"), address.fragment()), (None, None));
}

#[tokio::test]
async fn every_step_may_move_between_threads() {
    fn movable<T: Send>(step: T) -> T {
        step
    }
    let connector = Idp::start().connector();
    let tokens = doorward::model::upstream::UpstreamTokens {
        access_token: doorward::base::Sensitive::new("a".to_owned()),
        refresh_token: None,
    };
    let (departure, mut draw) = (departure(), draw(1));
    movable(connector.begin(&departure, NOW, &mut draw)).await.unwrap();
    movable(connector.finish(&arrival(), &crate::idp::pending(), NOW)).await.unwrap();
    // Nothing can be ended there, and nothing is told from there.
    movable(connector.revoke(&tokens, NOW)).await.unwrap();
    movable(connector.security_event("a.b.c", NOW)).await.unwrap_err();
}
