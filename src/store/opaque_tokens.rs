//! Access tokens that can only be looked up: the digest, and what the token would say if it were a JWT.

use super::statement::statements;
use super::{Store, StoreFault};
use crate::base::{Digest, Timestamp};
use crate::params;

statements! {
    PUT = "INSERT INTO opaque_tokens (digest, claims, expires_at) VALUES ($1, $2, $3)";
    FIND = "SELECT claims FROM opaque_tokens WHERE digest = $1";
}

impl Store {
    /// Keeps what a token says (JSON). Should nobody ever hold the token, the row goes when its time is over.
    pub async fn put_opaque_token(
        &self,
        digest: Digest,
        claims: String,
        expires_at: Timestamp,
    ) -> Result<(), StoreFault> {
        self.write((digest, claims, expires_at), |tx, (digest, claims, expires_at)| {
            Box::pin(async move { tx.execute(PUT, params![&*digest, &*claims, *expires_at]).await.map(drop) })
        })
        .await
    }

    /// What the token with this digest says. Whether it still counts is not looked at.
    pub async fn find_opaque_token(&self, digest: Digest) -> Result<Option<String>, StoreFault> {
        let found: Option<(String,)> =
            self.read(digest, |db, digest| Box::pin(async move { db.optional(FIND, params![&*digest]).await })).await?;
        Ok(found.map(|(claims,)| claims))
    }
}
