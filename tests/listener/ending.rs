//! The end: running requests finish, new ones are refused, impatience is obeyed.

use doorward::listener::{Ended, Limits, Listener, Stage, Switch};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::client::{Client, body, status};
use crate::{SHORT, limits, start};

const WAIT: &str = "GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[tokio::test]
async fn f_03_running_requests_finish_and_new_connections_are_refused() {
    let mut server = start(limits());
    let mut client = Client::connect(server.address).await;
    client.send(WAIT).await;
    server.gate.arrived.notified().await;

    server.switch.finish();
    server.stop.reached(Stage::Finishing).await;
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!server.ended.is_finished());

    server.gate.opened.notify_one();
    let answer = client.rest().await;
    assert_eq!(body(&answer), "waited");
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(server.ended.await.unwrap(), Ended { cut: 0 });
}

#[tokio::test]
async fn f_03_idle_connections_do_not_hold_up_the_end() {
    let server = start(limits());
    let mut used = Client::connect(server.address).await;
    assert_eq!(status(&used.get("/").await), 200);
    let mut silent = Client::connect(server.address).await;
    let two = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    two.get(format!("http://{}/", server.address)).send().await.unwrap().text().await.unwrap();
    while server.open.count() < 3 {
        tokio::task::yield_now().await;
    }
    server.switch.finish();
    assert_eq!(server.ended.await.unwrap(), Ended { cut: 0 });
    assert_eq!((used.rest().await, silent.rest().await), (String::new(), String::new()));
}

#[tokio::test]
async fn f_03_what_does_not_finish_in_time_is_cut() {
    let server = start(Limits { shutdown: SHORT, ..limits() });
    let mut client = Client::connect(server.address).await;
    client.send(WAIT).await;
    server.gate.arrived.notified().await;
    server.switch.finish();
    assert_eq!(server.ended.await.unwrap(), Ended { cut: 1 });
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn f_03_the_second_signal_ends_at_once() {
    let mut server = start(limits());
    let mut client = Client::connect(server.address).await;
    client.send(WAIT).await;
    server.gate.arrived.notified().await;

    let (press, mut signals) = mpsc::unbounded_channel();
    let (switch, stop) = (server.switch, &mut server.stop);
    tokio::spawn(async move {
        let presses = std::pin::pin!(futures_util::stream::poll_fn(|context| signals.poll_recv(context)));
        switch.follow(presses).await;
    });
    press.send(()).unwrap();
    stop.reached(Stage::Finishing).await;
    assert!(!server.ended.is_finished());
    press.send(()).unwrap();
    stop.reached(Stage::AtOnce).await;
    assert_eq!(server.ended.await.unwrap(), Ended { cut: 1 });
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn htt_15_a_client_that_hangs_up_leaves_nothing_behind() {
    let server = start(limits());
    let mut client = Client::connect(server.address).await;
    client.send(WAIT).await;
    server.gate.arrived.notified().await;
    drop(client);
    server.gate.dropped.notified().await;
    server.emptied().await;
}

#[tokio::test]
async fn f_04_a_panic_ends_its_own_connection_only() {
    let server = start(limits());
    let mut other = Client::connect(server.address).await;
    assert_eq!(status(&other.get("/").await), 200);
    let mut client = Client::connect(server.address).await;
    client.send("GET /panic HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    client.rest().await;
    assert_eq!(body(&other.get("/").await), "hello");
    drop(other);
    server.emptied().await;
}

#[tokio::test]
async fn an_address_in_use_is_explained() {
    let server = start(limits());
    let failed = Listener::bind(server.address, limits()).err().unwrap();
    assert!(failed.to_string().starts_with(&format!("cannot listen on {}", server.address)), "{failed}");
    assert!(failed.hint().contains("--listen"));
}

#[tokio::test]
async fn a_switch_never_goes_back() {
    let (switch, stop) = Switch::new();
    switch.at_once();
    switch.finish();
    assert_eq!(stop.stage(), Stage::AtOnce);
}
