//! Told to end (F-03).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::server::{Home, PATIENCE, Server};
use crate::visitor::Visitor;

/// A request whose body has only begun to arrive, so that it is running.
fn unfinished(server: &Server) -> TcpStream {
    let mut socket = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = "POST /oauth2/token HTTP/1.1\r\nHost: login.example.com\r\nExpect: 100-continue\r\n\
                Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 12\r\n\r\n";
    socket.write_all(head.as_bytes()).unwrap();
    // The interim answer says that the body is being read.
    let mut interim = [0; 25];
    socket.read_exact(&mut interim).unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&interim));
    socket.write_all(b"grant_").unwrap();
    socket
}

fn refuses(server: &Server) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if TcpStream::connect(("127.0.0.1", server.port)).is_err() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn f_03_a_signal_refuses_new_connections_finishes_what_runs_and_ends_with_0() {
    let home = Home::furnished();
    let mut server = home.start();
    let mut running = unfinished(&server);
    server.signal("TERM");
    assert!(refuses(&server));
    running.write_all(b"type=x").unwrap();
    let mut answer = String::new();
    running.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\r\nHTTP/1.1 40") || answer.starts_with("HTTP/1.1 40"), "it is answered: {answer}");
    let status = server.ended();
    assert_eq!(status.code(), Some(0), "{}", server.log());
    // What it left is whole.
    let server = home.start();
    Visitor::ada(&server).await.tokens().await;
    server.stop();
}

#[test]
fn f_03_a_second_signal_ends_at_once() {
    let mut server = Home::furnished().start();
    let _running = unfinished(&server);
    server.signal("TERM");
    assert!(refuses(&server));
    let begun = Instant::now();
    server.signal("INT");
    let status = server.ended();
    assert!(begun.elapsed() < Duration::from_secs(8), "well before the ten seconds that running requests get");
    assert!(status.code().is_some(), "{status}");
}
