//! The audit log: appended to, never changed.

use serde_json::{Map, Value as Json};

use super::columns::{Columns, json};
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx};
use crate::base::secret::keyed_digest;
use crate::base::{AccountId, Timestamp};
use crate::model::audit::AuditEvent;
use crate::params;

statements! {
    APPEND = "\
        INSERT INTO audit_log (id, at, action, account_id, client_id, ip, request_id, detail) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING";
    LIST = "\
        SELECT id, at, action, account_id, client_id, ip, request_id, detail FROM audit_log \
        WHERE id < $1 ORDER BY id DESC LIMIT $2";
    LIST_OF = "\
        SELECT id, at, action, account_id, client_id, ip, request_id, detail FROM audit_log \
        WHERE account_id = $1 ORDER BY id DESC LIMIT $2";
    FORGET_PERSON = "UPDATE audit_log SET ip = NULL, detail = '{}' WHERE account_id = $1";
}

/// An entry as it was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Sorts by time.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: String,
    /// Whose account.
    pub account: Option<AccountId>,
    /// Which client.
    pub client_id: Option<String>,
    /// Where from.
    pub ip: Option<String>,
    /// The request it belongs to.
    pub request_id: String,
    /// Further facts.
    pub detail: Map<String, Json>,
}

impl FromRow for AuditEntry {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            id: columns.text()?,
            at: columns.time()?,
            action: columns.text()?,
            account: columns.id_or_null()?,
            client_id: columns.text_or_null()?,
            ip: columns.text_or_null()?,
            request_id: columns.text()?,
            detail: columns.json()?,
        })
    }
}

impl Store {
    /// Appends an entry on its own, for events that change nothing else.
    pub async fn append_audit(&self, event: AuditEvent) -> Result<(), StoreFault> {
        self.write(event, |tx, event| Box::pin(append(tx, event))).await
    }

    /// The newest entries before the one called `before`; an empty text starts at the newest.
    pub async fn list_audit(&self, before: &str, limit: i64) -> Result<Vec<AuditEntry>, StoreFault> {
        // Ids are hexadecimal, so "g" comes behind all of them.
        let before = if before.is_empty() { "g".to_owned() } else { before.to_owned() };
        self.read((before, limit), |db, (before, limit)| {
            Box::pin(async move { db.all(LIST, params![&*before, *limit]).await })
        })
        .await
    }

    /// The newest entries about one account.
    pub async fn list_audit_of(&self, account: &AccountId, limit: i64) -> Result<Vec<AuditEntry>, StoreFault> {
        self.read((account.clone(), limit), |db, (account, limit)| {
            Box::pin(async move { db.all(LIST_OF, params![&*account, *limit]).await })
        })
        .await
    }
}

/// Erases what the entries about a person know beyond what was done and when.
pub(super) async fn forget_person(tx: &mut Tx<'_>, account: &AccountId) -> Result<(), StoreFault> {
    tx.execute(FORGET_PERSON, params![account]).await.map(drop)
}

/// Appends an entry within a unit of work.
pub(super) async fn append(tx: &mut Tx<'_>, event: &AuditEvent) -> Result<(), StoreFault> {
    let detail = json(&event.detail);
    let id = id_of(event, &detail);
    tx.execute(
        APPEND,
        params![
            &id,
            event.at,
            event.action.as_str(),
            event.account.as_ref(),
            &event.client_id,
            &event.ip,
            &event.request_id,
            &detail
        ],
    )
    .await?;
    Ok(())
}

/// An entry's id: its time, so that entries sort by it, and a digest of the rest, so that entries of the same moment
/// stay apart and one that is written again (a unit of work that is retried) stays one.
fn id_of(event: &AuditEvent, detail: &str) -> String {
    let account = event.account.as_ref().map_or("", |account| account.as_str());
    let client = event.client_id.as_deref().unwrap_or_default();
    let digest = keyed_digest(b"audit", &[&event.request_id, event.action.as_str(), account, client, detail]);
    let tail = digest.iter().take(8).fold(0_u64, |tail, byte| tail << 8 | u64::from(*byte));
    format!("{:016x}-{tail:016x}", event.at.micros().max(0))
}
