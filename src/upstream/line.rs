//! The line to one provider, as it is at one moment: every call to it goes through here, where its breaker listens.

use super::UpstreamFailure;
use super::address::Reach;
use super::breaker::{Breaker, Change};
use super::http::{Answer, Http, Request, unreachable};
use crate::base::Timestamp;
use crate::model::upstream::ProviderId;

/// The line to a provider.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) provider: &'a ProviderId,
    pub(super) http: &'a Http,
    pub(super) reach: Reach,
    pub(super) breaker: &'a Breaker,
    pub(super) now: Timestamp,
}

impl Line<'_> {
    /// The answer to `request`; at once none while the provider is left alone.
    pub(super) async fn call(&self, request: Request) -> Result<Answer, UpstreamFailure> {
        let _place = self.http.place()?;
        let pass = self.breaker.admit(self.now).ok_or_else(left_alone)?;
        let answered = self.http.call(self.reach, request).await;
        let change = is_reached(&answered).and_then(|is_reached| self.breaker.settle(pass, is_reached, self.now));
        self.tell(change);
        answered
    }

    /// Refuses at once while the provider is left alone, also where nothing has to be asked of it: nobody is sent to a
    /// door that does not open.
    pub(super) fn check(&self) -> Result<(), UpstreamFailure> {
        if self.breaker.is_shut(self.now) { Err(left_alone()) } else { Ok(()) }
    }

    fn tell(&self, change: Option<Change>) {
        let provider = self.provider.as_str();
        match change {
            Some(Change::Broken { pause_seconds }) => {
                tracing::warn!(provider, pause_seconds, "a provider is not reached, and is left alone for a while");
            }
            Some(Change::Mended) => tracing::info!(provider, "a provider is reached again"),
            None => {}
        }
    }
}

fn left_alone() -> UpstreamFailure {
    unreachable("it was not reached of late")
}

/// Whether the provider was reached; `None` when a call tells nothing about it.
fn is_reached(answered: &Result<Answer, UpstreamFailure>) -> Option<bool> {
    match answered {
        // 500 may be about this one code, which anybody can make up, and patience may be asked of one person.
        Ok(answer) if matches!(answer.status, 408 | 429 | 500 | 501) => None,
        Ok(answer) => Some(answer.status < 500),
        Err(UpstreamFailure::Unreachable { .. }) => Some(false),
        Err(UpstreamFailure::Malformed { .. }) => Some(true),
        Err(_) => None,
    }
}
