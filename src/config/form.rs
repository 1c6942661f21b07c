//! The written forms a text setting can have, each with its own complaint and hint. The schema names the form of a
//! setting in `format`; `check` is the one table from that name to the parser.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::{Host, Url};
use zeroize::{Zeroize, Zeroizing};

use super::mistake::Wrong;
use super::{dsn, form_of_provider as provider, issuer};
use crate::base::Sensitive;

/// What stands in place of a secret wherever settings are written.
const HIDDEN: &str = "[secret]";

/// Writes that there is a secret, but not which.
#[expect(clippy::ref_option, reason = "serde calls it so")]
pub fn hidden<S: Serializer>(secret: &Option<Sensitive<String>>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(|_| HIDDEN).serialize(serializer)
}

/// Parses `text` as the form named in the schema. A form without a parser takes every text.
pub fn check(form: &str, text: &str) -> Result<(), Wrong> {
    match form {
        "issuer" => issuer::parse(text).map(drop),
        "address" => check_address(text),
        "database-url" => text.parse::<DatabaseUrl>().map(drop),
        "master-key" => text.parse::<MasterKey>().map(drop),
        "network" => parse_network(text).map(drop),
        "mailbox" => check_mailbox(text),
        "host" => check_host(text),
        "path" => check_path(text),
        "locale" => check_locale(text),
        "log-filter" => check_log_filter(text),
        "sentry-dsn" => dsn::parse(text).map(drop),
        "http-url" => check_http_url(text),
        "title" => check_title(text),
        "provider-issuer" => provider::check_issuer(text),
        "endpoint" => provider::check_endpoint(text),
        "provider-name" => provider::check_name(text),
        "mail-domain" => provider::check_mail_domain(text),
        "organization" => provider::check_organization(text),
        "scope" => provider::check_scope(text),
        "credential" => provider::check_credential(text),
        "tenant" => provider::check_tenant(text),
        _ => Ok(()),
    }
}

fn check_address(text: &str) -> Result<(), Wrong> {
    if text.parse::<SocketAddr>().is_ok() {
        return Ok(());
    }
    let port = text.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
    let hint = match port {
        Some(port) => format!("write 127.0.0.1:{port} for this machine only, 0.0.0.0:{port} for every network"),
        None => "write an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080".to_owned(),
    };
    Err(Wrong::new("is not an address with a port", hint))
}

fn check_http_url(text: &str) -> Result<(), Wrong> {
    let hint = "write a URL such as http://localhost:4318";
    match Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            Err(Wrong::new("begins with neither https nor http", hint))
        }
        Ok(url) if url.query().is_some() || url.fragment().is_some() => {
            Err(Wrong::new("has a query or fragment", hint))
        }
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Err(Wrong::new("contains a user name or password", hint))
        }
        Ok(_) => Ok(()),
        Err(problem) => Err(Wrong::new(format!("is not a URL: {problem}"), hint)),
    }
}

/// Where the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// The path of an SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL URL, which may hold a password.
    Postgres(Sensitive<String>),
}

impl FromStr for DatabaseUrl {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        const HINT: &str = "write sqlite://PATH or postgres://user:password@host/name";
        if let Some(path) = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")) {
            return match path {
                "" => Err(Wrong::new("names no file", HINT)),
                ":memory:" => Err(Wrong::new("keeps nothing: an acknowledged token must be on the disk", HINT)),
                path if path.contains('?') => Err(Wrong::new(
                    "has options after a question mark, which SQLite is not given here",
                    "remove everything from the question mark on",
                )),
                path => check_path(path).map(|()| Self::Sqlite(PathBuf::from(path))),
            };
        }
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(Wrong::new("is neither an SQLite nor a PostgreSQL URL", HINT));
        }
        // The value is not repeated: it may hold a password.
        if has_several_hosts(text) {
            return Err(Wrong::new(
                "names several hosts",
                "name one: an address that always leads to the primary, such as a proxy's",
            ));
        }
        let name = postgres_name(text).ok_or_else(|| {
            Wrong::new(
                "is not a PostgreSQL URL",
                "write postgres://user:password@host/name; percent-encode special characters of the password",
            )
        })?;
        if name.is_empty() {
            return Err(Wrong::new(
                "names no database",
                "add its name after the host: postgres://user:password@host/name",
            ));
        }
        Ok(Self::Postgres(Sensitive::new(text.to_owned())))
    }
}

/// `host1,host2`, as other PostgreSQL clients take it.
fn has_several_hosts(text: &str) -> bool {
    let authority = text.split("://").nth(1).unwrap_or_default().split(['/', '?']).next().unwrap_or_default();
    authority.rsplit('@').next().is_some_and(|hosts| hosts.contains(','))
}

/// The database's name.
fn postgres_name(text: &str) -> Option<String> {
    Url::parse(text).ok().map(|url| url.path().trim_matches('/').to_owned())
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(_) => write!(f, "postgres://{HIDDEN}"),
        }
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DatabaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer)
    }
}

/// Thirty-two bytes that seal what the store must be able to read back.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// The bytes, for the one call that needs them.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for MasterKey {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let mut bytes = decode_key(text).ok_or_else(|| {
            Wrong::new("is not a key of 32 bytes in base64url or hexadecimal", "make one with: openssl rand -hex 32")
        })?;
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(&bytes);
        bytes.zeroize();
        if key.iter().all(|byte| *byte == key[0]) {
            return Err(Wrong::new("is one byte repeated, not a key", "make one with: openssl rand -hex 32"));
        }
        Ok(Self(key))
    }
}

fn decode_key(text: &str) -> Option<[u8; 32]> {
    if text.len() == 64 {
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()))?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        return Some(key);
    }
    // Standard base64, as `openssl rand -base64 32` prints it, differs in two letters and the padding.
    let letters = Zeroizing::new(text.trim_end_matches('=').replace('+', "-").replace('/', "_"));
    URL_SAFE_NO_PAD.decode(letters.as_bytes()).ok()?.try_into().ok()
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for MasterKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

impl<'de> Deserialize<'de> for MasterKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer)
    }
}

fn parsed<'de, T: FromStr<Err = Wrong>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = Zeroizing::new(String::deserialize(deserializer)?);
    text.parse().map_err(|wrong: Wrong| serde::de::Error::custom(wrong.what))
}

/// A network, or one address as the network of itself.
fn parse_network(text: &str) -> Result<IpNet, Wrong> {
    const HINT: &str = "write an address or a network, such as 10.0.0.5 or 10.0.0.0/8";
    let network = text
        .parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| Wrong::new("is not a network", HINT))?;
    if network.prefix_len() == 0 {
        return Err(Wrong::new(
            "is every address there is, so that anybody could claim to be anybody",
            "name the addresses of your own proxies",
        ));
    }
    Ok(network)
}

/// Reads and writes a list of networks as texts.
pub mod network_list {
    use super::{Deserialize, Deserializer, IpNet, Serializer, parse_network};

    /// Writes each network in CIDR form.
    pub fn serialize<S: Serializer>(networks: &[IpNet], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(networks.iter().map(ToString::to_string))
    }

    /// Reads networks and bare addresses.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
        Vec::<String>::deserialize(deserializer)?
            .iter()
            .map(|text| parse_network(text).map_err(|wrong| serde::de::Error::custom(wrong.what)))
            .collect()
    }
}

fn check_mailbox(text: &str) -> Result<(), Wrong> {
    const HINT: &str = "write login@acme.example or Acme <login@acme.example>";
    let wrong = |what: &str| Err(Wrong::new(what, HINT));
    // RFC 5322 §2.2: a line end inside would begin another header.
    if text.chars().any(char::is_control) {
        return wrong("contains a control character");
    }
    let address = match text.split_once('<') {
        Some((_, rest)) => match rest.strip_suffix('>') {
            Some(address) => address,
            None => return wrong("has no `>` after the address"),
        },
        None => text,
    };
    match address.rsplit_once('@') {
        Some((local, domain)) if is_mail_local(local) && Host::parse(domain).is_ok() => Ok(()),
        _ => wrong("is not a mail address"),
    }
}

fn is_mail_local(local: &str) -> bool {
    !local.is_empty()
        && local.len() <= 64
        && !local.contains(|c: char| c.is_whitespace() || "<>()[],;:\\\"@".contains(c))
}

fn check_host(text: &str) -> Result<(), Wrong> {
    const HINT: &str = "write only a name or an address, such as smtp.acme.example; the port has a key of its own";
    if text.parse::<IpAddr>().is_ok() || (!text.contains([':', '/']) && Host::parse(text).is_ok()) {
        return Ok(());
    }
    Err(Wrong::new("is not a host name", HINT))
}

fn check_path(text: &str) -> Result<(), Wrong> {
    if text.trim().is_empty() || text.contains('\0') {
        return Err(Wrong::new("is not a path", "write the path of a file or directory, or leave the key out"));
    }
    Ok(())
}

fn check_locale(text: &str) -> Result<(), Wrong> {
    if text.parse::<unic_langid::LanguageIdentifier>().is_ok() {
        return Ok(());
    }
    Err(Wrong::new("is not a language tag", "write one such as en, de or pt-BR"))
}

fn check_log_filter(text: &str) -> Result<(), Wrong> {
    const HINT: &str = "write error, warn, info, debug or trace, or a filter such as info,doorward::mail=debug";
    let levels = ["error", "warn", "info", "debug", "trace", "off"];
    let level_of = |directive: &str| directive.rsplit('=').next().unwrap_or_default().trim().to_ascii_lowercase();
    // A bare unknown word would be taken for a module's name and silence everything else.
    let unknown = text.split(',').find(|directive| !levels.contains(&level_of(directive).as_str()));
    if unknown.is_some() || tracing_subscriber::EnvFilter::try_new(text).is_err() {
        return Err(Wrong::new("is not a log filter", HINT));
    }
    Ok(())
}

fn check_title(text: &str) -> Result<(), Wrong> {
    const LONGEST: usize = 60;
    if text.trim().is_empty() || text.chars().count() > LONGEST || text.chars().any(char::is_control) {
        return Err(Wrong::new(
            format!("must be a line of 1 to {LONGEST} characters"),
            "write the name people know your service by",
        ));
    }
    Ok(())
}
