//! Everything that can go wrong between Doorward and its database, by name.
//!
//! A lost race is not here: a guarded statement that changed no row is a value of the unit of work, not a fault.

/// Why the store did not do what it was asked. Unless a variant says otherwise, nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// The queue is full, or another process kept its lock for longer than a request may wait.
    #[error("the database is busy")]
    Busy,
    /// The disk (or the quota) is full.
    #[error("the disk of the database is full")]
    Full,
    /// The database, its disk or its server takes no writes, or a read unit tried to write.
    #[error("the database is read-only")]
    ReadOnly,
    /// The operating system failed to read, write or open a file of the database.
    #[error("reading or writing the database failed: {detail}")]
    Io {
        /// What the driver said.
        detail: String,
    },
    /// The database holds contradictory or damaged pages.
    #[error("the database is damaged: {detail}")]
    Corrupt {
        /// The file and what is wrong in it.
        detail: String,
    },
    /// The server cannot be reached, or the connection was lost. When it was lost during the commit, the unit may have been written.
    #[error("the database cannot be reached: {detail}")]
    Unavailable {
        /// What the driver said, without credentials.
        detail: String,
    },
    /// Two units kept undoing each other (serialization failure or deadlock) until the attempts ran out.
    #[error("the database could not order this among concurrent writes")]
    Contended,
    /// A row with these unique values exists already.
    #[error("a row with the same unique values exists ({constraint})")]
    Conflict {
        /// The constraint or index, by the name PostgreSQL gives it (`account_pkey`, `account_email_key`, or the name of a unique index), on both engines.
        constraint: String,
    },
    /// A row points to one that does not exist, or is still pointed to.
    #[error("a row refers to one that does not exist, or is still referred to")]
    ForeignKey,
    /// A NOT NULL or CHECK rule of a table was broken.
    #[error("a rule of the schema was broken: {detail}")]
    Rule {
        /// What the driver said.
        detail: String,
    },
    /// A guard was lost after other statements of the unit had written: the unit is undone. Inside the store only; what
    /// calls the unit gives the lost race its name.
    #[error("a guard was lost")]
    GuardLost,
    /// A query that had to return a row returned none.
    #[error("a row that must exist is missing")]
    NoRow,
    /// A row does not have the columns or values its record needs.
    #[error("a stored row has an unexpected shape: {detail}")]
    Shape {
        /// The column and what was found.
        detail: String,
    },
    /// The database refused a statement: a mistake in Doorward, not in a request.
    #[error("the database refused a statement: {detail}")]
    Statement {
        /// What the driver said.
        detail: String,
    },
    /// A unit of work panicked; what it wrote is undone.
    #[error("a unit of work panicked: {detail}")]
    Panicked {
        /// The panic's message.
        detail: String,
    },
    /// A unit of work waited for something other than its statements, which no unit may.
    #[error("a unit of work waited for something outside the database")]
    Waited,
    /// The store has been shut down.
    #[error("the store is shut down")]
    Closed,
    /// The address of the database cannot be used as it stands.
    #[error("{place}: {problem}")]
    Unusable {
        /// The path, or the address without its password.
        place: String,
        /// What is wrong there.
        problem: String,
        /// What to do about it.
        hint: String,
    },
    /// The database was migrated by a newer Doorward.
    #[error("the database has schema version {found}, this program knows versions up to {known}")]
    Newer {
        /// The highest version that was applied.
        found: i64,
        /// The highest version of this program.
        known: i64,
    },
    /// A migration failed, or one that was applied has changed since.
    #[error("migrating the database failed: {detail}")]
    Migration {
        /// The version and what the driver said.
        detail: String,
    },
}

impl StoreFault {
    /// Whether the cause lies outside the request and may pass by itself: the answer is "later" (503), not "our mistake" (500).
    pub fn is_outage(&self) -> bool {
        use StoreFault::{Busy, Closed, Contended, Corrupt, Full, Io, ReadOnly, Unavailable};
        matches!(self, Busy | Full | ReadOnly | Io { .. } | Corrupt { .. } | Unavailable { .. } | Contended | Closed)
    }

    /// What an operator can do, where there is something.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            StoreFault::Unusable { hint, .. } => hint,
            StoreFault::Unavailable { .. } => {
                "see that the server runs and lets this user in: host, port, user, password and name of the database"
            }
            StoreFault::Full => "free space on the volume of the database; the service recovers by itself",
            StoreFault::ReadOnly => "make the database file, its folder and its disk writable for this user",
            StoreFault::Corrupt { .. } => "stop every process that uses it, keep a copy, and restore the last backup",
            StoreFault::Newer { .. } => "start the newer program again, or let it take its migrations back first",
            StoreFault::Migration { .. } => {
                "the database is as it was before the named migration; nothing half-done was kept"
            }
            _ => return None,
        };
        Some(text.to_owned())
    }

    pub(super) fn shape(detail: impl Into<String>) -> StoreFault {
        StoreFault::Shape { detail: detail.into() }
    }

    pub(super) fn statement(detail: impl Into<String>) -> StoreFault {
        StoreFault::Statement { detail: detail.into() }
    }

    pub(super) fn panicked(payload: &(dyn std::any::Any + Send)) -> StoreFault {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let detail = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
        StoreFault::Panicked { detail }
    }
}
