//! Signing what an endpoint answers with, by the algorithm that the client is registered for. Which algorithm that is
//! is decided in `protocol`, the key by the ring.

use serde::Serialize;

use super::exchange::Exchange;
use super::failure::Failure;
use crate::jose::Typ;
use crate::model::key::SigningAlgorithm;
use crate::protocol::Reason;

/// `claims` as a JWT of ours. A client that was registered while its algorithm was on is refused once it is off: another
/// algorithm is not what it verifies, and not what its profile may allow.
pub async fn sign(
    exchange: &Exchange,
    typ: Typ,
    algorithm: SigningAlgorithm,
    claims: &(impl Serialize + Sync),
) -> Result<String, Failure> {
    let context = &exchange.context;
    if !context.features.signing_algorithms().contains(&algorithm) {
        return Err(Reason::SigningAlgorithmOff.into());
    }
    let unsigned = context.keys.load().prepare(typ, algorithm, claims, exchange.now)?;
    Ok(context.signer.sign(unsigned).await?)
}
