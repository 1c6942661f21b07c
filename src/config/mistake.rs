//! A mistake in the settings: a sentence, the place, and a hint.

use std::fmt;

/// Where a setting was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the settings file, at a line counted from one.
    Line {
        /// The file as it was named.
        file: String,
        /// The line, from one.
        line: usize,
        /// The dotted key, when the line is about one.
        key: Option<String>,
    },
    /// The settings file as a whole.
    File(String),
    /// An environment variable.
    Variable(String),
    /// A variable written in the `.env` file.
    Dotenv {
        /// The file as it was named.
        file: String,
        /// The variable.
        variable: String,
    },
    /// A command-line option.
    Argument(&'static str),
    /// A setting that was not given anywhere.
    Nowhere {
        /// The dotted key.
        key: String,
        /// The file it could stand in.
        file: String,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { file, line, key: Some(key) } => write!(f, "{file}:{line}, key `{key}`"),
            Self::Line { file, line, key: None } => write!(f, "{file}:{line}"),
            Self::File(file) => f.write_str(file),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Dotenv { file, variable } => write!(f, "{file}, variable {variable}"),
            Self::Argument(option) => write!(f, "command-line option {option}"),
            Self::Nowhere { key, file } => write!(f, "{file}, key `{key}` (not there)"),
        }
    }
}

/// One thing that keeps the settings from being used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub sentence: String,
    /// Where.
    pub place: Place,
    /// What to do about it.
    pub hint: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  at {}\n  hint: {}", self.sentence, self.place, self.hint)
    }
}

impl std::error::Error for Mistake {}

/// All mistakes as one text, three lines each, an empty line between two.
pub fn report(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n")
}

/// What is wrong with a single value, before it is known where the value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The second half of a sentence that begins with the setting's name.
    pub what: String,
    /// What to do about it.
    pub hint: String,
}

impl Wrong {
    /// From two texts.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }
}
