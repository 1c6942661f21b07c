//! The imitated GitHub at the level of its protocol.

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LINK, USER_AGENT};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::imitation::{CALLBACK, CHALLENGE, Program, VERIFIER, address, answer, document, with};
use crate::server::{Browser, Server};

const SWITCHES: &str = "/dev/github/switches";
const USER: &str = "/dev/github/api/v3/user";
const EMAILS: &str = "/dev/github/api/v3/user/emails";
const MEMBERSHIPS: &str = "/dev/github/api/v3/user/memberships/orgs";
const CLIENT: &str = "doorward-at-github";
const SECRET: &str = "doorward-at-github-secret-for-dev-mode-only";
const ADA: (&str, &str) = ("person", "1815");
const REQUEST: &[(&str, &str)] = &[
    ("client_id", CLIENT),
    ("redirect_uri", CALLBACK),
    ("scope", "read:user user:email"),
    ("state", "a state"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];
const REDEMPTION: &[(&str, &str)] =
    &[("client_id", CLIENT), ("client_secret", SECRET), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];

fn authorize(changed: &[(&str, &str)]) -> String {
    address("/dev/github/login/oauth/authorize", &with(REQUEST, changed))
}

async fn redeem(program: &Program, code: &str, changed: &[(&str, &str)]) -> (StatusCode, Value) {
    let form = with(&with(REDEMPTION, &[("code", code)]), changed);
    let request = program.request(Method::POST, "/dev/github/login/oauth/access_token");
    document(request.form(&form).send().await.unwrap()).await
}

/// A token of somebody, with these scopes asked for.
async fn token(browser: &mut Browser, program: &Program, login: &str, scope: &str) -> (String, String) {
    let code = browser.choose(&authorize(&[("scope", scope)]), ("person", login)).await.get("code").unwrap();
    let (_, answer) = redeem(program, &code, &[]).await;
    let text = |name: &str| answer[name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    (text("access_token"), text("scope"))
}

/// The addresses that count: verified and primary.
async fn primary(program: &Program, token: &str) -> Vec<Value> {
    let (_, emails) = document(program.get(&format!("{EMAILS}?per_page=100"), token).await).await;
    let is_it = |one: &&Value| one["primary"] == true && one["verified"] == true;
    emails.as_array().unwrap().iter().filter(is_it).cloned().collect()
}

#[tokio::test]
async fn fed_1_1_imitation_github_signs_somebody_in_by_its_protocol() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    let back = browser.choose(&authorize(&[]), ADA).await;
    // Federation 1.9: there is no iss that could tell it from another provider.
    assert_eq!((back.get("state").as_deref(), back.get("iss")), (Some("a state"), None));
    let (status, answer) = redeem(&program, &back.get("code").unwrap(), &[]).await;
    assert_eq!((status, &answer["token_type"]), (StatusCode::OK, &json!("bearer")));
    assert!(answer.get("id_token").is_none() && answer.get("expires_in").is_none(), "{answer}");
    let (status, user) = document(program.get(USER, answer["access_token"].as_str().unwrap()).await).await;
    let told = (status, &user["id"], &user["login"], &user["name"], &user["email"]);
    let email = json!("ada@people.example");
    assert_eq!(told, (StatusCode::OK, &json!(1815), &json!("ada"), &json!("Ada Lindqvist"), &email));
    server.stop().await;
}

#[tokio::test]
async fn fed_1_5_imitation_github_tells_errors_with_status_200() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    let other = [("client_id", "other-at-github"), ("client_secret", "other-at-github-secret-for-dev-mode-only")];
    let wrong: &[(&[(&str, &str)], &str)] = &[
        (&[("client_secret", "x")], "incorrect_client_credentials"),
        (&[("client_id", "x")], "incorrect_client_credentials"),
        (&[("code", "x")], "bad_verification_code"),
        (&[("redirect_uri", "http://localhost:3000/other")], "redirect_uri_mismatch"),
        (&[("code_verifier", CHALLENGE)], "bad_verification_code"),
        (&[("code_verifier", "")], "bad_verification_code"),
        (&other, "bad_verification_code"),
    ];
    for (changed, error) in wrong {
        let code = browser.choose(&authorize(&[]), ADA).await.get("code").unwrap();
        let (status, document) = redeem(&program, &code, changed).await;
        assert_eq!((status, &document["error"]), (StatusCode::OK, &json!(error)), "{changed:?}");
        assert!(document["error_description"].is_string(), "{changed:?}");
    }
    let code = browser.choose(&authorize(&[]), ADA).await.get("code").unwrap();
    assert!(redeem(&program, &code, &[]).await.1["access_token"].is_string());
    assert_eq!(redeem(&program, &code, &[]).await.1["error"], "bad_verification_code");
    server.stop().await;
}

#[tokio::test]
async fn fed_1_5_imitation_github_answers_with_a_form_and_scopes_with_commas() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    let code = browser.choose(&authorize(&[]), ADA).await.get("code").unwrap();
    let request = program.http.post(format!("{}/dev/github/login/oauth/access_token", server.issuer));
    let answer = request.form(&with(REDEMPTION, &[("code", &code)])).send().await.unwrap();
    assert!(answer.headers()[CONTENT_TYPE].to_str().unwrap().starts_with("application/x-www-form-urlencoded"));
    let text = answer.text().await.unwrap();
    assert!(text.contains("&scope=read%3Auser%2Cuser%3Aemail&token_type=bearer"), "{text}");
    let (token, scope) = token(&mut browser, &program, "ada", "read:user,user:email").await;
    assert_eq!(scope, "read:user,user:email");
    assert_eq!(program.get(USER, &token).await.headers()["x-oauth-scopes"], "read:user, user:email");
    server.stop().await;
}

#[tokio::test]
async fn fed_1_4_imitation_github_takes_s256_or_no_challenge_and_never_plain() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    let page = browser.send(Method::GET, &authorize(&[("code_challenge_method", "plain")]), &[]).await;
    assert_eq!(answer(&page).get("error").as_deref(), Some("invalid_request"));
    let without = authorize(&[("code_challenge", ""), ("code_challenge_method", "")]);
    let code = browser.choose(&without, ADA).await.get("code").unwrap();
    let (_, answer) = redeem(&program, &code, &[("code_verifier", "")]).await;
    assert!(answer["access_token"].is_string(), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn fed_1_8_imitation_github_always_asks_and_sends_back_who_refuses() {
    let server = Server::start().await;
    let mut browser = server.browser();
    browser.choose(&authorize(&[]), ADA).await;
    let page = browser.open(&authorize(&[("prompt", "none"), ("login", "rune"), ("allow_signup", "false")])).await;
    assert!(page.text("#imitation-person-1").contains("rune"), "{}", page.text("main"));
    let back = browser.choose(&authorize(&[]), ("decision", "refuse")).await;
    assert_eq!((back.get("error").as_deref(), back.get("state").as_deref()), (Some("access_denied"), Some("a state")));
    // Without an address the registered one is meant; one on another machine is refused.
    let back = browser.choose(&authorize(&[("redirect_uri", "")]), ADA).await;
    assert!(back.0.as_str().starts_with(&format!("{}/federation/github/callback?", server.issuer)), "{}", back.0);
    let page = browser.send(Method::GET, &authorize(&[("redirect_uri", "https://evil.example/")]), &[]).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    server.stop().await;
}

#[tokio::test]
async fn fed_1_6_imitation_github_gives_who_asks_for_no_scope_what_was_granted_before() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    assert_eq!(token(&mut browser, &program, "ada", "").await.1, "");
    assert_eq!(token(&mut browser, &program, "ada", "read:user").await.1, "read:user");
    assert_eq!(token(&mut browser, &program, "ada", "read:org").await.1, "read:org");
    assert_eq!(token(&mut browser, &program, "ada", "").await.1, "read:user,read:org");
    assert_eq!(token(&mut browser, &program, "rune", "").await.1, "");
    server.stop().await;
}

#[tokio::test]
async fn fed_1_2_1_3_imitation_github_has_people_and_switches_for_every_kind_of_address() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    let scope = "read:user user:email";
    let expected = [("ada", Some("ada@people.example"), 1), ("rune", None, 1), ("kerstin", None, 0)];
    for (login, public, proven) in expected {
        let (token, _) = token(&mut browser, &program, login, scope).await;
        assert_eq!(document(program.get(USER, &token).await).await.1["email"], json!(public), "{login}");
        assert_eq!(primary(&program, &token).await.len(), proven, "{login}");
    }
    let (token, _) = token(&mut browser, &program, "ada", scope).await;
    program.switch(SWITCHES, json!({ "private_address": true })).await;
    assert_eq!(document(program.get(USER, &token).await).await.1["email"], Value::Null);
    assert_eq!(primary(&program, &token).await[0]["visibility"], "private");
    program.switch(SWITCHES, json!({ "no_verified_primary": true })).await;
    assert!(primary(&program, &token).await.is_empty());
    program.switch(SWITCHES, json!({ "noreply_address": true })).await;
    assert_eq!(primary(&program, &token).await[0]["email"], "1815+ada@users.noreply.github.com");
    program.switch(SWITCHES, json!({ "renamed_login": true })).await;
    let user = document(program.get(USER, &token).await).await.1;
    assert_eq!((&user["id"], &user["login"]), (&json!(1815), &json!("ada-renamed")));
    server.stop().await;
}

#[tokio::test]
async fn fed_1_3_imitation_github_lists_addresses_page_by_page() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    let (token, _) = token(&mut browser, &program, "ada", "user:email").await;
    assert!(!program.get(EMAILS, &token).await.headers().contains_key(LINK));
    program.switch(SWITCHES, json!({ "many_addresses": true })).await;
    assert!(primary(&program, &token).await.is_empty(), "the first page does not have it");
    let (mut next, mut seen) = (Some(format!("{EMAILS}?per_page=500")), Vec::new());
    while let Some(page) = next {
        assert!(seen.len() < 300);
        let answer = program.get(&page, &token).await;
        next = link(&answer, "next");
        seen.extend(document(answer).await.1.as_array().unwrap().clone());
    }
    assert_eq!(seen.len(), 251);
    assert_eq!(seen.iter().filter(|one| one["primary"] == true).count(), 1);
    let second = program.get(&format!("{EMAILS}?page=2"), &token).await;
    assert!(link(&second, "prev").is_some() && link(&second, "first").is_some() && link(&second, "last").is_some());
    assert_eq!(document(second).await.1.as_array().unwrap().len(), 30);
    server.stop().await;
}

/// The address of a relation in `Link` (RFC 8288).
fn link(answer: &Response, rel: &str) -> Option<String> {
    let links = answer.headers().get(LINK)?.to_str().unwrap();
    let found = links.split(", ").find(|link| link.ends_with(&format!("rel=\"{rel}\"")))?;
    Some(found.split_once('>').unwrap().0.trim_start_matches('<').to_owned())
}

#[tokio::test]
async fn fed_1_5_imitation_github_lets_a_scope_be_refused_and_says_so() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    program.switch(SWITCHES, json!({ "refused_scope": true })).await;
    let (token, scope) = token(&mut browser, &program, "ada", "read:user user:email").await;
    assert_eq!(scope, "read:user");
    let emails = program.get(EMAILS, &token).await;
    assert_eq!(
        (emails.status(), &emails.headers()["x-oauth-scopes"]),
        (StatusCode::NOT_FOUND, &"read:user".parse().unwrap())
    );
    server.stop().await;
}

#[tokio::test]
async fn fed_1_10_imitation_github_tells_memberships_unless_single_sign_on_is_wanted() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    let (without, _) = token(&mut browser, &program, "ada", "read:user").await;
    assert_eq!(program.get(MEMBERSHIPS, &without).await.status(), StatusCode::FORBIDDEN);
    for (login, state) in [("ada", Some("active")), ("rune", Some("pending")), ("kerstin", None)] {
        let (token, _) = token(&mut browser, &program, login, "read:org").await;
        let (_, all) = document(program.get(MEMBERSHIPS, &token).await).await;
        assert_eq!(all.get(0).map(|one| &one["state"]), state.map(|state| json!(state)).as_ref(), "{login}");
        let (_, active) = document(program.get(&format!("{MEMBERSHIPS}?state=active"), &token).await).await;
        assert_eq!(active.as_array().unwrap().len(), usize::from(login == "ada"), "{login}");
    }
    let (token, _) = token(&mut browser, &program, "ada", "read:org").await;
    let (_, all) = document(program.get(MEMBERSHIPS, &token).await).await;
    assert_eq!(all[0]["organization"]["login"], "lantern-works");
    program.switch(SWITCHES, json!({ "org_sso": true })).await;
    let refused = program.get(MEMBERSHIPS, &token).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(refused.headers()["x-github-sso"].to_str().unwrap().starts_with("required; url="));
    server.stop().await;
}

#[tokio::test]
async fn fed_1_11_imitation_github_answers_programs_that_say_who_they_are() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    let (token, _) = token(&mut browser, &program, "ada", "read:user").await;
    let request = program.http.get(format!("{}{USER}", server.issuer)).header(AUTHORIZATION, format!("Bearer {token}"));
    let nameless = request.try_clone().unwrap().header(USER_AGENT, "");
    assert_eq!(nameless.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    // The older scheme is taken, too; a token of nobody is not.
    let older =
        program.request(Method::GET, USER).header(AUTHORIZATION, format!("token {token}")).header(ACCEPT, "*/*");
    assert_eq!(older.send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(
        document(program.get(USER, "gho_x").await).await,
        (StatusCode::UNAUTHORIZED, refusal("Bad credentials"))
    );
    server.stop().await;
}

fn refusal(message: &str) -> Value {
    json!({ "message": message, "documentation_url": "/dev/github/api/v3 is an imitation", "status": "401" })
}

#[tokio::test]
async fn fed_1_7_imitation_github_lets_tokens_and_grants_be_given_back() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(token(&mut browser, &program, "ada", "read:user").await.0);
    }
    let revoke = async |what: &str, secret: &str, body: Value| {
        let path = format!("/dev/github/api/v3/applications/{what}");
        let request = program.request(Method::DELETE, &path).basic_auth(CLIENT, Some(secret));
        request.body(body.to_string()).send().await.unwrap().status().as_u16()
    };
    let works = async |token: &str| program.get(USER, token).await.status().is_success();
    let named = |token: &str| json!({ "access_token": token });
    let token_path = format!("{CLIENT}/token");
    assert_eq!(revoke(&token_path, "x", named(&tokens[0])).await, 404);
    assert_eq!(revoke("other-at-github/token", SECRET, named(&tokens[0])).await, 404);
    assert_eq!(revoke(&token_path, SECRET, json!({})).await, 422);
    assert_eq!(revoke(&token_path, SECRET, named("gho_x")).await, 404);
    assert!(works(&tokens[0]).await);
    assert_eq!(revoke(&token_path, SECRET, named(&tokens[0])).await, 204);
    assert!(!works(&tokens[0]).await && works(&tokens[1]).await);
    assert_eq!(revoke(&format!("{CLIENT}/grant"), SECRET, named(&tokens[1])).await, 204);
    assert!(!works(&tokens[1]).await && !works(&tokens[2]).await);
    // Nothing is remembered that could be granted again in silence.
    assert_eq!(token(&mut browser, &program, "ada", "").await.1, "");
    server.stop().await;
}
