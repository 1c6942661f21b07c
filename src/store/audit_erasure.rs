//! Taking a person's data out of the audit log. What was done, when, by which kind of actor and in which request stays,
//! and so does the commitment that the chain covers; who it was does not.

use super::statement::statements;
use super::{Store, StoreFault, Tx};
use crate::base::{AccountId, Timestamp};
use crate::model::audit::ADMINISTRATOR;
use crate::params;

statements! {
    // Where somebody acted from tells of the person even where the actor is not named: a wrong password, a mailed code. An
    // administrator is somebody else, whose trace is not the person's to erase.
    ERASE_ACTOR = "\
        UPDATE audit_log SET actor_id = NULL, ip = NULL, actor_salt = NULL, actor_erased_at = $2 \
        WHERE account_id = $1 AND actor <> $3";
    ERASE_ADMINISTRATOR = "\
        UPDATE audit_log SET actor_id = NULL, ip = NULL, actor_salt = NULL, actor_erased_at = $2 WHERE actor_id = $1";
    ERASE_SUBJECT = "\
        UPDATE audit_log SET account_id = NULL, detail = '{}', subject_salt = NULL, subject_erased_at = $2 \
        WHERE account_id = $1";
}

impl Store {
    /// Erases what the audit log says about a person: their account and the facts beside it, where they acted from, and
    /// their name as the actor of entries about others.
    pub async fn erase_audit_of(&self, account: &AccountId, now: Timestamp) -> Result<(), StoreFault> {
        self.write((account.clone(), now), |tx, (account, now)| Box::pin(erase(tx, account, *now))).await
    }
}

/// The same within a unit of work.
pub(super) async fn erase(tx: &mut Tx<'_>, account: &AccountId, now: Timestamp) -> Result<(), StoreFault> {
    tx.execute(ERASE_ACTOR, params![account, now, ADMINISTRATOR]).await?;
    tx.execute(ERASE_ADMINISTRATOR, params![account, now]).await?;
    tx.execute(ERASE_SUBJECT, params![account, now]).await.map(drop)
}
