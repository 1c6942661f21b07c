//! Mailboxes that a provider reported: somebody else may have entered the person's account there, and with it the
//! mailbox. As long as the tie is blocked, nothing that is read in that mailbox opens the account here (federation 2.13).

use super::name_of;
use crate::base::EmailAddress;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::Failure;
use crate::endpoint::user_agent::asked;
use crate::identity::linking;
use crate::model::account::Account;
use crate::pages::Mail;

/// What is mailed in place of a code to `mailbox`, which is the address of an account or of nobody; `None` when a code may
/// go there. It is looked up in either case, so that the time tells nothing (RST-01).
pub async fn mail_in_place_of_code(exchange: &Exchange, mailbox: &EmailAddress) -> Result<Option<Mail>, Failure> {
    let ties = exchange.context.store.list_blocked_identities(mailbox).await?;
    Ok(linking::reported(&ties, mailbox).map(|tie| Mail::MailboxReported {
        provider: name_of(exchange, &tie.provider),
        login_uri: exchange.context.issuer.at("/login"),
        asked: asked(exchange),
    }))
}

/// Whether what was read in `mailbox` proves nothing about `account`. Asked after the account was read: an event in
/// between raises its generation, which guards whatever comes of it.
pub async fn is_reported(exchange: &Exchange, account: &Account, mailbox: &EmailAddress) -> Result<bool, Failure> {
    let ties = exchange.context.store.list_blocked_identities(&account.email).await?;
    Ok(linking::reported(&ties, mailbox).is_some())
}
