//! `audit`: looking into the log, proving its chain, writing it out.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use serde_json::{Map, Value, json};

use super::arguments::{Audit as Command, AuditFilters, Place};
use super::desk::{Desk, Makes};
use super::failure::{Complaint, Failure};
use super::output::{self, moment, row};
use crate::base::{AccountId, EmailAddress};
use crate::config::quoted;
use crate::model::audit::AuditEntry;
use crate::model::audit_chain::{Broken, Walk};
use crate::store::{AuditFilter, AuditHead, Store};

/// Old entries may be removed from the beginning while it is walked along; then the walk begins again.
const WALKS: usize = 3;

/// Carries out one of the commands.
pub async fn run(place: &Place, command: &Command) -> Result<(), Failure> {
    let desk = Desk::open_migrated(place, Makes::Nothing).await?;
    let store = &desk.store;
    let done = match command {
        Command::List { filters, limit, json } => list(store, filters, *limit as usize, json.json).await,
        Command::Verify { expect, json } => verify(store, expect.as_ref(), json.json).await,
        Command::Export { after, output: None } => export(store, *after, io::stdout().lock()).await,
        Command::Export { after, output: Some(path) } => {
            export(store, *after, BufWriter::new(File::create(path)?)).await
        }
    };
    desk.store.shutdown().await;
    done
}

async fn list(store: &Store, filters: &AuditFilters, limit: usize, as_json: bool) -> Result<(), Failure> {
    let filter = filter(store, filters).await?;
    let (mut entries, mut next) = (Vec::new(), Some(String::new()));
    while let Some(before) = next.filter(|_| entries.len() < limit) {
        let page = store.search_audit(&filter, &before, limit - entries.len()).await?;
        entries.extend(page.entries);
        next = page.next;
    }
    if as_json {
        return output::json(&json!({ "entries": entries.iter().map(shown).collect::<Vec<_>>() }));
    }
    let mut rows = vec![row(["TIME", "ACTION", "OUTCOME", "ACTOR", "ACCOUNT", "CLIENT", "FROM", "REQUEST"])];
    rows.extend(entries.iter().map(|entry| {
        let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
        vec![
            moment(entry.at),
            entry.action.clone(),
            entry.outcome.clone(),
            entry.actor.clone(),
            or_dash(entry.account.as_ref().map(AccountId::as_str)),
            or_dash(entry.client_id.as_deref()),
            or_dash(entry.ip.as_deref()),
            entry.request_id.clone(),
        ]
    }));
    output::lines(output::columns(&rows))
}

async fn filter(store: &Store, filters: &AuditFilters) -> Result<AuditFilter, Failure> {
    Ok(AuditFilter {
        account: person(store, filters.account.as_deref()).await?,
        actor: person(store, filters.actor.as_deref()).await?,
        client_id: filters.client.clone(),
        action: filters.action.clone(),
        outcome: filters.outcome.clone(),
        request_id: filters.request.clone(),
        since: filters.since,
        until: filters.until,
    })
}

/// An id counts though nobody has it any more; an address must be somebody's.
async fn person(store: &Store, text: Option<&str>) -> Result<Option<AccountId>, Failure> {
    let Some(text) = text else { return Ok(None) };
    if let Ok(id) = text.parse() {
        return Ok(Some(id));
    }
    let found = match text.parse::<EmailAddress>() {
        Ok(email) => store.find_account_by_email(&email).await?,
        Err(_) => None,
    };
    let absent = || Complaint::new(format!("There is no person {}.", quoted(text))).hint("give an address or an id");
    Ok(Some(found.ok_or_else(absent)?.id))
}

/// An entry with everything that its digest is made of.
fn shown(entry: &AuditEntry) -> Value {
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| {
        if !value.is_null() {
            members.insert(name.to_owned(), value);
        }
    };
    set("id", json!(entry.id));
    set("at", json!(moment(entry.at)));
    set("at_micros", json!(entry.at.micros()));
    set("action", json!(entry.action));
    set("outcome", json!(entry.outcome));
    set("actor", json!(entry.actor));
    set("actor_id", json!(entry.actor_id));
    set("account", json!(entry.account));
    set("client_id", json!(entry.client_id));
    set("ip", json!(entry.ip));
    set("request_id", json!(entry.request_id));
    set("detail", json!(entry.detail));
    set("subject_erased_at", json!(entry.subject_erased_at.map(moment)));
    set("actor_erased_at", json!(entry.actor_erased_at.map(moment)));
    if let Some(seal) = &entry.seal {
        set("position", json!(seal.position));
        set("previous", json!(seal.previous));
        set("digest", json!(seal.digest));
        set("subject_commitment", json!(seal.subject.digest));
        set("subject_salt", json!(seal.subject.salt));
        set("actor_commitment", json!(seal.actor.digest));
        set("actor_salt", json!(seal.actor.salt));
    }
    Value::Object(members)
}

/// What came of a walk.
enum Proof {
    Holds(AuditHead),
    Broken(Broken),
    /// What was noted down is not part of it.
    Unexpected,
}

async fn verify(store: &Store, expect: Option<&(i64, String)>, as_json: bool) -> Result<(), Failure> {
    let unsealed = store.count_unsealed_audit().await?;
    let (told, complaint) = match prove(store, expect).await? {
        Proof::Holds(head) => {
            let (first, last) = (head.anchor.position + 1, head.end.position);
            let digest = head.end.digest.as_str();
            if !as_json {
                return output::lines([
                    format!("the chain holds: {} entries, positions {first} to {last}", last + 1 - first),
                    format!("not sealed yet: {unsealed}"),
                    format!("end {last}:{digest}"),
                ]);
            }
            let told = json!({ "holds": true, "first_position": first, "last_position": last, "digest": digest });
            (told, None)
        }
        Proof::Broken(broken) => {
            let told = json!({ "holds": false, "position": broken.position, "problem": broken.to_string() });
            (told, Some(Complaint::new(format!("The chain is broken: {broken}."))))
        }
        Proof::Unexpected => {
            let position = expect.map(|(position, _)| *position);
            let problem = "the expected end is not part of the chain";
            let told = json!({ "holds": false, "position": position, "problem": problem });
            (told, Some(Complaint::new("The chain holds, but what was expected is not part of it.")))
        }
    };
    if as_json {
        let mut told = told;
        told["unsealed"] = json!(unsealed);
        output::json(&told)?;
    }
    complaint.map_or(Ok(()), |complaint| Err(complaint.into()))
}

async fn prove(store: &Store, expect: Option<&(i64, String)>) -> Result<Proof, Failure> {
    let mut head = store.audit_head().await?;
    let mut proof = walk(store, &head, expect).await?;
    for _ in 1..WALKS {
        let now = store.audit_head().await?;
        if now.anchor == head.anchor {
            break;
        }
        head = now;
        proof = walk(store, &head, expect).await?;
    }
    Ok(proof)
}

async fn walk(store: &Store, head: &AuditHead, expect: Option<&(i64, String)>) -> Result<Proof, Failure> {
    let mut walk = Walk::behind(head.anchor.clone());
    let is_expected = |walk: &Walk| {
        expect.is_some_and(|(at, digest)| *at == walk.end().position && digest == walk.end().digest.as_str())
    };
    let mut met = expect.is_none() || is_expected(&walk);
    while walk.end().position < head.end.position {
        let entries = store.read_audit_chain(walk.end().position).await?;
        if entries.is_empty() {
            break;
        }
        // What was sealed since the head was read is not looked at.
        for entry in &entries {
            if walk.end().position == head.end.position {
                break;
            }
            if let Err(broken) = walk.admit(entry) {
                return Ok(Proof::Broken(broken));
            }
            met |= is_expected(&walk);
        }
    }
    Ok(match walk.arrived_at(&head.end) {
        Err(broken) => Proof::Broken(broken),
        Ok(()) if met => Proof::Holds(head.clone()),
        Ok(()) => Proof::Unexpected,
    })
}

async fn export(store: &Store, after: i64, mut out: impl Write) -> Result<(), Failure> {
    let mut position = after.max(0);
    loop {
        let entries = store.read_audit_chain(position).await?;
        let Some(last) = entries.last().and_then(|entry| entry.seal.as_ref()) else { break };
        position = last.position;
        for entry in &entries {
            writeln!(out, "{}", shown(entry))?;
        }
    }
    out.flush()?;
    match store.count_unsealed_audit().await? {
        0 => {}
        unsealed => eprintln!("note: {unsealed} entries are not sealed yet and not among these"),
    }
    Ok(())
}
