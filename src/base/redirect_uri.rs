//! Redirect URIs as they may be registered, and the one comparison that decides whether a requested one matches.

use std::fmt;

use url::{Host, Url};

use super::bounds::URI_BYTES_MAX;
use super::issuer::is_loopback_host;

/// A redirect URI that may be registered. It is kept, compared and sent back as the exact text given.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

/// Why a text may not be registered as a redirect URI (RED-09).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotARedirectUri {
    /// Not an absolute URI, or one with control characters, blanks or wildcards.
    Malformed,
    /// It has a fragment (RFC 6749 §3.1.2).
    Fragment,
    /// It carries a user name or password.
    UserInfo,
    /// http outside loopback, or a scheme that runs or opens something.
    Scheme,
}

impl fmt::Display for NotARedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "it is not an absolute URI without blanks and wildcards",
            Self::Fragment => "it has a fragment",
            Self::UserInfo => "it carries a user name or password",
            Self::Scheme => {
                "its scheme is neither https, nor http on a loopback host, nor a private-use scheme with a dot"
            }
        })
    }
}

impl std::error::Error for NotARedirectUri {}

impl RedirectUri {
    /// Reads a redirect URI for registration: https, http on loopback, or a private-use scheme such as
    /// `com.example.app:/callback` (RFC 8252 §7).
    pub fn parse(text: &str) -> Result<Self, NotARedirectUri> {
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'*' && byte != b'\\');
        if !plain || text.len() > URI_BYTES_MAX {
            return Err(NotARedirectUri::Malformed);
        }
        let url = Url::parse(text).map_err(|_| NotARedirectUri::Malformed)?;
        if url.fragment().is_some() {
            return Err(NotARedirectUri::Fragment);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotARedirectUri::UserInfo);
        }
        let allowed = match url.scheme() {
            "https" => url.host().is_some(),
            "http" => url.host().is_some_and(|host| is_loopback_host(&host)),
            // RFC 8252 §7.1: private-use schemes are reverse domain names, so they hold a dot.
            private => private.contains('.'),
        };
        if allowed { Ok(Self(text.to_owned())) } else { Err(NotARedirectUri::Scheme) }
    }

    /// The exact text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `requested` is this URI: character for character, except that the port of a native client's loopback
    /// address may differ.
    pub fn matches(&self, requested: &str, is_native: bool) -> bool {
        self.0 == requested || (is_native && self.matches_apart_from_loopback_port(requested))
    }

    // RFC 8252 §7.3: the port, and only the port, of a loopback redirect is free. 127.0.0.1 is not localhost.
    fn matches_apart_from_loopback_port(&self, requested: &str) -> bool {
        let (Some(own), Some(other)) = (split_port(&self.0), split_port(requested)) else { return false };
        own == other && Url::parse(requested).is_ok()
    }

    /// Where the browser ends up, as people and `form-action` see it: the origin, or the scheme of a private-use URI.
    pub fn origin(&self) -> String {
        origin_of(&self.0)
    }
}

/// The origin of `uri`, or `scheme:` when it has none.
pub fn origin_of(uri: &str) -> String {
    match Url::parse(uri) {
        Ok(url) if matches!(url.scheme(), "https" | "http") => url.origin().ascii_serialization(),
        Ok(url) => format!("{}:", url.scheme()),
        Err(_) => String::new(),
    }
}

/// Splits `http://<loopback>[:port]rest` into what stands before the port and what stands behind it.
fn split_port(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let authority_len = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_len);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let parsed = Host::parse(host).ok()?;
    let is_loopback = match &parsed {
        Host::Domain(name) => is_loopback_host(&Host::Domain(name.as_str())),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    is_loopback.then_some((host, path))
}

impl fmt::Debug for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RedirectUri {
    type Error = NotARedirectUri;

    fn try_from(text: String) -> Result<Self, NotARedirectUri> {
        Self::parse(&text)
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn red_09_dangerous_uris_cannot_be_registered() {
        // RFC 6749 §3.1.2: no fragment. RFC 8252 §7.1: a scheme without a dot is not a private-use one.
        for refused in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "https://app.example/cb#x",
            "https://app.example/*",
            "https://*.app.example/cb",
            "http://app.example/cb",
            "https://user:pw@app.example/cb",
            "https://user@app.example/",
            " https://app.example/",
            "/cb",
            "",
            "https://app.example/\u{0}",
            "https://app.example/\nx",
            "blob:https://app.example/x",
        ] {
            assert!(RedirectUri::parse(refused).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn red_01_comparison_is_exact() {
        let uri = RedirectUri::parse("https://app.example/cb?x=1").unwrap();
        assert!(uri.matches("https://app.example/cb?x=1", true));
        for other in [
            "https://app.example/cb",
            "https://app.example/cb?x=1&y=2",
            "https://APP.example/cb?x=1",
            "https://app.example:443/cb?x=1",
            "https://app.example/./cb?x=1",
            "https://app.example/cb?x=1/",
        ] {
            assert!(!uri.matches(other, true), "{other}");
        }
    }

    #[test]
    fn red_02_only_the_loopback_port_of_a_native_client_is_free() {
        // RFC 8252 §7.3: the port of a loopback address is free.
        let uri = RedirectUri::parse("http://127.0.0.1/cb").unwrap();
        assert!(uri.matches("http://127.0.0.1:51004/cb", true));
        assert!(!uri.matches("http://127.0.0.1:51004/cb", false));
        for other in [
            "http://localhost:51004/cb",
            "http://127.0.0.1:51004/cb2",
            "http://127.0.0.2:51004/cb",
            "http://127.0.0.1:51004@evil.example/cb",
            "http://127.0.0.1.evil.example:1/cb",
            "https://127.0.0.1:1/cb",
            "http://127.0.0.1:99999999/cb",
        ] {
            assert!(!uri.matches(other, true), "{other}");
        }
        assert!(RedirectUri::parse("http://localhost:3000/cb").unwrap().matches("http://localhost:4/cb", true));
        assert!(RedirectUri::parse("http://[::1]/cb").unwrap().matches("http://[::1]:4/cb", true));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_a_registered_one_matches_itself(text in "\\PC{0,60}", path in "[a-z/]{0,9}") {
            let _ = RedirectUri::parse(&text);
            let uri = RedirectUri::parse(&format!("http://[::1]:80/{path}")).unwrap();
            let _ = uri.matches(&text, true);
            prop_assert!(uri.matches(uri.as_str(), false));
        }
    }
}
