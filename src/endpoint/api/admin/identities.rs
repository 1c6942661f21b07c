//! `/api/v1/admin/accounts/{id}/identities`: which other providers open somebody's account, cutting one off, and opening
//! one again that was blocked.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;

use super::super::Tag;
use super::super::identities::{Identities, OfIdentities, done, listed};
use super::super::problem::{Refused, RefusedAs};
use super::{Administrator, Done, account};
use crate::endpoint::account::logins::{By, unblock, untie};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::HttpRefusal;
use crate::model::audit::AuditAction;

/// The operations.
pub struct IdentitiesApi;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Tag::Admin")]
impl IdentitiesApi {
    /// A person's ties to people of other providers
    #[oai(path = "/accounts/:id/identities", method = "get", operation_id = "adminListIdentities")]
    async fn list(
        &self,
        _administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
    ) -> Result<Json<Identities>, Refused> {
        let person = account(&exchange, &id.0).await?.id;
        let found = exchange.context.store.list_identities(&person).await?;
        Ok(Json(Identities { identities: found.iter().map(|tie| listed(&exchange, tie)).collect() }))
    }

    /// Cuts a tie of somebody
    ///
    /// The owner is told by mail. The last way into an account stays (`last_way_in`).
    #[oai(
        path = "/accounts/:id/identities/:provider/:subject",
        method = "delete",
        operation_id = "adminUnlinkIdentity"
    )]
    async fn unlink(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
        /// The provider.
        provider: Path<String>,
        /// The provider's name of the person, escaped as in any path.
        subject: Path<String>,
    ) -> Result<Done, RefusedAs<OfIdentities>> {
        let person = account(&exchange, &id.0).await?;
        let provider = provider.0.parse().map_err(|_| HttpRefusal::NotFound)?;
        let audit = administrator.event(&exchange, AuditAction::IdentityUnlinked, None);
        done(untie(&exchange, &person, (&provider, &subject.0), By::administrator(&exchange, audit)).await?)?;
        Ok(Done::Done)
    }

    /// Lets a blocked tie of somebody open their account again
    ///
    /// For people who have no other way in: the provider reported a takeover, and you made sure that its person is the
    /// owner again. The owner is told by mail.
    #[oai(
        path = "/accounts/:id/identities/:provider/:subject/unblock",
        method = "post",
        operation_id = "adminUnblockIdentity"
    )]
    async fn unblock(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
        /// The provider.
        provider: Path<String>,
        /// The provider's name of the person.
        subject: Path<String>,
    ) -> Result<Done, Refused> {
        let person = account(&exchange, &id.0).await?;
        let provider = provider.0.parse().map_err(|_| HttpRefusal::NotFound)?;
        let audit = administrator.event(&exchange, AuditAction::IdentityUnblocked, None);
        if unblock(&exchange, &person, (&provider, &subject.0), By::administrator(&exchange, audit)).await? {
            Ok(Done::Done)
        } else {
            Err(HttpRefusal::NotFound.into())
        }
    }
}
