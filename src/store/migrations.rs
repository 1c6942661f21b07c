//! The list of migrations, oldest first. The texts are in `migrations/`, one set for both engines, each with its way back.
//!
//! The list is written out so that a new file cannot be forgotten by an incremental build; a test compares it with the folder.

use crate::migration;
use crate::store::engine::migrate::Migration;

/// Every migration of this program, by rising version.
pub const ALL: &[Migration] = &[migration!("0001", "foundation")];
