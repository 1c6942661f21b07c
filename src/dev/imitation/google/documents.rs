//! Its public documents: discovery, the configuration of Cross-Account Protection, and the keys. OpenID Connect
//! Discovery §3, RFC 7517 §5.

use serde_json::json;

use super::Google;
use crate::base::Fault;
use crate::base::bounds::{DISCOVERY_MAX_AGE_SECONDS, IMITATION_KEYS_MAX_AGE_SECONDS};
use crate::endpoint::document::Document;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::reply::Reply;

/// `/.well-known/openid-configuration`.
pub(in crate::dev::imitation) async fn discovery(exchange: &Exchange) -> Reply {
    let google = Google::of(exchange)?;
    if let Err(down) = google.board.admit().await {
        return Ok(down.into());
    }
    google.keys.prepare(exchange);
    let issuer = super::issuer(&exchange.context.issuer);
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/o/oauth2/v2/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/oauth2/v3/userinfo"),
        "jwks_uri": format!("{issuer}/oauth2/v3/certs"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": [
            "aud", "email", "email_verified", "exp", "family_name", "given_name", "hd", "iat", "iss", "name", "picture",
            "sub",
        ],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code"],
        // Federation 2.7: announced, so every answer carries iss.
        "authorization_response_iss_parameter_supported": true,
    });
    answer(exchange, &document, DISCOVERY_MAX_AGE_SECONDS)
}

/// `/.well-known/risc-configuration`. Federation 2.13.
pub(in crate::dev::imitation) async fn risc(exchange: &Exchange) -> Reply {
    if let Err(down) = Google::of(exchange)?.board.admit().await {
        return Ok(down.into());
    }
    let issuer = super::issuer(&exchange.context.issuer);
    let document = json!({
        "issuer": super::events::issuer(&exchange.context.issuer),
        "jwks_uri": format!("{issuer}/oauth2/v3/certs"),
        "delivery_methods_supported": ["https://schemas.openid.net/secevent/risc/delivery-method/push"],
    });
    answer(exchange, &document, DISCOVERY_MAX_AGE_SECONDS)
}

/// `/oauth2/v3/certs`. Federation 2.3: how long it may be kept stands in Cache-Control.
pub(in crate::dev::imitation) async fn certs(exchange: &Exchange) -> Reply {
    let google = Google::of(exchange)?;
    if let Err(down) = google.board.admit().await {
        return Ok(down.into());
    }
    let ring = google.keys.ring(exchange).await?;
    Ok(Document::new(ring.key_set().json.clone(), IMITATION_KEYS_MAX_AGE_SECONDS).answer(exchange))
}

fn answer(exchange: &Exchange, document: &serde_json::Value, max_age_seconds: i64) -> Reply {
    let json = serde_json::to_vec(document).map_err(Fault::broken)?;
    Ok(Document::new(json, max_age_seconds).answer(exchange))
}
