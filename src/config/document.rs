//! The settings file: TOML with the place of every value kept, so that a complaint names its line.

use std::ops::Range;

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::catalogue::{CATALOGUE, Key, NAME};
use super::form;
use super::layers::Layer;
use super::mistake::{Mistake, Place, Wrong};
use super::sources::Document;
use super::value;

/// Longest file that is read. The example, comments and all, has a tenth of it.
const LARGEST_BYTES: usize = 256 * 1024;

/// Reads a file.
pub fn read(document: &Document) -> Layer {
    let mut reader = Reader { document, layer: Layer::default() };
    if document.text.len() > LARGEST_BYTES {
        let sentence = format!("The file has more than {LARGEST_BYTES} bytes.");
        let hint = "settings are a few hundred lines; is this the right file?".to_owned();
        let mistakes = vec![Mistake { sentence, place: Place::File(document.name.clone()), hint }];
        return Layer { mistakes, partial: true, ..Layer::default() };
    }
    let (root, errors) = DeTable::parse_recoverable(&document.text);
    for error in &errors {
        reader.syntax(error);
    }
    // After a syntax error the rest is guesswork by the parser, and complaints about guesses mislead.
    if errors.is_empty() {
        reader.root(root.get_ref());
    }
    reader.layer.partial = !errors.is_empty();
    reader.layer.mistakes.sort_by_key(line_of);
    reader.layer
}

fn line_of(mistake: &Mistake) -> usize {
    match mistake.place {
        Place::Line { line, .. } => line,
        _ => 0,
    }
}

struct Reader<'d> {
    document: &'d Document,
    layer: Layer,
}

impl Reader<'_> {
    fn root(&mut self, root: &DeTable<'_>) {
        for (name, entry) in root {
            let key_name: &str = name.get_ref();
            match entry.get_ref() {
                DeValue::Table(table) if CATALOGUE.has_section(key_name) => self.section(key_name, table),
                DeValue::Table(table) if CATALOGUE.is_family(key_name) => self.family(key_name, table),
                _ if CATALOGUE.is_family(key_name) => {
                    self.not_a_section(key_name, &format!("{key_name}.{NAME}"), name.span());
                }
                _ if CATALOGUE.has_section(key_name) => self.not_a_section(key_name, key_name, name.span()),
                found => self.entry("", key_name, name.span(), entry.span(), found),
            }
        }
    }

    /// Tables with free names, in the order in which they stand in the file.
    fn family(&mut self, family: &str, tables: &DeTable<'_>) {
        let mut in_order: Vec<_> = tables.iter().collect();
        in_order.sort_by_key(|(name, _)| name.span().start);
        for (name, entry) in in_order {
            let section = format!("{family}.{}", name.get_ref());
            match (entry.get_ref(), check_free_name(&section)) {
                (DeValue::Table(table), Ok(())) => {
                    self.layer.table(&section);
                    self.section(&section, table);
                }
                (DeValue::Table(_), Err(wrong)) => {
                    let place = self.line(name.span().start, None);
                    self.layer.mistakes.push(bad_name(&section, wrong, place));
                }
                _ => self.not_a_section(&section, &format!("{family}.{NAME}"), name.span()),
            }
        }
    }

    fn section(&mut self, section: &str, table: &DeTable<'_>) {
        for (name, entry) in table {
            self.entry(section, name.get_ref(), name.span(), entry.span(), entry.get_ref());
        }
    }

    fn entry(&mut self, section: &str, name: &str, name_span: Range<usize>, span: Range<usize>, found: &DeValue<'_>) {
        let Some(key) = CATALOGUE.find(section, name) else { return self.unknown(section, name, name_span) };
        let key = &key.within(section);
        let place = self.line(span.start, Some(key.dotted()));
        let converted = convert(found);
        let checked = value::check(key, &converted).map(|()| converted);
        self.layer.add(key, checked, place);
    }

    fn unknown(&mut self, section: &str, name: &str, span: Range<usize>) {
        let dotted = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
        self.layer.mistakes.push(Mistake {
            sentence: format!("There is no setting {}.", value::quoted(&dotted)),
            place: self.line(span.start, None),
            hint: unknown_hint(section, name),
        });
    }

    fn not_a_section(&mut self, name: &str, section: &str, span: Range<usize>) {
        self.layer.mistakes.push(Mistake {
            sentence: format!("`{name}` is a section, not a single value."),
            place: self.line(span.start, None),
            hint: format!("write [{section}] on a line of its own and its settings below"),
        });
    }

    fn syntax(&mut self, error: &toml::de::Error) {
        let message = error.message().trim_end_matches('.').replace('\n', ", ");
        self.layer.mistakes.push(Mistake {
            sentence: format!("The file is not valid TOML: {message}."),
            place: self.line(error.span().map_or(0, |span| span.start), None),
            hint: syntax_hint(&message).to_owned(),
        });
    }

    fn line(&self, offset: usize, key: Option<String>) -> Place {
        let before = self.document.text.as_bytes().iter().take(offset);
        let line = before.filter(|byte| **byte == b'\n').count() + 1;
        Place::Line { file: self.document.name.clone(), line, key }
    }
}

fn syntax_hint(message: &str) -> &'static str {
    if message.contains("duplicate") {
        "keep one of the two; a section is opened once, with all its settings below it"
    } else {
        "texts stand in quotes, numbers and true/false do not: name = \"value\""
    }
}

/// Whether the free part of a section's name, if it has one, is a name that can be taken.
pub fn check_free_name(section: &str) -> Result<(), Wrong> {
    section.split_once('.').map_or(Ok(()), |(_, name)| form::check("provider-name", name))
}

/// The complaint about the free part of a section's name.
pub fn bad_name(section: &str, wrong: Wrong, place: Place) -> Mistake {
    let name = section.split_once('.').map_or(section, |(_, name)| name);
    Mistake { sentence: format!("The name {} {}.", value::quoted(name), wrong.what), place, hint: wrong.hint }
}

/// What a key that does not exist was meant to be.
pub fn unknown_hint(section: &str, name: &str) -> String {
    if let Some(likely) = value::nearest(name, CATALOGUE.keys_of(section).map(|key| key.name.as_str())) {
        return format!("did you mean `{}`?", dotted(section, likely));
    }
    if section.is_empty()
        && let Some(likely) = value::nearest(name, CATALOGUE.sections.iter().map(|section| section.name.as_str()))
    {
        return format!("did you mean the section [{likely}]?");
    }
    if let Some(elsewhere) = CATALOGUE.keys.iter().find(|key| key.name == name) {
        return format!("did you mean `{}`? It stands {}", elsewhere.dotted(), home(elsewhere));
    }
    let known = CATALOGUE.keys_of(section).map(|key| key.name.as_str());
    format!("remove it; known here: {}", known.collect::<Vec<_>>().join(", "))
}

fn home(key: &Key) -> String {
    if key.section.is_empty() {
        "at the top, before the first section".to_owned()
    } else {
        format!("in the section [{}]", key.section)
    }
}

fn dotted(section: &str, name: &str) -> String {
    if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") }
}

/// The value without its places. What the settings never hold keeps its kind for the complaint.
fn convert(found: &DeValue<'_>) -> Value {
    match found {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Boolean(flag) => Value::from(*flag),
        DeValue::Integer(number) => Value::from(saturating(number.as_str(), number.radix())),
        DeValue::Float(number) => Value::from(number.as_str().parse::<f64>().unwrap_or(f64::MAX)),
        DeValue::Datetime(time) => Value::from(time.to_string()),
        DeValue::Array(items) => items.iter().map(|item| convert(item.get_ref())).collect(),
        DeValue::Table(_) => Value::Object(serde_json::Map::new()),
    }
}

/// What does not fit is out of every bound anyway.
fn saturating(digits: &str, radix: u32) -> i64 {
    let limit = if digits.starts_with('-') { i64::MIN } else { i64::MAX };
    i64::from_str_radix(digits, radix).unwrap_or(limit)
}
