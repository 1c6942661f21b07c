//! Accounts. Every change that must end what rests on the old state raises `generation` in the same transaction.
//!
//! How accounts come to be is in `registration` (by a person) and `provisioning` (by an operator).

use super::columns::{Columns, json, stored_id};
use super::statement::statements;
use super::{
    FromRow, Row, Store, StoreFault, Tx, audit, audit_erasure, codes, deletions, logouts, outbox, unless_guard_lost,
};
use crate::base::bounds::USERNAME_HOLD_MARGIN_SECONDS;
use crate::base::{AccountId, CodeId, EmailAddress, Timestamp};
use crate::model::PasswordHash;
use crate::model::account::{Account, ChangePassword, StandardClaims, VerifyAddress};
use crate::model::audit::{Actor, AuditEvent};
use crate::model::outbox::OutboxMail;
use crate::model::session::RenewedClaims;
use crate::params;

/// The columns of [`Account`], in the order its row reads them.
macro_rules! account_columns {
    () => {
        "a.id, a.email, a.username, a.email_verified_at, a.password_hash, a.password_changed_at, a.generation, a.claims, \
         a.created_at, a.updated_at, a.disabled_at, a.roles, a.group_names"
    };
}
pub(super) use account_columns;

statements! {
    FIND_USERNAME = "SELECT a.id FROM accounts a WHERE a.username = $1";
    FIND = concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.id = $1");
    FIND_BY_EMAIL = concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.email = $1");
    SEARCH = concat!(
        "SELECT ",
        account_columns!(),
        " FROM accounts a WHERE a.email > $1 AND a.email LIKE $2 ESCAPE '!' ORDER BY a.email LIMIT $3"
    );
    // Units about one account go one after the other once they hold its row.
    HOLD = "SELECT a.id FROM accounts a WHERE a.id = $1 FOR NO KEY UPDATE";
    INSERT = "\
        INSERT INTO accounts (id, email, email_verified_at, password_hash, password_changed_at, generation, claims, \
        created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $7) ON CONFLICT (email) DO NOTHING";
    // Whatever stood on an address before anybody proved it was set by who knows whom (REG-04, pre-hijacking).
    FORGET_UNPROVEN = "\
        UPDATE accounts SET password_hash = NULL, password_changed_at = NULL, claims = '{}' \
        WHERE id = $1 AND email_verified_at IS NULL";
    FORGET_USERNAME = "\
        DELETE FROM username_holds WHERE email = \
        (SELECT a.email FROM accounts a WHERE a.id = $1 AND a.email_verified_at IS NULL)";
    // Whoever planted the account may wait for a code in a window of their own; only the one that proves is left.
    VOID_UNPROVEN_CODES = "\
        UPDATE one_time_codes SET consumed_at = $2 WHERE account_id = $1 AND id <> $3 AND consumed_at IS NULL \
        AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = $1 AND a.email_verified_at IS NULL)";
    // The username that was asked for with the address belongs to whoever proves it.
    VERIFY_EMAIL = "\
        UPDATE accounts SET email_verified_at = $2, updated_at = $2, username = COALESCE(username, \
        (SELECT h.username FROM username_holds h WHERE h.email = accounts.email AND h.expires_at > $3 \
        ORDER BY h.expires_at DESC LIMIT 1)) WHERE id = $1 AND email_verified_at IS NULL";
    SET_PASSWORD = "\
        UPDATE accounts SET password_hash = $3, password_changed_at = $4, generation = generation + 1, \
        updated_at = $4 WHERE id = $1 AND generation = $2 AND disabled_at IS NULL";
    REHASH = "UPDATE accounts SET password_hash = $3 WHERE id = $1 AND generation = $2";
    SET_CLAIMS = "UPDATE accounts SET claims = $3, updated_at = $4 WHERE id = $1 AND updated_at = $2";
    SET_DISABLED = "\
        UPDATE accounts SET disabled_at = $2, generation = generation + 1, updated_at = $3 WHERE id = $1";
    DELETE = "DELETE FROM accounts WHERE id = $1";
    HOLD_UNPROVEN = "\
        SELECT a.id FROM accounts a \
        WHERE a.id = $1 AND a.email_verified_at IS NULL AND a.password_hash IS NULL FOR NO KEY UPDATE";
    END_SESSIONS = "UPDATE sessions SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL AND id <> $3";
    REVOKE_GRANTS = "UPDATE grants SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL";
    VOID_CODES = "UPDATE one_time_codes SET consumed_at = $2 WHERE account_id = $1 AND consumed_at IS NULL";
}

impl FromRow for Account {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        read_account(&mut Columns::of(row))
    }
}

/// Reads the columns of `account_columns!` from where `columns` stands.
pub(super) fn read_account(columns: &mut Columns<'_, '_>) -> Result<Account, StoreFault> {
    Ok(Account {
        id: columns.id()?,
        email: columns.email()?,
        username: columns.text_or_null()?,
        email_verified_at: columns.time_or_null()?,
        password_hash: columns.text_or_null()?.map(PasswordHash::from_stored),
        password_changed_at: columns.time_or_null()?,
        generation: columns.integer()?,
        claims: columns.json()?,
        created_at: columns.time()?,
        updated_at: columns.time()?,
        disabled_at: columns.time_or_null()?,
        roles: columns.names()?,
        groups: columns.names()?,
    })
}

impl Store {
    /// The account with this id.
    pub async fn find_account(&self, id: &AccountId) -> Result<Option<Account>, StoreFault> {
        self.read(id.clone(), |db, id| Box::pin(async move { db.optional(FIND, params![&*id]).await })).await
    }

    /// The account with this address.
    pub async fn find_account_by_email(&self, email: &EmailAddress) -> Result<Option<Account>, StoreFault> {
        self.read(email.clone(), |db, email| {
            Box::pin(async move { db.optional(FIND_BY_EMAIL, params![&*email]).await })
        })
        .await
    }

    /// Whose a username is.
    pub async fn find_owner_of_username(&self, username: &str) -> Result<Option<AccountId>, StoreFault> {
        let owner = self.read(username.to_owned(), |db, username| {
            Box::pin(async move { db.optional::<(String,)>(FIND_USERNAME, params![username.as_str()]).await })
        });
        owner.await?.map(|(id,)| stored_id(0, &id)).transpose()
    }

    /// Accounts whose address contains `part`, in whatever case, and comes behind `after`, in order of address.
    pub async fn search_accounts(&self, part: &str, after: &str, limit: i64) -> Result<Vec<Account>, StoreFault> {
        let part = part.to_lowercase();
        let pattern = format!("%{}%", part.replace('!', "!!").replace('%', "!%").replace('_', "!_"));
        self.read((after.to_owned(), pattern, limit), |db, (after, pattern, limit)| {
            Box::pin(async move { db.all(SEARCH, params![&*after, &*pattern, *limit]).await })
        })
        .await
    }

    /// Sets a new password. False when the account changed meanwhile or the mailed code is used, expired or another
    /// account's.
    pub async fn change_password(&self, change: ChangePassword) -> Result<bool, StoreFault> {
        unless_guard_lost(self.write(change, |tx, change| Box::pin(change_password(tx, change))).await)
    }

    /// Changes the claims, if nobody did since `read_at` (the `updated_at` that was shown).
    pub async fn set_claims(
        &self,
        id: &AccountId,
        read_at: Timestamp,
        claims: StandardClaims,
        now: Timestamp,
        audit: AuditEvent,
    ) -> Result<bool, StoreFault> {
        self.write((id.clone(), read_at, claims, now, audit), |tx, (id, read_at, claims, now, audit)| {
            Box::pin(async move {
                let claims = json(claims);
                if tx.execute(SET_CLAIMS, params![&*id, *read_at, &claims, *now]).await? == 0 {
                    return Ok(false);
                }
                audit::append(tx, audit).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Marks the address as proven by a mailed link, using its code up. False when the code is used, expired or another
    /// account's.
    pub async fn verify_address(&self, verify: VerifyAddress) -> Result<bool, StoreFault> {
        let unit = self.write(verify, |tx, verify| {
            Box::pin(async move {
                prove_address(tx, &verify.account, verify.welcome.as_ref(), verify.now).await?;
                codes::consume(tx, &verify.code, &verify.account, verify.now).await?;
                audit::append(tx, &verify.audit).await
            })
        });
        unless_guard_lost(unit.await)
    }

    /// Marks the address as proven by an operator's word. False when it already was or there is no such account.
    pub async fn mark_verified(&self, id: &AccountId, now: Timestamp, audit: AuditEvent) -> Result<bool, StoreFault> {
        self.write((id.clone(), now, audit), |tx, (id, now, audit)| {
            Box::pin(async move {
                if !verify_email(tx, id, *now).await? {
                    return Ok(false);
                }
                audit::append(tx, audit).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Disables an account, ending its sessions, grants and codes, or enables it again. False when there is none.
    pub async fn set_account_disabled(
        &self,
        id: &AccountId,
        disabled: bool,
        now: Timestamp,
        audit: AuditEvent,
    ) -> Result<bool, StoreFault> {
        self.write((id.clone(), disabled, now, audit), |tx, (id, disabled, now, audit)| {
            Box::pin(set_disabled(tx, id, disabled.then_some(*now), audit))
        })
        .await
    }

    /// Removes an account with all that hangs on it and what the audit log says about the person; its id is never given
    /// again. False when there is none.
    pub async fn delete_account(&self, id: &AccountId, audit: AuditEvent) -> Result<bool, StoreFault> {
        self.write((id.clone(), audit), |tx, (id, audit)| Box::pin(delete(tx, id, audit))).await
    }

    /// Removes an account that nobody has proven and that has no password. False when there is none.
    pub async fn remove_unproven(&self, id: &AccountId, audit: AuditEvent) -> Result<bool, StoreFault> {
        self.write((id.clone(), audit), |tx, (id, audit)| {
            Box::pin(async move {
                let held: Option<(String,)> = tx.optional(HOLD_UNPROVEN, params![&*id]).await?;
                if held.is_some() { delete(tx, id, audit).await } else { Ok(false) }
            })
        })
        .await
    }
}

/// Disables an account since a moment, or enables it; in either case what rested on it ends. False when there is none.
pub(super) async fn set_disabled(
    tx: &mut Tx<'_>,
    id: &AccountId,
    since: Option<Timestamp>,
    audit: &AuditEvent,
) -> Result<bool, StoreFault> {
    if tx.execute(SET_DISABLED, params![id, since, audit.at]).await? == 0 {
        return Ok(false);
    }
    if since.is_none() {
        deletions::forget(tx, id, audit).await?;
    }
    end_everything(tx, id, audit.at).await?;
    audit::append(tx, audit).await?;
    Ok(true)
}

/// Removes an account. Of the entry that says so only the id stays, which tells nothing any more; a person's own address
/// is left out of it. False when there is none.
pub(super) async fn delete(tx: &mut Tx<'_>, id: &AccountId, audit: &AuditEvent) -> Result<bool, StoreFault> {
    // Before the sessions go with the account: their clients are still told.
    tx.execute(END_SESSIONS, params![id, audit.at, ""]).await?;
    logouts::tell(tx, id, audit.at).await?;
    if tx.execute(DELETE, params![id]).await? == 0 {
        return Ok(false);
    }
    audit_erasure::erase(tx, id, audit.at).await?;
    let ip = audit.ip.clone().filter(|_| audit.actor != Actor::Person);
    audit::append(tx, &AuditEvent { ip, ..audit.clone() }).await?;
    Ok(true)
}

/// Writes a new account. False when its address has one.
pub(super) async fn insert(tx: &mut Tx<'_>, account: &Account) -> Result<bool, StoreFault> {
    let claims = json(&account.claims);
    let values = params![
        &account.id,
        &account.email,
        account.email_verified_at,
        account.password_hash.as_ref(),
        account.password_changed_at,
        &claims,
        account.created_at
    ];
    Ok(tx.execute(INSERT, values).await? == 1)
}

/// Marks an address as proven; whoever's is proven for the first time is welcomed.
pub(super) async fn prove_address(
    tx: &mut Tx<'_>,
    id: &AccountId,
    welcome: Option<&OutboxMail>,
    now: Timestamp,
) -> Result<(), StoreFault> {
    let is_first = verify_email(tx, id, now).await?;
    match welcome.filter(|_| is_first) {
        Some(mail) => outbox::put(tx, mail).await,
        None => Ok(()),
    }
}

/// Writes claims that another provider renewed. False when somebody changed the account since it was read.
pub(super) async fn renew_claims(
    tx: &mut Tx<'_>,
    id: &AccountId,
    renewed: &RenewedClaims,
    now: Timestamp,
) -> Result<bool, StoreFault> {
    let claims = json(&renewed.claims);
    Ok(tx.execute(SET_CLAIMS, params![id, renewed.read_at, &claims, now]).await? == 1)
}

/// Forgets what somebody set on an address that nobody has proven, and the codes mailed to it, but for the one that is
/// the `proof`.
pub(super) async fn forget_unproven(
    tx: &mut Tx<'_>,
    id: &AccountId,
    proof: Option<&CodeId>,
    now: Timestamp,
) -> Result<(), StoreFault> {
    tx.execute(VOID_UNPROVEN_CODES, params![id, now, proof.map_or("", CodeId::as_str)]).await?;
    tx.execute(FORGET_USERNAME, params![id]).await?;
    tx.execute(FORGET_UNPROVEN, params![id]).await.map(drop)
}

/// Marks the address as proven. False when it already was or there is no such account.
pub(super) async fn verify_email(tx: &mut Tx<'_>, id: &AccountId, now: Timestamp) -> Result<bool, StoreFault> {
    let held_until = now.plus_seconds(USERNAME_HOLD_MARGIN_SECONDS);
    Ok(tx.execute(VERIFY_EMAIL, params![id, now, held_until]).await? == 1)
}

async fn change_password(tx: &mut Tx<'_>, change: &ChangePassword) -> Result<(), StoreFault> {
    if change.verifies_address {
        forget_unproven(tx, &change.account, change.consumed_code.as_ref(), change.now).await?;
    }
    let values = params![&change.account, change.generation, change.password_hash.as_str(), change.now];
    if tx.execute(SET_PASSWORD, values).await? == 0 {
        return Err(StoreFault::GuardLost);
    }
    if let Some(code) = &change.consumed_code {
        codes::consume(tx, code, &change.account, change.now).await?;
    }
    if change.verifies_address {
        prove_address(tx, &change.account, change.welcome.as_ref(), change.now).await?;
    }
    if change.ends_sessions {
        let keep = change.keep_session.as_ref().map_or("", |session| session.as_str());
        tx.execute(END_SESSIONS, params![&change.account, change.now, keep]).await?;
        logouts::tell(tx, &change.account, change.now).await?;
    }
    end_issued(tx, &change.account, change.now).await?;
    outbox::put(tx, &change.notice).await?;
    audit::append(tx, &change.audit).await
}

/// Ends an account's sessions, grants and pending codes. The caller has changed the account's row in the same unit, which
/// keeps new sessions and codes out until it is committed.
pub(super) async fn end_everything(tx: &mut Tx<'_>, account: &AccountId, now: Timestamp) -> Result<(), StoreFault> {
    tx.execute(END_SESSIONS, params![account, now, ""]).await?;
    logouts::tell(tx, account, now).await?;
    end_issued(tx, account, now).await
}

/// Ends an account's grants and pending codes.
async fn end_issued(tx: &mut Tx<'_>, account: &AccountId, now: Timestamp) -> Result<(), StoreFault> {
    tx.execute(REVOKE_GRANTS, params![account, now]).await?;
    tx.execute(VOID_CODES, params![account, now]).await.map(drop)
}
