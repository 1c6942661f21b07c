//! The PostgreSQL engine: a bounded pool, one transaction for each write unit, repeated when the server asks for it.

use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::query::Query;
use sqlx::{
    Column, ConnectOptions, Connection, Either, Executor, PgConnection, Postgres as Driver, SqlSafeStr, Statement,
};
use tokio::sync::{Semaphore, TryAcquireError};

use super::StoreOptions;
use super::fault::StoreFault;
use super::migrate::Applied;
use super::row::{FromRow, Row};
use super::transaction::Tx;
use super::value::Value;
use crate::base::bounds::{
    STORE_ACQUIRE_WAIT, STORE_ATTEMPTS_MAX, STORE_BACK_OFF, STORE_LOCK_MILLIS_MAX, STORE_PROBE_WAIT,
    STORE_STATEMENT_MILLIS_MAX, STORE_STATEMENTS_MAX, STORE_UNIT_WAIT,
};

/// One PostgreSQL database, reached through a pool.
#[derive(Clone)]
pub(super) struct Postgres {
    pool: PgPool,
    connect: Arc<PgConnectOptions>,
    /// Units that may be under way or waiting for a connection.
    places: Arc<Semaphore>,
}

impl Postgres {
    /// Prepares the pool and makes sure that the server answers.
    pub(super) async fn open(url: &str, options: &StoreOptions) -> Result<Postgres, StoreFault> {
        let connect = PgConnectOptions::from_str(url)
            .map_err(|error| unusable(&format!("is not a PostgreSQL address: {error}")))?
            .application_name("doorward")
            .statement_cache_capacity(STORE_STATEMENTS_MAX)
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(options.connections)
            .acquire_timeout(STORE_ACQUIRE_WAIT)
            // A ping before each unit would double its round trips; a stale connection shows at BEGIN and is replaced.
            .test_before_acquire(false)
            .after_connect(|connection, _| Box::pin(set_up(connection)))
            .connect_lazy_with(connect.clone());
        let places = Arc::new(Semaphore::new(options.queue));
        let postgres = Postgres { pool, connect: Arc::new(connect), places };
        let mut first = postgres.connect_alone().await?;
        super::migrate::refuse_newer(&mut first, options.newest_migration()).await?;
        close(first).await;
        Ok(postgres)
    }

    /// A connection beside the pool, for migrations and the first look at the server.
    pub(super) async fn connect_alone(&self) -> Result<PgConnection, StoreFault> {
        let connecting = tokio::time::timeout(STORE_ACQUIRE_WAIT, PgConnection::connect_with(&self.connect)).await;
        match connecting {
            Ok(connection) => connection.map_err(|error| of(&error)),
            Err(_) => Err(unavailable("the server did not answer in time")),
        }
    }

    pub(super) async fn read<D, T, U>(&self, data: D, unit: U) -> Result<T, StoreFault>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
        U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>> + Send + Sync + 'static,
    {
        let _place = self.places.try_acquire().map_err(|refused| no_place(&refused))?;
        self.repeat(Purpose::Read, &data, &unit).await
    }

    /// Runs a write unit to its end even when the caller stops waiting, as the SQLite writer does.
    pub(super) async fn write<D, T, U>(&self, data: D, unit: U) -> Result<T, StoreFault>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
        U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>> + Send + Sync + 'static,
    {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|refused| no_place(&refused))?;
        let postgres = self.clone();
        let task = tokio::spawn(async move {
            let _place = place;
            postgres.repeat(Purpose::Write, &data, &unit).await
        });
        task.await.unwrap_or(Err(StoreFault::Closed))
    }

    /// Runs a unit until it neither lost against a concurrent one nor met a connection that had died while idle.
    async fn repeat<D, T, U>(&self, purpose: Purpose, data: &D, unit: &U) -> Result<T, StoreFault>
    where
        D: Sync,
        T: Send,
        U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>> + Sync,
    {
        let started = Instant::now();
        let (mut lost, mut stale) = (0, 0);
        loop {
            let mut connection = self.acquire().await?;
            let left = STORE_UNIT_WAIT.saturating_sub(started.elapsed());
            let attempt = tokio::time::timeout(left, attempt(purpose, &mut connection, data, unit)).await;
            match attempt.unwrap_or_else(|_| Ended::Done(Err(unavailable("the server took too long")))) {
                Ended::Done(outcome) => {
                    if matches!(outcome, Err(StoreFault::Unavailable { .. })) {
                        connection.close_on_drop();
                    }
                    return outcome;
                }
                Ended::Stale(fault) => {
                    connection.close_on_drop();
                    stale += 1;
                    // After a restart of the server every pooled connection is dead, and each is met once.
                    if stale > self.pool.options().get_max_connections() {
                        return Err(fault);
                    }
                }
                Ended::Lost => {
                    drop(connection);
                    lost += 1;
                    if lost >= STORE_ATTEMPTS_MAX {
                        return Err(StoreFault::Contended);
                    }
                    tokio::time::sleep(back_off(lost, started)).await;
                }
            }
        }
    }

    async fn acquire(&self) -> Result<PoolConnection<Driver>, StoreFault> {
        self.pool.acquire().await.map_err(|error| match error {
            sqlx::Error::PoolTimedOut if self.pool.size() >= self.pool.options().get_max_connections() => {
                StoreFault::Busy
            }
            sqlx::Error::PoolTimedOut => unavailable("the server cannot be reached"),
            other => of(&other),
        })
    }

    /// Names of the columns and number of parameters of a statement.
    pub(super) async fn prepare(&self, sql: &'static str) -> Result<(Vec<String>, usize), StoreFault> {
        let mut connection = self.acquire().await?;
        let statement = connection.prepare(sql.into_sql_str()).await.map_err(|error| of(&error))?;
        let columns = statement.columns().iter().map(|column| column.name().to_owned()).collect();
        let parameters = match statement.parameters() {
            Some(Either::Left(types)) => types.len(),
            Some(Either::Right(count)) => count,
            None => 0,
        };
        Ok((columns, parameters))
    }

    pub(super) async fn applied_migrations(&self) -> Result<Vec<Applied>, StoreFault> {
        let mut connection = self.acquire().await?;
        super::migrate::applied_on_postgres(&mut connection).await
    }

    pub(super) async fn ready(&self) -> Result<(), StoreFault> {
        let probe = self.read((), |tx, ()| Box::pin(async move { tx.one::<(i64,)>("SELECT 1", &[]).await }));
        match tokio::time::timeout(STORE_PROBE_WAIT, probe).await {
            Ok(outcome) => outcome.map(|_| ()),
            Err(_) => Err(unavailable("the server did not answer in time")),
        }
    }

    /// Takes no more units and closes every connection once those under way are done.
    pub(super) async fn shutdown(&self) {
        self.places.close();
        self.pool.close().await;
    }
}

/// Whether a unit gets a transaction.
#[derive(Clone, Copy)]
enum Purpose {
    Read,
    Write,
}

/// How one run of a unit ended.
enum Ended<T> {
    Done(Result<T, StoreFault>),
    /// The connection had died before the unit did anything that counts.
    Stale(StoreFault),
    /// A concurrent unit won; nothing was written.
    Lost,
}

async fn attempt<D, T, U>(purpose: Purpose, connection: &mut PgConnection, data: &D, unit: &U) -> Ended<T>
where
    U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>>,
{
    let outcome = match purpose {
        Purpose::Read => match run_unit(connection, data, unit).await {
            Err(fault @ StoreFault::Unavailable { .. }) => return Ended::Stale(fault),
            outcome => outcome,
        },
        Purpose::Write => {
            let mut transaction = match connection.begin().await {
                Ok(transaction) => transaction,
                Err(error) => return Ended::Stale(of(&error)),
            };
            match run_unit(&mut transaction, data, unit).await {
                Ok(value) => transaction.commit().await.map(|()| value).map_err(|error| of(&error)),
                Err(fault) => {
                    // The unit's fault says more than a failed rollback, which the server makes up for by itself.
                    let _ = transaction.rollback().await;
                    Err(fault)
                }
            }
        }
    };
    match outcome {
        Err(StoreFault::Contended) => Ended::Lost,
        outcome => Ended::Done(outcome),
    }
}

async fn run_unit<D, T, U>(connection: &mut PgConnection, data: &D, unit: &U) -> Result<T, StoreFault>
where
    U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>>,
{
    let mut tx = Tx::on_postgres(connection);
    // Sound after a panic: the transaction is rolled back, and the driver resets a connection left in the middle.
    let ended = std::panic::AssertUnwindSafe(async { unit(&mut tx, data).await }).catch_unwind().await;
    match ended {
        Ok(outcome) => tx.finish(outcome),
        Err(payload) => Err(StoreFault::panicked(payload.as_ref())),
    }
}

/// Doubles with each repetition; the clock's last digits keep two losers apart.
fn back_off(lost: u32, started: Instant) -> Duration {
    let spread = started.elapsed().subsec_micros() % 1024;
    STORE_BACK_OFF * 2_u32.pow(lost - 1) + Duration::from_micros(u64::from(spread)) * lost
}

async fn set_up(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let settings = format!(
        "SET statement_timeout = {STORE_STATEMENT_MILLIS_MAX}; SET lock_timeout = {STORE_LOCK_MILLIS_MAX}; \
         SET idle_in_transaction_session_timeout = {idle}; SET default_transaction_isolation = 'read committed'",
        idle = STORE_UNIT_WAIT.as_millis(),
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(settings)).execute(connection).await.map(|_| ())
}

/// Ends a connection of its own; that it may be gone already does not matter.
pub(super) async fn close(connection: PgConnection) {
    let _ = connection.close().await;
}

fn bound(sql: &'static str, params: &[Value<'_>]) -> Query<'static, Driver, PgArguments> {
    params.iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Text(text) => query.bind(text.map(str::to_owned)),
        Value::Integer(number) => query.bind(*number),
    })
}

pub(super) async fn execute(
    connection: &mut PgConnection,
    sql: &'static str,
    params: &[Value<'_>],
) -> Result<u64, StoreFault> {
    let done = bound(sql, params).execute(connection).await.map_err(|error| of(&error))?;
    Ok(done.rows_affected())
}

pub(super) async fn all<R: FromRow>(
    connection: &mut PgConnection,
    sql: &'static str,
    params: &[Value<'_>],
) -> Result<Vec<R>, StoreFault> {
    let rows = bound(sql, params).fetch_all(connection).await.map_err(|error| of(&error))?;
    rows.iter().map(|row| R::from_row(&Row::of_postgres(row))).collect()
}

pub(super) async fn optional<R: FromRow>(
    connection: &mut PgConnection,
    sql: &'static str,
    params: &[Value<'_>],
) -> Result<Option<R>, StoreFault> {
    let row = bound(sql, params).fetch_optional(connection).await.map_err(|error| of(&error))?;
    row.as_ref().map(|row| R::from_row(&Row::of_postgres(row))).transpose()
}

fn no_place(refused: &TryAcquireError) -> StoreFault {
    match refused {
        TryAcquireError::NoPermits => StoreFault::Busy,
        TryAcquireError::Closed => StoreFault::Closed,
    }
}

fn unavailable(detail: &str) -> StoreFault {
    StoreFault::Unavailable { detail: detail.to_owned() }
}

fn unusable(problem: &str) -> StoreFault {
    StoreFault::Unusable {
        place: "database".to_owned(),
        problem: problem.to_owned(),
        hint: "write it as postgres://user:password@host:5432/database".to_owned(),
    }
}

/// The fault behind a driver error, by SQLSTATE (PostgreSQL, appendix A).
pub(super) fn of(error: &sqlx::Error) -> StoreFault {
    let detail = error.to_string();
    let sqlx::Error::Database(refusal) = error else {
        return match error {
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                StoreFault::Unavailable { detail }
            }
            sqlx::Error::PoolTimedOut => StoreFault::Busy,
            sqlx::Error::PoolClosed => StoreFault::Closed,
            _ => StoreFault::Statement { detail },
        };
    };
    let code = refusal.code().unwrap_or_default();
    match code.as_ref() {
        "23505" => StoreFault::Conflict { constraint: refusal.constraint().unwrap_or_default().to_owned() },
        "23503" => StoreFault::ForeignKey,
        "40001" | "40P01" => StoreFault::Contended,
        "55P03" | "57014" => StoreFault::Busy,
        "25006" => StoreFault::ReadOnly,
        "53100" => StoreFault::Full,
        // A protocol violation: a wrong number of parameters, not a lost connection.
        "08P01" => StoreFault::Statement { detail },
        // Every statement was tried on the schema, so it is the schema that is gone: taken back under a running server.
        "42P01" => StoreFault::Unavailable { detail },
        "58030" => StoreFault::Io { detail },
        "XX001" | "XX002" => StoreFault::Corrupt { detail },
        _ => match code.get(..2) {
            Some("23") => StoreFault::Rule { detail },
            // Connection exceptions, bad credentials or database, too little of something, and an administrator's hand.
            Some("08" | "28" | "3D" | "53" | "57") => StoreFault::Unavailable { detail },
            _ => StoreFault::Statement { detail },
        },
    }
}
