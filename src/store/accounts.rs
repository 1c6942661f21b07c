//! Accounts. Every change that must end what rests on the old state raises `generation` in the same transaction.

use super::columns::{Columns, json};
use super::{FromRow, Row, Store, StoreFault, Tx, audit, codes, interactions, outbox};
use crate::base::{AccountId, CodeId, EmailAddress, Timestamp};
use crate::model::PasswordHash;
use crate::model::account::{Account, ChangePassword, StandardClaims};
use crate::model::audit::AuditEvent;
use crate::model::interaction::Interaction;
use crate::model::one_time_code::CodeRecord;
use crate::model::outbox::OutboxMail;
use crate::params;

/// The columns of [`Account`], in the order its row reads them.
macro_rules! account_columns {
    () => {
        "a.id, a.email, a.email_verified_at, a.password_hash, a.password_changed_at, a.generation, a.claims, \
         a.created_at, a.updated_at, a.disabled_at"
    };
}
pub(super) use account_columns;

pub(super) const FIND: &str = concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.id = $1");
pub(super) const FIND_BY_EMAIL: &str = concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.email = $1");
pub(super) const SEARCH: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM accounts a WHERE a.email > $1 AND a.email LIKE $2 ESCAPE '!' ORDER BY a.email LIMIT $3"
);
pub(super) const INSERT: &str = "\
INSERT INTO accounts (id, email, email_verified_at, password_hash, password_changed_at, generation, claims, created_at, updated_at) \
VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $7) ON CONFLICT (email) DO NOTHING";
// A second registration of an unproven address voids the first (REG-04).
pub(super) const REPLACE_UNVERIFIED: &str = "\
UPDATE accounts SET password_hash = $2, password_changed_at = $3, claims = $4, generation = generation + 1, updated_at = $3 \
WHERE email = $1 AND email_verified_at IS NULL AND disabled_at IS NULL RETURNING id";
pub(super) const VERIFY_EMAIL: &str = "\
UPDATE accounts SET email_verified_at = $2, updated_at = $2 WHERE id = $1 AND email_verified_at IS NULL";
pub(super) const SET_PASSWORD: &str = "\
UPDATE accounts SET password_hash = $3, password_changed_at = $4, generation = generation + 1, updated_at = $4 \
WHERE id = $1 AND generation = $2 AND disabled_at IS NULL";
pub(super) const REHASH: &str = "UPDATE accounts SET password_hash = $3 WHERE id = $1 AND generation = $2";
pub(super) const SET_CLAIMS: &str =
    "UPDATE accounts SET claims = $3, updated_at = $4 WHERE id = $1 AND updated_at = $2";
pub(super) const OVERWRITE: &str = "\
UPDATE accounts SET email_verified_at = $2, claims = $3, updated_at = $4, disabled_at = NULL, \
password_hash = COALESCE($5, password_hash), \
password_changed_at = CASE WHEN $5 IS NULL THEN password_changed_at ELSE $4 END, \
generation = CASE WHEN $5 IS NULL THEN generation ELSE generation + 1 END \
WHERE email = $1 RETURNING id";
pub(super) const SET_DISABLED: &str = "\
UPDATE accounts SET disabled_at = $2, generation = generation + 1, updated_at = $3 WHERE id = $1";
pub(super) const DELETE: &str = "DELETE FROM accounts WHERE id = $1";
pub(super) const END_SESSIONS: &str =
    "UPDATE sessions SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL AND id <> $3";
pub(super) const REVOKE_GRANTS: &str = "UPDATE grants SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL";
pub(super) const VOID_CODES: &str =
    "UPDATE one_time_codes SET consumed_at = $2 WHERE account_id = $1 AND consumed_at IS NULL";

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
        email_verified_at: columns.time_or_null()?,
        password_hash: columns.text_or_null()?.map(PasswordHash::from_stored),
        password_changed_at: columns.time_or_null()?,
        generation: columns.integer()?,
        claims: columns.json()?,
        created_at: columns.time()?,
        updated_at: columns.time()?,
        disabled_at: columns.time_or_null()?,
    })
}

/// A registration by a person: the account is unproven until the mailed code comes back.
#[derive(Debug, Clone)]
pub struct Register {
    /// The account as it shall be if the address is free.
    pub account: Account,
    /// The code that proves the address; its account is filled in here.
    pub code: CodeRecord,
    /// The mail with the code, for a free or unproven address.
    pub code_mail: OutboxMail,
    /// The mail to the owner of a proven address.
    pub already_registered_mail: OutboxMail,
    /// The interaction to be told what it waits for.
    pub interaction: Interaction,
    /// The record of it.
    pub audit: AuditEvent,
}

/// What became of a [`Register`]. A stranger sees no difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterOutcome {
    /// The account is new.
    Registered(AccountId),
    /// The address was known but unproven: the account now has the new password and name.
    Replaced(AccountId),
    /// The address belongs to somebody, who was told.
    AlreadyRegistered,
    /// The interaction went on in another tab.
    Stale,
}

/// An operator's version of an account, found by its address.
#[derive(Debug, Clone)]
pub struct PutAccount {
    /// The id if it is new.
    pub id: AccountId,
    /// Its address.
    pub email: EmailAddress,
    /// Whether the address counts as proven.
    pub email_verified: bool,
    /// A new password (PHC), if one is to be set.
    pub password_hash: Option<PasswordHash>,
    /// The claims.
    pub claims: StandardClaims,
    /// The moment.
    pub now: Timestamp,
    /// The record of it.
    pub audit: AuditEvent,
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

    /// Accounts whose address contains `part` and comes behind `after`, in order of address.
    pub async fn search_accounts(&self, part: &str, after: &str, limit: i64) -> Result<Vec<Account>, StoreFault> {
        let pattern = format!("%{}%", part.replace('!', "!!").replace('%', "!%").replace('_', "!_"));
        self.read((after.to_owned(), pattern, limit), |db, (after, pattern, limit)| {
            Box::pin(async move { db.all(SEARCH, params![&*after, &*pattern, *limit]).await })
        })
        .await
    }

    /// Registers a person, or does what a stranger cannot tell from it.
    pub async fn register(&self, register: Register) -> Result<RegisterOutcome, StoreFault> {
        self.write(register, |tx, register| Box::pin(register_account(tx, register))).await
    }

    /// Makes an account or changes the one with this address; a new password ends what rested on the old one.
    pub async fn put_account(&self, put: PutAccount) -> Result<(AccountId, super::PutOutcome), StoreFault> {
        self.write(put, |tx, put| Box::pin(put_account(tx, put))).await
    }

    /// Sets a new password. False when the account changed meanwhile or the mailed code was used already.
    pub async fn change_password(&self, change: ChangePassword) -> Result<bool, StoreFault> {
        match self.write(change, |tx, change| Box::pin(change_password(tx, change))).await {
            Err(StoreFault::GuardLost) => Ok(false),
            outcome => outcome,
        }
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

    /// Marks the address as proven by a mailed link, using its code up. False when the code was used already.
    pub async fn verify_address(
        &self,
        id: &AccountId,
        code: &CodeId,
        now: Timestamp,
        audit: AuditEvent,
    ) -> Result<bool, StoreFault> {
        self.write((id.clone(), code.clone(), now, audit), |tx, (id, code, now, audit)| {
            Box::pin(async move {
                if !codes::consume(tx, code, *now).await? {
                    return Ok(false);
                }
                tx.execute(VERIFY_EMAIL, params![&*id, *now]).await?;
                audit::append(tx, audit).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Marks the address as proven by an operator's word. False when it already was or there is no such account.
    pub async fn mark_verified(&self, id: &AccountId, now: Timestamp, audit: AuditEvent) -> Result<bool, StoreFault> {
        self.write((id.clone(), now, audit), |tx, (id, now, audit)| {
            Box::pin(async move {
                if tx.execute(VERIFY_EMAIL, params![&*id, *now]).await? == 0 {
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
            Box::pin(async move {
                if tx.execute(SET_DISABLED, params![&*id, disabled.then_some(*now), *now]).await? == 0 {
                    return Ok(false);
                }
                end_everything(tx, id, "", *now).await?;
                audit::append(tx, audit).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Removes an account with all that hangs on it; its id is never given again. False when there is none.
    pub async fn delete_account(&self, id: &AccountId, audit: AuditEvent) -> Result<bool, StoreFault> {
        self.write((id.clone(), audit), |tx, (id, audit)| {
            Box::pin(async move {
                if tx.execute(DELETE, params![&*id]).await? == 0 {
                    return Ok(false);
                }
                audit::append(tx, audit).await?;
                Ok(true)
            })
        })
        .await
    }
}

async fn register_account(tx: &mut Tx<'_>, register: &Register) -> Result<RegisterOutcome, StoreFault> {
    if !interactions::save(tx, &register.interaction).await? {
        return Ok(RegisterOutcome::Stale);
    }
    let account = &register.account;
    let outcome = if insert(tx, account).await? {
        RegisterOutcome::Registered(account.id.clone())
    } else {
        replace_unverified(tx, account).await?
    };
    let known = match &outcome {
        RegisterOutcome::Registered(id) | RegisterOutcome::Replaced(id) => Some(id),
        RegisterOutcome::AlreadyRegistered | RegisterOutcome::Stale => None,
    };
    let code = CodeRecord { account: known.cloned(), ..register.code.clone() };
    codes::put(tx, &code).await?;
    outbox::put(tx, if known.is_some() { &register.code_mail } else { &register.already_registered_mail }).await?;
    audit::append(tx, &AuditEvent { account: known.cloned(), ..register.audit.clone() }).await?;
    Ok(outcome)
}

async fn insert(tx: &mut Tx<'_>, account: &Account) -> Result<bool, StoreFault> {
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

async fn replace_unverified(tx: &mut Tx<'_>, account: &Account) -> Result<RegisterOutcome, StoreFault> {
    let claims = json(&account.claims);
    let values = params![&account.email, account.password_hash.as_ref(), account.created_at, &claims];
    let Some((id,)) = tx.optional::<(String,)>(REPLACE_UNVERIFIED, values).await? else {
        return Ok(RegisterOutcome::AlreadyRegistered);
    };
    let id: AccountId = id.parse().map_err(|_| super::columns::unexpected(0, "not an id"))?;
    end_everything(tx, &id, "", account.created_at).await?;
    Ok(RegisterOutcome::Replaced(id))
}

async fn put_account(tx: &mut Tx<'_>, put: &PutAccount) -> Result<(AccountId, super::PutOutcome), StoreFault> {
    let account = Account {
        id: put.id.clone(),
        email: put.email.clone(),
        email_verified_at: put.email_verified.then_some(put.now),
        password_hash: put.password_hash.clone(),
        password_changed_at: put.password_hash.as_ref().map(|_| put.now),
        generation: 0,
        claims: put.claims.clone(),
        created_at: put.now,
        updated_at: put.now,
        disabled_at: None,
    };
    let (id, outcome) = if insert(tx, &account).await? {
        (account.id.clone(), super::PutOutcome::Created)
    } else {
        let claims = json(&put.claims);
        let values = params![&put.email, account.email_verified_at, &claims, put.now, put.password_hash.as_ref()];
        let (id,): (String,) = tx.one(OVERWRITE, values).await?;
        let id: AccountId = id.parse().map_err(|_| super::columns::unexpected(0, "not an id"))?;
        if put.password_hash.is_some() {
            end_everything(tx, &id, "", put.now).await?;
        }
        (id, super::PutOutcome::Updated)
    };
    audit::append(tx, &AuditEvent { account: Some(id.clone()), ..put.audit.clone() }).await?;
    Ok((id, outcome))
}

async fn change_password(tx: &mut Tx<'_>, change: &ChangePassword) -> Result<bool, StoreFault> {
    if let Some(code) = &change.consumed_code
        && !codes::consume(tx, code, change.now).await?
    {
        return Ok(false);
    }
    if change.verifies_address {
        tx.execute(VERIFY_EMAIL, params![&change.account, change.now]).await?;
    }
    let values = params![&change.account, change.generation, change.password_hash.as_str(), change.now];
    if tx.execute(SET_PASSWORD, values).await? == 0 {
        return Err(StoreFault::GuardLost);
    }
    let keep = change.keep_session.as_ref().map_or("", |session| session.as_str());
    if change.ends_sessions {
        tx.execute(END_SESSIONS, params![&change.account, change.now, keep]).await?;
    }
    end_issued(tx, &change.account, change.now).await?;
    outbox::put(tx, &change.notice).await?;
    audit::append(tx, &change.audit).await?;
    Ok(true)
}

/// Ends an account's sessions (but the one with id `keep`), grants and pending codes.
pub(super) async fn end_everything(
    tx: &mut Tx<'_>,
    account: &AccountId,
    keep: &str,
    now: Timestamp,
) -> Result<(), StoreFault> {
    tx.execute(END_SESSIONS, params![account, now, keep]).await?;
    end_issued(tx, account, now).await
}

/// Ends an account's grants and pending codes.
async fn end_issued(tx: &mut Tx<'_>, account: &AccountId, now: Timestamp) -> Result<(), StoreFault> {
    tx.execute(REVOKE_GRANTS, params![account, now]).await?;
    tx.execute(VOID_CODES, params![account, now]).await?;
    Ok(())
}
