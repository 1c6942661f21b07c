//! Where an authorization request stands: in plain parameters, in a signed request object by value or by address
//! (RFC 9101), or pushed before (RFC 9126).
//!
//! What it asks for is read in `protocol::authorization_request`.

use super::exchange::Exchange;
use super::failure::Failure;
use super::{client_keys, hint, limit};
use crate::jose::JwtRefusal;
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::Client;
use crate::model::{ThrottleKey, ThrottlePurpose};
use crate::protocol::authorization_request::{Context, Manner};
use crate::protocol::client_metadata::signatures_off;
use crate::protocol::pushed_request::{self, is_reference};
use crate::protocol::request_object::{self, Expected};
use crate::protocol::{Parameters, Reason};

/// What a request object may be called where it is fetched (RFC 9101 §5.2.3).
const REQUEST_OBJECT: &str = "application/oauth-authz-req+jwt, application/jwt";

/// An authorization request as it came.
pub enum Requested {
    /// It was read when it was pushed; what stands beside the reference does not count.
    Pushed(Box<AuthorizationRequest>),
    /// It is to be read from these parameters.
    Plain(Parameters, Manner),
}

/// What the parameters of the authorization endpoint lead to.
pub async fn requested(
    exchange: &Exchange,
    parameters: Parameters,
    client: Option<&Client>,
) -> Result<Requested, Failure> {
    // Without a client in good standing nothing is looked up, verified or fetched: the request is refused as it is.
    let Some(client) = client.filter(|client| client.disabled_at.is_none()) else {
        return Ok(Requested::Plain(parameters, Manner::default()));
    };
    let features = &exchange.context.features;
    match (parameters.get("request"), parameters.get("request_uri")) {
        (Some(_), Some(_)) => Err(Reason::RequestTwice.into()),
        (None, Some(reference)) if features.pushed_requests && is_reference(reference) => {
            let found = exchange.context.store.find_pushed_request(pushed_request::digest_of(reference)?).await?;
            let request = pushed_request::open(found, &client.client_id, exchange.now)?;
            // Read by a process that could still sign for this client. The answer could be one that cannot be signed.
            if signatures_off(&client.metadata, features).next().is_some() {
                return Err(Reason::SigningAlgorithmOff.into());
            }
            Ok(Requested::Pushed(Box::new(request)))
        }
        (None, Some(address)) if features.request_objects => {
            let token = fetch(exchange, client, address).await?;
            let (parameters, manner) = signed(exchange, client, &token, &parameters, false).await?;
            Ok(Requested::Plain(parameters, manner))
        }
        (Some(token), None) if features.request_objects => {
            let (parameters, manner) = signed(exchange, client, token, &parameters, false).await?;
            Ok(Requested::Plain(parameters, manner))
        }
        // Refused where everything that is not supported is.
        _ => Ok(Requested::Plain(parameters, Manner::default())),
    }
}

/// The parameters of a request that an authenticated client pushes.
pub async fn pushed(exchange: &Exchange, form: Parameters, client: &Client) -> Result<(Parameters, Manner), Failure> {
    // RFC 9126 §2.1
    if form.get("request_uri").is_some() {
        return Err(Reason::RequestUriPushed.into());
    }
    let (parameters, manner) = match form.get("request").filter(|_| exchange.context.features.request_objects) {
        Some(token) => signed(exchange, client, token, &form, true).await?,
        None => (with_client_id(form, client)?, Manner::default()),
    };
    Ok((parameters, Manner { is_pushed: true, ..manner }))
}

/// What has to be known besides the parameters.
pub fn context(exchange: &Exchange, parameters: &Parameters, manner: Manner) -> Context {
    Context {
        hint: hint::read(exchange, parameters),
        sign_up_open: exchange.context.policy.signup_enabled,
        features: exchange.context.features,
        detail_types: exchange.context.detail_types.clone(),
        manner,
    }
}

/// A client that has authenticated has said who it is.
fn with_client_id(form: Parameters, client: &Client) -> Result<Parameters, Reason> {
    if form.get("client_id").is_some() {
        return Ok(form);
    }
    let own = ("client_id".to_owned(), client.client_id.clone());
    let others = form.iter().filter(|(name, _)| *name != "client_id");
    Parameters::of(others.map(|(name, value)| (name.to_owned(), value.to_owned())).chain([own]))
}

/// The parameters inside a request object that `client` signed.
async fn signed(
    exchange: &Exchange,
    client: &Client,
    token: &str,
    outside: &Parameters,
    is_pushed: bool,
) -> Result<(Parameters, Manner), Failure> {
    let read = client_keys::verify(exchange, client, token, request_object::algorithms(client)).await;
    let jwt = read.map_err(|refusal| {
        tracing::info!(request = exchange.id.as_str(), client_id = client.client_id.as_str(), %refusal, "request object");
        reason_of(refusal)
    })?;
    let expected = Expected { client, issuer: &exchange.context.issuer, now: exchange.now, is_pushed };
    let parameters = request_object::parameters(jwt.typ.as_deref(), &jwt.claims, outside, &expected)?;
    Ok((parameters, Manner { is_pushed: false, is_signed: true }))
}

/// AUT-11: nothing but what the client registered is ever fetched, and it is fetched each time.
async fn fetch(exchange: &Exchange, client: &Client, address: &str) -> Result<String, Failure> {
    let address = request_object::registered_address(client, address).ok_or(Reason::RequestUriNotRegistered)?;
    // Whoever knows a client's name could have us call its server as often as they like.
    let purpose = ThrottlePurpose::RequestObjectIp;
    limit::count(exchange, ThrottleKey::ip(purpose, exchange.ip), purpose).await?;
    let document = exchange.context.outbound.get(address, REQUEST_OBJECT).await.map_err(|failure| {
        let client_id = client.client_id.as_str();
        tracing::info!(request = exchange.id.as_str(), client_id, %failure, "no request object");
        Reason::RequestUriUnreadable
    })?;
    let text = String::from_utf8(document.body).map_err(|_| Reason::RequestUriUnreadable)?;
    Ok(text.trim().to_owned())
}

const fn reason_of(refusal: JwtRefusal) -> Reason {
    match refusal {
        JwtRefusal::AlgorithmNotAllowed
        | JwtRefusal::UnknownKey
        | JwtRefusal::OtherAlgorithm
        | JwtRefusal::WrongSignature => Reason::RequestObjectSignatureWrong,
        _ => Reason::RequestObjectMalformed,
    }
}
