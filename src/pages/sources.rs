//! Where template and message files come from: those embedded in the binary, and the operator's directory of
//! overrides. Reading and counting only; whether an override works is found out elsewhere.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use rust_embed::RustEmbed;

use crate::base::bounds::{OVERRIDE_DEPTH_MAX, OVERRIDE_FILE_BYTES_MAX, OVERRIDE_FILES_MAX};

/// What belongs into an override directory; anything else there (notes, backups) is ignored.
const EXTENSIONS: [&str; 6] = ["html", "txt", "css", "js", "svg", "ftl"];

#[derive(RustEmbed)]
#[folder = "templates/"]
struct Embedded;

/// A file of the override directory that is not used, and why. The built-in one is used in its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OverrideFault {
    /// Path inside the override directory.
    pub name: String,
    /// Line in that file, where known.
    pub line: Option<usize>,
    /// What is wrong.
    pub detail: String,
}

impl fmt::Display for OverrideFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}: {}", self.name, self.detail),
            None => write!(formatter, "{}: {}", self.name, self.detail),
        }
    }
}

/// The embedded files and the overrides in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    overrides: BTreeMap<String, String>,
}

impl Sources {
    /// Reads the override directory, if there is one. Files that cannot be used are reported.
    pub(super) fn read(directory: Option<&Path>) -> io::Result<(Self, Vec<OverrideFault>)> {
        let mut sources = Self::default();
        let mut faults = Vec::new();
        for file in directory.map(list).transpose()?.unwrap_or_default() {
            match file.read() {
                Ok(text) => _ = sources.overrides.insert(file.name, text),
                Err(error) => {
                    faults.push(OverrideFault { name: file.name, line: None, detail: error.to_string() });
                }
            }
        }
        Ok((sources, faults))
    }

    pub(super) fn overrides(&self) -> impl Iterator<Item = (&str, &str)> {
        self.overrides.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Every embedded file with its name.
    pub(super) fn embedded() -> impl Iterator<Item = (String, String)> {
        Embedded::iter().filter_map(|name| Some((name.to_string(), embedded(&name)?)))
    }

    /// The text of an embedded file.
    pub(super) fn built_in(name: &str) -> Option<String> {
        embedded(name)
    }

    /// The text of a file: the override if there is one, else the embedded one.
    pub(super) fn find(&self, name: &str) -> Option<String> {
        self.overrides.get(name).cloned().or_else(|| embedded(name))
    }

    /// The overridden files that are not message files.
    pub(super) fn template_overrides(&self) -> impl Iterator<Item = &str> {
        self.overrides.keys().map(String::as_str).filter(|name| !is_messages(name))
    }

    /// Whether anything but a message file is overridden.
    pub(super) fn has_template_overrides(&self) -> bool {
        self.template_overrides().next().is_some()
    }

    /// Whether a message file is overridden or added.
    pub(super) fn has_message_overrides(&self) -> bool {
        self.overrides.keys().any(|name| is_messages(name))
    }

    /// Goes back to the embedded file. `false` when it was not overridden.
    pub(super) fn drop_override(&mut self, name: &str) -> bool {
        self.overrides.remove(name).is_some()
    }
}

fn is_messages(name: &str) -> bool {
    name.starts_with("messages/")
}

fn embedded(name: &str) -> Option<String> {
    let file = Embedded::get(name)?;
    Some(String::from_utf8_lossy(&file.data).into_owned())
}

/// One file of the override directory.
#[derive(Debug)]
struct OverrideFile {
    /// Path below the directory, with `/`.
    name: String,
    path: PathBuf,
    bytes: u64,
    changed: Option<SystemTime>,
}

impl OverrideFile {
    fn read(&self) -> io::Result<String> {
        if self.bytes > OVERRIDE_FILE_BYTES_MAX {
            let detail = format!("larger than {OVERRIDE_FILE_BYTES_MAX} bytes");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, detail));
        }
        fs::read_to_string(&self.path)
    }
}

fn list(directory: &Path) -> io::Result<Vec<OverrideFile>> {
    let mut files = Vec::new();
    walk(directory, "", OVERRIDE_DEPTH_MAX, &mut files)?;
    files.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(files)
}

fn walk(directory: &Path, prefix: &str, depth: usize, files: &mut Vec<OverrideFile>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let path = entry.path();
        let metadata = fs::metadata(&path)?;
        if metadata.is_dir() && depth > 0 {
            walk(&path, &format!("{name}/"), depth - 1, files)?;
        } else if metadata.is_file() && files.len() < OVERRIDE_FILES_MAX && is_ours(&path) {
            files.push(OverrideFile { name, path, bytes: metadata.len(), changed: metadata.modified().ok() });
        }
    }
    Ok(())
}

fn is_ours(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let extension = path.extension().and_then(|extension| extension.to_str());
    !hidden && extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
}

/// What the override directory looks like from outside; two equal fingerprints mean that nothing was changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fingerprint(Vec<(String, u64, Option<SystemTime>)>);

impl Fingerprint {
    pub(super) fn take(directory: &Path) -> io::Result<Self> {
        Ok(Self(list(directory)?.into_iter().map(|file| (file.name, file.bytes, file.changed)).collect()))
    }
}

/// The line (counted from one) a byte of a text is on.
pub(super) fn line_of(text: &str, position: usize) -> usize {
    1 + text.bytes().take(position).filter(|byte| *byte == b'\n').count()
}
