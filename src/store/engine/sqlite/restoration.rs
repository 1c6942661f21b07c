//! Putting a copy in a database's place: checked before anything is touched, under locks that keep everybody out, the
//! former file kept aside.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::backup::sync_folder;
use super::connection::{Connection, Purpose};
use super::fault;
use super::file::{self, MigrationLock, companion, private_file};
use super::presence::{self, Alone};
use crate::store::engine::backup::BackupFault;
use crate::store::engine::fault::StoreFault;

/// Companions that a database may have beside it.
const COMPANIONS: [&str; 4] = ["-wal", "-shm", ".lock", presence::SUFFIX];

/// A checked copy beside the database, not yet in its place. Dropped, it is gone and nothing has changed.
pub struct Restoration {
    target: PathBuf,
    incoming: PathBuf,
    _alone: Alone,
    _lock: MigrationLock,
}

impl Restoration {
    /// Copies `backup` beside the database at `target` and checks every page of it. `newest` is the newest migration
    /// this program knows. Blocks as long as reading all of it takes.
    pub fn begin(target: &Path, backup: &Path, newest: i64) -> Result<Restoration, BackupFault> {
        file::check_folder(target)?;
        if fs::metadata(companion(backup, "-wal")).is_ok_and(|log| log.len() > 0) {
            return Err(BackupFault::HasLog(backup.to_path_buf()));
        }
        let in_use = || BackupFault::InUse(target.to_path_buf());
        // In this order, because whoever opens the database takes them so.
        let lock = MigrationLock::try_take(target)?.ok_or_else(in_use)?;
        let alone = Alone::try_take(target)?.ok_or_else(in_use)?;
        let incoming = companion(target, ".restoring");
        let this = Restoration { target: target.to_path_buf(), incoming, _alone: alone, _lock: lock };
        this.clear().map_err(|error| BackupFault::File(this.incoming.clone(), error))?;
        copy(backup, &this.incoming)?;
        check(&this.incoming, newest).map_err(|fault| BackupFault::Unsound(backup.to_path_buf(), fault))?;
        Ok(this)
    }

    /// The copy, to be opened and prepared, and closed again.
    pub fn incoming(&self) -> &Path {
        &self.incoming
    }

    /// Puts the copy in place; gives the name under which the former file is kept, if there was one.
    pub fn finish(self, suffix: &str) -> Result<Option<PathBuf>, BackupFault> {
        fold_log(&self.incoming).map_err(|fault| BackupFault::Unsound(self.incoming.clone(), fault))?;
        let kept = self.target.exists().then(|| companion(&self.target, suffix));
        // A damaged one is kept with its log, as it is.
        if kept.is_some() && fold_log(&self.target) == Err(StoreFault::Busy) {
            return Err(BackupFault::InUse(self.target.clone()));
        }
        let failed = |error| BackupFault::File(self.target.clone(), error);
        self.exchange(kept.as_deref()).map_err(failed)?;
        Ok(kept)
    }

    /// At every moment there is a whole database under the name, the former or the new one.
    fn exchange(&self, kept: Option<&Path>) -> io::Result<()> {
        if let Some(kept) = kept {
            fs::hard_link(&self.target, kept)?;
            for log in ["-wal", "-shm"] {
                // The former log must not be applied to the new file.
                absent_is_fine(fs::rename(companion(&self.target, log), companion(kept, log)))?;
            }
        }
        fs::rename(&self.incoming, &self.target)?;
        sync_folder(&self.target)
    }

    fn clear(&self) -> io::Result<()> {
        absent_is_fine(fs::remove_file(&self.incoming))?;
        COMPANIONS.iter().try_for_each(|end| absent_is_fine(fs::remove_file(companion(&self.incoming, end))))
    }
}

impl Drop for Restoration {
    fn drop(&mut self) {
        // What stays is overwritten by the next one.
        let _ = self.clear();
    }
}

fn absent_is_fine(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

fn copy(backup: &Path, incoming: &Path) -> Result<(), BackupFault> {
    let mut source = fs::File::open(backup).map_err(|error| BackupFault::File(backup.to_path_buf(), error))?;
    let written = private_file().create_new(true).open(incoming).and_then(|mut file| {
        io::copy(&mut source, &mut file)?;
        file.sync_all()
    });
    written.map_err(|error| BackupFault::File(incoming.to_path_buf(), error))
}

fn check(incoming: &Path, newest: i64) -> Result<(), StoreFault> {
    if fs::metadata(incoming).is_ok_and(|file| file.len() == 0) {
        return Err(file::unusable(incoming, "is empty", "name a backup"));
    }
    file::check_header(incoming)?;
    let connection = Connection::open(incoming, Purpose::Writing)?;
    file::check_owner(incoming, &connection, newest)?;
    let driver = connection.driver();
    let rows = |sql: &str| -> rusqlite::Result<Vec<String>> {
        driver.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
    };
    let findings = rows("PRAGMA integrity_check(1)").map_err(|error| fault::of(&error))?;
    if findings != ["ok"] {
        return Err(StoreFault::Corrupt { detail: findings.join(", ") });
    }
    match rows("PRAGMA foreign_key_check").map_err(|error| fault::of(&error))?.first() {
        None => Ok(()),
        Some(table) => Err(StoreFault::Corrupt { detail: format!("rows of {table} refer to rows that are gone") }),
    }
}

/// Leaves a database in one file, which only works when nobody has it open.
fn fold_log(path: &Path) -> Result<(), StoreFault> {
    let connection = Connection::open(path, Purpose::Writing)?;
    connection.run("PRAGMA journal_mode = DELETE")
}
