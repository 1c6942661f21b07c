//! Starting, answering and ending.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::program::{Place, Server};

const DEV: [&str; 3] = ["dev", "--listen", "127.0.0.1:0"];

fn mode(place: &Place, name: &str) -> u32 {
    fs::metadata(place.file(name)).unwrap().permissions().mode() & 0o777
}

fn key_ids(server: &Server) -> Vec<String> {
    let keys: Value = serde_json::from_str(&server.body("/.well-known/jwks.json")).unwrap();
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn f_36_the_first_start_on_an_empty_directory_makes_what_it_needs_for_its_owner_only() {
    let place = Place::empty();
    let server = place.start(&DEV).ready();
    let issuer = format!("http://localhost:{}", server.address.port());
    assert!(server.says("issuer").contains(&issuer));
    server.says("/dev/app");
    server.says("/dev/inbox");
    let metadata: Value = serde_json::from_str(&server.body("/.well-known/openid-configuration")).unwrap();
    assert_eq!(metadata["issuer"], issuer);
    assert_eq!(server.body("/ready"), "ready\n");
    assert_eq!(mode(&place, "data/dev/keys/master.key"), 0o600);
    assert_eq!(mode(&place, "data/dev/keys"), 0o700);
    assert_eq!(mode(&place, "data/dev/doorward.sqlite"), 0o600);
    let before = key_ids(&server);
    assert_eq!(server.stop(), Some(0));
    let again = place.start(&DEV).ready();
    assert_eq!(key_ids(&again), before);
    assert_eq!(again.stop(), Some(0));
}

#[test]
fn f_15_two_that_start_at_once_on_an_empty_directory_both_serve_with_the_same_keys() {
    let place = Place::empty();
    let (one, other) = (place.start(&DEV), place.start(&DEV));
    let (one, other) = (one.ready(), other.ready());
    assert_eq!(key_ids(&one).len(), 3);
    assert_eq!(place.json(&["keys", "list", "--json", "--data", "data/dev"])["keys"].as_array().unwrap().len(), 3);
    let mut ids = [key_ids(&one), key_ids(&other)];
    for ids in &mut ids {
        ids.sort();
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!((one.stop(), other.stop()), (Some(0), Some(0)));
}

#[test]
fn f_03_a_signal_ends_it_after_running_requests_are_answered() {
    let place = Place::empty();
    let server = place.start(&DEV).ready();
    let body = "grant_type=client_credentials";
    let mut running = server.connect();
    let length = body.len();
    write!(running, "POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n").unwrap();
    running.write_all(&body.as_bytes()[..10]).unwrap();
    // Answered behind the half request, so that the half request is known to have arrived.
    assert_eq!(server.body("/health"), "up\n");
    server.signal("TERM");
    while TcpStream::connect(server.address).is_ok() {
        std::thread::yield_now();
    }
    running.write_all(&body.as_bytes()[10..]).unwrap();
    let mut answer = String::new();
    running.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 ") && answer.contains("invalid_client"), "{answer}");
    server.logged("stopped");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn f_03_a_second_signal_ends_it_at_once() {
    let place = Place::empty();
    let server = place.start(&DEV).ready();
    let mut running = server.connect();
    running.write_all(b"POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n").unwrap();
    assert_eq!(server.body("/health"), "up\n");
    server.signal("TERM");
    while TcpStream::connect(server.address).is_ok() {
        std::thread::yield_now();
    }
    server.signal("TERM");
    server.logged("requests that did not finish in time were cut");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_hangup_reads_the_templates_again() {
    let place = Place::empty();
    let server = place.start(&DEV).ready();
    server.signal("HUP");
    server.logged("the templates were read again");
    assert_eq!(server.body("/health"), "up\n");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_file_is_applied_before_the_first_request() {
    let place = Place::empty();
    place.write("shop.toml", "[[client]]\nclient_id = \"shop\"\nredirect_uris = [\"https://shop.example/\"]\n");
    let server = place.start(&["dev", "--listen", "127.0.0.1:0", "--apply", "shop.toml"]).ready();
    server.says("client shop created");
    server.says("client_secret dws_");
    // Beside the running server, on the same database; dev mode's is found without being named.
    assert_eq!(place.json(&["client", "show", "shop", "--json"])["client_id"], "shop");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn production_serves_with_metrics_on_a_listener_of_their_own() {
    let place = Place::empty();
    let settings = "issuer = \"https://login.example.com\"\nlisten = \"127.0.0.1:0\"\ndata = \"kept\"\n\n[metrics]\nlisten = \"127.0.0.1:0\"\n";
    place.write("production.toml", settings);
    let server = place.start(&["serve", "--config", "production.toml"]).ready();
    assert_eq!(server.ready["issuer"], "https://login.example.com");
    assert_eq!(server.body("/ready"), "ready\n");
    assert!(server.get("/metrics").starts_with("HTTP/1.1 404 "));
    assert!(server.get("/dev/inbox").starts_with("HTTP/1.1 404 "));
    let mut metrics = TcpStream::connect(server.ready["metrics"].as_str().unwrap()).unwrap();
    metrics.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    metrics.read_to_string(&mut text).unwrap();
    assert!(text.contains("doorward_requests_total"), "{text}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_start_on_an_existing_database_is_quick() {
    // The figure is the release build's; this one is for a debug build beside other tests.
    const MILLISECONDS_MAX: u64 = 5_000;
    let place = Place::empty();
    assert_eq!(place.start(&DEV).ready().stop(), Some(0));
    let again = place.start(&DEV).ready();
    let took = again.ready["milliseconds"].as_u64().unwrap();
    assert!(took < MILLISECONDS_MAX, "{took} ms");
    assert_eq!(again.stop(), Some(0));
}
