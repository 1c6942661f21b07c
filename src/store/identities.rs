//! Identities of other providers, tied to accounts. The key is provider and subject; an address never is.

use super::columns::{Columns, json};
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx, audit, interactions, outbox};
use crate::base::bounds::IDENTITIES_MAX;
use crate::base::{AccountId, EmailAddress};
use crate::model::upstream::{
    LinkIdentity, LinkOutcome, LinkedIdentity, ProviderId, UnblockIdentity, UnlinkIdentity, UnlinkOutcome,
};
use crate::params;

macro_rules! identity_columns {
    () => {
        "i.provider, i.subject, i.account_id, i.shown_as, i.taken, i.linked_at, i.last_used_at, i.blocked_at, \
         i.sealed_tokens"
    };
}

statements! {
    FIND = concat!("SELECT ", identity_columns!(), " FROM identities i WHERE i.provider = $1 AND i.subject = $2");
    LIST = concat!(
        "SELECT ", identity_columns!(), " FROM identities i WHERE i.account_id = $1 ORDER BY i.linked_at, i.provider"
    );
    LIST_BLOCKED = concat!(
        "SELECT ", identity_columns!(), " FROM identities i JOIN accounts a ON a.id = i.account_id \
         WHERE a.email = $1 AND i.blocked_at IS NOT NULL ORDER BY i.linked_at, i.provider"
    );
    UNBLOCK = "\
        UPDATE identities SET blocked_at = NULL \
        WHERE provider = $1 AND subject = $2 AND account_id = $3 AND blocked_at IS NOT NULL";
    // An identity that is tied to another account stays there; one that is blocked is free again only by a proof.
    ENTER = "\
        INSERT INTO identities (provider, subject, account_id, shown_as, taken, linked_at, last_used_at, blocked_at, \
        sealed_tokens) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8) \
        ON CONFLICT (provider, subject) DO UPDATE SET shown_as = excluded.shown_as, \
        taken = CASE WHEN $10 = 1 THEN identities.taken ELSE excluded.taken END, last_used_at = excluded.last_used_at, blocked_at = NULL, \
        sealed_tokens = COALESCE(excluded.sealed_tokens, identities.sealed_tokens) \
        WHERE identities.account_id = excluded.account_id AND (identities.blocked_at IS NULL OR $9 = 1)";
    HOLD_ACCOUNT = "\
        SELECT a.id FROM accounts a WHERE a.id = $1 AND a.generation = $2 AND a.disabled_at IS NULL FOR NO KEY UPDATE";
    // A locked one too: whoever locked it may cut its ties before it is opened again.
    HOLD_ACCOUNT_TO_CUT = "SELECT a.id FROM accounts a WHERE a.id = $1 AND a.generation = $2 FOR NO KEY UPDATE";
    COUNT = "SELECT COUNT(*) AS ties FROM identities i WHERE i.account_id = $1 AND i.blocked_at IS NULL";
    COUNT_ALL = "SELECT COUNT(*) AS ties FROM identities i WHERE i.account_id = $1";
    UNLINK = "DELETE FROM identities WHERE provider = $1 AND subject = $2 AND account_id = $3";
    HAS_PASSWORD = "SELECT a.id FROM accounts a WHERE a.id = $1 AND a.password_hash IS NOT NULL";
}

impl FromRow for LinkedIdentity {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            provider: columns.provider()?,
            subject: columns.text()?,
            account: columns.id()?,
            shown_as: columns.text_or_null()?,
            taken: columns.json()?,
            linked_at: columns.time()?,
            last_used_at: columns.time()?,
            blocked_at: columns.time_or_null()?,
            sealed_tokens: columns.text_or_null()?,
        })
    }
}

impl Store {
    /// The tie of a provider's person, whatever account it is to.
    pub async fn find_identity(
        &self,
        provider: &ProviderId,
        subject: &str,
    ) -> Result<Option<LinkedIdentity>, StoreFault> {
        self.read((provider.clone(), subject.to_owned()), |db, (provider, subject)| {
            Box::pin(async move { db.optional(FIND, params![provider.as_str(), subject.as_str()]).await })
        })
        .await
    }

    /// An account's ties, the oldest first.
    pub async fn list_identities(&self, account: &AccountId) -> Result<Vec<LinkedIdentity>, StoreFault> {
        self.read(account.clone(), |db, account| Box::pin(async move { db.all(LIST, params![&*account]).await })).await
    }

    /// The blocked ties of the account with this address, the oldest first; none when nobody has it.
    pub async fn list_blocked_identities(&self, email: &EmailAddress) -> Result<Vec<LinkedIdentity>, StoreFault> {
        self.read(email.clone(), |db, email| Box::pin(async move { db.all(LIST_BLOCKED, params![&*email]).await }))
            .await
    }

    /// Opens a blocked tie again. False when there is no such tie, or it is open.
    pub async fn unblock_identity(&self, unblock: UnblockIdentity) -> Result<bool, StoreFault> {
        self.write(unblock, |tx, unblock| {
            Box::pin(async move {
                let values = params![unblock.provider.as_str(), unblock.subject.as_str(), &unblock.account];
                if tx.execute(UNBLOCK, values).await? == 0 {
                    return Ok(false);
                }
                if let Some(notice) = &unblock.notice {
                    outbox::put(tx, notice).await?;
                }
                audit::append(tx, &unblock.audit).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Ties a provider's person to an account.
    pub async fn link_identity(&self, link: LinkIdentity) -> Result<LinkOutcome, StoreFault> {
        match self.write(link, |tx, link| Box::pin(link_one(tx, link))).await {
            Err(StoreFault::GuardLost) => Ok(LinkOutcome::Overtaken),
            Err(StoreFault::Conflict { .. }) => Ok(LinkOutcome::Taken),
            outcome => outcome,
        }
    }

    /// Unties a provider's person from an account, unless nobody could enter it any more.
    pub async fn unlink_identity(&self, unlink: UnlinkIdentity) -> Result<UnlinkOutcome, StoreFault> {
        match self.write(unlink, |tx, unlink| Box::pin(unlink_one(tx, unlink))).await {
            Err(StoreFault::GuardLost) => Ok(UnlinkOutcome::LastWayIn),
            outcome => outcome,
        }
    }
}

/// How somebody enters by a tie.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// Whether the person was proven in another way.
    pub(super) proven: bool,
    /// Whether what was taken over last stays on record, because nothing was taken over now.
    pub(super) keeps_taken: bool,
}

/// Makes the tie, or notes that it was used. The caller holds the account's row; the guard is that the identity is
/// nobody else's, and not blocked unless its person was proven in another way.
pub(super) async fn enter(tx: &mut Tx<'_>, identity: &LinkedIdentity, entry: Entry) -> Result<(), StoreFault> {
    let taken = json(&identity.taken);
    let values = params![
        identity.provider.as_str(),
        identity.subject.as_str(),
        &identity.account,
        &identity.shown_as,
        &taken,
        identity.linked_at,
        identity.last_used_at,
        &identity.sealed_tokens,
        i64::from(entry.proven),
        i64::from(entry.keeps_taken)
    ];
    if tx.execute(ENTER, values).await? == 1 { Ok(()) } else { Err(StoreFault::GuardLost) }
}

async fn link_one(tx: &mut Tx<'_>, link: &LinkIdentity) -> Result<LinkOutcome, StoreFault> {
    if let Some(interaction) = &link.interaction
        && !interactions::save(tx, interaction).await?
    {
        return Err(StoreFault::GuardLost);
    }
    let account = &link.identity.account;
    let held: Option<(String,)> = tx.optional(HOLD_ACCOUNT, params![account, link.generation]).await?;
    held.ok_or(StoreFault::GuardLost)?;
    let values = params![link.identity.provider.as_str(), link.identity.subject.as_str()];
    let found: Option<LinkedIdentity> = tx.optional(FIND, values).await?;
    if found.as_ref().is_some_and(|found| found.account != *account) {
        return Err(StoreFault::Conflict { constraint: "identities_pkey".to_owned() });
    }
    // One that is there already may be proven again, however many there are.
    let (ties,): (i64,) = tx.one(COUNT_ALL, params![account]).await?;
    if found.is_none() && ties >= IDENTITIES_MAX {
        return Ok(LinkOutcome::TooMany);
    }
    enter(tx, &link.identity, Entry { proven: true, keeps_taken: false }).await?;
    outbox::put(tx, &link.notice).await?;
    audit::append(tx, &link.audit).await?;
    Ok(LinkOutcome::Linked)
}

async fn unlink_one(tx: &mut Tx<'_>, unlink: &UnlinkIdentity) -> Result<UnlinkOutcome, StoreFault> {
    let account = &unlink.account;
    // Held, so that of two ties that are cut at once one sees that it is the last.
    let held: Option<(String,)> = tx.optional(HOLD_ACCOUNT_TO_CUT, params![account, unlink.generation]).await?;
    if held.is_none() {
        return Ok(UnlinkOutcome::Overtaken);
    }
    let values = params![unlink.provider.as_str(), unlink.subject.as_str(), account];
    if tx.execute(UNLINK, values).await? == 0 {
        return Ok(UnlinkOutcome::Absent);
    }
    let (ties,): (i64,) = tx.one(COUNT, params![account]).await?;
    let has_password: Option<(String,)> = tx.optional(HAS_PASSWORD, params![account]).await?;
    if ties == 0 && has_password.is_none() && !unlink.has_other_way {
        return Err(StoreFault::GuardLost);
    }
    if let Some(notice) = &unlink.notice {
        outbox::put(tx, notice).await?;
    }
    audit::append(tx, &unlink.audit).await?;
    Ok(UnlinkOutcome::Unlinked)
}
