//! `/health`, `/ready`, `/metrics`: up or down for strangers, numbers for whoever runs the machine (API-12).

use poem::Response;
use poem::http::{HeaderValue, StatusCode, header};

use super::exchange::Exchange;
use super::failure::HttpRefusal;
use super::reply::{self, Reply};
use crate::store::{Store, StoreFault};

/// The fields by which proxies say for whom they ask.
const FORWARDING: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// Whether the process answers.
pub async fn health(_: &Exchange) -> Reply {
    Ok(reply::plain(StatusCode::OK, "up\n"))
}

/// Whether it can do its work: the store is reachable and migrated, and there is a key for every algorithm that is offered.
pub async fn ready(exchange: &Exchange) -> Reply {
    let algorithms = exchange.context.features.signing_algorithms();
    let has_keys = exchange.context.keys.load().is_complete(algorithms, exchange.now);
    let has_tables = is_migrated(&exchange.context.store).await;
    if let Err(fault) = &has_tables {
        tracing::warn!(request = exchange.id.as_str(), %fault, "not ready");
    }
    if has_keys && has_tables == Ok(true) {
        Ok(reply::plain(StatusCode::OK, "ready\n"))
    } else {
        Ok(reply::plain(StatusCode::SERVICE_UNAVAILABLE, "not ready\n"))
    }
}

async fn is_migrated(store: &Store) -> Result<bool, StoreFault> {
    store.ready().await?;
    Ok(store.migration_status().await?.iter().all(|state| state.is_applied))
}

/// The metrics, to loopback peers only, unless they have a listener of their own.
pub async fn metrics(exchange: &Exchange) -> Reply {
    // A proxy on this machine that nobody declared is a loopback peer too; what it forwards is not from here.
    let is_forwarded = FORWARDING.iter().any(|name| exchange.headers.contains_key(*name));
    let is_near = exchange.ip.is_loopback() && !is_forwarded && exchange.context.policy.serves_metrics;
    let text = exchange.context.observer.metrics_text().filter(|_| is_near).ok_or(HttpRefusal::NotFound)?;
    Ok(Response::builder()
        .header(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8"),
        )
        .header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        .body(text))
}
