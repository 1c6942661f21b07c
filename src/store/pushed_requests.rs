//! Pushed authorization requests. A reference may be opened several times, for instance when a page is loaded again; it
//! is spent by the answer.

use super::columns::{Columns, json};
use super::statement::statements;
use super::used_jtis::use_all;
use super::{FromRow, Row, Store, StoreFault, Tx};
use crate::base::{Digest, Timestamp};
use crate::model::jti::{JtiPurpose, UsedJti};
use crate::model::pushed_request::PushedRequest;
use crate::params;

statements! {
    PUSH = "\
        INSERT INTO pushed_requests (digest, client_id, request, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
    FIND = "SELECT digest, request, created_at, expires_at, spent_at FROM pushed_requests WHERE digest = $1";
    SPEND = "UPDATE pushed_requests SET spent_at = $2 WHERE digest = $1 AND spent_at IS NULL";
}

impl FromRow for PushedRequest {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            digest: columns.digest()?,
            request: columns.json()?,
            created_at: columns.time()?,
            expires_at: columns.time()?,
            spent_at: columns.time_or_null()?,
        })
    }
}

impl Store {
    /// Keeps a request that was pushed, and marks what the client proved itself with as used; gives what the first of it
    /// was for that had been used before, and keeps nothing then.
    pub async fn push_request(
        &self,
        pushed: PushedRequest,
        used: Vec<UsedJti>,
    ) -> Result<Option<JtiPurpose>, StoreFault> {
        self.write((pushed, used), |tx, (pushed, used)| {
            Box::pin(async move {
                if let Some(purpose) = use_all(tx, used).await? {
                    return Ok(Some(purpose));
                }
                let request = json(&pushed.request);
                let values =
                    params![&pushed.digest, &pushed.request.client_id, &request, pushed.created_at, pushed.expires_at];
                tx.execute(PUSH, values).await?;
                Ok(None)
            })
        })
        .await
    }

    /// The request that was pushed under this reference, spent or not.
    pub async fn find_pushed_request(&self, digest: Digest) -> Result<Option<PushedRequest>, StoreFault> {
        self.read(digest, |db, digest| Box::pin(async move { db.optional(FIND, params![&*digest]).await })).await
    }

    /// Marks a pushed request as answered. False when it already was.
    pub async fn spend_pushed_request(&self, digest: Digest, now: Timestamp) -> Result<bool, StoreFault> {
        self.write((digest, now), |tx, (digest, now)| Box::pin(spend(tx, digest, *now))).await
    }
}

/// Marks as answered, once.
pub(super) async fn spend(tx: &mut Tx<'_>, digest: &Digest, now: Timestamp) -> Result<bool, StoreFault> {
    Ok(tx.execute(SPEND, params![digest, now]).await? == 1)
}
