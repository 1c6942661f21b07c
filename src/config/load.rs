//! From the sources to the settings: the layers, later over earlier, then the types, then what must agree.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::catalogue::CATALOGUE;
use super::mistake::{Mistake, Place};
use super::{DEFAULT_FILE, Issuer, Settings, agreement, document, environment, value};

/// The SQLite file inside the data directory.
pub(super) const DATABASE_FILE: &str = "doorward.sqlite";
/// The directory of the master key, inside the data directory or the working directory.
pub(super) const KEYS_DIRECTORY: &str = "keys";

/// Production or development.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// `doorward serve`: nothing is guessed.
    #[default]
    Production,
    /// `doorward dev`: loopback only, `.env` is read, the issuer follows `listen`, mail goes to the inbox page.
    Development,
}

/// A text and the name people know it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The path as it was given.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// Which settings file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileChoice {
    /// The one named on the command line; it must be there.
    Named(PathBuf),
    /// `doorward.toml` in the working directory, if it is there.
    Default,
}

/// A setting given by a command-line option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The option, `--listen`.
    pub option: &'static str,
    /// The dotted key it sets, `listen`.
    pub key: &'static str,
    /// The value as written.
    pub value: String,
}

/// Where settings come from, weakest first.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// What holds when nothing is set.
    pub mode: Mode,
    /// The settings file.
    pub file: Option<Document>,
    /// The `.env` file; only dev mode has one.
    pub dotenv: Option<Document>,
    /// Environment variables; those without our prefix are passed over.
    pub environment: Vec<(String, String)>,
    /// Command-line options.
    pub overrides: Vec<Override>,
}

impl Sources {
    /// Reads the files from the disk: the settings file chosen and, in dev mode, `.env` in the working directory.
    pub fn gather(
        mode: Mode,
        choice: &FileChoice,
        environment: Vec<(String, String)>,
        overrides: Vec<Override>,
    ) -> Result<Self, Vec<Mistake>> {
        let file = match choice {
            FileChoice::Named(path) => read(path, true),
            FileChoice::Default => read(Path::new(DEFAULT_FILE), false),
        };
        let dotenv = match mode {
            Mode::Development => read(Path::new(".env"), false),
            Mode::Production => Ok(None),
        };
        match (file, dotenv) {
            (Ok(file), Ok(dotenv)) => Ok(Self { mode, file, dotenv, environment, overrides }),
            (file, dotenv) => Err([file.err(), dotenv.err()].into_iter().flatten().collect()),
        }
    }

    /// The name of the settings file, or of the one that would be read.
    fn file_name(&self) -> &str {
        self.file.as_ref().map_or(DEFAULT_FILE, |file| &file.name)
    }
}

fn read(path: &Path, must_exist: bool) -> Result<Option<Document>, Mistake> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(Document { name, text })),
        Err(problem) if problem.kind() == std::io::ErrorKind::NotFound && !must_exist => Ok(None),
        Err(problem) => Err(unreadable(name, &problem)),
    }
}

fn unreadable(name: String, problem: &std::io::Error) -> Mistake {
    let hint = match problem.kind() {
        std::io::ErrorKind::NotFound => "check the path; examples/doorward.toml shows what such a file looks like",
        std::io::ErrorKind::PermissionDenied => "let the user Doorward runs as read it",
        std::io::ErrorKind::InvalidData => "save it as UTF-8",
        std::io::ErrorKind::IsADirectory => "name the file itself, not its directory",
        _ => "check that it is an ordinary file",
    };
    let sentence = match problem.kind() {
        std::io::ErrorKind::InvalidData => "The file is not UTF-8 text.".to_owned(),
        std::io::ErrorKind::NotFound => "The file is not there.".to_owned(),
        _ => format!("The file cannot be read: {problem}."),
    };
    Mistake { sentence, place: Place::File(name), hint: hint.to_owned() }
}

/// A value and where it was given.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) value: Value,
    pub(super) place: Place,
}

/// The values given, by dotted key: of each only the strongest.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub(super) given: BTreeMap<String, Given>,
    pub(super) mistakes: Vec<Mistake>,
    /// Values that nobody gave but that follow from others.
    derived: BTreeMap<&'static str, Value>,
    file: String,
}

impl Layers {
    /// Where a key was given, or could be.
    pub(super) fn place(&self, key: &'static str) -> Place {
        match self.given.get(key) {
            Some(given) => given.place.clone(),
            None => Place::Nowhere { key, file: self.file.clone() },
        }
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

    fn add(&mut self, (given, mistakes): (BTreeMap<String, Given>, Vec<Mistake>)) {
        self.given.extend(given);
        self.mistakes.extend(mistakes);
    }

    /// Keys whose value is already complained about, so that they are not called missing as well.
    fn blames(&self, key: &str) -> bool {
        let variable = CATALOGUE.find_dotted(key).map(super::catalogue::Key::variable);
        self.mistakes.iter().any(|mistake| match &mistake.place {
            Place::Line { key: Some(blamed), .. } => blamed == key,
            Place::Variable(name) | Place::Dotenv { variable: name, .. } => Some(name) == variable.as_ref(),
            Place::Argument(option) => option.trim_start_matches('-') == key,
            _ => false,
        })
    }

    fn into_object(self) -> Value {
        let mut root = Map::new();
        let derived = self.derived.into_iter().map(|(key, value)| (key.to_owned(), value));
        // Given after derived, so that it wins.
        for (key, value) in derived.chain(self.given.into_iter().map(|(key, given)| (key, given.value))) {
            match key.split_once('.') {
                None => drop(root.insert(key, value)),
                Some((section, name)) => {
                    let table = root.entry(section).or_insert_with(|| Value::Object(Map::new()));
                    if let Value::Object(table) = table {
                        table.insert(name.to_owned(), value);
                    }
                }
            }
        }
        Value::Object(root)
    }
}

/// See [`Settings::load`].
pub(super) fn load(sources: &Sources) -> Result<Settings, Vec<Mistake>> {
    let mut layers = Layers { file: sources.file_name().to_owned(), ..Layers::default() };
    if let Some(file) = &sources.file {
        layers.add(document::read(file));
    }
    if let Some(dotenv) = &sources.dotenv {
        layers.add(environment::read_dotenv(dotenv));
    }
    layers.add(environment::read(&sources.environment));
    layers.add(read_overrides(&sources.overrides));
    derive(sources.mode, &mut layers);
    report_missing(&mut layers);
    agreement::check(sources.mode, &mut layers);
    if !layers.mistakes.is_empty() {
        return Err(layers.mistakes);
    }
    let file = layers.file.clone();
    serde_json::from_value(layers.into_object()).map_err(|problem| {
        // The checks before are meant to leave nothing over; what they miss is still told, not swallowed.
        let sentence = format!("The settings do not fit together: {problem}.");
        vec![Mistake { sentence, place: Place::File(file), hint: "compare with docs/configuration.md".to_owned() }]
    })
}

fn read_overrides(overrides: &[Override]) -> (BTreeMap<String, Given>, Vec<Mistake>) {
    let mut given = BTreeMap::new();
    let mut mistakes = Vec::new();
    for option in overrides {
        let place = Place::Argument(option.option);
        let Some(key) = CATALOGUE.find_dotted(option.key) else { continue };
        match value::read(key, &option.value) {
            Ok(value) => drop(given.insert(key.dotted(), Given { value, place })),
            Err(wrong) => mistakes.push(value::mistake(key, wrong, place)),
        }
    }
    (given, mistakes)
}

/// Fills in what follows from something else that was given.
fn derive(mode: Mode, layers: &mut Layers) {
    if let Some(data) = layers.given.get("data").and_then(|given| given.value.as_str()).map(PathBuf::from) {
        let inside = |name: &str| data.join(name).display().to_string();
        layers.derived.insert("database.url", Value::from(format!("sqlite://{}", inside(DATABASE_FILE))));
        layers.derived.insert("keys.directory", Value::from(inside(KEYS_DIRECTORY)));
    }
    if mode == Mode::Development {
        let listen = layers.text("listen").and_then(|text| text.parse::<SocketAddr>().ok());
        let issuer = Issuer::on_loopback(listen.unwrap_or_else(super::default_listen));
        layers.derived.insert("issuer", Value::from(issuer.as_str()));
        layers.derived.insert("mail.transport", Value::from("inbox"));
    }
}

fn report_missing(layers: &mut Layers) {
    for key in CATALOGUE.keys.iter().filter(|key| key.required) {
        let dotted = key.dotted();
        if layers.text(&dotted).is_some() || layers.blames(&dotted) {
            continue;
        }
        layers.mistakes.push(Mistake {
            sentence: format!("The setting `{dotted}` is missing; there is no sensible default for it."),
            place: Place::Nowhere { key: "issuer", file: layers.file.clone() },
            hint: format!("add {dotted} = \"https://login.example.com\" at the top, or set {}", key.variable()),
        });
    }
}
