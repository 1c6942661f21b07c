//! The audit log: appended to by whatever it records, in the same unit of work, and read from its newest end.
//!
//! Appending is a plain insert that waits for nobody. Sealing entries into the chain is `audit_seal`'s business, taking
//! personal data out of them `audit_erasure`'s.

use super::columns::{Columns, json};
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx};
use crate::base::bounds::{SEARCH_WINDOW_ROWS, SEARCH_WINDOWS_MAX};
use crate::base::secret::keyed_digest;
use crate::base::{AccountId, Timestamp};
use crate::model::audit::{Actor, AuditEntry, AuditEvent, Commitment, Seal};
use crate::params;

/// The columns of [`AuditEntry`], in the order its row reads them.
macro_rules! audit_columns {
    () => {
        "id, at, action, actor, actor_id, outcome, account_id, client_id, ip, request_id, detail, subject_erased_at, \
         actor_erased_at, position, previous, digest, subject_commitment, subject_salt, actor_commitment, actor_salt"
    };
}
pub(super) use audit_columns;

statements! {
    APPEND = "\
        INSERT INTO audit_log (id, at, action, account_id, client_id, ip, request_id, detail, actor, actor_id, outcome) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING";
    LIST = concat!("SELECT ", audit_columns!(), " FROM audit_log WHERE id < $1 ORDER BY id DESC LIMIT $2");
    LIST_OF_ACCOUNT = concat!(
        "SELECT ", audit_columns!(), " FROM audit_log WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
    );
    LIST_OF_ACTOR = concat!(
        "SELECT ", audit_columns!(), " FROM audit_log WHERE actor_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
    );
}

impl FromRow for AuditEntry {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            id: columns.text()?,
            at: columns.time()?,
            action: columns.text()?,
            actor: columns.text()?,
            actor_id: columns.id_or_null()?,
            outcome: columns.text()?,
            account: columns.id_or_null()?,
            client_id: columns.text_or_null()?,
            ip: columns.text_or_null()?,
            request_id: columns.text()?,
            detail: columns.json()?,
            subject_erased_at: columns.time_or_null()?,
            actor_erased_at: columns.time_or_null()?,
            seal: read_seal(&mut columns)?,
        })
    }
}

fn read_seal(columns: &mut Columns<'_, '_>) -> Result<Option<Seal>, StoreFault> {
    let Some(position) = columns.integer_or_null()? else { return Ok(None) };
    Ok(Some(Seal {
        position,
        previous: columns.digest()?,
        digest: columns.digest()?,
        subject: read_commitment(columns)?,
        actor: read_commitment(columns)?,
    }))
}

fn read_commitment(columns: &mut Columns<'_, '_>) -> Result<Commitment, StoreFault> {
    Ok(Commitment { digest: columns.digest()?, salt: columns.text_or_null()? })
}

/// Which entries are wanted; what is left out does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// About this account.
    pub account: Option<AccountId>,
    /// By this account.
    pub actor: Option<AccountId>,
    /// About this client.
    pub client_id: Option<String>,
    /// Called so, or, with a dot at its end, beginning so.
    pub action: Option<String>,
    /// `success` or `failure`.
    pub outcome: Option<String>,
    /// Of this request.
    pub request_id: Option<String>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

impl AuditFilter {
    /// Whether `entry` is wanted.
    pub fn admits(&self, entry: &AuditEntry) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
            wanted.is_none() || wanted == found
        }
        is(self.account.as_ref(), entry.account.as_ref())
            && is(self.actor.as_ref(), entry.actor_id.as_ref())
            && is(self.client_id.as_ref(), entry.client_id.as_ref())
            && is(self.outcome.as_ref(), Some(&entry.outcome))
            && is(self.request_id.as_ref(), Some(&entry.request_id))
            && self.action.as_deref().is_none_or(|wanted| is_called(&entry.action, wanted))
            && self.since.is_none_or(|since| entry.at >= since)
            && self.until.is_none_or(|until| entry.at < until)
    }

    /// Whether nothing that is as old as `entry` is wanted.
    fn is_over_at(&self, entry: &AuditEntry) -> bool {
        self.since.is_some_and(|since| entry.at < since)
    }

    /// The id before which the first wanted entry stands.
    fn start(&self, before: &str) -> String {
        // Ids are hexadecimal, so "g" comes behind all of them.
        let before = if before.is_empty() { "g" } else { before };
        let until = self.until.map_or_else(|| "g".to_owned(), time_of_id);
        before.to_owned().min(until)
    }
}

fn is_called(action: &str, wanted: &str) -> bool {
    if wanted.ends_with('.') { action.starts_with(wanted) } else { action == wanted }
}

/// A part of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// The entries, newest first.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins, if there may be one.
    pub next: Option<String>,
}

impl Store {
    /// Appends an entry on its own, for events that change nothing else.
    pub async fn append_audit(&self, event: AuditEvent) -> Result<(), StoreFault> {
        self.write(event, |tx, event| Box::pin(append(tx, event))).await
    }

    /// The newest entries before the one called `before`; an empty text starts at the newest.
    pub async fn list_audit(&self, before: &str, limit: i64) -> Result<Vec<AuditEntry>, StoreFault> {
        self.audit_window(&AuditFilter::default(), AuditFilter::default().start(before), limit).await
    }

    /// The newest entries that `filter` admits before the one called `before`. Looks through a bounded part of the log;
    /// a page may be short, even empty, and yet have a next one.
    pub async fn search_audit(
        &self,
        filter: &AuditFilter,
        before: &str,
        limit: usize,
    ) -> Result<AuditPage, StoreFault> {
        let (mut entries, mut cursor) = (Vec::new(), filter.start(before));
        for _ in 0..SEARCH_WINDOWS_MAX {
            let window = self.audit_window(filter, cursor.clone(), SEARCH_WINDOW_ROWS).await?;
            let is_last = i64::try_from(window.len()).unwrap_or(i64::MAX) < SEARCH_WINDOW_ROWS;
            for entry in window {
                if filter.is_over_at(&entry) {
                    return Ok(AuditPage { entries, next: None });
                }
                cursor.clone_from(&entry.id);
                if filter.admits(&entry) {
                    entries.push(entry);
                }
                if entries.len() == limit {
                    return Ok(AuditPage { entries, next: Some(cursor) });
                }
            }
            if is_last {
                return Ok(AuditPage { entries, next: None });
            }
        }
        Ok(AuditPage { entries, next: Some(cursor) })
    }

    async fn audit_window(
        &self,
        filter: &AuditFilter,
        before: String,
        rows: i64,
    ) -> Result<Vec<AuditEntry>, StoreFault> {
        let (account, actor) = (filter.account.clone(), filter.actor.clone());
        self.read((account, actor, before, rows), |db, (account, actor, before, rows)| {
            Box::pin(async move {
                match (account, actor) {
                    (Some(account), _) => db.all(LIST_OF_ACCOUNT, params![account, &*before, *rows]).await,
                    (None, Some(actor)) => db.all(LIST_OF_ACTOR, params![actor, &*before, *rows]).await,
                    (None, None) => db.all(LIST, params![&*before, *rows]).await,
                }
            })
        })
        .await
    }

    /// The newest entries about one account.
    pub async fn list_audit_of(&self, account: &AccountId, limit: i64) -> Result<Vec<AuditEntry>, StoreFault> {
        let filter = AuditFilter { account: Some(account.clone()), ..AuditFilter::default() };
        self.audit_window(&filter, filter.start(""), limit).await
    }
}

/// Appends an entry within a unit of work.
pub(super) async fn append(tx: &mut Tx<'_>, event: &AuditEvent) -> Result<(), StoreFault> {
    let detail = json(&event.detail);
    let id = id_of(event, &detail);
    let actor_id = match &event.actor {
        Actor::Person => event.account.as_ref(),
        Actor::Administrator(id) => Some(id),
        Actor::Stranger | Actor::Client | Actor::Operator | Actor::Server => None,
    };
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
            &detail,
            event.actor.as_str(),
            actor_id,
            event.outcome.as_str()
        ],
    )
    .await?;
    Ok(())
}

/// An entry's first id: its time, so that entries sort by it, and a digest of the rest, so that entries of the same moment
/// stay apart and one that is written again (a unit of work that is retried) stays one.
fn id_of(event: &AuditEvent, detail: &str) -> String {
    let account = event.account.as_ref().map_or("", |account| account.as_str());
    let client = event.client_id.as_deref().unwrap_or_default();
    let digest = keyed_digest(b"audit", &[&event.request_id, event.action.as_str(), account, client, detail]);
    let tail = digest.iter().take(8).fold(0_u64, |tail, byte| tail << 8 | u64::from(*byte));
    format!("{}-{tail:016x}", time_of_id(event.at))
}

/// What the ids of entries of this moment begin with.
fn time_of_id(at: Timestamp) -> String {
    format!("{:016x}", at.micros().max(0))
}
