//! The SQLite engine: reads inline on a few connections, writes on one thread that gathers units into one commit.
//!
//! Statements run through `rusqlite`; `sqlx` only migrates. An acknowledged write is on the disk (`synchronous=FULL`),
//! but for groups of which every unit is ephemeral (`synchronous=NORMAL`).

mod backup;
mod connection;
mod fault;
mod file;
mod presence;
mod readers;
mod restoration;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;

pub(super) use connection::Connection;
pub(super) use file::MigrationLock;
pub use restoration::Restoration;

use super::backup::{BackupFault, CopyProgress};
use super::fault::StoreFault;
use super::migrate::Applied;
use super::transaction::Tx;
use super::{Flush, StoreOptions};
use crate::base::bounds::STORE_READERS_MAX;
use file::Identity;
use presence::Presence;
use readers::Readers;
use writer::Writer;

/// One SQLite database, opened.
pub(super) struct Sqlite {
    path: Arc<PathBuf>,
    identity: Identity,
    presence: Mutex<Option<Presence>>,
    readers: Readers,
    writer: Writer,
}

impl Sqlite {
    /// Checks the file, makes it if there is none, and opens the connections. Blocks on the disk for some milliseconds.
    pub(super) fn open(path: PathBuf, options: &StoreOptions) -> Result<Sqlite, StoreFault> {
        let path = Arc::new(path);
        let (first, presence) = file::open_checked(&path, options.newest_migration())?;
        let identity = Identity::of(&path)?;
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let readers = Readers::open(&path, processors.clamp(2, STORE_READERS_MAX), options.lock_wait)?;
        let writer = Writer::start(Arc::clone(&path), first, options)?;
        Ok(Sqlite { path, identity, presence: Mutex::new(Some(presence)), readers, writer })
    }

    pub(super) fn path(&self) -> &PathBuf {
        &self.path
    }

    pub(super) async fn read<D, T, U>(&self, data: D, unit: U) -> Result<T, StoreFault>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
        U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>> + Send + Sync + 'static,
    {
        self.readers.read(&data, &unit).await
    }

    pub(super) async fn write<D, T, U>(&self, flush: Flush, data: D, unit: U) -> Result<T, StoreFault>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
        U: for<'t, 'c> Fn(&'t mut Tx<'c>, &'t D) -> BoxFuture<'t, Result<T, StoreFault>> + Send + Sync + 'static,
    {
        self.writer.write(flush, data, unit).await
    }

    /// Names of the columns and number of parameters of a statement.
    pub(super) async fn prepare(&self, sql: &'static str) -> Result<(Vec<String>, usize), StoreFault> {
        self.readers.on_any(|connection| connection.describe(sql)).await
    }

    pub(super) async fn applied_migrations(&self) -> Result<Vec<Applied>, StoreFault> {
        let applied = self.readers.on_any(|connection| file::applied_migrations(connection)).await?;
        Ok(applied.unwrap_or_default())
    }

    pub(super) async fn ready(&self) -> Result<(), StoreFault> {
        self.identity.check(&self.path)?;
        self.readers.on_any(|connection| connection.probe()).await
    }

    /// Takes no more writes, finishes those that were accepted, and closes every connection.
    pub(super) async fn shutdown(&self) {
        self.writer.finish().await;
        self.readers.close();
        drop(self.presence.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Copies the database into a new file while it is used; gives its bytes. Blocks as long as that takes.
    pub(super) fn back_up(path: &Path, to: &Path, mut progress: impl FnMut(CopyProgress)) -> Result<u64, BackupFault> {
        backup::copy(path, to, &mut progress)
    }
}
