//! The steps there are, and what each page or answer needs to be told.

use crate::base::Scope;
use crate::model::account::Account;
use crate::model::grant::Consent;
use crate::model::interaction::Proving;
use crate::model::session::SignedIn;
use crate::model::upstream::Waiting;
use crate::protocol::Reason;
use crate::protocol::scope_policy;

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
