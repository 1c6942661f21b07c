//! Public documents: rendered once, cacheable, answered from memory.

use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, Response};
use serde_json::{Map, Value};

use super::exchange::Exchange;
use crate::base::bounds::DISCOVERY_MAX_AGE_SECONDS;
use crate::base::{Digest, Fault};
use crate::jose::Typ;
use crate::model::key::SigningAlgorithm;

/// A JSON document with its entity tag.
#[derive(Debug, Clone)]
pub struct Document {
    json: Vec<u8>,
    etag: HeaderValue,
    cache_control: HeaderValue,
}

impl Document {
    /// A document that may be cached for `max_age` seconds.
    pub fn new(json: Vec<u8>, max_age: i64) -> Self {
        let digest = Digest::of(&String::from_utf8_lossy(&json));
        Self { etag: quoted(digest.as_str()), cache_control: cache_control(max_age), json }
    }

    /// The answer to a request for it: 304 when the caller has it already (RFC 9110 §13.1.2).
    pub fn answer(&self, exchange: &Exchange) -> Response {
        respond(exchange, || self.json.clone().into(), &self.etag, &self.cache_control)
    }

    /// The same for one that stays: all answers share its bytes, however many wait to be fetched.
    pub fn answer_shared(&'static self, exchange: &Exchange) -> Response {
        respond(exchange, || self.json.as_slice().into(), &self.etag, &self.cache_control)
    }
}

fn quoted(tag: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{tag}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

fn cache_control(max_age: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("public, max-age={max_age}"))
        .unwrap_or_else(|_| HeaderValue::from_static("no-store"))
}

fn respond(
    exchange: &Exchange,
    json: impl FnOnce() -> Body,
    etag: &HeaderValue,
    cache_control: &HeaderValue,
) -> Response {
    let known = exchange.header(header::IF_NONE_MATCH).is_some_and(|tags| {
        tags.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == "*" || tag.as_bytes() == etag)
    });
    let builder =
        Response::builder().header(header::ETAG, etag.clone()).header(header::CACHE_CONTROL, cache_control.clone());
    if known {
        return builder.status(StatusCode::NOT_MODIFIED).body(Body::empty());
    }
    builder.header(header::CONTENT_TYPE, HeaderValue::from_static("application/json")).body(json())
}

/// The published key set (RFC 7517 §5).
pub async fn jwks(exchange: &Exchange) -> super::reply::Reply {
    let ring = exchange.context.keys.load();
    let set = ring.key_set();
    let etag = HeaderValue::from_str(&set.etag).map_err(Fault::broken)?;
    Ok(respond(
        exchange,
        || set.json.clone().into(),
        &etag,
        &cache_control(exchange.context.policy.jwks_max_age_seconds),
    ))
}

/// Discovery: the same document at both well-known addresses (DISC-09).
pub async fn discovery(exchange: &Exchange) -> super::reply::Reply {
    if exchange.context.features.signed_metadata {
        return Ok(with_signature(exchange)?.answer(exchange));
    }
    Ok(exchange.context.discovery.answer(exchange))
}

/// Discovery with itself as a JWT (RFC 8414 §2.1). An EdDSA signature is the same each time, so that the entity tag is.
fn with_signature(exchange: &Exchange) -> Result<Document, Fault> {
    let context = &exchange.context;
    let mut members: Map<String, Value> = serde_json::from_slice(&context.discovery.json).map_err(Fault::broken)?;
    let mut claims = members.clone();
    claims.insert("iss".to_owned(), context.issuer.as_str().into());
    let unsigned = context.keys.load().prepare(Typ::Metadata, SigningAlgorithm::EdDSA, &claims, exchange.now)?;
    members.insert("signed_metadata".to_owned(), unsigned.sign_here()?.into());
    Ok(Document::new(serde_json::to_vec(&members).map_err(Fault::broken)?, DISCOVERY_MAX_AGE_SECONDS))
}

/// The metadata of our own resources (RFC 9728 §3).
pub async fn protected_resource(exchange: &Exchange) -> super::reply::Reply {
    Ok(exchange.context.resource_metadata.answer(exchange))
}
