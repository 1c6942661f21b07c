//! The command line as clap reads it. What stands here in doc comments is what people read under `--help`.

mod mcp;
mod records;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::base::bounds::{INITIAL_ACCESS_DAYS_MAX, INITIAL_ACCESS_USES_MAX};
use crate::model::key::SigningAlgorithm;
pub use mcp::{Mcp, McpCheck};
pub use records::{Audit, AuditFilters, Granted, Membership, Session, Trace};

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

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Show the signing keys and where each is in its life
    List(Json),
    /// Announce successors now; each signs once relying parties had time to fetch it
    #[command(after_help = ROTATE_EXAMPLES)]
    Rotate {
        /// Only these algorithms; left out: all
        #[arg(long = "alg", value_name = "ALG", value_parser = algorithm)]
        algorithms: Vec<SigningAlgorithm>,
        /// Withdraw the present keys at once: every token they signed stops counting
        #[arg(long)]
        emergency: bool,
        #[command(flatten)]
        json: Json,
    },
}

const ROTATE_EXAMPLES: &str = "\
A running server takes the change over within seconds.

Examples:
  doorward keys rotate
  doorward keys rotate --alg ES256
  doorward keys rotate --emergency         a private key has leaked";

fn algorithm(text: &str) -> Result<SigningAlgorithm, String> {
    SigningAlgorithm::parse(text).ok_or_else(|| "one of RS256, ES256, EdDSA is expected".to_owned())
}

#[derive(Debug, Subcommand)]
pub enum Client {
    /// Show all clients
    List(Json),
    /// Show one client
    Show {
        /// Its client_id
        client_id: String,
        #[command(flatten)]
        json: Json,
    },
    /// Make a client
    #[command(after_help = CLIENT_ADD_EXAMPLES)]
    Add(Box<ClientAdd>),
    /// Show what people have granted to a client, or end it
    Grants {
        /// Its client_id
        client_id: String,
        #[command(flatten)]
        grants: Granted,
    },
    /// Give a client a new secret, shown this once; the old one counts a while longer
    Secret {
        /// Its client_id
        client_id: String,
        /// How long the old secret still counts
        #[arg(long, default_value_t = 24, value_name = "HOURS")]
        overlap_hours: u16,
        #[command(flatten)]
        json: Json,
    },
    /// Register one more redirect URI
    AddRedirect {
        /// Its client_id
        client_id: String,
        /// The URI, exactly as requests will carry it
        redirect_uri: String,
        /// For after logout instead of after sign-in
        #[arg(long)]
        post_logout: bool,
    },
    /// Let a client do nothing any more; its tokens are revoked
    Disable {
        /// Its client_id
        client_id: String,
    },
    /// Let a disabled client work again
    Enable {
        /// Its client_id
        client_id: String,
    },
    /// Remove a client and everything issued to it
    Delete {
        /// Its client_id
        client_id: String,
    },
    /// Let programs register clients by themselves, where `protocol.registration` is `token`
    #[command(subcommand)]
    Token(InitialToken),
}

#[derive(Debug, Subcommand)]
pub enum InitialToken {
    /// Make an initial access token, shown this once
    New {
        /// How many clients it may register
        #[arg(long, default_value_t = 1, value_name = "USES",
            value_parser = clap::value_parser!(u32).range(1..=i64::from(INITIAL_ACCESS_USES_MAX)))]
        uses: u32,
        /// How many days it counts
        #[arg(long, default_value_t = 7, value_name = "DAYS",
            value_parser = clap::value_parser!(u32).range(1..=i64::from(INITIAL_ACCESS_DAYS_MAX)))]
        days: u32,
        #[command(flatten)]
        json: Json,
    },
}

const CLIENT_ADD_EXAMPLES: &str = "\
Examples:
  doorward client add --name Shop --redirect-uri https://shop.example/callback
  doorward client add --public --id diary --redirect-uri http://localhost:7070/callback
  echo '{\"client_id\": \"shop\", \"redirect_uris\": [\"https://shop.example/callback\"]}' |
    doorward client add --json -";

#[derive(Debug, Clone, Args)]
pub struct ClientAdd {
    /// Read the members of RFC 7591 (ours under "doorward") as JSON from FILE, - for standard input,
    /// and answer in JSON
    #[arg(long, value_name = "FILE", conflicts_with_all = ["id", "name", "redirect_uri", "post_logout_redirect_uri",
        "public", "native", "first_party", "scope", "grant_type"])]
    pub json: Option<PathBuf>,
    /// The client_id; left out: one is made
    #[arg(long, value_name = "CLIENT_ID")]
    pub id: Option<String>,
    /// The name people see
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Where answers may go; repeatable
    #[arg(long, value_name = "URI")]
    pub redirect_uri: Vec<String>,
    /// Where people may be sent after logout; repeatable
    #[arg(long, value_name = "URI")]
    pub post_logout_redirect_uri: Vec<String>,
    /// It cannot keep a secret: a browser or native application
    #[arg(long)]
    pub public: bool,
    /// It runs on people's machines: loopback ports are free
    #[arg(long)]
    pub native: bool,
    /// It is our own: people are not asked for consent
    #[arg(long)]
    pub first_party: bool,
    /// The scope it may ask for, in quotes
    #[arg(long, value_name = "SCOPE")]
    pub scope: Option<String>,
    /// A grant it may use; repeatable; left out: `authorization_code` and `refresh_token`
    #[arg(long, value_name = "GRANT")]
    pub grant_type: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum User {
    /// Show people, all or those whose address contains a text
    List {
        /// Part of the address
        search: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Show people whose address, name or username contains a text
    Search {
        /// The text, in whatever case
        text: String,
        #[command(flatten)]
        json: Json,
    },
    /// Show one person
    Show {
        /// The person's address
        email: String,
        #[command(flatten)]
        json: Json,
    },
    /// Make an account
    #[command(after_help = USER_ADD_EXAMPLES)]
    Add(Box<UserAdd>),
    /// Give a person roles, or take them away; the role `admin` opens the administrators' interface
    #[command(subcommand, after_help = ROLE_EXAMPLES)]
    Role(Membership),
    /// Put a person into groups, or take them out
    #[command(subcommand)]
    Group(Membership),
    /// Count an address as proven
    Verify {
        /// The person's address
        email: String,
    },
    /// Let nobody in: sessions and tokens end
    Lock {
        /// The person's address
        email: String,
    },
    /// Let a locked person in again
    Unlock {
        /// The person's address
        email: String,
    },
    /// Let another provider open an account again, after it reported a takeover
    Unblock {
        /// The person's address
        email: String,
        /// The provider, as in the settings
        provider: String,
    },
    /// Cut the tie to a provider's person, who does not open the account any more
    Unlink {
        /// The person's address
        email: String,
        /// The provider, as in the settings
        provider: String,
    },
    /// Show what a person has granted to apps, or end it
    Grants {
        /// The person's address
        email: String,
        #[command(flatten)]
        grants: Granted,
    },
    /// Remove an account with everything that hangs on it
    Delete {
        /// The person's address
        email: String,
    },
    /// Set a password, read from standard input; sessions and tokens end
    #[command(after_help = PASSWORD_EXAMPLES)]
    Password {
        /// The person's address
        email: String,
        /// Make one and show it
        #[arg(long)]
        generate: bool,
    },
}

const ROLE_EXAMPLES: &str = "\
Examples:
  doorward user role add ada@example.com admin
  doorward user role remove ada@example.com editor reviewer";

const USER_ADD_EXAMPLES: &str = "\
Examples:
  doorward user add ada@example.com --admin --generate-password       the first administrator
  doorward user add ada@example.com --name 'Ada Lovelace' --generate-password
  echo '{\"email\": \"ada@example.com\", \"name\": \"Ada Lovelace\", \"password\": \"eight or more\"}' |
    doorward user add --json -";

const PASSWORD_EXAMPLES: &str = "\
Examples:
  doorward user password ada@example.com --generate
  doorward user password ada@example.com < password.txt";

#[derive(Debug, Clone, Args)]
pub struct UserAdd {
    /// Read OpenID Connect claims, email and password as JSON from FILE, - for standard input, and answer in JSON
    #[arg(long, value_name = "FILE", conflicts_with_all = ["email", "name", "admin", "generate_password"])]
    pub json: Option<PathBuf>,
    /// The address, counted as proven
    #[arg(required_unless_present = "json")]
    pub email: Option<String>,
    /// The full name
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Give the person the role `admin`
    #[arg(long)]
    pub admin: bool,
    /// Make a password and show it; without one the person signs in by mailed code
    #[arg(long)]
    pub generate_password: bool,
}
