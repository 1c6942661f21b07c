//! The local authority: what it makes, keeps, renews and cannot do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use doorward::base::Timestamp;
use doorward::base::time::ManualClock;
use doorward::listener::LocalAuthority;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{self, RootCertStore};

const DAY: i64 = 86_400;
/// 1 January 2026.
const START: i64 = 1_767_225_600;

fn open(folder: &Path, host: &str, day: i64) -> LocalAuthority {
    let clock = ManualClock::new(Timestamp::from_seconds(START + day * DAY));
    LocalAuthority::open(folder.to_path_buf(), host, Arc::new(clock)).unwrap()
}

/// Whether somebody who trusts the authority accepts the certificate for a name on a day.
fn accepts(local: &LocalAuthority, name: &str, day: i64) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(local.authority()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    let certificate = CertificateDer::from_pem_file(local.certificate()).unwrap();
    let seconds = u64::try_from(START + day * DAY).unwrap();
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    let name = ServerName::try_from(name.to_owned()).unwrap();
    verifier.verify_server_cert(&certificate, &[], &name, &[], at).is_ok()
}

#[test]
fn whoever_trusts_the_authority_accepts_this_machines_names_and_the_issuers() {
    let folder = tempfile::tempdir().unwrap();
    let local = open(folder.path(), "login.test", 0);
    for name in ["login.test", "localhost", "127.0.0.1", "::1"] {
        assert!(accepts(&local, name, 0), "{name}");
    }
    assert!(!accepts(&local, "other.test", 0));
    assert!(!accepts(&local, "login.test", 400), "a certificate ends");
}

#[test]
fn keys_are_for_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let local = open(&folder.path().join("tls"), "localhost", 0);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.path().join("tls")), 0o700);
    assert_eq!(mode(&local.key()), 0o600);
    assert_eq!(mode(&local.authority().with_extension("key")), 0o600);
}

#[test]
fn nothing_changes_until_the_end_is_near_and_then_the_authority_stays() {
    let folder = tempfile::tempdir().unwrap();
    let read = |path: std::path::PathBuf| fs::read_to_string(path).unwrap();
    let local = open(folder.path(), "localhost", 0);
    let first = (read(local.authority()), read(local.key()), read(local.certificate()));
    open(folder.path(), "localhost", 366);
    assert_eq!((read(local.authority()), read(local.key()), read(local.certificate())), first);
    let local = open(folder.path(), "localhost", 368);
    assert_eq!((read(local.authority()), read(local.key())), (first.0.clone(), first.1));
    assert_ne!(read(local.certificate()), first.2);
    assert!(accepts(&local, "localhost", 700));
    // Ten years later the authority itself ends, and is made anew with all that hangs on it.
    let local = open(folder.path(), "localhost", 3_630);
    assert_ne!(read(local.authority()), first.0);
    assert!(accepts(&local, "localhost", 3_900));
}

#[test]
fn another_issuer_gets_another_certificate_of_the_same_authority() {
    let folder = tempfile::tempdir().unwrap();
    let local = open(folder.path(), "localhost", 0);
    let authority = fs::read(local.authority()).unwrap();
    let local = open(folder.path(), "10.1.2.3", 0);
    assert!(accepts(&local, "10.1.2.3", 0));
    assert_eq!(fs::read(local.authority()).unwrap(), authority);
}

#[test]
fn a_stolen_authority_cannot_vouch_for_a_public_name() {
    let folder = tempfile::tempdir().unwrap();
    // The settings refuse such an issuer; were they passed by, clients would refuse the certificate.
    let local = open(folder.path(), "login.example.com", 0);
    assert!(!accepts(&local, "login.example.com", 0));
    let local = open(folder.path(), "8.8.8.8", 0);
    assert!(!accepts(&local, "8.8.8.8", 0));
}

#[test]
fn what_stands_in_the_files_but_is_no_certificate_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let local = open(folder.path(), "localhost", 0);
    fs::write(local.certificate(), "not a certificate").unwrap();
    assert!(accepts(&open(folder.path(), "localhost", 0), "localhost", 0));
    fs::write(local.authority(), "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n").unwrap();
    assert!(accepts(&open(folder.path(), "localhost", 0), "localhost", 0));
}
