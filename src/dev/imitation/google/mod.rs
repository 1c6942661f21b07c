//! The imitated Google: OpenID Connect as Google speaks it. Federation 2.

pub(super) mod authorize;
mod claims;
pub(super) mod documents;
mod events;
mod keys;
pub(super) mod panel;
mod people;
pub(super) mod token;
pub(super) mod userinfo;

use std::sync::Arc;

use self::keys::Keys;
use self::people::Person;
use super::clients::{GOOGLE_CLIENT, GOOGLE_OTHER_CLIENT, ImitationClient};
use super::ledger::Ledger;
use super::switches::{Board, switches};
use super::{GOOGLE_PATH, Imitations};
use crate::base::bounds::{IMITATION_CODE_SECONDS, IMITATION_TOKEN_SECONDS};
use crate::base::{Fault, Issuer};
use crate::dev::http::Http;
use crate::endpoint::exchange::Exchange;

/// What people call it.
pub(super) const NAME: &str = "Google";
const CLIENTS: [ImitationClient; 2] = [GOOGLE_CLIENT, GOOGLE_OTHER_CLIENT];

switches! {
    /// The quirks of Google that come and go.
    Quirk {
        /// Federation 2.1: `iss` without its scheme.
        BareIss = "bare_iss",
        /// Federation 2.5: no `hd`, whoever it is.
        WithoutHd = "without_hd",
        /// Federation 2.4: no address is verified.
        UnverifiedAddress = "unverified_address",
        /// The nonce of the ID token is another one.
        WrongNonce = "wrong_nonce",
        /// It does not work.
        Down = "down",
    }
}

/// Everything it remembers.
pub(super) struct Google {
    board: Board<Quirk>,
    keys: Arc<Keys>,
    codes: Ledger<Given>,
    tokens: Ledger<Granted>,
    http: Http,
}

/// What a code stands for.
#[derive(Clone)]
struct Given {
    client: ImitationClient,
    redirect_uri: String,
    challenge: Option<String>,
    nonce: Option<String>,
    granted: Granted,
}

/// What an access token stands for.
#[derive(Clone)]
struct Granted {
    person: &'static Person,
    scopes: Vec<String>,
}

impl Google {
    pub(super) fn new(http: Http) -> Self {
        Self {
            board: Board::new(),
            keys: Arc::default(),
            codes: Ledger::new(IMITATION_CODE_SECONDS),
            tokens: Ledger::new(IMITATION_TOKEN_SECONDS),
            http,
        }
    }

    fn of(exchange: &Exchange) -> Result<&Self, Fault> {
        Ok(&Imitations::of(exchange)?.google)
    }
}

fn issuer(own: &Issuer) -> String {
    own.at(GOOGLE_PATH)
}
