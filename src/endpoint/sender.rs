//! Who sends a request and what they prove besides: the client, and the key or certificate that its tokens are bound to
//! (RFC 9449, RFC 8705 §3).

use super::client::identified;
use super::exchange::Exchange;
use super::failure::Failure;
use super::{certificate, dpop, replay};
use crate::model::client::Client;
use crate::model::grant::Confirmation;
use crate::model::jti::UsedJti;
use crate::model::key::ClientAlgorithm;
use crate::protocol::access_token::AccessTokenClaims;
use crate::protocol::bearer::{PresentedToken, Scheme};
use crate::protocol::dpop::check_algorithm;
use crate::protocol::{Parameters, Reason, confirmation};

/// A client and what it proved.
pub struct Sender {
    /// The client, authenticated.
    pub client: Client,
    /// What its tokens are to be bound to: the key of its proof, or else the certificate it is registered for.
    pub confirmation: Option<Confirmation>,
}

impl Sender {
    /// The thumbprint of the key that was proven.
    pub fn dpop_jkt(&self) -> Option<&str> {
        match &self.confirmation {
            Some(Confirmation::DpopKey(jkt)) => Some(jkt),
            _ => None,
        }
    }
}

/// Who sends this request. What may be used once is spent with it, in one write.
pub async fn of(exchange: &Exchange, form: &Parameters) -> Result<Sender, Failure> {
    let (sender, used) = proven(exchange, form).await?;
    replay::spend(exchange, &sender.client.client_id, used).await?;
    Ok(sender)
}

/// The same, but for what may be used once: it is still to be spent.
pub async fn proven(exchange: &Exchange, form: &Parameters) -> Result<(Sender, Vec<UsedJti>), Failure> {
    let (client, assertion) = identified(exchange, form).await?;
    let proof = dpop::proof_of(exchange, None)?;
    if let Some(proof) = &proof {
        check_algorithm(&client, proof.algorithm)?;
    }
    let (jkt, proof) = proof.map(|proof| (proof.jkt, proof.used)).unzip();
    let confirmation = match jkt {
        Some(jkt) => Some(Confirmation::DpopKey(jkt)),
        None if client.metadata.tls_client_certificate_bound_access_tokens => certificate::confirmation(exchange),
        None => None,
    };
    Ok((Sender { client, confirmation }, assertion.into_iter().chain(proof).collect()))
}

/// Refuses an access token, verified already, whose confirmation the request does not prove.
pub async fn confirm(exchange: &Exchange, token: &PresentedToken, claims: &AccessTokenClaims) -> Result<(), Failure> {
    confirmation::check_scheme(claims, token.scheme())?;
    match (&claims.cnf, token.scheme()) {
        (None, _) => Ok(()),
        (Some(Confirmation::Certificate(_)), _) => {
            Ok(confirmation::check_token(claims, certificate::confirmation(exchange).as_ref())?)
        }
        (Some(Confirmation::DpopKey(_)), Scheme::Bearer) => Err(Reason::TokenSchemeWrong.into()),
        (Some(Confirmation::DpopKey(_)), Scheme::Dpop) => {
            let proven = dpop::proof_of(exchange, Some(token.expose()))?.ok_or(Reason::DpopProofMissing)?;
            confirmation::check_token(claims, Some(&Confirmation::DpopKey(proven.jkt)))?;
            // Every client may use these, so it need not be looked up.
            if !ClientAlgorithm::FAPI2.contains(&proven.algorithm)
                && let Some(client) = exchange.context.store.find_client(&claims.client_id).await?
            {
                check_algorithm(&client, proven.algorithm)?;
            }
            replay::spend(exchange, &claims.client_id, vec![proven.used]).await
        }
    }
}
