//! TLS by certificate files: 1.3 and the four authenticated suites of 1.2 (RFC 9325 §4.2), on aws-lc. Files that change
//! are taken over while running; a broken pair never replaces a working one.

use std::fmt;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{self, CipherSuite, ServerConfig};
use tokio_rustls::server::TlsStream;

use super::any_client::AnyClient;
use crate::base::PeerCertificates;

/// A certificate and its key, as they are in their files now.
pub struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    clients: ClientCertificates,
    current: ArcSwap<ServerConfig>,
}

/// Whether clients are asked for certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientCertificates {
    /// They are not.
    Unasked,
    /// They are, and need not have one. Whose it is and who vouches for it is not asked here.
    Welcome,
}

/// Why a pair of files is of no use.
#[derive(Debug)]
pub enum CertificateProblem {
    /// A file cannot be read or holds no PEM.
    Unreadable(PathBuf, pem::Error),
    /// The chain file holds no certificate.
    Empty(PathBuf),
    /// The two do not belong together, or are of a kind that TLS does not take.
    Refused(PathBuf, rustls::Error),
}

impl CertificateProblem {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unreadable(..) => {
                "check the path, and that the user Doorward runs as may read it; both files are PEM"
            }
            Self::Empty(_) => "the file must hold the certificate chain in PEM, own certificate first",
            Self::Refused(..) => "check that tls.key belongs to the first certificate of tls.certificate",
        }
    }
}

impl fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, problem) => write!(f, "{} cannot be used: {problem}", path.display()),
            Self::Empty(path) => write!(f, "{} holds no certificate", path.display()),
            Self::Refused(path, problem) => {
                write!(f, "the certificate in {} cannot be used: {problem}", path.display())
            }
        }
    }
}

impl std::error::Error for CertificateProblem {}

impl Certificate {
    /// Reads both files.
    pub fn load(chain: &Path, key: &Path, clients: ClientCertificates) -> Result<Self, CertificateProblem> {
        let current = ArcSwap::from(read(chain, key, clients)?);
        Ok(Self { chain: chain.to_path_buf(), key: key.to_path_buf(), clients, current })
    }

    /// Looks at the files every `interval` and takes over what changed. Never ends; a pair that does not work is
    /// logged once and the old one kept.
    pub async fn keep_fresh(self: Arc<Self>, interval: Duration) {
        let mut seen = self.marks().await;
        loop {
            tokio::time::sleep(interval).await;
            let marks = self.marks().await;
            if marks != seen {
                seen = marks;
                self.clone().reload().await;
            }
        }
    }

    /// Reads both files again and takes them over if they work.
    pub async fn reload(self: Arc<Self>) {
        let this = self.clone();
        let read = tokio::task::spawn_blocking(move || read(&this.chain, &this.key, this.clients)).await;
        match read {
            Ok(Ok(config)) => {
                self.current.store(config);
                tracing::info!(certificate = %self.chain.display(), "the certificate was renewed");
            }
            Ok(Err(problem)) => {
                tracing::error!(%problem, hint = problem.hint(), "the new certificate is not taken over; the old one stays");
            }
            Err(problem) => tracing::error!(%problem, "the certificate could not be read again"),
        }
    }

    /// What changes when a file does.
    async fn marks(&self) -> [Option<(SystemTime, u64, u64)>; 2] {
        let mark = |path: PathBuf| async move {
            let metadata = tokio::task::spawn_blocking(move || std::fs::metadata(path)).await.ok()?.ok()?;
            Some((metadata.modified().ok()?, metadata.len(), metadata.ino()))
        };
        [mark(self.chain.clone()).await, mark(self.key.clone()).await]
    }

    /// Shakes hands with a client.
    pub(super) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, socket: S) -> io::Result<TlsStream<S>> {
        TlsAcceptor::from(self.current.load_full()).accept(socket).await
    }
}

/// The certificates that a client showed in its handshake.
pub(super) fn shown_by<S>(socket: &TlsStream<S>) -> Option<PeerCertificates> {
    let (own, above) = socket.get_ref().1.peer_certificates()?.split_first()?;
    Some(PeerCertificates::new(own.to_vec(), above.iter().map(|certificate| certificate.to_vec()).collect()))
}

fn read(
    chain_file: &Path,
    key_file: &Path,
    clients: ClientCertificates,
) -> Result<Arc<ServerConfig>, CertificateProblem> {
    let unreadable = |path: &Path| {
        let path = path.to_path_buf();
        move |problem| CertificateProblem::Unreadable(path, problem)
    };
    let chain = CertificateDer::pem_file_iter(chain_file).map_err(unreadable(chain_file))?;
    let chain: Vec<_> = chain.collect::<Result<_, _>>().map_err(unreadable(chain_file))?;
    if chain.is_empty() {
        return Err(CertificateProblem::Empty(chain_file.to_path_buf()));
    }
    let key = PrivateKeyDer::from_pem_file(key_file).map_err(unreadable(key_file))?;
    configure(chain, key, clients).map_err(|problem| CertificateProblem::Refused(chain_file.to_path_buf(), problem))
}

fn configure(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    clients: ClientCertificates,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = Arc::new(provider());
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&[&TLS13, &TLS12])?;
    let builder = match clients {
        ClientCertificates::Unasked => builder.with_no_client_auth(),
        ClientCertificates::Welcome => builder.with_client_cert_verifier(Arc::new(AnyClient::new(&provider))),
    };
    let mut config = builder.with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// All suites of TLS 1.3, and of TLS 1.2 those that the FAPI profiles allow.
fn provider() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites.retain(|suite| {
        !matches!(
            suite.suite(),
            CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
                | CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
        )
    });
    provider
}
