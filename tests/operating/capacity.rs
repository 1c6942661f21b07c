//! Too much at once: descriptors (F-40), memory for hashing (F-41), connections that never come to the point (F-43).

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::StatusCode;

use crate::server::{Home, Server};
use crate::visitor::Visitor;

/// A figure of the process in KiB, as the kernel tells it.
pub fn kib(server: &Server, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_40_out_of_descriptors_it_waits_and_recovers() {
    let mut home = Home::furnished();
    home.wrapper = ["prlimit", "--nofile=256:256"].map(str::to_owned).to_vec();
    let server = home.start();
    let idle: Vec<TcpStream> = (0..400).filter_map(|_| TcpStream::connect(("127.0.0.1", server.port)).ok()).collect();
    assert!(idle.len() > 256, "the system takes them, the program has no room: {}", idle.len());
    drop(idle);
    let begun = Instant::now();
    loop {
        if let Ok(answer) = Visitor::of(&server).get("/ready").await {
            assert_eq!(answer.status, StatusCode::OK);
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", server.log());
    }
    Visitor::ada(&server).await.tokens().await;
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_41_hashing_in_parallel_stays_within_its_memory_and_the_rest_is_told_to_come_back() {
    let mut home = Home::furnished();
    home.settings =
        "[passwords]\nhash_threads = 2\nhash_queue = 4\n[limits]\nlogin_failures_per_source = 100000\n".to_owned();
    let server = home.start();
    Visitor::ada(&server).await;
    let before = kib(&server, "VmHWM:");
    let mut logins = Vec::new();
    for number in 0..60 {
        let mut visitor = Visitor::of(&server);
        logins.push(tokio::spawn(async move {
            let username = format!("nobody{number}@example.com");
            visitor.sign_in(&username, "not the password at all").await.unwrap()
        }));
    }
    let mut told = 0;
    for login in logins {
        let answer = login.await.unwrap();
        match answer.status {
            StatusCode::BAD_REQUEST => {}
            StatusCode::SERVICE_UNAVAILABLE => {
                assert!(answer.header("retry-after").is_some());
                told += 1;
            }
            other => panic!("{other}: {}", answer.body),
        }
    }
    assert!(told > 0, "sixty at once do not fit into six places");
    let grown = kib(&server, "VmHWM:").saturating_sub(before);
    // Two hashes of 19 MiB, one of which may have been counted before, and what sixty connections take.
    assert!(grown < (2 * 19 + 48) * 1024, "{grown} KiB");
    let log = server.log();
    assert!(log.contains("busy: password hashing") && !log.contains("ERROR"), "no fault of the program: {log}");
    Visitor::ada(&server).await;
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_43_connections_that_never_come_to_the_point_starve_nobody() {
    let home = Home::furnished();
    let server = home.start();
    let connect = || TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let mut held = Vec::new();
    for number in 0..300 {
        let mut socket = connect();
        let begun: &[u8] = match number % 3 {
            0 => b"",
            1 => b"GET /login HTTP/1.1\r\nHost: x\r\nX-Slow: ",
            _ => b"POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\ngrant_type=",
        };
        socket.write_all(begun).unwrap();
        held.push(socket);
    }
    let begun = Instant::now();
    let mut ada = Visitor::ada(&server).await;
    ada.tokens().await;
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    // Heads and bodies without end, and a body that would grow if it were inflated.
    let mut huge = connect();
    let _ = huge.write_all(format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(200_000)).as_bytes());
    let mut endless = connect();
    let _ = endless.write_all(b"POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n");
    assert_eq!(ada.get("/health").await.unwrap().status, StatusCode::OK);
    drop(held);
    server.stop();
}
