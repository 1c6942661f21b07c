//! Sealing entries of the audit log into its chain, reading the chain, and removing its oldest part.
//!
//! One row, the head, knows where the chain ends and begins. Whoever seals or removes does so against what the head said
//! when they looked, so that of several replicas one goes on and the others look again: the chain cannot fork.

use super::audit::{self, audit_columns};
use super::columns::Columns;
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx, unless_guard_lost};
use crate::base::bounds::{AUDIT_PRUNE_ROWS, AUDIT_READ_ROWS, AUDIT_SEAL_ROWS};
use crate::base::{Draw, Timestamp};
use crate::model::audit::{AuditAction, AuditEntry, AuditEvent, ChainEnd, Seal};
use crate::model::audit_chain::{Salts, sealed};
use crate::params;

statements! {
    HEAD = "SELECT position, digest, first_position, anchor FROM audit_head";
    UNSEALED = concat!(
        "SELECT ", audit_columns!(), " FROM audit_log WHERE position IS NULL ORDER BY id LIMIT $1"
    );
    COUNT_UNSEALED = "SELECT COUNT(*) AS entries FROM audit_log WHERE position IS NULL";
    ADVANCE = "UPDATE audit_head SET position = $3, digest = $4 WHERE position = $1 AND digest = $2";
    // What was erased since it was read is read again.
    SEAL = "\
        UPDATE audit_log SET id = $2, position = $3, previous = $4, digest = $5, subject_commitment = $6, \
        subject_salt = $7, actor_commitment = $8, actor_salt = $9 WHERE id = $1 AND position IS NULL \
        AND COALESCE(subject_erased_at, 0) = $10 AND COALESCE(actor_erased_at, 0) = $11";
    READ = concat!(
        "SELECT ", audit_columns!(), " FROM audit_log WHERE position > $1 ORDER BY position LIMIT $2"
    );
    MOVE_BEGINNING = "UPDATE audit_head SET first_position = $2, anchor = $3 WHERE first_position = $1";
    PRUNE = "DELETE FROM audit_log WHERE position <= $1";
}

/// The head of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHead {
    /// The newest sealed entry.
    pub end: ChainEnd,
    /// The last one that was removed from the beginning.
    pub anchor: ChainEnd,
}

impl FromRow for AuditHead {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        let end = ChainEnd { position: columns.integer()?, digest: columns.digest()? };
        let anchor = ChainEnd { position: columns.integer()? - 1, digest: columns.digest()? };
        Ok(Self { end, anchor })
    }
}

/// What came of an attempt to seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealOutcome {
    /// So many entries were sealed; as many as [`AUDIT_SEAL_ROWS`] means that there may be more.
    Sealed(i64),
    /// Somebody else sealed, or erased, first: nothing was written.
    Overtaken,
}

/// Entries, each with the id it had and the moments of its erasures.
struct Batch {
    from: ChainEnd,
    entries: Vec<(String, AuditEntry)>,
}

impl Store {
    /// Where the chain ends and begins.
    pub async fn audit_head(&self) -> Result<AuditHead, StoreFault> {
        self.read((), |db, ()| Box::pin(async move { db.one(HEAD, params![]).await })).await
    }

    /// How many entries are not sealed yet.
    pub async fn count_unsealed_audit(&self) -> Result<i64, StoreFault> {
        let unit = self.read((), |db, ()| Box::pin(async move { db.one::<(i64,)>(COUNT_UNSEALED, params![]).await }));
        Ok(unit.await?.0)
    }

    /// Sealed entries behind `position`, in order, as many as are read at once.
    pub async fn read_audit_chain(&self, position: i64) -> Result<Vec<AuditEntry>, StoreFault> {
        self.read(position, |db, position| {
            Box::pin(async move { db.all(READ, params![*position, AUDIT_READ_ROWS]).await })
        })
        .await
    }

    /// Seals the oldest entries that are not sealed, one batch.
    pub async fn seal_audit(&self, draw: &mut Draw) -> Result<SealOutcome, StoreFault> {
        let (head, entries) = self
            .read((), |db, ()| {
                Box::pin(async move {
                    let entries: Vec<AuditEntry> = db.all(UNSEALED, params![AUDIT_SEAL_ROWS]).await?;
                    Ok((db.one::<AuditHead>(HEAD, params![]).await?, entries))
                })
            })
            .await?;
        let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
        if count == 0 {
            return Ok(SealOutcome::Sealed(0));
        }
        let batch = batch_of(head.end, entries, draw);
        let done = unless_guard_lost(self.write(batch, |tx, batch| Box::pin(seal(tx, batch))).await)?;
        Ok(if done { SealOutcome::Sealed(count) } else { SealOutcome::Overtaken })
    }

    /// Removes sealed entries from the beginning of the chain that are older than `before`, one batch; the chain then
    /// begins behind them. Gives how many went.
    pub async fn prune_audit(&self, before: Timestamp, now: Timestamp) -> Result<i64, StoreFault> {
        let head = self.audit_head().await?;
        let first = self.read_audit_chain(head.anchor.position).await?;
        let limit = usize::try_from(AUDIT_PRUNE_ROWS).unwrap_or(usize::MAX);
        let old: Vec<&AuditEntry> = first.iter().take(limit).take_while(|entry| entry.at < before).collect();
        let Some(last) = old.last().and_then(|entry| entry.seal.clone()) else { return Ok(0) };
        let count = last.position - head.anchor.position;
        let mut audit = AuditEvent::new(AuditAction::LogPruned, now, "worker");
        audit.detail.insert("from".to_owned(), (head.anchor.position + 1).into());
        audit.detail.insert("to".to_owned(), last.position.into());
        let unit = self
            .write((head.anchor, last, audit), |tx, (anchor, last, audit)| Box::pin(prune(tx, anchor, last, audit)));
        Ok(if unless_guard_lost(unit.await)? { count } else { 0 })
    }
}

fn batch_of(from: ChainEnd, entries: Vec<AuditEntry>, draw: &mut Draw) -> Batch {
    let mut end = from.clone();
    let seal_next = |entry: AuditEntry| {
        let id = entry.id.clone();
        let entry = sealed(entry, &end, Salts::generate(draw));
        if let Some(seal) = &entry.seal {
            end = ChainEnd { position: seal.position, digest: seal.digest.clone() };
        }
        (id, entry)
    };
    Batch { entries: entries.into_iter().map(seal_next).collect(), from }
}

async fn seal(tx: &mut Tx<'_>, batch: &Batch) -> Result<(), StoreFault> {
    let Some(last) = batch.entries.last().and_then(|(_, entry)| entry.seal.as_ref()) else { return Ok(()) };
    let values = params![batch.from.position, &batch.from.digest, last.position, &last.digest];
    if tx.execute(ADVANCE, values).await? == 0 {
        return Err(StoreFault::GuardLost);
    }
    for (id, entry) in &batch.entries {
        let Some(seal) = &entry.seal else { return Err(StoreFault::GuardLost) };
        let values = params![
            id,
            &entry.id,
            seal.position,
            &seal.previous,
            &seal.digest,
            &seal.subject.digest,
            &seal.subject.salt,
            &seal.actor.digest,
            &seal.actor.salt,
            entry.subject_erased_at.map_or(0, Timestamp::micros),
            entry.actor_erased_at.map_or(0, Timestamp::micros)
        ];
        if tx.execute(SEAL, values).await? == 0 {
            return Err(StoreFault::GuardLost);
        }
    }
    Ok(())
}

async fn prune(tx: &mut Tx<'_>, anchor: &ChainEnd, last: &Seal, audit: &AuditEvent) -> Result<(), StoreFault> {
    let values = params![anchor.position + 1, last.position + 1, &last.digest];
    if tx.execute(MOVE_BEGINNING, values).await? == 0 {
        return Err(StoreFault::GuardLost);
    }
    tx.execute(PRUNE, params![last.position]).await?;
    audit::append(tx, audit).await
}
