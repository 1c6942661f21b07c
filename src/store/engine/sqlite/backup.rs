//! A copy of the database while it is used: SQLite's backup of one snapshot, so that writers neither wait nor show up
//! in it half. The file gets its name when it is whole, checked, and on the disk.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use rusqlite::OpenFlags;
use rusqlite::backup::{Backup, StepResult};

use super::connection::{Connection, Purpose};
use super::fault;
use super::file::{companion, folder_of, private_file};
use crate::base::bounds::BACKUP_STEP_PAGES;
use crate::store::engine::backup::{BackupFault, CopyProgress};
use crate::store::engine::fault::StoreFault;

/// Copies the database at `from` into a new file `to`; gives its bytes.
pub(super) fn copy(from: &Path, to: &Path, progress: &mut dyn FnMut(CopyProgress)) -> Result<u64, BackupFault> {
    if to.exists() {
        return Err(BackupFault::Exists(to.to_path_buf()));
    }
    let partial = companion(to, ".partial");
    let file = claim(&partial)?;
    let made = fill(from, &partial, progress).and_then(|()| publish(&file, &partial, to));
    // On success it has its name by now; this is only the other one.
    let _ = fs::remove_file(&partial);
    made
}

/// Two backups into one file would spoil each other.
fn claim(partial: &Path) -> Result<File, BackupFault> {
    let failed = |error| BackupFault::File(partial.to_path_buf(), error);
    let file = private_file().create(true).open(partial).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(BackupFault::Exists(partial.to_path_buf())),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    // What a backup that was killed left.
    file.set_len(0).map_err(failed)?;
    Ok(file)
}

fn fill(from: &Path, partial: &Path, progress: &mut dyn FnMut(CopyProgress)) -> Result<(), BackupFault> {
    let source = Connection::open(from, Purpose::Reading)?;
    // The snapshot: as long as this transaction is open, the backup need not begin anew when somebody writes.
    source.run("BEGIN")?;
    source.probe()?;
    let at_target = |error: rusqlite::Error| BackupFault::Unsound(partial.to_path_buf(), fault::of(&error));
    copy_pages(source.driver(), partial, progress).map_err(at_target)?;
    source.run("ROLLBACK")?;
    match finish(partial).map_err(at_target)?.as_str() {
        "ok" => Ok(()),
        finding => Err(StoreFault::Corrupt { detail: format!("{}: {finding}", from.display()) }.into()),
    }
}

fn copy_pages(
    source: &rusqlite::Connection,
    partial: &Path,
    progress: &mut dyn FnMut(CopyProgress),
) -> rusqlite::Result<()> {
    let page_bytes: u32 = source.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let mut target = open(partial)?;
    // If it fails the file is thrown away, so it needs no journal; it is flushed before it gets its name.
    target.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
    let backup = Backup::new(source, &mut target)?;
    loop {
        let step = backup.step(BACKUP_STEP_PAGES)?;
        let pages = backup.progress();
        let bytes = |pages: i32| u64::try_from(pages).unwrap_or_default() * u64::from(page_bytes);
        progress(CopyProgress { done: bytes(pages.pagecount - pages.remaining), total: bytes(pages.pagecount) });
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            // Nobody else has the target, and the source's snapshot is ours already.
            _ => std::thread::yield_now(),
        }
    }
}

/// One file without companions, and what SQLite finds in it.
fn finish(partial: &Path) -> rusqlite::Result<String> {
    let target = open(partial)?;
    target.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    target.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
}

fn open(path: &Path) -> rusqlite::Result<rusqlite::Connection> {
    rusqlite::Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

/// Gives the file its name, which must be nobody's.
fn publish(file: &File, partial: &Path, to: &Path) -> Result<u64, BackupFault> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => BackupFault::Exists(to.to_path_buf()),
        _ => BackupFault::File(to.to_path_buf(), error),
    };
    file.sync_all().map_err(failed)?;
    fs::hard_link(partial, to).map_err(failed)?;
    sync_folder(to).map_err(failed)?;
    Ok(file.metadata().map_err(failed)?.len())
}

/// A name is on the disk when its folder is.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}
