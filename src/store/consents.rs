//! What people agreed to share with clients: remembered so that they are not asked again, listed, withdrawn (AUT-25).

use super::columns::Columns;
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault, Tx, audit};
use crate::base::bounds::CONSENTS_LISTED_MAX;
use crate::base::{AccountId, Timestamp};
use crate::model::audit::AuditEvent;
use crate::model::grant::Consent;
use crate::params;

statements! {
    PUT = "\
        INSERT INTO consents (account_id, client_id, scope, granted_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (account_id, client_id) DO UPDATE SET scope = excluded.scope, granted_at = excluded.granted_at";
    FIND = "SELECT account_id, client_id, scope, granted_at FROM consents WHERE account_id = $1 AND client_id = $2";
    LIST = "\
        SELECT account_id, client_id, scope, granted_at FROM consents WHERE account_id = $1 \
        ORDER BY granted_at DESC, client_id LIMIT $2";
    DELETE = "DELETE FROM consents WHERE account_id = $1 AND client_id = $2";
    REVOKE_GRANTS =
        "UPDATE grants SET revoked_at = $3 WHERE account_id = $1 AND client_id = $2 AND revoked_at IS NULL";
}

impl FromRow for Consent {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        Ok(Self {
            account_id: columns.id()?,
            client_id: columns.text()?,
            scope: columns.scope()?,
            granted_at: columns.time()?,
        })
    }
}

impl Store {
    /// What the person agreed to with the client.
    pub async fn find_consent(&self, account: &AccountId, client_id: &str) -> Result<Option<Consent>, StoreFault> {
        self.read((account.clone(), client_id.to_owned()), |db, (account, client_id)| {
            Box::pin(async move { db.optional(FIND, params![&*account, &*client_id]).await })
        })
        .await
    }

    /// What the person agreed to, the latest first, as far as a page shows it.
    pub async fn list_consents(&self, account: &AccountId) -> Result<Vec<Consent>, StoreFault> {
        self.read(account.clone(), |db, account| {
            Box::pin(async move { db.all(LIST, params![&*account, CONSENTS_LISTED_MAX]).await })
        })
        .await
    }

    /// Withdraws an agreement and revokes what was issued on it. False when there was neither.
    pub async fn withdraw_consent(
        &self,
        account: &AccountId,
        client_id: &str,
        now: Timestamp,
        audit: AuditEvent,
    ) -> Result<bool, StoreFault> {
        self.write((account.clone(), client_id.to_owned(), now, audit), |tx, (account, client_id, now, audit)| {
            Box::pin(async move {
                let known = tx.execute(DELETE, params![&*account, &*client_id]).await? == 1;
                let revoked = tx.execute(REVOKE_GRANTS, params![&*account, &*client_id, *now]).await?;
                if !known && revoked == 0 {
                    return Ok(false);
                }
                audit::append(tx, audit).await?;
                Ok(true)
            })
        })
        .await
    }
}

/// Remembers an agreement in place of the one before, within the unit of work that acts on it.
pub(super) async fn put(tx: &mut Tx<'_>, consent: &Consent) -> Result<(), StoreFault> {
    let scope = consent.scope.to_string();
    let values = params![&consent.account_id, &consent.client_id, &scope, consent.granted_at];
    tx.execute(PUT, values).await.map(drop)
}
