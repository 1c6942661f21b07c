//! Every bound of the program by name: lengths in bytes unless said otherwise, times in seconds, counts.
//!
//! A number that limits something stands here and nowhere else, so that all of them can be read in one sitting.

use std::time::Duration;

// — requests —

/// The largest request body that is read at all.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// The most parameters a form or query may hold.
pub const PARAMETERS_MAX: usize = 100;
/// The longest parameter name.
pub const PARAMETER_NAME_BYTES_MAX: usize = 128;
/// The longest value of a parameter that has no bound of its own.
pub const PARAMETER_VALUE_BYTES_MAX: usize = 8 * 1024;
/// The longest `state`.
pub const STATE_BYTES_MAX: usize = 4 * 1024;
/// The longest `nonce`.
pub const NONCE_BYTES_MAX: usize = 1024;
/// The longest `claims` parameter.
pub const CLAIMS_PARAMETER_BYTES_MAX: usize = 8 * 1024;
/// The most claims one `claims` parameter may name.
pub const CLAIMS_REQUESTED_MAX: usize = 100;
/// The deepest nesting of a `claims` parameter; an address asked for by value needs five.
pub const CLAIMS_DEPTH_MAX: usize = 8;
/// The longest `login_hint` that is kept; longer ones are not used.
pub const LOGIN_HINT_BYTES_MAX: usize = 320;
/// The longest `ui_locales` that is kept; longer ones are not used.
pub const UI_LOCALES_BYTES_MAX: usize = 256;
/// The most tokens in one `scope`.
pub const SCOPE_TOKENS_MAX: usize = 64;
/// The most values in `acr_values`.
pub const ACR_VALUES_MAX: usize = 20;
/// The most `resource` parameters in one request.
pub const RESOURCES_MAX: usize = 8;
/// The most authorization details in one request.
pub const AUTHORIZATION_DETAILS_MAX: usize = 16;
/// The deepest nesting of authorization details.
pub const AUTHORIZATION_DETAILS_DEPTH_MAX: usize = 8;
/// The longest name of a type of authorization details.
pub const AUTHORIZATION_DETAIL_TYPE_BYTES_MAX: usize = 128;
/// The deepest nesting of an operator's JSON schema.
pub const SCHEMA_DEPTH_MAX: usize = 16;
/// The longest URI kept or compared.
pub const URI_BYTES_MAX: usize = 2 * 1024;
/// The longest `client_id`.
pub const CLIENT_ID_BYTES_MAX: usize = 255;
/// The longest client secret.
pub const CLIENT_SECRET_BYTES_MAX: usize = 512;
/// The shortest client secret an operator may choose; ours have 43 characters behind the prefix.
pub const CLIENT_SECRET_BYTES_MIN: usize = 16;
/// The longest credentials of a Basic header: `client_id`, colon and secret with every byte escaped, in base64.
pub const BASIC_CREDENTIALS_BYTES_MAX: usize =
    (CLIENT_ID_BYTES_MAX * 3 + 1 + CLIENT_SECRET_BYTES_MAX * 3).div_ceil(3) * 4;
/// The longest JWT that is looked at.
pub const JWT_BYTES_MAX: usize = 16 * 1024;
/// RFC 7636 §4.1: the shortest code verifier and challenge.
pub const PKCE_BYTES_MIN: usize = 43;
/// RFC 7636 §4.1: the longest code verifier.
pub const PKCE_BYTES_MAX: usize = 128;
/// RFC 7636 §4.2: the length of an S256 challenge.
pub const PKCE_S256_BYTES: usize = 43;

// — clients —

/// The longest name of a client, in characters.
pub const CLIENT_NAME_CHARS_MAX: usize = 100;
/// The most entries of one list in a client's metadata.
pub const CLIENT_LIST_MAX: usize = 100;
/// Clients that registered themselves while everybody may.
pub const OPEN_CLIENTS_MAX: i64 = 10_000;
/// The deepest nesting of a registration or a client's own document that is read.
pub const REGISTRATION_DEPTH_MAX: usize = 8;
/// The most members of a registration, at its top.
pub const REGISTRATION_MEMBERS_MAX: usize = 200;
/// The most uses of an initial access token.
pub const INITIAL_ACCESS_USES_MAX: u32 = 10_000;
/// The longest life of an initial access token, in days.
pub const INITIAL_ACCESS_DAYS_MAX: u32 = 365;
/// Clients that are known by their documents.
pub const DOCUMENT_CLIENTS_MAX: i64 = 10_000;
/// The largest document of a client.
pub const CLIENT_DOCUMENT_BYTES_MAX: usize = 16 * 1024;
/// The shortest time for which a client's document is believed, whatever its headers say.
pub const CLIENT_DOCUMENT_SECONDS_MIN: i64 = 5 * 60;
/// The longest.
pub const CLIENT_DOCUMENT_SECONDS_MAX: i64 = 24 * 60 * 60;
/// How long a client known by its document is remembered without having been looked at, when nothing rests on it.
pub const CLIENT_DOCUMENT_KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// Documents of clients fetched for one source in an hour.
pub const CLIENT_DOCUMENTS_PER_SOURCE: i64 = 120;
/// Request objects fetched for one source in an hour: one for each sign-in there, and a whole company may sit behind it.
pub const REQUEST_OBJECTS_PER_SOURCE: i64 = 600;
/// Requests by mail (CIBA) that one app may send in an hour, whomever to. Those about nobody count, so that addresses
/// cannot be tried out.
pub const APPROVALS_PER_CLIENT: i64 = 600;
/// People of a client who are looked through for the one whom a pairwise subject names.
pub const PAIRWISE_PEOPLE_MAX: i64 = 10_000;
/// The most redirect URIs that a sector lists.
pub const SECTOR_URIS_MAX: usize = 1_000;
/// The longest contact of a client.
pub const CLIENT_CONTACT_BYTES_MAX: usize = 254;
/// The greatest `default_max_age`: ten years.
pub const DEFAULT_MAX_AGE_SECONDS_MAX: i64 = 10 * 365 * 24 * 60 * 60;

// — people —

/// RFC 5321 §4.5.3.1.3: the longest address.
pub const EMAIL_BYTES_MAX: usize = 254;
/// RFC 5321 §4.5.3.1.1: the longest local part.
pub const EMAIL_LOCAL_BYTES_MAX: usize = 64;
/// The longest password, in characters after normalisation.
pub const PASSWORD_CHARS_MAX: usize = 256;
/// The longest profile text (a name, a zone), in characters.
pub const PROFILE_CHARS_MAX: usize = 200;
/// How often a patch of a profile is tried when others change it at the same moment.
pub const PROFILE_TRIES_MAX: usize = 4;
/// The shortest username.
pub const USERNAME_CHARS_MIN: usize = 3;
/// The longest username.
pub const USERNAME_CHARS_MAX: usize = 32;

// ---- Other providers ----------------------------------------------------------------------------------------------

/// Characters of the operator's name of a provider.
pub const PROVIDER_ID_CHARS_MAX: usize = 32;
/// Bytes of a provider's name of a person; longer ones are refused (OpenID Connect Core §2 allows 255 of ASCII).
pub const UPSTREAM_SUBJECT_BYTES_MAX: usize = 255;
/// Seconds a call to a provider may take, connection and body together.
pub const UPSTREAM_CALL_SECONDS: u64 = 5;
/// Bytes of a provider's answer.
pub const UPSTREAM_ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Seconds somebody has at a provider before they must begin again.
pub const UPSTREAM_VISIT_SECONDS: i64 = 600;
/// Calls to providers that are under way at once; more people are asked to come again.
pub const UPSTREAM_CALLS_MAX: usize = 256;
/// Visits to other providers that one source may begin, and come back from, in an hour. A whole company may sit behind
/// one address.
pub const VISITS_PER_SOURCE: i64 = 1_000;
/// Security events that one source may send in an hour. A provider sends those about all its people from few places, and
/// many at once after a leak; they do not share the visits' count, which strangers behind the same address could use up.
pub const SECURITY_EVENTS_PER_SOURCE: i64 = 10_000;
/// Identities of other providers that one account may have.
pub const IDENTITIES_MAX: i64 = 16;
/// Seconds for which the name of a security event is kept, so that it acts once.
pub const SECURITY_EVENT_SECONDS: i64 = 30 * 86_400;
/// Providers that can be configured.
pub const PROVIDERS_MAX: usize = 32;
/// Bytes of a file that holds our secret at a provider.
pub const CLIENT_SECRET_FILE_BYTES_MAX: usize = 4 * 1024;
/// Seconds that sending somebody to a provider, or finding out who came back, may take with all its calls together.
pub const UPSTREAM_STEP_SECONDS: u64 = 9;
/// Calls in a row that do not reach a provider before it is left alone for a while.
pub const UPSTREAM_FAILURES_MAX: u32 = 5;
/// Seconds that it is left alone at first; each attempt in vain doubles them.
pub const UPSTREAM_PAUSE_SECONDS_MIN: i64 = 15;
/// Seconds that it is left alone at most.
pub const UPSTREAM_PAUSE_SECONDS_MAX: i64 = 300;
/// Seconds after which a call that tries whether it is back is believed to be lost: no call takes as long.
pub const UPSTREAM_TRIAL_SECONDS: i64 = 10;
/// Names of providers that are looked up at once. A lookup cannot be given up, so that this many threads may hang.
pub const UPSTREAM_LOOKUPS_MAX: usize = 16;
/// Connections to one address of a provider that are kept open without being used.
pub const UPSTREAM_IDLE_CONNECTIONS_MAX: usize = 8;
/// Seconds that a provider's documents (addresses, keys) are kept at least, whatever their headers say.
pub const UPSTREAM_FRESH_SECONDS_MIN: i64 = 300;
/// Seconds that they are kept when their headers say nothing.
pub const UPSTREAM_FRESH_SECONDS_DEFAULT: i64 = 3600;
/// Seconds that they are kept at most, whatever their headers say.
pub const UPSTREAM_FRESH_SECONDS_MAX: i64 = 86_400;
/// Seconds that the last documents still serve after they were fetched, while the provider does not give new ones.
pub const UPSTREAM_STALE_SECONDS_MAX: i64 = 86_400;
/// Seconds between two attempts to get documents anew before they are due.
pub const UPSTREAM_REFETCH_SECONDS: i64 = 60;
/// Keys of a provider that are looked at.
pub const UPSTREAM_KEYS_MAX: usize = 64;
/// Bits of the weakest RSA key of a provider that counts.
pub const UPSTREAM_RSA_BITS_MIN: usize = 2048;
/// Pages of a provider's list (addresses, organisations) that are read, of a hundred entries each.
pub const UPSTREAM_PAGES_MAX: usize = 10;
/// Characters of a provider's error code that are kept.
pub const UPSTREAM_ERROR_CODE_CHARS_MAX: usize = 64;
/// Bytes of the name and the `state` in a security event that are kept.
pub const SECURITY_EVENT_TEXT_BYTES_MAX: usize = 512;
/// Events in one security event token; Google sends one.
pub const SECURITY_EVENTS_MAX: usize = 16;
/// How long a registration keeps the username it asked for while its address is not proven.
pub const USERNAME_HOLD_SECONDS: i64 = 24 * 60 * 60;
/// How long before its end such a name is no longer given, so that its next holder never meets the last one.
pub const USERNAME_HOLD_MARGIN_SECONDS: i64 = 60;
/// The longest user agent kept with a session.
pub const USER_AGENT_CHARS_MAX: usize = 300;

/// The longest name of a role or group.
pub const NAME_BYTES_MAX: usize = 64;
/// The most roles, and the most groups, of one person.
pub const NAMES_MAX: usize = 64;

// — tokens and keys —

/// How far a clock may be off when a JWT comes back to us.
pub const CLOCK_SKEW_SECONDS: i64 = 60;
/// How long relying parties may cache the JWKS; a new key is announced at least this long before it signs.
pub const JWKS_MAX_AGE_SECONDS: i64 = 3600;
/// The deepest nesting of a JWT's header or claims that is read.
pub const JWT_DEPTH_MAX: usize = 8;
/// The longest `kid` that is looked up; ours are SHA-256 thumbprints of 43 characters.
pub const KID_BYTES_MAX: usize = 64;
/// The most RS256 signatures that wait for a signing thread.
pub const SIGNING_QUEUE_MAX: usize = 512;
/// The most tokens whose signatures are remembered as right; one takes about 40 bytes.
pub const KNOWN_SIGNATURES_MAX: usize = 32 * 1024;
/// The most bytes of a master key file that are looked at.
pub const MASTER_KEY_FILE_BYTES_MAX: usize = 1024;
/// How long the record of a key that is gone is kept for the operator to see, before it is removed.
pub const GONE_KEY_KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How long discovery documents may be cached.
pub const DISCOVERY_MAX_AGE_SECONDS: i64 = 3600;
/// The longest life of an authorization code whatever the settings say (COD-08).
pub const CODE_SECONDS_MAX: i64 = 10 * 60;
/// The longest life of an access token (TOK-08).
pub const ACCESS_TOKEN_SECONDS_MAX: i64 = 60 * 60;
/// The shortest life of an access token a client may be registered with.
pub const ACCESS_TOKEN_SECONDS_MIN: i64 = 30;
/// RFC 9126 §2.2: how long a pushed authorization request can be taken to the browser.
pub const PUSHED_REQUEST_SECONDS: i64 = 90;
/// JARM §2.1: how long an authorization response that is a JWT counts.
pub const SIGNED_RESPONSE_SECONDS: i64 = 5 * 60;
/// FAPI 2.0 Message Signing §5.3.1: the longest life of a request object, and how old its beginning may be.
pub const REQUEST_OBJECT_SECONDS_MAX: i64 = 60 * 60;
/// The longest address of a request object (OpenID Connect Core §6.2).
pub const REQUEST_URI_BYTES_MAX: usize = 512;
/// Wrong verifiers, clients or redirect URIs a code survives before it is spent (COD-14).
pub const CODE_FAILURES_MAX: i64 = 5;
/// JWT-01: the longest life of an ID token.
pub const ID_TOKEN_SECONDS_MAX: i64 = 3600;
/// REF-04: the longest time in which a refresh whose answer got lost can be repeated.
pub const REFRESH_GRACE_SECONDS_MAX: i64 = 30;

// — pages —

/// How long an authorization request may stay on its way through the pages.
pub const INTERACTION_SECONDS: i64 = 60 * 60;
/// Sessions one browser may hold side by side (the account chooser's length).
pub const SESSIONS_PER_BROWSER_MAX: usize = 5;
/// How recent a sign-in must be for a change of credentials.
pub const RECENT_LOGIN_SECONDS: i64 = 300;
/// The greatest `max_age` that another provider's word alone does not satisfy: it may let somebody through without asking,
/// and does not say so.
pub const FEDERATED_MAX_AGE_SECONDS: i64 = 15 * 60;

// — templates —

/// No page of ours is this long.
pub const PAGE_BYTES_MAX: usize = 30_000;
/// Instructions one rendering may take; the longest page of ours takes a tenth.
pub const RENDER_FUEL: u64 = 400_000;
/// Language tags looked at in one request; the rest of a longer list is ignored.
pub const LOCALES_CONSIDERED_MAX: usize = 32;
/// Files taken from an operator's template directory.
pub const OVERRIDE_FILES_MAX: usize = 256;
/// The largest of them.
pub const OVERRIDE_FILE_BYTES_MAX: u64 = 256 * 1024;
/// Folders below that directory.
pub const OVERRIDE_DEPTH_MAX: usize = 3;
/// An operator's messages remembered because they could not be said.
pub const UNSAID_MESSAGES_MAX: usize = 100;

// — sweeping —

/// Rows one sweep statement removes at most, so that no transaction is long.
pub const SWEEP_BATCH_ROWS: i64 = 500;
/// How long a row is kept past its expiry: long enough to recognise a replay, short enough not to gather.
pub const SWEEP_KEPT_SECONDS: i64 = 24 * 60 * 60;
/// How long the row of a sent or failed mail is kept, for the operator's questions.
pub const SWEEP_MAIL_KEPT_SECONDS: i64 = 7 * 24 * 60 * 60;
/// How long the row of a client that was told of a logout is kept, for the operator's questions.
pub const SWEEP_LOGOUTS_KEPT_SECONDS: i64 = 7 * 24 * 60 * 60;

// — lists —

/// Sessions of one person listed at once.
pub const SESSIONS_LISTED_MAX: i64 = 100;
/// Agreements of one person listed at once.
pub const CONSENTS_LISTED_MAX: i64 = 200;

/// Changes of address of one person in their own copy of what is kept.
pub const ADDRESS_CHANGES_LISTED_MAX: i64 = 100;
/// Entries of the audit log in a person's own copy of what is kept; the newest ones.
pub const EXPORTED_ENTRIES_MAX: i64 = 10_000;

// — leaving —

/// How long the old address can take a change of address back.
pub const ADDRESS_UNDO_SECONDS: i64 = 7 * 24 * 60 * 60;
/// How long a deleted account can be restored before it is erased.
pub const DELETION_GRACE_SECONDS: i64 = 7 * 24 * 60 * 60;
/// Accounts or clients on one page of the administrators' interface, unless fewer are asked for.
pub const ADMIN_PAGE_ROWS: i64 = 50;
/// The most that may be asked for.
pub const ADMIN_PAGE_ROWS_MAX: i64 = 200;
/// Rows looked through at a time when a search has no index.
pub const SEARCH_WINDOW_ROWS: i64 = 500;
/// How many times that for one page; then the answer says where to go on.
pub const SEARCH_WINDOWS_MAX: usize = 20;
/// The longest text that is searched for, in characters.
pub const SEARCH_CHARS_MAX: usize = 200;

// — audit log —

/// Entries that one unit of work seals.
pub const AUDIT_SEAL_ROWS: i64 = 200;
/// The pause between looks for entries that are not sealed.
pub const AUDIT_SEAL_EVERY_SECONDS: u64 = 2;
/// Entries that one unit of work removes when their time is over.
pub const AUDIT_PRUNE_ROWS: i64 = 500;
/// Entries read at a time when the log is proved or exported.
pub const AUDIT_READ_ROWS: i64 = 500;

/// The smallest and largest value of each numeric setting. `config` puts them into the schema, and so into the
/// checks and the reference page.
pub mod settings {
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
}

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

/// Bounds of the listener that no operator needs to turn.
pub mod listener {
    use std::time::Duration;

    /// Connections the system holds for us while we do not accept.
    pub const BACKLOG: u32 = 1024;
    /// Bytes of a request head.
    pub const HEAD_BYTES: usize = 32 * 1024;
    /// Bytes of room for a request head that an idle connection keeps.
    pub const HEAD_BYTES_KEPT: usize = 1024;
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

// — local TLS —

/// How long the local certificate authority is good: ten years, because people have to trust each new one by hand.
pub const LOCAL_AUTHORITY_SECONDS: i64 = 3_650 * 24 * 60 * 60;
/// How long a certificate of it is good; some browsers take no longer one than 398 days.
pub const LOCAL_CERTIFICATE_SECONDS: i64 = 397 * 24 * 60 * 60;
/// How long before its end a certificate is renewed.
pub const LOCAL_RENEWAL_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How far back certificates begin, for machines whose clocks are slow.
pub const LOCAL_BACKDATED_SECONDS: i64 = 24 * 60 * 60;
/// The pause between looks at their ends.
pub const LOCAL_RENEWAL_EVERY: Duration = Duration::from_hours(1);

// — storage —

/// Units of work that may wait for the store at once; one more is told that the store is busy.
pub const STORE_QUEUE_MAX: usize = 1024;
/// Units of work that share one durable commit on SQLite.
pub const STORE_BATCH_MAX: usize = 256;
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

// — devices —

/// Browsers that one account is remembered to be used in; the one not used for longest is forgotten.
pub const DEVICES_PER_ACCOUNT_MAX: i64 = 20;
/// Mails about new devices to one person …
pub const NEW_DEVICE_MAILS_MAX: i64 = 5;
/// … within this time.
pub const NEW_DEVICE_MAILS_SECONDS: i64 = 60 * 60;

// — cookies —

/// How long a browser is remembered as one that signed in.
pub const DEVICE_COOKIE_SECONDS: i64 = 365 * 24 * 60 * 60;
/// How long a browser remembers by which other provider somebody signed in last.
pub const PROVIDER_COOKIE_SECONDS: i64 = 90 * 24 * 60 * 60;

// — passwords —

/// The longest password text that is looked at, before normalisation.
pub const PASSWORD_BYTES_MAX: usize = 4 * 1024;
/// NIST SP 800-63B-4 §3.1.1.2: the shortest password, in characters, where it is the only factor.
pub const PASSWORD_CHARS_ALONE_MIN: usize = 15;
/// NIST SP 800-63B-4 §3.1.1.2: the shortest password, in characters, that any setting allows.
pub const PASSWORD_CHARS_FLOOR: usize = 8;
/// The most lanes a stored Argon2 hash may ask for; its memory and passes have the bounds of the settings.
pub const ARGON2_LANES_MAX: u32 = 16;
/// The longest stored hash that is read.
pub const STORED_HASH_BYTES_MAX: usize = 1024;
/// The highest cost of an imported bcrypt hash: about a second.
pub const BCRYPT_COST_MAX: u32 = 14;
/// The greatest N·r·p of an imported scrypt hash, which takes 128 times as many bytes at most: 256 MiB.
pub const SCRYPT_WORK_MAX: u64 = 1 << 21;
/// The most iterations of an imported PBKDF2 hash, counted for each 32 bytes of it: about two seconds.
pub const PBKDF2_WORK_MAX: u64 = 4_000_000;
/// The shortest imported hash, in bytes.
pub const FOREIGN_HASH_BYTES_MIN: usize = 16;
/// The longest imported hash, in bytes.
pub const FOREIGN_HASH_BYTES_MAX: usize = 64;
/// The longest salt of an imported hash, in bytes.
pub const FOREIGN_SALT_BYTES_MAX: usize = 256;
/// How long an idle hashing thread keeps its memory.
pub const HASH_MEMORY_IDLE_SECONDS: u64 = 10;

// — one-time codes —

/// OTP-09: digits of a mailed code.
pub const ONE_TIME_CODE_DIGITS: usize = 6;
/// The longest text that is looked at as a code: six digits and plenty of blanks.
pub const ONE_TIME_CODE_BYTES_MAX: usize = 64;

// — throttles —

/// The longest wait that a throttle arrives at: a hundred years.
pub const THROTTLE_WAIT_SECONDS_MAX: i64 = 3_155_760_000;
/// The most failed sign-ins to an account before waits begin; so a hundred in a row stay out of reach (PWD-03).
pub const THROTTLE_FREE_FAILURES_MAX: i64 = 20;
/// How long failures are remembered that do not count for good.
pub const THROTTLE_FORGOTTEN_SECONDS: i64 = 30 * 24 * 3600;
/// The longest wait for a source or client whose failures fade.
pub const THROTTLE_FADING_WAIT_SECONDS_MAX: i64 = 900;
/// Counts of one purpose that strangers can make up keys for; those that mean least are forgotten beyond it.
pub const THROTTLE_ROWS_MAX: i64 = 50_000;
/// How often a count that somebody else moved in between is read anew.
pub const THROTTLE_TRIES_MAX: usize = 8;

// — mail —

/// The longest subject, in characters.
pub const MAIL_SUBJECT_CHARS_MAX: usize = 200;
/// The longest mail server reply kept for the log, in characters.
pub const SMTP_REPLY_CHARS_MAX: usize = 300;
/// How many times longer than any other answer the answer to a whole mail may take; giving up on it may mean a
/// duplicate.
pub const SMTP_ACCEPT_STEPS: u32 = 3;
/// How long an idle connection to the mail server is worth reusing.
pub const SMTP_IDLE_SECONDS: u64 = 60;
/// Mails one connection carries before it is replaced.
pub const SMTP_MAILS_PER_CONNECTION_MAX: u32 = 100;
/// Mails the inbox of dev mode keeps.
pub const INBOX_MAILS_MAX: usize = 200;
/// The waits after the first failed attempts to send a mail; the last of them is repeated.
pub const MAIL_RETRY_WAITS_SECONDS: [i64; 5] = [5, 30, 120, 600, 900];
/// How often the answer to a whole mail may be lost before the mail counts as sent (F-26).
pub const MAIL_UNCONFIRMED_MAX: i64 = 2;

// — dev mode —

/// The longest answer the demo application reads.
pub const DEMO_ANSWER_BYTES_MAX: usize = 256 * 1024;
/// How long the demo application waits for an answer.
pub const DEMO_CALL_WAIT: Duration = Duration::from_secs(3);
/// Browsers the demo application remembers.
pub const DEMO_VISITS_MAX: usize = 200;
/// How long the demo application remembers a browser that does not come back.
pub const DEMO_VISIT_SECONDS: i64 = 8 * 60 * 60;
/// Sign-ins under way in one browser.
pub const DEMO_PENDING_MAX: usize = 8;
/// How long a sign-in may take.
pub const DEMO_PENDING_SECONDS: i64 = 60 * 60;
/// Codes that an imitated provider remembers, and as many tokens.
pub const IMITATION_SECRETS_MAX: usize = 1_000;
/// How long a code of an imitated provider can be redeemed.
pub const IMITATION_CODE_SECONDS: i64 = 600;
/// How long an access token of the imitated Google is good; the imitated GitHub's do not expire.
pub const IMITATION_TOKEN_SECONDS: i64 = 3_600;
/// The longest pause an imitated provider can be told to make before an answer: no answer may take ten seconds.
pub const IMITATION_SLOW_MILLIS_MAX: u32 = 9_000;
/// Keys the imitated Google publishes: the one that signs and the ones before it.
pub const IMITATION_KEYS_MAX: usize = 3;
/// How long the keys of the imitated Google may be cached.
pub const IMITATION_KEYS_MAX_AGE_SECONDS: i64 = 3_600;
/// Addresses of somebody at the imitated GitHub who has many: three of its longest pages.
pub const IMITATION_ADDRESSES: usize = 250;
/// Rows on a page of the imitated GitHub, unless more or fewer are asked for.
pub const IMITATION_PAGE_ROWS: usize = 30;
/// The most that may be asked for.
pub const IMITATION_PAGE_ROWS_MAX: usize = 100;

// — addresses that clients name —

/// What one call gets, connection and answer together.
pub const OUTBOUND_CALL_SECONDS: u64 = 5;
/// Calls under way at once.
pub const OUTBOUND_CALLS_MAX: usize = 64;
/// The longest answer that is read.
pub const OUTBOUND_ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Published key sets that are remembered.
pub const CLIENT_KEY_SETS_MAX: usize = 1_000;
/// Headers of proofs of possession that are remembered with the key they hold, up to …
pub const OWN_KEYS_MAX: usize = 2_000;
/// … this length.
pub const OWN_KEY_HEADER_BYTES_MAX: usize = 1_024;
/// Keys of one client that are looked at.
pub const CLIENT_KEYS_MAX: usize = 32;
/// The shortest modulus of a client's RSA key, in bits.
pub const CLIENT_RSA_BITS_MIN: usize = 2_048;

// — authorizations decided on elsewhere —

/// How long a user code, or a request to a person's mailbox, waits for a decision.
pub const PENDING_SECONDS: i64 = 10 * 60;
/// The shortest that an app may ask for.
pub const PENDING_SECONDS_MIN: i64 = 30;
/// The pause between two polls (RFC 8628 §3.2).
pub const POLL_INTERVAL_SECONDS: i64 = 5;
/// How much longer it becomes when it is not kept (RFC 8628 §3.5).
pub const POLL_SLOWER_SECONDS: i64 = 5;
/// The longest it becomes.
pub const POLL_INTERVAL_SECONDS_MAX: i64 = 60;
/// Letters of a user code: 34 bits.
pub const USER_CODE_CHARS: usize = 8;
/// How often another user code is drawn when a live one is the same.
pub const USER_CODE_TRIES: usize = 4;
/// The longest user code that is read, as it is typed.
pub const USER_CODE_BYTES_MAX: usize = 64;
/// The longest `binding_message`, in characters.
pub const BINDING_MESSAGE_CHARS_MAX: usize = 64;
/// The longest life that is left of an assertion (RFC 7523 §3).
pub const ASSERTION_SECONDS_MAX: i64 = 60 * 60;
/// How far ahead an issuer's clock may be.
pub const ASSERTION_LEEWAY_SECONDS: i64 = 60;
/// The longest `iss`, `sub` or `jti` of an assertion.
pub const ASSERTION_TEXT_BYTES_MAX: usize = 255;
/// Issuers whose assertions are taken.
pub const ASSERTION_ISSUERS_MAX: usize = 50;
/// Actors behind one another in an exchanged token.
pub const ACTORS_MAX: usize = 8;
/// Grants of one person, or to one client, that are listed.
pub const GRANTS_LISTED_MAX: i64 = 200;
/// Requests to one person that their page lists.
pub const PENDING_LISTED_MAX: i64 = 20;
// — assertions and proofs of clients —

/// How far off the end of a client's assertion may be.
pub const CLIENT_ASSERTION_SECONDS_MAX: i64 = 10 * 60;
/// The longest `jti` of an assertion or a proof.
pub const JTI_BYTES_MAX: usize = 255;
/// How old a DPoP proof may be.
pub const DPOP_PROOF_SECONDS: i64 = 120;
/// How long a nonce for DPoP proofs is handed out; it is taken for as long again.
pub const DPOP_NONCE_SECONDS: i64 = 150;
/// The longest certificate of a client that is looked at.
pub const CERTIFICATE_BYTES_MAX: usize = 8 * 1024;
/// Certificates above a client's own that are looked at.
pub const CERTIFICATES_MAX: usize = 4;
/// Names of assertions and proofs that are remembered at once, by all replicas together. Each takes about 200 bytes.
pub const REPLAY_NAMES_MAX: i64 = 2_000_000;
/// Of these, names by one client at one replica.
pub const REPLAY_NAMES_OF_CLIENT_MAX: u64 = 500_000;
/// Names for which a replica takes out room at once.
pub const REPLAY_BLOCK_NAMES: i64 = 1_000;

// — the JSON interface —

/// The longest name of a member that is repeated in a refusal.
pub const FIELD_NAME_CHARS_MAX: usize = 80;

/// How long programs may keep the interface's description, in seconds.
pub const API_DOCUMENT_SECONDS: i64 = 60 * 60;

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

// — command line —

/// What one call of `mcp check` gets.
pub const MCP_CALL_SECONDS: u64 = 10;
/// The longest answer that `mcp check` reads.
pub const MCP_ANSWER_BYTES_MAX: usize = 256 * 1024;
/// How long `mcp check` waits for the person.
pub const MCP_SIGN_IN_SECONDS: u64 = 5 * 60;
/// The longest request by which the browser comes back to `mcp check`.
pub const MCP_CALLBACK_BYTES_MAX: usize = 16 * 1024;

/// The largest file of clients and people that is read at once, in bytes.
pub const APPLY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Rows that a listing reads at a time.
pub const LIST_ROWS: i64 = 200;
