//! People on their way to another provider and back. `state` is good once: whoever comes back takes the visit's secrets
//! away, and what is left says for a while where the same answer goes on.

use super::columns::{Columns, json};
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault};
use crate::base::bounds::REPEATED_FORM_SECONDS;
use crate::base::{Digest, Timestamp};
use crate::model::upstream::{Visit, VisitTaken};
use crate::params;

statements! {
    BEGIN = "\
        INSERT INTO visits (state, provider, browser, interaction_id, purpose, sealed_pending, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    // Held, so that whoever comes a moment later sees it as it is left, without its secrets.
    HOLD = "\
        SELECT state, provider, browser, interaction_id, purpose, sealed_pending, created_at, expires_at \
        FROM visits WHERE state = $1 FOR NO KEY UPDATE";
    // What is left says where the same answer goes on; its secrets are gone, which is what tells it from one under way.
    TAKE = "\
        UPDATE visits SET sealed_pending = '', expires_at = $2 \
        WHERE state = $1 AND sealed_pending <> '' AND expires_at > $3";
}

impl FromRow for Visit {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            state: columns.digest()?,
            provider: columns.provider()?,
            browser: columns.digest()?,
            interaction: columns.id()?,
            purpose: columns.json()?,
            sealed_pending: columns.text()?,
            created_at: columns.time()?,
            expires_at: columns.time()?,
        })
    }
}

impl Store {
    /// Keeps a visit that begins.
    pub async fn begin_visit(&self, visit: Visit) -> Result<(), StoreFault> {
        self.write(visit, |tx, visit| {
            Box::pin(async move {
                let purpose = json(&visit.purpose);
                let values = params![
                    &visit.state,
                    visit.provider.as_str(),
                    &visit.browser,
                    &visit.interaction,
                    &purpose,
                    visit.sealed_pending.as_str(),
                    visit.created_at,
                    visit.expires_at
                ];
                tx.execute(BEGIN, values).await.map(drop)
            })
        })
        .await
    }

    /// Takes the visit with this `state` for exactly one caller, in time; for all others it is over, as long as it is
    /// remembered.
    pub async fn take_visit(&self, state: Digest, now: Timestamp) -> Result<VisitTaken, StoreFault> {
        self.write((state, now), |tx, (state, now)| {
            Box::pin(async move {
                let Some(visit) = tx.optional::<Visit>(HOLD, params![&*state]).await? else {
                    return Ok(VisitTaken::Unknown);
                };
                let repeated_until = now.plus_seconds(REPEATED_FORM_SECONDS);
                let is_first = tx.execute(TAKE, params![&*state, repeated_until, *now]).await? == 1;
                Ok(if is_first { VisitTaken::First(visit) } else { VisitTaken::Over(visit) })
            })
        })
        .await
    }
}
