//! TLS without anybody's help: a certificate authority of this installation, and a certificate for this machine's names
//! that it vouches for, in a folder below the data directory.
//!
//! People are asked to trust the authority, so it is bound (RFC 5280 §4.2.1.10) to names that nobody on the Internet
//! owns: whoever steals its key cannot pass for any public site. What a certificate looks like is in `issue`; serving
//! it is `tls`.

mod issue;
mod paper;

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::bounds::{LOCAL_RENEWAL_EVERY, LOCAL_RENEWAL_SECONDS};
use crate::base::{Clock, Timestamp};

const PRIVATE_FILE: u32 = 0o600;
const PUBLIC_FILE: u32 = 0o644;
const PRIVATE_FOLDER: u32 = 0o700;

/// The authority and the certificate, as files.
pub struct LocalAuthority {
    folder: PathBuf,
    host: String,
    clock: Arc<dyn Clock>,
}

/// Why there is no local certificate.
#[derive(Debug)]
pub enum LocalAuthorityProblem {
    /// A file or the folder cannot be read or written.
    Files(PathBuf, io::Error),
    /// A key or a certificate cannot be made, or what stands in the file is none.
    Malformed(PathBuf, rcgen::Error),
}

impl LocalAuthorityProblem {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Files(..) => "let the user Doorward runs as write to the data directory",
            Self::Malformed(..) => "remove the folder; a new authority is made, which people have to trust anew",
        }
    }
}

impl fmt::Display for LocalAuthorityProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files(path, problem) => write!(f, "{} cannot be used: {problem}", path.display()),
            Self::Malformed(path, problem) => write!(f, "{} is of no use: {problem}", path.display()),
        }
    }
}

impl std::error::Error for LocalAuthorityProblem {}

impl LocalAuthority {
    /// The authority kept in `folder`, for this machine and `host`. Makes what is not there or runs out soon.
    pub fn open(folder: PathBuf, host: &str, clock: Arc<dyn Clock>) -> Result<Self, LocalAuthorityProblem> {
        let this = Self { folder, host: host.to_owned(), clock };
        this.renew()?;
        Ok(this)
    }

    /// The authority's certificate: what people trust.
    pub fn authority(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// The certificate served.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }

    /// The key of the certificate served.
    pub fn key(&self) -> PathBuf {
        self.folder.join("certificate.key")
    }

    fn authority_key(&self) -> PathBuf {
        self.folder.join("authority.key")
    }

    /// Looks at both certificates again and again and renews what runs out; whoever serves the files sees that they
    /// changed. Never ends.
    pub async fn keep_renewed(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOCAL_RENEWAL_EVERY).await;
            let this = self.clone();
            match tokio::task::spawn_blocking(move || this.renew()).await {
                Ok(Ok(())) => {}
                Ok(Err(problem)) => tracing::error!(%problem, "the local certificate was not renewed"),
                Err(problem) => tracing::error!(%problem, "the local certificate could not be looked at"),
            }
        }
    }

    fn renew(&self) -> Result<(), LocalAuthorityProblem> {
        let folder = DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(&self.folder);
        folder.map_err(at(&self.folder))?;
        let _alone = self.lock()?;
        let now = self.clock.now();
        let authority = self.authority_or_new(now)?;
        self.certificate_or_new(&authority, now)
    }

    /// Two processes that start at once must not make two authorities.
    fn lock(&self) -> Result<File, LocalAuthorityProblem> {
        let path = self.folder.join(".lock");
        let file = OpenOptions::new().create(true).append(true).mode(PRIVATE_FILE).open(&path).map_err(at(&path))?;
        file.lock().map_err(at(&path))?;
        Ok(file)
    }

    fn authority_or_new(&self, now: Timestamp) -> Result<issue::Authority, LocalAuthorityProblem> {
        let (path, key_path) = (self.authority(), self.authority_key());
        let kept = paper::read(&path)?.filter(|paper| !is_due(paper.expires_at, now));
        if let Some(paper) = kept
            && let Some(key) = read_text(&key_path)?
        {
            return issue::Authority::of_key(&key, paper.expires_at).map_err(malformed(&key_path));
        }
        let authority = issue::Authority::generate(now).map_err(malformed(&path))?;
        write(&key_path, PRIVATE_FILE, &authority.key_pem())?;
        write(&path, PUBLIC_FILE, &authority.certificate_pem(now).map_err(malformed(&path))?)?;
        // What an earlier authority vouched for is worth nothing under this one.
        remove(&self.certificate())?;
        tracing::info!(authority = %path.display(), "a local certificate authority was made");
        Ok(authority)
    }

    fn certificate_or_new(&self, authority: &issue::Authority, now: Timestamp) -> Result<(), LocalAuthorityProblem> {
        let (path, key_path) = (self.certificate(), self.key());
        let kept = paper::read(&path)?.filter(|paper| !is_due(paper.expires_at, now) && paper.names_host(&self.host));
        // The key stays for as long as its file does, so that a renewal changes one file only.
        let key = read_text(&key_path)?;
        if kept.is_some() && key.is_some() {
            return Ok(());
        }
        let key = if let Some(key) = key {
            key
        } else {
            let key = issue::new_key().map_err(malformed(&key_path))?;
            write(&key_path, PRIVATE_FILE, &key)?;
            key
        };
        let issued = authority.vouch_for(&self.host, &key, now).map_err(malformed(&key_path))?;
        write(&path, PUBLIC_FILE, &issued)?;
        tracing::info!(certificate = %path.display(), host = self.host, "a local certificate was made");
        Ok(())
    }
}

fn is_due(expires_at: Timestamp, now: Timestamp) -> bool {
    expires_at <= now.plus_seconds(LOCAL_RENEWAL_SECONDS)
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> LocalAuthorityProblem {
    let path = path.to_path_buf();
    move |problem| LocalAuthorityProblem::Files(path, problem)
}

fn malformed(path: &Path) -> impl FnOnce(rcgen::Error) -> LocalAuthorityProblem {
    let path = path.to_path_buf();
    move |problem| LocalAuthorityProblem::Malformed(path, problem)
}

fn read_text(path: &Path) -> Result<Option<String>, LocalAuthorityProblem> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(problem) => Err(at(path)(problem)),
    }
}

/// Writes a whole file or none.
fn write(path: &Path, mode: u32, text: &str) -> Result<(), LocalAuthorityProblem> {
    let beside = path.with_extension("new");
    remove(&beside)?;
    let written = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&beside, path)).map_err(at(path))
}

fn remove(path: &Path) -> Result<(), LocalAuthorityProblem> {
    match std::fs::remove_file(path) {
        Err(problem) if problem.kind() != io::ErrorKind::NotFound => Err(at(path)(problem)),
        _ => Ok(()),
    }
}
