//! Assertions of trusted issuers: each is taken once, and what it grants is written with that.

use super::grants::insert_grant;
use super::used_jtis::use_jti;
use super::{Store, StoreFault, audit};
use crate::model::audit::AuditEvent;
use crate::model::grant::Grant;
use crate::model::jti::UsedJti;

/// An assertion that is about to be taken.
#[derive(Debug, Clone)]
pub struct TakeAssertion {
    /// Its issuer's name for it.
    pub used: UsedJti,
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
                    if !use_jti(tx, &take.used).await? {
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
