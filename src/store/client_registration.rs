//! Clients that come by themselves: registered by a program (RFC 7591, RFC 7592), or known by the document at their id.

use super::clients::{ADD_SECRET, NewSecret, REVISE};
use super::columns::{Columns, json, json_of};
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx, audit, unless_guard_lost};
use crate::base::bounds::{
    ADMIN_PAGE_ROWS_MAX, CLIENT_DOCUMENT_SAFE_SECONDS, DOCUMENT_CLIENTS_MAX, OPEN_CLIENT_SAFE_SECONDS,
    OPEN_CLIENTS_LOOKED_AT, OPEN_CLIENTS_MAX,
};
use crate::base::{Digest, Timestamp};
use crate::model::audit::AuditEvent;
use crate::model::client::{ClientMetadata, Provenance};
use crate::params;
use crate::protocol::client_registration::is_as_strangers_register;

statements! {
    ADD_INITIAL_TOKEN =
        "INSERT INTO initial_access_tokens (digest, uses_left, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    IS_INITIAL_TOKEN_LIVE =
        "SELECT uses_left FROM initial_access_tokens WHERE digest = $1 AND uses_left > 0 AND expires_at > $2";
    USE_INITIAL_TOKEN = "\
        UPDATE initial_access_tokens SET uses_left = uses_left - 1 \
        WHERE digest = $1 AND uses_left > 0 AND expires_at > $2";
    LIST_INITIAL_TOKENS = "\
        SELECT digest, uses_left, created_at, expires_at FROM initial_access_tokens \
        WHERE uses_left > 0 AND expires_at > $1 ORDER BY created_at DESC, digest LIMIT $2";
    REMOVE_INITIAL_TOKEN = "DELETE FROM initial_access_tokens WHERE digest = $1";
    COUNT = "SELECT COUNT(*) AS clients FROM clients WHERE provenance = $1";
    // Whoever has this row counts alone until the end of its unit, on PostgreSQL, too, where others run beside it.
    COUNT_ALONE = "\
        INSERT INTO throttles (key, count, window_started_at, blocked_until, expires_at) VALUES ($1, 0, $2, NULL, $2) \
        ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at";
    INSERT = "\
        INSERT INTO clients (client_id, metadata, created_at, updated_at, provenance) VALUES ($1, $2, $3, $3, $4) \
        ON CONFLICT (client_id) DO NOTHING";
    ADD_TOKEN = "INSERT INTO registration_tokens (client_id, digest) VALUES ($1, $2)";
    FIND_TOKEN = "SELECT digest FROM registration_tokens WHERE client_id = $1";
    // A client of the operator under the same id is nobody else's to change.
    REFRESH_DOCUMENT = "\
        UPDATE clients SET metadata = $2, updated_at = $3 \
        WHERE client_id = $1 AND provenance = 'document' AND metadata <> $2";
    KEEP_FRESHNESS = "\
        INSERT INTO client_documents (client_id, fetched_at, fresh_until) VALUES ($1, $2, $3) \
        ON CONFLICT (client_id) DO UPDATE SET fetched_at = excluded.fetched_at, fresh_until = excluded.fresh_until";
    // The one not looked at for longest on which nothing rests. What an operator disabled stays disabled.
    UNUSED_DOCUMENT = "\
        SELECT d.client_id FROM client_documents d JOIN clients c ON c.client_id = d.client_id \
        WHERE d.fetched_at < $1 AND c.disabled_at IS NULL \
        AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = d.client_id) \
        AND NOT EXISTS (SELECT 1 FROM consents a WHERE a.client_id = d.client_id) ORDER BY d.fetched_at LIMIT 1";
    // The oldest on which nothing rests, from an index alone: their metadata may be long.
    UNUSED = "\
        SELECT c.client_id FROM clients c \
        WHERE c.provenance = 'anybody' AND c.created_at < $1 AND c.disabled_at IS NULL \
        AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = c.client_id) \
        AND NOT EXISTS (SELECT 1 FROM consents a WHERE a.client_id = c.client_id) ORDER BY c.created_at LIMIT $2";
    // Held, so that whoever changes it or is granted something for it meanwhile comes before or after what follows.
    HOLD = "SELECT c.metadata FROM clients c WHERE c.client_id = $1 AND c.disabled_at IS NULL FOR UPDATE";
    FORGET = "\
        DELETE FROM clients WHERE client_id = $1 \
        AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = $1) \
        AND NOT EXISTS (SELECT 1 FROM consents a WHERE a.client_id = $1)";
    FIND_FRESHNESS = "SELECT fresh_until FROM client_documents WHERE client_id = $1";
}

/// A client that registers itself.
#[derive(Debug, Clone)]
pub struct RegisterClient {
    /// Its new id.
    pub client_id: String,
    /// What it is.
    pub metadata: ClientMetadata,
    /// Its secret, if its way of authenticating needs one.
    pub secret: Option<NewSecret>,
    /// The token by which it manages itself.
    pub registration_token: Digest,
    /// The token that lets it register; without one, everybody may.
    pub initial_token: Option<Digest>,
    /// The moment.
    pub now: Timestamp,
    /// The record of it.
    pub audit: AuditEvent,
}

/// A token that lets programs register, without the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitialAccessToken {
    /// Its digest.
    pub digest: Digest,
    /// How many clients it may still register.
    pub uses_left: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops counting.
    pub expires_at: Timestamp,
}

impl FromRow for InitialAccessToken {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            digest: Digest::from_stored(columns.text()?),
            uses_left: columns.integer()?,
            created_at: columns.time()?,
            expires_at: columns.time()?,
        })
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegisterClientOutcome {
    /// It is registered.
    Registered,
    /// The initial access token is unknown, used up or too old.
    TokenSpent,
    /// There are as many such clients as are kept.
    TooMany,
}

/// A client as its document describes it.
#[derive(Debug, Clone)]
pub struct DocumentClient {
    /// Its id: the address of the document.
    pub client_id: String,
    /// What the document says.
    pub metadata: ClientMetadata,
    /// Until when it is believed.
    pub fresh_until: Timestamp,
    /// The moment.
    pub now: Timestamp,
    /// The record of it, when something changed.
    pub audit: AuditEvent,
}

impl Store {
    /// Keeps an initial access token that may be used `uses` times until `expires_at`.
    pub async fn add_initial_access_token(
        &self,
        token: Digest,
        uses: u32,
        expires_at: Timestamp,
        audit: AuditEvent,
    ) -> Result<(), StoreFault> {
        self.write((token, uses, expires_at, audit), |tx, (token, uses, expires_at, audit)| {
            Box::pin(async move {
                tx.execute(ADD_INITIAL_TOKEN, params![&*token, i64::from(*uses), audit.at, *expires_at]).await?;
                audit::append(tx, audit).await
            })
        })
        .await
    }

    /// Whether an initial access token may still be used.
    pub async fn is_initial_access_token_live(&self, token: Digest, now: Timestamp) -> Result<bool, StoreFault> {
        let found: Option<(i64,)> = self
            .read((token, now), |db, (token, now)| {
                Box::pin(async move { db.optional(IS_INITIAL_TOKEN_LIVE, params![&*token, *now]).await })
            })
            .await?;
        Ok(found.is_some())
    }

    /// The initial access tokens that may still be used, the latest first, as far as a page shows them.
    pub async fn list_initial_access_tokens(&self, now: Timestamp) -> Result<Vec<InitialAccessToken>, StoreFault> {
        self.read(now, |db, now| {
            Box::pin(async move { db.all(LIST_INITIAL_TOKENS, params![*now, ADMIN_PAGE_ROWS_MAX]).await })
        })
        .await
    }

    /// Removes an initial access token. False when there is none of this digest.
    pub async fn remove_initial_access_token(&self, digest: String, audit: AuditEvent) -> Result<bool, StoreFault> {
        self.write((digest, audit), |tx, (digest, audit)| {
            Box::pin(async move {
                if tx.execute(REMOVE_INITIAL_TOKEN, params![&**digest]).await? == 0 {
                    return Ok(false);
                }
                audit::append(tx, audit).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Registers a client. The initial access token is counted in the same unit.
    pub async fn register_client(&self, register: RegisterClient) -> Result<RegisterClientOutcome, StoreFault> {
        self.write(register, |tx, register| Box::pin(carry_out(tx, register))).await
    }

    /// The digest of the token by which a client manages itself, if it has one.
    pub async fn find_registration_token(&self, client_id: &str) -> Result<Option<Digest>, StoreFault> {
        let found: Option<(String,)> = self
            .read(client_id.to_owned(), |db, client_id| {
                Box::pin(async move { db.optional(FIND_TOKEN, params![&*client_id]).await })
            })
            .await?;
        Ok(found.map(|(digest,)| Digest::from_stored(digest)))
    }

    /// Gives a client that manages itself other metadata, and a secret if it has none and needs one now; if nobody
    /// changed it since `read_at`.
    pub async fn revise_registration(
        &self,
        client_id: &str,
        read_at: Timestamp,
        (metadata, secret): (ClientMetadata, Option<NewSecret>),
        audit: AuditEvent,
    ) -> Result<bool, StoreFault> {
        let state = (client_id.to_owned(), read_at, metadata, secret, audit);
        self.write(state, |tx, (client_id, read_at, metadata, secret, audit)| {
            Box::pin(async move {
                let metadata = json(metadata);
                if tx.execute(REVISE, params![&*client_id, *read_at, &metadata, audit.at]).await? == 0 {
                    return Ok(false);
                }
                if let Some(secret) = secret {
                    tx.execute(ADD_SECRET, params![&*client_id, &secret.digest, audit.at, &secret.sealed]).await?;
                }
                audit::append(tx, audit).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Until when the document of a client is believed; nothing for clients that have none.
    pub async fn find_document_freshness(&self, client_id: &str) -> Result<Option<Timestamp>, StoreFault> {
        let found: Option<(i64,)> = self
            .read(client_id.to_owned(), |db, client_id| {
                Box::pin(async move { db.optional(FIND_FRESHNESS, params![&*client_id]).await })
            })
            .await?;
        Ok(found.map(|(micros,)| Timestamp::from_micros(micros)))
    }

    /// Keeps a client as its document describes it. When there are as many as are kept, one makes room on which nothing
    /// rests; false when there is none.
    pub async fn put_document_client(&self, put: DocumentClient) -> Result<bool, StoreFault> {
        unless_guard_lost(self.write(put, |tx, put| Box::pin(put_document(tx, put))).await)
    }
}

async fn carry_out(tx: &mut Tx<'_>, register: &RegisterClient) -> Result<RegisterClientOutcome, StoreFault> {
    let provenance = match &register.initial_token {
        Some(token) => {
            if tx.execute(USE_INITIAL_TOKEN, params![token, register.now]).await? == 0 {
                return Ok(RegisterClientOutcome::TokenSpent);
            }
            Provenance::Token
        }
        None if is_room_for(tx, register).await? => Provenance::Anybody,
        None => return Ok(RegisterClientOutcome::TooMany),
    };
    let RegisterClient { client_id, metadata, secret, registration_token, now, audit, .. } = register;
    let metadata = json(metadata);
    if tx.execute(INSERT, params![client_id, &metadata, *now, provenance.as_str()]).await? == 0 {
        // The id was drawn from 128 bits.
        return Err(StoreFault::GuardLost);
    }
    if let Some(secret) = secret {
        tx.execute(ADD_SECRET, params![client_id, &secret.digest, *now, &secret.sealed]).await?;
    }
    tx.execute(ADD_TOKEN, params![client_id, registration_token]).await?;
    audit::append(tx, audit).await?;
    Ok(RegisterClientOutcome::Registered)
}

/// Whether one more may register without a token. When there are as many as are kept, the oldest is forgotten that nobody
/// used and no operator decided anything about.
async fn is_room_for(tx: &mut Tx<'_>, register: &RegisterClient) -> Result<bool, StoreFault> {
    if count_alone(tx, Provenance::Anybody, register.now).await? < OPEN_CLIENTS_MAX {
        return Ok(true);
    }
    let before = register.now.plus_seconds(-OPEN_CLIENT_SAFE_SECONDS);
    let unused: Vec<(String,)> = tx.all(UNUSED, params![before, OPEN_CLIENTS_LOOKED_AT]).await?;
    for (client_id,) in unused {
        if forget(tx, &client_id, is_as_strangers_register).await? {
            let mut audit = register.audit.clone();
            audit.client_id = Some(client_id);
            audit.detail.insert("members".to_owned(), serde_json::json!(["forgotten"]));
            audit::append(tx, &audit).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Removes a client on which nothing rests, if its metadata are such that it may go.
async fn forget(tx: &mut Tx<'_>, client_id: &str, may_go: fn(&ClientMetadata) -> bool) -> Result<bool, StoreFault> {
    let Some((metadata,)) = tx.optional::<(String,)>(HOLD, params![client_id]).await? else { return Ok(false) };
    Ok(may_go(&json_of(0, &metadata)?) && tx.execute(FORGET, params![client_id]).await? > 0)
}

async fn put_document(tx: &mut Tx<'_>, put: &DocumentClient) -> Result<(), StoreFault> {
    let DocumentClient { client_id, metadata, fresh_until, now, audit } = put;
    let metadata = json(metadata);
    let mut changes = tx.execute(REFRESH_DOCUMENT, params![client_id, &metadata, *now]).await?;
    let is_known: Option<(i64,)> = tx.optional(FIND_FRESHNESS, params![client_id]).await?;
    if is_known.is_none() {
        if count_alone(tx, Provenance::Document, *now).await? >= DOCUMENT_CLIENTS_MAX {
            let before = now.plus_seconds(-CLIENT_DOCUMENT_SAFE_SECONDS);
            let unused: Option<(String,)> = tx.optional(UNUSED_DOCUMENT, params![before]).await?;
            let Some((unused,)) = unused else { return Err(StoreFault::GuardLost) };
            if !forget(tx, &unused, |_| true).await? {
                return Err(StoreFault::GuardLost);
            }
        }
        changes += tx.execute(INSERT, params![client_id, &metadata, *now, Provenance::Document.as_str()]).await?;
        if changes == 0 {
            return Err(StoreFault::GuardLost);
        }
    }
    tx.execute(KEEP_FRESHNESS, params![client_id, *now, *fresh_until]).await?;
    if changes == 0 { Ok(()) } else { audit::append(tx, audit).await }
}

async fn count_alone(tx: &mut Tx<'_>, provenance: Provenance, now: Timestamp) -> Result<i64, StoreFault> {
    let row = format!("clients:{}", provenance.as_str());
    tx.execute(COUNT_ALONE, params![&*row, now]).await?;
    let found: Option<(i64,)> = tx.optional(COUNT, params![provenance.as_str()]).await?;
    Ok(found.map_or(0, |(count,)| count))
}
