//! Counting one attempt, and refusing it when there were too many. What belongs to several counts at once, or is given
//! back after a success, is reserved by whoever knows how it ended.

use super::exchange::Exchange;
use super::failure::Failure;
use crate::model::client::Client;
use crate::model::{ThrottleKey, ThrottlePurpose};
use crate::store::Reservation;

/// Counts an attempt against `key` by the rule of `purpose`.
pub async fn count(exchange: &Exchange, key: ThrottleKey, purpose: ThrottlePurpose) -> Result<(), Failure> {
    let rule = exchange.context.throttles.rule(purpose);
    match exchange.context.store.reserve_attempts(vec![(key, rule)], exchange.now).await? {
        Reservation::Refused { retry_after_seconds } => Err(Failure::Throttled { retry_after_seconds }),
        Reservation::Allowed(_) => Ok(()),
    }
}

/// Counts a request that is kept for `client`, when anybody could have sent it in the client's name.
pub async fn count_unproven(exchange: &Exchange, client: &Client) -> Result<(), Failure> {
    if client.is_confidential() {
        return Ok(());
    }
    let purpose = ThrottlePurpose::UnprovenIp;
    count(exchange, ThrottleKey::ip(purpose, exchange.ip), purpose).await
}
