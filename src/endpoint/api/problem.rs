//! Failures of the JSON interface: problem details (RFC 9457) with a `code` that stays the same, and how an operation
//! refuses.

use std::marker::PhantomData;

use poem::error::ResponseError;
use poem::http::{StatusCode, header};
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object};

use crate::endpoint::exchange::{Exchange, RequestId};
use crate::endpoint::failure::Failure;
use crate::pages::Problem as Told;

/// Why there is no proper answer (RFC 9457).
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Problem {
    /// `about:blank`: the status says what kind of problem it is (RFC 9457 §4.2.1).
    #[oai(rename = "type")]
    kind: String,
    /// The name of the status.
    title: String,
    /// The status.
    status: u16,
    /// What happened, for the people who write the program.
    detail: String,
    /// What happened, for the program. Codes are added, never changed.
    code: String,
    /// What this request is called in the server's log.
    request_id: String,
    /// What is wrong with what was sent, where more can be said.
    errors: Option<Vec<FieldProblem>>,
    /// How long to wait, as in `Retry-After`.
    retry_after_seconds: Option<i64>,
    /// How often the code may still be tried.
    tries_left: Option<i64>,
}

/// Something wrong with what was sent.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct FieldProblem {
    /// The member it is about, if it is about one.
    pub field: Option<String>,
    /// What is wrong, for the program. Codes are added, never changed.
    pub code: String,
    /// What is wrong, in words that may be shown to the person, in a language they read.
    pub detail: String,
}

impl Problem {
    /// The problem of the request `id` that is answered with `status`.
    pub fn new(status: StatusCode, code: &str, detail: String, id: &RequestId) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            detail,
            code: code.to_owned(),
            request_id: id.as_str().to_owned(),
            errors: None,
            retry_after_seconds: None,
            tries_left: None,
        }
    }

    /// The same with what else `failure` tells.
    #[must_use]
    pub fn telling(self, exchange: &Exchange, failure: &Failure, retry_after_seconds: Option<i64>) -> Self {
        let (errors, tries_left) = match failure {
            Failure::Malformed(problems) => (Some(problems.clone()), None),
            Failure::NotTaken(problems) => (Some(told(exchange, problems)), tries_left(problems)),
            _ => (None, None),
        };
        let only = errors.as_ref().and_then(|errors| if errors.len() == 1 { errors.first() } else { None });
        let detail = only.map_or(self.detail, |only| only.detail.clone());
        Self { detail, errors, retry_after_seconds, tries_left, ..self }
    }
}

fn told(exchange: &Exchange, problems: &[Told]) -> Vec<FieldProblem> {
    let pages = &exchange.context.pages;
    let locale = pages.negotiate(None, exchange.header(header::ACCEPT_LANGUAGE));
    let told = |problem: &Told| FieldProblem {
        field: member_of(problem).map(str::to_owned),
        code: code_of(problem).to_owned(),
        detail: pages.problem(problem, &locale).unwrap_or_default(),
    };
    problems.iter().map(told).collect()
}

fn tries_left(problems: &[Told]) -> Option<i64> {
    problems.iter().find_map(|problem| match problem {
        Told::CodeWrong { tries_left } => Some(*tries_left),
        _ => None,
    })
}

/// The member that a problem is about. Pages call the address `username`, as browsers' password stores do.
fn member_of(problem: &Told) -> Option<&'static str> {
    match problem {
        Told::UsernameMissing | Told::UsernameMalformed => Some("email"),
        Told::OwnPasswordWrong => Some("password"),
        Told::AccountNameTaken | Told::AccountNameMalformed => Some("username"),
        Told::PasswordsDiffer => Some("password_confirmation"),
        other => other.field().map(in_address),
    }
}

/// Pages show the parts of a postal address beside the other claims.
fn in_address(field: &'static str) -> &'static str {
    match field {
        "formatted" => "address.formatted",
        "street_address" => "address.street_address",
        "locality" => "address.locality",
        "region" => "address.region",
        "postal_code" => "address.postal_code",
        "country" => "address.country",
        other => other,
    }
}

/// The stable code of a problem.
pub const fn code_of(problem: &Told) -> &'static str {
    match problem {
        Told::CredentialsWrong => "credentials_wrong",
        Told::UsernameMissing | Told::NewAddressMissing => "email_missing",
        Told::UsernameMalformed | Told::NewAddressMalformed => "email_malformed",
        Told::NewAddressUnchanged => "email_unchanged",
        Told::UserCodeMissing => "user_code_missing",
        Told::UserCodeUnknown => "user_code_unknown",
        Told::AccountNameTaken | Told::PreferredNameTaken => "username_taken",
        Told::AccountNameMalformed => "username_malformed",
        Told::PasswordMissing => "password_missing",
        Told::PasswordTooShort { .. } => "password_too_short",
        Told::PasswordTooLong { .. } => "password_too_long",
        Told::PasswordsDiffer => "passwords_differ",
        Told::PasswordCommon => "password_common",
        Told::PasswordBreached => "password_breached",
        Told::PasswordGuessable => "password_guessable",
        Told::PasswordStrength(_) => "password_strength",
        Told::PasswordPersonal => "password_personal",
        Told::PasswordUnchanged => "password_unchanged",
        Told::CurrentPasswordWrong | Told::OwnPasswordWrong => "current_password_wrong",
        Told::CodeMissing => "code_missing",
        Told::CodeMalformed => "code_malformed",
        Told::CodeWrong { .. } => "code_wrong",
        Told::CodeExpired => "code_expired",
        Told::CodeExhausted => "code_exhausted",
        Told::CodeReplaced => "code_replaced",
        Told::ResendTooSoon { .. } => "resend_too_soon",
        Told::ResendsExhausted => "resends_exhausted",
        Told::TooManyTries { .. } => "too_many_requests",
        Told::FormExpired => "overtaken",
        Told::Busy => "unavailable",
        Told::ClaimMalformed { .. } => "value_malformed",
        Told::ClaimTooLong { .. } => "value_too_long",
        Told::UpstreamFailed { .. } => "upstream_failed",
    }
}

/// The status of an answer that tells of `problems`: that of the first one.
pub fn status_of_problems(problems: &[Told]) -> u16 {
    match problems.first() {
        Some(Told::TooManyTries { .. } | Told::ResendTooSoon { .. }) => 429,
        Some(
            Told::CredentialsWrong
            | Told::CurrentPasswordWrong
            | Told::OwnPasswordWrong
            | Told::CodeWrong { .. }
            | Told::CodeExpired
            | Told::CodeExhausted
            | Told::CodeReplaced,
        ) => 403,
        Some(Told::AccountNameTaken | Told::PreferredNameTaken | Told::ResendsExhausted | Told::FormExpired) => 409,
        Some(Told::Busy) => 503,
        _ => 422,
    }
}

/// What an operation gives instead of an answer. It is written down by the route table, as every failure is.
#[derive(Debug, thiserror::Error)]
#[error("the operation was refused")]
pub struct Refused(pub Failure);

impl<T: Into<Failure>> From<T> for Refused {
    fn from(failure: T) -> Self {
        Self(failure.into())
    }
}

impl ResponseError for Refused {
    // Never seen: the failure inside has its own.
    fn status(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }
}

impl ApiResponse for Refused {
    fn meta() -> MetaResponses {
        MetaResponses { responses: vec![refusal(None, "Refused, or failed: problem details (RFC 9457).")] }
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}

fn refusal(status: Option<u16>, description: &'static str) -> MetaResponse {
    let retry_after = MetaHeader {
        name: "Retry-After".to_owned(),
        description: Some("Seconds to wait.".to_owned()),
        required: false,
        deprecated: false,
        schema: i64::schema_ref(),
    };
    let content = MetaMediaType { content_type: "application/problem+json", schema: Problem::schema_ref() };
    MetaResponse {
        description,
        status,
        status_range: None,
        content: vec![content],
        headers: if matches!(status, Some(429 | 503)) { vec![retry_after] } else { Vec::new() },
    }
}

/// The refusals of an operation, for its description: each status with its codes.
pub trait Refusals: Send + Sync + 'static {
    /// What is particular to the operation.
    const OWN: &'static [(u16, &'static str)];
}

/// What any operation that reads a body may refuse with.
const COMMON: [(u16, &str); 5] = [
    (400, "`field_malformed`: the body does not have the documented form; `errors` tells what is wrong with it."),
    (413, "`body_too_large`"),
    (415, "`media_type_not_taken`"),
    (429, "`too_many_requests`"),
    (503, "`unavailable`: worth another try."),
];

/// [`Refused`] with a description, status by status.
pub struct RefusedAs<R>(Failure, PhantomData<R>);

impl<R, T: Into<Failure>> From<T> for RefusedAs<R> {
    fn from(failure: T) -> Self {
        Self(failure.into(), PhantomData)
    }
}

impl<R> From<RefusedAs<R>> for poem::Error {
    fn from(refused: RefusedAs<R>) -> Self {
        Refused(refused.0).into()
    }
}

impl<R: Refusals> ApiResponse for RefusedAs<R> {
    fn meta() -> MetaResponses {
        let is_own = |status: u16| R::OWN.iter().any(|(own, _)| *own == status);
        let common = COMMON.into_iter().filter(|(status, _)| !is_own(*status));
        let mut listed: Vec<(u16, &str)> = R::OWN.iter().copied().chain(common).collect();
        listed.sort_unstable();
        let mut responses: Vec<MetaResponse> =
            listed.into_iter().map(|(status, description)| refusal(Some(status), description)).collect();
        responses.extend(Refused::meta().responses);
        MetaResponses { responses }
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}
