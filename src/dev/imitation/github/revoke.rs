//! `DELETE /applications/{client_id}/grant` and `/token`: an application gives back what somebody granted it, all of it or
//! one token. Federation 1.7.

use poem::http::StatusCode;
use serde::Deserialize;

use super::rest::message;
use super::{CLIENTS, GitHub, Granted};
use crate::base::Digest;
use crate::dev::imitation::clients::{ImitationClient, basic};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::reply::{self, Reply};

#[derive(Deserialize)]
struct Named {
    access_token: String,
}

/// Everything the person granted the application.
pub(in crate::dev::imitation) async fn grant(exchange: &Exchange) -> Reply {
    revoke(exchange, |github, granted, _| {
        let (client, person) = (granted.client, granted.person);
        github.tokens.forget(|own| own.client == client && own.person == person);
        github.agreements.forget(client.client_id, person.id);
    })
    .await
}

/// One token.
pub(in crate::dev::imitation) async fn token(exchange: &Exchange) -> Reply {
    revoke(exchange, |github, _, token| {
        github.tokens.take(token, exchange.now);
    })
    .await
}

async fn revoke(exchange: &Exchange, end: impl FnOnce(&GitHub, &Granted, &str)) -> Reply {
    let github = GitHub::of(exchange)?;
    if let Err(down) = github.board.admit().await {
        return Ok(down.into());
    }
    let Some(client) = client(exchange) else { return message(StatusCode::NOT_FOUND, "Not Found") };
    let Ok(named) = serde_json::from_slice::<Named>(&exchange.body) else {
        return message(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed");
    };
    let granted = github.tokens.find(&named.access_token, exchange.now).filter(|own| own.client == client);
    let Some(granted) = granted else { return message(StatusCode::NOT_FOUND, "Not Found") };
    end(github, &granted, &named.access_token);
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// The application in the address, when it proves itself by HTTP Basic.
fn client(exchange: &Exchange) -> Option<ImitationClient> {
    let named = exchange.uri.path().rsplit('/').nth(1)?;
    let (client_id, secret) = basic(exchange)?;
    let client = CLIENTS.into_iter().find(|client| client.client_id == named && client.client_id == client_id)?;
    (Digest::of(client.client_secret) == Digest::of(&secret)).then_some(client)
}
