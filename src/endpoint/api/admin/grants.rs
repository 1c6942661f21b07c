//! `/api/v1/admin/…/grants`: what stands granted, by a person or to a client, and ending one of it.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::super::Tag;
use super::super::problem::Refused;
use super::clients::find as client;
use super::{Administrator, Done, account};
use crate::base::GrantId;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::model::audit::AuditAction;
use crate::store::StandingGrant;

/// The operations.
pub struct GrantsApi;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Tag::Admin")]
impl GrantsApi {
    /// What a person has granted
    #[oai(path = "/accounts/:id/grants", method = "get", operation_id = "adminListGrantsOfAccount")]
    async fn of_account(
        &self,
        _administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
    ) -> Result<Json<AdminGrants>, Refused> {
        let person = account(&exchange, &id.0).await?.id;
        Ok(Json(shown(exchange.context.store.list_grants_of_account(&person, exchange.now).await?)))
    }

    /// What people have granted to a client
    #[oai(path = "/clients/:client_id/grants", method = "get", operation_id = "adminListGrantsOfClient")]
    async fn of_client(
        &self,
        _administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The client id.
        client_id: Path<String>,
    ) -> Result<Json<AdminGrants>, Refused> {
        let client = client(&exchange, &client_id.0).await?;
        Ok(Json(shown(exchange.context.store.list_grants_of_client(&client.client_id, exchange.now).await?)))
    }

    /// Ends a grant
    ///
    /// Every token that was issued on it ends at once. The person's agreement stays remembered.
    #[oai(path = "/grants/:id", method = "delete", operation_id = "adminEndGrant")]
    async fn end(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The grant.
        id: Path<String>,
    ) -> Result<Done, Refused> {
        let id: GrantId = id.0.parse().map_err(|_| HttpRefusal::NotFound)?;
        let found = exchange.context.store.find_grant(id.clone()).await?.ok_or(HttpRefusal::NotFound)?;
        let mut audit = administrator.event(&exchange, AuditAction::GrantWithdrawn, Some(&found.account.id));
        audit.client_id = Some(found.grant.client_id);
        audit.detail.insert("grant".to_owned(), id.as_str().into());
        if !exchange.context.store.revoke_grant(&id, exchange.now, audit).await.map_err(Failure::from)? {
            return Err(HttpRefusal::NotFound.into());
        }
        Ok(Done::Done)
    }
}

/// What stands granted.
#[derive(Debug, Object)]
struct AdminGrants {
    /// The latest come first.
    grants: Vec<AdminGrant>,
}

/// A grant: everything issued at one authorization hangs on it.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
struct AdminGrant {
    /// Its name; what audit entries call `grant`.
    id: String,
    /// By whom.
    account: String,
    /// To whom.
    client_id: String,
    /// What.
    scope: Vec<String>,
    /// The resources its access tokens may be for.
    resources: Vec<String>,
    /// By which grant type it came about.
    via: String,
    /// Since when, in seconds since 1970.
    granted_at: i64,
    /// When a refresh token was last given out on it, in seconds since 1970.
    last_used_at: Option<i64>,
    /// When it ends at the latest, in seconds since 1970.
    expires_at: i64,
}

fn shown(standing: Vec<StandingGrant>) -> AdminGrants {
    let grants = standing.into_iter().map(|StandingGrant { grant, last_used_at }| AdminGrant {
        id: grant.id.to_string(),
        account: grant.account_id.to_string(),
        client_id: grant.client_id,
        scope: grant.scope.iter().map(str::to_owned).collect(),
        resources: grant.resources,
        via: grant.via.as_str().to_owned(),
        granted_at: grant.created_at.seconds(),
        last_used_at: last_used_at.map(crate::base::Timestamp::seconds),
        expires_at: grant.expires_at.seconds(),
    });
    AdminGrants { grants: grants.collect() }
}
