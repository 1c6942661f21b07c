//! The message catalogue: every sentence a person reads, by language.
//!
//! Sources are the embedded `templates/messages/*.ftl` (Fluent syntax) and, over them, the operator's files of the
//! same names, which may change single messages or add a language. A message missing in a language is taken from
//! the default language, then from English. Which template says what is not known here.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::locale::Locale;
use super::moment;
use super::sources::{OverrideFault, Sources, line_of};

const MESSAGES: &str = "messages/";
const FLUENT: &str = ".ftl";

/// All messages in all languages.
pub(super) struct Catalogue {
    bundles: BTreeMap<Locale, FluentBundle<FluentResource>>,
    default: Locale,
}

/// Why a message could not be said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageFault {
    /// No language has it.
    #[error("there is no message `{0}`")]
    Missing(String),
    /// It uses an argument that the template did not give, or refers to a message that is not there.
    #[error("message `{id}` in `{locale}`: {detail}")]
    Unspeakable {
        /// The message.
        id: String,
        /// The language it was found in.
        locale: Locale,
        /// What Fluent says about it.
        detail: String,
    },
}

impl Catalogue {
    /// Reads every message file; what is wrong in an operator's file is reported and left out.
    pub(super) fn new(default: Locale, sources: &Sources) -> (Self, Vec<OverrideFault>) {
        let mut catalogue = Self { bundles: BTreeMap::new(), default };
        let mut faults = Vec::new();
        for (name, text) in Sources::embedded() {
            catalogue.add(&name, &text, &mut faults);
        }
        for (name, text) in sources.overrides() {
            catalogue.add(name, text, &mut faults);
        }
        (catalogue, faults)
    }

    fn add(&mut self, name: &str, text: &str, faults: &mut Vec<OverrideFault>) {
        let Some(tag) = name.strip_prefix(MESSAGES).and_then(|rest| rest.strip_suffix(FLUENT)) else { return };
        let Ok(language) = tag.parse::<unic_langid::LanguageIdentifier>() else {
            let detail = format!("`{tag}` is not a language tag");
            return faults.push(OverrideFault { name: name.to_owned(), line: None, detail });
        };
        // The parser keeps every sound message of a file that has unsound ones.
        let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(resource, errors)| {
            faults.extend(errors.into_iter().map(|error| OverrideFault {
                name: name.to_owned(),
                line: Some(line_of(text, error.pos.start)),
                detail: error.kind.to_string(),
            }));
            resource
        });
        let bundle = self.bundles.entry(Locale::new(tag)).or_insert_with(|| {
            let mut bundle = FluentBundle::new_concurrent(vec![language]);
            // Direction marks around values would end up in mails and in what people copy.
            bundle.set_use_isolating(false);
            bundle
        });
        bundle.add_resource_overriding(resource);
    }

    /// The languages that have messages.
    pub(super) fn locales(&self) -> Vec<Locale> {
        self.bundles.keys().cloned().collect()
    }

    /// The language for people whose wishes cannot be met.
    pub(super) fn default_locale(&self) -> &Locale {
        &self.default
    }

    /// Whether any language a reader of `locale` may be shown has the message.
    pub(super) fn has(&self, locale: &str, id: &str) -> bool {
        self.candidates(locale).any(|(_, bundle)| bundle.get_message(id).is_some_and(|found| found.value().is_some()))
    }

    /// One message with its arguments filled in; plain text, not markup.
    pub(super) fn say(&self, locale: &str, id: &str, arguments: &Arguments) -> Result<String, MessageFault> {
        let found = self.candidates(locale).find_map(|(locale, bundle)| {
            let pattern = bundle.get_message(id)?.value()?;
            Some((locale, bundle, pattern))
        });
        let (locale, bundle, pattern) = found.ok_or_else(|| MessageFault::Missing(id.to_owned()))?;
        let arguments = arguments.to_fluent(self, locale);
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned();
        match errors.first() {
            None => Ok(text),
            Some(error) => {
                Err(MessageFault::Unspeakable { id: id.to_owned(), locale: locale.clone(), detail: error.to_string() })
            }
        }
    }

    fn candidates<'c>(
        &'c self,
        locale: &'c str,
    ) -> impl Iterator<Item = (&'c Locale, &'c FluentBundle<FluentResource>)> {
        [locale, self.default.as_str(), "en"].into_iter().filter_map(|tag| self.bundles.get_key_value(tag))
    }

    /// A span in the reader's words, rounded up: `45 seconds`, `3 minutes`, `2 hours`, `5 days`.
    pub(super) fn span(&self, locale: &str, seconds: i64) -> Result<String, MessageFault> {
        let (id, count) = moment::coarse_span(seconds);
        self.say(locale, id, &Arguments::of("count", Argument::Number(count)))
    }

    /// A moment in the reader's notation, to the minute, in UTC.
    pub(super) fn date_time(&self, locale: &str, unix_seconds: i64) -> Result<String, MessageFault> {
        let pattern = self.say(locale, "date-time-pattern", &Arguments::default())?;
        Ok(moment::written(unix_seconds, &pattern))
    }

    /// The time of day in the reader's notation, in UTC.
    pub(super) fn clock(&self, locale: &str, unix_seconds: i64) -> Result<String, MessageFault> {
        let pattern = self.say(locale, "clock-pattern", &Arguments::default())?;
        Ok(moment::written(unix_seconds, &pattern))
    }
}

/// A value for a message.
#[derive(Clone, Debug)]
pub(super) enum Argument {
    Text(String),
    Number(i64),
}

/// Named values for a message. By its name a number gives words as well: `wait_seconds` adds `$wait` ("3 minutes"),
/// `asked_at` adds `$asked` (date and time) and `$asked_clock` (time of day).
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments(Vec<(String, Argument)>);

impl Arguments {
    fn of(name: &str, value: Argument) -> Self {
        Self(vec![(name.to_owned(), value)])
    }

    pub(super) fn set(&mut self, name: String, value: Argument) {
        self.0.push((name, value));
    }

    fn to_fluent<'a>(&'a self, catalogue: &Catalogue, locale: &Locale) -> FluentArgs<'a> {
        let mut fluent = FluentArgs::new();
        for (name, value) in &self.0 {
            match value {
                Argument::Text(text) => fluent.set(name.as_str(), text.as_str()),
                Argument::Number(number) => {
                    fluent.set(name.as_str(), FluentValue::from(*number));
                    for (name, words) in catalogue.in_words(locale, name, *number) {
                        fluent.set(Cow::Owned(name), words);
                    }
                }
            }
        }
        fluent
    }
}

impl Catalogue {
    /// The words a number's name asks for. A language without the patterns simply has no such words, and the
    /// message that wanted them says so.
    fn in_words(&self, locale: &Locale, name: &str, number: i64) -> Vec<(String, String)> {
        let locale = locale.as_str();
        if let Some(stem) = name.strip_suffix("_seconds") {
            self.span(locale, number).map(|words| (stem.to_owned(), words)).into_iter().collect()
        } else if let Some(stem) = name.strip_suffix("_at") {
            let moment = self.date_time(locale, number).map(|words| (stem.to_owned(), words));
            let clock = self.clock(locale, number).map(|words| (format!("{stem}_clock"), words));
            moment.into_iter().chain(clock).collect()
        } else {
            Vec::new()
        }
    }
}
