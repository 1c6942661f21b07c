//! The storage contract: what Doorward keeps, and the statements that keep it.
//!
//! `engine` is the only part that knows a driver or branches on the engine. Everything beside it is statements as
//! constants and records made from rows, written once for SQLite and PostgreSQL.

mod accounts;
mod audit;
mod clients;
mod codes;
mod columns;
pub mod engine;
mod grants;
mod interactions;
mod keys;
pub mod migrations;
mod outbox;
mod sessions;
mod sweep;
mod throttles;

pub use accounts::{PutAccount, Register, RegisterOutcome};
pub use audit::AuditEntry;
pub use clients::{PutClient, PutOutcome};
pub use codes::{ResendCode, SendCode};
pub use engine::fault::StoreFault;
pub use engine::row::{FromRow, Row};
pub use engine::transaction::Tx;
pub use engine::value::Value;
pub use engine::{Location, Store, StoreOptions};
pub use grants::{FoundCode, FoundGrant, FoundRefreshToken};
pub use keys::StoredKeys;
pub use throttles::Reservation;
