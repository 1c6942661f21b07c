//! Where the database is, as an operator writes it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::fault::StoreFault;

/// The address of a database: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST:PORT/NAME`.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A file on this machine.
    Sqlite {
        /// The file, relative to the working directory unless absolute.
        path: PathBuf,
    },
    /// A server.
    Postgres {
        /// The address with its credentials.
        url: String,
    },
}

impl FromStr for Location {
    type Err = StoreFault;

    fn from_str(text: &str) -> Result<Location, StoreFault> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Location::Postgres { url: text.to_owned() });
        }
        let Some(rest) = text.strip_prefix("sqlite:") else {
            return Err(unusable(text, "names no database engine that Doorward knows"));
        };
        let path = rest.strip_prefix("//").unwrap_or(rest);
        if path.is_empty() || path.contains('?') || path.starts_with(":memory:") {
            return Err(unusable(text, "does not name a file"));
        }
        Ok(Location::Sqlite { path: PathBuf::from(path) })
    }
}

fn unusable(text: &str, problem: &str) -> StoreFault {
    StoreFault::Unusable {
        // Up to the scheme only: whatever follows may hold a password.
        place: text.split_once(':').map_or("database", |(scheme, _)| scheme).to_owned(),
        problem: problem.to_owned(),
        hint: "write sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/NAME".to_owned(),
    }
}

/// Without the credentials of a server.
impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Sqlite { path } => write!(out, "sqlite:{}", path.display()),
            Location::Postgres { url } => {
                let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
                let without_options = rest.split('?').next().unwrap_or_default();
                let host = without_options.rsplit_once('@').map_or(without_options, |(_, host)| host);
                write!(out, "{scheme}://{host}")
            }
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
