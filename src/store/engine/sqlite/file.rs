//! The database file: whose it is, whether it is whole, and the lock that keeps two starting processes apart.
//!
//! Every check that can refuse a file runs before anything is written to it.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::connection::{Connection, Purpose};
use super::fault;
use super::presence::Presence;
use crate::base::bounds::{STORE_LOCK_STEP, STORE_LOCK_WAIT, STORE_MIGRATION_WAIT, STORE_QUICK_CHECK_BYTES_MAX};
use crate::store::engine::fault::StoreFault;
use crate::store::engine::migrate::Applied;

/// "DWRD": how a database of ours is told from any other (SQLite file format, offset 68).
const APPLICATION_ID: i64 = 0x4457_5244;
/// SQLite file format, §1.3.1.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Opens the writing connection of a file that was found ours and whole, making the file if there is none.
pub(super) fn open_checked(path: &Path, newest: i64) -> Result<(Connection, Presence), StoreFault> {
    check_folder(path)?;
    let _lock = MigrationLock::take(path)?;
    let presence = Presence::announce(path)?;
    make_if_absent(path)?;
    check_header(path)?;
    let connection = open_ours(path, newest).map_err(|fault| name(path, fault))?;
    Ok((connection, presence))
}

fn open_ours(path: &Path, newest: i64) -> Result<Connection, StoreFault> {
    let connection = Connection::open(path, Purpose::Writing)?;
    connection.wait_for_locks(STORE_LOCK_WAIT)?;
    adopt(path, &connection, newest)?;
    connection.wait_for_locks(STORE_LOCK_STEP)?;
    Ok(connection)
}

fn adopt(path: &Path, connection: &Connection, newest: i64) -> Result<(), StoreFault> {
    let driver = connection.driver();
    let owner = check_owner(path, connection, newest)?;
    check_pages(path, connection)?;
    if owner != APPLICATION_ID {
        driver.pragma_update(None, "application_id", APPLICATION_ID).map_err(|error| fault::of(&error))?;
    }
    let journal = "PRAGMA journal_mode = WAL";
    let mode: String = driver.query_row(journal, [], |row| row.get(0)).map_err(|error| fault::of(&error))?;
    if mode == "wal" { Ok(()) } else { Err(StoreFault::Io { detail: format!("the journal stays in mode {mode}") }) }
}

/// Refuses a database of another program, or of a newer one; gives the mark of the program that made it.
pub(super) fn check_owner(path: &Path, connection: &Connection, newest: i64) -> Result<i64, StoreFault> {
    let driver = connection.driver();
    let integer = |sql: &str| driver.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(|error| fault::of(&error));
    let owner = integer("PRAGMA application_id")?;
    let tables = integer("SELECT count(*) FROM sqlite_schema")?;
    let applied = applied_migrations(connection)?;
    if owner != APPLICATION_ID && tables > 0 && applied.is_none() {
        return Err(unusable(
            path,
            "is the database of another program",
            "name another file; Doorward makes it if it does not exist",
        ));
    }
    match applied.as_ref().and_then(|applied| applied.last()) {
        Some(last) if last.version > newest => Err(StoreFault::Newer { found: last.version, known: newest }),
        _ => Ok(owner),
    }
}

/// The versions that were applied, rising, with their checksums; nothing when no migration ever ran.
pub(super) fn applied_migrations(connection: &Connection) -> Result<Option<Vec<Applied>>, StoreFault> {
    let driver = connection.driver();
    // A query, because the driver's own question would be answered from a schema that may be out of date.
    let record = "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    let tables: i64 = driver.query_row(record, [], |row| row.get(0)).map_err(|error| fault::of(&error))?;
    if tables == 0 {
        return Ok(None);
    }
    let listed =
        driver.prepare("SELECT version, checksum FROM _sqlx_migrations ORDER BY version").and_then(|mut query| {
            query.query_map([], |row| Ok(Applied { version: row.get(0)?, checksum: row.get(1)? }))?.collect()
        });
    listed.map(Some).map_err(|error| fault::of(&error))
}

pub(super) fn check_folder(path: &Path) -> Result<(), StoreFault> {
    let folder = folder_of(path);
    if !folder.is_dir() {
        let problem = format!("the folder {} does not exist", folder.display());
        return Err(unusable(path, &problem, "make the folder, or name another file"));
    }
    if path.is_dir() {
        return Err(unusable(path, "is a folder", "name a file inside it"));
    }
    Ok(())
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes an empty file that only this user can read; SQLite gives its companions the same mode.
fn make_if_absent(path: &Path) -> Result<(), StoreFault> {
    let mut options = private_file();
    match options.create_new(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(cannot_write(path, &error)),
    }
}

pub(super) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Refuses a file that is not SQLite's or was cut off, before SQLite opens it.
pub(super) fn check_header(path: &Path) -> Result<(), StoreFault> {
    let mut header = Vec::with_capacity(100);
    let file = private_file().open(path).map_err(|error| cannot_write(path, &error))?;
    let bytes = file.metadata().map_err(|error| cannot_read(path, &error))?.len();
    file.take(100).read_to_end(&mut header).map_err(|error| cannot_read(path, &error))?;
    if header.is_empty() {
        return Ok(());
    }
    if !header.starts_with(MAGIC) || header.len() < 100 {
        let hint = "name another file; if this one was Doorward's, restore the last backup";
        return Err(unusable(path, "is not an SQLite database", hint));
    }
    let pages = u32::from_be_bytes([header[28], header[29], header[30], header[31]]);
    let page_bytes = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    // With a log beside it, the newest pages may be there.
    let has_log = std::fs::metadata(companion(path, "-wal")).is_ok_and(|log| log.len() > 0);
    if !has_log && u64::from(pages) * page_bytes > bytes {
        let detail = format!("{} has {bytes} bytes where its header says {pages} pages", path.display());
        return Err(StoreFault::Corrupt { detail });
    }
    Ok(())
}

/// Looks at every page of a small file; a large one would hold up the start.
fn check_pages(path: &Path, connection: &Connection) -> Result<(), StoreFault> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() > STORE_QUICK_CHECK_BYTES_MAX) {
        return Ok(());
    }
    let check = "PRAGMA quick_check(1)";
    let finding: String =
        connection.driver().query_row(check, [], |row| row.get(0)).map_err(|error| fault::of(&error))?;
    if finding == "ok" {
        return Ok(());
    }
    Err(StoreFault::Corrupt { detail: format!("{}: {}", path.display(), finding.trim()) })
}

/// Which file stood at a path when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(Option<(u64, u64)>);

impl Identity {
    pub(super) fn of(path: &Path) -> Result<Identity, StoreFault> {
        let file = std::fs::metadata(path).map_err(|error| cannot_read(path, &error))?;
        Ok(Identity(device_and_inode(&file)))
    }

    /// Refuses when the file was removed or another was put in its place: SQLite would go on writing to the old one.
    pub(super) fn check(self, path: &Path) -> Result<(), StoreFault> {
        if Identity::of(path)? == self {
            return Ok(());
        }
        Err(StoreFault::Io {
            detail: format!("{}: another file was put in its place; restart Doorward", path.display()),
        })
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such numbers")]
fn device_and_inode(file: &std::fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn device_and_inode(_file: &std::fs::Metadata) -> Option<(u64, u64)> {
    None
}

/// Held while a database file is prepared or migrated; another process waits for it. The operating system gives it
/// back when the process ends, however it ends.
pub(in crate::store::engine) struct MigrationLock(#[expect(dead_code, reason = "kept open, never read")] File);

impl MigrationLock {
    /// Takes the lock beside the database, waiting as long as a migration may last. Blocks the thread.
    pub(in crate::store::engine) fn take(path: &Path) -> Result<MigrationLock, StoreFault> {
        let started = Instant::now();
        loop {
            match MigrationLock::try_take(path)? {
                Some(lock) => return Ok(lock),
                None if started.elapsed() < STORE_MIGRATION_WAIT => std::thread::sleep(STORE_LOCK_STEP),
                None => return Err(StoreFault::Busy),
            }
        }
    }

    /// The same without waiting; nothing if somebody else has it.
    pub(super) fn try_take(path: &Path) -> Result<Option<MigrationLock>, StoreFault> {
        let beside = companion(path, ".lock");
        let file = private_file().create(true).open(&beside).map_err(|error| cannot_write(&beside, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(MigrationLock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(cannot_write(&beside, &error)),
        }
    }
}

pub(super) fn companion(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

pub(super) fn unusable(path: &Path, problem: &str, hint: &str) -> StoreFault {
    StoreFault::Unusable { place: path.display().to_string(), problem: problem.to_owned(), hint: hint.to_owned() }
}

pub(super) fn cannot_write(path: &Path, error: &std::io::Error) -> StoreFault {
    let problem = format!("cannot be opened for writing: {error}");
    unusable(path, &problem, "give this user write access to the file and its folder, or name another file")
}

fn cannot_read(path: &Path, error: &std::io::Error) -> StoreFault {
    StoreFault::Io { detail: format!("{}: {error}", path.display()) }
}

/// Puts the file's name into a fault that has only SQLite's words.
fn name(path: &Path, fault: StoreFault) -> StoreFault {
    let place = path.display().to_string();
    match fault {
        StoreFault::Corrupt { detail } if !detail.contains(&place) => {
            StoreFault::Corrupt { detail: format!("{place}: {detail}") }
        }
        StoreFault::Io { detail } if !detail.contains(&place) => {
            StoreFault::Io { detail: format!("{place}: {detail}") }
        }
        other => other,
    }
}
