//! Who has a database open: every process of ours holds a shared lock beside it for as long as it does, so that whoever
//! wants to put another file in its place can tell. SQLite's own locks say so only while the file is sound.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::file::{cannot_write, companion, private_file};
use crate::store::engine::fault::StoreFault;

/// One of those who have it open. The operating system gives the lock back when the process ends, however it ends.
pub(super) struct Presence(#[expect(dead_code, reason = "kept open, never read")] File);

/// Nobody else has it open, and nobody else will while this is held.
pub(super) struct Alone(#[expect(dead_code, reason = "kept open, never read")] File);

/// The end of the lock file's name.
pub(super) const SUFFIX: &str = ".open";

impl Presence {
    pub(super) fn announce(path: &Path) -> Result<Presence, StoreFault> {
        let (file, outcome) = lock(path, File::try_lock_shared)?;
        match outcome {
            Ok(()) => Ok(Presence(file)),
            Err(TryLockError::WouldBlock) => Err(StoreFault::Busy),
            Err(TryLockError::Error(error)) => Err(cannot_write(&companion(path, SUFFIX), &error)),
        }
    }
}

impl Alone {
    /// Nothing if somebody has it open.
    pub(super) fn try_take(path: &Path) -> Result<Option<Alone>, StoreFault> {
        let (file, outcome) = lock(path, File::try_lock)?;
        match outcome {
            Ok(()) => Ok(Some(Alone(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(cannot_write(&companion(path, SUFFIX), &error)),
        }
    }
}

type Attempt = Result<(), TryLockError>;

fn lock(path: &Path, attempt: fn(&File) -> Attempt) -> Result<(File, Attempt), StoreFault> {
    let beside = companion(path, SUFFIX);
    let file = private_file().create(true).open(&beside).map_err(|error| cannot_write(&beside, &error))?;
    let outcome = attempt(&file);
    Ok((file, outcome))
}
