//! Dev mode is for this machine alone: its passwords stand in the banner, its inbox shows every code.

use std::fmt;
use std::net::SocketAddr;

use poem::http::header;
use url::{Host, Url};

use crate::base::Issuer;
use crate::base::issuer::is_loopback_host;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};

/// Why dev mode does not start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotLoopback {
    /// Others could connect.
    Listener(SocketAddr),
    /// The issuer names another machine.
    Issuer(String),
}

impl NotLoopback {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Listener(_) => {
                "listen on 127.0.0.1 or [::1], or use `doorward serve` with people and clients of your own"
            }
            Self::Issuer(_) => "leave the issuer out, or use `doorward serve` for an address that others reach",
        }
    }
}

impl fmt::Display for NotLoopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listener(address) => write!(
                f,
                "dev mode does not listen on {address}: its passwords are public and its inbox shows every mail, so only \
                 this machine may reach it"
            ),
            Self::Issuer(issuer) => write!(f, "dev mode does not run as {issuer}, which is not this machine"),
        }
    }
}

impl std::error::Error for NotLoopback {}

/// Refuses everything but loopback, before anything is bound.
pub fn refuse_other_machines(listen: SocketAddr, issuer: &Issuer) -> Result<(), NotLoopback> {
    if !listen.ip().to_canonical().is_loopback() {
        return Err(NotLoopback::Listener(listen));
    }
    if !issuer.is_loopback() {
        return Err(NotLoopback::Issuer(issuer.to_string()));
    }
    Ok(())
}

/// Refuses requests under a name that is not this machine's: a page elsewhere whose name was pointed at 127.0.0.1
/// would otherwise read the inbox as its own origin.
pub fn refuse_other_names(exchange: &Exchange) -> Result<(), Failure> {
    let authority = exchange.uri.authority().map(|authority| authority.as_str());
    match authority.or_else(|| exchange.header(header::HOST)) {
        Some(authority) if is_loopback_authority(authority) => Ok(()),
        // HTTP/1.0 and programs that send none; browsers always do.
        None => Ok(()),
        Some(_) => Err(HttpRefusal::Forbidden.into()),
    }
}

fn is_loopback_authority(authority: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{authority}/")) else { return false };
    url.host().is_some_and(|host: Host<&str>| is_loopback_host(&host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(listen: &str, issuer: &str) -> Option<NotLoopback> {
        let issuer = Issuer::parse(issuer).unwrap();
        refuse_other_machines(listen.parse().unwrap(), &issuer).err()
    }

    #[test]
    fn dev_mode_listens_on_loopback_alone() {
        let issuer = "http://localhost:8080";
        for near in ["127.0.0.1:8080", "127.9.9.9:0", "[::1]:8080", "[::ffff:127.0.0.1]:1"] {
            assert_eq!(refused(near, issuer), None, "{near}");
        }
        for far in ["0.0.0.0:8080", "[::]:8080", "192.0.2.7:8080", "[2001:db8::1]:8080", "[::ffff:192.0.2.7]:1"] {
            assert_eq!(refused(far, issuer), Some(NotLoopback::Listener(far.parse().unwrap())), "{far}");
        }
    }

    #[test]
    fn dev_mode_is_no_issuer_that_others_reach() {
        let elsewhere = "https://idp.example";
        let refusal = refused("127.0.0.1:8080", elsewhere).unwrap();
        assert_eq!(refusal, NotLoopback::Issuer(elsewhere.to_owned()));
        assert_eq!(refusal.to_string(), "dev mode does not run as https://idp.example, which is not this machine");
    }

    #[test]
    fn a_foreign_name_for_this_machine_is_seen_through() {
        for own in ["localhost:8080", "127.0.0.1:8080", "[::1]", "LOCALHOST"] {
            assert!(is_loopback_authority(own), "{own}");
        }
        for foreign in
            ["evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "localhost@evil.example", ""]
        {
            assert!(!is_loopback_authority(foreign), "{foreign}");
        }
    }
}
