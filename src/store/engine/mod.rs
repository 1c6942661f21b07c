//! The one place that knows which database is underneath: opening, migrating, and running units of work.
//!
//! A unit of work is data and a function over a [`Tx`]. It may be run again from its start, so it does nothing but its
//! statements: no clock, no randomness, no mail, no log. What it decides on was made before and handed in.
//!
//! ```no_run
//! # use doorward::{params, store::{Store, StoreFault}};
//! # const TAKE: &str = ""; const INSERT_STUB: &str = "";
//! # async fn take(store: &Store, id: String, now: i64) -> Result<bool, StoreFault> {
//! store.write((id, now), |tx, (id, now)| Box::pin(async move {
//!     if tx.execute(TAKE, params![id, now]).await? == 0 {
//!         return Ok(false); // somebody else has it: a value, not a fault
//!     }
//!     tx.execute(INSERT_STUB, params![id, 1_i64]).await?;
//!     Ok(true)
//! })).await
//! # }
//! ```
//!
//! The engine owns no statement of the product and no record; those are beside it, in `store`.

pub mod backup;
pub mod fault;
mod location;
pub mod migrate;
mod postgres;
pub mod row;
mod sqlite;
pub mod transaction;
pub mod value;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

pub use location::Location;
pub use sqlite::Restoration;

use crate::base::bounds::{STORE_CONNECTIONS_MAX, STORE_LOCK_WAIT, STORE_QUEUE_MAX};
use crate::store::migrations;
use backup::{BackupFault, CopyProgress};
use fault::StoreFault;
use migrate::{Direction, Migration, MigrationState};
use postgres::Postgres;
use sqlite::{MigrationLock, Sqlite};
use transaction::Tx;

/// What an operator or a test may choose about a store.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The schema, by rising version.
    pub migrations: &'static [Migration],
    /// Units that may wait at once; one more is [`StoreFault::Busy`].
    pub queue: usize,
    /// Connections to a PostgreSQL server.
    pub connections: u32,
    /// How long a unit waits for a lock that another process holds on a SQLite database.
    pub lock_wait: Duration,
    /// Whether units that end sessions write down which clients are to be told.
    pub tells_logouts: bool,
}

impl Default for StoreOptions {
    fn default() -> StoreOptions {
        StoreOptions {
            migrations: migrations::ALL,
            queue: STORE_QUEUE_MAX,
            connections: STORE_CONNECTIONS_MAX,
            lock_wait: STORE_LOCK_WAIT,
            tells_logouts: true,
        }
    }
}

impl StoreOptions {
    /// The newest migration this program knows.
    pub fn newest_migration(&self) -> i64 {
        self.migrations.last().map_or(0, |migration| migration.version)
    }
}

/// A statement as both engines understand it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The names of the columns it returns.
    pub columns: Vec<String>,
    /// How many parameters it takes.
    pub parameters: usize,
}

/// An open database. Cheap to clone; every clone is the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    migrations: &'static [Migration],
    tells_logouts: bool,
}

enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// When what a unit wrote is on the disk. The later of two is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Flush {
    /// With the next that is flushed, or some moments on.
    Later,
    /// Before anybody is told.
    Now,
}

impl Store {
    /// Opens a database, making a SQLite file that does not exist, and refuses one that is damaged, another program's,
    /// or newer than this program. Does not migrate.
    pub async fn open(location: &Location, options: &StoreOptions) -> Result<Store, StoreFault> {
        let engine = match location.clone() {
            Location::Sqlite { path } => {
                let options = options.clone();
                Engine::Sqlite(aside(move || Sqlite::open(path, &options)).await?)
            }
            Location::Postgres { url } => Engine::Postgres(Postgres::open(&url, options).await?),
        };
        let StoreOptions { migrations, tells_logouts, .. } = *options;
        Ok(Store { inner: Arc::new(Inner { engine, migrations, tells_logouts }) })
    }

    /// A read: data in, rows out, no transaction. On SQLite it runs on the calling thread, so it is for queries that
    /// find their rows by an index.
    pub async fn read<D, T, U>(&self, data: D, unit: U) -> Result<T, StoreFault>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
        U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>> + Send + Sync + 'static,
    {
        match &self.inner.engine {
            Engine::Sqlite(sqlite) => sqlite.read(data, unit).await,
            Engine::Postgres(postgres) => postgres.read(data, unit).await,
        }
    }

    /// A unit of work in one transaction: all of it is on the disk when this returns, or, after an error, none of it.
    ///
    /// A unit that has begun runs to its end even when the caller stops waiting.
    pub async fn write<D, T, U>(&self, data: D, unit: U) -> Result<T, StoreFault>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
        U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>> + Send + Sync + 'static,
    {
        self.commit(Flush::Now, data, unit).await
    }

    /// A unit of work of which every connection knows when this returns, and the disk of SQLite some moments later;
    /// whatever is written after it is not on the disk before it. For what is of no use to anybody in a minute
    /// (decision 0016). PostgreSQL flushes it as everything else.
    ///
    /// When one fails, others that were gathered with it may fail, too.
    pub async fn write_ephemeral<D, T, U>(&self, data: D, unit: U) -> Result<T, StoreFault>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
        U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>> + Send + Sync + 'static,
    {
        self.commit(Flush::Later, data, unit).await
    }

    async fn commit<D, T, U>(&self, flush: Flush, data: D, unit: U) -> Result<T, StoreFault>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
        U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>> + Send + Sync + 'static,
    {
        let tells_logouts = self.inner.tells_logouts;
        let unit = of_any_unit(move |tx, data| {
            tx.tells_logouts = tells_logouts;
            unit(tx, data)
        });
        match &self.inner.engine {
            Engine::Sqlite(sqlite) => sqlite.write(flush, data, unit).await,
            Engine::Postgres(postgres) => postgres.write(data, unit).await,
        }
    }

    /// Applies every migration that is not applied yet. Processes that do so at once wait for each other.
    pub async fn migrate_up(&self) -> Result<(), StoreFault> {
        if self.migration_status().await?.iter().all(|state| state.is_applied) {
            return Ok(());
        }
        self.migrate(Direction::Up).await
    }

    /// Takes back the last `steps` applied migrations, newest first.
    pub async fn migrate_down(&self, steps: usize) -> Result<(), StoreFault> {
        let states = self.migration_status().await?;
        if states.iter().all(|state| !state.is_applied) {
            return Ok(());
        }
        let target = migrate::target_below(&states, steps);
        self.migrate(Direction::DownTo(target)).await
    }

    async fn migrate(&self, direction: Direction) -> Result<(), StoreFault> {
        match &self.inner.engine {
            Engine::Sqlite(sqlite) => {
                let path = sqlite.path().clone();
                let lock = aside(move || MigrationLock::take(&path)).await?;
                migrate::sqlite(sqlite.path(), &lock, self.inner.migrations, direction).await
            }
            Engine::Postgres(postgres) => {
                migrate::postgres(postgres.connect_alone().await?, self.inner.migrations, direction).await
            }
        }
    }

    /// Every migration of this program and whether the database has it.
    pub async fn migration_status(&self) -> Result<Vec<MigrationState>, StoreFault> {
        let applied = match &self.inner.engine {
            Engine::Sqlite(sqlite) => sqlite.applied_migrations().await?,
            Engine::Postgres(postgres) => postgres.applied_migrations().await?,
        };
        migrate::states(self.inner.migrations, &applied)
    }

    /// Has the database parse a statement without running it: the check that a constant is sound on this engine.
    pub async fn prepare(&self, sql: &'static str) -> Result<Prepared, StoreFault> {
        let (columns, parameters) = match &self.inner.engine {
            Engine::Sqlite(sqlite) => sqlite.prepare(sql).await?,
            Engine::Postgres(postgres) => postgres.prepare(sql).await?,
        };
        Ok(Prepared { columns, parameters })
    }

    /// Whether the database answers: a probe cheap enough for a load balancer.
    pub async fn ready(&self) -> Result<(), StoreFault> {
        match &self.inner.engine {
            Engine::Sqlite(sqlite) => sqlite.ready().await,
            Engine::Postgres(postgres) => postgres.ready().await,
        }
    }

    /// `sqlite` or `postgresql`, for logs and metrics.
    pub fn engine_name(&self) -> &'static str {
        match &self.inner.engine {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgresql",
        }
    }

    /// Copies a SQLite database into a new file `to` while it is used, readable by this user only; gives its bytes.
    /// What was written before the call is in the copy, and of what is written meanwhile nothing or all of a unit.
    pub async fn back_up(
        &self,
        to: &Path,
        progress: impl FnMut(CopyProgress) + Send + 'static,
    ) -> Result<u64, BackupFault> {
        let Engine::Sqlite(sqlite) = &self.inner.engine else { return Err(BackupFault::OnServer) };
        let (path, to) = (sqlite.path().clone(), to.to_path_buf());
        let copied = tokio::task::spawn_blocking(move || Sqlite::back_up(&path, &to, progress)).await;
        copied.unwrap_or(Err(BackupFault::Store(StoreFault::Closed)))
    }

    /// Takes no more units, finishes those that were accepted, and closes every connection. Later calls are
    /// [`StoreFault::Closed`].
    pub async fn shutdown(&self) {
        match &self.inner.engine {
            Engine::Sqlite(sqlite) => sqlite.shutdown().await,
            Engine::Postgres(postgres) => postgres.shutdown().await,
        }
    }
}

/// The function as it is: the compiler learns from here that it is one for every transaction and every loan of the data.
const fn of_any_unit<D, T, U>(unit: U) -> U
where
    U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>>,
{
    unit
}

/// Runs something that blocks on the disk or a lock on a thread made for that.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreFault> + Send + 'static,
) -> Result<T, StoreFault> {
    // The task can only fail by a panic or by the end of the runtime.
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(StoreFault::Closed))
}
