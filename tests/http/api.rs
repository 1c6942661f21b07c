//! The JSON interface (API): who may call what, in which form it refuses, and what describes it.

use std::collections::BTreeSet;

use doorward::endpoint::{self, API_DOCUMENTATION, ROWS};
use poem::Endpoint;
use poem::http::Method;
use serde_json::Value;

use crate::support::browser::{Browser, Page};
use crate::support::people::everything;
use crate::support::relying_party::{
    REDIRECT, VERIFIER, authorize_path, basic, claims, post, redeem, sign_in_and_consent, tokens, userinfo, usual_world,
};
use crate::support::world::{ISSUER, PASSWORD, SECRET, World};

const PROFILE: &str = "/api/v1/profile";
const SESSIONS: &str = "/api/v1/sessions";
const SCRIPT: (&str, &str) = ("x-requested-with", "doorward");

/// The operations that need nobody to be signed in.
const ANONYMOUS: [&str; 12] = [
    "registerAccount",
    "confirmAddress",
    "resendCode",
    "requestCode",
    "startSession",
    "forgotPassword",
    "checkPasswordReset",
    "resetPassword",
    "listProviders",
    // What a mailed token allows.
    "confirmEmail",
    "undoEmail",
    "restoreAccount",
];

async fn call(world: &World, method: Method, path: &str, headers: &[(&str, &str)]) -> Page {
    let mut request = poem::Request::builder().method(method).uri(path.parse().unwrap());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Page::of(world.send(request.finish()).await, path).await
}

async fn by_token(world: &World, method: Method, path: &str, token: &str) -> Page {
    call(world, method, path, &[("authorization", &format!("Bearer {token}"))]).await
}

async fn by_cookie(world: &World, browser: &Browser<'_>, method: Method, path: &str, more: &[(&str, &str)]) -> Page {
    let cookies: Vec<String> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let cookies = cookies.join("; ");
    let headers: Vec<(&str, &str)> = std::iter::once(("cookie", cookies.as_str())).chain(more.to_vec()).collect();
    call(world, method, path, &headers).await
}

async fn signed_in<'w>(world: &'w World, email: &str) -> Browser<'w> {
    let mut browser = Browser::new(world);
    browser.extra.push((
        "user-agent".to_owned(),
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
    ));
    let page = browser.open("/login").await;
    let account = browser.sign_in(&page, email, PASSWORD).await;
    assert!(account.at.starts_with("/account"), "{} {}", account.at, account.text());
    browser
}

async fn sessions_of(world: &World, browser: &Browser<'_>) -> Vec<Value> {
    let page = by_cookie(world, browser, Method::GET, SESSIONS, &[]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.json()["sessions"].as_array().unwrap().clone()
}

fn address_of(session: &Value) -> String {
    format!("{SESSIONS}/{}", session["id"].as_str().unwrap())
}

fn assert_problem(page: &Page, status: u16, code: &str) {
    assert_eq!(page.status, status, "{}", page.body);
    assert_eq!(page.header("content-type"), Some("application/problem+json"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let problem = page.json();
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], "about:blank");
    for member in ["title", "detail", "request_id"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member} in {problem}");
    }
}

async fn access_token(world: &World, email: &str, change: &[(&str, &str)]) -> String {
    let mut browser = Browser::new(world);
    let answer = sign_in_and_consent(&mut browser, email, &authorize_path(change)).await.answer();
    redeem(world, &answer["code"]).await.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_reads_of_the_profile_what_userinfo_tells_it() {
    let world = usual_world().await;
    world.person_with("ada@example.com", everything()).await;
    for scope in ["openid", "openid email", "openid profile email address phone"] {
        let token = access_token(&world, "ada@example.com", &[("scope", scope)]).await;
        let page = by_token(&world, Method::GET, PROFILE, &token).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert_eq!(page.json(), userinfo(&world, &token).await.json(), "{scope}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_own_browser_reads_the_whole_profile() {
    let world = usual_world().await;
    world.person_with("ada@example.com", everything()).await;
    let browser = signed_in(&world, "ada@example.com").await;
    let profile = by_cookie(&world, &browser, Method::GET, PROFILE, &[]).await;
    let token = access_token(&world, "ada@example.com", &[("scope", "openid profile email address phone")]).await;
    assert_eq!(profile.json(), userinfo(&world, &token).await.json());
    let head = by_cookie(&world, &browser, Method::HEAD, PROFILE, &[]).await;
    assert!(head.status == 200 && head.body.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn api_01_strangers_are_told_what_is_needed() {
    let world = usual_world().await;
    let unknown = format!("{SESSIONS}/0198c1de-0000-7000-8000-000000000000");
    for (method, path) in [(Method::GET, PROFILE), (Method::GET, SESSIONS), (Method::DELETE, unknown.as_str())] {
        for headers in [
            &[][..],
            &[("cookie", "doorward-sessions=dwx_nothing"), SCRIPT],
            &[("authorization", "Basic YWRhOmE="), SCRIPT],
        ] {
            let page = call(&world, method.clone(), path, headers).await;
            assert_problem(&page, 401, "token_missing");
            let challenge = page.header("www-authenticate").unwrap();
            assert!(challenge.starts_with("Bearer ") && !challenge.contains("error"), "{challenge}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn api_03_only_a_persons_access_token_for_us_counts() {
    let world = usual_world().await;
    let resource = "https://api.acme.example/";
    world.client("acme", |client| client.doorward.resources = vec![resource.to_owned()]).await;
    let issued = tokens(&world).await;
    let id_token = issued["id_token"].as_str().unwrap();
    for token in [id_token, issued["refresh_token"].as_str().unwrap(), "a.b.c"] {
        assert_problem(&by_token(&world, Method::GET, PROFILE, token).await, 401, "token_malformed");
    }
    let form = [("grant_type", "client_credentials")];
    let own = post(&world, "/oauth2/token", &form, &[("authorization", &basic("acme", SECRET))]).await;
    let own = own.json()["access_token"].as_str().unwrap().to_owned();
    let refused = by_token(&world, Method::GET, PROFILE, &own).await;
    assert!(refused.status.is_client_error());
    assert_problem(&refused, refused.status.as_u16(), "token_without_person");
    let mut browser = Browser::new(&world);
    let path = authorize_path(&[("resource", resource)]);
    let answer = sign_in_and_consent(&mut browser, "ada@example.com", &path).await.answer();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", answer["code"].as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("resource", resource),
    ];
    let other = post(&world, "/oauth2/token", &fields, &[("authorization", &basic("acme", SECRET))]).await;
    let other = other.json()["access_token"].as_str().unwrap().to_owned();
    assert_problem(&by_token(&world, Method::GET, PROFILE, &other).await, 401, "token_for_another");
    let good = issued["access_token"].as_str().unwrap();
    let query = call(&world, Method::GET, &format!("{PROFILE}?access_token={good}"), &[]).await;
    assert_problem(&query, query.status.as_u16(), "token_transport_refused");
    world.pass(3_600);
    let expired = by_token(&world, Method::GET, PROFILE, good).await;
    assert_problem(&expired, 401, "token_expired");
    assert!(expired.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_not_made_good_by_a_cookie() {
    let world = usual_world().await;
    let browser = signed_in(&world, "ada@example.com").await;
    let page = by_cookie(&world, &browser, Method::GET, PROFILE, &[("authorization", "Bearer a.b.c")]).await;
    assert_problem(&page, 401, "token_malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_08_a_browser_lists_its_persons_sessions_and_ends_one() {
    let world = usual_world().await;
    let laptop = signed_in(&world, "ada@example.com").await;
    world.pass(5);
    let phone = signed_in(&world, "ada@example.com").await;
    let listed = sessions_of(&world, &phone).await;
    assert_eq!(listed.len(), 2);
    let current: Vec<&Value> = listed.iter().filter(|session| session["current"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0]["started_at"], world.now().seconds());
    assert_eq!((&current[0]["browser"], &current[0]["system"]), (&"Firefox".into(), &"Linux".into()));
    assert_eq!(current[0]["ip"], "203.0.113.7");
    let other = listed.iter().find(|session| session["current"] == false).unwrap();
    let ended = by_cookie(&world, &phone, Method::DELETE, &address_of(other), &[SCRIPT]).await;
    assert!(ended.status == 204 && ended.body.is_empty(), "{} {}", ended.status, ended.body);
    assert_eq!(sessions_of(&world, &phone).await.len(), 1);
    assert_eq!(by_cookie(&world, &laptop, Method::GET, SESSIONS, &[]).await.status, 401);
    let again = by_cookie(&world, &phone, Method::DELETE, &address_of(other), &[SCRIPT]).await;
    assert_problem(&again, 404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn api_04_somebody_elses_session_is_not_found_and_goes_on() {
    let world = usual_world().await;
    world.person("eve@example.com").await;
    let ada = signed_in(&world, "ada@example.com").await;
    let eve = signed_in(&world, "eve@example.com").await;
    let of_ada = address_of(&sessions_of(&world, &ada).await[0]);
    let foreign = by_cookie(&world, &eve, Method::DELETE, &of_ada, &[SCRIPT]).await;
    assert_problem(&foreign, 404, "not_found");
    let nobodys = format!("{SESSIONS}/0198c1de-0000-7000-8000-000000000000");
    for path in [nobodys.as_str(), "/api/v1/sessions/x", "/api/v1/sessions/%00", "/api/v1/sessions/%ff"] {
        let page = by_cookie(&world, &eve, Method::DELETE, path, &[SCRIPT]).await;
        assert!(page.status == 404 || page.status == 400, "{path}: {}", page.status);
    }
    assert_eq!(sessions_of(&world, &ada).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn api_08_a_change_by_cookie_must_be_sent_by_our_own_script() {
    let world = usual_world().await;
    let browser = signed_in(&world, "ada@example.com").await;
    let own = address_of(&sessions_of(&world, &browser).await[0]);
    for headers in [
        &[][..],
        &[("content-type", "text/plain")],
        &[("content-type", "application/x-www-form-urlencoded")],
        &[("content-type", "multipart/form-data; boundary=x")],
        &[("origin", ISSUER)],
        &[SCRIPT, ("origin", "https://evil.example")],
        &[SCRIPT, ("sec-fetch-site", "cross-site")],
        &[SCRIPT, ("sec-fetch-site", "same-site"), ("origin", ISSUER)],
        &[("content-type", "application/json"), ("sec-fetch-site", "cross-site")],
    ] {
        let page = by_cookie(&world, &browser, Method::DELETE, &own, headers).await;
        assert_problem(&page, 403, "cross_site");
    }
    assert_eq!(sessions_of(&world, &browser).await.len(), 1);
    let headers = [("content-type", "application/json"), ("sec-fetch-site", "same-origin"), ("origin", ISSUER)];
    assert_eq!(by_cookie(&world, &browser, Method::DELETE, &own, &headers).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_somebody_elses_app_reaches_no_sessions() {
    let world = usual_world().await;
    let browser = signed_in(&world, "ada@example.com").await;
    let own = address_of(&sessions_of(&world, &browser).await[0]);
    let token = access_token(&world, "ada@example.com", &[]).await;
    assert_problem(&by_token(&world, Method::GET, SESSIONS, &token).await, 403, "forbidden");
    assert_problem(&by_token(&world, Method::DELETE, &own, &token).await, 403, "forbidden");
    world.client("acme", |client| client.doorward.first_party = true).await;
    let listed = by_token(&world, Method::GET, SESSIONS, &token).await.json();
    let current: Vec<&Value> =
        listed["sessions"].as_array().unwrap().iter().filter(|session| session["current"] == true).collect();
    assert_eq!(current.len(), 1, "the session that the token was granted in");
    assert_ne!(address_of(current[0]), own);
    assert_eq!(by_token(&world, Method::DELETE, &own, &token).await.status, 204, "a token needs no script of ours");
    assert_eq!(by_cookie(&world, &browser, Method::GET, SESSIONS, &[]).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_current_session_is_the_one_id_tokens_name() {
    let world = usual_world().await;
    world.client("acme", |client| client.doorward.first_party = true).await;
    let issued = tokens(&world).await;
    let listed = by_token(&world, Method::GET, SESSIONS, issued["access_token"].as_str().unwrap()).await.json();
    assert_eq!(listed["sessions"][0]["id"], claims(issued["id_token"].as_str().unwrap())["sid"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_of_the_interface_is_a_problem() {
    let world = usual_world().await;
    assert_problem(&call(&world, Method::GET, "/api/v1/nowhere", &[]).await, 404, "not_found");
    assert_problem(&call(&world, Method::POST, "/api/v1/profile/x", &[]).await, 404, "not_found");
    let method = call(&world, Method::PUT, PROFILE, &[]).await;
    assert_problem(&method, 405, "method_not_allowed");
    assert_eq!(method.header("allow"), Some("GET, PATCH, HEAD"));
    let large = poem::Request::builder().method(Method::DELETE).uri(format!("{SESSIONS}/x").parse().unwrap());
    let large = large.body("x".repeat(100_000));
    assert_problem(&Page::of(world.send(large).await, SESSIONS).await, 413, "body_too_large");
}

async fn documented(world: &World, path: &str) -> Page {
    let router = endpoint::routes(&world.context, API_DOCUMENTATION);
    let request = poem::Request::builder().uri(path.parse().unwrap()).finish();
    Page::of(router.get_response(request).await, path).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_lists_exactly_what_is_mounted() {
    let world = usual_world().await;
    let page = documented(&world, "/api/v1/openapi.json").await;
    assert!(page.status == 200 && page.header("etag").is_some());
    let document = page.json();
    let described: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, operations)| {
            let methods = operations.as_object().unwrap().keys().map(|method| method.to_uppercase());
            methods.map(|method| format!("{method} {path}")).collect::<Vec<_>>()
        })
        .collect();
    let in_braces = |segment: &str| match segment.strip_prefix(':') {
        Some(name) => format!("{{{name}}}"),
        None => segment.to_owned(),
    };
    let mounted: BTreeSet<String> = ROWS
        .iter()
        .filter(|row| row.path.starts_with("/api/v1/"))
        .flat_map(|row| {
            let path = row.path.split('/').map(in_braces).collect::<Vec<_>>().join("/");
            row.methods.iter().map(move |(method, _)| format!("{method} {path}"))
        })
        .collect();
    assert_eq!(described, mounted);
    for operation in document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values())
    {
        let problem = &operation["responses"]["default"]["content"]["application/problem+json"];
        assert!(problem.is_object(), "{operation}");
        let ways = operation["security"].as_array().map_or(0, Vec::len);
        let is_anonymous = ANONYMOUS.contains(&operation["operationId"].as_str().unwrap());
        assert_eq!(ways, if is_anonymous { 0 } else { 2 }, "{operation}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_viewers_work_offline_under_policies_of_their_own() {
    let world = usual_world().await;
    let list = documented(&world, "/docs").await;
    assert_eq!(list.status, 200);
    for path in ["/docs/swagger", "/docs/redoc"] {
        assert!(list.body.contains(&format!("href=\"{path}\"")), "{path}");
        let page = documented(&world, path).await;
        assert_eq!(page.status, 200, "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe") && !policy.contains("http"));
        let (_, scripts) = policy.split_once("script-src").unwrap();
        let (scripts, _) = scripts.split_once(';').unwrap();
        assert_eq!(scripts.matches("'sha256-").count(), 2, "the bundle and the call of it: {policy}");
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        assert!(page.body.contains("readProfile"), "the document is inside");
        assert!(!page.body.contains(" src=\"http") && !page.body.contains("<link"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn htt_13_without_the_documentations_rows_nothing_describes_the_interface() {
    let world = usual_world().await;
    assert_problem(&call(&world, Method::GET, "/api/v1/openapi.json", &[]).await, 404, "not_found");
    for path in ["/docs", "/docs/swagger", "/docs/redoc"] {
        assert_eq!(call(&world, Method::GET, path, &[]).await.status, 404);
    }
}
