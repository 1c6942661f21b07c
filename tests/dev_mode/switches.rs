//! The switches of the imitations: by hand and by programs, and those that both imitations have.

use std::time::{Duration, Instant};

use reqwest::header::HOST;
use reqwest::{Method, StatusCode};
use scraper::Html;
use serde_json::json;

use crate::imitation::Program;
use crate::server::{Page, Server, element};

const BOTH: [&str; 2] = ["/dev/google", "/dev/github"];

#[tokio::test]
async fn switches_are_set_by_hand_and_seen_by_programs() {
    let server = Server::start().await;
    let (mut browser, program) = (server.browser(), Program::of(&server));
    for (path, switch) in [("/dev/google/switches", "bare_iss"), ("/dev/github/switches", "many_addresses")] {
        let page = browser.open(path).await;
        assert!(!is_ticked(&page, switch));
        // The browser sends what is ticked and nothing of the rest.
        let (action, fields) = page.form_of("switches-submit");
        let mut fields: Vec<_> = fields.into_iter().filter(|(name, _)| name == "csrf").collect();
        fields.extend([(switch.to_owned(), "on".to_owned()), ("slow_millis".to_owned(), "7".to_owned())]);
        let page = browser.send(Method::POST, &action, &fields).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
        assert!(is_ticked(&browser.open(path).await, switch));
        let document = program.document(path).await;
        assert_eq!((&document[switch], &document["down"]), (&json!(true), &json!(false)));
        assert_eq!(document["slow_millis"], 7);
        program.switch(path, json!({})).await;
        assert!(!is_ticked(&browser.open(path).await, switch));
    }
    // Keys are rotated by hand, too.
    let before = program.document("/dev/google/oauth2/v3/certs").await;
    let page = browser.open("/dev/google/switches").await;
    browser.press(&page, "rotate-submit", &[]).await;
    assert_ne!(program.document("/dev/google/oauth2/v3/certs").await, before);
    server.stop().await;
}

fn is_ticked(page: &Page, switch: &str) -> bool {
    element(&Html::parse_document(&page.body), &format!("input#{switch}")).unwrap().value().attr("checked").is_some()
}

#[tokio::test]
async fn what_is_no_switch_is_refused() {
    let server = Server::start().await;
    let program = Program::of(&server);
    for path in BOTH.map(|path| format!("{path}/switches")) {
        for wrong in [json!({ "x": true }), json!({ "slow_millis": 9_001 }), json!({ "down": "yes" }), json!([])] {
            assert_eq!(program.put(&path, wrong.to_string()).await.0, StatusCode::BAD_REQUEST, "{wrong}");
        }
        // Neither a page of another site nor a form without our token sets any (SES-03, SES-05).
        let put = program.request(Method::PUT, &path).header("content-type", "application/json").body("{}");
        let foreign = put.header("origin", "https://evil.example");
        assert_eq!(foreign.send().await.unwrap().status(), StatusCode::FORBIDDEN);
        let form = program.request(Method::POST, &path).form(&[("down", "on")]);
        assert_eq!(form.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
        assert_eq!(program.document(&path).await["down"], false);
    }
    server.stop().await;
}

/// What programs and browsers ask of the imitations.
const ASKED: [(&str, &str); 12] = [
    ("GET", "/dev/google/.well-known/openid-configuration"),
    ("GET", "/dev/google/.well-known/risc-configuration"),
    ("GET", "/dev/google/oauth2/v3/certs"),
    ("GET", "/dev/google/oauth2/v3/userinfo"),
    ("POST", "/dev/google/token"),
    ("GET", "/dev/google/o/oauth2/v2/auth"),
    ("POST", "/dev/github/login/oauth/access_token"),
    ("GET", "/dev/github/api/v3/user"),
    ("GET", "/dev/github/api/v3/user/emails"),
    ("GET", "/dev/github/api/v3/user/memberships/orgs"),
    ("DELETE", "/dev/github/api/v3/applications/doorward-at-github/grant"),
    ("GET", "/dev/github/login/oauth/authorize"),
];

#[tokio::test]
async fn fed_3_11_an_imitation_that_is_down_answers_nothing_but_503() {
    let server = Server::start().await;
    let program = Program::of(&server);
    for path in BOTH {
        program.switch(&format!("{path}/switches"), json!({ "down": true })).await;
    }
    for (method, path) in ASKED {
        let answer = program.request(method.parse().unwrap(), path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
    for path in BOTH {
        program.switch(&format!("{path}/switches"), json!({})).await;
    }
    for (method, path) in ASKED {
        let answer = program.request(method.parse().unwrap(), path).send().await.unwrap();
        assert_ne!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn fed_3_17_a_slow_imitation_makes_a_pause_before_each_answer() {
    let server = Server::start().await;
    let program = Program::of(&server);
    for path in BOTH {
        program.switch(&format!("{path}/switches"), json!({ "slow_millis": 30 })).await;
    }
    for (method, path) in ASKED.iter().filter(|(_, path)| !path.ends_with("auth") && !path.ends_with("authorize")) {
        let begun = Instant::now();
        program.request(method.parse().unwrap(), path).send().await.unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(30), "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_name_that_somebody_points_at_this_machine_reaches_no_imitation() {
    let server = Server::start().await;
    let program = Program::of(&server);
    let port = server.app.address().port();
    for (method, path) in ASKED.into_iter().chain([("GET", "/dev/google/switches"), ("GET", "/dev/github/switches")]) {
        let request = program.request(method.parse().unwrap(), path).header(HOST, format!("evil.example:{port}"));
        assert_eq!(request.send().await.unwrap().status(), StatusCode::FORBIDDEN, "{path}");
    }
    server.stop().await;
}
