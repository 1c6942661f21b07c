//! Where settings come from: files, variables, options. Reads the files, but does not look inside.

use std::path::{Path, PathBuf};

use super::DEFAULT_FILE;
use super::mistake::{Mistake, Place};

/// Production or development.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// `doorward serve`: nothing is guessed.
    #[default]
    Production,
    /// `doorward dev`: loopback only, `.env` is read, the issuer follows `listen`, mail goes to the inbox page.
    Development,
    /// Commands that only open the store: what only a server needs may be missing.
    Upkeep,
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
            Mode::Production | Mode::Upkeep => Ok(None),
        };
        match (file, dotenv) {
            (Ok(file), Ok(dotenv)) => Ok(Self { mode, file, dotenv, environment, overrides }),
            (file, dotenv) => Err([file.err(), dotenv.err()].into_iter().flatten().collect()),
        }
    }

    /// The name of the settings file, or of the one that would be read.
    pub(super) fn file_name(&self) -> &str {
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
