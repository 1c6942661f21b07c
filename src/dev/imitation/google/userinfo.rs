//! `/oauth2/v3/userinfo`. OpenID Connect Core §5.3.

use poem::http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::{Google, claims};
use crate::dev::imitation::clients::credentials;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::reply::{self, Reply};

/// What the token's scopes let be told.
pub(in crate::dev::imitation) async fn answer(exchange: &Exchange) -> Reply {
    let google = Google::of(exchange)?;
    let switches = match google.board.admit().await {
        Ok(switches) => switches,
        Err(down) => return Ok(down.into()),
    };
    let token = credentials(exchange, &["Bearer"]).unwrap_or_default();
    match google.tokens.find(token, exchange.now) {
        Some(granted) => reply::json(StatusCode::OK, &claims::person(&granted, &switches)),
        None => refused(),
    }
}

fn refused() -> Reply {
    let document = json!({ "error": "invalid_request", "error_description": "Invalid Credentials" });
    let mut response = reply::json(StatusCode::UNAUTHORIZED, &document)?;
    let challenge = HeaderValue::from_static(r#"Bearer error="invalid_token""#);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    Ok(response)
}
