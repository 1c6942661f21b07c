//! Coming in from other providers: sending people there, taking them back, tying what they are there to an account.
//!
//! What a provider says is verified by `upstream`; what it means is decided by `identity::linking`; here both are put
//! together with the interaction that goes on afterwards.

mod address;
mod arrive;
mod depart;
mod enter;
pub mod events;
mod kept;
mod link;
mod reported;
mod trouble;

pub use address::{get as get_address, post as post_address};
pub use arrive::get as arrive;
pub use depart::{get as depart, link_token};
pub use enter::{came_in_before, finish_arrival};
pub use kept::give_back;
pub use link::{get as get_link, post as post_link};
pub use reported::{is_reported, mail_in_place_of_code};

use super::browser::last_provider;
use super::exchange::Exchange;
use super::failure::Failure;
use super::limit;
use super::scene::Scene;
use crate::model::upstream::{ProviderId, Wanted};
use crate::model::{ThrottleKey, ThrottlePurpose};
use crate::pages::{ArrivedFrom, Brand, UpstreamButton};
use crate::protocol::next_step::{Step, Wanted as Asked, wants_own_proof};
use crate::upstream::{Connector, Kind, Provider};

/// The provider that a request's address names.
fn connector(exchange: &Exchange) -> Option<&Connector> {
    let id = exchange.uri.path().strip_prefix("/federation/")?.split('/').next()?;
    exchange.context.connectors.find(id)
}

/// A button for each provider; the one that was used last in this browser is marked.
pub fn buttons(exchange: &Exchange) -> Vec<UpstreamButton> {
    let last = last_provider(exchange);
    let is_last = |connector: &Connector| last.as_ref() == Some(&connector.provider().id);
    let connectors = exchange.context.connectors.iter();
    connectors.map(|connector| UpstreamButton { used_last: is_last(connector), ..button(connector) }).collect()
}

/// The same for signing in within `scene`: none where the person has to show anew who they are.
pub fn buttons_in(exchange: &Exchange, scene: &Scene) -> Vec<UpstreamButton> {
    if needs_local_proof(exchange, scene) {
        return Vec::new();
    }
    let came_from = |button: &UpstreamButton| must_prove_after(scene).is_some_and(|id| id.as_str() == button.id);
    buttons(exchange).into_iter().filter(|button| !came_from(button)).collect()
}

/// The provider that somebody came from who has to prove in another way who they are: going there once more leads here
/// again.
fn must_prove_after(scene: &Scene) -> Option<&ProviderId> {
    let waiting = scene.interaction.progress.arrived.as_ref()?;
    matches!(waiting.wanted, Wanted::Proof | Wanted::ProofOfBlocked).then_some(&waiting.provider)
}

/// Whether only a way of our own answers. Another provider may let somebody through who signed in there days ago, and
/// does not say when (federation 1.8, 2.8); so it is no proof that the person is there now.
fn needs_local_proof(exchange: &Exchange, scene: &Scene) -> bool {
    scene.interaction.request().is_some_and(wants_own_proof)
        || matches!(scene.step(exchange), Step::SignIn(Asked::Again(_)))
}

fn button(connector: &Connector) -> UpstreamButton {
    let provider = connector.provider();
    UpstreamButton {
        id: provider.id.to_string(),
        name: provider.name.clone(),
        brand: brand(provider),
        used_last: false,
    }
}

/// Whose mark the button of `provider` bears.
pub const fn brand(provider: &Provider) -> Brand {
    match provider.kind {
        Kind::Google => Brand::Google,
        Kind::GitHub => Brand::GitHub,
        Kind::Microsoft => Brand::Microsoft,
        Kind::OpenIdConnect => Brand::Other,
    }
}

/// What people call a provider; one that is configured no more goes by its own name.
pub fn name_of(exchange: &Exchange, provider: &ProviderId) -> String {
    let connector = exchange.context.connectors.find(provider.as_str());
    connector.map_or_else(|| provider.to_string(), |connector| connector.provider().name.clone())
}

/// Where somebody in `scene` came from, for the sign-in page.
pub fn arrived_from(exchange: &Exchange, scene: &Scene) -> Option<ArrivedFrom> {
    let arrived = scene.interaction.progress.arrived.as_ref()?;
    let notice = match arrived.wanted {
        Wanted::Proof => "proof",
        Wanted::ProofOfBlocked => "proof-of-blocked",
        Wanted::Address => "address",
    };
    Some(ArrivedFrom { provider: name_of(exchange, &arrived.provider), notice })
}

/// Counts a visit, or an event (federation 3.18).
async fn count(exchange: &Exchange, purpose: ThrottlePurpose) -> Result<(), Failure> {
    limit::count(exchange, ThrottleKey::ip(purpose, exchange.ip), purpose).await
}
