//! Assertions of trusted issuers: each is taken once, and what it grants is written with that.

use super::grants::insert_grant;
use super::statement::statements;
use super::{Store, StoreFault, audit};
use crate::base::Timestamp;
use crate::model::audit::AuditEvent;
use crate::model::grant::Grant;
use crate::params;

statements! {
    // Beside the events of providers, whose names cannot hold a colon.
    REMEMBER = "\
        INSERT INTO security_events (provider, jti, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
}

/// An assertion that is about to be taken.
#[derive(Debug, Clone)]
pub struct TakeAssertion {
    /// Who made it.
    pub issuer: String,
    /// Its name.
    pub jti: String,
    /// Until when it must be remembered.
    pub expires_at: Timestamp,
    /// What it grants.
    pub grant: Grant,
    /// The record of it.
    pub audit: AuditEvent,
}

/// What became of a [`TakeAssertion`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakeAssertionOutcome {
    /// The grant stands.
    Taken,
    /// It came before.
    Replayed,
    /// The account was disabled in the meantime.
    AccountClosed,
}

impl Store {
    /// Takes an assertion for the first time.
    pub async fn take_assertion(&self, take: TakeAssertion) -> Result<TakeAssertionOutcome, StoreFault> {
        let taken = self
            .write(take, |tx, take| {
                Box::pin(async move {
                    let issuer = format!("assertion:{}", take.issuer);
                    if tx.execute(REMEMBER, params![&issuer, &take.jti, take.expires_at]).await? == 0 {
                        return Ok(TakeAssertionOutcome::Replayed);
                    }
                    if !insert_grant(tx, &take.grant).await? {
                        return Err(StoreFault::GuardLost);
                    }
                    audit::append(tx, &take.audit).await?;
                    Ok(TakeAssertionOutcome::Taken)
                })
            })
            .await;
        match taken {
            Err(StoreFault::GuardLost) => Ok(TakeAssertionOutcome::AccountClosed),
            outcome => outcome,
        }
    }
}
