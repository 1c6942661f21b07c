//! Tying another provider's person to an account: `/link`, where somebody who came from there and has signed in agrees
//! to it; and the end of a visit that began on the account's page.

use poem::http::StatusCode;

use super::enter::{admission, tie_of, tie_of_waiting};
use super::name_of;
use super::trouble::{self, Trouble};
use crate::base::{AccountId, Draw, SessionId};
use crate::endpoint::account::lead_on;
use crate::endpoint::client::event_of;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::frame::{Setting, show};
use crate::endpoint::guard::own_form;
use crate::endpoint::login::save_and_proceed;
use crate::endpoint::mailed_code::notice;
use crate::endpoint::proceed::proceed;
use crate::endpoint::reply::Reply;
use crate::endpoint::scene::Scene;
use crate::endpoint::user_agent::asked;
use crate::model::account::Account;
use crate::model::audit::AuditAction;
use crate::model::interaction::Interaction;
use crate::model::upstream::{LinkIdentity, LinkOutcome, LinkedIdentity, Wanted};
use crate::pages::{ConfirmLink, FederationTrouble, Mail};
use crate::protocol::next_step::Step;
use crate::upstream::{Arrived, Connector};

/// Shows the page.
pub async fn get(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let scene = Scene::of(exchange, &mut draw).await?;
    let Step::ConfirmLink(signed_in, waiting) = scene.step(exchange) else {
        return proceed(exchange, &scene, &mut draw).await;
    };
    let page = ConfirmLink {
        provider: name_of(exchange, &waiting.provider),
        shown_as: waiting.shown_as.clone(),
        was_blocked: waiting.wanted == Wanted::ProofOfBlocked,
    };
    let setting = Setting { person: Some(signed_in.account.email.to_string()), ..scene.setting() };
    show(exchange, StatusCode::OK, &page, &setting, &mut draw)
}

/// Takes the decision. Whom it is about is read from the interaction.
pub async fn post(exchange: &Exchange) -> Reply {
    let mut draw = exchange.draw()?;
    let mut scene = Scene::of(exchange, &mut draw).await?;
    let (_, form) = own_form(exchange, scene.interaction.id.as_str())?;
    let (account, waiting) = match scene.step(exchange) {
        Step::ConfirmLink(signed_in, waiting) => (signed_in.account.clone(), waiting.clone()),
        _ => return proceed(exchange, &scene, &mut draw).await,
    };
    scene.interaction.progress.arrived = None;
    let provider = waiting.provider.clone();
    match form.get("decision") {
        Some("skip") => return save_and_proceed(exchange, scene, &mut draw).await,
        Some("link") => {}
        _ => return Err(HttpRefusal::FieldMalformed.into()),
    }
    let identity = tie_of_waiting(waiting, &account.id, exchange.now);
    let interaction = Some(scene.interaction.clone());
    match tie(exchange, &account, identity, interaction, &mut draw).await? {
        LinkOutcome::Linked => {
            scene.interaction.revision += 1;
            proceed(exchange, &scene, &mut draw).await
        }
        LinkOutcome::Overtaken => Err(Failure::Onward(scene.at("/continue"))),
        refused => {
            let connector = exchange.context.connectors.find(provider.as_str());
            let connector = connector.ok_or(HttpRefusal::NotFound)?;
            let place = Some((&scene.browser, &scene.interaction));
            trouble::show(exchange, &Trouble::new(connector, kind_of(refused)), place, false, &mut draw)
        }
    }
}

/// Ends a visit that began on the account's page. Federation 3.6: only the session that left may come back.
pub async fn tie_to_account(
    exchange: &Exchange,
    scene: &Scene,
    connector: &Connector,
    arrived: Arrived,
    (account, session): (&AccountId, &SessionId),
    draw: &mut Draw,
) -> Reply {
    let own = scene.sessions.iter().find(|own| own.session.id == *session && own.account.id == *account);
    let place = Some((&scene.browser, &scene.interaction));
    let Some(own) = own else {
        let trouble = Trouble::new(connector, FederationTrouble::SomebodyElse);
        return trouble::show(exchange, &trouble, place, true, draw);
    };
    if !admission(exchange, connector.provider()).admits(&arrived.identity) {
        let trouble = Trouble::new(connector, FederationTrouble::Restricted);
        return trouble::show(exchange, &trouble, place, true, draw);
    }
    let identity = tie_of(exchange, connector, &arrived, account, draw)?;
    match tie(exchange, &own.account, identity, None, draw).await? {
        LinkOutcome::Linked => {
            exchange.context.store.finish_interaction(&scene.interaction.id, exchange.now).await?;
            lead_on(exchange, own, "/account/logins?notice=linked")
        }
        refused => trouble::show(exchange, &Trouble::new(connector, kind_of(refused)), place, true, draw),
    }
}

const fn kind_of(refused: LinkOutcome) -> FederationTrouble {
    match refused {
        LinkOutcome::TooMany => FederationTrouble::TooMany,
        LinkOutcome::Taken => FederationTrouble::TiedElsewhere,
        LinkOutcome::Overtaken | LinkOutcome::Linked => FederationTrouble::SomebodyElse,
    }
}

async fn tie(
    exchange: &Exchange,
    account: &Account,
    identity: LinkedIdentity,
    interaction: Option<Interaction>,
    draw: &mut Draw,
) -> Result<LinkOutcome, Failure> {
    let mail = Mail::IdentityLinked {
        provider: name_of(exchange, &identity.provider),
        logins_uri: exchange.context.issuer.at("/account/logins"),
        asked: asked(exchange),
    };
    let mut audit = event_of(exchange, AuditAction::IdentityLinked);
    audit.account = Some(account.id.clone());
    audit.detail.insert("idp".to_owned(), identity.provider.as_str().into());
    let write = LinkIdentity {
        identity,
        generation: account.generation,
        interaction,
        notice: notice(exchange, None, &account.email, &mail, draw)?,
        audit,
    };
    let outcome = exchange.context.store.link_identity(write).await?;
    if outcome == LinkOutcome::Linked {
        exchange.context.mail_written.notify_one();
    }
    Ok(outcome)
}
