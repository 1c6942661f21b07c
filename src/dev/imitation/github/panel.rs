//! `/dev/github/switches`: the quirks.

use super::people::PEOPLE;
use super::{GITHUB_CLIENT, GitHub, NAME};
use crate::dev::imitation::{GITHUB_PATH, GITHUB_SWITCHES_PATH, panel};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::reply::Reply;
use crate::pages::DevImitationSwitches;

/// The page or the document.
pub(in crate::dev::imitation) async fn get(exchange: &Exchange) -> Reply {
    let page = DevImitationSwitches {
        provider: NAME.to_owned(),
        path: GITHUB_PATH.to_owned(),
        client_id: GITHUB_CLIENT.client_id.to_owned(),
        client_secret: GITHUB_CLIENT.client_secret.to_owned(),
        people: PEOPLE.iter().map(|person| person.shown(false)).collect(),
        ..DevImitationSwitches::default()
    };
    panel::get(exchange, &GitHub::of(exchange)?.board, page)
}

/// The form.
pub(in crate::dev::imitation) async fn post(exchange: &Exchange) -> Reply {
    panel::post(exchange, &GitHub::of(exchange)?.board, GITHUB_SWITCHES_PATH)
}

/// The document.
pub(in crate::dev::imitation) async fn put(exchange: &Exchange) -> Reply {
    panel::put(exchange, &GitHub::of(exchange)?.board)
}
