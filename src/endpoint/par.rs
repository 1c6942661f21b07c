//! `/oauth2/par` (RFC 9126): a client hands in its authorization request and gets a reference to send the browser with.

use poem::http::StatusCode;

use super::exchange::Exchange;
use super::failure::Failure;
use super::limit;
use super::replay;
use super::reply::{self, Reply};
use super::requested;
use super::sender::{self, Sender};
use crate::model::authorization_request::AuthorizationRequest;
use crate::protocol::{Parameters, Reason, authorization_request, pushed_request};

/// Keeps a request that is in order. One that is not is refused as it would be in the browser, by JSON (§2.3).
pub async fn post(exchange: &Exchange) -> Reply {
    let form = exchange.form_parameters()?;
    let (sender, used) = sender::proven(exchange, &form).await?;
    let client_id = sender.client.client_id.as_str();
    match read(exchange, form, &sender).await {
        Ok(request) => {
            let (record, told) = pushed_request::keep(request, exchange.now, &mut exchange.draw()?);
            replay::make_room(exchange, client_id, &used).await?;
            replay::refuse(exchange.context.store.push_request(record, used).await?)?;
            reply::json(StatusCode::CREATED, &told)
        }
        // What came with a request that is refused has been used all the same.
        Err(failure) => {
            replay::spend(exchange, client_id, used).await?;
            Err(failure)
        }
    }
}

async fn read(exchange: &Exchange, form: Parameters, sender: &Sender) -> Result<AuthorizationRequest, Failure> {
    let client = &sender.client;
    let (parameters, manner) = requested::pushed(exchange, form, client).await?;
    let context = requested::context(exchange, &parameters, manner);
    let request = authorization_request::parse(&parameters, Some(client), &context);
    let mut request = request.map_err(|refusal| refusal.reason())?;
    // RFC 9449 §10.1: a proof says which key the code is for; a parameter beside it says the same.
    if let Some(jkt) = sender.dpop_jkt() {
        if request.dpop_jkt.as_deref().is_some_and(|named| named != jkt) {
            return Err(Reason::DpopProofForAnother.into());
        }
        request.dpop_jkt = Some(jkt.to_owned());
    }
    limit::count_unproven(exchange, client).await?;
    Ok(request)
}
