//! Secrets that the operator keeps in files of their own: read once, at start.
//!
//! Looked after like the master key (`jose::master_key_file`), with one difference: its group may read such a file,
//! because platforms that mount secrets keep them as root's and open to a group.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::base::Sensitive;
use crate::base::bounds::CLIENT_SECRET_FILE_BYTES_MAX;

/// Reading by everybody, writing by others than the owner.
const TOO_OPEN: u32 = 0o027;

/// Why a file gives no secret.
#[derive(Debug)]
pub enum SecretFileWrong {
    /// There is no such file.
    Missing,
    /// There is nothing in it.
    Empty,
    /// It is larger than a secret, or no line of visible ASCII.
    OtherContent,
    /// Everybody may read it, or others may change it; these are its permissions.
    TooOpen(u32),
    /// A directory, device, pipe or socket has this name.
    NotAFile,
    /// The system does not let us read it.
    Unreadable(io::Error),
}

/// The secret in the file, without the line end that editors leave.
pub fn read(path: &Path) -> Result<Sensitive<String>, SecretFileWrong> {
    // Looked at before it is opened, because opening a pipe would wait for its other end.
    check(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    // And again, because the name may stand for something else by now.
    check(&file.metadata()?)?;
    // With room for all of it from the start, so that growing leaves no copy behind.
    let mut bytes = Vec::with_capacity(CLIENT_SECRET_FILE_BYTES_MAX + 1);
    file.take(CLIENT_SECRET_FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    let bytes = Sensitive::new(bytes);
    if bytes.expose().len() > CLIENT_SECRET_FILE_BYTES_MAX {
        return Err(SecretFileWrong::OtherContent);
    }
    parse(bytes.expose())
}

// RFC 6749 appendix A.2: a client secret is visible ASCII and blanks.
fn parse(bytes: &[u8]) -> Result<Sensitive<String>, SecretFileWrong> {
    let text = std::str::from_utf8(bytes).map_err(|_| SecretFileWrong::OtherContent)?.trim();
    if text.is_empty() {
        return Err(SecretFileWrong::Empty);
    }
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(SecretFileWrong::OtherContent);
    }
    Ok(Sensitive::new(text.to_owned()))
}

fn check(metadata: &fs::Metadata) -> Result<(), SecretFileWrong> {
    if !metadata.is_file() {
        return Err(SecretFileWrong::NotAFile);
    }
    match metadata.mode() & TOO_OPEN {
        0 => Ok(()),
        _ => Err(SecretFileWrong::TooOpen(metadata.mode() & 0o777)),
    }
}

impl From<io::Error> for SecretFileWrong {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::NotFound { Self::Missing } else { Self::Unreadable(error) }
    }
}

impl fmt::Display for SecretFileWrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the file of a client secret is not there"),
            Self::Empty => f.write_str("the file of a client secret is empty"),
            Self::OtherContent => f.write_str("the file holds something that is not a client secret"),
            Self::TooOpen(mode) => write!(f, "the client secret is open to other users (its mode is {mode:04o})"),
            Self::NotAFile => f.write_str("something that is no plain file stands where the client secret should be"),
            Self::Unreadable(error) => write!(f, "the client secret cannot be read: {error}"),
        }
    }
}

impl SecretFileWrong {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Missing => "check the path; a relative one starts at the working directory",
            Self::Empty | Self::OtherContent => "put the secret into it, one line and nothing else",
            Self::TooOpen(_) => "make it the owner's alone, or readable by its group: chmod 600, or chmod 640",
            Self::NotAFile => "move it away and put the file there",
            Self::Unreadable(_) => "let the user that runs Doorward read it",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn file(content: &[u8], mode: u32) -> Result<String, SecretFileWrong> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        read(&path).map(|secret| secret.expose().clone())
    }

    #[test]
    fn the_line_in_the_file_is_the_secret() {
        assert_eq!(file(b"GOCSPX-hunter2\n", 0o600).unwrap(), "GOCSPX-hunter2");
        assert_eq!(file(b"two words\r\n", 0o440).unwrap(), "two words");
    }

    #[test]
    fn a_file_that_others_may_read_or_its_group_may_change_is_refused() {
        for mode in [0o604, 0o644, 0o660, 0o602, 0o777] {
            let wrong = file(b"secret", mode).unwrap_err();
            assert!(matches!(wrong, SecretFileWrong::TooOpen(found) if found == mode), "{mode:o}: {wrong:?}");
        }
    }

    #[test]
    fn a_file_that_holds_no_secret_is_refused() {
        assert!(matches!(file(b" \n", 0o600), Err(SecretFileWrong::Empty)));
        let large = vec![b'a'; CLIENT_SECRET_FILE_BYTES_MAX + 1];
        for content in [&large[..], b"two\nlines", b"\xff\xfe", "schlüssel".as_bytes()] {
            assert!(matches!(file(content, 0o600), Err(SecretFileWrong::OtherContent)));
        }
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read(folder.path()), Err(SecretFileWrong::NotAFile)));
        assert!(matches!(read(&folder.path().join("none")), Err(SecretFileWrong::Missing)));
    }
}
