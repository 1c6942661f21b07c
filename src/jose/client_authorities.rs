//! The authorities that vouch for certificates of clients (RFC 8705 §2.1), as the operator named them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;

use crate::base::{PeerCertificates, Timestamp};

/// The authorities; none vouch for nobody. Cheap to clone.
#[derive(Clone, Default)]
pub struct ClientAuthorities(Option<Arc<dyn ClientCertVerifier>>);

/// A file of authorities that holds none, or something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoAuthorities;

impl ClientAuthorities {
    /// The authorities of a file in PEM.
    pub fn parse(pem: &[u8]) -> Result<Self, NoAuthorities> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots.add(certificate.map_err(|_| NoAuthorities)?).map_err(|_| NoAuthorities)?;
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
        Ok(Self(Some(verifier.map_err(|_| NoAuthorities)?)))
    }

    /// Whether one of them vouches for the client's own certificate at `now`.
    pub fn vouch_for(&self, certificates: &PeerCertificates, now: Timestamp) -> bool {
        let Some(verifier) = &self.0 else { return false };
        let own = CertificateDer::from(certificates.own());
        let above: Vec<CertificateDer<'_>> = certificates.above().iter().map(|der| der.as_slice().into()).collect();
        let seconds = u64::try_from(now.seconds()).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        verifier.verify_client_cert(&own, &above, now).is_ok()
    }
}

impl fmt::Debug for ClientAuthorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientAuthorities").field(&self.0.is_some()).finish()
    }
}
