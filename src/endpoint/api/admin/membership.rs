//! `/api/v1/admin/accounts/{id}/roles` and `/groups`, name by name, so that of two who change a list neither undoes what the
//! other did (F-52).

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use serde_json::json;

use super::super::Tag;
use super::super::problem::Refused;
use super::accounts::{AdminAccount, shown};
use super::{Administrator, account, done};
use crate::base::Names;
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::{Failure, HttpRefusal};
use crate::model::account::{AdministrationOutcome, ChangeMembership};
use crate::model::audit::AuditAction;

/// How often a change is tried that others overtook.
const TRIES: usize = 4;

/// The operations.
pub struct MembershipApi;

#[OpenApi(prefix_path = "/api/v1/admin", tag = "Tag::Admin")]
impl MembershipApi {
    /// Gives a role
    ///
    /// 1 to 64 letters, digits or any of `- . _ : @`. The role `admin` opens this interface.
    #[oai(path = "/accounts/:id/roles/:name", method = "put", operation_id = "adminAddRole")]
    async fn add_role(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
        /// The role.
        name: Path<String>,
    ) -> Result<Json<AdminAccount>, Refused> {
        let change = Change { list: List::Roles, adds: true, name: &name.0 };
        Ok(Json(carry_out(&exchange, &administrator, &id.0, &change).await?))
    }

    /// Takes a role away
    ///
    /// The last administrator stays one (`last_administrator`).
    #[oai(path = "/accounts/:id/roles/:name", method = "delete", operation_id = "adminRemoveRole")]
    async fn remove_role(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
        /// The role.
        name: Path<String>,
    ) -> Result<Json<AdminAccount>, Refused> {
        let change = Change { list: List::Roles, adds: false, name: &name.0 };
        Ok(Json(carry_out(&exchange, &administrator, &id.0, &change).await?))
    }

    /// Puts somebody into a group
    ///
    /// 1 to 64 letters, digits or any of `- . _ : @`.
    #[oai(path = "/accounts/:id/groups/:name", method = "put", operation_id = "adminAddGroup")]
    async fn add_group(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
        /// The group.
        name: Path<String>,
    ) -> Result<Json<AdminAccount>, Refused> {
        let change = Change { list: List::Groups, adds: true, name: &name.0 };
        Ok(Json(carry_out(&exchange, &administrator, &id.0, &change).await?))
    }

    /// Takes somebody out of a group
    #[oai(path = "/accounts/:id/groups/:name", method = "delete", operation_id = "adminRemoveGroup")]
    async fn remove_group(
        &self,
        administrator: Administrator,
        exchange: Data<&Arc<Exchange>>,
        /// The account.
        id: Path<String>,
        /// The group.
        name: Path<String>,
    ) -> Result<Json<AdminAccount>, Refused> {
        let change = Change { list: List::Groups, adds: false, name: &name.0 };
        Ok(Json(carry_out(&exchange, &administrator, &id.0, &change).await?))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Roles,
    Groups,
}

struct Change<'a> {
    list: List,
    adds: bool,
    name: &'a str,
}

impl Change<'_> {
    /// The list as it shall be.
    fn of(&self, before: &Names) -> Result<Names, Failure> {
        if !self.adds {
            return Ok(before.clone().without(self.name));
        }
        let refused = |problem: crate::base::NotNames| Failure::Unacceptable {
            code: "name_refused",
            detail: format!("The name cannot be given: {problem}."),
        };
        before.clone().with(self.name).map_err(refused)
    }
}

/// Makes the change to what is there at this moment, and gives the account as it is then.
async fn carry_out(
    exchange: &Exchange,
    administrator: &Administrator,
    id: &str,
    change: &Change<'_>,
) -> Result<AdminAccount, Failure> {
    for _ in 0..TRIES {
        let before = account(exchange, id).await?;
        let (roles, groups) = match change.list {
            List::Roles => (change.of(&before.roles)?, before.groups.clone()),
            List::Groups => (before.roles.clone(), change.of(&before.groups)?),
        };
        if roles == before.roles && groups == before.groups {
            return shown(exchange, &before).await;
        }
        let mut audit = administrator.event(exchange, AuditAction::MembershipChanged, Some(&before.id));
        audit.detail.insert("roles".to_owned(), json!(roles));
        audit.detail.insert("groups".to_owned(), json!(groups));
        let (target, read_at) = (before.id, before.updated_at);
        let write = ChangeMembership { account: target, read_at, roles, groups, keeps_an_administrator: true, audit };
        match exchange.context.store.change_membership(write).await? {
            AdministrationOutcome::Overtaken => {}
            outcome => {
                done(outcome)?;
                return shown(exchange, &account(exchange, id).await?).await;
            }
        }
    }
    Err(HttpRefusal::Overtaken.into())
}
