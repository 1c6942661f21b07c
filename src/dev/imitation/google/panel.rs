//! `/dev/google/switches`, `/dev/google/rotate`, `/dev/google/events`: the quirks, another key, and security events.

use poem::http::StatusCode;
use serde_json::json;

use super::events::{self, Delivery, Event};
use super::people::{self, PEOPLE};
use super::{GOOGLE_CLIENT, Google, NAME};
use crate::dev::imitation::panel::{self, Sent};
use crate::dev::imitation::{GOOGLE_EVENTS_PATH, GOOGLE_PATH, GOOGLE_SWITCHES_PATH};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::HttpRefusal;
use crate::endpoint::reply::{self, Reply};
use crate::pages::{DevDelivery, DevImitationSwitches};

/// The page or the document.
pub(in crate::dev::imitation) async fn get(exchange: &Exchange) -> Reply {
    panel::get(exchange, &Google::of(exchange)?.board, page(None))
}

/// The form.
pub(in crate::dev::imitation) async fn post(exchange: &Exchange) -> Reply {
    panel::post(exchange, &Google::of(exchange)?.board, GOOGLE_SWITCHES_PATH)
}

/// The document.
pub(in crate::dev::imitation) async fn put(exchange: &Exchange) -> Reply {
    panel::put(exchange, &Google::of(exchange)?.board)
}

/// Another key signs from now on.
pub(in crate::dev::imitation) async fn rotate(exchange: &Exchange) -> Reply {
    let sent = Sent::of(exchange)?;
    Google::of(exchange)?.keys.rotate(exchange).await?;
    match sent {
        Sent::Form(_) => reply::see_other(GOOGLE_SWITCHES_PATH),
        Sent::Document(_) => Ok(reply::empty(StatusCode::NO_CONTENT)),
    }
}

/// Sends `event` about `person` to Doorward, and shows what it answered.
pub(in crate::dev::imitation) async fn send_event(exchange: &Exchange) -> Reply {
    let sent = Sent::of(exchange)?;
    let event = sent.get("event").and_then(Event::find).ok_or(HttpRefusal::FieldMalformed)?;
    let person = sent.get("person").and_then(people::find).ok_or(HttpRefusal::FieldMalformed)?;
    let delivery = events::send(exchange, event, person).await?;
    match sent {
        Sent::Form(_) => panel::get(exchange, &Google::of(exchange)?.board, page(Some(shown(event, delivery)))),
        Sent::Document(_) => {
            let (status, error) = (delivery.outcome.as_ref().ok(), delivery.outcome.as_ref().err());
            let to = exchange.context.issuer.at(GOOGLE_EVENTS_PATH);
            reply::json(StatusCode::OK, &json!({ "to": to, "status": status, "error": error, "set": delivery.set }))
        }
    }
}

fn shown(event: Event, delivery: Delivery) -> DevDelivery {
    let outcome = delivery.outcome.map_or_else(|failed| failed, |status| status.to_string());
    DevDelivery { event: event.name().to_owned(), to: GOOGLE_EVENTS_PATH.to_owned(), outcome }
}

fn page(delivery: Option<DevDelivery>) -> DevImitationSwitches {
    DevImitationSwitches {
        provider: NAME.to_owned(),
        path: GOOGLE_PATH.to_owned(),
        client_id: GOOGLE_CLIENT.client_id.to_owned(),
        client_secret: GOOGLE_CLIENT.client_secret.to_owned(),
        people: PEOPLE.iter().map(|person| person.shown(false)).collect(),
        events: Event::ALL.iter().map(|event| event.name().to_owned()).collect(),
        delivery,
        ..DevImitationSwitches::default()
    }
}
