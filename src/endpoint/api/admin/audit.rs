//! `/api/v1/admin/audit`: the record of who did what, searched. Proving and exporting it whole is the shell's business.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Enum, Object, OpenApi};
use serde_json::{Map, Value};

use super::super::Tag;
use super::super::problem::Refused;
use super::{Administrator, cursor, rows};
use crate::base::{AccountId, Timestamp};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::model::audit::{AuditEntry, AuditOutcome};
use crate::store::AuditFilter;

/// The operations.
pub struct AuditApi;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Tag::Admin")]
impl AuditApi {
    /// Entries of the audit log, newest first
    ///
    /// All that are given must fit. A page looks through a bounded part of the log: it may be short, even empty, and still
    /// have a `next`.
    #[oai(path = "/audit", method = "get", operation_id = "adminListAudit")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the address")]
    async fn list(
        &self,
        _administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// About this account.
        account: Query<Option<String>>,
        /// By this account.
        actor: Query<Option<String>>,
        /// About this client.
        client_id: Query<Option<String>>,
        /// Of this name, or, with a dot at the end, beginning so: `session.`
        action: Query<Option<String>>,
        /// How it ended.
        outcome: Query<Option<Outcome>>,
        /// Of this request.
        request_id: Query<Option<String>>,
        /// Not before, in seconds since 1970.
        since: Query<Option<i64>>,
        /// Before, in seconds since 1970.
        until: Query<Option<i64>>,
        /// Where to go on: the `next` of the page before.
        #[oai(validator(max_length = 64))]
        before: Query<Option<String>>,
        /// How many at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<i64>>,
    ) -> Result<Json<AdminAudit>, Refused> {
        let filter = AuditFilter {
            account: id(account.0)?,
            actor: id(actor.0)?,
            client_id: client_id.0,
            action: action.0,
            outcome: outcome.0.map(|outcome| outcome.as_str().to_owned()),
            request_id: request_id.0,
            since: since.0.map(Timestamp::from_seconds),
            until: until.0.map(Timestamp::from_seconds),
        };
        let page = exchange.context.store.search_audit(&filter, &cursor(before.0)?, rows(limit.0)).await?;
        Ok(Json(AdminAudit { entries: page.entries.into_iter().map(shown).collect(), next: page.next }))
    }
}

fn id(text: Option<String>) -> Result<Option<AccountId>, Failure> {
    text.map(|text| text.parse().map_err(|_| HttpRefusal::FieldMalformed.into())).transpose()
}

/// How something ended.
#[derive(Debug, Enum)]
#[oai(rename = "AuditOutcome", rename_all = "snake_case")]
enum Outcome {
    /// It was done.
    Success,
    /// It was refused.
    Failure,
}

impl Outcome {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Success => AuditOutcome::Success.as_str(),
            Self::Failure => AuditOutcome::Failure.as_str(),
        }
    }
}

/// A page of the log.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct AdminAudit {
    /// Newest first.
    entries: Vec<AdminAuditEntry>,
    /// Where the next page begins, if there may be one.
    next: Option<String>,
}

/// What was done.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct AdminAuditEntry {
    /// Its name. The half behind the dash changes once, when the entry is sealed.
    id: String,
    /// When, in seconds since 1970.
    at: i64,
    /// What.
    action: String,
    /// `success` or `failure`; `unknown` in entries of older versions.
    outcome: String,
    /// Who: `person`, `stranger`, `client`, `administrator`, `operator` or `server`; `unknown` in entries of older
    /// versions.
    actor: String,
    /// The actor's account.
    actor_id: Option<String>,
    /// Whose account.
    account: Option<String>,
    /// Which client.
    client_id: Option<String>,
    /// Where from.
    ip: Option<String>,
    /// The request it belongs to.
    request_id: String,
    /// Further facts.
    detail: Any<Map<String, Value>>,
    /// Whether account or actor were erased.
    erased: bool,
    /// Its place in the chain, once it is sealed.
    position: Option<i64>,
    /// Its digest, once it is sealed.
    digest: Option<String>,
}

fn shown(entry: AuditEntry) -> AdminAuditEntry {
    AdminAuditEntry {
        erased: entry.subject_erased_at.or(entry.actor_erased_at).is_some(),
        position: entry.seal.as_ref().map(|seal| seal.position),
        digest: entry.seal.map(|seal| seal.digest.as_str().to_owned()),
        id: entry.id,
        at: entry.at.seconds(),
        action: entry.action,
        outcome: entry.outcome,
        actor: entry.actor,
        actor_id: entry.actor_id.map(|id| id.to_string()),
        account: entry.account.map(|id| id.to_string()),
        client_id: entry.client_id,
        ip: entry.ip,
        request_id: entry.request_id,
        detail: Any(entry.detail),
    }
}
