//! `/api/v1/admin/accounts`: finding people, letting them in or not, and removing them.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::super::Tag;
use super::super::problem::Refused;
use super::{Administrator, Done, account, cursor, done, reset, rows};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::Failure;
use crate::model::account::{Account, Administration};
use crate::model::audit::AuditAction;

/// The operations.
pub struct AccountsApi;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Tag::Admin")]
impl AccountsApi {
    /// Accounts in order of address
    ///
    /// A page looks through a bounded part of them: it may be short, even empty, and still have a `next`.
    #[oai(path = "/accounts", method = "get", operation_id = "adminListAccounts")]
    async fn list(
        &self,
        _administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// Part of the address, a name or the username, in whatever case.
        #[oai(validator(max_length = 200))]
        search: Query<Option<String>>,
        /// Where to go on: the `next` of the page before.
        #[oai(validator(max_length = 320))]
        after: Query<Option<String>>,
        /// How many at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<i64>>,
    ) -> Result<Json<AdminAccounts>, Refused> {
        let (search, after) = (search.0.unwrap_or_default(), cursor(after.0)?);
        let page = exchange.context.store.look_for_accounts(&search, &after, rows(limit.0)).await?;
        let mut accounts = Vec::with_capacity(page.accounts.len());
        for account in &page.accounts {
            accounts.push(shown(&exchange, account).await?);
        }
        Ok(Json(AdminAccounts { accounts, next: page.next }))
    }

    /// One account
    #[oai(path = "/accounts/:id", method = "get", operation_id = "adminReadAccount")]
    async fn read(
        &self,
        _administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
    ) -> Result<Json<AdminAccount>, Refused> {
        Ok(Json(shown(&exchange, &account(&exchange, &id.0).await?).await?))
    }

    /// Removes an account
    ///
    /// With everything that hangs on it, and with what the audit log says about the person. The last administrator stays
    /// (`last_administrator`).
    #[oai(path = "/accounts/:id", method = "delete", operation_id = "adminDeleteAccount")]
    async fn delete(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
    ) -> Result<Done, Refused> {
        administer(&exchange, &administrator, &id.0, (Administration::Delete, AuditAction::AccountDeleted)).await?;
        Ok(Done::Done)
    }

    /// Lets nobody in
    ///
    /// Sessions, tokens and pending codes end. The last administrator stays (`last_administrator`).
    #[oai(path = "/accounts/:id/lock", method = "post", operation_id = "adminLockAccount")]
    async fn lock(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
    ) -> Result<Json<AdminAccount>, Refused> {
        let act = (Administration::Lock, AuditAction::AccountLocked);
        administer(&exchange, &administrator, &id.0, act).await?;
        Ok(Json(shown(&exchange, &account(&exchange, &id.0).await?).await?))
    }

    /// Lets somebody in again
    ///
    /// Failed sign-ins and wrong codes that were counted against the account are forgotten, whether it was locked or not.
    #[oai(path = "/accounts/:id/unlock", method = "post", operation_id = "adminUnlockAccount")]
    async fn unlock(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
    ) -> Result<Json<AdminAccount>, Refused> {
        let act = (Administration::Unlock, AuditAction::AccountLocked);
        administer(&exchange, &administrator, &id.0, act).await?;
        Ok(Json(shown(&exchange, &account(&exchange, &id.0).await?).await?))
    }

    /// Counts the address as proven
    ///
    /// Doing so twice changes nothing the second time.
    #[oai(path = "/accounts/:id/verify", method = "post", operation_id = "adminVerifyAccount")]
    async fn verify(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
    ) -> Result<Json<AdminAccount>, Refused> {
        let found = account(&exchange, &id.0).await?;
        let audit = administrator.event(&exchange, AuditAction::AddressVerified, Some(&found.id));
        exchange.context.store.mark_verified(&found.id, exchange.now, audit).await?;
        Ok(Json(shown(&exchange, &account(&exchange, &id.0).await?).await?))
    }

    /// Mails a link to set a new password
    ///
    /// To the account's own address. Nobody but its reader chooses or sees the password; the present one works until then.
    #[oai(path = "/accounts/:id/reset", method = "post", operation_id = "adminResetAccount")]
    async fn reset(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
    ) -> Result<Mailed, Refused> {
        let found = account(&exchange, &id.0).await?;
        reset::start(&exchange, &administrator, &found).await?;
        Ok(Mailed::Mailed)
    }
}

/// A mail is on its way.
#[derive(ApiResponse)]
enum Mailed {
    /// The mail waits to be sent.
    #[oai(status = 202)]
    Mailed,
}

/// A page of accounts.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct AdminAccounts {
    /// In order of address.
    accounts: Vec<AdminAccount>,
    /// Where the next page begins, if there may be one.
    next: Option<String>,
}

/// An account as an administrator sees it.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub(super) struct AdminAccount {
    /// Its id; also the `sub` of tokens.
    id: String,
    /// The address that signs in.
    email: String,
    /// Since when the address is proven, in seconds since 1970.
    email_verified_at: Option<i64>,
    /// Full name.
    name: Option<String>,
    /// The name that no other account has.
    username: Option<String>,
    /// Shorthand name; not unique.
    preferred_username: Option<String>,
    /// BCP 47 language tag.
    locale: Option<String>,
    /// What the person may do.
    roles: Vec<String>,
    /// What the person belongs to.
    groups: Vec<String>,
    /// Whether nobody may enter.
    locked: bool,
    /// Since when, in seconds since 1970.
    locked_at: Option<i64>,
    /// When everything in it is erased, in seconds since 1970, because its owner deleted it. Unlocking keeps it.
    erased_from: Option<i64>,
    /// Whether there is a password; without one the person signs in by mailed code.
    has_password: bool,
    /// When the password was last set, in seconds since 1970.
    password_changed_at: Option<i64>,
    /// When the account was made, in seconds since 1970.
    created_at: i64,
    /// When it was last changed, in seconds since 1970.
    updated_at: i64,
}

pub(super) async fn shown(exchange: &Exchange, account: &Account) -> Result<AdminAccount, Failure> {
    let deletion = match account.disabled_at {
        Some(_) => exchange.context.store.find_deletion_of(&account.id).await?,
        None => None,
    };
    Ok(AdminAccount {
        id: account.id.to_string(),
        email: account.email.to_string(),
        email_verified_at: account.email_verified_at.map(crate::base::Timestamp::seconds),
        name: account.claims.name.clone(),
        username: account.username.clone(),
        preferred_username: account.claims.preferred_username.clone(),
        locale: account.claims.locale.clone(),
        roles: account.roles.as_slice().to_vec(),
        groups: account.groups.as_slice().to_vec(),
        locked: account.disabled_at.is_some(),
        locked_at: account.disabled_at.map(crate::base::Timestamp::seconds),
        erased_from: deletion.map(|deletion| deletion.expires_at.seconds()),
        has_password: account.password_hash.is_some(),
        password_changed_at: account.password_changed_at.map(crate::base::Timestamp::seconds),
        created_at: account.created_at.seconds(),
        updated_at: account.updated_at.seconds(),
    })
}

/// Does something to an account and records it.
pub(super) async fn administer(
    exchange: &Exchange,
    administrator: &Administrator,
    id: &str,
    (act, action): (Administration, AuditAction),
) -> Result<(), Failure> {
    let target = account(exchange, id).await?.id;
    let mut audit = administrator.event(exchange, action, Some(&target));
    if action == AuditAction::AccountLocked {
        audit.detail.insert("locked".to_owned(), (act == Administration::Lock).into());
    }
    done(exchange.context.store.administer(&target, act, audit).await?)
}
