//! What stands granted, as its person and administrators see it.

use super::columns::{Columns, stored_id};
use super::grants::{grant_columns, read_grant};
use super::statement::statements;
use super::{FromRow, Row, Store, StoreFault};
use crate::base::bounds::GRANTS_LISTED_MAX;
use crate::base::{AccountId, Timestamp};
use crate::model::grant::Grant;
use crate::params;

statements! {
    LIST_OF_ACCOUNT = concat!(
        "SELECT (SELECT MAX(r.created_at) FROM refresh_tokens r WHERE r.grant_id = g.id) AS last_used_at, ",
        grant_columns!(),
        " FROM grants g WHERE g.account_id = $1 AND g.revoked_at IS NULL AND g.expires_at > $2 \
         ORDER BY g.created_at DESC, g.id LIMIT $3"
    );
    LIST_OF_CLIENT = concat!(
        "SELECT (SELECT MAX(r.created_at) FROM refresh_tokens r WHERE r.grant_id = g.id) AS last_used_at, ",
        grant_columns!(),
        " FROM grants g WHERE g.client_id = $1 AND g.revoked_at IS NULL AND g.expires_at > $2 \
         ORDER BY g.created_at DESC, g.id LIMIT $3"
    );
    PERSON_OF_SESSION = "SELECT account_id FROM sessions WHERE id = $1";
    PEOPLE_OF_CLIENT = "\
        SELECT account_id FROM grants WHERE client_id = $1 \
        UNION SELECT account_id FROM consents WHERE client_id = $1 LIMIT $2";
}

/// A grant that stands.
#[derive(Debug, Clone)]
pub struct StandingGrant {
    /// The grant.
    pub grant: Grant,
    /// When a refresh token was last given out on it; never for a grant without.
    pub last_used_at: Option<Timestamp>,
}

impl FromRow for StandingGrant {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreFault> {
        let mut columns = Columns::of(row);
        let last_used_at = columns.time_or_null()?;
        Ok(Self { last_used_at, grant: read_grant(&mut columns)? })
    }
}

impl Store {
    /// What a person has granted and not taken back, the latest first, as far as a page shows it.
    pub async fn list_grants_of_account(
        &self,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Vec<StandingGrant>, StoreFault> {
        self.read((account.clone(), now), |db, (account, now)| {
            Box::pin(async move { db.all(LIST_OF_ACCOUNT, params![&*account, *now, GRANTS_LISTED_MAX]).await })
        })
        .await
    }

    /// Whose session this is, live or ended.
    pub async fn find_person_of_session(&self, sid: &str) -> Result<Option<AccountId>, StoreFault> {
        let found: Option<(String,)> = self
            .read(sid.to_owned(), |db, sid| {
                Box::pin(async move { db.optional(PERSON_OF_SESSION, params![&*sid]).await })
            })
            .await?;
        found.map(|(id,)| stored_id(0, &id)).transpose()
    }

    /// Up to `limit` people who granted something to a client, in no order.
    pub async fn list_people_of_client(&self, client_id: &str, limit: i64) -> Result<Vec<AccountId>, StoreFault> {
        let found: Vec<(String,)> = self
            .read((client_id.to_owned(), limit), |db, (client_id, limit)| {
                Box::pin(async move { db.all(PEOPLE_OF_CLIENT, params![&*client_id, *limit]).await })
            })
            .await?;
        found.iter().map(|(id,)| stored_id(0, id)).collect()
    }

    /// What people have granted to a client, the latest first, as far as a page shows it.
    pub async fn list_grants_of_client(
        &self,
        client_id: &str,
        now: Timestamp,
    ) -> Result<Vec<StandingGrant>, StoreFault> {
        self.read((client_id.to_owned(), now), |db, (client_id, now)| {
            Box::pin(async move { db.all(LIST_OF_CLIENT, params![&*client_id, *now, GRANTS_LISTED_MAX]).await })
        })
        .await
    }
}
