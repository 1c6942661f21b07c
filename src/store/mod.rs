//! The storage contract: what Doorward keeps, and the statements that keep it.
//!
//! `engine` is the only part that knows a driver or branches on the engine. Everything beside it is statements as
//! constants and records made from rows, written once for SQLite and PostgreSQL.

pub mod engine;
pub mod migrations;

pub use engine::fault::StoreFault;
pub use engine::row::{FromRow, Row};
pub use engine::transaction::Tx;
pub use engine::value::Value;
pub use engine::{Location, Store, StoreOptions};
