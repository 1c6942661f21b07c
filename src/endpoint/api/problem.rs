//! Failures of the JSON interface: problem details (RFC 9457) with a `code` that stays the same, and how an operation
//! refuses.

use poem::error::ResponseError;
use poem::http::StatusCode;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object};

use crate::endpoint::exchange::RequestId;
use crate::endpoint::failure::Failure;
use crate::pages::{Pages, Problem as FormProblem};

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
    /// What is wrong with the body, one by one.
    errors: Option<Vec<MemberError>>,
}

/// What is wrong with one member of the body, or with all of it.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct MemberError {
    /// The member, if it is one.
    member: Option<String>,
    /// What is wrong, for the program.
    code: String,
    /// What is wrong, in words that may be shown to a person.
    detail: String,
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
        }
    }

    /// The problem of the request `id` whose body is not taken. The first thing that is wrong gives the code.
    pub fn of_members(status: StatusCode, problems: &[FormProblem], pages: &Pages, id: &RequestId) -> Self {
        let errors: Vec<MemberError> = problems.iter().map(|problem| MemberError::of(problem, pages)).collect();
        let first = errors.first().map(|first| (first.code.clone(), first.detail.clone()));
        let (code, detail) = first.unwrap_or_default();
        Self { errors: Some(errors), ..Self::new(status, &code, detail, id) }
    }
}

impl MemberError {
    fn of(problem: &FormProblem, pages: &Pages) -> Self {
        Self {
            member: problem.field().map(|field| member_of(field).to_owned()),
            code: problem.code(),
            detail: pages.sentence(problem),
        }
    }
}

/// What the interface calls a field of our pages.
fn member_of(field: &str) -> &str {
    match field {
        "username" => "email",
        "current_password" => "password",
        other => other,
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
        let content = MetaMediaType { content_type: "application/problem+json", schema: Problem::schema_ref() };
        let response = MetaResponse {
            description: "Refused, or failed: problem details (RFC 9457).",
            status: None,
            status_range: None,
            content: vec![content],
            headers: Vec::new(),
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}
