//! Removing what expired, a bounded batch at a time, so that no transaction is long and a sweep that is killed simply
//! goes on at the next turn.

use super::{Store, StoreFault};
use crate::base::Timestamp;
use crate::base::bounds::SWEEP_BATCH_ROWS;
use crate::params;

/// How long a row is kept past its expiry: long enough to recognise a replay, short enough not to gather.
const KEPT_SECONDS: i64 = 24 * 60 * 60;
/// How long a sent or failed mail's row is kept, for the operator's questions.
const MAIL_KEPT_SECONDS: i64 = 7 * 24 * 60 * 60;

/// The statements of a sweep: each takes the moment before which rows go and how many may go at once.
pub(super) const STATEMENTS: &[(&str, &str, i64)] = &[
    (
        "authorization_codes",
        "DELETE FROM authorization_codes WHERE digest IN \
         (SELECT digest FROM authorization_codes WHERE expires_at < $1 LIMIT $2)",
        KEPT_SECONDS,
    ),
    (
        "refresh_tokens",
        "DELETE FROM refresh_tokens WHERE digest IN \
         (SELECT digest FROM refresh_tokens WHERE idle_expires_at < $1 LIMIT $2)",
        KEPT_SECONDS,
    ),
    ("grants", "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires_at < $1 LIMIT $2)", KEPT_SECONDS),
    (
        "revoked_tokens",
        "DELETE FROM revoked_tokens WHERE jti IN (SELECT jti FROM revoked_tokens WHERE expires_at < $1 LIMIT $2)",
        KEPT_SECONDS,
    ),
    (
        "interactions",
        "DELETE FROM interactions WHERE id IN (SELECT id FROM interactions WHERE expires_at < $1 LIMIT $2)",
        KEPT_SECONDS,
    ),
    (
        "sessions",
        "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 LIMIT $2)",
        KEPT_SECONDS,
    ),
    (
        "one_time_codes",
        "DELETE FROM one_time_codes WHERE id IN (SELECT id FROM one_time_codes WHERE expires_at < $1 LIMIT $2)",
        KEPT_SECONDS,
    ),
    ("throttles", "DELETE FROM throttles WHERE key IN (SELECT key FROM throttles WHERE expires_at < $1 LIMIT $2)", 0),
    (
        "outbox",
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE created_at < $1 AND next_attempt_at IS NULL LIMIT $2)",
        MAIL_KEPT_SECONDS,
    ),
];

impl Store {
    /// Removes one batch of expired rows from each table. Gives each table's name and how many rows went; when a count
    /// equals [`SWEEP_BATCH_ROWS`] there may be more.
    pub async fn sweep(&self, now: Timestamp) -> Result<Vec<(&'static str, u64)>, StoreFault> {
        let mut removed = Vec::with_capacity(STATEMENTS.len());
        for (table, statement, kept_seconds) in STATEMENTS {
            let before = now.plus_seconds(-kept_seconds);
            let count = self
                .write((*statement, before), |tx, (statement, before)| {
                    Box::pin(async move { tx.execute(statement, params![*before, SWEEP_BATCH_ROWS]).await })
                })
                .await?;
            removed.push((*table, count));
        }
        Ok(removed)
    }
}
