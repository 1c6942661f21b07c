//! Proofs of possession as they come and go in header fields (RFC 9449 §4.1, §8).

use poem::http::{HeaderMap, HeaderName, HeaderValue};

use super::exchange::Exchange;
use super::reply::ErrorForm;
use crate::model::jti::UsedJti;
use crate::model::key::ClientAlgorithm;
use crate::protocol::Reason;
use crate::protocol::dpop::{self, Proof, Request};

const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A key that was proven, and the name of the proof, which is still to be spent.
pub struct ProvenKey {
    /// The RFC 7638 thumbprint of the key.
    pub jkt: String,
    /// How it was proven.
    pub algorithm: ClientAlgorithm,
    /// What is to be spent.
    pub used: UsedJti,
}

/// The key that the request proves, if it brings a proof; at resources with the `access_token` it brings. Where proofs
/// are switched off, none is read.
pub fn proof_of(exchange: &Exchange, access_token: Option<&str>) -> Result<Option<ProvenKey>, Reason> {
    let fields: Vec<&HeaderValue> = exchange.headers.get_all(DPOP).iter().collect();
    let field = match fields.as_slice() {
        _ if !exchange.context.features.dpop => return Ok(None),
        [] => return Ok(None),
        [field] => field.to_str().map_err(|_| Reason::DpopProofMalformed)?,
        // RFC 9449 §4.3: there is not more than one.
        _ => return Err(Reason::DpopProofRepeated),
    };
    let read = exchange.context.proof_keys.verify(field, &ClientAlgorithm::ASYMMETRIC);
    let (jwt, key) = read.map_err(|_| Reason::DpopProofMalformed)?;
    let features = &exchange.context.features;
    let address = exchange.context.issuer.at(exchange.uri.path());
    let request = Request {
        method: exchange.method.as_str(),
        address: &address,
        access_token,
        nonce_key: features.dpop_nonce.then_some(&exchange.context.nonce_key),
        now: exchange.now,
    };
    let used = dpop::check(&Proof { typ: jwt.typ.as_deref(), claims: &jwt.claims, jkt: key.thumbprint() }, &request)?;
    Ok(Some(ProvenKey { jkt: key.thumbprint().to_owned(), algorithm: jwt.algorithm, used }))
}

/// Puts a nonce on an answer to a program, where they are demanded (RFC 9449 §8.2).
pub fn hand_out_nonce(exchange: &Exchange, form: ErrorForm, headers: &mut HeaderMap) {
    let features = &exchange.context.features;
    let is_for_programs = matches!(form, ErrorForm::OAuth | ErrorForm::Bearer | ErrorForm::Problem);
    if features.dpop && features.dpop_nonce && is_for_programs {
        let nonce = dpop::nonce(&exchange.context.nonce_key, exchange.now);
        if let Ok(nonce) = HeaderValue::from_str(&nonce) {
            headers.insert(DPOP_NONCE, nonce);
        }
    }
}
