//! Limits, counted where all replicas see them. `identity::throttle` does the arithmetic; here a count is compared and
//! swapped, several at once or none.

use super::columns::Columns;
use super::{FromRow, Row, Store, StoreFault, Tx};
use crate::base::Timestamp;
use crate::identity::throttle::{ThrottleRule, Verdict, refund, reserve};
use crate::model::{ThrottleKey, ThrottleRecord};
use crate::params;

pub(super) const FIND: &str =
    "SELECT key, count, window_started_at, blocked_until, expires_at FROM throttles WHERE key = $1";
// The row that was read is the guard; −1 stands for "there was none" and fits no row.
pub(super) const SWAP: &str = "\
INSERT INTO throttles (key, count, window_started_at, blocked_until, expires_at) VALUES ($1, $2, $3, $4, $5) \
ON CONFLICT (key) DO UPDATE SET count = excluded.count, window_started_at = excluded.window_started_at, \
blocked_until = excluded.blocked_until, expires_at = excluded.expires_at \
WHERE throttles.count = $6 AND throttles.window_started_at = $7 AND COALESCE(throttles.blocked_until, 0) = $8";
pub(super) const REMOVE: &str = "DELETE FROM throttles WHERE key = $1 AND count = $2 AND window_started_at = $3";

/// How often a count that somebody else moved in between is read anew.
const TRIES: usize = 8;

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
        limits: Vec<(ThrottleKey, ThrottleRule)>,
        now: Timestamp,
    ) -> Result<Reservation, StoreFault> {
        for _ in 0..TRIES {
            let limits = limits.clone();
            let tried = self.write((limits, now), |tx, (limits, now)| Box::pin(reserve_all(tx, limits, *now))).await;
            match tried {
                Err(StoreFault::Contended) => {}
                outcome => return outcome,
            }
        }
        Ok(Reservation::Refused { retry_after_seconds: 1 })
    }

    /// Gives back attempts that turned out to be successes. One that somebody else moved in between is left counted.
    pub async fn refund_attempts(
        &self,
        reserved: Vec<(ThrottleRecord, ThrottleRule)>,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        self.write((reserved, now), |tx, (reserved, now)| {
            Box::pin(async move {
                for (record, rule) in reserved {
                    give_back(tx, record, rule, *now).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

async fn reserve_all(
    tx: &mut Tx<'_>,
    limits: &[(ThrottleKey, ThrottleRule)],
    now: Timestamp,
) -> Result<Reservation, StoreFault> {
    let mut planned = Vec::with_capacity(limits.len());
    for (key, rule) in limits {
        let found: Option<ThrottleRecord> = tx.optional(FIND, params![key.as_str()]).await?;
        match reserve(key, found.as_ref(), rule, now) {
            Verdict::Refused { retry_after_seconds } => return Ok(Reservation::Refused { retry_after_seconds }),
            Verdict::Allowed(next) => planned.push((found, next, *rule)),
        }
    }
    let mut reserved = Vec::with_capacity(planned.len());
    for (found, next, rule) in planned {
        if !swap(tx, found.as_ref(), &next).await? {
            return Err(StoreFault::Contended);
        }
        reserved.push((next, rule));
    }
    Ok(Reservation::Allowed(reserved))
}

async fn give_back(
    tx: &mut Tx<'_>,
    record: &ThrottleRecord,
    rule: &ThrottleRule,
    now: Timestamp,
) -> Result<(), StoreFault> {
    // A success forgives what others counted in between as well, so the row is read again.
    let Some(found) = tx.optional::<ThrottleRecord>(FIND, params![record.key.as_str()]).await? else { return Ok(()) };
    match refund(&found, rule, now) {
        Some(next) => swap(tx, Some(&found), &next).await.map(drop),
        None => {
            let values = params![found.key.as_str(), found.count, found.window_started_at];
            tx.execute(REMOVE, values).await.map(drop)
        }
    }
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
        found.and_then(|found| found.blocked_until).map_or(0, Timestamp::micros)
    ];
    Ok(tx.execute(SWAP, values).await? == 1)
}
