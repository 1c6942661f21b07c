//! Authorizations that wait for a person's decision: asked for, decided on once, polled, collected once.

use super::columns::{Columns, unexpected};
use super::grants::{confirm, insert_grant, insert_refresh_token};
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx, audit, consents, interactions};
use crate::base::bounds::PENDING_LISTED_MAX;
use crate::base::{AccountId, Digest, Timestamp};
use crate::model::audit::AuditEvent;
use crate::model::outbox::OutboxMail;
use crate::model::pending::{
    ApprovalRequest, CollectPending, DecideOutcome, DecidePending, PendingAuthorization, PendingKind, RecordPoll,
};
use crate::params;

macro_rules! pending_columns {
    () => {
        "digest, kind, handle, client_id, account_id, scope, resources, message, user_agent, ip, created_at, \
         expires_at, interval_seconds, polled_at, decided_at, grant_id, consumed_at"
    };
}

statements! {
    INSERT = "\
        INSERT INTO pending_authorizations (digest, kind, handle, client_id, account_id, scope, resources, message, \
        user_agent, ip, created_at, expires_at, interval_seconds) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (handle) DO NOTHING";
    FIND = concat!("SELECT ", pending_columns!(), " FROM pending_authorizations WHERE digest = $1");
    FIND_BY_HANDLE = concat!("SELECT ", pending_columns!(), " FROM pending_authorizations WHERE handle = $1");
    LIST_OF_ACCOUNT = concat!(
        "SELECT ",
        pending_columns!(),
        " FROM pending_authorizations WHERE account_id = $1 AND decided_at IS NULL AND expires_at > $2 \
         ORDER BY created_at DESC, digest LIMIT $3"
    );
    // The guard is the poll before: of two polls at once only one finds it.
    POLL = "\
        UPDATE pending_authorizations SET polled_at = $3, interval_seconds = $4 \
        WHERE digest = $1 AND COALESCE(polled_at, 0) = $2";
    DECIDE = "\
        UPDATE pending_authorizations SET decided_at = $2 \
        WHERE digest = $1 AND decided_at IS NULL AND expires_at > $2";
    ATTACH_GRANT = "UPDATE pending_authorizations SET grant_id = $2 WHERE digest = $1";
    COLLECT = "\
        UPDATE pending_authorizations SET consumed_at = $2 WHERE digest = $1 AND consumed_at IS NULL \
        AND EXISTS (SELECT 1 FROM grants g WHERE g.id = grant_id AND g.revoked_at IS NULL)";
}

impl FromRow for PendingAuthorization {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        let request = ApprovalRequest {
            digest: columns.digest()?,
            kind: PendingKind::parse(&columns.text()?).ok_or_else(|| unexpected(1, "not a kind of request"))?,
            handle: columns.text()?,
            client_id: columns.text()?,
            account_id: columns.id_or_null()?,
            scope: columns.scope()?,
            resources: columns.words()?,
            message: columns.text_or_null()?,
            user_agent: columns.text_or_null()?,
            ip: columns.text_or_null()?,
            created_at: columns.time()?,
            expires_at: columns.time()?,
        };
        Ok(Self {
            request,
            interval_seconds: columns.integer()?,
            polled_at: columns.time_or_null()?,
            decided_at: columns.time_or_null()?,
            grant_id: columns.id_or_null()?,
            consumed_at: columns.time_or_null()?,
        })
    }
}

impl Store {
    /// Keeps a request, with the mail that leads the person to it. False, and nothing is written, when another live one
    /// has the same handle.
    pub async fn ask_approval(
        &self,
        request: ApprovalRequest,
        interval_seconds: i64,
        mail: Option<OutboxMail>,
        audit: AuditEvent,
    ) -> Result<bool, StoreFault> {
        self.write((request, interval_seconds, mail, audit), |tx, (request, interval_seconds, mail, audit)| {
            Box::pin(async move {
                if !insert(tx, request, *interval_seconds).await? {
                    return Ok(false);
                }
                if let Some(mail) = mail {
                    super::outbox::put(tx, mail).await?;
                }
                audit::append(tx, audit).await?;
                Ok(true)
            })
        })
        .await
    }

    /// The request that is polled for with this secret.
    pub async fn find_pending(&self, digest: Digest) -> Result<Option<PendingAuthorization>, StoreFault> {
        self.read(digest, |db, digest| Box::pin(async move { db.optional(FIND, params![&*digest]).await })).await
    }

    /// The request that a user code or a mailed link leads to.
    pub async fn find_pending_by_handle(&self, handle: String) -> Result<Option<PendingAuthorization>, StoreFault> {
        self.read(handle, |db, handle| Box::pin(async move { db.optional(FIND_BY_HANDLE, params![&*handle]).await }))
            .await
    }

    /// What waits for the decision of this person, the latest first.
    pub async fn list_pending(
        &self,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Vec<PendingAuthorization>, StoreFault> {
        self.read((account.clone(), now), |db, (account, now)| {
            Box::pin(async move { db.all(LIST_OF_ACCOUNT, params![&*account, *now, PENDING_LISTED_MAX]).await })
        })
        .await
    }

    /// Counts a poll. False when another poll came at the same moment.
    pub async fn record_poll(&self, poll: RecordPoll) -> Result<bool, StoreFault> {
        self.write(poll, |tx, poll| {
            Box::pin(async move {
                let before = poll.before.map_or(0, Timestamp::micros);
                let values = params![&poll.digest, before, poll.now, poll.interval_seconds];
                Ok(tx.execute(POLL, values).await? == 1)
            })
        })
        .await
    }

    /// Writes a person's decision, once.
    pub async fn decide_pending(&self, decide: DecidePending) -> Result<DecideOutcome, StoreFault> {
        match self.write(decide, |tx, decide| Box::pin(decide_pending(tx, decide))).await {
            Err(StoreFault::GuardLost) => Ok(DecideOutcome::SessionEnded),
            outcome => outcome,
        }
    }

    /// Hands the tokens out. False when somebody was first, or the grant was revoked in the meantime.
    pub async fn collect_pending(&self, collect: CollectPending) -> Result<bool, StoreFault> {
        self.write(collect, |tx, collect| {
            Box::pin(async move {
                if tx.execute(COLLECT, params![&collect.digest, collect.now]).await? == 0 {
                    return Ok(false);
                }
                if let Some(token) = &collect.refresh_token {
                    insert_refresh_token(tx, token).await?;
                }
                if let Some(confirmation) = &collect.confirmation {
                    confirm(tx, &collect.grant_id, confirmation).await?;
                }
                Ok(true)
            })
        })
        .await
    }
}

async fn insert(tx: &mut Tx<'_>, request: &ApprovalRequest, interval_seconds: i64) -> Result<bool, StoreFault> {
    let (scope, resources) = (request.scope.to_string(), request.resources.join(" "));
    let values = params![
        &request.digest,
        request.kind.as_str(),
        &request.handle,
        &request.client_id,
        request.account_id.as_ref(),
        &scope,
        &resources,
        &request.message,
        &request.user_agent,
        &request.ip,
        request.created_at,
        request.expires_at,
        interval_seconds
    ];
    Ok(tx.execute(INSERT, values).await? == 1)
}

async fn decide_pending(tx: &mut Tx<'_>, decide: &DecidePending) -> Result<DecideOutcome, StoreFault> {
    if !interactions::finish(tx, &decide.interaction, decide.now).await? {
        return Ok(DecideOutcome::Over);
    }
    if tx.execute(DECIDE, params![&decide.digest, decide.now]).await? == 0 {
        return Ok(DecideOutcome::Over);
    }
    if let Some(grant) = &decide.grant {
        if !insert_grant(tx, grant).await? {
            return Err(StoreFault::GuardLost);
        }
        tx.execute(ATTACH_GRANT, params![&decide.digest, &grant.id]).await?;
    }
    if let Some(consent) = &decide.consent {
        consents::put(tx, consent).await?;
    }
    audit::append(tx, &decide.audit).await?;
    Ok(DecideOutcome::Decided)
}
