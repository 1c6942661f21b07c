//! `/federation/{provider}/callback`: somebody comes back from another provider.
//!
//! The visit's secrets are taken away before anything else is looked at, so that a `state` counts once; it counts only in
//! the browser that left, at the provider it left for, and for ten minutes (federation 3.10, 3.12, 3.16). The same answer
//! once more, by a reload or the *Back* button, goes on where the first one led.

use super::depart::pending_label;
use super::enter::come_in;
use super::link::tie_to_account;
use super::trouble::{self, Trouble};
use super::{connector, count};
use crate::base::{Draw, Fault, OpaqueToken, TokenKind};
use crate::endpoint::browser::Browser;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::reply::Reply;
use crate::endpoint::scene::{Scene, at};
use crate::model::ThrottlePurpose;
use crate::model::interaction::{Interaction, Purpose};
use crate::model::upstream::{Visit, VisitPurpose, VisitTaken};
use crate::pages::FederationTrouble;
use crate::protocol::Parameters;
use crate::upstream::{Arrival, Arrived, Connector, Pending, UpstreamFailure, callback};

/// Takes the answer of the provider.
pub async fn get(exchange: &Exchange) -> Reply {
    let connector = connector(exchange).ok_or(HttpRefusal::NotFound)?;
    let mut draw = exchange.draw()?;
    count(exchange, ThrottlePurpose::VisitIp).await?;
    let answer = exchange.query_parameters()?;
    let (browser, visit, interaction) = match find_visit(exchange, connector, &answer).await? {
        Found::UnderWay(browser, visit, interaction) => (browser, visit, interaction),
        Found::Answered(onward) => return Err(Failure::Onward(onward)),
        Found::Over(place) => {
            let over = Trouble::new(connector, FederationTrouble::VisitOver);
            let place = place.as_ref().map(|(browser, interaction)| (browser, interaction));
            return trouble::show(exchange, &over, place, false, &mut draw);
        }
    };
    match who_came(exchange, connector, &answer, &visit).await? {
        Answer::Person(arrived) => {
            let scene = Scene::load(exchange, browser, interaction).await?;
            go_on(exchange, scene, connector, (*arrived, visit.purpose), &mut draw).await
        }
        Answer::Trouble(trouble) => {
            let for_account = visit.purpose != VisitPurpose::SignIn;
            trouble::show(exchange, &trouble, Some((&browser, &interaction)), for_account, &mut draw)
        }
    }
}

async fn go_on(
    exchange: &Exchange,
    scene: Scene,
    connector: &Connector,
    (arrived, purpose): (Arrived, VisitPurpose),
    draw: &mut Draw,
) -> Reply {
    match purpose {
        VisitPurpose::SignIn => Box::pin(come_in(exchange, scene, connector, arrived, draw)).await,
        VisitPurpose::Link { account, session } => {
            tie_to_account(exchange, &scene, connector, arrived, (&account, &session), draw).await
        }
    }
}

/// The visit that an answer belongs to.
enum Found {
    /// It began in this browser and can still go on.
    UnderWay(Browser, Visit, Interaction),
    /// It was answered a moment ago; where that led.
    Answered(String),
    /// It cannot go on; perhaps what it was for can.
    Over(Option<(Browser, Interaction)>),
}

async fn find_visit(exchange: &Exchange, connector: &Connector, answer: &Parameters) -> Result<Found, Failure> {
    let state = answer.get("state").and_then(|state| OpaqueToken::parse(TokenKind::Visit, state));
    let (Some(state), Some(browser)) = (state, Browser::known(exchange)) else { return Ok(Found::Over(None)) };
    let store = &exchange.context.store;
    let (visit, is_first) = match store.take_visit(state.digest(), exchange.now).await? {
        VisitTaken::First(visit) => (visit, true),
        VisitTaken::Over(visit) => (visit, false),
        VisitTaken::Unknown => return Ok(Found::Over(None)),
    };
    if visit.provider != connector.provider().id || visit.browser != browser.digest() {
        return Ok(Found::Over(None));
    }
    let interaction = store.find_interaction(&visit.interaction).await?;
    let is_in_time = exchange.now < visit.expires_at;
    Ok(match interaction {
        Some(interaction) if is_in_time && !is_first => Found::Answered(onward(&visit, &interaction)),
        Some(interaction) if interaction.is_open(exchange.now) => {
            let leads_in = visit.purpose == VisitPurpose::SignIn;
            if is_in_time {
                Found::UnderWay(browser, visit, interaction)
            } else {
                Found::Over(leads_in.then_some((browser, interaction)))
            }
        }
        _ => Found::Over(None),
    })
}

/// Where an answer goes on that has led somewhere already.
fn onward(visit: &Visit, interaction: &Interaction) -> String {
    match (&visit.purpose, &interaction.purpose) {
        (VisitPurpose::Link { .. }, _) => "/account/logins".to_owned(),
        // The page itself sends whoever did not come in to sign in.
        (VisitPurpose::SignIn, Purpose::Account { path }) if interaction.finished_at.is_some() => {
            format!("/account{path}")
        }
        (VisitPurpose::SignIn, _) => at("/continue", &interaction.id),
    }
}

/// What a provider's answer comes to.
enum Answer<'c> {
    /// This person came, by the provider's word.
    Person(Box<Arrived>),
    /// Nobody; this is what is told of it.
    Trouble(Trouble<'c>),
}

async fn who_came<'c>(
    exchange: &Exchange,
    connector: &'c Connector,
    answer: &Parameters,
    visit: &Visit,
) -> Result<Answer<'c>, Failure> {
    let iss = answer.get("iss");
    let came = match (answer.get("error"), answer.get("code")) {
        // RFC 9207 §2.4: an error, too, counts only as this provider's.
        (Some(error), _) => match connector.check_issuer_of_answer(iss, exchange.now).await {
            Ok(()) => return Ok(Answer::Trouble(trouble_of_error(exchange, connector, error))),
            Err(failure) => Err(failure),
        },
        (None, Some(code)) => {
            let sealed = exchange.context.master_key.open(pending_label(&visit.state), &visit.sealed_pending);
            let pending = Pending::from_bytes(sealed.map_err(Fault::broken)?.expose())?;
            let redirect_uri = callback(&exchange.context.issuer, connector.provider().id.as_str());
            let arrival = Arrival { code, iss, redirect_uri: &redirect_uri };
            connector.finish(&arrival, &pending, exchange.now).await
        }
        (None, None) => Err(UpstreamFailure::Malformed { detail: "it sent neither code nor error".to_owned() }),
    };
    Ok(match came {
        Ok(arrived) => Answer::Person(Box::new(arrived)),
        Err(failure) => Answer::Trouble(Trouble::of(exchange, connector, &failure)),
    })
}

/// What an error answer means. Its words are the provider's, or whoever made up the address: they are logged, cut and
/// escaped, and not shown.
fn trouble_of_error<'c>(exchange: &Exchange, connector: &'c Connector, error: &str) -> Trouble<'c> {
    const LOGGED_CHARS: usize = 64;
    let error: String = error.chars().take(LOGGED_CHARS).collect();
    tracing::info!(
        request = exchange.id.as_str(),
        provider = connector.provider().id.as_str(),
        error = ?error,
        "the provider sent somebody back with an error"
    );
    let (kind, outcome) = match error.as_str() {
        "access_denied" | "user_cancelled_login" | "user_cancelled_authorize" => {
            (FederationTrouble::Declined, "upstream_declined")
        }
        "temporarily_unavailable" | "server_error" => (FederationTrouble::Unreachable, "upstream_failed"),
        _ => (FederationTrouble::Misunderstood, "upstream_failed"),
    };
    exchange.context.observer.signed_in(outcome);
    Trouble::new(connector, kind)
}
