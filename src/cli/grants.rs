//! `user grants` and `client grants`: what stands granted, by a person or to a client, and ending it.

use serde_json::{Value, json};

use super::arguments::Granted as Command;
use super::failure::{Complaint, Failure};
use super::output::{self, moment, row};
use super::provision::Registrar;
use crate::base::AccountId;
use crate::config::quoted;
use crate::model::audit::AuditAction;
use crate::model::grant::Grant;
use crate::store::StandingGrant;

/// Whose grants.
pub enum Whose<'a> {
    /// Those a person gave.
    Person(&'a AccountId),
    /// Those given to a client.
    Client(&'a str),
}

/// Shows them, or ends what the command names.
pub async fn run(registrar: &Registrar, whose: Whose<'_>, command: &Command) -> Result<(), Failure> {
    match &command.revoke {
        Some(id) => revoke_one(registrar, &whose, id).await,
        None if command.revoke_all => revoke_all(registrar, &whose).await,
        None => list(&standing(registrar, &whose).await?, command.json.json),
    }
}

async fn standing(registrar: &Registrar, whose: &Whose<'_>) -> Result<Vec<StandingGrant>, Failure> {
    let (store, now) = (&registrar.store, registrar.now());
    let found = match whose {
        Whose::Person(account) => store.list_grants_of_account(account, now).await,
        Whose::Client(client_id) => store.list_grants_of_client(client_id, now).await,
    };
    Ok(found?)
}

fn list(standing: &[StandingGrant], as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output::json(&json!({ "grants": standing.iter().map(shown).collect::<Vec<_>>() }));
    }
    let mut rows = vec![row(["GRANT", "CLIENT_ID", "SUB", "SINCE", "LAST USED", "SCOPE"])];
    rows.extend(standing.iter().map(|StandingGrant { grant, last_used_at }| {
        let (since, used) = (moment(grant.created_at), last_used_at.map_or_else(|| "-".to_owned(), moment));
        let scope = grant.scope.to_string();
        row([grant.id.as_str(), &grant.client_id, grant.account_id.as_str(), &since, &used, &scope])
    }));
    output::lines(output::columns(&rows))
}

fn shown(StandingGrant { grant, last_used_at }: &StandingGrant) -> Value {
    json!({
        "id": grant.id.as_str(),
        "sub": grant.account_id.as_str(),
        "client_id": grant.client_id,
        "scope": grant.scope.to_string(),
        "resources": grant.resources,
        "via": grant.via.as_str(),
        "granted_at": grant.created_at.seconds(),
        "last_used_at": last_used_at.map(crate::base::Timestamp::seconds),
        "expires_at": grant.expires_at.seconds(),
    })
}

async fn revoke_one(registrar: &Registrar, whose: &Whose<'_>, id: &str) -> Result<(), Failure> {
    let absent = || -> Failure {
        let complaint = Complaint::new(format!("No grant {} stands.", quoted(id)));
        complaint.hint("without --revoke they are listed").into()
    };
    let parsed = id.parse().map_err(|_| absent())?;
    let found = registrar.store.find_grant(parsed).await?.ok_or_else(absent)?;
    let is_theirs = match whose {
        Whose::Person(account) => found.grant.account_id == **account,
        Whose::Client(client_id) => found.grant.client_id == *client_id,
    };
    if !is_theirs || !revoke(registrar, &found.grant).await? {
        return Err(absent());
    }
    output::lines([format!("grant {} revoked", found.grant.id)])
}

async fn revoke_all(registrar: &Registrar, whose: &Whose<'_>) -> Result<(), Failure> {
    let mut count = 0;
    // What is listed is bounded, so there may be more behind it.
    loop {
        let found = standing(registrar, whose).await?;
        if found.is_empty() {
            return output::lines([format!("{count} grants revoked")]);
        }
        for StandingGrant { grant, .. } in found {
            count += u64::from(revoke(registrar, &grant).await?);
        }
    }
}

/// Everything that was issued on it ends.
async fn revoke(registrar: &Registrar, grant: &Grant) -> Result<bool, Failure> {
    let mut audit = registrar.event(AuditAction::GrantWithdrawn, &[]);
    audit.account = Some(grant.account_id.clone());
    audit.client_id = Some(grant.client_id.clone());
    audit.detail.insert("grant".to_owned(), grant.id.as_str().into());
    Ok(registrar.store.revoke_grant(&grant.id, audit.at, audit).await?)
}
