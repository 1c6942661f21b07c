//! What may stand where metadata names a place: shown, called, or only compared.

use url::{Host, Url};

use crate::base::bounds::URI_BYTES_MAX;
use crate::base::issuer::is_loopback_host;

/// DCR-04: https, or http on a loopback host; nothing that a browser would run or read differently than we do.
pub(in crate::protocol) fn is_web_address(text: &str) -> bool {
    let is_plain = text.len() <= URI_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_plain
        && Url::parse(text).is_ok_and(|url| {
            let is_loopback = url.host().is_some_and(|host: Host<&str>| is_loopback_host(&host));
            let has_scheme = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
            has_scheme && url.has_host() && url.username().is_empty() && url.password().is_none()
        })
}

/// The same, without the exception of loopback hosts.
pub(super) fn is_https_address(text: &str) -> bool {
    is_web_address(text) && text.starts_with("https:")
}

/// RFC 8707 §2: an absolute URI without a fragment.
pub(super) fn is_resource(text: &str) -> bool {
    text.len() <= URI_BYTES_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.contains('#')
        && Url::parse(text).is_ok()
}

/// Scheme, host and port alone, spelt as browsers send them.
pub(super) fn is_origin(text: &str) -> bool {
    let is_whole = |url: Url| url.origin().ascii_serialization() == text;
    is_web_address(text) && !text.contains('*') && Url::parse(text).is_ok_and(is_whole)
}
