//! Removing what expired, a bounded batch at a time, so that no transaction is long and a sweep that is killed simply
//! goes on at the next turn.

use super::statement::statements;
use super::{Store, StoreFault};
use crate::base::Timestamp;
use crate::base::bounds::{INTERACTION_SECONDS, SWEEP_BATCH_ROWS, SWEEP_KEPT_SECONDS, SWEEP_MAIL_KEPT_SECONDS};
use crate::params;

// Each takes the moment before which rows go and how many may go at once.
statements! {
    AUTHORIZATION_CODES = "\
        DELETE FROM authorization_codes WHERE digest IN \
        (SELECT digest FROM authorization_codes WHERE expires_at < $1 LIMIT $2)";
    REFRESH_TOKENS = "\
        DELETE FROM refresh_tokens WHERE digest IN \
        (SELECT digest FROM refresh_tokens WHERE idle_expires_at < $1 LIMIT $2)";
    GRANTS = "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE expires_at < $1 LIMIT $2)";
    REVOKED_TOKENS = "\
        DELETE FROM revoked_tokens WHERE jti IN (SELECT jti FROM revoked_tokens WHERE expires_at < $1 LIMIT $2)";
    INTERACTIONS = "DELETE FROM interactions WHERE id IN (SELECT id FROM interactions WHERE expires_at < $1 LIMIT $2)";
    SESSIONS = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 LIMIT $2)";
    ONE_TIME_CODES = "\
        DELETE FROM one_time_codes WHERE id IN (SELECT id FROM one_time_codes WHERE expires_at < $1 LIMIT $2)";
    ADDRESS_CHANGES = "\
        DELETE FROM address_changes WHERE id IN (SELECT id FROM address_changes WHERE expires_at < $1 LIMIT $2)";
    CLIENT_SECRETS = "\
        DELETE FROM client_secrets WHERE (client_id, digest) IN \
        (SELECT client_id, digest FROM client_secrets WHERE expires_at < $1 LIMIT $2)";
    THROTTLES = "DELETE FROM throttles WHERE key IN (SELECT key FROM throttles WHERE expires_at < $1 LIMIT $2)";
    USERNAME_HOLDS = "\
        DELETE FROM username_holds WHERE username IN \
        (SELECT username FROM username_holds WHERE expires_at < $1 LIMIT $2)";
    DEVICES = "\
        DELETE FROM devices WHERE (account_id, digest) IN \
        (SELECT account_id, digest FROM devices WHERE expires_at < $1 LIMIT $2)";
    VISITS = "DELETE FROM visits WHERE state IN (SELECT state FROM visits WHERE expires_at < $1 LIMIT $2)";
    SECURITY_EVENTS = "\
        DELETE FROM security_events WHERE (provider, jti) IN \
        (SELECT provider, jti FROM security_events WHERE expires_at < $1 LIMIT $2)";
    OUTBOX = "\
        DELETE FROM outbox WHERE id IN \
        (SELECT id FROM outbox WHERE created_at < $1 AND next_attempt_at IS NULL LIMIT $2)";
}

/// What is swept, and for how long a row is kept once its time is over. Children come before what they hang on, so that
/// removing that takes few of them along. A visit is kept as long as its interaction may go on, which whoever comes back
/// too late is led into.
const SWEEPS: [(&str, &str, i64); 15] = [
    ("authorization_codes", AUTHORIZATION_CODES, SWEEP_KEPT_SECONDS),
    ("refresh_tokens", REFRESH_TOKENS, SWEEP_KEPT_SECONDS),
    ("grants", GRANTS, SWEEP_KEPT_SECONDS),
    ("revoked_tokens", REVOKED_TOKENS, SWEEP_KEPT_SECONDS),
    ("visits", VISITS, INTERACTION_SECONDS),
    ("interactions", INTERACTIONS, SWEEP_KEPT_SECONDS),
    ("sessions", SESSIONS, SWEEP_KEPT_SECONDS),
    ("one_time_codes", ONE_TIME_CODES, SWEEP_KEPT_SECONDS),
    ("address_changes", ADDRESS_CHANGES, SWEEP_KEPT_SECONDS),
    ("client_secrets", CLIENT_SECRETS, SWEEP_KEPT_SECONDS),
    ("throttles", THROTTLES, 0),
    ("devices", DEVICES, 0),
    ("security_events", SECURITY_EVENTS, 0),
    ("username_holds", USERNAME_HOLDS, 0),
    ("outbox", OUTBOX, SWEEP_MAIL_KEPT_SECONDS),
];

impl Store {
    /// Removes one batch of expired rows from each table, and of the accounts whose owners deleted them. Gives each table's name and how many rows went; when a count
    /// equals [`SWEEP_BATCH_ROWS`] there may be more.
    pub async fn sweep(&self, now: Timestamp) -> Result<Vec<(&'static str, u64)>, StoreFault> {
        let mut removed = Vec::with_capacity(SWEEPS.len());
        for (table, statement, kept_seconds) in SWEEPS {
            let before = now.plus_seconds(-kept_seconds);
            let count = self
                .write((statement, before), |tx, (statement, before)| {
                    Box::pin(async move { tx.execute(statement, params![*before, SWEEP_BATCH_ROWS]).await })
                })
                .await?;
            removed.push((table, count));
        }
        removed.push(("accounts", self.erase_deleted(now).await?));
        removed.extend(self.sweep_counts().await?);
        Ok(removed)
    }
}
