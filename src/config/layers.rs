//! What the sources gave, one over the other, with the place of each value.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::catalogue::{CATALOGUE, Key};
use super::mistake::{Mistake, Place, Wrong};
use super::{environment, value};

/// A value and where it was given.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) value: Value,
    pub(super) place: Place,
}

/// What one source gave: the values that are right, by dotted key, and everything that is not.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) given: BTreeMap<String, Given>,
    pub(super) mistakes: Vec<Mistake>,
    /// The tables with free names, in the order in which they were met.
    pub(super) tables: Vec<String>,
    /// Whether the source could not be read to its end.
    pub(super) partial: bool,
}

impl Layer {
    /// Takes a checked value, or the complaint about it.
    pub(super) fn add(&mut self, key: &Key, value: Result<Value, Wrong>, place: Place) {
        match value {
            Ok(value) => drop(self.given.insert(key.dotted(), Given { value, place })),
            Err(wrong) => self.mistakes.push(value::mistake(key, wrong, place)),
        }
    }

    /// Notes that there is such a section, when it is a table with a free name.
    pub(super) fn table(&mut self, section: &str) {
        if section.contains('.') && !self.tables.iter().any(|known| known == section) {
            self.tables.push(section.to_owned());
        }
    }
}

/// The values given, by dotted key: of each only the strongest.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub(super) given: BTreeMap<String, Given>,
    pub(super) mistakes: Vec<Mistake>,
    /// The tables with free names, those of the weakest source first.
    pub(super) tables: Vec<String>,
    /// Whether a source may hold what seems to be missing.
    pub(super) partial: bool,
    /// Values that nobody gave but that follow from others.
    derived: BTreeMap<&'static str, Value>,
    pub(super) file: String,
}

impl Layers {
    /// Nothing yet; `file` is where something could be written.
    pub(super) fn of_file(file: &str) -> Self {
        Self { file: file.to_owned(), ..Self::default() }
    }

    /// Sets what holds for `key` unless somebody gave it.
    pub(super) fn derive(&mut self, key: &'static str, value: impl Into<Value>) {
        self.derived.insert(key, value.into());
    }

    /// Where a key was given, or could be.
    pub(super) fn place(&self, key: &str) -> Place {
        match self.given.get(key) {
            Some(given) => given.place.clone(),
            None => Place::Nowhere { key: key.to_owned(), file: self.file.clone() },
        }
    }

    /// Whether nobody even tried to set the key.
    pub(super) fn lacks(&self, key: &str) -> bool {
        !self.has(key) && !self.blames(key)
    }

    /// Whether anybody set the key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.given.contains_key(key)
    }

    /// The value that holds as far as it is known: given, derived, or the default.
    pub(super) fn value(&self, key: &str) -> Option<&Value> {
        let given = self.given.get(key).map(|given| &given.value);
        given.or_else(|| self.derived.get(key)).or_else(|| CATALOGUE.find_dotted(key).map(|key| &key.default))
    }

    /// The same, when it is a text.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.value(key)?.as_str()
    }

    /// The same, when it is a number.
    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.value(key)?.as_u64()
    }

    /// The same, when it is yes or no; no if nobody knows.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.value(key).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Puts a layer over what there is.
    pub(super) fn add(&mut self, layer: Layer) {
        self.given.extend(layer.given);
        self.mistakes.extend(layer.mistakes);
        for table in layer.tables {
            if !self.tables.contains(&table) {
                self.tables.push(table);
            }
        }
        self.partial |= layer.partial;
    }

    /// Keys whose value is already complained about, so that they are not called missing as well.
    pub(super) fn blames(&self, key: &str) -> bool {
        let variable = environment::variable(key);
        self.mistakes.iter().any(|mistake| match &mistake.place {
            Place::Line { key: Some(blamed), .. } => blamed == key,
            Place::Variable(name) | Place::Dotenv { variable: name, .. } => *name == variable,
            Place::Argument(option) => option.trim_start_matches('-') == key,
            _ => false,
        })
    }

    /// All values as one object, section by section.
    pub(super) fn into_object(self) -> Value {
        let mut root = Map::new();
        let derived = self.derived.into_iter().map(|(key, value)| (key.to_owned(), value));
        // Given after derived, so that it wins.
        for (key, value) in derived.chain(self.given.into_iter().map(|(key, given)| (key, given.value))) {
            put(&mut root, &key, value);
        }
        Value::Object(root)
    }
}

/// Puts a value where its dotted key says.
fn put(table: &mut Map<String, Value>, key: &str, value: Value) {
    let Some((section, rest)) = key.split_once('.') else {
        table.insert(key.to_owned(), value);
        return;
    };
    let below = table.entry(section).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(below) = below {
        put(below, rest, value);
    }
}
