//! From the command line's options to the settings.

use super::arguments::{Place, Serving};
use super::failure::Failure;
pub use crate::config::DEVELOPMENT_DATA;
use crate::config::{self, FileChoice, Mode, Override, Settings, Sources};

/// Reads the settings as `mode` has them.
pub fn load(mode: Mode, place: &Place, serving: Option<&Serving>) -> Result<Settings, Failure> {
    let choice = place.config.clone().map_or(FileChoice::Default, FileChoice::Named);
    let given = [
        ("--data", "data", place.data.as_ref()),
        ("--listen", "listen", serving.and_then(|serving| serving.listen.as_ref())),
        ("--issuer", "issuer", serving.and_then(|serving| serving.issuer.as_ref())),
    ];
    let overrides = given
        .into_iter()
        .filter_map(|(option, key, value)| value.map(|value| Override { option, key, value: value.clone() }));
    let https = serving.is_some_and(|serving| serving.https);
    let overrides =
        overrides.chain(https.then(|| Override { option: "--https", key: "tls.local", value: true.to_string() }));
    let sources = Sources::gather(mode, &choice, config::of_process(), overrides.collect());
    sources.and_then(|sources| Settings::load(&sources)).map_err(Failure::Settings)
}
