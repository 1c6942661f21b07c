//! Assertions and proofs that were used. Each works once, on whatever replica: of any number of racers one inserts.

use super::statement::statements;
use super::{Store, StoreFault};
use crate::model::jti::{JtiPurpose, UsedJti};
use crate::params;

statements! {
    USE = "INSERT INTO used_jtis (digest, expires_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING";
}

impl Store {
    /// Marks them as used, in their order, and gives what the first one was for that had been used before; those behind
    /// it stay as they were.
    pub async fn use_jtis(&self, used: Vec<UsedJti>) -> Result<Option<JtiPurpose>, StoreFault> {
        self.write(used, |tx, used| {
            Box::pin(async move {
                for jti in &*used {
                    if tx.execute(USE, params![&jti.digest, jti.expires_at]).await? == 0 {
                        return Ok(Some(jti.purpose));
                    }
                }
                Ok(None)
            })
        })
        .await
    }
}
