//! `user role` and `user group`: what a person may do and belongs to.

use super::arguments::Membership;
use super::failure::{Complaint, Failure};
use super::output;
use super::provision::Registrar;
use super::user::find;
use crate::base::Names;

/// Which of the two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What the person may do.
    Roles,
    /// What the person belongs to.
    Groups,
}

/// Carries out one of the commands.
pub async fn change(registrar: &Registrar, change: &Membership, kind: Kind) -> Result<(), Failure> {
    let (Membership::Add { email, names } | Membership::Remove { email, names }) = change;
    let account = find(registrar, email).await?;
    let before = if kind == Kind::Roles { &account.roles } else { &account.groups };
    let after = match change {
        Membership::Add { .. } => added(before, names)?,
        Membership::Remove { .. } => names.iter().fold(before.clone(), |list, name| list.without(name)),
    };
    let (roles, groups) = match kind {
        Kind::Roles => (after.clone(), account.groups.clone()),
        Kind::Groups => (account.roles.clone(), after.clone()),
    };
    let changed = registrar.change_membership(&account, roles, groups).await?;
    let word = if changed.is_empty() { "unchanged" } else { "updated" };
    let list = if after.is_empty() { "none".to_owned() } else { after.as_slice().join(", ") };
    let name = if kind == Kind::Roles { "roles" } else { "groups" };
    output::lines([format!("person {} {word}: {name} {list}", account.email)])
}

fn added(before: &Names, names: &[String]) -> Result<Names, Failure> {
    let refused = |problem| Failure::Input(vec![Complaint::new(format!("These names cannot be given: {problem}."))]);
    names.iter().try_fold(before.clone(), |list, name| list.with(name)).map_err(refused)
}
