//! The route table's machinery: one row an address, with the methods it takes, the form its errors take and what
//! browsers of other origins may do with it.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use poem::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, Request, Response};

use super::certificate;
use super::check_session::follow_sessions;
use super::context::Context;
use super::cors::Cors;
use super::dpop;
use super::exchange::{Exchange, RequestId};
use super::failure::{Failure, HttpRefusal};
use super::observer::Answered;
use super::reply::{self, ErrorForm, Reply};
use super::source::{proxied_trace, source_of};
use crate::base::{Fault, Issuer};
use crate::protocol::features::Features;

/// An endpoint's function.
pub type Handler = for<'e> fn(&'e Exchange) -> BoxFuture<'e, Reply>;

/// What the functions of a row share beside the program's parts. Only they know its type.
pub type State = Arc<dyn Any + Send + Sync>;

/// No answer takes longer than this; a request that would is answered by 503.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// One row of the route table.
#[derive(Clone)]
pub struct Row {
    /// The path, exactly.
    pub path: &'static str,
    /// The methods and their functions. HEAD is answered wherever GET is.
    pub methods: &'static [(Method, Handler)],
    /// The form of its errors.
    pub errors: ErrorForm,
    /// Who may call it from a script of another origin.
    pub cors: Cors,
    /// Whether it is mounted, given what is on.
    pub when: fn(&Features) -> bool,
    /// State of its own, for rows that are mounted beside the table.
    pub state: Option<State>,
}

/// A row as poem calls it.
pub struct Mounted {
    context: Arc<Context>,
    row: Row,
}

impl Mounted {
    /// Binds a row to the program's parts.
    pub const fn new(context: Arc<Context>, row: Row) -> Self {
        Self { context, row }
    }

    fn handler(&self, method: &Method) -> Option<Handler> {
        let find =
            |wanted: &Method| self.row.methods.iter().find(|(own, _)| own == wanted).map(|(_, handler)| *handler);
        find(method).or_else(|| if *method == Method::HEAD { find(&Method::GET) } else { None })
    }

    fn allow(&self) -> HeaderValue {
        let mut names: Vec<&str> = self.row.methods.iter().map(|(method, _)| method.as_str()).collect();
        if names.contains(&"GET") {
            names.push("HEAD");
        }
        if self.row.cors.has_preflight() {
            names.push("OPTIONS");
        }
        HeaderValue::from_str(&names.join(", ")).expect("method names are plain ASCII")
    }

    async fn answer(&self, request: Request) -> Response {
        let started = Instant::now();
        let is_head = *request.method() == Method::HEAD;
        let is_preflight = self.row.cors.has_preflight() && *request.method() == Method::OPTIONS;
        let handler = self.handler(request.method());
        let trace = proxied_trace(&request, &self.context.policy);
        let (exchange, refusal) = self.exchange(request).await;
        let mut response = match (refusal, handler) {
            _ if is_preflight => reply::empty(StatusCode::NO_CONTENT),
            (Some(refusal), _) => reply::failure(&exchange, &refusal.into(), self.row.errors),
            (None, Some(handler)) => self.run(&exchange, handler).await,
            (None, None) => {
                let refusal = HttpRefusal::MethodNotAllowed.into();
                let mut response = reply::failure(&exchange, &refusal, self.row.errors);
                response.headers_mut().insert(header::ALLOW, self.allow());
                response
            }
        };
        if is_preflight {
            response.headers_mut().insert(header::ALLOW, self.allow());
        }
        if is_head {
            response.take_body();
        }
        follow_sessions(&exchange, &mut response);
        super::trace::finish(&exchange);
        decorate(response.headers_mut(), &self.context.issuer);
        echo_interaction(&exchange, self.row.errors, response.headers_mut());
        dpop::hand_out_nonce(&exchange, self.row.errors, response.headers_mut());
        self.row.cors.decorate(response.headers_mut(), is_preflight, exchange.reader.get());
        self.context.observer.answered(&Answered {
            endpoint: self.row.path,
            method: &exchange.method,
            status: response.status().as_u16(),
            request: exchange.id.as_str(),
            at: exchange.now,
            took: started.elapsed(),
            trace: trace.as_deref(),
        });
        response
    }

    async fn run(&self, exchange: &Exchange, handler: Handler) -> Response {
        // F-04: a panic costs this request and nothing else.
        let guarded = AssertUnwindSafe(handler(exchange)).catch_unwind();
        let outcome = match tokio::time::timeout(ANSWER_WITHIN, guarded).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_panic)) => Err(Failure::Fault(Fault::broken("a handler panicked"))),
            Err(_elapsed) => Err(Failure::Fault(Fault::Unavailable("no answer in time".to_owned()))),
        };
        outcome.unwrap_or_else(|failure| reply::failure(exchange, &failure, self.row.errors))
    }

    /// The request as far as it could be read, and why not further.
    async fn exchange(&self, request: Request) -> (Exchange, Option<HttpRefusal>) {
        let peer = request.remote_addr().as_socket_addr().map(std::net::SocketAddr::ip);
        let (parts, body) = request.into_parts();
        let mut exchange = Exchange {
            route: self.row.path,
            ip: source_of(peer, &parts.headers, &self.context.policy),
            certificates: certificate::shown(peer, &parts, &self.context),
            now: self.context.clock.now(),
            id: RequestId::next(&self.context.request_prefix, &self.context.request_counter),
            context: self.context.clone(),
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body: Vec::new(),
            state: self.row.state.clone(),
            reader: OnceLock::new(),
            gathered: Arc::default(),
        };
        if !may_have_body(&exchange.method) {
            return (exchange, None);
        }
        match read_body(body, self.context.policy.body_bytes).await {
            Ok(bytes) => {
                exchange.body = bytes;
                (exchange, None)
            }
            Err(refusal) => (exchange, Some(refusal)),
        }
    }
}

fn may_have_body(method: &Method) -> bool {
    *method != Method::GET && *method != Method::HEAD && *method != Method::OPTIONS
}

/// Reads a body of at most `limit` bytes, within the time any answer may take (HTT-04, HTT-05).
async fn read_body(body: poem::Body, limit: usize) -> Result<Vec<u8>, HttpRefusal> {
    match tokio::time::timeout(ANSWER_WITHIN, body.into_bytes_limit(limit)).await {
        Ok(Ok(bytes)) => Ok(bytes.to_vec()),
        Ok(Err(poem::error::ReadBodyError::PayloadTooLarge)) => Err(HttpRefusal::BodyTooLarge),
        Ok(Err(poem::error::ReadBodyError::Io(fault))) if fault.kind() == std::io::ErrorKind::FileTooLarge => {
            Err(HttpRefusal::BodyTooLarge)
        }
        Ok(Err(_)) | Err(_) => Err(HttpRefusal::BodyIncomplete),
    }
}

impl Endpoint for Mounted {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(self.answer(request).await)
    }
}

/// FAPI 1.0 Baseline §6.2.1 (which version 2.0 left as it was): programs find one exchange in both sides' logs by the name
/// that the client gave it, a UUID.
fn echo_interaction(exchange: &Exchange, form: ErrorForm, headers: &mut HeaderMap) {
    const NAME: HeaderName = HeaderName::from_static("x-fapi-interaction-id");
    let is_for_programs = matches!(form, ErrorForm::OAuth | ErrorForm::Bearer | ErrorForm::Problem);
    let named = exchange.headers.get(&NAME).filter(|_| is_for_programs);
    if let Some(name) = named.filter(|name| uuid::Uuid::try_parse_ascii(name.as_bytes()).is_ok()) {
        headers.insert(NAME, name.clone());
    }
}

/// The header fields every answer carries (WEB-02, WEB-03, WEB-05, WEB-06).
fn decorate(headers: &mut HeaderMap, issuer: &Issuer) {
    const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
    const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(header::REFERRER_POLICY) {
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    }
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        if !headers.contains_key(header::X_FRAME_OPTIONS) {
            headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        }
        headers.insert(CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    }
    // RFC 6797 §6.1: it would hold for every port of the host, and on loopback those are other programs.
    if issuer.is_https() && !issuer.is_loopback() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000"));
    }
}
