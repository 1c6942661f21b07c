//! `/reset`, `/reset/code`, `/reset/password`: a new password for one that is forgotten.

use serde::Serialize;

use super::code::CodeTrial;
use super::problem::Problem;

/// `/reset`: posts `username`, `csrf`. Looks the same for every address.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ResetRequest {
    /// What was sent, or what stood on the sign-in page.
    pub username: String,
    /// What was wrong with the last try.
    pub problems: Vec<Problem>,
}

/// `/reset/code`: posts `code`, `csrf`; the resend form posts `decision=resend`; "change" leads to `/reset`.
#[derive(Clone, Debug, Serialize)]
pub struct ResetCode {
    /// How the code is being asked for.
    pub trial: CodeTrial,
}

/// `/reset/password`: posts `password`, `csrf`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ResetPassword {
    /// The proven address, in a hidden field for password managers; the server does not read it back.
    pub username: String,
    /// Characters a password must have.
    pub password_minimum: i64,
    /// What was wrong with the last try.
    pub problems: Vec<Problem>,
}

impl ResetRequest {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let wrong = Self { username: "ada@".to_owned(), problems: vec![Problem::UsernameMalformed] };
        vec![Self::default(), wrong]
    }
}

impl ResetCode {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        CodeTrial::samples().into_iter().map(|trial| Self { trial }).collect()
    }
}

impl ResetPassword {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let fresh = Self { username: "ada@example.org".to_owned(), password_minimum: 15, problems: Vec::new() };
        let wrong = Self { problems: vec![Problem::PasswordCommon], ..fresh.clone() };
        vec![fresh, wrong]
    }
}

super::page!(ResetRequest, "reset_request.html");
super::page!(ResetCode, "reset_code.html");
super::page!(ResetPassword, "reset_password.html");
