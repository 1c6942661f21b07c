//! `/oauth2/userinfo` (OpenID Connect Core §5.3), by GET and POST.

use poem::http::{HeaderValue, Method, StatusCode, header};

use super::access::{client_of, look_up, reason_of, verified};
use super::cors::let_scripts_of;
use super::exchange::Exchange;
use super::reply::{self, Reply};
use super::sealing::{Sealed, seal};
use super::sender;
use super::signing::sign;
use crate::jose::Typ;
use crate::protocol::bearer::PresentedToken;
use crate::protocol::userinfo::{Userinfo, userinfo};
use crate::protocol::{Parameters, Reason};

/// Answers with what the token lets its holder know.
pub async fn answer(exchange: &Exchange) -> Reply {
    let fields: Vec<&[u8]> =
        exchange.headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes).collect();
    let has_form = exchange.method == Method::POST && exchange.is_form();
    let form = if has_form { Parameters::parse(&exchange.body)? } else { Parameters::default() };
    let token = PresentedToken::parse(&fields, &form, &exchange.query_parameters()?)?;
    let claims = match verified(exchange, token.expose()).await? {
        Ok(claims) => claims,
        Err(refusal) => {
            // A script must see that its token is too old.
            if exchange.headers.contains_key(header::ORIGIN)
                && let Some(client) = client_of(exchange, token.expose()).await?
            {
                let_scripts_of(&client, exchange);
            }
            return Err(reason_of(refusal).into());
        }
    };
    let found = look_up(exchange, claims).await?;
    if let Some(client) = found.snapshot().client {
        let_scripts_of(client, exchange);
    }
    sender::confirm(exchange, &token, &found.claims).await?;
    match userinfo(&found.claims, &found.snapshot(), &exchange.context.issuer, exchange.now)? {
        Userinfo::Json(claims) => reply::json(StatusCode::OK, &claims),
        Userinfo::Jwt { claims, alg } => {
            let jwt = sign(exchange, Typ::Jwt, alg, &claims).await?;
            let client = found.snapshot().client.ok_or(Reason::TokenRevoked)?;
            let jwt = seal(exchange, client, Sealed::Userinfo, jwt, &mut exchange.draw()?).await?;
            Ok(reply::jwt("application/jwt", jwt))
        }
    }
}
