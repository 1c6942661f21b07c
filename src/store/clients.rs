//! Clients and their secrets.

use super::columns::{Columns, json, json_of, unexpected};
use super::provisioning::PutOutcome;
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx, audit, unless_guard_lost};
use crate::base::{Digest, Timestamp};
use crate::model::audit::AuditEvent;
use crate::model::client::{Client, ClientMetadata, ClientSecret, Provenance};
use crate::params;

statements! {
    // One row for each secret, newest first; a client without secrets gives one row with nulls behind its columns.
    FIND = "\
        SELECT c.client_id, c.metadata, c.created_at, c.updated_at, c.disabled_at, c.provenance, s.digest, s.created_at, \
        s.expires_at, s.sealed FROM clients c LEFT JOIN client_secrets s ON s.client_id = c.client_id \
        WHERE c.client_id = $1 ORDER BY s.created_at DESC, s.digest";
    LIST = "\
        SELECT c.client_id, c.metadata, c.created_at, c.updated_at, c.disabled_at, c.provenance, \
        NULL AS digest, NULL AS secret_created_at, NULL AS secret_expires_at, NULL AS sealed FROM clients c WHERE c.client_id > $1 ORDER BY c.client_id LIMIT $2";
    INSERT = "\
        INSERT INTO clients (client_id, metadata, created_at, updated_at) VALUES ($1, $2, $3, $3) \
        ON CONFLICT (client_id) DO NOTHING";
    CHANGE = "UPDATE clients SET metadata = $2, updated_at = $3 WHERE client_id = $1 AND metadata <> $2";
    REVISE = "UPDATE clients SET metadata = $3, updated_at = $4 WHERE client_id = $1 AND updated_at = $2";
    // A secret that was on its way out and is given again is the newest once more.
    ADD_SECRET = "\
        INSERT INTO client_secrets (client_id, digest, created_at, sealed) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (client_id, digest) DO UPDATE SET created_at = excluded.created_at, expires_at = NULL, \
        sealed = excluded.sealed WHERE client_secrets.expires_at IS NOT NULL \
        OR (client_secrets.sealed IS NULL AND excluded.sealed IS NOT NULL)";
    EXPIRE_SECRETS = "\
        UPDATE client_secrets SET expires_at = $3 \
        WHERE client_id = $1 AND digest <> $2 AND (expires_at IS NULL OR expires_at > $3)";
    SET_DISABLED = "UPDATE clients SET disabled_at = $2, updated_at = $3 WHERE client_id = $1";
    REVOKE_GRANTS = "UPDATE grants SET revoked_at = $2 WHERE client_id = $1 AND revoked_at IS NULL";
    DELETE = "DELETE FROM clients WHERE client_id = $1";
}

/// A client with one of its secrets. Its metadata is still text: the same in every row, it is read once.
struct ClientRow {
    client_id: String,
    metadata: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    disabled_at: Option<Timestamp>,
    provenance: Provenance,
    secret: Option<ClientSecret>,
}

impl FromRow for ClientRow {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            client_id: columns.text()?,
            metadata: columns.text()?,
            created_at: columns.time()?,
            updated_at: columns.time()?,
            disabled_at: columns.time_or_null()?,
            provenance: read_provenance(&mut columns)?,
            secret: read_secret(&mut columns)?,
        })
    }
}

fn read_provenance(columns: &mut Columns<'_, '_>) -> Result<Provenance, StoreFault> {
    let text = columns.text()?;
    Provenance::parse(&text).ok_or_else(|| unexpected(5, "not a provenance"))
}

fn read_secret(columns: &mut Columns<'_, '_>) -> Result<Option<ClientSecret>, StoreFault> {
    let digest = columns.digest_or_null()?;
    let created_at = columns.time_or_null()?;
    let expires_at = columns.time_or_null()?;
    let sealed = columns.text_or_null()?;
    Ok(digest.zip(created_at).map(|(digest, created_at)| ClientSecret { digest, created_at, expires_at, sealed }))
}

impl ClientRow {
    fn into_client(self) -> Result<Client, StoreFault> {
        Ok(Client {
            metadata: json_of(1, &self.metadata)?,
            client_id: self.client_id,
            secrets: self.secret.into_iter().collect(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            disabled_at: self.disabled_at,
            provenance: self.provenance,
        })
    }
}

/// A secret that a client is given.
#[derive(Debug, Clone)]
pub struct NewSecret {
    /// Its digest.
    pub digest: Digest,
    /// The secret itself, sealed, when the client signs with it.
    pub sealed: Option<String>,
}

/// A client to be made or changed. Whether it is disabled is not the business of this.
#[derive(Debug, Clone)]
pub struct PutClient {
    /// Its id.
    pub client_id: String,
    /// What it shall be.
    pub metadata: ClientMetadata,
    /// A secret to become its newest one. Older ones stop counting at `older_secrets_until`.
    pub new_secret: Option<Digest>,
    /// That secret itself, sealed, when the client signs with it.
    pub sealed_secret: Option<String>,
    /// When older secrets stop counting, if there is a new one.
    pub older_secrets_until: Timestamp,
    /// The moment.
    pub now: Timestamp,
    /// The record of it.
    pub audit: AuditEvent,
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
        let mut client = first.into_client()?;
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
        rows.into_iter().map(ClientRow::into_client).collect()
    }

    /// Makes a client, or changes it. Doing the same twice changes nothing the second time.
    pub async fn put_client(&self, put: PutClient) -> Result<PutOutcome, StoreFault> {
        self.write(put, |tx, put| Box::pin(put_client(tx, put))).await
    }

    /// Makes a client under an id that nobody has. False when somebody does.
    pub async fn add_client(&self, put: PutClient) -> Result<bool, StoreFault> {
        let unit = self.write(put, |tx, put| {
            Box::pin(async move {
                // A client that was there is left as it was.
                if put_client(tx, put).await? == PutOutcome::Created { Ok(()) } else { Err(StoreFault::GuardLost) }
            })
        });
        unless_guard_lost(unit.await)
    }

    /// Gives a client other metadata, if nobody changed it since `read_at` (the `updated_at` that was seen).
    pub async fn revise_client(
        &self,
        client_id: &str,
        read_at: Timestamp,
        metadata: ClientMetadata,
        audit: AuditEvent,
    ) -> Result<bool, StoreFault> {
        self.write((client_id.to_owned(), read_at, metadata, audit), |tx, (client_id, read_at, metadata, audit)| {
            Box::pin(async move {
                let metadata = json(metadata);
                if tx.execute(REVISE, params![&*client_id, *read_at, &metadata, audit.at]).await? == 0 {
                    return Ok(false);
                }
                audit::append(tx, audit).await?;
                Ok(true)
            })
        })
        .await
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
                audit::append(tx, audit).await?;
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
                audit::append(tx, audit).await?;
                Ok(true)
            })
        })
        .await
    }
}

async fn put_client(tx: &mut Tx<'_>, put: &PutClient) -> Result<PutOutcome, StoreFault> {
    let metadata = json(&put.metadata);
    let values = params![&put.client_id, &metadata, put.now];
    let is_new = tx.execute(INSERT, values).await? == 1;
    let mut changes = if is_new { 1 } else { tx.execute(CHANGE, values).await? };
    if let Some(secret) = &put.new_secret {
        changes += tx.execute(ADD_SECRET, params![&put.client_id, secret, put.now, &put.sealed_secret]).await?;
        changes += tx.execute(EXPIRE_SECRETS, params![&put.client_id, secret, put.older_secrets_until]).await?;
    }
    if changes == 0 {
        return Ok(PutOutcome::Unchanged);
    }
    audit::append(tx, &put.audit).await?;
    Ok(if is_new { PutOutcome::Created } else { PutOutcome::Updated })
}
