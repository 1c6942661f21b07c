//! `/federation/{provider}/callback`: somebody comes back from another provider.
//!
//! The visit is taken away before anything else is looked at, so that a `state` counts once; it counts only in the
//! browser that left, at the provider it left for, and for ten minutes (federation 3.10, 3.12, 3.16).

use super::depart::pending_label;
use super::enter::come_in;
use super::link::tie_to_account;
use super::trouble::{self, Trouble};
use super::{connector, count};
use crate::base::{Fault, OpaqueToken, TokenKind};
use crate::endpoint::browser::Browser;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::reply::Reply;
use crate::endpoint::scene::Scene;
use crate::model::interaction::Interaction;
use crate::model::upstream::{Visit, VisitPurpose};
use crate::pages::FederationTrouble;
use crate::protocol::Parameters;
use crate::upstream::{Arrival, Arrived, Connector, Pending, UpstreamFailure, callback};

/// Takes the answer of the provider.
pub async fn get(exchange: &Exchange) -> Reply {
    let connector = connector(exchange).ok_or(HttpRefusal::NotFound)?;
    let mut draw = exchange.draw()?;
    count(exchange).await?;
    let answer = exchange.query_parameters()?;
    let Some((browser, visit, interaction)) = left_from_here(exchange, connector, &answer).await? else {
        let over = Trouble::new(connector, FederationTrouble::VisitOver);
        return trouble::show(exchange, &over, None, false, &mut draw);
    };
    let for_account = visit.purpose != VisitPurpose::SignIn;
    let arrived = match read(exchange, connector, &answer, &visit).await? {
        Ok(arrived) => arrived,
        Err(trouble) => {
            let place = Some((&browser, &interaction));
            return trouble::show(exchange, &trouble, place, for_account, &mut draw);
        }
    };
    let scene = Scene::load(exchange, browser, interaction).await?;
    match visit.purpose {
        VisitPurpose::SignIn => Box::pin(come_in(exchange, scene, connector, arrived, &mut draw)).await,
        VisitPurpose::Link { account, session } => {
            tie_to_account(exchange, &scene, connector, arrived, (&account, &session), &mut draw).await
        }
    }
}

/// The visit that this answer belongs to, if it began in this browser and can still go on.
async fn left_from_here(
    exchange: &Exchange,
    connector: &Connector,
    answer: &Parameters,
) -> Result<Option<(Browser, Visit, Interaction)>, Failure> {
    let state = answer.get("state").and_then(|state| OpaqueToken::parse(TokenKind::Visit, state));
    let (Some(state), Some(browser)) = (state, Browser::known(exchange)) else { return Ok(None) };
    let store = &exchange.context.store;
    let Some(visit) = store.take_visit(state.digest()).await? else { return Ok(None) };
    let is_own = visit.provider == connector.provider().id && visit.browser == browser.digest();
    if !is_own || exchange.now >= visit.expires_at {
        return Ok(None);
    }
    let interaction = store.find_interaction(&visit.interaction).await?;
    let interaction = interaction.filter(|interaction| interaction.is_open(exchange.now));
    Ok(interaction.map(|interaction| (browser, visit, interaction)))
}

/// Who came, by the provider's word.
async fn read<'c>(
    exchange: &Exchange,
    connector: &'c Connector,
    answer: &Parameters,
    visit: &Visit,
) -> Result<Result<Arrived, Trouble<'c>>, Failure> {
    if let Some(error) = answer.get("error") {
        return Ok(Err(told(exchange, connector, error)));
    }
    let Some(code) = answer.get("code") else {
        let failure = UpstreamFailure::Malformed { detail: "it sent neither code nor error".to_owned() };
        return Ok(Err(Trouble::of(exchange, connector, &failure)));
    };
    let sealed = exchange.context.master_key.open(pending_label(&visit.state), &visit.sealed_pending);
    let pending = Pending::from_bytes(sealed.map_err(Fault::broken)?.expose())?;
    let redirect_uri = callback(&exchange.context.issuer, connector.provider().id.as_str());
    let arrival = Arrival { code, iss: answer.get("iss"), redirect_uri: &redirect_uri };
    let finished = connector.finish(&arrival, &pending, exchange.now).await;
    Ok(finished.map_err(|failure| Trouble::of(exchange, connector, &failure)))
}

/// What an error answer means. Its words are the provider's, or whoever made up the address: they are logged, cut and
/// escaped, and not shown.
fn told<'c>(exchange: &Exchange, connector: &'c Connector, error: &str) -> Trouble<'c> {
    const LOGGED_CHARS: usize = 64;
    let error: String = error.chars().take(LOGGED_CHARS).collect();
    tracing::info!(
        request = exchange.id.as_str(),
        provider = connector.provider().id.as_str(),
        error = ?error,
        "the provider sent somebody back with an error"
    );
    let kind = match error.as_str() {
        "access_denied" | "user_cancelled_login" | "user_cancelled_authorize" => FederationTrouble::Declined,
        "temporarily_unavailable" | "server_error" => FederationTrouble::Unreachable,
        _ => FederationTrouble::Misunderstood,
    };
    Trouble::new(connector, kind)
}
