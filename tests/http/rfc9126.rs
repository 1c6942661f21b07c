//! Pushed authorization requests (RFC 9126).

use doorward::model::client::AuthMethod;
use serde_json::json;

use crate::support::browser::{Browser, Page, encode};
use crate::support::example::Example;
use crate::support::relying_party::{
    REDIRECT, VERIFIER, authorize_path, basic, challenge, post, redeem, sign_in_and_consent, usual_world,
};
use crate::support::requests::{PAR, begin, fields, push, push_only, reference};
use crate::support::world::{ISSUER, PASSWORD, SECRET, World};

const ADA: &str = "ada@example.com";

/// What a refused push says.
#[track_caller]
fn error(page: &Page) -> (u16, String) {
    assert!(page.header("location").is_none());
    (page.status.as_u16(), page.json()["error"].as_str().unwrap().to_owned())
}

/// The reason an error page gives for a request that goes nowhere.
#[track_caller]
fn shown(page: &Page, label: &str) {
    assert_eq!(page.status, 400, "{}", page.body);
    assert!(page.has("error-page") && page.header("location").is_none(), "{}", page.body);
    assert!(page.body.contains(label), "{label}: {}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9126_2_2_and_4_a_pushed_request_is_answered_as_if_it_had_come_by_the_browser() {
    let world = usual_world().await;
    let mut example = Example::new();
    let challenge = challenge(VERIFIER);
    let form = [
        ("response_type", "code"),
        ("client_id", "acme"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid email"),
        ("state", "a-state"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let authorization = basic("acme", SECRET);
    example.say("The client hands its request in, authenticated as at the token endpoint:");
    example.ask("POST /oauth2/par", &[("authorization", "Basic …")], &form);
    let pushed = post(&world, PAR, &form, &[("authorization", &authorization)]).await;
    example.say("It gets a reference, good for 90 seconds:");
    example.answer(&pushed, &["content-type", "cache-control"]);
    assert_eq!(pushed.json()["expires_in"], 90);
    let request_uri = reference(&pushed);
    assert!(request_uri.starts_with("urn:ietf:params:oauth:request_uri:"));
    let mut browser = Browser::new(&world);
    example.say("It sends the browser with nothing but that and its name:");
    example.ask("GET /oauth2/authorize", &[], &[("client_id", "acme"), ("request_uri", &request_uri)]);
    let answer = sign_in_and_consent(&mut browser, ADA, &begin(&request_uri)).await;
    example.say("After the sign-in the code comes as usual:");
    example.answer(&answer, &["location"]);
    let answer = answer.answer();
    assert_eq!((answer["state"].as_str(), answer["iss"].as_str()), ("a-state", ISSUER));
    assert_eq!(redeem(&world, &answer["code"]).await.status, 200);
    example.keep("rfc9126");
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_24_a_reference_may_be_opened_twice_and_is_spent_by_the_answer() {
    let world = usual_world().await;
    let path = begin(&reference(&push(&world, &[]).await));
    let (mut browser, mut other) = (Browser::new(&world), Browser::new(&world));
    let first = browser.open(&path).await;
    let again = browser.open(&path).await;
    assert!(first.has("login-submit") && again.has("login-submit"));
    let elsewhere = other.open(&path).await;
    assert!(elsewhere.has("login-submit"));
    let page = browser.sign_in(&again, ADA, PASSWORD).await;
    let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
    assert!(answer.answer().contains_key("code"));
    shown(&browser.visit(&path).await, "pushed_request_spent");
    // The sign-in that was begun with it elsewhere ends without a code.
    let late = other.sign_in(&elsewhere, ADA, PASSWORD).await;
    assert_eq!(late.status, 410, "{}", late.body);
    assert!(late.header("location").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_24_of_parallel_answers_to_one_reference_one_has_a_code() {
    let world = usual_world().await;
    let mut browser = Browser::new(&world);
    sign_in_and_consent(&mut browser, ADA, &authorize_path(&[])).await;
    let path = begin(&reference(&push(&world, &[]).await));
    let visits = (0..8).map(|_| {
        let (mut browser, path) = (browser.clone(), path.clone());
        async move { browser.visit(&path).await }
    });
    let pages = futures_util::future::join_all(visits).await;
    let codes = pages.iter().filter(|page| page.location().is_some_and(|to| to.contains("code="))).count();
    assert_eq!(codes, 1);
    shown(&browser.visit(&path).await, "pushed_request_spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_24_a_refusal_by_the_person_spends_it_too() {
    let world = usual_world().await;
    let path = begin(&reference(&push(&world, &[]).await));
    let mut browser = Browser::new(&world);
    let page = browser.open(&path).await;
    let page = browser.sign_in(&page, ADA, PASSWORD).await;
    let refused = browser.submit(&page, "consent-form", &[("decision", "deny")]).await.answer();
    assert_eq!((refused["error"].as_str(), refused["iss"].as_str()), ("access_denied", ISSUER));
    shown(&browser.visit(&path).await, "pushed_request_spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_24_another_clients_an_unknown_and_an_expired_reference_end_on_a_page() {
    let world = usual_world().await;
    world.client("other", |_| ()).await;
    let request_uri = reference(&push(&world, &[]).await);
    let by = |client_id: &str, request_uri: &str| {
        format!("/oauth2/authorize?{}", encode(&[("client_id", client_id), ("request_uri", request_uri)]))
    };
    let mut browser = Browser::new(&world);
    shown(&browser.visit(&by("other", &request_uri)).await, "pushed_request_of_another_client");
    shown(&browser.visit(&by("nobody", &request_uri)).await, "unknown_client");
    let without = format!("/oauth2/authorize?{}", encode(&[("request_uri", &request_uri)]));
    shown(&browser.visit(&without).await, "client_id_missing");
    for wrong in ["urn:ietf:params:oauth:request_uri:x", &format!("{request_uri}A"), &request_uri.to_uppercase()] {
        assert_eq!(browser.visit(&by("acme", wrong)).await.status, 400, "{wrong}");
    }
    let begun = browser.open(&begin(&request_uri)).await;
    world.pass(90);
    shown(&browser.visit(&begin(&request_uri)).await, "pushed_request_expired");
    // A sign-in that was begun in time may take longer.
    let page = browser.sign_in(&begun, ADA, PASSWORD).await;
    let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
    assert!(answer.answer().contains_key("code"));
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_24_values_beside_the_reference_do_not_win() {
    let world = usual_world().await;
    let request_uri = reference(&push(&world, &[("scope", "openid"), ("state", "pushed")]).await);
    let beside = [("state", "beside"), ("scope", "openid email"), ("redirect_uri", "https://evil.example/")];
    let path = format!("{}&{}", begin(&request_uri), encode(&beside));
    let answer = sign_in_and_consent(&mut Browser::new(&world), ADA, &path).await;
    assert!(answer.location().unwrap().starts_with(REDIRECT));
    assert_eq!(answer.answer()["state"], "pushed");
    assert_eq!(redeem(&world, &answer.answer()["code"]).await.json()["scope"], "openid");
    let both = format!("{}&request=x", begin(&request_uri));
    shown(&Browser::new(&world).visit(&both).await, "request_twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9126_2_3_bad_requests_are_refused_by_json() {
    let world = usual_world().await;
    for (change, expected) in [
        (&[("redirect_uri", "https://evil.example/cb")][..], "invalid_request"),
        (&[("redirect_uri", "https://acme.example/cb/")], "invalid_request"),
        (&[("response_type", "")], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("scope", "unheard-of")], "invalid_scope"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("request_uri", "urn:ietf:params:oauth:request_uri:x")], "invalid_request"),
        (&[("request_uri", "https://acme.example/r")], "invalid_request"),
        (&[("request", "x")], "invalid_request_object"),
        (&[("client_id", "other")], "invalid_request"),
        (&[("resource", "https://evil.example")], "invalid_target"),
        (&[("prompt", "none login")], "invalid_request"),
    ] {
        assert_eq!(error(&push(&world, change).await), (400, expected.to_owned()), "{change:?}");
    }
    let long = "s".repeat(4_097);
    assert_eq!(error(&push(&world, &[("state", &long)]).await), (400, "invalid_request".to_owned()));
    let nested = format!("{}{}", "{\"a\":".repeat(500), "1");
    assert_eq!(error(&push(&world, &[("claims", &nested)]).await), (400, "invalid_request".to_owned()));
    let twice: Vec<(&str, &str)> = vec![("client_id", "acme"), ("state", "a"), ("state", "b")];
    assert_eq!(error(&push_only(&world, &twice).await), (400, "invalid_request".to_owned()));
    let huge = "x".repeat(70_000);
    assert_eq!(error(&push(&world, &[("foreign", &huge)]).await).0, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9126_2_1_the_client_authenticates_as_at_the_token_endpoint() {
    let world = usual_world().await;
    world.client("app", |metadata| metadata.token_endpoint_auth_method = AuthMethod::None).await;
    let owned = fields(&[]);
    let form: Vec<(&str, &str)> = owned.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for headers in [&[][..], &[("authorization", basic("acme", "wrong"))]] {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page = post(&world, PAR, &form, &headers).await;
        assert_eq!(error(&page), (401, "invalid_client".to_owned()));
    }
    let public = [("client_id", "app"), ("response_type", "code")];
    let challenge = challenge(VERIFIER);
    let pkce = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")];
    assert_eq!(post(&world, PAR, &[public, pkce].concat(), &[]).await.status, 201);
    let nameless: Vec<(&str, &str)> = form.iter().copied().filter(|(name, _)| *name != "client_id").collect();
    assert_eq!(push_only(&world, &nameless).await.status, 201, "who authenticates has said its name");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9126_2_only_post_is_taken_and_the_clients_own_scripts_read_the_answer() {
    let world = usual_world().await;
    let page = Browser::new(&world).visit(PAR).await;
    assert_eq!((page.status.as_u16(), page.header("allow")), (405, Some("POST, OPTIONS")));
    assert_eq!(page.json()["error"], "invalid_request");
    let owned = fields(&[]);
    let form: Vec<(&str, &str)> = owned.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let authorization = basic("acme", SECRET);
    for (origin, allowed) in [("https://acme.example", true), ("https://evil.example", false)] {
        let headers = [("authorization", authorization.as_str()), ("origin", origin)];
        let page = post(&world, PAR, &form, &headers).await;
        assert_eq!(page.header("access-control-allow-origin").is_some(), allowed, "{origin}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9126_6_who_must_push_gets_nothing_through_the_browser() {
    let world = usual_world().await;
    world.client("acme", |metadata| metadata.require_pushed_authorization_requests = true).await;
    let refused = Browser::new(&world).visit(&authorize_path(&[])).await.answer();
    assert_eq!((refused["error"].as_str(), refused["iss"].as_str()), ("invalid_request", ISSUER));
    assert!(Browser::new(&world).open(&begin(&reference(&push(&world, &[]).await))).await.has("login-submit"));
    let strict = World::with(|settings| settings.protocol.require_pushed_requests = true).await;
    strict.client("acme", |_| ()).await;
    assert_eq!(Browser::new(&strict).visit(&authorize_path(&[])).await.answer()["error"], "invalid_request");
    let metadata = Browser::new(&strict).visit("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["require_pushed_authorization_requests"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9126_5_it_is_advertised_and_answered_only_where_it_is_on() {
    let world = usual_world().await;
    let metadata = Browser::new(&world).visit("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["pushed_authorization_request_endpoint"], json!(format!("{ISSUER}{PAR}")));
    assert_eq!(metadata["require_pushed_authorization_requests"], false);
    let off = World::with(|settings| settings.protocol.pushed_requests = false).await;
    off.client("acme", |_| ()).await;
    assert_eq!(push(&off, &[]).await.status, 404);
    let metadata = Browser::new(&off).visit("/.well-known/openid-configuration").await.json();
    assert!(metadata.get("pushed_authorization_request_endpoint").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn aut_14_a_client_that_changed_since_it_pushed_is_looked_at_anew() {
    let world = usual_world().await;
    let path = begin(&reference(&push(&world, &[]).await));
    world
        .client("acme", |metadata| {
            metadata.redirect_uris = vec!["https://acme.example/new".to_owned().try_into().unwrap()];
        })
        .await;
    let page = Browser::new(&world).visit(&path).await;
    shown(&page, "redirect_uri_mismatch");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfc9126_7_nobody_fills_the_server_with_requests_in_a_public_clients_name() {
    use doorward::base::bounds::UNPROVEN_REQUESTS_PER_SOURCE;
    let world = usual_world().await;
    world.client("app", |metadata| metadata.token_endpoint_auth_method = AuthMethod::None).await;
    let challenge = challenge(VERIFIER);
    let form = [
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let mut kept = 0;
    let limited = loop {
        let page = post(&world, PAR, &form, &[]).await;
        if page.status != 201 {
            break page;
        }
        kept += 1;
        assert!(kept <= UNPROVEN_REQUESTS_PER_SOURCE);
    };
    assert_eq!(limited.status, 429, "{}", limited.body);
}
