//! Signing keys. The ring has a revision: a change made against an older one is refused, so that replicas which rotate
//! at the same time end with one set (F-37).

use super::columns::{Columns, unexpected};
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx, audit};
use crate::base::Timestamp;
use crate::model::audit::AuditEvent;
use crate::model::key::{KeyChange, SigningAlgorithm, SigningKeyRecord};
use crate::params;

statements! {
    REVISION = "SELECT revision FROM key_ring";
    RAISE_REVISION = "UPDATE key_ring SET revision = revision + 1 WHERE revision = $1";
    LIST = "\
        SELECT kid, algorithm, announced_at, signs_from, retires_at, gone_at, revoked_at, public_jwk, sealed_private_key \
        FROM signing_keys ORDER BY signs_from, kid";
    ADD = "\
        INSERT INTO signing_keys (kid, algorithm, announced_at, signs_from, retires_at, gone_at, revoked_at, public_jwk, \
        sealed_private_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    SCHEDULE =
        "UPDATE signing_keys SET signs_from = $2, retires_at = $3, gone_at = $4 WHERE kid = $1 AND revoked_at IS NULL";
    REVOKE = "UPDATE signing_keys SET revoked_at = $2 WHERE kid = $1 AND revoked_at IS NULL";
    FORGET = "DELETE FROM signing_keys WHERE kid = $1";
}

/// The keys at one revision of the ring.
#[derive(Debug, Clone)]
pub struct StoredKeys {
    /// The revision that a change must be made against.
    pub revision: i64,
    /// The keys.
    pub records: Vec<SigningKeyRecord>,
}

impl FromRow for SigningKeyRecord {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        let kid = columns.text()?;
        let algorithm = columns.text()?;
        Ok(Self {
            kid,
            algorithm: SigningAlgorithm::parse(&algorithm).ok_or_else(|| unexpected(1, "not an algorithm"))?,
            announced_at: columns.time()?,
            signs_from: columns.time()?,
            retires_at: columns.time_or_null()?,
            gone_at: columns.time_or_null()?,
            revoked_at: columns.time_or_null()?,
            public_jwk: columns.text()?,
            sealed_private_key: columns.text()?,
        })
    }
}

impl Store {
    /// Every key, with the revision of the ring.
    pub async fn signing_keys(&self) -> Result<StoredKeys, StoreFault> {
        self.read((), |db, ()| {
            Box::pin(async move {
                // The revision first: keys newer than it only make a change fail that could have gone through.
                let (revision,): (i64,) = db.one(REVISION, params![]).await?;
                Ok(StoredKeys { revision, records: db.all(LIST, params![]).await? })
            })
        })
        .await
    }

    /// The revision of the ring: cheap to ask often.
    pub async fn key_ring_revision(&self) -> Result<i64, StoreFault> {
        let (revision,): (i64,) =
            self.read((), |db, ()| Box::pin(async move { db.one(REVISION, params![]).await })).await?;
        Ok(revision)
    }

    /// Changes the ring as planned against `revision`. False when somebody else changed it first.
    pub async fn change_keys(
        &self,
        revision: i64,
        changes: Vec<KeyChange>,
        audit: AuditEvent,
    ) -> Result<bool, StoreFault> {
        self.write((revision, changes, audit), |tx, (revision, changes, audit)| {
            Box::pin(async move {
                if tx.execute(RAISE_REVISION, params![*revision]).await? == 0 {
                    return Ok(false);
                }
                for change in changes {
                    apply(tx, change).await?;
                }
                audit::append(tx, audit).await?;
                Ok(true)
            })
        })
        .await
    }
}

async fn apply(tx: &mut Tx<'_>, change: &KeyChange) -> Result<(), StoreFault> {
    match change {
        KeyChange::Add(record) => add(tx, record).await,
        KeyChange::Schedule { kid, signs_from, retires_at, gone_at } => {
            tx.execute(SCHEDULE, params![kid, *signs_from, *retires_at, *gone_at]).await.map(drop)
        }
        KeyChange::Revoke { kid, revoked_at } => tx.execute(REVOKE, params![kid, *revoked_at]).await.map(drop),
        KeyChange::Forget { kid } => tx.execute(FORGET, params![kid]).await.map(drop),
    }
}

async fn add(tx: &mut Tx<'_>, record: &SigningKeyRecord) -> Result<(), StoreFault> {
    let revoked_at: Option<Timestamp> = record.revoked_at;
    let values = params![
        &record.kid,
        record.algorithm.as_str(),
        record.announced_at,
        record.signs_from,
        record.retires_at,
        record.gone_at,
        revoked_at,
        &record.public_jwk,
        &record.sealed_private_key
    ];
    tx.execute(ADD, values).await.map(drop)
}
