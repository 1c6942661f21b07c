//! What a unit of work sees: statements on one connection, the same on both engines.
//!
//! The first statement that fails ends the unit: every later one answers with the same fault, and a unit that swallows
//! it is undone all the same. PostgreSQL behaves so by itself; SQLite is made to, so that no unit works on one only.

use sqlx::PgConnection;

use super::fault::StoreFault;
use super::row::FromRow;
use super::value::Value;
use super::{postgres, sqlite};

/// A connection lent to one unit of work; inside [`Store::write`](super::Store::write), its open transaction.
///
/// Statements are constants with `$1`, `$2`, … for their parameters. Times, ids and digests are made by the caller.
pub struct Tx<'c> {
    link: Link<'c>,
    failed: Option<StoreFault>,
    /// Whether clients are to be told of the sessions that this unit ends.
    pub tells_logouts: bool,
}

enum Link<'c> {
    Sqlite(&'c mut sqlite::Connection),
    Postgres(&'c mut PgConnection),
}

impl<'c> Tx<'c> {
    pub(super) fn on_sqlite(connection: &'c mut sqlite::Connection) -> Tx<'c> {
        Tx { link: Link::Sqlite(connection), failed: None, tells_logouts: true }
    }

    pub(super) fn on_postgres(connection: &'c mut PgConnection) -> Tx<'c> {
        Tx { link: Link::Postgres(connection), failed: None, tells_logouts: true }
    }

    /// Runs a statement that returns no rows; gives the number of rows it changed, inserted or deleted.
    pub async fn execute(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<u64, StoreFault> {
        self.check(params)?;
        let outcome = match &mut self.link {
            Link::Sqlite(connection) => connection.execute(sql, params),
            Link::Postgres(connection) => postgres::execute(connection, sql, params).await,
        };
        self.note(outcome)
    }

    /// Runs a statement (a query, or a write with `RETURNING`) and gives every row it returns.
    pub async fn all<R: FromRow>(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<Vec<R>, StoreFault> {
        self.check(params)?;
        let outcome = match &mut self.link {
            Link::Sqlite(connection) => connection.all(sql, params),
            Link::Postgres(connection) => postgres::all(connection, sql, params).await,
        };
        self.note(outcome)
    }

    /// Runs a statement and gives the first row it returns, if any.
    pub async fn optional<R: FromRow>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Option<R>, StoreFault> {
        self.check(params)?;
        let outcome = match &mut self.link {
            Link::Sqlite(connection) => connection.optional(sql, params),
            Link::Postgres(connection) => postgres::optional(connection, sql, params).await,
        };
        self.note(outcome)
    }

    /// Runs a statement that always returns a row and gives the first; none is [`StoreFault::NoRow`].
    pub async fn one<R: FromRow>(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<R, StoreFault> {
        let row = self.optional(sql, params).await?;
        self.note(row.ok_or(StoreFault::NoRow))
    }

    /// What the unit comes to: its own outcome, unless it went on after a failure.
    pub(super) fn finish<T>(self, outcome: Result<T, StoreFault>) -> Result<T, StoreFault> {
        match (self.failed, outcome) {
            (Some(fault), Ok(_)) => Err(fault),
            (_, outcome) => outcome,
        }
    }

    /// PostgreSQL cannot store U+0000 in text; SQLite could, and is not allowed to.
    fn check(&mut self, params: &[Value<'_>]) -> Result<(), StoreFault> {
        if let Some(fault) = &self.failed {
            return Err(fault.clone());
        }
        let holds_nul = |value: &Value<'_>| matches!(value, Value::Text(Some(text)) if text.as_bytes().contains(&0));
        if params.iter().any(holds_nul) {
            return self.note(Err(StoreFault::statement("a text parameter holds U+0000")));
        }
        Ok(())
    }

    fn note<T>(&mut self, outcome: Result<T, StoreFault>) -> Result<T, StoreFault> {
        outcome.inspect_err(|fault| self.failed = Some(fault.clone()))
    }
}
