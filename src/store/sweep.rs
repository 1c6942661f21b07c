//! Removing what expired, a bounded batch at a time, so that no transaction is long and a sweep that is killed simply
//! goes on at the next turn.

use super::statement::statements;
use super::{Store, StoreFault};
use crate::base::Timestamp;
use crate::base::bounds::{
    CLIENT_DOCUMENT_KEPT_SECONDS, CLOCK_SKEW_SECONDS, INTERACTION_ROWS_KEPT, INTERACTION_SECONDS, SWEEP_BATCH_ROWS,
    SWEEP_BATCHES_MAX, SWEEP_KEPT_SECONDS, SWEEP_LOGOUTS_KEPT_SECONDS, SWEEP_MAIL_KEPT_SECONDS,
};
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
    PENDING_AUTHORIZATIONS = "\
        DELETE FROM pending_authorizations WHERE digest IN \
        (SELECT digest FROM pending_authorizations WHERE expires_at < $1 LIMIT $2)";
    OPAQUE_TOKENS = "\
        DELETE FROM opaque_tokens WHERE digest IN (SELECT digest FROM opaque_tokens WHERE expires_at < $1 LIMIT $2)";
    REVOKED_TOKENS = "\
        DELETE FROM revoked_tokens WHERE jti IN (SELECT jti FROM revoked_tokens WHERE expires_at < $1 LIMIT $2)";
    INTERACTIONS = "DELETE FROM interactions WHERE id IN (SELECT id FROM interactions WHERE expires_at < $1 LIMIT $2)";
    // The end of the first interaction that is one too many. However many there are, no more than so many are counted. The
    // condition on the time is there for its index.
    INTERACTIONS_BEYOND = "\
        SELECT expires_at FROM interactions WHERE expires_at >= 0 ORDER BY expires_at DESC LIMIT 1 OFFSET $1";
    SESSIONS = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 LIMIT $2)";
    PUSHED_REQUESTS = "\
        DELETE FROM pushed_requests WHERE digest IN \
        (SELECT digest FROM pushed_requests WHERE expires_at < $1 LIMIT $2)";
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
    LOGOUT_DELIVERIES = "\
        DELETE FROM logout_deliveries WHERE (client_id, sid) IN \
        (SELECT client_id, sid FROM logout_deliveries WHERE created_at < $1 LIMIT $2)";
    TRACES = "\
        DELETE FROM traces WHERE request_id IN (SELECT request_id FROM traces WHERE expires_at < $1 LIMIT $2)";
    INITIAL_ACCESS_TOKENS = "\
        DELETE FROM initial_access_tokens WHERE digest IN \
        (SELECT digest FROM initial_access_tokens WHERE expires_at < $1 LIMIT $2)";
    // What somebody granted keeps the client it was granted to. One that an operator disabled stays, because its document
    // would bring it back enabled.
    CLIENT_DOCUMENTS = "\
        DELETE FROM clients WHERE client_id IN \
        (SELECT d.client_id FROM client_documents d JOIN clients c ON c.client_id = d.client_id \
        WHERE d.fetched_at < $1 AND c.disabled_at IS NULL \
        AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = d.client_id) LIMIT $2)";
    // There may be many of them in a minute, and they are small.
    USED_JTIS = "\
        DELETE FROM used_jtis WHERE digest IN (SELECT digest FROM used_jtis WHERE expires_at < $1 LIMIT 4 * CAST($2 AS BIGINT))";
    // Room is there again when no name is left that had taken it.
    REPLAY_BLOCKS = "\
        DELETE FROM replay_blocks WHERE ends_at IN \
        (SELECT b.ends_at FROM replay_blocks b WHERE b.ends_at > 0 AND b.ends_at < $1 \
        AND NOT EXISTS (SELECT 1 FROM used_jtis u WHERE u.expires_at < b.ends_at) LIMIT $2)";
    OUTBOX = "\
        DELETE FROM outbox WHERE id IN \
        (SELECT id FROM outbox WHERE created_at < $1 AND next_attempt_at IS NULL LIMIT $2)";
}

/// What is swept, and for how long a row is kept once its time is over. Children come before what they hang on, so that
/// removing that takes few of them along. A visit is kept as long as its interaction may go on, which whoever comes back
/// too late is led into.
const SWEEPS: [(&str, &str, i64); 24] = [
    ("authorization_codes", AUTHORIZATION_CODES, SWEEP_KEPT_SECONDS),
    ("refresh_tokens", REFRESH_TOKENS, SWEEP_KEPT_SECONDS),
    ("pending_authorizations", PENDING_AUTHORIZATIONS, SWEEP_KEPT_SECONDS),
    ("opaque_tokens", OPAQUE_TOKENS, 0),
    ("grants", GRANTS, SWEEP_KEPT_SECONDS),
    ("revoked_tokens", REVOKED_TOKENS, SWEEP_KEPT_SECONDS),
    ("visits", VISITS, INTERACTION_SECONDS),
    ("interactions", INTERACTIONS, SWEEP_KEPT_SECONDS),
    // It is spent by the answer, which may come as late as an interaction can last.
    ("pushed_requests", PUSHED_REQUESTS, SWEEP_KEPT_SECONDS),
    ("sessions", SESSIONS, SWEEP_KEPT_SECONDS),
    ("one_time_codes", ONE_TIME_CODES, SWEEP_KEPT_SECONDS),
    ("address_changes", ADDRESS_CHANGES, SWEEP_KEPT_SECONDS),
    ("client_secrets", CLIENT_SECRETS, SWEEP_KEPT_SECONDS),
    ("throttles", THROTTLES, 0),
    ("devices", DEVICES, 0),
    ("security_events", SECURITY_EVENTS, 0),
    ("used_jtis", USED_JTIS, CLOCK_SKEW_SECONDS),
    ("replay_blocks", REPLAY_BLOCKS, CLOCK_SKEW_SECONDS),
    ("username_holds", USERNAME_HOLDS, 0),
    ("logout_deliveries", LOGOUT_DELIVERIES, SWEEP_LOGOUTS_KEPT_SECONDS),
    ("traces", TRACES, 0),
    ("initial_access_tokens", INITIAL_ACCESS_TOKENS, 0),
    ("client_documents", CLIENT_DOCUMENTS, CLIENT_DOCUMENT_KEPT_SECONDS),
    ("outbox", OUTBOX, SWEEP_MAIL_KEPT_SECONDS),
];

impl Store {
    /// Removes expired rows from each table, a few batches at most, and accounts whose owners deleted them. Gives each
    /// table's name and how many rows went; when a count is [`SWEEP_BATCH_ROWS`] or more there may be others.
    pub async fn sweep(&self, now: Timestamp) -> Result<Vec<(&'static str, u64)>, StoreFault> {
        let mut removed = Vec::with_capacity(SWEEPS.len());
        for (table, statement, kept_seconds) in SWEEPS {
            removed.push((table, self.sweep_before(statement, now.plus_seconds(-kept_seconds)).await?));
        }
        removed.push(("interactions", self.sweep_interactions(now).await?));
        removed.push(("accounts", self.erase_deleted(now).await?));
        removed.extend(self.sweep_counts().await?);
        removed.push(("traces", self.sweep_traces().await?));
        Ok(removed)
    }

    /// Runs `statement` for what ended before `before` until it finds no more, or often enough for one turn. Each batch
    /// is a unit of its own, so that requests get between them.
    async fn sweep_before(&self, statement: &'static str, before: Timestamp) -> Result<u64, StoreFault> {
        let mut removed = 0;
        for _ in 0..SWEEP_BATCHES_MAX {
            let unit = self.write((statement, before), |tx, (statement, before)| {
                Box::pin(async move { tx.execute(statement, params![*before, SWEEP_BATCH_ROWS]).await })
            });
            let count = unit.await?;
            removed += count;
            if count < SWEEP_BATCH_ROWS.unsigned_abs() {
                break;
            }
        }
        Ok(removed)
    }

    /// Removes expired interactions before their time when there are very many.
    async fn sweep_interactions(&self, now: Timestamp) -> Result<u64, StoreFault> {
        let beyond: Option<(i64,)> = self
            .read((), |db, ()| {
                Box::pin(async move { db.optional(INTERACTIONS_BEYOND, params![INTERACTION_ROWS_KEPT]).await })
            })
            .await?;
        let Some((ends_at,)) = beyond else { return Ok(0) };
        self.sweep_before(INTERACTIONS, now.min(Timestamp::from_micros(ends_at.saturating_add(1)))).await
    }
}

/// What is too much as batches of one turn, each of no more than [`SWEEP_BATCH_ROWS`].
pub(super) fn batches(excess: i64) -> impl Iterator<Item = i64> {
    (0..SWEEP_BATCHES_MAX)
        .map(move |done| (excess - done * SWEEP_BATCH_ROWS).min(SWEEP_BATCH_ROWS))
        .take_while(|batch| *batch > 0)
}
