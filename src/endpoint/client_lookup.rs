//! Finding the client that a request names: in the store, or, when its id is the address of its metadata, there.
//!
//! What a document says counts until its time is over; the next authorization request has it fetched anew. Requests that
//! rest on something issued before do not wait for it.

use super::client::event_of;
use super::client_registration::metadata_of;
use super::exchange::Exchange;
use super::failure::Failure;
use super::limit;
use super::software_statement;
use crate::base::bounds::CLIENT_DOCUMENT_BYTES_MAX;
use crate::model::audit::{Actor, AuditAction};
use crate::model::client::{Client, Provenance};
use crate::model::{ThrottleKey, ThrottlePurpose};
use crate::pages::Detail;
use crate::protocol::Reason;
use crate::protocol::client_document::{self, fresh_seconds, is_address};
use crate::store::DocumentClient;

/// The client of a new request. A document whose time is over is fetched, and without it there is no client.
pub async fn find(exchange: &Exchange, client_id: &str) -> Result<Option<Client>, Failure> {
    let store = &exchange.context.store;
    let found = stored(exchange, client_id).await?;
    if !is_by_document(exchange, client_id) || found.as_ref().is_some_and(is_settled) {
        return Ok(found);
    }
    let fresh_until = store.find_document_freshness(client_id).await?;
    if found.is_some() && fresh_until.is_some_and(|until| exchange.now < until) {
        return Ok(found);
    }
    fetch(exchange, client_id).await?;
    Ok(store.find_client(client_id).await?)
}

/// The client of a request that rests on an earlier one. A document is only fetched when nothing is known of it.
pub async fn known(exchange: &Exchange, client_id: &str) -> Result<Option<Client>, Failure> {
    match stored(exchange, client_id).await? {
        None if is_by_document(exchange, client_id) => match find(exchange, client_id).await {
            Err(Failure::Refused(_) | Failure::RefusedWith(..)) => Ok(None),
            other => other,
        },
        found => Ok(found),
    }
}

async fn stored(exchange: &Exchange, client_id: &str) -> Result<Option<Client>, Failure> {
    let found = exchange.context.store.find_client(client_id).await?;
    let is_on = exchange.context.features.client_id_documents;
    Ok(found.filter(|client| is_on || client.provenance != Provenance::Document))
}

fn is_by_document(exchange: &Exchange, client_id: &str) -> bool {
    exchange.context.features.client_id_documents && is_address(client_id, exchange.context.policy.is_dev)
}

/// Whether no document decides about the client: it is the operator's own, or the operator has disabled it.
fn is_settled(client: &Client) -> bool {
    client.provenance != Provenance::Document || client.disabled_at.is_some()
}

async fn fetch(exchange: &Exchange, client_id: &str) -> Result<(), Failure> {
    let purpose = ThrottlePurpose::ClientDocumentIp;
    limit::count(exchange, ThrottleKey::ip(purpose, exchange.ip), purpose).await?;
    let found = exchange.context.outbound.get(client_id, "application/json").await.map_err(|failure| {
        // DCR-03: what is behind an address is not for whoever named it.
        tracing::info!(request = exchange.id.as_str(), client_id, %failure, "no document of the client");
        Failure::Refused(Reason::ClientDocumentUnusable)
    })?;
    let is_json = found.media_type == "application/json" || found.media_type.ends_with("+json");
    let document = super::api::body::read_value(&found.body).ok();
    let is_small = found.body.len() <= CLIENT_DOCUMENT_BYTES_MAX;
    let document = document.filter(|_| is_json && is_small).ok_or_else(|| unusable("It is no JSON, or too large."))?;
    let mut members =
        client_document::members(client_id, document).map_err(|problem| unusable(&problem.description()))?;
    software_statement::read(exchange, &mut members).map_err(|problem| unusable(&problem.description()))?;
    let metadata = metadata_of(exchange, client_id, members, Provenance::Document, None).await.map_err(told)?;
    let mut audit = event_of(exchange, AuditAction::ClientChanged);
    audit.actor = Actor::Client;
    audit.client_id = Some(client_id.to_owned());
    audit.detail.insert("members".to_owned(), serde_json::json!(["document"]));
    let put = DocumentClient {
        client_id: client_id.to_owned(),
        metadata,
        fresh_until: exchange.now.plus_seconds(fresh_seconds(found.fresh_seconds)),
        now: exchange.now,
        audit,
    };
    if exchange.context.store.put_document_client(put).await? {
        Ok(())
    } else {
        Err(crate::base::Fault::Busy("clients by document").into())
    }
}

/// A person sees the page, so the sentences go there for whoever wrote the document.
fn unusable(sentence: &str) -> Failure {
    let text = format!("{} {sentence}", Reason::ClientDocumentUnusable.description());
    Failure::RefusedWith(Reason::ClientDocumentUnusable, vec![Detail::Description { text }])
}

fn told(failure: Failure) -> Failure {
    match failure {
        Failure::Unacceptable { detail, .. } => unusable(&detail),
        other => other,
    }
}
