//! `/consent`: what an app asks for, in plain words and with the values it would see.

use poem::http::{StatusCode, header};
use serde_json::{Map, Value, json};

use super::exchange::Exchange;
use super::failure::HttpRefusal;
use super::frame::{Setting, show};
use super::guard::own_form;
use super::login::save_and_proceed;
use super::proceed::proceed;
use super::reply::Reply;
use super::scene::Scene;
use super::trace;
use crate::base::redirect_uri::origin_of;
use crate::base::{Draw, Scope};
use crate::model::client::Provenance;
use crate::model::session::SignedIn;
use crate::pages::{ClaimValue, Consent, ConsentItem};
use crate::protocol::next_step::Step;
use crate::protocol::standard_claims::shown_claims;

/// Shows the page.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let scene = Scene::of(exchange, &mut draw).await?;
    let Step::AskConsent { signed_in, scope, .. } = scene.step(exchange) else {
        return proceed(exchange, &scene, &mut draw).await;
    };
    let page = page(exchange, &scene, signed_in, &scope);
    let setting = Setting { person: Some(signed_in.account.email.to_string()), ..scene.setting() };
    show(exchange, StatusCode::OK, &page, &setting, &mut draw)
}

/// Takes the decision. The form carries nothing else: what is agreed to is read from the interaction (SES-04).
pub async fn post(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let scene = Scene::of(exchange, &mut draw).await?;
    let (_, form) = own_form(exchange, scene.interaction.id.as_str())?;
    let (scope, session) = match scene.step(exchange) {
        Step::AskConsent { scope, signed_in, .. } => (scope, signed_in.session.id.clone()),
        _ => return proceed(exchange, &scene, &mut draw).await,
    };
    let decision = form.get("decision").unwrap_or_default();
    if ["allow", "deny"].contains(&decision) {
        trace::note(exchange, "consent", || json!({ "decision": decision, "scope": scope.to_string() }));
    }
    match decision {
        "allow" => allow(exchange, scene, scope, session, &mut draw).await,
        "deny" => deny(exchange, scene, &mut draw).await,
        _ => Err(HttpRefusal::FieldMalformed.into()),
    }
}

async fn allow(
    exchange: &Exchange,
    mut scene: Scene,
    scope: Scope,
    session: crate::base::SessionId,
    draw: &mut Draw,
) -> Reply {
    let progress = &mut scene.interaction.progress;
    // Whoever agreed is whom the answer is about, even if somebody else signs in meanwhile (SES-12).
    if progress.session.as_ref() != Some(&session) {
        progress.chose(session);
    }
    progress.agreed(scope);
    save_and_proceed(exchange, scene, draw).await
}

async fn deny(exchange: &Exchange, mut scene: Scene, draw: &mut Draw) -> Reply {
    scene.interaction.progress.refused = true;
    save_and_proceed(exchange, scene, draw).await
}

fn page(exchange: &Exchange, scene: &Scene, signed_in: &SignedIn, scope: &Scope) -> Consent {
    let redirect_uri = scene.interaction.request().map_or("", |request| &request.redirect_uri);
    let scopes = scope.iter().map(|scope| item(signed_in, scope));
    let items = scopes.chain(details(exchange, scene)).collect();
    Consent { redirect_origin: origin_of(redirect_uri), client_host: host_of(scene), items }
}

/// Client ID Metadata Document §7: the host behind a name that anybody could have taken.
fn host_of(scene: &Scene) -> Option<String> {
    let client = scene.client.as_ref().filter(|client| client.provenance == Provenance::Document)?;
    url::Url::parse(&client.client_id).ok()?.host_str().map(str::to_owned)
}

/// A scope with what it would tell about the person.
pub fn item(signed_in: &SignedIn, scope: &str) -> ConsentItem {
    let values = shown_claims(&signed_in.account, scope);
    let values = values.into_iter().map(|(claim, value)| ClaimValue { claim: claim.to_owned(), value }).collect();
    ConsentItem { scope: scope.to_owned(), description: None, values }
}

/// What exactly is to be allowed, in the operator's words, each member with its value.
fn details(exchange: &Exchange, scene: &Scene) -> Vec<ConsentItem> {
    let Some(request) = scene.interaction.request() else { return Vec::new() };
    let locale =
        exchange.context.pages.negotiate(request.ui_locales.as_deref(), exchange.header(header::ACCEPT_LANGUAGE));
    let described = |(name, detail): (&str, &Map<String, Value>)| {
        let members = detail.iter().filter(|(member, _)| *member != "type");
        ConsentItem {
            scope: name.to_owned(),
            description: exchange.context.detail_types.description(name, locale.as_str()).map(str::to_owned),
            values: members.map(|(member, value)| ClaimValue::new(member, &words(value))).collect(),
        }
    };
    request.authorization_details.iter().map(described).collect()
}

/// A value as people read it.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{name}: {}", words(value)));
            members.collect::<Vec<_>>().join(", ")
        }
        _ => value.to_string(),
    }
}
