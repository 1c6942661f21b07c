//! What scripts of other origins may do with an answer (WEB-10, TOK-09). Credentials never cross.
//!
//! Pages and accounts are closed by having no row here that says otherwise; which origins a client's scripts have is
//! the client's own business (`Client::has_script_origin`).

use poem::http::{HeaderMap, HeaderValue, header};

use super::exchange::Exchange;
use crate::model::client::Client;

/// Who may call an address from a script of another origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cors {
    /// Nobody.
    Closed,
    /// Anybody may read: public documents.
    Open,
    /// The scripts of the client that the request is about may read. A preflight names no client, so it is granted to
    /// anybody: it shows nothing, and what is sent after it still needs a code or token of its own.
    Client,
}

impl Cors {
    /// Whether the address answers preflights.
    pub const fn has_preflight(self) -> bool {
        !matches!(self, Self::Closed)
    }

    /// Writes the header fields of an answer; `reader` is the origin that may read an answer about a client.
    pub fn decorate(self, headers: &mut HeaderMap, is_preflight: bool, reader: Option<&HeaderValue>) {
        if self == Self::Closed {
            return;
        }
        if self == Self::Client && !is_preflight {
            headers.append(header::VARY, HeaderValue::from_static("origin"));
            let Some(reader) = reader else { return };
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, reader.clone());
        } else {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        if is_preflight {
            let methods = HeaderValue::from_static("GET, HEAD, POST, OPTIONS");
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
            let fields = HeaderValue::from_static("authorization, content-type, dpop");
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, fields);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
        } else {
            let exposed = HeaderValue::from_static("www-authenticate, retry-after, dpop-nonce");
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
}

/// Lets the script that made the request read the answer, when its origin is one of the client's.
pub fn let_scripts_of(client: &Client, exchange: &Exchange) {
    let Some(origin) = exchange.headers.get(header::ORIGIN) else { return };
    if origin.to_str().is_ok_and(|origin| client.has_script_origin(origin)) {
        // A request is about one client; a second call has nothing to add.
        let _first_stays = exchange.reader.set(origin.clone());
    }
}
