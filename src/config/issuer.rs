//! The issuer as a setting: what is wrong with one, said so that it can be mended, and the issuer that follows from
//! the address listened on. What an issuer is stands in `base::issuer`.

use std::net::SocketAddr;

use url::Url;

use super::mistake::Wrong;
use crate::base::Issuer;
use crate::base::issuer::NotAnIssuer;

const EXAMPLE: &str = "write an origin such as https://login.example.com";

/// The issuer of a listener on loopback in dev mode.
pub fn on_loopback(listen: SocketAddr, speaks_tls: bool) -> Issuer {
    let (scheme, usual) = if speaks_tls { ("https", 443) } else { ("http", 80) };
    // Left out, as origins do with the usual port.
    let port = if listen.port() == usual { String::new() } else { format!(":{}", listen.port()) };
    Issuer::parse(&format!("{scheme}://localhost{port}")).expect("the origin of a fixed host and any port is an issuer")
}

/// The same issuer with the port that was really bound, when it was written with port 0.
pub fn bound_to(issuer: &Issuer, port: u16) -> Issuer {
    let rewritten = issuer.as_str().strip_suffix(":0").and_then(|origin| {
        let mut url = Url::parse(origin).ok()?;
        url.set_port(Some(port)).ok()?;
        Issuer::parse(&url.origin().ascii_serialization()).ok()
    });
    rewritten.unwrap_or_else(|| issuer.clone())
}

/// The port, given or usual for the scheme.
pub fn port(issuer: &Issuer) -> Option<u16> {
    Url::parse(issuer.as_str()).ok()?.port_or_known_default()
}

/// Reads an issuer, or says what is wrong with it.
pub fn parse(text: &str) -> Result<Issuer, Wrong> {
    Issuer::parse(text).map_err(|refused| match (Url::parse(text), refused) {
        (Ok(url), NotAnIssuer::NotHttps) => insecure(&url),
        (Ok(url), NotAnIssuer::NotAnOrigin { origin }) => more_than_origin(text, &url, &origin),
        (Err(problem), _) if text.contains("://") => Wrong::new(format!("is not a URL: {problem}"), EXAMPLE),
        _ => Wrong::new("does not begin with https:// and a host", EXAMPLE),
    })
}

fn insecure(url: &Url) -> Wrong {
    if url.scheme() != "http" {
        return Wrong::new(format!("has the scheme `{}`, where https is expected", url.scheme()), EXAMPLE);
    }
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Wrong::new(
        "uses http, which only loopback may: everybody on the way could read codes and tokens",
        format!("write https://{host} and set [tls], or let a proxy in front speak TLS"),
    )
}

fn more_than_origin(text: &str, url: &Url, origin: &str) -> Wrong {
    let hint = format!("write {origin}");
    if !url.username().is_empty() || url.password().is_some() {
        return Wrong::new("contains a user name or password", hint);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Wrong::new("has a query or fragment, which an issuer cannot have", hint);
    }
    if url.path() != "/" {
        let what = format!("has the path `{}`: Doorward answers at the root of an origin", url.path());
        return Wrong::new(what, format!("{hint}, and give Doorward a host name of its own"));
    }
    if text.strip_suffix('/') == Some(origin) {
        let what = "ends with a slash; relying parties compare it letter by letter, so it is written without";
        return Wrong::new(what, hint);
    }
    Wrong::new("is not in the form relying parties will compare with (lower case, no usual port, ASCII host)", hint)
}

/// Reads and writes an issuer as text.
pub mod text {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::base::Issuer;

    /// Writes it as it is.
    pub fn serialize<S: Serializer>(issuer: &Issuer, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(issuer.as_str())
    }

    /// Reads it in its canonical form.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Issuer, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::parse(&text).map_err(|wrong| serde::de::Error::custom(wrong.what))
    }
}
