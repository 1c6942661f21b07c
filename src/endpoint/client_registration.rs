//! `/oauth2/clients`: programs register clients (RFC 7591 §3, OpenID Connect Registration §3).

use poem::Response;
use poem::http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::api::body::read_value;
use super::client::event_of;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::limit;
use super::reply::{self, Reply};
use super::software_statement;
use crate::base::bounds::SECTOR_URIS_MAX;
use crate::base::{Digest, Draw, Fault, OpaqueToken, TokenKind};
use crate::jose::{ClientKey, NotAKey, is_sealed, seal_secret};
use crate::model::audit::{Actor, AuditAction, AuditEvent};
use crate::model::client::{AuthMethod, Client, ClientMetadata, Provenance};
use crate::model::{ThrottleKey, ThrottlePurpose};
use crate::protocol::bearer::PresentedToken;
use crate::protocol::client_metadata::register;
use crate::protocol::client_registration::{self, Rules, SOFTWARE_STATEMENT, Unregistrable, sector_needs_keys};
use crate::protocol::features::Registration;
use crate::protocol::{Parameters, Reason};
use crate::store::{NewSecret, RegisterClient, RegisterClientOutcome};

/// Registers a client.
pub async fn post(exchange: &Exchange) -> Reply {
    let purpose = ThrottlePurpose::RegistrationIp;
    limit::count(exchange, ThrottleKey::ip(purpose, exchange.ip), purpose).await?;
    let initial_token = initial_access_token(exchange).await?;
    let provenance = if initial_token.is_some() { Provenance::Token } else { Provenance::Anybody };
    let mut draw = exchange.draw()?;
    let client_id = format!("{:032x}", u128::from_be_bytes(draw.bytes()));
    let metadata = read(exchange, &client_id, provenance).await?;
    let secret = needs_secret(&metadata).then(|| OpaqueToken::generate(TokenKind::ClientSecret, &mut draw));
    let token = OpaqueToken::generate(TokenKind::Registration, &mut draw);
    let client = register(&client_id, metadata.clone(), Vec::new(), exchange.now);
    let client = client.map_err(|_| Fault::broken("what was checked does not keep the rules"))?;
    let wanted = RegisterClient {
        secret: secret.as_ref().map(|secret| kept(exchange, &client_id, &metadata, secret, &mut draw)),
        registration_token: token.digest(),
        initial_token,
        now: exchange.now,
        audit: event(exchange, &client_id, Actor::Stranger, "registered"),
        client_id,
        metadata,
    };
    match exchange.context.store.register_client(wanted).await? {
        RegisterClientOutcome::Registered => {
            let mut document = described(exchange, &client, secret.as_ref(), &token)?;
            // RFC 7591 §3.2.1: a statement that was used is returned as it came.
            if let Some(statement) = body(exchange)?.get(SOFTWARE_STATEMENT) {
                document[SOFTWARE_STATEMENT] = statement.clone();
            }
            reply::json(StatusCode::CREATED, &document)
        }
        RegisterClientOutcome::TokenSpent => Err(Reason::TokenRevoked.into()),
        RegisterClientOutcome::TooMany => Err(Fault::Busy("registered clients").into()),
    }
}

/// The token that lets somebody register, if one was brought or is needed.
async fn initial_access_token(exchange: &Exchange) -> Result<Option<Digest>, Failure> {
    let presented = match presented(exchange) {
        Err(Reason::TokenMissing) if exchange.context.features.registration == Registration::Open => return Ok(None),
        presented => presented?,
    };
    let token = OpaqueToken::parse(TokenKind::InitialAccess, presented.expose()).ok_or(Reason::TokenMalformed)?;
    let store = &exchange.context.store;
    // Counted when the client is written; asked before, so that strangers make no work for us.
    let is_live = store.is_initial_access_token_live(token.digest(), exchange.now).await?;
    if is_live { Ok(Some(token.digest())) } else { Err(Reason::TokenRevoked.into()) }
}

/// The bearer token of a request whose body is no form.
pub fn presented(exchange: &Exchange) -> Result<PresentedToken, Reason> {
    let fields: Vec<&[u8]> =
        exchange.headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes).collect();
    PresentedToken::parse(&fields, &Parameters::default(), &exchange.query_parameters()?)
}

/// The metadata in the body, when a client of `provenance` may have it.
pub async fn read(exchange: &Exchange, client_id: &str, provenance: Provenance) -> Result<ClientMetadata, Failure> {
    let document = body(exchange)?;
    let mut members = client_registration::members(document).map_err(refused)?;
    software_statement::read(exchange, &mut members).map_err(refused)?;
    metadata_of(exchange, client_id, members, provenance, None).await
}

/// The metadata that `members` describe, with all that has to be fetched for it, held against what the operator
/// has decided about the client, which was `kept` before.
pub async fn metadata_of(
    exchange: &Exchange,
    client_id: &str,
    members: Map<String, Value>,
    provenance: Provenance,
    kept: Option<&ClientMetadata>,
) -> Result<ClientMetadata, Failure> {
    const DOCUMENT_METHODS: [AuthMethod; 2] = [AuthMethod::PrivateKeyJwt, AuthMethod::None];
    let registered = &exchange.context.policy.registered;
    let rules = Rules {
        features: &exchange.context.features,
        scope: &registered.scope,
        requires_pkce: registered.requires_pkce,
        resources: &registered.resources,
        profile: registered.profile,
        kept,
        grants: match provenance {
            Provenance::Token | Provenance::Operator => &Rules::GRANTS_BY_TOKEN,
            Provenance::Anybody | Provenance::Document => &Rules::GRANTS_OF_STRANGERS,
        },
        // Client ID Metadata Document §4.1: nobody shares a secret with a document.
        methods: if provenance == Provenance::Document { &DOCUMENT_METHODS } else { &AuthMethod::ALL },
    };
    let metadata = client_registration::metadata(client_id, members, &rules).map_err(refused)?;
    check_keys(&metadata).map_err(refused)?;
    check_sector(exchange, &metadata).await?;
    Ok(metadata)
}

/// The JSON of the body.
pub fn body(exchange: &Exchange) -> Result<Value, Failure> {
    let kind = exchange.header(header::CONTENT_TYPE).and_then(|kind| kind.split(';').next()).unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("application/json") {
        return Err(HttpRefusal::MediaTypeNotTaken.into());
    }
    read_value(&exchange.body)
        .map_err(|_| refused(Unregistrable::Metadata("The body is not JSON, or has a member twice.".to_owned())))
}

/// The failure that tells of a registration that was refused.
pub fn refused(why: Unregistrable) -> Failure {
    Failure::Unacceptable { code: why.code(), detail: why.description() }
}

/// DCR-09: keys of kinds that we do not know are the client's own business; the others must be sound and public.
fn check_keys(metadata: &ClientMetadata) -> Result<(), Unregistrable> {
    let Some(set) = &metadata.jwks else { return Ok(()) };
    let problem = |what: &str| Unregistrable::Metadata(format!("jwks: {what}."));
    let keys = set.get("keys").and_then(Value::as_array).ok_or_else(|| problem("must be a set of keys"))?;
    for key in keys {
        match ClientKey::parse(key) {
            Ok(_) | Err(NotAKey::Unknown) => {}
            Err(NotAKey::Private) => return Err(problem("must hold public keys only")),
            Err(NotAKey::Weak) => return Err(problem("has a key that is too short")),
            Err(NotAKey::Malformed) => return Err(problem("has a key that is none")),
        }
    }
    Ok(())
}

/// OpenID Connect Registration §5: the sector's document lists every redirect URI of the client.
async fn check_sector(exchange: &Exchange, metadata: &ClientMetadata) -> Result<(), Failure> {
    let Some(address) = &metadata.sector_identifier_uri else { return Ok(()) };
    let problem = |what: &str| refused(Unregistrable::Metadata(format!("sector_identifier_uri: {what}.")));
    let found = exchange.context.outbound.get(address, "application/json").await;
    let found = found.map_err(|failure| {
        // DCR-03: what is behind an address is not for whoever named it.
        tracing::info!(request = exchange.id.as_str(), %failure, "no document of the sector");
        problem("could not be read")
    })?;
    let listed: Option<Vec<String>> = serde_json::from_slice(&found.body).ok();
    let listed = listed.filter(|listed| listed.len() <= SECTOR_URIS_MAX);
    let listed = listed.ok_or_else(|| problem("must lead to a list of addresses"))?;
    let is_listed = |uri: &str| listed.iter().any(|own| own == uri);
    if !metadata.redirect_uris.iter().all(|uri| is_listed(uri.as_str())) {
        return Err(problem("must list every redirect URI"));
    }
    // CIBA Core §4
    let is_proven = !sector_needs_keys(metadata) || metadata.jwks_uri.as_deref().is_some_and(is_listed);
    if is_proven { Ok(()) } else { Err(problem("must list jwks_uri, too, for this grant_types")) }
}

/// Whether a client of this kind proves who it is by a secret that we make.
pub const fn needs_secret(metadata: &ClientMetadata) -> bool {
    matches!(
        metadata.token_endpoint_auth_method,
        AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost | AuthMethod::ClientSecretJwt
    )
}

/// A new secret as it is kept: sealed, too, where the client signs with it.
pub fn kept(
    exchange: &Exchange,
    client_id: &str,
    metadata: &ClientMetadata,
    secret: &OpaqueToken,
    draw: &mut Draw,
) -> NewSecret {
    let seal = || seal_secret(&exchange.context.master_key, client_id, secret.expose(), draw);
    NewSecret { digest: secret.digest(), sealed: is_sealed(metadata).then(seal) }
}

/// The answer about a client (RFC 7591 §3.2.1, RFC 7592 §3). A secret is only told when it was made.
pub fn described(
    exchange: &Exchange,
    client: &Client,
    secret: Option<&OpaqueToken>,
    token: &OpaqueToken,
) -> Result<Value, Fault> {
    let mut document = serde_json::to_value(&client.metadata).map_err(Fault::broken)?;
    if let Some(members) = document.as_object_mut() {
        members.remove("doorward");
    }
    let uri = exchange.context.issuer.at(&format!("/oauth2/clients/{}", client.client_id));
    document["client_id"] = json!(client.client_id);
    document["client_id_issued_at"] = json!(client.created_at.seconds());
    document["registration_client_uri"] = json!(uri);
    document["registration_access_token"] = json!(token.expose());
    if let Some(secret) = secret {
        document["client_secret"] = json!(secret.expose());
    }
    if needs_secret(&client.metadata) {
        // 0: it does not expire.
        document["client_secret_expires_at"] = json!(0);
    }
    Ok(document)
}

/// The record of something that a program did to its own client.
pub fn event(exchange: &Exchange, client_id: &str, actor: Actor, word: &str) -> AuditEvent {
    let mut audit = event_of(exchange, AuditAction::ClientChanged);
    audit.actor = actor;
    audit.client_id = Some(client_id.to_owned());
    audit.detail.insert("members".to_owned(), json!([word]));
    audit
}

/// An answer without a body.
pub fn nothing() -> Response {
    reply::empty(StatusCode::NO_CONTENT)
}
