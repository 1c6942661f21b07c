//! What comes next for an authorization request of a client: who it is about, whether they proved it lately enough, and
//! whether they agree (OpenID Connect Core §3.1.2).

use super::people::People;
use super::step::{Issuance, Step, Wanted};
use super::{Snapshot, in_good_standing, wants_own_proof};
use crate::base::{Scope, Timestamp};
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::{Client, Provenance};
use crate::model::grant::Consent;
use crate::model::interaction::Progress;
use crate::model::session::SignedIn;
use crate::protocol::{Reason, acr, scope_policy};

/// What may have changed since the request was read, and what no sign-in can mend.
pub(super) fn verify<'a>(
    request: &AuthorizationRequest,
    progress: &Progress,
    client: Option<&'a Client>,
) -> Result<&'a Client, Reason> {
    let client = in_good_standing(client, &request.client_id)?;
    if request.goes_by_redirect()
        && !client.metadata.redirect_uris.iter().any(|uri| uri.matches(&request.redirect_uri, client.is_native()))
    {
        return Err(Reason::RedirectUriMismatch);
    }
    if progress.refused {
        return Err(Reason::AccessDenied);
    }
    if acr::is_out_of_reach(request) { Err(Reason::AuthenticationContextUnmet) } else { Ok(client) }
}

/// One authorization request of a verified client.
pub(super) struct Case<'a, 'b> {
    pub(super) request: &'a AuthorizationRequest,
    pub(super) client: &'a Client,
    pub(super) snapshot: &'b Snapshot<'a>,
    pub(super) people: &'b People<'a>,
    pub(super) now: Timestamp,
}

impl<'a> Case<'a, '_> {
    // OpenID Connect Core §3.1.2.1: under prompt=none no page is ever shown, so whatever would need one is an error.
    pub(super) fn silent(&self) -> Result<Step<'a>, Reason> {
        let signed_in = match self.candidates().as_slice() {
            [] => return Err(Reason::LoginRequired),
            [sole] => *sole,
            _ => return Err(Reason::AccountSelectionRequired),
        };
        if !self.is_fresh(signed_in) {
            return Err(Reason::LoginRequired);
        }
        match self.ask_consent(signed_in) {
            Some(_) => Err(Reason::ConsentRequired),
            None => Ok(self.issue(signed_in)),
        }
    }

    pub(super) fn by_pages(&self) -> Step<'a> {
        match self.who() {
            Err(page) => page,
            Ok(signed_in) => self
                .people
                .link(signed_in)
                .or_else(|| self.ask_consent(signed_in))
                .unwrap_or_else(|| self.issue(signed_in)),
        }
    }

    /// The person the code will be about, or the page that finds out.
    fn who(&self) -> Result<&'a SignedIn, Step<'a>> {
        if let Some(page) = self.people.proving() {
            return Err(page);
        }
        let signed_in = match self.people.chosen() {
            Some(chosen) if self.is_wanted(chosen) => chosen,
            Some(_) => return Err(self.sign_in_of_wanted()),
            None => self.pick()?,
        };
        if self.must_sign_in_anew(signed_in) {
            Err(Step::SignIn(Wanted::Again(&signed_in.account)))
        } else {
            Ok(signed_in)
        }
    }

    /// The person without their having chosen on these pages, or the page to do so.
    fn pick(&self) -> Result<&'a SignedIn, Step<'a>> {
        if let Some(page) = self.people.gives_address() {
            return Err(page);
        }
        if self.request.prompt.create && self.snapshot.sign_up_open {
            return Err(Step::SignUp);
        }
        let candidates = self.candidates();
        match candidates.as_slice() {
            [] => Err(self.sign_in_of_wanted()),
            [sole] if !self.request.prompt.select_account => Ok(sole),
            _ => Err(Step::ChooseAccount(candidates)),
        }
    }

    /// The signed-in people the request may be answered for.
    fn candidates(&self) -> Vec<&'a SignedIn> {
        self.people.sessions.iter().copied().filter(|signed_in| self.is_wanted(signed_in)).collect()
    }

    // OpenID Connect Core §3.1.2.2: a request about one person is never answered for another (AUT-16).
    fn is_wanted(&self, signed_in: &SignedIn) -> bool {
        let subject = |account| self.snapshot.subjects.of(self.client, account);
        self.request.hinted_subject.as_ref().is_none_or(|wanted| *wanted == subject(&signed_in.account.id))
    }

    fn sign_in_of_wanted(&self) -> Step<'a> {
        Step::SignIn(self.request.hinted_subject.as_deref().map_or(Wanted::Anybody, Wanted::Subject))
    }

    /// AUT-09: `prompt=login` and a passed `max_age` are satisfied by a sign-in on these pages and by nothing else.
    fn must_sign_in_anew(&self, signed_in: &SignedIn) -> bool {
        let progress = self.people.progress;
        let signed_in_here = progress.signed_in_here && progress.session.as_ref() == Some(&signed_in.session.id);
        if signed_in_here {
            !self.is_proven_enough(signed_in)
        } else {
            self.request.prompt.login || !self.is_fresh(signed_in)
        }
    }

    fn is_proven_enough(&self, signed_in: &SignedIn) -> bool {
        signed_in.session.last_proof().is_ours() || !wants_own_proof(self.request)
    }

    fn is_fresh(&self, signed_in: &SignedIn) -> bool {
        // Whole seconds, as the client will compute it from `auth_time`.
        let age_seconds = self.now.seconds().saturating_sub(signed_in.session.auth_time.seconds());
        if !self.is_proven_enough(signed_in) {
            return false;
        }
        // Nobody's sign-in is no age at all old: `max_age=0` asks for a new one, even in the same second.
        self.request.max_age.is_none_or(|max_age| max_age > 0 && age_seconds <= max_age)
    }

    /// The consent page, unless there is nothing to ask.
    fn ask_consent(&self, signed_in: &'a SignedIn) -> Option<Step<'a>> {
        let scope = self.to_agree();
        let before = self.snapshot.remembered(signed_in, self.client).map(|consent| &consent.scope);
        let here = self.people.progress.consented.as_ref();
        let is_agreed = match (here, before) {
            (Some(here), before) => here.union(before.unwrap_or(&Scope::empty())).covers(&scope),
            // OpenID Connect Core §3.1.2.1: prompt=consent asks again.
            (None, _) if self.request.prompt.consent => false,
            // RFC 8252 §8.6: whoever serves a document, or listens on loopback for one, proves nothing about itself.
            (None, _) if self.client.provenance == Provenance::Document => false,
            // RFC 9396 §13: what exactly is allowed is agreed to each time; only scopes are remembered.
            (None, _) if !self.request.authorization_details.is_empty() => false,
            (None, Some(before)) => before.covers(&scope),
            (None, None) => false,
        };
        let is_asked = !is_agreed && (self.request.prompt.consent || !self.client.metadata.doorward.first_party);
        is_asked.then(|| {
            let added = before.map_or_else(|| scope.clone(), |before| scope.difference(before));
            Step::AskConsent { signed_in, scope, added }
        })
    }

    /// The scope as the client's registration allows it now.
    fn scope(&self) -> Scope {
        scope_policy::permitted(&self.request.scope, self.client)
    }

    fn to_agree(&self) -> Scope {
        scope_policy::to_agree(&self.scope(), &self.request.claims)
    }

    fn issue(&self, signed_in: &'a SignedIn) -> Step<'a> {
        Step::Issue(Box::new(Issuance {
            signed_in,
            scope: self.scope(),
            acr: acr::is_asked_for(self.request).then(acr::reached),
            consent: self.agreement(signed_in),
        }))
    }

    /// What was agreed to on these pages, joined to what was agreed before.
    fn agreement(&self, signed_in: &SignedIn) -> Option<Consent> {
        let here = self.people.progress.consented.as_ref()?.intersection(&self.to_agree());
        Some(self.snapshot.agreement(signed_in, self.client, &here, self.now))
    }
}
