//! Every bound of the program, by name.

/// The smallest and largest value of each numeric setting. `config` puts them into the schema, and so into the
/// checks and the reference page.
pub mod settings {
    use std::ops::RangeInclusive;

    // [database]
    /// Connections to PostgreSQL held by one process.
    pub const DATABASE_CONNECTIONS: RangeInclusive<u32> = 2..=200;
    /// Connections that read SQLite beside its one writer.
    pub const DATABASE_READERS: RangeInclusive<u32> = 1..=64;
    /// Seconds a request waits for a free connection.
    pub const DATABASE_ACQUIRE_SECONDS: RangeInclusive<u64> = 1..=30;
    /// Seconds a statement waits for another process's lock.
    pub const DATABASE_BUSY_SECONDS: RangeInclusive<u64> = 1..=30;
    /// Seconds a statement may run.
    pub const DATABASE_STATEMENT_SECONDS: RangeInclusive<u64> = 1..=60;
    /// Units of work gathered into one SQLite commit.
    pub const DATABASE_WRITE_BATCH: RangeInclusive<u32> = 1..=1024;
    /// Units of work that may wait for the SQLite writer.
    pub const DATABASE_WRITE_QUEUE: RangeInclusive<u32> = 16..=65_536;

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
    /// Hours after which an undelivered mail is given up.
    pub const MAIL_GIVE_UP_HOURS: RangeInclusive<u32> = 1..=168;

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
    /// Time a person may take from the authorization request to its end.
    pub const INTERACTION_SECONDS: RangeInclusive<u64> = 300..=14_400;

    // [passwords]
    /// Characters a password must have at least.
    pub const PASSWORD_MINIMUM_LENGTH: RangeInclusive<u32> = 8..=64;
    /// Threads that hash passwords.
    pub const HASH_THREADS: RangeInclusive<u32> = 1..=64;
    /// Passwords that may wait to be hashed.
    pub const HASH_QUEUE: RangeInclusive<u32> = 1..=4_096;
    /// Argon2id memory; PWD-13 asks for 19 MiB.
    pub const ARGON2_MEMORY_KIB: RangeInclusive<u32> = 19_456..=1_048_576;
    /// Argon2id passes; PWD-13 asks for two.
    pub const ARGON2_ITERATIONS: RangeInclusive<u32> = 2..=16;

    // [codes]
    /// Lifetime of a mailed code; ASVS 6.5.5 allows ten minutes.
    pub const CODE_SECONDS: RangeInclusive<u64> = 60..=600;
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
    /// Mails to one mail address in an hour.
    pub const MAILS_PER_ADDRESS: RangeInclusive<u32> = 1..=100;

    // [log]
    /// Daily log files kept.
    pub const LOG_KEEP_DAYS: RangeInclusive<u32> = 1..=3_650;

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
}

/// Bounds of the listener that no operator needs to turn.
pub mod listener {
    use std::time::Duration;

    /// Connections the system holds for us while we do not accept.
    pub const BACKLOG: u32 = 1024;
    /// Bytes of a request head.
    pub const HEAD_BYTES: usize = 32 * 1024;
    /// Time a finished answer may take to be fetched by its client.
    pub const ANSWER_TIME: Duration = Duration::from_mins(1);
    /// Time a connection may lie idle while connections are scarce.
    pub const IDLE_WHEN_SCARCE: Duration = Duration::from_secs(1);
    /// First wait after the system refuses to accept; doubled up to the last.
    pub const ACCEPT_FIRST_WAIT: Duration = Duration::from_millis(50);
    /// Longest wait after the system refuses to accept.
    pub const ACCEPT_LAST_WAIT: Duration = Duration::from_secs(1);
    /// File descriptors left to the store, the mail and the logs.
    pub const DESCRIPTORS_RESERVED: usize = 128;
    /// Requests running at one time on one HTTP/2 connection.
    pub const H2_STREAMS: u32 = 100;
    /// Bytes one HTTP/2 stream may have on the way before it is read.
    pub const H2_STREAM_WINDOW: u32 = 65_535;
    /// Bytes all streams of one HTTP/2 connection may have on the way.
    pub const H2_CONNECTION_WINDOW: u32 = 1024 * 1024;
    /// Bytes of answers kept for one HTTP/2 stream whose client does not read.
    pub const H2_SEND_BUFFER: usize = 256 * 1024;
    /// Streams an HTTP/2 client may open and reset unseen before the connection ends.
    pub const H2_RESETS: usize = 20;
    /// Silence after which an HTTP/2 client is pinged.
    pub const H2_PING_AFTER: Duration = Duration::from_secs(20);
    /// Time the client has to answer the ping.
    pub const H2_PING_TIME: Duration = Duration::from_secs(10);
}
