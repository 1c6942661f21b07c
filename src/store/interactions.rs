//! Interactions. Each page writes its fact under a guard on the revision it read, so two tabs or a double click
//! cannot undo each other.

use super::columns::{Columns, json};
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx};
use crate::base::{InteractionId, Timestamp};
use crate::model::interaction::Interaction;
use crate::params;

statements! {
    BEGIN = "\
        INSERT INTO interactions (id, browser, purpose, progress, revision, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, 0, $5, $6)";
    FIND = "\
        SELECT id, browser, purpose, progress, revision, created_at, expires_at, finished_at FROM interactions \
        WHERE id = $1";
    SAVE = "\
        UPDATE interactions SET progress = $3, revision = revision + 1 \
        WHERE id = $1 AND revision = $2 AND finished_at IS NULL";
    FINISH = "UPDATE interactions SET finished_at = $2 WHERE id = $1 AND finished_at IS NULL";
}

impl FromRow for Interaction {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            id: columns.id()?,
            browser: columns.digest()?,
            purpose: columns.json()?,
            progress: columns.json()?,
            revision: columns.integer()?,
            created_at: columns.time()?,
            expires_at: columns.time()?,
            finished_at: columns.time_or_null()?,
        })
    }
}

impl Store {
    /// Keeps a new interaction.
    pub async fn begin_interaction(&self, interaction: Interaction) -> Result<(), StoreFault> {
        self.write(interaction, |tx, interaction| {
            Box::pin(async move {
                let (purpose, progress) = (json(&interaction.purpose), json(&interaction.progress));
                let values = params![
                    &interaction.id,
                    &interaction.browser,
                    &purpose,
                    &progress,
                    interaction.created_at,
                    interaction.expires_at
                ];
                tx.execute(BEGIN, values).await.map(drop)
            })
        })
        .await
    }

    /// The interaction with this id, open or not.
    pub async fn find_interaction(&self, id: &InteractionId) -> Result<Option<Interaction>, StoreFault> {
        self.read(id.clone(), |db, id| Box::pin(async move { db.optional(FIND, params![&*id]).await })).await
    }

    /// Writes the progress of an interaction as it was read. False when it went on elsewhere or is finished.
    pub async fn save_interaction(&self, interaction: Interaction) -> Result<bool, StoreFault> {
        self.write(interaction, |tx, interaction| Box::pin(save(tx, interaction))).await
    }

    /// Marks an interaction as answered. False when it already was.
    pub async fn finish_interaction(&self, id: &InteractionId, now: Timestamp) -> Result<bool, StoreFault> {
        self.write((id.clone(), now), |tx, (id, now)| Box::pin(finish(tx, id, *now))).await
    }
}

/// Writes the progress under the guard of the revision.
pub(super) async fn save(tx: &mut Tx<'_>, interaction: &Interaction) -> Result<bool, StoreFault> {
    let progress = json(&interaction.progress);
    Ok(tx.execute(SAVE, params![&interaction.id, interaction.revision, &progress]).await? == 1)
}

/// Marks as answered, once.
pub(super) async fn finish(tx: &mut Tx<'_>, id: &InteractionId, now: Timestamp) -> Result<bool, StoreFault> {
    Ok(tx.execute(FINISH, params![id, now]).await? == 1)
}
