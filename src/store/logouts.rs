//! Who is told of the end of a session: written in the unit that ends it, claimed by one worker at a time (OpenID Connect
//! Back-Channel Logout 1.0). Sending is the worker's business.

use std::collections::HashMap;

use serde::Deserialize;

use super::columns::{Columns, json_of};
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx};
use crate::base::bounds::LOGOUTS_LOOKED_AT;
use crate::base::{AccountId, SessionId, Timestamp};
use crate::model::grant::Grant;
use crate::model::logout::{LogoutAttempt, LogoutDelivery, SessionClient};
use crate::params;

macro_rules! delivery_columns {
    () => {
        "client_id, sid, sub, uri, created_at, next_attempt_at, attempts, delivered_at, failed_at, last_status"
    };
}

statements! {
    TAKES_PART = "\
        INSERT INTO session_clients (session_id, client_id, sid) VALUES ($1, $2, $1) ON CONFLICT DO NOTHING";
    // A renewed session keeps the names by which clients know it.
    MOVE = "UPDATE session_clients SET session_id = $2 WHERE session_id = $1";
    OF_SESSION = "SELECT client_id, sid FROM session_clients WHERE session_id = $1 ORDER BY client_id, sid";
    ENDED = "\
        SELECT p.client_id, p.sid, s.account_id, c.metadata FROM sessions s \
        JOIN session_clients p ON p.session_id = s.id JOIN clients c ON c.client_id = p.client_id \
        WHERE s.account_id = $1 AND s.ended_at = $2";
    ENDED_WITH_ALL = "\
        SELECT p.client_id, p.sid, (SELECT s.account_id FROM sessions s WHERE s.id = p.session_id) AS account_id, \
        c.metadata FROM session_clients p JOIN clients c ON c.client_id = p.client_id \
        WHERE p.session_id IN (SELECT s.id FROM sessions s WHERE s.expires_at > $1 AND s.ended_at = $1)";
    PUT = "\
        INSERT INTO logout_deliveries (client_id, sid, sub, uri, created_at, next_attempt_at, attempts) \
        VALUES ($1, $2, $3, $4, $5, $5, 0) ON CONFLICT DO NOTHING";
    DUE = "\
        SELECT client_id, sid FROM logout_deliveries WHERE next_attempt_at <= $1 ORDER BY next_attempt_at LIMIT $2";
    // The guard makes the claim: whoever moves next_attempt_at first has the row for the length of the lease.
    CLAIM = concat!(
        "UPDATE logout_deliveries SET next_attempt_at = $4, attempts = attempts + 1 \
         WHERE client_id = $1 AND sid = $2 AND next_attempt_at <= $3 RETURNING ",
        delivery_columns!()
    );
    // Of two workers that tried it, because a lease ran out, the first one to be taken counts.
    NOTE = "\
        UPDATE logout_deliveries SET delivered_at = $3, failed_at = $4, next_attempt_at = $5, last_status = $6 \
        WHERE client_id = $1 AND sid = $2 AND delivered_at IS NULL AND failed_at IS NULL";
    WAITING = "SELECT COUNT(*) AS waiting FROM logout_deliveries WHERE next_attempt_at IS NOT NULL";
    // Along the index of their times, newest first; the condition on the time is there for the index.
    LIST = concat!(
        "SELECT ",
        delivery_columns!(),
        " FROM logout_deliveries WHERE created_at >= 0 AND ($1 = '' OR client_id = $1) AND ($2 = '' OR sid = $2) \
         ORDER BY created_at DESC, client_id DESC, sid DESC LIMIT $3"
    );
}

/// What of a client's metadata counts here.
#[derive(Deserialize)]
struct Told {
    backchannel_logout_uri: Option<String>,
}

impl FromRow for LogoutDelivery {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            client_id: columns.text()?,
            sid: columns.text()?,
            account: columns.text()?,
            uri: columns.text()?,
            created_at: columns.time()?,
            next_attempt_at: columns.time_or_null()?,
            attempts: columns.integer()?,
            delivered_at: columns.time_or_null()?,
            failed_at: columns.time_or_null()?,
            last_status: columns.text_or_null()?,
        })
    }
}

impl FromRow for SessionClient {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self { client_id: columns.text()?, sid: columns.text()? })
    }
}

/// A client of a session that ended.
struct Ended {
    client: SessionClient,
    account: String,
    metadata: String,
}

impl FromRow for Ended {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        let client = SessionClient { client_id: columns.text()?, sid: columns.text()? };
        Ok(Self { client, account: columns.text()?, metadata: columns.text()? })
    }
}

/// The first `limit` of `due`, its clients taking turns, so that one which does not answer holds nobody else up.
fn in_turns(due: Vec<SessionClient>, limit: usize) -> Vec<SessionClient> {
    let mut turns: HashMap<String, usize> = HashMap::new();
    let turn_of = |delivery: SessionClient| {
        let turn = turns.entry(delivery.client_id.clone()).or_default();
        *turn += 1;
        (*turn, delivery)
    };
    let mut due: Vec<(usize, SessionClient)> = due.into_iter().map(turn_of).collect();
    // A stable sort: within a turn, whoever is due for longest comes first.
    due.sort_by_key(|(turn, _)| *turn);
    due.into_iter().take(limit).map(|(_, delivery)| delivery).collect()
}

impl Store {
    /// The clients that took part in a session, live or ended.
    pub async fn list_session_clients(&self, session: &SessionId) -> Result<Vec<SessionClient>, StoreFault> {
        self.read(session.clone(), |db, session| Box::pin(async move { db.all(OF_SESSION, params![&*session]).await }))
            .await
    }

    /// Takes up to `limit` due deliveries for one attempt each. Until `lease_until` nobody else gets them.
    pub async fn claim_due_logouts(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: i64,
    ) -> Result<Vec<LogoutDelivery>, StoreFault> {
        let due: Vec<SessionClient> = self
            .read(now, |db, now| Box::pin(async move { db.all(DUE, params![*now, LOGOUTS_LOOKED_AT]).await }))
            .await?;
        let due = in_turns(due, usize::try_from(limit).unwrap_or_default());
        if due.is_empty() {
            return Ok(Vec::new());
        }
        self.write((due, now, lease_until), |tx, (due, now, lease_until)| {
            Box::pin(async move {
                let mut claimed = Vec::with_capacity(due.len());
                for SessionClient { client_id, sid } in due {
                    let values = params![client_id, sid, *now, *lease_until];
                    claimed.extend(tx.optional::<LogoutDelivery>(CLAIM, values).await?);
                }
                Ok(claimed)
            })
        })
        .await
    }

    /// Notes how an attempt at `delivery` ended.
    pub async fn note_logout_attempt(
        &self,
        delivery: &LogoutDelivery,
        attempt: LogoutAttempt,
        now: Timestamp,
        status: String,
    ) -> Result<(), StoreFault> {
        let key = SessionClient { client_id: delivery.client_id.clone(), sid: delivery.sid.clone() };
        self.write((key, attempt, now, status), |tx, (key, attempt, now, status)| {
            Box::pin(async move {
                let delivered_at = (*attempt == LogoutAttempt::Delivered).then_some(*now);
                let failed_at = (*attempt == LogoutAttempt::GivenUp).then_some(*now);
                let next = if let LogoutAttempt::RetryAt(next) = attempt { Some(*next) } else { None };
                let values = params![&*key.client_id, &*key.sid, delivered_at, failed_at, next, &*status];
                tx.execute(NOTE, values).await.map(drop)
            })
        })
        .await
    }

    /// How many deliveries wait.
    pub async fn waiting_logouts(&self) -> Result<i64, StoreFault> {
        let (count,): (i64,) =
            self.read((), |db, ()| Box::pin(async move { db.one(WAITING, params![]).await })).await?;
        Ok(count)
    }

    /// The latest deliveries, newest first; of one client or one session where these are named.
    pub async fn list_logouts(
        &self,
        client_id: Option<String>,
        sid: Option<String>,
        limit: i64,
    ) -> Result<Vec<LogoutDelivery>, StoreFault> {
        let wanted = (client_id.unwrap_or_default(), sid.unwrap_or_default(), limit);
        self.read(wanted, |db, (client_id, sid, limit)| {
            Box::pin(async move { db.all(LIST, params![&**client_id, &**sid, *limit]).await })
        })
        .await
    }
}

/// Notes that the client of a new grant takes part in its session.
pub(super) async fn take_part(tx: &mut Tx<'_>, grant: &Grant) -> Result<(), StoreFault> {
    tx.execute(TAKES_PART, params![&grant.session_id, &grant.client_id]).await.map(drop)
}

/// Hands the clients of a session on to the one that replaces it.
pub(super) async fn hand_on(tx: &mut Tx<'_>, old: &SessionId, new: &SessionId) -> Result<(), StoreFault> {
    tx.execute(MOVE, params![old, new]).await.map(drop)
}

/// Writes down who is to be told that sessions of `account` ended at `now`. Every unit that ends a session calls it,
/// after it ended them; called twice it changes nothing.
pub(super) async fn tell(tx: &mut Tx<'_>, account: &AccountId, now: Timestamp) -> Result<(), StoreFault> {
    // Nobody would send them, and they would all go out at once when that is switched on.
    if !tx.tells_logouts {
        return Ok(());
    }
    let ended = tx.all::<Ended>(ENDED, params![account, now]).await?;
    put(tx, ended, now).await
}

/// The same for sessions of everybody that ended at `now`.
pub(super) async fn tell_of_all(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), StoreFault> {
    if !tx.tells_logouts {
        return Ok(());
    }
    let ended = tx.all::<Ended>(ENDED_WITH_ALL, params![now]).await?;
    put(tx, ended, now).await
}

async fn put(tx: &mut Tx<'_>, ended: Vec<Ended>, now: Timestamp) -> Result<(), StoreFault> {
    for Ended { client, account, metadata } in ended {
        let told: Told = json_of(3, &metadata)?;
        if let Some(uri) = told.backchannel_logout_uri {
            let values = params![&*client.client_id, &*client.sid, &*account, &*uri, now];
            tx.execute(PUT, values).await?;
        }
    }
    Ok(())
}
