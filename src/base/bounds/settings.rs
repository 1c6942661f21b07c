//! The smallest and largest value of each numeric setting. `config` puts them into the schema, and so into the
//! checks and the reference page.

use std::ops::RangeInclusive;

// [database]
/// Connections to PostgreSQL held by one process.
pub const DATABASE_CONNECTIONS: RangeInclusive<u32> = 2..=200;
/// Seconds a request waits for another process's lock.
pub const DATABASE_LOCK_SECONDS: RangeInclusive<u64> = 1..=30;
/// Units of work that may wait for the store.
pub const DATABASE_QUEUE: RangeInclusive<u32> = 16..=65_536;

// [keys]
/// Days a signing key signs.
pub const KEYS_ROTATION_DAYS: RangeInclusive<u32> = 1..=730;
/// Hours a key is published before it signs.
pub const KEYS_ANNOUNCE_HOURS: RangeInclusive<u32> = 1..=720;
/// Seconds a relying party may keep the published keys; DISC-08 allows a day.
pub const KEYS_CACHE_SECONDS: RangeInclusive<u64> = 60..=86_400;

// [tls]
/// Seconds between looks at the certificate files.
pub const TLS_RELOAD_SECONDS: RangeInclusive<u64> = 1..=3_600;
/// Seconds a handshake may take.
pub const TLS_HANDSHAKE_SECONDS: RangeInclusive<u64> = 1..=60;

// [mail]
/// A TCP port.
pub const PORT: RangeInclusive<u16> = 1..=65_535;
/// Seconds one answer of the mail server may take.
pub const MAIL_TIMEOUT_SECONDS: RangeInclusive<u64> = 1..=120;
/// Connections to the mail server at one time.
pub const MAIL_CONNECTIONS: RangeInclusive<u32> = 1..=32;

// [tokens]
/// Lifetime of an access token; RFC 9700 and TOK-08 allow an hour.
pub const ACCESS_TOKEN_SECONDS: RangeInclusive<u64> = 30..=3_600;
/// Lifetime of an ID token; JWT-01 allows an hour.
pub const ID_TOKEN_SECONDS: RangeInclusive<u64> = 30..=3_600;
/// Lifetime of an authorization code; ASVS 10.4.3 allows a minute.
pub const AUTHORIZATION_CODE_SECONDS: RangeInclusive<u64> = 5..=60;
/// Time a refresh token may lie unused.
pub const REFRESH_IDLE_SECONDS: RangeInclusive<u64> = 300..=31_536_000;
/// Time a chain of refresh tokens may live despite use.
pub const REFRESH_ABSOLUTE_SECONDS: RangeInclusive<u64> = 300..=31_536_000;
/// Time in which a lost refresh answer can be asked for again.
pub const REFRESH_GRACE_SECONDS: RangeInclusive<u64> = 0..=30;

// [sessions]
/// Time a session may lie unused.
pub const SESSION_IDLE_SECONDS: RangeInclusive<u64> = 60..=2_592_000;
/// Time a session may live despite use; SES-07 allows thirty days.
pub const SESSION_ABSOLUTE_SECONDS: RangeInclusive<u64> = 60..=2_592_000;

// [passwords]
/// Characters a password must have at least.
pub const PASSWORD_MINIMUM_LENGTH: RangeInclusive<u32> = 8..=64;
/// Threads that hash passwords.
pub const HASH_THREADS: RangeInclusive<u32> = 1..=64;
/// Passwords that may wait to be hashed.
pub const HASH_QUEUE: RangeInclusive<u32> = 1..=4_096;
/// Argon2id memory; PWD-13 asks for 19 MiB.
pub const ARGON2_MEMORY_KIB: RangeInclusive<u32> = 19_456..=262_144;
/// Argon2id passes; PWD-13 asks for two.
pub const ARGON2_ITERATIONS: RangeInclusive<u32> = 2..=10;

// [codes]
/// Lifetime of a mailed code; ASVS 6.5.5 allows ten minutes.
pub const CODE_SECONDS: RangeInclusive<u64> = 60..=600;
/// Lifetime of a code or link that proves a new address: what it lets into is nobody's yet, so a day is allowed.
pub const VERIFICATION_SECONDS: RangeInclusive<u64> = 60..=86_400;
/// Wrong guesses one code bears; OTP-06 allows ten.
pub const CODE_ATTEMPTS: RangeInclusive<u32> = 3..=10;
/// Times a code may be asked for again.
pub const CODE_RESENDS: RangeInclusive<u32> = 0..=5;
/// Wait between two codes.
pub const CODE_RESEND_SECONDS: RangeInclusive<u64> = 10..=300;
/// Lifetime of a reset link; RST-04 allows an hour.
pub const RESET_SECONDS: RangeInclusive<u64> = 300..=3_600;

// [limits]
/// Failed sign-ins to one account in an hour; NIST SP 800-63B-4 §3.2.2 allows a hundred in a row.
pub const FAILURES_PER_ACCOUNT: RangeInclusive<u32> = 3..=100;
/// Wrong codes for one account in a day.
pub const CODE_FAILURES_PER_ACCOUNT: RangeInclusive<u32> = 5..=100;
/// Anything counted for one network address in an hour.
pub const PER_SOURCE: RangeInclusive<u32> = 1..=1_000_000;
/// Anything counted for everybody together in an hour.
pub const OVERALL: RangeInclusive<u32> = 10..=100_000_000;
/// Mails to one mail address in an hour.
pub const MAILS_PER_ADDRESS: RangeInclusive<u32> = 1..=100;

// [telemetry]
/// Of a hundred requests, how many become spans.
pub const TRACE_PERCENT: RangeInclusive<u32> = 0..=100;

// [log]
/// Daily log files kept.
pub const LOG_KEEP_DAYS: RangeInclusive<u32> = 1..=3_650;

// [audit]
/// Days an entry of the audit log is kept.
pub const AUDIT_KEEP_DAYS: RangeInclusive<u32> = 7..=36_500;

// [http]
/// Bytes of a request body.
pub const BODY_BYTES: RangeInclusive<u32> = 8_192..=1_048_576;
/// Connections served at one time.
pub const CONNECTIONS: RangeInclusive<u32> = 16..=1_000_000;
/// Seconds a request head may take to arrive.
pub const HEAD_SECONDS: RangeInclusive<u64> = 1..=60;
/// Seconds a request body may take to arrive.
pub const BODY_SECONDS: RangeInclusive<u64> = 1..=120;
/// Seconds a connection may lie idle between requests.
pub const IDLE_SECONDS: RangeInclusive<u64> = 1..=600;
/// Seconds running requests get at shutdown.
pub const SHUTDOWN_SECONDS: RangeInclusive<u64> = 1..=60;
