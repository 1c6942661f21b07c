//! `/account/email`, `/account/data`, `/account/delete`: another address, one's own copy of what is kept, and leaving.

use serde::Serialize;

use super::code::CodeTrial;
use super::problem::Problem;

/// `/account/email`: posts `email` (the new address), `current_password` and `csrf`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccountEmail {
    /// The present address, also in a hidden field for password managers.
    pub username: String,
    /// What was sent.
    pub email: String,
    /// Whether there is a password to ask for.
    pub has_password: bool,
    /// Days in which the old address can take the change back.
    pub undo_days: i64,
    /// What was wrong with the last try.
    pub problems: Vec<Problem>,
}

/// `/account/email` once a new address was asked for: posts `code`, `csrf`; the resend form posts `decision=resend`;
/// "another address" leads to `/account/email?change=1`.
#[derive(Clone, Debug, Serialize)]
pub struct AccountEmailCode {
    /// How the code is being asked for.
    pub trial: CodeTrial,
}

/// `/account/data`: the button posts `csrf` and gets the document.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccountData {}

/// `/account/delete`: posts `current_password` and `csrf`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccountDelete {
    /// The person's address, in a hidden field for password managers.
    pub username: String,
    /// Whether there is a password to ask for.
    pub has_password: bool,
    /// Days in which the account can be restored.
    pub grace_days: i64,
    /// What was wrong with the last try.
    pub problems: Vec<Problem>,
}

/// After `/account/delete`.
#[derive(Clone, Debug, Serialize)]
pub struct AccountDeleted {
    /// When everything is erased, in Unix seconds.
    pub erased_at: i64,
}

impl AccountEmail {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let first = Self {
            username: "ada@example.org".to_owned(),
            email: String::new(),
            has_password: true,
            undo_days: 7,
            problems: Vec::new(),
        };
        let wrong = Self {
            email: "lovelace@".to_owned(),
            problems: vec![Problem::NewAddressMalformed, Problem::CurrentPasswordWrong],
            ..first.clone()
        };
        let same =
            Self { email: "ada@example.org".to_owned(), problems: vec![Problem::NewAddressUnchanged], ..first.clone() };
        let without = Self { has_password: false, ..first.clone() };
        vec![first, wrong, same, without]
    }
}

impl AccountEmailCode {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        CodeTrial::samples().into_iter().map(|trial| Self { trial }).collect()
    }
}

impl AccountData {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl AccountDelete {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let first =
            Self { username: "ada@example.org".to_owned(), has_password: true, grace_days: 7, problems: Vec::new() };
        let wrong = Self { problems: vec![Problem::CurrentPasswordWrong], ..first.clone() };
        let without = Self { has_password: false, ..first.clone() };
        vec![first, wrong, without]
    }
}

impl AccountDeleted {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        vec![Self { erased_at: 1_773_928_920 }]
    }
}

super::page!(AccountEmail, "account_email.html");
super::page!(AccountEmailCode, "account_email_code.html");
super::page!(AccountData, "account_data.html");
super::page!(AccountDelete, "account_delete.html");
super::page!(AccountDeleted, "account_deleted.html");
