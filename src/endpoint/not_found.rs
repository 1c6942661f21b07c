//! Every address that is not ours.

use super::exchange::Exchange;
use super::failure::HttpRefusal;
use super::reply::Reply;

/// 404, whatever the method.
pub async fn answer(_: &Exchange) -> Reply {
    Err(HttpRefusal::NotFound.into())
}
