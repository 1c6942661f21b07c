//! `/api/v1/admin/registration-tokens`: the tokens that let programs register clients (RFC 7591 §3). One is told once,
//! when it is made; afterwards it is known by its digest.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::super::Tag;
use super::super::body::Body;
use super::super::problem::Refused;
use super::{Administrator, Done};
use crate::base::{OpaqueToken, TokenKind};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::HttpRefusal;
use crate::model::audit::{AuditAction, AuditEvent};

const DAY: i64 = 86_400;

/// The operations.
pub struct RegistrationTokensApi;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Tag::Admin")]
impl RegistrationTokensApi {
    /// Tokens that may still be used
    #[oai(path = "/registration-tokens", method = "get", operation_id = "adminListRegistrationTokens")]
    async fn list(
        &self,
        _administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
    ) -> Result<Json<RegistrationTokens>, Refused> {
        let found = exchange.context.store.list_initial_access_tokens(exchange.now).await?;
        let tokens = found.into_iter().map(|token| RegistrationToken {
            id: token.digest.as_str().to_owned(),
            token: None,
            uses_left: token.uses_left,
            created_at: token.created_at.seconds(),
            expires_at: token.expires_at.seconds(),
        });
        Ok(Json(RegistrationTokens { tokens: tokens.collect() }))
    }

    /// Makes a token
    ///
    /// It is told in this answer and never again.
    #[oai(path = "/registration-tokens", method = "post", operation_id = "adminCreateRegistrationToken")]
    async fn create(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        body: Body<NewRegistrationToken>,
    ) -> Result<Made, Refused> {
        let token = OpaqueToken::generate(TokenKind::InitialAccess, &mut exchange.draw()?);
        let uses = body.0.uses.unwrap_or(1);
        let expires_at = exchange.now.plus_seconds(i64::from(body.0.days.unwrap_or(7)) * DAY);
        let audit = event(&exchange, &administrator);
        exchange.context.store.add_initial_access_token(token.digest(), uses, expires_at, audit).await?;
        Ok(Made::Made(Json(RegistrationToken {
            id: token.digest().as_str().to_owned(),
            token: Some(token.expose().to_owned()),
            uses_left: uses.into(),
            created_at: exchange.now.seconds(),
            expires_at: expires_at.seconds(),
        })))
    }

    /// Lets nobody register by a token any more
    ///
    /// Clients that registered by it stay.
    #[oai(path = "/registration-tokens/:id", method = "delete", operation_id = "adminDeleteRegistrationToken")]
    async fn delete(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The token's `id`.
        id: Path<String>,
    ) -> Result<Done, Refused> {
        if id.0.chars().any(char::is_control) {
            return Err(HttpRefusal::NotFound.into());
        }
        let audit = event(&exchange, &administrator);
        let is_gone = exchange.context.store.remove_initial_access_token(id.0, audit).await?;
        if is_gone { Ok(Done::Done) } else { Err(HttpRefusal::NotFound.into()) }
    }
}

fn event(exchange: &Exchange, administrator: &Administrator) -> AuditEvent {
    let mut audit = administrator.event(exchange, AuditAction::ClientChanged, None);
    audit.detail.insert("members".to_owned(), serde_json::json!(["initial_access_token"]));
    audit
}

/// What a token shall be.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
struct NewRegistrationToken {
    /// How many clients it may register; 1 when left out.
    #[oai(validator(minimum(value = "1"), maximum(value = "10000")))]
    uses: Option<u32>,
    /// How many days it counts; 7 when left out.
    #[oai(validator(minimum(value = "1"), maximum(value = "365")))]
    days: Option<u32>,
}

/// A token was made.
#[derive(ApiResponse)]
enum Made {
    /// The token.
    #[oai(status = 201)]
    Made(Json<RegistrationToken>),
}

/// The tokens.
#[derive(Debug, Object)]
struct RegistrationTokens {
    /// The latest come first.
    tokens: Vec<RegistrationToken>,
}

/// A token that lets programs register clients.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct RegistrationToken {
    /// Its name: the digest of the token.
    id: String,
    /// The token, in the answer that made it.
    token: Option<String>,
    /// How many clients it may still register.
    uses_left: i64,
    /// When it was made, in seconds since 1970.
    created_at: i64,
    /// When it ends, in seconds since 1970.
    expires_at: i64,
}
