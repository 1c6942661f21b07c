//! The one dispatcher: what comes next for an authorization request (or a plain sign-in) on its way through the pages.
//!
//! Every page only records its fact in the interaction's [`Progress`] and comes back here, so no order of pages, no
//! skipped page and no second tab can reach a code by another way (AUT-19). A request that needs no page is answered
//! from the same function without an interaction having been kept.

mod approval;
mod authorization;
mod people;
mod step;
#[cfg(test)]
mod tests;

use super::reason::Reason;
use super::subject::Subjects;
use crate::base::bounds::FEDERATED_MAX_AGE_SECONDS;
use crate::base::{Digest, Scope, Timestamp};
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::Client;
use crate::model::grant::Consent;
use crate::model::interaction::{Interaction, Progress, Purpose};
use crate::model::session::SignedIn;
use people::People;

pub use step::{Issuance, Step, Wanted};

/// What the decision looks at besides the request and its progress.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    /// The client as it is now; `None` when it was deleted or the purpose has none.
    pub client: Option<&'a Client>,
    /// The sessions this browser holds, dead ones included.
    pub sessions: &'a [SignedIn],
    /// What the people of these sessions have agreed to share with the client.
    pub consents: &'a [Consent],
    /// Whether people may sign up.
    pub sign_up_open: bool,
    /// How people are called.
    pub subjects: &'a Subjects,
}

impl<'a> Snapshot<'a> {
    /// What this person agreed to share with the client before.
    fn remembered(&self, signed_in: &SignedIn, client: &Client) -> Option<&'a Consent> {
        let is_theirs =
            |consent: &&Consent| consent.account_id == signed_in.account.id && consent.client_id == client.client_id;
        self.consents.iter().find(is_theirs)
    }

    /// What is to be remembered when they agree to `scope` on these pages: that, joined to what was agreed before.
    fn agreement(&self, signed_in: &SignedIn, client: &Client, scope: &Scope, now: Timestamp) -> Consent {
        let before = self.remembered(signed_in, client).map(|consent| consent.scope.clone()).unwrap_or_default();
        Consent {
            account_id: signed_in.account.id.clone(),
            client_id: client.client_id.clone(),
            scope: before.union(scope),
            granted_at: now,
        }
    }
}

/// The client of a request as it is now, when it may still do anything.
fn in_good_standing<'a>(client: Option<&'a Client>, client_id: &str) -> Result<&'a Client, Reason> {
    let client = client.filter(|client| client.client_id == client_id).ok_or(Reason::UnknownClient)?;
    if client.disabled_at.is_some() { Err(Reason::ClientDisabled) } else { Ok(client) }
}

/// Whether `interaction` may be continued in the browser that shows `browser`'s secret (AUT-20).
pub fn admit(interaction: Option<&Interaction>, browser: Option<&Digest>, now: Timestamp) -> Result<(), Reason> {
    match (interaction, browser) {
        (Some(interaction), Some(browser)) if interaction.browser == *browser => {
            if interaction.finished_at.is_some() {
                Err(Reason::InteractionAnswered)
            } else if interaction.is_open(now) {
                Ok(())
            } else {
                Err(Reason::InteractionExpired)
            }
        }
        _ => Err(Reason::InteractionUnknown),
    }
}

/// Says what comes next at `now`.
pub fn next_step<'a>(
    purpose: &'a Purpose,
    progress: &'a Progress,
    snapshot: &Snapshot<'a>,
    now: Timestamp,
) -> Step<'a> {
    let people = People::of(progress, snapshot.sessions, now);
    let step = match purpose {
        Purpose::Account { path } => Ok(people.to_account(path)),
        Purpose::Approve(request) => approval::verify(request, progress, snapshot.client)
            .map(|client| approval::Case { request, client, snapshot, people: &people, now }.by_pages()),
        Purpose::Authorize(request) => authorization::verify(request, progress, snapshot.client).and_then(|client| {
            let case = authorization::Case { request, client, snapshot, people: &people, now };
            if request.prompt.none { case.silent() } else { Ok(case.by_pages()) }
        }),
    };
    step.unwrap_or_else(Step::Refuse)
}

/// Whether `request` wants the person to prove now who they are: then another provider's word alone is not enough. It may
/// let somebody through who signed in there days ago, and does not say when (federation 1.8, 2.8).
pub fn wants_own_proof(request: &AuthorizationRequest) -> bool {
    request.prompt.login || request.max_age.is_some_and(|max_age| max_age <= FEDERATED_MAX_AGE_SECONDS)
}
