//! Accounts made and changed by an operator. Doing the same twice changes nothing the second time.

use super::accounts::{self, account_columns, end_everything};
use super::columns::json;
use super::statement::statements;
use super::{Store, StoreFault, Tx, audit};
use crate::base::{AccountId, EmailAddress, Names, Timestamp};
use crate::model::PasswordHash;
use crate::model::account::{Account, StandardClaims};
use crate::model::audit::AuditEvent;
use crate::params;

statements! {
    HOLD_BY_EMAIL =
        concat!("SELECT ", account_columns!(), " FROM accounts a WHERE a.email = $1 FOR NO KEY UPDATE");
    OVERWRITE = "\
        UPDATE accounts SET email_verified_at = $2, password_hash = $3, password_changed_at = $4, generation = $5, \
        claims = $6, updated_at = $7 WHERE id = $1";
}

/// An operator's version of an account, found by its address. Whether the account is disabled is not its business.
#[derive(Debug, Clone)]
pub struct PutAccount {
    /// The id if it is new.
    pub id: AccountId,
    /// Its address.
    pub email: EmailAddress,
    /// Whether the operator vouches for the address. A proof that is there already stays in either case.
    pub email_verified: bool,
    /// A password to be set (PHC). Hashes are salted, so whether it is the present one anyway was found out before.
    pub password_hash: Option<PasswordHash>,
    /// The claims.
    pub claims: StandardClaims,
    /// The moment.
    pub now: Timestamp,
    /// The record of it.
    pub audit: AuditEvent,
}

/// Whether something was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutOutcome {
    /// It is new.
    Created,
    /// It was there and is different now.
    Updated,
    /// It was there just so; nothing was written or recorded.
    Unchanged,
}

impl Store {
    /// Makes an account or changes the one with this address; a new password ends what rested on the old one.
    pub async fn put_account(&self, put: PutAccount) -> Result<(AccountId, PutOutcome), StoreFault> {
        self.write(put, |tx, put| Box::pin(put_account(tx, put))).await
    }
}

async fn put_account(tx: &mut Tx<'_>, put: &PutAccount) -> Result<(AccountId, PutOutcome), StoreFault> {
    let new = account_of(put);
    let (id, outcome) = if accounts::insert(tx, &new).await? {
        (new.id, PutOutcome::Created)
    } else {
        let found: Option<Account> = tx.optional(HOLD_BY_EMAIL, params![&put.email]).await?;
        // Removed between the two statements, which only PostgreSQL lets happen: the next attempt makes it anew.
        let found = found.ok_or(StoreFault::Contended)?;
        let outcome = overwrite(tx, &found, &new).await?;
        (found.id, outcome)
    };
    if outcome != PutOutcome::Unchanged {
        audit::append(tx, &AuditEvent { account: Some(id.clone()), ..put.audit.clone() }).await?;
    }
    Ok((id, outcome))
}

fn account_of(put: &PutAccount) -> Account {
    Account {
        id: put.id.clone(),
        email: put.email.clone(),
        username: None,
        email_verified_at: put.email_verified.then_some(put.now),
        password_hash: put.password_hash.clone(),
        password_changed_at: put.password_hash.as_ref().map(|_| put.now),
        generation: 0,
        claims: put.claims.clone(),
        created_at: put.now,
        updated_at: put.now,
        disabled_at: None,
        roles: Names::none(),
        groups: Names::none(),
    }
}

async fn overwrite(tx: &mut Tx<'_>, found: &Account, new: &Account) -> Result<PutOutcome, StoreFault> {
    let is_new_password = new.password_hash.is_some();
    let email_verified_at = found.email_verified_at.or(new.email_verified_at);
    if !is_new_password && email_verified_at == found.email_verified_at && new.claims == found.claims {
        return Ok(PutOutcome::Unchanged);
    }
    let claims = json(&new.claims);
    let values = params![
        &found.id,
        email_verified_at,
        new.password_hash.as_ref().or(found.password_hash.as_ref()),
        new.password_changed_at.or(found.password_changed_at),
        found.generation + i64::from(is_new_password),
        &claims,
        new.updated_at
    ];
    tx.execute(OVERWRITE, values).await?;
    if is_new_password {
        end_everything(tx, &found.id, new.updated_at).await?;
    }
    Ok(PutOutcome::Updated)
}
