//! Where things are kept: `[database]` and `[keys]`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::bounds::settings as bounds;
use crate::config::form::{DatabaseUrl, MasterKey};

/// The store: SQLite inside the data directory, or PostgreSQL.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// Which database: `sqlite://PATH` (three slashes for an absolute path) or `postgres://user:password@host/name`.
    /// Left out: `doorward.sqlite` in the data directory.
    #[schemars(with = "String", extend("format" = "database-url"))]
    pub url: DatabaseUrl,
    /// Connections to PostgreSQL that one process holds at most.
    #[schemars(range(min = *bounds::DATABASE_CONNECTIONS.start(), max = *bounds::DATABASE_CONNECTIONS.end()))]
    pub connections: u32,
    /// Seconds a request waits for a lock that another process holds on an SQLite database before it is answered 503.
    #[schemars(range(min = *bounds::DATABASE_LOCK_SECONDS.start(), max = *bounds::DATABASE_LOCK_SECONDS.end()))]
    pub lock_seconds: u64,
    /// Requests that may wait for the store at one time; more are answered 503.
    #[schemars(range(min = *bounds::DATABASE_QUEUE.start(), max = *bounds::DATABASE_QUEUE.end()))]
    pub queue: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: DatabaseUrl::Sqlite(PathBuf::from("data/doorward.sqlite")),
            connections: 16,
            lock_seconds: 5,
            queue: 1_024,
        }
    }
}

/// The master key, and how long signing keys live.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// Directory of the master key file, which is made on the first start and readable by its owner only. Left out:
    /// `keys` while `data` is left out too, else `keys` inside the data directory.
    #[schemars(with = "String", extend("format" = "path"))]
    pub directory: PathBuf,
    /// The master key itself, 32 bytes in base64url or hexadecimal, instead of a file. Meant for the environment.
    #[schemars(with = "Option<String>", extend("format" = "master-key", "writeOnly" = true))]
    pub master_key: Option<MasterKey>,
    /// Days a signing key signs before the next one takes over by itself.
    #[schemars(range(min = *bounds::KEYS_ROTATION_DAYS.start(), max = *bounds::KEYS_ROTATION_DAYS.end()))]
    pub rotation_days: u32,
    /// Hours a new key is published before its first signature, so that relying parties know it by then.
    #[schemars(range(min = *bounds::KEYS_ANNOUNCE_HOURS.start(), max = *bounds::KEYS_ANNOUNCE_HOURS.end()))]
    pub announce_hours: u32,
    /// Seconds relying parties may keep the published keys before asking again (`max-age`).
    #[schemars(range(min = *bounds::KEYS_CACHE_SECONDS.start(), max = *bounds::KEYS_CACHE_SECONDS.end()))]
    pub cache_seconds: u64,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            directory: PathBuf::from("keys"),
            master_key: None,
            rotation_days: 90,
            announce_hours: 48,
            cache_seconds: 3_600,
        }
    }
}
