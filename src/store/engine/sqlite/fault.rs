//! SQLite's result codes as faults.

use rusqlite::ffi::{self, ErrorCode};

use crate::store::engine::fault::StoreFault;

/// The fault behind a driver error, all but the name of a broken unique constraint (see [`violated_columns`]).
pub(super) fn of(error: &rusqlite::Error) -> StoreFault {
    let (failure, message) = match error {
        rusqlite::Error::SqliteFailure(failure, message) => (failure, message.clone()),
        rusqlite::Error::SqlInputError { error, msg, .. } => (error, Some(msg.clone())),
        _ => return StoreFault::statement(error.to_string()),
    };
    let detail = message.unwrap_or_else(|| error.to_string());
    match failure.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreFault::Busy,
        ErrorCode::DiskFull => StoreFault::Full,
        ErrorCode::ReadOnly => StoreFault::ReadOnly,
        ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
            StoreFault::Io { detail: format!("{detail} (SQLite code {})", failure.extended_code) }
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreFault::Corrupt { detail },
        ErrorCode::ConstraintViolation if failure.extended_code == ffi::SQLITE_CONSTRAINT_FOREIGNKEY => {
            StoreFault::ForeignKey
        }
        ErrorCode::ConstraintViolation => StoreFault::Rule { detail },
        // Every statement was tried on the schema, so it is the schema that is gone: taken back under a running server.
        ErrorCode::Unknown if detail.starts_with("no such table") => StoreFault::Unavailable { detail },
        _ => StoreFault::statement(detail),
    }
}

/// Whether the connection should be replaced before it is used again.
pub(super) fn spoils_the_connection(fault: &StoreFault) -> bool {
    matches!(fault, StoreFault::Io { .. } | StoreFault::Corrupt { .. } | StoreFault::ReadOnly)
}

/// The table and columns of a broken unique constraint, which SQLite gives only inside its message
/// (`UNIQUE constraint failed: table.a, table.b`).
pub(super) fn violated_columns(error: &rusqlite::Error) -> Option<(String, Vec<String>)> {
    let rusqlite::Error::SqliteFailure(failure, Some(message)) = error else { return None };
    let unique = [ffi::SQLITE_CONSTRAINT_UNIQUE, ffi::SQLITE_CONSTRAINT_PRIMARYKEY, ffi::SQLITE_CONSTRAINT_ROWID];
    if !unique.contains(&failure.extended_code) {
        return None;
    }
    let (_, names) = message.split_once(": ")?;
    let mut table = String::new();
    let mut columns = Vec::new();
    for name in names.split(", ") {
        let (owner, column) = name.split_once('.').unwrap_or(("", name));
        owner.clone_into(&mut table);
        columns.push(column.to_owned());
    }
    Some((table, columns))
}
