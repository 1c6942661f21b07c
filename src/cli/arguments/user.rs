//! The options of `doorward user`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Granted, Json, Membership};

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
