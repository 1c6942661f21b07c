//! Every setting there is: key, kind, bounds, default, description. Read off the schema of `Settings`, so that the
//! checks, the hints and the reference page cannot say something else than the types.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::{Settings, environment};

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
    /// The section's name; empty at the top of the file; `provider.NAME` for a key of every provider.
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
        environment::variable(&self.dotted())
    }

    /// The same setting in a section of the file: of a table with a free name, the one with this name.
    pub fn within(&self, section: &str) -> Self {
        Self { section: section.to_owned(), ..self.clone() }
    }
}

/// One section.
#[derive(Debug, Clone)]
pub struct Section {
    /// Its name in the file; `provider.NAME` where there can be many, each with a name that the operator gives it.
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

/// What stands for the free part of a section's name.
pub const NAME: &str = "NAME";

/// The catalogue of this build.
pub static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::read);

impl Catalogue {
    /// The setting of that name in that section.
    pub fn find(&self, section: &str, name: &str) -> Option<&Key> {
        self.keys_of(section).find(|key| key.name == name)
    }

    /// The settings of a section of the file.
    pub fn keys_of<'a>(&'a self, section: &str) -> impl Iterator<Item = &'a Key> {
        self.keys.iter().filter(|key| is_of(&key.section, section))
    }

    /// The setting with that dotted key.
    pub fn find_dotted(&self, dotted: &str) -> Option<&Key> {
        let (section, name) = dotted.rsplit_once('.').unwrap_or(("", dotted));
        self.find(section, name)
    }

    /// Whether there is such a section.
    pub fn has_section(&self, name: &str) -> bool {
        self.sections.iter().any(|section| section.name == name)
    }

    /// The sections of which there is one each.
    pub fn fixed_sections(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|section| section.name.as_str()).filter(|name| family(name).is_none())
    }

    /// Whether sections with free names stand below this one.
    pub fn is_family(&self, name: &str) -> bool {
        self.sections.iter().any(|section| family(&section.name) == Some(name))
    }

    fn read() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let schema = settings.into_generator().into_root_schema_for::<Settings>();
        let mut catalogue = Self { sections: Vec::new(), keys: Vec::new() };
        let Some(root) = schema.as_object() else { return catalogue };
        for (name, property) in properties(root) {
            if property.contains_key("properties") {
                catalogue.add_section(name.clone(), property);
            } else if let Some(each) = property.get("additionalProperties").and_then(Value::as_object) {
                catalogue.add_section(format!("{name}.{NAME}"), each);
            } else {
                catalogue.keys.push(read_key("", name, property, root));
            }
        }
        // By ourselves, because the order of JSON members depends on how the JSON library was built.
        catalogue.sections.sort_by(|left, right| left.name.cmp(&right.name));
        catalogue.keys.sort_by(|left, right| (&left.section, &left.name).cmp(&(&right.section, &right.name)));
        catalogue
    }

    fn add_section(&mut self, name: String, schema: &Map<String, Value>) {
        self.keys.extend(properties(schema).map(|(key, property)| read_key(&name, key, property, schema)));
        self.sections.push(Section { name, description: text(schema, "description") });
    }
}

/// What stands before the free part of a section's name.
fn family(section: &str) -> Option<&str> {
    section.strip_suffix(NAME)?.strip_suffix('.')
}

/// Whether the catalogue's section describes this section of a file.
fn is_of(described: &str, section: &str) -> bool {
    described == section
        || family(described).is_some_and(|family| section.split_once('.').is_some_and(|(first, _)| first == family))
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
    let schema = if_set(schema);
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

/// What an optional choice is when it is made.
fn if_set(schema: &Map<String, Value>) -> &Map<String, Value> {
    let forms = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    forms.into_iter().find(|form| type_of(form) != "null").unwrap_or(schema)
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
