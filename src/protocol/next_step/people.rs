//! Who is in front of the browser, whatever is asked of them: sessions, a code that is awaited, another provider's word.

use super::step::{Step, Wanted};
use crate::base::Timestamp;
use crate::model::interaction::Progress;
use crate::model::one_time_code::CodePurpose;
use crate::model::session::SignedIn;
use crate::model::upstream::Wanted as Asked;

/// Who is in front of the browser, as far as it is known.
pub(super) struct People<'a> {
    pub(super) progress: &'a Progress,
    pub(super) sessions: Vec<&'a SignedIn>,
}

impl<'a> People<'a> {
    /// Those of `sessions` that are live at `now`.
    pub(super) fn of(progress: &'a Progress, sessions: &'a [SignedIn], now: Timestamp) -> Self {
        let is_live = |signed_in: &&SignedIn| signed_in.session.is_live(now) && signed_in.account.may_sign_in();
        Self { progress, sessions: sessions.iter().filter(is_live).collect() }
    }

    /// Whom the person signed in as, or chose, on these pages.
    pub(super) fn chosen(&self) -> Option<&'a SignedIn> {
        let id = self.progress.session.as_ref()?;
        self.sessions.iter().copied().find(|signed_in| signed_in.session.id == *id)
    }

    /// The page of a code that is awaited.
    pub(super) fn proving(&self) -> Option<Step<'a>> {
        self.progress.proving.as_ref().and_then(|proving| match proving.purpose {
            CodePurpose::VerifyAddress => Some(Step::Verify(proving)),
            CodePurpose::SignIn => Some(Step::EnterCode(proving)),
            CodePurpose::ResetPassword => Some(Step::ResetPassword(proving)),
            // Belongs to the account's pages and to no interaction.
            CodePurpose::ChangeAddress => None,
        })
    }

    /// Whoever came from another provider and has signed in since is asked whether that one opens the account, too.
    pub(super) fn link(&self, signed_in: &'a SignedIn) -> Option<Step<'a>> {
        let signed_in_here =
            self.progress.signed_in_here && self.progress.session.as_ref() == Some(&signed_in.session.id);
        self.progress.arrived.as_ref().filter(|_| signed_in_here).map(|arrived| Step::ConfirmLink(signed_in, arrived))
    }

    /// Whoever came without an address that can be trusted says one, unless they sign in to an account they have.
    pub(super) fn gives_address(&self) -> Option<Step<'a>> {
        self.progress.arrived.as_ref().filter(|arrived| arrived.wanted == Asked::Address).map(Step::GiveAddress)
    }

    /// A plain sign-in is begun only when one is wanted, so a session from before does not answer it.
    pub(super) fn to_account(&self, path: &'a str) -> Step<'a> {
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
