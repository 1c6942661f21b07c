//! Answers: which form a page, a redirect, a JSON document or a failure takes on the wire, and the header fields that
//! go with each. Failures are logged here, once.

use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, Response};
use poem_openapi::types::ToJSON as _;
use serde::Serialize;
use serde_json::json;

use super::api::problem::{Problem, code_of, status_of_problems};
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::frame::{frame_of_error, wait_of};
use super::scene::at;
use super::trace;
use crate::base::Fault;
use crate::base::bounds::RECENT_LOGIN_SECONDS;
use crate::pages::{Detail, ErrorPage, Onward};
use crate::protocol::{self, ErrorCode, Loudness, Reason, bearer};

/// What an endpoint gives.
pub type Reply = Result<Response, Failure>;

/// Which form an endpoint's failures take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorForm {
    /// A page for a person.
    Page,
    /// JSON as in RFC 6749 §5.2.
    OAuth,
    /// A challenge as in RFC 6750 §3.
    Bearer,
    /// JSON as in RFC 9457.
    Problem,
    /// One line of text, for machines that only look at the status.
    Plain,
}

/// When a passing fault is worth another try, in seconds.
const RETRY_AFTER_SECONDS: i64 = 1;

/// A JSON document. `no-store`, as for everything that holds tokens or personal data (TOK-05).
pub fn json(status: StatusCode, document: &impl Serialize) -> Reply {
    let text = serde_json::to_string(document).map_err(Fault::broken)?;
    Ok(json_text(status, text))
}

fn json_text(status: StatusCode, text: String) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .header(header::PRAGMA, HeaderValue::from_static("no-cache"))
        .body(text)
}

/// A JWT in place of a JSON document, under the media type of its kind.
pub fn jwt(content_type: &'static str, jwt: String) -> Response {
    Response::builder()
        .header(header::CONTENT_TYPE, HeaderValue::from_static(content_type))
        .header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .body(jwt)
}

/// The origins, besides ours, that a page has to do with; empty for none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Elsewhere<'a> {
    /// Where its forms may lead in the end.
    pub forms: &'a str,
    /// Where its one image may come from.
    pub images: &'a str,
}

/// An HTML page under its Content-Security-Policy.
pub fn html(status: StatusCode, text: String, nonce: &str, elsewhere: Elsewhere<'_>) -> Response {
    let besides = |origin: &str| if origin.is_empty() { String::new() } else { format!(" {origin}") };
    let (form_targets, images) = (besides(elsewhere.forms), besides(elsewhere.images));
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src 'self' data:{images}; \
         form-action 'self'{form_targets}; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
    );
    let policy = HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"));
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))
        .header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .header(header::CONTENT_SECURITY_POLICY, policy)
        .body(text)
}

/// A redirect that turns a POST into a GET (RED-07) and is never kept.
pub fn see_other(location: &str) -> Reply {
    let location = HeaderValue::from_str(location).map_err(|_| Fault::broken("a redirect with control characters"))?;
    Ok(Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, location)
        .header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .body(Body::empty()))
}

/// Lets a page have frames of these origins, and of no others.
pub fn let_frame(response: &mut Response, origins: &[String]) {
    let headers = response.headers_mut();
    let policy = headers.get(header::CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    let framing = policy.map(|policy| format!("{policy}; frame-src {}", origins.join(" ")));
    if let Some(framing) = framing.and_then(|framing| HeaderValue::from_str(&framing).ok()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, framing);
    }
}

/// An answer without a body.
pub fn empty(status: StatusCode) -> Response {
    Response::builder()
        .status(status)
        .header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .body(Body::empty())
}

/// Plain text.
pub fn plain(status: StatusCode, text: impl Into<String>) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))
        .header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .body(text.into())
}

/// A failure in the form its endpoint promises; it is logged here and nowhere else.
pub fn failure(exchange: &Exchange, failure: &Failure, form: ErrorForm) -> Response {
    if let Failure::Onward(location) = failure {
        return see_other(location).unwrap_or_else(|_| empty(StatusCode::BAD_REQUEST));
    }
    log(exchange, failure);
    let told = if form == ErrorForm::Page { "the person" } else { "the client" };
    trace::note(exchange, "refused", || json!({ "reason": label_of(failure), "told": told }));
    let mut response = match form {
        ErrorForm::OAuth => oauth(failure, exchange),
        ErrorForm::Bearer => bearer_form(failure, exchange),
        ErrorForm::Page => page(exchange, failure),
        ErrorForm::Problem => problem(exchange, failure),
        ErrorForm::Plain => plain(status_of(failure), label_of(failure)),
    };
    if let Some(seconds) = retry_after(failure) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn log(exchange: &Exchange, failure: &Failure) {
    let (id, path) = (exchange.id.as_str(), exchange.uri.path());
    match failure {
        Failure::Fault(fault) => {
            exchange.context.observer.store_failed(label_of(failure));
            let (route, kind) = (exchange.route, fault.kind());
            if matches!(fault, Fault::Busy(_)) {
                // Many requests do this; there is nothing to mend.
                tracing::warn!(request = id, route, path, kind, %fault, "request failed");
            } else {
                tracing::error!(request = id, route, path, kind, %fault, "request failed");
            }
        }
        Failure::Refused(reason) | Failure::RefusedWith(reason, _) => match reason.loudness() {
            Loudness::Debug => tracing::debug!(request = id, path, reason = reason.label(), "refused"),
            Loudness::Info => tracing::info!(request = id, path, reason = reason.label(), "refused"),
            Loudness::Warn => {
                tracing::warn!(request = id, path, ip = %exchange.ip, reason = reason.label(), "refused");
            }
        },
        Failure::Throttled { retry_after_seconds } => {
            tracing::info!(request = id, path, ip = %exchange.ip, retry_after_seconds, "throttled");
        }
        Failure::Http(_) | Failure::Unacceptable { .. } | Failure::Malformed(_) | Failure::NotTaken(_) => {
            tracing::debug!(request = id, path, reason = label_of(failure), "refused");
        }
        Failure::Onward(_) => {}
    }
}

fn status_of(failure: &Failure) -> StatusCode {
    let status = match failure {
        Failure::Refused(reason) | Failure::RefusedWith(reason, _) => reason.status(),
        Failure::Throttled { .. } => 429,
        Failure::Http(refusal) => refusal.status(),
        Failure::Unacceptable { .. } | Failure::Malformed(_) => 400,
        Failure::NotTaken(problems) => status_of_problems(problems),
        Failure::Onward(_) => 303,
        Failure::Fault(fault) => 500 + 3 * u16::from(fault.is_passing()),
    };
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn label_of(failure: &Failure) -> &'static str {
    match failure {
        Failure::Refused(reason) | Failure::RefusedWith(reason, _) => reason.label(),
        Failure::Throttled { .. } => "too_many_requests",
        Failure::Http(refusal) => refusal.label(),
        Failure::Unacceptable { code, .. } => code,
        Failure::Malformed(_) => HttpRefusal::FieldMalformed.label(),
        Failure::NotTaken(problems) => problems.first().map_or(HttpRefusal::FieldMalformed.label(), code_of),
        Failure::Onward(_) => "onward",
        Failure::Fault(fault) if fault.is_passing() => "unavailable",
        Failure::Fault(_) => "server_error",
    }
}

fn retry_after(failure: &Failure) -> Option<i64> {
    match failure {
        Failure::Throttled { retry_after_seconds } => Some(*retry_after_seconds),
        Failure::Fault(fault) if fault.is_passing() => Some(RETRY_AFTER_SECONDS),
        Failure::NotTaken(problems) => wait_of(problems),
        _ => None,
    }
}

/// What a program is told of a failure in words.
fn sentence_of(failure: &Failure) -> String {
    match failure {
        Failure::Http(refusal) => refusal.sentence().to_owned(),
        Failure::Malformed(_) => "The body does not have the documented form.".to_owned(),
        Failure::NotTaken(_) => "What was sent cannot be taken.".to_owned(),
        _ => oauth_error(failure).1,
    }
}

/// `error` and `error_description` of a failure.
pub fn oauth_error(failure: &Failure) -> (&'static str, String) {
    match failure {
        Failure::Refused(reason) | Failure::RefusedWith(reason, _) => {
            (reason.code().as_str(), reason.description().into_owned())
        }
        Failure::Throttled { retry_after_seconds } => {
            ("temporarily_unavailable", format!("Too many requests; try again in {retry_after_seconds} seconds."))
        }
        Failure::Http(HttpRefusal::BodyTooLarge) => {
            (Reason::BodyTooLarge.code().as_str(), Reason::BodyTooLarge.description().into_owned())
        }
        Failure::Http(HttpRefusal::MethodNotAllowed) => {
            ("invalid_request", "This address does not take this method.".to_owned())
        }
        Failure::Unacceptable { code, detail } => (code, detail.clone()),
        Failure::Http(_) | Failure::Malformed(_) | Failure::NotTaken(_) | Failure::Onward(_) => {
            ("invalid_request", "The request could not be read.".to_owned())
        }
        Failure::Fault(fault) if fault.is_passing() => {
            ("temporarily_unavailable", "The server cannot answer at the moment.".to_owned())
        }
        Failure::Fault(_) => ("server_error", "The server failed.".to_owned()),
    }
}

// RFC 6749 §5.2: error and error_description; 401 carries a challenge when the client used the Authorization header.
fn oauth(failure: &Failure, exchange: &Exchange) -> Response {
    let (error, error_description) = oauth_error(failure);
    let mut document = serde_json::json!({ "error": error, "error_description": error_description });
    if let Failure::Refused(reason) | Failure::RefusedWith(reason, _) = failure {
        document["error_uri"] = reason.error_uri(&exchange.context.issuer).into();
    }
    let status = status_of(failure);
    let mut response = json_text(status, document.to_string());
    if status == StatusCode::UNAUTHORIZED {
        let challenge = crate::protocol::client_authentication::challenge(&exchange.context.issuer);
        if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
    }
    response
}

// RFC 6750 §3: the challenge names the error; the body repeats it for people who look at it.
fn bearer_form(failure: &Failure, exchange: &Exchange) -> Response {
    let mut response = oauth(failure, exchange);
    response.headers_mut().remove(header::WWW_AUTHENTICATE);
    response.set_status(status_at_resource(failure));
    add_challenge(exchange, failure, &mut response);
    response
}

fn add_challenge(exchange: &Exchange, failure: &Failure, response: &mut Response) {
    let challenges = match failure {
        Failure::Refused(reason) | Failure::RefusedWith(reason, _) => challenges(exchange, *reason),
        _ if is_step_up(exchange, failure) => {
            vec![bearer::step_up_challenge(&exchange.context.issuer, RECENT_LOGIN_SECONDS)]
        }
        _ => return,
    };
    for challenge in challenges {
        if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            response.headers_mut().append(header::WWW_AUTHENTICATE, challenge);
        }
    }
}

/// What a resource says to whoever's token it refused: why, under the scheme that was used, and what else there is.
fn challenges(exchange: &Exchange, reason: Reason) -> Vec<String> {
    let issuer = &exchange.context.issuer;
    let fields: Vec<&[u8]> =
        exchange.headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes).collect();
    let bearer = protocol::bearer::challenge(issuer, reason, "openid");
    match (exchange.context.features.dpop, protocol::bearer::is_dpop(&fields)) {
        (false, _) => vec![bearer],
        (true, true) => vec![protocol::dpop::challenge(issuer, Some(reason))],
        (true, false) => vec![bearer, protocol::dpop::challenge(issuer, None)],
    }
}

/// RFC 9449 §7.1, §9: a proof that a resource refuses is a 401 there, and not a bad request.
fn status_at_resource(failure: &Failure) -> StatusCode {
    let (Failure::Refused(reason) | Failure::RefusedWith(reason, _)) = failure else { return status_of(failure) };
    match reason.code() {
        ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce => StatusCode::UNAUTHORIZED,
        _ => status_of(failure),
    }
}

// RFC 9470 §3: a program whose token rests on a sign-in that is too old learns how to get a better one. A page of ours
// that calls by its cookie sends the person to sign in.
fn is_step_up(exchange: &Exchange, failure: &Failure) -> bool {
    matches!(failure, Failure::Http(HttpRefusal::SignInTooOld)) && exchange.headers.contains_key(header::AUTHORIZATION)
}

// RFC 9457 §3, with the challenge of RFC 6750 §3 where a token is refused.
fn problem(exchange: &Exchange, failure: &Failure) -> Response {
    let status = if is_step_up(exchange, failure) { StatusCode::UNAUTHORIZED } else { status_at_resource(failure) };
    let problem = Problem::new(status, label_of(failure), sentence_of(failure), &exchange.id);
    let problem = problem.telling(exchange, failure, retry_after(failure));
    let mut response = json_text(status, problem.to_json_string());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    add_challenge(exchange, failure, &mut response);
    response
}

fn page(exchange: &Exchange, failure: &Failure) -> Response {
    let status = status_of(failure);
    let details = match failure {
        Failure::RefusedWith(_, details) => details.clone(),
        Failure::Refused(reason) => vec![Detail::Description { text: reason.description().into_owned() }],
        _ => Vec::new(),
    };
    let page = ErrorPage {
        code: label_of(failure).to_owned(),
        message: message_of(failure).to_owned(),
        request_id: exchange.id.as_str().to_owned(),
        occurred_at: exchange.now.seconds(),
        retry_after_seconds: retry_after(failure),
        onward: onward_of(exchange, failure),
        details,
    };
    let frame = frame_of_error(exchange);
    match exchange.context.pages.render(&page, &frame) {
        Ok(text) => html(status, text, &frame.nonce, Elsewhere::default()),
        Err(fault) => {
            tracing::error!(request = exchange.id.as_str(), %fault, "the error page itself failed");
            plain(status, format!("{} ({})", label_of(failure), exchange.id))
        }
    }
}

/// One way on for a person who did nothing wrong (SES-11): back into the interaction, or to where such things begin.
fn onward_of(exchange: &Exchange, failure: &Failure) -> Option<Onward> {
    let to = |uri: &str| Some(Onward { uri: uri.to_owned(), name: None });
    let interaction = || exchange.query_parameters().ok()?.get("interaction")?.parse().ok();
    match failure {
        Failure::Http(HttpRefusal::FormExpired | HttpRefusal::CrossSite | HttpRefusal::FieldMalformed) => {
            interaction().map_or_else(|| to("/account"), |id| to(&at("/continue", &id)))
        }
        Failure::Http(HttpRefusal::LinkDead) if exchange.uri.path().starts_with("/reset") => to("/reset"),
        Failure::Http(HttpRefusal::LinkDead | HttpRefusal::SignUpClosed) => to("/login"),
        Failure::Http(HttpRefusal::NotFound)
        | Failure::Refused(Reason::InteractionUnknown | Reason::InteractionAnswered | Reason::InteractionExpired) => {
            to("/account")
        }
        _ => None,
    }
}

fn message_of(failure: &Failure) -> &'static str {
    match failure {
        Failure::Refused(reason) | Failure::RefusedWith(reason, _) => message_of_reason(*reason),
        Failure::Throttled { .. } => "too-many-requests",
        Failure::Http(refusal) => refusal.message(),
        Failure::Unacceptable { .. } | Failure::Malformed(_) | Failure::NotTaken(_) => "request-malformed",
        Failure::Onward(_) => "other",
        Failure::Fault(fault) if fault.is_passing() => "unavailable",
        Failure::Fault(_) => "server-error",
    }
}

const fn message_of_reason(reason: Reason) -> &'static str {
    match reason {
        Reason::UnknownClient | Reason::ClientIdMissing | Reason::ClientDocumentUnusable => "client-unknown",
        Reason::ClientDisabled => "client-disabled",
        Reason::RedirectUriMismatch => "redirect-uri-mismatch",
        Reason::RedirectUriMissing | Reason::RedirectUriOmitted => "redirect-uri-missing",
        Reason::AccessDenied => "access-denied",
        Reason::InteractionUnknown => "interaction-unknown",
        Reason::InteractionExpired => "interaction-expired",
        Reason::InteractionAnswered => "interaction-done",
        Reason::DuplicateParameter(_) | Reason::DuplicateOtherParameter | Reason::SplitParameters => "request-repeated",
        Reason::LogoutHintInvalid
        | Reason::LogoutClientMismatch
        | Reason::LogoutUriWithoutClient
        | Reason::LogoutUriMismatch => "logout-invalid",
        _ => "request-malformed",
    }
}
