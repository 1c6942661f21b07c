//! `/api/v1/admin/clients`: the applications people sign in to. A secret is told once, when it is made (API-05).

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::super::Tag;
use super::super::body::Body;
use super::super::problem::Refused;
use super::client_document::{ClientDocument, changed_members};
use super::{Administrator, Done, cursor, rows};
use crate::base::{Fault, OpaqueToken, TokenKind};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::jose::{is_sealed, seal_secret};
use crate::model::audit::{AuditAction, AuditEvent};
use crate::model::client::{Client, ClientMetadata};
use crate::store::PutClient;

const HOUR: i64 = 3_600;

/// The operations.
pub struct ClientsApi;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Tag::Admin")]
impl ClientsApi {
    /// Clients in order of `client_id`
    #[oai(path = "/clients", method = "get", operation_id = "adminListClients")]
    async fn list(
        &self,
        _administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// Where to go on: the `next` of the page before.
        #[oai(validator(max_length = 255))]
        after: Query<Option<String>>,
        /// How many at most.
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
        limit: Query<Option<i64>>,
    ) -> Result<Json<AdminClients>, Refused> {
        let rows = rows(limit.0);
        let limit = i64::try_from(rows).unwrap_or(1);
        let found = exchange.context.store.list_clients(&cursor(after.0)?, limit).await?;
        let next = found.last().filter(|_| found.len() == rows).map(|client| client.client_id.clone());
        let clients = found.iter().map(|client| shown(client, None)).collect::<Result<_, _>>()?;
        Ok(Json(AdminClients { clients, next }))
    }

    /// Makes a client
    ///
    /// A confidential one is given a secret, which is told in this answer and never again.
    #[oai(path = "/clients", method = "post", operation_id = "adminCreateClient")]
    async fn create(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        body: Body<ClientDocument>,
    ) -> Result<Made, Refused> {
        let mut draw = exchange.draw()?;
        let made = || format!("{:032x}", u128::from_be_bytes(draw.bytes()));
        let client_id = body.0.client_id.clone().unwrap_or_else(made);
        let metadata = body.0.metadata(&client_id, &exchange.context.features)?;
        let has_secret = metadata.token_endpoint_auth_method.has_secret();
        let secret = has_secret.then(|| OpaqueToken::generate(TokenKind::ClientSecret, &mut draw));
        let audit = event(&exchange, &administrator, &client_id, "created");
        let put = put(&exchange, (&client_id, metadata), (secret.as_ref(), 0), audit)?;
        if !exchange.context.store.add_client(put).await? {
            return Err(HttpRefusal::Taken.into());
        }
        Ok(Made::Made(Json(shown(&find(&exchange, &client_id).await?, secret.as_ref())?)))
    }

    /// One client
    #[oai(path = "/clients/:client_id", method = "get", operation_id = "adminReadClient")]
    async fn read(
        &self,
        _administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The client.
        client_id: Path<String>,
    ) -> Result<Json<AdminClient>, Refused> {
        Ok(Json(shown(&find(&exchange, &client_id.0).await?, None)?))
    }

    /// Changes a client
    ///
    /// The whole is replaced; members left out take their defaults. Secrets stay.
    #[oai(path = "/clients/:client_id", method = "put", operation_id = "adminChangeClient")]
    async fn change(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The client.
        client_id: Path<String>,
        body: Body<ClientDocument>,
    ) -> Result<Json<AdminClient>, Refused> {
        let before = find(&exchange, &client_id.0).await?;
        let metadata = body.0.revised(&before, &exchange.context.features)?;
        if metadata != *before.metadata {
            let mut audit = event(&exchange, &administrator, &before.client_id, "");
            audit.detail.insert("members".to_owned(), changed_members(&before, &metadata).into());
            let (id, read_at) = (&before.client_id, before.updated_at);
            if !exchange.context.store.revise_client(id, read_at, metadata, audit).await? {
                return Err(HttpRefusal::Overtaken.into());
            }
        }
        Ok(Json(shown(&find(&exchange, &client_id.0).await?, None)?))
    }

    /// Removes a client
    ///
    /// With everything issued to it.
    #[oai(path = "/clients/:client_id", method = "delete", operation_id = "adminDeleteClient")]
    async fn delete(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The client.
        client_id: Path<String>,
    ) -> Result<Done, Refused> {
        let client = find(&exchange, &client_id.0).await?;
        let audit = event(&exchange, &administrator, &client.client_id, "deleted");
        let is_gone = exchange.context.store.delete_client(&client.client_id, audit).await?;
        if is_gone { Ok(Done::Done) } else { Err(HttpRefusal::NotFound.into()) }
    }

    /// Gives a client a new secret
    ///
    /// It is told in this answer and never again. The old one counts a while longer.
    #[oai(path = "/clients/:client_id/secret", method = "post", operation_id = "adminRotateClientSecret")]
    async fn rotate(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The client.
        client_id: Path<String>,
        /// How many hours the old secret still counts.
        #[oai(validator(minimum(value = "0"), maximum(value = "8760")))]
        overlap_hours: Query<Option<i64>>,
    ) -> Result<Json<AdminClient>, Refused> {
        let client = find(&exchange, &client_id.0).await?;
        if !client.metadata.token_endpoint_auth_method.has_secret() {
            return Err(HttpRefusal::ClientPublic.into());
        }
        let secret = OpaqueToken::generate(TokenKind::ClientSecret, &mut exchange.draw()?);
        let audit = event(&exchange, &administrator, &client.client_id, "client_secret");
        let new = (Some(&secret), overlap_hours.0.unwrap_or(24) * HOUR);
        let put = put(&exchange, (&client.client_id, (*client.metadata).clone()), new, audit)?;
        exchange.context.store.put_client(put).await?;
        Ok(Json(shown(&find(&exchange, &client_id.0).await?, Some(&secret))?))
    }

    /// Lets a client do nothing any more
    ///
    /// Its tokens are revoked.
    #[oai(path = "/clients/:client_id/disable", method = "post", operation_id = "adminDisableClient")]
    async fn disable(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The client.
        client_id: Path<String>,
    ) -> Result<Json<AdminClient>, Refused> {
        set_disabled(&exchange, &administrator, &client_id.0, true).await?;
        Ok(Json(shown(&find(&exchange, &client_id.0).await?, None)?))
    }

    /// Lets a disabled client work again
    #[oai(path = "/clients/:client_id/enable", method = "post", operation_id = "adminEnableClient")]
    async fn enable(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The client.
        client_id: Path<String>,
    ) -> Result<Json<AdminClient>, Refused> {
        set_disabled(&exchange, &administrator, &client_id.0, false).await?;
        Ok(Json(shown(&find(&exchange, &client_id.0).await?, None)?))
    }
}

/// A client was made.
#[derive(ApiResponse)]
enum Made {
    /// The client with its secret.
    #[oai(status = 201)]
    Made(Json<AdminClient>),
}

/// A page of clients.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct AdminClients {
    /// In order of `client_id`.
    clients: Vec<AdminClient>,
    /// Where the next page begins, if there may be one.
    next: Option<String>,
}

/// A client.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct AdminClient {
    /// When it was made, in seconds since 1970.
    client_id_issued_at: i64,
    /// Its secret, in the answer that made it.
    client_secret: Option<String>,
    /// 0: the secret does not expire (RFC 7591 §3.2.1).
    client_secret_expires_at: Option<i64>,
    /// What is registered.
    #[oai(flatten)]
    metadata: ClientDocument,
    /// Whether it may do nothing.
    disabled: bool,
    /// When it was last changed, in seconds since 1970.
    updated_at: i64,
}

fn shown(client: &Client, secret: Option<&OpaqueToken>) -> Result<AdminClient, Fault> {
    Ok(AdminClient {
        client_id_issued_at: client.created_at.seconds(),
        client_secret: secret.map(|secret| secret.expose().to_owned()),
        client_secret_expires_at: secret.map(|_| 0),
        metadata: ClientDocument::of(&client.client_id, &client.metadata)?,
        disabled: client.disabled_at.is_some(),
        updated_at: client.updated_at.seconds(),
    })
}

/// The client an address names, which must be there.
pub(super) async fn find(exchange: &Exchange, client_id: &str) -> Result<Client, Failure> {
    // Nobody has an id that could not be registered, and the store need not see it.
    if client_id.chars().any(char::is_control) {
        return Err(HttpRefusal::NotFound.into());
    }
    Ok(exchange.context.store.find_client(client_id).await?.ok_or(HttpRefusal::NotFound)?)
}

fn event(exchange: &Exchange, administrator: &Administrator, client_id: &str, member: &str) -> AuditEvent {
    let mut audit = administrator.event(exchange, AuditAction::ClientChanged, None);
    audit.client_id = Some(client_id.to_owned());
    audit.detail.insert("members".to_owned(), serde_json::json!([member]));
    audit
}

fn put(
    exchange: &Exchange,
    (client_id, metadata): (&str, ClientMetadata),
    (secret, overlap_seconds): (Option<&OpaqueToken>, i64),
    audit: AuditEvent,
) -> Result<PutClient, Fault> {
    let mut draw = exchange.draw()?;
    let to_seal = secret.filter(|_| is_sealed(&metadata));
    let sealed = to_seal.map(|secret| seal_secret(&exchange.context.master_key, client_id, secret.expose(), &mut draw));
    Ok(PutClient {
        client_id: client_id.to_owned(),
        metadata,
        new_secret: secret.map(OpaqueToken::digest),
        sealed_secret: sealed,
        older_secrets_until: exchange.now.plus_seconds(overlap_seconds),
        now: exchange.now,
        audit,
    })
}

async fn set_disabled(
    exchange: &Exchange,
    administrator: &Administrator,
    client_id: &str,
    disabled: bool,
) -> Result<(), Failure> {
    let client = find(exchange, client_id).await?;
    if client.disabled_at.is_some() == disabled {
        return Ok(());
    }
    let word = if disabled { "disabled" } else { "enabled" };
    let audit = event(exchange, administrator, &client.client_id, word);
    let store = &exchange.context.store;
    if store.set_client_disabled(&client.client_id, disabled, exchange.now, audit).await? {
        Ok(())
    } else {
        Err(HttpRefusal::NotFound.into())
    }
}
