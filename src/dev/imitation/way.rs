//! The way to an imitation and back: which client sent the browser, where it returns to, and the page on which one
//! chooses who to be. RFC 6749 §4.1.1, §4.1.2.

use poem::http::StatusCode;
use url::Url;

use super::clients::ImitationClient;
use crate::base::Issuer;
use crate::base::issuer::is_loopback_host;
use crate::endpoint::browser::Browser;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::Failure;
use crate::endpoint::frame::{Setting, show_leading_to};
use crate::endpoint::reply::{self, Reply};
use crate::pages::DevImitationChooser;
use crate::protocol::{Parameters, Reason};

/// Where the page's form may lead in the end: back to who sent the browser, and from there to wherever that one came
/// from, all in one run of redirects.
const ANYWHERE: &str = "*";

/// Who sent the browser, and where it goes back to.
pub(super) struct Way {
    pub(super) client: ImitationClient,
    /// As it was asked for, to be compared as text.
    pub(super) redirect_uri: String,
    state: Option<String>,
    back: Url,
}

impl Way {
    /// Reads it from an authorization request; `registered` is where a request leads that names no address.
    pub(super) fn parse(
        issuer: &Issuer,
        params: &Parameters,
        clients: &[ImitationClient],
        registered: Option<&str>,
    ) -> Result<Self, Reason> {
        let client_id = params.get("client_id").ok_or(Reason::ClientIdMissing)?;
        let client = clients.iter().find(|client| client.client_id == client_id).ok_or(Reason::UnknownClient)?;
        let redirect_uri = params.get("redirect_uri").or(registered).ok_or(Reason::RedirectUriMissing)?;
        let back = Url::parse(redirect_uri).ok().filter(|url| is_on_this_machine(issuer, url));
        Ok(Self {
            client: *client,
            redirect_uri: redirect_uri.to_owned(),
            state: params.get("state").map(str::to_owned),
            back: back.ok_or(Reason::RedirectUriMismatch)?,
        })
    }

    /// Sends the browser back with an answer.
    pub(super) fn answer(&self, members: &[(&str, &str)]) -> Reply {
        let mut back = self.back.clone();
        back.query_pairs_mut().extend_pairs(self.state.iter().map(|state| ("state", state))).extend_pairs(members);
        reply::see_other(back.as_str())
    }

    /// The page on which one chooses, at the same address as the request.
    pub(super) fn chooser(&self, exchange: &Exchange, page: DevImitationChooser) -> Reply {
        let address = exchange.uri.path_and_query().map_or_else(String::new, ToString::to_string);
        let page = DevImitationChooser { action: address, client_id: self.client.client_id.to_owned(), ..page };
        let mut draw = exchange.draw()?;
        let browser = Browser::of(exchange, &mut draw);
        show_leading_to(exchange, StatusCode::OK, &page, &Setting::alone(&browser), ANYWHERE, &mut draw)
    }
}

/// The parameters of the request a page belongs to, which stand in its address even when its form is sent.
pub(super) fn request_of(exchange: &Exchange) -> Result<Parameters, Failure> {
    Ok(exchange.query_parameters()?)
}

/// The real ones compare with what was registered. Here everything on this machine is, and nothing else: whoever builds
/// on it has nothing to register, and no page elsewhere gets a code.
fn is_on_this_machine(issuer: &Issuer, url: &Url) -> bool {
    let is_web = matches!(url.scheme(), "http" | "https") && url.fragment().is_none() && url.username().is_empty();
    let is_own = url.origin().ascii_serialization() == issuer.as_str();
    is_web && (is_own || url.host().is_some_and(|host| is_loopback_host(&host)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dev::imitation::GOOGLE_CLIENT;

    fn way(query: &str, registered: Option<&str>) -> Result<Way, Reason> {
        let issuer = Issuer::parse("https://doorward.test").unwrap();
        Way::parse(&issuer, &Parameters::parse(query.as_bytes()).unwrap(), &[GOOGLE_CLIENT], registered)
    }

    #[test]
    fn a_browser_goes_back_to_this_machine_alone() {
        let asked = |uri: &str| way(&format!("client_id=doorward-at-google&redirect_uri={uri}"), None).map(|_| ());
        for own in ["http://localhost:3000/x", "http://127.0.0.1/x", "https://doorward.test/federation/google/callback"]
        {
            assert_eq!(asked(own), Ok(()), "{own}");
        }
        for foreign in
            ["https://evil.example/x", "http://localhost.evil.example/", "http://a@localhost/", "app.x:/", "x"]
        {
            assert_eq!(asked(foreign), Err(Reason::RedirectUriMismatch), "{foreign}");
        }
    }

    #[test]
    fn who_asks_and_for_whom_must_be_known() {
        assert_eq!(way("redirect_uri=http://localhost/", None).err(), Some(Reason::ClientIdMissing));
        assert_eq!(way("client_id=x&redirect_uri=http://localhost/", None).err(), Some(Reason::UnknownClient));
        assert_eq!(way("client_id=doorward-at-google", None).err(), Some(Reason::RedirectUriMissing));
        assert!(way("client_id=doorward-at-google", Some("http://localhost/registered")).is_ok());
    }

    #[test]
    fn an_answer_keeps_what_the_address_had() {
        let query = "client_id=doorward-at-google&state=a%26b&redirect_uri=http%3A%2F%2Flocalhost%2Fx%3Fkept%3D1";
        let answer = way(query, None).unwrap().answer(&[("code", "4/0 x")]).unwrap();
        assert_eq!(answer.headers()["location"], "http://localhost/x?kept=1&state=a%26b&code=4%2F0+x");
    }
}
