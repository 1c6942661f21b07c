//! What is kept, for how long, and the work that keeps it in order.

use std::time::Duration;

// — storage —
/// Units of work that may wait for the store at once; one more is told that the store is busy.
pub const STORE_QUEUE_MAX: usize = 1024;
/// Units of work that share one durable commit on SQLite.
pub const STORE_BATCH_MAX: usize = 256;

/// How long the SQLite writer lets more of them gather when none has to be on the disk and the commit before had several:
/// each commit is work, and so is waking whoever waits for it.
pub const STORE_GATHER_WAIT: Duration = Duration::from_millis(1);
/// How long a unit waits for a lock that another process holds on a SQLite database.
pub const STORE_LOCK_WAIT: Duration = Duration::from_secs(5);
/// How long the pause is before a held SQLite lock is tried again.
pub const STORE_LOCK_STEP: Duration = Duration::from_millis(10);
/// How long a start waits while another process prepares or migrates the same database.
pub const STORE_MIGRATION_WAIT: Duration = Duration::from_mins(1);
/// Connections that read a SQLite database, at most.
pub const STORE_READERS_MAX: usize = 8;
/// Prepared statements kept by each connection.
pub const STORE_STATEMENTS_MAX: usize = 512;
/// The largest SQLite file, in bytes, whose every page is looked at when it is opened.
pub const STORE_QUICK_CHECK_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The size, in bytes, to which a SQLite write-ahead log is cut back after it has been carried over.
pub const STORE_LOG_BYTES_MAX: i64 = 64 * 1024 * 1024;
/// Pages of a SQLite database that are copied between two looks at how far a backup is.
pub const BACKUP_STEP_PAGES: i32 = 256;
/// Connections to a PostgreSQL server.
pub const STORE_CONNECTIONS_MAX: u32 = 16;
/// How long a unit waits for a connection to a PostgreSQL server.
pub const STORE_ACQUIRE_WAIT: Duration = Duration::from_secs(3);
/// How long a unit may take on PostgreSQL from its first statement to its commit, repetitions included.
pub const STORE_UNIT_WAIT: Duration = Duration::from_secs(6);
/// How long one statement may take on PostgreSQL, in milliseconds.
pub const STORE_STATEMENT_MILLIS_MAX: u32 = 5_000;
/// How long one statement may wait for a lock on PostgreSQL, in milliseconds.
pub const STORE_LOCK_MILLIS_MAX: u32 = 3_000;
/// How often a unit is run on PostgreSQL before a deadlock or serialization failure is reported.
pub const STORE_ATTEMPTS_MAX: u32 = 8;
/// The back-off before the first repetition; it doubles with each further one.
pub const STORE_BACK_OFF: Duration = Duration::from_millis(2);
/// How long a readiness probe may take.
pub const STORE_PROBE_WAIT: Duration = Duration::from_secs(2);

// — sweeping —
/// Rows one sweep statement removes at most, so that no transaction is long.
pub const SWEEP_BATCH_ROWS: i64 = 500;
/// Batches of one table in one turn of the sweep: what many requests a second leave behind has to go as fast, and each
/// batch waits in line with them.
pub const SWEEP_BATCHES_MAX: i64 = 20;
/// Interactions whose expired ones are kept for [`SWEEP_KEPT_SECONDS`]; beyond so many, an expired one goes at once.
/// Anybody can begin them, and each takes up to 15 kB.
pub const INTERACTION_ROWS_KEPT: i64 = 200_000;
/// How long a row is kept past its expiry: long enough to recognise a replay, short enough not to gather.
pub const SWEEP_KEPT_SECONDS: i64 = 24 * 60 * 60;
/// How long the row of a sent or failed mail is kept, for the operator's questions.
pub const SWEEP_MAIL_KEPT_SECONDS: i64 = 7 * 24 * 60 * 60;
/// How long the row of a client that was told of a logout is kept, for the operator's questions.
pub const SWEEP_LOGOUTS_KEPT_SECONDS: i64 = 7 * 24 * 60 * 60;

// — audit log —
/// Entries that one unit of work seals.
pub const AUDIT_SEAL_ROWS: i64 = 200;
/// The pause between looks for entries that are not sealed.
pub const AUDIT_SEAL_EVERY_SECONDS: u64 = 2;
/// Entries that one unit of work removes when their time is over.
pub const AUDIT_PRUNE_ROWS: i64 = 500;
/// Entries read at a time when the log is proved or exported.
pub const AUDIT_READ_ROWS: i64 = 500;

// — background work —
/// What one delivery gets in all; a crash in the middle of one delays its mail by little more.
pub const MAIL_DELIVERY_SECONDS: i64 = 60;
/// How much longer a claim on a mail holds.
pub const MAIL_LEASE_MARGIN_SECONDS: i64 = 15;
/// The longest pause between looks into the outbox.
pub const MAIL_POLL_SECONDS: u64 = 15;
/// How long clients are tried to be told of the end of a session. Whoever could not be told by then finds out when its
/// tokens are refused.
pub const LOGOUT_TRIED_SECONDS: i64 = 6 * 60 * 60;
/// How long a logout token is good.
pub const LOGOUT_TOKEN_SECONDS: i64 = 2 * 60;
/// How long a claim on a delivery holds: beyond the longest call.
pub const LOGOUT_LEASE_SECONDS: i64 = 30;
/// Clients that one signed-out page has frames for; the others are told by the back channel only.
pub const LOGOUT_FRAMES_MAX: usize = 20;
/// How long the browser waits for them before it goes on, in seconds.
pub const LOGOUT_FRAMES_SECONDS: u32 = 5;
/// What is kept of why a client could not be told.
pub const LOGOUT_STATUS_CHARS_MAX: usize = 200;
/// Clients that are told at once.
pub const LOGOUTS_AT_ONCE: usize = 16;
/// Deliveries that are due for longest, among which clients take turns.
pub const LOGOUTS_LOOKED_AT: i64 = 1_000;
/// The longest pause between looks for clients that are to be told.
pub const LOGOUT_POLL_SECONDS: u64 = 1;
/// The pause between sweeps.
pub const SWEEP_EVERY_SECONDS: u64 = 60;
/// The pause between two batches of one sweep.
pub const SWEEP_PAUSE_MILLISECONDS: u64 = 50;
/// The pause between looks at the key ring.
pub const KEY_RING_EVERY_SECONDS: u64 = 10;
/// A form that comes again within this time was sent by a double click or a reload.
pub const REPEATED_FORM_SECONDS: i64 = 30;
/// How exactly a session's last use is kept.
pub const SESSION_TOUCH_SECONDS: i64 = 60;
/// Failed sign-ins in one interaction after which a reset is suggested.
pub const FAILURES_BEFORE_RESET_IS_SUGGESTED: u32 = 3;
/// How long a notice is worth sending.
pub const NOTICE_SECONDS: i64 = 3 * 24 * 60 * 60;

// — the login trace —
/// How long traces are kept.
pub const TRACE_SECONDS: i64 = 24 * 60 * 60;
/// Entries of traces in the database; the oldest go beyond it.
pub const TRACE_ROWS_MAX: i64 = 100_000;
/// Entries that wait to be written; further ones are dropped.
pub const TRACE_QUEUE_MAX: usize = 4_000;
/// Entries that are written at once.
pub const TRACE_FLUSH_ROWS: usize = 1_000;
/// The pause between writes.
pub const TRACE_FLUSH_SECONDS: u64 = 1;
/// Events of one HTTP request.
pub const TRACE_EVENTS_MAX: usize = 16;
/// Entries of one trace that are shown.
pub const TRACE_ENTRIES_MAX: i64 = 200;
/// The longest value of a parameter that is noted, in characters.
pub const TRACE_VALUE_CHARS_MAX: usize = 300;

// — telemetry —
/// Log lines that may wait for a slow disk or terminal; one more is lost.
pub const LOG_LINES_WAITING_MAX: usize = 8 * 1024;
/// The longest value written whole into a log line a person reads.
pub const LOG_VALUE_CHARS_MAX: usize = 2_000;

/// Errors, and spans, that may wait to be sent elsewhere; one more of a kind is lost.
pub const EXPORT_QUEUE_MAX: usize = 2_048;
/// The most that is sent at once.
pub const EXPORT_BATCH_MAX: usize = 512;
/// How long is gathered before something is sent.
pub const EXPORT_GATHER: Duration = Duration::from_secs(1);
/// How long whoever takes it may think.
pub const EXPORT_ANSWER_WAIT: Duration = Duration::from_secs(10);
/// The pause before what was not taken is offered a second and last time.
pub const EXPORT_RETRY_WAIT: Duration = Duration::from_secs(5);
/// How long the end of the program waits for what is not sent yet.
pub const EXPORT_END_WAIT: Duration = Duration::from_secs(3);
