//! Imitations of other providers, to sign in from without a network: `/dev/google` speaks OpenID Connect, `/dev/github`
//! OAuth 2.0 and a REST interface, each with the quirks of the real one, and with switches for those that come and go.
//! Everybody in them is made up, everything is kept in memory and bounded, and their secrets are public.
//!
//! Doorward's connectors meet them over HTTP like the real ones; only the addresses differ.
//!
//! They are not models of their providers beyond what somebody who signs people in can see: no refresh tokens, no
//! registration of clients, no other interfaces.

mod clients;
mod github;
mod google;
mod ledger;
mod panel;
mod switches;
mod way;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use self::github::GitHub;
use self::google::Google;
use super::Dev;
use super::http::Http;
use super::row;
use crate::base::{Draw, Fault, Issuer};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::mount::Row;
use crate::model::upstream::NotAProvider;
use crate::upstream::{ClaimsTaken, Kind, Provider};

pub use clients::{GITHUB_CLIENT, GITHUB_OTHER_CLIENT, GOOGLE_CLIENT, GOOGLE_OTHER_CLIENT, ImitationClient};

/// Where the imitated Google is; below the issuer's origin, its issuer.
pub const GOOGLE_PATH: &str = "/dev/google";
/// Where the imitated GitHub is.
pub const GITHUB_PATH: &str = "/dev/github";
/// Where the REST interface of the imitated GitHub is.
pub const GITHUB_API_PATH: &str = "/dev/github/api/v3";
/// Where the imitated Google is told to misbehave.
pub const GOOGLE_SWITCHES_PATH: &str = "/dev/google/switches";
/// Where the imitated GitHub is told to misbehave.
pub const GITHUB_SWITCHES_PATH: &str = "/dev/github/switches";
/// Where Doorward takes Google's security events.
pub const GOOGLE_EVENTS_PATH: &str = "/federation/google/events";
/// Where the imitated GitHub sends people whose request names no address.
const GITHUB_CALLBACK_PATH: &str = "/federation/github/callback";

/// Both, with everything they remember.
pub(super) struct Imitations {
    google: Google,
    github: GitHub,
}

impl Imitations {
    pub(super) fn new(http: Http) -> Self {
        Self { google: Google::new(http), github: GitHub::new() }
    }

    fn of(exchange: &Exchange) -> Result<&Self, Fault> {
        Ok(&Dev::of(exchange)?.imitations)
    }
}

/// The imitations as an operator at `issuer` would describe them.
pub fn providers(issuer: &Issuer) -> Result<Vec<Provider>, NotAProvider> {
    let google =
        Provider { issuer: Some(issuer.at(GOOGLE_PATH)), ..described(Kind::Google, "google", &GOOGLE_CLIENT)? };
    let github = Provider {
        issuer: Some(issuer.at(GITHUB_PATH)),
        userinfo_endpoint: Some(issuer.at(GITHUB_API_PATH)),
        ..described(Kind::GitHub, "github", &GITHUB_CLIENT)?
    };
    Ok(vec![google, github])
}

fn described(kind: Kind, id: &str, client: &ImitationClient) -> Result<Provider, NotAProvider> {
    let name = if kind == Kind::Google { google::NAME } else { github::NAME };
    Ok(Provider {
        allows_private_addresses: true,
        claims_taken: ClaimsTaken::EachTime,
        ..Provider::new(id.parse()?, name, kind, client.client_id, client.client_secret)
    })
}

/// Text that nobody guesses, behind a beginning that tells what it is.
fn secret(beginning: &str, draw: &mut Draw) -> String {
    format!("{beginning}{}", URL_SAFE_NO_PAD.encode(draw.bytes::<32>()))
}

/// The addresses of both.
pub(super) const ROWS: &[Row] = &[
    row!("/dev/google/.well-known/openid-configuration", GET => google::documents::discovery),
    row!("/dev/google/.well-known/risc-configuration", GET => google::documents::risc),
    row!("/dev/google/o/oauth2/v2/auth", GET => google::authorize::get, POST => google::authorize::post),
    row!("/dev/google/token", POST => google::token::post),
    row!("/dev/google/oauth2/v3/certs", GET => google::documents::certs),
    row!("/dev/google/oauth2/v3/userinfo", GET => google::userinfo::answer, POST => google::userinfo::answer),
    row!("/dev/google/switches", GET => google::panel::get, POST => google::panel::post, PUT => google::panel::put),
    row!("/dev/google/rotate", POST => google::panel::rotate),
    row!("/dev/google/events", POST => google::panel::send_event),
    row!("/dev/github/login/oauth/authorize", GET => github::authorize::get, POST => github::authorize::post),
    row!("/dev/github/login/oauth/access_token", POST => github::token::post),
    row!("/dev/github/api/v3/user", GET => github::rest::user),
    row!("/dev/github/api/v3/user/emails", GET => github::rest::emails),
    row!("/dev/github/api/v3/user/memberships/orgs", GET => github::rest::memberships),
    row!("/dev/github/api/v3/applications/:client_id/grant", DELETE => github::revoke::grant),
    row!("/dev/github/api/v3/applications/:client_id/token", DELETE => github::revoke::token),
    row!("/dev/github/switches", GET => github::panel::get, POST => github::panel::post, PUT => github::panel::put),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_imitations_are_providers_on_this_machine() {
        let providers = providers(&Issuer::parse("http://localhost:8080").unwrap()).unwrap();
        let told: Vec<_> = providers.iter().map(|one| (one.id.as_str(), one.issuer.as_deref().unwrap())).collect();
        let expected = [("google", "http://localhost:8080/dev/google"), ("github", "http://localhost:8080/dev/github")];
        assert_eq!(told, expected);
        assert!(providers.iter().all(|one| one.allows_private_addresses && one.allows_sign_up));
    }

    #[test]
    fn every_row_is_below_its_imitation() {
        for row in ROWS {
            assert!([GOOGLE_PATH, GITHUB_PATH].iter().any(|path| row.path.starts_with(path)), "{}", row.path);
        }
    }
}
