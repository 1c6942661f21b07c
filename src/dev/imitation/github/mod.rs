//! The imitated GitHub: OAuth 2.0 and as much of the REST interface as signing in needs. Federation 1.

mod addresses;
pub(super) mod authorize;
pub(super) mod panel;
mod people;
pub(super) mod rest;
pub(super) mod revoke;
mod scopes;
pub(super) mod token;

use self::people::Person;
use self::scopes::Agreements;
use super::Imitations;
use super::clients::{GITHUB_CLIENT, GITHUB_OTHER_CLIENT, ImitationClient};
use super::ledger::Ledger;
use super::switches::{Board, switches};
use crate::base::Fault;
use crate::base::bounds::IMITATION_CODE_SECONDS;
use crate::endpoint::exchange::Exchange;

/// What people call it.
pub(super) const NAME: &str = "GitHub";
const CLIENTS: [ImitationClient; 2] = [GITHUB_CLIENT, GITHUB_OTHER_CLIENT];
/// Federation 1.7: tokens of OAuth apps do not expire.
const NEVER: i64 = i64::MAX;

switches! {
    /// The quirks of GitHub that come and go.
    Quirk {
        /// Federation 1.2: nobody shows an address.
        PrivateAddress = "private_address",
        /// Federation 1.3: the primary address is not verified.
        NoVerifiedPrimary = "no_verified_primary",
        /// Federation 1.3: the primary address is one where nobody reads.
        NoreplyAddress = "noreply_address",
        /// Federation 1.1: the same people under other names.
        RenamedLogin = "renamed_login",
        /// Federation 1.3: so many addresses that the primary one is on the last page.
        ManyAddresses = "many_addresses",
        /// Federation 1.5: people do not let their addresses be read.
        RefusedScope = "refused_scope",
        /// Federation 1.10: organisations want single sign-on first.
        OrgSso = "org_sso",
        /// It does not work.
        Down = "down",
    }
}

/// Everything it remembers.
pub(super) struct GitHub {
    board: Board<Quirk>,
    codes: Ledger<Given>,
    tokens: Ledger<Granted>,
    agreements: Agreements,
}

/// What a code stands for.
#[derive(Clone)]
struct Given {
    redirect_uri: String,
    challenge: Option<String>,
    granted: Granted,
}

/// What an access token stands for.
#[derive(Clone)]
struct Granted {
    client: ImitationClient,
    person: &'static Person,
    scopes: Vec<String>,
}

impl GitHub {
    pub(super) fn new() -> Self {
        Self {
            board: Board::new(),
            codes: Ledger::new(IMITATION_CODE_SECONDS),
            tokens: Ledger::new(NEVER),
            agreements: Agreements::default(),
        }
    }

    fn of(exchange: &Exchange) -> Result<&Self, Fault> {
        Ok(&Imitations::of(exchange)?.github)
    }
}
