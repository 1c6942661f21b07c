//! The page of an imitation's switches, for people as a form and for programs as JSON, and what is sent to it.

use poem::http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value};

use super::switches::{Board, Switch, Switches};
use crate::base::bounds::IMITATION_SLOW_MILLIS_MAX;
use crate::dev::inbox::wants_json;
use crate::endpoint::browser::Browser;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::endpoint::frame::{Setting, show};
use crate::endpoint::guard::{own_form, own_script};
use crate::endpoint::reply::{self, Reply};
use crate::pages::{DevImitationSwitches, DevSwitch};
use crate::protocol::Parameters;

/// The page, or the document. `page` holds what is the imitation's own.
pub(super) fn get<S: Switch>(exchange: &Exchange, board: &Board<S>, page: DevImitationSwitches) -> Reply {
    let mut response = if wants_json(exchange) {
        reply::json(StatusCode::OK, &board.read().to_document())?
    } else {
        let switches = board.read();
        let is_on = |switch: &S| DevSwitch { kind: switch.name().to_owned(), is_on: switches.has(*switch) };
        let page = DevImitationSwitches {
            switches: S::ALL.iter().map(is_on).collect(),
            slow_millis: switches.slow_millis,
            slow_millis_max: IMITATION_SLOW_MILLIS_MAX,
            ..page
        };
        let mut draw = exchange.draw()?;
        let browser = Browser::of(exchange, &mut draw);
        show(exchange, StatusCode::OK, &page, &Setting::alone(&browser), &mut draw)?
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// Sets the switches as the form says; `path` is the page.
pub(super) fn post<S: Switch>(exchange: &Exchange, board: &Board<S>, path: &str) -> Reply {
    let (_, form) = own_form(exchange, "")?;
    board.set(Switches::from_form(&form).ok_or(HttpRefusal::FieldMalformed)?);
    reply::see_other(path)
}

/// Sets the switches as the document says.
pub(super) fn put<S: Switch>(exchange: &Exchange, board: &Board<S>) -> Reply {
    own_script(exchange)?;
    board.set(Switches::from_document(&exchange.body).ok_or(HttpRefusal::FieldMalformed)?);
    reply::json(StatusCode::OK, &board.read().to_document())
}

/// What a form of ours, or a program, sent.
pub(super) enum Sent {
    Form(Parameters),
    Document(Map<String, Value>),
}

impl Sent {
    /// Reads it, if it is ours.
    pub(super) fn of(exchange: &Exchange) -> Result<Self, Failure> {
        if exchange.is_form() {
            return Ok(Self::Form(own_form(exchange, "")?.1));
        }
        own_script(exchange)?;
        let members = if exchange.body.is_empty() { Ok(Map::new()) } else { serde_json::from_slice(&exchange.body) };
        Ok(Self::Document(members.map_err(|_| HttpRefusal::FieldMalformed)?))
    }

    /// The text of a member.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        match self {
            Self::Form(form) => form.get(name),
            Self::Document(members) => members.get(name)?.as_str(),
        }
    }
}
