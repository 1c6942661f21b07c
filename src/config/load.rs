//! From the sources to the settings: the layers, later over earlier, then what follows from them, then what must
//! agree, then the types.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::catalogue::{CATALOGUE, Key};
use super::layers::{Layer, Layers};
use super::mistake::{Mistake, Place};
use super::sources::{Mode, Override, Sources};
use super::{Settings, agreement, document, environment, issuer, value};

/// The SQLite file inside the data directory.
pub(super) const DATABASE_FILE: &str = "doorward.sqlite";
/// The directory of the master key, inside the data directory or the working directory.
pub(super) const KEYS_DIRECTORY: &str = "keys";
/// The data directory of dev mode, so that it never touches what `doorward serve` keeps.
pub const DEVELOPMENT_DATA: &str = "data/dev";

/// See [`Settings::load`].
pub(super) fn load(sources: &Sources) -> Result<Settings, Vec<Mistake>> {
    let mut layers = Layers::of_file(sources.file_name());
    if let Some(file) = &sources.file {
        layers.add(document::read(file));
    }
    if let Some(dotenv) = &sources.dotenv {
        layers.add(environment::read_dotenv(dotenv));
    }
    layers.add(environment::read(&sources.environment));
    layers.add(read_overrides(&sources.overrides));
    derive(sources.mode, &mut layers);
    if !layers.partial {
        report_missing(&mut layers);
        agreement::check(sources.mode, &mut layers);
    }
    if !layers.mistakes.is_empty() {
        return Err(layers.mistakes);
    }
    let (file, tables) = (layers.file.clone(), layers.tables.clone());
    let read = serde_json::from_value(layers.into_object()).map(|settings| in_order(settings, &tables));
    read.map_err(|problem| {
        // The checks before are meant to leave nothing over; what they miss is still told, not swallowed.
        let sentence = format!("The settings do not fit together: {problem}.");
        vec![Mistake { sentence, place: Place::File(file), hint: "compare with docs/configuration.md".to_owned() }]
    })
}

/// Puts the providers into the order of their tables, which JSON does not keep.
fn in_order(mut settings: Settings, tables: &[String]) -> Settings {
    settings.providers.sort_by_key(|provider| tables.iter().position(|table| *table == provider.section()));
    settings
}

fn read_overrides(overrides: &[Override]) -> Layer {
    let mut layer = Layer::default();
    for option in overrides {
        if let Some(key) = CATALOGUE.find_dotted(option.key) {
            layer.add(key, value::read(key, &option.value), Place::Argument(option.option));
        }
    }
    layer
}

/// Fills in what follows from something else that was given.
fn derive(mode: Mode, layers: &mut Layers) {
    let is_dev = mode == Mode::Development;
    if is_dev {
        layers.derive("data", DEVELOPMENT_DATA);
    }
    if let Some(data) = layers.text("data").filter(|_| is_dev || layers.has("data")).map(PathBuf::from) {
        let inside = |name: &str| data.join(name).display().to_string();
        layers.derive("database.url", format!("sqlite://{}", inside(DATABASE_FILE)));
        layers.derive("keys.directory", inside(KEYS_DIRECTORY));
    }
    if mode != Mode::Production {
        let listen = layers.text("listen").and_then(|text| text.parse::<SocketAddr>().ok());
        let issuer = issuer::on_loopback(listen.unwrap_or_else(super::default_listen), layers.flag("tls.local"));
        layers.derive("issuer", issuer.as_str());
    }
    if is_dev {
        layers.derive("mail.transport", "inbox");
    }
}

fn report_missing(layers: &mut Layers) {
    let sections =
        std::iter::once("").chain(CATALOGUE.fixed_sections()).chain(layers.tables.iter().map(String::as_str));
    let keys = sections.flat_map(|section| CATALOGUE.keys_of(section).map(|key| key.within(section)));
    let required = keys.filter(|key| key.required);
    let missing = required.filter(|key| layers.text(&key.dotted()).is_none() && layers.lacks(&key.dotted()));
    let missing: Vec<Mistake> = missing.map(|key| missing_key(layers, &key)).collect();
    layers.mistakes.extend(missing);
}

fn missing_key(layers: &Layers, key: &Key) -> Mistake {
    let dotted = key.dotted();
    let (example, home) = if key.section.is_empty() {
        ("https://login.example.com", "at the top".to_owned())
    } else {
        ("…", format!("below [{}]", key.section))
    };
    Mistake {
        sentence: format!("The setting `{dotted}` is missing; there is no sensible default for it."),
        place: layers.place(&dotted),
        hint: format!("add {} = \"{example}\" {home}, or set {}", key.name, key.variable()),
    }
}
