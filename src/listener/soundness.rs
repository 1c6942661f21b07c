//! Whether a request is sound enough to be shown to an endpoint. Everything here is refused with a bare status,
//! because nobody who sends it reads a page.

use poem::http::header::{CONTENT_ENCODING, HOST, TRANSFER_ENCODING};
use poem::http::request::Parts;
use poem::http::uri::Authority;
use poem::http::{Method, StatusCode, Version};

/// Why a request is refused before any endpoint sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsound {
    /// CONNECT, which is for proxies. Every other method is refused by the addresses that do not take it.
    Method,
    /// No host, several, or one that is none.
    Host,
    /// Both a length and a transfer coding.
    Framing,
    /// A compressed body.
    Encoding,
}

impl Unsound {
    /// The status it is answered with.
    pub fn status(self) -> StatusCode {
        match self {
            // RFC 9110 §9.3.6: an origin server need not have it.
            Self::Method => StatusCode::NOT_IMPLEMENTED,
            Self::Host | Self::Framing => StatusCode::BAD_REQUEST,
            Self::Encoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    /// What the client is told.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Method => "This method is not supported.\n",
            Self::Host => "The request must name one host.\n",
            Self::Framing => "The request must have either a length or a transfer coding.\n",
            Self::Encoding => "Send the body without compression.\n",
        }
    }
}

/// Looks at the head. `names_length` says whether the bytes that arrived had a `Content-Length`; it is asked only when
/// it matters.
pub fn check(head: &Parts, names_length: impl FnOnce() -> bool) -> Result<(), Unsound> {
    if head.method == Method::CONNECT {
        return Err(Unsound::Method);
    }
    if !names_one_host(head) {
        return Err(Unsound::Host);
    }
    // RFC 9112 §6.1: both together are how one request is smuggled inside another.
    if head.headers.contains_key(TRANSFER_ENCODING) && names_length() {
        return Err(Unsound::Framing);
    }
    // Inflating is work and memory that the sender chooses, so nothing here inflates.
    if head.headers.get_all(CONTENT_ENCODING).iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(Unsound::Encoding);
    }
    Ok(())
}

/// RFC 9112 §3.2: exactly one valid `Host` in HTTP/1.1. HTTP/2 names it in the target instead.
fn names_one_host(head: &Parts) -> bool {
    let mut hosts = head.headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        // A name or address with at most a port, nothing before or after.
        (Some(host), None) => Authority::try_from(host.as_bytes())
            .is_ok_and(|authority| authority.as_str() == authority.host() || names_only_port(&authority)),
        (Some(_), Some(_)) => false,
        (None, _) => head.version < Version::HTTP_11 || head.uri.authority().is_some(),
    }
}

fn names_only_port(authority: &Authority) -> bool {
    authority.port_u16().is_some() && !authority.as_str().contains('@')
}
