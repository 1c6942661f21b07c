//! `--https`: TLS by one switch, as a client that trusts the authority meets it.

use std::fs;
use std::net::SocketAddr;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response};

use crate::program::{Place, Server};

const DEV: [&str; 4] = ["dev", "--https", "--listen", "127.0.0.1:0"];

/// Somebody who was told to trust the authority, on this very machine.
fn client(place: &Place, authority: &str, host: &str, address: SocketAddr) -> Client {
    let authority = Certificate::from_pem(&fs::read(place.file(authority)).unwrap()).unwrap();
    Client::builder()
        .no_proxy()
        .tls_certs_only([authority])
        .redirect(Policy::none())
        .resolve(host, address)
        .build()
        .unwrap()
}

async fn get(client: &Client, server: &Server, path: &str) -> Response {
    client.get(format!("{}{path}", server.ready["issuer"].as_str().unwrap())).send().await.unwrap()
}

#[tokio::test]
async fn one_switch_serves_https_that_whoever_trusts_the_authority_accepts() {
    let place = Place::empty();
    let server = place.start(&DEV).ready();
    let port = server.address.port();
    assert_eq!(server.ready["issuer"], format!("https://localhost:{port}"));
    server.says("data/dev/tls/authority.pem");
    server.says("sudo update-ca-certificates");
    let trusting = client(&place, "data/dev/tls/authority.pem", "localhost", server.address);
    let ready = get(&trusting, &server, "/ready").await;
    assert!(ready.headers().get("strict-transport-security").is_none(), "other ports of localhost speak http");
    assert_eq!(ready.text().await.unwrap(), "ready\n");
    let by_number = trusting.get(format!("https://127.0.0.1:{port}/health")).send().await.unwrap();
    assert_eq!(by_number.text().await.unwrap(), "up\n");
    let stranger = Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    assert!(stranger.get(format!("https://127.0.0.1:{port}/health")).send().await.is_err());
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test]
async fn the_demo_application_signs_in_over_https() {
    let place = Place::empty();
    let server = place.start(&DEV).ready();
    let trusting = client(&place, "data/dev/tls/authority.pem", "localhost", server.address);
    let issuer = server.ready["issuer"].as_str().unwrap();
    let page = get(&trusting, &server, "/dev/app").await;
    let cookies: Vec<&str> = page
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|line| line.to_str().unwrap().split(';').next().unwrap())
        .collect();
    let cookies = cookies.join("; ");
    assert!(cookies.starts_with("__Host-"), "{cookies}");
    let page = page.text().await.unwrap();
    let csrf = page.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap();
    let begun = trusting.post(format!("{issuer}/dev/app/sign-in")).header("cookie", cookies).form(&[("csrf", csrf)]);
    let begun = begun.send().await.unwrap();
    // By then it has fetched the provider's metadata.
    let to = begun.headers().get("location").unwrap().to_str().unwrap();
    assert!(to.starts_with(&format!("{issuer}/oauth2/authorize?")), "{to}");
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test]
async fn a_second_start_needs_no_new_trust() {
    let place = Place::empty();
    let arguments = ["serve", "--https", "--issuer", "https://login.test", "--listen", "127.0.0.1:0"];
    let server = place.start(&arguments).ready();
    let authority = fs::read(place.file("data/tls/authority.pem")).unwrap();
    assert_eq!(server.stop(), Some(0));
    let server = place.start(&arguments).ready();
    assert_eq!(fs::read(place.file("data/tls/authority.pem")).unwrap(), authority);
    let trusting = client(&place, "data/tls/authority.pem", "login.test", server.address);
    let metadata = trusting.get(format!("https://login.test:{}/ready", server.address.port())).send().await.unwrap();
    assert!(metadata.headers().contains_key("strict-transport-security"));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_public_issuer_is_refused_with_a_way_on() {
    let place = Place::empty();
    let complaint = place.run(&["serve", "--https", "--issuer", "https://login.example.com"]).failure(2);
    assert!(complaint.contains("A local authority vouches for local names only"), "{complaint}");
    assert!(complaint.contains("at command-line option --issuer"), "{complaint}");
    assert!(complaint.contains("hint: get a certificate for it"), "{complaint}");
    assert!(!place.file("data").exists());
}

#[test]
fn an_issuer_without_tls_and_a_second_certificate_are_refused() {
    let place = Place::empty();
    let complaint = place.run(&["dev", "--https", "--issuer", "http://localhost:8080"]).failure(2);
    assert!(complaint.contains("hint: write the issuer as https://localhost:8080"), "{complaint}");
    place.write("doorward.toml", "issuer = \"https://localhost\"\n\n[tls]\ncertificate = \"a.pem\"\nkey = \"a.key\"\n");
    let complaint = place.run(&["serve", "--https"]).failure(2);
    assert!(complaint.contains("There are two certificates"), "{complaint}");
}
