//! Changes of address: asked for, confirmed by the code in the new mailbox, undone from the old one.
//!
//! Every unit holds the account's row first, so that of a confirmation and an undo that meet, one comes after the other.

use super::accounts::{self, end_everything};
use super::columns::Columns;
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx, audit, codes, deletions, outbox, unless_guard_lost};
use crate::base::{AccountId, CodeId, Digest, SessionId};
use crate::model::CodePurpose;
use crate::model::address_change::{
    AddressChange, AskAddressChange, ConfirmAddressChange, ConfirmOutcome, UndoAddressChange,
};
use crate::model::audit::{AuditAction, AuditEvent};
use crate::params;

macro_rules! change_columns {
    () => {
        "id, account_id, session_id, old_email, new_email, undo_digest, requested_at, expires_at, changed_at, undone_at"
    };
}

statements! {
    HOLD_UNCHANGED = "\
        SELECT a.id FROM accounts a WHERE a.id = $1 AND a.generation = $2 AND a.email = $3 AND a.disabled_at IS NULL \
        FOR NO KEY UPDATE";
    // Only the newest change that was asked for can be confirmed.
    SUPERSEDE = "\
        UPDATE one_time_codes SET consumed_at = $3 WHERE account_id = $1 AND purpose = $2 AND consumed_at IS NULL";
    INSERT = concat!(
        "INSERT INTO address_changes (",
        change_columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, NULL)"
    );
    OWNER = "SELECT a.id FROM accounts a WHERE a.email = $1";
    FIND = concat!("SELECT ", change_columns!(), " FROM address_changes WHERE id = $1");
    FIND_BY_UNDO = concat!("SELECT ", change_columns!(), " FROM address_changes WHERE undo_digest = $1");
    FIND_ASKED_IN = concat!(
        "SELECT ",
        change_columns!(),
        " FROM address_changes c WHERE account_id = $1 AND session_id = $2 AND changed_at IS NULL \
         AND undone_at IS NULL \
         AND EXISTS (SELECT 1 FROM one_time_codes o WHERE o.id = c.id AND o.consumed_at IS NULL) \
         ORDER BY requested_at DESC LIMIT 1"
    );
    LIST = concat!(
        "SELECT ",
        change_columns!(),
        " FROM address_changes WHERE account_id = $1 ORDER BY requested_at DESC, id DESC LIMIT $2"
    );
    CONFIRM = "\
        UPDATE address_changes SET changed_at = $2, expires_at = $3 \
        WHERE id = $1 AND changed_at IS NULL AND undone_at IS NULL";
    SET_ADDRESS = "\
        UPDATE accounts SET email = $2, email_verified_at = $3, generation = generation + 1, updated_at = $3 \
        WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM accounts o WHERE o.email = $2 AND o.id <> $1)";
    UNDO = "\
        UPDATE address_changes SET undone_at = $2 WHERE id = $1 AND undone_at IS NULL AND expires_at > $2 \
        RETURNING changed_at";
    // What was changed after it goes back with it.
    UNDO_LATER = "\
        UPDATE address_changes SET undone_at = $3 WHERE account_id = $1 AND requested_at >= $2 AND undone_at IS NULL";
    // The same by a change back: nobody's later address may undo that.
    CLOSE_RETURNED = "\
        UPDATE address_changes SET undone_at = $4 \
        WHERE account_id = $1 AND requested_at >= $2 AND id <> $3 AND undone_at IS NULL";
    FORGET_PASSWORD = "UPDATE accounts SET password_hash = NULL, password_changed_at = $2 WHERE id = $1";
    // Whoever took the free address without proving it gives way to the mailbox that speaks for it.
    REMOVE_UNPROVEN =
        "DELETE FROM accounts WHERE email = $1 AND id <> $2 AND email_verified_at IS NULL AND disabled_at IS NULL";
}

impl FromRow for AddressChange {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            id: columns.id()?,
            account: columns.id()?,
            session: columns.id()?,
            old_email: columns.email()?,
            new_email: columns.email()?,
            undo_digest: columns.digest()?,
            requested_at: columns.time()?,
            expires_at: columns.time()?,
            changed_at: columns.time_or_null()?,
            undone_at: columns.time_or_null()?,
        })
    }
}

impl Store {
    /// Keeps a change that was asked for, its code and its mails. False when the account changed meanwhile.
    pub async fn ask_address_change(&self, ask: AskAddressChange) -> Result<bool, StoreFault> {
        unless_guard_lost(self.write(ask, |tx, ask| Box::pin(ask_change(tx, ask))).await)
    }

    /// Gives the account its new address, for exactly one caller.
    pub async fn confirm_address_change(&self, confirm: ConfirmAddressChange) -> Result<ConfirmOutcome, StoreFault> {
        match self.write(confirm, |tx, confirm| Box::pin(confirm_change(tx, confirm))).await {
            Ok(()) => Ok(ConfirmOutcome::Changed),
            Err(StoreFault::GuardLost) => Ok(ConfirmOutcome::Overtaken),
            // Only the address is unique.
            Err(StoreFault::Conflict { .. }) => Ok(ConfirmOutcome::Taken),
            Err(fault) => Err(fault),
        }
    }

    /// Restores the address before a change. False when it is undone already or too late, or when the old address
    /// was proven for another account meanwhile.
    pub async fn undo_address_change(&self, undo: UndoAddressChange) -> Result<bool, StoreFault> {
        match self.write(undo, |tx, undo| Box::pin(undo_change(tx, undo))).await {
            Err(StoreFault::Conflict { .. }) => Ok(false),
            outcome => unless_guard_lost(outcome),
        }
    }

    /// The change that was asked for in a session and whose code is neither used nor void.
    pub async fn find_address_change_asked_in(
        &self,
        account: &AccountId,
        session: &SessionId,
    ) -> Result<Option<AddressChange>, StoreFault> {
        self.read((account.clone(), session.clone()), |db, (account, session)| {
            Box::pin(async move { db.optional(FIND_ASKED_IN, params![&*account, &*session]).await })
        })
        .await
    }

    /// The change whose code has this id.
    pub async fn find_address_change(&self, id: &CodeId) -> Result<Option<AddressChange>, StoreFault> {
        self.read(id.clone(), |db, id| Box::pin(async move { db.optional(FIND, params![&*id]).await })).await
    }

    /// The change behind the link that was mailed to the old address.
    pub async fn find_address_change_by_undo(&self, undo: Digest) -> Result<Option<AddressChange>, StoreFault> {
        self.read(undo, |db, undo| Box::pin(async move { db.optional(FIND_BY_UNDO, params![&*undo]).await })).await
    }

    /// An account's changes that are still kept, the latest first.
    pub async fn list_address_changes(
        &self,
        account: &AccountId,
        limit: i64,
    ) -> Result<Vec<AddressChange>, StoreFault> {
        self.read((account.clone(), limit), |db, (account, limit)| {
            Box::pin(async move { db.all(LIST, params![&*account, *limit]).await })
        })
        .await
    }
}

async fn ask_change(tx: &mut Tx<'_>, ask: &AskAddressChange) -> Result<(), StoreFault> {
    let change = &ask.change;
    let values = params![&change.account, ask.generation, &change.old_email];
    if tx.optional::<(String,)>(HOLD_UNCHANGED, values).await?.is_none() {
        return Err(StoreFault::GuardLost);
    }
    let taken: Option<(String,)> = tx.optional(OWNER, params![&change.new_email]).await?;
    let purpose = CodePurpose::ChangeAddress.as_str();
    tx.execute(SUPERSEDE, params![&change.account, purpose, change.requested_at]).await?;
    codes::insert(tx, &ask.code, Some(&change.account)).await?;
    let values = params![
        &change.id,
        &change.account,
        &change.session,
        &change.old_email,
        &change.new_email,
        &change.undo_digest,
        change.requested_at,
        change.expires_at
    ];
    tx.execute(INSERT, values).await?;
    outbox::put(tx, if taken.is_some() { &ask.taken_mail } else { &ask.code_mail }).await?;
    outbox::put(tx, &ask.notice).await?;
    audit::append(tx, &ask.audit).await
}

async fn confirm_change(tx: &mut Tx<'_>, confirm: &ConfirmAddressChange) -> Result<(), StoreFault> {
    let (change, now) = (&confirm.change, confirm.now);
    hold(tx, &change.account).await?;
    codes::consume(tx, &change.id, &change.account, now).await?;
    if tx.execute(CONFIRM, params![&change.id, now, confirm.undo_until]).await? == 0 {
        return Err(StoreFault::GuardLost);
    }
    if tx.execute(SET_ADDRESS, params![&change.account, &change.new_email, now]).await? == 0 {
        return Err(StoreFault::Conflict { constraint: "accounts_email_key".to_owned() });
    }
    if let Some(since) = confirm.returns_since {
        tx.execute(CLOSE_RETURNED, params![&change.account, since, &change.id, now]).await?;
    }
    tx.execute(accounts::VOID_CODES, params![&change.account, now]).await?;
    for notice in &confirm.notices {
        outbox::put(tx, notice).await?;
    }
    audit::append(tx, &confirm.audit).await
}

async fn undo_change(tx: &mut Tx<'_>, undo: &UndoAddressChange) -> Result<(), StoreFault> {
    let (change, now) = (&undo.change, undo.now);
    hold(tx, &change.account).await?;
    let undone: Option<(Option<i64>,)> = tx.optional(UNDO, params![&change.id, now]).await?;
    let (changed_at,) = undone.ok_or(StoreFault::GuardLost)?;
    tx.execute(UNDO_LATER, params![&change.account, change.requested_at, now]).await?;
    tx.execute(REMOVE_UNPROVEN, params![&change.old_email, &change.account]).await?;
    if tx.execute(SET_ADDRESS, params![&change.account, &change.old_email, now]).await? == 0 {
        return Err(StoreFault::GuardLost);
    }
    // While the old address was the account's, it was told of a deletion by a mail with a link of its own.
    if changed_at.is_some() && deletions::cancel_since(tx, &change.account, change.requested_at).await? {
        let restored = AuditEvent { action: AuditAction::AccountRestored, ..undo.audit.clone() };
        audit::append(tx, &restored).await?;
    }
    tx.execute(FORGET_PASSWORD, params![&change.account, now]).await?;
    end_everything(tx, &change.account, now).await?;
    outbox::put(tx, &undo.notice).await?;
    audit::append(tx, &undo.audit).await
}

async fn hold(tx: &mut Tx<'_>, account: &AccountId) -> Result<(), StoreFault> {
    let held: Option<(String,)> = tx.optional(accounts::HOLD, params![account]).await?;
    held.map(drop).ok_or(StoreFault::GuardLost)
}
