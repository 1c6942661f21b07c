//! The message catalogue: every sentence a person reads, by language.
//!
//! Sources are the embedded `templates/messages/*.ftl` (Fluent syntax) and, over them, the operator's files of the
//! same names, which may change single messages or add a language. A message missing in a language is taken from
//! the default language, then from English. Which template says what is not known here.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentMessage, FluentResource, FluentValue};

use unic_langid::LanguageIdentifier;

use super::locale::Locale;
use super::moment;
use super::sources::{OverrideFault, Sources, line_of};
use crate::base::bounds::UNSAID_MESSAGES_MAX;

const MESSAGES: &str = "messages/";
const FLUENT: &str = ".ftl";

/// All messages in all languages.
pub(super) struct Catalogue {
    languages: BTreeMap<Locale, Language>,
    default: Locale,
    /// Operator's messages that could not be said when they were needed.
    unsaid: Mutex<BTreeSet<OverrideFault>>,
}

type Bundle = FluentBundle<FluentResource>;

/// A language's messages with the operator's over them, and without.
#[derive(Default)]
struct Language {
    overridden: Option<Bundle>,
    built_in: Option<Bundle>,
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
        let mut catalogue = Self { languages: BTreeMap::new(), default, unsaid: Mutex::default() };
        let mut faults = Vec::new();
        for (name, text) in Sources::embedded() {
            if let Some(file) = MessageFile::read(&name, &text, &mut faults) {
                let language = catalogue.languages.entry(file.locale.clone()).or_default();
                language.built_in = Some(file.bundle([text.as_str()]));
            }
        }
        for (name, text) in sources.overrides() {
            if let Some(file) = MessageFile::read(name, text, &mut faults) {
                let below = Sources::built_in(name).unwrap_or_default();
                let language = catalogue.languages.entry(file.locale.clone()).or_default();
                language.overridden = Some(file.bundle([below.as_str(), text]));
            }
        }
        (catalogue, faults)
    }

    /// The languages that have messages.
    pub(super) fn locales(&self) -> Vec<Locale> {
        self.languages.keys().cloned().collect()
    }

    /// The language for people whose wishes cannot be met.
    pub(super) fn default_locale(&self) -> &Locale {
        &self.default
    }

    /// Operator's messages that could not be said so far.
    pub(super) fn unsaid(&self) -> BTreeSet<OverrideFault> {
        self.unsaid.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether any language a reader of `locale` may be shown has the message.
    pub(super) fn has(&self, locale: &str, id: &str) -> bool {
        self.candidates(locale).any(|candidate| candidate.message(id).is_some_and(|message| message.value().is_some()))
    }

    /// One message with its arguments filled in; plain text, not markup. An operator's message that cannot be said
    /// gives way to the built-in one.
    pub(super) fn say(&self, locale: &str, id: &str, arguments: &Arguments) -> Result<String, MessageFault> {
        let mut fault = MessageFault::Missing(id.to_owned());
        for candidate in self.candidates(locale) {
            let Some(message) = candidate.message(id) else { continue };
            let Some(pattern) = message.value() else { continue };
            let arguments = arguments.to_fluent(self, candidate.locale);
            let mut errors = Vec::new();
            let text = candidate.bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned();
            let Some(error) = errors.first() else { return Ok(text) };
            let (locale, detail) = (candidate.locale.clone(), error.to_string());
            if candidate.is_override {
                self.note_unsaid(id, &locale, &detail);
            }
            fault = MessageFault::Unspeakable { id: id.to_owned(), locale, detail };
        }
        Err(fault)
    }

    fn note_unsaid(&self, id: &str, locale: &Locale, detail: &str) {
        let name = format!("{MESSAGES}{locale}{FLUENT}");
        let detail = format!("message `{id}` cannot be said: {detail}");
        let mut unsaid = self.unsaid.lock().unwrap_or_else(PoisonError::into_inner);
        if unsaid.len() < UNSAID_MESSAGES_MAX {
            unsaid.insert(OverrideFault { name, line: None, detail });
        }
    }

    /// Where to look for a message, best first.
    fn candidates<'c>(&'c self, locale: &'c str) -> impl Iterator<Item = Candidate<'c>> {
        let languages = [locale, self.default.as_str(), "en"].into_iter();
        languages.filter_map(|tag| self.languages.get_key_value(tag)).flat_map(|(locale, language)| {
            let overridden =
                language.overridden.iter().map(move |bundle| Candidate { locale, bundle, is_override: true });
            let built_in = language.built_in.iter().map(move |bundle| Candidate { locale, bundle, is_override: false });
            overridden.chain(built_in)
        })
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

/// A bundle that may have a message.
struct Candidate<'c> {
    locale: &'c Locale,
    bundle: &'c Bundle,
    is_override: bool,
}

impl<'c> Candidate<'c> {
    fn message(&self, id: &str) -> Option<FluentMessage<'c>> {
        self.bundle.get_message(id)
    }
}

/// The language a message file is for.
struct MessageFile {
    locale: Locale,
    language: LanguageIdentifier,
}

impl MessageFile {
    /// `None` for other files, and for those whose name is no language.
    fn read(name: &str, text: &str, faults: &mut Vec<OverrideFault>) -> Option<Self> {
        let tag = name.strip_prefix(MESSAGES)?.strip_suffix(FLUENT)?;
        let fault = |line, detail| OverrideFault { name: name.to_owned(), line, detail };
        let Ok(language) = tag.parse() else {
            faults.push(fault(None, format!("`{tag}` is not a language tag")));
            return None;
        };
        if let Err((_, errors)) = FluentResource::try_new(text.to_owned()) {
            faults.extend(
                errors.into_iter().map(|error| fault(Some(line_of(text, error.pos.start)), error.kind.to_string())),
            );
        }
        Some(Self { locale: Locale::new(tag), language })
    }

    /// The parser keeps every sound message of a text that has unsound ones; a later text wins over an earlier one.
    fn bundle<const TEXTS: usize>(&self, texts: [&str; TEXTS]) -> Bundle {
        let mut bundle = FluentBundle::new_concurrent(vec![self.language.clone()]);
        // Direction marks around values would end up in mails and in what people copy.
        bundle.set_use_isolating(false);
        for text in texts {
            let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(resource, _)| resource);
            bundle.add_resource_overriding(resource);
        }
        bundle
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
