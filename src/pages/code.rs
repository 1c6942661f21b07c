//! What the pages that take a mailed code share, and `/code`: signing in by one.

use serde::Serialize;

use super::problem::Problem;

/// How a code is being asked for. All numbers are the server's own; a page only tells them.
#[derive(Clone, Debug, Serialize)]
pub struct CodeTrial {
    /// Where the code went, masked: `a…@example.org`.
    pub masked_address: String,
    /// Minutes a code lives.
    pub lifetime_minutes: i64,
    /// Wrong tries that remain, once there was one.
    pub tries_left: Option<i64>,
    /// Until the next resend; zero when it may be asked for now.
    pub resend_wait_seconds: i64,
    /// Resends that remain; at zero another way is offered.
    pub resends_left: i64,
    /// What just happened.
    pub notice: Option<CodeNotice>,
    /// What was wrong with the last try.
    pub problems: Vec<Problem>,
}

/// What just happened, told above the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeNotice {
    /// A further code was sent; earlier ones no longer work.
    Resent,
    /// The same code was sent once more and still works.
    SentAgain,
}

impl CodeTrial {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let fresh = Self {
            masked_address: "a…@example.org".to_owned(),
            lifetime_minutes: 10,
            tries_left: None,
            resend_wait_seconds: 45,
            resends_left: 3,
            notice: None,
            problems: Vec::new(),
        };
        let resent =
            Self { notice: Some(CodeNotice::Resent), resend_wait_seconds: 0, resends_left: 2, ..fresh.clone() };
        let again =
            Self { notice: Some(CodeNotice::SentAgain), resend_wait_seconds: 300, resends_left: 1, ..fresh.clone() };
        let wrong = Self {
            tries_left: Some(1),
            resend_wait_seconds: 0,
            resends_left: 0,
            problems: vec![Problem::CodeWrong { tries_left: 1 }, Problem::ResendsExhausted],
            ..fresh.clone()
        };
        let exhausted = Self { tries_left: Some(0), problems: vec![Problem::CodeExhausted], ..wrong.clone() };
        vec![fresh, resent, again, exhausted, wrong]
    }
}

/// `/code` before a code was asked for: posts `username`, `csrf`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CodeRequest {
    /// What was sent, or `login_hint`.
    pub username: String,
    /// What was wrong with the last try.
    pub problems: Vec<Problem>,
}

/// `/code` afterwards: posts `code`, `csrf`; the resend form posts `decision=resend`; "change" leads to
/// `/code?change=1`. Looks the same whether or not the address has an account.
#[derive(Clone, Debug, Serialize)]
pub struct CodeEnter {
    /// How the code is being asked for.
    pub trial: CodeTrial,
}

impl CodeRequest {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let wrong = Self { username: "ada@".to_owned(), problems: vec![Problem::UsernameMalformed] };
        vec![Self::default(), wrong]
    }
}

impl CodeEnter {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        CodeTrial::samples().into_iter().map(|trial| Self { trial }).collect()
    }
}

super::page!(CodeRequest, "code_request.html");
super::page!(CodeEnter, "code_enter.html");
