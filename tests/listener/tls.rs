//! TLS by certificate files, and their renewal while serving.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward::listener::{Certificate, ClientCertificates, Limits};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion, version};

use crate::certificates::Pair;
use crate::client::Client;
use crate::{PATIENCE, SHORT, limits, start_with};

struct Files {
    directory: TempDir,
}

impl Files {
    fn with(pair: &Pair) -> Self {
        let files = Self { directory: tempfile::tempdir().unwrap() };
        files.replace(&pair.certificate, &pair.key);
        files
    }

    fn chain(&self) -> PathBuf {
        self.directory.path().join("chain.pem")
    }

    fn key(&self) -> PathBuf {
        self.directory.path().join("key.pem")
    }

    fn replace(&self, certificate: &str, key: &str) {
        for (path, text) in [(self.chain(), certificate), (self.key(), key)] {
            let new = path.with_extension("new");
            std::fs::write(&new, text).unwrap();
            std::fs::rename(&new, &path).unwrap();
        }
    }

    fn load(&self) -> Arc<Certificate> {
        Arc::new(Certificate::load(&self.chain(), &self.key(), ClientCertificates::Unasked).unwrap())
    }
}

/// Shakes hands trusting exactly `roots`; gives the protocol agreed on and the certificate shown.
async fn handshake(
    address: SocketAddr,
    roots: &[&Pair],
    versions: &[&'static SupportedProtocolVersion],
) -> std::io::Result<(ProtocolVersion, Option<Vec<u8>>, Vec<u8>)> {
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add(CertificateDer::from(root.der.clone())).unwrap();
    }
    let mut config =
        ClientConfig::builder_with_protocol_versions(versions).with_root_certificates(store).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let socket = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await?;
    let (_, session) = stream.get_ref();
    let shown = session.peer_certificates().unwrap()[0].to_vec();
    Ok((session.protocol_version().unwrap(), session.alpn_protocol().map(<[u8]>::to_vec), shown))
}

#[tokio::test]
async fn both_http_versions_are_spoken_over_tls() {
    let pair = Pair::new(1);
    let server = start_with(limits(), Some(Files::with(&pair).load()));
    let root = reqwest::Certificate::from_pem(pair.certificate.as_bytes()).unwrap();
    for (builder, version) in [
        (reqwest::Client::builder(), reqwest::Version::HTTP_2),
        (reqwest::Client::builder().http1_only(), reqwest::Version::HTTP_11),
    ] {
        let client = builder.tls_certs_only([root.clone()]).resolve("localhost", server.address).build().unwrap();
        let answer = client.get(format!("https://localhost:{}/", server.address.port())).send().await.unwrap();
        assert_eq!(answer.version(), version);
        assert_eq!(answer.text().await.unwrap(), "hello");
    }
}

#[tokio::test]
async fn both_allowed_tls_versions_are_agreed_on() {
    let pair = Pair::new(1);
    let server = start_with(limits(), Some(Files::with(&pair).load()));
    let both = [&version::TLS13, &version::TLS12];
    for (offered, agreed) in [
        (&both[..], ProtocolVersion::TLSv1_3),
        (&both[..1], ProtocolVersion::TLSv1_3),
        (&both[1..], ProtocolVersion::TLSv1_2),
    ] {
        let (version, protocol, _) = handshake(server.address, &[&pair], offered).await.unwrap();
        assert_eq!((version, protocol.as_deref()), (agreed, Some(&b"h2"[..])));
    }
}

#[tokio::test]
async fn a_client_that_does_not_shake_hands_is_cut_off() {
    let server = start_with(Limits { handshake: SHORT, ..limits() }, Some(Files::with(&Pair::new(1)).load()));
    let mut silent = Client::connect(server.address).await;
    assert_eq!(silent.rest().await, "");
    let mut half = Client::connect(server.address).await;
    half.send(b"\x16\x03\x01\x02\x00").await;
    assert_eq!(half.rest().await, "");
    server.emptied().await;
}

#[tokio::test]
async fn plain_http_to_the_tls_port_gets_no_page() {
    let server = start_with(limits(), Some(Files::with(&Pair::new(1)).load()));
    let mut client = Client::connect(server.address).await;
    client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(!client.rest().await.contains("hello"));
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_to_new_connections() {
    let (old, new) = (Pair::new(1), Pair::new(2));
    let files = Files::with(&old);
    let certificate = files.load();
    let server = start_with(limits(), Some(certificate.clone()));
    assert_eq!(handshake(server.address, &[&old], &[&version::TLS13]).await.unwrap().2, old.der);
    files.replace(&new.certificate, &new.key);
    certificate.reload().await;
    assert_eq!(handshake(server.address, &[&new], &[&version::TLS13]).await.unwrap().2, new.der);
}

#[tokio::test]
async fn changed_files_are_noticed() {
    let (old, new) = (Pair::new(1), Pair::new(2));
    let files = Files::with(&old);
    let certificate = files.load();
    let server = start_with(limits(), Some(certificate.clone()));
    tokio::spawn(certificate.keep_fresh(Duration::from_millis(5)));
    let shown = async {
        loop {
            // Replaced again and again, so that it does not matter when the watch began to look.
            files.replace(&new.certificate, &new.key);
            if handshake(server.address, &[&new], &[&version::TLS13]).await.is_ok() {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, shown).await.unwrap();
}

#[tokio::test]
async fn a_broken_pair_does_not_replace_a_working_one() {
    let (old, new) = (Pair::new(1), Pair::new(2));
    let files = Files::with(&old);
    let certificate = files.load();
    let server = start_with(limits(), Some(certificate.clone()));
    for (chain, key) in [
        (new.certificate.as_str(), old.key.as_str()),
        ("", new.key.as_str()),
        (new.certificate.as_str(), ""),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", new.key.as_str()),
    ] {
        files.replace(chain, key);
        certificate.clone().reload().await;
        assert_eq!(handshake(server.address, &[&old], &[&version::TLS13]).await.unwrap().2, old.der);
    }
    std::fs::remove_file(files.chain()).unwrap();
    certificate.clone().reload().await;
    assert!(handshake(server.address, &[&old], &[&version::TLS13]).await.is_ok());
}

#[test]
fn what_is_wrong_with_the_files_is_explained() {
    let (one, two) = (Pair::new(1), Pair::new(2));
    let files = Files::with(&one);
    let told = |files: &Files| {
        let problem = Certificate::load(&files.chain(), &files.key(), ClientCertificates::Unasked).err().unwrap();
        let said = format!("{problem}\nhint: {}", problem.hint());
        said.replace(&files.directory.path().display().to_string(), "DIRECTORY")
    };
    let mut messages = Vec::new();
    for (chain, key) in
        [(&*one.certificate, &*two.key), ("", &*one.key), (&*one.certificate, ""), (&*one.key, &*one.certificate)]
    {
        files.replace(chain, key);
        messages.push(told(&files));
    }
    std::fs::remove_file(files.chain()).unwrap();
    messages.push(told(&files));
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[tokio::test]
async fn rfc8705_2_a_client_may_show_a_certificate_that_nobody_vouches_for_and_its_request_brings_it() {
    let (pair, own) = (Pair::new(1), Pair::new(2));
    let files = Files::with(&pair);
    let certificate = Certificate::load(&files.chain(), &files.key(), ClientCertificates::Welcome).unwrap();
    let server = start_with(limits(), Some(Arc::new(certificate)));
    let root = reqwest::Certificate::from_pem(pair.certificate.as_bytes()).unwrap();
    let identity = reqwest::Identity::from_pem(format!("{}{}", own.key, own.certificate).as_bytes()).unwrap();
    let ask = async |builder: reqwest::ClientBuilder| {
        let client = builder.tls_certs_only([root.clone()]).resolve("localhost", server.address).build().unwrap();
        let address = format!("https://localhost:{}/certificate", server.address.port());
        client.get(address).send().await.unwrap().text().await.unwrap()
    };
    assert_eq!(ask(reqwest::Client::builder()).await, "none");
    let shown = STANDARD.encode(&own.der);
    assert_eq!(ask(reqwest::Client::builder().identity(identity.clone())).await, shown);
    assert_eq!(ask(reqwest::Client::builder().http1_only().identity(identity)).await, shown);
}
