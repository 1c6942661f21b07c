//! Copies of a SQLite database: taking one while the database is used, and putting one in its place. What both need to
//! tell; how it is done is in `sqlite`.

use std::fmt;
use std::path::PathBuf;

use super::fault::StoreFault;

/// How far a copy is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyProgress {
    /// Copied so far.
    pub done: u64,
    /// All there is.
    pub total: u64,
}

/// Why there is no copy, or why it was not put in place. Nothing has changed then.
#[derive(Debug)]
pub enum BackupFault {
    /// The database is on a server, which has tools of its own.
    OnServer,
    /// There is a file of that name.
    Exists(PathBuf),
    /// A file cannot be read or written.
    File(PathBuf, std::io::Error),
    /// The file is no sound database of ours, or of a newer program.
    Unsound(PathBuf, StoreFault),
    /// The file has a log beside it, so it is not the whole database.
    HasLog(PathBuf),
    /// A process has the database open.
    InUse(PathBuf),
    /// The database itself failed.
    Store(StoreFault),
}

impl fmt::Display for BackupFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnServer => f.write_str("the database is PostgreSQL's, which has tools of its own for this"),
            Self::Exists(path) => write!(f, "{} exists already", path.display()),
            Self::File(path, problem) => write!(f, "{} cannot be used: {problem}", path.display()),
            Self::Unsound(path, StoreFault::Unusable { problem, .. }) => write!(f, "{} {problem}", path.display()),
            Self::Unsound(path, fault) => write!(f, "{} cannot be used: {fault}", path.display()),
            Self::HasLog(path) => write!(f, "{} has a write-ahead log beside it", path.display()),
            Self::InUse(path) => write!(f, "a process has {} open", path.display()),
            Self::Store(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for BackupFault {}

impl BackupFault {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::OnServer => "take a copy with pg_dump --format=custom, and put it back with pg_restore",
            Self::Exists(_) => "name a file that is not there; nothing is overwritten",
            Self::File(..) => "check the path, and that this user may read and write there",
            Self::Unsound(_, StoreFault::Newer { .. }) => "restore it with the program that wrote it, or a newer one",
            Self::Unsound(..) => "take another backup; the database has not been touched",
            Self::HasLog(_) => "take copies with `doorward backup`, or stop Doorward before you copy its file",
            Self::InUse(_) => "stop every Doorward on this database first",
            Self::Store(fault) => return fault.hint(),
        };
        Some(hint.to_owned())
    }

    /// Whether trying again may help.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::InUse(_) => true,
            Self::Store(fault) => matches!(fault, StoreFault::Busy | StoreFault::Closed),
            _ => false,
        }
    }
}

impl From<StoreFault> for BackupFault {
    fn from(fault: StoreFault) -> Self {
        Self::Store(fault)
    }
}
