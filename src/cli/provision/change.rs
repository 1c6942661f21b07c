//! What became of a client or person, for the answer: what it is called, what changed, and what was made up for it.

use serde_json::{Map, Value, json};

/// What became of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is new.
    Created,
    /// It is different now.
    Updated,
    /// It is as it was.
    Unchanged,
}

impl Outcome {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
        }
    }

    /// What it is when these members change of something that was there.
    pub const fn of_change(members: &[String]) -> Self {
        if members.is_empty() { Self::Unchanged } else { Self::Updated }
    }
}

/// A client, applied.
#[derive(Debug, Clone)]
pub struct ClientChange {
    /// Which.
    pub client_id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The members that changed.
    pub members: Vec<String>,
    /// The secret that was made for it, which is told this once.
    pub made_secret: Option<String>,
}

/// A person, applied.
#[derive(Debug, Clone)]
pub struct PersonChange {
    /// The address.
    pub email: String,
    /// The account's id.
    pub sub: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The members that changed.
    pub members: Vec<String>,
}

/// Everything that a file brought.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The clients, in the order of the file.
    pub clients: Vec<ClientChange>,
    /// The people, in the order of the file.
    pub people: Vec<PersonChange>,
}

impl Changes {
    /// Without what is as it was.
    #[must_use]
    pub fn only_changed(mut self) -> Self {
        self.clients.retain(|change| change.outcome != Outcome::Unchanged);
        self.people.retain(|change| change.outcome != Outcome::Unchanged);
        self
    }

    /// For people: a line each, and one more for a secret.
    pub fn to_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for change in &self.clients {
            lines.push(line("client", &change.client_id, change.outcome, &change.members));
            lines.extend(change.made_secret.iter().map(|secret| format!("  client_secret {secret}")));
        }
        for change in &self.people {
            lines.push(line("person", &change.email, change.outcome, &change.members));
        }
        lines
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let client = |change: &ClientChange| {
            let mut object = outcome(change.outcome, &change.members);
            object.insert("client_id".to_owned(), json!(change.client_id));
            if let Some(secret) = &change.made_secret {
                object.insert("client_secret".to_owned(), json!(secret));
            }
            Value::Object(object)
        };
        let person = |change: &PersonChange| {
            let mut object = outcome(change.outcome, &change.members);
            object.insert("email".to_owned(), json!(change.email));
            object.insert("sub".to_owned(), json!(change.sub));
            Value::Object(object)
        };
        json!({
            "clients": self.clients.iter().map(client).collect::<Vec<_>>(),
            "people": self.people.iter().map(person).collect::<Vec<_>>(),
        })
    }
}

fn line(kind: &str, name: &str, outcome: Outcome, members: &[String]) -> String {
    let members = if members.is_empty() { String::new() } else { format!(": {}", members.join(", ")) };
    format!("{kind} {name} {}{members}", outcome.as_str())
}

fn outcome(outcome: Outcome, members: &[String]) -> Map<String, Value> {
    Map::from_iter([("outcome".to_owned(), json!(outcome.as_str())), ("members".to_owned(), json!(members))])
}

/// The members in which two records differ, those of a table inside by their path.
pub fn differences(before: &Value, after: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", before, after, &mut found);
    found
}

fn compare(prefix: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    let empty = Map::new();
    let (before, after) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        match (before.get(name), after.get(name)) {
            (one, other) if one == other => {}
            (Some(Value::Object(_)), Some(Value::Object(_))) => {
                compare(&format!("{prefix}{name}."), &before[name], &after[name], found);
            }
            _ => found.push(format!("{prefix}{name}")),
        }
    }
}
