//! A table of a provisioning file, held against the members it may have: every name exists and every value is of the
//! right kind, or there is a complaint with the line.

use serde_json::{Map, Value};

use super::members::{Kind, Member};
use super::tree::{Content, Document, Node};
use crate::cli::failure::Complaint;
use crate::config::{nearest, quoted};

/// A table whose members all exist and are of the right kind.
#[derive(Debug)]
pub struct Checked<'d> {
    document: &'d Document,
    line: Option<usize>,
    values: Map<String, Value>,
    lines: Vec<(String, Option<usize>)>,
}

impl<'d> Checked<'d> {
    /// Looks through a table; every mistake is added to `found`, and its member left out.
    pub fn of(document: &'d Document, node: &Node, members: &[Member], found: &mut Vec<Complaint>) -> Self {
        let mut checked = Self { document, line: node.line, values: Map::new(), lines: Vec::new() };
        let Content::Table(entries) = &node.content else {
            let sentence = format!("This is {}, where a table is expected.", node.content.noun());
            found.push(document.complaint(node.line, sentence));
            return checked;
        };
        checked.values = checked.table(entries, members, "", found);
        checked
    }

    fn table(
        &mut self,
        entries: &[(String, Node)],
        members: &[Member],
        prefix: &str,
        found: &mut Vec<Complaint>,
    ) -> Map<String, Value> {
        let mut values = Map::new();
        for (name, node) in entries {
            let path = format!("{prefix}{name}");
            let Some(member) = members.iter().find(|member| member.name == name) else {
                found.push(self.document.placed(node.line, unknown(name, members, prefix)));
                continue;
            };
            self.lines.push((path.clone(), node.line));
            if let (Kind::Table(inner), Content::Table(entries)) = (member.kind, &node.content) {
                let inside = self.table(entries, inner, &format!("{path}."), found);
                values.insert(name.clone(), Value::Object(inside));
            } else if let Some(complaint) = wrong_kind(&path, member.kind, &node.content) {
                found.push(self.document.placed(node.line, complaint));
            } else {
                values.insert(name.clone(), node.content.to_json());
            }
        }
        values
    }

    /// A complaint about a member, with its place; the table's own where the member is not written.
    pub fn complaint(&self, path: &str, problem: &str) -> Complaint {
        let written = path.split('[').next().unwrap_or(path);
        let line = self.lines.iter().find(|(known, _)| known == written).map_or(self.line, |(_, line)| *line);
        self.document.complaint(line, format!("The member `{path}` {problem}."))
    }

    /// A complaint about the table as a whole.
    pub fn complaint_about_all(&self, sentence: &str) -> Complaint {
        self.document.complaint(self.line, sentence)
    }

    /// Takes a text out.
    pub fn take_text(&mut self, name: &str) -> Option<String> {
        match self.values.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Takes a flag out.
    pub fn take_flag(&mut self, name: &str) -> Option<bool> {
        self.values.remove(name).and_then(|value| value.as_bool())
    }

    /// Whether a member is written, right or wrong.
    pub fn has(&self, path: &str) -> bool {
        self.lines.iter().any(|(known, _)| known == path)
    }

    /// Takes a list of texts out.
    pub fn take_texts(&mut self, name: &str) -> Option<Vec<String>> {
        self.values.remove(name).and_then(|value| serde_json::from_value(value).ok())
    }

    /// What is left.
    pub fn into_values(self) -> Map<String, Value> {
        self.values
    }

    /// What is left, to look at.
    pub const fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    /// Leaves a member out that turned out to be wrong.
    pub fn drop_member(&mut self, name: &str) {
        self.values.remove(name);
    }
}

/// The complaint about a name that no member has.
fn unknown(name: &str, members: &[Member], prefix: &str) -> Complaint {
    let names = || members.iter().map(|member| member.name);
    let shown = quoted(&format!("{prefix}{name}"));
    let complaint = Complaint::new(format!("There is no member {shown}."));
    match nearest(name, names()) {
        Some(likely) => complaint.hint(format!("did you mean `{prefix}{likely}`?")),
        None => complaint.hint(format!("remove it; known here: {}", names().collect::<Vec<_>>().join(", "))),
    }
}

fn wrong_kind(path: &str, kind: Kind, content: &Content) -> Option<Complaint> {
    let expected = match (kind, content) {
        (Kind::ServersOwn, _) => {
            return Some(Complaint::new(format!("The member `{path}` is given by the server.")).hint("remove it"));
        }
        (Kind::Text | Kind::Secret, Content::Text(_))
        | (Kind::Anything, Content::Table(_))
        | (Kind::Flag, Content::Flag(_))
        | (Kind::Number, Content::Number(_)) => return None,
        (Kind::Word(words), Content::Text(text)) => return wrong_word(path, words, text),
        (Kind::Texts, Content::List(items)) if items.iter().all(is_text) => return None,
        (Kind::Words(words), Content::List(items)) if items.iter().all(is_text) => {
            let texts = items.iter().enumerate().filter_map(|(index, item)| match &item.content {
                Content::Text(text) => wrong_word(&format!("{path}[{index}]"), words, text),
                _ => None,
            });
            return texts.reduce(|first, _| first);
        }
        (Kind::Text | Kind::Secret, _) => "a text in quotes",
        (Kind::Flag, _) => "true or false",
        (Kind::Number, _) => "a whole number",
        (Kind::Word(_), _) => "one word in quotes",
        (Kind::Texts | Kind::Words(_), _) => "a list of texts",
        (Kind::Table(_) | Kind::Anything, _) => "a table",
    };
    Some(Complaint::new(format!("The member `{path}` is {}, where {expected} is expected.", content.noun())))
}

const fn is_text(node: &Node) -> bool {
    matches!(node.content, Content::Text(_))
}

fn wrong_word(path: &str, words: &[&str], text: &str) -> Option<Complaint> {
    if words.contains(&text) {
        return None;
    }
    let complaint = Complaint::new(format!("The member `{path}` is {}, which it cannot be.", quoted(text)));
    Some(match nearest(text, words.iter().copied()) {
        Some(likely) => complaint.hint(format!("did you mean {likely:?}?")),
        None => complaint.hint(format!("write one of {}", words.join(", "))),
    })
}
