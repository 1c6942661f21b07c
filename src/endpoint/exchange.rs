//! One request as the endpoints see it: head, bounded body, where it came from, and the moment it is answered at.

use std::any::Any;
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use poem::http::{HeaderMap, HeaderValue, Method, Uri, header};

use super::context::Context;
use super::mount::State;
use super::trace::Gathered;
use crate::base::{Draw, Fault, PeerCertificates, Timestamp};
use crate::protocol::{Parameters, Reason};

/// A request with everything an endpoint may look at.
#[derive(Clone)]
pub struct Exchange {
    /// The program's parts.
    pub context: Arc<Context>,
    /// The method.
    pub method: Method,
    /// The address asked for. Its host is never used (DISC-02, HTT-11).
    pub uri: Uri,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body, at most `BODY_BYTES_MAX`.
    pub body: Vec<u8>,
    /// The path of the row it came to, as the table has it.
    pub route: &'static str,
    /// Where the request came from.
    pub ip: IpAddr,
    /// The one moment everything in the answer agrees on.
    pub now: Timestamp,
    /// The certificates that the client's connection showed, its own first; none unless they are asked for.
    pub certificates: Option<PeerCertificates>,
    /// What log lines and error pages call this request (LOG-03).
    pub id: RequestId,
    /// What the row it came to has of its own.
    pub state: Option<State>,
    /// The origin whose scripts may read the answer; nobody's until the client is known.
    pub reader: OnceLock<HeaderValue>,
    /// What it has to tell of the trace that it belongs to.
    pub gathered: Arc<Mutex<Gathered>>,
}

/// The name of a request: unique in the life of a process and unguessable between processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The next name in the series that begins with `prefix`.
    pub fn next(prefix: &str, counter: &AtomicU64) -> Self {
        Self(format!("{prefix}-{:x}", counter.fetch_add(1, Ordering::Relaxed)))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Exchange {
    /// What the row has of its own, as its functions know it.
    pub fn state<T: Any>(&self) -> Result<&T, Fault> {
        let own = self.state.as_deref().and_then(|own| own.downcast_ref());
        own.ok_or_else(|| Fault::broken("a row is mounted without the state that its functions know"))
    }

    /// Randomness for this request.
    pub fn draw(&self) -> Result<Draw, Fault> {
        self.context.entropy.draw()
    }

    /// The text of a header field, when it is there once and readable.
    pub fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The query, without the question mark.
    pub fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    /// The parameters of the query.
    pub fn query_parameters(&self) -> Result<Parameters, Reason> {
        Parameters::parse(self.query().as_bytes())
    }

    /// The parameters of a form. Nothing but `application/x-www-form-urlencoded` in UTF-8 is one (TOK-02).
    pub fn form_parameters(&self) -> Result<Parameters, Reason> {
        if !self.is_form() {
            return Err(Reason::NotAForm);
        }
        Parameters::parse(&self.body)
    }

    /// The parameters of a request that may come by GET or by POST (OpenID Connect Core §3.1.2.1).
    pub fn parameters(&self) -> Result<Parameters, Reason> {
        if self.method != Method::POST {
            return self.query_parameters();
        }
        if !self.is_form() {
            return Err(Reason::NotAForm);
        }
        Parameters::parse_post(self.query().as_bytes(), &self.body)
    }

    /// Whether the body says it is a form, in an encoding we read.
    pub fn is_form(&self) -> bool {
        let Some(value) = self.header(header::CONTENT_TYPE) else { return false };
        let mut parts = value.split(';').map(str::trim);
        let is_form = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
        is_form
            && parts.all(|parameter| {
                let charset = parameter.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
                charset.is_none_or(|(_, charset)| charset.trim().trim_matches('"').eq_ignore_ascii_case("utf-8"))
            })
    }

    /// The value of one cookie; of several with the same name, the first.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(own, value)| (own == name).then_some(value))
    }

    /// What the browser calls itself, shortened and without control characters.
    pub fn user_agent(&self) -> Option<String> {
        let text = self.header(header::USER_AGENT)?;
        Some(text.chars().filter(|c| !c.is_control()).take(crate::base::bounds::USER_AGENT_CHARS_MAX).collect())
    }
}
