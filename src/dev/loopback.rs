//! Dev mode is for this machine alone: its passwords stand in the banner, its inbox shows every code. That it listens
//! on loopback is seen to by `config`; here, that nobody reaches it through a browser on this machine.

use poem::http::header;
use url::{Host, Url};

use crate::base::issuer::is_loopback_host;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};

/// Refuses requests under a name that is not this machine's: a page elsewhere whose name was pointed at 127.0.0.1
/// would otherwise read the inbox as its own origin.
pub fn refuse_other_names(exchange: &Exchange) -> Result<(), Failure> {
    match authority(exchange) {
        Some(authority) if is_loopback_authority(authority) => Ok(()),
        // HTTP/1.0 and programs that send none; browsers always do.
        None => Ok(()),
        Some(_) => Err(HttpRefusal::Forbidden.into()),
    }
}

/// Whether the request came under the very name that the issuer has, as the cookies of a sign-in need it.
pub fn is_issuers_name(exchange: &Exchange) -> bool {
    let issuer = exchange.context.issuer.as_str();
    let own = issuer.split_once("://").map(|(_, authority)| authority);
    authority(exchange).is_none_or(|asked| own == Some(asked))
}

fn authority(exchange: &Exchange) -> Option<&str> {
    let authority = exchange.uri.authority().map(poem::http::uri::Authority::as_str);
    authority.or_else(|| exchange.header(header::HOST))
}

fn is_loopback_authority(authority: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{authority}/")) else { return false };
    url.host().is_some_and(|host: Host<&str>| is_loopback_host(&host))
}

#[cfg(test)]
mod tests {
    use super::*;

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
