//! What has to be known of a certificate that was made earlier: how long it is good, and for whom. A file that is none
//! counts as absent, so that it is made anew.

use std::path::Path;

use der::asn1::{GeneralizedTime, UtcTime};
use der::{AnyRef, DateTime, Decode as _, Reader, SliceReader, Tag};
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::server::ParsedCertificate;

use super::LocalAuthorityProblem;
use crate::base::Timestamp;

/// A certificate of ours.
pub(super) struct Paper {
    pub(super) expires_at: Timestamp,
    der: CertificateDer<'static>,
}

/// The certificate in a file; nothing if there is no such file, or something else in it.
pub(super) fn read(path: &Path) -> Result<Option<Paper>, LocalAuthorityProblem> {
    match CertificateDer::from_pem_file(path) {
        Ok(der) => Ok(expiry(&der).ok().map(|expires_at| Paper { expires_at, der })),
        Err(pem::Error::Io(problem)) if problem.kind() != std::io::ErrorKind::NotFound => {
            Err(LocalAuthorityProblem::Files(path.to_path_buf(), problem))
        }
        Err(_) => Ok(None),
    }
}

impl Paper {
    /// Whether it is for this host too.
    pub(super) fn names_host(&self, host: &str) -> bool {
        let Ok(name) = ServerName::try_from(host.trim_matches(['[', ']'])) else { return false };
        let parsed = ParsedCertificate::try_from(&self.der);
        parsed.is_ok_and(|parsed| verify_server_name(&parsed, &name).is_ok())
    }
}

/// `notAfter` (RFC 5280 §4.1): certificate, then tbsCertificate, then the fields before and within the validity.
fn expiry(certificate: &[u8]) -> der::Result<Timestamp> {
    let mut reader = SliceReader::new(certificate)?;
    let tbs = AnyRef::decode(&mut reader)?;
    let mut reader = SliceReader::new(tbs.value())?;
    let tbs = AnyRef::decode(&mut reader)?;
    let mut reader = SliceReader::new(tbs.value())?;
    // version, serialNumber, signature, issuer
    for _ in 0..4 {
        AnyRef::decode(&mut reader)?;
    }
    let validity = AnyRef::decode(&mut reader)?;
    let mut reader = SliceReader::new(validity.value())?;
    AnyRef::decode(&mut reader)?;
    let at = time(&mut reader)?;
    Ok(Timestamp::from_seconds(i64::try_from(at.unix_duration().as_secs()).unwrap_or(i64::MAX)))
}

// RFC 5280 §4.1.2.5: UTCTime until 2049, GeneralizedTime after.
fn time<'r>(reader: &mut impl Reader<'r>) -> der::Result<DateTime> {
    match reader.peek_header()?.tag {
        Tag::UtcTime => UtcTime::decode(reader).map(|time| time.to_date_time()),
        _ => GeneralizedTime::decode(reader).map(|time| time.to_date_time()),
    }
}
