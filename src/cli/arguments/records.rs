//! Commands about what people may do, where they are signed in, and what was done.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Json;
use crate::base::Timestamp;

#[derive(Debug, Subcommand)]
pub enum Membership {
    /// Add to what the person has
    Add {
        /// The person's address
        email: String,
        /// One name or several
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Take from what the person has
    Remove {
        /// The person's address
        email: String,
        /// One name or several
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
}

/// What stands granted: shown, or ended.
#[derive(Debug, Clone, Args)]
pub struct Granted {
    /// End this grant, with every token issued on it
    #[arg(long, value_name = "GRANT", conflicts_with_all = ["revoke_all", "json"])]
    pub revoke: Option<String>,
    /// End all of them
    #[arg(long, conflicts_with = "json")]
    pub revoke_all: bool,
    #[command(flatten)]
    pub json: Json,
}

#[derive(Debug, Subcommand)]
pub enum Session {
    /// Show a person's live sessions
    List {
        /// The person's address
        email: String,
        #[command(flatten)]
        json: Json,
    },
    /// End one of a person's sessions, or all with everything that was issued
    End {
        /// The person's address
        email: String,
        /// The session, as `session list` shows it; left out: all of them
        session: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Show entries, newest first
    #[command(after_help = LIST_EXAMPLES)]
    List {
        #[command(flatten)]
        filters: AuditFilters,
        /// At most so many entries
        #[arg(long, default_value_t = 50, value_name = "COUNT")]
        limit: u32,
        #[command(flatten)]
        json: Json,
    },
    /// Prove that nothing was changed, removed or put elsewhere; exit code 1 and the first bad position otherwise
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify {
        /// An end that was noted down earlier, which must still be part of the chain
        #[arg(long, value_name = "POSITION:DIGEST", value_parser = end)]
        expect: Option<(i64, String)>,
        #[command(flatten)]
        json: Json,
    },
    /// Write the sealed entries as JSON lines, oldest first
    Export {
        /// Only entries behind this position
        #[arg(long, default_value_t = 0, value_name = "POSITION")]
        after: i64,
        /// The file; left out: standard output
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

const LIST_EXAMPLES: &str = "\
Examples:
  doorward audit list --account ada@example.com --since 2027-01-01
  doorward audit list --action session. --outcome failure --json
  doorward audit list --actor boss@example.com";

const VERIFY_EXAMPLES: &str = "\
Whoever can write the whole database could seal it anew. An end that was noted down elsewhere tells:

Examples:
  doorward audit verify
  doorward audit verify --expect 1204:Yw3NKWbEM2aRElRIu7JbT_QSpJxzLbLIq8G4WBvXEN0";

/// Which entries.
#[derive(Debug, Clone, Args)]
pub struct AuditFilters {
    /// About this person: an address or an account's id
    #[arg(long, value_name = "PERSON")]
    pub account: Option<String>,
    /// By this person: an address or an account's id
    #[arg(long, value_name = "PERSON")]
    pub actor: Option<String>,
    /// About this client
    #[arg(long, value_name = "CLIENT_ID")]
    pub client: Option<String>,
    /// Of this name, or, with a dot at the end, beginning so: session. or session.refused
    #[arg(long, value_name = "ACTION")]
    pub action: Option<String>,
    /// How it ended
    #[arg(long, value_name = "OUTCOME", value_parser = ["success", "failure"])]
    pub outcome: Option<String>,
    /// Of this request
    #[arg(long, value_name = "ID")]
    pub request: Option<String>,
    /// Not before this day or moment (UTC, 2027-01-31 or 2027-01-31T12:00:00Z)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub since: Option<Timestamp>,
    /// Before this day or moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Option<Timestamp>,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let day = || text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let moment = text.parse::<jiff::Timestamp>().ok().or_else(|| Some(day()?.timestamp()));
    let moment = moment.ok_or("a day such as 2027-01-31 or a moment such as 2027-01-31T12:00:00Z is expected")?;
    Ok(Timestamp::from_micros(moment.as_microsecond()))
}

fn end(text: &str) -> Result<(i64, String), String> {
    let (position, digest) = text.split_once(':').ok_or("a position, a colon and a digest are expected")?;
    let position = position.parse().map_err(|_| "the position is no whole number")?;
    Ok((position, digest.to_owned()))
}

#[derive(Debug, Args)]
pub struct Trace {
    /// The trace, or any request that had a part in it, as error pages and the log name it; left out: the latest are listed
    pub id: Option<String>,
    /// List only requests of this client
    #[arg(long, value_name = "CLIENT_ID")]
    pub client: Option<String>,
    /// List at most so many
    #[arg(long, default_value_t = 20, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=200))]
    pub last: u32,
    #[command(flatten)]
    pub json: Json,
}

pub const TRACE_EXAMPLES: &str = "\
Examples:
  doorward trace 5e1b7a90-3f
  doorward trace --client shop --last 5";
