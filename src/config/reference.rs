//! The reference page of the settings, `docs/configuration.md`, written from the catalogue.

use std::fmt::Write as _;

use serde_json::Value;

use super::catalogue::{CATALOGUE, Key, Kind};
use super::{DEFAULT_FILE, PREFIX};

/// The whole page in Markdown.
pub fn reference() -> String {
    let mut page = introduction();
    section(&mut page, "");
    for part in &CATALOGUE.sections {
        // Writing into a String cannot fail, here and below.
        let _ = write!(page, "\n## [{}]\n\n{}\n", part.name, part.description);
        section(&mut page, &part.name);
    }
    page
}

fn introduction() -> String {
    format!(
        "# Settings\n\n\
         <!-- Written by `config::reference` from the doc comments; a test compares. -->\n\n\
         Doorward reads one TOML file: the one named by `--config`, or `{DEFAULT_FILE}` in the working directory if it is \
         there. An environment variable goes over the file: `{PREFIX}SECTION__KEY`, in capitals, two underscores between \
         the parts, list items separated by commas. Command-line options (`--listen`, `--issuer`, `--data`) go over both. \
         `doorward dev` reads `.env` in the working directory as well, under the real environment.\n\n\
         A key that does not exist, a value of the wrong kind or out of bounds, and settings that contradict each other \
         keep Doorward from starting; `doorward check` names all of them at once. `examples/doorward.toml` is a file to \
         start from. Secrets are better given by environment than by file.\n\n\
         ## At the top of the file\n"
    )
}

fn section(page: &mut String, name: &str) {
    for key in CATALOGUE.keys.iter().filter(|key| key.section == name) {
        entry(page, key);
    }
}

fn entry(page: &mut String, key: &Key) {
    let mut facts = vec![kind(&key.kind), default(key)];
    facts.push(format!("`{}`", key.variable()));
    let _ = write!(page, "\n### `{}`\n\n{}\n\n{}\n", key.dotted(), key.description, facts.join(" · "));
    if let Kind::Choice(words) = &key.kind {
        page.push('\n');
        for (word, meaning) in words {
            let _ = writeln!(page, "* `\"{word}\"`: {meaning}");
        }
    }
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Flag => "`true` or `false`".to_owned(),
        Kind::Number { least, most } => format!("whole number, {least} to {most}"),
        Kind::Choice(_) => "one of the words below".to_owned(),
        Kind::Text { .. } => "text".to_owned(),
        Kind::List { .. } => "list of texts".to_owned(),
    }
}

fn default(key: &Key) -> String {
    match &key.default {
        _ if key.required => "**required**".to_owned(),
        Value::Null => "not set by default".to_owned(),
        value => format!("default `{value}`"),
    }
}
