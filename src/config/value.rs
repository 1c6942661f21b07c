//! One value against one setting: is it of the kind the setting asks for?

use serde_json::Value;

use super::catalogue::{Key, Kind};
use super::form;
use super::mistake::{Mistake, Place, Wrong};

/// Longest piece of a value that a complaint repeats.
const QUOTED_CHARACTERS: usize = 60;

/// Checks a value that came with its type, from the file.
pub fn check(key: &Key, value: &Value) -> Result<(), Wrong> {
    match (&key.kind, value) {
        (Kind::Flag, Value::Bool(_)) => Ok(()),
        (Kind::Number { least, most }, Value::Number(number)) if number.is_i64() || number.is_u64() => {
            check_range(number.as_u64(), &number.to_string(), *least, *most)
        }
        (Kind::Choice(words), Value::String(text)) => check_choice(words, text),
        (Kind::Text { form }, Value::String(text)) => check_text(key, form, text),
        (Kind::List { form }, Value::Array(items)) => items.iter().try_for_each(|item| match item {
            Value::String(text) => check_text(key, form, text),
            other => Err(Wrong::new(format!("has {} in its list", name_of(other)), expectation(&key.kind))),
        }),
        (_, other) => Err(wrong_type(key, other)),
    }
}

/// Reads a value that came as bare text, from a variable or the command line, and checks it.
pub fn read(key: &Key, text: &str) -> Result<Value, Wrong> {
    let expected = || {
        let shown = shown(key, text);
        Wrong::new(format!("is {shown}, where {} is expected", noun(&key.kind)), expectation(&key.kind))
    };
    let value = match key.kind {
        Kind::Flag => Value::Bool(text.parse().map_err(|_| expected())?),
        Kind::Number { .. } => match text.parse::<i64>() {
            Ok(number) => Value::from(number),
            Err(_) => return Err(expected()),
        },
        Kind::List { .. } => text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Value::from).collect(),
        Kind::Choice(_) | Kind::Text { .. } => Value::from(text),
    };
    check(key, &value)?;
    Ok(value)
}

fn check_range(number: Option<u64>, written: &str, least: u64, most: u64) -> Result<(), Wrong> {
    match number {
        Some(number) if (least..=most).contains(&number) => Ok(()),
        _ => {
            let nearest = if number.is_some_and(|number| number > most) { most } else { least };
            Err(Wrong::new(
                format!("is {written}, outside {least} to {most}"),
                format!("the nearest value allowed is {nearest}"),
            ))
        }
    }
}

fn check_choice(words: &[(String, String)], text: &str) -> Result<(), Wrong> {
    if words.iter().any(|(word, _)| word == text) {
        return Ok(());
    }
    let hint = match nearest(text, words.iter().map(|(word, _)| word.as_str())) {
        Some(word) => format!("did you mean {word:?}?"),
        None => expectation(&Kind::Choice(words.to_vec())),
    };
    Err(Wrong::new(format!("is {}, where one of {} is expected", quoted(text), list_words(words)), hint))
}

fn check_text(key: &Key, form: &str, text: &str) -> Result<(), Wrong> {
    form::check(form, text).map_err(|wrong| {
        // What may hold a password is not repeated.
        let value = if key.secret || form == "database-url" { String::new() } else { format!("{} ", quoted(text)) };
        Wrong::new(format!("{value}{}", wrong.what), wrong.hint)
    })
}

fn wrong_type(key: &Key, value: &Value) -> Wrong {
    let found = match value {
        Value::String(text) => shown(key, text),
        other => name_of(other).to_owned(),
    };
    Wrong::new(format!("is {found}, where {} is expected", noun(&key.kind)), expectation(&key.kind))
}

fn shown(key: &Key, text: &str) -> String {
    if key.secret { "a text".to_owned() } else { format!("the text {}", quoted(text)) }
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

fn noun(kind: &Kind) -> &'static str {
    match kind {
        Kind::Flag => "true or false",
        Kind::Number { .. } => "a whole number",
        Kind::Choice(_) => "one of a few words",
        Kind::Text { .. } => "a text",
        Kind::List { .. } => "a list of texts",
    }
}

/// How a value of this kind is written.
fn expectation(kind: &Kind) -> String {
    match kind {
        Kind::Flag => "write true or false".to_owned(),
        Kind::Number { least, most } => format!("write a whole number from {least} to {most}, without quotes"),
        Kind::Choice(words) => format!("write one of {}", list_words(words)),
        Kind::Text { .. } => "write a text in quotes".to_owned(),
        Kind::List { .. } => "write a list of texts: [\"first\", \"second\"]".to_owned(),
    }
}

fn list_words(words: &[(String, String)]) -> String {
    words.iter().map(|(word, _)| format!("{word:?}")).collect::<Vec<_>>().join(", ")
}

/// The text in quotes, shortened, with control characters made visible.
pub fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(QUOTED_CHARACTERS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

/// The candidate most like `text`, when it is like enough to be what was meant.
pub fn nearest<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const LIKE_ENOUGH: f64 = 0.75;
    // Similarity is quadratic in the length; nobody mistypes a key of thousands of characters.
    const LONGEST: usize = 100;
    if text.len() > LONGEST {
        return None;
    }
    let text = text.to_ascii_lowercase();
    candidates
        .map(|candidate| (strsim::jaro_winkler(&text, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= LIKE_ENOUGH)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

/// The complaint about a value, as a whole.
pub fn mistake(key: &Key, wrong: Wrong, place: Place) -> Mistake {
    Mistake { sentence: format!("The setting `{}` {}.", key.dotted(), wrong.what), place, hint: wrong.hint }
}

/// The name of a variable, shortened, with control characters made visible.
pub fn quoted_name(name: &str) -> String {
    quoted(name).trim_matches('"').to_owned()
}
