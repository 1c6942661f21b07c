//! The outbox: mails written beside what they tell of, claimed by one worker at a time, erased once sent.

use super::columns::Columns;
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx};
use crate::base::{OutboxId, Timestamp};
use crate::model::outbox::{ClaimedMail, OutboxMail};
use crate::params;

statements! {
    PUT = "\
        INSERT INTO outbox (id, recipient, kind, locale, sealed_content, created_at, expires_at, next_attempt_at, attempts, \
        unconfirmed) VALUES ($1, $2, $3, $4, $5, $6, $7, $6, 0, 0)";
    DUE = "SELECT id FROM outbox WHERE next_attempt_at <= $1 ORDER BY next_attempt_at, id LIMIT $2";
    // The guard makes the claim: whoever moves next_attempt_at first has the row for the length of the lease.
    CLAIM = "\
        UPDATE outbox SET next_attempt_at = $3, attempts = attempts + 1 WHERE id = $1 AND next_attempt_at <= $2 \
        RETURNING id, recipient, kind, locale, sealed_content, attempts, unconfirmed, created_at, expires_at";
    SENT = "\
        UPDATE outbox SET sent_at = $2, next_attempt_at = NULL, sealed_content = '', last_reply = $3 \
        WHERE id = $1 AND sent_at IS NULL";
    RETRY = "\
        UPDATE outbox SET next_attempt_at = $2, last_reply = $3, unconfirmed = unconfirmed + $4 \
        WHERE id = $1 AND sent_at IS NULL AND failed_at IS NULL";
    FAILED = "\
        UPDATE outbox SET failed_at = $2, next_attempt_at = NULL, sealed_content = '', last_reply = $3 \
        WHERE id = $1 AND sent_at IS NULL";
    WAITING = "SELECT COUNT(*) AS waiting FROM outbox WHERE next_attempt_at IS NOT NULL";
    NEXT = "SELECT MIN(next_attempt_at) AS next FROM outbox WHERE next_attempt_at IS NOT NULL";
}

impl FromRow for ClaimedMail {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            id: columns.id()?,
            to: columns.email()?,
            kind: columns.text()?,
            locale: columns.text()?,
            sealed_content: columns.text()?,
            attempts: columns.integer()?,
            unconfirmed: columns.integer()?,
            created_at: columns.time()?,
            expires_at: columns.time()?,
        })
    }
}

impl Store {
    /// Takes up to `limit` due mails for one attempt each. Until `lease_until` nobody else gets them; a worker that
    /// dies in between leaves them to the next one.
    pub async fn claim_due_mail(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: i64,
    ) -> Result<Vec<ClaimedMail>, StoreFault> {
        let due: Vec<(String,)> = self
            .read((now, limit), |db, (now, limit)| Box::pin(async move { db.all(DUE, params![*now, *limit]).await }))
            .await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        self.write((due, now, lease_until), |tx, (due, now, lease_until)| {
            Box::pin(async move {
                let mut claimed = Vec::with_capacity(due.len());
                for (id,) in due {
                    claimed.extend(tx.optional::<ClaimedMail>(CLAIM, params![id, *now, *lease_until]).await?);
                }
                Ok(claimed)
            })
        })
        .await
    }

    /// The mail server took the mail: its content is erased.
    pub async fn mark_mail_sent(&self, id: OutboxId, now: Timestamp, reply: String) -> Result<(), StoreFault> {
        self.write((id, now, reply), |tx, (id, now, reply)| {
            Box::pin(async move { tx.execute(SENT, params![&*id, *now, &*reply]).await.map(drop) })
        })
        .await
    }

    /// The mail is to be tried again at `next_attempt_at`; `unconfirmed` when it may have arrived all the same.
    pub async fn mark_mail_retry(
        &self,
        id: OutboxId,
        next_attempt_at: Timestamp,
        unconfirmed: bool,
        reply: String,
    ) -> Result<(), StoreFault> {
        self.write((id, next_attempt_at, unconfirmed, reply), |tx, (id, next, unconfirmed, reply)| {
            Box::pin(async move {
                let values = params![&*id, *next, &*reply, i64::from(*unconfirmed)];
                tx.execute(RETRY, values).await.map(drop)
            })
        })
        .await
    }

    /// The mail is given up: its content is erased.
    pub async fn mark_mail_failed(&self, id: OutboxId, now: Timestamp, reply: String) -> Result<(), StoreFault> {
        self.write((id, now, reply), |tx, (id, now, reply)| {
            Box::pin(async move { tx.execute(FAILED, params![&*id, *now, &*reply]).await.map(drop) })
        })
        .await
    }

    /// How many mails wait.
    pub async fn waiting_mail(&self) -> Result<i64, StoreFault> {
        let (count,): (i64,) =
            self.read((), |db, ()| Box::pin(async move { db.one(WAITING, params![]).await })).await?;
        Ok(count)
    }

    /// When the next mail is due, if any waits.
    pub async fn next_mail_due(&self) -> Result<Option<Timestamp>, StoreFault> {
        let (next,): (Option<i64>,) =
            self.read((), |db, ()| Box::pin(async move { db.one(NEXT, params![]).await })).await?;
        Ok(next.map(Timestamp::from_micros))
    }
}

/// Writes a mail within the unit of work it belongs to.
pub(super) async fn put(tx: &mut Tx<'_>, mail: &OutboxMail) -> Result<(), StoreFault> {
    let values =
        params![&mail.id, &mail.to, mail.kind, &mail.locale, &mail.sealed_content, mail.created_at, mail.expires_at];
    tx.execute(PUT, values).await?;
    Ok(())
}
