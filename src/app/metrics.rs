//! The listener of `/metrics` alone, for operators who keep the figures off the public one.

use std::sync::Arc;

use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, Request, Response};

use crate::endpoint::observer::Observer;
use crate::telemetry::CONTENT_TYPE;

/// Answers `/metrics` and nothing else.
pub struct MetricsOnly(pub Arc<dyn Observer>);

impl Endpoint for MetricsOnly {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let is_read = *request.method() == Method::GET || *request.method() == Method::HEAD;
        let text = if is_read && request.uri().path() == "/metrics" { self.0.metrics_text() } else { None };
        Ok(match text {
            Some(text) => Response::builder().header(header::CONTENT_TYPE, TEXT).body(text),
            None => StatusCode::NOT_FOUND.into(),
        })
    }
}

const TEXT: HeaderValue = HeaderValue::from_static(CONTENT_TYPE);
