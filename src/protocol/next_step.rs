//! The one dispatcher: what comes next for an authorization request (or a plain sign-in) on its way through the pages.
//!
//! Every page only records its fact in the interaction's [`Progress`] and comes back here, so no order of pages, no
//! skipped page and no second tab can reach a code by another way (AUT-19). A request that needs no page is answered
//! from the same function without an interaction having been kept.

use super::reason::Reason;
use super::subject::Subjects;
use super::{acr, scope_policy};
use crate::base::bounds::FEDERATED_MAX_AGE_SECONDS;
use crate::base::{Digest, Scope, Timestamp};
use crate::model::account::Account;
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::{Client, Provenance};
use crate::model::grant::Consent;
use crate::model::interaction::{Interaction, Progress, Proving, Purpose};
use crate::model::one_time_code::CodePurpose;
use crate::model::pending::ApprovalRequest;
use crate::model::session::SignedIn;
use crate::model::upstream::{Waiting, Wanted as Asked};

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

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a> {
    /// The sign-in page.
    SignIn(Wanted<'a>),
    /// The sign-up page.
    SignUp,
    /// The page that takes the code mailed to a new address.
    Verify(&'a Proving),
    /// The page that takes a mailed sign-in code.
    EnterCode(&'a Proving),
    /// The page that takes the code mailed for a new password.
    ResetPassword(&'a Proving),
    /// The page where somebody from another provider says an address.
    GiveAddress(&'a Waiting),
    /// The page that ties the other provider to the account that was just signed in to.
    ConfirmLink(&'a SignedIn, &'a Waiting),
    /// The page to choose among these signed-in people.
    ChooseAccount(Vec<&'a SignedIn>),
    /// The consent page.
    AskConsent {
        /// Who is asked.
        signed_in: &'a SignedIn,
        /// All that will be shared: to be recorded as agreed to.
        scope: Scope,
        /// The part that was not agreed to before.
        added: Scope,
    },
    /// The page where a device's or an app's request is granted or refused.
    AskApproval {
        /// Who is asked.
        signed_in: &'a SignedIn,
        /// All that will be shared: to be recorded as agreed to.
        scope: Scope,
    },
    /// No page: the request is granted.
    Approve(Box<Issuance<'a>>),
    /// No page: the client gets its code.
    Issue(Box<Issuance<'a>>),
    /// No page: the person gets to this path below `/account`.
    GoToAccount {
        /// As whom.
        signed_in: &'a SignedIn,
        /// Where to.
        path: &'a str,
    },
    /// No page: the request is refused.
    Refuse(Reason),
}

/// Whom the sign-in page waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// Anybody.
    Anybody,
    /// This person once more, or somebody else.
    Again(&'a Account),
    /// Only the person with this `sub`: the request is about them.
    Subject(&'a str),
}

/// All that the code will stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuance<'a> {
    /// By whom, in which session.
    pub signed_in: &'a SignedIn,
    /// What is granted.
    pub scope: Scope,
    /// The authentication context to be told, when one was asked for.
    pub acr: Option<&'static str>,
    /// The agreement to remember, when the person gave one on these pages.
    pub consent: Option<Consent>,
}

impl Issuance<'_> {
    /// Whether refresh tokens were granted.
    pub fn has_offline_access(&self) -> bool {
        self.scope.contains(scope_policy::OFFLINE_ACCESS)
    }
}

impl Step<'_> {
    /// Whether the person sees a page.
    pub const fn is_page(&self) -> bool {
        !matches!(self, Self::Issue(_) | Self::Approve(_) | Self::GoToAccount { .. } | Self::Refuse(_))
    }
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
    let people = People { progress, sessions: live_sessions(snapshot.sessions, now) };
    let step = match purpose {
        Purpose::Account { path } => Ok(people.to_account(path)),
        Purpose::Approve(request) => approval::verify(request, progress, snapshot.client)
            .map(|client| approval::Case { request, client, snapshot, people: &people, now }.by_pages()),
        Purpose::Authorize(request) => verify(request, progress, snapshot.client).and_then(|client| {
            let case = Case { request, client, snapshot, people: &people, now };
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

/// What may have changed since the request was read, and what no sign-in can mend.
fn verify<'a>(
    request: &AuthorizationRequest,
    progress: &Progress,
    client: Option<&'a Client>,
) -> Result<&'a Client, Reason> {
    let client = client.filter(|client| client.client_id == request.client_id).ok_or(Reason::UnknownClient)?;
    if client.disabled_at.is_some() {
        return Err(Reason::ClientDisabled);
    }
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

fn live_sessions(sessions: &[SignedIn], now: Timestamp) -> Vec<&SignedIn> {
    let is_live = |signed_in: &&SignedIn| signed_in.session.is_live(now) && signed_in.account.may_sign_in();
    sessions.iter().filter(is_live).collect()
}

/// Who is in front of the browser, as far as it is known.
struct People<'a> {
    progress: &'a Progress,
    sessions: Vec<&'a SignedIn>,
}

impl<'a> People<'a> {
    /// Whom the person signed in as, or chose, on these pages.
    fn chosen(&self) -> Option<&'a SignedIn> {
        let id = self.progress.session.as_ref()?;
        self.sessions.iter().copied().find(|signed_in| signed_in.session.id == *id)
    }

    /// The page of a code that is awaited.
    fn proving(&self) -> Option<Step<'a>> {
        self.progress.proving.as_ref().and_then(|proving| match proving.purpose {
            CodePurpose::VerifyAddress => Some(Step::Verify(proving)),
            CodePurpose::SignIn => Some(Step::EnterCode(proving)),
            CodePurpose::ResetPassword => Some(Step::ResetPassword(proving)),
            // Belongs to the account's pages and to no interaction.
            CodePurpose::ChangeAddress => None,
        })
    }

    /// Whoever came from another provider and has signed in since is asked whether that one opens the account, too.
    fn link(&self, signed_in: &'a SignedIn) -> Option<Step<'a>> {
        let signed_in_here =
            self.progress.signed_in_here && self.progress.session.as_ref() == Some(&signed_in.session.id);
        self.progress.arrived.as_ref().filter(|_| signed_in_here).map(|arrived| Step::ConfirmLink(signed_in, arrived))
    }

    /// Whoever came without an address that can be trusted says one, unless they sign in to an account they have.
    fn gives_address(&self) -> Option<Step<'a>> {
        self.progress.arrived.as_ref().filter(|arrived| arrived.wanted == Asked::Address).map(Step::GiveAddress)
    }

    /// A plain sign-in is begun only when one is wanted, so a session from before does not answer it.
    fn to_account(&self, path: &'a str) -> Step<'a> {
        match (self.proving(), self.chosen(), self.sessions.as_slice()) {
            (Some(page), ..) => page,
            (None, Some(signed_in), _) => self.link(signed_in).unwrap_or(Step::GoToAccount { signed_in, path }),
            (None, None, people) => self.gives_address().unwrap_or(match people {
                [sole] => Step::SignIn(Wanted::Again(&sole.account)),
                _ => Step::SignIn(Wanted::Anybody),
            }),
        }
    }
}

/// One authorization request of a verified client.
struct Case<'a, 'b> {
    request: &'a AuthorizationRequest,
    client: &'a Client,
    snapshot: &'b Snapshot<'a>,
    people: &'b People<'a>,
    now: Timestamp,
}

impl<'a> Case<'a, '_> {
    // OpenID Connect Core §3.1.2.1: under prompt=none no page is ever shown, so whatever would need one is an error.
    fn silent(&self) -> Result<Step<'a>, Reason> {
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

    fn by_pages(&self) -> Step<'a> {
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
        let before = self.remembered(signed_in).map(|consent| &consent.scope);
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

    fn remembered(&self, signed_in: &SignedIn) -> Option<&'a Consent> {
        self.snapshot
            .consents
            .iter()
            .find(|consent| consent.account_id == signed_in.account.id && consent.client_id == self.client.client_id)
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
        let before = self.remembered(signed_in).map(|consent| consent.scope.clone()).unwrap_or_default();
        Some(Consent {
            account_id: signed_in.account.id.clone(),
            client_id: self.client.client_id.clone(),
            scope: before.union(&here),
            granted_at: self.now,
        })
    }
}

mod approval;
#[cfg(test)]
mod tests;
