//! The issuer: an origin without path, query or trailing slash, from configuration and never from a request.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use super::local_host::is_local;

/// The issuer identifier, e.g. `https://idp.example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    host: String,
    is_https: bool,
    is_loopback: bool,
    is_local: bool,
}

/// Why a text is no issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAnIssuer {
    /// It is not an absolute URL with a host.
    NotAUrl,
    /// It is neither https, nor http on a loopback host.
    NotHttps,
    /// It has more than scheme, host and port; the origin alone would be this.
    NotAnOrigin {
        /// What the issuer would be without the rest.
        origin: String,
    },
}

impl Issuer {
    /// Reads an issuer. It must already be in its canonical form, because relying parties compare it as text.
    pub fn parse(text: &str) -> Result<Self, NotAnIssuer> {
        let url = Url::parse(text).map_err(|_| NotAnIssuer::NotAUrl)?;
        let host = url.host().ok_or(NotAnIssuer::NotAUrl)?;
        let is_loopback = is_loopback_host(&host);
        let is_https = url.scheme() == "https";
        let is_local_http = url.scheme() == "http" && is_loopback;
        if !is_https && !is_local_http {
            return Err(NotAnIssuer::NotHttps);
        }
        let origin = url.origin().ascii_serialization();
        if origin != text {
            return Err(NotAnIssuer::NotAnOrigin { origin });
        }
        Ok(Self { host: host.to_string(), text: origin, is_https, is_loopback, is_local: is_local(&host) })
    }

    /// The identifier as it stands in metadata and tokens.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address of `path` (which begins with a slash) at this issuer.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// The host name, without the port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether cookies are Secure.
    pub const fn is_https(&self) -> bool {
        self.is_https
    }

    /// Whether the issuer names this very machine.
    pub const fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Whether its host means nothing outside this machine or its network (see [`super::local_host`]).
    pub const fn is_local(&self) -> bool {
        self.is_local
    }
}

impl FromStr for Issuer {
    type Err = NotAnIssuer;

    fn from_str(text: &str) -> Result<Self, NotAnIssuer> {
        Self::parse(text)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether `host` is `localhost` or a loopback address.
pub fn is_loopback_host(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_a_canonical_origin() {
        assert!(Issuer::parse("https://idp.example").is_ok());
        assert!(Issuer::parse("http://localhost:8080").is_ok());
        assert!(Issuer::parse("http://127.0.0.1:1").is_ok());
        assert_eq!(Issuer::parse("http://idp.example"), Err(NotAnIssuer::NotHttps));
        assert_eq!(Issuer::parse("idp.example"), Err(NotAnIssuer::NotAUrl));
        for more in ["https://idp.example/", "https://idp.example/x", "https://IDP.example", "https://idp.example:443"]
        {
            let origin = "https://idp.example".to_owned();
            assert_eq!(Issuer::parse(more), Err(NotAnIssuer::NotAnOrigin { origin }), "{more}");
        }
    }
}
