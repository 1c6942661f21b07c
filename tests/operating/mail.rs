//! The mail server down, over a restart (F-23).

use std::time::{Duration, Instant};

use crate::server::{ADA, Home, PATIENCE};
use crate::support::smtp_sink::{Act, Security, Sink};
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_23_mail_waits_in_the_database_over_a_crash_and_is_sent_when_the_server_is_back() {
    let sink = Sink::start(Security::None).await;
    sink.script("CONNECT", [Act::HangUp]);
    let mut home = Home::furnished();
    home.settings = format!(
        "[mail]\ntransport = \"smtp\"\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\n\
         from = \"Acme <login@acme.example>\"\n",
        sink.port
    );
    let server = home.start();
    let mut visitor = Visitor::of(&server);
    let login = visitor.open("/login").await.unwrap();
    let ask = visitor.open(&login.at.replace("/login", "/reset")).await.unwrap();
    let begun = Instant::now();
    let answer = visitor.submit(&ask, "reset-form", &[("username", ADA)]).await.unwrap();
    assert_eq!(answer.status, 303, "the page is as always");
    assert!(begun.elapsed() < Duration::from_secs(8));
    server.logged("mail not delivered");
    server.kill();
    assert!(sink.mails().is_empty());
    let server = home.start();
    let begun = Instant::now();
    while sink.mails().is_empty() {
        assert!(begun.elapsed() < PATIENCE * 2, "{}", server.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.stop();
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains(&format!("To: {ADA}")) && mails[0].contains("/reset/link?token="), "{}", mails[0]);
}
