//! What the log of a process says and does not say (LOG-02, LOG-03, INJ-09).

use crate::server::{ADA, Home, PASSWORD, SECRET};
use crate::visitor::{Visitor, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn log_02_no_secret_is_in_the_log_at_any_level() {
    let mut home = Home::furnished();
    home.settings = "[log]\nlevel = \"trace\"\n".to_owned();
    let server = home.start();
    let mut ada = Visitor::ada(&server).await;
    let code = ada.authorize().await.unwrap().answer()["code"].clone();
    let tokens = ada.redeem(&code).await.unwrap().json();
    ada.redeem(&code).await.unwrap();
    ada.userinfo(text(&tokens, "access_token")).await.unwrap();
    ada.refresh(text(&tokens, "refresh_token")).await.unwrap();
    ada.revoke(text(&tokens, "refresh_token")).await.unwrap();
    let wrong = "correct horse battery staple";
    Visitor::of(&server).sign_in(ADA, wrong).await.unwrap();
    ada.get(&format!("/reset/link?token={}", text(&tokens, "refresh_token"))).await.unwrap();
    let mut secrets = vec![PASSWORD.to_owned(), SECRET.to_owned(), wrong.to_owned(), code];
    secrets.extend(["access_token", "refresh_token", "id_token"].map(|name| text(&tokens, name).to_owned()));
    secrets.extend(ada.secrets());
    ada.get("/health").await.unwrap();
    let log = server.logged("code_replayed");
    for secret in &secrets {
        // A part of it would be as bad.
        let part = &secret[..secret.len().min(24)];
        let line = log.lines().find(|line| line.contains(part));
        assert!(line.is_none(), "{secret} is in {}", line.unwrap_or_default());
    }
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn log_03_the_id_on_an_error_page_finds_its_line_and_inj_09_no_line_is_forged() {
    let mut home = Home::furnished();
    home.settings = "[log]\nlevel = \"debug\"\n".to_owned();
    let server = home.start();
    let mut visitor = Visitor::of(&server);
    let forged = "%0a2030-01-01T00:00:00Z%20%20INFO%20ready%20forged%1b[2J";
    let page = visitor.get(&format!("/nowhere{forged}")).await.unwrap();
    assert_eq!(page.status, 404);
    let id = page.text().split_once("Request ").unwrap().1.split_whitespace().next().unwrap().to_owned();
    let log = server.logged(&id);
    assert!(log.lines().any(|line| line.contains(&id)));
    let unknown = visitor.get("/oauth2/authorize?client_id=a%0a2030-01-01%20INFO%20forged").await.unwrap();
    assert_eq!(unknown.status, 400);
    visitor.get("/health").await.unwrap();
    for line in server.log().lines() {
        assert!(!line.starts_with("2030-01-01"), "{line}");
        assert!(!line.contains('\u{1b}'), "{line}");
    }
    server.stop();
}
