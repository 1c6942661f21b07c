//! The one way out to providers: https to public addresses (unless the operator allows others), no redirects, no
//! proxies, one deadline for connection and answer together, answers that are cut instead of believed in their length,
//! and a bound on the calls under way.
//!
//! What an answer means is not decided here.

use std::sync::Arc;
use std::time::Duration;

use http::header::{AGE, CACHE_CONTROL, CONTENT_TYPE, HeaderMap};
use oauth2::http;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use serde::de::DeserializeOwned;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use super::UpstreamFailure;
use super::address::{Names, OutOfReach, Reach};
use crate::base::bounds::{
    UPSTREAM_ANSWER_BYTES_MAX, UPSTREAM_CALL_SECONDS, UPSTREAM_CALLS_MAX, UPSTREAM_ERROR_CODE_CHARS_MAX,
    UPSTREAM_IDLE_CONNECTIONS_MAX, UPSTREAM_LOOKUPS_MAX, UPSTREAM_STEP_SECONDS,
};

/// A request to a provider.
pub(super) type Request = http::Request<Vec<u8>>;

/// How much patience providers get.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For one call, connection and answer together.
    pub call: Duration,
    /// For all calls that one step of a person needs.
    pub step: Duration,
    /// Calls under way at once.
    pub calls: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(UPSTREAM_CALL_SECONDS),
            step: Duration::from_secs(UPSTREAM_STEP_SECONDS),
            calls: UPSTREAM_CALLS_MAX,
        }
    }
}

/// The clients. Each reach has its own, with connections of its own: what may be called for one provider must not be
/// reached through an open connection for another.
pub(super) struct Http {
    public: OnceCell<Client>,
    anywhere: OnceCell<Client>,
    /// For plain http, which is only spoken where private addresses are allowed.
    plain: Client,
    lookups: Arc<Semaphore>,
    places: Semaphore,
    pub(super) limits: Limits,
}

impl Http {
    /// The clients, ready for calls within `reaches`; others are made when they are first needed.
    pub(super) fn new(limits: Limits, reaches: &[Reach]) -> Result<Self, UpstreamFailure> {
        let lookups = Arc::new(Semaphore::new(UPSTREAM_LOOKUPS_MAX));
        // Reading the machine's certificates takes a tenth of a second, which plain http does not need.
        let plain = builder(Reach::Anywhere, &lookups).tls_certs_only([]).build().map_err(|error| broken(&error))?;
        let public = reaches.contains(&Reach::Public).then(|| client(Reach::Public, &lookups)).transpose()?;
        let public = OnceCell::new_with(public);
        Ok(Self { public, anywhere: OnceCell::new(), plain, lookups, places: Semaphore::new(limits.calls), limits })
    }

    /// The place of one call among those under way.
    pub(super) fn place(&self) -> Result<SemaphorePermit<'_>, UpstreamFailure> {
        self.places.try_acquire().map_err(|_| unreachable("too many calls are under way"))
    }

    /// The answer to `request`, which has its place.
    pub(super) async fn call(&self, reach: Reach, request: Request) -> Result<Answer, UpstreamFailure> {
        let answered = tokio::time::timeout(self.limits.call, self.answered(reach, request)).await;
        answered.unwrap_or_else(|_| Err(unreachable("no answer in time")))
    }

    async fn answered(&self, reach: Reach, request: Request) -> Result<Answer, UpstreamFailure> {
        let request = reqwest::Request::try_from(request).map_err(|_| misconfigured("an address is not a URL"))?;
        check_address(reach, request.url())?;
        let client = self.client(reach, request.url().scheme()).await?;
        let response = client.execute(request).await.map_err(|error| failed(&error))?;
        Answer::read(response, UPSTREAM_ANSWER_BYTES_MAX).await
    }

    async fn client(&self, reach: Reach, scheme: &str) -> Result<&Client, UpstreamFailure> {
        let kept = match reach {
            Reach::Public => &self.public,
            Reach::Anywhere if scheme == "http" => return Ok(&self.plain),
            Reach::Anywhere => &self.anywhere,
        };
        let make = || async {
            let lookups = self.lookups.clone();
            let made = tokio::task::spawn_blocking(move || client(reach, &lookups)).await;
            made.unwrap_or_else(|_| Err(unreachable("no client could be made")))
        };
        kept.get_or_try_init(make).await
    }
}

fn builder(reach: Reach, lookups: &Arc<Semaphore>) -> ClientBuilder {
    Client::builder()
        // 1.11: GitHub answers nobody without it.
        .user_agent(concat!("doorward/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .referer(false)
        // A proxy would resolve names itself, behind the back of the check.
        .no_proxy()
        .pool_max_idle_per_host(UPSTREAM_IDLE_CONNECTIONS_MAX)
        .dns_resolver(Names::new(reach, lookups.clone()))
}

fn client(reach: Reach, lookups: &Arc<Semaphore>) -> Result<Client, UpstreamFailure> {
    builder(reach, lookups).https_only(true).build().map_err(|error| broken(&error))
}

fn check_address(reach: Reach, url: &url::Url) -> Result<(), UpstreamFailure> {
    let is_scheme = url.scheme() == "https" || (url.scheme() == "http" && reach == Reach::Anywhere);
    if !is_scheme {
        return Err(misconfigured("an address is not https"));
    }
    match url.host() {
        Some(host) if reach.permits(&host) => Ok(()),
        _ => Err(out_of_reach()),
    }
}

fn innermost<'e>(error: &'e (dyn std::error::Error + 'static)) -> &'e (dyn std::error::Error + 'static) {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause
}

pub(super) fn broken(error: &reqwest::Error) -> UpstreamFailure {
    misconfigured(&format!("no https client can be made: {}", innermost(error)))
}

pub(super) fn failed(error: &reqwest::Error) -> UpstreamFailure {
    let cause = innermost(error);
    if cause.is::<OutOfReach>() {
        return out_of_reach();
    }
    let place = if error.is_connect() { "no connection" } else { "no answer" };
    // A certificate's names are the other side's words.
    let cause = cause.to_string();
    let printable = cause.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(2 * UPSTREAM_ERROR_CODE_CHARS_MAX);
    unreachable(&format!("{place}: {}", printable.collect::<String>()))
}

pub(super) fn out_of_reach() -> UpstreamFailure {
    misconfigured("an address is private, and private addresses are not allowed for this provider")
}

pub(super) fn unreachable(detail: &str) -> UpstreamFailure {
    UpstreamFailure::Unreachable { detail: detail.to_owned() }
}

pub(super) fn malformed(detail: &str) -> UpstreamFailure {
    UpstreamFailure::Malformed { detail: detail.to_owned() }
}

pub(super) fn misconfigured(detail: &str) -> UpstreamFailure {
    UpstreamFailure::Misconfigured { detail: detail.to_owned() }
}

/// What a provider answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// Reads an answer of at most `bytes_max` bytes, whatever length it claims.
    pub(super) async fn read(mut response: reqwest::Response, bytes_max: usize) -> Result<Self, UpstreamFailure> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| unreachable("the answer broke off"))? {
            if body.len() + chunk.len() > bytes_max {
                return Err(malformed("the answer is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self { status: response.status().as_u16(), headers: std::mem::take(response.headers_mut()), body })
    }

    /// This answer, unless it says that the provider is out of order, or sends us elsewhere.
    pub(super) fn in_order(self) -> Result<Self, UpstreamFailure> {
        match self.status {
            408 | 429 | 500.. => Err(unreachable(&format!("status {}", self.status))),
            300..400 => Err(malformed("a redirect, where none is followed")),
            _ => Ok(self),
        }
    }

    /// The body of an answer that must be a success in JSON.
    pub(super) fn json<T: DeserializeOwned>(self, what: &str) -> Result<T, UpstreamFailure> {
        let answer = self.in_order()?;
        if !(200..300).contains(&answer.status) {
            return Err(malformed(&format!("{what}: status {}", answer.status)));
        }
        if !answer.is_json() {
            return Err(malformed(&format!("{what}: not JSON by its type")));
        }
        // The parser's message quotes what it read.
        serde_json::from_slice(&answer.body).map_err(|_| malformed(&format!("{what}: not the JSON expected")))
    }

    /// Whether the body calls itself JSON: `application/json` or a type made of it (RFC 6839 §3.1).
    pub(super) fn is_json(&self) -> bool {
        let essence = self.header(CONTENT_TYPE.as_str()).split(';').next().unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        essence.strip_prefix("application/").is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
    }

    /// A header's text; empty when there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// For how many seconds the answer may be kept by its headers (RFC 9111 §4.2, §5.2.2); `None` when they do not say.
    pub(super) fn fresh_seconds(&self) -> Option<i64> {
        let directives = self.header(CACHE_CONTROL.as_str()).to_ascii_lowercase();
        let mut directives = directives.split(',').map(str::trim);
        if directives.clone().any(|directive| matches!(directive, "no-store" | "no-cache")) {
            return Some(0);
        }
        let max_age = directives.find_map(|directive| directive.strip_prefix("max-age="));
        let max_age = max_age?.trim_matches('"').parse::<u32>().ok()?;
        let age = self.header(AGE.as_str()).parse::<u32>().unwrap_or(0);
        Some(i64::from(max_age.saturating_sub(age)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&'static str, &str)]) -> Answer {
        let mut kept = HeaderMap::new();
        for (name, value) in headers {
            kept.insert(*name, value.parse().unwrap());
        }
        Answer { status: 200, headers: kept, body: Vec::new() }
    }

    #[test]
    fn fed_2_3_how_long_an_answer_is_fresh_follows_from_its_headers() {
        let fresh = |headers: &[(&'static str, &str)]| answer(headers).fresh_seconds();
        assert_eq!(fresh(&[]), None);
        assert_eq!(fresh(&[("cache-control", "public, max-age=24000, must-revalidate")]), Some(24_000));
        assert_eq!(fresh(&[("cache-control", "Max-Age=\"60\"")]), Some(60));
        assert_eq!(fresh(&[("cache-control", "max-age=100"), ("age", "40")]), Some(60));
        assert_eq!(fresh(&[("cache-control", "max-age=100"), ("age", "400")]), Some(0));
        assert_eq!(fresh(&[("cache-control", "no-store, max-age=100")]), Some(0));
        for senseless in ["max-age=-1", "max-age=", "max-age=99999999999999999999", "s-maxage=5"] {
            assert_eq!(fresh(&[("cache-control", senseless)]), None, "{senseless}");
        }
    }

    #[test]
    fn only_what_calls_itself_json_is_json() {
        for json in ["application/json", "Application/JSON; charset=utf-8", "application/jwk-set+json"] {
            assert!(answer(&[("content-type", json)]).is_json(), "{json}");
        }
        for other in ["text/html", "text/json", "application/jsonp", "application/jwt", ""] {
            assert!(!answer(&[("content-type", other)]).is_json(), "{other}");
        }
        assert!(!answer(&[]).is_json());
    }

    #[test]
    fn fed_3_17_plain_http_is_only_spoken_where_private_addresses_are_allowed() {
        let check = |reach, text: &str| check_address(reach, &url::Url::parse(text).unwrap()).is_ok();
        assert!(check(Reach::Public, "https://accounts.example/token"));
        assert!(check(Reach::Anywhere, "http://localhost:8080/token"));
        for refused in ["http://accounts.example/", "https://10.0.0.1/", "ftp://accounts.example/", "https://[::1]/"] {
            assert!(!check(Reach::Public, refused), "{refused}");
        }
        assert!(!check(Reach::Anywhere, "file:///etc/passwd"));
    }
}
