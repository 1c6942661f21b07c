//! Every address that is not ours.

use super::exchange::Exchange;
use super::failure::HttpRefusal;
use super::reply::Reply;
use crate::protocol::Reason;
use crate::protocol::params::is_escaped;

/// 404, whatever the method; 400 for what is no address at all (INJ-11).
pub async fn answer(exchange: &Exchange) -> Reply {
    if is_escaped(exchange.uri.path()) {
        Err(HttpRefusal::NotFound.into())
    } else {
        Err(Reason::MalformedEncoding.into())
    }
}
