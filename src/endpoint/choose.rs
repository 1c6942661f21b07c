//! `/choose`: which of the people signed in here it shall be, or another one.

use poem::http::StatusCode;

use super::exchange::Exchange;
use super::failure::HttpRefusal;
use super::frame::show;
use super::guard::own_form;
use super::login::save_and_proceed;
use super::proceed::proceed;
use super::reply::{self, Reply};
use super::scene::Scene;
use crate::model::session::SignedIn;
use crate::pages::{Choose, ChooseAccount};
use crate::protocol::next_step::Step;

/// Shows the page.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let scene = Scene::of(exchange, &mut draw).await?;
    if !has_place(&scene.step(exchange)) {
        return proceed(exchange, &scene, &mut draw).await;
    }
    let accounts = scene.sessions.iter().map(line).collect();
    show(exchange, StatusCode::OK, &Choose { accounts }, &scene.setting(), &mut draw)
}

/// Takes the choice: one of this browser's own sessions, or somebody else.
pub async fn post(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let mut scene = Scene::of(exchange, &mut draw).await?;
    let (_, form) = own_form(exchange, scene.interaction.id.as_str())?;
    if !has_place(&scene.step(exchange)) {
        return proceed(exchange, &scene, &mut draw).await;
    }
    if form.get("decision") == Some("another") {
        return reply::see_other(&scene.at("/login"));
    }
    let chosen = scene.sessions.iter().find(|own| Some(own.session.id.as_str()) == form.get("account"));
    let chosen = chosen.ok_or(HttpRefusal::FieldMalformed)?.session.id.clone();
    let progress = &mut scene.interaction.progress;
    if progress.session.as_ref() != Some(&chosen) {
        progress.chose(chosen);
    }
    save_and_proceed(exchange, scene, &mut draw).await
}

/// "Not you?" leads here from consent, and the sign-in page may too.
const fn has_place(step: &Step<'_>) -> bool {
    matches!(step, Step::ChooseAccount(_) | Step::AskConsent { .. } | Step::AskApproval { .. } | Step::SignIn(_))
}

fn line(signed_in: &SignedIn) -> ChooseAccount {
    ChooseAccount {
        id: signed_in.session.id.to_string(),
        address: signed_in.account.email.to_string(),
        name: signed_in.account.claims.name.clone(),
        signed_in: true,
    }
}
