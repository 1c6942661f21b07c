//! `/address`: somebody whose provider named no address that could be trusted says one, and proves it by our code. To
//! them it looks the same whether somebody has it or not (REG-01).

use poem::http::StatusCode;

use super::enter::{admission, refuse};
use super::name_of;
use crate::base::Draw;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::frame::{show, show_form};
use crate::endpoint::guard::own_form;
use crate::endpoint::login::read_address;
use crate::endpoint::proceed::proceed;
use crate::endpoint::reply::{self, Reply};
use crate::endpoint::scene::Scene;
use crate::endpoint::signup::{Newcomer, refuse_when_closed, register, reserve};
use crate::identity::linking::NotAdmitted;
use crate::model::upstream::Waiting;
use crate::pages::{ArrivedAddress, Problem};
use crate::protocol::next_step::Step;

/// Shows the page.
pub async fn get(exchange: &Exchange) -> Reply {
    refuse_when_closed(exchange)?;
    let mut draw = exchange.draw()?;
    let scene = Scene::of(exchange, &mut draw).await?;
    let Some(waiting) = waiting(exchange, &scene) else { return proceed(exchange, &scene, &mut draw).await };
    let username = waiting.address.as_ref().map(ToString::to_string).unwrap_or_default();
    let page = page(exchange, waiting, username, Vec::new());
    show(exchange, StatusCode::OK, &page, &scene.setting(), &mut draw)
}

/// Takes the address and mails the code.
pub async fn post(exchange: &Exchange) -> Reply {
    refuse_when_closed(exchange)?;
    let mut draw = exchange.draw()?;
    let mut scene = Scene::of(exchange, &mut draw).await?;
    let (_, form) = own_form(exchange, scene.interaction.id.as_str())?;
    let Some(waiting) = waiting(exchange, &scene).cloned() else {
        return proceed(exchange, &scene, &mut draw).await;
    };
    let typed = form.get("username").unwrap_or_default();
    let email = match read_address(form.get("username")) {
        Ok(email) => email,
        Err(problem) => return again(exchange, &scene, (&waiting, typed), problem, &mut draw),
    };
    // Federation 3.14: who keeps an address from us at the provider is asked for one, and not to get round the list.
    let connector = exchange.context.connectors.find(waiting.provider.as_str());
    if let Some(connector) = connector.filter(|one| admission(exchange, one.provider()).denies(&email)) {
        return refuse(exchange, &scene, connector, NotAdmitted::Restricted, &mut draw).await;
    }
    if let Some(problem) = reserve(exchange, &email).await? {
        return again(exchange, &scene, (&waiting, typed), problem, &mut draw);
    }
    let newcomer = Newcomer { email, password_hash: None, claims: waiting.claims.clone(), username: None };
    match register(exchange, &mut scene, newcomer, &mut draw).await? {
        Ok(_) => reply::see_other(&scene.at("/verify")),
        Err(problem) => again(exchange, &scene, (&waiting, typed), problem, &mut draw),
    }
}

fn waiting<'s>(exchange: &'s Exchange, scene: &'s Scene) -> Option<&'s Waiting> {
    match scene.step(exchange) {
        Step::GiveAddress(waiting) => Some(waiting),
        // Another address, instead of the one whose code is awaited.
        Step::Verify(_) => scene.interaction.progress.arrived.as_ref(),
        _ => None,
    }
}

fn again(
    exchange: &Exchange,
    scene: &Scene,
    (waiting, typed): (&Waiting, &str),
    problem: Problem,
    draw: &mut Draw,
) -> Reply {
    let page = page(exchange, waiting, typed.to_owned(), vec![problem]);
    show_form(exchange, &page, &page.problems, &scene.setting(), draw)
}

fn page(exchange: &Exchange, waiting: &Waiting, username: String, problems: Vec<Problem>) -> ArrivedAddress {
    ArrivedAddress {
        provider: name_of(exchange, &waiting.provider),
        // Who has the browser by now may be somebody else than who came.
        shown_as: waiting.shown_as.clone(),
        username,
        problems,
    }
}
