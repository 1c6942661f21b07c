//! The interface of every connector.

use std::future::Future;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::address::Reach;
use super::breaker::Breaker;
use super::github::GitHub;
use super::http::{Http, Limits, misconfigured, unreachable};
use super::line::Line;
use super::openid_connect::{Learnt, OpenIdConnect};
use super::security_event::{Receiver, SecurityEvents, Sender};
use super::{Kind, Provider, UpstreamFailure, discovery};
use crate::base::{Draw, Fault, Sensitive, Timestamp};
use crate::model::upstream::{Identity, UpstreamTokens};

/// The connector of one provider. Cheap to clone; holds what was learnt of the provider (addresses, keys) as long as the
/// provider says it may be kept.
#[derive(Clone)]
pub struct Connector(Arc<Parts>);

struct Parts {
    provider: Provider,
    http: Arc<Http>,
    learnt: Learnt,
    sender: Sender,
    breaker: Breaker,
}

/// How somebody is sent.
#[derive(Debug, Clone, Copy)]
pub struct Departure<'a> {
    /// Where they come back to: one address for each provider, which is what keeps answers of two apart (mix-up).
    pub redirect_uri: &'a str,
    /// Names the visit; single use, bound to the browser by the caller.
    pub state: &'a str,
    /// An address or subject to suggest.
    pub login_hint: Option<&'a str>,
    /// Whether the provider should let the person choose among its accounts.
    pub select_account: bool,
    /// Languages the person wants.
    pub ui_locales: Option<&'a str>,
}

/// What has to be known again when the person comes back.
#[derive(Debug)]
pub struct Pending {
    /// The nonce that the ID token must hold.
    pub nonce: Option<Sensitive<String>>,
    /// The PKCE verifier.
    pub verifier: Sensitive<String>,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Kept {
    nonce: Option<String>,
    verifier: String,
}

impl Pending {
    /// The bytes to be sealed and kept until then.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let nonce = self.nonce.as_ref().map(|nonce| nonce.expose().clone());
        let kept = Kept { nonce, verifier: self.verifier.expose().clone() };
        serde_json::to_vec(&kept).map(Zeroizing::new).map_err(Fault::broken)
    }

    /// What [`Self::to_bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let kept: Kept = serde_json::from_slice(bytes).map_err(Fault::broken)?;
        Ok(Self { nonce: kept.nonce.clone().map(Sensitive::new), verifier: Sensitive::new(kept.verifier.clone()) })
    }
}

/// What the browser brought back.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// The code.
    pub code: &'a str,
    /// The `iss` parameter (RFC 9207), if there is one.
    pub iss: Option<&'a str>,
    /// The same as at departure.
    pub redirect_uri: &'a str,
}

/// Who came back.
#[derive(Debug)]
pub struct Arrived {
    /// Who.
    pub identity: Identity,
    /// The provider's tokens.
    pub tokens: UpstreamTokens,
}

impl Connector {
    fn new(provider: Provider, http: Arc<Http>) -> Result<Self, UpstreamFailure> {
        discovery::configured_issuer(&provider)?;
        let (learnt, sender, breaker) = <(Learnt, Sender, Breaker)>::default();
        Ok(Self(Arc::new(Parts { provider, http, learnt, sender, breaker })))
    }

    /// The provider.
    pub fn provider(&self) -> &Provider {
        &self.0.provider
    }

    /// Whether the provider was not reached of late, and is left alone for a while at a time (F-28).
    pub fn is_left_alone(&self) -> bool {
        self.0.breaker.is_broken()
    }

    /// The address to send the browser to, and what has to be kept until it is back.
    pub async fn begin(
        &self,
        departure: &Departure<'_>,
        now: Timestamp,
        draw: &mut Draw,
    ) -> Result<(String, Pending), UpstreamFailure> {
        self.line(now).check()?;
        match self.0.provider.kind {
            Kind::GitHub => self.github(now).begin(departure, draw),
            _ => self.in_time(self.openid_connect(now).begin(departure, draw)).await,
        }
    }

    /// Whether an answer without a code is this provider's, by the `iss` it names or lacks (RFC 9207 §2.4).
    pub async fn check_issuer_of_answer(&self, iss: Option<&str>, now: Timestamp) -> Result<(), UpstreamFailure> {
        match self.0.provider.kind {
            Kind::GitHub => self.github(now).check_answer(iss),
            _ => self.in_time(self.openid_connect(now).check_answer(iss)).await,
        }
    }

    /// Who came back, after everything was verified.
    pub async fn finish(
        &self,
        arrival: &Arrival<'_>,
        pending: &Pending,
        now: Timestamp,
    ) -> Result<Arrived, UpstreamFailure> {
        match self.0.provider.kind {
            Kind::GitHub => self.in_time(self.github(now).finish(arrival, pending)).await,
            _ => self.in_time(self.openid_connect(now).finish(arrival, pending)).await,
        }
    }

    /// Ends what the person granted us at the provider, where it can be ended (GitHub).
    pub async fn revoke(&self, tokens: &UpstreamTokens, now: Timestamp) -> Result<(), UpstreamFailure> {
        match self.0.provider.kind {
            Kind::GitHub => self.in_time(self.github(now).revoke(tokens)).await,
            _ => Ok(()),
        }
    }

    /// What a security event token tells that was sent to us, after it was verified (Google). Whether it was sent before
    /// is the caller's question to the store.
    pub async fn security_event(&self, body: &str, now: Timestamp) -> Result<SecurityEvents, UpstreamFailure> {
        let Parts { provider, sender, .. } = &*self.0;
        match provider.kind {
            Kind::Google => self.in_time(Receiver { provider, line: self.line(now), sender }.read(body)).await,
            _ => Err(misconfigured("it sends no security events")),
        }
    }

    /// What there is to be said of the provider as it stands now: that its document and its keys can be used, or the first
    /// thing that is wrong with them. Nobody is sent there.
    pub async fn look(&self, now: Timestamp) -> Result<String, UpstreamFailure> {
        match self.0.provider.kind {
            Kind::GitHub => Ok("it has no document to look at".to_owned()),
            _ => self.in_time(self.openid_connect(now).look()).await,
        }
    }

    fn line(&self, now: Timestamp) -> Line<'_> {
        let Parts { provider, http, breaker, .. } = &*self.0;
        Line { provider: &provider.id, http, reach: Reach::of(provider.allows_private_addresses), breaker, now }
    }

    fn openid_connect(&self, now: Timestamp) -> OpenIdConnect<'_> {
        OpenIdConnect { provider: &self.0.provider, line: self.line(now), learnt: &self.0.learnt }
    }

    fn github(&self, now: Timestamp) -> GitHub<'_> {
        GitHub { provider: &self.0.provider, line: self.line(now) }
    }

    // FED-10: however many calls a step needs, the person has a page within ten seconds.
    async fn in_time<T>(&self, step: impl Future<Output = Result<T, UpstreamFailure>>) -> Result<T, UpstreamFailure> {
        let done = tokio::time::timeout(self.0.http.limits.step, step).await;
        done.unwrap_or_else(|_| Err(unreachable("no answer in time")))
    }
}

/// Every connector that is configured, in the operator's order.
#[derive(Clone, Default)]
pub struct Connectors {
    connectors: Vec<Connector>,
}

impl Connectors {
    /// Builds them. Nothing is fetched yet.
    pub fn new(providers: Vec<Provider>) -> Result<Self, UpstreamFailure> {
        Self::within(Limits::default(), providers)
    }

    /// Builds them with other limits than the usual ones.
    pub fn within(limits: Limits, providers: Vec<Provider>) -> Result<Self, UpstreamFailure> {
        if providers.is_empty() {
            return Ok(Self::default());
        }
        let reaches: Vec<Reach> = providers.iter().map(|one| Reach::of(one.allows_private_addresses)).collect();
        let http = Arc::new(Http::new(limits, &reaches)?);
        let connectors = providers.into_iter().map(|provider| Connector::new(provider, http.clone()));
        Ok(Self { connectors: connectors.collect::<Result<_, _>>()? })
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Connector> {
        self.connectors.iter()
    }

    /// The one of this name.
    pub fn find(&self, id: &str) -> Option<&Connector> {
        self.connectors.iter().find(|connector| connector.provider().id.as_str() == id)
    }
}
