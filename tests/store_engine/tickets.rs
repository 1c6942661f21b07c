//! A tiny schema of tickets, and a database of its own for each test of the storage engine.

use std::path::PathBuf;

use doorward::params;
use doorward::store::engine::migrate::Migration;
use doorward::store::{FromRow, Location, Row, Store, StoreFault, StoreOptions};

use crate::postgres;

pub const FIRST: Migration = Migration {
    version: 1,
    name: "tickets",
    up: "CREATE TABLE tickets (id TEXT PRIMARY KEY, place TEXT UNIQUE, taken_at BIGINT, seat BIGINT CHECK (seat > 0));
         CREATE TABLE stubs (ticket_id TEXT NOT NULL REFERENCES tickets (id), number BIGINT, UNIQUE (ticket_id, number));",
    down: "DROP TABLE stubs; DROP TABLE tickets;",
};
pub const SECOND: Migration = Migration {
    version: 2,
    name: "one seat for each ticket",
    up: "CREATE UNIQUE INDEX tickets_by_seat ON tickets (seat) WHERE taken_at IS NULL;",
    down: "DROP INDEX tickets_by_seat;",
};
pub static SCHEMA: [Migration; 2] = [FIRST, SECOND];
pub static OLDER_SCHEMA: [Migration; 1] = [FIRST];
pub static CHANGED_SCHEMA: [Migration; 2] = [FIRST, Migration { up: "SELECT 1;", ..SECOND }];
pub static BROKEN_SCHEMA: [Migration; 2] =
    [FIRST, Migration { up: "CREATE TABLE extra (id TEXT); SELECT nothing;", ..SECOND }];

pub const INSERT: &str = "INSERT INTO tickets (id, place, taken_at, seat) VALUES ($1, $2, $3, $4)";
pub const INSERT_STUB: &str = "INSERT INTO stubs (ticket_id, number) VALUES ($1, $2)";
pub const TAKE: &str = "UPDATE tickets SET taken_at = $2 WHERE id = $1 AND taken_at IS NULL";
pub const TAKE_RETURNING: &str =
    "UPDATE tickets SET taken_at = $2 WHERE id = $1 AND taken_at IS NULL RETURNING id, taken_at";
pub const FIND: &str = "SELECT id, place, taken_at, seat FROM tickets WHERE id = $1";
pub const LIST: &str = "SELECT id, place, taken_at, seat FROM tickets ORDER BY id";
pub const COUNT: &str = "SELECT count(*) FROM tickets";

#[derive(Debug, PartialEq, Eq)]
pub struct Ticket {
    pub id: String,
    pub place: Option<String>,
    pub taken_at: Option<i64>,
    pub seat: Option<i64>,
}

impl FromRow for Ticket {
    fn from_row(row: &Row<'_>) -> Result<Ticket, StoreFault> {
        Ok(Ticket {
            id: row.text(0)?,
            place: row.optional_text(1)?,
            taken_at: row.optional_integer(2)?,
            seat: row.optional_integer(3)?,
        })
    }
}

pub fn ticket(id: &str) -> Ticket {
    Ticket { id: id.to_owned(), place: None, taken_at: None, seat: None }
}

/// An empty database for one test.
pub struct Database {
    pub location: Location,
    folder: Option<tempfile::TempDir>,
}

impl Database {
    pub fn sqlite() -> Database {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let location = Location::Sqlite { path: folder.path().join("doorward.db") };
        Database { location, folder: Some(folder) }
    }

    pub async fn postgresql() -> Option<Database> {
        let url = postgres::fresh_database().await?;
        Some(Database { location: Location::Postgres { url }, folder: None })
    }

    pub fn path(&self) -> PathBuf {
        self.folder.as_ref().expect("a SQLite database").path().join("doorward.db")
    }

    pub fn url(&self) -> &str {
        let Location::Postgres { url } = &self.location else { panic!("a PostgreSQL database") };
        url
    }

    pub async fn open(&self, options: &StoreOptions) -> Result<Store, StoreFault> {
        Store::open(&self.location, options).await
    }

    /// Opened, with both migrations.
    pub async fn store(&self) -> Store {
        let store = self.open(&options()).await.expect("an empty database opens");
        store.migrate_up().await.expect("it migrates");
        store
    }
}

pub fn options() -> StoreOptions {
    StoreOptions { migrations: &SCHEMA, ..StoreOptions::default() }
}

pub async fn insert(store: &Store, new: Ticket) -> Result<u64, StoreFault> {
    let unit = store.write(new, |tx, new| {
        Box::pin(async move { tx.execute(INSERT, params![&new.id, &new.place, new.taken_at, new.seat]).await })
    });
    unit.await
}

pub async fn find(store: &Store, id: &str) -> Option<Ticket> {
    let unit =
        store.read(id.to_owned(), |tx, id| Box::pin(async move { tx.optional::<Ticket>(FIND, params![&*id]).await }));
    unit.await.expect("a read")
}

pub async fn count(store: &Store) -> i64 {
    let unit = store.read((), |tx, ()| Box::pin(async move { tx.one::<(i64,)>(COUNT, &[]).await }));
    unit.await.expect("a read").0
}
