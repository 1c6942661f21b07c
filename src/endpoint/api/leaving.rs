//! `/api/v1/export` and `/api/v1/account`: one's own copy of everything that is kept, deleting the account, and restoring
//! it.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde_json::Value;

use super::Tag;
use super::body::Body;
use super::caller::Caller;
use super::email::{Done, Token, by_token};
use super::problem::{Refusals, RefusedAs};
use super::visitor::Visitor;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::leaving::{delete, export, restore};

/// The operations.
pub struct LeavingApi;

/// How these operations refuse.
pub struct OfLeaving;

impl Refusals for OfLeaving {
    const OWN: &'static [(u16, &'static str)] = &[
        (403, "`current_password_wrong`, `sign_in_too_old`, `forbidden`, `cross_site`"),
        (409, "`overtaken`, `last_administrator`"),
    ];
}

/// How a restoration is refused.
pub struct OfRestoration;

impl Refusals for OfRestoration {
    const OWN: &'static [(u16, &'static str)] = &[
        (403, "`cross_site`"),
        (404, "`token_unknown`: the token is unknown, used, or too old."),
        (409, "`account_locked`"),
    ];
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Account")]
impl LeavingApi {
    /// A copy of everything that is kept about the person
    ///
    /// By cookie, or by a token of a first-party client. One document with the members `issuer`, `exported_at`,
    /// `account`, `profile`, `addresses`, `sessions`, `identities`, `consents` and `audit`; times are seconds since 1970. It
    /// holds no secrets.
    #[oai(path = "/export", method = "get", operation_id = "exportData")]
    async fn export(
        &self,
        caller: Caller,
        exchange: Data<&Arc<Exchange>>,
    ) -> Result<Json<Value>, RefusedAs<OfLeaving>> {
        let person = caller.acting_as_person()?.account;
        Ok(Json(export(&exchange, &person).await?))
    }

    /// Deletes the account
    ///
    /// By cookie, or by a token of a first-party client. Every session and token ends at once and nobody can sign in; in
    /// seven days the account is erased. Until then the token in the mail to the owner restores it. Who has no password
    /// must have signed in within the last minutes.
    #[oai(path = "/account", method = "delete", operation_id = "deleteAccount")]
    async fn delete(
        &self,
        caller: Caller,
        exchange: Data<&Arc<Exchange>>,
        body: Body<Farewell>,
    ) -> Result<Deleted, RefusedAs<OfLeaving>> {
        let me = caller.acting_as_person()?.into_oneself();
        let mut draw = exchange.draw()?;
        let erased_from = delete(&exchange, &me, body.0.password.as_deref(), &mut draw).await?;
        Ok(Deleted::Deleted(Json(Erasure { erased_at: erased_from.seconds() })))
    }

    /// Restores a deleted account
    ///
    /// By the token in the mail to the owner; no other credentials are needed. Nobody is signed in by it. An account that
    /// an administrator locked as well will not be erased, but stays locked.
    #[oai(path = "/account/restore", method = "post", operation_id = "restoreAccount")]
    async fn restore(&self, visitor: Visitor, body: Body<Token>) -> Result<Done, RefusedAs<OfRestoration>> {
        restore(&visitor, &body.0.token).await.map_err(by_token)?;
        Ok(Done::Done)
    }
}

/// The password once more.
#[derive(Debug, Object)]
#[oai(rename = "AccountDeletion", deny_unknown_fields)]
struct Farewell {
    /// The present password. Who has none leaves it out.
    password: Option<String>,
}

/// When a deleted account is erased.
#[derive(Debug, Object)]
struct Erasure {
    /// When it is erased, in seconds since 1970. Until then it can be restored.
    erased_at: i64,
}

/// The account is deleted.
#[derive(ApiResponse)]
enum Deleted {
    /// The account is deleted, and waits to be erased.
    #[oai(status = 202)]
    Deleted(Json<Erasure>),
}
