//! Certificates of clients (RFC 8705): where they come from, our own TLS or a declared proxy, and whose they are.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use poem::RequestParts;
use poem::http::{HeaderMap, HeaderName};

use super::client_keys::{keys_of, newer_keys_of};
use super::context::{Context, Policy};
use super::exchange::Exchange;
use crate::base::PeerCertificates;
use crate::base::bounds::{CERTIFICATE_BYTES_MAX, CERTIFICATES_MAX};
use crate::jose::{Certificate, ClientKeys};
use crate::model::client::{AuthMethod, Client};
use crate::model::grant::Confirmation;
use crate::protocol::Reason;

// RFC 9440 §2.3
const CLIENT_CERT_CHAIN: HeaderName = HeaderName::from_static("client-cert-chain");

/// The certificates that a request came with. A proxy's word counts instead of the connection's, because the connection
/// is the proxy's own; a stranger's header is not looked at.
pub fn shown(peer: Option<IpAddr>, parts: &RequestParts, context: &Context) -> Option<PeerCertificates> {
    if !context.features.mutual_tls {
        return None;
    }
    match &context.policy.certificate_header {
        Some(name) if is_proxy(peer, &context.policy) => handed_on(&parts.headers, name),
        _ => parts.extensions.get::<PeerCertificates>().cloned(),
    }
}

fn is_proxy(peer: Option<IpAddr>, policy: &Policy) -> bool {
    let peer = peer.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED)).to_canonical();
    policy.trusted_proxies.iter().any(|network| network.contains(&peer))
}

fn handed_on(headers: &HeaderMap, name: &HeaderName) -> Option<PeerCertificates> {
    let mut fields = headers.get_all(name).iter();
    let own = fields.next()?.to_str().ok()?;
    // A second one was not written by the proxy.
    if fields.next().is_some() {
        return None;
    }
    let lines = headers.get_all(CLIENT_CERT_CHAIN).iter().filter_map(|line| line.to_str().ok());
    let above = lines.flat_map(|line| line.split(',')).filter_map(certificate_of).take(CERTIFICATES_MAX);
    Some(PeerCertificates::new(certificate_of(own)?, above.collect()))
}

/// RFC 9440 §2.1: base64 between colons. Otherwise PEM, percent-encoded so that it fits into a field, or base64 alone.
fn certificate_of(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let base64 = if let Some(base64) = text.strip_prefix(':').and_then(|text| text.strip_suffix(':')) {
        base64.to_owned()
    } else {
        let decoded = percent_decode_str(text).decode_utf8().ok()?;
        let after = decoded.split_once("-----BEGIN CERTIFICATE-----").map_or(&*decoded, |(_, after)| after);
        let body = after.split_once("-----END CERTIFICATE-----").map_or(after, |(body, _)| body);
        body.chars().filter(|char| !char.is_ascii_whitespace()).collect()
    };
    let certificate = STANDARD.decode(base64).ok()?;
    (certificate.len() <= CERTIFICATE_BYTES_MAX).then_some(certificate)
}

/// What tokens are bound to that are made for the holder of this request's certificate (RFC 8705 §3.1).
pub fn confirmation(exchange: &Exchange) -> Option<Confirmation> {
    let certificate = Certificate::parse(exchange.certificates.as_ref()?.own())?;
    Some(Confirmation::Certificate(certificate.thumbprint().to_owned()))
}

/// Whether the request's certificate is the client's, by the method it is registered for.
pub async fn authenticate(exchange: &Exchange, client: &Client) -> Result<(), Reason> {
    let shown = exchange.certificates.as_ref().ok_or(Reason::ClientCertificateMissing)?;
    let certificate = Certificate::parse(shown.own()).ok_or(Reason::ClientCertificateWrong)?;
    let is_right = match client.metadata.token_endpoint_auth_method {
        AuthMethod::TlsClientAuth => {
            let vouched = exchange.context.client_authorities.vouch_for(shown, exchange.now);
            vouched && certificate.is_of(&client.metadata)
        }
        AuthMethod::SelfSignedTlsClientAuth => is_registered(exchange, client, &certificate).await,
        _ => false,
    };
    if is_right { Ok(()) } else { Err(Reason::ClientCertificateWrong) }
}

// RFC 8705 §2.2.2: it is one of the client's keys.
async fn is_registered(exchange: &Exchange, client: &Client, certificate: &Certificate) -> bool {
    let has = |keys: &ClientKeys| keys.iter().any(|key| certificate.has_key(key));
    let keys = keys_of(exchange, client).await;
    if keys.is_empty() || has(&keys) {
        return !keys.is_empty();
    }
    newer_keys_of(exchange, client).await.is_some_and(|keys| has(&keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handed(fields: &[(&'static str, &str)]) -> Option<PeerCertificates> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        handed_on(&headers, &HeaderName::from_static("client-cert"))
    }

    #[test]
    fn rfc9440_2_1_the_field_holds_one_certificate() {
        let own = |bytes: &[u8]| Some(PeerCertificates::new(bytes.to_vec(), Vec::new()));
        assert_eq!(handed(&[("client-cert", ":AQID:")]), own(&[1, 2, 3]));
        let pem = "-----BEGIN%20CERTIFICATE-----%0AAQ%0AID%0A-----END%20CERTIFICATE-----%0A";
        assert_eq!(handed(&[("client-cert", pem)]), own(&[1, 2, 3]));
        assert_eq!(handed(&[("client-cert", "AQID")]), own(&[1, 2, 3]));
        for wrong in ["", ":AQID", "::", "%ff", "x"] {
            let certificate = handed(&[("client-cert", wrong)]);
            assert!(certificate.is_none_or(|shown| Certificate::parse(shown.own()).is_none()), "{wrong}");
        }
        assert_eq!(handed(&[("client-cert", ":AQID:"), ("client-cert", ":AQID:")]), None);
        assert_eq!(handed(&[]), None);
    }

    #[test]
    fn rfc9440_2_3_the_chain_goes_with_it() {
        let shown = handed(&[("client-cert", ":AQID:"), ("client-cert-chain", ":BA==:, :BQ==:")]).unwrap();
        assert_eq!(shown.above(), [vec![4], vec![5]]);
    }
}
