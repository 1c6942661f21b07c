//! Slow and silent clients are cut off and keep nobody else waiting.

use std::time::{Duration, Instant};

use doorward::listener::Limits;

use crate::client::{Client, body, status};
use crate::{PATIENCE, SHORT, limits, start};

fn short_head() -> Limits {
    Limits { head: SHORT, ..limits() }
}

/// Sends what is given and reports after how long the server hung up.
async fn cut_after(mut client: Client, bytes: &str) -> Duration {
    let began = Instant::now();
    client.send(bytes).await;
    assert_eq!(client.rest().await, "", "nothing is answered to half a request");
    began.elapsed()
}

#[tokio::test]
async fn htt_05_silence_is_cut_off() {
    let server = start(short_head());
    for said in ["", "G", "PRI * HTTP/2.0\r\n", "GET / HTTP/1.1\r\nHost: loc"] {
        let took = cut_after(Client::connect(server.address).await, said).await;
        assert!(took >= SHORT / 2 && took < PATIENCE / 2, "{said:?} was cut after {took:?}");
    }
}

#[tokio::test]
async fn htt_05_a_dripping_head_gains_no_time() {
    let server = start(short_head());
    let mut client = Client::connect(server.address).await;
    let began = Instant::now();
    client.send("GET / HTTP/1.1\r\nHost: localhost\r\n").await;
    let mut pause = tokio::time::interval(SHORT / 20);
    // Each drop is a whole header line; the pace is the attack, not a way to wait for something.
    while client.send("X: a\r\n").await && began.elapsed() < PATIENCE {
        pause.tick().await;
    }
    assert!(began.elapsed() < PATIENCE / 2);
}

#[tokio::test]
async fn htt_05_half_a_head_after_a_whole_request_is_cut_off_too() {
    let server = start(short_head());
    let mut client = Client::connect(server.address).await;
    assert_eq!(status(&client.get("/").await), 200);
    let took = cut_after(client, "GET / HTTP/1.1\r\n").await;
    assert!(took < PATIENCE / 2, "the idle time does not count for a head: {took:?}");
}

#[tokio::test]
async fn htt_05_a_slow_body_is_answered_and_cut_off() {
    let server = start(Limits { body: SHORT, ..limits() });
    let mut client = Client::connect(server.address).await;
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc").await;
    assert_eq!(status(&client.rest().await), 408);
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let server = start(Limits { idle: SHORT, ..limits() });
    let mut client = Client::connect(server.address).await;
    assert_eq!(status(&client.get("/").await), 200);
    assert_eq!(client.rest().await, "");
    server.emptied().await;
}

#[tokio::test]
async fn an_idle_http_2_connection_is_closed() {
    let server = start(Limits { idle: SHORT, ..limits() });
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    client.get(format!("http://{}/", server.address)).send().await.unwrap().text().await.unwrap();
    tokio::time::timeout(PATIENCE, server.emptied()).await.unwrap();
}

#[tokio::test]
async fn a_slow_endpoint_is_not_taken_for_a_slow_client() {
    let server = start(Limits { head: SHORT / 10, idle: SHORT / 10, ..limits() });
    let mut client = Client::connect(server.address).await;
    client.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    server.gate.arrived.notified().await;
    // Several times the bounds pass while the endpoint works; only time itself can show that nothing is cut.
    tokio::time::sleep(SHORT).await;
    server.gate.opened.notify_one();
    assert_eq!(body(&client.answer().await), "waited");
}

#[tokio::test]
async fn htt_05_slow_clients_keep_nobody_waiting() {
    let server = start(Limits { head: SHORT, connections: 32, ..limits() });
    let mut slow = Vec::new();
    for _ in 0..64 {
        let mut client = Client::connect(server.address).await;
        client.send("GET / HTTP/1.1\r\n").await;
        slow.push(client);
    }
    let answer = Client::connect(server.address).await.get("/").await;
    assert_eq!(body(&answer), "hello", "twice as many slow clients as places, and one honest");
}

#[tokio::test]
async fn htt_05_idle_connections_make_room_when_places_are_scarce() {
    let server = start(Limits { connections: 16, ..limits() });
    let mut idle = Vec::new();
    for _ in 0..16 {
        let mut client = Client::connect(server.address).await;
        assert_eq!(status(&client.get("/").await), 200);
        idle.push(client);
    }
    let began = Instant::now();
    assert_eq!(body(&Client::connect(server.address).await.get("/").await), "hello");
    assert!(began.elapsed() < PATIENCE / 2, "the idle time of others was waited for");
}

/// What a client of HTTP/2 begins with; each of its streams takes so many bytes of an answer.
fn http_2(window: u8) -> Vec<u8> {
    let settings = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, window];
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &settings[..]].concat()
}

/// A request for `/` on a stream of HTTP/2; `GET` is in the table of RFC 7541, appendix A, and `HEAD` is not.
fn stream(number: u8, method: &[u8]) -> Vec<u8> {
    let head = [method, &[0x86, 0x84, 0x41, 9], b"localhost"].concat();
    let length = u8::try_from(head.len()).unwrap();
    [&[0, 0, length, 1, 5, 0, 0, 0, number], &head[..]].concat()
}

const GET: &[u8] = &[0x82];
const HEAD: &[u8] = &[0x42, 4, b'H', b'E', b'A', b'D'];

#[tokio::test]
async fn htt_05_answers_that_are_not_fetched_make_room_when_places_are_scarce() {
    for window in [0, 1] {
        let server = start(Limits { connections: 16, ..limits() });
        let mut unread = Vec::new();
        for _ in 0..16 {
            let mut client = Client::connect(server.address).await;
            client.send([http_2(window), stream(1, GET)].concat()).await;
            unread.push(client);
        }
        let began = Instant::now();
        assert_eq!(body(&Client::connect(server.address).await.get("/").await), "hello");
        assert!(began.elapsed() < PATIENCE / 2, "with a window of {window} their time was waited for");
    }
}

#[tokio::test]
async fn htt_05_an_answer_that_is_not_fetched_gains_no_time_by_others_on_its_connection() {
    for window in [0, 1] {
        let server = start(Limits { connections: 4, ..limits() });
        let mut unread = Vec::new();
        for _ in 0..4 {
            let mut client = Client::connect(server.address).await;
            client.send([http_2(window), stream(1, GET)].concat()).await;
            unread.push(client);
        }
        let waits = tokio::spawn(async move { Client::connect(server.address).await.get("/").await });
        let mut pause = tokio::time::interval(SHORT);
        // The pace is the attack, not a way to wait for something.
        for number in (3..100).step_by(2) {
            if waits.is_finished() {
                break;
            }
            for client in &mut unread {
                client.send(stream(number, HEAD)).await;
            }
            pause.tick().await;
        }
        assert!(waits.is_finished(), "with a window of {window} the place was kept");
        assert_eq!(body(&waits.await.unwrap()), "hello");
    }
}
