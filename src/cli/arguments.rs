//! The command line as clap reads it. What stands here in doc comments is what people read under `--help`.

mod client;
mod keys;
mod mcp;
mod records;
mod user;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use client::{Client, ClientAdd, InitialToken};
pub use keys::Keys;
pub use mcp::{Mcp, McpCheck};
pub use records::{Audit, AuditFilters, Granted, Membership, Session, Trace};
pub use user::{User, UserAdd};

const EXAMPLES: &str = "\
Examples:
  doorward dev                             try it: test people, clients, an inbox, a demo app
  doorward check                           is everything ready for production?
  doorward serve                           run it
  doorward apply people-and-apps.toml      make clients and people, or change them
  doorward client add --name Shop --redirect-uri https://shop.example/callback
  doorward keys rotate                     announce the next signing keys

Exit codes:
  0  done
  1  it could not be done: what was named is not there, or the database is busy or out of reach
  2  nothing was done: a wrong option, setting, file or key; trying again does not help";

/// A standalone OAuth 2.0 and OpenID Connect identity provider.
#[derive(Debug, Parser)]
#[command(name = "doorward", version, term_width = 100, after_help = EXAMPLES, propagate_version = false)]
pub struct Arguments {
    #[command(flatten)]
    pub place: Place,
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command has stand behind its own.
const LAST: usize = 900;

/// Which installation is meant.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// Settings file; left out: doorward.toml here, if there is one
    #[arg(long, global = true, value_name = "FILE", display_order = LAST)]
    pub config: Option<PathBuf>,
    /// Directory of what Doorward keeps: database and master key
    #[arg(long, global = true, value_name = "DIRECTORY", display_order = LAST)]
    pub data: Option<String>,
}

/// How a server is started.
#[derive(Debug, Clone, Args)]
pub struct Serving {
    /// Address and port to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// The origin people and relying parties reach it at
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,
    /// Speak TLS with a certificate of a local authority, which is made; for loopback and private networks
    #[arg(long)]
    pub https: bool,
    /// TOML file of clients and people to make or change before serving; see `doorward apply`
    #[arg(long, value_name = "FILE")]
    pub apply: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run it on this machine for development: test people, demo clients, an inbox, a demo app
    #[command(after_help = DEV_EXAMPLES)]
    Dev(Serving),
    /// Run it for production: refuses to start on a wrong setting and names every wrong one
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(Serving),
    /// Look whether `serve` would start: settings, database, migrations, keys
    Check {
        /// Ask the providers that people sign in by, too: whether each is there, is who it should be, and has keys
        #[arg(long)]
        providers: bool,
        #[command(flatten)]
        json: Json,
    },
    /// Ask a running server whether it can do its work; for health checks where there is no curl
    #[command(after_help = HEALTH_HELP)]
    Health {
        /// The origin of the server; left out: the listener that the settings name, on this machine
        url: Option<String>,
    },
    /// Take the database's schema forward or back
    #[command(subcommand)]
    Migrate(Migrate),
    /// Copy the SQLite database into a new file, while the server runs
    #[command(after_help = BACKUP_HELP)]
    Backup {
        /// The file to write; it must not exist
        file: PathBuf,
    },
    /// Put a backup in the place of the SQLite database, while no server runs
    #[command(after_help = RESTORE_HELP)]
    Restore {
        /// A file that `doorward backup` wrote
        file: PathBuf,
    },
    /// Signing keys
    #[command(subcommand)]
    Keys(Keys),
    /// Clients: the applications people sign in to
    #[command(subcommand)]
    Client(Client),
    /// People
    #[command(subcommand)]
    User(User),
    /// Where people are signed in
    #[command(subcommand)]
    Session(Session),
    /// The record of who did what
    #[command(subcommand)]
    Audit(Audit),
    /// Resources of the Model Context Protocol
    #[command(subcommand)]
    Mcp(Mcp),
    /// What happened to a sign-in of the last day, step by step
    #[command(after_help = records::TRACE_EXAMPLES)]
    Trace(Trace),
    /// Make clients and people, or change them, as a file says
    #[command(after_help = APPLY_HELP)]
    Apply(Apply),
}

const DEV_EXAMPLES: &str = "\
Keeps everything in data/dev, makes it when it is not there, and listens on loopback only.

Examples:
  doorward dev
  doorward dev --https
  doorward dev --listen 127.0.0.1:9000 --apply my-app.toml";

const SERVE_EXAMPLES: &str = "\
SIGTERM ends it after running requests are answered; a second one ends it at once. SIGHUP reads the
templates again. Certificates are read again when their files change.

Examples:
  doorward serve
  doorward serve --config /etc/doorward.toml --apply /etc/doorward-clients.toml";

const APPLY_HELP: &str = "\
The file holds any number of [[client]] tables, with the member names of RFC 7591 and ours in
[client.doorward], and of [[person]] tables, with the claim names of OpenID Connect. All of it is
checked before anything is written. Applied twice, it changes nothing the second time.

A client becomes what its table says; members left out take their defaults. Of a person only what
is named changes. A confidential client without client_secret keeps the one it has; a new one is
given one, which is shown this once.

Example:
  [[client]]
  client_id = \"shop\"
  client_name = \"Corner Shop\"
  redirect_uris = [\"https://shop.example/callback\"]
  grant_types = [\"authorization_code\", \"refresh_token\"]

  [client.doorward]
  first_party = true

  [[person]]
  email = \"ada@example.com\"
  name = \"Ada Lovelace\"
  password = \"a password of eight characters or more\"";

const HEALTH_HELP: &str = "\
Asks /ready: the database answers, and there is a key for every algorithm. Exit code 0 if so, 1 if not.

Examples:
  doorward health
  doorward health https://login.example.com";

const BACKUP_HELP: &str = "\
The copy is whole and checked when the command ends, and readable by this user only. It is of no
use without the master key (keys/master.key, or what keys.master_key says): keep that too, in
another place. For PostgreSQL use pg_dump.

Examples:
  doorward backup /backup/doorward-2026-11-21.sqlite";

const RESTORE_HELP: &str = "\
The file is checked before anything is touched, and brought to this program's schema. The former
database is kept beside the new one. Every session and grant is ended, because the backup does not
know which of them were used or ended since. For PostgreSQL use pg_restore.

Examples:
  doorward restore /backup/doorward-2026-11-21.sqlite";

/// How the answer is written.
#[derive(Debug, Clone, Copy, Args)]
pub struct Json {
    /// Answer in JSON, for programs
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Apply {
    /// The TOML file; - reads standard input
    pub file: PathBuf,
    #[command(flatten)]
    pub json: Json,
}

#[derive(Debug, Subcommand)]
pub enum Migrate {
    /// Apply every migration that is not applied yet
    Up,
    /// Take applied migrations back, newest first; what they hold is lost
    Down {
        /// How many to take back
        #[arg(long, default_value_t = 1, value_name = "COUNT")]
        steps: usize,
        /// Do it: stop every server on this database first, and keep a backup
        #[arg(long)]
        yes: bool,
    },
    /// Show every migration and whether it is applied
    Status(Json),
}
