//! The imitated Google at the level of its protocol.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::imitation::{CALLBACK, CHALLENGE, Program, VERIFIER, address, answer, document, with};
use crate::server::{Browser, Server};

const SWITCHES: &str = "/dev/google/switches";
const INES: (&str, &str) = ("person", "ines-rask@gmail.com");
const BO: (&str, &str) = ("person", "bo@workspace.example");
const SECRET: &str = "doorward-at-google-secret-for-dev-mode-only";
const REQUEST: &[(&str, &str)] = &[
    ("client_id", "doorward-at-google"),
    ("redirect_uri", CALLBACK),
    ("response_type", "code"),
    ("scope", "openid email profile"),
    ("state", "a state"),
    ("nonce", "n-1"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];
const REDEMPTION: &[(&str, &str)] = &[
    ("grant_type", "authorization_code"),
    ("client_id", "doorward-at-google"),
    ("client_secret", SECRET),
    ("redirect_uri", CALLBACK),
    ("code_verifier", VERIFIER),
];

fn authorize(changed: &[(&str, &str)]) -> String {
    address("/dev/google/o/oauth2/v2/auth", &with(REQUEST, changed))
}

async fn redeem(program: &Program, code: &str, changed: &[(&str, &str)]) -> (StatusCode, Value) {
    let form = with(&with(REDEMPTION, &[("code", code)]), changed);
    document(program.request(Method::POST, "/dev/google/token").form(&form).send().await.unwrap()).await
}

/// A change of a redemption, with the status and the error that it leads to.
type Wrong<'a> = (&'a [(&'a str, &'a str)], u16, &'a str);

/// The tokens of somebody.
async fn sign_in(browser: &mut Browser, program: &Program, person: (&str, &str)) -> Value {
    let code = browser.choose(&authorize(&[]), person).await.get("code").unwrap();
    let (status, tokens) = redeem(program, &code, &[]).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    tokens
}

/// The claims of a token after its signature was verified with the published key that it names.
async fn claims(program: &Program, token: &Value) -> Value {
    verified(program, token.as_str().unwrap(), &program.document("/dev/google/oauth2/v3/certs").await)
}

fn verified(program: &Program, token: &str, keys: &Value) -> Value {
    let keys: JwkSet = serde_json::from_value(keys.clone()).unwrap();
    let kid = decode_header(token).unwrap().kid.unwrap();
    let key =
        DecodingKey::from_jwk(keys.find(&kid).unwrap_or_else(|| panic!("{} has no {kid}", program.issuer))).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["doorward-at-google"]);
    validation.required_spec_claims.clear();
    decode(token, &key, &validation).unwrap().claims
}

#[tokio::test]
async fn fed_2_3_imitation_google_signs_somebody_in_by_its_protocol() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    let discovery = program.document("/dev/google/.well-known/openid-configuration").await;
    let issuer = format!("{}/dev/google", server.issuer);
    assert_eq!(discovery["issuer"], issuer);
    assert_eq!(discovery["authorization_response_iss_parameter_supported"], true);
    let back = browser.choose(&authorize(&[]), BO).await;
    // RFC 9207, and what the callback's address had before.
    let told = ["iss", "state", "kept"].map(|name| back.get(name).unwrap());
    assert_eq!(told, [issuer.clone(), "a state".to_owned(), "1".to_owned()]);
    let (_, tokens) = redeem(&program, &back.get("code").unwrap(), &[]).await;
    let claims = claims(&program, &tokens["id_token"]).await;
    let expected = json!({
        "iss": issuer, "azp": "doorward-at-google", "aud": "doorward-at-google", "sub": "100000000000000000202",
        "hd": "workspace.example", "email": "bo@workspace.example", "email_verified": true, "nonce": "n-1",
        "name": "Bo Verne", "given_name": "Bo", "family_name": "Verne", "picture": "https://people.example.com/bo.png",
        "at_hash": claims["at_hash"], "iat": claims["iat"], "exp": claims["exp"],
    });
    assert_eq!(claims, expected);
    let access_token = tokens["access_token"].as_str().unwrap();
    let hash = doorward::jose::hash_claim(doorward::model::key::SigningAlgorithm::RS256, access_token);
    assert_eq!(claims["at_hash"], hash);
    // Federation 3.19: the same person by userinfo.
    let userinfo = program.get(discovery["userinfo_endpoint"].as_str().unwrap(), access_token).await;
    let (status, userinfo) = document(userinfo).await;
    assert_eq!((status, &userinfo["sub"], &userinfo["email"]), (StatusCode::OK, &claims["sub"], &claims["email"]));
    let refused = program.get("/dev/google/oauth2/v3/userinfo", "ya29.x").await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    server.stop().await;
}

#[tokio::test]
async fn fed_2_7_imitation_google_gives_tokens_once_to_the_client_that_asked_and_knows_the_verifier() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    let wrong: &[Wrong<'_>] = &[
        (&[("code_verifier", "")], 400, "invalid_grant"),
        (&[("code_verifier", CHALLENGE)], 400, "invalid_grant"),
        (&[("redirect_uri", "http://localhost:3000/other")], 400, "redirect_uri_mismatch"),
        (&[("redirect_uri", "")], 400, "redirect_uri_mismatch"),
        (&[("client_secret", "x")], 401, "invalid_client"),
        (&[("client_secret", "")], 401, "invalid_client"),
        (&[("grant_type", "password")], 400, "unsupported_grant_type"),
        (&[("code", "4/0x")], 400, "invalid_grant"),
        (
            &[("client_id", "other-at-google"), ("client_secret", "other-at-google-secret-for-dev-mode-only")],
            400,
            "invalid_grant",
        ),
    ];
    for (changed, status, error) in wrong {
        let code = browser.choose(&authorize(&[]), INES).await.get("code").unwrap();
        let (got, document) = redeem(&program, &code, changed).await;
        assert_eq!((got.as_u16(), &document["error"]), (*status, &json!(error)), "{changed:?}");
    }
    let code = browser.choose(&authorize(&[]), INES).await.get("code").unwrap();
    // The secret may come by HTTP Basic, too.
    let basic = with(REDEMPTION, &[("code", &code), ("client_id", ""), ("client_secret", "")]);
    let request = program.request(Method::POST, "/dev/google/token").basic_auth("doorward-at-google", Some(SECRET));
    assert_eq!(document(request.form(&basic).send().await.unwrap()).await.0, StatusCode::OK);
    assert_eq!(redeem(&program, &code, &[]).await.1["error"], "invalid_grant");
    server.stop().await;
}

#[tokio::test]
async fn fed_2_6_imitation_google_takes_prompts_and_hints_as_the_real_one_does() {
    let server = Server::start().await;
    let mut browser = server.browser();
    // Nobody was here yet, so nothing can be answered in silence.
    let silent = browser.send(Method::GET, &authorize(&[("prompt", "none")]), &[]).await;
    assert_eq!(answer(&silent).get("error").as_deref(), Some("login_required"));
    let refused = browser.send(Method::GET, &authorize(&[("prompt", "login")]), &[]).await;
    assert_eq!(answer(&refused).get("error").as_deref(), Some("invalid_request"));
    for (name, value) in [("login_hint", "bo@workspace.example"), ("login_hint", BO_SUB), ("hd", "workspace.example")] {
        let page = browser.open(&authorize(&[(name, value), ("prompt", "select_account consent")])).await;
        assert!(page.text("#imitation-person-1").contains("Bo Verne"), "{name}: {}", page.text("main"));
    }
    // The answer may lead on to another origin in the same run of redirects, which browsers hold against the form.
    let policy = browser.open(&authorize(&[])).await.headers[CONTENT_SECURITY_POLICY].clone();
    assert!(policy.to_str().unwrap().contains("form-action 'self' *;"), "{policy:?}");
    // A hint decides nothing.
    let back = browser.choose(&authorize(&[("hd", "workspace.example")]), INES).await;
    assert!(back.get("code").is_some());
    let known = browser.send(Method::GET, &authorize(&[("prompt", "none")]), &[]).await;
    assert!(answer(&known).get("code").is_some());
    let other = browser.send(Method::GET, &authorize(&[("prompt", "none"), ("login_hint", BO_SUB)]), &[]).await;
    assert_eq!(answer(&other).get("error").as_deref(), Some("login_required"));
    server.stop().await;
}

const BO_SUB: &str = "100000000000000000202";

#[tokio::test]
async fn fed_3_11_imitation_google_sends_back_who_refuses_and_nobody_to_another_machine() {
    let server = Server::start().await;
    let mut browser = server.browser();
    let back = browser.choose(&authorize(&[]), ("decision", "refuse")).await;
    let told = ["error", "state", "iss"].map(|name| back.get(name).unwrap());
    assert_eq!(told, ["access_denied".to_owned(), "a state".to_owned(), format!("{}/dev/google", server.issuer)]);
    for (changed, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "email"), "invalid_scope"),
        (("code_challenge_method", "plain"), "invalid_request"),
    ] {
        let page = browser.send(Method::GET, &authorize(&[changed]), &[]).await;
        assert_eq!(answer(&page).get("error").as_deref(), Some(error), "{changed:?}");
    }
    for changed in [("redirect_uri", "https://evil.example/"), ("redirect_uri", ""), ("client_id", "x")] {
        let page = browser.send(Method::GET, &authorize(&[changed]), &[]).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{changed:?}");
        assert!(page.has("error-page"));
    }
    // A form of another site chooses nobody (SES-05).
    let request =
        browser.http.post(format!("{}{}", server.issuer, authorize(&[]))).header("origin", "http://localhost:1");
    assert_eq!(request.form(&[INES]).send().await.unwrap().status(), StatusCode::FORBIDDEN);
    server.stop().await;
}

#[tokio::test]
async fn fed_2_3_imitation_google_rotates_its_keys_and_says_how_long_they_may_be_kept() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    let certs = program.request(Method::GET, "/dev/google/oauth2/v3/certs").send().await.unwrap();
    assert_eq!(certs.headers()[CACHE_CONTROL], "public, max-age=3600");
    let before = document(certs).await.1;
    let old = sign_in(&mut browser, &program, INES).await;
    let rotated = program.request(Method::POST, "/dev/google/rotate").header("x-requested-with", "test");
    assert_eq!(rotated.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    let new = sign_in(&mut browser, &program, INES).await;
    let kid = |tokens: &Value| decode_header(tokens["id_token"].as_str().unwrap()).unwrap().kid.unwrap();
    assert_ne!(kid(&old), kid(&new));
    // The new key was announced to nobody; what the old one signed still verifies.
    assert!(!before.to_string().contains(&kid(&new)));
    assert_eq!(claims(&program, &new["id_token"]).await["sub"], claims(&program, &old["id_token"]).await["sub"]);
    server.stop().await;
}

#[tokio::test]
async fn fed_2_1_2_4_2_5_imitation_google_has_a_switch_for_each_quirk_of_a_token() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    let bare = format!("{}/dev/google", server.issuer.split_once("://").unwrap().1);
    let cases = [
        (json!({ "bare_iss": true }), "iss", json!(bare)),
        (json!({ "without_hd": true }), "hd", Value::Null),
        (json!({ "unverified_address": true }), "email_verified", json!(false)),
        (json!({ "wrong_nonce": true }), "nonce", json!("a-nonce-of-somebody-else")),
        (json!({}), "hd", json!("workspace.example")),
    ];
    for (switches, claim, value) in cases {
        program.switch(SWITCHES, switches.clone()).await;
        let tokens = sign_in(&mut browser, &program, BO).await;
        assert_eq!(claims(&program, &tokens["id_token"]).await[claim], value, "{switches}");
    }
    let unverified = sign_in(&mut browser, &program, ("person", "sana@elsewhere.example")).await;
    assert_eq!(claims(&program, &unverified["id_token"]).await["email_verified"], false);
    server.stop().await;
}

#[tokio::test]
async fn fed_2_13_imitation_google_sends_signed_security_events() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    let risc = program.document("/dev/google/.well-known/risc-configuration").await;
    let issuer = format!("{}/dev/google/", server.issuer);
    assert_eq!(risc["issuer"], issuer);
    let post = |body: Value| {
        let request = program.request(Method::POST, "/dev/google/events").header("content-type", "application/json");
        request.body(body.to_string()).send()
    };
    let answer = post(json!({ "event": "sessions-revoked", "person": BO_SUB })).await.unwrap();
    let (status, sent) = document(answer).await;
    assert_eq!((status, &sent["to"]), (StatusCode::OK, &json!(format!("{}/federation/google/events", server.issuer))));
    assert!(sent["status"].is_u64() && sent["error"].is_null(), "{sent}");
    let keys = program.document(risc["jwks_uri"].as_str().unwrap()).await;
    let event_token = verified(&program, sent["set"].as_str().unwrap(), &keys);
    let event = &event_token["events"]["https://schemas.openid.net/secevent/risc/event-type/sessions-revoked"];
    assert_eq!((&event_token["iss"], &event["subject"]["sub"]), (&json!(issuer), &json!(BO_SUB)));
    assert!(event_token["jti"].is_string() && event_token.get("exp").is_none(), "{event_token}");
    for wrong in
        [json!({}), json!({ "event": "x", "person": BO_SUB }), json!({ "event": "verification", "person": "x" })]
    {
        assert_eq!(post(wrong.clone()).await.unwrap().status(), StatusCode::BAD_REQUEST, "{wrong}");
    }
    // By hand, from the page.
    let page = browser.open(SWITCHES).await;
    let fill = [("event", "account-disabled"), ("person", BO_SUB)];
    let page = browser.press(&page, "event-account-disabled", &fill).await;
    assert!(page.text("#imitation-delivery").contains("account-disabled"), "{}", page.text("main"));
    assert!(page.text("#imitation-outcome").parse::<u16>().is_ok(), "{}", page.text("#imitation-outcome"));
    server.stop().await;
}

#[tokio::test]
async fn fed_2_3_a_token_of_the_imitation_is_worth_nothing_here() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    let tokens = sign_in(&mut browser, &program, INES).await;
    for token in ["access_token", "id_token"] {
        let bearer = format!("Bearer {}", tokens[token].as_str().unwrap());
        let request = program.request(Method::GET, "/oauth2/userinfo").header(AUTHORIZATION, bearer);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED, "{token}");
    }
    server.stop().await;
}
