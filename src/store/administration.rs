//! What administrators do to the accounts of others: under the guard that one who may administer is left (API-10).
//!
//! What a person does to their own account is in `accounts`; what an operator's file says in `provisioning`.

use super::accounts::{self, end_everything};
use super::columns::Columns;
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx, audit, codes, outbox, throttles};
use crate::base::bounds::{SEARCH_WINDOW_ROWS, SEARCH_WINDOWS_MAX};
use crate::base::{AccountId, EmailAddress};
use crate::model::CodeRecord;
use crate::model::account::{ADMIN, Account, Administration, AdministrationOutcome, ChangeMembership};
use crate::model::audit::AuditEvent;
use crate::model::outbox::OutboxMail;
use crate::model::{ThrottleKey, ThrottlePurpose};
use crate::params;

statements! {
    // The words of the index. Of two that take each other's role away at once, the second waits here and then finds only
    // itself.
    HOLD_ADMINISTRATORS = "\
        SELECT a.id FROM accounts a WHERE replace(' ' || a.roles || ' ', ' admin ', '') <> ' ' || a.roles || ' ' \
        AND a.disabled_at IS NULL AND a.email_verified_at IS NOT NULL ORDER BY a.id FOR NO KEY UPDATE";
    SET_MEMBERSHIP = "\
        UPDATE accounts SET roles = $3, group_names = $4, updated_at = $5 WHERE id = $1 AND updated_at = $2";
    RAISE_GENERATION = "UPDATE accounts SET generation = generation + 1 WHERE id = $1";
    HOLD_LOCKED = "SELECT a.disabled_at, a.email FROM accounts a WHERE a.id = $1 FOR NO KEY UPDATE";
}

/// A reset that an administrator starts: the mail goes to the account's own address, and only there (RST-08, RST-13).
#[derive(Debug, Clone)]
pub struct StartReset {
    /// The code whose link is mailed; its digits nobody learns.
    pub code: CodeRecord,
    /// The mail.
    pub mail: OutboxMail,
    /// The record of it.
    pub audit: AuditEvent,
}

/// A part of the accounts.
#[derive(Debug, Clone)]
pub struct AccountPage {
    /// The accounts, in order of address.
    pub accounts: Vec<Account>,
    /// The address behind which the next page begins, if there may be one.
    pub next: Option<String>,
}

/// An account whose row is held.
struct Held {
    is_locked: bool,
    email: EmailAddress,
}

impl FromRow for Held {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self { is_locked: columns.time_or_null()?.is_some(), email: columns.email()? })
    }
}

impl Store {
    /// Changes roles and groups.
    pub async fn change_membership(&self, change: ChangeMembership) -> Result<AdministrationOutcome, StoreFault> {
        self.write(change, |tx, change| Box::pin(change_membership(tx, change))).await
    }

    /// Does something to an account, unless nobody would be left to administer.
    pub async fn administer(
        &self,
        account: &AccountId,
        act: Administration,
        audit: AuditEvent,
    ) -> Result<AdministrationOutcome, StoreFault> {
        self.write((account.clone(), act, audit), |tx, (account, act, audit)| {
            Box::pin(administer(tx, account, act, audit))
        })
        .await
    }

    /// Keeps the code of a reset and its mail.
    pub async fn start_reset(&self, reset: StartReset) -> Result<(), StoreFault> {
        self.write(reset, |tx, reset| {
            Box::pin(async move {
                codes::put(tx, &reset.code).await?;
                outbox::put(tx, &reset.mail).await?;
                audit::append(tx, &reset.audit).await
            })
        })
        .await
    }

    /// Accounts behind the address `after` whose address, name or username contains `text`, whatever the case. Looks
    /// through a bounded part of them; a page may be short, even empty, and yet have a next one.
    pub async fn look_for_accounts(&self, text: &str, after: &str, limit: usize) -> Result<AccountPage, StoreFault> {
        let (text, mut cursor, mut accounts) = (text.to_lowercase(), after.to_owned(), Vec::new());
        for _ in 0..SEARCH_WINDOWS_MAX {
            let window = self.search_accounts("", &cursor, SEARCH_WINDOW_ROWS).await?;
            let is_last = i64::try_from(window.len()).unwrap_or(i64::MAX) < SEARCH_WINDOW_ROWS;
            for account in window {
                account.email.as_str().clone_into(&mut cursor);
                if is_called(&account, &text) {
                    accounts.push(account);
                }
                if accounts.len() == limit {
                    return Ok(AccountPage { accounts, next: Some(cursor) });
                }
            }
            if is_last {
                return Ok(AccountPage { accounts, next: None });
            }
        }
        Ok(AccountPage { accounts, next: Some(cursor) })
    }
}

/// Whether address, name or username contain `text`, which is in small letters.
fn is_called(account: &Account, text: &str) -> bool {
    let claims = &account.claims;
    let names = [&claims.name, &claims.given_name, &claims.family_name, &claims.nickname, &claims.preferred_username];
    let names = names.into_iter().chain([&account.username]).flatten().map(String::as_str);
    std::iter::once(account.email.as_str()).chain(names).any(|name| name.to_lowercase().contains(text))
}

async fn change_membership(tx: &mut Tx<'_>, change: &ChangeMembership) -> Result<AdministrationOutcome, StoreFault> {
    let gives_up = change.keeps_an_administrator && !change.roles.contains(ADMIN);
    if gives_up && is_last_administrator(tx, &change.account).await? {
        return Ok(AdministrationOutcome::LastAdministrator);
    }
    let (roles, groups) = (change.roles.to_words(), change.groups.to_words());
    let values = params![&change.account, change.read_at, &roles, &groups, change.audit.at];
    if tx.execute(SET_MEMBERSHIP, values).await? == 0 {
        return Ok(AdministrationOutcome::Overtaken);
    }
    audit::append(tx, &change.audit).await?;
    Ok(AdministrationOutcome::Done)
}

async fn administer(
    tx: &mut Tx<'_>,
    account: &AccountId,
    act: &Administration,
    audit: &AuditEvent,
) -> Result<AdministrationOutcome, StoreFault> {
    let shuts_out = matches!(act, Administration::Lock | Administration::Delete);
    if shuts_out && is_last_administrator(tx, account).await? {
        return Ok(AdministrationOutcome::LastAdministrator);
    }
    let is_done = match act {
        Administration::Lock => accounts::set_disabled(tx, account, Some(audit.at), audit).await?,
        Administration::Unlock => unlock(tx, account, audit).await?,
        Administration::EndSessions => end_sessions(tx, account, audit).await?,
        Administration::Delete => accounts::delete(tx, account, audit).await?,
    };
    Ok(if is_done { AdministrationOutcome::Done } else { AdministrationOutcome::Absent })
}

/// Whether nobody would be left to administer without `account` (API-10). Their rows stay held.
pub(super) async fn is_last_administrator(tx: &mut Tx<'_>, account: &AccountId) -> Result<bool, StoreFault> {
    let held: Vec<(String,)> = tx.all(HOLD_ADMINISTRATORS, params![]).await?;
    Ok(held.len() == 1 && held[0].0 == account.as_str())
}

/// Whoever was not locked keeps their sessions.
async fn unlock(tx: &mut Tx<'_>, account: &AccountId, audit: &AuditEvent) -> Result<bool, StoreFault> {
    let found: Option<Held> = tx.optional(HOLD_LOCKED, params![account]).await?;
    let Some(held) = found else { return Ok(false) };
    throttles::forget_account(tx, account, audit.at).await?;
    throttles::forget(tx, &[ThrottleKey::address(ThrottlePurpose::MailAddress, &held.email)]).await?;
    if held.is_locked {
        return accounts::set_disabled(tx, account, None, audit).await;
    }
    audit::append(tx, audit).await.map(|()| true)
}

/// A sign-in that was under way when this was decided fails.
async fn end_sessions(tx: &mut Tx<'_>, account: &AccountId, audit: &AuditEvent) -> Result<bool, StoreFault> {
    if tx.execute(RAISE_GENERATION, params![account]).await? == 0 {
        return Ok(false);
    }
    end_everything(tx, account, audit.at).await?;
    audit::append(tx, audit).await?;
    Ok(true)
}
