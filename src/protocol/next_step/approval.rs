//! What comes next when a person decides on what a device or an app asked for (RFC 8628 §3.3, CIBA Core §8).
//!
//! Whatever was agreed before, this very request is always put to the person: the one who asked may be somebody else
//! (RFC 8628 §5.4).

use super::people::People;
use super::step::{Issuance, Step, Wanted};
use super::{Snapshot, in_good_standing};
use crate::base::{Scope, Timestamp};
use crate::model::client::Client;
use crate::model::interaction::Progress;
use crate::model::pending::ApprovalRequest;
use crate::model::session::SignedIn;
use crate::protocol::{Reason, scope_policy};

/// What may have changed since the request was made, and what no sign-in can mend.
pub(super) fn verify<'a>(
    request: &ApprovalRequest,
    progress: &Progress,
    client: Option<&'a Client>,
) -> Result<&'a Client, Reason> {
    let client = in_good_standing(client, &request.client_id)?;
    // TOK-10: a registration that was narrowed since counts.
    if !client.may_use(request.kind.grant_type()) {
        return Err(Reason::GrantTypeNotRegistered);
    }
    if progress.refused { Err(Reason::AccessDenied) } else { Ok(client) }
}

/// One request of a verified client.
pub(super) struct Case<'a, 'b> {
    pub(super) request: &'a ApprovalRequest,
    pub(super) client: &'a Client,
    pub(super) snapshot: &'b Snapshot<'a>,
    pub(super) people: &'b People<'a>,
    pub(super) now: Timestamp,
}

impl<'a> Case<'a, '_> {
    pub(super) fn by_pages(&self) -> Step<'a> {
        let signed_in = match self.who() {
            Err(page) => return page,
            Ok(signed_in) => signed_in,
        };
        if let Some(page) = self.people.link(signed_in) {
            return page;
        }
        let scope = scope_policy::permitted(&self.request.scope, self.client);
        match &self.people.progress.consented {
            // An answer to the question before does not count when the scope has grown since.
            Some(agreed) if agreed.covers(&scope) => self.approve(signed_in, scope),
            _ => Step::AskApproval { signed_in, scope },
        }
    }

    fn who(&self) -> Result<&'a SignedIn, Step<'a>> {
        if let Some(page) = self.people.proving() {
            return Err(page);
        }
        if let Some(chosen) = self.people.chosen() {
            return if self.may_decide(chosen) { Ok(chosen) } else { Err(self.sign_in()) };
        }
        if let Some(page) = self.people.gives_address() {
            return Err(page);
        }
        let candidates: Vec<_> =
            self.people.sessions.iter().copied().filter(|signed_in| self.may_decide(signed_in)).collect();
        match candidates.as_slice() {
            [] => Err(self.sign_in()),
            [sole] => Ok(sole),
            _ => Err(Step::ChooseAccount(candidates)),
        }
    }

    fn may_decide(&self, signed_in: &SignedIn) -> bool {
        self.request.account_id.as_ref().is_none_or(|account| *account == signed_in.account.id)
    }

    fn sign_in(&self) -> Step<'a> {
        let account = self.request.account_id.as_ref();
        Step::SignIn(account.map_or(Wanted::Anybody, |account| Wanted::Subject(account.as_str())))
    }

    fn approve(&self, signed_in: &'a SignedIn, scope: Scope) -> Step<'a> {
        let consent = self.snapshot.agreement(signed_in, self.client, &scope, self.now);
        Step::Approve(Box::new(Issuance { signed_in, scope, acr: None, consent: Some(consent) }))
    }
}
