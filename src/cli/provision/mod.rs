//! Clients and people as operators hand them in, by file, by JSON or by options: read with their places, held against
//! the rules with every mistake at once, then written.
//!
//! Which values a client may have is said in `protocol::client_metadata`, which a person in `identity`; here is only how
//! they are written down.

mod change;
mod checked;
mod client;
mod members;
mod membership;
mod person;
mod registrar;
mod tree;

use std::collections::HashSet;

pub use change::Changes;
pub use client::DescribedClient;
pub use person::{DescribedPerson, parse_password};
pub use registrar::Registrar;
pub use tree::{Document, Node};

use tree::Content;

use super::failure::{Complaint, Failure};
use crate::base::EmailAddress;
use crate::config::{nearest, quoted};

/// Everything a file describes, without a mistake.
#[derive(Debug, Default)]
pub struct Description {
    clients: Vec<(String, DescribedClient)>,
    people: Vec<(EmailAddress, DescribedPerson)>,
}

impl Description {
    /// Reads a TOML file, or gives all that is wrong with it.
    pub fn read(document: &Document) -> Result<Self, Failure> {
        let root = document.read_toml().map_err(Failure::Input)?;
        let mut found = Vec::new();
        let mut description = Self::default();
        let Content::Table(tables) = &root.content else { return Ok(description) };
        for (name, node) in tables {
            match (name.as_str(), &node.content) {
                ("client", Content::List(entries)) => description.read_clients(document, entries, &mut found),
                ("person", Content::List(entries)) => description.read_people(document, entries, &mut found),
                ("client" | "person", _) => {
                    let sentence = format!("`{name}` is one of several, so it stands in two brackets.");
                    found.push(document.complaint(node.line, sentence).hint(format!("write [[{name}]]")));
                }
                _ => found.push(document.placed(node.line, unknown_table(name))),
            }
        }
        if found.is_empty() { Ok(description) } else { Err(Failure::input(found)) }
    }

    fn read_clients(&mut self, document: &Document, entries: &[Node], found: &mut Vec<Complaint>) {
        let mut known = HashSet::new();
        for node in entries {
            let client = DescribedClient::read(document, node, found);
            match &client.client_id {
                None if names(node, "client_id") => {}
                None => {
                    let hint = "without one, every run would make another client: client_id = \"shop\"";
                    found.push(document.complaint(node.line, "A client in a file needs a `client_id`.").hint(hint));
                }
                Some(id) if !known.insert(id.clone()) => {
                    found.push(document.complaint(node.line, format!("There is a second client `{id}`.")));
                }
                Some(id) => self.clients.push((id.clone(), client)),
            }
        }
    }

    fn read_people(&mut self, document: &Document, entries: &[Node], found: &mut Vec<Complaint>) {
        let mut known = HashSet::new();
        for node in entries {
            let person = DescribedPerson::read(document, node, found);
            match person.email.clone() {
                None => {}
                Some(email) if !known.insert(email.clone()) => {
                    found.push(document.complaint(node.line, format!("There is a second person `{email}`.")));
                }
                Some(email) => self.people.push((email, person)),
            }
        }
    }
}

fn unknown_table(name: &str) -> Complaint {
    let complaint = Complaint::new(format!("There is no table {}.", quoted(name)));
    let likely = match name {
        "people" | "user" | "users" => Some("person"),
        _ => nearest(name, ["client", "person"].into_iter()),
    };
    match likely {
        Some(likely) => complaint.hint(format!("did you mean [[{likely}]]?")),
        None => complaint.hint("remove it; a file holds [[client]] and [[person]] tables"),
    }
}

fn names(node: &Node, member: &str) -> bool {
    matches!(&node.content, Content::Table(members) if members.iter().any(|(name, _)| name == member))
}

impl Registrar {
    /// Brings everything to the state that is described.
    pub async fn apply(&self, description: &Description) -> Result<Changes, Failure> {
        let mut changes = Changes::default();
        // Before anything is written.
        for (_, client) in &description.clients {
            self.check_offer(client)?;
        }
        for (client_id, client) in &description.clients {
            changes.clients.push(self.apply_client(client, client_id).await?);
        }
        for (email, person) in &description.people {
            changes.people.push(self.apply_person(person, email).await?);
        }
        Ok(changes)
    }
}
