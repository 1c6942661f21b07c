//! `/oauth2/token` (RFC 6749 §3.2): read, decide, sign, commit, answer — in this order, for each grant in a file of its
//! own.

mod authorization_code;
mod jwt_bearer;
mod pending;
mod refresh_token;
mod sign;
mod token_exchange;

use poem::http::StatusCode;
use serde_json::{Value, json};

use super::client::{origin_of, token_context};
use super::exchange::Exchange;
use super::failure::Failure;
use super::reply::{self, Reply};
use super::sender::{self, Sender};
use crate::base::Draw;
use crate::model::client::GrantType;
use crate::model::pending::PendingKind;
use crate::protocol::confirmation::check_demanded;
use crate::protocol::grant::client_credentials::{self, ClientCredentialsRequest};
use crate::protocol::grant::{check_details, grant_type};
use crate::protocol::token_policy::TokenContext;
use crate::protocol::token_response::{TokenIssue, TokenResponse};
use crate::protocol::{Parameters, Reason};
use sign::sign;

/// A token request of a client that has proven itself.
struct TokenRequest<'a> {
    exchange: &'a Exchange,
    form: &'a Parameters,
    context: TokenContext<'a>,
}

/// Answers a token request.
pub async fn post(exchange: &Exchange) -> Reply {
    let form = exchange.form_parameters()?;
    let Sender { client, confirmation } = sender::of(exchange, &form).await?;
    let origin = origin_of(exchange);
    let grant = grant_type(&form)?;
    if !exchange.context.features.grant_types().contains(&grant) {
        return Err(Reason::GrantTypeUnsupported.into());
    }
    check_details(&form, grant)?;
    check_demanded(&client, confirmation.as_ref())?;
    let proven = TokenContext { confirmation: confirmation.as_ref(), ..token_context(exchange, &client, &origin) };
    let request = TokenRequest { exchange, form: &form, context: proven };
    let response = by_grant(grant, &request, &mut exchange.draw()?).await?;
    exchange.context.observer.issued(grant.as_str());
    reply::json(StatusCode::OK, &response)
}

async fn by_grant(grant: GrantType, request: &TokenRequest<'_>, draw: &mut Draw) -> Result<TokenResponse, Failure> {
    match grant {
        GrantType::AuthorizationCode => authorization_code::answer(request, draw).await,
        GrantType::RefreshToken => refresh_token::answer(request, draw).await,
        GrantType::ClientCredentials => by_client_credentials(request, draw).await,
        GrantType::DeviceCode => pending::answer(request, PendingKind::Device, draw).await,
        GrantType::Ciba => pending::answer(request, PendingKind::Backchannel, draw).await,
        GrantType::TokenExchange => token_exchange::answer(request, draw).await,
        GrantType::JwtBearer => jwt_bearer::answer(request, draw).await,
    }
}

async fn by_client_credentials(request: &TokenRequest<'_>, draw: &mut Draw) -> Result<TokenResponse, Failure> {
    let asked = ClientCredentialsRequest::parse(request.form)?;
    let issue = client_credentials::issue(&asked, &request.context, draw)?;
    sign(request, issue, draw).await
}

/// What the trace says of tokens.
fn noted(issue: &TokenIssue) -> Value {
    let claims = &issue.access_token.claims;
    json!({
        "audience": claims.aud,
        "scope": claims.scope.to_string(),
        "id_token": issue.id_token.is_some(),
        "refresh_token": issue.refresh_token.is_some(),
    })
}
