//! What a statement gives back, and how a record is made of it: columns by position, text or integer.

use rusqlite::types::ValueRef;
use sqlx::postgres::PgRow;
use sqlx::{Row as _, ValueRef as _};

use super::fault::StoreFault;

/// One row, valid until the next one is asked for.
#[derive(Clone, Copy)]
pub struct Row<'r>(Source<'r>);

#[derive(Clone, Copy)]
enum Source<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r PgRow),
}

/// A record, or part of one, that a row can become.
pub trait FromRow: Sized + Send {
    /// Reads the columns this record needs, counted from 0.
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault>;
}

impl<'r> Row<'r> {
    pub(super) fn of_sqlite(row: &'r rusqlite::Row<'r>) -> Row<'r> {
        Row(Source::Sqlite(row))
    }

    pub(super) fn of_postgres(row: &'r PgRow) -> Row<'r> {
        Row(Source::Postgres(row))
    }

    /// The text in a column that is never null.
    pub fn text(&self, column: usize) -> Result<String, StoreFault> {
        self.text_ref(column).map(str::to_owned)
    }

    /// The text in a column that is never null, without copying it.
    pub fn text_ref(&self, column: usize) -> Result<&'r str, StoreFault> {
        self.optional_text_ref(column)?.ok_or_else(|| absent(column))
    }

    /// The text in a column, or nothing where it is null.
    pub fn optional_text(&self, column: usize) -> Result<Option<String>, StoreFault> {
        Ok(self.optional_text_ref(column)?.map(str::to_owned))
    }

    /// The text in a column, or nothing where it is null, without copying it.
    pub fn optional_text_ref(&self, column: usize) -> Result<Option<&'r str>, StoreFault> {
        match self.0 {
            Source::Sqlite(row) => match row.get_ref(column).map_err(|error| mismatch(column, &error))? {
                ValueRef::Null => Ok(None),
                ValueRef::Text(text) => std::str::from_utf8(text).map(Some).map_err(|error| mismatch(column, &error)),
                other => Err(mismatch(column, &other.data_type())),
            },
            Source::Postgres(row) => row.try_get(column).map_err(|error| mismatch(column, &error)),
        }
    }

    /// The integer in a column that is never null.
    pub fn integer(&self, column: usize) -> Result<i64, StoreFault> {
        self.optional_integer(column)?.ok_or_else(|| absent(column))
    }

    /// The integer in a column, or nothing where it is null.
    pub fn optional_integer(&self, column: usize) -> Result<Option<i64>, StoreFault> {
        match self.0 {
            Source::Sqlite(row) => match row.get_ref(column).map_err(|error| mismatch(column, &error))? {
                ValueRef::Null => Ok(None),
                ValueRef::Integer(number) => Ok(Some(number)),
                other => Err(mismatch(column, &other.data_type())),
            },
            Source::Postgres(row) => postgres_integer(row, column),
        }
    }
}

/// PostgreSQL types a literal such as `1` as a 32-bit integer; on SQLite there is only one kind.
fn postgres_integer(row: &PgRow, column: usize) -> Result<Option<i64>, StoreFault> {
    let raw = row.try_get_raw(column).map_err(|error| mismatch(column, &error))?;
    let narrow = *raw.type_info() == <i32 as sqlx::Type<sqlx::Postgres>>::type_info();
    if narrow {
        let number: Option<i32> = row.try_get(column).map_err(|error| mismatch(column, &error))?;
        return Ok(number.map(i64::from));
    }
    row.try_get(column).map_err(|error| mismatch(column, &error))
}

fn absent(column: usize) -> StoreFault {
    StoreFault::shape(format!("column {column} is null"))
}

fn mismatch(column: usize, found: &dyn std::fmt::Display) -> StoreFault {
    StoreFault::shape(format!("column {column}: {found}"))
}

/// One column of a tuple that is read as a row.
pub trait FromColumn: Sized + Send {
    /// Reads the column at this position, counted from 0.
    fn from_column(row: &Row<'_>, column: usize) -> Result<Self, StoreFault>;
}

impl FromColumn for String {
    fn from_column(row: &Row<'_>, column: usize) -> Result<Self, StoreFault> {
        row.text(column)
    }
}

impl FromColumn for Option<String> {
    fn from_column(row: &Row<'_>, column: usize) -> Result<Self, StoreFault> {
        row.optional_text(column)
    }
}

impl FromColumn for i64 {
    fn from_column(row: &Row<'_>, column: usize) -> Result<Self, StoreFault> {
        row.integer(column)
    }
}

impl FromColumn for Option<i64> {
    fn from_column(row: &Row<'_>, column: usize) -> Result<Self, StoreFault> {
        row.optional_integer(column)
    }
}

impl<A: FromColumn> FromRow for (A,) {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        Ok((A::from_column(row, 0)?,))
    }
}

impl<A: FromColumn, B: FromColumn> FromRow for (A, B) {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        Ok((A::from_column(row, 0)?, B::from_column(row, 1)?))
    }
}

impl<A: FromColumn, B: FromColumn, C: FromColumn> FromRow for (A, B, C) {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        Ok((A::from_column(row, 0)?, B::from_column(row, 1)?, C::from_column(row, 2)?))
    }
}
