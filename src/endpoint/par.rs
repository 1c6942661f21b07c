//! `/oauth2/par` (RFC 9126): a client hands in its authorization request and gets a reference to send the browser with.

use poem::http::StatusCode;

use super::exchange::Exchange;
use super::limit;
use super::reply::{self, Reply};
use super::requested;
use super::sender;
use crate::protocol::{Reason, authorization_request, pushed_request};

/// Keeps a request that is in order. One that is not is refused as it would be in the browser, by JSON (§2.3).
pub async fn post(exchange: &Exchange) -> Reply {
    let form = exchange.form_parameters()?;
    let sender = sender::of(exchange, &form).await?;
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
    let (record, told) = pushed_request::keep(request, exchange.now, &mut exchange.draw()?);
    exchange.context.store.push_request(record).await?;
    reply::json(StatusCode::CREATED, &told)
}
