//! `/errors/REASON`: what one refusal means. `error_uri` of every answer that says no leads here (RFC 6749 §4.1.2.1,
//! §5.2).

use poem::http::StatusCode;

use super::browser::Browser;
use super::exchange::Exchange;
use super::failure::HttpRefusal;
use super::frame::{self, Setting};
use super::reply::Reply;
use crate::pages::ErrorReference;
use crate::protocol::Reason;
use crate::protocol::reason::ERRORS_PATH;

/// Shows it.
pub async fn get(exchange: &Exchange) -> Reply {
    let label = exchange.uri.path().strip_prefix(ERRORS_PATH).unwrap_or_default();
    let told = Reason::samples().into_iter().filter(|reason| reason.told_as() == *reason);
    let reason = told.into_iter().find(|reason| reason.label() == label).ok_or(HttpRefusal::NotFound)?;
    let page = ErrorReference {
        reason: reason.label().to_owned(),
        error: reason.code().as_str().to_owned(),
        status: reason.status(),
        description: reason.description().into_owned(),
    };
    let mut draw = exchange.draw()?;
    let browser = Browser::of(exchange, &mut draw);
    frame::show(exchange, StatusCode::OK, &page, &Setting::alone(&browser), &mut draw)
}
