//! Sessions: found by the digest of the cookie, renewed at every sign-in, ended together with what they issued.

use super::accounts::{self, account_columns, read_account};
use super::columns::Columns;
use super::identities::Entry;
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx, audit, codes, devices, identities, logouts};
use crate::base::bounds::SESSIONS_LISTED_MAX;
use crate::base::{AccountId, Digest, SessionId, Timestamp};
use crate::model::audit::AuditEvent;
use crate::model::session::{Session, SignIn, SignInOutcome, SignedIn};
use crate::model::upstream::ProviderId;
use crate::params;

macro_rules! session_columns {
    () => {
        "s.id, s.secret, s.account_id, s.auth_time, s.amr, s.created_at, s.last_seen_at, s.idle_expires_at, \
         s.expires_at, s.ended_at, s.user_agent, s.ip, s.idp"
    };
}

statements! {
    FIND_SIGNED_IN = concat!(
        "SELECT ",
        session_columns!(),
        ", ",
        account_columns!(),
        " FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.secret = $1 AND s.ended_at IS NULL \
         AND s.idle_expires_at > $2 AND s.expires_at > $2 AND a.disabled_at IS NULL"
    );
    LIST = concat!(
        "SELECT ",
        session_columns!(),
        " FROM sessions s WHERE s.account_id = $1 AND s.ended_at IS NULL AND s.idle_expires_at > $2 \
         AND s.expires_at > $2 ORDER BY s.last_seen_at DESC, s.id DESC LIMIT $3"
    );
    // The account's generation is the guard: a password reset or a lock in between leaves no session behind, and one
    // that comes next finds this session.
    START = "\
        INSERT INTO sessions (id, secret, account_id, auth_time, amr, created_at, last_seen_at, idle_expires_at, \
        expires_at, user_agent, ip, idp) \
        SELECT $1, $2, a.id, $4, $5, $6, $6, $7, $8, $9, $10, $12 FROM accounts a WHERE a.id = $3 AND a.generation = $11 \
        AND a.disabled_at IS NULL AND a.email_verified_at IS NOT NULL FOR NO KEY UPDATE";
    TOUCH = "\
        UPDATE sessions SET last_seen_at = $2, idle_expires_at = $3 \
        WHERE id = $1 AND ended_at IS NULL AND last_seen_at < $2";
    END = "UPDATE sessions SET ended_at = $3 WHERE id = $1 AND account_id = $2 AND ended_at IS NULL";
    // A grant with offline_access was given for the time after the session, so it stays (OUT-08). LIKE would take the
    // underscore for any character, and on SQLite small letters for great ones.
    REVOKE_GRANTS = "\
        UPDATE grants SET revoked_at = $2 WHERE session_id = $1 AND revoked_at IS NULL \
        AND replace(' ' || scope || ' ', ' offline_access ', '') = ' ' || scope || ' '";
    // The single session: what else the account was granted ends with the sessions it was granted in, offline_access
    // or not, and those of sessions that are over already.
    END_OTHERS = "UPDATE sessions SET ended_at = $3 WHERE account_id = $1 AND id <> $2 AND ended_at IS NULL";
    REVOKE_OTHER_GRANTS = "\
        UPDATE grants SET revoked_at = $3 WHERE account_id = $1 AND session_id <> $2 AND revoked_at IS NULL";
    END_ALL = "UPDATE sessions SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL AND id <> $3";
    REVOKE_ALL_GRANTS = "\
        UPDATE grants SET revoked_at = $2 WHERE account_id = $1 AND session_id <> $3 AND revoked_at IS NULL \
        AND replace(' ' || scope || ' ', ' offline_access ', '') = ' ' || scope || ' '";
    FIND = concat!("SELECT ", session_columns!(), " FROM sessions s WHERE s.id = $1");
    // Renewing a session must not orphan what it issued.
    MOVE_GRANTS = "\
        UPDATE grants SET session_id = $2, sid = COALESCE(sid, session_id) \
        WHERE session_id = $1 AND revoked_at IS NULL";
}

impl FromRow for Session {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        read_session(&mut Columns::of(row))
    }
}

impl FromRow for SignedIn {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self { session: read_session(&mut columns)?, account: read_account(&mut columns)? })
    }
}

fn read_session(columns: &mut Columns<'_, '_>) -> Result<Session, StoreFault> {
    Ok(Session {
        id: columns.id()?,
        secret: columns.digest()?,
        account_id: columns.id()?,
        auth_time: columns.time()?,
        amr: columns.words()?,
        created_at: columns.time()?,
        last_seen_at: columns.time()?,
        idle_expires_at: columns.time()?,
        expires_at: columns.time()?,
        ended_at: columns.time_or_null()?,
        user_agent: columns.text_or_null()?,
        ip: columns.text_or_null()?,
        idp: columns.provider_or_null()?,
    })
}

impl Store {
    /// The live sessions behind the secrets of one browser's cookie, in the cookie's order.
    pub async fn find_signed_in(&self, secrets: Vec<Digest>, now: Timestamp) -> Result<Vec<SignedIn>, StoreFault> {
        if secrets.is_empty() {
            return Ok(Vec::new());
        }
        self.read((secrets, now), |db, (secrets, now)| {
            Box::pin(async move {
                let mut found = Vec::with_capacity(secrets.len());
                for secret in secrets {
                    found.extend(db.optional::<SignedIn>(FIND_SIGNED_IN, params![secret, *now]).await?);
                }
                Ok(found)
            })
        })
        .await
    }

    /// An account's live sessions, the latest used first, as far as a page shows them.
    pub async fn list_sessions(&self, account: &AccountId, now: Timestamp) -> Result<Vec<Session>, StoreFault> {
        self.read((account.clone(), now), |db, (account, now)| {
            Box::pin(async move { db.all(LIST, params![&*account, *now, SESSIONS_LISTED_MAX]).await })
        })
        .await
    }

    /// The session with this id, live or not.
    pub async fn find_session(&self, id: &SessionId) -> Result<Option<Session>, StoreFault> {
        self.read(id.clone(), |db, id| Box::pin(async move { db.optional(FIND, params![&*id]).await })).await
    }

    /// Ends an account's sessions, all but `keep`, with the grants given in them, unless these hold `offline_access`.
    pub async fn end_all_sessions(
        &self,
        account: &AccountId,
        keep: Option<SessionId>,
        now: Timestamp,
        audit: AuditEvent,
    ) -> Result<(), StoreFault> {
        self.write((account.clone(), keep, now, audit), |tx, (account, keep, now, audit)| {
            Box::pin(async move {
                let keep = keep.as_ref().map_or("", |keep| keep.as_str());
                let ended = tx.execute(END_ALL, params![&*account, *now, keep]).await?;
                tx.execute(REVOKE_ALL_GRANTS, params![&*account, *now, keep]).await?;
                logouts::tell(tx, account, *now).await?;
                let mut audit = audit.clone();
                audit.detail.insert("ended".to_owned(), ended.into());
                audit::append(tx, &audit).await
            })
        })
        .await
    }

    /// Starts a session, under the guards that [`SignIn`] describes.
    pub async fn sign_in(&self, sign_in: SignIn) -> Result<SignInOutcome, StoreFault> {
        match self.write(sign_in, |tx, sign_in| Box::pin(start(tx, sign_in))).await {
            Err(StoreFault::GuardLost) => Ok(SignInOutcome::Overtaken),
            outcome => outcome,
        }
    }

    /// Notes that a session was used.
    pub async fn touch_session(&self, id: &SessionId, now: Timestamp, idle_until: Timestamp) -> Result<(), StoreFault> {
        self.write((id.clone(), now, idle_until), |tx, (id, now, idle_until)| {
            Box::pin(async move { tx.execute(TOUCH, params![&*id, *now, *idle_until]).await.map(drop) })
        })
        .await
    }

    /// Ends sessions of one account; grants given in them end too, unless they hold `offline_access`.
    /// Gives how many were live.
    pub async fn end_sessions(
        &self,
        account: &AccountId,
        sessions: Vec<SessionId>,
        now: Timestamp,
        audit: AuditEvent,
    ) -> Result<usize, StoreFault> {
        self.write((account.clone(), sessions, now, audit), |tx, (account, sessions, now, audit)| {
            Box::pin(async move {
                let mut ended = Vec::with_capacity(sessions.len());
                for session in sessions {
                    if end(tx, session, account, *now).await? {
                        ended.push(session.as_str());
                    }
                }
                if !ended.is_empty() {
                    logouts::tell(tx, account, *now).await?;
                    let mut audit = audit.clone();
                    audit.detail.insert("sessions".to_owned(), ended.as_slice().into());
                    audit::append(tx, &audit).await?;
                }
                Ok(ended.len())
            })
        })
        .await
    }
}

async fn end(tx: &mut Tx<'_>, session: &SessionId, account: &AccountId, now: Timestamp) -> Result<bool, StoreFault> {
    if tx.execute(END, params![session, account, now]).await? == 0 {
        return Ok(false);
    }
    tx.execute(REVOKE_GRANTS, params![session, now]).await?;
    Ok(true)
}

async fn start(tx: &mut Tx<'_>, sign_in: &SignIn) -> Result<SignInOutcome, StoreFault> {
    let session = &sign_in.session;
    let now = session.created_at;
    if let Some(interaction) = &sign_in.interaction
        && !super::interactions::save(tx, interaction).await?
    {
        return Ok(SignInOutcome::Stale);
    }
    if let Some(account) = &sign_in.creates
        && !accounts::insert(tx, account).await?
    {
        return Err(StoreFault::GuardLost);
    }
    if sign_in.forgets_unproven {
        accounts::forget_unproven(tx, &session.account_id, sign_in.consumed_code.as_ref(), now).await?;
    }
    // Before anything else here touches `updated_at`.
    let is_renewed = match &sign_in.renewed_claims {
        Some(renewed) => accounts::renew_claims(tx, &session.account_id, renewed, now).await?,
        None => true,
    };
    if sign_in.verifies_address {
        accounts::prove_address(tx, &session.account_id, sign_in.welcome.as_ref(), now).await?;
    }
    if !insert(tx, session, sign_in.generation).await? {
        return Err(StoreFault::GuardLost);
    }
    if let Some(code) = &sign_in.consumed_code {
        codes::consume(tx, code, &session.account_id, now).await?;
    }
    end_older(tx, sign_in).await?;
    if let Some(device) = &sign_in.device {
        devices::see(tx, &session.account_id, device, now).await?;
    }
    if let Some(hash) = &sign_in.rehashed_password {
        tx.execute(accounts::REHASH, params![&session.account_id, sign_in.generation, hash.as_str()]).await?;
    }
    if let Some(identity) = &sign_in.identity {
        identities::enter(tx, identity, Entry { proven: false, keeps_taken: !is_renewed }).await?;
    }
    audit::append(tx, &sign_in.audit).await?;
    Ok(SignInOutcome::SignedIn)
}

/// Ends the session that this one replaces in its browser, and every other where one at a time is allowed.
async fn end_older(tx: &mut Tx<'_>, sign_in: &SignIn) -> Result<(), StoreFault> {
    let session = &sign_in.session;
    let now = session.created_at;
    if let Some(old) = &sign_in.replaces
        && tx.execute(END, params![old, &session.account_id, now]).await? == 1
    {
        tx.execute(MOVE_GRANTS, params![old, &session.id]).await?;
        logouts::hand_on(tx, old, &session.id).await?;
    }
    if sign_in.ends_others {
        tx.execute(END_OTHERS, params![&session.account_id, &session.id, now]).await?;
        tx.execute(REVOKE_OTHER_GRANTS, params![&session.account_id, &session.id, now]).await?;
        logouts::tell(tx, &session.account_id, now).await?;
    }
    Ok(())
}

async fn insert(tx: &mut Tx<'_>, session: &Session, generation: i64) -> Result<bool, StoreFault> {
    let amr = session.amr.join(" ");
    let values = params![
        &session.id,
        &session.secret,
        &session.account_id,
        session.auth_time,
        &amr,
        session.created_at,
        session.idle_expires_at,
        session.expires_at,
        &session.user_agent,
        &session.ip,
        generation,
        session.idp.as_ref().map(ProviderId::as_str)
    ];
    Ok(tx.execute(START, values).await? == 1)
}
