//! The issuer: the origin everything Doorward signs and publishes begins with (RFC 8414 §2, OpenID Connect
//! Discovery 1.0 §3). It comes from the settings only, never from a request.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::{Host, Url};

use super::mistake::Wrong;

const EXAMPLE: &str = "write an origin such as https://login.example.com";

/// `scheme://host[:port]`, without path, without trailing slash, https outside loopback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    origin: Url,
}

impl Issuer {
    /// The issuer of a listener on loopback in dev mode.
    #[expect(clippy::missing_panics_doc, reason = "a port number after a fixed origin always parses")]
    pub fn on_loopback(listen: SocketAddr) -> Self {
        let origin = Url::parse(&format!("http://localhost:{}", listen.port())).expect("see above");
        Self { text: origin.origin().ascii_serialization(), origin }
    }

    /// The same issuer with the port that was really bound, when it was written with port 0.
    #[must_use]
    pub fn bound_to(&self, port: u16) -> Self {
        let mut origin = self.origin.clone();
        if origin.port() != Some(0) || origin.set_port(Some(port)).is_err() {
            return self.clone();
        }
        Self { text: origin.origin().ascii_serialization(), origin }
    }

    /// Exactly as configured, for `iss` and metadata.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same as a URL; its path is `/`.
    pub fn origin(&self) -> &Url {
        &self.origin
    }

    /// Whether cookies can be `Secure` and HSTS makes sense.
    pub fn is_https(&self) -> bool {
        self.origin.scheme() == "https"
    }

    /// Whether only this machine can reach it.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.origin)
    }

    /// The port, given or usual for the scheme.
    pub fn port(&self) -> u16 {
        self.origin.port_or_known_default().unwrap_or(443)
    }
}

impl FromStr for Issuer {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        if !text.contains("://") {
            return Err(Wrong::new("does not begin with https://", EXAMPLE));
        }
        let origin = Url::parse(text).map_err(|problem| Wrong::new(format!("is not a URL: {problem}"), EXAMPLE))?;
        check_scheme(&origin)?;
        check_only_origin(&origin)?;
        let canonical = origin.origin().ascii_serialization();
        if text == canonical {
            return Ok(Self { text: canonical, origin });
        }
        Err(not_canonical(text, &canonical))
    }
}

fn check_scheme(url: &Url) -> Result<(), Wrong> {
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        // RFC 8414 §2: an issuer uses https. Loopback never leaves the machine.
        "http" => Err(Wrong::new(
            "uses http, which only loopback may: everybody on the way could read codes and tokens",
            format!("write https://{} and set [tls], or let a proxy in front speak TLS", url.authority_without_user()),
        )),
        other => Err(Wrong::new(format!("has the scheme `{other}`, where https is expected"), EXAMPLE)),
    }
}

fn check_only_origin(url: &Url) -> Result<(), Wrong> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Wrong::new("contains a user name or password", EXAMPLE));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Wrong::new("has a query or fragment, which an issuer cannot have", EXAMPLE));
    }
    if url.path() != "/" {
        let hint = format!("write {}, and give Doorward a host name of its own", url.origin().ascii_serialization());
        return Err(Wrong::new(
            format!("has the path `{}`: Doorward answers at the root of an origin", url.path()),
            hint,
        ));
    }
    Ok(())
}

fn not_canonical(text: &str, canonical: &str) -> Wrong {
    let what = if text.strip_suffix('/') == Some(canonical) {
        "ends with a slash; relying parties compare it letter by letter, so it is written without"
    } else {
        "is not in the form relying parties will compare with (lower case, no usual port, ASCII host)"
    };
    Wrong::new(what, format!("write {canonical}"))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

trait Authority {
    fn authority_without_user(&self) -> String;
}

impl Authority for Url {
    fn authority_without_user(&self) -> String {
        let host = self.host_str().unwrap_or_default();
        self.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Issuer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Issuer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|wrong: Wrong| serde::de::Error::custom(wrong.what))
    }
}
