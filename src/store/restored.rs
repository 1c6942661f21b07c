//! A database that was put back from a copy: what was open when the copy was taken is closed, because it may have been
//! used, rotated or ended since (F-47).
//!
//! The ways back out of an address change and a deletion stay open: closed, they would leave an account with whoever took
//! it, or have it erased; used twice, they lead to where they led the first time.

use super::audit::append;
use super::statement::statements;
use super::{Store, StoreFault, logouts};
use crate::base::Timestamp;
use crate::model::audit::{AuditAction, AuditEvent};
use crate::params;

// Each takes the moment of the restoration; what ended by itself before that needs no end.
statements! {
    SESSIONS = "UPDATE sessions SET ended_at = $1 WHERE expires_at > $1 AND ended_at IS NULL";
    GRANTS = "UPDATE grants SET revoked_at = $1 WHERE expires_at > $1 AND revoked_at IS NULL";
    AUTHORIZATION_CODES = "\
        UPDATE authorization_codes SET consumed_at = $1 WHERE expires_at > $1 AND consumed_at IS NULL";
    ONE_TIME_CODES = "UPDATE one_time_codes SET consumed_at = $1 WHERE expires_at > $1 AND consumed_at IS NULL";
    INTERACTIONS = "UPDATE interactions SET finished_at = $1 WHERE expires_at > $1 AND finished_at IS NULL";
    // The copy does not know which `state` was used since.
    VISITS = "DELETE FROM visits WHERE expires_at > $1";
    // Sent since, most likely; a second one would hold a code that counts no more.
    OUTBOX = "\
        UPDATE outbox SET failed_at = $1, next_attempt_at = NULL, sealed_content = '' WHERE next_attempt_at > 0";
}

const CLOSING: [&str; 7] = [SESSIONS, GRANTS, AUTHORIZATION_CODES, ONE_TIME_CODES, VISITS, INTERACTIONS, OUTBOX];

impl Store {
    /// Ends every session, grant, code, visit, interaction and mail under way, and writes down that the database was restored.
    pub async fn close_after_restoring(&self, now: Timestamp, request_id: &str) -> Result<(), StoreFault> {
        let event = AuditEvent::new(AuditAction::DatabaseRestored, now, request_id);
        self.write((now, event), |tx, (now, event)| {
            Box::pin(async move {
                for statement in CLOSING {
                    tx.execute(statement, params![*now]).await?;
                }
                logouts::tell_of_all(tx, *now).await?;
                append(tx, event).await
            })
        })
        .await
    }
}
