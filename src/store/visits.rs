//! People on their way to another provider and back. `state` is good once: whoever comes back takes the row away.

use super::columns::{Columns, json};
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault};
use crate::base::Digest;
use crate::model::upstream::Visit;
use crate::params;

statements! {
    BEGIN = "\
        INSERT INTO visits (state, provider, browser, interaction_id, purpose, sealed_pending, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    TAKE = "\
        DELETE FROM visits WHERE state = $1 \
        RETURNING state, provider, browser, interaction_id, purpose, sealed_pending, created_at, expires_at";
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

    /// Takes the visit with this `state` away, for exactly one caller.
    pub async fn take_visit(&self, state: Digest) -> Result<Option<Visit>, StoreFault> {
        self.write(state, |tx, state| Box::pin(async move { tx.optional(TAKE, params![&*state]).await })).await
    }
}
