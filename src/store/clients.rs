//! Clients and their secrets.

use super::columns::{Columns, json};
use super::{FromRow, Row, Store, StoreFault, Tx};
use crate::base::{Digest, Timestamp};
use crate::model::audit::AuditEvent;
use crate::model::client::{Client, ClientMetadata, ClientSecret};
use crate::params;

// One row for each live secret, newest first; a client without secrets gives one row with nulls behind its columns.
pub(super) const FIND: &str = "\
SELECT c.client_id, c.metadata, c.created_at, c.updated_at, c.disabled_at, s.digest, s.created_at, s.expires_at \
FROM clients c LEFT JOIN client_secrets s ON s.client_id = c.client_id \
WHERE c.client_id = $1 ORDER BY s.created_at DESC";
pub(super) const LIST: &str = "\
SELECT c.client_id, c.metadata, c.created_at, c.updated_at, c.disabled_at, NULL, NULL, NULL \
FROM clients c WHERE c.client_id > $1 ORDER BY c.client_id LIMIT $2";
pub(super) const PUT: &str = "\
INSERT INTO clients (client_id, metadata, created_at, updated_at) VALUES ($1, $2, $3, $3) \
ON CONFLICT (client_id) DO UPDATE SET metadata = excluded.metadata, updated_at = excluded.updated_at \
RETURNING created_at";
pub(super) const ADD_SECRET: &str = "\
INSERT INTO client_secrets (client_id, digest, created_at) VALUES ($1, $2, $3) \
ON CONFLICT (client_id, digest) DO UPDATE SET created_at = excluded.created_at, expires_at = NULL";
pub(super) const EXPIRE_SECRETS: &str = "\
UPDATE client_secrets SET expires_at = $3 \
WHERE client_id = $1 AND digest <> $2 AND (expires_at IS NULL OR expires_at > $3)";
pub(super) const SET_DISABLED: &str = "UPDATE clients SET disabled_at = $2, updated_at = $3 WHERE client_id = $1";
pub(super) const REVOKE_GRANTS: &str = "UPDATE grants SET revoked_at = $2 WHERE client_id = $1 AND revoked_at IS NULL";
pub(super) const DELETE: &str = "DELETE FROM clients WHERE client_id = $1";

struct ClientRow {
    client: Client,
    secret: Option<ClientSecret>,
}

impl FromRow for ClientRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        let client = Client {
            client_id: columns.text()?,
            metadata: columns.json()?,
            secrets: Vec::new(),
            created_at: columns.time()?,
            updated_at: columns.time()?,
            disabled_at: columns.time_or_null()?,
        };
        let digest = columns.digest_or_null()?;
        let created_at = columns.time_or_null()?;
        let expires_at = columns.time_or_null()?;
        let secret = digest.zip(created_at).map(|(digest, created_at)| ClientSecret { digest, created_at, expires_at });
        Ok(Self { client, secret })
    }
}

/// A client to be made or changed.
#[derive(Debug, Clone)]
pub struct PutClient {
    /// Its id.
    pub client_id: String,
    /// What it shall be.
    pub metadata: ClientMetadata,
    /// A secret to become its newest one. Older ones stop counting at `older_secrets_until`.
    pub new_secret: Option<Digest>,
    /// When older secrets stop counting, if there is a new one.
    pub older_secrets_until: Timestamp,
    /// The moment.
    pub now: Timestamp,
    /// The record of it.
    pub audit: AuditEvent,
}

/// Whether something was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutOutcome {
    /// It is new.
    Created,
    /// It was there and is different or the same now.
    Updated,
}

impl Store {
    /// The client with its live and expired secrets, or nothing.
    pub async fn find_client(&self, client_id: &str) -> Result<Option<Client>, StoreFault> {
        let rows: Vec<ClientRow> = self
            .read(client_id.to_owned(), |db, client_id| {
                Box::pin(async move { db.all(FIND, params![&*client_id]).await })
            })
            .await?;
        let mut rows = rows.into_iter();
        let Some(first) = rows.next() else { return Ok(None) };
        let mut client = first.client;
        client.secrets.extend(first.secret);
        client.secrets.extend(rows.filter_map(|row| row.secret));
        Ok(Some(client))
    }

    /// Clients whose id comes behind `after`, in order of id, without their secrets.
    pub async fn list_clients(&self, after: &str, limit: i64) -> Result<Vec<Client>, StoreFault> {
        let rows: Vec<ClientRow> = self
            .read((after.to_owned(), limit), |db, (after, limit)| {
                Box::pin(async move { db.all(LIST, params![&*after, *limit]).await })
            })
            .await?;
        Ok(rows.into_iter().map(|row| row.client).collect())
    }

    /// Makes a client, or changes it.
    pub async fn put_client(&self, put: PutClient) -> Result<PutOutcome, StoreFault> {
        self.write(put, |tx, put| Box::pin(put_client(tx, put))).await
    }

    /// Disables a client (its grants are revoked) or enables it again. False when there is no such client.
    pub async fn set_client_disabled(
        &self,
        client_id: &str,
        disabled: bool,
        now: Timestamp,
        audit: AuditEvent,
    ) -> Result<bool, StoreFault> {
        self.write((client_id.to_owned(), disabled, now, audit), |tx, (client_id, disabled, now, audit)| {
            Box::pin(async move {
                let disabled_at = disabled.then_some(*now);
                if tx.execute(SET_DISABLED, params![&*client_id, disabled_at, *now]).await? == 0 {
                    return Ok(false);
                }
                if *disabled {
                    tx.execute(REVOKE_GRANTS, params![&*client_id, *now]).await?;
                }
                super::audit::append(tx, audit).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Removes a client and everything issued to it. False when there is no such client.
    pub async fn delete_client(&self, client_id: &str, audit: AuditEvent) -> Result<bool, StoreFault> {
        self.write((client_id.to_owned(), audit), |tx, (client_id, audit)| {
            Box::pin(async move {
                if tx.execute(DELETE, params![&*client_id]).await? == 0 {
                    return Ok(false);
                }
                super::audit::append(tx, audit).await?;
                Ok(true)
            })
        })
        .await
    }
}

async fn put_client(tx: &mut Tx<'_>, put: &PutClient) -> Result<PutOutcome, StoreFault> {
    let metadata = json(&put.metadata);
    let (created_at,): (i64,) = tx.one(PUT, params![&put.client_id, &metadata, put.now]).await?;
    if let Some(secret) = &put.new_secret {
        tx.execute(ADD_SECRET, params![&put.client_id, secret, put.now]).await?;
        tx.execute(EXPIRE_SECRETS, params![&put.client_id, secret, put.older_secrets_until]).await?;
    }
    super::audit::append(tx, &put.audit).await?;
    Ok(if created_at == put.now.micros() { PutOutcome::Created } else { PutOutcome::Updated })
}
