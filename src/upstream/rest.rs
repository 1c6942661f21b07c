//! GitHub's REST interface, as far as it tells who somebody is.
//!
//! Pages are counted by us; an address in an answer is never followed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oauth2::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use oauth2::http::request::Builder;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

use super::http::{Answer, malformed, misconfigured, unreachable};
use super::line::Line;
use super::{Provider, UpstreamFailure};
use crate::base::Sensitive;
use crate::base::bounds::UPSTREAM_PAGES_MAX;

/// The version of the interface this is written against.
const VERSION: &str = "2022-11-28";
const PAGE_ENTRIES: usize = 100;

/// The interface of one site.
#[derive(Clone, Copy)]
pub(super) struct Rest<'a> {
    pub(super) line: Line<'a>,
    /// Its address, without a slash at the end.
    pub(super) interface: &'a str,
}

/// The entries of a list, as far as it was read.
pub(super) struct Listed<T> {
    pub(super) found: Vec<T>,
    /// Whether organisations were left out until the person goes through their single sign-on.
    pub(super) hides_organizations: bool,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { found: Vec::new(), hides_organizations: false }
    }
}

impl Rest<'_> {
    /// Whose token it is, and its scopes as the headers tell them.
    pub(super) async fn user<T: DeserializeOwned>(
        &self,
        token: &Sensitive<String>,
    ) -> Result<(T, Vec<String>), UpstreamFailure> {
        let answer = self.get("/user", token).await?;
        let scopes = answer.header("x-oauth-scopes").split(',').map(str::trim).filter(|scope| !scope.is_empty());
        let scopes = scopes.map(str::to_owned).collect();
        if matches!(answer.status, 401 | 403) {
            return Err(UpstreamFailure::Refused { code: format!("status {}", answer.status) });
        }
        Ok((answer.json("the user")?, scopes))
    }

    /// The entries of a list up to the first that is `wanted`; `None` when the token may not read it.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        token: &Sensitive<String>,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Option<Listed<T>>, UpstreamFailure> {
        let mut listed = Listed::default();
        // 1.3: a person may have hundreds.
        for page in 1..=UPSTREAM_PAGES_MAX {
            let answer = self.get(&format!("{path}?per_page={PAGE_ENTRIES}&page={page}"), token).await?;
            if matches!(answer.status, 403 | 404) {
                return refused(&answer);
            }
            listed.hides_organizations |= !answer.header("x-github-sso").is_empty();
            let says_more = answer.header("link").contains("rel=\"next\"");
            let entries: Vec<T> = answer.json("a list")?;
            let is_full = entries.len() >= PAGE_ENTRIES;
            let is_found = entries.iter().any(&wanted);
            listed.found.extend(entries);
            if is_found || !(says_more || is_full) {
                break;
            }
        }
        Ok(Some(listed))
    }

    /// Ends the grant that a token belongs to (1.7).
    pub(super) async fn end_grant(
        &self,
        provider: &Provider,
        token: &Sensitive<String>,
    ) -> Result<(), UpstreamFailure> {
        let mut address = Url::parse(self.interface).map_err(|_| misconfigured("an address is not a URL"))?;
        let mut segments = address.path_segments_mut().map_err(|()| misconfigured("an address has no path"))?;
        segments.pop_if_empty().extend(["applications", &provider.client_id, "grant"]);
        drop(segments);
        let credentials = Sensitive::new(format!("{}:{}", provider.client_id, provider.client_secret.expose()));
        let request = oauth2::http::Request::delete(address.as_str())
            .header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(credentials.expose())))
            .header(CONTENT_TYPE, "application/json");
        let answer = self.call(request, json!({ "access_token": token.expose() }).to_string().into_bytes()).await?;
        match answer.status {
            200..300 | 404 | 422 => Ok(()),
            status => Err(UpstreamFailure::Refused { code: format!("status {status}") }),
        }
    }

    async fn get(&self, path: &str, token: &Sensitive<String>) -> Result<Answer, UpstreamFailure> {
        let request = oauth2::http::Request::get(format!("{}{path}", self.interface));
        self.call(request.header(AUTHORIZATION, format!("Bearer {}", token.expose())), Vec::new()).await
    }

    async fn call(&self, request: Builder, body: Vec<u8>) -> Result<Answer, UpstreamFailure> {
        let request = request.header(ACCEPT, "application/vnd.github+json").header("X-GitHub-Api-Version", VERSION);
        let request = request.body(body).map_err(|_| malformed("the tokens: no access token"))?;
        let answer = self.line.call(request).await?.in_order()?;
        if is_throttled(&answer) { Err(unreachable("it asks for patience")) } else { Ok(answer) }
    }
}

// 1.11: a 403 for too many requests looks like one for too few rights but for these.
fn is_throttled(answer: &Answer) -> bool {
    answer.status == 403 && (!answer.header("retry-after").is_empty() || answer.header("x-ratelimit-remaining") == "0")
}

// 1.10: an organisation with single sign-on answers so to a token that did not go through it.
fn refused<T>(answer: &Answer) -> Result<Option<Listed<T>>, UpstreamFailure> {
    if answer.header("x-github-sso").is_empty() {
        return Ok(None);
    }
    Err(UpstreamFailure::Withheld { detail: "an organisation's single sign-on" })
}
