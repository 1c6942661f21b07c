//! Checking a password: counted before it is looked at, and the same to whoever tries, account or not.

use super::browser::known_device;
use super::exchange::Exchange;
use super::failure::Failure;
use crate::base::{AccountId, Draw, EmailAddress, Fault};
use crate::identity::password::Password;
use crate::identity::throttle::ThrottleRule;
use crate::model::account::Account;
use crate::model::{PasswordHash, ThrottleKey, ThrottlePurpose};
use crate::store::Reservation;

/// What came of a password.
pub enum Checked {
    /// It is the account's.
    Right {
        /// The account.
        account: Box<Account>,
        /// A hash of it by today's parameters, when the stored one is weaker.
        rehashed: Option<PasswordHash>,
    },
    /// It is the account's, but the address is not proven yet. A stranger cannot tell this from a wrong one either: it
    /// would say that nobody had the address when they signed up with it (REG-01). It counts as a wrong one.
    Unproven {
        /// The account.
        account: Box<Account>,
    },
    /// It is not, or nobody has the address, or the account is disabled: a stranger cannot tell (PWD-01).
    Wrong {
        /// The account, for the audit log.
        account: Option<Box<Account>>,
    },
    /// Too many failures.
    Throttled {
        /// Seconds to wait.
        retry_after_seconds: i64,
    },
}

/// Checks `password` for whoever has `email`.
pub async fn check(
    exchange: &Exchange,
    email: &EmailAddress,
    password: &Password,
    draw: &mut Draw,
) -> Result<Checked, Failure> {
    let context = &exchange.context;
    let account = context.store.find_account_by_email(email).await?;
    let limits = limits(exchange, email, account.as_ref());
    // PWD-05: counted first, so that parallel guesses do not beat the limit.
    let reserved = match context.store.reserve_attempts(limits, exchange.now).await? {
        Reservation::Allowed(reserved) => reserved,
        Reservation::Refused { retry_after_seconds } => return Ok(Checked::Throttled { retry_after_seconds }),
    };
    let stored = account.as_ref().and_then(|account| account.password_hash.as_ref());
    let verified = match stored {
        Some(stored) => context.passwords.verify(stored, password).await,
        None => context.passwords.verify_nothing(password).await,
    };
    let verified = match verified {
        Ok(verified) => verified,
        Err(fault) => {
            // Nothing was compared, so nothing counts.
            context.store.refund_attempts(reserved, exchange.now).await?;
            return Err(fault.into());
        }
    };
    match account {
        Some(account) if verified.ok && account.disabled_at.is_none() && account.email_verified_at.is_none() => {
            Ok(Checked::Unproven { account: Box::new(account) })
        }
        Some(account) if verified.ok && account.disabled_at.is_none() => {
            context.store.refund_attempts(reserved, exchange.now).await?;
            let rehashed = rehash(exchange, password, verified.needs_rehash, draw).await?;
            Ok(Checked::Right { account: Box::new(account), rehashed })
        }
        account => Ok(Checked::Wrong { account: account.map(Box::new) }),
    }
}

/// Forgets the failures of `account` after another proof of who it is: whoever reads the mailbox is not kept waiting for
/// what strangers guessed.
pub async fn forgive(exchange: &Exchange, account: &AccountId) -> Result<(), Failure> {
    exchange.context.store.forgive_account(account, exchange.now, None).await?;
    Ok(())
}

fn limits(exchange: &Exchange, email: &EmailAddress, account: Option<&Account>) -> Vec<(ThrottleKey, ThrottleRule)> {
    let rules = &exchange.context.throttles;
    let limit = |key, purpose| (key, rules.rule(purpose));
    let by_source = (ThrottleKey::ip(ThrottlePurpose::SignInIp, exchange.ip), rules.rule(ThrottlePurpose::SignInIp));
    // PWD-06: guesses made elsewhere do not shut the owner out of a browser that signed in before.
    if let Some((account, device)) = account.and_then(|own| Some((own, known_device(exchange, &own.id)?))) {
        let by_device = ThrottleKey::known_device(&account.id, &device);
        return vec![limit(by_device, ThrottlePurpose::SignInKnownDevice), by_source];
    }
    let by_person = account.map_or_else(
        || limit(ThrottleKey::address(ThrottlePurpose::SignInUnknown, email), ThrottlePurpose::SignInUnknown),
        |account| {
            let key = ThrottleKey::account(ThrottlePurpose::SignInAccount, &account.id);
            limit(key, ThrottlePurpose::SignInAccount)
        },
    );
    let overall = ThrottleKey::overall(ThrottlePurpose::SignInOverall);
    vec![by_person, by_source, limit(overall, ThrottlePurpose::SignInOverall)]
}

async fn rehash(
    exchange: &Exchange,
    password: &Password,
    is_needed: bool,
    draw: &mut Draw,
) -> Result<Option<PasswordHash>, Fault> {
    if !is_needed {
        return Ok(None);
    }
    exchange.context.passwords.hash(password, draw).await.map(Some)
}
