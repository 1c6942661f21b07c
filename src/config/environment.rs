//! Environment variables and the `.env` file: `DOORWARD__SECTION__KEY=value`, two underscores between the parts.
//!
//! The process's own environment is never written to. Variables with a single underscore after the name are passed
//! over, because container platforms make up such names for services called doorward.

use super::catalogue::{CATALOGUE, Key, NAME};
use super::document;
use super::layers::Layer;
use super::mistake::{Mistake, Place};
use super::sources::Document;
use super::value;

/// What the name of a variable begins with.
pub const PREFIX: &str = "DOORWARD__";

/// The variable that sets a key. The free name of a table has no underscores, so that an underscore in its place is a
/// hyphen.
pub fn variable(dotted: &str) -> String {
    format!("{PREFIX}{}", dotted.replace('.', "__").replace('-', "_").to_ascii_uppercase())
}

/// The variables of this process that concern settings. Bytes that are no text become replacement characters, which
/// the check of the value then complains about.
pub fn of_process() -> Vec<(String, String)> {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect()
}

/// Reads variables.
pub fn read(variables: &[(String, String)]) -> Layer {
    read_named(variables, |name| Place::Variable(value::quoted_name(name)))
}

/// Reads the text of a `.env` file.
pub fn read_dotenv(file: &Document) -> Layer {
    let mut variables = Vec::new();
    let mut broken = Vec::new();
    for item in dotenvy::from_read_iter(file.text.as_bytes()) {
        match item {
            Ok(variable) => variables.push(variable),
            Err(dotenvy::Error::LineParse(line, _)) => broken.push(broken_line(file, &line)),
            // Reading from memory fails in no other way.
            Err(_) => break,
        }
    }
    let place = |name: &str| Place::Dotenv { file: file.name.clone(), variable: value::quoted_name(name) };
    let mut layer = read_named(&variables, place);
    layer.partial = !broken.is_empty();
    layer.mistakes.splice(..0, broken);
    layer
}

/// The line is found again by its text, but not repeated: it may hold a secret.
fn broken_line(file: &Document, line: &str) -> Mistake {
    let first = line.lines().next().unwrap_or_default();
    let number = file.text.lines().position(|candidate| candidate.trim() == first.trim()).map_or(1, |index| index + 1);
    Mistake {
        sentence: "The line is not of the form NAME=value.".to_owned(),
        place: Place::Line { file: file.name.clone(), line: number, key: None },
        hint: "put a value with blanks, quotes or # into single quotes".to_owned(),
    }
}

fn read_named(variables: &[(String, String)], place: impl Fn(&str) -> Place) -> Layer {
    let mut layer = Layer::default();
    for (name, text) in variables {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let rest = rest.to_ascii_lowercase();
        let (section, key_name) = parts(&rest);
        let key = CATALOGUE.find(&section, key_name).map(|key| key.within(&section));
        match key.filter(|key| key.variable() == *name) {
            Some(key) => match document::check_free_name(&section) {
                Ok(()) => {
                    layer.table(&section);
                    layer.add(&key, value::read(&key, text), place(name));
                }
                Err(wrong) => layer.mistakes.push(document::bad_name(&section, wrong, place(name))),
            },
            None => layer.mistakes.push(unknown(name, &section, key_name, place(name))),
        }
    }
    layer
}

/// Section and key of a name without its prefix.
fn parts(rest: &str) -> (String, &str) {
    match rest.split_once("__") {
        None => (String::new(), rest),
        Some((family, below)) if CATALOGUE.is_family(family) => match below.split_once("__") {
            Some((name, key)) => (format!("{family}.{}", name.replace('_', "-")), key),
            None => (family.to_owned(), below),
        },
        Some((section, key)) => (section.to_owned(), key),
    }
}

fn unknown(name: &str, section: &str, key_name: &str, place: Place) -> Mistake {
    if CATALOGUE.is_family(section) {
        let hint = format!(
            "two parts follow, which provider and which setting: {}",
            variable(&format!("{section}.{NAME}.KEY"))
        );
        return Mistake { sentence: "The variable names no setting.".to_owned(), place, hint };
    }
    let of_section = CATALOGUE.keys_of(section).map(|key| key.within(section).variable());
    let variables: Vec<String> = of_section.chain(CATALOGUE.keys.iter().map(Key::variable)).collect();
    let hint = match value::nearest(name, variables.iter().map(String::as_str)) {
        Some(likely) => format!("did you mean {likely}?"),
        None => document::unknown_hint(section, key_name),
    };
    Mistake { sentence: "The variable names no setting.".to_owned(), place, hint }
}
