//! The `sub` by which a client knows a person (OpenID Connect Core §8): the account's own id, or one that only clients of
//! the same sector share (§8.1).
//!
//! A client that is registered for pairwise subjects keeps them when the operator no longer offers them, because going
//! back would tell it who its people are elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use super::id_token_hint::Hint;
use crate::base::issuer::is_loopback_host;
use crate::base::secret::keyed_digest;
use crate::base::{AccountId, Sensitive};
use crate::model::client::{Client, ClientMetadata, Provenance};
use crate::model::session::SignedIn;

/// Names people to clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subjects(Sensitive<[u8; 32]>);

impl Subjects {
    /// Pairwise subjects are made under `key`: whoever has it and the accounts' ids can link them.
    pub const fn new(key: Sensitive<[u8; 32]>) -> Self {
        Self(key)
    }

    /// The `sub` of `account` for `client`.
    pub fn of(&self, client: &Client, account: &AccountId) -> String {
        if client.metadata.is_pairwise() {
            // §8.1: not reversible by anybody but us, the same each time, and different for each sector.
            let digest = keyed_digest(self.0.expose(), &["pairwise", &sector(client), account.as_str()]);
            URL_SAFE_NO_PAD.encode(digest)
        } else {
            account.as_str().to_owned()
        }
    }

    /// The one of `people` whom `client` knows as `subject`.
    pub fn find<'a>(&self, client: &Client, subject: &str, people: &'a [AccountId]) -> Option<&'a AccountId> {
        people.iter().find(|account| self.of(client, account) == subject)
    }

    /// A hint for `client` with the account's own id in the place of a pairwise subject, when it names somebody of
    /// `sessions`.
    pub fn resolve(&self, hint: Hint, client: Option<&Client>, sessions: &[SignedIn]) -> Hint {
        let (Hint::Genuine(mut hint), Some(client)) = (hint.clone(), client) else { return hint };
        let is_meant = |signed_in: &&SignedIn| self.of(client, &signed_in.account.id) == hint.subject;
        if let Some(meant) = sessions.iter().find(is_meant).filter(|_| hint.audience == client.client_id) {
            hint.subject = meant.account.id.as_str().to_owned();
        }
        Hint::Genuine(hint)
    }
}

/// Whose subjects `client` shares.
fn sector(client: &Client) -> String {
    // A document may change what it says at any time, and tokens that it got before would follow it elsewhere.
    if client.provenance == Provenance::Document {
        return alone(&client.client_id);
    }
    sector_of(&client.client_id, &client.metadata)
}

/// §8.1: the host of the sector's document, or the one that the redirect URIs have in common. Loopback is everybody's host
/// and holds nobody together, and only https has hosts that are somebody's.
pub(super) fn sector_of(client_id: &str, metadata: &ClientMetadata) -> String {
    let ClientMetadata { sector_identifier_uri, redirect_uris, .. } = metadata;
    let is_somebodys = |url: &Url| url.scheme() == "https" && !url.host().is_some_and(|host| is_loopback_host(&host));
    let of_redirects = || redirect_uris.first().and_then(|uri| Url::parse(uri.as_str()).ok()).filter(is_somebodys);
    let url = sector_identifier_uri.as_deref().map_or_else(of_redirects, |address| Url::parse(address).ok());
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| alone(client_id))
}

/// A client that shares its subjects with nobody.
fn alone(client_id: &str) -> String {
    format!("client:{client_id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::RedirectUri;
    use crate::protocol::samples;

    fn account(seed: u8) -> AccountId {
        AccountId::generate(&mut crate::base::Draw::from_seed([seed; 32]))
    }

    fn client(redirect_uri: &str, sector: Option<&str>) -> Client {
        let mut client = samples::client();
        client.metadata.subject_type = Some("pairwise".to_owned());
        client.metadata.redirect_uris = vec![RedirectUri::parse(redirect_uri).unwrap()];
        client.metadata.sector_identifier_uri = sector.map(str::to_owned);
        client
    }

    #[test]
    fn core_8_1_subjects_differ_for_sectors_and_people_and_stay() {
        let subjects = Subjects::new(Sensitive::new([7; 32]));
        let one = client("https://a.example/cb", None);
        let seen = subjects.of(&one, &account(1));
        assert_eq!(seen.len(), 43);
        assert_eq!(seen, subjects.of(&client("https://a.example:8443/x", None), &account(1)), "one host");
        let by_document = client("https://b.example/cb", Some("https://a.example/uris"));
        assert_eq!(seen, subjects.of(&by_document, &account(1)), "one sector");
        assert_ne!(seen, subjects.of(&client("https://b.example/cb", None), &account(1)));
        assert_ne!(seen, subjects.of(&one, &account(2)));
        assert_ne!(seen, Subjects::new(Sensitive::new([8; 32])).of(&one, &account(1)));
        assert_eq!(subjects.of(&samples::client(), &account(1)), account(1).as_str());
    }

    #[test]
    fn core_8_1_apps_on_loopback_do_not_share_people() {
        let subjects = Subjects::new(Sensitive::new([7; 32]));
        for uri in ["http://127.0.0.1/cb", "http://[::1]/cb", "http://localhost/cb"] {
            let one = client(uri, None);
            let other = Client { client_id: "other".to_owned(), ..one.clone() };
            assert_ne!(subjects.of(&one, &account(1)), subjects.of(&other, &account(1)), "{uri}");
        }
    }
}
