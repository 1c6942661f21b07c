//! Traces of authorization requests: written many at once, read by name, forgotten after a day.

use super::columns::{Columns, json};
use super::statement::statements;
use super::sweep::batches;
use super::{FromRow, Row, Store, StoreFault};
use crate::base::Timestamp;
use crate::base::bounds::{TRACE_ENTRIES_MAX, TRACE_ROWS_MAX};
use crate::model::trace::{TraceEntry, TraceHead};
use crate::params;

statements! {
    PUT = "\
        INSERT INTO traces (request_id, trace, grant_id, client_id, at, events, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    // Any request that had a part in it names a trace, one that only knew the grant by way of that.
    NAME = "\
        SELECT COALESCE(t.trace, (SELECT o.trace FROM traces o WHERE o.grant_id = t.grant_id AND o.trace IS NOT NULL \
        LIMIT 1)) AS trace FROM traces t WHERE t.trace = $1 OR t.request_id = $1 LIMIT 1";
    ENTRIES = "\
        SELECT request_id, trace, grant_id, client_id, at, events, expires_at FROM traces WHERE trace = $1 \
        OR grant_id IN (SELECT g.grant_id FROM traces g WHERE g.trace = $1 AND g.grant_id IS NOT NULL) \
        ORDER BY at, request_id LIMIT $2";
    // Here and below the condition on the time is there for its index.
    LIST = "\
        SELECT request_id, client_id, at FROM traces WHERE at >= 0 AND trace = request_id \
        AND ($1 = '' OR client_id = $1) ORDER BY at DESC, request_id LIMIT $2";
    COUNT = "SELECT COUNT(*) AS entries FROM traces WHERE at >= 0";
    REMOVE_OLDEST = "\
        DELETE FROM traces WHERE request_id IN (SELECT request_id FROM traces WHERE at >= 0 ORDER BY at LIMIT $1)";
}

impl FromRow for TraceEntry {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            request_id: columns.text()?,
            trace: columns.text_or_null()?,
            grant_id: columns.id_or_null()?,
            client_id: columns.text_or_null()?,
            at: columns.time()?,
            events: columns.json()?,
            expires_at: columns.time()?,
        })
    }
}

impl FromRow for TraceHead {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self { id: columns.text()?, client_id: columns.text_or_null()?, at: columns.time()? })
    }
}

impl Store {
    /// Writes entries, all in one unit.
    pub async fn put_traces(&self, entries: Vec<TraceEntry>) -> Result<(), StoreFault> {
        self.write(entries, |tx, entries| {
            Box::pin(async move {
                for entry in entries {
                    let events = json(&entry.events);
                    let values = params![
                        &*entry.request_id,
                        entry.trace.as_deref(),
                        entry.grant_id.as_ref(),
                        entry.client_id.as_deref(),
                        entry.at,
                        &events,
                        entry.expires_at
                    ];
                    tx.execute(PUT, values).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// The trace of this name, or the one that the request of this name had a part in: its name and its entries, oldest
    /// first.
    pub async fn find_trace(&self, name: &str) -> Result<Option<(String, Vec<TraceEntry>)>, StoreFault> {
        self.read(name.to_owned(), |db, name| {
            Box::pin(async move {
                let found: Option<(Option<String>,)> = db.optional(NAME, params![&**name]).await?;
                let Some((Some(trace),)) = found else { return Ok(None) };
                let entries = db.all(ENTRIES, params![&*trace, TRACE_ENTRIES_MAX]).await?;
                Ok(Some((trace, entries)))
            })
        })
        .await
    }

    /// The latest traces, newest first; of one client where it is named.
    pub async fn list_traces(&self, client_id: Option<String>, limit: i64) -> Result<Vec<TraceHead>, StoreFault> {
        self.read((client_id.unwrap_or_default(), limit), |db, (client_id, limit)| {
            Box::pin(async move { db.all(LIST, params![&**client_id, *limit]).await })
        })
        .await
    }

    /// Removes the oldest entries beyond [`TRACE_ROWS_MAX`], a batch at a time. Gives how many.
    pub(super) async fn sweep_traces(&self) -> Result<u64, StoreFault> {
        let (rows,): (i64,) = self.read((), |db, ()| Box::pin(async move { db.one(COUNT, params![]).await })).await?;
        let mut removed = 0;
        for batch in batches(rows - TRACE_ROWS_MAX) {
            let unit = self
                .write(batch, |tx, batch| Box::pin(async move { tx.execute(REMOVE_OLDEST, params![*batch]).await }));
            removed += unit.await?;
        }
        Ok(removed)
    }
}

/// Until when an entry of `at` is kept.
pub fn trace_expires(at: Timestamp) -> Timestamp {
    at.plus_seconds(crate::base::bounds::TRACE_SECONDS)
}
