//! Assertions and proofs that were used. Each works once, on whatever replica: of any number of racers one inserts.
//!
//! How many there may be is counted in blocks: a process takes out room for many names at once, and counts those by
//! itself. So the number holds for all replicas together, and no request waits for a counter.

use super::statement::statements;
use super::{Store, StoreFault, Tx};
use crate::base::Timestamp;
use crate::model::jti::{JtiPurpose, UsedJti};
use crate::params;

statements! {
    USE = "INSERT INTO used_jtis (digest, expires_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING";
    HOLD_BLOCKS = "SELECT ends_at FROM replay_blocks WHERE ends_at = 0 FOR NO KEY UPDATE";
    // As many rows as there are minutes in the life of an assertion.
    ROOM_TAKEN = "SELECT CAST(COALESCE(SUM(names), 0) AS BIGINT) AS names FROM replay_blocks";
    TAKE_BLOCK = "\
        INSERT INTO replay_blocks (ends_at, names) VALUES ($1, $2) \
        ON CONFLICT (ends_at) DO UPDATE SET names = replay_blocks.names + excluded.names";
}

impl Store {
    /// Marks them as used, in their order, and gives what the first one was for that had been used before; those behind
    /// it stay as they were. Every connection knows of it from then on; the disk need not, for a name is only of use as
    /// long as what bore it would be taken (decision 0016).
    pub async fn use_jtis(&self, used: Vec<UsedJti>) -> Result<Option<JtiPurpose>, StoreFault> {
        self.write_ephemeral(used, |tx, used| Box::pin(use_all(tx, used))).await
    }

    /// Takes out room for `names` more names that end before `ends_at`. False when there would be more than `most` with
    /// them, over all replicas.
    pub async fn take_replay_block(&self, ends_at: Timestamp, names: i64, most: i64) -> Result<bool, StoreFault> {
        self.write((ends_at, names, most), |tx, (ends_at, names, most)| {
            Box::pin(async move {
                // One after another, so that no two take the same rest.
                tx.optional::<(i64,)>(HOLD_BLOCKS, params![]).await?;
                let taken = tx.optional::<(i64,)>(ROOM_TAKEN, params![]).await?.map_or(0, |(names,)| names);
                if taken + names > *most {
                    return Ok(false);
                }
                tx.execute(TAKE_BLOCK, params![*ends_at, *names]).await?;
                Ok(true)
            })
        })
        .await
    }
}

/// Marks them as used, in their order, up to the first that had been; gives what that was for.
pub(super) async fn use_all(tx: &mut Tx<'_>, used: &[UsedJti]) -> Result<Option<JtiPurpose>, StoreFault> {
    for jti in used {
        if !use_jti(tx, jti).await? {
            return Ok(Some(jti.purpose));
        }
    }
    Ok(None)
}

/// Marks one as used. False when it had been.
pub(super) async fn use_jti(tx: &mut Tx<'_>, jti: &UsedJti) -> Result<bool, StoreFault> {
    Ok(tx.execute(USE, params![&jti.digest, jti.expires_at]).await? == 1)
}
