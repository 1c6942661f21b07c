//! Accounts that their owners deleted: disabled at once, restored by the mailed link, erased by the sweep when their time
//! is over.

use super::accounts::{self, end_everything};
use super::administration::is_last_administrator;
use super::columns::{Columns, stored_id};
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx, audit, audit_erasure, outbox};
use crate::base::bounds::SWEEP_BATCH_ROWS;
use crate::base::{AccountId, Digest, EmailAddress, Timestamp};
use crate::model::account::AdministrationOutcome;
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::deletion::{DeleteAccount, Deletion, RestoreOutcome};
use crate::params;

statements! {
    DISABLE = "\
        UPDATE accounts SET disabled_at = $3, generation = generation + 1, updated_at = $3 \
        WHERE id = $1 AND generation = $2 AND disabled_at IS NULL";
    PUT = "\
        INSERT INTO deletions (account_id, undo_digest, requested_at, expires_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (account_id) DO UPDATE SET undo_digest = excluded.undo_digest, \
        requested_at = excluded.requested_at, expires_at = excluded.expires_at";
    FIND_BY_UNDO =
        "SELECT account_id, undo_digest, requested_at, expires_at FROM deletions WHERE undo_digest = $1";
    FIND_BY_ACCOUNT =
        "SELECT account_id, undo_digest, requested_at, expires_at FROM deletions WHERE account_id = $1";
    FIND_BY_ADDRESS = "\
        SELECT d.account_id, d.undo_digest, d.requested_at, d.expires_at FROM deletions d \
        JOIN accounts a ON a.id = d.account_id WHERE a.email = $1";
    TAKE = "DELETE FROM deletions WHERE account_id = $1 AND undo_digest = $2 AND expires_at > $3";
    // An account that an operator locked as well stays locked.
    ENABLE = "\
        UPDATE accounts SET disabled_at = NULL, generation = generation + 1, updated_at = $3 \
        WHERE id = $1 AND disabled_at = $2";
    ENABLE_DELETED_SINCE = "\
        UPDATE accounts SET disabled_at = NULL WHERE id = $1 AND disabled_at IN \
        (SELECT d.requested_at FROM deletions d WHERE d.account_id = $1 AND d.requested_at >= $2)";
    CANCEL_SINCE = "DELETE FROM deletions WHERE account_id = $1 AND requested_at >= $2";
    DUE = "SELECT account_id FROM deletions WHERE expires_at <= $1 LIMIT $2";
    ERASE = "\
        DELETE FROM accounts WHERE id = $1 AND disabled_at IS NOT NULL \
        AND EXISTS (SELECT 1 FROM deletions d WHERE d.account_id = $1 AND d.expires_at <= $2)";
}

impl FromRow for Deletion {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            account: columns.id()?,
            undo_digest: columns.digest()?,
            requested_at: columns.time()?,
            expires_at: columns.time()?,
        })
    }
}

impl Store {
    /// Deletes an account until it is restored or erased. False when it changed or was disabled meanwhile.
    pub async fn delete_own_account(&self, delete: DeleteAccount) -> Result<AdministrationOutcome, StoreFault> {
        self.write(delete, |tx, delete| {
            Box::pin(async move {
                let account = &delete.account;
                if is_last_administrator(tx, account).await? {
                    return Ok(AdministrationOutcome::LastAdministrator);
                }
                if tx.execute(DISABLE, params![account, delete.generation, delete.now]).await? == 0 {
                    return Ok(AdministrationOutcome::Overtaken);
                }
                tx.execute(PUT, params![account, &delete.undo_digest, delete.now, delete.erased_from]).await?;
                end_everything(tx, account, delete.now).await?;
                outbox::put(tx, &delete.notice).await?;
                audit::append(tx, &delete.audit).await?;
                Ok(AdministrationOutcome::Done)
            })
        })
        .await
    }

    /// The deletion behind a mailed link.
    pub async fn find_deletion(&self, undo: Digest) -> Result<Option<Deletion>, StoreFault> {
        self.read(undo, |db, undo| Box::pin(async move { db.optional(FIND_BY_UNDO, params![&*undo]).await })).await
    }

    /// The deletion that waits for an account.
    pub async fn find_deletion_of(&self, account: &AccountId) -> Result<Option<Deletion>, StoreFault> {
        self.read(account.clone(), |db, account| {
            Box::pin(async move { db.optional(FIND_BY_ACCOUNT, params![&*account]).await })
        })
        .await
    }

    /// The deletion that waits for whoever has an address.
    pub async fn find_deletion_by_email(&self, email: &EmailAddress) -> Result<Option<Deletion>, StoreFault> {
        self.read(email.clone(), |db, email| {
            Box::pin(async move { db.optional(FIND_BY_ADDRESS, params![&*email]).await })
        })
        .await
    }

    /// Restores a deleted account, for exactly one caller.
    pub async fn restore_account(
        &self,
        deletion: Deletion,
        now: Timestamp,
        audit: AuditEvent,
    ) -> Result<RestoreOutcome, StoreFault> {
        let unit = self.write((deletion, now, audit), |tx, (deletion, now, audit)| {
            Box::pin(async move {
                let account = &deletion.account;
                let held: Option<(String,)> = tx.optional(accounts::HOLD, params![account]).await?;
                let values = params![account, &deletion.undo_digest, *now];
                if held.is_none() || tx.execute(TAKE, values).await? == 0 {
                    return Ok(RestoreOutcome::Overtaken);
                }
                let enabled = tx.execute(ENABLE, params![account, deletion.requested_at, *now]).await?;
                audit::append(tx, audit).await?;
                Ok(if enabled == 0 { RestoreOutcome::Locked } else { RestoreOutcome::Restored })
            })
        });
        unit.await
    }

    /// Erases a batch of deleted accounts whose time is over, with all that hangs on them and what the audit log knows
    /// of the people. Gives how many.
    pub(super) async fn erase_deleted(&self, now: Timestamp) -> Result<u64, StoreFault> {
        let read =
            self.read(now, |db, now| Box::pin(async move { db.all(DUE, params![*now, SWEEP_BATCH_ROWS]).await }));
        let due: Vec<(String,)> = read.await?;
        let mut erased = 0;
        for (id,) in due {
            let id: AccountId = stored_id(0, &id)?;
            let unit = self.write((id, now), |tx, (id, now)| Box::pin(erase(tx, id, *now)));
            erased += u64::from(unit.await?);
        }
        Ok(erased)
    }
}

async fn erase(tx: &mut Tx<'_>, account: &AccountId, now: Timestamp) -> Result<bool, StoreFault> {
    if tx.execute(ERASE, params![account, now]).await? == 0 {
        return Ok(false);
    }
    audit_erasure::erase(tx, account, now).await?;
    // No request asked for it.
    let entry = AuditEvent::new(AuditAction::AccountErased, now, "sweep");
    audit::append(tx, &AuditEvent { account: Some(account.clone()), ..entry }).await?;
    Ok(true)
}

/// Takes back a deletion that was asked for at `since` or later; false when there is none. The caller holds the account's
/// row.
pub(super) async fn cancel_since(tx: &mut Tx<'_>, account: &AccountId, since: Timestamp) -> Result<bool, StoreFault> {
    tx.execute(ENABLE_DELETED_SINCE, params![account, since]).await?;
    Ok(tx.execute(CANCEL_SINCE, params![account, since]).await? > 0)
}

/// An operator has decided that the account stays: no deletion waits any more. Whether one did is noted.
pub(super) async fn forget(tx: &mut Tx<'_>, account: &AccountId, audit: &AuditEvent) -> Result<(), StoreFault> {
    if tx.execute(CANCEL_SINCE, params![account, Timestamp::from_seconds(0)]).await? > 0 {
        let restored = AuditEvent { action: AuditAction::AccountRestored, ..audit.clone() };
        audit::append(tx, &restored).await?;
    }
    Ok(())
}
