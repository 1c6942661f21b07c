//! A signed-in person about to change something that others would like to change for them: whoever asks proves once more
//! who they are (RST-14).

use super::client::event_of;
use super::exchange::Exchange;
use super::failure::{Failure, HttpRefusal};
use super::password_check::{Checked, check};
use crate::base::{Draw, SessionId, Timestamp};
use crate::identity::password::Password;
use crate::model::account::Account;
use crate::model::audit::AuditAction;
use crate::model::session::{LastProof, SignedIn};
use crate::pages::Problem;

/// A signed-in person, by their page or by a program of theirs.
pub struct Oneself {
    /// The person.
    pub account: Account,
    /// The session.
    pub session: SessionId,
    /// When they last proved who they are.
    pub last_proof: LastProof,
}

impl From<SignedIn> for Oneself {
    fn from(signed_in: SignedIn) -> Self {
        let SignedIn { session, account } = signed_in;
        Self { account, last_proof: session.last_proof(), session: session.id }
    }
}

impl Oneself {
    /// Whether the person must sign in again first: there is no password to ask for, and the sign-in is not fresh.
    pub const fn is_stale(&self, now: Timestamp) -> bool {
        self.account.password_hash.is_none() && !self.last_proof.is_recent(now)
    }

    /// Asks for the password, or for a fresh sign-in where there is none.
    pub async fn prove(&self, exchange: &Exchange, password: Option<&str>, draw: &mut Draw) -> Result<(), Failure> {
        if self.is_stale(exchange.now) {
            return Err(HttpRefusal::SignInTooOld.into());
        }
        if self.account.password_hash.is_none() {
            return Ok(());
        }
        let password = Password::parse(password.unwrap_or_default()).map_err(|_| Problem::OwnPasswordWrong)?;
        own_password(exchange, &self.account, &password, Problem::OwnPasswordWrong, draw).await?;
        Ok(())
    }
}

/// Whether `password` is that of `account`, which is signed in; `wrong` says that it is not. A wrong one is counted and
/// noted like one at sign-in: whoever found an open browser guesses here.
pub async fn own_password(
    exchange: &Exchange,
    account: &Account,
    password: &Password,
    wrong: Problem,
    draw: &mut Draw,
) -> Result<(), Failure> {
    match check(exchange, &account.email, password, draw).await? {
        Checked::Right { account: found, .. } if found.id == account.id => Ok(()),
        Checked::Throttled { retry_after_seconds } => {
            Err(Problem::TooManyTries { wait_seconds: retry_after_seconds }.into())
        }
        Checked::Right { .. } | Checked::Unproven { .. } | Checked::Wrong { .. } => {
            let mut event = event_of(exchange, AuditAction::PasswordRefused);
            event.account = Some(account.id.clone());
            exchange.context.store.append_audit(event).await?;
            Err(wrong.into())
        }
    }
}
