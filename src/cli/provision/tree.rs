//! What an operator handed in, TOML or JSON, as one kind of tree that remembers its lines.
//!
//! A member that stands twice is found here, because neither the table types of the libraries nor a person would notice.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use toml::de::{DeTable, DeValue};

use crate::base::bounds::APPLY_BYTES_MAX;
use crate::cli::failure::Complaint;

/// A text and the name people know it by.
#[derive(Debug, Clone)]
pub struct Document {
    /// The path as it was given, or `standard input`.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// A value and the line it stands on, where lines are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub content: Content,
    /// Its line, from one.
    pub line: Option<usize>,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// JSON's null.
    Nothing,
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A number with a fraction, or one beyond all bounds.
    Fraction,
    /// A text.
    Text(String),
    /// TOML's dates and times.
    Moment,
    /// A list.
    List(Vec<Node>),
    /// A table or object, in the order written.
    Table(Vec<(String, Node)>),
}

impl Node {
    /// The text of one of its members.
    pub fn text(&self, name: &str) -> Option<&str> {
        let Content::Table(members) = &self.content else { return None };
        members.iter().find_map(|(known, node)| match &node.content {
            Content::Text(text) if known == name => Some(text.as_str()),
            _ => None,
        })
    }
}

impl Content {
    /// What people call it.
    pub const fn noun(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Flag(_) => "true or false",
            Self::Number(_) => "a whole number",
            Self::Fraction => "a number with a fraction",
            Self::Text(_) => "a text",
            Self::Moment => "a date or time",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }

    /// The same for a record's own deserialisation; what it cannot hold was refused before.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Nothing | Self::Fraction | Self::Moment => Value::Null,
            Self::Flag(flag) => Value::from(*flag),
            Self::Number(number) => Value::from(*number),
            Self::Text(text) => Value::from(text.as_str()),
            Self::List(items) => items.iter().map(|item| item.content.to_json()).collect(),
            Self::Table(members) => {
                Value::Object(members.iter().map(|(name, node)| (name.clone(), node.content.to_json())).collect())
            }
        }
    }
}

impl Document {
    /// A complaint with its place.
    pub fn complaint(&self, line: Option<usize>, sentence: impl Into<String>) -> Complaint {
        self.placed(line, Complaint::new(sentence))
    }

    /// The complaint with this place.
    pub fn placed(&self, line: Option<usize>, complaint: Complaint) -> Complaint {
        let number = line.map_or_else(String::new, |line| format!(":{line}"));
        complaint.at(format!("{}{number}", self.name)).on_line(line)
    }

    fn check_size(&self) -> Result<(), Vec<Complaint>> {
        if self.text.len() <= APPLY_BYTES_MAX {
            return Ok(());
        }
        let complaint = self.complaint(None, format!("The file has more than {APPLY_BYTES_MAX} bytes."));
        Err(vec![complaint.hint("split it into several files, each of them whole by itself")])
    }

    /// Reads it as TOML.
    pub fn read_toml(&self) -> Result<Node, Vec<Complaint>> {
        self.check_size()?;
        let (root, errors) = DeTable::parse_recoverable(&self.text);
        if errors.is_empty() {
            return Ok(Node { content: self.table(root.get_ref()), line: Some(1) });
        }
        let complaint = |error: &toml::de::Error| {
            let message = error.message().trim_end_matches('.').replace('\n', ", ");
            let line = error.span().map(|span| self.line_at(span.start));
            self.complaint(line, format!("The file is not valid TOML: {message}."))
        };
        Err(errors.iter().map(complaint).collect())
    }

    fn table(&self, table: &DeTable<'_>) -> Content {
        let member = |(name, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
            let name: &std::borrow::Cow<'_, str> = name.get_ref();
            (name.to_string(), self.node(value))
        };
        Content::Table(table.iter().map(member).collect())
    }

    fn node(&self, value: &toml::Spanned<DeValue<'_>>) -> Node {
        let content = match value.get_ref() {
            DeValue::String(text) => Content::Text(text.to_string()),
            DeValue::Boolean(flag) => Content::Flag(*flag),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).map_or(Content::Fraction, Content::Number)
            }
            DeValue::Float(_) => Content::Fraction,
            DeValue::Datetime(_) => Content::Moment,
            DeValue::Array(items) => Content::List(items.iter().map(|item| self.node(item)).collect()),
            DeValue::Table(table) => self.table(table),
        };
        Node { content, line: Some(self.line_at(value.span().start)) }
    }

    fn line_at(&self, offset: usize) -> usize {
        self.text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
    }

    /// Reads it as JSON.
    pub fn read_json(&self) -> Result<Node, Vec<Complaint>> {
        self.check_size()?;
        serde_json::from_str(&self.text).map_err(|error| {
            // The library's sentence ends with the place, which is told apart here.
            let sentence = error.to_string();
            let sentence = sentence.split(" at line ").next().unwrap_or_default();
            vec![self.complaint(Some(error.line()), format!("This is not the JSON that is expected: {sentence}."))]
        })
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Json).map(|content| Self { content, line: None })
    }
}

/// Takes any JSON in.
struct Json;

impl<'de> Visitor<'de> for Json {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Nothing)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Content, E> {
        Ok(Content::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Content, E> {
        Ok(Content::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Content, E> {
        Ok(i64::try_from(number).map_or(Content::Fraction, Content::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Content, E> {
        Ok(Content::Fraction)
    }

    fn visit_str<E>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Content, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Content::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Content, A::Error> {
        let mut members: Vec<(String, Node)> = Vec::new();
        while let Some((name, node)) = object.next_entry::<String, Node>()? {
            if members.iter().any(|(known, _)| *known == name) {
                return Err(serde::de::Error::custom(format_args!("the member `{name}` stands twice")));
            }
            members.push((name, node));
        }
        Ok(Content::Table(members))
    }
}
