//! Taking the schema forward and back. `sqlx` applies the texts and keeps the record of them; who may do so, and when, is here.
//!
//! On PostgreSQL the library's advisory lock keeps two processes apart. On SQLite it has none, so a file lock does.

use std::path::Path;

use sqlx::migrate::{AppliedMigration, Migrate, MigrateError, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, PgConnection, SqlSafeStr};

use super::fault::StoreFault;
use super::postgres;
use super::sqlite::MigrationLock;
use crate::base::bounds::STORE_LOCK_WAIT;

/// The table in which `sqlx` records what was applied.
const RECORD: &str = "_sqlx_migrations";

/// One step of the schema: `migrations/NNNN_name.up.sql` and its way back.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its number, by which the steps are ordered.
    pub version: i64,
    /// Its name, for people.
    pub name: &'static str,
    /// The statements that apply it.
    pub up: &'static str,
    /// The statements that take it back.
    pub down: &'static str,
}

/// A migration made of the two files of its name in `migrations/`.
#[macro_export]
macro_rules! migration {
    ($number:literal, $name:literal) => {
        $crate::store::engine::migrate::Migration {
            version: $crate::store::engine::migrate::version($number),
            name: $name,
            up: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/", $number, "_", $name, ".up.sql")),
            down: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/", $number, "_", $name, ".down.sql")),
        }
    };
}

/// The version that a file's number stands for.
///
/// # Panics
/// If it is not made of digits; in a constant, when compiling.
pub const fn version(number: &str) -> i64 {
    match i64::from_str_radix(number, 10) {
        Ok(version) => version,
        Err(_) => panic!("a migration's number is made of digits"),
    }
}

/// Whether one migration of this program is in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MigrationState {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub name: &'static str,
    /// Whether it is applied.
    pub is_applied: bool,
}

/// One line of the record of what was applied.
pub(super) struct Applied {
    pub(super) version: i64,
    pub(super) checksum: Vec<u8>,
}

/// Where to: everything up, or back down to a version.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    Up,
    DownTo(i64),
}

/// What stands in the record, against what this program knows.
pub(super) fn states(known: &[Migration], applied: &[Applied]) -> Result<Vec<MigrationState>, StoreFault> {
    let newest = known.last().map_or(0, |migration| migration.version);
    if let Some(Applied { version, .. }) = applied.iter().rfind(|applied| applied.version > newest) {
        return Err(StoreFault::Newer { found: *version, known: newest });
    }
    let texts = texts(known);
    for Applied { version, checksum } in applied {
        let text =
            texts.iter().find(|text| text.version == *version && text.migration_type == MigrationType::ReversibleUp);
        match text {
            None => return Err(failed(format!("version {version} is applied and unknown to this program"))),
            Some(text) if text.checksum != *checksum => {
                return Err(failed(format!("version {version} has changed since it was applied")));
            }
            Some(_) => {}
        }
    }
    let is_applied = |migration: &Migration| applied.iter().any(|applied| applied.version == migration.version);
    let state = |migration: &Migration| MigrationState {
        version: migration.version,
        name: migration.name,
        is_applied: is_applied(migration),
    };
    Ok(known.iter().map(state).collect())
}

/// The version to go back to when the last `steps` applied migrations are taken back.
pub(super) fn target_below(states: &[MigrationState], steps: usize) -> i64 {
    let applied = states.iter().rev().filter(|state| state.is_applied);
    applied.map(|state| state.version).nth(steps).unwrap_or(0)
}

fn texts(known: &[Migration]) -> Vec<sqlx::migrate::Migration> {
    let text = |migration: &Migration, way, sql: &'static str| {
        sqlx::migrate::Migration::new(migration.version, migration.name.into(), way, sql.into_sql_str(), false)
    };
    let both = |migration: &Migration| {
        [
            text(migration, MigrationType::ReversibleUp, migration.up),
            text(migration, MigrationType::ReversibleDown, migration.down),
        ]
    };
    known.iter().flat_map(both).collect()
}

/// Migrates a SQLite file whose lock the caller holds.
pub(super) async fn sqlite(
    path: &Path,
    _held: &MigrationLock,
    known: &[Migration],
    direction: Direction,
) -> Result<(), StoreFault> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(STORE_LOCK_WAIT)
        // Rebuilding a table drops the old one; with the keys on, that would empty every table that refers to it.
        .foreign_keys(false)
        .disable_statement_logging();
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(|error| failed(error.to_string()))?;
    let outcome = run(&mut connection, known, direction).await;
    let strays = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut connection).await;
    let _ = connection.close().await;
    outcome?;
    match strays {
        Ok(rows) if rows.is_empty() => Ok(()),
        Ok(rows) => Err(failed(format!("{} rows refer to rows that are gone", rows.len()))),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// Migrates a PostgreSQL database. The connection is closed afterwards, which also frees a lock left by a failure.
pub(super) async fn postgres(
    mut connection: PgConnection,
    known: &[Migration],
    direction: Direction,
) -> Result<(), StoreFault> {
    let outcome = run(&mut connection, known, direction).await;
    postgres::close(connection).await;
    outcome
}

async fn run<C: Migrate + Send>(
    connection: &mut C,
    known: &[Migration],
    direction: Direction,
) -> Result<(), StoreFault> {
    let migrator = Migrator::with_migrations(texts(known));
    let outcome = match direction {
        Direction::Up => migrator.run_direct(None, connection, false).await,
        Direction::DownTo(version) => take_back(connection, &migrator, version).await,
    };
    outcome.map_err(|error| explain(&error, known))
}

/// The library's own way down takes only connections of whose future the compiler cannot tell that it may change threads.
async fn take_back<C: Migrate>(connection: &mut C, migrator: &Migrator, target: i64) -> Result<(), MigrateError> {
    connection.lock().await?;
    let applied = connection.list_applied_migrations(RECORD).await?;
    let is_applied = |version: i64| applied.iter().any(|applied| applied.version == version);
    let ways_down = migrator.iter().rev().filter(|migration| migration.migration_type.is_down_migration());
    for migration in ways_down.filter(|down| down.version > target && is_applied(down.version)) {
        connection.revert(RECORD, migration).await?;
    }
    connection.unlock().await
}

fn explain(error: &MigrateError, known: &[Migration]) -> StoreFault {
    let newest = known.last().map_or(0, |migration| migration.version);
    match error {
        MigrateError::VersionMissing(found) if *found > newest => StoreFault::Newer { found: *found, known: newest },
        other => failed(other.to_string()),
    }
}

/// What PostgreSQL's record says; nothing applied when there is none.
pub(super) async fn applied_on_postgres(connection: &mut PgConnection) -> Result<Vec<Applied>, StoreFault> {
    let exists: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(RECORD)
        .fetch_one(&mut *connection)
        .await
        .map_err(|error| postgres::of(&error))?;
    if !exists {
        return Ok(Vec::new());
    }
    let listed = connection.list_applied_migrations(RECORD).await.map_err(|error| failed(error.to_string()))?;
    let line =
        |applied: AppliedMigration| Applied { version: applied.version, checksum: applied.checksum.into_owned() };
    Ok(listed.into_iter().map(line).collect())
}

/// Refuses a database that a newer program has migrated, having only read it.
pub(super) async fn refuse_newer(connection: &mut PgConnection, newest: i64) -> Result<(), StoreFault> {
    match applied_on_postgres(connection).await?.last() {
        Some(newer) if newer.version > newest => Err(StoreFault::Newer { found: newer.version, known: newest }),
        _ => Ok(()),
    }
}

fn failed(detail: String) -> StoreFault {
    StoreFault::Migration { detail }
}
