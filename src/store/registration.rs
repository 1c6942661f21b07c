//! Registration by a person: a new account, or what a stranger cannot tell from one (REG-01, REG-04).

use super::accounts::{self, end_everything};
use super::columns::{json, stored_id};
use super::statement::statements;
use super::{Store, StoreFault, Tx, audit, codes, interactions, outbox};
use crate::base::AccountId;
use crate::base::bounds::USERNAME_HOLD_SECONDS;
use crate::model::account::Account;
use crate::model::audit::AuditEvent;
use crate::model::interaction::Interaction;
use crate::model::one_time_code::CodeRecord;
use crate::model::outbox::OutboxMail;
use crate::params;

statements! {
    // A second registration of an unproven address voids the first (REG-04).
    REPLACE_UNVERIFIED = "\
        UPDATE accounts SET password_hash = $2, password_changed_at = $3, claims = $4, generation = generation + 1, \
        updated_at = $3 WHERE email = $1 AND email_verified_at IS NULL AND disabled_at IS NULL RETURNING id";
    // Kept for the address even if that is somebody's, so that asking for the name again tells nothing (REG-01).
    HOLD_USERNAME = "\
        INSERT INTO username_holds (username, email, expires_at) VALUES ($1, $2, $3) \
        ON CONFLICT (username) DO UPDATE SET email = excluded.email, expires_at = excluded.expires_at \
        WHERE username_holds.email = excluded.email OR username_holds.expires_at <= $4";
    FORGET_OTHER_HOLDS = "DELETE FROM username_holds WHERE email = $1 AND username <> $2";
}

/// A registration by a person: the account is unproven until the mailed code comes back.
#[derive(Debug, Clone)]
pub struct Register {
    /// The account as it shall be if the address is free.
    pub account: Account,
    /// The username the person would like.
    pub username: Option<String>,
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
    /// The username is somebody's or asked for by somebody; nothing was written.
    UsernameTaken,
    /// The interaction went on in another tab.
    Stale,
}

impl Store {
    /// Registers a person, or does what a stranger cannot tell from it.
    pub async fn register(&self, register: Register) -> Result<RegisterOutcome, StoreFault> {
        match self.write(register, |tx, register| Box::pin(register_account(tx, register))).await {
            Err(StoreFault::GuardLost) => Ok(RegisterOutcome::UsernameTaken),
            outcome => outcome,
        }
    }
}

async fn register_account(tx: &mut Tx<'_>, register: &Register) -> Result<RegisterOutcome, StoreFault> {
    if !interactions::save(tx, &register.interaction).await? {
        return Ok(RegisterOutcome::Stale);
    }
    let account = &register.account;
    hold_username(tx, account, register.username.as_deref().unwrap_or_default()).await?;
    let outcome = if accounts::insert(tx, account).await? {
        RegisterOutcome::Registered(account.id.clone())
    } else {
        replace_unverified(tx, account).await?
    };
    let known = match &outcome {
        RegisterOutcome::Registered(id) | RegisterOutcome::Replaced(id) => Some(id),
        RegisterOutcome::AlreadyRegistered | RegisterOutcome::UsernameTaken | RegisterOutcome::Stale => None,
    };
    let code = CodeRecord { account: known.cloned(), ..register.code.clone() };
    codes::put(tx, &code).await?;
    outbox::put(tx, if known.is_some() { &register.code_mail } else { &register.already_registered_mail }).await?;
    audit::append(tx, &AuditEvent { account: known.cloned(), ..register.audit.clone() }).await?;
    Ok(outcome)
}

/// Keeps `username` for the address, in place of what was asked for with it before.
async fn hold_username(tx: &mut Tx<'_>, account: &Account, username: &str) -> Result<(), StoreFault> {
    if !username.is_empty() {
        let until = account.created_at.plus_seconds(USERNAME_HOLD_SECONDS);
        let values = params![username, &account.email, until, account.created_at];
        // Whoever gets the name meanwhile held it, so that one of the two finds it.
        let owner: Option<(String,)> = tx.optional(accounts::FIND_USERNAME, params![username]).await?;
        if owner.is_some() || tx.execute(HOLD_USERNAME, values).await? == 0 {
            return Err(StoreFault::GuardLost);
        }
    }
    tx.execute(FORGET_OTHER_HOLDS, params![&account.email, username]).await.map(drop)
}

async fn replace_unverified(tx: &mut Tx<'_>, account: &Account) -> Result<RegisterOutcome, StoreFault> {
    let claims = json(&account.claims);
    let values = params![&account.email, account.password_hash.as_ref(), account.created_at, &claims];
    let Some((id,)) = tx.optional::<(String,)>(REPLACE_UNVERIFIED, values).await? else {
        return Ok(RegisterOutcome::AlreadyRegistered);
    };
    let id: AccountId = stored_id(0, &id)?;
    end_everything(tx, &id, account.created_at).await?;
    Ok(RegisterOutcome::Replaced(id))
}
