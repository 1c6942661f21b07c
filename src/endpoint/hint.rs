//! `id_token_hint`: believed when it is an ID token that we signed, however long ago.

use super::exchange::Exchange;
use crate::jose::{Audience, Expect, Lifetime, Typ};
use crate::model::key::SigningAlgorithm;
use crate::protocol::Parameters;
use crate::protocol::id_token::IdTokenClaims;
use crate::protocol::id_token_hint::{Hint, IdTokenHint};

/// The hint of a request, as far as its signature lets it be believed.
pub fn read(exchange: &Exchange, parameters: &Parameters) -> Hint {
    let Some(token) = parameters.get("id_token_hint") else { return Hint::Absent };
    let expect = Expect {
        typ: Typ::Jwt,
        issuer: exchange.context.issuer.as_str(),
        audience: Audience::Any,
        algorithms: &SigningAlgorithm::ALL,
        now: exchange.now,
        lifetime: Lifetime::Over,
    };
    match exchange.context.keys.load().verify::<IdTokenClaims>(token, &expect) {
        Ok(claims) => Hint::Genuine(IdTokenHint { subject: claims.sub, audience: claims.aud, session: claims.sid }),
        Err(_) => Hint::NotGenuine,
    }
}
