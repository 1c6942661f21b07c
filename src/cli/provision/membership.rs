//! Roles and groups as an operator gives them. Whoever has a shell may take the last administrator's role: the next one is
//! made the same way.

use serde_json::json;

use super::registrar::Registrar;
use crate::base::Names;
use crate::cli::failure::{Complaint, Failure};
use crate::model::account::{Account, AdministrationOutcome, ChangeMembership};
use crate::model::audit::AuditAction;

impl Registrar {
    /// Gives `account` these roles and groups. Tells which of the two lists changed.
    pub async fn change_membership(
        &self,
        account: &Account,
        roles: Names,
        groups: Names,
    ) -> Result<Vec<String>, Failure> {
        let lists = [("roles", account.roles != roles), ("groups", account.groups != groups)];
        let members: Vec<String> = lists.iter().filter(|(_, is)| *is).map(|(name, _)| (*name).to_owned()).collect();
        if members.is_empty() {
            return Ok(members);
        }
        let mut audit = self.event(AuditAction::MembershipChanged, &members);
        audit.account = Some(account.id.clone());
        audit.detail.insert("roles".to_owned(), json!(roles));
        audit.detail.insert("groups".to_owned(), json!(groups));
        let (id, read_at) = (account.id.clone(), account.updated_at);
        let change = ChangeMembership { account: id, read_at, roles, groups, keeps_an_administrator: false, audit };
        if self.store.change_membership(change).await? == AdministrationOutcome::Done {
            return Ok(members);
        }
        let sentence = format!("The person `{}` was changed by somebody else in between.", account.email);
        Err(Complaint::new(sentence).hint("run the command again").into())
    }
}
