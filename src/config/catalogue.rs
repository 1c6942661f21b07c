//! Every setting there is: key, kind, bounds, default, description. Read off the schema of `Settings`, so that the
//! checks, the hints and the reference page cannot say something else than the types.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::Settings;

/// What a value of a setting is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number between two bounds, both allowed.
    Number {
        /// The smallest.
        least: u64,
        /// The largest.
        most: u64,
    },
    /// One of a few words, each with its meaning.
    Choice(Vec<(String, String)>),
    /// A text of a form that `form::check` knows.
    Text {
        /// The form's name.
        form: String,
    },
    /// A list of such texts.
    List {
        /// The form of each.
        form: String,
    },
}

/// One setting.
#[derive(Debug, Clone)]
pub struct Key {
    /// The section's name; empty at the top of the file.
    pub section: String,
    /// The name inside its section.
    pub name: String,
    /// What a value is.
    pub kind: Kind,
    /// What holds when nothing is set; null when nothing does.
    pub default: Value,
    /// For people, from the doc comment.
    pub description: String,
    /// Whether its value is never shown.
    pub secret: bool,
    /// Whether there is no doing without it.
    pub required: bool,
}

impl Key {
    /// `section.name`, or the name alone at the top of the file.
    pub fn dotted(&self) -> String {
        if self.section.is_empty() { self.name.clone() } else { format!("{}.{}", self.section, self.name) }
    }

    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("{}{}", super::environment::PREFIX, self.dotted().replace('.', "__").to_ascii_uppercase())
    }
}

/// One section.
#[derive(Debug, Clone)]
pub struct Section {
    /// Its name in the file.
    pub name: String,
    /// For people, from the doc comment.
    pub description: String,
}

/// All settings, those at the top of the file first, then section by section, by the alphabet.
#[derive(Debug)]
pub struct Catalogue {
    /// The sections.
    pub sections: Vec<Section>,
    /// The keys of all sections.
    pub keys: Vec<Key>,
}

/// The catalogue of this build.
pub static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::read);

impl Catalogue {
    /// The setting of that name in that section.
    pub fn find(&self, section: &str, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.section == section && key.name == name)
    }

    /// The setting with that dotted key.
    pub fn find_dotted(&self, dotted: &str) -> Option<&Key> {
        let (section, name) = dotted.split_once('.').unwrap_or(("", dotted));
        self.find(section, name)
    }

    /// Whether there is such a section.
    pub fn has_section(&self, name: &str) -> bool {
        self.sections.iter().any(|section| section.name == name)
    }

    fn read() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let schema = settings.into_generator().into_root_schema_for::<Settings>();
        let mut catalogue = Self { sections: Vec::new(), keys: Vec::new() };
        let Some(root) = schema.as_object() else { return catalogue };
        for (name, property) in properties(root) {
            if property.contains_key("properties") {
                catalogue.sections.push(Section { name: name.clone(), description: text(property, "description") });
                let keys = properties(property).map(|(key, schema)| read_key(name, key, schema, property));
                catalogue.keys.extend(keys);
            } else {
                catalogue.keys.push(read_key("", name, property, root));
            }
        }
        // By ourselves, because the order of JSON members depends on how the JSON library was built.
        catalogue.sections.sort_by(|left, right| left.name.cmp(&right.name));
        catalogue.keys.sort_by(|left, right| (&left.section, &left.name).cmp(&(&right.section, &right.name)));
        catalogue
    }
}

fn properties(schema: &Map<String, Value>) -> impl Iterator<Item = (&String, &Map<String, Value>)> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().filter_map(|(name, schema)| Some((name, schema.as_object()?)))
}

fn read_key(section: &str, name: &str, schema: &Map<String, Value>, parent: &Map<String, Value>) -> Key {
    let required = parent.get("required").and_then(Value::as_array);
    Key {
        section: section.to_owned(),
        name: name.to_owned(),
        kind: read_kind(schema),
        default: schema.get("default").cloned().unwrap_or(Value::Null),
        description: text(schema, "description"),
        secret: schema.get("writeOnly") == Some(&Value::Bool(true)),
        required: required.is_some_and(|names| names.iter().any(|required| required == name)),
    }
}

fn read_kind(schema: &Map<String, Value>) -> Kind {
    let form = || text(schema, "format");
    match type_of(schema) {
        "boolean" => Kind::Flag,
        "integer" => Kind::Number {
            least: schema.get("minimum").and_then(Value::as_u64).unwrap_or(0),
            most: schema.get("maximum").and_then(Value::as_u64).unwrap_or(u64::MAX),
        },
        "array" => Kind::List { form: form() },
        _ => match choices(schema) {
            words if words.is_empty() => Kind::Text { form: form() },
            words => Kind::Choice(words),
        },
    }
}

/// The type, an optional one counted as itself.
fn type_of(schema: &Map<String, Value>) -> &str {
    match schema.get("type") {
        Some(Value::String(name)) => name,
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or(""),
        _ => "",
    }
}

fn choices(schema: &Map<String, Value>) -> Vec<(String, String)> {
    let described = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let described = described.filter_map(Value::as_object);
    described.map(|word| (text(word, "const"), text(word, "description"))).collect()
}

/// A text member on one line; empty when absent.
fn text(schema: &Map<String, Value>, name: &str) -> String {
    schema.get(name).and_then(Value::as_str).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}
