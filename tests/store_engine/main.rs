//! The contract of the storage engine: what both engines promise, and what each promises alone.

mod backups;
mod contract;
#[path = "../support/postgres.rs"]
mod postgres;
mod postgres_servers;
mod processes;
mod sqlite_files;
mod tickets;
