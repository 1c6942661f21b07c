//! One SQLite connection with its settings and prepared statements.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, OpenFlags, ToSql};

use super::fault;
use crate::base::bounds::{STORE_LOCK_STEP, STORE_LOCK_WAIT, STORE_LOG_BYTES_MAX, STORE_STATEMENTS_MAX};
use crate::store::engine::Flush;
use crate::store::engine::fault::StoreFault;
use crate::store::engine::row::{FromRow, Row};
use crate::store::engine::transaction::Tx;
use crate::store::engine::value::Value;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Queries only; a held lock is reported at once, so that no request thread sleeps in it.
    Reading,
    /// Everything; a held lock is waited for in steps, between which the writer answers units that waited long enough.
    Writing,
}

/// A connection and the SQL texts it has seen, with their parameters numbered SQLite's way.
pub(in crate::store::engine) struct Connection {
    driver: rusqlite::Connection,
    /// What commits wait for.
    flush: Flush,
    texts: HashMap<(usize, usize), Box<str>>,
}

impl Connection {
    /// Opens an existing database file.
    pub(super) fn open(path: &Path, purpose: Purpose) -> Result<Connection, StoreFault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let driver = rusqlite::Connection::open_with_flags(path, flags).map_err(|error| fault::of(&error))?;
        driver.set_prepared_statement_cache_capacity(STORE_STATEMENTS_MAX);
        let connection = Connection { driver, flush: Flush::Now, texts: HashMap::new() };
        connection.set_up(purpose).map_err(|error| fault::of(&error))?;
        connection.wait_for_locks(match purpose {
            Purpose::Reading => Duration::ZERO,
            Purpose::Writing => STORE_LOCK_STEP,
        })?;
        Ok(connection)
    }

    fn set_up(&self, purpose: Purpose) -> rusqlite::Result<()> {
        self.driver.busy_timeout(STORE_LOCK_WAIT)?;
        self.driver.pragma_update(None, "synchronous", synchronous(Flush::Now))?;
        // Only macOS knows the difference: there, a plain sync leaves the data in the disk's own cache.
        self.driver.pragma_update(None, "fullfsync", true)?;
        self.driver.pragma_update(None, "foreign_keys", true)?;
        self.driver.pragma_update(None, "temp_store", "MEMORY")?;
        self.driver.pragma_update(None, "journal_size_limit", STORE_LOG_BYTES_MAX)?;
        self.driver.pragma_update(None, "query_only", purpose == Purpose::Reading)
    }

    /// Has the transactions that begin from now on committed like this.
    pub(super) fn flush(&mut self, flush: Flush) -> Result<(), StoreFault> {
        if self.flush != flush {
            // It takes effect when it is compiled, so a statement that is kept would do nothing the second time.
            let set = self.driver.pragma_update(None, "synchronous", synchronous(flush));
            set.map_err(|error| fault::of(&error))?;
            self.flush = flush;
        }
        Ok(())
    }

    /// How long SQLite itself waits, on this thread, for a lock of another process.
    pub(super) fn wait_for_locks(&self, limit: Duration) -> Result<(), StoreFault> {
        self.driver.busy_timeout(limit).map_err(|error| fault::of(&error))
    }

    pub(super) fn driver(&self) -> &rusqlite::Connection {
        &self.driver
    }

    pub(in crate::store::engine) fn execute(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<u64, StoreFault> {
        let outcome = self.bound(sql, params).and_then(|mut statement| statement.raw_execute());
        outcome.map(|rows| rows as u64).map_err(|error| self.explain(&error))
    }

    pub(in crate::store::engine) fn all<R: FromRow>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Vec<R>, StoreFault> {
        let mut records = Vec::new();
        self.each(sql, params, |row| {
            records.push(R::from_row(row)?);
            Ok(true)
        })?;
        Ok(records)
    }

    pub(in crate::store::engine) fn optional<R: FromRow>(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
    ) -> Result<Option<R>, StoreFault> {
        let mut record = None;
        self.each(sql, params, |row| {
            record = Some(R::from_row(row)?);
            Ok(false)
        })?;
        Ok(record)
    }

    /// Shows each row to `visit` until that says `false`.
    fn each(
        &mut self,
        sql: &'static str,
        params: &[Value<'_>],
        mut visit: impl FnMut(&Row<'_>) -> Result<bool, StoreFault>,
    ) -> Result<(), StoreFault> {
        let outcome = (|| {
            let mut statement = self.bound(sql, params)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                match visit(&Row::of_sqlite(row)) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(fault) => return Ok(Err(fault)),
                }
            }
            Ok(Ok(()))
        })();
        outcome.unwrap_or_else(|error| Err(self.explain(&error)))
    }

    /// A prepared statement with its parameters. SQLite would take a missing one for null, so they are counted.
    fn bound(&mut self, sql: &'static str, params: &[Value<'_>]) -> rusqlite::Result<CachedStatement<'_>> {
        let place = (sql.as_ptr() as usize, sql.len());
        let text = self.texts.entry(place).or_insert_with(|| translated(sql));
        let mut statement = self.driver.prepare_cached(text)?;
        let wanted = statement.parameter_count();
        if wanted != params.len() {
            return Err(rusqlite::Error::InvalidParameterCount(params.len(), wanted));
        }
        for (index, value) in params.iter().enumerate() {
            statement.raw_bind_parameter(index + 1, value)?;
        }
        Ok(statement)
    }

    /// The names of a statement's columns and the number of its parameters.
    pub(super) fn describe(&mut self, sql: &'static str) -> Result<(Vec<String>, usize), StoreFault> {
        // Reading from the file first makes the connection notice a schema that has changed.
        self.probe()?;
        let text = translated(sql);
        let statement = self.driver.prepare(&text).map_err(|error| fault::of(&error))?;
        let columns = statement.column_names().into_iter().map(str::to_owned).collect();
        Ok((columns, statement.parameter_count()))
    }

    /// Reads something from the file itself.
    pub(super) fn probe(&self) -> Result<(), StoreFault> {
        self.run("SELECT count(*) FROM sqlite_schema")
    }

    /// Runs a statement of the engine's own, without parameters.
    pub(super) fn run(&self, sql: &'static str) -> Result<(), StoreFault> {
        let outcome = self.driver.prepare_cached(sql).and_then(|mut statement| {
            let mut rows = statement.raw_query();
            while rows.next()?.is_some() {}
            Ok(())
        });
        outcome.map_err(|error| fault::of(&error))
    }

    /// Whether a transaction is open. SQLite ends one by itself after some failures.
    pub(super) fn in_transaction(&self) -> bool {
        !self.driver.is_autocommit()
    }

    fn explain(&self, error: &rusqlite::Error) -> StoreFault {
        match fault::violated_columns(error) {
            Some((table, columns)) => StoreFault::Conflict { constraint: self.constraint_name(&table, &columns) },
            None => fault::of(error),
        }
    }

    /// The name PostgreSQL would give: the index's own, or `table_pkey`, or `table_column_key`.
    fn constraint_name(&self, table: &str, columns: &[String]) -> String {
        let implied = format!("{table}_{}_key", columns.join("_"));
        let indexes = "SELECT i.name, i.origin FROM pragma_index_list(?1) AS i WHERE i.\"unique\" AND \
            (SELECT group_concat(c.name, '_') FROM pragma_index_info(i.name) AS c) = ?2 ORDER BY i.origin DESC";
        let found: rusqlite::Result<(String, String)> = self
            .driver
            .prepare_cached(indexes)
            .and_then(|mut query| query.query_row([table, &columns.join("_")], |row| Ok((row.get(0)?, row.get(1)?))));
        match found {
            Ok((name, origin)) if origin == "c" => name,
            Ok((_, origin)) if origin == "u" => implied,
            // A lone integer primary key is the table itself and has no index.
            Ok(_) | Err(rusqlite::Error::QueryReturnedNoRows) => format!("{table}_pkey"),
            Err(_) => implied,
        }
    }

    /// Runs a unit of work to its end on this thread. Nothing in it can wait, for every statement is done when it returns.
    pub(super) fn run_unit<D, T, U>(&mut self, data: &D, unit: &U) -> Result<T, StoreFault>
    where
        U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>>,
    {
        // Sound after a panic: the caller undoes what the unit wrote, and the statements in use have been reset.
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let mut tx = Tx::on_sqlite(self);
            let polled = unit(&mut tx, data).poll_unpin(&mut Context::from_waker(Waker::noop()));
            match polled {
                Poll::Ready(outcome) => tx.finish(outcome),
                Poll::Pending => Err(StoreFault::Waited),
            }
        }));
        ended.unwrap_or_else(|payload| Err(StoreFault::panicked(payload.as_ref())))
    }
}

// In a write-ahead log, what is not flushed at once keeps its place: a later flush is of everything before it.
const fn synchronous(flush: Flush) -> &'static str {
    match flush {
        Flush::Later => "NORMAL",
        Flush::Now => "FULL",
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
            Value::Integer(Some(number)) => ValueRef::Integer(*number),
            Value::Text(None) | Value::Integer(None) => ValueRef::Null,
        }))
    }
}

/// The clauses by which a query keeps its rows from changing until the unit ends. SQLite has none and needs none: there
/// is one writer.
const ROW_LOCKS: [&str; 3] = [" FOR SHARE", " FOR NO KEY UPDATE", " FOR UPDATE"];

/// Rewrites `$n` to `?n` outside quotes and comments (SQLite takes `$2` for a name and numbers it by first appearance)
/// and leaves out a row lock at the end.
fn translated(sql: &str) -> Box<str> {
    let mut numbered = String::with_capacity(sql.len());
    let mut rest = ROW_LOCKS.iter().find_map(|lock| sql.strip_suffix(lock)).unwrap_or(sql);
    while let Some(at) = rest.find(['\'', '"', '-', '$']) {
        let (before, from) = rest.split_at(at);
        numbered.push_str(before);
        let length = match from.as_bytes() {
            [quote @ (b'\'' | b'"'), tail @ ..] => tail.iter().position(|byte| byte == quote).map(|end| end + 2),
            [b'-', b'-', ..] => from.find('\n'),
            _ => Some(1),
        };
        let (passage, after) = from.split_at(length.unwrap_or(from.len()));
        let is_parameter = passage == "$" && after.starts_with(|next: char| next.is_ascii_digit());
        numbered.push_str(if is_parameter { "?" } else { passage });
        rest = after;
    }
    numbered.push_str(rest);
    numbered.into_boxed_str()
}

#[cfg(test)]
mod tests {
    use super::translated;

    #[test]
    fn dollar_parameters_keep_their_numbers() {
        assert_eq!(&*translated("UPDATE t SET a = $2 WHERE b = $1"), "UPDATE t SET a = ?2 WHERE b = ?1");
        assert_eq!(&*translated("SELECT $10, $1-$2"), "SELECT ?10, ?1-?2");
    }

    #[test]
    fn row_locks_are_left_out() {
        assert_eq!(&*translated("SELECT a FROM t WHERE b = $1 FOR SHARE"), "SELECT a FROM t WHERE b = ?1");
        assert_eq!(&*translated("SELECT a FROM t FOR NO KEY UPDATE"), "SELECT a FROM t");
        assert_eq!(&*translated("SELECT a FROM t FOR UPDATE"), "SELECT a FROM t");
    }

    #[test]
    fn quotes_and_comments_are_left_alone() {
        for untouched in ["SELECT '$1' AS \"$2\"", "SELECT 'it''s $1'", "SELECT 1 -- $1", "SELECT '$1", "SELECT a - b"]
        {
            assert_eq!(&*translated(untouched), untouched);
        }
        assert_eq!(&*translated("SELECT 1 -- $1\n, $1"), "SELECT 1 -- $1\n, ?1");
    }
}
