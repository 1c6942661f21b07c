//! A row of the table of refusals, and the words by which rows are written.

use super::Loudness;
use super::error_code::ErrorCode;
use super::table::Reason;

/// What is said and done about one reason.
#[derive(Clone, Copy)]
pub struct Row {
    pub label: &'static str,
    pub code: ErrorCode,
    pub status: u16,
    pub description: &'static str,
    pub loudness: Loudness,
    pub may_redirect: bool,
    /// The reason that strangers are told of instead.
    pub told_as: Option<Reason>,
}

/// A refusal that is shown here with the status of its code, and is somebody's mistake.
pub const fn row(label: &'static str, code: ErrorCode, description: &'static str) -> Row {
    let status = code.status();
    Row { label, code, status, description, loudness: Loudness::Info, may_redirect: false, told_as: None }
}

/// A refusal that looks to strangers as `other` does.
pub const fn like(other: Reason, label: &'static str) -> Row {
    Row { label, loudness: Loudness::Info, told_as: Some(other), ..other.row() }
}

impl Row {
    /// It is part of normal operation.
    pub const fn debug(self) -> Self {
        Self { loudness: Loudness::Debug, ..self }
    }

    /// It looks like an attack or a leak.
    pub const fn warn(self) -> Self {
        Self { loudness: Loudness::Warn, ..self }
    }

    /// The client learns of it by redirect.
    pub const fn redirected(self) -> Self {
        Self { may_redirect: true, ..self }
    }

    /// The answer has another status than its code's.
    pub const fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }
}
