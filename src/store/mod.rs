//! The storage contract: what Doorward keeps, and the statements that keep it.
//!
//! `engine` is the only part that knows a driver or branches on the engine. Everything beside it is statements as
//! constants and records made from rows, written once for SQLite and PostgreSQL.
//!
//! On SQLite one writer orders all units of work. On PostgreSQL a unit sees the rows others have committed before each
//! of its statements, so whatever rests on another row keeps that row locked (`FOR SHARE`) until it is committed itself.

mod accounts;
mod address_changes;
mod administration;
mod assertions;
mod audit;
mod audit_erasure;
mod audit_seal;
mod client_registration;
mod clients;
mod codes;
mod columns;
mod consents;
mod deletions;
mod devices;
pub mod engine;
mod granted;
mod grants;
mod identities;
mod interactions;
mod keys;
mod logouts;
pub mod migrations;
mod opaque_tokens;
mod outbox;
mod pending;
mod provisioning;
mod pushed_requests;
mod registration;
mod restored;
mod security_events;
mod sessions;
mod statement;
mod sweep;
mod throttles;
mod trace_queue;
mod traces;
mod used_jtis;
mod visits;

pub use crate::model::audit::AuditEntry;
pub use administration::{AccountPage, StartReset};
pub use assertions::{TakeAssertion, TakeAssertionOutcome};
pub use audit::{AuditFilter, AuditPage};
pub use audit_seal::{AuditHead, SealOutcome};
pub use client_registration::{DocumentClient, InitialAccessToken, RegisterClient, RegisterClientOutcome};
pub use clients::{NewSecret, PutClient};
pub use codes::{ResendCode, SendCode};
pub use engine::backup::{BackupFault, CopyProgress};
pub use engine::fault::StoreFault;
pub use engine::row::{FromRow, Row};
pub use engine::transaction::Tx;
pub use engine::value::Value;
pub use engine::{Location, Restoration, Store, StoreOptions};
pub use granted::StandingGrant;
pub use grants::{FoundCode, FoundGrant, FoundRefreshToken};
pub use keys::StoredKeys;
pub use provisioning::{PutAccount, PutOutcome};
pub use registration::{Register, RegisterOutcome};
pub use throttles::Reservation;
pub use trace_queue::TraceQueue;
pub use traces::trace_expires;

/// Every statement of the store under the path of its constant, for the tests that put each of them to both engines.
#[doc(hidden)]
pub fn statements() -> impl Iterator<Item = (&'static str, &'static str)> {
    let files = [
        accounts::STATEMENTS,
        address_changes::STATEMENTS,
        administration::STATEMENTS,
        audit::STATEMENTS,
        audit_erasure::STATEMENTS,
        audit_seal::STATEMENTS,
        client_registration::STATEMENTS,
        clients::STATEMENTS,
        codes::STATEMENTS,
        consents::STATEMENTS,
        deletions::STATEMENTS,
        devices::STATEMENTS,
        granted::STATEMENTS,
        grants::STATEMENTS,
        identities::STATEMENTS,
        interactions::STATEMENTS,
        keys::STATEMENTS,
        logouts::STATEMENTS,
        opaque_tokens::STATEMENTS,
        outbox::STATEMENTS,
        pending::STATEMENTS,
        provisioning::STATEMENTS,
        pushed_requests::STATEMENTS,
        registration::STATEMENTS,
        restored::STATEMENTS,
        sessions::STATEMENTS,
        sweep::STATEMENTS,
        security_events::STATEMENTS,
        throttles::STATEMENTS,
        traces::STATEMENTS,
        used_jtis::STATEMENTS,
        visits::STATEMENTS,
    ];
    files.into_iter().flatten().copied()
}

/// Whether a unit was carried out: a guard that it lost after it had begun to write is an answer, not a fault.
fn unless_guard_lost(outcome: Result<(), StoreFault>) -> Result<bool, StoreFault> {
    match outcome {
        Ok(()) => Ok(true),
        Err(StoreFault::GuardLost) => Ok(false),
        Err(fault) => Err(fault),
    }
}
