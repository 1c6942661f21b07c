//! Where the master key comes from: the file `master.key` in the keys directory, or a setting's text.
//!
//! The file is made once, readable by its owner only, complete or not at all; of several programs that start together
//! one makes it and the others read it (F-36). A file that is missing where one must be is an error: a new key would
//! make everything sealed unreadable (OPS-01), so whether one may be made is the caller's question to the database.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use super::master_key::{MasterKey, NotAMasterKey};
use crate::base::bounds::MASTER_KEY_FILE_BYTES_MAX;
use crate::base::{Draw, Sensitive};

/// The file's name in the keys directory.
pub const MASTER_KEY_FILE: &str = "master.key";

const OWNER_ONLY: u32 = 0o600;
const OWNER_ONLY_DIRECTORY: u32 = 0o700;
const OTHERS: u32 = 0o077;

/// Why there is no master key to work with.
#[derive(Debug)]
pub struct MasterKeyError {
    /// The file's path, or the setting's name.
    pub place: String,
    /// What is wrong there.
    pub wrong: MasterKeyWrong,
}

/// What is wrong with a master key's file or text.
#[derive(Debug)]
pub enum MasterKeyWrong {
    /// There is no file, although there is a database that needs it.
    Missing,
    /// There is nothing in it.
    Empty,
    /// It breaks off.
    Truncated,
    /// It holds something that is not a master key.
    OtherContent,
    /// Other users of the machine may read or change it; these are its permissions.
    ReadableByOthers(u32),
    /// There is a directory of this name.
    IsADirectory,
    /// There is a device, pipe or socket of this name.
    NotAFile,
    /// The system does not let us read it.
    Unreadable(io::Error),
    /// The system does not let us make it.
    Unwritable(io::Error),
}

/// Reads the key from `directory`.
pub fn read_master_key(directory: &Path) -> Result<MasterKey, MasterKeyError> {
    let path = directory.join(MASTER_KEY_FILE);
    read(&path).map_err(|wrong| wrong.at(path.display()))
}

/// Reads the key from `directory`, or makes it (and the directory) when there is none: only for a database that is new.
pub fn read_or_create_master_key(directory: &Path, draw: &mut Draw) -> Result<MasterKey, MasterKeyError> {
    let path = directory.join(MASTER_KEY_FILE);
    match read(&path) {
        Err(MasterKeyWrong::Missing) => {
            create(directory, &path, draw)
                .map_err(|error| MasterKeyWrong::Unwritable(error).at(directory.display()))?;
            read_master_key(directory)
        }
        result => result.map_err(|wrong| wrong.at(path.display())),
    }
}

/// Reads the key from a setting; `place` is the setting's name, for the message.
pub fn master_key_from_setting(text: &Sensitive<String>, place: &str) -> Result<MasterKey, MasterKeyError> {
    MasterKey::parse(text.expose()).map_err(|not| MasterKeyWrong::from(not).at(place))
}

fn read(path: &Path) -> Result<MasterKey, MasterKeyWrong> {
    // Looked at before it is opened, because opening a pipe would wait for its other end.
    check_kind_and_permissions(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    // And again, because the name may stand for something else by now.
    check_kind_and_permissions(&file.metadata()?)?;
    // With room for all of it from the start, so that growing leaves no copy behind.
    let mut bytes = Vec::with_capacity(MASTER_KEY_FILE_BYTES_MAX + 1);
    file.take(MASTER_KEY_FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    let bytes = Sensitive::new(bytes);
    match std::str::from_utf8(bytes.expose()) {
        Ok(text) if text.len() <= MASTER_KEY_FILE_BYTES_MAX => Ok(MasterKey::parse(text)?),
        _ => Err(MasterKeyWrong::OtherContent),
    }
}

fn check_kind_and_permissions(metadata: &fs::Metadata) -> Result<(), MasterKeyWrong> {
    if metadata.is_dir() {
        return Err(MasterKeyWrong::IsADirectory);
    }
    if !metadata.is_file() {
        return Err(MasterKeyWrong::NotAFile);
    }
    match metadata.mode() & OTHERS {
        0 => Ok(()),
        _ => Err(MasterKeyWrong::ReadableByOthers(metadata.mode() & 0o777)),
    }
}

/// Makes the file complete under another name and then gives it its own name, unless somebody else's has it already.
fn create(directory: &Path, path: &Path, draw: &mut Draw) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(OWNER_ONLY_DIRECTORY).create(directory)?;
    let temporary = directory.join(format!(".{MASTER_KEY_FILE}.{:016x}", u64::from_be_bytes(draw.bytes())));
    let written = write_new(&temporary, &MasterKey::generate(draw)).and_then(|()| link_unless_there(&temporary, path));
    // Nothing hangs on the temporary name: if it cannot be removed, an unused key lies there, readable by its owner.
    let _ = fs::remove_file(&temporary);
    written?;
    File::open(directory)?.sync_all()
}

fn write_new(path: &Path, key: &MasterKey) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path)?;
    file.write_all(key.to_text().expose().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

fn link_unless_there(temporary: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(temporary, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        result => result,
    }
}

impl From<io::Error> for MasterKeyWrong {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::NotFound { Self::Missing } else { Self::Unreadable(error) }
    }
}

impl From<NotAMasterKey> for MasterKeyWrong {
    fn from(not: NotAMasterKey) -> Self {
        match not {
            NotAMasterKey::Empty => Self::Empty,
            NotAMasterKey::Truncated => Self::Truncated,
            NotAMasterKey::OtherContent => Self::OtherContent,
        }
    }
}

impl MasterKeyWrong {
    fn at(self, place: impl fmt::Display) -> MasterKeyError {
        MasterKeyError { place: place.to_string(), wrong: self }
    }
}

impl fmt::Display for MasterKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  at {}\n  hint: {}", self.wrong.sentence(), self.place, self.wrong.hint())
    }
}

impl std::error::Error for MasterKeyError {}

const CONTENT_HINT: &str = "restore it from a backup; for a new database, `openssl rand -hex 32` makes one";

impl MasterKeyWrong {
    fn sentence(&self) -> String {
        match self {
            Self::Missing => "the master key is missing, and the database needs it".to_owned(),
            Self::Empty => "the master key is empty".to_owned(),
            Self::Truncated => "the master key is cut short".to_owned(),
            Self::OtherContent => "this is not a master key".to_owned(),
            Self::ReadableByOthers(mode) => format!("the master key is open to other users (its mode is {mode:04o})"),
            Self::IsADirectory => "a directory stands where the master key should be".to_owned(),
            Self::NotAFile => "something that is no plain file stands where the master key should be".to_owned(),
            Self::Unreadable(error) => format!("the master key cannot be read: {error}"),
            Self::Unwritable(error) => format!("no master key can be made in this directory: {error}"),
        }
    }

    const fn hint(&self) -> &'static str {
        match self {
            Self::Missing => {
                "put the file back from a backup; without it what the database keeps sealed cannot be read"
            }
            Self::Empty | Self::Truncated | Self::OtherContent => CONTENT_HINT,
            Self::ReadableByOthers(_) => "make it the owner's alone: chmod 600",
            Self::IsADirectory | Self::NotAFile => "move it away and put the key file there",
            Self::Unreadable(_) => {
                "the file must belong to the user that runs Doorward, and the way to it be open to them"
            }
            Self::Unwritable(_) => {
                "the directory must belong to the user that runs Doorward and allow writing; or give the key by setting"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Barrier;
    use std::thread;

    fn draw(seed: u8) -> Draw {
        Draw::from_seed([seed; 32])
    }

    /// A keys directory whose key file holds `content` with these permissions.
    fn directory_with(content: &[u8], mode: u32) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(MASTER_KEY_FILE);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        directory
    }

    fn names_in(directory: &Path) -> Vec<String> {
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn f_36_the_first_start_makes_the_file_complete_and_the_owners_alone() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("data/keys");
        let made = read_or_create_master_key(&directory, &mut draw(1)).unwrap();
        let read = read_or_create_master_key(&directory, &mut draw(2)).unwrap();
        assert_eq!(made.to_text(), read.to_text());
        assert_eq!(made.to_text(), read_master_key(&directory).unwrap().to_text());
        assert_eq!(fs::metadata(directory.join(MASTER_KEY_FILE)).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(fs::metadata(&directory).unwrap().mode() & 0o7777, 0o700);
        assert_eq!(names_in(&directory), [MASTER_KEY_FILE]);
    }

    #[test]
    fn f_36_of_many_that_start_at_once_all_hold_the_same_key() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("keys");
        let barrier = Barrier::new(16);
        let texts = thread::scope(|scope| {
            let starters: Vec<_> = (0..16)
                .map(|number| {
                    let (directory, barrier) = (&directory, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        read_or_create_master_key(directory, &mut draw(number)).unwrap().to_text()
                    })
                })
                .collect();
            starters.into_iter().map(|starter| starter.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(texts.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(names_in(&directory), [MASTER_KEY_FILE]);
    }

    #[test]
    fn ops_01_a_missing_file_on_an_existing_database_is_an_error_and_nothing_is_made() {
        let directory = tempfile::tempdir().unwrap();
        let error = read_master_key(directory.path()).unwrap_err();
        assert!(matches!(error.wrong, MasterKeyWrong::Missing));
        assert!(names_in(directory.path()).is_empty());
    }

    #[test]
    fn ops_01_a_file_that_others_may_read_or_change_is_refused_and_not_replaced() {
        for mode in [0o644, 0o640, 0o604, 0o660, 0o602, 0o610, 0o601] {
            let content = MasterKey::from_bytes([3; 32]).to_text();
            let directory = directory_with(content.expose().as_bytes(), mode);
            let error = read_or_create_master_key(directory.path(), &mut draw(1)).unwrap_err();
            assert!(matches!(error.wrong, MasterKeyWrong::ReadableByOthers(found) if found == mode), "{error}");
        }
        let strict = directory_with(MasterKey::from_bytes([3; 32]).to_text().expose().as_bytes(), 0o400);
        assert!(read_master_key(strict.path()).is_ok());
    }

    #[test]
    fn f_36_each_fault_has_a_message_of_its_own_with_the_place_and_what_to_do() {
        let mut messages = Vec::new();
        for content in ["", "c2hvcnQ", "{\"kty\":\"oct\"}"] {
            messages.push((directory_with(content.as_bytes(), 0o600), None));
        }
        let text = MasterKey::from_bytes([3; 32]).to_text();
        messages.push((directory_with(text.expose().as_bytes(), 0o644), None));
        let with_directory = tempfile::tempdir().unwrap();
        fs::create_dir(with_directory.path().join(MASTER_KEY_FILE)).unwrap();
        messages.push((with_directory, None));
        let with_socket = tempfile::tempdir().unwrap();
        let socket = std::os::unix::net::UnixListener::bind(with_socket.path().join(MASTER_KEY_FILE)).unwrap();
        messages.push((with_socket, None));
        // Neither can be got past, even by the superuser.
        let below_a_file = tempfile::tempdir().unwrap();
        fs::write(below_a_file.path().join("file"), "").unwrap();
        messages.push((below_a_file, Some("file/keys")));
        let nowhere = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("nowhere", nowhere.path().join("keys")).unwrap();
        messages.push((nowhere, Some("keys")));

        let said: Vec<String> = messages
            .iter()
            .map(|(directory, below)| {
                let place = below.map_or(directory.path().to_owned(), |below| directory.path().join(below));
                let said = read_or_create_master_key(&place, &mut draw(1)).unwrap_err().to_string();
                said.replace(&directory.path().display().to_string(), "DIR")
            })
            .collect();
        drop(socket);
        insta::assert_snapshot!(said.join("\n\n"));
    }

    #[test]
    fn f_36_content_of_any_other_kind_is_refused_and_left_alone() {
        for content in [vec![0xff; 43], vec![b'A'; 5_000], vec![b'A'; 1 << 20], vec![0; 32]] {
            let directory = directory_with(&content, 0o600);
            let error = read_or_create_master_key(directory.path(), &mut draw(1)).unwrap_err();
            assert!(matches!(error.wrong, MasterKeyWrong::OtherContent), "{error}");
            assert_eq!(fs::read(directory.path().join(MASTER_KEY_FILE)).unwrap(), content);
        }
    }

    #[test]
    fn a_key_given_by_setting_is_read_and_its_faults_name_the_setting() {
        let text = Sensitive::new("00".repeat(32));
        assert!(master_key_from_setting(&text, "DOORWARD__KEYS__MASTER_KEY").is_ok());
        let error = master_key_from_setting(&Sensitive::new("secret".to_owned()), "THE_SETTING").unwrap_err();
        assert!(error.to_string().contains("at THE_SETTING\n"));
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}
