//! Limits, counted where all replicas see them. `identity::throttle` does the arithmetic; here a count is compared and
//! swapped, several at once or none.

use super::columns::Columns;
use super::statement::statements;
use super::sweep::batches;
use super::{FromRow, Row, Store, StoreFault, Tx, audit, devices};
use crate::base::bounds::{THROTTLE_ROWS_MAX, THROTTLE_TRIES_MAX};
use crate::base::{AccountId, Timestamp};
use crate::identity::throttle::{ThrottleRule, Verdict, refund, reserve};
use crate::model::audit::AuditEvent;
use crate::model::{ThrottleKey, ThrottlePurpose, ThrottleRecord};
use crate::params;

macro_rules! throttle_columns {
    () => {
        "key, count, window_started_at, blocked_until, expires_at"
    };
}

statements! {
    FIND = concat!("SELECT ", throttle_columns!(), " FROM throttles WHERE key = $1");
    HOLD = concat!("SELECT ", throttle_columns!(), " FROM throttles WHERE key = $1 FOR NO KEY UPDATE");
    // The row that was read is the guard; −1 stands for "there was none" and fits no row.
    SWAP = concat!(
        "INSERT INTO throttles (",
        throttle_columns!(),
        ", purpose) VALUES ($1, $2, $3, $4, $5, $9) \
         ON CONFLICT (key) DO UPDATE SET count = excluded.count, window_started_at = excluded.window_started_at, \
         blocked_until = excluded.blocked_until, expires_at = excluded.expires_at \
         WHERE throttles.count = $6 AND throttles.window_started_at = $7 \
         AND COALESCE(throttles.blocked_until, 0) = $8"
    );
    REMOVE = "DELETE FROM throttles WHERE key = $1";
    COUNT = "SELECT COUNT(*) AS rows FROM throttles WHERE purpose = $1";
    // What is over soonest means least.
    REMOVE_LEAST = "\
        DELETE FROM throttles WHERE key IN \
        (SELECT key FROM throttles WHERE purpose = $1 ORDER BY expires_at LIMIT $2)";
}

/// Whether a set of attempts may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reservation {
    /// Yes; all are counted, and may be given back by [`Store::refund_attempts`].
    Allowed(Vec<(ThrottleRecord, ThrottleRule)>),
    /// No, for so many seconds; nothing was counted.
    Refused {
        /// The value of `Retry-After`, at least 1.
        retry_after_seconds: i64,
    },
}

impl FromRow for ThrottleRecord {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            key: ThrottleKey::from_stored(columns.text()?),
            count: columns.integer()?,
            window_started_at: columns.time()?,
            blocked_until: columns.time_or_null()?,
            expires_at: columns.time()?,
        })
    }
}

impl Store {
    /// Counts one attempt against each key, if every rule allows it.
    pub async fn reserve_attempts(
        &self,
        mut limits: Vec<(ThrottleKey, ThrottleRule)>,
        now: Timestamp,
    ) -> Result<Reservation, StoreFault> {
        // In one order for all, so that no two units wait for each other.
        limits.sort_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
        for attempt in 0..THROTTLE_TRIES_MAX {
            // Looking first costs a refused attempt nothing; having lost against another, one waits in line.
            let read = if attempt == 0 { FIND } else { HOLD };
            let unit = self.write((limits.clone(), now, read), |tx, (limits, now, read)| {
                Box::pin(reserve_all(tx, limits, *now, read))
            });
            match unit.await {
                Err(StoreFault::GuardLost) => {}
                outcome => return outcome,
            }
        }
        Ok(Reservation::Refused { retry_after_seconds: 1 })
    }

    /// Gives back attempts that turned out to be successes, and what their rules forgive with a success.
    pub async fn refund_attempts(
        &self,
        mut reserved: Vec<(ThrottleRecord, ThrottleRule)>,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        reserved.sort_by(|(one, _), (other, _)| one.key.as_str().cmp(other.key.as_str()));
        self.write((reserved, now), |tx, (reserved, now)| {
            Box::pin(async move {
                for (record, rule) in reserved {
                    give_back(tx, &record.key, rule, *now).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

impl Store {
    /// Forgets all failures of an account, so that nobody has to wait who wants to sign in to it: for its owner after
    /// another proof, or by an administrator's word. False when there were none, and then nothing is recorded.
    pub async fn forgive_account(
        &self,
        account: &AccountId,
        now: Timestamp,
        audit: Option<AuditEvent>,
    ) -> Result<bool, StoreFault> {
        self.write((account.clone(), now, audit), |tx, (account, now, audit)| {
            Box::pin(async move {
                let forgiven = forget_account(tx, account, *now).await?;
                match audit {
                    Some(audit) if forgiven > 0 => audit::append(tx, audit).await?,
                    _ => {}
                }
                Ok(forgiven > 0)
            })
        })
        .await
    }

    /// Removes a batch of the counts that strangers made up too many keys for. Gives how many of each purpose went.
    pub(super) async fn sweep_counts(&self) -> Result<Vec<(&'static str, u64)>, StoreFault> {
        let mut removed = Vec::with_capacity(ThrottlePurpose::OF_STRANGERS.len());
        for purpose in ThrottlePurpose::OF_STRANGERS.map(ThrottlePurpose::as_str) {
            let (rows,): (i64,) = self
                .read(purpose, |db, purpose| Box::pin(async move { db.one(COUNT, params![*purpose]).await }))
                .await?;
            for batch in batches(rows - THROTTLE_ROWS_MAX) {
                let unit = self.write((purpose, batch), |tx, (purpose, batch)| {
                    Box::pin(async move { tx.execute(REMOVE_LEAST, params![*purpose, *batch]).await })
                });
                removed.push((purpose, unit.await?));
            }
        }
        Ok(removed)
    }
}

async fn reserve_all(
    tx: &mut Tx<'_>,
    limits: &[(ThrottleKey, ThrottleRule)],
    now: Timestamp,
    read: &'static str,
) -> Result<Reservation, StoreFault> {
    let mut planned = Vec::with_capacity(limits.len());
    let mut longest_wait = None;
    for (key, rule) in limits {
        let found: Option<ThrottleRecord> = tx.optional(read, params![key.as_str()]).await?;
        match reserve(key, found.as_ref(), rule, now) {
            Verdict::Refused { retry_after_seconds } => longest_wait = longest_wait.max(Some(retry_after_seconds)),
            Verdict::Allowed(next) => planned.push((found, next, *rule)),
        }
    }
    if let Some(retry_after_seconds) = longest_wait {
        return Ok(Reservation::Refused { retry_after_seconds });
    }
    let mut reserved = Vec::with_capacity(planned.len());
    for (found, next, rule) in planned {
        if !swap(tx, found.as_ref(), &next).await? {
            return Err(StoreFault::GuardLost);
        }
        reserved.push((next, rule));
    }
    Ok(Reservation::Allowed(reserved))
}

/// What others counted in between is part of the row by now, so the row is read again.
async fn give_back(tx: &mut Tx<'_>, key: &ThrottleKey, rule: &ThrottleRule, now: Timestamp) -> Result<(), StoreFault> {
    let Some(found) = tx.optional::<ThrottleRecord>(HOLD, params![key.as_str()]).await? else { return Ok(()) };
    match refund(&found, rule, now) {
        Some(next) => swap(tx, Some(&found), &next).await.map(drop),
        None => tx.execute(REMOVE, params![key.as_str()]).await.map(drop),
    }
}

/// Forgets what is counted against an account, from anywhere and from its known devices. Gives how many counts there
/// were.
pub(super) async fn forget_account(tx: &mut Tx<'_>, account: &AccountId, now: Timestamp) -> Result<u64, StoreFault> {
    let mut keys = ThrottleKey::from_anywhere(account).to_vec();
    let devices = devices::digests(tx, account, now).await?;
    keys.extend(devices.iter().map(|device| ThrottleKey::known_device(account, device)));
    forget(tx, &keys).await
}

/// Forgets counts altogether. Gives how many there were.
pub(super) async fn forget(tx: &mut Tx<'_>, keys: &[ThrottleKey]) -> Result<u64, StoreFault> {
    let mut forgotten = 0;
    for key in keys {
        forgotten += tx.execute(REMOVE, params![key.as_str()]).await?;
    }
    Ok(forgotten)
}

async fn swap(tx: &mut Tx<'_>, found: Option<&ThrottleRecord>, next: &ThrottleRecord) -> Result<bool, StoreFault> {
    let values = params![
        next.key.as_str(),
        next.count,
        next.window_started_at,
        next.blocked_until,
        next.expires_at,
        found.map_or(-1, |found| found.count),
        found.map_or(0, |found| found.window_started_at.micros()),
        found.and_then(|found| found.blocked_until).map_or(0, Timestamp::micros),
        next.key.purpose()
    ];
    Ok(tx.execute(SWAP, values).await? == 1)
}
